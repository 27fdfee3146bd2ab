"""Refits of a side under growing limits of iterations: the path of its solver and of its coefficients."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, IntArray, Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.record import Record
from crossframe.explain.diagnoses import ByRow, Diagnosis, problem
from crossframe.explain.switches import switched, tightened
from crossframe.frameworks.registry import model
from crossframe.optima.linear import solve
from crossframe.optima.problem import SolutionStatus
from crossframe.report.style import WIDE, Drawing, colour, draw, framework_marks

SETTING = "solver.max_iterations"
"""The setting that limits a solver's iterations."""

POWERS = 13
"""Powers of two that are tried as a limit, from 1 on; the side's own limit ends them earlier."""

GROWTH: dict[str, tuple[int, ...]] = {SETTING: (2, 4, 8, 16, 32, 64), "epochs": (50, 100, 200, 400, 800)}
"""Limits under which growth is measured, by setting; the second for models that are trained by epochs."""


@dataclass(frozen=True)
class SolverPath:
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


def _refits(
    fits: FitCache, start: Contestant, setting: str, limits: Sequence[int], name: Callable[[int], str]
) -> dict[int, Record]:
    """The first fit of ``start`` under each limit, fitted under this name. Empty where it takes none."""
    try:
        trials = {k: replace(switched(start, {}, {setting: k}), name=name(k)) for k in limits}
    except UsageError:
        return {}
    fits.prepare(list(trials.values()))
    return {k: fits.records(trial)[0] for k, trial in trials.items()}


def growth_diagnosis(
    fits: FitCache, label: str, side: Contestant, effective: Mapping[str, Value]
) -> Diagnosis | None:
    """\\|beta\\|, Euclidean, without the intercept, after so many iterations, tolerances out of the way.

    ``label`` is ``left`` or ``right``. None for a model whose iterations cannot be limited, or that
    reports no coefficients.
    """
    known = {b.setting for b in model(side.model).bindings}
    setting = next((name for name in GROWTH if name in known), None)
    if setting is None:
        return None
    # A model with epochs keeps its own optimizer: the growth of its own training is measured.
    ways = tightened(side, effective, fits.experiment.sizes[0]) if setting != "epochs" else ()
    start = ways[0] if ways else side
    refits = _refits(fits, start, setting, GROWTH[setting], lambda k: f"{side.name}[{setting}={k}]")
    norms: dict[int, float] = {}
    for limit, record in refits.items():
        if not record.fields["usable"] or "coefficients" not in record.arrays:
            continue
        # At the limit some models discard a whole path of penalties and have no coefficients.
        if size := float(np.linalg.norm(np.nan_to_num(record.arrays["coefficients"][1:]))):
            norms[limit] = size
    if len(norms) < 2:
        return None
    sizes = list(norms.values())
    steps = sum(b > a for a, b in pairwise(sizes))
    listed = ", ".join(f"{size:.3g} after {limit}" for limit, size in norms.items())
    what = "epochs" if setting == "epochs" else "iterations"
    where = "at every step" if steps == len(sizes) - 1 else f"at {steps} of {len(sizes) - 1} steps"
    words = f"the length of the coefficients is {listed} {what}: it grows {where}"
    certificate = {"setting": setting, "limits": list(norms), "norms": sizes, "grew": steps}
    return Diagnosis("growth", label, words, certificate)


def path(
    fits: FitCache,
    side: Contestant,
    effective: Mapping[str, Value],
    X: FloatArray,
    y: IntArray | FloatArray,
    by_row: ByRow = (None, None),
) -> SolverPath | None:
    """Refit a side with 1, 2, 4, ... iterations; None where its model has no such limit, or no coefficients.

    Parameters
    ----------
    effective
        Its effective settings, in canonical names.
    X, y, by_row
        Rows that it is fitted on, shapes (n, k) and (n,), and their weights and offset.
    """
    own = fits.records(side)[0]
    if SETTING not in {b.setting for b in model(side.model).bindings} or "coefficients" not in own.arrays:
        return None
    made, limit = own.fields.get("iterations"), effective.get(SETTING)
    end = int(made or (limit if isinstance(limit, (int, float)) and limit > 0 else 0))
    powers = [2**k for k in range(POWERS) if 2**k < end]
    records = _refits(fits, side, SETTING, powers, lambda k: f"{side.name}[at most {k} iterations]")
    if powers and not records:
        return None
    coefficients = {
        k: np.nan_to_num(np.asarray(record.arrays["coefficients"], dtype=np.float64))
        for k, record in (records | {max(end, 1): own}).items()
        if "coefficients" in record.arrays
    }
    best = _optimum(effective, X, y, by_row)
    size = float(np.linalg.norm(best)) if best is not None else 0.0
    return SolverPath(
        side.name,
        tuple(coefficients),
        tuple(float(np.linalg.norm(b)) for b in coefficients.values()),
        tuple(float(np.linalg.norm(b - best)) / size if best is not None and size else math.nan
              for b in coefficients.values()),
        best,
    )  # fmt: skip


def _optimum(effective: Mapping[str, Value], X: FloatArray, y: Any, by_row: ByRow) -> FloatArray | None:
    """The certified optimum, intercept first; None where there is none or it cannot be judged."""
    try:
        solution = solve(problem(effective, X, y, by_row))
    except (UsageError, ValueError):
        return None
    if solution.status is not SolutionStatus.CERTIFIED:
        return None
    return np.concatenate([[solution.intercept], solution.coefficients])


def growth_sentence(taken: SolverPath) -> str:
    """A sentence on how the coefficients of a side without an optimum grow with its iterations."""
    steps = list(zip(taken.limits, taken.norms, strict=True))
    listed = [f"{norm:.3g} after {limit}" for limit, norm in (steps[0], steps[len(steps) // 2], steps[-1])]
    ever = "with every step" if bool(np.all(np.diff(taken.norms) > 0)) else "not with every step"
    return f"{taken.side}: the coefficients' length is {', '.join(listed)} iterations; it grows {ever} tried."


def figure(left: SolverPath | None, right: SolverPath | None, name: str = "path") -> Drawing | None:
    """Distance to the certified optimum by iterations; \\|beta\\| where a side has no optimum to go to."""
    paths = [p for p in (left, right) if p and len(p.limits) > 1]
    marks = framework_marks([p.side.partition(".")[0] for p in paths])
    there = [(p, hue, mark) for p, (hue, mark, _) in zip(paths, marks, strict=True)]
    if not there:
        return None
    growing = any(p.optimum is None for p, *_ in there)
    between = _between(left, right)

    def paint(figure: Any, width: float) -> None:
        figure.set_size_inches(width, 3.1 if width == WIDE else 2.9)
        axes = figure.subplots()
        for taken, hue, mark in there:
            values = taken.norms if growing else taken.distances
            axes.plot(
                taken.limits, np.maximum(values, 1e-17), marker=mark, color=colour(hue), label=taken.side
            )
        if between and not growing:
            axes.axhline(between, color=colour("soft"), linewidth=0.9, linestyle=(0, (3, 2)))
            axes.annotate(
                "distance of the two optima", (1, between), xytext=(0, 3), xycoords=("axes fraction", "data"),
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

    return draw(
        name, "Where the two solvers go", _caption(growing, between), _described(there, growing), paint
    )


def _between(left: SolverPath | None, right: SolverPath | None) -> float:
    """Distance of the two optima relative to the longer one; 0 where it is not known or nothing."""
    if left is None or right is None or left.optimum is None or right.optimum is None:
        return 0.0
    size = max(float(np.linalg.norm(p)) for p in (left.optimum, right.optimum))
    gap = float(np.linalg.norm(left.optimum - right.optimum))
    return gap / size if size and gap > 1e-15 * size else 0.0


def _caption(growing: bool, between: float) -> str:
    each = (
        "Each mark is a fit of its own that was allowed so many iterations; the last one is the side as it "
        "is, with the iterations that it made. "
    )
    if growing:
        return each + (
            "The length of the coefficient vector, intercept included: where no finite optimum exists, "
            "it grows with every iteration, and the reported length is the one at which the solver stopped."
        )
    if between:
        return each + (
            "Distance |β − β*| / |β*| to the certified optimum β* of the side's own objective; the broken "
            "line is the distance of the two optima: below it, more iterations bring a side nearer to its "
            "own optimum and not to the other side."
        )
    return each + "Distance |β − β*| / |β*| to the certified optimum β*, which is the same for both."


def _described(there: list[tuple[SolverPath, str, str]], growing: bool) -> str:
    lines = []
    for taken, *_ in there:
        values = taken.norms if growing else taken.distances
        what = "the coefficients' length goes" if growing else "the distance goes"
        lines.append(
            f"{taken.side}: {what} from {values[0]:.2g} after {taken.limits[0]} to {values[-1]:.2g} "
            f"after {taken.limits[-1]} iterations"
        )
    return "; ".join(lines) + "."
