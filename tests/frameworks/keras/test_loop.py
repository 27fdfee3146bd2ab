"""The compiled loops against ``model.fit``, from the same start, in the same row order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from crossframe.frameworks.keras import net as keras_net
from crossframe.frameworks.keras.loop import Loop, schedule
from crossframe.frameworks.keras.models import cnn, mlp

N = 37  # not a multiple of any batch size below
EPOCHS = 6

LEEK = {
    "hidden": (16,) * 5, "activation": "tanh", "dropout": 0.0, "batch_size": 1,
    "optimizer": "sgd", "learning_rate": 0.005, "momentum": 0.0, "nesterov": True, "decay": 0.99,
}  # fmt: skip
ADAM = {"hidden": (16, 16), "batch_size": 8}
SIGMOID = {"hidden": (16,), "head": "sigmoid1", "batch_size": 10, "optimizer": "rmsprop", "momentum": 0.5}
CNN = {"hidden": (16,), "padding": "same", "batch_size": 16}


@pytest.fixture(scope="module", autouse=True)
def _tensorflow() -> None:
    keras_net.start(1)


def _sample() -> tuple[Any, Any]:
    import tensorflow as tf

    random = np.random.default_rng(3)
    y = random.integers(0, 2, N)
    X = random.integers(0, 17, (N, 64)) + 3.0 * y[:, None]
    return tf.constant(X), tf.constant(y, tf.float64)


def _train(settings: dict[str, Any], kind: str) -> list[np.ndarray]:
    import keras

    model = cnn.MODEL if "padding" in settings else mlp.MODEL
    net = dict(model.passed) | settings
    keras.utils.set_random_seed(5)
    loop = Loop(keras_net.build(model, net, 64, (8, 8)), keras_net.optimizer(net), kind)
    X, y = _sample()
    loop.train(X, y, schedule(N, settings["batch_size"], EPOCHS, True, 5), EPOCHS)
    assert int(loop.optimizer.iterations) == EPOCHS * -(-N // settings["batch_size"])
    return [*loop.model.get_weights(), loop.predict(X)]


SLOWLY = [pytest.param(settings, marks=pytest.mark.slow) for settings in (ADAM, SIGMOID)]


@pytest.mark.parametrize(
    "settings",
    [LEEK, *SLOWLY, pytest.param(CNN, marks=pytest.mark.slow)],
    ids=["leek", "adam", "sigmoid", "cnn"],
)
def test_graph_is_bit_identical_to_model_fit(settings: dict[str, Any]) -> None:
    for ours, theirs in zip(_train(settings, "graph"), _train(settings, "fit"), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("settings", [LEEK, *SLOWLY], ids=["leek", "adam", "sigmoid"])
@pytest.mark.slow
def test_xla_differs_from_graph_by_rounding(settings: dict[str, Any]) -> None:
    # A wrong weight of a padded row or a wrong mean would move the weights by a step: 1e-3 and more.
    # Without dropout, whose masks XLA draws from another generator.
    settings = settings | {"dropout": 0.0}
    for ours, theirs in zip(_train(settings, "xla"), _train(settings, "graph"), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-5)


def test_schedule_visits_every_row_once_per_epoch() -> None:
    batches = schedule(10, 4, 3, True, 1)
    assert batches.shape == (9, 4)
    for epoch in batches.reshape(3, 12):
        assert sorted(epoch) == [-1, -1, *range(10)]
        assert (epoch[:10] >= 0).all()
    assert not np.array_equal(batches[:3], batches[3:6])
    np.testing.assert_array_equal(batches, schedule(10, 4, 3, True, 1))


def test_schedule_without_shuffle_keeps_the_order() -> None:
    np.testing.assert_array_equal(schedule(3, 2, 1, False, 1), [[0, 1], [2, -1]])


@pytest.mark.slow
def test_one_compilation_serves_every_size() -> None:
    net = dict(mlp.MODEL.passed) | ADAM
    loop = Loop(keras_net.build(mlp.MODEL, net, 64, None), keras_net.optimizer(net), "xla")
    X, y = _sample()
    shapes = set()  # XLA compiles once for each
    compiled = loop._run
    loop._run = lambda *tensors: shapes.add(tuple(str(t.shape) for t in tensors)) or compiled(*tensors)
    for n, epochs in ((2, 1), (20, 20), (N, 3)):
        loop.train(X[:n], y[:n], schedule(n, 8, epochs, True, 1), epochs)
    assert len(shapes) == 1
