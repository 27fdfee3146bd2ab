"""The trainer against Keras, over 200 updates from Keras's own starting weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray
from crossframe.frameworks.keras import net as keras_net
from crossframe.frameworks.keras.arithmetic import as_keras
from crossframe.frameworks.keras.loop import Loop, schedule
from crossframe.optima.network import NetworkSpec, TrainingSpec, predict, train
from crossframe.optima.updates import Adadelta, Adam, Array, RmsProp, Rule, Sgd

N, BATCH, EPOCHS = 48, 12, 50
Make = Callable[[Any], Any]
OPTIMIZERS: dict[str, tuple[Make, Rule]] = {
    "Adam": (lambda o: o.Adam(0.001), Adam(0.001)),
    "SGD": (lambda o: o.SGD(0.05, momentum=0.9), Sgd(0.05, 0.9)),
    "Adadelta": (lambda o: o.Adadelta(1.0), Adadelta(1.0)),
    "RMSprop": (lambda o: o.RMSprop(0.001), RmsProp(0.001)),
}


@pytest.fixture(scope="module")
def rows(digits01: tuple[NDArray[np.float64], NDArray[np.int64]]) -> tuple[FloatArray, IntArray]:
    """48 digits, every fifth with the wrong class, so that the gradients do not vanish."""
    order = np.random.default_rng(0).permutation(len(digits01[1]))[:N]
    y = digits01[1][order].copy()
    y[::5] = 1 - y[::5]
    keras_net.start(1)
    return digits01[0][order] / 16, y


def by_keras(
    network: NetworkSpec, make: Make, rows: tuple[FloatArray, IntArray], kind: str, l2: float = 0.0
) -> tuple[list[Array], list[Array], FloatArray]:
    """Weights before and after, and the probabilities."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(3)
    dtype = network.arithmetic
    activations = [network.activation] * len(network.hidden)
    last = "softmax" if network.head == "softmax2" else "sigmoid"
    model = keras.Sequential([
        keras.Input((rows[0].shape[1],), dtype=dtype),
        *(
            keras.layers.Dense(
                units, activation=activation, dtype=dtype,
                kernel_regularizer=keras.regularizers.L2(l2) if l2 else None,
            )
            for units, activation in zip(network.units, [*activations, last], strict=True)
        ),
    ])  # fmt: skip
    loop = Loop(model, make(keras.optimizers), kind)
    start = [v.numpy() for v in model.trainable_variables]
    X, y = tf.constant(rows[0]), tf.constant(rows[1].astype(np.float64))
    loop.train(X, y, schedule(N, BATCH, EPOCHS, True, 5), EPOCHS)
    return start, [v.numpy() for v in model.trainable_variables], loop.predict(X)


def by_trainer(
    network: NetworkSpec, rule: Rule, rows: tuple[FloatArray, IntArray], start: list[Array], l2: float = 0.0
) -> tuple[list[Array], FloatArray]:
    order = schedule(N, BATCH, EPOCHS, True, 5).reshape(EPOCHS, -1).astype(np.int64)
    training = TrainingSpec(rule, BATCH, EPOCHS, l2=2.0 * float(np.float32(l2)))
    found = train(network, training, *rows, start, order)
    assert found.updates == 200
    return found.weights, predict(network, found.weights, rows[0])


def distance(one: list[Array], other: list[Array]) -> float:
    pairs = zip(one, other, strict=True)
    return max(float(np.abs(a.astype(np.float64) - b.astype(np.float64)).max()) for a, b in pairs)


@pytest.mark.parametrize(
    "name", [name if name == "Adam" else pytest.param(name, marks=pytest.mark.slow) for name in OPTIMIZERS]
)
def test_in_double_precision_to_rounding(rows: tuple[FloatArray, IntArray], name: str) -> None:
    make, rule = OPTIMIZERS[name]
    network = NetworkSpec((24, 16), "tanh", arithmetic="float64")
    start, theirs, score = by_keras(network, make, rows, "graph")
    ours, our_score = by_trainer(network, as_keras(rule, "float64"), rows, start)
    assert distance(theirs, start) > 0.1
    assert distance(theirs, ours) < 1e-13
    np.testing.assert_allclose(score, our_score, rtol=0, atol=1e-12)
    if name in ("Adam", "SGD"):
        # Their constants in full are not what Keras computes with.
        assert 1e-8 < distance(theirs, by_trainer(network, rule, rows, start)[0]) < 1e-5


@pytest.mark.parametrize(
    ("network", "l2"),
    [
        pytest.param(NetworkSpec((), head="sigmoid1"), 0.0, marks=pytest.mark.slow),
        pytest.param(NetworkSpec((24,), "relu", "sigmoid1"), 0.0, marks=pytest.mark.slow),
        (NetworkSpec((24, 16), "sigmoid", "softmax2"), 1e-3),
    ],
)
def test_other_networks(rows: tuple[FloatArray, IntArray], network: NetworkSpec, l2: float) -> None:
    make, rule = OPTIMIZERS["Adam"]
    start, theirs, _ = by_keras(network, make, rows, "graph", l2)
    assert distance(theirs, by_trainer(network, as_keras(rule, "float64"), rows, start, l2)[0]) < 1e-13


@pytest.mark.parametrize("name", ["Adam", "SGD"])
@pytest.mark.slow
def test_in_single_precision_as_near_as_keras_to_itself(rows: tuple[FloatArray, IntArray], name: str) -> None:
    make, rule = OPTIMIZERS[name]
    network = NetworkSpec((24, 16), "tanh", arithmetic="float32")
    start, theirs, score = by_keras(network, make, rows, "graph")
    ours, our_score = by_trainer(network, as_keras(rule, "float32"), rows, start)
    _, compiled, other_score = by_keras(network, make, rows, "xla")
    assert distance(theirs, ours) < 4 * distance(theirs, compiled) < 2e-5
    assert np.abs(score - our_score).max() < 4 * np.abs(score - other_score).max() < 1e-4
