"""Columns that determine one another, and classes that a plane separates."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from crossframe.core.types import FloatArray
from crossframe.frameworks.reference.models.optimum import inference
from crossframe.optima import Problem, SolutionStatus, gradient, solve
from crossframe.optima.information import unscaled_errors
from crossframe.optima.pivoting import exactly_dependent, pivot


def collinear(seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Column 1 is column 0 and column 2 combined, up to rounding; column 4 repeats column 3."""
    rng = np.random.default_rng(seed)
    a, b, c = rng.normal(size=(3, 100))
    return np.stack([a, 3 * a - b / 3 + 1, b, c, c], axis=1), a - b + c + rng.normal(size=100)


def test_r_keeps_the_first_columns() -> None:
    X, y = collinear()
    solution = solve(Problem(X, y, "identity"))
    assert solution.status is SolutionStatus.NO_UNIQUE_OPTIMUM
    assert solution.aliased == (2, 4)
    assert "column 2, 4" in solution.reason
    assert np.isnan(solution.coefficients[[2, 4]]).all()
    assert solution.precise[3] == "nan"
    kept = solve(Problem(X[:, [0, 1, 3]], y, "identity"))
    np.testing.assert_allclose(solution.coefficients[[0, 1, 3]], kept.coefficients, rtol=1e-14)


def test_the_least_norm_is_that_of_scikit_learn() -> None:
    X, y = collinear()
    model = LinearRegression().fit(X, y)
    solution = solve(Problem(X, y, "identity", collinear="minimum_norm"))
    np.testing.assert_allclose(model.coef_, solution.coefficients, rtol=1e-12)
    assert model.intercept_ == pytest.approx(solution.intercept, rel=1e-12)
    assert solution.digits > 14


def test_the_least_norm_of_a_logistic_regression() -> None:
    X, target = collinear()
    y = (target > 0.3).astype(float)
    problem = Problem(X, y, collinear="minimum_norm")
    least, alias = solve(problem), solve(Problem(X, y))
    assert np.abs(gradient(problem, least.intercept, least.coefficients)).max() < 1e-14
    scores = [s.intercept + X @ np.nan_to_num(s.coefficients) for s in (least, alias)]
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-10)
    # At right angles to both dependences: a repeated column, and 3 a - b / 3 + 1.
    assert least.coefficients[3] == pytest.approx(least.coefficients[4], rel=1e-12)
    assert least.coefficients @ [3, -1, -1 / 3, 0, 0] == pytest.approx(0, abs=1e-12)


def test_a_penalty_makes_it_unique() -> None:
    X, y = collinear()
    solution = solve(Problem(X, y, "identity", l2=1e-3))
    assert solution.status is SolutionStatus.CERTIFIED
    assert solution.digits >= 16


def test_a_repeated_column_under_a_lasso_is_not_certified() -> None:
    X, y = collinear()
    solution = solve(Problem(X[:, 3:], y, "identity", l1=0.01))
    assert solution.status is SolutionStatus.NOT_CERTIFIED
    assert solution.digits == 0


def test_exact_dependence_is_stricter_than_r() -> None:
    X, _ = collinear()
    assert pivot(X) == [4]
    full = np.concatenate([np.ones((100, 1)), X], axis=1)
    assert pivot(full) == [3, 5]
    assert exactly_dependent(full) == [5]
    assert pivot(full, 0) == [5]


def test_more_columns_than_rows() -> None:
    X = np.random.default_rng(0).normal(size=(4, 6))
    y = np.arange(4.0)
    model = LinearRegression().fit(X, y)
    solution = solve(Problem(X, y, "identity", collinear="minimum_norm"))
    np.testing.assert_allclose(model.coef_, solution.coefficients, rtol=1e-10)
    assert len(solve(Problem(X, y, "identity")).aliased) == 3


def test_one_class_has_no_optimum_even_with_a_penalty() -> None:
    X, _ = collinear()
    solution = solve(Problem(X, np.ones(100), l2=0.1))
    assert solution.status is SolutionStatus.NO_UNIQUE_OPTIMUM
    assert "1 of the 6 unknowns" in solution.reason
    assert solve(Problem(X, np.ones(100), l2=0.1, intercept_penalty=1.0)).digits >= 16


def test_separated_classes_have_none() -> None:
    X = np.array([[-2.0], [-1.0], [1.0], [3.0]])
    complete = solve(Problem(X, np.array([0.0, 0.0, 1.0, 1.0])))
    assert complete.status is SolutionStatus.NO_UNIQUE_OPTIMUM
    assert "all 4 rows" in complete.reason
    X = np.array([[-2.0], [0.0], [0.0], [3.0]])
    quasi = solve(Problem(X, np.array([0.0, 0.0, 1.0, 1.0])))
    assert "2 of 4 rows" in quasi.reason
    assert quasi.digits == 0


def test_standard_errors_are_of_a_unique_optimum_alone() -> None:
    X, y = collinear()
    aliased = Problem(X, y, "identity")
    errors = unscaled_errors(aliased, solve(aliased))
    assert errors is not None
    assert np.isnan(errors[[3, 5]]).all()
    separated = Problem(X[:, :2], (X[:, 0] > 0).astype(float))
    for problem in (Problem(X, y, "identity", collinear="minimum_norm"), separated):
        assert unscaled_errors(problem, solve(problem)) is None


def test_rows_of_weight_0_give_no_degrees_of_freedom() -> None:
    X, y = collinear()
    weights = np.where(np.arange(len(y)) < 60, 2.0, 0.0)
    whole, part = Problem(X, y, "identity", weights=weights), Problem(X[:60], y[:60], "identity")
    ours, theirs = (inference(problem, solve(problem)) for problem in (whole, part))
    assert ours is not None
    assert theirs is not None
    np.testing.assert_allclose(ours.table, theirs.table, rtol=1e-12)
