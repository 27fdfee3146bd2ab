"""The columns of a table that are neither features nor the target: weights of the rows, and an offset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from crossframe.core.errors import DataError, UsageError
from crossframe.core.types import FloatArray
from crossframe.data import formula as formulas
from crossframe.data.parquet import Columns
from crossframe.data.types import FormulaRecord


@dataclass(frozen=True)
class RowColumns:
    """Columns of a table with a role of their own; empty names: there is none.

    Attributes
    ----------
    weights, offset, exposure
        Names of columns. The offset is that column, or the logarithm of the exposure.
    expression
        What stands in ``offset()`` of a formula, and the columns in it.
    """

    weights: str = ""
    offset: str = ""
    exposure: str = ""
    expression: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, columns: Sequence[str], *, weights: str | None, offset: str | None, exposure: str | None
    ) -> RowColumns:
        """The roles of these ``columns``; None: none has it.

        Raises `DataError` for a name that is no column, `UsageError` for two offsets.
        """
        made = {"--weights": weights, "--offset": offset, "--exposure": exposure}
        errors: list[UsageError] = [
            DataError.unknown(f"column in {option}", name, columns)
            for option, name in made.items() if name is not None and name not in columns
        ]  # fmt: skip
        if offset and exposure:
            errors.append(
                UsageError("--offset and --exposure are one quantity", "the offset is the exposure's log")
            )
        if errors:
            raise DataError.many(errors)
        return cls(weights or "", offset or "", exposure or "")

    def with_formula(self, formula: FormulaRecord) -> RowColumns:
        """The same with the offset of a formula. Raises `UsageError` where there is one already."""
        if not formula.offset:
            return self
        if self.offset or self.exposure:
            other = "--offset" if self.offset else "--exposure"
            raise UsageError(f"--formula {formula.text!r} has an offset, beside {other}", "give one of them")
        held = tuple(sorted(set[str]().union(*map(formulas.variables, formula.offset))))
        return replace(self, expression=formula.offset, sources=held)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns with a role."""
        return (*filter(None, (self.weights, self.offset, self.exposure)), *self.sources)

    @property
    def in_words(self) -> str:
        """The offset as an expression of columns: ``log(months)``; empty: there is none."""
        return self.offset or (f"log({self.exposure})" if self.exposure else " + ".join(self.expression))

    def values(
        self, frame: Columns, formula: FormulaRecord | None, first_row: int
    ) -> tuple[FloatArray | None, FloatArray | None]:
        """The weights and the offset of the rows, (rows,) each; None for what there is not.

        Raises `DataError`, with the column and the row, for weights below 0 or all 0, exposures that are not
        above 0, and what is no number or not finite.
        """
        weights = offset = None
        if self.weights:
            weights = _numbers(frame[self.weights], self.weights, "weights", first_row)
            _refuse(weights < 0, weights, frame, f"the weight {self.weights!r}", "0 or more", first_row)
            if not weights.any():
                raise DataError(f"the weights {self.weights!r} are 0 in every row", "name another column")
        if self.offset:
            offset = _numbers(frame[self.offset], self.offset, "offset", first_row)
        elif self.exposure:
            offset = _numbers(frame[self.exposure], self.exposure, "exposure", first_row)
            _refuse(offset <= 0, offset, frame, f"the exposure {self.exposure!r}", "above 0", first_row)
            offset = np.log(offset)
        elif self.expression and formula is not None:
            for name in self.sources:
                _numbers(frame[name], name, "offset", first_row)
            assert isinstance(frame, pd.DataFrame)
            offset = formulas.offset(formula, frame)
            bad = ~np.isfinite(offset)
            _refuse(bad, offset, frame, f"the offset {self.in_words}", "a finite number", first_row)
        # + 0.0 turns -0.0 into 0.0
        return weights, None if offset is None else np.ascontiguousarray(offset) + 0.0

    def notes(self, weights: FloatArray | None, offset: FloatArray | None) -> list[str]:
        """A line on each role, with the range of its values."""
        notes = []
        if weights is not None:
            notes.append(
                f"weights of the rows: {self.weights}, from {weights.min():g} to {weights.max():g}, "
                f"{weights.sum():.6g} in all; they weight the fits, and every row counts once where fits are "
                "compared"
            )
        if offset is not None:
            notes.append(
                f"offset, a known part of the linear predictor: {self.in_words}, from {offset.min():.4g} to "
                f"{offset.max():.4g}"
            )
        return notes


NONE = RowColumns()
"""No column has a role of its own."""


def _numbers(column: pd.Series[Any], name: str, role: str, first_row: int) -> FloatArray:
    """A column as finite numbers, (rows,). Raises `DataError`."""
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_complex_dtype(column.dtype):
        raise DataError(f"the column {name!r} of the {role} holds no numbers", "name a column of numbers")
    values = np.ascontiguousarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    bad = ~np.isfinite(values)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        state = "missing" if np.isnan(values[row]) else "infinite"
        remedy = "--missing drop leaves such rows out" if state == "missing" else "correct it"
        # The index is that of the whole file, also where rows were left out.
        raise DataError(
            f"the {role} {name!r} is {state} in {int(bad.sum())} rows, first in row "
            f"{int(column.index[row]) + first_row}",
            remedy,
        )
    return values


def _refuse(bad: Any, values: FloatArray, frame: Columns, what: str, needed: str, first_row: int) -> None:
    rows = np.flatnonzero(bad)
    if rows.size:
        row = int(frame.index[rows[0]]) + first_row
        raise DataError(f"{what} is {values[rows[0]]:g} in row {row}; it must be {needed}", "correct the row")
