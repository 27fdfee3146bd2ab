"""Learning curves: accuracy against the number of training rows."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crossframe.claims import leek
from crossframe.core.text import finite, fixed
from crossframe.experiment.view import View
from crossframe.report.style import MARKS, WIDE, Drawing, colour, draw, framework_mark


@dataclass(frozen=True)
class Line:
    """One curve: ``points`` are (n, middle, low, high)."""

    label: str
    points: Sequence[tuple[float, float, float, float]]
    mark: int


def _spread(view: View, name: str) -> list[tuple[float, float, float, float]]:
    points = []
    for n in view.sizes:
        mean = view.value(name, n, "accuracy_mean")
        low, high = view.value(name, n, "accuracy_p10"), view.value(name, n, "accuracy_p90")
        if mean is not None:
            points.append((float(n), mean, mean if low is None else low, mean if high is None else high))
    return points


def _deviation(view: View, name: str) -> list[tuple[float, float, float, float]]:
    points = []
    for n in view.sizes:
        scores = [a for c in view.of(name) if c["n"] == n and (a := finite(c["accuracy"])) is not None]
        if scores:
            mean, sd = statistics.fmean(scores), statistics.stdev(scores) if len(scores) > 1 else 0.0
            points.append((float(n), mean, mean - sd, min(mean + sd, 0.99999)))
    return points


def _step(view: View) -> float:
    """The unit of horizontal shifts and margins: the smallest gap in n, or a tenth of the range."""
    gaps = [b - a for a, b in zip(view.sizes, view.sizes[1:], strict=False)]
    return min([*gaps, (view.sizes[-1] - view.sizes[0]) / 10]) if gaps else 10


def plot(axes: Any, view: View, lines: Sequence[Line], floor: float, *, share: float = 0.11) -> None:
    """Draw the lines side by side, shifted by ``share`` of the step in n; the axis starts at ``floor``."""
    step = _step(view)
    for k, line in enumerate(lines):
        shift = (k - (len(lines) - 1) / 2) * min(share, 0.6 / max(len(lines), 1)) * step
        hue, marker, dash = MARKS[line.mark % len(MARKS)]
        x = [p[0] + shift for p in line.points]
        axes.vlines(
            x,
            [p[2] for p in line.points],
            [p[3] for p in line.points],
            color=colour(hue),
            linewidth=1.1,
            alpha=0.75,
        )
        axes.plot(
            x, [p[1] for p in line.points], color=colour(hue), marker=marker, linestyle=dash, label=line.label
        )
    top = 1 + (1 - floor) * 0.02
    axes.set_ylim(floor, top)
    axes.set_xlim(view.sizes[0] - 0.6 * step, view.sizes[-1] + 0.6 * step)
    axes.set_xlabel("training rows, n")
    if len(view.sizes) <= 8:
        axes.set_xticks(view.sizes)


def _floor(lines: Sequence[Line], ceiling: float = 0.5) -> float:
    """The lower end of the axis: a multiple of 0.05 under every bar, at most ``ceiling``."""
    lowest = min((p[2] for line in lines for p in line.points), default=ceiling)
    return min(ceiling, max(0.0, math.floor((lowest - 0.005) * 20) / 20))


def _override(name: str) -> str:
    """The overrides in a contestant's name, in brackets; empty where it has none."""
    _, colon, given = name.partition(":")
    return f" ({given})" if colon else ""


def legend(figure: Any, axes: Any, width: float, columns: int) -> None:
    """Add a legend below the panels, in ``columns`` columns on a wide figure and in one on a narrow one."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower left", ncols=columns if width == WIDE else 1, fontsize=8.5
    )


def _ends(view: View, names: Sequence[str]) -> str:
    parts = []
    for name in names:
        ends = [
            f"{fixed(v)} at n = {n}"
            for n in (view.sizes[0], view.sizes[-1])
            if (v := view.value(name, n, "accuracy_mean")) is not None
        ]
        parts.append(f"{view.title(name)}: mean accuracy {' and '.join(ends) or 'missing'}")
    return "; ".join(parts) + "."


def learning_curves(view: View) -> Drawing:
    """Means with vertical bars from the 10th to the 90th percentile, as in Leek's figure."""
    names = view.principals()
    lines = [Line(view.title(name), _spread(view, name), k) for k, name in enumerate(names)]
    published = view.preset == "leek-2017"

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 4.4 if width == WIDE else 4.6)
        axes = figure.subplots()
        plot(axes, view, lines, _floor(lines))
        for k, name in enumerate(names if published else ()):
            hue, marker, _ = MARKS[k % len(MARKS)]
            points = [p for p in leek.CURVES.get(name, ()) if p.n <= view.sizes[-1] + 5]
            axes.plot(
                [p.n for p in points],
                [p.mean for p in points],
                marker=marker,
                linestyle="none",
                markerfacecolor="none",
                markeredgecolor=colour(hue),
                markeredgewidth=1.1,
                markersize=7.5,
                label=f"{view.title(name)}, published 2017",
            )
            axes.set_xlim(right=max(view.sizes[-1], points[-1].n if points else 0) + 0.6 * _step(view))
        axes.set_title("accuracy on the scored rows")
        legend(figure, axes, width, 2)

    caption = "Mean accuracy over the draws; bars run from the 10th to the 90th percentile."
    if published:
        caption += " Hollow marks: Leek's published means, read off his figure to ±0.003."
    return draw("curves", "Learning curves", caption, _ends(view, names), paint)


def deviations(view: View) -> Drawing | None:
    """Mean and standard deviation in two panels, the second enlarged, as in Beam's figure."""
    wanted = ("keras.cnn", "keras.mlp", "leekasso.welch.liblinear", "keras.mlp-leek")
    names = [name for name in wanted if name in view.contestants]
    if len(names) < 2:
        return None
    lines = [Line(view.title(name), _deviation(view, name), k) for k, name in enumerate(names)]
    upper = [line for line, name in zip(lines, names, strict=True) if name != "keras.mlp-leek"]

    def paint(figure: Any, width: float) -> None:
        wide = width == WIDE
        figure.set_size_inches(width, 3.5 if wide else 6.6)
        left, right = figure.subplots(1, 2) if wide else figure.subplots(2, 1)
        plot(left, view, lines, 0.5)
        plot(right, view, upper, 0.9)
        left.set_title("accuracy, 0.5 to 1")
        right.set_title("enlarged, 0.9 to 1")
        legend(figure, left, width, 2)

    caption = (
        "Mean accuracy with one standard deviation either side, cut at 0.99999 as in Beam's script; "
        "the right panel enlarges the upper tenth and leaves “MLP (Leek)” out."
    )
    return draw("beam", "The contestants of Beam's Python script", caption, _ends(view, names), paint)


def frameworks(view: View) -> Drawing | None:
    """Small multiples: one panel per recipe, one line per framework."""
    groups = {
        recipe: names
        for recipe, names in view.recipes().items()
        if len(names) > 1 and not recipe.startswith("Leekasso")
    }
    if not groups:
        return None
    panels = {
        recipe: [
            Line(f"{view.engine(name)}{_override(name)}", _spread(view, name),
                 len(MARKS) - 1 if _override(name) else framework_mark(view.contestants[name]["engine"]))
            for name in names
        ]
        for recipe, names in groups.items()
    }  # fmt: skip

    def paint(figure: Any, width: float) -> None:
        wide = width == WIDE
        columns = min(len(panels), 3) if wide else 1
        rows = -(-len(panels) // columns)
        figure.set_size_inches(width, (2.7 if wide else 2.2) * rows + 0.8)
        grid = figure.subplots(rows, columns, squeeze=False).flat
        shown: dict[str, Any] = {}
        for axes, (recipe, lines) in zip(grid, panels.items(), strict=False):
            plot(axes, view, lines, _floor(lines, 0.9), share=0.13)
            axes.set_title(recipe[0].upper() + recipe[1:])
            handles, labels = axes.get_legend_handles_labels()
            shown |= dict(zip(labels, handles, strict=True))
        for axes in list(grid)[len(panels) :]:
            axes.set_visible(False)
        figure.legend(list(shown.values()), list(shown), loc="outside lower left", ncols=5 if wide else 2)

    description = " ".join(f"{recipe}: {_ends(view, names)}" for recipe, names in groups.items())
    caption = (
        "Each panel: one recipe on a scale of its own, one line per framework. Means; bars from the "
        "10th to the 90th percentile."
    )
    return draw("frameworks", "The same recipe in every framework", caption, description, paint)


SOLVERS = {
    "lm": "least squares (R lm)",
    "glm": "R glm",
    "liblinear": "liblinear",
    "lbfgs": "lbfgs",
    "h2o": "H2O GLM",
}
"""Solver of a Leekasso contestant's name -> label."""


def selection(view: View) -> Drawing | None:
    """Which pixels are kept (panel) against who fits them (line)."""
    panels = {
        heading: [
            (name, Line(label, _spread(view, name), k))
            for k, (solver, label) in enumerate(SOLVERS.items())
            if (name := f"leekasso.{statistic}.{solver}") in view.contestants
        ]
        for statistic, heading in (
            ("f", "Ten pixels by the F test"),
            ("welch", "Ten pixels by Welch's score"),
        )
    }
    panels = {heading: lines for heading, lines in panels.items() if lines}
    if sum(map(len, panels.values())) < 3:
        return None

    def paint(figure: Any, width: float) -> None:
        wide = width == WIDE
        figure.set_size_inches(width, 3.5 if wide else 2.6 * len(panels) + 1.4)
        shape = (1, len(panels)) if wide else (len(panels), 1)
        grid = list(figure.subplots(*shape, sharey=True, squeeze=False).flat)
        floor = _floor([line for lines in panels.values() for _, line in lines], 0.9)
        shown: dict[str, Any] = {}
        for axes, (heading, lines) in zip(grid, panels.items(), strict=True):
            plot(axes, view, [line for _, line in lines], floor, share=0.14)
            axes.set_title(heading)
            handles, labels = axes.get_legend_handles_labels()
            shown |= dict(zip(labels, handles, strict=True))
        figure.legend(list(shown.values()), list(shown), loc="outside lower left", ncols=5 if wide else 2)

    description = _ends(view, [name for lines in panels.values() for name, _ in lines])
    caption = (
        "The same selected pixels, given to every solver: the distance between panels is the selection's, "
        "the distance between lines within a panel is the solver's."
    )
    return draw("selection", "Selection against solver", caption, description, paint)
