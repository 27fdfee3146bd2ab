"""`reference.mlp` for a target of numbers, against the frameworks whose rules it has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.explain.reference_network import completed, reference_network
from crossframe.frameworks.conformance import request
from crossframe.frameworks.contract import FitRequest, FitResult, Status
from crossframe.frameworks.registry import model
from tests.running import Engines


def asked(name: str, native: dict[str, Value], settings: dict[str, Value] | None = None) -> FitRequest:
    """The digits of the conformance kit, with a number to predict in place of their classes."""
    plain = request(name.partition(".")[2], native=native, settings=settings or {}, seed=7)
    X = plain.X_train
    y = 10 + X[:, 20] / 4 + np.sin(X[:, 30]) * 3 + np.random.default_rng(3).normal(size=len(X))
    return replace(plain, y_train=np.round(y, 2), task="numbers")


def both(engines: Engines, name: str, native: dict[str, Value]) -> tuple[FitResult, FitResult]:
    """A framework's fit, and the reference trainer's from its settings in force."""
    theirs = engines[name.partition(".")[0]].fit(asked(name, native))
    made = reference_network(theirs.canonical, "reference")
    return theirs, engines["reference"].fit(asked("reference.mlp", dict(made.native), dict(made.settings)))


def assert_equal(theirs: FitResult, ours: FitResult, tolerance: float) -> None:
    assert (ours.status, ours.epochs) == (theirs.status, theirs.epochs)
    assert not ours.is_probability
    assert not theirs.is_probability
    assert ours.labels is theirs.labels is None
    np.testing.assert_allclose(ours.score, theirs.score, rtol=0, atol=tolerance)
    np.testing.assert_allclose(ours.train_score, theirs.train_score, rtol=0, atol=tolerance)


GIVEN: dict[str, Value] = {"initial_weights": "given:1", "shuffle": False}
SMALL: dict[str, Value] = {**GIVEN, "hidden_layer_sizes": (5, 4), "activation": "tanh", "max_iter": 20}


@pytest.mark.parametrize(
    "native",
    [
        {"alpha": 5.0, "batch_size": 10},
        {"solver": "sgd", "alpha": 0.5, "learning_rate_init": 0.01, "nesterovs_momentum": False},
        {"loss": "poisson", "learning_rate_init": 0.01},
        {"max_iter": 500, "learning_rate_init": 0.02, "tol": 0.05, "n_iter_no_change": 3},
        {"loss": "poisson", "max_iter": 500, "learning_rate_init": 0.02, "tol": 0.01, "n_iter_no_change": 3},
    ],
    ids=str,
)
def test_mlp_regressor_update_by_update(engines: Engines, native: dict[str, Value]) -> None:
    theirs, ours = both(engines, "sklearn.mlp_regressor", {**SMALL, **native})
    assert_equal(theirs, ours, 1e-9)
    assert (theirs.status is Status.STOPPED_EARLY) is ("tol" in native)


KERAS: dict[str, Value] = {
    **GIVEN, "hidden": (5, 4), "activation": "tanh", "dropout": 0.0, "epochs": 10, "floatx": "float64",
}  # fmt: skip


@pytest.mark.xdist_group("keras")
@pytest.mark.parametrize(
    "native",
    [
        {"optimizer": "sgd", "learning_rate": 0.002, "kernel_l2": 0.1, "loop": "graph"},
        pytest.param({"kernel_l1": 0.01, "bias_l2": 0.0, "batch_size": 9}, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_keras_update_by_update(engines: Engines, native: dict[str, Value]) -> None:
    # Its penalties are numbers of single precision.
    assert_equal(*both(engines, "keras.mlp", {**KERAS, **native}), 1e-7)


H2O: dict[str, Value] = {"hidden": (5, 4), "activation": "Tanh", "epochs": 6.0, "reproducible": True}


@pytest.mark.xdist_group("h2o")
@pytest.mark.parametrize(
    "native",
    [
        {"adaptive_rate": False, "rate": 0.001, "l1": 1e-3, "l2": 1e-2},
        *(
            pytest.param(each, marks=pytest.mark.slow)
            for each in (
                {},
                {"standardize": False, "initial_weights": "given:1"},
                {"activation": "Rectifier", "l2": 1e-3},
                {"adaptive_rate": False, "rate": 0.01, "epochs": 60.0, "regression_stop": 2.0},
                {"epochs": 50.0, "stopping_rounds": 2, "stopping_tolerance": 0.1},
                {"activation": "TanhWithDropout", "input_dropout_ratio": 0.2},
            )
        ),
    ],
    ids=str,
)
def test_h2o_from_its_settings_in_force_and_the_seed(engines: Engines, native: dict[str, Value]) -> None:
    theirs, ours = both(engines, "h2o.mlp", {**H2O, **native})
    assert_equal(theirs, ours, 1e-12)
    if "regression_stop" in native:
        assert theirs.convergence.startswith("regression_stop: training mean squared error")
        assert ours.convergence.startswith("regression_stop after")
    assert (theirs.canonical["loss.scale"], theirs.canonical["penalty.l2"]) == (
        "full", float(str(native.get("l2", 0.0))) / 2,
    )  # fmt: skip
    scaled = "none" if "standardize" in native else "sd_n-1"
    assert theirs.canonical["target.standardize"] == scaled


def test_a_loss_that_its_output_layer_does_not_go_with_is_refused() -> None:
    settings: dict[str, Value] = {"architecture.head": "sigmoid1", "loss": "squared_error"}
    with pytest.raises(UsageError, match=r"no loss=squared_error with architecture\.head=sigmoid1"):
        completed(settings)


@pytest.mark.parametrize("name", ["reference.mlp", "keras.mlp", "r.nnet", "h2o.mlp", "sklearn.mlp_regressor"])
def test_networks_that_take_numbers(name: str) -> None:
    this = model(name)
    assert this.takes({}, {}, "numbers")
    assert this.takes({}, {}, "classes")
    wrong: dict[str, Any] = {
        "reference.mlp": {"architecture.head": "softmax2"}, "keras.mlp": {"head": "sigmoid1"},
        "r.nnet": {"entropy": True, "linout": False},
    }  # fmt: skip
    if name in wrong:
        assert not this.takes({}, wrong[name], "numbers")
    assert not model("sklearn.mlp").takes({}, {}, "numbers")
