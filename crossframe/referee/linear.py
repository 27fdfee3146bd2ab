"""The referee of the linear family: optima with certified digits.

Newton's method in float64, then Newton steps whose gradient is exact (integers, and exp with 60
digits or more over all rows, whatever their number), until `crossframe.referee.certificate` proves
the wanted digits. Where float64 cannot carry the certificate, the Hessian is summed exactly and
factorised in mpmath.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from crossframe.engines.base import FloatArray
from crossframe.referee.collinear import least_norm
from crossframe.referee.exact import WORKING_BITS, evaluate
from crossframe.referee.newton import mean_loss
from crossframe.referee.pivoting import pivot
from crossframe.referee.prepare import Prepared, prepare
from crossframe.referee.problem import Problem, Solution, SolutionStatus
from crossframe.referee.refine import Optimum, optimum, subgradient
from crossframe.referee.separable import Found, separable

GUARD_BITS = 64
DIGITS = 16.0
"""Digits that are asked for by default: all that a float64 holds."""
PRINTED = 30
"""Largest number of digits in `Solution.precise`."""


def solve(problem: Problem, digits: float = DIGITS) -> Solution:
    """The optimum of a problem, with at least ``digits`` certified digits where it has one.

    See `crossframe.referee.certificate` for the bound. Precision is doubled, twice at most, where
    the data are too badly conditioned for 67 digits. Asking for more than 30 digits gains nothing.
    """
    prepared = prepare(problem, WORKING_BITS + GUARD_BITS)
    aliased = _aliased(problem, prepared)
    kept = [j for j in range(prepared.Z.shape[1]) if j not in set(aliased)]
    best, bits = _try(prepared, kept, digits, WORKING_BITS)
    if not best.digits and problem.link == "logit":
        reached = np.array([float(v) for v in _spread(prepared, kept, best.point)])
        free = prepared.free
        found = separable(prepared.design.columns(free), prepared.y, reached[free])
        if found.direction is not None:
            reason = f"a linear rule separates {_counted(found)}, {_free(prepared)}"
            return _solution(problem, prepared, _spread(prepared, kept, best.point), best, kept, reason)
    while not best.digits and math.isinf(best.condition) and bits < 4 * WORKING_BITS:
        bits *= 2
        prepared = prepare(problem, bits + GUARD_BITS)
        best, bits = _try(prepared, kept, digits, bits)
    if not aliased:
        return _solution(problem, prepared, best.point, best, kept, best.reason)
    first = int(problem.intercept)
    names = ", ".join(str(j - first) for j in aliased)
    reason = f"rank deficient: other columns determine column {names}, counted from 0"
    if problem.collinear == "alias" or not best.digits:
        return _solution(problem, prepared, _spread(prepared, kept, best.point), best, kept, reason)
    point, certain = least_norm(prepared, kept, aliased, best.point, best.digits, bits)
    return _solution(problem, prepared, point, best, None, reason, certain)


def _try(prepared: Prepared, kept: list[int], digits: float, bits: int) -> tuple[Optimum, int]:
    part = prepared if len(kept) == prepared.Z.shape[1] else prepared.columns(kept)
    return optimum(part, digits, bits), bits


def _aliased(problem: Problem, prepared: Prepared) -> list[int]:
    """Unpenalised columns that those before them determine; the intercept's comes first.

    R looks at the columns beside a column of ones, not centred; so does this, unless the problem
    itself is about centred columns.
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


def _counted(found: Found) -> str:
    if found.strict == found.rows:
        return f"the classes in all {found.rows} rows"
    return f"the classes in {found.strict} of {found.rows} rows, with the others on the plane"


def _free(prepared: Prepared) -> str:
    unpenalised = len(prepared.free)
    if unpenalised == prepared.Z.shape[1]:
        return "and nothing is penalised"
    return f"by {unpenalised} of the {prepared.Z.shape[1]} unknowns, which are not penalised"


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
        aliased = tuple(j - first for j in _aliased(problem, prepared))
    return Solution(
        status,
        float(intercept),
        coefficients,
        tuple(precise),
        _objective(prepared, np.array([float(v) for v in point])),
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
    prepared = prepare(problem, 64)
    return _objective(prepared, np.array([float(v) for v in prepared.point(intercept, coefficients)]))


def _objective(prepared: Prepared, point: FloatArray) -> float:
    loss = mean_loss(prepared.link, prepared.Z @ point, prepared.y, prepared.weights)
    return loss + float(prepared.l2_float @ point**2) / 2 + float(prepared.l1_float @ np.abs(point))


def gradient(problem: Problem, intercept: float, coefficients: FloatArray) -> FloatArray:
    """The objective's gradient at reported numbers, intercept first; shape (1 + k,).

    Evaluated with 60 digits or more and rounded once. With an l1 penalty it is the subgradient
    of least size, see `crossframe.referee.refine.subgradient`: 0 where a coefficient of 0 is best.
    NaN coefficients count as 0; without an intercept in the problem the given one is not used, and
    its component is 0.
    """
    prepared = prepare(problem, WORKING_BITS + GUARD_BITS)
    point = prepared.point(intercept, coefficients)
    return np.array([float(v) for v in exact_gradient(prepared, point)])


def exact_gradient(prepared: Prepared, point: list[Any]) -> list[Any]:
    """`gradient` in mpmath numbers, at unknowns."""
    result = evaluate(prepared.design, prepared.rows, prepared.link, point, prepared.context)
    smooth = [g + a * p for g, a, p in zip(result.gradient, prepared.l2, point, strict=True)]
    signs = np.array([float(prepared.context.sign(p)) for p in point])
    return subgradient(prepared, smooth, signs)
