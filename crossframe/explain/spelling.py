"""Settings in the words of the frameworks, beside their values in the vocabulary's units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crossframe.core.types import Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.record import Record
from crossframe.explain.bundles import Bundle, same
from crossframe.explain.switches import OPTIMUM
from crossframe.frameworks.registry import model
from crossframe.settings.elastic import PARTS

Spellings = Mapping[str, tuple[str, str]]
"""Name of a switch -> what the left and the right side pass for it; empty where that says nothing more."""


def source(name: str, arguments: Mapping[str, Value]) -> str:
    """Arguments of the model ``name`` in its framework's own language, joined by commas."""
    return ", ".join(model(name).source(arguments))


def spellings(
    bundles: Iterable[Bundle], sides: Sequence[Contestant], records: Sequence[Sequence[Record]]
) -> dict[str, tuple[str, str]]:
    """What each side has in force for each switch, as its own framework writes it: ``C=1.0``.

    ``records`` are the fits of the left and of the right side. What has the same name and the same value
    in the vocabulary is left out.
    """
    known = [_in_force(fits) for fits in records]
    texts = {b.name: (_of_side(b, sides[0], *known[0]), _of_side(b, sides[1], *known[1])) for b in bundles}
    return {name: pair for name, pair in texts.items() if any(pair)}


def _in_force(fits: Sequence[Record]) -> tuple[dict[str, Value], dict[str, Value]]:
    """Effective settings of the first fit that can be used, in the framework's and in canonical names."""
    fields = next((r.fields for r in fits if r.fields["usable"]), None)
    if fields is None:
        return {}, {}
    inert = fields.get("inert", {})
    native = {k: _frozen(v) for k, v in fields["effective"].items() if k not in inert and v is not None}
    return native, {k: _frozen(v) for k, v in fields["canonical"].items()}


def _of_side(
    bundle: Bundle, side: Contestant, native: Mapping[str, Value], canonical: Mapping[str, Value]
) -> str:
    this = model(side.model)
    if this.name == OPTIMUM:
        return ""
    wanted = {m.setting for m in bundle.members}
    if wanted & {*PARTS} and canonical.get("penalty.mix") and canonical.get("penalty.l1"):
        wanted.add("penalty.mix")
    there = [b for b in this.bindings if b.setting in wanted and b.param in native]
    repeated = {b.setting for b in there if _repeats(b.setting, b.param, native, canonical)}
    passed = {b.param: native[b.param] for b in there if b.setting not in repeated}
    return ", ".join(this.source(passed))


def _repeats(setting: str, param: str, native: Mapping[str, Value], canonical: Mapping[str, Value]) -> bool:
    """Whether a parameter says no more than the canonical setting: it has its name and its value."""
    named = param in (setting, setting.rpartition(".")[2])
    return named and same(setting, native[param], canonical.get(setting))


def _frozen(value: Any) -> Value:
    return tuple(value) if isinstance(value, list) else value
