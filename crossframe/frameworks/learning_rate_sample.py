"""The rows, the small network and its gradient with which every framework is measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.optima.updates import Array

HIDDEN = 8
"""Hidden tanh units of the network; it ends in two softmax units, or one logistic unit."""

_INPUTS = 5
_ROWS = 25
_SEED = 20170601


def rows() -> tuple[FloatArray, IntArray]:
    """25 rows of 5 features, and their classes; no feature is 0, and no plane separates the classes.

    All numbers are whole in single precision, so that every framework holds the same ones.
    """
    rng = np.random.default_rng(_SEED)
    X = rng.normal(size=(_ROWS, _INPUTS)).astype(np.float32).astype(np.float64)
    y = (X[:, 0] - X[:, 1] + rng.normal(size=_ROWS) > 0).astype(np.int64)
    return X, y


def stream(updates: int) -> Iterator[tuple[FloatArray, int]]:
    """The rows in their order, again and again: one row and its class for each update."""
    X, y = rows()
    for u in range(updates):
        yield X[u % _ROWS], int(y[u % _ROWS])


def digits(n: int) -> tuple[FloatArray, IntArray]:
    """The first ``n`` of the bundled digits 0 and 1 in a fixed order, pixels between 0 and 1."""
    from crossframe.data import load

    data = load("digits")
    chosen = np.random.default_rng(_SEED).permutation(len(data.y))[:n]
    return data.X[chosen] / 16.0, data.y[chosen].astype(np.int64)


def start(inputs: int, head: str = "softmax") -> list[Array]:
    """Starting weights in single precision: kernel (inputs, 8), bias, kernel (8, 2), bias (2,).

    Uniform as Glorot's, biases too, so that none is 0. With the head ``logistic`` the last layer has
    one unit, which is the difference of the pair: both are the same function of the input. With
    ``linear`` there is no hidden layer: (inputs,) and (1,).
    """
    rng = np.random.default_rng(_SEED + inputs)

    def layer(fan_in: int, fan_out: int) -> list[Array]:
        limit = np.sqrt(6.0 / (fan_in + fan_out))
        return [rng.uniform(-limit, limit, size).astype(np.float32) for size in ((fan_in, fan_out), fan_out)]

    if head == "linear":
        kernel, bias = layer(inputs, 1)
        return [kernel[:, 0], bias]
    weights = [*layer(inputs, HIDDEN), *layer(HIDDEN, 2)]
    if head == "logistic":
        weights[2:] = [w[..., 1:] - w[..., :1] for w in weights[2:]]
    return weights


def gradient(weights: Sequence[Array], x: FloatArray, y: int, alpha: float = 0.0) -> list[Array]:
    """Gradient of the cross-entropy of one row, plus ``alpha / 2 |kernels|^2``, at these weights.

    Two units of the last layer are a softmax pair, one is a logistic unit.
    """
    kernel, bias, last, last_bias = (w.astype(np.float64) for w in weights)
    hidden = np.tanh(x @ kernel + bias)
    scores = hidden @ last + last_bias
    if len(scores) == 1:
        error = 1.0 / (1.0 + np.exp(-scores)) - y
    else:
        shares = np.exp(scores - scores.max())
        error = shares / shares.sum() - np.eye(2)[y]
    back = (last @ error) * (1.0 - hidden**2)
    return [np.outer(x, back) + alpha * kernel, back, np.outer(hidden, error) + alpha * last, error]


def linear_gradient(
    weights: Sequence[Array], x: FloatArray, y: int, loss: str, alpha: float = 0.0
) -> list[Array]:
    """Gradient of one row's ``log_loss`` or ``hinge`` for a linear model ``[coef (k,), intercept (1,)]``.

    The penalty ``alpha / 2 |coef|^2`` is included.
    """
    coef, intercept = (w.astype(np.float64) for w in weights)
    sign = 2 * y - 1
    margin = sign * (float(x @ coef) + float(intercept[0]))
    steepness = 1.0 / (1.0 + np.exp(margin)) if loss == "log_loss" else float(margin <= 1.0)
    slope = -sign * steepness
    return [slope * x + alpha * coef, np.array([slope])]
