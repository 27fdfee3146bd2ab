"""Changes that were seen and accepted: a file that `crossframe audit --accepted` reads and writes.

It is JSON with one change to a line, so that it can be reviewed like code::

    {"schema": 1, "kind": "crossframe-accepted-changes", "changes": [
      {"kind": "value", "model": "sklearn.sgd", "parameter": "SGDClassifier.eta0", "before": 0, "after": 1}
    ]}
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from crossframe.audit import snapshot
from crossframe.audit.drift import Change, ChangeKind, Drift, computed_alike, same
from crossframe.core.errors import UsageError

KIND = "crossframe-accepted-changes"
SCHEMA = 1
_REMEDY = "make one with: crossframe audit --against WHAT --accepted FILE --accept"


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One accepted change: the attributes of `Change` that identify it, and optionally why it is accepted."""

    kind: ChangeKind
    model: str
    parameter: str
    before: Any = None
    after: Any = None
    why: str = ""

    def covers(self, change: Change) -> bool:
        """Whether it is this change, with these values before and after, compared as `drift` does."""
        alike = computed_alike if self.kind is ChangeKind.EFFECTIVE else same
        return (
            (self.kind, self.model, self.parameter) == (change.kind, change.model, change.parameter)
            and alike(self.before, _plain(change.before))
            and alike(self.after, _plain(change.after))
        )


class _File(msgspec.Struct, forbid_unknown_fields=True):
    schema: int
    kind: str
    changes: list[Accepted]


def read(path: str | os.PathLike[str]) -> tuple[Accepted, ...]:
    """The changes of a file that `write` made. Raises `UsageError` with file, place and remedy."""
    named = snapshot.escaped(str(path))
    try:
        file = msgspec.json.decode(snapshot.content(path, _REMEDY), type=_File)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{named} is no file of accepted changes: {snapshot.escaped(str(error))}", _REMEDY
        ) from None
    if (file.kind, file.schema) != (KIND, SCHEMA):
        raise UsageError(
            f"{named} is no file of accepted changes: its kind and schema are "
            f"{snapshot.escaped(file.kind)} and {file.schema}, not {KIND} and {SCHEMA}",
            _REMEDY,
        )
    return tuple(file.changes)


def write(path: str | os.PathLike[str], accepted: Sequence[Accepted]) -> None:
    """Write the changes to a file, over an earlier one. Raises `UsageError` where that is not possible."""
    lines = ",\n".join(
        "  " + json.dumps({k: v for k, v in msgspec.to_builtins(one).items() if k != "why" or v})
        for one in accepted
    )
    head = json.dumps({"schema": SCHEMA, "kind": KIND})[:-1]
    snapshot.put(Path(path), f'{head}, "changes": [\n{lines}\n]}}\n', "--accepted")


def accepting(changes: Sequence[Change], before: Sequence[Accepted] = ()) -> tuple[Accepted, ...]:
    """``before``, and those of ``changes`` that it does not cover."""
    more = [c for c in changes if not any(one.covers(c) for one in before)]
    return (
        *before,
        *(Accepted(c.kind, c.model, c.parameter, _plain(c.before), _plain(c.after)) for c in more),
    )


def without(drift: Drift, patterns: Sequence[str] = (), accepted: Sequence[Accepted] = ()) -> Drift:
    """The drift without the changes that a pattern ignores or that are accepted; it keeps both beside.

    A pattern is one of the shell's; it is matched with ``CALLABLE.PARAMETER``, with
    ``MODEL/CALLABLE.PARAMETER`` and with ``KIND:CALLABLE.PARAMETER``, where the kind is that of `ChangeKind`.
    """
    ignored = [c for c in drift.changes if any(ignores(pattern, c) for pattern in patterns)]
    rest = [c for c in drift.changes if c not in ignored]
    known = [c for c in rest if any(one.covers(c) for one in accepted)]
    return replace(
        drift,
        changes=tuple(c for c in rest if c not in known),
        ignored=(*drift.ignored, *ignored),
        accepted=(*drift.accepted, *known),
    )


def ignores(pattern: str, change: Change) -> bool:
    """Whether a pattern of ``--ignore`` covers a change; see `without`."""
    named = change.parameter
    return any(
        fnmatchcase(text, pattern) for text in (named, f"{change.model}/{named}", f"{change.kind}:{named}")
    )


def _plain(value: Any) -> Any:
    """``value`` as it is read back from JSON."""
    return json.loads(json.dumps(value))
