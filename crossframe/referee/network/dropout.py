"""Units that are left out for one update: H2O's draws and arithmetic, and Keras's arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from crossframe.engines.base import FloatArray, IntArray
from crossframe.referee.network.pcg import Pcg, whole

_INPUT_OFFSET = 0x1337B4BE
_HIDDEN_OFFSETS = {"tanh": 0xDA7A6000 - (1 << 32), "relu": 0x3C71F1ED}
"""Java reads the first as a negative number."""
_FILL_HIGH, _FILL_LOW = 0x5B93000000000000, 0xDB910000
_SMALL = 0xFFFF


@dataclass(frozen=True)
class H2ODropout:
    """Dropout of ``h2o.deeplearning`` with ``reproducible=True``, for batches of one row.

    Hidden units are left out in training and multiplied by their share in prediction; for inputs
    nothing makes up. The generator is seeded anew for every row and layer, from the number of the
    row, the rows counted in the passes before, and the seed of the model: layers of one width and
    ratio drop the same units. A dropped unit hands on its activation at 0, and errors go back
    through it as if it were not dropped: where the slope at 0 is not 0, as tanh's, it still learns.

    Source: ``hex/deeplearning/Dropout.java``, ``Neurons.java`` (``TanhDropout`` and others, ``Input``),
    ``DeepLearningTask.java`` (``processMiniBatch``). Passes have at most as many rows as the data.

    Attributes
    ----------
    seed, activation
        Those of the model.
    hidden
        ``hidden_dropout_ratios``, one for each layer.
    input
        ``input_dropout_ratio``.
    """

    seed: int
    activation: str
    hidden: tuple[float, ...]
    input: float = 0.0
    inverted: ClassVar[bool] = False

    def draw(self, rows: IntArray, counted: int, widths: Sequence[int]) -> list[FloatArray]:
        """1 for what stays, 0 for what is dropped: (rows, width) of the input and each hidden layer.

        ``counted`` are the rows trained on in the passes before.
        """
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


@dataclass(frozen=True)
class InvertedDropout:
    """Dropout of Keras: what stays is divided by its share in training; prediction is untouched.

    The draws are NumPy's, not TensorFlow's: another sample of the same distribution.

    Attributes
    ----------
    seed
        Of the draws.
    hidden, input
        Share of the units of each hidden layer, and of the inputs, that are dropped.
    """

    seed: int
    hidden: tuple[float, ...]
    input: float = 0.0
    inverted: ClassVar[bool] = True

    def draw(self, rows: IntArray, counted: int, widths: Sequence[int]) -> list[FloatArray]:
        """As `H2ODropout.draw`."""
        generator = np.random.default_rng([self.seed, counted, *rows.tolist()])
        ratios = (self.input, *self.hidden)
        return [
            (generator.random((len(rows), units)) >= ratio).astype(np.float64)
            if ratio > 0.0
            else np.ones((len(rows), units))
            for units, ratio in zip(widths, ratios, strict=True)
        ]


Dropout = H2ODropout | InvertedDropout


def _generator(seed: int) -> Pcg:
    """Seeds with few bits set in one half have that half filled."""
    bits = whole(seed)
    if bits >> 32 < _SMALL:
        bits |= _FILL_HIGH
    if bits & 0xFFFFFFFF < _SMALL:
        bits |= _FILL_LOW
    return Pcg(bits)


def _bits(generator: Pcg, units: int, ratio: float) -> FloatArray:
    """A bit for each unit; half of them are drawn eight at a time."""
    count = -(-units // 8)
    if ratio == 0.5:
        kept = np.unpackbits(generator.bytes(count), bitorder="little")
    else:
        kept = (generator.floats(8 * count) > ratio).astype(np.uint8)
    return kept[:units].astype(np.float64)
