"""Images that fool a network: changed by little, or made of noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray
from crossframe.studies.training import Outcome
from crossframe.studies.training.images import CLASSES, batches
from crossframe.studies.training.perceptron import Setup

STEPS, ATTACKED, NOISE, ASCENT = 40, 1000, 100, 100
"""Steps towards another label, images that are changed, images of noise, and steps that these take."""
CERTAIN = 0.99

Layers = list[tuple[FloatArray, FloatArray]]
"""Kernel (in, out) and bias (out,) of every layer; relu between them, softmax at the end."""


def fooled(*, bounds: Sequence[float], rate: float, updates: int, target: float, **setup: Any) -> Outcome:
    """Train a Keras network and scikit-learn's softmax regression on the same images, and fool both.

    Returns
    -------
    arrays
        ``network``, ``linear`` (bounds, seeds): share of the first `ATTACKED` test images, of those labelled
        rightly, whose label changes within ``bounds`` of every pixel, which goes from 0 to 1; ``noise``
        (seeds,): share of images of noise that became certain to the network; ``accuracy``,
        ``linear_accuracy`` (seeds,).
    """
    from sklearn.linear_model import LogisticRegression

    given = Setup(**setup)
    arrays = given.empty(("network", "linear"), len(bounds)) | given.empty(
        ("noise", "accuracy", "linear_accuracy")
    )
    for j, seed, data, net in given.each():
        net.start(seed)
        net.train(data.X, data.y, batches(len(data.y), 50, updates, seed), rate, 100, target)
        weights = [w.astype(np.float64) for w in net.weights()]
        plain = LogisticRegression(max_iter=1000).fit(data.X, data.y)
        X, y = data.X_test[:ATTACKED].astype(np.float64), data.y_test[:ATTACKED]
        for name, score, layers in (
            ("network", "accuracy", list(zip(weights[::2], weights[1::2], strict=True))),
            ("linear", "linear_accuracy", [(plain.coef_.T.astype(np.float64), plain.intercept_)]),
        ):
            right = outputs(layers, X).argmax(axis=1) == y
            arrays[score][j] = right.mean()
            arrays[name][:, j] = [_changed(layers, X[right], y[right], bound) for bound in bounds]
            if name == "network":
                arrays["noise"][j] = _certain(layers, X.shape[1], seed)
    return {}, arrays


def outputs(layers: Layers, X: FloatArray) -> FloatArray:
    """Scores before the softmax, (rows, classes)."""
    return _forward(layers, X)[-1]


def _forward(layers: Layers, X: FloatArray) -> list[FloatArray]:
    """What enters each layer, and the scores."""
    values = [X]
    for number, (kernel, bias) in enumerate(layers):
        z = values[-1] @ kernel + bias
        values.append(z if number == len(layers) - 1 else np.maximum(z, 0.0))
    return values


def slopes(layers: Layers, X: FloatArray, y: IntArray) -> tuple[FloatArray, FloatArray]:
    """Log-probability of ``y`` (rows,) at ``X`` (rows, p), and its gradient with respect to ``X``."""
    values = _forward(layers, X)
    z = values[-1] - values[-1].max(axis=1, keepdims=True)
    logs = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    back = np.eye(logs.shape[1])[y] - np.exp(logs)
    for entered, (kernel, _) in zip(values[-2::-1], layers[::-1], strict=True):
        back = back @ kernel.T
        if entered is not X:
            back = back * (entered > 0)
    return logs[np.arange(len(y)), y], back


def _changed(layers: Layers, X: FloatArray, y: IntArray, bound: float) -> float:
    """Share of the images whose label changes within ``bound`` of every pixel.

    `STEPS` steps of a tenth of it along the sign of the gradient of the label's loss, put back to the bound
    and to [0, 1] after each. Source: A. Madry, A. Makelov, L. Schmidt, D. Tsipras and A. Vladu, Towards deep
    learning models resistant to adversarial attacks, ICLR 2018.
    """
    low, high = np.maximum(X - bound, 0.0), np.minimum(X + bound, 1.0)
    moved, gone = X, np.zeros(len(X), dtype=bool)
    for _ in range(STEPS):
        moved = np.clip(moved - bound / 10 * np.sign(slopes(layers, moved, y)[1]), low, high)
        gone |= outputs(layers, moved).argmax(axis=1) != y
    return float(gone.mean())


def _certain(layers: Layers, pixels: int, seed: int) -> float:
    """Share of `NOISE` images of noise that `ASCENT` steps make certain of a digit drawn beforehand.

    Each step moves every pixel by .02 along the sign of the gradient of the digit's log-probability.
    """
    rng = np.random.default_rng([seed, 21])
    X, y = rng.random((NOISE, pixels)), rng.integers(0, CLASSES, NOISE)
    best: NDArray[np.float64] = np.full(NOISE, -np.inf)
    for _ in range(ASCENT):
        X = np.clip(X + 0.02 * np.sign(slopes(layers, X, y)[1]), 0.0, 1.0)
        best = np.maximum(best, slopes(layers, X, y)[0])
    return float(np.mean(best >= np.log(CERTAIN)))
