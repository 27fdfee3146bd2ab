"""``distribution`` of H2O's deep learning: two classes, or numbers, and what depends on which of them it is.

For numbers the gradient is that of the whole squared error, (y - f)^2, and ``standardize`` standardises the
target as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.types import Value
from crossframe.frameworks.h2o.models._values import by_table, enum
from crossframe.settings.binding import Binding, Context, When

_HEADS: dict[Value, Value] = {"softmax2": "bernoulli", "linear1": "gaussian"}
LOSSES: dict[Value, Value] = {"log_loss": "CrossEntropy", "squared_error": "Quadratic"}
STARTS: dict[Value, Value] = {
    "glorot_uniform_x4_output": "UniformAdaptive",
    "uniform": "Uniform",
    "normal": "Normal",
}
CLASSES = When("distribution", ("AUTO", "bernoulli", "multinomial"))
NUMBERS = When("distribution", ("gaussian",))

DISTRIBUTION = Binding(
    "architecture.head",
    "distribution",
    enum("AUTO", "multinomial", *map(str, _HEADS.values())),
    by_table(_HEADS)[0],
    lambda v, c: next((head for head, name in _HEADS.items() if name == v), None),
    formula="gaussian: a target of numbers, or two classes sent as the numbers 0 and 1; the others train "
    "two classes alike",
)


def of_numbers(native: Mapping[str, Value]) -> bool:
    """Whether native settings are those of a target of numbers."""
    return native.get("distribution") == "gaussian"


def half(context: Context) -> float:
    """The vocabulary's penalty for one of H2O: of numbers its loss is half of H2O's."""
    return 0.5 if of_numbers(context.native) else 1.0


def start(rule: Value, context: Context) -> Value:
    """Canonical ``init.weights`` -> H2O's; it widens the weights into the output layer of classes alone."""
    plain = rule == "glorot_uniform" and of_numbers(context.native)
    return "UniformAdaptive" if plain else by_table(STARTS)[0](rule, context)


def start_of(distribution: Value, context: Context) -> Value:
    """The canonical ``init.weights`` of H2O's rule, as `start` translates it."""
    plain = distribution == "UniformAdaptive" and of_numbers(context.native)
    return "glorot_uniform" if plain else by_table(STARTS)[1](distribution, context)


def loss_of(loss: Value, context: Context) -> Value:
    """The canonical loss of H2O's, which may be ``Automatic``."""
    if loss == "Automatic":
        return "squared_error" if of_numbers(context.native) else "log_loss"
    return by_table(LOSSES)[1](loss, context)


def implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """What follows from a target of numbers; empty for classes."""
    if not of_numbers(native):
        return {}
    return {
        "loss.scale": "full",
        "decision.threshold": 0.5,
        "target.standardize": "sd_n-1" if native.get("standardize", True) else "none",
    }
