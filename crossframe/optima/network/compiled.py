"""The trainer's inner loops compiled by Numba: the same bits as NumPy's, in one walk over the weights.

Every loop rounds where the NumPy code does that it stands for, operation by operation and sum by sum,
so that it is no second definition; the tests ask for equal bits. `crossframe.optima.network.fast`
imports this module where Numba is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import njit

_HALF_FLOAT = np.int32(532483686)
_HALF_DOUBLE = np.int64(1072632448)

Loop = TypeVar("Loop", bound=Callable[..., Any])


def _compiled(loop: Loop) -> Loop:
    """Without checks for a division by zero, so that it is vectorised; nothing reordered (no fastmath)."""
    made: Loop = njit(cache=True, error_model="numpy")(loop)
    return made


@_compiled
def sums_in_lanes(kernel: Any, x: Any, bias: Any) -> Any:
    """``x @ kernel + bias`` (units,) of one row, added up in eight interleaved parts."""
    inputs, units = kernel.shape
    parts = np.zeros((8, units))
    whole = inputs // 8 * 8
    for i in range(whole):
        xi, lane = x[i], i % 8
        for j in range(units):
            parts[lane, j] += np.float64(kernel[i, j]) * xi
    total = np.empty(units)
    for j in range(units):
        low = ((parts[0, j] + parts[1, j]) + parts[2, j]) + parts[3, j]
        total[j] = low + (((parts[4, j] + parts[5, j]) + parts[6, j]) + parts[7, j])
    for i in range(whole, inputs):
        for j in range(units):
            total[j] += np.float64(kernel[i, j]) * x[i]
    for j in range(units):
        total[j] += bias[j]
    return total


@_compiled
def behind_in_turn(kernel: Any, error: Any) -> Any:
    """``kernel @ error`` (inputs,) of one row, added up unit by unit; eight inputs at a time."""
    inputs, units = kernel.shape
    below = np.empty(inputs)
    whole = inputs // 8 * 8
    for i in range(0, whole, 8):
        a = b = c = d = e = f = g = h = 0.0
        for j in range(units):
            v = error[j]
            a += np.float64(kernel[i, j]) * v
            b += np.float64(kernel[i + 1, j]) * v
            c += np.float64(kernel[i + 2, j]) * v
            d += np.float64(kernel[i + 3, j]) * v
            e += np.float64(kernel[i + 4, j]) * v
            f += np.float64(kernel[i + 5, j]) * v
            g += np.float64(kernel[i + 6, j]) * v
            h += np.float64(kernel[i + 7, j]) * v
        below[i], below[i + 1], below[i + 2], below[i + 3] = a, b, c, d
        below[i + 4], below[i + 5], below[i + 6], below[i + 7] = e, f, g, h
    for i in range(whole, inputs):
        total = 0.0
        for j in range(units):
            total += np.float64(kernel[i, j]) * error[j]
        below[i] = total
    return below


@_compiled
def approximate_adadelta(w: Any, g: Any, squares: Any, steps: Any, rho: Any, eps: Any, skips: bool) -> None:
    """Update of a kernel by `ApproximateAdadelta`, all arrays flat; writes ``w`` and the averages."""
    rest = np.float32(1) - rho
    for i in range(w.size):
        d = np.float64(g[i])
        square = d * d
        s = np.float32(np.float64(rho * squares[i]) + np.float64(rest) * square)
        share = np.float32((steps[i] + eps) / (s + eps))
        bits = np.int32(_HALF_FLOAT + np.int32(share.view(np.int32) >> np.int32(1)))
        rate = bits.view(np.float32)
        t = np.float32(np.float64(rho * steps[i]) + np.float64(rest * rate * rate) * square)
        acts = d != 0.0 or not skips
        squares[i] = s if acts else squares[i]
        steps[i] = t if acts else steps[i]
        w[i] = np.float64(w[i]) - np.float64(rate) * d if acts else np.float64(w[i])


@_compiled
def approximate_adadelta_row(
    w: Any, x: Any, error: Any, squares: Any, steps: Any, rho: Any, eps: Any, skips: bool
) -> None:
    """`approximate_adadelta` for the gradient of one row, ``x`` (k,) times ``error`` (units,), not stored."""
    rest = np.float32(1) - rho
    inputs, units = w.shape
    for i in range(inputs):
        xi = x[i]
        if skips and xi == 0:
            continue
        for j in range(units):
            d = np.float64(xi * error[j])
            square = d * d
            s = np.float32(np.float64(rho * squares[i, j]) + np.float64(rest) * square)
            share = np.float32((steps[i, j] + eps) / (s + eps))
            bits = np.int32(_HALF_FLOAT + np.int32(share.view(np.int32) >> np.int32(1)))
            rate = bits.view(np.float32)
            t = np.float32(np.float64(rho * steps[i, j]) + np.float64(rest * rate * rate) * square)
            acts = d != 0.0 or not skips
            squares[i, j] = s if acts else squares[i, j]
            steps[i, j] = t if acts else steps[i, j]
            w[i, j] = np.float64(w[i, j]) - np.float64(rate) * d if acts else np.float64(w[i, j])


@_compiled
def approximate_adadelta_bias(
    w: Any, g: Any, square: Any, squares: Any, steps: Any, rho: Any, eps: Any, skips: bool
) -> None:
    """`approximate_adadelta` for biases; ``square`` (units,) are the mean squared gradients of each unit."""
    rest = np.float32(1) - rho
    for j in range(w.size):
        d = np.float64(g[j])
        if skips and d == 0.0:
            continue
        s = np.float64(rho) * squares[j] + np.float64(rest) * square[j]
        share = (steps[j] + np.float64(eps)) / (s + np.float64(eps))
        bits = np.int64(((np.float64(share).view(np.int64) >> 32) + _HALF_DOUBLE) << 31)
        rate = bits.view(np.float64)
        steps[j] = np.float64(rho) * steps[j] + np.float64(rest) * rate * rate * square[j]
        squares[j] = s
        w[j] = np.float64(w[j]) - rate * d


@_compiled
def mean_square_row(x: Any, error: Any) -> Any:
    """Mean over the inputs of ``(x error)^2`` (units,), the squared gradient of one row, input by input."""
    total = np.zeros(error.size)
    for i in range(x.size):
        xi = x[i]
        for j in range(error.size):
            d = np.float64(xi * error[j])
            total[j] += d * d
    for j in range(error.size):
        total[j] /= x.size
    return total


@_compiled
def adam(
    w: Any, g: Any, mean: Any, squares: Any, beta_1: float, beta_2: float, eps: float, alpha: float,
    decay: float, eta: float,
) -> None:  # fmt: skip
    """Update by `Adam` without ``amsgrad``; ``alpha`` is the rate times the correction for the start."""
    for i in range(w.size):
        v, d = np.float64(w[i]), np.float64(g[i])
        v = v - v * decay * eta
        m = beta_1 * mean[i] + (1.0 - beta_1) * d
        s = beta_2 * squares[i] + (1.0 - beta_2) * (d * d)
        mean[i] = m
        squares[i] = s
        w[i] = v - alpha * m / (np.sqrt(s) + eps)


@_compiled
def descent(w: Any, g: Any, eta: float) -> None:
    """Update of flat weights by their gradient alone, with the rate ``eta``; writes ``w``."""
    for i in range(w.size):
        w[i] = np.float64(w[i]) - eta * np.float64(g[i])


@_compiled
def sgd(w: Any, g: Any, velocity: Any, eta: float, momentum: float, nesterov: bool) -> None:
    """Update by `Sgd`, all arrays flat; writes ``w`` and ``velocity``."""
    for i in range(w.size):
        v, d = np.float64(w[i]), np.float64(g[i])
        moved = momentum * velocity[i] - eta * d
        velocity[i] = moved
        w[i] = v + momentum * moved - eta * d if nesterov else v + moved


@_compiled
def adadelta(w: Any, g: Any, squares: Any, steps: Any, eta: float, rho: float, eps: float) -> None:
    """Update by `Adadelta`, all arrays flat; writes ``w`` and the averages."""
    for i in range(w.size):
        d = np.float64(g[i])
        s = rho * squares[i] + (1.0 - rho) * (d * d)
        step = d * np.sqrt(steps[i] + eps) / np.sqrt(s + eps)
        squares[i] = s
        steps[i] = rho * steps[i] + (1.0 - rho) * (step * step)
        w[i] = np.float64(w[i]) - eta * step


@_compiled
def rmsprop(
    w: Any, g: Any, squares: Any, velocity: Any, eta: float, rho: float, momentum: float, eps: float
) -> None:
    """Update by `RmsProp` that is not centred; writes ``w``, ``squares`` and ``velocity``."""
    for i in range(w.size):
        d = np.float64(g[i])
        s = rho * squares[i] + (1.0 - rho) * (d * d)
        v = momentum * velocity[i] + eta * d / np.sqrt(s + eps)
        squares[i] = s
        velocity[i] = v
        w[i] = np.float64(w[i]) - v
