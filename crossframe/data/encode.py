"""A data frame's columns as features and a target: classes, or numbers.

Numbers stay as they are. Text, categories and truth values are treatment-coded as R's
``contr.treatment`` does it: one 0/1 column ``name=level`` for every level but the first in sorted order.
"""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crossframe.core.errors import DataError, UsageError
from crossframe.core.types import FloatArray, IntArray, Target, Value
from crossframe.data.types import Dataset, Feature, FileColumns

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
    features: Sequence[str] | None = None,
    drop: Sequence[str] = (),
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
    missing, positive, numbers, features, drop
        See ``crossframe.data.load``.

    Raises
    ------
    DataError
        For ``features`` or ``drop`` that name no column, or the target; for a target that has not exactly
        two values, or numbers, or lacks some, features that are infinite, of an unusable type or of too
        many levels (all such columns at once), missing values that are refused, and for no rows or
        features left.
    """
    names, unused = _selected([str(column) for column in frame], target, features, drop)
    if not names:
        raise DataError(f"there is no feature beside the target {target!r}")
    _check_target(frame[target], target, first_row)
    checked = (_problem(frame[column], column, first_row) for column in names)
    problems: list[UsageError] = [problem for problem in checked if problem is not None]
    if problems:
        raise DataError.many(problems)
    rows = len(frame)
    frame, notes, absent = _handle_missing(frame, names, missing)
    y: Target
    classes: tuple[str, ...] = ()
    one: Value = None
    if numbers and _is_response(frame[target]):
        y = _response(frame[target], target, positive, first_row, notes)
        shares = f"a number from {y.min():g} to {y.max():g}"
    else:
        y, classes, one = _classes(frame[target], target, positive, notes, numbers)
        shares = ", ".join(f"{label} {int(np.sum(y == k))}" for k, label in enumerate(classes))
    columns: dict[str, FloatArray] = {}
    used: list[Feature] = []
    for column in names:
        coded = _columns(frame[column], column, notes)
        if not coded:
            unused[column] = "it has one level only"
            continue
        for key, values in coded.items():
            if key in columns:
                raise DataError(f"column {column!r} is coded as {key!r}, a name that is taken", "rename one")
            columns[key] = values
        used.append(_described(frame[column], column))
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
        file=FileColumns(where, target, one, tuple(used), unused, rows, rows - len(frame), absent),
    )


def _selected(
    columns: list[str], target: str, features: Sequence[str] | None, drop: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    """The names of the features in the order of the file, and of each other column why it is none."""
    errors: list[UsageError] = []
    for option, names in (("--features", features or ()), ("--drop", drop)):
        errors += [DataError.unknown(f"column in {option}", n, columns) for n in names if n not in columns]
        if target in names:
            errors.append(DataError(f"{option} names the target {target!r}", "leave it out there"))
    if both := sorted({*(features or ())} & {*drop}):
        errors.append(DataError(f"{', '.join(both)}: in --features and in --drop", "leave it in one of them"))
    if errors:
        raise DataError.many(errors)
    others = [name for name in columns if name != target]
    unused = {name: "left out by --drop" for name in others if name in drop}
    if features is not None:
        unused |= {name: "not among --features" for name in others if name not in features}
    return [name for name in others if name not in unused], unused


def _described(column: pd.Series[Any], name: str) -> Feature:
    """The record of a feature; its levels are those of the rows that are used."""
    if not _is_categorical(column):
        return Feature(name)
    return Feature(name, "truth" if _is_truth(column) else "text", tuple(map(str, _levels(column))))


def _is_truth(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.infer_dtype(column) == "boolean"


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
    left_out = f"leave it out with --drop {_typed(name)}"
    if _is_categorical(column):
        levels = column.nunique()
        if levels > MAX_LEVELS:
            return DataError(
                f"column {name!r} has {levels:,} different texts; at most {MAX_LEVELS} levels can be coded"
                + _stray(column, first_row),
                f"{left_out}, or group its levels",
            )
        return None
    if not _is_number(column):
        kind = column.dtype if column.dtype != object else pd.api.types.infer_dtype(column, skipna=True)
        return DataError(
            f"column {name!r} holds {kind}, not numbers, text or truth values",
            f"convert it, or {left_out}",
        )
    infinite = np.flatnonzero(np.isinf(_numbers(column)))
    if infinite.size:
        more = f" and {infinite.size - 1} more" if infinite.size > 1 else ""
        row = infinite[0] + first_row
        return DataError(f"column {name!r} is infinite in row {row}{more}", f"correct it, or {left_out}")
    return None


def _typed(name: str) -> str:
    """A column's name as ``--drop`` takes it: a field of CSV, quoted for a shell where it has to be."""
    return shlex.quote('"' + name.replace('"', '""') + '"' if set(name) & {",", '"'} else name)


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


def _handle_missing(
    frame: pd.DataFrame, features: list[str], missing: str
) -> tuple[pd.DataFrame, list[str], dict[str, int]]:
    """The frame without the rows to be dropped, the notes on that, and how often each feature is missing."""
    absent = frame[features].isna()
    counts = {str(name): int(count) for name, count in absent.sum().items() if count}
    if not counts:
        return frame, [], {}
    rows = absent.any(axis=1)
    listed = ", ".join(f"{name} {count}" for name, count in counts.items())
    incomplete = int(rows.sum())
    summary = f"missing values in {incomplete} of {len(frame)} rows ({listed})"
    if missing == "refuse":
        hint = "--missing drop leaves these rows out; a model's own rule is MODEL:missing=drop, mean or level"
        raise DataError(summary, hint)
    if missing == "framework":
        return frame, [f"{summary}: left to each framework"], counts
    if incomplete == len(frame):
        most = _typed(max(counts, key=counts.__getitem__))
        raise DataError(
            f"{summary}: no row is left when they are dropped",
            f"leave out what is mostly missing with --drop {most}",
        )
    return frame[~rows], [f"{summary}: these rows were dropped"], counts


def _classes(
    column: pd.Series[Any], name: str, positive: str | None, notes: list[str], explain: bool
) -> tuple[IntArray, tuple[str, ...], Value]:
    """0 or 1 for every row, the two spellings, and the value of class 1."""
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
        hint = "exactly two are needed: leave out the rows of the others, or give several classes one name"
        if len(values) == 1:
            hint = "exactly two are needed"
        elif not explain and _is_response(column):
            hint += "; two regressions of a number: crossframe explain sklearn.linear r.lm"
        raise DataError(f"the target {name!r} has {count}: {shown}{dropped}", hint)
    if positive is not None:
        if positive not in spelled:
            raise UsageError.unknown(f"class of {name!r}", positive, spelled)
        if spelled[0] == positive:
            values.reverse()
            spelled.reverse()
    y = (column == values[1]).to_numpy().astype(np.int64)
    one: Any = values[1].item() if isinstance(values[1], np.generic) else values[1]
    return y, (spelled[0], spelled[1]), one if isinstance(one, (bool, int, float)) else spelled[1]


def _levels(column: pd.Series[Any]) -> list[Any]:
    """The values of text and truth values in order; the first is the reference level."""
    present = column.dropna()
    return sorted(present.unique(), key=str if present.dtype == object else None)


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
    levels = _levels(column)
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
