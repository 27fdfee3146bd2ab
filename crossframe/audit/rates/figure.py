"""Effective learning rate against update number, all frameworks in one figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.experiment.view import framework_title
from crossframe.frameworks.learning_rate import LearningRate, LearningRates
from crossframe.report.style import MARKS, WIDE, colour, drawing, framework_mark

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ALIKE = 0.02
"""Curves of one framework that differ by less than this share everywhere are one line."""
_LINE = 0.165
"""Inches of height for a label."""
_BINS = (1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91)
"""First updates of the spans of which a point is the geometric mean: single rows differ much."""


def figure(result: LearningRates) -> Figure:
    """Effective learning rate against update number, both axes logarithmic.

    Colour, mark and dashes stand for the framework, labels for the optimizer; a framework's default is bold.
    """
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    groups = _groups(result)
    # The background is opaque, because the figure is also shown outside a page.
    with drawing("learning-rates"):
        height = max(3.6, 1.15 * _LINE * len(groups) + 1.3)
        made = Figure(figsize=(WIDE, height), facecolor=colour("paper"))
        axes = made.add_axes((0.085, 0.55 / height, 0.555, 1 - 1.0 / height))
        axes.set(xscale="log", yscale="log", xlabel="update", ylabel="|change of weights| / |gradient|")
        for row, _, points in groups:
            name, mark, dashes = _look(row)
            size, width = (4.0, 2.0) if row.standard else (2.4, 0.9)
            axes.plot(*points, color=name, marker=mark, linestyle=dashes, markersize=size, linewidth=width)
        axes.set_xticks([1, 2, 5, 10, 20, 50, 100], ["1", "2", "5", "10", "20", "50", "100"])
        axes.minorticks_off()
        if groups:
            _labels(axes, groups, height)
        engines = dict.fromkeys(row.engine for row, _, _ in groups)
        handles = []
        for engine in engines:
            name, mark, dashes = _look(LearningRate(engine, ""))
            handles.append(
                Line2D([], [], color=name, marker=mark, linestyle=dashes, label=framework_title(engine))
            )
        handles.append(Line2D([], [], color=colour("ink"), linewidth=2.0, label="its default"))
        made.legend(handles=handles, loc="upper left", ncols=5, bbox_to_anchor=(0.075, 1.0))
    return made


def _look(row: LearningRate) -> tuple[str, str, Any]:
    name, mark, dashes = MARKS[framework_mark(row.engine)]
    return colour(name), mark, dashes


Points = tuple[FloatArray, FloatArray]
"""Update numbers, and effective rates there."""


def _groups(result: LearningRates) -> list[tuple[LearningRate, str, Points]]:
    """(first row, names, points) of the curves that can be distinguished."""
    groups: list[tuple[LearningRate, str, Points]] = []
    for row in result.rows:
        points = _points(row)
        if not len(points[0]):
            continue
        name = row.short or row.name
        for k, (first, names, other) in enumerate(groups):
            near = len(other[1]) == len(points[1]) and np.allclose(points[1], other[1], rtol=_ALIKE, atol=0.0)
            if first.engine == row.engine and near:
                groups[k] = (first, _joined(names, name), other)
                break
        else:
            groups.append((row, f"{min(framework_title(row.engine), row.engine, key=len)} {name}", points))
    return groups


def _points(row: LearningRate) -> Points:
    """Geometric means over `_BINS`; updates without a step or without a gradient have no logarithm."""
    curve = np.array([value if value else np.nan for value in row.curve], dtype=np.float64)
    at, means = [], []
    for first, end in zip(_BINS, (*_BINS[1:], max(len(curve) + 1, _BINS[-1] + 1)), strict=True):
        part = curve[first - 1 : end - 1]
        part = part[np.isfinite(part)]
        if len(part):
            last = min(end - 1, len(curve))
            at.append(np.sqrt(first * last))
            means.append(np.exp(np.mean(np.log(part))))
    return np.array(at), np.array(means)


def _joined(names: str, name: str) -> str:
    """The names with one more, without words that they begin with already."""
    words = name.split()
    while words and words[0] in names.split():
        words = words[1:]
    return ", ".join([names, " ".join(words)] if words else [names])


def _labels(axes: Any, groups: list[tuple[LearningRate, str, Points]], height: float) -> None:
    """Names in the order of the last points, a line's height between two, tied to them by thin rules."""
    span = axes.get_position().height * height
    low, high = np.log(axes.get_ylim())
    left, right = np.log(axes.get_xlim())
    order = sorted(groups, key=lambda group: float(group[2][1][-1]))
    wanted = np.array([(np.log(points[1][-1]) - low) / (high - low) for _, _, points in order])
    placed = _spaced(wanted, _LINE / span)
    for (row, names, points), place, height_of in zip(order, placed, wanted, strict=True):
        name, _, _ = _look(row)
        end = (np.log(points[0][-1]) - left) / (right - left)
        line = ([end + 0.012, 1.0, 1.06], [height_of, height_of, place])
        axes.plot(*line, transform=axes.transAxes, color=name, linewidth=0.5, clip_on=False, alpha=0.7)
        axes.text(1.07, place, names, transform=axes.transAxes, color=name, va="center", fontsize=7.5,
                  fontweight="bold" if row.standard else "normal")  # fmt: skip
    axes.set(xlim=np.exp([left, right]), ylim=np.exp([low, high]))


def _spaced(wanted: FloatArray, gap: float) -> FloatArray:
    """Ascending places nearest to ``wanted`` with ``gap`` between them, by pooling adjacent violators."""
    blocks: list[list[float]] = []
    for k, value in enumerate(wanted):
        blocks.append([float(value) - k * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, weight = blocks.pop()
            before, count = blocks.pop()
            blocks.append([(mean * weight + before * count) / (weight + count), weight + count])
    level = np.concatenate([np.full(int(count), mean) for mean, count in blocks])
    return np.asarray(level + gap * np.arange(len(wanted)))
