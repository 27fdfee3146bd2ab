"""How large a text table will be, from its first megabytes: what cannot fit is refused before it is read."""

from __future__ import annotations

import gzip
import resource
from dataclasses import dataclass
from pathlib import Path

import psutil

from crossframe.core.errors import OutOfMemory

_SAMPLE = 2**22
_COPIES = 3
"""Copies of the numbers at the same time: the columns, the matrix, and what is hashed and sent."""


@dataclass(frozen=True)
class Extent:
    """Estimated rows, columns and bytes of text of a table."""

    rows: int
    columns: int
    text: int

    @property
    def memory(self) -> int:
        """Bytes that reading it takes: its text, and `_COPIES` of its numbers."""
        return self.text + _COPIES * 8 * self.rows * self.columns


def estimate(path: Path) -> Extent:
    """The extent of a text table, gzipped or not, by the bytes per line of its beginning."""
    text = path.stat().st_size
    with path.open("rb") as raw:
        if path.name.lower().endswith(".gz"):
            with gzip.open(raw) as file:
                sample = file.read(_SAMPLE)
            # The last four bytes are the size of the text modulo 2^32 (RFC 1952); the ratio tells the rest.
            by_ratio = text * len(sample) // max(1, raw.tell())
            raw.seek(-4, 2)
            remainder = int.from_bytes(raw.read(4), "little")
            text = max(len(sample), remainder + round(max(0, by_ratio - remainder) / 2**32) * 2**32)
        else:
            sample = raw.read(_SAMPLE)
    lines = max(1, sample.count(b"\n"))
    columns = 1 + max(sample.partition(b"\n")[0].count(mark) for mark in (b",", b"\t"))
    return Extent(text * lines // max(1, len(sample)), columns, text)


def available() -> int:
    """Bytes of memory that this process may still take: of the machine, and of its own limit (ulimit -v)."""
    free: int = psutil.virtual_memory().available
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY:
        free = min(free, limit - psutil.Process().memory_info().vms)
    return max(0, free)


def check(path: Path) -> None:
    """Raise `OutOfMemory` for a text table that is larger than the memory that is available."""
    e, free = estimate(path), available()
    if e.memory > free:
        raise OutOfMemory(
            f"{path}: about {e.rows:,} rows and {e.columns:,} columns need {e.memory / 2**20:,.0f} MiB of "
            f"memory, {free / 2**20:,.0f} MiB are free",
            "use a sample of its rows or fewer columns, or a machine with more memory",
        )
