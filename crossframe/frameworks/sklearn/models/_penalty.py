"""``penalty``, strength and mix of LogisticRegression and SGDClassifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.settings.binding import Binding, Context

_MIX: dict[Value, float] = {"l2": 0.0, "l1": 1.0}
"""The mix of a penalty; the other penalties have that of ``l1_ratio``."""

_NONE = (None, "none")


def named(binding: Binding) -> Binding:
    """``binding`` of the strength, with the mix of ``penalty`` where that has one."""
    encode, decode = binding.to_framework, binding.to_vocabulary

    def spelled(context: Context) -> Context:
        penalty = context.native.get("penalty")
        if penalty not in _MIX:
            return context
        return Context(context.n, {**context.native, "l1_ratio": _MIX[penalty]})

    def decoded(value: Value, context: Context) -> Value:
        return 0.0 if free(context.native) else decode(value, spelled(context))

    return replace(binding, to_framework=lambda v, c: encode(v, spelled(c)), to_vocabulary=decoded)


def mix(value: Value, context: Context) -> Value:
    """The value of ``l1_ratio``. Raises `UsageError` for a ``penalty`` with another mix."""
    penalty = context.native.get("penalty")
    if penalty in _MIX and value != _MIX[penalty]:
        raise UsageError(f"penalty={penalty} has no mix of {value}", "give penalty=elasticnet beside it")
    return value


def implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """The penalty settings that ``penalty`` decides in place of their own parameters."""
    if free(native):
        return {"penalty.strength": 0.0, "penalty.l2": 0.0, "penalty.l1": 0.0}
    penalty = native.get("penalty")
    return {"penalty.mix": _MIX[penalty]} if penalty in _MIX else {}


def free(native: Mapping[str, Value]) -> bool:
    """Whether ``penalty`` switches every penalty off."""
    return "penalty" in native and native["penalty"] in _NONE
