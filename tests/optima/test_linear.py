"""The certified optimum against closed forms, other solvers, and its own certificate."""

from __future__ import annotations

import warnings
from dataclasses import replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge

from crossframe.core.types import FloatArray
from crossframe.optima import Problem, SolutionStatus, gradient, objective, solve


def sample(n: int = 200, k: int = 4, seed: int = 0) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Correlated features away from 0, a binary and a real target."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, k)) @ rng.normal(size=(k, k)) + rng.uniform(-5, 5, size=k)
    score = (X - X.mean(axis=0)) @ rng.normal(size=k) / np.sqrt(k)
    return X, (score + rng.logistic(size=n) > 0).astype(float), score + rng.normal(size=n)


def test_a_binary_feature_gives_the_log_odds() -> None:
    x = np.repeat([0.0, 0.0, 1.0, 1.0], [30, 10, 7, 21])
    y = np.repeat([0.0, 1.0, 0.0, 1.0], [30, 10, 7, 21])
    solution = solve(Problem(x[:, None], y), digits=30)
    assert solution.status is SolutionStatus.CERTIFIED
    with mpmath.workdps(60):
        start = mpmath.log(mpmath.mpf(10) / 30)
        slope = mpmath.log(3) - start
        assert abs(mpmath.mpf(solution.precise[0]) - start) < 1e-29
        assert abs(mpmath.mpf(solution.precise[1]) - slope) < 3e-29
    assert solution.digits >= 30
    assert solution.gradient < 1e-29


def test_one_soft_threshold() -> None:
    x = np.array([-1.5, -0.5, 0.25, 1.75])
    y = np.array([0.5, 0.25, -1.0, 2.0])
    expected = (Fraction(x @ y) / 4 - Fraction(1, 8)) / (Fraction(x @ x) / 4 + Fraction(1, 2))
    solution = solve(Problem(x[:, None], y, "identity", l1=0.125, l2=0.5, intercept=False))
    assert solution.coefficients[0] == float(expected)
    assert solution.intercept == 0.0


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cholesky"])
@pytest.mark.parametrize("C", [0.01, 1.0, np.inf])
def test_logistic_regression_of_scikit_learn(solver: str, C: float) -> None:
    X, y, _ = sample()
    with warnings.catch_warnings():
        # The tolerance asks for more than float64 gives; the solvers say so and stop.
        warnings.simplefilter("ignore")
        model = LogisticRegression(C=C, solver=solver, tol=1e-12, max_iter=10_000).fit(X, y)
    solution = solve(Problem(X, y, l2=1 / (C * len(y))))
    assert solution.status is SolutionStatus.CERTIFIED
    assert solution.digits >= 16
    # lbfgs ends where its line search can gain no more, half the digits of the objective
    bound = 1e-5 if solver == "lbfgs" else 1e-9
    np.testing.assert_allclose(model.coef_[0], solution.coefficients, rtol=bound)
    np.testing.assert_allclose(model.intercept_[0], solution.intercept, rtol=bound)


def test_class_weights_are_weights_of_rows() -> None:
    X, y, _ = sample(seed=3)
    model = LogisticRegression(class_weight="balanced", solver="newton-cholesky", tol=1e-12).fit(X, y)
    weights = np.where(y == 1, len(y) / (2 * y.sum()), len(y) / (2 * (1 - y).sum()))
    solution = solve(Problem(X, y, l2=1 / weights.sum(), weights=weights))
    np.testing.assert_allclose(model.coef_[0], solution.coefficients, rtol=1e-9)


def test_a_whole_number_of_weight_is_a_repeated_row() -> None:
    X, y, _ = sample(60, 3)
    times = np.random.default_rng(5).integers(0, 4, size=60)
    one = solve(Problem(X, y, l2=0.1, weights=times.astype(float)), digits=25)
    other = solve(Problem(np.repeat(X, times, axis=0), np.repeat(y, times), l2=0.1), digits=25)
    assert [p[:24] for p in one.precise] == [p[:24] for p in other.precise]


@pytest.mark.parametrize("intercept", [True, False])
def test_squared_error_of_scikit_learn(intercept: bool) -> None:
    X, _, y = sample(seed=1)
    n = len(y)
    for model, l2, l1 in (
        (LinearRegression(fit_intercept=intercept), 0.0, 0.0),
        (Ridge(alpha=3.0, fit_intercept=intercept), 3.0 / n, 0.0),
        (Lasso(alpha=0.3, tol=1e-14, max_iter=100_000, fit_intercept=intercept), 0.0, 0.3),
        (
            ElasticNet(alpha=0.4, l1_ratio=0.25, tol=1e-14, max_iter=100_000, fit_intercept=intercept),
            0.4 * 0.75,
            0.4 * 0.25,
        ),
    ):
        model.fit(X, y)
        solution = solve(Problem(X, y, "identity", l2=l2, l1=l1, intercept=intercept))
        assert solution.status is SolutionStatus.CERTIFIED
        np.testing.assert_allclose(model.coef_, solution.coefficients, rtol=1e-6, atol=1e-9)
        assert model.intercept_ == pytest.approx(solution.intercept, rel=1e-6)
        assert ((model.coef_ == 0) == (solution.coefficients == 0)).all()


@pytest.mark.parametrize("lasso", [False, True])
@pytest.mark.parametrize("scaling", [1.0, 4.0])
def test_the_penalised_intercept_of_liblinear(lasso: bool, scaling: float) -> None:
    X, y, _ = sample(seed=2)
    model = LogisticRegression(
        C=0.2,
        solver="liblinear",
        l1_ratio=float(lasso),
        intercept_scaling=scaling,
        tol=1e-12,
        max_iter=10_000,
        random_state=0,
    ).fit(X, y)
    strength = {"l1" if lasso else "l2": 1 / (0.2 * len(y))}
    solution = solve(Problem(X, y, intercept_penalty=scaling**-2, **strength))  # type: ignore[arg-type]
    # liblinear stops once the objective hardly falls, with six digits
    np.testing.assert_allclose(model.coef_[0], solution.coefficients, atol=2e-6)
    assert model.intercept_[0] == pytest.approx(solution.intercept, abs=2e-6)
    free = solve(Problem(X, y, **strength))  # type: ignore[arg-type]
    assert abs(free.intercept - solution.intercept) > 1e-3


@pytest.mark.parametrize("kind", ["sd_n", "sd_n-1"])
@pytest.mark.parametrize("penalised", [0.0, 1.0])
@pytest.mark.parametrize("l1", [0.0, 0.02])
def test_standardising_is_scaling_by_hand(kind: str, penalised: float, l1: float) -> None:
    X, y, _ = sample(100, 3, seed=4)
    sd = X.std(axis=0, ddof=int(kind == "sd_n-1"))
    by_hand = solve(Problem((X - X.mean(axis=0)) / sd, y, l2=0.1, l1=l1, intercept_penalty=penalised))
    solution = solve(
        Problem(X, y, l2=0.1, l1=l1, intercept_penalty=penalised, standardize=kind)  # type: ignore[arg-type]
    )
    np.testing.assert_allclose(solution.coefficients * sd, by_hand.coefficients, rtol=1e-12)
    shift = X.mean(axis=0) @ solution.coefficients
    assert solution.intercept + shift == pytest.approx(by_hand.intercept, rel=1e-12)


def test_centred_features_without_an_intercept() -> None:
    X, _, y = sample(80, 3)
    sd = X.std(axis=0)
    by_hand = Ridge(alpha=8.0, fit_intercept=False).fit((X - X.mean(axis=0)) / sd, y)
    centred = solve(Problem(X, y, "identity", l2=0.1, intercept=False, standardize="sd_n"))
    np.testing.assert_allclose(centred.coefficients * sd, by_hand.coef_, rtol=1e-10)
    assert centred.intercept == pytest.approx(-X.mean(axis=0) @ centred.coefficients, rel=1e-12)
    as_is = solve(Problem(X, y, "identity", l2=0.1, intercept=False, standardize="sd_n", centre=False))
    by_hand = Ridge(alpha=8.0, fit_intercept=False).fit(X / sd, y)
    np.testing.assert_allclose(as_is.coefficients * sd, by_hand.coef_, rtol=1e-10)
    assert as_is.intercept == 0.0


def test_one_strength_a_feature() -> None:
    X, _, y = sample(80, 2)
    l2 = np.array([0.0, 2.0])
    solution = solve(Problem(X, y, "identity", l2=l2))
    Z = X - X.mean(axis=0)
    closed = np.linalg.solve(Z.T @ Z / 80 + np.diag(l2), Z.T @ (y - y.mean()) / 80)
    np.testing.assert_allclose(solution.coefficients, closed, rtol=1e-11)


def test_targets_between_the_classes() -> None:
    X, y, _ = sample(80, 2)
    smooth = y * 0.8 + 0.1
    doubled = solve(
        Problem(
            np.concatenate([X, X]),
            np.repeat([1.0, 0.0], 80),
            weights=np.concatenate([smooth, 1 - smooth]),
        )
    )
    np.testing.assert_allclose(solve(Problem(X, smooth)).coefficients, doubled.coefficients, rtol=1e-13)


def test_the_gradient_is_that_of_the_objective() -> None:
    X, y, _ = sample(60, 3)
    problem = Problem(X, y, l2=0.3, l1=0.1, intercept_penalty=0.5, standardize="sd_n-1")
    b0, b = 0.4, np.array([0.3, -0.2, 0.1])
    slope = gradient(problem, b0, b)
    for j, step in enumerate(np.eye(4) * 1e-6):
        up = objective(problem, b0 + step[0], b + step[1:])
        down = objective(problem, b0 - step[0], b - step[1:])
        assert slope[j] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-9)


def test_columns_of_any_size() -> None:
    X, y, _ = sample(60, 3)
    scale = np.array([1e-12, 1.0, 1e150])
    base = solve(Problem(X, y), digits=25)
    scaled = solve(Problem(X * scale, y), digits=25)
    np.testing.assert_allclose(scaled.coefficients * scale, base.coefficients, rtol=1e-12)
    assert scaled.digits >= 25


def test_without_features() -> None:
    y = np.array([0.0, 0.0, 1.0])
    assert solve(Problem(np.zeros((3, 0)), y)).intercept == pytest.approx(-np.log(2), rel=1e-15)
    assert solve(Problem(np.zeros((3, 0)), y, intercept=False)).objective == pytest.approx(np.log(2))


def test_a_lasso_strong_enough_leaves_nothing() -> None:
    X, _, y = sample(60, 3)
    solution = solve(Problem(X, y, "identity", l1=1e3))
    assert solution.status is SolutionStatus.CERTIFIED
    assert not solution.coefficients.any()
    assert solution.intercept == pytest.approx(y.mean(), rel=1e-15)


def test_badly_conditioned_logistic_regression_is_certified() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(size=300)
    X = np.stack([x, x + 1e-9 * rng.normal(size=300)], axis=1)
    y = (x + rng.logistic(size=300) > 0.5).astype(float)
    solution = solve(Problem(X, y, rank_tolerance=0))
    assert solution.condition > 1e8
    assert solution.digits >= 16
    again = solve(replace(Problem(X, y, rank_tolerance=0), weights=np.full(300, 3.0)), digits=25)
    np.testing.assert_allclose(solution.coefficients, again.coefficients, rtol=1e-14)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.05]), st.sampled_from([0.0, 0.02]))
def test_the_certificate_is_true(seed: int, l2: float, l1: float) -> None:
    """The digits that are claimed are there, by an answer that claims more."""
    X, y, _ = sample(60, 3, seed)
    problem = Problem(X, y, l2=l2, l1=l1)
    coarse = solve(problem, digits=1)
    fine = solve(problem, digits=40)
    if fine.status is not SolutionStatus.CERTIFIED:
        assert coarse.status is fine.status
        return
    with mpmath.workdps(50):
        for a, b in zip(coarse.precise, fine.precise, strict=True):
            # Half a unit of the last printed digit, and what the certificate allows.
            shown = min(30, int(coarse.digits))
            allowed = mpmath.mpf(10) ** (1 - shown) / 2 + mpmath.mpf(10) ** -coarse.digits
            assert abs(mpmath.mpf(a) - mpmath.mpf(b)) <= allowed * abs(mpmath.mpf(b))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.zeros(3)}, "must be"),
        ({"y": np.array([0.0, 1.0])}, "must be"),
        ({"X": np.full((3, 1), np.nan)}, "finite"),
        ({"y": np.array([0.0, 1.0, 2.0])}, r"\[0, 1\]"),
        ({"l2": -1.0}, "l2"),
        ({"l1": np.ones(2)}, "l1"),
        ({"l2": np.ones(1), "intercept_penalty": 1.0}, "one l2"),
        ({"intercept_penalty": -1.0}, "intercept_penalty"),
        ({"weights": np.zeros(3)}, "all weights"),
        ({"weights": np.array([1.0, -1.0, 1.0])}, "non-negative"),
    ],
)
def test_what_is_no_problem(change: dict[str, object], message: str) -> None:
    given_: dict[str, object] = {"X": np.zeros((3, 1)), "y": np.array([0.0, 1.0, 1.0])}
    with pytest.raises(ValueError, match=message):
        Problem(**{**given_, **change})  # type: ignore[arg-type]
