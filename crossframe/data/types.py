"""The records that carry data: a data set, and one draw from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crossframe.core.types import FloatArray, IntArray, Target, Task, fingerprint


@dataclass(frozen=True)
class Dataset:
    """Rows to learn from, every row once: of two classes, or with a number to predict.

    Attributes
    ----------
    name
        Short name: ``mnist``, ``digits``, or the file's stem.
    X, y
        (N, p) float64 in C order, -0.0 never, NaN only where values are missing and were let
        through; (N,) int64 of 0 and 1, or float64 where the target is a number.
    names
        The p feature names.
    classes
        The source's spelling of the classes 0 and 1; empty for numbers.
    source
        One sentence on the rows for the reader of a report.
    where
        Location of the rows on this machine; shown on the terminal, not in reports.
    test_rows
        Row numbers of the source's own test set, or None.
    image_shape
        (height, width) for images.
    max_value
        Largest value a feature can take, for images (255, 16).
    notes
        Changes of the rows that the user must know: dropped rows, encoded columns.
    """

    name: str
    X: FloatArray
    y: Target
    names: tuple[str, ...]
    classes: tuple[str, ...]
    source: str
    where: str = ""
    test_rows: IntArray | None = None
    image_shape: tuple[int, int] | None = None
    max_value: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def task(self) -> Task:
        """Whether the target is one of two classes or a number."""
        return "classes" if self.classes else "numbers"

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all rows and labels, see `crossframe.core.types.fingerprint`."""
        return fingerprint(self.X, self.y)


@dataclass(frozen=True)
class Draw:
    """One draw: which rows train, which are scored. Row numbers, in the order they are used."""

    n: int
    index: int
    train: IntArray
    evaluate: IntArray

    def one_class(self, y: Target) -> bool:
        """Whether the training rows hold one class only; numbers hold none."""
        return y.dtype.kind == "i" and bool(np.unique(y[self.train]).size < 2)
