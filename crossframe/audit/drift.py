"""What has changed between two snapshots: value, effect, activity, new, gone."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crossframe.audit.snapshot import complete


class ChangeKind(enum.StrEnum):
    """What is different. The value is the word the user reads."""

    VALUE = "value"
    """The declared default."""
    EFFECTIVE = "effective"
    """The value in force after a fit, where the declared default does not explain it."""
    ACTIVITY = "activity"
    """Whether it has an effect."""
    NEW = "new"
    """The parameter was not there before."""
    GONE = "gone"
    """The parameter is no longer there."""
    RENAMED = "renamed"
    """Gone under one name and new under another, with the same default; the values are the two names."""


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes
    ----------
    kind, model, parameter
        What is different, and where.
    before, after
        The two values; ``before`` is None for what is new, ``after`` for what is gone.
    alters
        Whether the change alters a fit, shown by an experiment (`crossframe.audit.altered`); None: not tried.
    experiment
        The experiment in words, or why there is none; empty: none was asked for.
    """

    kind: ChangeKind
    model: str
    parameter: str
    before: Any = None
    after: Any = None
    alters: bool | None = None
    experiment: str = ""


@dataclass(frozen=True)
class Drift:
    """Everything that differs between two snapshots.

    Attributes
    ----------
    changes
        Of parameters, by model and name. These are the drift; the rest of the record is not.
    versions
        (framework, part, before, after) where a version differs; empty text where there is none.
    frameworks_missing, frameworks_added
        Frameworks of the old snapshot that the new one lacks, and the reverse.
    models_missing, models_added
        The same of models. They are not compared.
    models
        Models that were compared.
    callables
        Of a release: the framework's callables whose parameters were read.
    ignored, accepted
        Changes that the user does not want to see, or has accepted; they are not among ``changes``.
    """

    changes: tuple[Change, ...]
    versions: tuple[tuple[str, str, str, str], ...] = ()
    frameworks_missing: tuple[str, ...] = ()
    frameworks_added: tuple[str, ...] = ()
    models_missing: tuple[str, ...] = ()
    models_added: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    callables: tuple[str, ...] = ()
    ignored: tuple[Change, ...] = ()
    accepted: tuple[Change, ...] = ()


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """The changes between the snapshots ``old`` and ``new`` in the models that both have; see `drift`."""
    return drift(old, new).changes


def drift(old: Mapping[str, Any], new: Mapping[str, Any]) -> Drift:
    """Compare the snapshots ``old`` and ``new``, as read or as assembled.

    Numbers are compared exactly, whatever their type: 1 is 1.0, but not true. An effective value
    or an activity that one side does not know (null) is not compared. An effective value that is
    the declared one in both is listed once, as a change of value.
    """
    old, new = complete(old), complete(new)
    changes: list[Change] = []
    shared = sorted(old["models"].keys() & new["models"].keys())
    for model in shared:
        changes += _changes(model, old["models"][model], new["models"][model])
    versions = [
        (framework, part, before.get(part, ""), after.get(part, ""))
        for framework in sorted(old["frameworks"].keys() & new["frameworks"].keys())
        for before, after in [(old["frameworks"][framework], new["frameworks"][framework])]
        for part in sorted(before.keys() | after.keys())
        if before.get(part) != after.get(part)
    ]

    def lacking(kind: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(sorted(one[kind].keys() - other[kind].keys()))

    return Drift(
        changes=tuple(changes),
        versions=tuple(versions),
        frameworks_missing=lacking("frameworks", old, new),
        frameworks_added=lacking("frameworks", new, old),
        models_missing=lacking("models", old, new),
        models_added=lacking("models", new, old),
        models=tuple(shared),
    )


def same(a: Any, b: Any) -> bool:
    """Whether two plain values are equal; true is not 1, and 1 is 1.0."""
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def computed_alike(a: Any, b: Any) -> bool:
    """Whether two values are equal, floats to five figures: the last digits depend on the processor."""
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-5)
    return same(a, b)


def _changes(model: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    changes = []
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            changes.append(Change(ChangeKind.GONE, model, name, before=old[name]["value"]))
            continue
        if name not in old:
            changes.append(Change(ChangeKind.NEW, model, name, after=new[name]["value"]))
            continue
        a, b = old[name], new[name]
        explained = same(a["effective"], a["value"]) and same(b["effective"], b["value"])
        for key, kind in (
            ("value", ChangeKind.VALUE),
            ("effective", ChangeKind.EFFECTIVE),
            ("state", ChangeKind.ACTIVITY),
        ):
            unknown = key != "value" and (a[key] is None or b[key] is None)
            alike = computed_alike if key == "effective" else same
            if not alike(a[key], b[key]) and not unknown and not (key == "effective" and explained):
                changes.append(Change(kind, model, name, a[key], b[key]))
    return changes
