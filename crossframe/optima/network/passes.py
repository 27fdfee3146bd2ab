"""Forward and backward through the network, in one of the arithmetics of `NetworkSpec`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.optima.network.fast import kernels
from crossframe.optima.network.spec import NetworkSpec
from crossframe.optima.updates import Array

_LANES = 8


def predict(network: NetworkSpec, weights: Sequence[Array], X: FloatArray) -> FloatArray:
    """P(class 1) or the numbers, (m,), of the scaled rows ``X`` (m, k) by the network's ``weights``."""
    a: Array = X.astype(network.precisions()[1])
    dropout = network.dropout
    with np.errstate(over="ignore"):
        for layer in range(len(weights) // 2):
            a = _sums(network, weights, layer, a)
            if layer < len(network.hidden):
                a = _activate(network, a)
                if dropout is not None and not dropout.inverted:
                    a = a * (1.0 - dropout.hidden[layer])
    made = _head(network, a).astype(np.float64)
    return made if network.classes > 2 else made[:, -1].copy()


def gradient(
    network: NetworkSpec,
    weights: Sequence[Array],
    X: Array,
    y: Array,
    masks: Sequence[FloatArray] = (),
) -> tuple[list[Array], list[Array], list[Array]]:
    """Gradient of the mean loss of a batch, and the two lists of `slopes` that make it.

    It has an array for kernel and bias of every layer in turn; see `slopes` for the arguments.
    """
    inputs, errors = slopes(network, weights, X, y, masks)
    gradients: list[Array] = []
    for taken, slope in zip(inputs, errors, strict=True):
        gradients += [taken.T @ slope, slope[0] if len(slope) == 1 else slope.sum(axis=0)]
    return gradients, inputs, errors


def slopes(
    network: NetworkSpec,
    weights: Sequence[Array],
    X: Array,
    y: Array,
    masks: Sequence[FloatArray] = (),
) -> tuple[list[Array], list[Array]]:
    """The inputs and the errors of every layer (derivative of the loss by its sums), (b, width).

    ``X`` (b, k) and ``y`` (b,), numbers or 0 and 1, are in the precision of the biases; ``masks`` come
    from `Dropout.draw`. Under its own loss the error of every output layer is output - target.
    """
    dropout = network.dropout
    hidden = len(network.hidden)
    a = X
    if dropout is not None and dropout.input > 0.0:
        a = _struck(X, masks[0], dropout.input if dropout.inverted else 0.0)
    inputs: list[Array] = []
    outputs: list[Array] = []
    for layer in range(hidden + 1):
        inputs.append(a)
        a = _sums(network, weights, layer, a)
        if layer < hidden:
            outputs.append(a)
            a = _activate(network, a)
            if dropout is not None:
                outputs[-1], a = _dropped(network, layer, a, masks[layer + 1])
            else:
                outputs[-1] = a
    error = _head(network, a)
    if network.classes > 2:
        error[np.arange(len(y)), y.astype(np.int64)] -= 1
    else:
        error[:, -1] -= y
        if network.head == "softmax2":
            error[:, 0] -= 1 - y
    error /= a.dtype.type(len(X))
    errors: list[Array] = [error]
    for layer in range(hidden, 0, -1):
        back = _behind(network, weights[2 * layer], error)
        if dropout is not None and dropout.inverted:
            back = _struck(back, masks[layer], dropout.hidden[layer - 1])
        error = back * _slope(network, outputs[layer - 1])
        errors.insert(0, error)
    return inputs, errors


def _dropped(network: NetworkSpec, layer: int, a: Array, mask: FloatArray) -> tuple[Array, Array]:
    """The outputs at which a layer's slope is taken, and those that the next layer gets.

    Dropout that is not inverted sets the sum of a dropped unit to 0 before its activation, and errors go
    back through it as through any other: where the slope at 0 is not 0, as tanh's, its weights still learn.
    """
    dropout = network.dropout
    assert dropout is not None
    if dropout.inverted:
        return a, _struck(a, mask, dropout.hidden[layer])
    rest = _activate(network, np.zeros_like(a))
    a = np.where(mask > 0.0, a, rest)
    return a, a


def _struck(a: Array, mask: FloatArray, ratio: float) -> Array:
    kept: Array = a * mask.astype(a.dtype) / a.dtype.type(1.0 - ratio)
    return kept


def _sums(network: NetworkSpec, weights: Sequence[Array], layer: int, a: Array) -> Array:
    """The weighted sums of a layer's units: (b, units)."""
    kernel, bias = weights[2 * layer], weights[2 * layer + 1]
    if network.arithmetic != "mixed":
        return a @ kernel + bias
    if len(a) > 1:
        return a @ kernel.astype(np.float64) + bias
    if (compiled := kernels()) is not None:
        row: Array = compiled.sums_in_lanes(kernel, a[0], bias)
        return row[None, :]
    products = kernel.astype(np.float64) * a[0][:, None]
    whole = len(products) // _LANES * _LANES
    parts: Array = products[:whole].reshape(-1, _LANES, products.shape[1]).sum(axis=0)
    total: Array = parts[0] + parts[1] + parts[2] + parts[3]
    total = total + (parts[4] + parts[5] + parts[6] + parts[7])
    for left in products[whole:]:
        total = total + left
    total = total + bias
    return total[None, :]


def _behind(network: NetworkSpec, kernel: Array, error: Array) -> Array:
    """Derivative of the loss by the outputs of the layer below; the kernel is that of the forward pass."""
    if network.arithmetic != "mixed":
        return error @ kernel.T
    if len(error) > 1:
        return error @ kernel.astype(np.float64).T
    if (compiled := kernels()) is not None:
        row: Array = compiled.behind_in_turn(kernel, error[0])
        return row[None, :]
    # One unit after the other: NumPy adds so along the first axis of an array laid out by rows.
    by_unit: Array = np.ascontiguousarray(kernel.T).astype(np.float64) * error[0][:, None]
    below: Array = by_unit.sum(axis=0)
    return below[None, :]


def _activate(network: NetworkSpec, sums: Array) -> Array:
    activation = network.activation
    if activation == "relu":
        return np.maximum(sums, sums.dtype.type(0))
    if activation == "sigmoid":
        return _sigmoid(sums)
    if activation == "identity":
        return sums
    if network.arithmetic == "mixed":
        return 1.0 - 2.0 / (1.0 + np.exp(2.0 * sums))  # type: ignore[no-any-return]
    return np.tanh(sums)


def _slope(network: NetworkSpec, a: Array) -> Any:
    """The activation's derivative, from its value."""
    activation = network.activation
    if activation == "relu":
        return (a > 0).astype(a.dtype)
    if activation == "sigmoid":
        return a * (1 - a)
    return np.ones_like(a) if activation == "identity" else 1 - a * a


def _head(network: NetworkSpec, sums: Array) -> Array:
    """Probabilities: (b, 2) or (b, classes), or (b, 1) of class 1; numbers: (b, 1)."""
    if network.head == "sigmoid1":
        return _sigmoid(sums)
    if network.numbers:
        return sums if network.head == "linear1" else np.exp(sums)
    if network.classes > 2:
        grown: Array = np.exp(sums - sums.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True))
    # By columns: NumPy's reductions take longer than the network of a small batch.
    shares: Array = np.exp(sums - np.maximum(sums[:, :1], sums[:, 1:]))
    shares /= shares[:, :1] + shares[:, 1:]
    return shares


def _sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))
