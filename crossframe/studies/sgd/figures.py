"""Figures and tables of the study ``sgd``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from crossframe.core.statistics import geometric_mean
from crossframe.report.document import Part
from crossframe.report.style import MARKS, colour, draw, framework_mark
from crossframe.report.table import Cell, Table
from crossframe.studies.plots import beside, intervals, plain
from crossframe.studies.sgd import claims
from crossframe.studies.sgd.convex import Convex
from crossframe.studies.sgd.ends import STOPS, TITLES, Ends
from crossframe.studies.sgd.jobs import EVEN, WELLS
from crossframe.studies.sgd.solvers import WORDS
from crossframe.studies.sgd.trainers.well import gibbs, loss
from crossframe.studies.sgd.wells import WellShare
from crossframe.studies.training.landscape import RELATIVE


def parts(grid: Mapping[str, Ends], walks: Sequence[WellShare], solved: Convex) -> tuple[Part, ...]:
    """The parts of the page, for everything that was computed."""
    shown = []
    if grid:
        shown.append(width(grid))
    if walks:
        shown.append(wells(walks))
    if solved.answers:
        shown.append(convex(solved))
    return tuple(shown)


def width(grid: Mapping[str, Ends]) -> Part:
    """Curvature against rate / batch, by framework and batch, at equal epochs and at equal loss."""
    series = [(e, b) for e in grid.values() for b in range(len(e.batches))]

    def paint(figure: Any, wide: float) -> None:
        panels = beside(figure, wide, 3.3, 5.6, sharey=True, sharex=True)
        for k, ax in enumerate(panels):
            for number, (e, b) in enumerate(series):
                stop = k and e.judged
                if stop is not None:
                    _line(ax, e, b, stop, number)
            ax.set_title(_title(grid, k))
            ax.set(xscale="log", yscale="log")
            plain(ax.xaxis)
            plain(ax.yaxis)
            if k or wide > 5:
                ax.set_xlabel("learning rate / batch size")
            if not k or wide <= 5:
                ax.set_ylabel("largest eigenvalue")
        figure.legend(*panels[1].get_legend_handles_labels(), loc="outside upper left",
                      ncols=3 if wide > 5 else 2)  # fmt: skip

    caption = (
        "Largest eigenvalue of the Hessian of the training loss where SGD ended (low = wide), geometric "
        "mean over seeds with its 95 % interval, for each framework and batch size. First panel, Keras "
        "alone: after the same number of epochs, when the settings have come down to different losses and "
        "the eigenvalue follows the loss; nothing is judged there. Second: at one training loss, the "
        "lowest that all trainings of a framework reached."
    )
    description = "; ".join(
        f"{TITLES[e.engine]}, batch {e.batches[b]}, {STOPS[k]}: "
        + " to ".join(f"{math.exp(float(np.nanmean(e.logs('sharpness')[k, b, i]))):.2f}" for i in (0, -1))
        for e, b in series
        if (k := e.judged) is not None
    )
    drawing = draw("width", "How wide the minima are that SGD ends in", caption, description, paint)
    return Part("ends", "Rate, batch and the width of minima", drawing=drawing, folded=(_ends_table(grid),))


def _title(grid: Mapping[str, Ends], k: int) -> str:
    stops = dict.fromkeys(STOPS[stop] for e in grid.values() if (stop := e.judged) is not None)
    return " / ".join(stops) if k else STOPS[0]


_BATCHES = {1: ("P", (0, (8, 2))), 8: ("o", "-"), 40: ("s", (0, (4, 2))), 200: ("^", (0, (1, 1.2)))}
"""Size of a batch -> marker and line; the colour is the framework's."""


def _line(ax: Any, e: Ends, b: int, k: int, number: int) -> None:
    means = [geometric_mean(e.logs("sharpness")[k, b, i]) for i in range(len(e.rates))]
    if all(math.isnan(t.value) for t in means):
        return
    # A little apart, so that intervals at one place do not hide each other.
    shift = 1 + 0.05 * (number % 4 - 1.5)
    at = np.array([rate / e.batches[b] for rate in e.rates]) * shift
    marker, line = _BATCHES.get(e.batches[b], ("D", "-"))
    label = f"{TITLES[e.engine]}, batch {e.batches[b]}"
    intervals(ax, at, means, MARKS[framework_mark(e.engine)][0], marker=marker, linestyle=line, label=label)


def _ends_table(grid: Mapping[str, Ends]) -> Table:
    columns = (
        ("Framework", False, ""), ("Batch", True, ""), ("Rate", True, ""), ("Stopped", False, ""),
        ("Largest eigenvalue", True, "of the Hessian of the training loss, geometric mean over seeds"),
        ("Loss rise", True, f"mean over random steps of {RELATIVE:g} of each kernel's norm"),
        ("Training loss", True, "mean over seeds"), ("Test accuracy", True, "mean over seeds"),
        ("Epochs", True, "mean over seeds"), ("Seeds", True, "that got there"),
    )  # fmt: skip
    rows = []
    for e in grid.values():
        for k, stopped in enumerate(STOPS):
            for b, batch in enumerate(e.batches):
                for i, rate in enumerate(e.rates):
                    value = {m: v[k, b, i] for m, v in e.values.items()}
                    count = int(np.isfinite(value["sharpness"]).sum())
                    if not count and not k:
                        continue
                    means = {
                        m: float(np.mean(v[np.isfinite(v)])) if count else math.nan for m, v in value.items()
                    }
                    top, rise = (_geometric(value[m]) for m in ("sharpness", "rise"))
                    rows.append([
                        Cell(TITLES[e.engine]), Cell(str(batch), batch), Cell(f"{rate:g}", rate),
                        Cell(stopped),
                        Cell(f"{top:.3g}", top), Cell(f"{rise:.3g}", rise),
                        Cell(f"{means['loss']:.3g}", means["loss"]), Cell(f"{means['accuracy']:.3f}"),
                        Cell(f"{means['epochs']:.3g}", means["epochs"]), Cell(str(count), count),
                    ])  # fmt: skip
    return Table("Where SGD ends", columns, rows)


def _geometric(values: Any) -> float:
    positive = values[np.isfinite(values) & (values > 0)]
    return float(np.exp(np.mean(np.log(positive)))) if len(positive) else math.nan


def wells(walks: Sequence[WellShare]) -> Part:
    """The potential, and the share of runs in its wide well against rate / batch."""

    def paint(figure: Any, wide: float) -> None:
        left, right = beside(figure, wide, 3.3, 5.8)
        x = np.linspace(-4, 3, 700)
        left.plot(x, loss(x, EVEN), color=colour("slate"), linestyle=(0, (4, 2)))
        left.plot(x, loss(x, WELLS), color=colour("ink"))
        left.set(xlabel="weight", ylabel="loss", title="The two wells")
        left.text(WELLS[0][0], -0.6, "wide", ha="center")
        left.text(WELLS[1][0] + 0.3, -0.85, "narrow")
        _shares(right, walks)
        right.set(xlabel="learning rate / batch size", ylabel="share in the wide well",
                  title="Where runs end", ylim=(0, 0.95))  # fmt: skip
        figure.legend(*right.get_legend_handles_labels(), loc="outside upper left",
                      ncols=4 if wide > 5 else 2)  # fmt: skip

    caption = (
        "A loss with a wide well and a narrow, deeper one, and the share of runs of SGD that are in the "
        "wide one at the end (95 % interval), half of them begun in each well. Lines: the Gibbs weight, "
        "the theory for small steps. Dashed and hollow: with wells of one depth. One rate / batch, "
        "reached by different rates, gives different shares where the rate is large for the narrow well's "
        "curvature."
    )
    description = "; ".join(
        f"{'one depth, ' if t.walk.wells == EVEN else ''}rate {t.walk.rate:g}, batch {t.walk.batch}: "
        f"{t.share.value:.2f} against {t.theory:.2f}"
        for t in walks
    )
    columns = (
        ("Narrow well", False, ""), ("Rate", True, ""), ("Batch", True, ""), ("Rate / batch", True, ""),
        ("Rate x curvature", True, "of the narrow well; below 2 a step comes nearer to its bottom"),
        ("Share in the wide well [95 %]", True, ""), ("From the wide", True, "of the runs begun there"),
        ("From the narrow", True, "of the runs begun there"),
        ("Gibbs weight", True, "theory for small steps"),
    )  # fmt: skip
    rows = [
        [
            Cell("as deep" if t.walk.wells == EVEN else "deeper"),
            Cell(f"{t.walk.rate:g}", t.walk.rate), Cell(str(t.walk.batch), t.walk.batch),
            Cell(f"{t.walk.rate / t.walk.batch:.3g}"), Cell(f"{t.stiffness:.2f}", t.stiffness),
            Cell(f"{t.share.value:.3f} [{t.share.low:.3f}, {t.share.high:.3f}]", t.share.value),
            Cell(f"{t.from_wide:.3f}"), Cell(f"{t.from_narrow:.3f}"), Cell(f"{t.theory:.3f}"),
        ]
        for t in walks
    ]  # fmt: skip
    return Part("wells", "A wide and a narrow well", drawing=draw("wells", "Noise and the choice of a well",
                caption, description, paint), folded=(Table("Every walk", columns, rows),))  # fmt: skip


def _shares(ax: Any, walks: Sequence[WellShare]) -> None:
    """Shares with intervals by rate, and the Gibbs weights, against rate / batch."""
    temperatures = [t.walk.temperature for t in walks]
    curve = np.geomspace(0.8 * min(temperatures), 1.2 * max(temperatures), 60)
    scale = walks[0].walk.rate / walks[0].walk.batch / walks[0].walk.temperature
    for wells, name, line, label in (
        (WELLS, "ink", "-", "Gibbs weight, narrow deeper"),
        (EVEN, "slate", (0, (4, 2)), "one depth"),
    ):
        weights = [gibbs(wells, t) for t in curve]
        ax.plot(curve * scale, weights, color=colour(name), linestyle=line, label=label)
    for number, rate in enumerate(sorted({t.walk.rate for t in walks})):
        name, marker, _ = MARKS[number]
        for even in (False, True):
            shown = [t for t in walks if t.walk.rate == rate and (t.walk.wells == EVEN) is even]
            at = np.array([t.walk.rate / t.walk.batch for t in shown]) * (1 + 0.04 * (number - 1.5))
            if shown:
                style: dict[str, Any] = {"marker": marker, "linestyle": "none"}
                style["markerfacecolor"] = "none" if even else None
                style["label"] = None if even else f"rate {rate:g}"
                intervals(ax, at, [t.share for t in shown], name, **style)
    ax.set_xscale("log")
    ax.minorticks_off()
    ax.set_xticks([0.0025, 0.005, 0.01, 0.02])
    plain(ax.xaxis)


def convex(solved: Convex) -> Part:
    """Digits of the certified optimum by solver, by default and to the end, for each problem."""
    problems = [p for p in WORDS if p in solved.certified]

    def paint(figure: Any, wide: float) -> None:
        counts = [len({a.solver.title for a in solved.answers if a.problem == p}) for p in problems]
        figure.set_size_inches(wide, 0.2 * sum(counts) + 1.5)
        panels = np.atleast_1d(figure.subplots(len(problems), 1, sharex=True, height_ratios=counts))
        for ax, problem in zip(panels, problems, strict=True):
            titles = list(dict.fromkeys(a.solver.title for a in solved.answers if a.problem == problem))
            ax.axvline(claims.DIGITS, color=colour("soft"), linewidth=0.9, linestyle=(0, (3, 3)))
            for row, title in enumerate(titles):
                answers = {
                    a.tight: a for a in solved.answers if a.problem == problem and a.solver.title == title
                }
                ends = [answers[t].digits for t in (False, True) if t in answers]
                ax.plot(ends, [row] * len(ends), color=colour("rule"), linewidth=2, zorder=1)
                for tight, name in ((False, "soft"), (True, "ink")):
                    if tight in answers:
                        fill = colour(name) if not answers[tight].solver.own else "none"
                        ax.plot([answers[tight].digits], [row], "o" if tight else "s",
                                markeredgecolor=colour(name), markerfacecolor=fill)  # fmt: skip
            small = 1.0 if wide > 5 else 0.85
            ax.set_yticks(range(len(titles)), titles, fontsize=8 * small)
            ax.set(ylim=(len(titles) - 0.4, -0.6), xlim=(-0.4, 16.4), title=WORDS[problem])
            ax.grid(True, axis="x")
            ax.grid(False, axis="y")
        panels[-1].set_xlabel("digits of the certified optimum")
        handles = [
            panels[0].plot([], [], "s", color=colour("soft"), label="default tolerance")[0],
            panels[0].plot([], [], "o", color=colour("ink"), label="asked to go to the end")[0],
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=2)

    certified = "; ".join(f"{WORDS[p]}: {words}" for p, words in solved.certified.items())
    caption = (
        f"Digits of the coefficients that agree with the certified optimum ({certified}), on {solved.rows} "
        f"rows of {solved.data}, ten pixels. Hollow: liblinear, which penalises the intercept and so has "
        "an optimum of its own. Dashed: the criterion."
    )
    description = "; ".join(
        f"{a.solver.title}, {WORDS[a.problem]}, {'to the end' if a.tight else 'default'}: {a.digits:.1f}"
        for a in solved.answers
    )
    columns = (
        ("Problem", False, ""), ("Solver", False, ""), ("Tolerance", False, ""),
        ("Digits", True, "of the certified optimum"),
        ("Of its own", True, "digits of the certified optimum of the problem it has in truth"),
        ("Status", False, ""),
    )  # fmt: skip
    rows = [
        [
            Cell(WORDS[a.problem]), Cell(a.solver.title), Cell("to the end" if a.tight else "default"),
            Cell(f"{a.digits:.1f}", a.digits), Cell("" if math.isnan(a.own) else f"{a.own:.1f}"),
            Cell(a.status),
        ]
        for a in solved.answers
    ]  # fmt: skip
    drawing = draw("convex", "One optimum, many solvers", caption, description, paint)
    return Part(
        "convex", "The convex control", drawing=drawing, folded=(Table("Every answer", columns, rows),)
    )
