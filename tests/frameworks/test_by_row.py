"""Weights and offset in every framework that has them, against certified optima with the same."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from crossframe.core.types import FloatArray, Target
from crossframe.experiment.spec import parse
from crossframe.explain.diagnoses import problem
from crossframe.frameworks.contract import EvalRows, FitRequest, Status
from crossframe.frameworks.registry import model, models
from crossframe.optima import SolutionStatus, solve
from tests.running import Engines

N, NAMES = 40, ("a", "b", "c")
_RNG = np.random.default_rng(3)
X: FloatArray = np.ascontiguousarray(_RNG.normal(size=(N, 3)).round(3) * [1.0, 2.0, 0.5])
X_EVAL: FloatArray = np.ascontiguousarray(_RNG.normal(size=(10, 3)).round(3))
WEIGHTS = _RNG.integers(1, 6, size=N).astype(np.float64)
OFFSET, OFFSET_EVAL = _RNG.normal(size=N).round(3), _RNG.normal(size=10).round(3)
_ETA = 0.3 + X @ [0.5, -0.3, 0.2]
TARGETS: dict[str, Target] = {
    "gaussian": (_ETA + _RNG.normal(size=N)).round(4),
    "poisson": _RNG.poisson(np.exp(_ETA)).astype(np.float64),
    "gamma": (_RNG.gamma(2.0, np.exp(_ETA) / 2) + 0.01).round(4),
    "binomial": (_RNG.random(N) < expit(_ETA)).astype(np.int64),
}

_SLOW = pytest.mark.slow
_R = (pytest.mark.slow, pytest.mark.xdist_group("r"))
_H2O = (pytest.mark.slow, pytest.mark.xdist_group("h2o"))
_TIGHT = "beta_epsilon=1e-14,objective_epsilon=1e-16,gradient_epsilon=1e-14,max_iterations=1000"
_DESCENT = f"{_TIGHT},solver=COORDINATE_DESCENT"


def request(name: str, target: str, weights: FloatArray | None, offset: FloatArray | None) -> FitRequest:
    """A fit of a model, named with its settings."""
    side = parse(name)
    known = None if offset is None else OFFSET_EVAL
    hashed = hashlib.sha256(X_EVAL.tobytes() + (b"" if known is None else known.tobytes())).hexdigest()
    return FitRequest(
        side.model.partition(".")[2], side.settings, side.native, X, TARGETS[target], NAMES,
        EvalRows(hashed, X_EVAL, NAMES, known), task="classes" if target == "binomial" else "numbers",
        weights=weights, offset=offset,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "target", "digits"),
    [
        ("sklearn.logistic:C=0.7,tol=1e-10", "binomial", 7),
        ("sklearn.logistic:C=0.7,tol=1e-10,solver=liblinear", "binomial", 7),
        pytest.param(
            "sklearn.logistic:C=0.7,tol=1e-10,solver=saga,max_iter=100000", "binomial", 7, marks=_SLOW
        ),
        pytest.param("sklearn.linear", "gaussian", 12, marks=_SLOW),
        ("sklearn.ridge:alpha=3", "gaussian", 12),
        pytest.param("sklearn.ridge:alpha=3,solver=lsqr,tol=1e-12", "gaussian", 12, marks=_SLOW),
        pytest.param("sklearn.lasso:alpha=0.1,tol=1e-14,max_iter=10000", "gaussian", 12, marks=_SLOW),
        ("sklearn.elasticnet:alpha=0.1,tol=1e-14,max_iter=10000", "gaussian", 12),
        ("sklearn.poisson:tol=1e-12,solver=newton-cholesky", "poisson", 10),
        pytest.param("sklearn.gamma:tol=1e-12,solver=newton-cholesky", "gamma", 10, marks=_SLOW),
        pytest.param("sklearn.tweedie:tol=1e-12,power=1.5,solver=newton-cholesky", "gamma", 10, marks=_SLOW),
        ("statsmodels.wls:add_constant=true", "gaussian", 12),
        pytest.param("statsmodels.wls:add_constant=true,alpha=0.2,L1_wt=0", "gaussian", 12, marks=_SLOW),
        ("statsmodels.glm:add_constant=true,family=poisson,tol=1e-14", "poisson", 10),
        pytest.param(
            "statsmodels.glm:add_constant=true,family=poisson,tol=1e-14,weights_as=var_weights",
            "poisson",
            10,
            marks=_SLOW,
        ),
        pytest.param("statsmodels.glm:add_constant=true,tol=1e-14", "binomial", 10, marks=_SLOW),
        ("statsmodels.logit:add_constant=true,tol=1e-12", "binomial", 10),
        ("statsmodels.probit:add_constant=true", "binomial", 0),
        ("glum.glm:family=poisson,alpha=0.1,gradient_tol=1e-10,scale_predictors=true", "poisson", 10),
        pytest.param(
            "glum.glm:family=gaussian,alpha=0.1,gradient_tol=1e-10,scale_predictors=true",
            "gaussian",
            10,
            marks=_SLOW,
        ),
        pytest.param(
            "glum.glm:family=binomial,alpha=0.1,l1_ratio=0.5,gradient_tol=1e-10", "binomial", 10, marks=_SLOW
        ),
        ("reference.optimum:link=log,family=poisson,l2=0.1", "poisson", 15),
        pytest.param("r.lm", "gaussian", 12, marks=_R),
        pytest.param("r.glm:epsilon=1e-14", "binomial", 10, marks=_R),
        pytest.param("r.glm:family=poisson,epsilon=1e-14", "poisson", 10, marks=_R),
        pytest.param("r.glmnet:family=poisson,lambda=0.1,thresh=1e-20", "poisson", 9, marks=_R),
        pytest.param("r.glmnet:family=gaussian,lambda=0.1,alpha=0.3,thresh=1e-24", "gaussian", 10, marks=_R),
        pytest.param("r.glmnet:family=binomial,lambda=0.1,alpha=0,thresh=1e-20", "binomial", 10, marks=_R),
        pytest.param(f"h2o.glm:family=poisson,lambda_=0,{_TIGHT}", "poisson", 9, marks=_H2O),
        pytest.param(f"h2o.glm:family=gaussian,lambda_=0.1,alpha=0,{_DESCENT}", "gaussian", 10, marks=_H2O),
        pytest.param(f"h2o.glm:family=binomial,lambda_=0.1,alpha=0.5,{_DESCENT}", "binomial", 9, marks=_H2O),
    ],
)
def test_the_optimum_is_the_certified_one(engines: Engines, name: str, target: str, digits: int) -> None:
    side = parse(name)
    takes = model(side.model).by_row
    cases = [{"weights"}, {"offset"}, {"weights", "offset"}]
    for case in (case for case in cases if case <= takes):
        asked = request(
            name, target, WEIGHTS if "weights" in case else None, OFFSET if "offset" in case else None
        )
        result = engines[side.engine].fit(asked)
        assert result.coefficients is not None, (name, case, result.evidence)
        assert result.fingerprint == asked.fingerprint
        if not digits:
            continue
        mine = np.array([result.coefficients.intercept, *result.coefficients.values])
        y = asked.y_train.astype(np.float64)
        best = solve(problem(result.canonical, X, y, (asked.weights, asked.offset)))
        assert best.status is SolutionStatus.CERTIFIED
        expected = [best.intercept, *best.coefficients]
        np.testing.assert_allclose(mine, expected, rtol=0, atol=10.0**-digits, err_msg=f"{name} {case}")
        eta = mine[0] + X_EVAL @ mine[1:] + (OFFSET_EVAL if "offset" in case else 0.0)
        inverse: dict[Any, Any] = {"identity": lambda eta: eta, "log": np.exp, "logit": expit}
        means = inverse[result.canonical["link"]](eta)
        np.testing.assert_allclose(result.score, means, rtol=1e-9, atol=1e-12)


def test_a_penalty_of_the_summed_loss_grows_weaker_with_the_weights(engines: Engines) -> None:
    """Tenfold weights are a tenth of Ridge's penalty; ElasticNet, which takes them as shares, ignores it."""
    ends = {}
    for name in ("sklearn.ridge", "sklearn.elasticnet:alpha=0.1"):
        for factor in (1.0, 10.0):
            result = engines["sklearn"].fit(request(name, "gaussian", factor * WEIGHTS, None))
            assert result.coefficients is not None
            ends[name, factor] = result.canonical["penalty.l2"], result.coefficients.values
    assert ends["sklearn.ridge", 1.0][0] == pytest.approx(1 / WEIGHTS.sum())
    assert ends["sklearn.ridge", 10.0][0] == pytest.approx(0.1 / WEIGHTS.sum())
    one, ten = ends["sklearn.elasticnet:alpha=0.1", 1.0], ends["sklearn.elasticnet:alpha=0.1", 10.0]
    assert one[0] == ten[0]
    np.testing.assert_allclose(one[1], ten[1], rtol=1e-10)


def test_a_penalty_over_the_number_of_rows_is_refused_beside_weights_of_another_mean(
    engines: Engines,
) -> None:
    """statsmodels divides the weighted loss by the number of rows, a scale that no setting describes."""
    name = "statsmodels.glm:add_constant=true,family=poisson,alpha=0.1"
    refused = engines["statsmodels"].fit(request(name, "poisson", WEIGHTS, None))
    assert refused.status is Status.CANNOT_EXPRESS
    assert "give statsmodels.glm:weights=mean_one" in refused.evidence[0]
    result = engines["statsmodels"].fit(request(name, "poisson", WEIGHTS / WEIGHTS.mean(), None))
    assert result.status.usable


def test_models_without_weights_or_offset_say_so() -> None:
    lacking = {m.name for m in models().values() if m.linear and not m.by_row}
    assert "statsmodels.ols" in lacking
    assert {m.name for m in models().values() if not m.linear and m.by_row} == set()


@pytest.mark.parametrize("target", ["poisson", "gamma"])
def test_standard_errors_of_glum_count_a_weight_as_so_many_rows(engines: Engines, target: str) -> None:
    pytest.importorskip("glum", reason="glum is not installed: pip install 'crossframe[glum]'")
    name = f"glum.glm:family={target},robust=false,gradient_tol=1e-12"
    counts = (np.arange(N) % 3 + 1).astype(np.float64)
    weighted = request(name, target, counts, OFFSET)
    again = np.repeat(np.arange(N), counts.astype(int))
    repeated = replace(
        weighted, X_train=X[again], y_train=TARGETS[target][again], weights=None, offset=OFFSET[again]
    )
    one, other = (engines["glum"].fit(asked).inference for asked in (weighted, repeated))
    np.testing.assert_allclose(one.table, other.table, rtol=1e-8)
    assert one.measures["deviance"] == pytest.approx(other.measures["deviance"])
    assert "aic" not in one.measures
