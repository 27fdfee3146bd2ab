"""Starting weights by the rules of the vocabulary."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.optima.network.spec import NetworkSpec
from crossframe.optima.updates import Array

_HEAD_FACTOR = 4.0
_UNIFORM = ("he_uniform", "lecun_uniform", "fan_in_uniform", "uniform")
_TRUNCATED = 0.87962566103423978
"""Standard deviation of a standard normal number that lies within 2 of 0."""

Uniform = Callable[[int, int], FloatArray]
"""(number of the layer from 0, count) -> so many numbers, uniform in [0, 1)."""


def random_start(
    network: NetworkSpec,
    inputs: int,
    seed: int,
    weights: str,
    biases: str = "zeros",
    scale: float = 1.0,
    uniform: Uniform | None = None,
) -> list[Array]:
    """Random weights of a network, kernel (inputs, units) and bias (units,) of every layer in turn.

    The rules are the canonical ``init.weights`` and ``init.biases`` with ``init.scale``: the half width of
    a uniform distribution, or the standard deviation of a normal one. Normal weights of a named rule
    (Glorot, He, LeCun) are cut off at two standard deviations. Biases that are ``glorot_uniform`` are as
    wide as the weights of their layer, those that are ``fan_in_uniform`` as such weights; those that are
    ``units_uniform`` lie within the root of 3 / units.

    Parameters
    ----------
    inputs
        Number of features that the network takes.
    seed
        Seed of NumPy's generator.
    uniform
        Another source of the uniform numbers that become uniform weights; None: NumPy's generator.
    """
    units = network.units
    numpy = np.random.default_rng([seed % (1 << 63), 1])
    start: list[Array] = []
    for layer, (fan_in, fan_out) in enumerate(zip((inputs, *units), units, strict=False)):
        last = layer == len(units) - 1
        width = _width(weights, fan_in, fan_out, scale)
        if weights.startswith("glorot_uniform") or weights in _UNIFORM:
            count = fan_in * fan_out
            share = uniform(layer, count) if uniform is not None else numpy.random(count)
            kernel = -width + share * (width - -width)
        else:
            kernel = width * _normal(numpy, fan_in * fan_out, cut=weights != "normal")
        if last and weights == "glorot_uniform_x4_output":
            kernel = _HEAD_FACTOR * kernel
        kernel = kernel.reshape(fan_out, fan_in).T
        own = {
            "fan_in_uniform": _width("fan_in_uniform", fan_in, fan_out, scale),
            "units_uniform": math.sqrt(3.0 / fan_out),
        }
        start += [kernel, _biases(biases, numpy, layer, fan_out, last, own.get(biases, width))]
    return network.held(start)


def _width(weights: str, fan_in: int, fan_out: int, scale: float) -> float:
    """Half width of a uniform distribution, standard deviation of a normal one."""
    if weights in ("uniform", "normal"):
        return scale
    fans = {"glorot": (fan_in + fan_out) / 2.0, "he": fan_in / 2.0, "lecun": float(fan_in)}
    # Of the variance 1 / (3 inputs), whose half width is 1 / sqrt(inputs).
    fans["fan"] = 3.0 * fan_in
    spread = 1.0 / fans[weights.partition("_")[0]]
    return math.sqrt(3.0 * spread) if "uniform" in weights else math.sqrt(spread)


def _normal(numpy: np.random.Generator, count: int, cut: bool) -> FloatArray:
    numbers = numpy.standard_normal(count)
    if not cut:
        return numbers
    while (beyond := np.abs(numbers) > 2.0).any():
        numbers[beyond] = numpy.standard_normal(int(beyond.sum()))
    return numbers / _TRUNCATED


def _biases(
    rule: str, numpy: np.random.Generator, layer: int, units: int, last: bool, width: float
) -> FloatArray:
    if rule == "zeros" or (rule == "half_then_one" and last):
        return np.zeros(units)
    if rule == "half_then_one":
        return np.full(units, 0.5 if layer == 0 else 1.0)
    return numpy.uniform(-width, width, units)
