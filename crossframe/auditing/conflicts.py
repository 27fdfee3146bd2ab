"""Where two models differ in effect, and where they mean different things by one word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from crossframe import settings
from crossframe.auditing.audit import Subject
from crossframe.auditing.memo import Memo
from crossframe.auditing.record import ModelAudit, Parameter, untupled
from crossframe.comparison.plan import Experiment, Requests
from crossframe.data import DESIGNS, load
from crossframe.engines.base import FitRequest, FitResult, IntArray, Value
from crossframe.engines.host import EngineProcess
from crossframe.errors import UsageError
from crossframe.models.contestants import Contestant
from crossframe.settings.vocabulary import VOCABULARY

_SIZES = (10, 40)
_DRAWS = 5
_SEED = 12345
_TWICE = {"penalty.strength": "penalty.l2", "penalty.mix": "penalty.l1"}
"""Of one elastic net in two coordinates the second is told when both sides have it."""


@dataclass(frozen=True)
class Difference:
    """One canonical setting whose value in force differs between two models.

    Attributes
    ----------
    setting
        Canonical name.
    left, right
        Values in force; None where that model has no such setting or does not tell.
    spelled_left, spelled_right
        The framework's own spelling and value.
    switched
        The model on which the setting was switched to the other's value, empty: on none.
    draws, changed
        Training samples on which it was switched, and on how many of them at least one label changed.
    flipped
        Mean share of the evaluation rows whose label changed.
    why_not
        Why it was not switched.
    """

    setting: str
    left: Value
    right: Value
    spelled_left: str = ""
    spelled_right: str = ""
    switched: str = ""
    draws: int = 0
    changed: int = 0
    flipped: float | None = None
    why_not: str = ""


@dataclass(frozen=True)
class Homonym:
    """One word that both frameworks use with different meanings."""

    word: str
    left: str
    right: str
    left_meaning: str
    right_meaning: str


@dataclass(frozen=True)
class Conflicts:
    """Two models side by side.

    ``differences`` come in the order of how often they change a label; ``alone`` are settings that
    only one of the two has.
    """

    left: str
    right: str
    differences: tuple[Difference, ...]
    alone: tuple[Difference, ...]
    homonyms: tuple[Homonym, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Conflicts:
        """The inverse of `to_dict`."""
        return cls(
            plain["left"],
            plain["right"],
            tuple(Difference(**untupled(d)) for d in plain["differences"]),
            tuple(Difference(**untupled(d)) for d in plain["alone"]),
            tuple(Homonym(**h) for h in plain["homonyms"]),
            tuple(plain["notes"]),
        )


def conflicts(left: ModelAudit, right: ModelAudit) -> Conflicts:
    """Settings in force that differ, and words with two meanings; nothing is fitted."""
    a, b = _single(left.in_force(), right.in_force())
    differences: list[Difference] = []
    alone: list[Difference] = []
    for name in (name for name in VOCABULARY if name in a or name in b):
        if a.get(name) == b.get(name):
            continue
        one = Difference(name, a.get(name), b.get(name), _spelled(left, name), _spelled(right, name))
        (differences if name in a and name in b else alone).append(one)
    return Conflicts(left.name, right.name, tuple(differences), tuple(alone), homonyms(left, right))


def homonyms(left: ModelAudit, right: ModelAudit) -> tuple[Homonym, ...]:
    """Parameters of the same name, up to case and underscores, that are other settings or enter otherwise."""
    found = []
    theirs = {_bare(p.name): p for p in _mapped(right)}
    for p in _mapped(left):
        q = theirs.get(_bare(p.name))
        if q is not None and _meaning(left, p) != _meaning(right, q):
            found.append(
                Homonym(_bare(p.name), p.qualified, q.qualified, _meaning(left, p), _meaning(right, q))
            )
    return tuple(dict.fromkeys(found))


def _mapped(model: ModelAudit) -> list[Parameter]:
    return [p for p in model.parameters if p.standing == "mapped" and p.owner != "crossframe"]


def _bare(name: str) -> str:
    return name.replace("_", "").replace(".", "").lower()


def _meaning(model: ModelAudit, p: Parameter) -> str:
    """The canonical setting and the formula by which this framework's number enters."""
    binding = next(b for b in reversed(settings.bindings(model.model)) if b.covers(p.qualified))
    formula = binding.formula or VOCABULARY[p.setting].formula or VOCABULARY[p.setting].definition
    return f"{p.setting}: {formula}"


def _single(a: dict[str, Value], b: dict[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    for whole, part in _TWICE.items():
        if part in a and part in b:
            a, b = ({k: v for k, v in side.items() if k != whole} for side in (a, b))
    return a, b


def _spelled(model: ModelAudit, setting: str) -> str:
    table = {b.setting: b for b in settings.bindings(model.model)}
    if setting not in table:
        return ""
    param = table[setting].param
    told = next(
        (p for p in model.parameters if p.effective is not None and table[setting].covers(p.qualified)), None
    )
    return f"{param}={told.effective}" if told else param


def measured(
    found: Conflicts,
    left: Contestant,
    right: Contestant,
    heard: Callable[[str], None] = lambda name: None,
) -> Conflicts:
    """How often each difference matters: switch it on one side, everything else unchanged.

    The left model takes the right one's value where it can express it, else the right the left's. On
    digits, 0 against 1, at n = 10 and 40, five training samples each, the same seed in both fits:
    how many samples have a label that changes, and what share of the labels. h2o.deeplearning is
    fitted with ``reproducible=True`` on both sides of a switch: its racing threads would change
    labels by themselves.
    """
    sides = {found.left: _Side(left), found.right: _Side(right)}
    notes = [note for side in sides.values() for note in side.notes]
    try:
        told = []
        for difference in found.differences:
            heard(difference.setting)
            told.append(
                _switch(difference, [(found.left, difference.right), (found.right, difference.left)], sides)
            )
    finally:
        for side in sides.values():
            side.close()
    told.sort(key=lambda d: (d.flipped is None, -d.changed, -(d.flipped or 0.0)))
    return replace(found, differences=tuple(told), notes=(*found.notes, *notes))


def _switch(
    difference: Difference, ways: Sequence[tuple[str, Value]], sides: Mapping[str, _Side]
) -> Difference:
    refusals = []
    for name, value in ways:
        try:
            labels = sides[name].labels(difference.setting, value)
        except UsageError as error:
            refusals.append(f"{name}: {error.message}")
            continue
        shares = [
            float(np.mean(before != after))
            for before, after in zip(sides[name].labels(), labels, strict=True)
            if before is not None and after is not None
        ]
        if not shares:
            refusals.append(f"{name}: no fit with {difference.setting}={value}")
            continue
        return replace(
            difference, switched=name, draws=len(shares), changed=sum(s > 0 for s in shares),
            flipped=float(np.mean(shares)),
        )  # fmt: skip
    return replace(difference, why_not="; ".join(dict.fromkeys(refusals)))


class _Side:
    """One model, ready to be fitted on the draws with a setting switched."""

    def __init__(self, contestant: Contestant) -> None:
        self._contestant = contestant
        self.notes: tuple[str, ...] = ()
        if contestant.model == "h2o.mlp":
            native = {**contestant.native, "reproducible": True}
            self._contestant = replace(contestant, native=native)
            self.notes = (f"{contestant.name} is fitted with reproducible=True",)
        self._process = EngineProcess(contestant.engine)
        self._fits: list[FitResult] | None = None

    def close(self) -> None:
        self._process.close()

    def labels(self, setting: str = "", value: Value = None) -> list[IntArray | None]:
        """Labels of the evaluation rows by draw, None where the fit gave none; as it is, or switched.

        Raises `UsageError` where the model cannot express the value.
        """
        if self._fits is None:
            self._fits = self._fitted(self._contestant)
        if not setting:
            return [f.labels if f.status.usable else None for f in self._fits]
        if setting == "decision.threshold":
            cut = VOCABULARY[setting].kind.check(setting, value)
            return [_cut(f, float(cut)) for f in self._fits]  # type: ignore[arg-type]
        c = self._contestant
        given = {k: v for k, v in c.native.items() if k not in settings.shadowed(c.model, {setting: value})}
        canonical, native = settings.split(c.model, {setting: value}, given)
        switched = replace(c, settings={**c.settings, **canonical}, native={**given, **native})
        return [f.labels if f.status.usable else None for f in self._fitted(switched)]

    def _fitted(self, contestant: Contestant) -> list[FitResult]:
        return [self._process.fit(request) for request in _requests(contestant)]


def _cut(fit: FitResult, threshold: float) -> IntArray | None:
    return None if fit.score is None else (fit.score > threshold).astype(np.int64)


def _requests(c: Contestant) -> list[FitRequest]:
    experiment = Experiment(load("digits"), DESIGNS["stratified"], _SIZES, _DRAWS, _SEED, (c,), threads=1)
    requests = Requests(experiment)
    return [r for cell in experiment.cells() if (r := requests.request(cell)) is not None]


def compared(
    left: Subject,
    right: Subject,
    audits: Mapping[str, ModelAudit],
    *,
    force: bool = False,
    memo: Memo | None = None,
    heard: Callable[[str], None] = lambda name: None,
) -> Conflicts:
    """`conflicts` of two subjects, every difference switched; what is known already is not fitted again."""
    memo = memo or Memo()
    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    key = hashlib.sha256(json.dumps(["conflicts", left.key, right.key, code]).encode()).hexdigest()
    known = None if force else memo.get(key)
    if known is not None:
        return Conflicts.from_dict(known)
    found = conflicts(audits[left.name], audits[right.name])
    found = measured(found, left.contestant, right.contestant, heard)
    memo.put(key, found.to_dict())
    return found
