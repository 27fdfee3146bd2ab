"""Initial weights ``given:K``: the same in every framework, received bit for bit, and started from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Value
from crossframe.frameworks.conformance import request
from crossframe.frameworks.contract import FitRequest, FitResult, Status
from crossframe.frameworks.initial_weights import ALTERED, fingerprint, initial_weights, received
from crossframe.frameworks.registry import model
from tests.running import Engines

COLUMNS = (20, 21, 28, 36, 43)
HIDDEN = (4, 3)
NO_STEP: dict[str, dict[str, Value]] = {
    "sklearn": {"hidden_layer_sizes": HIDDEN, "activation": "tanh", "solver": "sgd",
                "learning_rate_init": 1e-300, "max_iter": 1},
    "reference": {"architecture.hidden": HIDDEN, "architecture.activation": "tanh",
                  "optimizer.rule": "sgd", "optimizer.learning_rate": 0.0, "epochs": 1.0},
    "keras": {"hidden": HIDDEN, "activation": "tanh", "dropout": 0.0, "optimizer": "sgd",
              "learning_rate": 0.0, "epochs": 1, "floatx": "float64", "loop": "graph"},
    "rkeras": {"hidden": HIDDEN, "activation": "tanh", "dropout": 0.0, "optimizer": "sgd",
               "learning_rate": 0.0, "epochs": 1, "floatx": "float64", "loop": "graph"},
    "h2o": {"hidden": HIDDEN, "activation": "Tanh", "adaptive_rate": False, "rate": 0.0, "epochs": 1.0,
            "reproducible": True, "standardize": False},
}  # fmt: skip
"""Networks whose weights stay where they start."""


def asked(engine: str, source: str = "given:7", **native: Value) -> FitRequest:
    return request(
        "mlp",
        native={**NO_STEP[engine], **native},
        settings={"init.source": source},
        columns=COLUMNS,
        rows=60,
    )


def forward(weights: list[Any], X: FloatArray) -> FloatArray:
    """P(class 1) of the rows by tanh layers and one sigmoid unit."""
    for kernel, bias in zip(weights[0:-2:2], weights[1:-2:2], strict=True):
        X = np.tanh(X @ kernel.astype(np.float64) + bias)
    return 1 / (1 + np.exp(-(X @ weights[-2].astype(np.float64) + weights[-1])[:, 0]))


def test_a_pair_of_output_units_is_the_same_function() -> None:
    one, pair = (initial_weights(7, 5, HIDDEN, outputs) for outputs in (1, 2))
    np.testing.assert_array_equal(pair[-2][:, 1] - pair[-2][:, 0], one[-2][:, 0])
    assert fingerprint(one) == fingerprint(pair)
    assert fingerprint(one) == fingerprint([w.astype(np.float64) for w in one])
    assert fingerprint(one) != fingerprint(initial_weights(8, 5, HIDDEN, 1))
    assert all(np.abs(w).max() <= np.sqrt(6 / sum(w.shape)) for w in one[0::2])


def test_a_changed_bit_has_no_fingerprint() -> None:
    sent = initial_weights(7, 5, HIDDEN, 2)
    held = [w.astype(np.float64) for w in sent]
    assert received(sent, held) == fingerprint(sent)
    held[0][0, 0] = np.nextafter(held[0][0, 0], 2)
    assert received(sent, held) == ALTERED


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(name, marks=[pytest.mark.xdist_group(name), *slow])
        for name, slow in {
            "sklearn": (), "reference": (), "keras": (), "h2o": (), "rkeras": (pytest.mark.slow,),
        }.items()
    ],
)  # fmt: skip
def test_a_network_starts_from_what_it_was_given(engines: Engines, engine: str) -> None:
    wanted = asked(engine)
    result: FitResult = engines[engine].fit(wanted)
    assert result.status is Status.COMPLETED, result.evidence
    given = initial_weights(7, len(COLUMNS), HIDDEN, 1)
    assert result.initial_weights == fingerprint(given)
    np.testing.assert_allclose(result.score, forward(given, wanted.X_eval), rtol=0, atol=1e-14)
    start = {name: value for name, value in result.canonical.items() if name.startswith("init.")}
    assert start == {"init.source": "given:7", "init.weights": "glorot_uniform", "init.biases": "zeros"}
    own = engines[engine].fit(asked(engine, "own"))
    assert (own.canonical["init.source"], own.initial_weights) == ("own", "")
    assert np.abs(own.score - result.score).max() > 0.01


@pytest.mark.slow
@pytest.mark.xdist_group("h2o")
def test_a_column_that_is_left_out_takes_its_weights_along(engines: Engines) -> None:
    given = initial_weights(7, len(COLUMNS), HIDDEN, 1)
    given[0] = np.delete(given[0], 2, axis=0)
    for engine, native in (("h2o", {}), ("reference", {"features.drop_constant": True})):
        wanted = asked(engine, **native)
        X = wanted.X_train.copy()
        X[:, 2] = 3.0
        result = engines[engine].fit(replace(wanted, X_train=X))
        assert result.initial_weights == fingerprint(given), engine
        expected = forward(given, np.delete(wanted.X_eval, 2, axis=1))
        np.testing.assert_allclose(result.score, expected, rtol=0, atol=1e-14, err_msg=engine)


DESCENT: dict[str, dict[str, Value]] = {
    "sklearn": {"hidden_layer_sizes": HIDDEN, "activation": "tanh", "solver": "sgd", "momentum": 0.0,
                "learning_rate_init": 0.125, "max_iter": 40, "n_iter_no_change": 40, "batch_size": 60,
                "alpha": 0.0, "shuffle": False},
    "reference": {"architecture.hidden": HIDDEN, "architecture.activation": "tanh",
                  "architecture.head": "sigmoid1", "optimizer.rule": "sgd",
                  "optimizer.learning_rate": 0.125, "epochs": 40.0, "batch.size": 60, "batch.order": False},
    "keras": {"hidden": HIDDEN, "activation": "tanh", "head": "sigmoid1", "dropout": 0.0,
              "optimizer": "sgd", "learning_rate": 0.125, "epochs": 40, "batch_size": 60, "shuffle": False,
              "floatx": "float64", "loop": "graph"},
}  # fmt: skip
"""Gradient descent on all rows at once, with a rate that single precision holds."""


@pytest.mark.xdist_group("keras")
@pytest.mark.slow
def test_aligned_networks_of_three_frameworks_are_one_network(engines: Engines) -> None:
    settings: dict[str, Value] = {"init.source": "given:3"}
    fits = {
        name: engines[name].fit(request("mlp", native=native, settings=settings, columns=COLUMNS, rows=60))
        for name, native in DESCENT.items()
    }
    assert {fit.status for fit in fits.values()} == {Status.COMPLETED}
    assert len({fit.initial_weights for fit in fits.values()}) == 1
    for name in ("keras", "reference"):
        np.testing.assert_allclose(fits[name].score, fits["sklearn"].score, rtol=0, atol=1e-12, err_msg=name)


# Three epochs are few, which scikit-learn warns of.
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_only_the_weights_are_replaced_in_scikit_learn(engines: Engines) -> None:
    """The generator is where it would be: rows come in the order that they have with its own weights."""
    from sklearn.neural_network import MLPClassifier

    wanted = asked("sklearn", learning_rate_init=0.01, batch_size=7, max_iter=3)
    arguments = {**NO_STEP["sklearn"], "learning_rate_init": 0.01, "batch_size": 7, "max_iter": 3}

    class Held(MLPClassifier):  # type: ignore[misc]
        def _initialize(self, *arguments: Any) -> None:
            super()._initialize(*arguments)
            given = initial_weights(7, len(COLUMNS), HIDDEN, 1)
            self.coefs_ = [w.astype(np.float64) for w in given[0::2]]
            self.intercepts_ = [w.astype(np.float64) for w in given[1::2]]

    plain = Held(**arguments, random_state=wanted.seed).fit(wanted.X_train, wanted.y_train)
    np.testing.assert_array_equal(
        engines["sklearn"].fit(wanted).score, plain.predict_proba(wanted.X_eval)[:, 1]
    )


def test_what_init_source_takes() -> None:
    assert model("keras.mlp").split({"init.source": "Given:07"})[0] == {"init.source": "given:7"}
    assert model("h2o.mlp").to_native({"init.source": "given:7"}, {}, 10) == {"initial_weights": "given:7"}
    assert model("h2o.mlp").to_native({"init.source": "own"}, {}, 10) == {"initial_weights": None}
    for value in ("given:", "given:-1", "given:x", 3):
        with pytest.raises(UsageError, match="own, or given:K"):
            model("sklearn.mlp").split({"init.source": value})
