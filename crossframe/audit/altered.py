"""Which of the changes between two snapshots alter a fit, by experiment in what is installed here.

A changed default is set back in each model that takes the parameter, everything else unchanged: fits that are
equal to the bit show that it makes no difference there. What is new, gone or has another name cannot be set
back, and is marked as that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from crossframe.audit.drift import Change, ChangeKind, Drift, same
from crossframe.audit.switches import Switched, shares_of
from crossframe.core.errors import CrossframeError, UsageError
from crossframe.core.text import percent
from crossframe.core.types import Value
from crossframe.experiment.contestants import CONTESTANTS
from crossframe.experiment.record import Record
from crossframe.experiment.spec import parse
from crossframe.experiment.store import Store, opened
from crossframe.frameworks.model import Model
from crossframe.frameworks.pool import Pool, borrowed
from crossframe.frameworks.registry import model as registered
from crossframe.frameworks.registry import models as registered_models


def renamed(drift: Drift) -> Drift:
    """The drift with each parameter that is gone under one name and new under another as one change.

    These are parameters of one callable with the same default whose names share a word, as ``n_iter`` and
    ``max_iter``, where there is one such pair only.
    """
    gone = [c for c in drift.changes if c.kind is ChangeKind.GONE]
    new = [c for c in drift.changes if c.kind is ChangeKind.NEW]
    candidates = [(c, d) for c in gone for d in new if _one_parameter(c, d)]
    pairs = [
        (c, d) for c, d in candidates if sum(c is other[0] or d is other[1] for other in candidates) == 1
    ]
    changes = []
    for change in drift.changes:
        partner = next((d for c, d in pairs if c is change), None)
        if partner is not None:
            change = replace(
                change, kind=ChangeKind.RENAMED, before=_short(change), after=_short(partner)
            )  # fmt: skip
        if not any(d is change for _, d in pairs):
            changes.append(change)
    return replace(drift, changes=tuple(changes))


def _short(change: Change) -> str:
    return change.parameter.rpartition(".")[2]


def _one_parameter(gone: Change, new: Change) -> bool:
    owners = {c.parameter.rpartition(".")[0] for c in (gone, new)}
    words = (set(re.split(r"[_.]", _short(c).lower())) for c in (gone, new))
    return (
        gone.model == new.model
        and len(owners) == 1
        and same(gone.before, new.after)
        and bool(set.intersection(*words))
    )


def altered(
    drift: Drift,
    models: Sequence[str],
    *,
    on_progress: Callable[[str], None] = lambda line: None,
    store: Store | str | os.PathLike[str] | None = None,
    pool: Pool | None = None,
) -> Drift:
    """The drift, each changed default with what it does to a fit: ``alters`` and ``experiment`` of `Change`.

    ``models`` are the ``engine.model`` in which a change of a framework's callable is tried; a change of an
    audited model is tried in that model. The data are those of `crossframe.audit.switches`. ``on_progress``
    is called with a line for each change that is tried; ``store`` and ``pool`` as in
    `crossframe.audit.audit.audit`.
    """
    if not any(c.kind is ChangeKind.VALUE for c in drift.changes):
        return drift
    with borrowed(pool) as lender, opened(store) as kept:
        trial = _Trial(kept, lender)

        def judged(change: Change) -> Change:
            if change.kind is not ChangeKind.VALUE:
                return change
            on_progress(f"{change.parameter}: trying whether the change alters a fit")
            effects = [trial.effect(name, change) for name in _subjects(change, models)]
            shown = (
                [e for e in effects if e.alters] or [e for e in effects if e.alters is not None] or effects
            )
            alters = shown[0].alters if shown else None
            words = "; ".join(dict.fromkeys(e.words for e in shown)) or "not tried: no model here takes it"
            return replace(change, alters=alters, experiment=words)

        return replace(drift, changes=tuple(map(judged, drift.changes)))


def _subjects(change: Change, models: Sequence[str]) -> Iterator[str]:
    """The models, as `parse` takes them, in which a change can be tried."""
    if change.model.partition(":")[0] in {*registered_models(), *CONTESTANTS}:
        yield change.model
        return
    owner = change.parameter.rpartition(".")[0].partition(".")[0]
    for name in models:
        callables = {re.split(r"[:.]", c)[-1] for c in registered(name).callables}
        if owner in callables or change.parameter.rpartition(".")[0] in registered(name).callables:
            yield name


@dataclass(frozen=True)
class _Effect:
    """Whether a change alters a fit, None where that was not tried; and the experiment in words."""

    alters: bool | None
    words: str


class _Trial:
    """Fits of models as they are, each made once, and with a former default."""

    def __init__(self, store: Store, pool: Pool) -> None:
        self._store, self._pool = store, pool
        self._models: dict[str, Switched] = {}

    def effect(self, name: str, change: Change) -> _Effect:
        """What the value before ``change`` does to the fits of model ``name``."""
        try:
            return self._effect(name, change)
        except CrossframeError as error:
            return _Effect(None, f"not tried in {name}: {error.message}")

    def _effect(self, name: str, change: Change) -> _Effect:
        contestant = parse(name)
        of = registered(contestant.model)
        binding = next((b for b in reversed(of.bindings) if b.covers(change.parameter)), None)
        if binding is None:
            return _Effect(None, f"not tried in {name}: {_no_setting(of, change.parameter)}")
        own = {*of.passed, *contestant.native, *of.shadowed(contestant.settings)}
        if binding.param in own:
            return _Effect(False, f"{name} passes its own {binding.param}")
        before = _value(change.before)
        one = self._models.setdefault(name, Switched(contestant, self._store, self._pool))
        here = one.records()
        if not all(r.fields["usable"] for r in here):
            return _Effect(None, f"not tried in {name}: not all fits of it succeed")
        inert = str(here[0].fields["inert"].get(binding.param, ""))
        beside = f"; no value of it acts there: {inert}" if inert else ""
        try:
            then = one.records(binding.param, before)
        except UsageError as error:
            return _Effect(None, f"not tried in {name}: {error.message}{beside}")
        refused = next((r for r in then if not r.fields["usable"]), None)
        if refused is not None:
            words = "; ".join([str(refused.status), *refused.fields["evidence"]][:2])
            return _Effect(None, f"not tried in {name}: with {binding.param}={before} {words}{beside}")
        return _compared(name, here, then, inert)


def _compared(name: str, here: Sequence[Record], then: Sequence[Record], inert: str) -> _Effect:
    samples = f"{len(here)} samples"
    if all(a.fields["digest"] == b.fields["digest"] for a, b in zip(here, then, strict=True)):
        why = f" ({inert})" if inert else ""
        return _Effect(False, f"{name}: the same bits on {samples}{why}")
    shares = shares_of([r.arrays["labels"] for r in here], [r.arrays["labels"] for r in then])
    changed = sum(share > 0 for share in shares)
    if not changed:
        return _Effect(True, f"{name}: other scores, the same labels, on {samples}")
    return _Effect(
        True,
        f"{name}: other labels on {changed} of {samples} ({percent(sum(shares) / len(shares))} of labels)",
    )


def _no_setting(of: Model, parameter: str) -> str:
    why = next((o.why or o.kind for pattern, o in of.outside.items() if fnmatchcase(parameter, pattern)), "")
    return why or "it has no canonical setting"


def _value(plain: Any) -> Value:
    """The value of a snapshot as a model takes it."""
    if plain is None:
        return "none"
    value: Value = tuple(plain) if isinstance(plain, list) else plain
    return value
