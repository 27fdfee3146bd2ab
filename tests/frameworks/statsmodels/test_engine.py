"""statsmodels' fits: their numbers beside R's, the penalties of the formula, and how a fit ends."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray
from crossframe.frameworks.conformance import request
from crossframe.frameworks.contract import EvalRows, FitRequest, FitResult, Status
from crossframe.frameworks.model import Program
from crossframe.frameworks.registry import model as registered
from crossframe.frameworks.registry import versions
from crossframe.frameworks.statsmodels import FRAMEWORK
from tests.running import Engines
from tests.settings.test_in_force import gradient, small


def fit(engines: Engines, model: str, **native: Any) -> FitResult:
    result: FitResult = engines[model.partition(".")[0]].fit(small(model, {}, **native))
    return result


def on(asked: FitRequest, X: FloatArray, y: Any = None, **fields: Any) -> FitRequest:
    """The request on other rows."""
    X = np.ascontiguousarray(X)
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    evaluation = EvalRows(hashlib.sha256(X.tobytes()).hexdigest(), X, names)
    target = asked.y_train if y is None else y
    return replace(asked, X_train=X, y_train=target, names=names, evaluation=evaluation, **fields)


def all_of(result: FitResult) -> FloatArray:
    assert result.coefficients is not None, result.evidence
    return np.array([result.coefficients.intercept, *result.coefficients.values])


@pytest.mark.parametrize(
    ("model", "native", "theirs", "digits"),
    [
        ("statsmodels.logit", {}, "r.glm", 10),
        # Where the deviance stands still, Fisher scoring of another link has half its digits.
        ("statsmodels.probit", {}, "r.glm:probit", 7),
        ("statsmodels.glm", {"link": "cloglog", "tol": 1e-14}, "r.glm:cloglog", 7),
        ("statsmodels.glm", {"family": "gaussian"}, "r.lm", 10),
        ("statsmodels.ols", {}, "r.lm", 10),
        ("statsmodels.ols", {"method": "qr"}, "r.lm", 10),
    ],
)
def test_one_optimum_in_statsmodels_and_r(
    engines: Engines, model: str, native: dict[str, Any], theirs: str, digits: int
) -> None:
    name, _, link = theirs.partition(":")
    tight = {"epsilon": 1e-14, "maxit": 100, "link": link or "logit"} if name == "r.glm" else {}
    ours, other = fit(engines, model, add_constant=True, **native), fit(engines, name, **tight)
    np.testing.assert_allclose(all_of(ours), all_of(other), rtol=10.0**-digits)
    np.testing.assert_allclose(ours.score, other.score, rtol=10.0**-digits)


@pytest.mark.parametrize(
    ("model", "given", "native"),
    [
        ("statsmodels.logit", {"penalty.l1": 0.05}, {"acc": 1e-16}),
        ("statsmodels.logit", {"penalty.l1": 0.05, "penalty.intercept": 0.25}, {"acc": 1e-16}),
        ("statsmodels.glm", {"penalty.l1": 0.05, "penalty.l2": 0.2}, {"maxiter": 1000}),
        ("statsmodels.glm", {"penalty.l2": 0.2, "penalty.intercept": 0.25}, {}),
        ("statsmodels.ols", {"penalty.l1": 0.02, "penalty.l2": 0.2, "penalty.intercept": 1.0}, {}),
        ("statsmodels.ols", {"penalty.l2": 0.2, "penalty.intercept": 0.25}, {}),
    ],
)
def test_the_penalty_of_the_formula_is_minimised(
    engines: Engines, model: str, given: dict[str, float], native: dict[str, Any]
) -> None:
    asked = small(model, given, add_constant=True, **native)
    result = engines["statsmodels"].fit(asked)
    assert result.status.usable, result.evidence
    l1, l2, weight = (given.get(f"penalty.{part}", 0.0) for part in ("l1", "l2", "intercept"))
    for name, value in given.items():
        assert result.canonical[name] == pytest.approx(value), name
    beta = all_of(result)
    of_intercept, slope = gradient(result, asked)
    loss = np.array([of_intercept, *slope])
    pulls = np.array([weight, 1.0, 1.0, 1.0])
    # Where a coefficient is 0, the gradient of the loss is within the lasso's.
    free = beta != 0
    np.testing.assert_allclose(
        (loss + l2 * pulls * beta + l1 * np.sqrt(pulls) * np.sign(beta))[free], 0, atol=2e-5
    )
    assert (np.abs(loss[~free]) <= l1).all()


@pytest.mark.parametrize(("short", "method"), [
    (m.short, method) for m in FRAMEWORK.all_models() for b in m.bindings if b.param == "method"
    for method in b.kind.options
])  # fmt: skip
def test_the_defaults_in_force_are_those_that_act(engines: Engines, short: str, method: str) -> None:
    """A fit that is given every value in force is the same to the bit."""
    name = f"statsmodels.{short}"
    plain = fit(engines, name, method=method, add_constant=True)
    passed = {k: v for k, v in plain.effective.items() if v is not None and k not in plain.inert}
    again = fit(engines, name, **passed)
    assert plain.score is not None
    np.testing.assert_array_equal(plain.score, again.score)
    assert again.effective == plain.effective


def test_a_ridge_of_glms_gaussian_family_is_refused_with_the_remedy() -> None:
    spelled = [
        ({}, {"alpha": 0.1, "L1_wt": 0.0, "family": "gaussian"}),
        ({"penalty.l2": 0.1}, {"link": "identity"}),
    ]
    for given, native in spelled:
        with pytest.raises(UsageError, match="an estimate of the dispersion") as caught:
            registered("statsmodels.glm").to_native(given, native, 50)
        assert caught.value.hint == "give statsmodels.ols"


@pytest.mark.parametrize("model", ["statsmodels.logit", "statsmodels.probit", "statsmodels.glm"])
def test_separated_classes_are_proved_to_be(engines: Engines, model: str) -> None:
    asked = small(model, {}, add_constant=True)
    y = (asked.X_train[:, 0] > 0.1).astype(np.int64)
    result = engines["statsmodels"].fit(on(asked, asked.X_train[:, :1], y))
    assert result.status is Status.SEPARATED, result
    assert "own side of 0" in result.convergence
    assert {line.partition(":")[0] for line in result.evidence} & {
        "PerfectSeparationWarning",
        "ConvergenceWarning",
    }


@pytest.mark.parametrize("model", ["logit", "probit"])
def test_separation_is_proved_where_newtons_method_ends_in_an_error(engines: Engines, model: str) -> None:
    """By the coefficients of its last iteration; ``fit`` itself raises."""
    result = engines["statsmodels"].fit(request(model, rows=20))
    assert result.status is Status.SEPARATED, result
    names = [line.partition(":")[0] for line in result.evidence]
    assert names == ["PerfectSeparationWarning", "LinAlgError"]
    overlapping = small(f"statsmodels.{model}", {})
    twice = np.column_stack([overlapping.X_train, np.zeros(60)])
    refused = engines["statsmodels"].fit(replace(on(overlapping, twice), native={"ridge_factor": 0.0}))
    assert refused.status is Status.REFUSED
    assert refused.evidence == ("LinAlgError: Singular matrix",)


def test_an_optimiser_that_gives_up_says_so(engines: Engines) -> None:
    result = fit(engines, "statsmodels.logit", maxiter=2)
    assert (result.status, result.iterations) == (Status.ITERATION_LIMIT, 2)
    assert result.convergence == "newton: 2 of at most 2 iterations"
    assert result.evidence[0].startswith("ConvergenceWarning: Maximum Likelihood optimization failed")
    short = fit(engines, "statsmodels.glm", maxiter=1)
    assert (short.status, short.iterations) == (Status.ITERATION_LIMIT, 1)


def test_a_ridge_of_glm_that_may_have_failed_did_not_converge(engines: Engines) -> None:
    """Its results have no word of it, only a warning: here one column is a hundred times the other."""
    native = {"add_constant": True, "family": "poisson", "method": "elastic_net", "alpha": 0.1, "L1_wt": 0.0}
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 2))
    asked = replace(small("statsmodels.glm", {}, **native), task="numbers")
    counts = rng.poisson(np.exp(0.3 * X[:, 0])).astype(float)
    assert engines["statsmodels"].fit(on(asked, X, counts)).status is Status.CONVERGED
    failed = engines["statsmodels"].fit(on(asked, X * [1, 100] + [0, 500], counts))
    assert failed.status is Status.NOT_CONVERGED, failed
    assert "did not converge; GLM ridge optimization may have failed" in failed.convergence


def test_wls_does_not_report_the_end_of_coordinate_descent(engines: Engines) -> None:
    native = {"method": "elastic_net", "alpha": 0.1, "L1_wt": 0.5, "maxiter": 1}
    assert fit(engines, "statsmodels.ols", **native).status is Status.NOT_CONVERGED
    result = fit(engines, "statsmodels.wls", **native)
    assert result.convergence == "elastic_net: statsmodels does not report whether it converged"
    ridge = fit(engines, "statsmodels.wls", method="elastic_net", alpha=0.1, L1_wt=0.0)
    assert ridge.convergence == "elastic_net: converged"


def test_rows_with_missing_features(engines: Engines) -> None:
    asked = small("statsmodels.glm", {}, add_constant=True)
    X = asked.X_train.copy()
    X[[3, 5], 0] = np.nan
    for missing in ("none", "raise"):
        refused = engines["statsmodels"].fit(replace(on(asked, X), native={"missing": missing}))
        assert refused.status is Status.REFUSED
        assert refused.evidence[-1].startswith("MissingDataError: ")
    dropped = engines["statsmodels"].fit(replace(on(asked, X), native={"missing": "drop"}))
    assert "2 rows left out by missing=drop" in dropped.evidence
    assert dropped.train_score is not None
    assert dropped.train_labels is not None
    assert np.flatnonzero(np.isnan(dropped.train_score)).tolist() == [3, 5]
    assert dropped.train_labels[[3, 5]].tolist() == [-1, -1]
    complete = engines["statsmodels"].fit(
        replace(on(asked, np.delete(X, [3, 5], 0), np.delete(asked.y_train, [3, 5])), native={})
    )
    np.testing.assert_array_equal(all_of(dropped), all_of(complete))


def test_collinear_columns(engines: Engines) -> None:
    """A pseudoinverse gives the coefficients of least norm, the constant's among them."""
    asked = small("statsmodels.ols", {}, add_constant=True)
    level = np.arange(60) % 3
    dummies = np.column_stack([(level == k).astype(float) for k in range(3)])
    result = engines["statsmodels"].fit(on(asked, dummies))
    assert result.convergence == "pinv: rank 3 of 4 columns"
    assert any(line.startswith("SingularMatrixWarning") for line in result.evidence)
    assert result.canonical["collinear"] == "minimum_norm_with_intercept"
    exog = np.column_stack([np.ones(60), dummies])
    np.testing.assert_allclose(all_of(result), np.linalg.pinv(exog) @ asked.y_train, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "arguments", "numbers"),
    [
        ("statsmodels.logit", {"add_constant": True}, False),
        ("statsmodels.logit", {"add_constant": True, "method": "l1", "alpha": 2, "alpha_const": 0.0}, False),
        ("statsmodels.probit", {"method": "bfgs", "gtol": 1e-8}, False),
        ("statsmodels.glm", {"add_constant": True, "link": "cloglog", "start_params": "zeros"}, False),
        ("statsmodels.glm", {"add_constant": True}, True),
        ("statsmodels.ols", {"method": "elastic_net", "alpha": 0.1, "L1_wt": 0.5}, True),
    ],
)
def test_a_program_gives_the_scores_of_the_engine(
    engines: Engines, tmp_path: Path, model: str, arguments: dict[str, Any], numbers: bool
) -> None:
    asked = replace(small(model, {}), task="numbers" if numbers else "classes", native=arguments)
    if numbers:
        asked = replace(asked, y_train=asked.X_train @ [1.0, 2.0, 3.0] + asked.y_train)
    rows = np.column_stack([asked.X_train, asked.y_train])
    np.savetxt(tmp_path / "t.csv", rows, fmt="%.17g", delimiter=",", header="a,b,c,y", comments="")
    write = registered(model).program
    assert write is not None
    positive = "" if numbers else 1
    wanted = Program(model, arguments, "t.csv", "y", positive, "s.txt", versions("statsmodels"), "A test.")
    (tmp_path / "p.py").write_text(write(wanted), encoding="utf-8")
    subprocess.run([sys.executable, "p.py"], cwd=tmp_path, check=True, timeout=120)
    np.testing.assert_allclose(
        np.loadtxt(tmp_path / "s.txt"), engines["statsmodels"].fit(asked).score, rtol=1e-12
    )
