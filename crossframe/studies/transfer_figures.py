"""Figures and tables of the study ``transfer``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crossframe.comparison.record import Record
from crossframe.engines.base import FloatArray
from crossframe.report.document import Part
from crossframe.report.style import MARKS, colour, draw
from crossframe.report.tables import Cell, Table
from crossframe.studies.claim import Effect


def sentences(
    heads: Mapping[str, tuple[Effect, Effect, FloatArray]], plain: Mapping[tuple[str, str], Effect]
) -> Part:
    """Accuracy on unseen sentences by representation and model."""
    rows = [(kind, "published head, Keras", e) for kind, (_, e, _) in heads.items()]
    rows += [(kind, framework, e) for (kind, framework), e in plain.items()]
    kinds = list(dict.fromkeys(kind for kind, _, _ in rows))
    models = list(dict.fromkeys(model for _, model, _ in rows))

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 0.75 + 0.62 * len(kinds))
        ax = figure.subplots()
        for kind, model, e in rows:
            name, marker, _ = MARKS[models.index(model)]
            at = kinds.index(kind) + 0.16 * (models.index(model) - (len(models) - 1) / 2)
            first = kind == next(k for k, m, _ in rows if m == model)
            low, high = (np.clip(v, 0, 1) for v in (e.low, e.high))
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
        "Eight labelled sentences train, twelve are scored, over repeated splits. Bars: 95 % intervals, of "
        "the published head over seeds of the word vectors, of the logistic regressions over splits. The "
        "dashed line is a coin's accuracy."
    )
    said = "; ".join(f"{kind}, {model}: {e.value:.2f}" for kind, model, e in rows)
    columns = (
        ("Representation", False, ""), ("Model", False, ""), ("Test accuracy [95 %]", True, ""),
        ("Repetitions", True, "seeds, or splits"),
    )  # fmt: skip
    cells = [
        [
            Cell(kind),
            Cell(model),
            Cell(f"{e.value:.3f} [{e.low:.3f}, {e.high:.3f}]", e.value),
            Cell(str(e.count), e.count),
        ]
        for kind, model, e in rows
    ]
    drawing = draw("sentences", "Sentences: what pre-training is worth", caption, said, paint)
    return Part("sentences", "Sentences", drawing=drawing, folded=(Table("In numbers", columns, cells),))


def images(found: Mapping[tuple[str, int], tuple[FloatArray, Effect]], pretraining: Record | None) -> Part:
    """Accuracy over n by representation and framework."""
    models = list(dict.fromkeys(model for model, _ in found))
    sizes = sorted({n for _, n in found})
    styles = {"pixels": (0, (1, 1.2)), "features": "-", "scratch": (0, (5, 2))}

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 3.4 if width > 5 else 4.4)
        ax = figure.subplots()
        frameworks = list(dict.fromkeys(m.partition(",")[0] for m in models))
        for model in models:
            name, marker, _ = MARKS[frameworks.index(model.partition(",")[0])]
            line = next(style for word, style in styles.items() if word in model)
            means = [found[model, n][1].value if (model, n) in found else np.nan for n in sizes]
            ax.plot(sizes, means, color=colour(name), marker=marker, linestyle=line, label=model)
        ax.set_xscale("log")
        ax.set_xticks(sizes, [str(n) for n in sizes])
        ax.minorticks_off()
        ax.set(xlabel="training images of 0 and 1", ylabel="test accuracy")
        figure.legend(loc="outside lower left", ncols=2 if width > 5 else 1)

    caption = (
        "Mean test accuracy over draws. Solid: logistic regression on features of a network that was trained "
        "on the digits 2 to 9; dotted: on pixels; dashed: the same network trained on these few images alone."
    )
    said = "; ".join(f"{model} at n = {n}: {e.value:.3f}" for (model, n), (_, e) in found.items())
    words: tuple[str, ...] = ()
    if pretraining is not None:
        f = pretraining.fields
        words = (
            f"The network was pre-trained on {f['images']:,} images of 2 to 9 ({f['parameters']:,} "
            f"parameters below its head of {f['head']:,}; {f['train_accuracy']:.1%} right at the end). It "
            "never saw a 0 or a 1.",
        )
    columns = (("Model", False, ""), *((f"n = {n}", True, "mean accuracy [95 %]") for n in sizes))
    rows = []
    for model in models:
        cells = [found.get((model, n)) for n in sizes]
        written = [f"{c[1].value:.3f} [{c[1].low:.3f}, {c[1].high:.3f}]" if c else "" for c in cells]
        rows.append([Cell(model), *map(Cell, written)])
    drawing = draw("images", "Images: features from other digits", caption, said, paint)
    return Part("images", "Images", words, drawing=drawing, folded=(Table("In numbers", columns, rows),))
