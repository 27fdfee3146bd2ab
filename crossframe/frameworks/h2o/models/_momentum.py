"""H2O's gradient descent with momentum in the vocabulary.

Measurements show that the momentum is the same in every update, because the ramp is always evaluated
at -1 rows,

    m = momentum_start - (momentum_stable - momentum_start) / momentum_ramp,

and the rate is multiplied by 1 - m.
"""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.frameworks.h2o.models._values import by_table
from crossframe.settings.binding import Binding, Context, When, flag, number

_SGD = When("adaptive_rate", (False,))
_MOVING = When("momentum_start", above=0, otherwise=When("momentum_stable", above=0))
_MEMORY: dict[Value, Value] = {"heavy_ball": True, "one_update": False}
_MOMENTUM = "m = momentum_start - (momentum_stable - momentum_start) / momentum_ramp in every update"


def _given(context: Context, name: str, default: float) -> float:
    value = context.native.get(name)
    return default if value is None else as_float(value)


def _momentum(context: Context) -> float:
    """The momentum m of every update."""
    start, ramp = _given(context, "momentum_start", 0.0), _given(context, "momentum_ramp", 1e6)
    return start - (_given(context, "momentum_stable", 0.0) - start) / ramp if ramp > 0 else start


def _start(momentum: Value, context: Context) -> Value:
    """The ``momentum_start`` with which the momentum of every update is ``momentum``."""
    m, stable = as_float(momentum), _given(context, "momentum_stable", 0.0)
    ramp = _given(context, "momentum_ramp", 1e6)
    return m if m == stable or ramp <= 0 else (m * ramp + stable) / (ramp + 1.0)


def _effective(start: Value, context: Context) -> Value:
    return _momentum(Context(context.n, {**context.native, "momentum_start": start}))


def _rate(learning_rate: Value, context: Context) -> Value:
    m = _momentum(context)
    if m >= 1.0:
        raise UsageError("with a momentum of 1 H2O's learning rate is 0", "give a smaller optimizer.momentum")
    return as_float(learning_rate) / (1.0 - m)


def _learning_rate(rate: Value, context: Context) -> Value:
    return as_float(rate) * (1.0 - _momentum(context))


BINDINGS = (
    Binding(
        "optimizer.momentum_ramp",
        "momentum_ramp",
        number(0),
        active_if=(_SGD, When("momentum_stable", unlike="momentum_start")),
        formula=f"{_MOMENTUM}: the momentum does not grow with the rows",
    ),
    Binding(
        "optimizer.momentum_final",
        "momentum_stable",
        number(0, 1),
        active_if=(_SGD,),
        formula=f"{_MOMENTUM}: momentum_stable is not reached",
    ),
    Binding(
        "optimizer.momentum",
        "momentum_start",
        number(0, 1),
        _start,
        _effective,
        active_if=(_SGD,),
        formula=f"{_MOMENTUM}; it takes its share off the rate as well: (1 - m) rate",
    ),
    Binding(
        "optimizer.learning_rate",
        "rate",
        number(0),
        _rate,
        _learning_rate,
        active_if=(_SGD,),
        formula=f"learning_rate = (1 - m) rate, {_MOMENTUM}",
    ),
    Binding(
        "optimizer.memory",
        "nesterov_accelerated_gradient",
        flag(),
        *by_table(_MEMORY),
        active_if=(_SGD, _MOVING),
        formula="true: v = m v - g, w = w + (1 - m) rate v, the heavy ball, which does not look ahead; "
        "false: w = w - (1 - m) rate g + m d, d = -(1 - m) rate g of the update before alone",
    ),
)  # fmt: skip
"""In this order, because a conversion reads the parameters before it."""


def implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """No momentum of H2O looks ahead, in spite of the parameter's name."""
    moving = _SGD.holds(native) and _MOVING.holds(native)
    return {"optimizer.nesterov": False} if moving else {}
