"""A penalty that a cross-validation chooses: an output of the fit, which no setting gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import cast

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.settings.binding import Binding, Context, Kind, number

RULE = "validation.rule"
_PENALTIES = ("penalty.l2", "penalty.l1")

GRID = ("path.length", "path.ratio", "path.largest")
"""Settings that make the penalties that are compared."""


def searches(effective: Mapping[str, Value]) -> bool:
    """Whether effective settings are those of a model whose penalty a cross-validation chooses."""
    return RULE in effective


def chosen_penalty(effective: Mapping[str, Value]) -> float | None:
    """The chosen penalty as the lambda of an elastic net; None for a model that chooses none."""
    parts = [effective[name] for name in _PENALTIES if effective.get(name) is not None]
    return sum(map(as_float, parts)) if parts and searches(effective) else None


def chosen(binding: Binding, remedy: str) -> Binding:
    """``binding`` of a value that a fit reports and that cannot be given; ``remedy`` says where it can be."""

    def refuse(value: Value, context: Context | None = None) -> Value:
        raise UsageError(f"{binding.setting} is chosen by the cross-validation", remedy)

    kind = Kind("no value: it is chosen by the cross-validation", refuse)
    return replace(binding, kind=kind, to_framework=refuse, output=True)


def _penalties(value: Value) -> Value:
    listed = value.lower().split("x") if isinstance(value, str) else value
    if isinstance(listed, (list, tuple)) and len(listed) > 1:
        return a_list(*(as_float(number(0).parse(v)) for v in listed))
    one = as_float(listed[0]) if isinstance(listed, (list, tuple)) else as_float(listed)
    if isinstance(value, bool) or one != int(one) or one < 1:
        raise ValueError
    return int(one)


LENGTH = Kind("a number of penalties, or two or more penalties joined by x, as in 0.1x1x10", _penalties)
"""How many penalties are tried, or which."""


def a_list(*penalties: float) -> Value:
    """These penalties as a value of `LENGTH`."""
    return cast(Value, penalties)


def listed(given: Value) -> tuple[float, ...] | None:
    """The penalties of a value of `LENGTH`; None for their number."""
    return cast(tuple[float, ...], given) if isinstance(given, tuple) else None


def length(given: Value, context: Context) -> Value:
    """The canonical ``path.length`` of a value of `LENGTH`."""
    own = listed(given)
    return given if own is None else len(own)


def ratio(penalties: tuple[float, ...]) -> float | None:
    """The smallest of some penalties relative to the largest; None where all are 0."""
    return min(penalties) / max(penalties) if max(penalties) > 0 else None


def spacing(given: Value, context: Context) -> Value:
    """The canonical ``path.spacing`` of a value of `LENGTH`: geometric where the ratios are equal to 1e-9."""
    own = sorted(listed(given) or ())
    if len(own) < 3:
        return "geometric"
    if own[0] <= 0:
        return "listed"
    steps = [b / a for a, b in pairwise(own)]
    return "geometric" if max(steps) - min(steps) <= 1e-9 * max(steps) else "listed"
