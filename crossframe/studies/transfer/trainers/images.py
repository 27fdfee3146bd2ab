"""Features of images that a network learned on other images, and heads on them (Keras and TensorFlow)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray
from crossframe.data import load
from crossframe.studies.training import Outcome


def image_features(
    *, dataset: str, data_dir: str | None, digits: list[int], seed: int, images: int, epochs: int, width: int,
    train: list[list[int]], test: list[int], head_epochs: int, keep: bool,
) -> Outcome:  # fmt: skip
    """A small Keras CNN that learns eight digits, and how well its features separate the other two.

    Two convolutions of 3 x 3 with 8 and 16 filters and relu, each with a pooling of 2, then ``width``
    relu units (the features) and eight softmax units; Adam, batch 64; pixels divided by their largest
    value. The two digits are never seen. Then a head of two softmax units is trained on the frozen
    features, in batches as in `from_scratch`, by Adam with ten times its learning rate: 66 weights on so few
    images need it, and more epochs, to fit them.

    Parameters
    ----------
    digits
        The two digits that it does not learn.
    train, test
        Samples of these two to train a head on each; images to score.
    keep
        Return the features as well.

    Returns
    -------
    fields
        Accuracy on the digits it was trained on; parameters of its head and of the rest.
    arrays
        ``accuracy`` and ``fitted`` (samples,): of the heads, on ``test`` and on their own samples;
        ``features`` (N, width) of all images of the two, in the order of the data set, with ``keep``.
    """
    import keras
    import tensorflow as tf

    from crossframe.frameworks.keras.loop import Loop

    X, y, shape = _other_digits(dataset, data_dir, digits)
    order = np.random.default_rng(seed).permutation(len(y))[:images]
    keras.utils.set_random_seed(seed)
    body = keras.Sequential([keras.Input((X.shape[1],)), *layers(shape, width)])
    head = keras.layers.Dense(8, activation="softmax")
    model = keras.Sequential([body, head])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(X[order], y[order], batch_size=64, epochs=epochs, verbose=0)
    data = load(dataset, data_dir=data_dir, digits=(digits[0], digits[1]))
    assert data.max_value is not None
    features = body.predict((data.X / data.max_value).astype(np.float32), batch_size=512, verbose=0)
    top = keras.Sequential([keras.Input((width,)), keras.layers.Dense(2, activation="softmax")])
    loop = Loop(top, keras.optimizers.Adam(0.01), "graph")
    scores = [_scored(loop, tf.constant(features), data.y, rows, test, head_epochs, seed) for rows in train]
    kept = {"features": features.astype(np.float64)} if keep else {}
    return {
        "train_accuracy": float(history.history["accuracy"][-1]),
        "images": len(order),
        "parameters": int(body.count_params()),
        "head": int(head.count_params()),
    }, {**_columns(scores), **kept}


def from_scratch(
    *, dataset: str, data_dir: str | None, digits: list[int], seed: int, train: list[list[int]],
    test: list[int], epochs: int, width: int,
) -> Outcome:  # fmt: skip
    """The same CNN with two softmax units, trained on a few images of the two digits alone, once per draw.

    Returns
    -------
    arrays
        ``accuracy`` (draws,) on the images ``test``, and ``fitted`` (draws,) on those of the draw.
    """
    import keras
    import tensorflow as tf

    from crossframe.frameworks.keras.loop import Loop

    data = load(dataset, data_dir=data_dir, digits=(digits[0], digits[1]))
    assert data.image_shape is not None
    assert data.max_value is not None
    X = tf.constant((data.X / data.max_value).astype(np.float32))
    top = keras.layers.Dense(2, activation="softmax")
    body = layers(data.image_shape, width)
    loop = Loop(keras.Sequential([keras.Input((X.shape[1],)), *body, top]), keras.optimizers.Adam(), "graph")
    scores = [_scored(loop, X, data.y, rows, test, epochs, seed + draw) for draw, rows in enumerate(train)]
    return {"updates": epochs * -(-len(train[0]) // 32)}, _columns(scores)


def _scored(
    loop: Any, X: Any, y: NDArray[Any], rows: list[int], test: list[int], epochs: int, seed: int
) -> tuple[float, float]:
    """Accuracy on ``test`` and on ``rows`` of a network trained anew on ``rows``."""
    import keras
    import tensorflow as tf

    from crossframe.frameworks.keras.loop import schedule

    keras.utils.set_random_seed(seed)
    loop.restart()
    batches = schedule(len(rows), 32, epochs, True, seed)
    loop.train(tf.gather(X, rows), tf.constant(y[rows]), batches, epochs)
    tested, fitted = (float(np.mean((loop.predict(tf.gather(X, k)) > 0.5) == y[k])) for k in (test, rows))
    return tested, fitted


def _columns(scores: list[tuple[float, float]]) -> dict[str, FloatArray]:
    tested, fitted = np.array(scores).reshape(-1, 2).T
    return {"accuracy": tested, "fitted": fitted}


def layers(shape: tuple[int, int], width: int) -> list[Any]:
    """The body of the CNN, from pixels in a row to features."""
    import keras

    return [
        keras.layers.Reshape((*shape, 1)),
        keras.layers.Conv2D(8, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(width, activation="relu"),
    ]


def dense_head(*, inputs: int, outputs: int) -> Outcome:
    """Parameters of a real Keras layer with ``outputs`` units on ``inputs`` features."""
    import keras

    layer = keras.layers.Dense(outputs)
    layer.build((None, inputs))
    return {"parameters": int(layer.count_params())}, {}


def _other_digits(dataset: str, data_dir: str | None, digits: list[int]) -> tuple[Any, Any, tuple[int, int]]:
    """All training images of the other eight digits, pixels in a row, labels from 0, and their shape."""
    rows, labels, shape = [], [], (0, 0)
    others = [digit for digit in range(10) if digit not in digits]
    for first in range(0, len(others), 2):
        pair = others[first], others[first + 1]
        data = load(dataset, data_dir=data_dir, digits=pair)
        assert data.image_shape is not None
        assert data.max_value is not None
        kept = np.ones(len(data.y), dtype=bool)
        if data.test_rows is not None:
            kept[data.test_rows] = False
        shape = data.image_shape
        rows.append((data.X[kept] / data.max_value).astype(np.float32))
        labels.append(data.y[kept] + first)
    return np.concatenate(rows), np.concatenate(labels), shape
