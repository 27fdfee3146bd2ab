"""Same name, different meaning; and one setting under two names whose numbers are on two scales.

Both are decided by conversion, not by wording: the same native number is decoded with both models' tables
at the same n, with the other effective values of each. Formulas are only shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crossframe.audit.record import ModelAudit, Parameter
from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.frameworks.registry import model as registered
from crossframe.settings.binding import Binding
from crossframe.settings.vocabulary import VOCABULARY

_N = 1000
"""Training rows of the conversions: more than the largest default batch, which is never more than n."""

_NUMBERS = (1e-4, 0.5, 1.0, 2.0, 10.0)
_WHOLE = "penalty.strength"


@dataclass(frozen=True)
class NameClash:
    """A name with another meaning in each of two models, or (both, by ``/``) two names of one setting."""

    word: str
    left: str
    right: str
    left_meaning: str
    right_meaning: str


@dataclass(frozen=True)
class _Word:
    """A name in a model, and the settings that it carries; the last stands for all of them."""

    name: str
    qualified: str
    bindings: tuple[Binding, ...]
    native: Mapping[str, Value]
    reported: tuple[Value, ...] = ()

    @property
    def settings(self) -> dict[str, Binding]:
        return {b.setting: b for b in self.bindings}


def same_names(left: ModelAudit, right: ModelAudit) -> tuple[NameClash, ...]:
    """Names of both models, up to case, separators and order, that stand for other settings or scales.

    ``rate_decay`` and ``decay_rate`` are one name. Callables that a model does not use do not count.
    """
    clashes: dict[tuple[str, ...], NameClash] = {}
    ours, theirs = list(_words(left)), list(_words(right))
    for p in ours:
        for q in theirs:
            if not _same(p.name, q.name):
                continue
            setting = _conflict(p, q)
            if setting and not _elsewhere(p, q, ours, theirs):
                word = p.name if _bare(p.name) == _bare(q.name) else f"{p.name}/{q.name}"
                clashes.setdefault((_bare(p.name), *setting), NameClash(
                    word, p.qualified, q.qualified,
                    _meaning(left, p, setting[0]), _meaning(right, q, setting[1]),
                ))  # fmt: skip
    return tuple(clashes.values())


def same_settings(left: ModelAudit, right: ModelAudit) -> tuple[NameClash, ...]:
    """Different names for the same setting whose numbers are on different scales, as ``C`` and ``lambda``."""
    clashes: dict[tuple[str, ...], NameClash] = {}
    theirs = [q for q in _words(right) if not _aside(right, q)]
    for p in (p for p in _words(left) if not _aside(left, p)):
        for q in theirs:
            shared = _shared(p, q)
            if _same(p.name, q.name) or not shared or not _differs(p, q, shared):
                continue
            clashes.setdefault((shared, p.name, q.name), NameClash(
                f"{p.name} / {q.name}", p.qualified, q.qualified,
                _meaning(left, p, shared), _meaning(right, q, shared),
            ))  # fmt: skip
    return tuple(clashes.values())


def _elsewhere(p: _Word, q: _Word, ours: Sequence[_Word], theirs: Sequence[_Word]) -> bool:
    """Whether another callable has the same name for the same setting, as have the seeds of layers."""
    if _shared(p, q):
        return False
    return any(_same(p.name, o.name) and _shared(p, o) for o in theirs) or any(
        _same(q.name, o.name) and _shared(o, q) for o in ours
    )


def _words(model: ModelAudit) -> Iterator[_Word]:
    """The words of a model: the framework's for what it uses, and crossframe's own spelling.

    What crossframe spells in its own way, as ``decay`` for a schedule's ``decay_rate``, is a word
    even where the audited network does not use it, because a user can pass it.
    """
    table = registered(model.model).bindings
    native = _native(model)
    named: dict[str, list[Parameter]] = {b.param: [] for b in table}
    for p in (p for p in model.parameters if p.standing == "mapped"):
        covering = tuple(b for b in table if _carries(b, p))
        own = not any(b.param == p.name for b in covering)
        for param in dict.fromkeys(b.param for b in covering):
            named[param].append(p)
        if covering and (own or not p.beside):
            # What a name means may depend on other parameters: only the settings active here count.
            acting = tuple(b for b in covering if not b.inactive(native) and _is_decodable(b, p, native))
            yield _Word(p.name, p.qualified, acting or covering, native, (p.effective, p.declared))
    for param, own_names in named.items():
        if own_names and all(p.name != param for p in own_names):
            bindings = tuple(b for b in table if b.param == param)
            reported = tuple(p.effective for p in own_names)
            yield _Word(param, f"crossframe.{param}", bindings, native, reported)


def _carries(binding: Binding, p: Parameter) -> bool:
    return binding.covers(p.qualified) or (p.owner == "crossframe" and binding.param == p.name)


def _aside(model: ModelAudit, word: _Word) -> bool:
    """Whether crossframe has another spelling for the word, which is shown instead."""
    return all(b.param != word.name for b in word.bindings)


def _bare(name: str) -> str:
    return re.sub(r"[_.]", "", name).lower()


def _same(a: str, b: str) -> bool:
    parts = (sorted(re.split(r"[_.]", name.lower())) for name in (a, b))
    return _bare(a) == _bare(b) or next(parts) == next(parts)


def _shared(p: _Word, q: _Word) -> str:
    """The setting that both words carry: the whole penalty before its parts, which depend on the mix."""
    both = [name for name in p.settings if name in q.settings]
    return _WHOLE if _WHOLE in both else both[-1] if both else ""


def _conflict(p: _Word, q: _Word) -> tuple[str, str] | None:
    """The settings for which the two words stand, where these or their numbers differ."""
    shared = _shared(p, q)
    if not shared:
        return p.bindings[-1].setting, q.bindings[-1].setting
    return (shared, shared) if _differs(p, q, shared) else None


def _differs(p: _Word, q: _Word, setting: str) -> bool:
    """Whether one native number is another value of the setting in the two models.

    Tried are numbers that both take, and what is in force or declared in either: a number in force that
    the other cannot take is a difference too.
    """
    a, b = p.settings[setting], q.settings[setting]
    for value in (*_NUMBERS, *filter(_numeric, (*p.reported, *q.reported))):
        taken = _taken(a, value), _taken(b, value)
        if None in taken:
            in_force = value in (p.reported[0], q.reported[0])
            if in_force and taken != (None, None) and _counts(a) and _counts(b):
                return True
            continue
        if not _alike(_decoded(a, taken[0], p.native), _decoded(b, taken[1], q.native)):
            return True
    return False


def _numeric(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _counts(binding: Binding) -> bool:
    """Whether the parameter takes any of `_NUMBERS`."""
    return any(_taken(binding, value) is not None for value in _NUMBERS)


def _taken(binding: Binding, value: Value) -> Value:
    """The number as the parameter takes it, None where it does not."""
    try:
        taken = binding.kind.check(binding.param, value)
    except UsageError:
        return None
    return taken if _numeric(taken) or isinstance(taken, tuple) else None


def _decoded(binding: Binding, value: Value, native: Mapping[str, Value]) -> Value:
    try:
        return binding.decode(value, _N, {**native, binding.param: value})
    except (UsageError, ArithmeticError, TypeError, ValueError):
        return None


def _is_decodable(binding: Binding, p: Parameter, native: Mapping[str, Value]) -> bool:
    """Whether the effective value, where it is reported, is a value of the binding's setting."""
    return p.effective is None or _decoded(binding, p.effective, native) is not None


def _alike(a: Value, b: Value) -> bool:
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=1e-9)
    return a == b


def _native(model: ModelAudit) -> dict[str, Value]:
    """The effective values in the model's own spelling, by parameter."""
    table = registered(model.model).bindings
    return {
        b.param: p.effective
        for p in model.parameters
        if p.standing == "mapped" and not p.beside and p.effective is not None
        for b in table
        if _carries(b, p)
    }


def _meaning(model: ModelAudit, word: _Word, setting: str) -> str:
    """The canonical setting and the formula by which this framework's number enters."""
    formula = word.settings[setting].formula or VOCABULARY[setting].formula or VOCABULARY[setting].definition
    return f"{setting}: {formula}"
