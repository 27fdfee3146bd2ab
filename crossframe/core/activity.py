"""What is being done now, so that a command can show it while nothing else is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_entries: list[Callable[[], str]] = []


@contextmanager
def doing(what: str | Callable[[], str]) -> Iterator[None]:
    """While the block runs, `now` returns ``what``, or what it returns when it is called.

    It is called from another thread. Where memory runs out in the block, the error's note names ``what``.
    """
    entry = what if callable(what) else lambda: what
    _entries.append(entry)
    try:
        yield
    except MemoryError as error:
        error.add_note(entry())
        raise
    finally:
        _entries.remove(entry)


def now() -> str:
    """The innermost activity in words, ``reading a.csv``; empty where none was named."""
    return _entries[-1]() if _entries else ""


def mark() -> int:
    """A number that is another one when an activity has begun or ended in between."""
    return id(_entries[-1]) if _entries else 0
