"""Units that are left out for one update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from crossframe.core.types import FloatArray, IntArray


class Dropout(Protocol):
    """A rule that says which units are left out of an update, and how the others are rescaled.

    ``inverted``: what stays is divided by its share in training, and prediction is untouched. Otherwise
    a dropped unit outputs its activation at 0, errors are propagated through it as usual, hidden
    units are multiplied by their share in prediction, and dropped inputs are not compensated.
    """

    @property
    def inverted(self) -> bool:
        """Whether kept units are rescaled in training, not in prediction."""

    @property
    def hidden(self) -> tuple[float, ...]:
        """Share of the units of each hidden layer that are dropped."""

    @property
    def input(self) -> float:
        """Share of the inputs that are dropped in each update, in [0, 1)."""

    def draw(self, rows: IntArray, counted: int, widths: Sequence[int]) -> list[FloatArray]:
        """1 for what stays, 0 for what is dropped: (rows, width) of the input and each hidden layer.

        ``rows`` are the row numbers of the batch, ``counted`` the rows trained on in the passes before.
        """


@dataclass(frozen=True)
class InvertedDropout:
    """Inverted dropout, see `Dropout`, with masks by NumPy's generator.

    Attributes
    ----------
    seed
        Seed of the masks.
    hidden, input
        Share of the units of each hidden layer, and of the inputs, that are dropped.
    """

    seed: int
    hidden: tuple[float, ...]
    input: float = 0.0
    inverted: bool = True

    def draw(self, rows: IntArray, counted: int, widths: Sequence[int]) -> list[FloatArray]:
        """The masks of `Dropout.draw` by NumPy's generator of ``seed``, ``counted`` and ``rows``."""
        generator = np.random.default_rng([self.seed, counted, *rows.tolist()])
        ratios = (self.input, *self.hidden)
        return [
            (generator.random((len(rows), units)) >= ratio).astype(np.float64)
            if ratio > 0.0
            else np.ones((len(rows), units))
            for units, ratio in zip(widths, ratios, strict=True)
        ]
