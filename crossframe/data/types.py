"""The records that carry data: a data set, and one draw from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray, Target, Task, Value, fingerprint


@dataclass(frozen=True)
class Feature:
    """A column of a user's file that is a feature.

    Attributes
    ----------
    name
        Its name in the file.
    kind
        ``numbers``, ``text`` or ``truth`` (true and false).
    levels
        The values of text and truth, spelled and in order, each but the first, the reference level, with a
        column of 0 and 1 of its own; empty for numbers.
    """

    name: str
    kind: str = "numbers"
    levels: tuple[str, ...] = ()

    @property
    def coded(self) -> tuple[str, ...]:
        """Names of the features that it gives."""
        return tuple(f"{self.name}={level}" for level in self.levels[1:]) or (self.name,)


@dataclass(frozen=True)
class FileColumns:
    """How the columns and rows of a user's file became features and a target.

    Attributes
    ----------
    path
        The file; its folder is shown on the terminal, not in reports.
    target, positive
        The column to predict, and its value that is class 1; None for numbers.
    features
        The columns that are features, in the order of the file.
    unused
        Name of each other column -> why it is no feature.
    rows
        Rows of the file.
    dropped
        How many of them were left out because a feature is missing.
    missing
        Name of a feature -> rows in which it is missing, where there are any.
    """

    path: str
    target: str
    positive: Value
    features: tuple[Feature, ...]
    unused: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0
    dropped: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON values, with the file's name in place of its path."""
        return {
            "file": Path(self.path).name,
            "rows": self.rows,
            "rows_used": self.rows - self.dropped,
            "rows_dropped": self.dropped,
            "missing": dict(self.missing),
            "target": self.target,
            "positive": self.positive,
            "features": [
                {
                    "column": c.name,
                    "kind": c.kind,
                    "reference": c.levels[0] if c.levels else None,
                    "coded": list(c.coded),
                }
                for c in self.features
            ],
            "unused": dict(self.unused),
        }


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
    file
        How a user's file became these rows; None for other data.
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
    file: FileColumns | None = None

    @property
    def task(self) -> Task:
        """Whether the target is one of two classes or a number."""
        return "classes" if self.classes else "numbers"

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all rows and labels, see `crossframe.core.types.fingerprint`."""
        return fingerprint(self.X, self.y)

    @cached_property
    def complete(self) -> NDArray[np.bool_]:
        """Which rows lack no feature, shape (N,)."""
        return ~np.asarray(np.isnan(self.X).any(axis=1))


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
