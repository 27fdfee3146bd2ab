"""One command divided among processes that know nothing of each other, each with a store of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from crossframe.core.errors import UsageError

MOST = 100_000
"""Shards of one command."""

_DIGITS = 16
"""Leading hexadecimal digits of a cell's key that decide about its shard."""


class OtherShards(Exception):
    """The cells of this shard are stored, and what comes next needs cells of others.

    It is not a `crossframe.core.errors.CrossframeError`: a verb that goes on after a part of its question
    has failed must not take this for a failure.
    """


@dataclass
class Shard:
    """Part ``number`` (from 1) of ``count`` of all cells, and what became of it in this process.

    Which cells belong to it follows from their keys: the parts are disjoint and together the whole, and no
    process has to ask another one. All of them need the same code and the same versions, which are in the
    keys.

    Attributes
    ----------
    computed, failed
        Cells that ended here, and those of them that failed.
    others
        Keys of the cells of other shards that were needed and are not stored.
    gone
        Engines that did not start here, with the reason.
    """

    number: int
    count: int
    computed: int = 0
    failed: int = 0
    others: set[str] = field(default_factory=set)
    gone: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The shard of a text like ``3/16``. Raises `UsageError` for any other."""
        match = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", text)
        if match is None:
            raise UsageError(
                f"--shard {text}: not a part of a whole", "write --shard 3/16 for the third of 16"
            )
        number, count = map(int, match.groups())
        if not 1 <= count <= MOST:
            raise UsageError(f"--shard {text}: {count} shards", f"use 1 to {MOST:,}")
        if not 1 <= number <= count:
            raise UsageError(
                f"--shard {text}: there is no shard {number} of {count}",
                f"shards are counted from 1: --shard 1/{count} to --shard {count}/{count}",
            )
        return cls(number, count)

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def has(self, key: str) -> bool:
        """Whether the cell with this key belongs to the shard."""
        return int(key[:_DIGITS], 16) % self.count == self.number - 1


class _Part:
    """One part after the other; each may wait for other shards."""

    def __init__(self) -> None:
        self.waiting: OtherShards | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if isinstance(error, OtherShards):
            self.waiting = error
            return True
        return False


@contextmanager
def independent_parts() -> Iterator[_Part]:
    """A context for each of several parts that do not need each other's results.

    A part that waits for other shards ends there and does not hold up the next ones; `OtherShards` is raised
    after the last. What stands below is reached only where every part has its result.
    """
    part = _Part()
    yield part
    if part.waiting is not None:
        raise part.waiting
