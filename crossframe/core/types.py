"""The plain types that every part shares, and the fingerprint of a training sample."""

from __future__ import annotations

import hashlib
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Value: TypeAlias = bool | int | float | str | tuple[int, ...] | None
"""A setting's value: plain, hashable, and the same after a trip through JSON."""

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
Task: TypeAlias = Literal["classes", "numbers"]
"""Contents of a target: classes, 0 and 1 or more of them, or numbers to be predicted as such."""
Target: TypeAlias = NDArray[Any]
"""(n,): int64 of 0, 1, ... for classes, float64 for numbers."""

_ROWS = 4096


def as_float(value: Value) -> float:
    """The number ``value`` as a float. Raises TypeError or ValueError for anything else."""
    return float(value)  # type: ignore[arg-type]


def fingerprint(
    X: FloatArray, y: Target, weights: FloatArray | None = None, offset: FloatArray | None = None
) -> str:
    """SHA-256 of a training sample, the same whichever framework computes it.

    The hashed bytes are ``X`` as little-endian float64 in row-major order, then ``y`` as
    little-endian float64; where the rows have ``weights`` or an ``offset``, (n,), then both of these, weights
    of 1 and offsets of 0 for the one that they lack. Every NaN is hashed as the quiet NaN 0x7ff8000000000000
    (R's NA has another payload), and -0.0 as 0.0 (a CSV parser may drop the sign).
    """
    hashed = Fingerprint()
    hashed.add(X)
    return hashed.of(y, weights, offset)


class Fingerprint:
    """A `fingerprint` whose rows come block by block: `add` those of ``X`` in order, then `of` the rest."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, block: NDArray[Any]) -> None:
        """Take the next rows, (rows, columns) or (rows,), into account."""
        # A few rows at a time: a copy of all of them may not find room.
        for begin in range(0, len(block), _ROWS):
            plain = np.ascontiguousarray(block[begin : begin + _ROWS], dtype="<f8") + 0.0
            absent = np.isnan(plain)
            if absent.any():
                plain[absent] = np.nan
            self._digest.update(plain.data)

    def of(self, y: Target, weights: FloatArray | None = None, offset: FloatArray | None = None) -> str:
        """The fingerprint of the rows so far with these targets, weights and offsets, (n,) each."""
        self.add(y)
        if weights is not None or offset is not None:
            self.add(np.ones(len(y)) if weights is None else weights)
            self.add(np.zeros(len(y)) if offset is None else offset)
        return self._digest.hexdigest()
