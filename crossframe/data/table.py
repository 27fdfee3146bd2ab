"""A user's own file, CSV or Parquet, as a data set.

The file becomes a data frame here; ``encode`` turns the frame's columns into numbers and classes.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import os
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from crossframe.core.activity import doing
from crossframe.core.errors import DataError, UsageError, out_of_memory
from crossframe.data import beside, encode, extent, parquet
from crossframe.data import formula as formulas
from crossframe.data.types import Dataset, FileColumns

_SEPARATORS = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}
_PARQUET = (".parquet", ".pq")
_LONGEST_HEADER = 2**24
_UNREADABLE = (OSError, EOFError, ValueError, csv.Error, zlib.error)


def load(
    path: Path,
    target: str | None,
    *,
    missing: str = "refuse",
    positive: str | None = None,
    numbers: bool = False,
    several: bool = False,
    features: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    formula: str | None = None,
    weights: str | None = None,
    offset: str | None = None,
    exposure: str | None = None,
) -> Dataset:
    """The rows of a CSV, TSV (either may be gzipped) or Parquet file.

    Numbers are read exactly: to the nearest float64. Text must be UTF-8, and a header is required.
    Empty fields and pandas's usual words (NA, NaN, None, null, ...) are missing values.

    Parameters
    ----------
    path
        The file; the suffix of its name says what it is.
    target
        The column to predict: two values, with ``numbers`` also numbers, with ``several`` more classes.
    missing, positive, numbers, several, features, drop, formula, weights, offset, exposure
        See ``crossframe.data.load``.

    Raises
    ------
    DataError
        When the file cannot be read or used for such a task; the message names the file, and the
        column and row where there is one.
    """
    if missing not in encode.MISSING:
        raise UsageError.unknown("value of missing", missing, encode.MISSING)
    frame, first_row = _columns(path) if formula is None else None, 1
    if frame is None:
        frame, first_row = read(path)
    made = None
    with about(path):
        rows = beside.RowColumns.of([*frame], weights=weights, offset=offset, exposure=exposure)
    if formula is not None:
        with about(path), doing(f"reading the formula {formula}"):
            made = formulas.parse(formula, [*frame], rows.names)
            rows = rows.with_formula(made)
            assert isinstance(frame, pd.DataFrame)
            target, frame = formulas.response(made, frame)
    if target is None:
        raise DataError(f"{path}: which column is the target?", f"name one of: {', '.join([*frame])}")
    if target not in [*frame]:
        raise _no_target(path, target, [*frame])
    with about(path), doing(f"checking and coding {len(frame):,} rows of {path.name}"):
        return encode.dataset(
            frame,
            target,
            name=path.name.split(".")[0],
            where=str(path),
            first_row=first_row,
            missing=missing,
            positive=positive,
            numbers=numbers,
            several=several,
            features=features,
            drop=drop,
            formula=made,
            beside=rows,
        )


def _columns(path: Path) -> parquet.Columns | None:
    """The columns of a large Parquet file; None for other files, and for one that cannot be read."""
    if not path.name.lower().endswith(_PARQUET) or not path.is_file():
        return None
    try:
        columns = parquet.columns(path)
    except _UNREADABLE:
        return None
    if columns is not None:
        _check_names(path, [*columns])
    return columns


def formula_sources(file: FileColumns) -> pd.DataFrame:
    """The columns in the formula of a file as the formula gets them, of the rows in which none is missing.

    They have the levels of the rows in use; rows that were dropped, also for a missing weight, are not there.
    """
    assert file.formula is not None
    frame, _ = read(Path(file.path))
    if file.dropped:
        frame = frame[frame[[*file.missing]].notna().all(axis=1)]
    return pd.DataFrame(encode.formula_sources(frame, file.formula, [])).dropna()


@contextlib.contextmanager
def about(path: Path) -> Iterator[None]:
    """Errors of the data name the file."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{path}: {error.message}", error.hint) from None


def read(path: Path) -> tuple[pd.DataFrame, int]:
    """The frame in ``path``, and the number of its first row: 2 in a CSV, whose header is row 1."""
    if not os.path.exists(path):
        raise DataError(f"{path}: no such file")
    if path.is_dir():
        raise DataError(f"{path} is a folder, not a file")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty")
    name = path.name.lower()
    suffix = next((end for end in (*_SEPARATORS, *_PARQUET) if name.endswith(end)), None)
    if suffix is None:
        known = ", ".join([*_SEPARATORS, *_PARQUET])
        raise DataError(f"{path}: not a kind of file that can be read", f"known: {known}")
    try:
        if suffix in _PARQUET:
            with doing(f"reading {path.name}"):
                frame, first_row = pd.read_parquet(path), 1
            _check_names(path, [str(column) for column in frame.columns])
        else:
            _check_names(path, _header(path, _SEPARATORS[suffix]))
            extent.check(path)
            frame, first_row = _read_text(path, _SEPARATORS[suffix]), 2
    except DataError:
        raise
    except _UNREADABLE as error:
        if lack := out_of_memory(error):
            lack.message = f"{path}: {lack.message}"
            raise lack from error
        reason = " ".join(str(error).split())
        kind = "Parquet" if suffix in _PARQUET else "UTF-8 text in columns"
        raise DataError(f"{path} cannot be read as {kind}: {reason}") from error
    frame.columns = frame.columns.map(str)
    if frame.empty:
        raise DataError(f"{path} has a header but no rows")
    return frame, first_row


def missing_words(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    """The spellings of missing values that occur in these columns of a text file, in sorted order."""
    frame = read(path)[0][[*names]]
    name = path.name.lower()
    separator = next(sep for end, sep in _SEPARATORS.items() if name.endswith(end))
    with_words = pd.read_csv(
        path, sep=separator, encoding="utf-8-sig", index_col=False, dtype=str, keep_default_na=False
    )  # fmt: skip
    return tuple(sorted({word for n in names for word in with_words.loc[frame[n].isna(), n]}))


def _header(path: Path, separator: str) -> list[str]:
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        # Read by pieces: a file without line ends is one line, of any size.
        lines = iter(lambda: file.readline(_LONGEST_HEADER), "")
        rows = csv.reader((_checked(line, path) for line in lines), delimiter=separator)
        return next((row for row in rows if row), [])


def _checked(line: str, path: Path) -> str:
    if len(line) >= _LONGEST_HEADER:
        raise DataError(
            f"{path}: its first line is longer than {_LONGEST_HEADER:,} characters",
            "a table begins with a line of column names",
        )
    return line


def _check_names(path: Path, names: list[str]) -> None:
    if not names:
        raise DataError(f"{path} has no columns")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        listed = ", ".join(map(repr, twice))
        raise DataError(f"{path}: duplicate column name {listed}", "rename or drop one of them")
    if "" in names:
        # read.csv and pandas would take it for row numbers or for a feature, each its own way
        raise DataError(
            f"{path}: column {names.index('') + 1} has no name",
            "row numbers? write the file without them (index=False, row.names=FALSE); else name the column",
        )


def _read_text(path: Path, separator: str) -> pd.DataFrame:
    with warnings.catch_warnings():
        # pandas only warns when it cuts off fields that the header has no name for
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            with path.open("rb") as file, doing(lambda: _position(path, file)):
                compression = "gzip" if path.name.lower().endswith(".gz") else None
                return pd.read_csv(
                    file,
                    sep=separator,
                    encoding="utf-8-sig",
                    index_col=False,
                    low_memory=False,
                    compression=compression,  # type: ignore[arg-type]
                )
        except pd.errors.ParserWarning as warning:
            raise DataError(f"{path}: rows have more fields than the header") from warning


def _position(path: Path, file: BinaryIO) -> str:
    """How much of a file that is being read was read."""
    at = os.lseek(file.fileno(), 0, os.SEEK_CUR) if not file.closed else 0
    return f"reading {path.name}: {100 * at / max(1, path.stat().st_size):.0f} % of the file"


def _no_target(path: Path, target: str, columns: list[str]) -> DataError:
    hint = DataError.unknown("column", target, columns).hint
    if len(columns) == 1 and ";" in columns[0]:
        hint = "its one column looks like several, separated by ';': write it with commas"
    return DataError(f"{path} has no column {target!r} to be the target", hint)
