"""Settings, their spelling in a framework, and the conditions under which they have an effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TypeAlias

from crossframe.core.errors import UsageError
from crossframe.core.types import Value


@dataclass(frozen=True)
class Kind:
    """The values a parameter can take: ``describe`` for messages, ``parse`` from text or a value.

    ``options`` are all of them where they are few, else empty.
    """

    describe: str
    parse: Callable[[Value], Value]
    options: tuple[Value, ...] = ()

    def check(self, name: str, value: Value) -> Value:
        """The parsed ``value``. Raises `UsageError` that names the parameter and the values it takes."""
        try:
            return self.parse(value)
        except UsageError as error:
            raise UsageError(f"{name}={value}: {error.message}", error.hint) from None
        except (ValueError, TypeError):
            raise UsageError(f"{name}={value}: impossible value", f"{name} takes {self.describe}") from None


def number(low: float = -float("inf"), high: float = float("inf"), *, open_low: bool = False) -> Kind:
    """A real number in [low, high], or (low, high] with ``open_low``."""

    def parse(value: Value) -> Value:
        if isinstance(value, (bool, tuple)) or value is None:
            raise ValueError
        x = float(value)
        if not (low <= x <= high) or (open_low and x == low):
            raise ValueError
        return x

    bracket = "(" if open_low else "["
    return Kind(f"a number in {bracket}{low:g}, {high:g}]", parse)


def integer(low: int | None = None, high: int | None = None) -> Kind:
    """A whole number from ``low`` to ``high``, both included; None: no bound."""

    def parse(value: Value) -> Value:
        if isinstance(value, (bool, tuple)) or value is None:
            raise ValueError
        k = int(value) if isinstance(value, str) else value
        if k != int(k) or (low is not None and k < low) or (high is not None and k > high):
            raise ValueError
        return int(k)

    least = "a whole number" + (f" of at least {low}" if low is not None else "")
    return Kind(least + (f" and at most {high}" if high is not None else ""), parse)


def flag() -> Kind:
    """A bool, which may be spelled true, yes, 1, false, no or 0 in any case."""
    table = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

    def parse(value: Value) -> Value:
        known = value if isinstance(value, bool) else table.get(str(value).lower())
        if known is None:
            raise ValueError
        return known

    return Kind("true or false", parse, (True, False))


def choice(*options: str | None) -> Kind:
    """One of the named options (case does not matter); None is spelled ``none``."""
    table = {str(option).lower(): option for option in options}

    def parse(value: Value) -> Value:
        key = str(value).lower()
        if key not in table:
            raise UsageError.unknown("value", str(value), table)
        return table[key]

    return Kind("one of " + ", ".join(table), parse, options)


def integers(low: int = 1) -> Kind:
    """Whole numbers joined by ``x`` or ``+``, as in ``128x128``; the values of a tuple."""

    def parse(value: Value) -> Value:
        if isinstance(value, str):
            value = tuple(int(part) for part in value.replace("+", "x").split("x"))
        if isinstance(value, int) and not isinstance(value, bool):
            value = (value,)
        if not isinstance(value, tuple) or not value or any(k < low for k in value):
            raise ValueError
        return value

    return Kind("whole numbers joined by x, as in 128x128", parse)


UNDEFINED = "(undefined)"
"""Stands for a value that is not defined, as None is a value of some settings."""


@dataclass(frozen=True)
class Setting:
    """One entry of the canonical vocabulary: a quantity that can change a fitted number.

    Attributes
    ----------
    name, title, definition
        Canonical name; its plain title of a few words, which pages print beside it; what it is in a phrase.
    kind
        The values that it can take.
    unit, formula
        Its unit, and how it enters the computation; empty where there is none.
    without
        What a model does that has no such setting; `UNDEFINED`: that depends on the model.
    together
        The setting that it is switched together with, where the first part of its name does not decide that.
    """

    name: str
    title: str
    definition: str
    kind: Kind
    unit: str = ""
    formula: str = ""
    without: Value = UNDEFINED
    together: str = ""


@dataclass(frozen=True)
class Context:
    """Arguments of a conversion besides the value.

    Attributes
    ----------
    n
        Number of training rows; where they have weights, the sum of these.
    native
        The framework's arguments that are known; what is absent has the framework's default.
    spread
        Spread of the target, by which glmnet's Gaussian family divides it; see `family.spread`.
    """

    n: float
    native: Mapping[str, Value] = field(default_factory=dict)
    spread: float = 1.0


Convert: TypeAlias = Callable[[Value, Context], Value]


def unchanged(value: Value, context: Context) -> Value:
    """``value``: the conversion of a setting whose two spellings have the same values."""
    return value


def renamed(names: Mapping[str, str]) -> tuple[Convert, Convert]:
    """(to the framework, to the vocabulary) for ``names``, canonical value -> the framework's value."""
    back = {native: canonical for canonical, native in names.items()}
    return lambda v, c: names.get(str(v), v), lambda v, c: back.get(str(v), v)


@dataclass(frozen=True)
class When:
    """A condition on another parameter of the same model, under which a parameter has an effect.

    Exactly one of the tests ``among``, ``above`` and ``unlike`` is given.

    Attributes
    ----------
    param
        The other parameter, in the framework's spelling.
    among
        It has one of these values.
    above
        It is a number larger than this.
    unlike
        It differs from this third parameter.
    otherwise
        A condition that is enough when this one does not hold.
    """

    param: str
    among: tuple[Value, ...] = ()
    above: float | None = None
    unlike: str = ""
    otherwise: When | None = None

    def holds(self, native: Mapping[str, Value]) -> bool | None:
        """Whether the condition holds; None where ``native`` lacks a parameter that decides it."""
        own = self._holds(native)
        if own or self.otherwise is None:
            return own
        other = self.otherwise.holds(native)
        return other if other or own is False else None

    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters on which the condition depends, in the framework's spelling."""
        own = tuple(name for name in (self.param, self.unlike) if name)
        return own + (self.otherwise.parameters() if self.otherwise else ())

    def _holds(self, native: Mapping[str, Value]) -> bool | None:
        if self.param not in native or (self.unlike and self.unlike not in native):
            return None
        value = native[self.param]
        if self.unlike:
            return value != native[self.unlike]
        if self.above is not None:
            return isinstance(value, (int, float)) and value > self.above
        return value in self.among

    def __str__(self) -> str:
        if self.unlike:
            text = f"{self.param} other than {self.unlike}"
        elif self.above is not None:
            text = f"{self.param} above {self.above:g}"
        else:
            text = f"{self.param}={' or '.join(str(v) for v in self.among)}"
        return f"{text} or {self.otherwise}" if self.otherwise else text


@dataclass(frozen=True)
class Binding:
    """The spelling of a canonical setting by a parameter of one model.

    Attributes
    ----------
    setting
        Canonical name.
    param
        The framework's own parameter.
    kind
        Values the framework's parameter takes here.
    to_framework, to_vocabulary
        Canonical value -> framework's value and back. ``to_framework`` raises `UsageError` for what
        the framework cannot express; ``to_vocabulary`` gives None for what is not determined.
    active_if
        Conditions under which the parameter has an effect; all of them must hold.
    never
        Why the parameter has no effect under any other settings; empty: it can have one.
    formula
        How the framework's value enters the computation, where it is not the vocabulary's formula
        with the same number.
    reads
        Patterns of the framework's own parameters that this one stands for, as
        ``callable.parameter``; by default every callable's parameter of the name ``param``.
    output
        The fit reports it, or it follows from others: no value can be given.
    """

    setting: str
    param: str
    kind: Kind
    to_framework: Convert = unchanged
    to_vocabulary: Convert = unchanged
    active_if: tuple[When, ...] = ()
    never: str = ""
    formula: str = ""
    reads: tuple[str, ...] = ()
    output: bool = False

    def encode(
        self, value: Value, n: float, native: Mapping[str, Value] | None = None, spread: float = 1.0
    ) -> Value:
        """The framework's value, of the type the framework takes; see `Context` for the parameters."""
        context = Context(n, native or {}, spread)
        encoded = self.to_framework(value, context)
        if isinstance(encoded, float):
            # 1 / (n * (1 / (n * C))) is C but for rounding.
            short = float(f"{encoded:.15g}")
            encoded = short if self.to_vocabulary(short, context) == value else encoded
        return self.kind.check(f"{self.setting} (as {self.param})", encoded)

    def decode(
        self, value: Value, n: float, native: Mapping[str, Value] | None = None, spread: float = 1.0
    ) -> Value:
        """The canonical value of a framework's value; None where it is not determined. See `Context`."""
        return self.to_vocabulary(value, Context(n, native or {}, spread))

    def inactive(self, native: Mapping[str, Value]) -> str:
        """Why the parameter has no effect under the settings ``native``; empty: it has, or may have, one."""
        if self.never:
            return self.never
        for condition in self.active_if:
            if condition.holds(native) is False:
                here = ", ".join(f"{name}={native.get(name)}" for name in condition.parameters())
                return f"used only with {condition}; here {here}"
        return ""

    def covers(self, parameter: str) -> bool:
        """Whether this binding stands for ``parameter``, a ``callable.parameter`` of the framework."""
        patterns = self.reads or (f"*.{self.param}",)
        return any(fnmatchcase(parameter, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Outside:
    """The reason why a parameter of a framework is no setting: it cannot change a fit of crossframe.

    Attributes
    ----------
    kind
        ``data``: it hands over or selects rows and columns; ``output``: what is kept, printed or
        computed beside the fit; ``running``: threads, time and memory; ``other``: it belongs to another
        kind of target or model, and is refused or ignored here.
    why
        One sentence.
    """

    kind: str
    why: str = ""
