"""Answers against the optimum of their own objective, and the digits rounding leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossframe.core.statistics import MAX_DIGITS
from crossframe.core.types import FloatArray
from crossframe.optima import Problem, exact_least_squares, objective, solve
from crossframe.optima.diagnoses.floor import rounding_floor
from crossframe.optima.diagnoses.stationarity import Stationarity, stationarity
from crossframe.optima.newton import rough
from crossframe.optima.prepare import context_of, prepare


def verify(stationarity: Stationarity, problem: Problem, intercept: float, coefficients: FloatArray) -> bool:
    """Whether the gradient is right: differences of the objective, read off its definition.

    mpmath with 60 digits and steps of 1e-20, one sided where an l1 penalty has its kink; it
    shares no code with `crossframe.optima`. Meant for small problems: 2 (k + 1) sums over the rows.
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
        reported = float(stationarity.gradient[j])
        if j and held:
            up[0] -= step * mean[j - 1]
            down[0] += step * mean[j - 1]
            reported -= float(mean[j - 1]) * float(stationarity.gradient[0])
        right = (_objective(context, problem, up) - value) / step
        left = (value - _objective(context, problem, down)) / step
        # The subgradients are what lies between; the smallest is 0 where that does.
        slope = 0 if left <= 0 <= right and right - left > 1e-15 else left if left > 0 else right
        if abs(slope - reported) > 1e-12 * (1 + abs(slope)):
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


def sample(n: int = 60, k: int = 3, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, k)) * [1.0, 10.0, 0.1][:k] + 2.0
    return X, (X[:, 0] - 2 + rng.logistic(size=n) > 0).astype(float)


PROBLEMS = [
    {},
    {"l2": 0.1},
    {"l2": 0.1, "l1": 0.05, "standardize": "sd_n-1", "intercept_penalty": 0.25},
    {"l1": 0.05, "standardize": "sd_n"},
    {"l2": 0.3, "intercept": False, "standardize": "sd_n"},
    {"link": "identity", "l2": 0.2, "weights": np.arange(1.0, 61.0)},
]


@pytest.mark.parametrize("kind", PROBLEMS, ids=range(len(PROBLEMS)))
def test_the_optimum_is_stationary_and_its_neighbours_are_not(kind: dict[str, object]) -> None:
    X, y = sample()
    problem = Problem(X, y, **kind)  # type: ignore[arg-type]
    best = solve(problem)
    at = stationarity(problem, best.intercept, best.coefficients)
    assert at.digits == pytest.approx(MAX_DIGITS)
    assert at.relative < 1e-14
    assert verify(at, problem, best.intercept, best.coefficients)
    b = best.coefficients * (1 + 1e-4)
    near = stationarity(problem, best.intercept, b, best)
    assert near.digits == pytest.approx(4, abs=0.01)
    assert near.relative > 1e6 * at.relative
    assert verify(near, problem, best.intercept, b)
    assert not verify(replace(near, gradient=near.gradient + 1e-6), problem, best.intercept, b)
    above = objective(problem, best.intercept, b) - best.objective
    assert near.excess == pytest.approx(above, rel=0.02)


@pytest.mark.parametrize("link", ["log", "identity"])
def test_the_model_without_a_feature_has_the_offset(link: str) -> None:
    X, y = sample()
    weights, offset = np.linspace(1, 2, len(y)), np.linspace(8, 10, len(y))
    null = np.average(y - offset, weights=weights)
    if link == "log":
        null = np.log(weights @ y / (weights @ np.exp(offset)))
    problem = Problem(X, y, link, weights=weights, offset=offset)  # type: ignore[arg-type]
    assert stationarity(problem, float(null), np.zeros(X.shape[1])).relative == pytest.approx(1.0)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.floats(1e-7, 1e-3))
def test_further_away_is_worse(seed: int, size: float) -> None:
    X, y = sample()
    problem = Problem(X, y, l2=0.05)
    best = solve(problem)
    way = np.random.default_rng(seed).normal(size=4) * [1, *(1 / X.std(axis=0))] * size
    near = stationarity(problem, best.intercept + way[0], best.coefficients + way[1:], best)
    far = stationarity(problem, best.intercept + 10 * way[0], best.coefficients + 10 * way[1:], best)
    assert far.decrement > 5 * near.decrement
    assert far.relative > near.relative
    assert far.distance > 9 * near.distance
    assert far.digits < near.digits


def test_without_an_optimum_there_is_no_distance() -> None:
    X = np.array([[-2.0], [-1.0], [1.0], [3.0]])
    problem = Problem(X, np.array([0.0, 0.0, 1.0, 1.0]))
    at = stationarity(problem, 0.0, np.array([5.0]))
    assert np.isnan(at.distance)
    assert at.digits == 0
    assert at.largest > 0


@pytest.mark.parametrize("degree", [2, 4, 6])
def test_lapack_gets_the_digits_that_the_floor_leaves(degree: int) -> None:
    """Of near-dependent powers; the floor is a bound for the worst data, and is met within four digits."""
    x = np.linspace(3, 4, 30)
    X = np.stack([x**j for j in range(1, degree + 1)], axis=1)
    y = np.sin(9 * x)
    floor = rounding_floor(Problem(X, y, "identity", rank_tolerance=0))
    exact = exact_least_squares(X, y)
    true = np.array([float(exact[0]), *map(float, exact[1])])
    full = np.column_stack([np.ones(30), X])
    norms = np.linalg.norm(full, axis=0)
    Q, R = np.linalg.qr(full / norms)
    got = -np.log10(np.max(np.abs(np.linalg.solve(R, Q.T @ y) / norms / true - 1)))
    assert floor.orthogonal - 0.5 <= got <= floor.orthogonal + 4
    gram = (full / norms).T @ (full / norms)
    worse = -np.log10(np.max(np.abs(np.linalg.solve(gram, (full / norms).T @ y) / norms / true - 1)))
    assert worse >= floor.normal_equations - 0.5
    assert floor.centred >= floor.orthogonal


@pytest.mark.parametrize("apart", [1.0, 1e-3, 1e-6])
def test_newton_in_float64_gets_the_digits_that_the_floor_leaves(apart: float) -> None:
    X, y = sample()
    near = X[:, 0] + apart * np.random.default_rng(1).normal(size=60)
    problem = Problem(np.column_stack([X, near]), y)
    best = solve(problem)
    floor = rounding_floor(problem, best)
    assert 0.1 < floor.condition_centred * apart < 100
    got = rough(prepare(problem, 64)).point[1:]
    scaled = np.array([float(v) for v in prepare(problem, 64).point(best.intercept, best.coefficients)])[1:]
    digits = -np.log10(np.max(np.abs(got - scaled)) / np.max(np.abs(scaled)))
    assert floor.centred - 0.5 <= digits <= floor.centred + 6


def test_a_floor_without_coefficients() -> None:
    X, y = sample()
    assert rounding_floor(Problem(X, y, l1=1e3)).condition == pytest.approx(1)
