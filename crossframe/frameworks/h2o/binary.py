"""Large tables to H2O frames and back, through files in a folder that the server shares; exact, without text.

To the server they go as Parquet files of whole numbers (see `crossframe.frameworks.h2o.frames` for why), each
of which becomes one chunk of the frame. Back they come as ``POST /3/Frames/KEY/save`` writes them: a file for
each chunk, with the bytes of each column as the server has them (``water.fvec.persist.FramePersist``).
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from crossframe.core.errors import OutOfMemory
from crossframe.core.types import FloatArray
from crossframe.frameworks.h2o.rest import H2ORefused, Rest

ROWS, VALUES = 2**15, 2**20
"""A table of at least so many rows and numbers is large. Smaller ones stay text: the number of chunks of a
frame, and thereby the order of sums, is then what it was before there were files."""

_PART = 2**24
"""Bytes of the doubles that are one chunk."""


def is_large(rows: int, columns: int) -> bool:
    """Whether a table of this size travels through files."""
    return rows >= ROWS and rows * columns >= VALUES


@contextlib.contextmanager
def parts(folder: Path, key: str, rows: int, tables: Callable[[slice], pa.Table]) -> Iterator[list[str]]:
    """The paths of Parquet files with ``tables`` of all ``rows``, in order; they are removed at the end.

    Raises `OutOfMemory` where the folder is full.
    """
    place = folder / f"{key}_in"
    place.mkdir()
    try:
        columns = tables(slice(0, 1)).num_columns
        step = max(1, _PART // (8 * columns))
        for begin in range(0, rows, step):
            table = tables(slice(begin, begin + step))
            try:
                pq.write_table(
                    table,
                    place / f"{begin // step:08d}.parquet",
                    row_group_size=step,
                    compression="none",
                    # Mantissas differ; exponents are few.
                    use_dictionary=[name for name in table.column_names if name.startswith("e")],
                    write_statistics=False,
                )
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                raise _full(place) from error
        yield sorted(map(str, place.iterdir()))
    finally:
        shutil.rmtree(place, ignore_errors=True)


@dataclass(frozen=True)
class Chunks:
    """A saved frame: the columns of each of its chunks by name, (rows of the chunk,) each, in order."""

    names: tuple[str, ...]
    _files: tuple[Path, ...]
    _labels: Mapping[str, FloatArray]

    def __iter__(self) -> Iterator[dict[str, FloatArray]]:
        for file in self._files:
            columns = dict(zip(self.names, _columns(file.read_bytes()), strict=True))
            for name, labels in self._labels.items():
                # A level's number is its place in the order of the server.
                codes = columns[name]
                known = ~np.isnan(codes)
                columns[name] = np.full(len(codes), np.nan)
                columns[name][known] = labels[codes[known].astype(np.intp)]
            yield columns


@contextlib.contextmanager
def saved(rest: Rest, key: str) -> Iterator[Chunks | None]:
    """The frame ``key`` as the server holds it; None where its chunks are not of a known layout.

    The files are removed at the end.
    """
    assert rest.folder is not None
    place = rest.folder / f"{key}_out"
    try:
        yield _saved(rest, key, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _saved(rest: Rest, key: str, place: Path) -> Chunks | None:
    place.mkdir()
    try:
        job = rest.call("POST", f"/3/Frames/{quote(key)}/save", dir=str(place), force=True)["job"]
    except H2ORefused:
        return None
    state = rest.wait(job)
    if state["status"] != "DONE":
        if "No space left" in str(state["exception"]):
            raise _full(place)
        return None
    described = rest.call("GET", f"/3/Frames/{quote(key)}?row_count=1&column_count=-1")["frames"][0][
        "columns"
    ]
    numbered = {
        int(match[1]): place / name
        for name in os.listdir(place)
        if (match := re.fullmatch(rf"{re.escape(key)}_n0_c(\d+)", name))
    }
    files = tuple(numbered[i] for i in sorted(numbered))
    try:
        for file in files:
            _kinds(file.read_bytes())
        labels = {c["label"]: np.array(c["domain"], np.float64) for c in described if c["domain"] is not None}
    except (_Unknown, ValueError):
        return None
    return Chunks(tuple(c["label"] for c in described), files, labels)


class _Unknown(Exception):
    """A layout of bytes that is not read here."""


class _Reader:
    """Reads what ``water.AutoBuffer`` has written."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    @property
    def ended(self) -> bool:
        return self.at >= len(self._data)

    def take(self, count: int) -> memoryview:
        if count < 0 or self.at + count > len(self._data):
            raise _Unknown
        self.at += count
        return memoryview(self._data)[self.at - count : self.at]

    def whole(self) -> int:
        """A compressed whole number: one byte for -1 to 252, else a mark and two or four."""
        mark = self.take(1)[0]
        if mark < 254:
            return mark - 1
        return int.from_bytes(self.take(2 if mark == 255 else 4), "little", signed=True)

    def text(self) -> str:
        return bytes(self.take(self.whole())).decode()


def _chunks(data: bytes) -> Iterator[tuple[str, memoryview]]:
    """The class and the bytes of each column's chunk in a file of `saved`."""
    reader = _Reader(data)
    if bytes(reader.take(2)) != b"\x1c\xed":
        raise _Unknown
    reader.text()  # the version of H2O
    nothing, count, _ = reader.whole(), reader.whole(), reader.whole()
    names = [""] * nothing + [reader.text() for _ in range(count)]
    while not reader.ended:
        number = reader.whole()
        if not 0 <= number < len(names):
            raise _Unknown
        kind = names[number].rpartition(".")[2]
        yield kind, reader.take(reader.whole())
        reader.take(_FURTHER.get(kind, 0))


def _kinds(data: bytes) -> None:
    """Raise `_Unknown` for a file with a chunk of another class than those that are read here."""
    for kind, memory in _chunks(data):
        if kind not in _LAYOUTS:
            raise _Unknown
        # A scale other than 10^0, and another value than 0 between those that are listed.
        if (kind in _BIASED and any(memory[8:12])) or (kind in _SPARSE and any(memory[6:8])):
            raise _Unknown


def _columns(data: bytes) -> list[FloatArray]:
    return [_LAYOUTS[kind](memory) for kind, memory in _chunks(data)]


def _numbers(dtype: str, missing: int | None = None) -> Callable[[memoryview], FloatArray]:
    """Reads numbers side by side, of which one value stands for a missing one."""

    def read(memory: memoryview) -> FloatArray:
        held = np.frombuffer(memory, dtype)
        values = held.astype(np.float64)
        if missing is not None:
            values[held == missing] = np.nan
        return values

    return read


def _bits(memory: memoryview) -> FloatArray:
    """Numbers of one or two bits, the lowest first, 2 where missing; before them the bits that are none."""
    rest, width = memory[0], memory[1]
    bits = np.unpackbits(np.frombuffer(memory[2:], np.uint8), bitorder="little")
    fields = bits[: len(bits) - rest].reshape(-1, width)
    values: FloatArray = (fields << np.arange(width)).sum(axis=1).astype(np.float64)
    values[values == 2] = np.nan
    return values


def _constant(dtype: str) -> Callable[[memoryview], FloatArray]:
    """Reads one number of eight bytes, and how often it stands there."""

    def read(memory: memoryview) -> FloatArray:
        return np.full(_whole(memory, 8), np.frombuffer(memory[:8], dtype)[0], np.float64)

    return read


def _biased(dtype: str, missing: int) -> Callable[[memoryview], FloatArray]:
    """Reads whole numbers less the one that they begin with, and its scale."""
    read = _numbers(dtype, missing)
    return lambda memory: read(memory[16:]) + np.frombuffer(memory[:8], "<i8")[0]


def _distinct(memory: memoryview) -> FloatArray:
    """Numbers as places in the list of distinct ones, of which there are few."""
    count, distinct = _whole(memory, 0), _whole(memory, 4)
    end = 8 + 8 * distinct
    dtype, least = ("i1", 2**7) if distinct < 2**8 else ("<i2", 2**15)
    places = np.frombuffer(memory[end:], dtype)[:count].astype(np.intp) + least
    return np.frombuffer(memory[8:end], "<f8")[places]


def _sparse(of: str) -> Callable[[memoryview], FloatArray]:
    """Reads the places and values of the numbers that are not 0; a missing one is the least, or NaN."""

    def read(memory: memoryview) -> FloatArray:
        place, value = memory[4], memory[5]
        pairs = np.frombuffer(memory[8:], [("place", f"<u{place}"), ("value", f"<{of}{value}")])
        values = np.zeros(_whole(memory, 0))
        given = pairs["value"].astype(np.float64)
        if of == "i":
            given[pairs["value"] == np.iinfo(pairs["value"].dtype).min] = np.nan
        values[pairs["place"]] = given
        return values

    return read


def _whole(memory: memoryview, at: int) -> int:
    return int.from_bytes(memory[at : at + 4], "little")


_FURTHER = {"CUDChunk": 4, "C0DChunk": 8, "C0LChunk": 8}
"""Bytes after those of a chunk of this class: what it holds twice."""

_BIASED, _SPARSE = ("C1SChunk", "C2SChunk", "C4SChunk"), ("CXIChunk", "CXFChunk")

_LAYOUTS: Mapping[str, Callable[[memoryview], FloatArray]] = {
    "C8DChunk": _numbers("<f8"),
    "C4FChunk": _numbers("<f4"),
    "C1NChunk": _numbers("u1"),
    "C1Chunk": _numbers("u1", 255),
    "C2Chunk": _numbers("<i2", -(2**15)),
    "C4Chunk": _numbers("<i4", -(2**31)),
    "C8Chunk": _numbers("<i8", -(2**63)),
    "CBSChunk": _bits,
    "C0DChunk": _constant("<f8"),
    "C0LChunk": _constant("<i8"),
    "C1SChunk": _biased("u1", 255),
    "C2SChunk": _biased("<i2", -(2**15)),
    "C4SChunk": _biased("<i4", -(2**31)),
    "CUDChunk": _distinct,
    "CXIChunk": _sparse("i"),
    "CXFChunk": _sparse("f"),
}
"""Class of a chunk of H2O (``water.fvec``) -> what makes doubles of its bytes."""


def _full(folder: Path) -> OutOfMemory:
    """The error that names the folder that has no space left."""
    return OutOfMemory(
        f"{folder}: no space left for the files through which H2O gets and returns rows, "
        f"{shutil.disk_usage(folder).free / 2**20:,.0f} MiB are free",
        "free some, or set TMPDIR to a folder with more space",
    )
