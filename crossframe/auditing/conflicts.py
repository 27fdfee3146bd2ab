"""Where two models differ in effect, and where they mean different things by one word."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from crossframe import settings
from crossframe.auditing.audit import Subject
from crossframe.auditing.memo import Memo
from crossframe.auditing.record import ModelAudit, untupled
from crossframe.auditing.sides import Noise, Side, shares_of
from crossframe.auditing.words import Homonym, homonyms, synonyms
from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.models.contestants import Contestant
from crossframe.report.text import percent
from crossframe.settings.vocabulary import VOCABULARY

__all__ = [
    "Conflicts",
    "Difference",
    "Homonym",
    "Noise",
    "compared",
    "conflicts",
    "homonyms",
    "measured",
    "synonyms",
]

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
    above_noise
        Whether that share is larger than what another seed changes in ``switched``; None: not switched.
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
    above_noise: bool | None = None


@dataclass(frozen=True)
class Conflicts:
    """Two models side by side.

    ``differences`` come in the order of the share of labels they change beyond the ``noise`` of the
    model in which they were switched; ``alone`` are settings that only one of the two has. ``homonyms``
    and ``synonyms``: see `crossframe.auditing.words`.
    """

    left: str
    right: str
    differences: tuple[Difference, ...]
    alone: tuple[Difference, ...]
    homonyms: tuple[Homonym, ...]
    notes: tuple[str, ...] = ()
    synonyms: tuple[Homonym, ...] = ()
    noise: tuple[Noise, ...] = ()

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
            tuple(Homonym(**h) for h in plain["synonyms"]),
            tuple(Noise(**side) for side in plain["noise"]),
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
    return Conflicts(left.name, right.name, tuple(differences), tuple(alone), homonyms(left, right),
                     synonyms=synonyms(left, right))  # fmt: skip


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
    how many samples have a label that changes, and what share of the labels. The same is counted
    for another seed and no switch: what is not above that is noise. h2o.deeplearning is
    fitted with ``reproducible=True`` on both sides of a switch: its racing threads would change
    labels by themselves.
    """
    sides = {found.left: Side(left), found.right: Side(right)}
    notes = [note for side in sides.values() for note in side.notes]
    try:
        noise = {}
        for name, side in sides.items():
            heard(f"the seed of {name}")
            noise[name] = side.noise(name)
        told = []
        for difference in found.differences:
            heard(difference.setting)
            told.append(
                _switch(difference, [(found.left, difference.right), (found.right, difference.left)], sides)
            )
    finally:
        for side in sides.values():
            side.close()
    judged = ranked(told, noise)
    notes += [_noted(one) for one in noise.values()]
    return replace(
        found, differences=judged, notes=(*found.notes, *notes), noise=tuple(noise.values())
    )  # fmt: skip


def ranked(told: Sequence[Difference], noise: Mapping[str, Noise]) -> tuple[Difference, ...]:
    """By the share of labels beyond what another seed changes in the same model; those not switched last."""

    def beyond(d: Difference) -> float:
        return -math.inf if d.flipped is None else d.flipped - noise[d.switched].flipped

    judged = [d if d.flipped is None else replace(d, above_noise=beyond(d) > 0) for d in told]
    return tuple(sorted(judged, key=lambda d: (-beyond(d), -d.changed)))


def _noted(noise: Noise) -> str:
    if not noise.draws:
        return f"no fit of {noise.model} with another seed"
    if not noise.changed:
        return f"another seed alone changes no label of {noise.model}"
    return (
        f"another seed alone changes a label on {noise.changed} of {noise.draws} samples of {noise.model} "
        f"({percent(noise.flipped)} of labels)"
    )


def _switch(
    difference: Difference, ways: Sequence[tuple[str, Value]], sides: Mapping[str, Side]
) -> Difference:
    refusals = []
    for name, value in ways:
        try:
            labels = sides[name].labels(difference.setting, value)
        except UsageError as error:
            refusals.append(f"{name}: {error.message}")
            continue
        shares = shares_of(sides[name].labels(), labels)
        if not shares:
            refusals.append(f"{name}: no fit with {difference.setting}={value}")
            continue
        return replace(
            difference, switched=name, draws=len(shares), changed=sum(s > 0 for s in shares),
            flipped=sum(shares) / len(shares),
        )  # fmt: skip
    return replace(difference, why_not="; ".join(dict.fromkeys(refusals)))


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
    sources = tuple(Path(__file__).with_name(name) for name in ("conflicts.py", "sides.py", "words.py"))
    code = hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()
    key = hashlib.sha256(json.dumps(["conflicts", left.key, right.key, code]).encode()).hexdigest()
    known = None if force else memo.get(key)
    if known is not None:
        return Conflicts.from_dict(known)
    found = conflicts(audits[left.name], audits[right.name])
    found = measured(found, left.contestant, right.contestant, heard)
    memo.put(key, found.to_dict())
    return found
