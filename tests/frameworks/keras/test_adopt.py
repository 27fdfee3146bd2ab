"""A user's networks of Keras are recorded as they were fitted, and recognised where they are ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossframe.explain.scripts.record import record
from crossframe.frameworks.fitted import FittedModel
from crossframe.frameworks.keras import perceptron
from crossframe.frameworks.keras.adopt import recognised

GLOROT = {"class": "GlorotUniform", "seed": None}
ZEROS = {"class": "Zeros"}


def dense(units: int, activation: str, **more: Any) -> dict[str, Any]:
    return {
        "class": "Dense", "units": units, "activation": activation, "use_bias": True,
        "kernel_initializer": GLOROT, "bias_initializer": ZEROS, **more,
    }  # fmt: skip


def dropout(rate: float) -> dict[str, Any]:
    return {"class": "Dropout", "rate": rate, "seed": None}


def arguments(*layers: dict[str, Any], loss: str = "binary_crossentropy", **more: Any) -> dict[str, Any]:
    return {"layers": list(layers), "optimizer": "adam", "loss": loss, **more}


def test_a_network_for_numbers() -> None:
    penalty = {"class": "L2", "l2": 5.0}
    layers = [dense(4, "tanh", kernel_regularizer=penalty), dense(1, "linear", kernel_regularizer=penalty)]
    made = perceptron.settings_of(arguments(*layers, loss="mean_squared_error"), "numbers")
    assert made is not None
    assert (made["hidden"], made["activation"], made["head"], made["kernel_l2"]) == (
        (4,),
        "tanh",
        "linear1",
        5.0,
    )
    other = dense(1, "sigmoid", kernel_regularizer=penalty)
    assert perceptron.settings_of(arguments(layers[0], other, loss="mean_squared_error"), "numbers") is None
    assert perceptron.settings_of(arguments(*layers, loss="huber"), "numbers") is None


def test_layers_as_settings() -> None:
    made = perceptron.settings_of(
        arguments(
            dropout(0.1), dense(8, "relu"), dropout(0.2), dense(4, "relu"), dropout(0.2), dense(1, "sigmoid")
        )
    )
    assert made is not None
    assert (made["hidden"], made["activation"], made["head"]) == ((8, 4), "relu", "sigmoid1")
    assert (made["input_dropout"], made["dropout"]) == (0.1, 0.2)
    assert made["kernel_initializer"] == "glorot_uniform"


def test_a_penalty_and_an_activation_of_its_own_layer() -> None:
    penalty = {"class": "L2", "l2": 0.01}
    made = perceptron.settings_of(
        arguments(
            dense(3, "linear", kernel_regularizer=penalty),
            {"class": "Activation", "activation": "tanh"},
            dense(2, "softmax", kernel_regularizer=penalty),
            loss="sparse_categorical_crossentropy",
        )
    )
    assert made is not None
    assert (made["activation"], made["head"], made["kernel_l2"]) == ("tanh", "softmax2", 0.01)


@pytest.mark.parametrize(
    "other",
    [
        arguments(dense(3, "relu"), dense(1, "sigmoid"), loss="mean_squared_error"),
        arguments(dense(3, "relu"), dense(1, "linear")),
        arguments(dense(3, "relu"), dense(1, "sigmoid"), from_logits=True),
        arguments(dense(3, "relu"), dense(3, "tanh"), dense(1, "sigmoid")),
        arguments(dense(3, "relu"), dropout(0.2), dense(3, "relu"), dense(1, "sigmoid")),
        arguments(dense(3, "relu", kernel_regularizer={"class": "L2", "l2": 0.1}), dense(1, "sigmoid")),
        arguments(dense(3, "relu"), {"class": "BatchNormalization"}, dense(1, "sigmoid")),
        arguments(dense(2, "softmax"), loss="categorical_crossentropy"),
        {**arguments(dense(1, "sigmoid")), "optimizer": "mine"},
    ],
)
def test_other_networks_are_not_taken_for_one_of_ours(other: dict[str, Any]) -> None:
    assert perceptron.settings_of(other) is None


SCRIPT = """\
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import keras
from keras import layers
keras.utils.set_random_seed(3)
rng = np.random.default_rng(0)
X = rng.normal(size=(100, 3)).astype("float32")
y = (X[:, 0] + rng.normal(size=100) > 0).astype(int)
unit = keras.Sequential([layers.Dense(1, activation="sigmoid")])
unit.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
unit.fit(X, y.reshape(-1, 1), epochs=2, verbose=0)
hidden = [layers.Dense(4, activation="tanh"), layers.Dropout(0.2)]
net = keras.Sequential([*hidden, layers.Dense(2, activation="softmax")])
net.compile("rmsprop", "categorical_crossentropy")
net.fit(X, keras.utils.to_categorical(y, 2), batch_size=20, epochs=2, verbose=0, validation_split=0.1)
wrong = keras.Sequential([layers.Dense(1)])
wrong.compile("adam", "mse")
wrong.fit(X, X[:, 0], epochs=1, verbose=0)
wrong.fit(X, X[:, 0], epochs=1, verbose=0)
sums = [model.get_weights()[0].sum() for model in (unit, net, wrong)]
print("numbers", sums, net.history.history["loss"], np.random.rand())
"""


@pytest.mark.slow
@pytest.mark.xdist_group("keras")
def test_recorded_networks(tmp_path: Path) -> None:
    script = tmp_path / "nets.py"
    script.write_text(SCRIPT)
    output: list[str] = []
    fits = record(script, on_output=output.append)[1]
    plain = subprocess.run([sys.executable, str(script)], capture_output=True, check=True, text=True)
    numbers = [line for line in plain.stdout.splitlines() if line.startswith("numbers")]
    assert numbers == [line for line in "".join(output).splitlines() if line.startswith("numbers")]

    unit, net, first, again = fits
    made = [recognised(fit) for fit in fits]
    assert made[0] is not None
    assert (made[0].model, dict(made[0].native)) == (
        "keras.logistic",
        {"optimizer": "sgd", "epochs": 2, "learning_rate": 0.1},
    )
    assert made[1] is not None
    assert (made[1].model, made[1].rest) == ("keras.mlp", ())
    assert dict(made[1].native) == {
        "hidden": (4,), "activation": "tanh", "dropout": 0.2, "optimizer": "rmsprop", "batch_size": 20,
        "epochs": 2, "validation_split": 0.1,
    }  # fmt: skip
    assert made[2:] == [None, None]
    assert [fit.variable for fit in fits] == ["unit", "net", "wrong", "wrong"]
    assert [fit.arguments["y.shape"] for fit in fits] == [[100, 1], [100, 2], [100], [100]]
    assert [fit.classes for fit in fits] == [("0", "1"), ("0", "1"), (), ()]
    assert all(fit.seeded for fit in fits)
    assert [fit.arguments["optimizer.iterations"] for fit in (first, again)] == [0, 4]
    _check_scores(unit, net)


def _check_scores(unit: FittedModel, net: FittedModel) -> None:
    assert unit.coefficients is not None
    assert unit.intercept is not None
    assert unit.score is not None
    predictor = unit.X @ unit.coefficients + unit.intercept
    assert np.allclose(unit.score, 1 / (1 + np.exp(-predictor)), atol=1e-6)
    assert net.score is not None
    assert net.score.shape == net.y.shape == (100,)
