"""A data frame's columns as features and a target: classes, or numbers.

Numbers stay as they are. Text, categories and truth values are treatment-coded as R's
``contr.treatment`` does it: one 0/1 column ``name=level`` for every level but the first in sorted order.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crossframe.core.errors import DataError, UsageError
from crossframe.core.types import FloatArray, IntArray, Target, Value
from crossframe.data import formula as formulas
from crossframe.data.beside import NONE, RowColumns
from crossframe.data.parquet import Columns
from crossframe.data.types import Dataset, Feature, FileColumns, FormulaRecord

MISSING = ("refuse", "drop", "framework")
"""Treatments of missing feature values."""

MAX_LEVELS = 100
"""Levels above which a text column is taken for free text or an identifier."""

_TOGETHER, _BLOCK = 4, 4096  # columns and rows that are copied together, which the processor's cache holds
_SHOWN = 5  # classes or columns that a message lists
_EXACT = 2**53  # every whole number up to here is a float64


def dataset(
    frame: Columns,
    target: str,
    *,
    name: str,
    where: str,
    first_row: int,
    missing: str,
    positive: str | None,
    numbers: bool,
    several: bool = False,
    features: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    formula: FormulaRecord | None = None,
    beside: RowColumns = NONE,
) -> Dataset:
    """The frame as a task with two classes, with ``numbers`` of a number, with ``several`` of more classes.

    Parameters
    ----------
    frame
        Unique column names of type str, at least one row; a data frame, or the columns of a file.
    target
        A column of ``frame``.
    name, where
        The data set's name, and the file as the reader knows it.
    first_row
        Number of the first row in messages.
    missing, positive, numbers, several, features, drop
        See ``crossframe.data.load``.
    formula
        Makes the features of its sources, in place of ``features`` and ``drop``.
    beside
        The columns that are weights and offset.

    Raises
    ------
    DataError
        For ``features`` or ``drop`` that name no column, or the target; for a target that is not what is
        asked for, or lacks values, features that are infinite, of an unusable type or of too
        many levels (all such columns at once), missing values that are refused, and for no rows or
        features left.
    """
    # Rows are counted in the file, also where some of them are left out.
    if isinstance(frame, pd.DataFrame):
        frame = frame.reset_index(drop=True)
    names, unused = (
        _selected([str(column) for column in frame], target, features, drop, beside.names)
        if formula is None
        else ([*formula.sources], formulas.unused(formula, map(str, frame), target, beside.names))
    )
    if not names:
        raise DataError(f"there is no feature beside the target {target!r}")
    if target in beside.names:
        raise DataError(f"the target {target!r} is also a weight or an offset", "name another column")
    _check_target(frame[target], target, first_row)
    many = MAX_LEVELS if several else 2
    checked = (_problem(frame[column], column, first_row) for column in names)
    problems: list[UsageError] = [problem for problem in checked if problem is not None]
    if problems:
        raise DataError.many(problems)
    texts = (column for column in names if _is_categorical(frame[column]))
    strays = [f"column {c}: read as text{words}" for c in texts if (words := _stray(frame[c], first_row))]
    rows = len(frame)
    frame, notes, absent = _handle_missing(frame, [*dict.fromkeys([*names, *beside.names])], missing)
    notes += strays
    weights, offset = beside.values(frame, formula, first_row)
    y: Target
    classes: tuple[str, ...] = ()
    one: Value = None
    if numbers and _is_response(frame[target]):
        y = _response(frame[target], target, positive, first_row, notes)
        shares = f"a number from {y.min():g} to {y.max():g}"
    else:
        y, classes, one = _classes(frame[target], target, positive, notes, many, first_row)
        shares = ", ".join(f"{label} {int(np.sum(y == k))}" for k, label in enumerate(classes))
    X, columns, used, made = (
        (*_coded(frame, names, unused, notes), None) if formula is None else _designed(frame, formula, notes)
    )
    if not columns:
        raise DataError("no feature is left: each has one level only")
    notes += beside.notes(weights, offset)
    return Dataset(
        name=name,
        X=X,
        y=y,
        names=tuple(columns),
        classes=classes,
        source=f"{Path(where).name}: {len(frame)} rows, {len(columns)} features, target {target} ({shares}).",
        where=where,
        notes=tuple(notes),
        file=FileColumns(
            where, target, one, tuple(used), unused, rows, rows - len(frame), absent, made,
            beside.weights, beside.in_words,
        ),
        weights=weights,
        offset=offset,
    )  # fmt: skip


def _coded(
    frame: Columns, names: Sequence[str], unused: dict[str, str], notes: list[str]
) -> tuple[FloatArray, tuple[str, ...], list[Feature]]:
    """The features, (rows, features), their names and records; ``unused`` gets those of one level."""
    described = {column: _described(frame[column], column) for column in names}
    columns: list[str] = []
    for column, feature in described.items():
        if feature.kind != "numbers" and len(feature.levels) == 1:
            continue
        for key in feature.coded:
            if key in columns:
                raise DataError(f"column {column!r} is coded as {key!r}, a name that is taken", "rename one")
            columns.append(key)

    def values() -> Iterator[FloatArray]:
        for column in names:
            coded = _columns(frame[column], column, notes)
            if not coded:
                unused[column] = "it has one level only"
            yield from coded.values()

    X = _matrix(values(), len(frame), len(columns))
    return X, tuple(columns), [d for column, d in described.items() if column not in unused]


def _designed(
    frame: Columns, formula: FormulaRecord, notes: list[str]
) -> tuple[FloatArray, tuple[str, ...], Sequence[Feature], FormulaRecord]:
    """The features that a formula makes, (rows, features), their names and records, and the formula's own."""
    sources = formula_sources(frame, formula, notes)
    made = formulas.design(formula, sources, {name: frame[name].isna().to_numpy() for name in sources})
    truth = tuple(name for name in sources if _is_truth(frame[name]))
    X = _matrix(made.columns.values(), len(frame), len(made.columns))
    return X, tuple(made.columns), made.features, replace(made.record, truth=truth)


def _matrix(columns: Iterable[FloatArray], rows: int, count: int) -> FloatArray:
    """``count`` columns (rows,) side by side in C order, read one after the other."""
    X = np.empty((rows, count))
    waiting = iter(columns)
    for begin in range(0, count, _TOGETHER):
        group = [*itertools.islice(waiting, _TOGETHER)]
        for first in range(0, rows, _BLOCK):
            part = X[first : first + _BLOCK]
            for j, column in enumerate(group, begin):
                # + 0.0 turns -0.0 into 0.0
                np.add(column[first : first + _BLOCK], 0.0, out=part[:, j])
    # The last column may give none, but a note.
    for _ in waiting:
        pass
    return X


def formula_sources(frame: Columns, formula: FormulaRecord, notes: list[str]) -> dict[str, pd.Series[Any]]:
    """The columns in a formula's terms as it gets them: numbers, or categories in their order."""
    sources: dict[str, pd.Series[Any]] = {}
    for name in formula.sources:
        column = frame[name]
        values: Any
        if not _is_categorical(column):
            values = _columns(column, name, notes)[name]
        elif _is_truth(column) and not formulas.bare(formula, name):
            # A truth value inside an expression is the number 0 or 1, as in R and NumPy.
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            levels = _levels(column)
            if len(levels) == 1:
                notes.append(f"column {name}: its only level is {levels[0]}, which gives no column")
            values = pd.Categorical(column, levels)
        sources[name] = pd.Series(values, index=frame.index)
    return sources


def _selected(
    columns: list[str],
    target: str,
    features: Sequence[str] | None,
    drop: Sequence[str],
    beside: Sequence[str],
) -> tuple[list[str], dict[str, str]]:
    """The names of the features in the order of the file, and of each other column why it is none.

    ``beside`` are columns with another role, which are features where ``features`` names them.
    """
    errors: list[UsageError] = []
    for option, names in (("--features", features or ()), ("--drop", drop)):
        errors += [DataError.unknown(f"column in {option}", n, columns) for n in names if n not in columns]
        if target in names:
            errors.append(DataError(f"{option} names the target {target!r}", "leave it out there"))
    if both := sorted({*(features or ())} & {*drop}):
        errors.append(DataError(f"{', '.join(both)}: in --features and in --drop", "leave it in one of them"))
    if errors:
        raise DataError.many(errors)
    others = [name for name in columns if name != target and name not in {*beside} - {*(features or ())}]
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
    if gaps.size == len(column):
        raise DataError(f"the target {name!r} has no value in any row", "name another column")
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
    frame: Columns, features: list[str], missing: str
) -> tuple[Columns, list[str], dict[str, int]]:
    """The frame without the rows to be dropped, the notes on that, and how often each feature is missing."""
    rows = np.zeros(len(frame), dtype=np.bool_)
    counts: dict[str, int] = {}
    for name in features:
        absent = frame[name].isna().to_numpy()
        if count := int(absent.sum()):
            counts[name] = count
            rows |= absent
    if not counts:
        return frame, [], {}
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
    column: pd.Series[Any], name: str, positive: str | None, notes: list[str], many: int, first_row: int
) -> tuple[IntArray, tuple[str, ...], Value]:
    """The class of every row, from 0; at most ``many`` spellings; of two classes the value of class 1."""
    try:
        values: list[Hashable] = sorted(column.unique())
    except TypeError:
        raise DataError(
            f"the target {name!r} mixes kinds of values, or holds lists", "make it text or numbers"
        ) from None
    spelled = [str(value) for value in values]
    if not 2 <= len(values) <= many or (len(values) > 2 and _stray(column, first_row)):
        raise _not_classes(column, name, spelled, notes, many, first_row)
    if positive is not None:
        if len(values) > 2:
            raise UsageError(
                f"positive={positive}: the target {name!r} has {len(values)} classes", "leave it out"
            )
        if positive not in spelled:
            raise UsageError.unknown(f"class of {name!r}", positive, spelled)
        if spelled[0] == positive:
            values.reverse()
            spelled.reverse()
    y = np.zeros(len(column), dtype=np.int64)
    for k, value in enumerate(values):
        y[(column == value).to_numpy()] = k
    if len(values) > 2:
        return y, tuple(spelled), None
    one: Any = values[1].item() if isinstance(values[1], np.generic) else values[1]
    return y, (spelled[0], spelled[1]), one if isinstance(one, (bool, int, float)) else spelled[1]


def _not_classes(
    column: pd.Series[Any], name: str, spelled: list[str], notes: list[str], many: int, first_row: int
) -> DataError:
    """The error of a target with one value, or with more than ``many``."""
    shown = ", ".join(spelled[:_SHOWN]) + (", ..." if len(spelled) > _SHOWN else "")
    dropped = "".join(f"; {note}" for note in notes if note.endswith("dropped"))
    if len(spelled) == 1:
        kind = "value" if _is_number(column) and not _is_categorical(column) else "class"
        wanted = "exactly two are needed" if many == 2 else "at least two are needed"
        return DataError(f"the target {name!r} has one {kind} only: {shown}{dropped}", wanted)
    stray = _stray(column, first_row)
    if stray:
        hint = "correct it, so that the target holds numbers"
    elif many > 2:
        hint = f"at most {many} can be distinguished: group them, or name another column"
    else:
        hint = "exactly two are needed: leave out the rows of the others, or give several classes one name"
    return DataError(f"the target {name!r} has {len(spelled)} classes: {shown}{stray}{dropped}", hint)


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
