"""Certified optima with a log link: against R, other solvers, closed forms and finite differences."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from sklearn.linear_model import TweedieRegressor

from crossframe.core.types import FloatArray
from crossframe.optima import Problem, SolutionStatus, gradient, objective, solve
from crossframe.optima.diagnoses.stationarity import stationarity
from crossframe.optima.linear import loss
from crossframe.optima.prepare import prepare

POWERS = (1.0, 1.5, 2.0)


def sample(power: float, n: int = 150, k: int = 3) -> tuple[FloatArray, FloatArray]:
    """Features away from 0, and counts, positive numbers, or such with zeros among them."""
    rng = np.random.default_rng(round(10 * power))
    X = rng.normal(size=(n, k)) + rng.uniform(-3, 3, size=k)
    mean = np.exp((X - X.mean(axis=0)) @ rng.normal(size=k) / 2)
    if power == 1.0:
        return X, rng.poisson(3 * mean).astype(float)
    y = rng.gamma(2.0, mean)
    return X, y if power == 2.0 else np.where(rng.random(n) < 0.3, 0.0, y)


@pytest.fixture(scope="module")
def fits_of_r() -> dict[str, dict[str, Any]]:
    script = Path(__file__).with_name("families.R")
    done = subprocess.run(["Rscript", str(script)], capture_output=True, text=True, check=True, timeout=60)
    fits: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return fits


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_ten_data_sets_agree_with_r_to_ten_digits(fits_of_r: dict[str, dict[str, Any]]) -> None:
    assert len(fits_of_r) == 10
    for name, fit in fits_of_r.items():
        X, y, offset = np.array(fit["X"]), np.array(fit["y"]), fit["offset"]
        assert (offset is not None) == (name == "claims")
        for penalty, values in (("free", {}), ("ridge", {"l2": 0.05}), ("lasso", {"l1": 0.05})):
            if fit[penalty] is None:
                continue
            known = None if offset is None else np.array(offset)
            solution = solve(Problem(X, y, "log", power=fit["power"], offset=known, **values))
            assert solution.status is SolutionStatus.CERTIFIED, (name, penalty, solution.reason)
            assert solution.digits >= 16
            mine = np.array([solution.intercept, *solution.coefficients])
            best = np.array(fit[penalty])
            np.testing.assert_allclose(best, mine, rtol=1e-10, err_msg=f"{name} {penalty}")
            assert ((best == 0) == (mine == 0)).all()


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_scikit_learn_with_any_power(power: float, l2: float) -> None:
    X, y = sample(power)
    model = TweedieRegressor(
        power=power, alpha=l2, link="log", solver="newton-cholesky", tol=1e-12, max_iter=1000
    ).fit(X, y)
    solution = solve(Problem(X, y, "log", l2=l2, power=power))
    assert solution.status is SolutionStatus.CERTIFIED
    np.testing.assert_allclose(model.coef_, solution.coefficients, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(model.intercept_, solution.intercept, rtol=1e-10, atol=1e-12)
    near = stationarity(Problem(X, y, "log", l2=l2, power=power), model.intercept_, model.coef_)
    assert near.digits > 10


@pytest.mark.parametrize("power", POWERS)
def test_one_binary_feature_gives_the_logarithms_of_the_means(power: float) -> None:
    y = np.array([1.0, 2.0, 6.0, 0.5, 0.25, 1.5, 3.0])
    x = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    solution = solve(Problem(x[:, None], y, "log", power=power), digits=30)
    with mpmath.workdps(50):
        start = mpmath.log(3)
        slope = mpmath.log(mpmath.mpf(21) / 16) - start
        assert abs(mpmath.mpf(solution.precise[0]) - start) < 1e-28
        assert abs(mpmath.mpf(solution.precise[1]) - slope) < 1e-28


@pytest.mark.parametrize("power", POWERS)
def test_the_gradient_is_that_of_the_objective(power: float) -> None:
    X, y = sample(power, 40)
    weights = np.random.default_rng(1).uniform(0.5, 2.0, size=40)
    offset = np.random.default_rng(2).normal(size=40)
    problem = Problem(X, y, "log", l2=0.3, power=power, weights=weights, offset=offset)
    point = np.array([0.3, -0.2, 0.1, 0.4])

    def at(point: FloatArray) -> float:
        return objective(problem, float(point[0]), point[1:])

    steps = 1e-6 * np.eye(4)
    numeric = [(at(point + step) - at(point - step)) / 2e-6 for step in steps]
    np.testing.assert_allclose(gradient(problem, point[0], point[1:]), numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("power", POWERS)
def test_the_exact_curvature_is_the_rounded_one(power: float) -> None:
    X, y = sample(power, 40)
    problem = Problem(X, y, "log", power=power, weights=np.arange(1.0, 41.0))
    here = loss(problem, 0.2, np.array([0.1, -0.3, 0.2]))
    rows = prepare(problem).rows
    exact = np.array([float(v) for v in here.curvature(rows)]) / 2.0**here.bits / rows.total
    np.testing.assert_allclose(exact, here.curve, rtol=1e-12)


def test_weights_and_offset_are_those_of_repeated_and_exposed_rows() -> None:
    X, y = sample(1.0, 60)
    times = np.random.default_rng(5).integers(0, 4, size=60)
    exposure = np.random.default_rng(6).uniform(0.5, 3.0, size=60)
    one = solve(Problem(X, y, "log", weights=times.astype(float), offset=np.log(exposure)), digits=25)
    rows = np.repeat(np.arange(60), times)
    other = solve(Problem(X[rows], y[rows], "log", offset=np.log(exposure)[rows]), digits=25)
    assert [p[:24] for p in one.precise] == [p[:24] for p in other.precise]
    # A rate with the exposure as its weight is the same model.
    rate = solve(Problem(X, y / exposure, "log", weights=times * exposure))
    np.testing.assert_allclose(rate.coefficients, one.coefficients, rtol=1e-12)


def test_an_offset_of_least_squares_is_subtracted_from_the_target() -> None:
    X, y = sample(2.0, 50)
    offset = X[:, 0] ** 2
    one = solve(Problem(X, y, "identity", offset=offset))
    other = solve(Problem(X, y - offset, "identity"))
    np.testing.assert_allclose(one.coefficients, other.coefficients, rtol=1e-12)


def test_a_level_without_counts_has_no_finite_optimum() -> None:
    level = np.repeat([0.0, 1.0], 10)
    y = np.concatenate([np.zeros(10), np.arange(1.0, 11.0)])
    other = np.random.default_rng(0).normal(size=20)
    X = np.column_stack([level, other])
    solution = solve(Problem(X, y, "log"))
    assert solution.status is SolutionStatus.NO_UNIQUE_OPTIMUM
    assert solution.reason == "a linear rule separates 10 of 10 rows with a target of 0 from all others"
    assert solve(Problem(X, y, "log", l2=1e-3)).status is SolutionStatus.CERTIFIED
    y[3] = 1.0
    assert solve(Problem(X, y, "log")).status is SolutionStatus.CERTIFIED


def test_a_target_outside_the_family_names_its_row() -> None:
    X = np.ones((3, 1))
    with pytest.raises(ValueError, match="must be 0 or more; it is -1 in row 2"):
        Problem(X, np.array([1.0, -1.0, 2.0]), "log")
    with pytest.raises(ValueError, match="must be above 0; it is 0 in row 3"):
        Problem(X, np.array([1.0, 1.0, 0.0]), "log", power=2.0)
    with pytest.raises(ValueError, match="power must lie"):
        Problem(X, np.ones(3), "log", power=3.0)
