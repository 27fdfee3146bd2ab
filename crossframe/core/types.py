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


def fingerprint(X: FloatArray, y: Target) -> str:
    """SHA-256 of a training sample, the same whichever framework computes it.

    The hashed bytes are ``X`` as little-endian float64 in row-major order, then ``y`` as
    little-endian float64. Every NaN is hashed as the quiet NaN 0x7ff8000000000000 (R's NA has
    another payload), and -0.0 as 0.0 (a CSV parser may drop the sign).
    """
    digest = hashlib.sha256()
    for array in (X, y):
        # A few rows at a time: a copy of all of them may not find room.
        for begin in range(0, len(array), _ROWS):
            plain = np.ascontiguousarray(array[begin : begin + _ROWS], dtype="<f8") + 0.0
            plain[np.isnan(plain)] = np.nan
            digest.update(plain.tobytes())
    return digest.hexdigest()
