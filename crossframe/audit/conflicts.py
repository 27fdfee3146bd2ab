"""Effective settings in which two models differ, and names that mean different things in the two."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from crossframe.audit.drift import same
from crossframe.audit.names import NameClash, same_names, same_settings
from crossframe.audit.record import ModelAudit
from crossframe.audit.switches import SIZES, Noise, Switched, shares_of
from crossframe.core.errors import UsageError
from crossframe.core.text import percent
from crossframe.core.types import Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.shards import independent_parts
from crossframe.experiment.store import Store, opened
from crossframe.frameworks.pool import Pool, borrowed
from crossframe.frameworks.registry import model as registered
from crossframe.settings.vocabulary import VOCABULARY

_TWICE = {"penalty.strength": "penalty.l2", "penalty.mix": "penalty.l1"}
"""The two pairs of coordinates of an elastic net: the second is shown where both models have it."""


@dataclass(frozen=True)
class Difference:
    """One canonical setting whose value in force differs between two models.

    Attributes
    ----------
    setting
        Canonical name.
    left, right
        Values in force; None where that model has no such setting or does not report it.
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
class InactiveParameter:
    """A parameter without effect in one model, whose setting the other has in force, or that was passed.

    Attributes
    ----------
    model
        The name of the audited model.
    parameter, value
        As the framework spells it, and the value that it has there.
    setting
        Canonical name.
    why
        Why it has no effect.
    """

    model: str
    parameter: str
    value: Value
    setting: str
    why: str


@dataclass(frozen=True)
class Conflicts:
    """The differences of two models.

    ``differences`` come in the order of the share of labels they change beyond the ``noise`` of the
    model in which they were switched; ``alone`` are settings that only one of the two has. ``same_names``
    and ``same_settings``: see `crossframe.audit.names`; ``inactive`` are parameters without effect;
    ``classes`` those of the data.
    """

    left: str
    right: str
    differences: tuple[Difference, ...]
    alone: tuple[Difference, ...]
    same_names: tuple[NameClash, ...]
    notes: tuple[str, ...] = ()
    same_settings: tuple[NameClash, ...] = ()
    noise: tuple[Noise, ...] = ()
    inactive: tuple[InactiveParameter, ...] = ()
    classes: int = 2

    def to_dict(self) -> dict[str, Any]:
        """Plain values, by the names of the attributes."""
        return asdict(self)


def conflicts(left: ModelAudit, right: ModelAudit, *, three_classes: bool = False) -> Conflicts:
    """Effective settings that differ between two models, and names with two meanings; nothing is fitted.

    ``three_classes``: the models are audited on data with three classes.
    """
    a, b = _single(left.in_force(), right.in_force())
    differences: list[Difference] = []
    alone: list[Difference] = []
    for name in (name for name in VOCABULARY if name in a or name in b):
        if same(a.get(name), b.get(name)):
            continue
        one = Difference(name, a.get(name), b.get(name), _spelled(left, name), _spelled(right, name))
        (differences if name in a and name in b else alone).append(one)
    # Two specifications of one model have one table of settings: no name means two things.
    two = left.model != right.model
    return Conflicts(
        left.name,
        right.name,
        tuple(differences),
        tuple(alone),
        same_names(left, right) if two else (),
        same_settings=same_settings(left, right) if two else (),
        inactive=(*_inactive(left, right.in_force()), *_inactive(right, left.in_force())),
        classes=3 if three_classes else 2,
    )


def _inactive(model: ModelAudit, other: Mapping[str, Value]) -> Iterator[InactiveParameter]:
    """Parameters of ``model`` without effect, although passed, or although ``other`` has such a setting."""
    carried = {p.setting for p in model.parameters if p.state == "active"}
    for p in model.parameters:
        named = p.given is not None or (p.setting in other and p.setting not in carried)
        if p.state == "inert" and not p.beside and named:
            value = p.effective if p.given is None else p.given
            yield InactiveParameter(model.name, p.name, value, p.setting, p.note)


def _single(a: dict[str, Value], b: dict[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    for whole, part in _TWICE.items():
        if part in a and part in b:
            a, b = ({k: v for k, v in one.items() if k != whole} for one in (a, b))
    return a, b


def _spelled(model: ModelAudit, setting: str) -> str:
    table = {b.setting: b for b in registered(model.model).bindings}
    if setting not in table:
        return ""
    param = table[setting].param
    # Two parameters of crossframe can stand for one of the framework, whose value is that of the last.
    own = {b.setting for b in registered(model.model).bindings if b.param == param}
    reported = next(
        (
            p
            for p in model.parameters
            if p.effective is not None and p.setting in own and table[setting].covers(p.qualified)
        ),
        None,
    )
    return f"{param}={reported.effective}" if reported else param


def measured(
    pair: Conflicts,
    left: Switched,
    right: Switched,
    on_progress: Callable[[str], None] = lambda name: None,
) -> Conflicts:
    """How often each difference matters: each is switched in one model, everything else unchanged.

    The left model takes the right one's value where it can express it, else the right model the left's; a
    value that depends on the number of rows is at each n the one in force there.
    The data are digits, see `Switched`, at n = 10 and 40, five training samples each, with the same seed in
    both fits; counted are the samples on which a label changes, and the share of labels that change. The
    same is counted for another seed without a switch: a change that is not larger is noise.
    ``on_progress`` is called with the name of what is switched next.
    """
    both = {pair.left: left, pair.right: right}
    noise = {}
    switched = []
    with independent_parts() as part:
        for name, one in both.items():
            on_progress(f"the seed of {name}")
            with part:
                noise[name] = one.noise(name)
        for difference in pair.differences:
            on_progress(difference.setting)
            with part:
                switched.append(_switch(difference, left, right))
    notes = [note for one in both.values() for note in one.notes] + [_noted(one) for one in noise.values()]
    return replace(
        pair,
        differences=ranked(switched, noise),
        notes=(*pair.notes, *notes),
        noise=tuple(noise.values()),
    )


def ranked(switched: Sequence[Difference], noise: Mapping[str, Noise]) -> tuple[Difference, ...]:
    """The differences by the share of labels they change beyond the seed's; those not switched come last.

    ``noise`` is by the model in which a setting was switched.
    """

    def beyond(d: Difference) -> float:
        return -math.inf if d.flipped is None else d.flipped - noise[d.switched].flipped

    judged = [d if d.flipped is None else replace(d, above_noise=beyond(d) > 0) for d in switched]
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


def _switch(difference: Difference, left: Switched, right: Switched) -> Difference:
    refusals = []
    ways = ((left, right, difference.right), (right, left, difference.left))
    for one, other, value in ways:
        there = other.in_force(difference.setting)
        varies = len({*there.values()}) > 1
        by_rows = {n: there.get(n, value) if varies else value for n in SIZES}
        try:
            labels = one.labels(difference.setting, by_rows)
        except UsageError as error:
            refusals.append(f"{one.name}: {error.message}")
            continue
        shares = shares_of(one.labels(), labels)
        if not shares:
            refusals.append(f"{one.name}: no fit with {difference.setting}={value}")
            continue
        return replace(
            difference, switched=one.name, draws=len(shares), changed=sum(s > 0 for s in shares),
            flipped=sum(shares) / len(shares),
        )  # fmt: skip
    return replace(difference, why_not="; ".join(dict.fromkeys(refusals)))


def compared(
    left: Contestant,
    right: Contestant,
    audits: Mapping[str, ModelAudit],
    *,
    three_classes: bool = False,
    on_progress: Callable[[str], None] = lambda name: None,
    store: Store | str | os.PathLike[str] | None = None,
    pool: Pool | None = None,
) -> Conflicts:
    """`conflicts` of two models, every difference switched; what is stored is not fitted again.

    ``audits`` are by the names of the models, of fits with ``three_classes`` or with two; the rest as in
    `crossframe.audit.audit.audit`.
    """
    pair = conflicts(audits[left.name], audits[right.name], three_classes=three_classes)
    with borrowed(pool) as lender, opened(store) as kept:
        first, second = (Switched(side, kept, lender, three_classes=three_classes) for side in (left, right))
        return measured(pair, first, second, on_progress)
