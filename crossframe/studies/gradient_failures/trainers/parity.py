"""Parities of k of d random signs, learned by gradient; and how much gradients tell of them."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.studies.training import Outcome
from crossframe.studies.training.updates import CHECK, Updates, checks, graph, key, start


def net(d: int, seed: int) -> Any:
    """A Keras network: a dense layer of 10 d relu units and one linear output."""
    import keras

    return keras.Sequential(
        [
            keras.Input((d,)),
            keras.layers.Dense(10 * d, activation="relu", kernel_initializer=start(d, seed)),
            keras.layers.Dense(1, kernel_initializer=start(10 * d, seed + 1)),
        ]
    )


def learn(*, d: int, k: int, updates: int, every: int, seed: int) -> Outcome:
    """Hinge loss, plain SGD of rate .01, fresh batches of 128.

    Returns
    -------
    fields
        ``accuracy`` and ``loss``: means of the last ten checks, each of 500 fresh points.
    arrays
        ``at``: updates at the checks; ``accuracy``, ``loss`` there.
    """
    import keras
    import tensorflow as tf

    model, hinge = net(d, seed), keras.losses.Hinge()

    def sample(batch: Any, rows: int) -> tuple[Any, Any]:
        x = tf.cast(2 * tf.random.stateless_uniform([rows, d], batch, 0, 2, tf.int32) - 1, tf.float32)
        return x, tf.reduce_prod(x[:, :k], axis=1, keepdims=True)

    def loss(batch: Any) -> Any:
        x, y = sample(batch, 128)
        return hinge(y, model(x))

    @graph
    def check(batch: Any) -> Any:
        x, y = sample(batch, 500)
        s = model(x)
        return tf.reduce_mean(tf.cast(y * s > 0, tf.float32)), hinge(y, s)

    training = Updates(loss, model.trainable_variables, keras.optimizers.SGD(0.01), seed)
    rows = []
    for done in checks(training, updates, every):
        accuracy, now = check(key(seed, CHECK + done))
        rows.append((done, float(accuracy), float(now)))
    at, accuracies, losses = (np.array(column) for column in zip(*rows, strict=True))
    fields = {"accuracy": float(accuracies[-10:].mean()), "loss": float(losses[-10:].mean())}
    return fields, {"at": at, "accuracy": accuracies, "loss": losses}


def variance(*, d: int, seed: int) -> Outcome:
    """How far the gradient at the start depends on which of the 2^d parities is to be learned.

    The gradient of the mean hinge loss over all 2^d points, for every parity: with score s(x), its
    gradient g(x) and label y(x) it is -E[y 1(y s < 1) g] = -E[y a g] - E[b g], where
    a, b = (1(s < 1) +- 1(s > -1)) / 2; all E[y a g] together are a Walsh-Hadamard transform.

    Returns
    -------
    fields
        ``variance``: mean over the parities of the squared distance of their gradients from their
        mean; ``slope``: mean over the points of |g|^2. Theorem 1 of the publication (for the squared
        loss) bounds the first by the second / 2^d.
    """
    weights = [w.numpy().astype(np.float64) for w in net(d, seed).trainable_variables]
    X = np.array(list(product((1.0, -1.0), repeat=d)))
    s, g = slopes(X, weights)
    active = ((s < 1).astype(float) + (s > -1)) / 2
    gradients = walsh(g * active[:, None]) / len(X)
    spread = np.mean(np.sum((gradients - gradients.mean(axis=0)) ** 2, axis=1))
    return {"variance": float(spread), "slope": float(np.mean(np.sum(g**2, axis=1)))}, {}


def slopes(X: FloatArray, weights: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Scores (rows,) of `net` with ``weights``, and their gradients with respect to those, (rows, count)."""
    kernel, bias, out, last = weights
    before = X @ kernel + bias
    hidden = np.maximum(before, 0.0)
    back = (before > 0) * out[:, 0]
    parts = [np.einsum("ni,nj->nij", X, back).reshape(len(X), -1), back, hidden, np.ones((len(X), 1))]
    return hidden @ out[:, 0] + last[0], np.concatenate(parts, axis=1)


def walsh(table: FloatArray) -> FloatArray:
    """Row k: the sum of the rows r of ``table`` (2^d, m), each times (-1)^popcount(k & r)."""
    sums = table.copy()
    half = 1
    while half < len(sums):
        pairs = sums.reshape(-1, 2, half, sums.shape[1])
        sums = np.stack([pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]], axis=1)
        sums = sums.reshape(table.shape)
        half *= 2
    return sums
