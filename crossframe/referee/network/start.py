"""Starting weights: H2O's, from its seed, and any other distribution's."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from crossframe.engines.base import FloatArray
from crossframe.referee.network.pcg import Pcg
from crossframe.referee.network.spec import NetworkSpec
from crossframe.updates import Array

_SEED_OFFSET = 0xBAD5EED
_HEAD_FACTOR = 4.0
_TRUNCATED = 0.87962566103423978
"""Standard deviation of a standard normal number that lies within 2 of 0."""

Generator = Literal["PCG32", "PCG64"]
"""H2O's, or NumPy's."""


def h2o_start(
    network: NetworkSpec,
    inputs: int,
    seed: int,
    distribution: Literal["UniformAdaptive", "Uniform"] = "UniformAdaptive",
    scale: float = 1.0,
) -> list[Array]:
    """The weights that ``h2o.deeplearning`` starts from, of a network with ``inputs`` kept features.

    ``UniformAdaptive`` is Glorot's uniform distribution, four times as wide in the layer of the
    output; ``Uniform`` lies within ``scale`` of 0. Biases are 0, but of rectifiers 1/2 in the first
    hidden layer and 1 in the others. Each layer has a generator of its own, unit by unit.

    Source: ``DeepLearningModelInfo.java`` (``randomizeWeights``, ``initializeMembers``).
    """
    words = {"UniformAdaptive": "glorot_uniform_x4_output", "Uniform": "uniform"}
    biases = "half_then_one" if network.activation == "relu" else "zeros"
    return drawn_start(network, inputs, seed, words[distribution], biases, scale, "PCG32")


def drawn_start(
    network: NetworkSpec,
    inputs: int,
    seed: int,
    weights: str,
    biases: str = "zeros",
    scale: float = 1.0,
    generator: Generator = "PCG64",
) -> list[Array]:
    """Weights drawn by the canonical rules ``init.weights`` and ``init.biases`` with ``init.scale``.

    Uniform weights of the generator ``PCG32`` are those that H2O draws of the same seed, and only
    their width is the rule's; all others are NumPy's. Normal weights of a named rule (Glorot, He,
    LeCun) are cut off at two standard deviations, as Keras does. Biases that are ``glorot_uniform``
    are as wide as the weights of their layer, as scikit-learn's.
    """
    units = network.units
    numpy = np.random.default_rng([seed % (1 << 63), 1])
    found: list[Array] = []
    for layer, (fan_in, fan_out) in enumerate(zip((inputs, *units), units, strict=False)):
        last = layer == len(units) - 1
        width = _width(weights, fan_in, fan_out, scale)
        if weights.startswith("glorot_uniform") or weights in ("he_uniform", "lecun_uniform", "uniform"):
            count = fan_in * fan_out
            if generator == "PCG32":
                drawn = Pcg(seed + _SEED_OFFSET + layer + 1).floats(count).astype(np.float64)
            else:
                drawn = numpy.random(count)
            kernel = -width + drawn * (width - -width)
        else:
            kernel = width * _normal(numpy, fan_in * fan_out, cut=weights != "normal")
        if last and weights == "glorot_uniform_x4_output":
            kernel = _HEAD_FACTOR * kernel
        kernel = kernel.reshape(fan_out, fan_in).T
        found += [
            kernel.astype(np.float32) if network.arithmetic == "h2o" else kernel,
            _biases(biases, numpy, layer, fan_out, last, width),
        ]
    return network.held(found)


def _width(weights: str, fan_in: int, fan_out: int, scale: float) -> float:
    """Half width of a uniform distribution, standard deviation of a normal one."""
    if weights in ("uniform", "normal"):
        return scale
    fans = {"glorot": (fan_in + fan_out) / 2.0, "he": fan_in / 2.0, "lecun": float(fan_in)}
    spread = 1.0 / fans[weights.partition("_")[0]]
    return math.sqrt(3.0 * spread) if "uniform" in weights else math.sqrt(spread)


def _normal(numpy: np.random.Generator, count: int, cut: bool) -> FloatArray:
    drawn = numpy.standard_normal(count)
    if not cut:
        return drawn
    while (beyond := np.abs(drawn) > 2.0).any():
        drawn[beyond] = numpy.standard_normal(int(beyond.sum()))
    return drawn / _TRUNCATED


def _biases(
    rule: str, numpy: np.random.Generator, layer: int, units: int, last: bool, width: float
) -> FloatArray:
    if rule == "zeros" or (rule == "half_then_one" and last):
        return np.zeros(units)
    if rule == "half_then_one":
        return np.full(units, 0.5 if layer == 0 else 1.0)
    return numpy.uniform(-width, width, units)
