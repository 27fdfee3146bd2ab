"""Random numbers, starting weights, order of rows and dropout of ``h2o.deeplearning``, from its seed alone.

With ``reproducible=True`` H2O draws all of these from the seed, so that a network can be trained once
more outside of it. Sources are files of https://github.com/h2oai/h2o-3.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray
from crossframe.optima.network.spec import NetworkSpec
from crossframe.optima.network.start import Uniform, random_start
from crossframe.optima.updates import Array

_MULTIPLIER = 6364136223846793005
_INCREMENT = 3
_WORD = 1 << 64
_WEIGHTS_OFFSET = 0xBAD5EED
_ORDER_OFFSET = 0x8734093502429734
_PASS_OFFSET = 0x9823423497823423
_NEARLY_ALL = 0.999
"""From this share of the rows on H2O takes a pass for a full one."""
_INPUT_OFFSET = 0x1337B4BE
_HIDDEN_OFFSETS = {"tanh": 0xDA7A6000 - (1 << 32), "relu": 0x3C71F1ED}
"""Java reads the first as a negative number."""
_FILL_HIGH, _FILL_LOW = 0x5B93000000000000, 0xDB910000
_SMALL = 0xFFFF


def whole(number: int) -> int:
    """A Java ``long`` that holds ``number``, as the 64 bits of an unsigned number."""
    return number % _WORD


class Pcg:
    """H2O's generator: PCG of Melissa O'Neill behind the methods of ``java.util.Random``.

    64 bits of state, 32 bits of output (XSH RR) and always the same stream, so that the seed decides
    everything. Source: ``water/util/RandomUtils.java`` (``PCGRNG``, what ``getRNG`` gives by default).

    Parameters
    ----------
    seed
        Any whole number; its lowest 64 bits count.
    """

    def __init__(self, seed: int) -> None:
        self._state = whole((_INCREMENT + seed) * _MULTIPLIER + _INCREMENT)

    def outputs(self, count: int) -> NDArray[np.uint32]:
        """The next ``count`` outputs of 32 bits, shape (count,)."""
        states = _states(self._state, count)
        self._state = int(states[count])
        old = states[:count]
        mixed = (((old >> np.uint64(18)) ^ old) >> np.uint64(27)).astype(np.uint32)
        turn = (old >> np.uint64(59)).astype(np.uint32)
        return (mixed >> turn) | (mixed << (-turn & np.uint32(31)))

    def floats(self, count: int) -> NDArray[np.float32]:
        """``nextFloat``: multiples of 2^-24 below 1. Each takes two outputs and uses the second."""
        low = self.outputs(2 * count)[1::2] & np.uint32((1 << 24) - 1)
        return low.astype(np.float32) / np.float32(1 << 24)

    def doubles(self, count: int) -> NDArray[np.float64]:
        """``nextDouble``: multiples of 2^-53 below 1. Each takes four outputs."""
        low = self.outputs(4 * count)[1::2].astype(np.int64)
        high, rest = low[0::2] & ((1 << 26) - 1), low[1::2] & ((1 << 27) - 1)
        return ((high << 27) + rest) * 2.0**-53

    def bytes(self, count: int) -> NDArray[np.uint8]:
        """``nextBytes``: each output gives four, the lowest first."""
        return self.outputs(-(-count // 4)).astype("<u4").view(np.uint8)[:count]

    def shuffled(self, n: int) -> NDArray[np.int64]:
        """0 to n - 1 in random order: entry i is swapped with a random one from i on.

        Source: ``ArrayUtils.shuffleArray(int[], Random)``. ``nextInt(bound)`` is the remainder of
        one output, without PCG's rejection of outputs that make it unfair.
        """
        order = np.arange(n, dtype=np.int64)
        for i, output in enumerate(self.outputs(n).tolist()):
            change = i + output % (n - i)
            order[i], order[change] = order[change], order[i]
        return order


def _states(first: int, count: int) -> NDArray[np.uint64]:
    """``first`` and the ``count`` states after it; each round doubles the number of known states."""
    states = np.empty(count + 1, np.uint64)
    states[0] = first
    known, factor, summand = 1, _MULTIPLIER, _INCREMENT
    while known <= count:
        more = min(known, count + 1 - known)
        states[known : known + more] = states[:more] * np.uint64(factor) + np.uint64(summand)
        summand = whole(factor * summand + summand)
        factor = whole(factor * factor)
        known += more
    return states


def uniform_weights(seed: int) -> Uniform:
    """The uniform numbers in [0, 1) from which H2O makes the weights of a layer."""
    return lambda layer, count: Pcg(seed + _WEIGHTS_OFFSET + layer + 1).floats(count).astype(np.float64)


def starting_weights(
    network: NetworkSpec,
    inputs: int,
    seed: int,
    distribution: Literal["UniformAdaptive", "Uniform"] = "UniformAdaptive",
    scale: float = 1.0,
) -> list[Array]:
    """The weights that ``h2o.deeplearning`` starts from: kernel and bias of every layer in turn.

    ``inputs`` is the number of features that are kept. ``UniformAdaptive`` is Glorot's uniform
    distribution, four times as wide in the output layer; ``Uniform`` lies within ``scale`` of 0. Biases
    are 0, but those of rectifiers are 1/2 in the first hidden layer and 1 in the others. Each layer has
    its own generator.

    Source: ``DeepLearningModelInfo.java`` (``randomizeWeights``, ``initializeMembers``).
    """
    rules = {"UniformAdaptive": "glorot_uniform_x4_output", "Uniform": "uniform"}
    biases = "half_then_one" if network.activation == "relu" else "zeros"
    return random_start(network, inputs, seed, rules[distribution], biases, scale, uniform_weights(seed))


def row_order(
    n: int, seed: int, rows_per_pass: int | None = None, shuffle: bool = False
) -> Iterator[IntArray]:
    """The rows of ``h2o.deeplearning`` with ``reproducible=True``, pass after pass, without end.

    A pass is what H2O calls an iteration: after each one it scores and may stop. The data are one
    chunk then. A pass of exactly n rows is shuffled, with any ``shuffle_training_data``, by a
    generator that is seeded anew from the seed, the rows counted so far and the number of the pass.
    A pass of another length takes the rows as they come, again and again; if it is no whole multiple
    of n it takes each of them, shuffled once, with the probability that makes the length fit on
    average.

    Source: ``hex/FrameTask.java`` (``map``), ``DeepLearningTask.java`` (the seed),
    ``DeepLearning.java`` (``trainModel`` switches the shuffling on).

    Parameters
    ----------
    n
        Rows of the training frame.
    seed
        ``seed`` of the model, not -1.
    rows_per_pass
        ``train_samples_per_iteration``; None: n, H2O's own choice when it has to be reproducible.
    shuffle
        ``shuffle_training_data``.
    """
    rows = n if rows_per_pass is None else rows_per_pass
    used = float(np.float32(rows) / np.float32(n))
    repeats = math.ceil(used)
    share = float(np.float32(used / repeats))
    shuffled = share < _NEARLY_ALL or shuffle or rows == n
    counted = 0
    for number in itertools.count(1):
        taken = np.tile(np.arange(n, dtype=np.int64), repeats)
        if shuffled:
            generator = Pcg(whole((_ORDER_OFFSET + seed + counted) * (number + _PASS_OFFSET)))
            taken = np.tile(generator.shuffled(n), repeats)
            taken = taken[generator.doubles(len(taken)) <= share]
        counted += len(taken)
        yield taken


@dataclass(frozen=True)
class H2ODropout:
    """Dropout of ``h2o.deeplearning`` with ``reproducible=True``, for batches of one row.

    Hidden units are left out in training and multiplied by their share in prediction; inputs are not
    compensated. The generator is seeded anew for every row and layer, from the number of the
    row, the rows counted in the passes before, and the seed of the model: layers of one width and
    ratio drop the same units. A dropped unit outputs its activation at 0, and errors go back
    through it as if it were not dropped: where the slope at 0 is not 0, as tanh's, it still learns.

    Source: ``hex/deeplearning/Dropout.java``, ``Neurons.java`` (``TanhDropout`` and others, ``Input``),
    ``DeepLearningTask.java`` (``processMiniBatch``). Passes have at most as many rows as the data.

    Attributes
    ----------
    seed, activation
        Seed and activation of the model.
    hidden
        ``hidden_dropout_ratios``, one for each layer.
    input
        ``input_dropout_ratio``.
    """

    seed: int
    activation: str
    hidden: tuple[float, ...]
    input: float = 0.0
    inverted: bool = False

    def draw(self, rows: IntArray, counted: int, widths: Sequence[int]) -> list[FloatArray]:
        """See `crossframe.optima.network.dropout.Dropout.draw`."""
        masks = [self._of(int(row) + counted + self.seed, widths) for row in rows]
        return [np.stack(layer) for layer in zip(*masks, strict=True)]

    def _of(self, seed: int, widths: Sequence[int]) -> list[FloatArray]:
        kept = np.ones(widths[0])
        if self.input > 0.0:
            kept[_generator(seed + _INPUT_OFFSET).floats(widths[0]) < self.input] = 0.0
        offset = _HIDDEN_OFFSETS[self.activation]
        return [kept, *(
            _bits(_generator(seed + offset), units, ratio)
            for units, ratio in zip(widths[1:], self.hidden, strict=True)
        )]  # fmt: skip


def _generator(seed: int) -> Pcg:
    """The generator of a seed, whose halves are filled with constants where they are small."""
    bits = whole(seed)
    if bits >> 32 < _SMALL:
        bits |= _FILL_HIGH
    if bits & 0xFFFFFFFF < _SMALL:
        bits |= _FILL_LOW
    return Pcg(bits)


def _bits(generator: Pcg, units: int, ratio: float) -> FloatArray:
    """1 for each unit that is kept, (units,); at a ratio of 0.5 each random byte decides for eight units."""
    count = -(-units // 8)
    if ratio == 0.5:
        kept = np.unpackbits(generator.bytes(count), bitorder="little")
    else:
        kept = (generator.floats(8 * count) > ratio).astype(np.uint8)
    return kept[:units].astype(np.float64)
