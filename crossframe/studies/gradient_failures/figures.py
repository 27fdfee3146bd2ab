"""Figures and tables of the study ``gradient-failures``, by its parts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.claims.judge import listed
from crossframe.core.statistics import student_mean
from crossframe.core.types import FloatArray
from crossframe.experiment.record import Record
from crossframe.report.document import Part
from crossframe.report.table import Cell, Table
from crossframe.studies.gather import numbers
from crossframe.studies.gradient_failures.claims import OFFSET
from crossframe.studies.gradient_failures.flat import REMEDIES, elsewhere
from crossframe.studies.gradient_failures.jobs import KERAS, PARITY_ROWS, Accuracies, Cases
from crossframe.studies.gradient_failures.lines import accuracies_in_words
from crossframe.studies.gradient_failures.parity import shares
from crossframe.studies.gradient_failures.trainers.flat import STEPS
from crossframe.studies.plots import Axes, Panel, Series, multiples

NETS = {"dense": "dense layer", "conv": "convolution", "conditioned": "conditioned convolution"}


def parity(learnt: Mapping[int, list[Record]]) -> Part:
    """Accuracy over the updates, by the number of bits."""
    panels = [
        Panel(
            f"{d} bits",
            [
                Series(f"{i + 1}. seed", r.arrays["at"], smooth(r.arrays["accuracy"]), i)
                for i, r in enumerate(records)
            ],
            ((0.5, "chance"),),
        )
        for d, records in learnt.items()
    ]
    caption = (
        "Accuracy on 500 fresh points every 200 updates (mean of five checks) of a net with 10 d hidden "
        "relu units; label: the product of some of d signs (how many is drawn). Hinge loss, SGD with rate "
        ".01, fresh batches of 128, in Keras."
    )
    description = "; ".join(
        f"{d} bits: {listed(numbers(r, 'accuracy'))} in the end" for d, r in learnt.items()
    )
    axes = Axes("updates", "accuracy", limits=(0.4, 1.03))
    drawing = multiples("parity", "Learning a parity by gradient", caption, description, panels, axes)
    return Part("parity", "Parity", drawing=drawing)


def smooth(values: FloatArray, width: int = 5) -> FloatArray:
    """Mean of each value and those before it, up to ``width``."""
    sums = np.cumsum(np.concatenate([[0.0], values]))
    end = np.arange(1, len(values) + 1)
    begin = np.maximum(end - width, 0)
    mean: FloatArray = (sums[end] - sums[begin]) / (end - begin)
    return mean


def parity_signal(slopes: Mapping[int, list[Record]]) -> Part:
    """The share of the gradient that depends on the parity, by the number of bits."""
    ratios = shares(slopes)
    d = np.array(list(ratios))
    lines = [Series("2^-d", d, 2.0**-d, 5)]
    seeds = min(map(len, ratios.values()), default=0)
    lines += [
        Series("" if i else "measured, by seed", d, [r[i] for r in ratios.values()], 0, True, False)
        for i in range(seeds)
    ]
    caption = (
        "Variance of the gradient over all 2^d parities at the start of the training, divided by the mean "
        "squared norm of the score's own gradient: the share of it that depends on what is to be learned. "
        "Computed over all points and all parities by a Walsh-Hadamard transform."
    )
    ends = [f"d = {n}: {r.mean():.2g}" for n, r in ratios.items()]
    axes = Axes("bits d", "share of the gradient", log_y=True, ticks=tuple(ratios), height=2.8)
    panels = [Panel("", lines)]
    drawing = multiples(
        "parity-gradient", "How much the gradient tells of the parity", caption, "; ".join(ends), panels, axes
    )
    return Part("parity-gradient", "Why: the gradient hardly depends on the parity", drawing=drawing)


def parity_table(learnt: Mapping[int, list[Record]], others: Accuracies, k: Mapping[int, list[int]]) -> Part:
    """Accuracy by framework; ``k``: how many of d bits count, by seed."""
    by_name = {(KERAS, d): list(numbers(r, "accuracy")) for d, r in learnt.items()} | others
    columns = (
        ("Framework", False, ""), ("Bits d", True, ""), ("Of them in the product", False, "by seed"),
        ("Accuracy, by seed", False, "on fresh points"),
    )  # fmt: skip
    rows = [
        [Cell(name), Cell(str(d), d), Cell(listed(k[d][: len(v)], "d")), Cell(listed(v))]
        for (name, d), v in by_name.items()
    ]
    words = (
        "Keras trains on fresh points with the published rule; scikit-learn (Adam) and h2o.deeplearning "
        f"(ADADELTA) have the same hidden layer, their own rules and log-loss, and {PARITY_ROWS:,} fixed "
        "rows."
    )
    return Part(
        "parity-frameworks", "Parity by framework", (words,), tables=(Table("Accuracy", columns, rows),)
    )


def lines(learnt: Cases, batch: int) -> Part:
    """Accuracy over the updates, by k."""
    panels = []
    for k in sorted({k for k, _ in learnt}):
        lines = []
        for how, mark, words in ((True, 0, "decomposed"), (False, 1, "end to end")):
            for i, r in enumerate(learnt.get((k, how), [])):
                lines.append(Series("" if i else words, r.arrays["at"], r.arrays["accuracy"], mark))
        panels.append(Panel(f"k = {k}", lines, ((0.5, "chance"),)))
    caption = (
        "Accuracy of the parity of k lines' directions on 2,000 fresh tuples, by seed; Adam, batches of "
        f"{batch} fresh tuples. Decomposed: the directions are given as well while training."
    )
    description = (
        f"Decomposed: {accuracies_in_words(learnt, True, 1, 9)}. End to end: "
        f"{accuracies_in_words(learnt, False, 1, 9)}."
    )
    axes = Axes("updates", "accuracy of the tuple's label", limits=(0.4, 1.03), own_y=False)
    drawing = multiples("lines", "Lines: decomposed and end to end", caption, description, panels, axes)
    return Part("lines", "Decomposition: the parity of lines' directions", drawing=drawing)


def lines_signal(ratios: Cases) -> Part:
    """Signal and noise of the gradient, by k."""
    columns = (
        ("k", True, "images per tuple"), ("Loss", False, ""),
        ("Signal / noise of the labels [95 %]", True,
         "of the part of the gradient that the labels change, freed of what is noise; mean over nets"),
        ("Of all", True, "of the whole gradient, freed of what is noise"),
        ("Corrected", True, "squared mean gradient / variance"),
        ("As published", True, "squared mean gradient S / (mean squared gradient - S^2)"),
        ("Nets", True, ""), ("Batches", True, "per net"),
    )  # fmt: skip
    rows = []
    for (k, how), records in sorted(ratios.items(), key=lambda item: (item[0][0], not item[0][1])):
        e = student_mean(numbers(records, "labels"))
        rows.append([
            Cell(str(k), k),
            Cell("decomposed" if how else "end to end"),
            Cell(f"{e.value:.2g} [{e.low:.2g}, {e.high:.2g}]", e.value),
            *(Cell(f"{numbers(records, n).mean():.3g}") for n in ("unbiased", "corrected", "published")),
            Cell(str(e.count), e.count),
            Cell(str(records[0].fields["batches"])),
        ])  # fmt: skip
    ks = sorted({k for k, _ in ratios})
    lines = []
    for how, mark, words in ((True, 0, "decomposed"), (False, 1, "end to end")):
        measured = [k for k in ks if (k, how) in ratios]
        nets = [numbers(ratios[k, how], "labels") for k in measured]
        lines += [
            Series("" if i else words, measured, [n[i] for n in nets], mark, True)
            for i in range(min(map(len, nets), default=0))
        ]
    caption = (
        "Signal-to-noise ratio of what the labels change in the gradient with respect to the last layer "
        "of the image's net, before any training, over batches of 100 tuples: one line per net."
    )
    description = "; ".join(f"k = {r[0].text}, {r[1].text}: {r[2].text}" for r in rows)
    axes = Axes("images per tuple k", "signal / noise", ticks=ks, height=2.8)
    drawing = multiples(
        "lines-signal", "The signal in the gradient", caption, description, [Panel("", lines)], axes
    )
    table = Table("Signal and noise of the gradient", columns, rows)
    return Part("lines-signal", "Why: the gradient's signal-to-noise ratio", drawing=drawing, tables=(table,))


def stocks(learnt: Cases) -> Part:
    """Loss over the updates, by the number of stocks."""
    panels = []
    for k in sorted({k for k, _ in learnt}):
        lines = []
        for how, mark, words in (
            (True, 0, "decomposed: given the stock"),
            (False, 1, "end to end: the return"),
        ):
            for i, r in enumerate(learnt.get((k, how), [])):
                lines.append(Series("" if i else words, r.arrays["at"], r.arrays["loss"], mark))
        panels.append(Panel(f"{k:,} stocks", lines, ((-1.0, "optimum"),)))
    caption = (
        "Minus the mean return on 500 fresh samples every 100 updates, by seed; 0 is got without "
        "information. Dense layer and softmax on 1,000 inputs in Keras, Adam with rate .1, batches of 100."
    )
    ends = [
        f"{k} stocks, {'decomposed' if how else 'end to end'}: {listed(numbers(r, 'loss'))}"
        for (k, how), r in learnt.items()
    ]
    axes = Axes("updates", "loss", limits=(-1.06, 0.1), columns=4)
    drawing = multiples("stocks", "Choosing a stock", caption, "; ".join(ends), panels, axes)
    return Part("stocks", "Decomposition: choosing a stock", drawing=drawing)


def curves(records: Mapping[str, list[Record]]) -> Part:
    """Errors of the knots over the updates, by net."""
    lines = []
    for mark, (net, words) in enumerate(NETS.items()):
        for i, r in enumerate(records.get(net, [])):
            kept = r.arrays["at"] > 0
            lines.append(Series("" if i else words, r.arrays["at"][kept], r.arrays["loss"][kept], mark))
    zero = next((r.fields["zero"] for own in records.values() for r in own if "zero" in r.fields), 1.0)
    caption = (
        "Squared error of the changes of slope, summed over the 100 points, mean over 1,000 new curves; "
        "one line per seed. All three nets are linear and can hold the exact answer; they start from zero "
        "weights and take Adam with the published rates (1e-4, .05, .99)."
    )
    description = "; ".join(
        f"{NETS[net]}: {listed([float(r.arrays['loss'][-1]) for r in records[net]], '.2g')} after "
        f"{int(records[net][0].arrays['at'][-1]):,} updates, by seed"
        for net in NETS
        if net in records
    )
    axes = Axes("updates", "squared error", log_x=True, log_y=True, height=3.2)
    panels = [Panel("", lines, ((zero, "zeros"),))]
    drawing = multiples("curves", "Finding the knots of curves", caption, description, panels, axes)
    return Part("curves", "Conditioning: piecewise-linear curves", drawing=drawing)


def rebuilt(records: Mapping[str, list[Record]]) -> Part:
    """One new curve, and what the nets give back of it."""
    panels, x = [], np.arange(100)
    for net, words in {**NETS, "auto": "autoencoder"}.items():
        for record in records.get(net, [])[:1]:
            at = record.arrays["at"]
            first = int(np.flatnonzero(at >= 500)[0])
            for i in dict.fromkeys((first, len(at) - 1)):
                lines = [
                    Series("curve", x, record.arrays["curve"], 5),
                    Series("rebuilt from the net's answer", x, record.arrays["rebuilt"][i], 1),
                ]
                panels.append(Panel(f"{words.replace('convolution', 'conv.')}, {int(at[i]):,}", lines))
    caption = (
        "One new curve and what is rebuilt from the net's answer after so many updates: from the changes "
        "of slope that it found, or as the autoencoder draws it. A curve that looks right can have its "
        "knots all wrong: judge by the errors above."
    )
    axes = Axes("point", "height", columns=4, own_y=True, height=1.9)
    drawing = multiples(
        "curves-drawn", "The curves that come back", caption, f"{len(panels)} panels.", panels, axes
    )
    return Part("curves-drawn", "What the nets give back", drawing=drawing)


def flat(records: Mapping[str, list[Record]]) -> Part:
    """How far each remedy has come over the updates."""
    lines = []
    for mark, (name, words) in enumerate(REMEDIES.items()):
        for i, r in enumerate(records.get(name, [])):
            lines.append(Series("" if i else words, r.arrays["at"], r.arrays["accuracy"], mark))
    common = max((r.fields["common"] for r in records.get("forward", [])), default=0.5)
    caption = (
        "Share of 10,000 new points on the right one of 52 steps; y is the largest level not above w.x + "
        "b for 100 inputs. Only about six of the levels are ever met, and one of them half of the time "
        "(dashed). Adam, fresh batches of 256, one line per seed."
    )
    description = "; ".join(
        f"{words}: {listed(numbers(records[name], 'accuracy'))}"
        for name, words in REMEDIES.items()
        if name in records
    )
    axes = Axes("updates", "on the right step", limits=(0, 1.03), height=3.0)
    panels = [Panel("", lines, ((common, "always the commonest step"),))]
    drawing = multiples("flat", "Four ways round a flat activation", caption, description, panels, axes)
    return Part("flat", "Flat activation", drawing=drawing)


def flat_answers(records: Mapping[str, list[Record]]) -> Part:
    """What each remedy answers in the end, beside the step function."""
    panels = []
    for name, words in REMEDIES.items():
        for r in records.get(name, [])[:1]:
            order = np.argsort(r.arrays["value"])
            value, answer = r.arrays["value"][order], r.arrays["answer"][order]
            panels.append(Panel(words, [Series("answers", value, answer, 1, True, False)]))
    for panel in panels:
        values = np.sort(np.asarray(panel.series[0].x))
        truth = STEPS[np.searchsorted(STEPS, values, side="right") - 1]
        panel.series.insert(0, Series("step function", values, truth, 5))  # type: ignore[attr-defined]
    caption = (
        "What each remedy answers after its training for 500 new points, against w.x (the bias is taken "
        "off both): one seed. Answers below the lowest step shown are cut off."
    )
    axes = Axes("w.x", "answer less b", columns=4, limits=(-0.3, 0.25), height=2.4)
    drawing = multiples(
        "flat-answers", "What the remedies answer", caption, "Step function and answers.", panels, axes
    )
    return Part("flat-answers", "The answers", drawing=drawing)


def flat_table(records: Mapping[str, list[Record]]) -> Part:
    """Every remedy in every framework."""
    columns = (
        ("Framework", False, ""), ("Remedy", False, ""), ("Right steps, by seed", False, ""),
        ("Exact answers", True, "share within 1e-4 of a level, mean over seeds"),
        ("Weights off by", True, "relative, mean over seeds; linear units only"),
    )  # fmt: skip
    named = {**REMEDIES, "right start": "smoothed step, bias starts right",
             "wrong start": f"smoothed step, bias starts {OFFSET} off", "straight": "none"}  # fmt: skip
    rows = [(KERAS, words, records[name]) for name, words in named.items() if name in records]
    rows += [(name, REMEDIES[remedy], own) for (name, remedy), own in elsewhere(records).items()]
    cells = [
        [
            Cell(framework),
            Cell(words),
            Cell(listed(numbers(own, "accuracy"))),
            Cell(f"{numbers(own, 'exact').mean():.1%}"),
            Cell(f"{numbers(own, 'weights').mean():.1%}" if "weights" in own[0].fields else ""),
        ]
        for framework, words, own in rows
    ]
    words = (
        "scikit-learn gets the same net, rule and fresh batches as Keras and its own start; "
        "h2o.deeplearning the same net, its own rule (ADADELTA) and scaling, and passes several times "
        "through fixed rows."
    )
    table = Table("Remedies by framework", columns, cells)
    return Part("flat-frameworks", "Remedies by framework", (words,), tables=(table,))
