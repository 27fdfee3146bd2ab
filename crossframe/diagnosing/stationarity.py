"""Stationarity: whether an answer is the optimum of the objective that it is said to minimise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg

from crossframe.engines.base import FloatArray
from crossframe.referee.linear import gradient, solve
from crossframe.referee.newton import curvature, stacked
from crossframe.referee.prepare import context_of, prepare
from crossframe.referee.problem import Problem, Solution, SolutionStatus

MAX_DIGITS = -math.log10(float(np.finfo(np.float64).eps))
"""Digits of agreement of two equal float64 numbers."""


@dataclass(frozen=True, eq=False)
class Stationarity:
    """An answer against its own objective.

    Attributes
    ----------
    gradient
        Gradient of the objective there, intercept first, see `crossframe.referee.linear.gradient`.
    largest
        Its largest component.
    relative
        The largest component, features scaled to a size near 1, relative to the same at the model
        without any feature: free of the units of X.
    decrement
        Newton decrement: the length of the way to the optimum, in units in which the Hessian is 1.
    excess
        decrement^2 / 2: how much the objective is above its minimum, near the optimum.
    distance
        Largest |difference| to a coefficient or the intercept of the optimum; NaN without one.
    digits
        Agreement with the optimum: the least -log10 |difference| / |optimum| of all numbers. One
        that is exactly 0 at the optimum is compared with the largest effect, |b_j| sd_j.
    optimum
        The referee's.
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
    problem: Problem, intercept: float, coefficients: FloatArray, optimum: Solution | None = None
) -> Stationarity:
    """Measure an answer: the gradient at it, and the way to the optimum.

    NaN coefficients count as 0. The optimum is looked for where it is not given.
    """
    optimum = optimum or solve(problem)
    values = np.nan_to_num(np.asarray(coefficients, dtype=np.float64))
    slope = gradient(problem, intercept, values)
    prepared = prepare(problem, 64)
    point = np.array([float(v) for v in prepared.point(intercept, values)])
    scaled = _in_unknowns(problem, slope)
    null = _in_unknowns(problem, gradient(problem, _null(problem), np.zeros(len(values))))
    decrement = math.inf
    active = (prepared.l1_float == 0) | (point != 0)
    if active.any():
        curve = curvature(problem.link, prepared.Z @ point, prepared.weights)
        A = stacked(prepared.Z[:, active], curve, prepared.l2_float[active])
        whitened = linalg.lstsq(A.T, scaled[active])[0] if np.isfinite(A).all() else [math.inf]
        decrement = float(np.linalg.norm(whitened))
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
    """Digits in which all numbers agree; ``sizes`` are the features' standard deviations."""
    effects = np.abs(best) * sizes
    largest = float(effects.max(initial=0.0))
    fallback = np.divide(largest, sizes, out=np.ones(len(sizes)), where=(sizes > 0) & (largest > 0))
    relative = np.abs(mine - best) / np.where(best != 0, np.abs(best), fallback)
    return float(min(MAX_DIGITS, max(0.0, -math.log10(max(float(relative.max()), 1e-300)))))


def _null(problem: Problem) -> float:
    mean = float(np.average(problem.y, weights=problem.weights))
    if not problem.intercept or problem.link == "identity":
        return mean if problem.intercept else 0.0
    return math.log(mean / (1 - mean)) if 0 < mean < 1 else 0.0


def _in_unknowns(problem: Problem, slope: FloatArray) -> FloatArray:
    """A gradient of the reported numbers in the unknowns of `Prepared`."""
    prepared = prepare(problem, 64)
    first = int(problem.intercept)
    centre = np.array([float(c) for c in prepared.centre])
    rest = np.ldexp(slope[1:] - centre * slope[0], -np.array(prepared.shifts[first:], dtype=np.int64))
    return np.concatenate([slope[:first], rest])


def verify(found: Stationarity, problem: Problem, intercept: float, coefficients: FloatArray) -> bool:
    """Whether the gradient is right: differences of the objective, read off its definition.

    mpmath with 60 digits and steps of 1e-20, one sided where an l1 penalty has its kink; it
    shares no code with `crossframe.referee`. Meant for small problems: 2 (k + 1) sums over the rows.
    """
    context = context_of(200)
    b = [context.mpf(float(v)) for v in np.nan_to_num(coefficients)]
    point = [context.mpf(float(intercept)), *b]
    step = context.mpf(10) ** -20
    # Where the intercept of centred features is penalised, that is what is held.
    held = problem.intercept_penalty > 0 and problem.standardize != "none" and problem.centre
    mean = [context.fsum(map(float, column)) / len(column) if held else 0 for column in problem.X.T]
    value = _objective(context, problem, point)
    for j in range(0 if problem.intercept else 1, len(point)):
        up, down = list(point), list(point)
        up[j] += step
        down[j] -= step
        said = float(found.gradient[j])
        if j and held:
            up[0] -= step * mean[j - 1]
            down[0] += step * mean[j - 1]
            said -= float(mean[j - 1]) * float(found.gradient[0])
        right = (_objective(context, problem, up) - value) / step
        left = (value - _objective(context, problem, down)) / step
        # The subgradients are what lies between; the smallest is 0 where that does.
        slope = 0 if left <= 0 <= right and right - left > 1e-15 else left if left > 0 else right
        if abs(slope - said) > 1e-12 * (1 + abs(slope)):
            return False
    return True


def _objective(context: Any, problem: Problem, point: list[Any]) -> Any:
    """The objective of `Problem`, word for word."""
    n, k = problem.X.shape
    columns = [[context.mpf(float(v)) for v in problem.X[:, j]] for j in range(k)]
    means = [context.fsum(column) / n for column in columns]
    spread = [context.mpf(1)] * k
    if problem.standardize != "none":
        below = n if problem.standardize == "sd_n" else n - 1
        spread = [
            context.sqrt(context.fsum((v - m) ** 2 for v in column) / below)
            if min(column) < max(column)
            else 1
            for column, m in zip(columns, means, strict=True)
        ]
    centred = problem.standardize != "none" and problem.centre
    shift = context.fsum(m * b for m, b in zip(means, point[1:], strict=True)) if centred else 0
    start = point[0] if problem.intercept else -shift
    weights = np.ones(n) if problem.weights is None else problem.weights
    total = context.mpf(0)
    for i in range(n):
        eta = start + context.fsum(columns[j][i] * point[j + 1] for j in range(k))
        target = context.mpf(float(problem.y[i]))
        loss = (target - eta) ** 2 / 2
        if problem.link == "logit":
            loss = context.log(1 + context.exp(-abs(eta))) + max(eta, 0) - target * eta
        total += float(weights[i]) * loss
    value = total / context.fsum(float(w) for w in weights)
    l2, l1 = problem.strengths()
    for a, c, s, b in zip(l2, l1, spread, point[1:], strict=True):
        value += float(a) / 2 * (s * b) ** 2 + float(c) * abs(s * b)
    if problem.intercept and problem.intercept_penalty:
        ratio = context.mpf(problem.intercept_penalty)
        value += ratio * float(np.max(problem.l2)) / 2 * (start + shift) ** 2
        value += context.sqrt(ratio) * float(np.max(problem.l1)) * abs(start + shift)
    return value
