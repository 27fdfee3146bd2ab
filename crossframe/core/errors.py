"""Every error crossframe raises on purpose, and the exit codes of the command.

An error has a message (what is wrong, naming the file, row or option) and a hint (the remedy).
The constructors below build both, so that call sites never format advice by hand.
"""

from __future__ import annotations

import difflib
import enum
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
    """An engine that was requested by name is not installed."""
    NOTHING_TO_DO = 5
    """The selection is empty."""
    CELLS_FAILED = 6
    """Some cells failed, or an engine that was not requested by name is missing."""
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
