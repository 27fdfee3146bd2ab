"""A data frame's columns as features and a target: classes, or numbers.

Numbers stay as they are. Text, categories and truth values are treatment-coded as R's
``contr.treatment`` does it: one 0/1 column ``name=level`` for every level but the first in sorted order.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crossframe.core.errors import DataError, UsageError
from crossframe.core.types import FloatArray, IntArray, Target
from crossframe.data.types import Dataset

MISSING = ("refuse", "drop", "framework")
"""Treatments of missing feature values."""

MAX_LEVELS = 100
"""Levels above which a text column is taken for free text or an identifier."""

_SHOWN = 5  # classes or columns that a message lists
_EXACT = 2**53  # every whole number up to here is a float64


def dataset(
    frame: pd.DataFrame,
    target: str,
    *,
    name: str,
    where: str,
    first_row: int,
    missing: str,
    positive: str | None,
    numbers: bool,
) -> Dataset:
    """The frame as a task with two classes or, with ``numbers``, with a number to predict.

    Parameters
    ----------
    frame
        Unique column names of type str, at least one row.
    target
        A column of ``frame``.
    name, where
        The data set's name, and the file as the reader knows it.
    first_row
        Number of the first row in messages.
    missing, positive, numbers
        See ``crossframe.data.load``.

    Raises
    ------
    DataError
        For a target that has not exactly two values, or numbers, or lacks some, features that are
        infinite, of an unusable type or of too many levels (all such columns at once), missing
        values that are refused, and for no rows or features left.
    """
    features = frame.drop(columns=target)
    if features.columns.empty:
        raise DataError(f"there is no feature beside the target {target!r}")
    _check_target(frame[target], target, first_row)
    checked = (_problem(features[column], str(column), first_row) for column in features)
    problems: list[UsageError] = [problem for problem in checked if problem is not None]
    if problems:
        raise DataError.many(problems)
    frame, notes = _handle_missing(frame, [str(column) for column in features], missing)
    y: Target
    classes: tuple[str, ...] = ()
    if numbers and _is_response(frame[target]):
        y = _response(frame[target], target, positive, first_row, notes)
        shares = f"a number from {y.min():g} to {y.max():g}"
    else:
        y, classes = _classes(frame[target], target, positive, notes)
        shares = ", ".join(f"{label} {int(np.sum(y == k))}" for k, label in enumerate(classes))
    columns: dict[str, FloatArray] = {}
    for column in features:
        for key, values in _columns(frame[column], str(column), notes).items():
            if key in columns:
                raise DataError(f"column {column!r} is coded as {key!r}, a name that is taken", "rename one")
            columns[key] = values
    if not columns:
        raise DataError("no feature is left: each has one level only")
    return Dataset(
        name=name,
        # + 0.0 turns -0.0 into 0.0
        X=np.ascontiguousarray(np.column_stack(list(columns.values()))) + 0.0,
        y=y,
        names=tuple(columns),
        classes=classes,
        source=f"{Path(where).name}: {len(frame)} rows, {len(columns)} features, target {target} ({shares}).",
        where=where,
        notes=tuple(notes),
    )


def _is_categorical(column: pd.Series[Any]) -> bool:
    if isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(column.dtype):
        return True
    return pd.api.types.infer_dtype(column, skipna=True) in ("string", "boolean")


def _is_number(column: pd.Series[Any]) -> bool:
    # "empty": nothing but missing values; "integer" as objects: beyond 64 bits
    if pd.api.types.is_numeric_dtype(column.dtype):
        return not pd.api.types.is_complex_dtype(column.dtype)
    return pd.api.types.infer_dtype(column, skipna=True) in ("empty", "integer", "floating")


def _numbers(column: pd.Series[Any]) -> FloatArray:
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def _problem(column: pd.Series[Any], name: str, first_row: int) -> DataError | None:
    """The error of a feature that cannot be used, else None."""
    if _is_categorical(column):
        levels = column.nunique()
        if levels > MAX_LEVELS:
            return DataError(
                f"column {name!r} has {levels:,} different texts; at most {MAX_LEVELS} levels can be coded"
                + _stray(column, first_row),
                "drop the column, or group its levels",
            )
        return None
    if not _is_number(column):
        kind = column.dtype if column.dtype != object else pd.api.types.infer_dtype(column, skipna=True)
        return DataError(
            f"column {name!r} holds {kind}, not numbers, text or truth values", "convert or drop it"
        )
    infinite = np.flatnonzero(np.isinf(_numbers(column)))
    if infinite.size:
        more = f" and {infinite.size - 1} more" if infinite.size > 1 else ""
        row = infinite[0] + first_row
        return DataError(f"column {name!r} is infinite in row {row}{more}", "correct or drop it")
    return None


def _stray(column: pd.Series[Any], first_row: int) -> str:
    """A remark on the first text of a column with less than 10 % texts among numbers, else ``""``."""
    present = column.dropna()
    strays = pd.to_numeric(present.astype(str), errors="coerce").isna().to_numpy()
    if not 0 < strays.sum() < 0.1 * strays.size:
        return ""
    row = np.flatnonzero(column.notna().to_numpy())[strays.argmax()] + first_row
    return f"; most are numbers, but {str(present.iloc[strays.argmax()])!r} in row {row} is not"


def _check_target(column: pd.Series[Any], name: str, first_row: int) -> None:
    gaps = np.flatnonzero(column.isna().to_numpy())
    if gaps.size:
        raise DataError(
            f"the target {name!r} is missing in {gaps.size} rows, first in row {gaps[0] + first_row}",
            "drop these rows; words such as NA, None and null count as missing",
        )


def _is_response(column: pd.Series[Any]) -> bool:
    """Whether a target is numbers, and more than two of them."""
    return not _is_categorical(column) and _is_number(column) and column.nunique() > 2


def _response(
    column: pd.Series[Any], name: str, positive: str | None, first_row: int, notes: list[str]
) -> FloatArray:
    """The target as numbers, (rows,)."""
    if positive is not None:
        raise UsageError(f"positive={positive}: the target {name!r} holds numbers, not two classes")
    infinite = np.flatnonzero(np.isinf(_numbers(column)))
    if infinite.size:
        raise DataError(f"the target {name!r} is infinite in row {infinite[0] + first_row}", "correct it")
    # + 0.0 turns -0.0 into 0.0
    return np.ascontiguousarray(_columns(column, name, notes)[name]) + 0.0


def _handle_missing(frame: pd.DataFrame, features: list[str], missing: str) -> tuple[pd.DataFrame, list[str]]:
    """The frame without the rows to be dropped, and the notes on that."""
    absent = frame[features].isna()
    counts = {name: int(count) for name, count in absent.sum().items() if count}
    if not counts:
        return frame, []
    rows = absent.any(axis=1)
    listed = ", ".join(f"{name} {count}" for name, count in counts.items())
    incomplete = int(rows.sum())
    summary = f"missing values in {incomplete} of {len(frame)} rows ({listed})"
    if missing == "refuse":
        raise DataError(
            summary,
            "--missing drop leaves these rows out; --missing framework leaves them to each framework",
        )
    if missing == "framework":
        return frame, [f"{summary}: left to each framework"]
    if incomplete == len(frame):
        raise DataError(
            f"{summary}: no row is left when they are dropped", "drop the column that is mostly missing"
        )
    return frame[~rows], [f"{summary}: these rows were dropped"]


def _classes(
    column: pd.Series[Any], name: str, positive: str | None, notes: list[str]
) -> tuple[IntArray, tuple[str, ...]]:
    """0 or 1 for every row, and the two spellings."""
    try:
        values: list[Hashable] = sorted(column.unique())
    except TypeError:
        raise DataError(
            f"the target {name!r} mixes kinds of values, or holds lists", "make it text or numbers"
        ) from None
    spelled = [str(value) for value in values]
    if len(values) != 2:
        shown = ", ".join(spelled[:_SHOWN]) + (", ..." if len(values) > _SHOWN else "")
        dropped = "".join(f"; {note}" for note in notes if note.endswith("dropped"))
        count = "one class only" if len(values) == 1 else f"{len(values)} classes"
        hint = "binary contestants need exactly two"
        if _is_response(column):
            hint += "; crossframe explain takes a target of numbers"
        raise DataError(f"the target {name!r} has {count}: {shown}{dropped}", hint)
    if positive is not None:
        if positive not in spelled:
            raise UsageError.unknown(f"class of {name!r}", positive, spelled)
        if spelled[0] == positive:
            values.reverse()
            spelled.reverse()
    y = (column == values[1]).to_numpy().astype(np.int64)
    return y, (spelled[0], spelled[1])


def _columns(column: pd.Series[Any], name: str, notes: list[str]) -> dict[str, FloatArray]:
    """One feature as numeric columns, each (rows,); a missing category is NaN in all of its columns."""
    if not _is_categorical(column):
        values = _numbers(column)
        large = np.abs(values) >= _EXACT
        whole = pd.api.types.infer_dtype(column, skipna=True) == "integer"
        if whole and any(int(a) != int(b) for a, b in zip(column[large], values[large], strict=True)):
            notes.append(f"column {name}: whole numbers beyond 2^53 were rounded to float64")
        return {name: values}
    gaps = column.isna().to_numpy()
    present = column[~gaps]
    levels = sorted(present.unique(), key=str if present.dtype == object else None)
    if not levels:
        return {name: np.full(len(column), np.nan)}
    if len(levels) == 1:
        notes.append(f"column {name}: left out, its only level is {levels[0]}")
    else:
        notes.append(f"column {name}: coded as {len(levels) - 1} of 0 and 1, against {levels[0]}")
    coded = {}
    for level in levels[1:]:
        indicator = (column == level).to_numpy(dtype=np.float64, na_value=0.0)
        indicator[gaps] = np.nan
        coded[f"{name}={level}"] = indicator
    return coded
