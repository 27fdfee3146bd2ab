"""The columns of a large Parquet file, read when they are needed: the file is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from crossframe.core.errors import DataError, OutOfMemory, out_of_memory
from crossframe.data import extent

LARGE = 2**26
"""Bytes of numbers from which the columns of a file are read one after the other."""

_AT_A_TIME = 2**25
"""Bytes of the columns that are read together and kept until others are asked for."""

UNREADABLE = (OSError, EOFError, ValueError)


class Columns(Protocol):
    """What is asked of a table: its columns by name; a data frame of pandas is one."""

    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, which: Any) -> Any:
        """The column of a name, or the table of the rows where an array of truth values is true."""

    @property
    def index(self) -> Any:
        """The number in the file of every row, from 0."""


class ParquetColumns:
    """The table in a Parquet file, column by column.

    Raises
    ------
    DataError
        When a column cannot be read; its name and the reason.
    """

    def __init__(self, path: Path, names: tuple[str, ...], rows: NDArray[np.intp] | None = None) -> None:
        self._path = path
        self._names = names
        self._rows = rows
        self._count = pq.read_metadata(path).num_rows
        self._held: dict[str, pd.Series[Any]] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return self._count if self._rows is None else len(self._rows)

    @property
    def index(self) -> NDArray[np.intp]:
        """The number in the file of every row, from 0."""
        return np.arange(self._count) if self._rows is None else self._rows

    def __getitem__(self, which: Any) -> Any:
        """The column of a name, or the table of the rows where an array of truth values is true."""
        if not isinstance(which, str):
            return ParquetColumns(self._path, self._names, self.index[np.asarray(which)])
        if which not in self._held:
            at = self._names.index(which)
            names = [*self._names[at : at + max(1, _AT_A_TIME // (8 * self._count))]]
            self._held = {}
            try:
                frame = pd.read_parquet(self._path, columns=names).reset_index(drop=True)
            except UNREADABLE as error:
                if lack := out_of_memory(error):
                    raise lack from error
                reason = " ".join(str(error).split())
                raise DataError(f"column {which!r} cannot be read as Parquet: {reason}") from error
            self._held = {name: frame[name] for name in names}
        column = self._held[which]
        return column if self._rows is None else column.iloc[self._rows]


def columns(path: Path) -> ParquetColumns | None:
    """The columns of a large file; None: it is small, or has a column of more than numbers, text and truth.

    Raises `OutOfMemory` where the table does not fit into the memory, and as pyarrow does where the file is
    none.
    """
    metadata = pq.read_metadata(path)
    schema = metadata.schema.to_arrow_schema()
    size = 8 * metadata.num_rows * len(schema)
    if size < LARGE or any(field.type.num_fields for field in schema):
        return None
    # One copy here, and at most one that the engines share; what they make of it is their own.
    needed, free = 2 * size, extent.available()
    if needed > free:
        raise OutOfMemory(
            f"{path}: {metadata.num_rows:,} rows and {len(schema):,} columns need {needed / 2**20:,.0f} MiB "
            f"of memory, {free / 2**20:,.0f} MiB are free",
            "use a sample of its rows or fewer columns, or a machine with more memory",
        )
    empty = schema.empty_table().to_pandas()
    return ParquetColumns(path, tuple(str(name) for name in empty.columns))
