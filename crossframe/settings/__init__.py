"""Settings in canonical and framework spelling, and the translation between them."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings import h2o, keras, r, reference, sklearn
from crossframe.settings.base import Binding
from crossframe.settings.vocabulary import VOCABULARY

BINDINGS: dict[str, tuple[Binding, ...]] = {
    **sklearn.BINDINGS,
    **r.BINDINGS,
    **h2o.BINDINGS,
    **keras.BINDINGS,
    **reference.BINDINGS,
}
"""``engine.model`` -> how that model spells its settings."""


def bindings(model: str) -> tuple[Binding, ...]:
    """The bindings of ``engine.model``; an unknown name is a `UsageError`."""
    try:
        return BINDINGS[model]
    except KeyError:
        raise UsageError.unknown("model", model, BINDINGS) from None


def split(model: str, given: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    """Sort settings into canonical and native spelling, each value parsed and checked.

    Raises
    ------
    UsageError
        For a name that neither spelling knows, a canonical setting that the model cannot express,
        or an impossible value; all problems at once.
    """
    by_param = {b.param: b for b in bindings(model)}
    by_setting = {b.setting: b for b in bindings(model)}
    canonical: dict[str, Value] = {}
    native: dict[str, Value] = {}
    errors: list[UsageError] = []
    for name, value in given.items():
        try:
            if name in by_param:
                native[name] = by_param[name].kind.check(name, value)
            elif name in by_setting:
                checked = VOCABULARY[name].kind.check(name, value)
                binding = by_setting[name]
                binding.kind.check(f"{name} (as {binding.param})", binding.encode(checked, 1))
                canonical[name] = checked
            elif name in VOCABULARY:
                raise UsageError(
                    f"{model} cannot express {name}",
                    f"it has: {', '.join(sorted(by_setting))}",
                )
            else:
                raise UsageError.unknown(f"setting of {model}", name, [*by_param, *by_setting])
        except UsageError as error:
            errors.append(error)
    if errors:
        raise UsageError.many(errors)
    return canonical, native


def to_native(
    model: str, settings: Mapping[str, Value], native: Mapping[str, Value], n: int
) -> dict[str, Value]:
    """The framework's own arguments for canonical ``settings``; ``native`` wins over them.

    ``n`` is the number of training rows.
    """
    table = {b.setting: b for b in bindings(model)}
    return {table[k].param: table[k].encode(v, n) for k, v in settings.items()} | dict(native)


def to_canonical(model: str, native: Mapping[str, Value], n: int) -> dict[str, Value]:
    """What the framework's own settings mean in canonical names, inert ones left out."""
    idle = inert(model, native)
    return {
        b.setting: b.decode(native[b.param], n)
        for b in bindings(model)
        if b.param in native and b.param not in idle
    }


def inert(model: str, native: Mapping[str, Value]) -> dict[str, str]:
    """Parameters among ``native`` that have no effect there, with the reason."""
    reasons = {}
    for b in bindings(model):
        if b.active_if is None or b.param not in native:
            continue
        other, values = b.active_if
        if other in native and native[other] not in values:
            allowed = " or ".join(str(v) for v in values)
            reasons[b.param] = f"used only with {other}={allowed}; here {other}={native[other]}"
    return reasons
