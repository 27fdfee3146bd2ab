"""Figures and tables of the study ``transfer``."""

from __future__ import annotations

from typing import Any

import numpy as np

from crossframe.claims.judge import in_words
from crossframe.core.statistics import Interval, corrected_mean, student_mean
from crossframe.report.document import Part
from crossframe.report.style import MARKS, colour, draw, framework_mark, framework_marks
from crossframe.report.table import Cell, Table
from crossframe.studies.transfer.claims import both, two_of
from crossframe.studies.transfer.corpus import labelled
from crossframe.studies.transfer.images import compared, differences
from crossframe.studies.transfer.jobs import EARLIER, FRAMEWORKS, Heads, Pictures, Plain

_HEAD = "published head, Keras"


def _engine(model: str) -> str:
    """The framework of a model in these figures: R of ``R glm, pixels``, Keras of a network."""
    fitted = FRAMEWORKS.get(model.partition(",")[0])
    return fitted.partition(".")[0] if fitted else "keras"


def sentences(heads: Heads, plain: Plain) -> Part:
    """Accuracy on unseen sentences by representation and model."""
    shown = _shown(heads, plain)
    rows = [(kind, model, e) for kind, model, n, e in shown if n == 8]
    kinds = list(dict.fromkeys(kind for kind, _, _ in rows))
    models = list(dict.fromkeys(model for _, model, _ in rows))
    marks = dict(zip(models, framework_marks([_engine(model) for model in models]), strict=True))

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 0.75 + 0.62 * len(kinds))
        ax = figure.subplots()
        for kind, model, e in rows:
            name, marker, _ = marks[model]
            at = kinds.index(kind) + 0.16 * (models.index(model) - (len(models) - 1) / 2)
            first = kind == next(k for k, m, _ in rows if m == model)
            low, high = (np.clip(e.value if np.isnan(v) else v, 0, 1) for v in (e.low, e.high))
            ax.errorbar([e.value], [at], xerr=[[e.value - low], [high - e.value]], color=colour(name),
                        marker=marker, linestyle="", capsize=2, label=model if first else None)  # fmt: skip
        ax.axvline(0.5, color=colour("soft"), linewidth=0.8, linestyle=(0, (2, 2)))
        wrapped = [k.replace(", ", ",\n") for k in kinds]
        ax.set_yticks(range(len(kinds)), wrapped)
        ax.invert_yaxis()
        ax.grid(True, axis="x")
        ax.grid(False, axis="y")
        ax.set(xlim=(0, 1.02), xlabel="accuracy on the 12 sentences that were not trained on")
        figure.legend(loc="outside upper left", ncols=4 if width > 5 else 2)

    caption = (
        "Eight labelled sentences train, twelve are scored, over repeated splits. Bars: 95 % intervals, "
        "of the published head over seeds of the word vectors, of the logistic regressions over splits "
        "(corrected for their overlap), on the vectors of the first seed. The dashed line is a coin's "
        "accuracy."
    )
    description = "; ".join(f"{kind}, {model}: {e.value:.2f}" for kind, model, e in rows)
    columns = (
        ("Representation", False, ""), ("Model", False, ""), ("Trained on", True, "labelled sentences"),
        ("Test accuracy [95 %]", True, ""), ("Repetitions", True, "seeds, or splits"),
        ("2 / 1 / 0 of 2 right", True, "share of splits and seeds, where two sentences are scored"),
    )  # fmt: skip
    cells = [
        [
            Cell(kind),
            Cell(model),
            Cell(str(n), n),
            Cell(in_words(e, ".3f", 1), e.value),
            Cell(str(e.count), e.count),
            Cell(_pairs(heads, plain, kind, model, n)),
        ]
        for kind, model, n, e in shown
    ]
    drawing = draw("sentences", "Sentences: what pre-training is worth", caption, description, paint)
    words = (
        "The sentences were written for this study in the published numbers: 59 to pre-train on (177 "
        "words outside the stop list, 35 different, 14 of them with a vector), 20 labelled, 18 of which "
        "are copied from the text. Each of the 14 words is in two labelled sentences of its class. How "
        "often the published ones repeat their words is not handed down, and how well random vectors and "
        "bags of words do depends on it.",
    )
    return Part(
        "sentences", "Sentences", words, drawing=drawing, folded=(Table("In numbers", columns, cells),)
    )


def _shown(heads: Heads, plain: Plain) -> list[tuple[str, str, int, Interval]]:
    """Representation, model, sentences trained on, and mean accuracy."""
    total = len(labelled()[1])
    rows = [(kind, _HEAD, n, student_mean(test.mean(axis=1))) for (kind, n), (_, test) in heads.items()]
    return rows + [
        (kind, framework, n, corrected_mean(v, 1 - n / total)) for (kind, framework, n), v in plain.items()
    ]


def _pairs(heads: Heads, plain: Plain, kind: str, model: str, n: int) -> str:
    scores = heads[kind, n][1] if model == _HEAD else plain[kind, model, n]
    scores = scores[~np.isnan(scores)]
    return both(scores) if n == 18 else two_of(scores, len(labelled()[1]) - n)


def images(pictures: Pictures) -> Part:
    """Accuracy over n by representation and framework, for one pair of digits."""
    means = {k: corrected_mean(v, pictures.overlap[k[1]]) for k, v in pictures.scores.items()}
    fitted = {k: float(np.nanmean(v)) for k, v in pictures.fitted.items()}
    models = list(dict.fromkeys(model for model, _ in means))
    sizes = sorted({n for _, n in means})
    styles = {", pixels": (0, (1, 1.2)), "features": "-", "scratch": (0, (5, 2))}

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 3.4 if width > 5 else 4.4)
        ax = figure.subplots()
        for model in models:
            name, marker, _ = MARKS[framework_mark(_engine(model))]
            line = next(style for word, style in styles.items() if word in model)
            heights = [means[model, n].value if (model, n) in means else np.nan for n in sizes]
            ax.plot(sizes, heights, color=colour(name), marker=marker, linestyle=line, label=model)
        ax.set_xscale("log")
        ax.set_xticks(sizes, [str(n) for n in sizes])
        ax.minorticks_off()
        ax.set(xlabel=f"training images, {pictures.title}", ylabel="test accuracy")
        figure.legend(loc="outside lower left", ncols=2 if width > 5 else 1)

    caption = (
        "Mean test accuracy over draws. Solid: on features of a network that was trained on the other "
        "eight digits, by a head in Keras or logistic regression; dotted: logistic regression on pixels; "
        "dashed: the same network trained on these few images alone."
    )
    description = "; ".join(f"{model} at n = {n}: {e.value:.3f}" for (model, n), e in means.items())
    words: tuple[str, ...] = ()
    if pictures.pretraining is not None:
        f = pictures.pretraining.fields
        words = (
            f"The network was pre-trained on {f['images']:,} images of the other eight digits "
            f"({f['parameters']:,} parameters below its head of {f['head']:,}; {f['train_accuracy']:.1%} "
            "right at the end). It never saw one of the two. These features are the frameworks'; for the "
            "Keras head each draw has a pre-training of its own.",
        )
    columns = (("Model", False, ""), *((f"n = {n}", True, "mean accuracy [95 %]") for n in sizes),
               ("On their own images", False, "mean accuracy on what was trained on, by n"))  # fmt: skip
    rows = []
    for model in models:
        cells = [means.get((model, n)) for n in sizes]
        shown = [in_words(c, ".3f", 1) if c else "" for c in cells]
        own = [f"{fitted[model, n]:.3f}" for n in sizes if (model, n) in fitted]
        rows.append([Cell(model), *map(Cell, shown), Cell(", ".join(own))])
    gaps_table = Table(
        "Paired differences, by framework",
        (("Model", False, ""), ("minus", False, ""),
         *((f"n = {n}", False, "mean, with an interval for the row's sizes at once") for n in sizes)),
        [
            [
                Cell(left), Cell(right),
                *(Cell(f"{in_words(gaps[n])} {compared(gaps[n])}" if n in gaps else "") for n in sizes),
            ]
            for left, right, gaps in differences(pictures)
        ],
    )  # fmt: skip
    name = f"images-{pictures.digits[0]}v{pictures.digits[1]}"
    drawing = draw(name, "Features from other digits", caption, description, paint)
    heading = f"Images: {pictures.title}" + (
        ", for the earlier criteria" if pictures.digits == EARLIER else ""
    )
    return Part(name, heading, words, drawing=drawing,
                folded=(Table("In numbers", columns, rows), gaps_table))  # fmt: skip
