"""The objective read back from fitted coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge

from crossframe.core.types import FloatArray
from crossframe.optima import Problem, solve
from crossframe.optima.diagnoses.recovery import agrees, recover, shortfall


def cancer() -> tuple[FloatArray, FloatArray]:
    X, y = load_breast_cancer(return_X_y=True)
    return X[:, :4], y.astype(float)


def answer(model: Any, X: FloatArray, y: FloatArray, ddof: int | None = None) -> tuple[float, FloatArray]:
    """Fitted numbers on the features' own scale; ``ddof``: the features are standardised first."""
    if ddof is None:
        model.fit(X, y)
        return float(np.ravel(model.intercept_)[0]), np.ravel(model.coef_)
    mean, sd = X.mean(axis=0), X.std(axis=0, ddof=ddof)
    model.fit((X - mean) / sd, y)
    b = np.ravel(model.coef_) / sd
    return float(np.ravel(model.intercept_)[0] - mean @ b), b


def test_the_default_penalty_of_scikit_learn() -> None:
    X, y = cancer()
    b0, b = answer(LogisticRegression(max_iter=10_000), X, y)
    found = recover(X, y, "logit", b0, b)
    assert found.best is not None
    assert found.best.standardize == "none"
    assert found.best.l2 == pytest.approx(1 / 569, rel=1e-3)
    assert found.best.l1 == 0
    assert found.best.intercept_penalty == 0
    assert found.alternatives == ()
    assert "intercept free" in str(found)


@pytest.mark.parametrize("scaling", [1.0, 2.0])
def test_the_intercept_that_liblinear_penalises(scaling: float) -> None:
    X, y = cancer()
    model = LogisticRegression(solver="liblinear", tol=1e-10, intercept_scaling=scaling, max_iter=10_000)
    b0, b = answer(model, X, y)
    found = recover(X, y, "logit", b0, b)
    assert found.best is not None
    assert found.best.l2 == pytest.approx(1 / 569, rel=1e-3)
    assert found.best.intercept_penalty == pytest.approx(scaling**-2, rel=1e-2)


def test_no_penalty() -> None:
    X, y = cancer()
    b0, b = answer(LogisticRegression(C=np.inf, solver="newton-cholesky", max_iter=1000), X, y)
    found = recover(X, y, "logit", b0, b)
    assert found.best is not None
    assert found.best.l2 == found.best.l1 == 0
    assert "no penalty" in str(found)


@pytest.mark.parametrize(("ddof", "name"), [(0, "sd_n"), (1, "sd_n-1")])
def test_the_standard_deviation_is_told_by_the_declared_strength(ddof: int, name: str) -> None:
    X, y = cancer()
    b0, b = answer(LogisticRegression(C=0.5, tol=1e-10), X, y, ddof)
    open_ = recover(X, y, "logit", b0, b)
    assert open_.best is not None
    assert {open_.best.standardize, open_.alternatives[0].standardize} == {"sd_n", "sd_n-1"}
    assert open_.best.l2 / open_.alternatives[0].l2 == pytest.approx(569 / 568, rel=1e-12)
    found = recover(X, y, "logit", b0, b, declared=[1 / (0.5 * 569)])
    assert found.best is not None
    assert found.best.standardize == name
    assert found.best.l2 == pytest.approx(1 / (0.5 * 569), rel=1e-5)
    assert found.alternatives == ()


@pytest.mark.parametrize(("ddof", "name"), [(0, "sd_n"), (1, "sd_n-1")])
def test_the_standard_deviation_is_told_by_a_penalised_intercept(ddof: int, name: str) -> None:
    X, y = cancer()
    b0, b = answer(LogisticRegression(solver="liblinear", tol=1e-12, max_iter=10_000), X, y, ddof)
    found = recover(X, y, "logit", b0, b)
    assert found.best is not None
    assert found.best.standardize == name
    assert found.best.intercept_penalty == pytest.approx(1, abs=1e-4)


def test_lasso_and_elastic_net() -> None:
    X, _ = cancer()
    rng = np.random.default_rng(0)
    y = X[:, 0] + 0.1 * X[:, 1] + rng.normal(size=len(X))
    settings = {"tol": 1e-14, "max_iter": 100_000}
    b0, b = answer(Lasso(alpha=0.2, **settings), X, y, 0)
    assert (b == 0).any()
    found = recover(X, y, "identity", b0, b)
    assert found.best is not None
    assert (found.best.l2, found.best.standardize) == (0, "sd_n")
    assert found.best.l1 == pytest.approx(0.2, rel=1e-6)
    b0, b = answer(ElasticNet(alpha=0.05, l1_ratio=0.4, **settings), X, y)
    found = recover(X, y, "identity", b0, b)
    assert found.best is not None
    assert found.best.standardize == "none"
    assert found.best.l1 == pytest.approx(0.02, rel=1e-6)
    assert found.best.l2 == pytest.approx(0.03, rel=1e-6)


def test_without_an_intercept() -> None:
    X, y = cancer()
    b0, b = answer(Ridge(alpha=5.0, fit_intercept=False), X, y)
    found = recover(X, y, "identity", b0, b)
    assert found.best is not None
    assert found.best.intercept_penalty is None
    assert found.best.l2 == pytest.approx(5 / 569, rel=1e-8)
    assert "no intercept" in str(found)


def test_numbers_of_no_objective() -> None:
    X, y = cancer()
    b0, b = answer(LinearRegression(), X, y)
    found = recover(X, y, "logit", b0, b)
    assert found.best is None
    assert "none of the forms tried" in str(found)


def test_an_aliased_column_is_left_out() -> None:
    X, y = cancer()
    doubled = np.column_stack([X, X[:, 0]])
    solution = solve(Problem(doubled, y))
    found = recover(doubled, y, "logit", solution.intercept, solution.coefficients)
    assert found.best is not None
    assert found.best.l2 == 0
    assert found.gradient < 1e-13


def test_within_what_its_own_stopping_leaves_open_a_strength_agrees() -> None:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(200, 3))
    y = (rng.random(200) < 1 / (1 + np.exp(-X @ [1.0, -0.5, 0.3]))).astype(float)
    b0, b = answer(LogisticRegression(tol=1e-10), X, y)
    stated = Problem(X, y, l2=1 / 200)
    b = b * (1 + 1e-3 * np.array([1, -1, 1]))
    noise = shortfall(stated, b0, b)
    assert noise > 1e-3
    found = recover(X, y, "logit", b0, b, [1 / 200], noise)
    assert agrees(found, stated, noise) is not False
    exact = recover(X, y, "logit", b0, answer(LogisticRegression(tol=1e-10), X, y)[1], [1 / 100])
    assert agrees(exact, Problem(X, y, l2=1 / 100), 1e-6) is False


def test_a_solver_that_stopped_early_is_no_hidden_penalty() -> None:
    X, y = cancer()
    free = Problem(X, y)
    b0, b = answer(LogisticRegression(C=np.inf, tol=0.1), X, y)
    early = recover(X, y, "logit", b0, b)
    assert agrees(early, free, shortfall(free, b0, b)) is not False
    b0, b = answer(LogisticRegression(solver="newton-cholesky", tol=1e-12), X, y)
    hidden = recover(X, y, "logit", b0, b)
    assert agrees(hidden, free, shortfall(free, b0, b)) is False
