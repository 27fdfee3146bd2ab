"""Optima of the linear family with certified digits.

Newton's method in float64, then Newton steps whose gradient is exact (integers, and exp with 60
digits or more over all rows), until `crossframe.optima.certificate` proves
the wanted digits. Where float64 cannot carry the certificate, the Hessian is summed exactly and
factorised in mpmath.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.optima.collinear import least_norm
from crossframe.optima.evaluate import WORKING_BITS, Evaluation, evaluate
from crossframe.optima.newton import objective_at
from crossframe.optima.pivoting import pivot
from crossframe.optima.prepare import GUARD_BITS, Prepared, prepare
from crossframe.optima.problem import Problem, Solution, SolutionStatus
from crossframe.optima.refine import Optimum, optimum, subgradient, with_ridge
from crossframe.optima.separable import Separability, bounding, separable

DIGITS = 16.0
"""Digits that `solve` certifies by default: all that a float64 holds."""
PRINTED = 30
"""Largest number of digits in `Solution.precise`."""


def solve(problem: Problem, digits: float = DIGITS) -> Solution:
    """The optimum of a problem, with at least ``digits`` certified digits where it has one.

    See `crossframe.optima.certificate` for the bound. Precision is doubled, twice at most, where
    the data are too badly conditioned for 67 digits. ``digits`` above 30 gain nothing.
    """
    prepared = prepare(problem)
    aliased = aliased_columns(problem, prepared)
    kept = [j for j in range(prepared.Z.shape[1]) if j not in set(aliased)]
    bits = WORKING_BITS
    best = _optimum_of(prepared, kept, digits, bits)
    if not best.digits and problem.link != "identity":
        reached = np.array([float(v) for v in _spread(prepared, kept, best.point)])
        free = prepared.free
        result = separable(prepared.design.columns(free), bounding(problem.link, prepared.y), reached[free])
        if result.direction is not None:
            point = _spread(prepared, kept, best.point)
            return _solution(problem, prepared, point, best, kept, _separated(result, prepared))
    while not best.digits and math.isinf(best.condition) and bits < 4 * WORKING_BITS:
        bits *= 2
        prepared = prepare(problem, bits + GUARD_BITS)
        best = _optimum_of(prepared, kept, digits, bits)
    if not aliased:
        return _solution(problem, prepared, best.point, best, kept, best.reason)
    first = int(problem.intercept)
    names = ", ".join(str(j - first) for j in aliased)
    reason = f"rank deficient: other columns determine column {names}, counted from 0"
    if problem.collinear == "alias" or not best.digits:
        return _solution(problem, prepared, _spread(prepared, kept, best.point), best, kept, reason)
    point, certain = least_norm(prepared, kept, aliased, best.point, best.digits, bits)
    return _solution(problem, prepared, point, best, None, reason, certain)


def _optimum_of(prepared: Prepared, kept: list[int], digits: float, bits: int) -> Optimum:
    part = prepared if len(kept) == prepared.Z.shape[1] else prepared.columns(kept)
    return optimum(part, digits, bits)


def aliased_columns(problem: Problem, prepared: Prepared) -> list[int]:
    """Unpenalised columns that those before them determine; the intercept's comes first.

    As in R the columns are not centred and follow a column of ones, unless the problem itself centres
    them.
    """
    free = prepared.free
    raw = prepared.Z
    if problem.intercept and 0 in free:
        X = problem.X if problem.weights is None else problem.X[problem.weights > 0]
        raw = np.concatenate([np.ones((len(X), 1)), X], axis=1)
    return [free[j] for j in pivot(raw[:, free], problem.tolerance())]


def _spread(prepared: Prepared, kept: list[int], point: list[Any]) -> list[Any]:
    """The unknowns of all columns, 0 for those that were left out."""
    full = [prepared.context.mpf(0)] * prepared.Z.shape[1]
    for j, value in zip(kept, point, strict=True):
        full[j] = value
    return full


def _separated(result: Separability, prepared: Prepared) -> str:
    """The reason why a separated problem has no optimum."""
    rows, free, m = f"all {result.rows} rows", len(prepared.free), prepared.Z.shape[1]
    y = prepared.y
    if prepared.link == "log" or ((y > 0) & (y < 1)).any():
        # A target between the ends bounds its row from both sides.
        ends = [end for end in ((0,) if prepared.link == "log" else (0, 1)) if (y == end).any()]
        return (
            f"a linear rule separates {result.strict} of {int(np.isin(y, ends).sum())} rows with a target of "
            f"{' or '.join(map(str, ends))} from all others"
        )
    if result.strict < result.rows:
        rows = f"{result.strict} of {result.rows} rows, with the others on the plane"
    means = (
        f"by {free} of the {m} unknowns, which are not penalised" if free < m else "and nothing is penalised"
    )
    return f"a linear rule separates the classes in {rows}, {means}"


def _solution(
    problem: Problem,
    prepared: Prepared,
    point: list[Any],
    best: Optimum,
    kept: list[int] | None,
    reason: str,
    digits: float | None = None,
) -> Solution:
    """Back to the features' own scale; ``kept`` None: no column is aliased in the answer."""
    first, context = int(problem.intercept), prepared.context
    intercept, values = prepared.reported(point)
    dropped = [] if kept is None else [j - first for j in range(len(point)) if j not in set(kept)]
    certain = best.digits if digits is None else digits
    shown = max(1, math.floor(min(PRINTED, certain))) if certain else 16
    coefficients = np.array([float(v) for v in values])
    precise = [context.nstr(v, shown) for v in (intercept, *values)]
    for j in dropped:
        coefficients[j], precise[j + 1] = math.nan, "nan"
    if not reason:
        status = SolutionStatus.CERTIFIED
    elif best.digits or reason != best.reason:
        status = SolutionStatus.NO_UNIQUE_OPTIMUM
    else:
        status = SolutionStatus.NOT_CERTIFIED
    aliased: tuple[int, ...] = ()
    if reason.startswith("rank deficient"):
        aliased = tuple(j - first for j in aliased_columns(problem, prepared))
    return Solution(
        status,
        float(intercept),
        coefficients,
        tuple(precise),
        objective_at(prepared, np.array([float(v) for v in point])),
        best.iterations,
        float(max(abs(v) for v in (exact_gradient(prepared, point) if digits else best.gradient))),
        certain,
        best.condition,
        aliased,
        reason,
    )


def objective(problem: Problem, intercept: float, coefficients: FloatArray) -> float:
    """The problem's objective at reported numbers, in float64; NaN coefficients count as 0.

    The sum over the rows is not rounded; the scores are, so that about 15 digits are right.
    Without an intercept in the problem the given one is not used.
    """
    prepared = prepare(problem)
    return objective_at(prepared, np.array([float(v) for v in prepared.point(intercept, coefficients)]))


def loss(problem: Problem, intercept: float, coefficients: FloatArray) -> Evaluation:
    """The mean loss at reported numbers, which every problem on the same rows shares whatever its penalty."""
    prepared = prepare(problem)
    point = prepared.point(intercept, coefficients)
    return evaluate(prepared.design, prepared.rows, prepared.link, point, power=prepared.power)


def loss_gradient(problem: Problem, at: Evaluation) -> FloatArray:
    """The gradient of the mean loss alone, as `gradient` has it with the penalty."""
    prepared = prepare(problem)
    slopes = at.gradient(prepared.design, prepared.context)
    return np.array([float(v) for v in prepared.in_reported(slopes)])


def gradient(
    problem: Problem, intercept: float, coefficients: FloatArray, at: Evaluation | None = None
) -> FloatArray:
    """The objective's gradient at reported numbers, intercept first; shape (1 + k,).

    Evaluated with 60 digits or more and rounded once. With an l1 penalty it is the subgradient
    of least size, see `crossframe.optima.refine.subgradient`: 0 where a coefficient of 0 is best.
    NaN coefficients count as 0; without an intercept in the problem the given one is not used, and
    its component is 0. ``at`` is the `loss` there, which is computed if it is None.
    """
    prepared = prepare(problem)
    point = prepared.point(intercept, coefficients)
    return np.array([float(v) for v in exact_gradient(prepared, point, at)])


def exact_gradient(prepared: Prepared, point: list[Any], at: Evaluation | None = None) -> list[Any]:
    """`gradient` in mpmath numbers, 1 + k of them, at the unknowns ``point`` of `Prepared`."""
    at = at or evaluate(prepared.design, prepared.rows, prepared.link, point, power=prepared.power)
    smooth = with_ridge(prepared, at, point)
    signs = np.array([float(prepared.context.sign(p)) for p in point])
    return subgradient(prepared, smooth, signs)
