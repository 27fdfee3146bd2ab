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
        Its name in the file; of a formula's term the term.
    kind
        ``numbers``, ``text`` or ``truth`` (true and false); ``term`` for another term of a formula.
    levels
        The values of text and truth, spelled and in order, each but the first, the reference level, with a
        column of 0 and 1 of its own; empty for numbers.
    columns
        Names of the features that it gives, where a formula codes it in another way.
    contrasts
        How text and truth are coded: ``treatment``, as above, ``sum``, ``helmert``, ``poly``, ``full`` (a
        column for every level) or ``own``.
    """

    name: str
    kind: str = "numbers"
    levels: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    contrasts: str = "treatment"

    @property
    def coded(self) -> tuple[str, ...]:
        """Names of the features that it gives."""
        return self.columns or tuple(f"{self.name}={level}" for level in self.levels[1:]) or (self.name,)


@dataclass(frozen=True)
class FormulaRecord:
    """The formula that made a target and a matrix of features of a table.

    Attributes
    ----------
    text
        As it was given.
    response
        Its left side, as Python; a column's name that is no word in backticks.
    terms
        The factors of each term but the intercept, in the same spelling, ``.`` written out.
    intercept
        Whether it has one.
    sources
        The columns of the table in the terms.
    levels
        Name of each of them that is a factor, of text or truth -> its levels, in order.
    truth
        Those that are truth.
    check
        What became of the comparison with R's ``model.matrix``, a sentence; empty: none was made.
    offset
        What stands in ``offset()``, as Python; several are added. Empty: there is none.
    """

    text: str
    response: str
    terms: tuple[tuple[str, ...], ...]
    intercept: bool
    sources: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    truth: tuple[str, ...] = ()
    check: str = ""
    offset: tuple[str, ...] = ()

    @property
    def computed(self) -> bool:
        """Whether the target is no column, but computed."""
        quoted = self.response.startswith("`") and self.response.find("`", 1) == len(self.response) - 1
        return not (quoted or self.response.isidentifier())

    @property
    def right(self) -> str:
        """The right side as formulaic reads it, each term written out."""
        terms = [":".join(factors) for factors in self.terms]
        return " + ".join(terms if self.intercept else ["0", *terms])


@dataclass(frozen=True)
class FileColumns:
    """How the columns and rows of a user's file became features and a target.

    Attributes
    ----------
    path
        The file; its folder is shown on the terminal, not in reports.
    target, positive
        The column to predict, and its value that is class 1; None for numbers and for more than two classes.
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
    formula
        The formula that made the features; None: each column is one, or was coded as one.
    weights, offset
        The column of the weights, and the offset as an expression of columns; empty: there are none.
    """

    path: str
    target: str
    positive: Value
    features: tuple[Feature, ...]
    unused: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0
    dropped: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)
    formula: FormulaRecord | None = None
    weights: str = ""
    offset: str = ""

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
                    **({} if c.contrasts == "treatment" else {"contrasts": c.contrasts}),
                }
                for c in self.features
            ],
            "unused": dict(self.unused),
            **({"formula": self.formula.text, "model_matrix": self.formula.check} if self.formula else {}),
            **({"weights": self.weights} if self.weights else {}),
            **({"offset": self.offset} if self.offset else {}),
        }


@dataclass(frozen=True)
class Dataset:
    """Rows to learn from, every row once: of two or more classes, or with a number to predict.

    Attributes
    ----------
    name
        Short name: ``mnist``, ``digits``, or the file's stem.
    X, y
        (N, p) float64 in C order, -0.0 never, NaN only where values are missing and were let
        through; (N,) int64, each the place of its class in ``classes``, or float64 where the target is a
        number.
    names
        The p feature names.
    classes
        The source's spelling of the classes 0, 1, ...; empty for numbers.
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
    weights, offset
        (N,) each: the weight of every row, none negative, and a known part of its linear predictor; None:
        every row counts once, and there is none.
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
    weights: FloatArray | None = None
    offset: FloatArray | None = None

    @property
    def by_row(self) -> frozenset[str]:
        """What its rows have beside features and target: ``weights``, ``offset``, both or neither."""
        there = {"weights": self.weights, "offset": self.offset}
        return frozenset(name for name, values in there.items() if values is not None)

    @property
    def task(self) -> Task:
        """Whether the target is a class or a number."""
        return "classes" if self.classes else "numbers"

    @property
    def of(self) -> str:
        """The kind of its target: ``of two classes``, ``of 3 classes``, ``whose target holds numbers``."""
        if not self.classes:
            return "whose target holds numbers"
        return f"of {'two' if len(self.classes) == 2 else len(self.classes)} classes"

    def row(self, index: int) -> str:
        """A row as its reader counts it: of a file with its header, else of the rows in use."""
        if self.file is None or self.file.dropped:
            return f"row {index + 1} of those in use"
        return f"row {index + (1 if self.file.path.lower().endswith(('.parquet', '.pq')) else 2)}"

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all rows and labels, see `crossframe.core.types.fingerprint`."""
        return fingerprint(self.X, self.y, self.weights, self.offset)

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
