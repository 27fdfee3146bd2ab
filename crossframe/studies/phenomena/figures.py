"""Figures of the study ``phenomena``: the scorecard, the roundings, the sweep, the speeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict
from crossframe.report.document import Part
from crossframe.report.style import MARKS, Drawing, colour, draw
from crossframe.studies.phenomena import explanations, minima, numerics, regular, training
from crossframe.studies.phenomena.jobs import BATCHES, NETS, SPEEDS, SWEEP, Computed
from crossframe.studies.plots import band, beside, plain, rows

_SHADES = {
    Verdict.HOLDS: ("green", "holds"),
    Verdict.PARTLY: ("ochre", "in part"),
    Verdict.FAILS: ("vermilion", "does not"),
    Verdict.OPEN: ("slate", "cannot tell"),
    Verdict.UNTESTED: ("slate", "not tested"),
    Verdict.NOT_RUN: ("vermilion", "not run"),
}
_SHORT = {
    "rounding": "1  Rounding breaks training",
    "cpu-gpu": "1  CPU and GPU end apart",
    "racing-threads": "1  Racing threads < another seed",
    "step-size": "1  A bad step size breaks training",
    "shallow-minima": "2  Shallow minima generalise better",
    "sharpness-is-a-choice": "2  Sharpness can be chosen freely",
    "batch-norm-best": "3  Batch norm is faster, best rates",
    "batch-norm-common": "3  Batch norm is faster, one rate",
    "many-starts": "4  Many starts, nearly one loss",
    "equal-minima": "4  All minima are equally good",
    "covariate-shift": "3  Less covariate shift is faster",
    "dropout": "5  Dropout beats noise and L2",
    "dropout-bagging": "5  Dropout beats bagging",
    "averaging": "5  Averaging models helps",
    "random-labels": "6  Random labels are memorised",
    "true-labels": "6  True labels are generalised",
    "large-margin": "6  Large-margin classifiers",
}


def parts(findings: Sequence[Finding], computed: Computed) -> tuple[Part, ...]:
    """The parts of the page: the scorecard, and a part for everything that was computed."""
    shown = [scorecard(findings)]
    if "rounding.base" in computed:
        shown.append(roundings(computed))
    if "sweep" in computed:
        shown.append(sweep(computed))
    if all(f"minima.{batch}" in computed for batch in BATCHES):
        shown.append(sharpness(computed))
    if all(training.speeds(computed, name) for name in NETS):
        shown.append(speeds(computed))
    if len(training.losses(computed)) > 1:
        shown.append(starts(computed))
    if regular.gains(computed):
        shown.append(gains(computed))
    for id, title, table in (
        ("labels", "True and random labels", regular.labels_table(computed)),
        ("shift", "Batch normalisation with its work undone", explanations.shift_table(computed)),
        ("margins", "Margins", explanations.margins_table(computed)),
    ):
        if table.rows:
            shown.append(Part(id, title, tables=(table,)))
    return tuple(shown)


def scorecard(findings: Sequence[Finding]) -> Part:
    """Every claim, its verdict, its effect."""

    def paint(figure: Any, width: float) -> None:
        wide, count = width > 5, len(findings)
        figure.set_size_inches(width, 0.3 * count + 0.1 if wide else 0.46 * count + 0.1)
        ax = figure.subplots()
        ax.set(xlim=(0, 1), ylim=(count - 0.5, -0.5), xticks=[], yticks=[])
        ax.grid(False)
        for side in ax.spines.values():
            side.set_visible(False)
        for i, f in enumerate(findings):
            shade, word = _SHADES[f.verdict]
            measured = str(f.effect or "")
            if i:
                ax.axhline(i - 0.5, color=colour("rule"), linewidth=0.7)
            up = i if wide else i - 0.2
            strong = {"color": colour(shade), "fontweight": "bold", "ha": "left" if wide else "right"}
            weak = {"color": colour("soft"), "fontsize": 7.5 if wide else 6.6}
            written = (
                ax.text(0, up, _SHORT[f.claim.key], va="center", color=colour("ink")),
                ax.text(0.37 if wide else 1, up, word, va="center", **strong),
                ax.text(0.49 if wide else 0.06, i if wide else i + 0.22, measured, va="center", **weak),
            )
            for text in written:
                text.set_in_layout(False)

    counts = {v: sum(f.verdict is v for f in findings) for v in Verdict}
    description = "; ".join(f"{n} {v}" for v, n in counts.items() if n)
    caption = (
        "The number is that of the phenomenon. Grey: what was measured, with its interval where it has "
        "one (95 %, or the level given). The criteria stand in the table above."
    )
    return Part(
        "scorecard", "Scorecard", drawing=draw("scorecard", "Six phenomena", caption, description, paint)
    )


def _dots(
    name: str, words: tuple[str, str, str], effects: Sequence[Effect], line: float, log: bool
) -> Drawing:
    """A row per effect with its interval, and a line to compare with; title, caption, axis in words."""
    title, caption, label = words

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 0.28 * len(effects) + 0.7)
        ax = figure.subplots()
        floor = line / 1000
        for i, e in enumerate(effects):
            value, low, high = (max(v, floor) if log else v for v in (e.value, e.low, e.high))
            if not np.isnan(low):
                ax.plot([low, high], [i, i], color=colour("blue"), linewidth=2)
            filled = colour("blue") if e.value > floor or not log else "none"
            ax.plot([value], [i], "o", markeredgecolor=colour("blue"), markerfacecolor=filled)
        ax.axvline(line, color=colour("vermilion"), linewidth=1)
        rows(ax, [e.what for e in effects], label)
        if log:
            ax.set_xscale("log")
            ax.set_xlim(left=floor * 0.7)
            plain(ax.xaxis)

    description = "; ".join(str(e) for e in effects)
    return draw(name, title, caption, description, paint)


def roundings(computed: Computed) -> Part:
    """Churn of every rounding over that between seeds."""
    effects = list(numerics.ratios(computed).values())
    caption = (
        "Share of the test images that an equal computation labels differently, over the share between two "
        "random starts (line: as much as another start). Logarithmic; an open mark at the left end is 0."
    )
    words = "Rounding against another start", caption, "relabelled, to two starts"
    drawing = _dots("roundings", words, effects, 1.0, True)
    return Part(
        "roundings", "Rounding against another start", drawing=drawing, tables=(numerics.table(computed),)
    )


def sweep(computed: Computed) -> Part:
    """Accuracy and churn over the learning rate."""
    arrays = computed["sweep"]

    def paint(figure: Any, width: float) -> None:
        panels = beside(figure, width, 2.9, 5.2)
        lines = (
            (panels[0], (("train", "training images"), ("accuracy", "test images")), "accuracy"),
            (panels[1], (("between", "two seeds"), ("churn", "pixels in another order")), "relabelled"),
        )
        for ax, series, label in lines:
            for (key, title), mark in zip(series, MARKS, strict=False):
                band(ax, SWEEP, np.nan_to_num(arrays[key]), title, mark)
            ax.set_xscale("log", base=2)
            plain(ax.xaxis, fractions=True)
            ax.set(xlabel="learning rate", ylabel=label, ylim=(-0.03, 1.03))
            ax.legend(loc="best")

    caption = (
        "First: accuracy at the end. Second: share of the test images that two seeds, and that two orders "
        "of the pixels (the same network, other sums), label differently. Bands: all seeds. Beyond the "
        "edge a network gives all images one answer: two seeds often another one, two orders of the "
        "pixels the same."
    )
    worst = np.nan_to_num(arrays["churn"]).mean(axis=1)
    at = SWEEP[int(np.argmax(worst))]
    description = f"the order of the pixels relabels most at rate {at:g}: {worst.max():.0%}"
    drawing = draw("sweep", "Step sizes up to divergence", caption, description, paint)
    return Part("sweep", "Step sizes up to divergence", drawing=drawing)


def sharpness(computed: Computed) -> Part:
    """Test accuracy over the largest eigenvalue."""

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 3.2)
        ax = figure.subplots()
        sharp, right = minima.grid(computed, "sharpness"), minima.grid(computed, "accuracy")
        for i, batch in enumerate(BATCHES):
            shade, marker, _ = MARKS[i]
            style: dict[str, Any] = {"color": colour(shade), "linestyle": "none", "marker": marker}
            ax.plot(sharp[i].ravel(), right[i].ravel(), **style, alpha=0.35, markersize=3.5)
            means = sharp[i].mean(axis=1), right[i].mean(axis=1)
            ax.plot(*means, **style, markersize=7, label=f"batch {batch}")
        ax.set_xscale("log", base=2)
        plain(ax.xaxis)
        ax.set(xlabel="largest eigenvalue of the Hessian", ylabel="test accuracy")
        ax.legend(loc="best")

    caption = (
        "Every network where its training loss is 0.02, interpolated. Small: one training; large: mean "
        "over the seeds, one mark per learning rate. Contested: rate and batch size move both, and by "
        "rescaling layers each of these networks can be moved along the axis at will without computing "
        "anything else."
    )
    description = f"mean rank correlation {minima.correlations(computed).mean():.2f}"
    drawing = draw("sharpness", "Sharpness and test accuracy", caption, description, paint)
    return Part("sharpness", "Shallow and sharp minima", drawing=drawing, tables=(minima.table(computed),))


def speeds(computed: Computed) -> Part:
    """Updates to the training loss over the learning rate."""

    def paint(figure: Any, width: float) -> None:
        panels = beside(figure, width, 2.9, 5.2, sharey=width > 5)
        for ax, name in zip(panels, NETS, strict=True):
            both = training.speeds(computed, name) or ()
            for updates, title, mark in zip(both, ("without", "with"), MARKS, strict=False):
                whole = np.isfinite(updates).all(axis=1)
                band(ax, np.array(SPEEDS)[whole], updates[whole], f"{title} batch normalisation", mark)
            ax.set_xscale("log", base=2)
            ax.set_yscale("log")
            ax.set_xlim(SPEEDS[0] * 0.8, SPEEDS[-1] * 1.25)
            plain(ax.xaxis, fractions=True)
            ax.yaxis.set_major_formatter(lambda v, _: f"{v:.0f}")
            ax.yaxis.set_minor_formatter(lambda v, _: f"{v:.0f}" if f"{v:.0e}"[0] in "25" else "")
            ax.set_title(f"{name} hidden layers")
            ax.set(xlabel="learning rate", ylabel="updates to the training loss")
        panels[0].legend(loc="best")

    caption = (
        "Mean over seeds; bands: fewest to most. A rate at which not every seed reached the training loss "
        "is left out."
    )
    description = (
        "updates to the same training loss, with and without batch normalisation, over the learning rate"
    )
    drawing = draw("speeds", "Batch normalisation and speed", caption, description, paint)
    return Part("speeds", "Batch normalisation", drawing=drawing, tables=(training.table(computed),))


def starts(computed: Computed) -> Part:
    """Final training losses of many starts."""
    losses = training.losses(computed)

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 0.42 * len(losses) + 0.7)
        ax = figure.subplots()
        for i, values in enumerate(losses.values()):
            shade, marker, _ = MARKS[i]
            spread = np.linspace(-0.22, 0.22, len(values))
            ax.plot(values, i + spread, marker, color=colour(shade), markersize=4, alpha=0.7)
        rows(ax, list(losses), "final training loss")
        ax.set_xscale("log")
        plain(ax.xaxis)

    caption = (
        "One mark per start on the same images: the last training loss; of the narrow networks, which are "
        "trained ten times as long, the mean over the last tenth of training. Logarithmic."
    )
    description = "; ".join(f"{name}: {v.min():.3g} to {v.max():.3g}" for name, v in losses.items())
    drawing = draw("starts", "Many starts", caption, description, paint)
    return Part("starts", "Many starts", drawing=drawing)


def gains(computed: Computed) -> Part:
    """Test accuracy of every means over one network without any."""
    effects = list(regular.gains(computed).values())
    caption = (
        "Gain in test accuracy over one network without any of it, at the same training loss, with its 95 "
        "% interval over seeds. Of the strengths tried the one is taken that did best on the other seeds."
    )
    words = "Dropout and its rivals", caption, "gain in test accuracy"
    drawing = _dots("gains", words, effects, 0.0, False)
    return Part("gains", "Dropout and its rivals", drawing=drawing, tables=(regular.means_table(computed),))
