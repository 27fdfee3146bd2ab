"""Where two solvers go: refits under growing limits of iterations, and how far each is from its optimum."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crossframe.engines.base import FloatArray, IntArray, Value
from crossframe.errors import UsageError
from crossframe.explaining.bench import Bench
from crossframe.explaining.diagnoses import problem
from crossframe.explaining.switches import switched
from crossframe.models.contestants import Contestant
from crossframe.referee.linear import solve
from crossframe.referee.problem import SolutionStatus
from crossframe.report.style import WIDE, Drawing, colour, draw
from crossframe.settings import bindings

SETTING = "solver.max_iterations"
"""What a solver's iterations are limited by."""

LIMITS = 13
"""Powers of two that are tried as a limit, from 1 on; the side's own limit ends them earlier."""

_SERIES = (("blue", "o"), ("vermilion", "s"))


@dataclass(frozen=True)
class Path:
    """One side's coefficients under growing limits of iterations.

    Attributes
    ----------
    limits
        (m,) iterations allowed; the last are those that the side made by its own rules.
    norms
        (m,) \\|beta\\|, Euclidean, intercept first.
    distances
        (m,) \\|beta - beta*\\| / \\|beta*\\|, beta* being the certified optimum of the side's own objective;
        NaN where it has none.
    optimum
        beta*, or None.
    """

    side: str
    limits: tuple[int, ...]
    norms: tuple[float, ...]
    distances: tuple[float, ...]
    optimum: FloatArray | None


def path(
    bench: Bench, side: Contestant, in_force: Mapping[str, Value], X: FloatArray, y: IntArray | FloatArray
) -> Path | None:
    """Refit a side with 1, 2, 4, ... iterations; None where its model has no such limit, or no coefficients.

    Parameters
    ----------
    in_force
        Its canonical settings, as the framework reports them.
    X, y
        Rows that it is fitted on.
    """
    own = bench.records(side)[0]
    if SETTING not in {b.setting for b in bindings(side.model)} or "coefficients" not in own.arrays:
        return None
    made, limit = own.fields.get("iterations"), in_force.get(SETTING)
    end = int(made or (limit if isinstance(limit, (int, float)) and limit > 0 else 0))
    powers = [2**k for k in range(LIMITS) if 2**k < end]
    try:
        trials = {
            k: replace(switched(side, {}, {SETTING: k}), name=f"{side.name}[at most {k} iterations]")
            for k in powers
        }
    except UsageError:
        return None
    bench.prepare(list(trials.values()))
    records = {k: bench.records(trial)[0] for k, trial in trials.items()} | {max(end, 1): own}
    found = {
        k: np.nan_to_num(np.asarray(record.arrays["coefficients"], dtype=np.float64))
        for k, record in records.items()
        if "coefficients" in record.arrays
    }
    best = _optimum(in_force, X, y)
    size = float(np.linalg.norm(best)) if best is not None else 0.0
    return Path(
        side.name,
        tuple(found),
        tuple(float(np.linalg.norm(b)) for b in found.values()),
        tuple(float(np.linalg.norm(b - best)) / size if best is not None and size else math.nan
              for b in found.values()),
        best,
    )  # fmt: skip


def _optimum(in_force: Mapping[str, Value], X: FloatArray, y: Any) -> FloatArray | None:
    """The certified optimum, intercept first; None where there is none or the referee cannot judge."""
    try:
        solution = solve(problem(in_force, X, y))
    except (UsageError, ValueError):
        return None
    if solution.status is not SolutionStatus.CERTIFIED:
        return None
    return np.concatenate([[solution.intercept], solution.coefficients])


def growth(found: Path) -> str:
    """How the coefficients of a side without an optimum grow with its iterations."""
    steps = list(zip(found.limits, found.norms, strict=True))
    told = [f"{norm:.3g} after {limit}" for limit, norm in (steps[0], steps[len(steps) // 2], steps[-1])]
    ever = "with every step" if bool(np.all(np.diff(found.norms) > 0)) else "not with every step"
    return f"{found.side}: the coefficients' length is {', '.join(told)} iterations; it grows {ever} tried."


def figure(left: Path | None, right: Path | None, name: str = "path") -> Drawing | None:
    """Distance to the certified optimum by iterations; \\|beta\\| where a side has no optimum to go to."""
    there = [(p, *mark) for p, mark in zip((left, right), _SERIES, strict=True) if p and len(p.limits) > 1]
    if not there:
        return None
    growing = any(p.optimum is None for p, *_ in there)
    apart = _apart(left, right)

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 3.1 if width == WIDE else 2.9)
        axes = figure.subplots()
        for found, hue, mark in there:
            values = found.norms if growing else found.distances
            axes.plot(
                found.limits, np.maximum(values, 1e-17), marker=mark, color=colour(hue), label=found.side
            )
        if apart and not growing:
            axes.axhline(apart, color=colour("soft"), linewidth=0.9, linestyle=(0, (3, 2)))
            axes.annotate(
                "distance of the two optima", (1, apart), xytext=(0, 3), xycoords=("axes fraction", "data"),
                textcoords="offset points", ha="right", color=colour("soft"), fontsize=7.5,
            )  # fmt: skip
        axes.set(xscale="log", yscale="log", xlabel="iterations")
        ticks = sorted({k for p, *_ in there for k in p.limits[:-1]})
        axes.set_xticks(ticks[:: 1 + len(ticks) // 9], minor=False)
        axes.set_xticks([], minor=True)
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
        axes.set_title("size of the coefficients" if growing else "distance to its own certified optimum")
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower left", ncols=2 if width == WIDE else 1)

    return draw(name, "Where the two solvers go", _caption(growing, apart), _said(there, growing), paint)


def _apart(left: Path | None, right: Path | None) -> float:
    """Distance of the two optima relative to the longer one; 0 where it is not known or nothing."""
    if left is None or right is None or left.optimum is None or right.optimum is None:
        return 0.0
    size = max(float(np.linalg.norm(p)) for p in (left.optimum, right.optimum))
    gap = float(np.linalg.norm(left.optimum - right.optimum))
    return gap / size if size and gap > 1e-15 * size else 0.0


def _caption(growing: bool, apart: float) -> str:
    each = (
        "Each mark is a fit of its own that was allowed so many iterations; the last one is the side as it "
        "is, with the iterations that it made. "
    )
    if growing:
        return each + (
            "The length of the coefficient vector, intercept included: where no finite optimum exists, "
            "it grows with every iteration, and what is printed is the length at which the solver gave up."
        )
    if apart:
        return each + (
            "Distance |β − β*| / |β*| to the certified optimum β* of the side's own objective; the broken "
            "line is how far the two optima lie apart: below it, more iterations bring a side nearer to its "
            "own optimum and not to the other side."
        )
    return each + "Distance |β − β*| / |β*| to the certified optimum β*, which is the same for both."


def _said(there: list[tuple[Path, str, str]], growing: bool) -> str:
    told = []
    for found, *_ in there:
        values = found.norms if growing else found.distances
        what = "the coefficients' length goes" if growing else "the distance goes"
        told.append(
            f"{found.side}: {what} from {values[0]:.2g} after {found.limits[0]} to {values[-1]:.2g} "
            f"after {found.limits[-1]} iterations"
        )
    return "; ".join(told) + "."
