"""Stationarity: whether an answer is the optimum of the objective that it should minimise."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg

from crossframe.core.statistics import digits
from crossframe.core.types import FloatArray
from crossframe.optima.evaluate import Evaluation
from crossframe.optima.linear import gradient, solve
from crossframe.optima.newton import curvature, null_score, rough, stacked
from crossframe.optima.prepare import prepare
from crossframe.optima.problem import Problem, Solution, SolutionStatus


@dataclass(frozen=True, eq=False)
class Stationarity:
    """The distance of fitted coefficients from the optimum of their objective.

    Attributes
    ----------
    gradient
        Gradient of the objective there, intercept first, see `crossframe.optima.linear.gradient`.
    largest
        Largest component of ``gradient``.
    relative
        The largest component, features scaled to a size near 1, relative to the same at the model
        without any feature: free of the units of X.
    decrement
        Newton decrement: the distance to the optimum, in units in which the Hessian is 1.
    excess
        decrement^2 / 2: how much the objective is above its minimum, near the optimum.
    distance
        Largest |difference| to a coefficient or the intercept of the optimum; NaN without one.
    digits
        Agreement with the optimum: the least -log10 |difference| / |optimum| of all numbers. A number
        that is exactly 0 at the optimum is compared with the largest effect, |b_j| sd_j.
    optimum
        The certified optimum.
    """

    gradient: FloatArray
    largest: float
    relative: float
    decrement: float
    excess: float
    distance: float
    digits: float
    optimum: Solution


def stationarity(
    problem: Problem,
    intercept: float,
    coefficients: FloatArray,
    optimum: Solution | None = None,
    at: Evaluation | None = None,
) -> Stationarity:
    """The gradient at ``intercept`` and ``coefficients`` (k,), and their distance to the optimum.

    NaN coefficients count as 0. The optimum and the `crossframe.optima.linear.loss` there are computed if
    they are None.
    """
    optimum = optimum or solve(problem)
    values = np.nan_to_num(np.asarray(coefficients, dtype=np.float64))
    slope = gradient(problem, intercept, values, at)
    prepared = prepare(problem)
    point = np.array([float(v) for v in prepared.point(intercept, values)])
    scaled = _in_unknowns(problem, slope)
    null = _in_unknowns(problem, gradient(problem, _null(problem), np.zeros(len(values))))
    decrement = math.inf
    active = (prepared.l1_float == 0) | (point != 0)
    if active.any():
        eta = prepared.scores(point)
        curve = curvature(problem.link, eta, prepared.weights, prepared.y, problem.power)
        A = stacked(prepared.Z[:, active], curve, prepared.l2_float[active])
        if np.isfinite(A).all():
            # In the coordinates of the orthogonal factor, which changes no length.
            R = linalg.qr(A, mode="r", check_finite=False, overwrite_a=True)[0][: A.shape[1]]
            decrement = float(np.linalg.norm(linalg.lstsq(R.T, scaled[active])[0]))
    else:
        decrement = 0.0
    distance, digits = math.nan, 0.0
    if optimum.status is SolutionStatus.CERTIFIED:
        mine = np.array([intercept if problem.intercept else optimum.intercept, *values])
        best = np.array([optimum.intercept, *optimum.coefficients])
        distance = float(np.abs(mine - best).max())
        digits = agreement(mine, best, np.concatenate([[1.0], problem.X.std(axis=0)]))
    return Stationarity(
        slope,
        float(np.abs(slope).max()),
        float(np.abs(scaled).max(initial=0.0)) / max(float(np.abs(null).max(initial=0.0)), 1e-300),
        decrement,
        decrement**2 / 2,
        distance,
        digits,
        optimum,
    )


def agreement(mine: FloatArray, best: FloatArray, sizes: FloatArray) -> float:
    """Digits in which all numbers agree, see `Stationarity`; all arrays have shape (1 + k,).

    ``sizes`` are the standard deviations of the features, 1 for the intercept.
    """
    effects = np.abs(best) * sizes
    largest = float(effects.max(initial=0.0))
    fallback = np.divide(largest, sizes, out=np.ones(len(sizes)), where=(sizes > 0) & (largest > 0))
    relative = np.abs(mine - best) / np.where(best != 0, np.abs(best), fallback)
    return float(digits(relative.max(), np.array(1.0)))


def _null(problem: Problem) -> float:
    """The intercept of the model without any feature."""
    if not problem.intercept:
        return 0.0
    if problem.offset is None:
        return null_score(problem.link, float(np.average(problem.y, weights=problem.weights)))
    alone = replace(problem, X=np.empty((len(problem.y), 0)), l2=0.0, l1=0.0, intercept_penalty=0.0)
    return float(rough(prepare(alone)).point[0])


def _in_unknowns(problem: Problem, slope: FloatArray) -> FloatArray:
    """A gradient of the reported numbers in the unknowns of `Prepared`."""
    prepared = prepare(problem)
    first = int(problem.intercept)
    centre = np.array([float(c) for c in prepared.centre])
    rest = np.ldexp(slope[1:] - centre * slope[0], -np.array(prepared.shifts[first:], dtype=np.int64))
    return np.concatenate([slope[:first], rest])
