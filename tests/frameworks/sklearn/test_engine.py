"""scikit-learn's estimators: warnings as evidence, the stopping rule named, settings both ways."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from crossframe.frameworks.conformance import request
from crossframe.frameworks.contract import Status
from crossframe.frameworks.sklearn import FRAMEWORK, capture


@pytest.fixture(scope="module")
def sklearn(engines):
    return engines["sklearn"]


@pytest.mark.parametrize("solver", ["lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"])
def test_every_solver(sklearn, solver):
    result = sklearn.fit(request("logistic", native={"solver": solver, "max_iter": 5000}, rows=60))
    assert result.canonical["solver.algorithm"] == solver
    assert result.status in (Status.CONVERGED, Status.ITERATION_LIMIT)
    assert ("intercept_scaling" in result.inert) == (solver != "liblinear")


def test_convergence_warning_is_evidence(sklearn):
    result = sklearn.fit(request("logistic", native={"max_iter": 2}))
    assert result.status is Status.ITERATION_LIMIT
    assert result.evidence[0].startswith("ConvergenceWarning")


def test_c_and_lambda_are_one_setting(sklearn):
    by_c = sklearn.fit(request("logistic", native={"C": 0.05}))
    by_lambda = sklearn.fit(request("logistic", settings={"penalty.l2": 1 / (20 * 0.05)}))
    np.testing.assert_array_equal(by_c.score, by_lambda.score)
    assert by_c.canonical["penalty.l2"] == pytest.approx(1.0)


def test_mlp_tells_what_ended_training(sklearn):
    early = sklearn.fit(request("mlp", native={"hidden_layer_sizes": (16,), "tol": 0.5}))
    assert early.status is Status.STOPPED_EARLY
    assert early.epochs < early.epochs_asked == 200
    whole = sklearn.fit(request("mlp", native={"hidden_layer_sizes": (16,), "max_iter": 7, "batch_size": 8}))
    assert whole.status is Status.COMPLETED
    assert whole.updates == 7 * 3


def test_missing_values_are_refused_in_its_words(sklearn):
    asked = request("logistic")
    asked.X_train[0, 0] = np.nan
    result = sklearn.fit(asked)
    assert result.status is Status.REFUSED
    assert "NaN" in result.evidence[0]


def test_a_solver_that_gives_up_is_not_at_its_limit(sklearn):
    """The line search of lbfgs finds no step along gradients that are this large."""
    asked = request("logistic", columns=(20, 21, 28), rows=60)
    result = sklearn.fit(replace(asked, X_train=asked.X_train * 1e150))
    assert any("ABNORMAL" in message for message in result.evidence)
    assert result.iterations < 100
    assert result.status is Status.NOT_CONVERGED
    assert "lbfgs failed to converge" in result.convergence


def test_diverging_weights_are_a_status(sklearn):
    huge = {"solver": "sgd", "learning_rate_init": 1e200, "max_iter": 20, "activation": "identity"}
    result = sklearn.fit(request("mlp", native=huge))
    assert result.status is Status.DIVERGED
    assert "non-finite" in result.evidence[-1]
    assert any(message.startswith("RuntimeWarning") for message in result.evidence[:-1])


def test_early_stopping_sets_rows_aside(sklearn):
    native = {
        "hidden_layer_sizes": (4,), "early_stopping": True, "validation_fraction": 0.25, "batch_size": 5,
        "n_iter_no_change": 2,
    }  # fmt: skip
    result = sklearn.fit(request("mlp", native=native, rows=22))
    assert result.status is Status.STOPPED_EARLY
    assert result.convergence.startswith("validation score did not improve")
    # 22 - ceil(5.5) = 16 rows, 4 batches of at most 5.
    assert result.updates == result.epochs * 4


def test_the_patience_of_a_network_is_an_epoch_longer(sklearn):
    """No epoch meets the tolerance: of a network all but one of those trained brought nothing, of SGD all."""
    never = {"tol": 1e6, "n_iter_no_change": 3}
    network = sklearn.fit(request("mlp", native={**never, "hidden_layer_sizes": (4,)}))
    assert (network.epochs, "for 4 epochs, after 5 of" in network.convergence) == (5, True), network
    descent = sklearn.fit(request("sgd", native=never))
    assert (descent.epochs, "for 3 epochs, after 4 of" in descent.convergence) == (4, True), descent


@pytest.mark.parametrize(
    ("solver", "most", "status", "words"),
    [
        ("lsqr", 2, Status.ITERATION_LIMIT, "lsqr: 2 iterations"),
        ("lsqr", 1000, Status.CONVERGED, "iterations"),
        ("sparse_cg", 2, Status.CONVERGED, "reports neither its iterations nor whether it converged"),
        ("lbfgs", 1000, Status.CONVERGED, "lbfgs: iterations not reported"),
        ("cholesky", 2, Status.CONVERGED, "cholesky, in one step"),
    ],
)
def test_ridge_at_the_limit_of_a_solver_that_does_not_warn(sklearn, solver, most, status, words):
    native = {"solver": solver, "max_iter": most, "tol": 1e-10, "positive": solver == "lbfgs"}
    result = sklearn.fit(request("ridge", native=native, rows=60))
    assert result.status is status
    assert words in result.convergence


@pytest.mark.parametrize("model", ["logistic", "logistic_cv"])
def test_rows_without_a_class_have_no_coefficients(sklearn, model):
    """Whichever class it is; as in statsmodels and R."""
    native = {"logistic_cv": {"Cs": 2, "cv": 2}}.get(model, {})
    whole = request(model, classes=4, rows=60, native=native)
    assert sklearn.fit(whole).class_coefficients.shape == (1 + whole.X_train.shape[1], 4)
    for missing in ([3], [1], [2, 3]):
        kept = ~np.isin(whole.y_train, missing)
        asked = replace(whole, X_train=whole.X_train[kept], y_train=whole.y_train[kept])
        result = sklearn.fit(asked)
        assert (result.coefficients, result.class_coefficients) == (None, None)
        assert result.score.shape == (80, 4)
        assert not result.score[:, missing].any()


def test_separation_is_claimed_without_a_penalty_only(sklearn):
    free = sklearn.fit(request("logistic", native={"C": float("inf")}))
    assert free.status is Status.SEPARATED
    assert "all 20 rows on their own side of 0" in free.convergence
    assert sklearn.fit(request("logistic")).status is Status.CONVERGED


def test_sgd_tells_what_ended_training(sklearn):
    early = sklearn.fit(request("sgd", native={"early_stopping": True, "validation_fraction": 0.25}, rows=22))
    assert early.status is Status.STOPPED_EARLY
    assert early.convergence.startswith("validation score did not improve")
    assert early.updates == early.epochs * 16
    assert early.effective["loss"] == "log_loss"
    whole = sklearn.fit(request("sgd", native={"max_iter": 3, "tol": 0.0}))
    assert whole.status is Status.COMPLETED
    assert whole.updates == 60
    assert any(message.startswith("ConvergenceWarning") for message in whole.evidence)


def test_a_loss_without_probability_labels_by_sign(sklearn):
    result = sklearn.fit(request("sgd", native={"loss": "hinge"}))
    assert not result.is_probability
    assert result.threshold == 0.0
    assert "decision.threshold" not in result.canonical
    np.testing.assert_array_equal(result.labels, result.score > 0)
    assert sklearn.fit(request("sgd", native={"loss": "modified_huber"})).is_probability


def test_overflow_of_sgd_is_a_status(sklearn):
    asked = request("sgd", native={"learning_rate": "constant", "eta0": 1e200, "loss": "squared_error"})
    result = sklearn.fit(replace(asked, X_train=asked.X_train * 1e100))
    assert result.status is Status.DIVERGED, result


def test_liblinear_without_an_intercept(sklearn):
    result = sklearn.fit(request("logistic", native={"solver": "liblinear", "fit_intercept": False}))
    assert result.coefficients.intercept == 0.0
    assert "intercept_scaling" in result.inert


def test_what_a_solver_cannot_minimise_is_refused(sklearn):
    for native in ({"l1_ratio": 0.5}, {"dual": True}):
        result = sklearn.fit(request("logistic", native=native))
        assert result.status is Status.REFUSED
        assert "lbfgs supports only" in result.evidence[-1]


def test_the_seed_of_the_request_is_the_default_only(sklearn):
    native = {"hidden_layer_sizes": (4,), "max_iter": 3}
    by_request = sklearn.fit(request("mlp", native=native, seed=5))
    given = sklearn.fit(request("mlp", native={**native, "random_state": 5}, seed=1))
    np.testing.assert_array_equal(by_request.score, given.score)
    assert by_request.canonical["seed"] == given.canonical["seed"] == 5


def test_defaults_name_every_callable(sklearn):
    declared = {d.qualified: d for d in sklearn.call("defaults", "sgd")}
    assert declared["SGDClassifier.loss"].value == "hinge"
    assert declared["SGDClassifier.loss"].provenance == "SGDClassifier().get_params()"
    assert declared["SGDClassifier.fit.X"].value is None


@pytest.mark.slow
def test_capture_runs_alone():
    """As it is run in an environment that has scikit-learn and nothing of crossframe."""
    estimators = [where for model in FRAMEWORK.all_models() for where in model.callables]
    command = [sys.executable, "-I", capture.__file__, *estimators, "sklearn.linear_model:NotInThisRelease"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    read = json.loads(done.stdout)
    assert read == capture.capture(estimators)
    assert read["callables"]["Ridge.fit"]["parameters"]["sample_weight"] is None
    assert len(read["callables"]) == 2 * len(set(estimators))
    page = capture.documentation("LogisticRegression", "C", "1.4.2")
    assert page.endswith("/1.4/modules/generated/sklearn.linear_model.LogisticRegression.html")


def test_without_separation_nothing_is_claimed(sklearn):
    rng = np.random.default_rng(1)
    asked = request("logistic", native={"C": float("inf")}, columns=(20, 21), rows=60)
    X = rng.normal(size=(60, 2))
    y = (X[:, 0] + rng.logistic(size=60) > 0).astype(np.int64)
    assert sklearn.fit(replace(asked, X_train=X, y_train=y)).status is Status.CONVERGED
