"""Poisson, gamma and Tweedie models of every framework that has them, against certified optima."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray
from crossframe.experiment.spec import parse
from crossframe.frameworks.contract import EvalRows, FitRequest, FitResult
from crossframe.frameworks.registry import model
from crossframe.optima import Problem, SolutionStatus, solve
from tests.running import Engines

N = 120
_RNG = np.random.default_rng(11)
X: FloatArray = np.array([0.5, -1.0, 2.0]) + _RNG.normal(size=(N, 3))
_MEAN = np.exp((X - X.mean(axis=0)) @ [0.4, -0.3, 0.1] + 1.0)
TARGETS = {"poisson": _RNG.poisson(_MEAN).astype(float), "gamma": _RNG.gamma(3.0, _MEAN / 3)}
TARGETS["tweedie"] = np.where(_RNG.random(N) < 0.2, 0.0, TARGETS["gamma"])
POWERS = {"poisson": 1.0, "gamma": 2.0, "tweedie": 1.5}


def fit(engines: Engines, name: str, y: FloatArray) -> FitResult:
    """The fit of a model, named with its settings, to numbers."""
    side = parse(name)
    evaluation = EvalRows(hashlib.sha256(X.tobytes()).hexdigest(), X, ("a", "b", "c"))
    framework, _, short = side.model.partition(".")
    asked = FitRequest(
        short, side.settings, side.native, X, y, ("a", "b", "c"), evaluation, task="numbers"
    )  # fmt: skip
    result: FitResult = engines[framework].fit(asked)
    return result


R = pytest.mark.xdist_group("r")
H2O = (pytest.mark.slow, pytest.mark.xdist_group("h2o"))
_STOPS = pytest.mark.xfail(
    reason="with a penalty H2O stops 4e-4 (Poisson) and 2e-5 (gamma) before the optimum at any tolerance",
    raises=AssertionError, strict=True,
)  # fmt: skip
_TIGHT = "beta_epsilon=1e-14,objective_epsilon=1e-16,max_iterations=1000,standardize=false,solver="


@pytest.mark.parametrize(
    ("name", "family", "penalty", "digits"),
    [
        ("sklearn.poisson:tol=1e-12,solver=newton-cholesky", "poisson", {"l2": 1.0}, 10),
        ("sklearn.gamma:alpha=0.1,tol=1e-12,solver=newton-cholesky", "gamma", {"l2": 0.1}, 10),
        ("sklearn.tweedie:power=1.5,alpha=0.1,tol=1e-12,solver=newton-cholesky", "tweedie", {"l2": 0.1}, 10),
        ("statsmodels.glm:family=poisson,add_constant=true,tol=1e-14", "poisson", {}, 10),
        ("statsmodels.glm:family=gamma,link=log,add_constant=true,tol=1e-14", "gamma", {}, 7),
        ("statsmodels.glm:family=poisson,add_constant=true,penalty.l1=0.1,zero_tol=1e-14,cnvrg_tol=1e-12,"
         "maxiter=5000", "poisson", {"l1": 0.1}, 8),
        ("statsmodels.glm:family=gamma,link=log,add_constant=true,penalty.l1=0.1,penalty.l2=0.1,"
         "zero_tol=1e-14,cnvrg_tol=1e-12,maxiter=5000", "gamma", {"l1": 0.1, "l2": 0.1}, 8),
        pytest.param("r.glm:family=poisson,epsilon=1e-14", "poisson", {}, 10, marks=R),
        pytest.param("r.glm:family=Gamma,link=log,epsilon=1e-14", "gamma", {}, 6, marks=R),
        pytest.param("r.glmnet:family=poisson,lambda=0.1,standardize=false,thresh=1e-20", "poisson",
                     {"l1": 0.1}, 9, marks=R),
        pytest.param("r.glmnet:family=poisson,penalty.l2=0.1,standardize=false,thresh=1e-20", "poisson",
                     {"l2": 0.1}, 9, marks=R),
        pytest.param(f"h2o.glm:family=poisson,lambda_=0.0,{_TIGHT}IRLSM", "poisson", {}, 7, marks=H2O),
        pytest.param(f"h2o.glm:family=gamma,link=log,lambda_=0.0,{_TIGHT}IRLSM", "gamma", {}, 6, marks=H2O),
        pytest.param(f"h2o.glm:family=poisson,penalty.l2=0.1,{_TIGHT}COORDINATE_DESCENT", "poisson",
                     {"l2": 0.1}, 6, marks=(*H2O, _STOPS)),
        pytest.param(f"h2o.glm:family=gamma,link=log,penalty.l2=0.1,{_TIGHT}COORDINATE_DESCENT", "gamma",
                     {"l2": 0.1}, 6, marks=(*H2O, _STOPS)),
    ],
)  # fmt: skip
def test_the_optimum_is_the_certified_one(
    engines: Engines, name: str, family: str, penalty: dict[str, float], digits: int
) -> None:
    y = TARGETS[family]
    result = fit(engines, name, y)
    assert result.coefficients is not None, (name, result.evidence)
    assert result.canonical["family"] == family
    assert result.canonical["link"] == "log"
    assert not result.is_probability
    assert result.labels is None
    best = solve(Problem(X, y, "log", power=POWERS[family], **penalty))  # type: ignore[arg-type]
    assert best.status is SolutionStatus.CERTIFIED
    mine = np.array([result.coefficients.intercept, *result.coefficients.values])
    np.testing.assert_allclose(mine, [best.intercept, *best.coefficients], rtol=0, atol=10.0**-digits)
    np.testing.assert_allclose(result.score, np.exp(mine[0] + X @ mine[1:]), rtol=1e-6)


def test_the_reference_model_has_the_log_link(engines: Engines) -> None:
    name = "reference.optimum:family=gamma,penalty.l2=0.1,link=log"
    result = fit(engines, name, TARGETS["gamma"])
    assert result.coefficients is not None, result.evidence
    best = solve(Problem(X, TARGETS["gamma"], "log", l2=0.1, power=2.0))
    np.testing.assert_array_equal(result.coefficients.values, best.coefficients)
    assert result.canonical["family"] == "gamma"


@pytest.mark.parametrize(
    ("model_name", "settings", "native"),
    [
        ("sklearn.tweedie", {"family": "gamma"}, {"power": 2.0}),
        ("sklearn.tweedie", {"family": "tweedie", "family.power": 1.2}, {"power": 1.2}),
        ("r.glm", {"family": "inverse_gaussian"}, {"family": "inverse.gaussian"}),
        ("r.glm", {"family": "gamma", "link": "log"}, {"family": "Gamma", "link": "log"}),
        ("r.glmnet", {"family": "poisson", "link": "log"}, {"family": "poisson"}),
        ("h2o.glm", {"family": "gamma", "link": "log"}, {"family": "gamma", "link": "log"}),
        ("h2o.glm", {"family": "gamma", "link": "inverse"}, {"family": "gamma"}),
        ("h2o.glm", {"link": "identity"}, {"family": "gaussian"}),
        ("reference.optimum", {"family": "poisson", "link": "log"}, {"power": 1.0, "link": "log"}),
    ],
)
def test_families_are_spelled(model_name: str, settings: dict[str, Any], native: dict[str, Any]) -> None:
    made = model(model_name).to_native(settings, {}, 10)
    assert {name: made[name] for name in native} == native
    back = model(model_name).to_canonical(made, 10)
    assert {name: back[name] for name in settings} == settings


@pytest.mark.parametrize(
    ("model_name", "settings"),
    [
        ("r.glmnet", {"family": "gaussian", "link": "log"}),
        ("reference.optimum", {"family": "poisson", "link": "identity"}),
        ("reference.optimum", {"family": "inverse_gaussian", "link": "log"}),
        ("sklearn.tweedie", {"family": "binomial"}),
        ("sklearn.tweedie", {"family": "tweedie"}),
        ("sklearn.tweedie", {"family.power": 2.0}),
    ],
)
def test_what_a_model_lacks_is_refused(model_name: str, settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        model(model_name).to_native(settings, {}, 10)


def test_the_family_of_two_classes_or_of_a_gaussian_target_is_not_stated() -> None:
    glm = model("r.glm")
    assert "family" not in glm.to_canonical({"family": "binomial", "link": "probit"}, 10)
    assert "family" not in glm.to_canonical({"family": "gaussian", "link": "identity"}, 10)
    assert glm.to_canonical({"family": "binomial", "link": "log"}, 10)["family"] == "binomial"
    assert glm.to_canonical({"family": "gaussian", "link": "log"}, 10)["family"] == "gaussian"
