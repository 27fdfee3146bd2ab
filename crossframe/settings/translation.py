"""The spelling of the canonical settings by one model, and the translation between both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.settings import elastic
from crossframe.settings.binding import Binding, Outside
from crossframe.settings.vocabulary import VOCABULARY

Implied = Callable[[Mapping[str, Value]], dict[str, Value]]
"""Native settings -> the canonical ones that follow from them beside those that are bound."""

Complete = Callable[[Mapping[str, Value], Mapping[str, Value], dict[str, Value]], dict[str, Value]]
"""(canonical settings, native settings, arguments) -> the arguments, made consistent."""


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """The bindings and rules with which one model spells its settings.

    Attributes
    ----------
    name
        ``framework.model``.
    bindings
        One per parameter that can change a fitted number, a parameter after those that its conversion
        reads.
    always
        Canonical settings that no parameter changes.
    implied
        Canonical settings that follow from a parameter which is bound to another one.
    passed
        What crossframe passes by default: the framework has no default of its own, or the model is
        crossframe's own network.
    outside
        Pattern of ``callable.parameter`` -> why it is no setting.
    complete
        Makes the arguments consistent with each other.
    """

    name: str
    bindings: tuple[Binding, ...]
    always: Mapping[str, Value] = field(default_factory=dict)
    implied: Implied = lambda native: {}
    passed: Mapping[str, Value] = field(default_factory=dict)
    outside: Mapping[str, Outside] = field(default_factory=dict)
    complete: Complete = lambda settings, native, arguments: arguments

    def split(
        self, given: Mapping[str, Value], base: Mapping[str, Value] | None = None
    ) -> tuple[dict[str, Value], dict[str, Value]]:
        """Sort settings into (canonical, native) spelling, each value parsed and checked.

        ``base`` are native settings that are set already: whether a setting can be expressed may
        depend on them.

        Raises
        ------
        UsageError
            For a name that neither spelling knows, a canonical setting that the model cannot express,
            or an impossible value; all problems at once.
        """
        by_param = {b.param: b for b in self.bindings}
        by_setting = {b.setting: b for b in self.bindings}
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
                        f"{self.name} cannot express {name}", f"it has: {', '.join(sorted(by_setting))}"
                    )
                else:
                    raise UsageError.unknown(f"setting of {self.name}", name, [*by_param, *by_setting])
            except UsageError as error:
                errors.append(error)
        # A trial translation: what cannot be expressed does not depend on the number of rows.
        errors += self._translate(canonical, {**(base or {}), **native}, 1)[1]
        if errors:
            raise UsageError.many(errors)
        return canonical, native

    def to_native(
        self, settings: Mapping[str, Value], native: Mapping[str, Value], n: float, spread: float = 1.0
    ) -> dict[str, Value]:
        """The framework's own arguments for canonical ``settings``; ``native`` wins over them.

        ``n`` is the number of training rows or the sum of their weights, ``spread`` that of the target (see
        `Context`). Every value has the type that the framework takes. Raises `UsageError` for what the model
        cannot express, as `split` does beforehand.
        """
        arguments, errors = self._translate(settings, native, n, spread)
        if errors:
            raise UsageError.many(errors)
        return arguments

    def shadowed(self, settings: Mapping[str, Value]) -> set[str]:
        """The framework's parameters that canonical ``settings`` decide."""
        return {b.param for b in self.bindings if b.setting in elastic.fold(self.bindings, settings, {})}

    def to_canonical(self, native: Mapping[str, Value], n: float, spread: float = 1.0) -> dict[str, Value]:
        """The canonical settings of the native settings ``native``, without those that are inactive.

        Rules of the model that have no parameter are included; what the framework does not report is not.
        """
        inactive = self.inactive(native)
        decoded = {
            b.setting: b.decode(native[b.param], n, native, spread)
            for b in self.bindings
            if b.param in native and b.param not in inactive
        }
        return {
            **self.always,
            **self.implied(native),
            **{name: value for name, value in decoded.items() if value is not None},
        }

    def inactive(self, native: Mapping[str, Value]) -> dict[str, str]:
        """Parameters among ``native`` that have no effect there, with the reason."""
        return {b.param: why for b in self.bindings if b.param in native and (why := b.inactive(native))}

    def _translate(
        self, settings: Mapping[str, Value], native: Mapping[str, Value], n: float, spread: float = 1.0
    ) -> tuple[dict[str, Value], list[UsageError]]:
        """The framework's arguments, and the settings that it cannot express.

        Settings are translated in the order of the bindings, in which a parameter follows those that its
        conversion reads.
        """
        try:
            wanted = elastic.fold(self.bindings, settings, native)
        except UsageError as error:
            return {}, [error]
        # If two parameters have one setting the last is used, which is the present name.
        table = {b.setting: b for b in self.bindings}
        arguments: dict[str, Value] = dict(native)
        errors: list[UsageError] = []
        for name, binding in table.items():
            if name in wanted:
                try:
                    value = binding.encode(wanted[name], n, arguments, spread)
                except UsageError as error:
                    errors.append(error)
                    continue
                arguments.setdefault(binding.param, value)
        return self.complete(wanted, native, arguments), errors
