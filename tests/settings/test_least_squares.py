"""Penalties of least squares in every framework: in canonical names each is the objective that it minimises.

Both ways: what a framework says after the fit, and what it is asked for, is solved by the referee, with
certified digits, and compared.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from crossframe.frameworks.contract import EvalRows, FitRequest, FitResult, Status
from crossframe.optima.linear import solve
from crossframe.optima.problem import Problem, SolutionStatus
from tests.running import Engines

RNG = np.random.default_rng(3)
X = RNG.normal(size=(80, 4)) * (1.0, 3.0, 0.5, 10.0) + (0.0, 5.0, -1.0, 100.0)
Y = 50.0 + X @ np.array([14.0, -7.0, 21.0, 1.4]) + 20.0 * RNG.normal(size=80)
NAMES = ("a", "b", "c", "d")
GLMNET = {"thresh": 1e-20, "maxit": 10**7}
DESCENT = {"tol": 1e-14, "max_iter": 10**6}
H2O = {"beta_epsilon": 1e-14, "objective_epsilon": 1e-16, "gradient_epsilon": 1e-14}


def fitted(engines: Engines, model: str, native: dict[str, Any], **given: Any) -> FitResult:
    engine, _, name = model.partition(".")
    canonical = {key.replace("_", "."): value for key, value in given.items()}
    rows = EvalRows(hashlib.sha256(X.tobytes()).hexdigest(), X, NAMES)
    request = FitRequest(name, canonical, native, X, Y, NAMES, rows, task="numbers")
    result = engines[engine].fit(request)
    assert result.status.usable, result.evidence
    assert result.fingerprint == request.fingerprint
    assert result.labels is None
    assert result.train_labels is None
    assert result.threshold is None
    assert not result.is_probability
    assert result.canonical["link"] == "identity"
    return result


def certain(result: FitResult, **other: Any) -> np.ndarray:
    """The optimum of the settings in force, with 12 digits or more."""
    told = result.canonical
    problem = Problem(
        X, Y, "identity",
        l2=told["penalty.l2"], l1=told["penalty.l1"], intercept=told["intercept"],
        standardize=told["features.standardize"], **other,
    )  # fmt: skip
    solution = solve(problem)
    assert solution.status is SolutionStatus.CERTIFIED
    assert solution.digits >= 12
    return np.array([solution.intercept, *solution.coefficients])


def told(result: FitResult) -> np.ndarray:
    assert result.coefficients is not None
    return np.array([result.coefficients.intercept, *result.coefficients.values])


@pytest.mark.parametrize(
    ("model", "native"),
    [
        ("sklearn.linear", {}),
        ("sklearn.linear", {"fit_intercept": False}),
        ("sklearn.ridge", {}),
        ("sklearn.ridge", {"alpha": 50.0, "solver": "svd"}),
        ("sklearn.ridge", {"alpha": 50.0, "fit_intercept": False}),
        ("sklearn.lasso", {"alpha": 2.0, **DESCENT}),
        ("sklearn.elasticnet", {"alpha": 2.0, "l1_ratio": 0.3, **DESCENT}),
        ("r.glmnet", {"lambda": 2.0, **GLMNET}),
        ("r.glmnet", {"lambda": 2.0, "alpha": 0.0, **GLMNET}),
        ("r.glmnet", {"lambda": 20.0, "alpha": 0.4, "standardize": False, **GLMNET}),
        ("r.glmnet", {"lambda": 2.0, "alpha": 0.4, "intercept": False, **GLMNET}),
        ("h2o.glm", {"lambda_": 0.0}),
        ("h2o.glm", {"lambda_": 2.0, "alpha": 0.0}),
        ("h2o.glm", {"lambda_": 20.0, "alpha": 0.0, "standardize": False}),
        ("h2o.glm", {"lambda_": 2.0, "alpha": 0.5, "solver": "COORDINATE_DESCENT", **H2O}),
    ],
    ids=str,
)
def test_what_is_in_force_is_what_is_minimised(engines: Engines, model: str, native: dict[str, Any]) -> None:
    result = fitted(engines, model, native)
    # Without an intercept glmnet scales the features, but does not centre them.
    best = certain(result, centre=result.canonical["intercept"])
    np.testing.assert_allclose(told(result), best, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("model", ["r.lm", "r.glm", "reference.optimum"])
def test_no_penalty(engines: Engines, model: str) -> None:
    result = fitted(engines, model, {})
    optimum = solve(Problem(X, Y, "identity"))
    np.testing.assert_allclose(told(result), [optimum.intercept, *optimum.coefficients], rtol=1e-12)


@pytest.mark.parametrize(
    ("model", "native", "given"),
    [
        ("sklearn.ridge", {}, {"penalty_l2": 0.7}),
        ("sklearn.lasso", DESCENT, {"penalty_l1": 0.7}),
        ("sklearn.elasticnet", DESCENT, {"penalty_l1": 0.7, "penalty_l2": 0.2}),
        ("r.glmnet", GLMNET, {"penalty_l2": 0.7}),
        ("r.glmnet", GLMNET, {"penalty_l1": 0.7, "penalty_l2": 0.2}),
        ("r.glmnet", {"intercept": False, **GLMNET}, {"penalty_l1": 0.7, "penalty_l2": 0.2}),
        ("r.glmnet", {"alpha": 0.25, **GLMNET}, {"penalty_l2": 0.2}),
        ("h2o.glm", {}, {"penalty_l2": 0.7}),
    ],
    ids=str,
)
def test_what_is_asked_for_is_in_force(
    engines: Engines, model: str, native: dict[str, Any], given: dict[str, float]
) -> None:
    result = fitted(engines, model, dict(native), **given)
    for name, value in given.items():
        assert result.canonical[name.replace("_", ".")] == pytest.approx(value, rel=1e-14)
    best = certain(result, centre=result.canonical["intercept"])
    np.testing.assert_allclose(told(result), best, rtol=1e-8, atol=1e-8)


def test_the_effective_solver_of_ridge_is_told(engines: Engines) -> None:
    assert fitted(engines, "sklearn.ridge", {}).canonical["solver.algorithm"] == "cholesky"
    assert fitted(engines, "sklearn.ridge", {"positive": True}).canonical["solver.algorithm"] == "lbfgs"


def test_a_lasso_that_is_stopped_says_so(engines: Engines) -> None:
    result = fitted(engines, "sklearn.lasso", {"alpha": 0.01, "max_iter": 1, "tol": 1e-12})
    assert result.status is Status.ITERATION_LIMIT
    assert any("ConvergenceWarning" in word for word in result.evidence)
    assert result.convergence.startswith("coordinate descent: 1 of at most 1 passes, duality gap")


@pytest.mark.slow
def test_two_classes_are_numbers_where_that_is_asked_for(engines: Engines) -> None:
    """The Gaussian family of each framework on 0 and 1: the same least squares, labels above one half."""
    y = (Y - np.median(Y) > 0).astype(np.int64)
    rows = EvalRows(hashlib.sha256(X.tobytes()).hexdigest(), X, NAMES)
    answers = []
    for model, native in (
        ("r.lm", {}),
        ("r.glm", {"family": "gaussian"}),
        ("r.glmnet", {"family": "gaussian", "lambda": 0.0, **GLMNET}),
        ("sklearn.linear", {}),
        ("h2o.glm", {"family": "gaussian", "lambda_": 0.0}),
        ("reference.optimum", {"link": "identity"}),
    ):
        engine, _, name = model.partition(".")
        result = engines[engine].fit(FitRequest(name, {}, native, X, y, NAMES, rows))
        assert result.status.usable, result.evidence
        assert result.canonical["link"] == "identity"
        assert result.canonical["decision.threshold"] == 0.5
        np.testing.assert_array_equal(result.labels, result.score > 0.5)
        answers.append(told(result))
    np.testing.assert_allclose(answers, np.broadcast_to(answers[0], (6, 5)), rtol=1e-8)
