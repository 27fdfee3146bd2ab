"""Every error crossframe raises on purpose, and the exit codes of the command.

An error has a message (what is wrong, naming the file, row or option) and a hint (the remedy).
The constructors below build both, so that call sites never format advice by hand.
"""

from __future__ import annotations

import difflib
import enum
import errno
from collections.abc import Iterable


class ExitCode(enum.IntEnum):
    """Exit codes of the ``crossframe`` command; public, and stable between releases."""

    OK = 0
    """Done: frameworks agree, or the difference is measured or explained."""
    DIFFERS = 1
    """Unexplained, drifted from a snapshot or a release, or a rule contradicted by its experiment."""
    USAGE = 2
    """The command line, the configuration or the data cannot be used as given."""
    INTERNAL = 3
    """A defect of crossframe itself."""
    ENGINE_MISSING = 4
    """An engine that was requested by name, or a package that crossframe needs, is not installed."""
    NOTHING_TO_DO = 5
    """The selection is empty."""
    CELLS_FAILED = 6
    """Cells failed or were refused, memory ran out, a program failed, or an engine not named is missing."""
    INTERRUPTED = 130
    """Ctrl-C; what was finished is kept."""


class CrossframeError(Exception):
    """Base of all deliberate errors.

    Parameters
    ----------
    message
        One sentence that says what is wrong and names the file, row or option.
    hint
        The remedy; empty when the message already says it.
    """

    exit_code: ExitCode = ExitCode.INTERNAL

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UsageError(CrossframeError):
    """The request cannot be carried out as it was written."""

    exit_code = ExitCode.USAGE

    @classmethod
    def unknown(cls, kind: str, name: str, known: Iterable[str]) -> UsageError:
        """``unknown <kind> 'name'``, with the nearest known names as the hint."""
        known = sorted(set(known))
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        if near:
            return cls(f"unknown {kind} {name!r}", f"did you mean {' or '.join(near)}?")
        return cls(f"unknown {kind} {name!r}", f"known: {', '.join(known)}")

    @classmethod
    def many(cls, errors: list[UsageError]) -> UsageError:
        """All errors of one request at once; a single one is returned as it is."""
        if len(errors) == 1:
            return errors[0]
        return cls(f"{len(errors)} problems:\n" + "\n".join(f"- {e}" for e in errors))


class NothingToDo(CrossframeError):
    """The request is valid, but its selection contains no fit, setting or claim."""

    exit_code = ExitCode.NOTHING_TO_DO


class DataError(UsageError):
    """A data set cannot be read, verified or used for the task."""


class EngineMissing(CrossframeError):
    """A framework, or the runtime it needs, is not installed."""

    exit_code = ExitCode.ENGINE_MISSING


class OutOfMemory(CrossframeError):
    """The data, or what is computed from them, do not fit into the memory."""

    exit_code = ExitCode.CELLS_FAILED


_NO_MEMORY = ("out of memory", "cannot allocate memory", "failed to map segment", "can't start new thread")
"""What pandas, the system and the dynamic loader write in errors that are no MemoryError."""


def out_of_memory(error: BaseException) -> OutOfMemory | None:
    """The error to show where ``error`` means that memory ran out, else None.

    A note of ``error`` names the activity that it ended; see `crossframe.core.activity.doing`.
    """
    reason = " ".join(str(error).split())
    known = isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
    if not known and not any(words in reason.lower() for words in _NO_MEMORY):
        return None
    during = "".join(f", {note}" for note in getattr(error, "__notes__", ())[:1])
    return OutOfMemory(
        f"the memory is not enough{during}" + (f": {reason}" if reason else ""),
        "use fewer rows or columns, or give it more memory (ulimit -v); what was finished before is kept",
    )
