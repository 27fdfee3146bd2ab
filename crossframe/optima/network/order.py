"""The order in which rows are taken: one array of row numbers for every pass over the data."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from crossframe.core.types import IntArray


def in_turn(n: int) -> Iterator[IntArray]:
    """The rows as they come, pass after pass, without end."""
    return itertools.repeat(np.arange(n, dtype=np.int64))


def numpy_order(n: int, seed: int, rows_per_pass: int | None = None) -> Iterator[IntArray]:
    """The rows in an order that NumPy draws anew for each epoch, pass after pass, without end.

    Each epoch is one permutation more of the generator that is seeded with ``seed``. A pass of another
    length than n takes the rows on from where the one before ended.
    """
    generator = np.random.default_rng(seed)
    size = n if rows_per_pass is None else rows_per_pass
    left = np.zeros(0, dtype=np.int64)
    while True:
        while len(left) < size:
            left = np.concatenate([left, generator.permutation(n)])
        yield left[:size]
        left = left[size:]
