"""Initial weights of a multilayer perceptron that any framework can be given, and their fingerprint."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Weights: TypeAlias = list[NDArray[Any]]
"""Kernel (inputs, units) and bias (units,) of every layer in turn."""
ALTERED = "altered"
"""In place of a fingerprint: the framework holds other weights than were sent."""


def initial_weights(seed: int, inputs: int, hidden: Sequence[int], outputs: int) -> Weights:
    """The weights ``given:seed`` of a network for two classes, as float32.

    Kernels are uniform on +-sqrt(6 / (inputs + units)) (Glorot and Bengio 2010, eq. 16) by
    ``numpy.random.default_rng(seed)``, layer by layer, an input's weights one after the other, rounded to
    float32, which float64 holds as well; biases are 0. The output layer is drawn for one unit. Where it has
    two, each has half of that, with opposite signs: the probability of a softmax depends on the difference
    of the two alone, so that either output layer starts from the same function.

    Parameters
    ----------
    inputs, hidden, outputs
        Number of features, units of each hidden layer, and output units: 1, 2, or of more classes one each.
    """
    generator = np.random.default_rng(seed)
    weights: Weights = []
    fan_in = inputs
    for units in (*hidden, outputs if outputs > 2 else 1):
        width = math.sqrt(6.0 / (fan_in + units))
        kernel = generator.uniform(-width, width, (fan_in, units)).astype(np.float32)
        weights += [kernel, np.zeros(units, np.float32)]
        fan_in = units
    if outputs == 2:
        # A half has the same bits but for its exponent, and so has the difference.
        halves = np.array([-0.5, 0.5], np.float32)
        weights[-2:] = [weights[-2] * halves, np.zeros(2, np.float32)]
    return weights


def fingerprint(weights: Sequence[NDArray[Any]]) -> str:
    """SHA-256 of the function that the weights of a network stand for, whichever output layer it has.

    Hashed are the shapes, and the bytes as little-endian float64 in row-major order; of two output units
    the difference of the second and the first; -0.0 as 0.0.
    """
    digest = hashlib.sha256()
    held = [np.asarray(w, np.float64) for w in weights]
    if held[-1].shape == (2,):
        held[-2:] = [w[..., 1:] - w[..., :1] for w in held[-2:]]
    for array in held:
        digest.update(str(array.shape).encode())
        digest.update((np.ascontiguousarray(array, "<f8") + 0.0).tobytes())
    return digest.hexdigest()


def received(sent: Sequence[NDArray[Any]], held: Sequence[NDArray[Any]]) -> str:
    """The `fingerprint` of the weights that a framework holds; `ALTERED` unless they are those ``sent``."""
    same = len(sent) == len(held) and all(map(np.array_equal, sent, held))
    return fingerprint(held) if same else ALTERED
