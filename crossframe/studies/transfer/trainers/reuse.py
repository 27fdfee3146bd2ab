"""What each layer of a network that learned other digits is worth for new ones (Keras and scikit-learn)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray
from crossframe.data import load
from crossframe.studies.training import Outcome
from crossframe.studies.transfer.trainers.images import _other_digits, layers

PIXELS = "pixels"
LAYERS = ("first pooling", "second pooling", "last hidden layer", "outputs")
"""Of the CNN, the outputs before their softmax. The MLP's are its two hidden layers and its outputs."""
HEAD = 16
"""Hidden units of the larger model on top."""
_BANK, _TESTED, _EPISODES = 400, 1000, 100
"""Training images of a pair from which samples are drawn, images that are scored, pairs of single images."""


def reused(
    *, dataset: str, data_dir: str | None, pairs: Sequence[Sequence[int]], seed: int, kind: str, images: int,
    epochs: int, width: int, sizes: Sequence[int], draws: int,
) -> Outcome:  # fmt: skip
    """Pre-train on all digits but those of ``pairs``, and use every layer for each pair.

    Parameters
    ----------
    kind
        ``cnn``, that of `crossframe.studies.transfer.trainers.images`, or ``mlp``: 128 relu units in place of
        its convolutions.
    images, epochs
        Of the pre-training, Adam with batches of 64; as many images as there are, where there are fewer.
    sizes, draws
        Images that train a model on top, half of each digit, and how many times they are drawn.

    Returns
    -------
    arrays
        By pair as in ``4 v 9``: ``PAIR.layers`` (layers, sizes): accuracy of logistic regression on the
        standardised output of each layer, pixels first, mean over the draws; ``PAIR.head`` (sizes,): of a
        network with `HEAD` hidden units on the last hidden layer; ``PAIR.one`` (2,): accuracy of the nearer
        of two images, one a class, by the angle between pixels and in the last hidden layer. Scored on
        the first `_TESTED` test images.
    """
    import keras

    X, y, shape = _other_digits(dataset, data_dir, [digit for pair in pairs for digit in pair])
    order = np.random.default_rng([seed, 31]).permutation(len(y))[:images]
    keras.utils.set_random_seed(seed)
    model = _network(kind, shape, width, int(y.max()) + 1)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    history = model.fit(X[order], y[order], batch_size=64, epochs=epochs, verbose=0)
    arrays: dict[str, NDArray[Any]] = {}
    for pair in pairs:
        seen, labels, tested = _images(dataset, data_dir, pair, seed)
        values = {PIXELS: seen, **_outputs(model, kind, seen)}
        rng = np.random.default_rng([seed, 33])
        classes = [np.flatnonzero(labels[:tested] == k) for k in (0, 1)]

        def samples(n: int, times: int, rng: Any = rng, classes: Any = classes) -> list[NDArray[Any]]:
            picked = [[rng.choice(c, n // 2, replace=False) for c in classes] for _ in range(times)]
            return [np.concatenate(each) for each in picked]

        train = {n: samples(n, draws) for n in sizes}
        name, last = f"{pair[0]} v {pair[1]}", values[LAYERS[2]]
        arrays[f"{name}.layers"] = np.array(
            [[_mean(_logistic(), Z, labels, train[n], tested) for n in sizes] for Z in values.values()]
        )
        arrays[f"{name}.head"] = np.array(
            [_mean(_network_on_top(seed), last, labels, train[n], tested) for n in sizes]
        )
        single = samples(2, _EPISODES)
        arrays[f"{name}.one"] = np.array([_nearest(Z, labels, single, tested) for Z in (seen, last)])
    return {"train_accuracy": float(history.history["accuracy"][-1])}, arrays


def _network(kind: str, shape: tuple[int, int], width: int, classes: int) -> Any:
    import keras

    dense = [keras.layers.Dense(units, activation="relu") for units in (128, width)]
    body = layers(shape, width) if kind == "cnn" else dense
    return keras.Sequential([keras.Input((shape[0] * shape[1],)), *body, keras.layers.Dense(classes)])


def _images(
    dataset: str, data_dir: str | None, pair: Sequence[int], seed: int
) -> tuple[FloatArray, IntArray, int]:
    """Pixels in [0, 1] and labels 0 and 1 of a pair of digits: `_BANK` training images, then test images.

    The third is where the test images begin.
    """
    data = load(dataset, data_dir=data_dir, digits=(pair[0], pair[1]))
    assert data.max_value is not None
    order = np.random.default_rng([seed, 32]).permutation(len(data.y))
    if data.test_rows is None:
        tested, trained = np.split(order, [len(order) // 2])
    else:
        tested, trained = data.test_rows, order[~np.isin(order, data.test_rows)]
    kept = np.concatenate([trained[:_BANK], tested[:_TESTED]])
    return (data.X[kept] / data.max_value).astype(np.float32), data.y[kept], len(trained[:_BANK])


def _outputs(model: Any, kind: str, X: FloatArray) -> dict[str, FloatArray]:
    """Outputs of each layer (rows, units), a convolution's in a row."""
    import keras

    wanted = [k for k, layer in enumerate(model.layers) if isinstance(layer, keras.layers.Dense)]
    if kind == "cnn":
        pooled = [k for k, layer in enumerate(model.layers) if isinstance(layer, keras.layers.MaxPooling2D)]
        wanted = [*pooled, *wanted]
    several = keras.Model(model.inputs, [model.layers[k].output for k in wanted])
    values = [v.reshape(len(X), -1) for v in several.predict(X, batch_size=512, verbose=0)]
    # The MLP has a layer less: its first hidden one stands for both poolings.
    return dict(zip(LAYERS, values if kind == "cnn" else [values[0], *values], strict=True))


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000)


def _network_on_top(seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((HEAD,), solver="lbfgs", max_iter=500, random_state=seed)


def _mean(model: Any, Z: FloatArray, labels: IntArray, train: Sequence[NDArray[Any]], tested: int) -> float:
    """Mean accuracy on the rows from ``tested`` on of a model on each of ``train``, columns standardised."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    whole = make_pipeline(StandardScaler(), model)
    return float(np.mean([whole.fit(Z[t], labels[t]).score(Z[tested:], labels[tested:]) for t in train]))


def _nearest(Z: FloatArray, labels: IntArray, single: Sequence[NDArray[Any]], tested: int) -> float:
    """Mean accuracy of the label of the nearer of two rows by the cosine; in a tie the first one's."""
    unit = Z / np.maximum(np.linalg.norm(Z, axis=1, keepdims=True), 1e-12)
    alike = unit[tested:] @ unit[:tested].T
    return float(np.mean([(labels[s][alike[:, s].argmax(axis=1)] == labels[tested:]) for s in single]))
