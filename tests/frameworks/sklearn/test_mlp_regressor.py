"""MLPRegressor: one file of the folder, for numbers and for two classes that are fitted as 0 and 1."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
from sklearn.neural_network import MLPRegressor

from crossframe.audit.samples import SAMPLES
from crossframe.core.types import Task
from crossframe.frameworks.contract import EngineConfig, EvalRows, FitRequest, FitResult, Status
from crossframe.frameworks.sklearn.engine import Sklearn

X, CLASSES, X_EVAL = SAMPLES["plain"]()
NUMBERS = 5 + X @ (1.0, 0.5, 0.0, 0.0) + np.sin(3 * X[:, 0])
NAMES = ("a", "b", "c", "d")
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 30, "random_state": 3}


def fit(target: np.ndarray, task: Task, tmp_path: Any, **native: Any) -> FitResult:
    rows = EvalRows(hashlib.sha256(X_EVAL.tobytes()).hexdigest(), X_EVAL, NAMES)
    asked = FitRequest("mlp_regressor", {}, {**SMALL, **native}, X, target, NAMES, rows, task=task)
    return Sklearn(EngineConfig(tmp_path, threads=1)).fit(asked)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_it_is_the_estimator_itself(tmp_path: Any, loss: str) -> None:
    made = fit(NUMBERS, "numbers", tmp_path, loss=loss, alpha=2.0)
    own = MLPRegressor(loss=loss, alpha=2.0, **SMALL)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        own.fit(X, NUMBERS)
    np.testing.assert_array_equal(made.score, own.predict(X_EVAL))
    assert made.labels is made.threshold is None
    assert not made.is_probability
    assert (made.status, made.epochs) == (Status.COMPLETED, 30)
    assert made.canonical["loss"] == loss
    assert made.canonical["penalty.l2"] == pytest.approx(2.0 / len(X))


def test_two_classes_are_labelled_above_one_half(tmp_path: Any) -> None:
    made = fit(CLASSES, "classes", tmp_path)
    assert made.labels is not None
    assert made.score is not None
    np.testing.assert_array_equal(made.labels, made.score > 0.5)
    assert made.threshold == 0.5


def test_a_poisson_loss_refuses_numbers_below_zero(tmp_path: Any) -> None:
    made = fit(NUMBERS - 100, "numbers", tmp_path, loss="poisson")
    assert not made.status.usable
