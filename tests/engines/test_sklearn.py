"""scikit-learn's estimators: warnings as evidence, the stopping rule named, settings both ways."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe.engines.base import Status
from crossframe.engines.host import EngineProcess
from crossframe.testing import request


@pytest.fixture(scope="module")
def sklearn():
    process = EngineProcess("sklearn")
    yield process
    process.close()


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
