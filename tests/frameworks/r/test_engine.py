"""R's lm and glm: warnings, aliasing, separation with its proof, missing values."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from crossframe.core.types import fingerprint
from crossframe.frameworks.conformance import request
from crossframe.frameworks.contract import EvalRows, Status
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.r import FRAMEWORK, runtime
from crossframe.frameworks.r.capture import documentation


@pytest.fixture(scope="module")
def r(engines):
    return engines["r"]


def sample(model, X, y, X_eval=None):
    X = np.ascontiguousarray(X, dtype=np.float64)
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    X_eval = X if X_eval is None else X_eval
    evaluation = EvalRows(hashlib.sha256(X_eval.tobytes()).hexdigest(), X_eval, names)
    return replace(
        request(model), X_train=X, y_train=np.asarray(y, dtype=np.int64), names=names, evaluation=evaluation
    )


def test_lm_names_the_aliased_columns(r):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3))
    X = np.column_stack([X, X[:, 0] + X[:, 1]])
    result = r.fit(sample("lm", X, rng.integers(0, 2, 30)))
    assert result.status is Status.RANK_DEFICIENT
    assert result.coefficients.aliased == ("x3",)
    assert np.isnan(result.coefficients.values[3])
    assert any("rank-deficient" in message for message in result.evidence)
    assert "rank 4 of 5" in result.convergence


def test_glm_separation_is_proved_and_warned_of(r):
    x = np.arange(10.0)[:, None]
    result = r.fit(sample("glm", x, (x[:, 0] > 4.5).astype(int)))
    assert result.status is Status.SEPARATED
    assert any("fitted probabilities numerically 0 or 1" in message for message in result.evidence)


@pytest.mark.parametrize(("model", "native"), [("glm", {}), ("glmnet", {"lambda": 0.0, "thresh": 1e-12})])
def test_an_offset_does_not_separate(r, model, native):
    """It puts every row on its own side; the columns are noise, and the optimum is finite."""
    rng = np.random.default_rng(7)
    X, y = rng.normal(size=(60, 2)), rng.integers(0, 2, 60)
    asked = replace(sample(model, X, y), native=native)
    offset = 3.0 * (2 * y - 1)
    rows = replace(asked.evaluation, key="with an offset", offset=offset)
    result = r.fit(replace(asked, offset=offset, evaluation=rows))
    assert ((result.score > 0.5) == y).all()
    assert result.status is Status.CONVERGED
    design = np.column_stack([np.ones(60), X])
    beta = np.concatenate([[result.coefficients.intercept], result.coefficients.values])
    np.testing.assert_allclose(design.T @ (y - 1 / (1 + np.exp(-design @ beta - offset))), 0, atol=1e-3)
    parted = replace(asked, y_train=(X[:, 0] > 0).astype(np.int64), offset=offset, evaluation=rows)
    assert r.fit(parted).status is Status.SEPARATED


def test_the_rows_of_the_proof_are_those_that_were_fitted(r):
    x = np.arange(10.0)[:, None]
    y = x[:, 0] > 4.5
    x[2] = np.nan
    assert "put all 9 rows on their own side" in r.fit(sample("glm", x, y)).convergence


def test_glm_nb_whose_size_runs_away_did_not_converge(r):
    """Counts that vary less than Poisson's have no finite size; the last fit for a given one converges."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(80, 1))
    counts = rng.binomial(6, 1 / (1 + np.exp(-0.2 - 0.3 * X[:, 0]))).astype(np.float64)
    result = r.fit(replace(sample("glm_nb", X, counts), y_train=counts, task="numbers"))
    assert result.convergence.startswith("converged=TRUE, ")
    assert result.convergence.endswith(", theta: iteration limit reached")
    assert result.status is Status.ITERATION_LIMIT


def test_glm_without_separation_agrees_with_an_independent_optimum(r):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(200, 3))
    y = (X @ [1.0, -0.5, 0.0] + rng.logistic(size=200) > 0).astype(int)
    result = r.fit(sample("glm", X, y))
    assert result.status is Status.CONVERGED
    design = np.column_stack([np.ones(200), X])
    beta = np.concatenate([[result.coefficients.intercept], result.coefficients.values])
    gradient = design.T @ (y - 1 / (1 + np.exp(-design @ beta)))
    assert np.abs(gradient).max() < 1e-6


def test_lm_is_least_squares(r):
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(40, 4)), rng.integers(0, 2, 40)
    result = r.fit(sample("lm", X, y))
    beta, *_ = np.linalg.lstsq(np.column_stack([np.ones(40), X]), y, rcond=None)
    np.testing.assert_allclose([result.coefficients.intercept, *result.coefficients.values], beta, rtol=1e-10)
    assert not result.is_probability


def test_settings_reach_r(r):
    x = np.arange(10.0)[:, None]
    asked = sample("glm", x, (x[:, 0] > 4.5).astype(int))
    result = r.fit(replace(asked, native={"maxit": 3, "link": "probit"}))
    assert result.iterations == 3
    assert result.effective["maxit"] == 3
    assert result.canonical["link"] == "probit"
    assert any("did not converge" in message for message in result.evidence)


def test_settings_in_force_come_from_the_fit(r):
    """glm's own rank tolerance, min(1e-7, epsilon / 1000), is not what was asked for."""
    rng = np.random.default_rng(4)
    asked = sample("glm", rng.normal(size=(40, 2)), rng.integers(0, 2, 40))
    plain = r.fit(asked).effective
    assert plain == {
        "method": "glm.fit", "family": "binomial", "link": "logit", "epsilon": 1e-8, "maxit": 25,
        "tol": pytest.approx(1e-11), "na.action": "na.omit", "singular.ok": True,
        "start": None, "etastart": None, "mustart": None,
    }  # fmt: skip
    assert isinstance(plain["maxit"], int)
    tight = r.fit(replace(asked, native={"epsilon": 1e-3, "na.action": "na.fail"})).effective
    assert (tight["epsilon"], tight["tol"], tight["na.action"]) == (1e-3, 1e-7, "na.fail")
    lm = r.fit(replace(sample("lm", asked.X_train, asked.y_train), native={"tol": 1e-5})).effective
    assert lm == {"method": "qr", "tol": 1e-5, "na.action": "na.omit", "singular.ok": True}


def noisy(model, **native):
    rng = np.random.default_rng(8)
    X = rng.normal(size=(60, 3)) * [1.0, 2.0, 0.5]
    y = (X @ [1.0, -0.5, 0.0] + rng.logistic(size=60) > 0).astype(int)
    return replace(sample(model, X, y), native=native)


def test_glmnet_is_read_at_the_end_of_its_path(r):
    whole = r.fit(noisy("glmnet"))
    assert whole.status is Status.CONVERGED
    assert whole.effective["lambda"] is None
    last = whole.effective["s"]
    assert whole.canonical["penalty.strength"] == last == whole.effective["lambda.last"]
    again = r.fit(noisy("glmnet", s=last))
    np.testing.assert_array_equal(whole.score, again.score)
    one = r.fit(noisy("glmnet", **{"lambda": last}))
    np.testing.assert_allclose(whole.score, one.score, atol=1e-3)
    assert set(one.inert) >= {"nlambda", "lambda.min.ratio", "s"}


def test_constants_of_glmnet_do_not_outlive_the_fit(r):
    before = r.fit(noisy("glmnet"))
    short = r.fit(noisy("glmnet", fdev=0.01, devmax=0.2))
    assert (short.effective["fdev"], short.effective["devmax"]) == (0.01, 0.2)
    assert short.effective["s"] > before.effective["s"]
    after = r.fit(noisy("glmnet"))
    assert after.effective == before.effective
    np.testing.assert_array_equal(after.score, before.score)


@pytest.mark.parametrize(
    "beside", [{"penalty.factor": (0, 1, 2)}, {"lower.limits": 0.0, "upper.limits": 0.1}]
)
def test_glmnet_refits_with_the_arguments_of_the_path(r, beside):
    """With exact=TRUE, a fit of its own with that penalty; without these arguments glmnet refuses."""
    tight = {**beside, "thresh": 1e-14, "nlambda": 20}
    exact = r.fit(noisy("glmnet", **tight, s=0.03, exact=True))
    assert exact.status is Status.CONVERGED, exact.evidence
    own = r.fit(noisy("glmnet", **{**tight, "lambda": 0.03}))
    np.testing.assert_allclose(exact.coefficients.values, own.coefficients.values, atol=1e-6)


def test_cv_glmnet_one_row_at_a_time_has_as_many_folds_as_rows(r):
    asked = noisy("cv_glmnet", foldid="leave_one_out", nlambda=5)
    asked = replace(asked, X_train=asked.X_train[:20], y_train=asked.y_train[:20])
    result = r.fit(asked)
    assert (result.effective["nfolds"], result.effective["grouped"]) == (20, False)
    assert result.canonical.get("validation.error") == "rows"
    assert any("grouped=FALSE" in message for message in result.evidence)


def test_glmnet_at_its_limit_of_passes(r):
    result = r.fit(noisy("glmnet", maxit=40))
    assert result.status is Status.ITERATION_LIMIT
    assert any("maxit" in message for message in result.evidence)


def test_nnet_is_its_seeds(r):
    asked = noisy("nnet", size=2, maxit=20)
    first = r.fit(asked)
    assert first.status is Status.ITERATION_LIMIT
    assert first.coefficients is None
    assert first.convergence.startswith("convergence=1, 11 weights")
    other = r.fit(replace(asked, native={**asked.native, "kind": "Wichmann-Hill"}))
    assert other.effective["kind"] == "Wichmann-Hill"
    assert (other.score != first.score).any()
    again = r.fit(replace(asked, native={**asked.native, "seed": 1}, seed=9))
    np.testing.assert_array_equal(first.score, again.score)
    assert again.effective["kind"] == "Mersenne-Twister"
    assert (r.fit(replace(asked, seed=9)).score != first.score).any()


def test_nnet_refuses_more_weights_than_asked_for(r):
    refused = r.fit(noisy("nnet", MaxNWts=40))
    assert refused.status is Status.REFUSED
    assert "too many (41) weights" in refused.evidence[-1]
    assert r.fit(noisy("nnet", MaxNWts=41)).status.usable
    linear = r.fit(noisy("nnet", entropy=False, linout=True))
    assert not linear.is_probability
    assert linear.canonical["architecture.head"] == "linear1"


def test_nnet_minimises_the_formula():
    """The sum of the losses, and decay times the squares of all weights, biases among them."""
    home = runtime.home()
    assert home is not None
    check = """
    set.seed(1); x <- matrix(rnorm(120), 40); y <- as.double(runif(40) < plogis(x[, 1]))
    fit <- nnet::nnet(x, y, size = 3, entropy = TRUE, decay = 0.1, trace = FALSE)
    p <- drop(fit$fitted.values)
    by_hand <- -sum(y * log(p) + (1 - y) * log1p(-p)) + 0.1 * sum(fit$wts^2)
    cat(sprintf("%.12e", abs(fit$value - by_hand) / by_hand))
    """
    done = subprocess.run(
        [home / "bin" / "Rscript", "--vanilla", "-e", check], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 1e-10


@pytest.mark.slow
def test_a_missing_package_takes_its_own_model_only(tmp_path, monkeypatch):
    """A library that holds the packages that every fit needs, and not glmnet."""
    home = runtime.home()
    assert home is not None
    for package in ("digest",):
        held = next(p for p in runtime.libraries(home) if (p / package).is_dir())
        (tmp_path / package).symlink_to(held / package)
    for variable in ("R_LIBS_SITE", "R_LIBS_USER", "R_LIBS"):
        monkeypatch.setenv(variable, str(tmp_path))
    process = EngineProcess("r")
    try:
        result = process.fit(noisy("glmnet"))
        assert result.status is Status.ENGINE_MISSING
        assert "R has no package glmnet" in result.evidence[0]
        assert "glmnet" in result.evidence[0].partition(";")[2]
        assert process.call("defaults", "glmnet") == ()
        assert process.call("probe").available
        assert process.call("defaults", "lm")
        for model in ("lm", "glm"):
            assert process.fit(noisy(model)).status is Status.CONVERGED
    finally:
        process.close()


def test_defaults_are_rs_own_values(r):
    declared = {d.qualified: d.value for m in FRAMEWORK.all_models() for d in r.call("defaults", m.short)}
    assert declared["lm.fit.tol"] == 1e-7
    assert declared["lm.singular.ok"] is True
    assert declared["glm.family"] == "gaussian"
    assert declared["glm.formula"] is None
    assert declared["glmnet.lower.limits"] == -np.inf
    assert declared["glmnet.lambda.min.ratio"] == "ifelse(nobs < nvars, 0.01, 1e-04)"
    assert declared["nnet.default.size"] is None
    manual = "https://stat.ethz.ch/R-manual/R-patched/library/stats/html"
    assert documentation("lm.fit", "tol", "4.2.2") == f"{manual}/lmfit.html"
    assert documentation("glm.control", "maxit", "4.2.2") == f"{manual}/glm.control.html"
    for model in FRAMEWORK.all_models():
        for owner in model.callables:
            assert documentation(owner, "", "4.2.2").startswith("https://")


def test_what_predict_refuses_is_rs_own_message(r):
    rng = np.random.default_rng(5)
    X, y = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)
    asked = sample("glm", X, y)
    wide = EvalRows("another", rng.normal(size=(5, 3)), ("a", "b", "c"))
    refused = r.fit(replace(asked, evaluation=wide))
    assert refused.status is Status.REFUSED
    assert "nmatrix.2" in refused.evidence[-1]
    assert r.fit(asked).status is Status.CONVERGED


def test_the_users_workspace_and_profile_change_nothing(tmp_path, monkeypatch):
    home = runtime.home()
    assert home is not None
    spoil = (
        "lm <- glm <- predict <- coef <- function(...) stop('the one in .RData')\n"
        "save(lm, glm, predict, coef, file = '.RData')\n"
    )
    subprocess.run([home / "bin" / "Rscript", "--vanilla", "-e", spoil], cwd=tmp_path, check=True)
    (tmp_path / ".Rprofile").write_text("options(na.action = 'na.fail')\n")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(6)
    X, y = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)
    X[3, 1] = np.nan
    process = EngineProcess("r")
    try:
        for model in ("lm", "glm"):
            result = process.fit(sample(model, X, y))
            assert result.status is Status.CONVERGED, result.evidence
            assert result.effective["na.action"] == "na.omit"
    finally:
        process.close()


def test_missing_values_are_rs_own_affair(r):
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)
    X[3, 1] = np.nan
    result = r.fit(sample("glm", X, y))
    assert result.status is Status.CONVERGED
    assert any("1 rows omitted by na.action" in message for message in result.evidence)
    assert np.isnan(result.score[3])
    assert result.labels[3] == -1
    assert result.fingerprint == fingerprint(X, y)
    refused = r.fit(replace(sample("glm", X, y), settings={"missing": "error"}))
    assert refused.status is Status.REFUSED
    assert "missing values" in refused.evidence[-1]


def test_a_large_table_is_hashed_as_r_holds_it(r):
    rng = np.random.default_rng(4)
    X = rng.normal(size=(180_000, 6))
    X[0] = [-0.0, np.nan, 1.0, 2.0, 3.0, 4.0]
    y, weights = rng.integers(0, 2, len(X)), rng.integers(1, 3, len(X)).astype(np.float64)
    asked = replace(sample("lm", X, y, X[:10]), task="numbers", y_train=y.astype(np.float64), weights=weights)
    result = r.fit(asked)
    assert result.status is Status.CONVERGED, result.evidence
    assert result.fingerprint == fingerprint(X, y, weights)
    changed = r.fit(replace(asked, X_train=np.where(X == 4.0, 5.0, X)))
    assert changed.fingerprint != result.fingerprint
