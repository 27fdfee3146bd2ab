"""H2O's gradient descent with momentum in the vocabulary.

Measured update by update: the momentum is the same in every update, the ramp being evaluated at -1
rows whatever was seen,

    m = momentum_start - (momentum_stable - momentum_start) / momentum_ramp,

and the rate is multiplied by 1 - m.
"""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings.base import Binding, Context, When, flag, number
from crossframe.settings.h2o_values import words

_SGD = When("adaptive_rate", (False,))
_MOVING = When("momentum_start", above=0, otherwise=When("momentum_stable", above=0))
_MEMORY: dict[Value, Value] = {"heavy_ball": True, "one_update": False}
_IN_FORCE = "m = momentum_start - (momentum_stable - momentum_start) / momentum_ramp in every update"


def _told(context: Context, name: str, default: float) -> float:
    value = context.native.get(name)
    return default if value is None else _real(value)


def _momentum(context: Context) -> float:
    """m, the momentum of every update."""
    start, ramp = _told(context, "momentum_start", 0.0), _told(context, "momentum_ramp", 1e6)
    return start - (_told(context, "momentum_stable", 0.0) - start) / ramp if ramp > 0 else start


def _start(momentum: Value, context: Context) -> Value:
    """The start from which the shift leads to ``momentum``."""
    m, stable = _real(momentum), _told(context, "momentum_stable", 0.0)
    ramp = _told(context, "momentum_ramp", 1e6)
    return m if m == stable or ramp <= 0 else (m * ramp + stable) / (ramp + 1.0)


def _in_force(start: Value, context: Context) -> Value:
    return _momentum(Context(context.n, {**context.native, "momentum_start": start}))


def _rate(learning_rate: Value, context: Context) -> Value:
    m = _momentum(context)
    if m >= 1.0:
        raise UsageError("with a momentum of 1 H2O's learning rate is 0", "give a smaller optimizer.momentum")
    return _real(learning_rate) / (1.0 - m)


def _learning_rate(rate: Value, context: Context) -> Value:
    return _real(rate) * (1.0 - _momentum(context))


def _real(value: Value) -> float:
    return float(value)  # type: ignore[arg-type]


BINDINGS = (
    Binding(
        "optimizer.momentum_ramp",
        "momentum_ramp",
        number(0),
        active_if=(_SGD, When("momentum_stable", unlike="momentum_start")),
        formula=f"{_IN_FORCE}: the momentum does not grow with the rows",
    ),
    Binding(
        "optimizer.momentum_final",
        "momentum_stable",
        number(0, 1),
        active_if=(_SGD,),
        formula=f"{_IN_FORCE}: momentum_stable is not reached",
    ),
    Binding(
        "optimizer.momentum",
        "momentum_start",
        number(0, 1),
        _start,
        _in_force,
        active_if=(_SGD,),
        formula=f"{_IN_FORCE}; it takes its share off the rate as well: (1 - m) rate",
    ),
    Binding(
        "optimizer.learning_rate",
        "rate",
        number(0),
        _rate,
        _learning_rate,
        active_if=(_SGD,),
        formula=f"learning_rate = (1 - m) rate, {_IN_FORCE}",
    ),
    Binding(
        "optimizer.memory",
        "nesterov_accelerated_gradient",
        flag(),
        *words(_MEMORY),
        active_if=(_SGD, _MOVING),
        formula="true: v = m v - g, w = w + (1 - m) rate v, the heavy ball, which does not look ahead; "
        "false: w = w - (1 - m) rate g + m d, d = -(1 - m) rate g of the update before alone",
    ),
)  # fmt: skip
"""In this order: a conversion looks at the parameters before it."""


def implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """No momentum of H2O looks ahead, whatever the parameter is called."""
    moving = _SGD.holds(native) and _MOVING.holds(native)
    return {"optimizer.nesterov": False} if moving else {}
