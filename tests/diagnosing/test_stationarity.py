"""Answers against the optimum of their own objective, and the digits rounding leaves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossframe.diagnosing.floor import rounding_floor
from crossframe.diagnosing.stationarity import MAX_DIGITS, stationarity, verify
from crossframe.engines.base import FloatArray
from crossframe.referee import Problem, exact_least_squares, objective, solve
from crossframe.referee.newton import rough
from crossframe.referee.prepare import prepare


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


@settings(max_examples=25, deadline=None)
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
