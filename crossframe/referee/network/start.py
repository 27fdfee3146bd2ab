"""Starting weights: H2O's, from its seed."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from crossframe.referee.network.pcg import Pcg
from crossframe.referee.network.spec import NetworkSpec
from crossframe.updates import Array

_SEED_OFFSET = 0xBAD5EED
_HEAD_FACTOR = 4.0


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
    units = network.units
    weights: list[Array] = []
    for layer, (fan_in, fan_out) in enumerate(zip((inputs, *units), units, strict=False)):
        width = math.sqrt(6.0 / (fan_in + fan_out)) if distribution == "UniformAdaptive" else scale
        drawn = Pcg(seed + _SEED_OFFSET + layer + 1).floats(fan_in * fan_out).astype(np.float64)
        kernel = -width + drawn * (width - -width)
        last = layer == len(units) - 1
        if last and distribution == "UniformAdaptive":
            kernel = _HEAD_FACTOR * kernel
        bias = 0.0
        if network.activation == "relu" and not last:
            bias = 0.5 if layer == 0 else 1.0
        weights += [kernel.reshape(fan_out, fan_in).T.astype(np.float32), np.full(fan_out, bias)]
    return network.held(weights)
