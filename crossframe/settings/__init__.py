"""Settings in canonical and framework spelling, and the translation between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings import elastic, h2o, keras, r, reference, sklearn
from crossframe.settings.base import Binding, Outside
from crossframe.settings.vocabulary import VOCABULARY

BINDINGS: dict[str, tuple[Binding, ...]] = {
    **sklearn.BINDINGS,
    **r.BINDINGS,
    **h2o.BINDINGS,
    **keras.BINDINGS,
    **reference.BINDINGS,
}
"""``engine.model`` -> how that model spells its settings."""

ALWAYS: dict[str, dict[str, Value]] = {
    **sklearn.ALWAYS,
    **r.ALWAYS,
    **h2o.ALWAYS,
    **keras.ALWAYS,
    **reference.ALWAYS,
}
"""``engine.model`` -> canonical settings that hold whatever it is told: no parameter changes them."""

IMPLIED: dict[str, Callable[[Mapping[str, Value]], dict[str, Value]]] = {
    **sklearn.IMPLIED,
    **r.IMPLIED,
    **h2o.IMPLIED,
    **keras.IMPLIED,
}
"""``engine.model`` -> canonical settings that follow from a parameter which is bound to another one."""

PASSED: dict[str, dict[str, Value]] = {**sklearn.DEFAULTS, **r.DEFAULTS, **keras.DEFAULTS}
"""``engine.model`` -> what crossframe passes when nothing is said, where the framework has no default
or the model is crossframe's own network."""

OUTSIDE: dict[str, dict[str, Outside]] = {
    **sklearn.OUTSIDE,
    **r.OUTSIDE,
    **h2o.OUTSIDE,
    **keras.OUTSIDE,
    **reference.OUTSIDE,
}
"""``engine.model`` -> pattern of ``callable.parameter`` -> why it is no setting."""

COMPLETE: dict[
    str, Callable[[Mapping[str, Value], Mapping[str, Value], dict[str, Value]], dict[str, Value]]
] = {**sklearn.COMPLETE, **h2o.COMPLETE}
"""``engine.model`` -> (canonical settings, native settings, arguments) -> the arguments, made consistent."""


def bindings(model: str) -> tuple[Binding, ...]:
    """The bindings of ``engine.model``; an unknown name is a `UsageError`."""
    try:
        return BINDINGS[model]
    except KeyError:
        raise UsageError.unknown("model", model, BINDINGS) from None


def split(
    model: str, given: Mapping[str, Value], base: Mapping[str, Value] | None = None
) -> tuple[dict[str, Value], dict[str, Value]]:
    """Sort settings into canonical and native spelling, each value parsed and checked.

    ``base`` are native settings that are in force already: whether a setting can be expressed may
    depend on them.

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
                canonical[name] = VOCABULARY[name].kind.check(name, value)
            elif name in VOCABULARY:
                raise UsageError(
                    f"{model} cannot express {name}",
                    f"it has: {', '.join(sorted(by_setting))}",
                )
            else:
                raise UsageError.unknown(f"setting of {model}", name, [*by_param, *by_setting])
        except UsageError as error:
            errors.append(error)
    # A trial translation: any number of rows will do to find what cannot be said.
    errors += _translate(model, canonical, {**(base or {}), **native}, 1)[1]
    if errors:
        raise UsageError.many(errors)
    return canonical, native


def to_native(
    model: str, settings: Mapping[str, Value], native: Mapping[str, Value], n: int, spread: float = 1.0
) -> dict[str, Value]:
    """The framework's own arguments for canonical ``settings``; ``native`` wins over them.

    ``n`` is the number of training rows, ``spread`` that of the target (see `Context`). Every value
    has the type the framework takes. Raises `UsageError` for what the model cannot express, as
    `split` does beforehand.
    """
    arguments, errors = _translate(model, settings, native, n, spread)
    if errors:
        raise UsageError.many(errors)
    return arguments


def shadowed(model: str, settings: Mapping[str, Value]) -> set[str]:
    """The framework's parameters that canonical ``settings`` decide."""
    return {b.param for b in bindings(model) if b.setting in elastic.fold(bindings(model), settings, {})}


def to_canonical(model: str, native: Mapping[str, Value], n: int, spread: float = 1.0) -> dict[str, Value]:
    """What the framework's own settings mean in canonical names, inert ones left out.

    Rules of the model that have no parameter are among them; what the framework does not tell is not.
    """
    idle = inert(model, native)
    found = {
        b.setting: b.decode(native[b.param], n, native, spread)
        for b in bindings(model)
        if b.param in native and b.param not in idle
    }
    implied = IMPLIED[model](native) if model in IMPLIED else {}
    return {
        **ALWAYS.get(model, {}),
        **implied,
        **{name: value for name, value in found.items() if value is not None},
    }


def _translate(
    model: str, settings: Mapping[str, Value], native: Mapping[str, Value], n: int, spread: float = 1.0
) -> tuple[dict[str, Value], list[UsageError]]:
    """The framework's arguments, and the settings that it cannot express.

    Translated in the order of the table, in which a parameter stands after those that its
    conversion looks at.
    """
    try:
        asked = elastic.fold(bindings(model), settings, native)
    except UsageError as error:
        return {}, [error]
    # Of two parameters of one setting the last is the present name.
    table = {b.setting: b for b in bindings(model)}
    arguments: dict[str, Value] = dict(native)
    errors: list[UsageError] = []
    for name, binding in table.items():
        if name in asked:
            try:
                value = binding.encode(asked[name], n, arguments, spread)
            except UsageError as error:
                errors.append(error)
                continue
            arguments.setdefault(binding.param, value)
    if model in COMPLETE:
        arguments = COMPLETE[model](asked, native, arguments)
    return arguments, errors


def inert(model: str, native: Mapping[str, Value]) -> dict[str, str]:
    """Parameters among ``native`` that have no effect there, with the reason."""
    return {b.param: why for b in bindings(model) if b.param in native and (why := b.idle(native))}
