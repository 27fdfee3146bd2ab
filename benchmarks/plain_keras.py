"""Beam's networks the way his script trained them: ``model.fit`` on a network built for each fit.

The yardstick of `make bench`. Keras 3 spells two arguments otherwise than the Keras of 2017: ``decay``
has become a schedule, and ``nb_epoch`` is ``epochs``; nothing else is changed.
"""

from __future__ import annotations

from typing import Any

from crossframe.core.types import FloatArray, IntArray


def fit_mlp(X: FloatArray, y: IntArray, Xe: FloatArray, ye: IntArray) -> float:
    """Accuracy on ``Xe`` (m, k) of Beam's multilayer perceptron trained on ``X`` (n, k)."""
    import keras

    model = _network(X, keras.layers.Dense(2, activation="softmax"))
    return _fit(model, keras.optimizers.Adam(), X, y, Xe, ye, epochs=200, batch_size=32, evaluate=1)


def fit_mlp_leek(X: FloatArray, y: IntArray, Xe: FloatArray, ye: IntArray) -> float:
    """Accuracy on ``Xe`` (m, k) of Beam's "MLP (Leek)" trained on ``X`` (n, k)."""
    import keras

    hidden = [keras.layers.Dense(160, activation="tanh") for _ in range(5)]
    model = keras.Sequential(
        [keras.Input((X.shape[1],)), *hidden, keras.layers.Dense(2, activation="softmax")]
    )
    rate = keras.optimizers.schedules.InverseTimeDecay(0.005, decay_steps=1, decay_rate=0.99)
    optimizer = keras.optimizers.SGD(rate, momentum=0.0, nesterov=True)
    return _fit(model, optimizer, X, y, Xe, ye, epochs=20, batch_size=1, evaluate=256)


def fit_redux(X: FloatArray, y: IntArray, Xe: FloatArray, ye: IntArray) -> float:
    """Accuracy on ``Xe`` (m, k) of the network of Beam's redux in R: one sigmoid unit, batches of one row.

    Called from Python; from R the same ``model.fit`` does the work and costs at least as much.
    """
    import keras

    model = _network(X, keras.layers.Dense(1, activation="sigmoid"))
    model.compile(optimizer=keras.optimizers.Adam(), loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(X.astype("float32"), y, epochs=200, batch_size=1, verbose=0)
    return float(model.evaluate(Xe.astype("float32"), ye, verbose=0)[1])


def fit_logistic(X: FloatArray, y: IntArray, Xe: FloatArray, ye: IntArray) -> float:
    """Accuracy on ``Xe`` (m, k) of one sigmoid unit, 200 epochs of batches of 32."""
    import keras

    model = keras.Sequential([keras.Input((X.shape[1],)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.Adam(), loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(X.astype("float32"), y, epochs=200, batch_size=32, verbose=0)
    return float(model.evaluate(Xe.astype("float32"), ye, verbose=0)[1])


def _network(X: FloatArray, head: Any) -> Any:
    """Beam's two hidden layers under an output layer."""
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((X.shape[1],)),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            head,
        ]
    )


def _fit(
    model: Any,
    optimizer: Any,
    X: FloatArray,
    y: IntArray,
    Xe: FloatArray,
    ye: IntArray,
    *,
    epochs: int,
    batch_size: int,
    evaluate: int,
) -> float:
    """Compile, fit, and evaluate in batches of ``evaluate`` rows, as the script did."""
    import keras

    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    target = keras.utils.to_categorical(y, 2)
    model.fit(X.astype("float32"), target, epochs=epochs, batch_size=batch_size, verbose=0)
    _, accuracy = model.evaluate(
        Xe.astype("float32"), keras.utils.to_categorical(ye, 2), batch_size=evaluate, verbose=0
    )
    return float(accuracy)
