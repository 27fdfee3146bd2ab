"""The records that carry data: a data set, and one draw from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crossframe.engines.base import FloatArray, IntArray, fingerprint


@dataclass(frozen=True)
class Dataset:
    """A binary classification data set, every row once.

    Attributes
    ----------
    name
        Short name: ``mnist``, ``digits``, or the file's stem.
    X, y
        (N, p) float64 in C order, -0.0 never, NaN only where values are missing and were let
        through; (N,) int64 of 0 and 1.
    names
        The p feature names.
    classes
        What 0 and 1 stand for, as they were spelled in the source.
    source
        One sentence: what the rows are; the reader of a report reads it.
    where
        Where they were found on this machine: for the person who runs, not for reports.
    test_rows
        Row numbers of the source's own test set, or None.
    image_shape
        (height, width) for images.
    max_value
        Largest value a feature can take, for images (255, 16).
    notes
        Things done to the rows that the user must know: dropped rows, encoded columns.
    """

    name: str
    X: FloatArray
    y: IntArray
    names: tuple[str, ...]
    classes: tuple[str, str]
    source: str
    where: str = ""
    test_rows: IntArray | None = None
    image_shape: tuple[int, int] | None = None
    max_value: float | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all rows and labels."""
        return fingerprint(self.X, self.y)


@dataclass(frozen=True)
class Draw:
    """One draw: which rows train, which are scored. Row numbers, in the order they are used."""

    n: int
    index: int
    train: IntArray
    evaluate: IntArray

    def one_class(self, y: IntArray) -> bool:
        """Whether the training rows hold one class only."""
        return bool(np.unique(y[self.train]).size < 2)
