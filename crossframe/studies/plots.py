"""What the figures of several studies are made of: panels of lines, intervals, rows, plain axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from crossframe.core.statistics import Interval
from crossframe.report.style import MARKS, Drawing, colour, draw


@dataclass(frozen=True)
class Series:
    """One line; ``mark`` is its place in `MARKS`. Without a label it repeats the one before it."""

    label: str
    x: ArrayLike
    y: ArrayLike
    mark: int
    points: bool = False
    line: bool = True


@dataclass(frozen=True)
class Panel:
    """One pair of axes; ``levels`` are (height, words) of lines to be compared with."""

    heading: str
    series: Sequence[Series]
    levels: Sequence[tuple[float, str]] = ()


@dataclass(frozen=True)
class Axes:
    """Labels, scales and layout that all panels of a figure share."""

    x: str
    y: str
    log_x: bool = False
    log_y: bool = False
    limits: tuple[float, float] | None = None
    ticks: Sequence[float] = field(default=())
    height: float = 2.6
    columns: int = 3
    own_y: bool = False


def multiples(
    name: str, title: str, caption: str, description: str, panels: Sequence[Panel], axes: Axes
) -> Drawing | None:
    """The panels side by side, on a phone one or two in a row; None where there is nothing to draw."""
    if not any(panel.series for panel in panels):
        return None

    def paint(figure: Any, width: float) -> None:
        wide = width > 5
        columns = min(len(panels), axes.columns if wide else (2 if len(panels) > 3 else 1))
        rows = -(-len(panels) // columns)
        figure.set_size_inches(width, axes.height * rows * (1 if wide else 0.85) + 0.5)
        grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=not axes.own_y)
        for panel, ax in zip(panels, grid.flat, strict=False):
            _panel(ax, panel, axes)
        for ax in list(grid.flat)[len(panels) :]:
            ax.set_visible(False)
        _name(grid, axes)
        handles: dict[str, Any] = {}
        for ax in grid.flat:
            for line, words in zip(*ax.get_legend_handles_labels(), strict=True):
                handles.setdefault(words, line)
        if len(handles) > 1:
            figure.legend(
                handles.values(),
                handles.keys(),
                loc="outside upper left",
                ncols=min(len(handles), 4) if wide else (2 if max(map(len, handles)) < 22 else 1),
            )

    return draw(name, title, caption, description, paint)


def _panel(ax: Any, panel: Panel, axes: Axes) -> None:
    for series in panel.series:
        name, marker, style = MARKS[series.mark]
        ax.plot(
            np.asarray(series.x), np.asarray(series.y), color=colour(name),
            linestyle=style if series.line else "none",
            marker=marker if series.points else "none",
            markersize=4 if series.line else 2.5,
            linewidth=1.3, label=series.label or None,
        )  # fmt: skip
    for height, words in panel.levels:
        ax.axhline(height, color=colour("soft"), linewidth=0.8, linestyle=(0, (2, 2)))
        ax.annotate(
            words, (1, height), xycoords=("axes fraction", "data"), ha="right", va="bottom",
            fontsize=7.5, color=colour("soft"),
        )  # fmt: skip
    if axes.log_x:
        ax.set_xscale("log")
    if axes.log_y:
        ax.set_yscale("log")
    if axes.limits:
        ax.set_ylim(*axes.limits)
    if axes.ticks:
        ax.set_xticks(list(axes.ticks))
    elif not axes.log_x:
        ax.locator_params(axis="x", nbins=4)
        ax.xaxis.set_major_formatter(lambda v, _: f"{v:,.0f}" if v == int(v) else f"{v:g}")
    ax.set_title(panel.heading)


def _name(grid: Any, axes: Axes) -> None:
    for row in grid:
        row[0].set_ylabel(axes.y)
    for ax in grid[-1]:
        ax.set_xlabel(axes.x)


def beside(figure: Any, width: float, wide: float, narrow: float, **shared: Any) -> Any:
    """Two axes, side by side on a wide page and below each other on a phone; heights in inches."""
    figure.set_size_inches(width, wide if width > 5 else narrow)
    return figure.subplots(1, 2, **shared) if width > 5 else figure.subplots(2, 1, **shared)


def intervals(ax: Any, at: ArrayLike, measured: Iterable[Interval], shade: str, **style: Any) -> None:
    """Values with their intervals as bars; one that does not exist has none."""
    rows = list(measured)
    value = np.array([e.value for e in rows])
    ends = np.array([[e.value - e.low, e.high - e.value] for e in rows]).T
    ax.errorbar(at, value, ends, color=colour(shade), capsize=2, **style)


def band(ax: Any, at: Any, values: Any, title: str, mark: tuple[str, str, Any]) -> None:
    """Mean over seeds with a band from the smallest to the largest; ``values`` is (places, seeds)."""
    shade, marker, dashes = mark
    ax.plot(at, values.mean(axis=1), color=colour(shade), marker=marker, linestyle=dashes, label=title)
    ends = values.min(axis=1), values.max(axis=1)
    ax.fill_between(at, *ends, color=colour(shade), alpha=0.18, linewidth=0)


def rows(ax: Any, names: Sequence[str], label: str) -> None:
    """An axis of names from top to bottom, and lines across for the other one, which ``label`` names."""
    ax.grid(False)
    ax.grid(True, axis="x")
    ax.set_yticks(range(len(names)), list(names))
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlabel(label)


def plain(axis: Any, *, fractions: bool = False) -> None:
    """Ticks as plain numbers, not as powers; ``fractions``: below 1 as 1/x."""
    axis.set_major_formatter(lambda v, _: f"1/{1 / v:.0f}" if fractions and v < 1 else f"{v:g}")
