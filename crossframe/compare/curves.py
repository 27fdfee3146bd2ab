"""Accuracy or R² of the contestants: against the number of training rows, or side by side at a single n."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossframe.claims import leek
from crossframe.core.text import finite, fixed
from crossframe.experiment.view import View, framework_title
from crossframe.report.style import (
    WIDE,
    Drawing,
    Mark,
    colour,
    draw,
    framework_colour,
    framework_marks,
    label,
    row_height,
)


@dataclass(frozen=True)
class Line:
    """One curve: ``points`` are (n, middle, low, high)."""

    label: str
    points: Sequence[tuple[float, float, float, float]]
    mark: Mark


def _spread(view: View, name: str) -> list[tuple[float, float, float, float]]:
    points = []
    for n in view.sizes:
        mean, low, high = (view.value(name, n, f"{view.metric.key}_{end}") for end in ("mean", "p10", "p90"))
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
        hue, marker, dash = line.mark
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


def _floor(view: View, lines: Sequence[Line], ceiling: float = 0.5) -> float:
    """The lower end of the axis: a multiple of 0.05 under every bar, at most ``ceiling``."""
    least = lower_end(view)
    lowest = min((p[2] for line in lines for p in line.points if p[2] >= least), default=ceiling)
    return min(ceiling, max(least, math.floor((lowest - 0.005) * 20) / 20))


def lower_end(view: View) -> float:
    """Below which an axis shows no value: 0 for accuracy, -1 for R², which has no lower bound."""
    return max(view.metric.low, -1.0)


def below(view: View, values: Iterable[float]) -> str:
    """A sentence for the caption, where some of the values lie below the axis; else empty."""
    hidden = min(values, default=0.0) < lower_end(view)
    return " Values below the end of the axis are in the tables." if hidden else ""


def _override(name: str) -> str:
    """The overrides in a contestant's name, in brackets; empty where it has none."""
    _, colon, given = name.partition(":")
    return f" ({given})" if colon else ""


def legend(figure: Any, axes: Any, width: float, columns: int) -> None:
    """Add a legend below the panels, in ``columns`` columns on a wide figure and in one on a narrow one."""
    handles, names = axes.get_legend_handles_labels()
    labels = [label(name, width, 90 // columns) for name in names]
    figure.legend(
        handles, labels, loc="outside lower left", ncols=columns if width == WIDE else 1, fontsize=8.5
    )


def _ends(view: View, names: Sequence[str]) -> str:
    parts = []
    for name in names:
        ends = [
            f"{fixed(v)} at n = {n}"
            for n in (view.sizes[0], view.sizes[-1])
            if (v := view.value(name, n, f"{view.metric.key}_mean")) is not None
        ]
        parts.append(f"{view.title(name)}: mean {view.metric.words} {' and '.join(ends) or 'missing'}")
    return "; ".join(parts) + "."


def _lines(view: View, names: Sequence[str]) -> list[Line]:
    marks = framework_marks([view.contestants[name]["engine"] for name in names])
    return [
        Line(view.title(name), _spread(view, name), mark) for name, mark in zip(names, marks, strict=True)
    ]


_BARS = "Mean {} over the draws; bars run from the 10th to the 90th percentile."
_COLOURS = "The colour is the framework's, the same in every figure."


def main_figure(view: View) -> Drawing:
    """The figure of the first screen: learning curves, or the contestants where there is a single n."""
    return learning_curves(view) or accuracies(view)


def learning_curves(view: View) -> Drawing | None:
    """Accuracy or R² of a part of the contestants over n; None where there is a single n.

    Of a repetition of Leek's experiment his two contestants, else `View.principals`.
    """
    if len(view.sizes) < 2:
        return None
    return _published(view) or _leading(view, "curves")


def chosen(view: View, names: Sequence[str]) -> Drawing | None:
    """The curves of ``names``, of those that took part; None where there are none, or a single n."""
    shown = [name for name in names if name in view.contestants]
    if not shown or len(view.sizes) < 2:
        return None
    return _curves(view, "curves", shown, _about(view), {})


def _about(view: View) -> str:
    """What the marks and the colours of a figure mean."""
    return f"{_BARS.format(view.metric.words)} {_COLOURS}"


def leading(view: View) -> Drawing | None:
    """The curves of `View.principals`, where the learning curves are those of a published figure."""
    return _leading(view, "leading") if len(view.sizes) > 1 and _published(view) else None


def _leading(view: View, name: str) -> Drawing:
    names = view.principals()
    caption = _about(view)
    if len(names) < len(view.contestants):
        ends, best = "the most and the least accurate", "the most accurate"
        if not view.classes:
            ends, best = "the best and the worst", "the best"
        caption += (
            f" Shown: {ends} at n = {view.sizes[0]} and at n = {view.sizes[-1]}, "
            f"and of every other framework {best} at n = {view.sizes[-1]}; all {len(view.contestants)} are "
            "in the tables."
        )
    return _curves(view, name, names, caption, {})


def _published(view: View) -> Drawing | None:
    """The contestants of Leek's figure, his means beside those of the run."""
    names = [name for name in ("leekasso.f.lm", "leek.h2o.mlp") if name in view.contestants]
    if view.preset != "leek-2017" or len(names) < 2:
        return None
    caption = (
        f"The contestants of Leek's figure. {_BARS.format(view.metric.words)} Hollow marks: his published "
        "means, read off the figure to ±0.003."
    )
    means: dict[str, list[tuple[int, float]]] = {
        name: [(p.n, p.mean) for p in leek.CURVES.get(name, ()) if p.n <= view.sizes[-1] + 5]
        for name in names
    }
    return _curves(view, "curves", names, caption, means)


def _curves(
    view: View,
    key: str,
    names: Sequence[str],
    caption: str,
    published: Mapping[str, Sequence[tuple[int, float]]],
) -> Drawing:
    """Means with vertical bars from the 10th to the 90th percentile; ``published`` are (n, mean) by name."""
    lines = _lines(view, names)
    caption += below(view, [p[2] for line in lines for p in line.points])

    def paint(figure: Any, width: float) -> None:
        names_of = [label(line.label, width, 45) for line in lines]
        height = sum(0.19 + 0.13 * text.count("\n") for text in names_of) * (2 if published else 1)
        figure.set_size_inches(width, 3.6 + height / (2 if width == WIDE else 1))
        axes = figure.subplots()
        plot(axes, view, lines, _floor(view, lines))
        for name, line in zip(names, lines, strict=True):
            points = published.get(name, ())
            if not points:
                continue
            hue, marker, _ = line.mark
            axes.plot(
                [n for n, _ in points],
                [mean for _, mean in points],
                marker=marker,
                linestyle="none",
                markerfacecolor="none",
                markeredgecolor=colour(hue),
                markeredgewidth=1.1,
                markersize=7.5,
                label=f"{line.label}, published 2017",
            )
            axes.set_xlim(right=max(view.sizes[-1], points[-1][0]) + 0.6 * _step(view))
        axes.set_title(f"{view.metric.words} on the scored rows")
        legend(figure, axes, width, 2)

    return draw(key, "Learning curves", caption, _ends(view, names), paint)


def accuracies(view: View) -> Drawing:
    """Accuracy or R² of every contestant at the smallest n, the best at the top."""
    n, key = view.sizes[0], view.metric.key
    rows = view.ranked(n)
    engines = list(dict.fromkeys(view.contestants[row["contestant"]]["engine"] for row in rows))

    def paint(figure: Any, width: float) -> None:
        labels = row_labels(view, [row["contestant"] for row in rows], width)
        figure.set_size_inches(width, row_height(labels) * max(len(rows), 1) + 1.1)
        axes = figure.subplots()
        for y, row in enumerate(rows):
            hue = framework_colour(view.contestants[row["contestant"]]["engine"])
            mean, low, high = (finite(row[f"{key}_{k}"]) for k in ("mean", "p10", "p90"))
            axes.hlines([y], low, high, color=hue, linewidth=1.4, alpha=0.75)
            axes.plot([mean], [y], marker="o", color=hue, linestyle="none")
        axes.set_yticks(range(len(rows)), labels, fontsize=8 if width == WIDE else 7)
        axes.tick_params(axis="y", labelcolor=colour("ink"))
        axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
        axes.set_xlim(left=max(axes.get_xlim()[0], lower_end(view)), right=1.01)
        axes.grid(False, axis="y")
        axes.grid(True, axis="x")
        axes.set_xlabel(f"{view.metric.words} on the scored rows")
        framework_legend(figure, axes, engines, width)

    ends = [low for row in rows if (low := finite(row[f"{key}_p10"])) is not None]
    caption = _about(view) + below(view, ends)
    description = "; ".join(f"{view.title(r['contestant'])}: {fixed(r[f'{key}_mean'])}" for r in rows) + "."
    return draw(key, f"{view.metric.title} of every contestant at n = {n}", caption, description, paint)


def row_labels(view: View, names: Sequence[str], width: float) -> list[str]:
    """The contestants' titles for an axis of rows, on a narrow figure their names."""
    return [label(view.title(name) if width == WIDE else name, width, 42) for name in names]


def framework_legend(figure: Any, axes: Any, engines: Sequence[str], width: float) -> None:
    """Add a legend of the frameworks' colours below the panels."""
    handles = [
        axes.plot([], [], marker="o", color=framework_colour(e), linestyle="none", label=framework_title(e))[
            0
        ]
        for e in dict.fromkeys(engines)
    ]
    if handles:
        figure.legend(
            handles=handles, loc="outside lower left", ncols=6 if width == WIDE else 3, handlelength=1
        )


def deviations(view: View) -> Drawing | None:
    """Mean and standard deviation in two panels, the second enlarged, as in Beam's figure."""
    wanted = ("keras.cnn", "keras.mlp", "leekasso.welch.liblinear", "leek.keras.mlp")
    names = [name for name in wanted if name in view.contestants]
    if len(names) < 2 or len(view.sizes) < 2 or not view.classes:
        return None
    marks = framework_marks([view.contestants[name]["engine"] for name in names])
    lines = [
        Line(view.title(name), _deviation(view, name), mark) for name, mark in zip(names, marks, strict=True)
    ]
    upper = [line for line, name in zip(lines, names, strict=True) if name != "leek.keras.mlp"]

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
    if not groups or len(view.sizes) < 2:
        return None
    labels = {name: f"{view.engine(name)}{_override(name)}" for names in groups.values() for name in names}
    engines = {label: str(view.contestants[name]["engine"]) for name, label in labels.items()}
    marks = dict(zip(engines, framework_marks(list(engines.values())), strict=True))
    panels = {
        recipe: [Line(labels[name], _spread(view, name), marks[labels[name]]) for name in names]
        for recipe, names in groups.items()
    }

    def paint(figure: Any, width: float) -> None:
        wide = width == WIDE
        columns = min(len(panels), 3) if wide else 1
        rows = -(-len(panels) // columns)
        figure.set_size_inches(width, (2.7 if wide else 2.2) * rows + 0.8)
        grid = figure.subplots(rows, columns, squeeze=False).flat
        shown: dict[str, Any] = {}
        for axes, (recipe, lines) in zip(grid, panels.items(), strict=False):
            plot(axes, view, lines, _floor(view, lines, 0.9), share=0.13)
            axes.set_title(recipe[0].upper() + recipe[1:])
            handles, labels = axes.get_legend_handles_labels()
            shown |= dict(zip(labels, handles, strict=True))
        for axes in list(grid)[len(panels) :]:
            axes.set_visible(False)
        figure.legend(list(shown.values()), list(shown), loc="outside lower left", ncols=5 if wide else 2)

    description = " ".join(f"{recipe}: {_ends(view, names)}" for recipe, names in groups.items())
    caption = (
        "Each panel: one model on a scale of its own, one line per framework. Means; bars from the "
        "10th to the 90th percentile."
    ) + below(view, [p[2] for own in panels.values() for line in own for p in line.points])
    return draw("frameworks", "The same model in every framework", caption, description, paint)


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
    names = {
        heading: {
            solver: name
            for solver in SOLVERS
            if (name := f"leekasso.{statistic}.{solver}") in view.contestants
        }
        for statistic, heading in (
            ("f", "Ten pixels by the F test"),
            ("welch", "Ten pixels by Welch's score"),
        )
    }
    engines = {k: str(view.contestants[name]["engine"]) for own in names.values() for k, name in own.items()}
    solvers = [solver for solver in SOLVERS if solver in engines]
    marks = dict(zip(solvers, framework_marks([engines[solver] for solver in solvers]), strict=True))
    panels = {
        heading: [(name, Line(SOLVERS[k], _spread(view, name), marks[k])) for k, name in own.items()]
        for heading, own in names.items()
        if own
    }
    if sum(map(len, panels.values())) < 3 or len(view.sizes) < 2:
        return None

    def paint(figure: Any, width: float) -> None:
        wide = width == WIDE
        figure.set_size_inches(width, 3.5 if wide else 2.6 * len(panels) + 1.4)
        shape = (1, len(panels)) if wide else (len(panels), 1)
        grid = list(figure.subplots(*shape, sharey=True, squeeze=False).flat)
        floor = _floor(view, [line for lines in panels.values() for _, line in lines], 0.9)
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
