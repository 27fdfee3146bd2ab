"""The parts of a network as plain data: Keras's own classes and their arguments.

``{"make": "layers.Dense", "options": {"units": 128, ...}}`` stands for
``keras.layers.Dense(units=128, ...)``; an option may be such an object itself. Python makes them
with `construct`, R with a function of ``r_scripts/keras.R``. Keras draws one seed per
initializer and dropout in the order in which they are made, so that both start from the same
weights. Arguments without a setting keep Keras's defaults.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from crossframe.core.types import Value
from crossframe.frameworks.keras.layers import INITIALIZER_OPTIONS, INITIALIZERS, output
from crossframe.frameworks.keras.optimizers import RULES
from crossframe.settings.vocabulary_networks import GIVEN_RULES, given_seed

Recipe = dict[str, Any]
Net = Mapping[str, Value]

_SCHEDULE = ("decay", "decay_steps", "staircase")
_NO_OPTIONS = {"optimizer", "lr", *_SCHEDULE}


def construct(recipe: Any) -> Any:
    """The object of Keras that a recipe describes; any other value unchanged."""
    import keras

    if not isinstance(recipe, Mapping) or "make" not in recipe:
        return recipe
    kind: Any = keras
    for part in recipe["make"].split("."):
        kind = getattr(kind, part)
    return kind(**{name: construct(option) for name, option in recipe["options"].items()})


def perceptron(net: Net, features: int, image_shape: object = None) -> list[Recipe]:
    """Keras's ``Input``, then dense layers: (m, features) -> (m, 1 or 2)."""
    return [*input_layers(net, features), *dense_layers(net)]


def input_layers(net: Net, features: int) -> list[Recipe]:
    """Keras's ``Input``, and the dropout of inputs where there is one."""
    return [
        make("Input", shape=(features,), dtype=net["floatx"]),
        *dropout(net, "input_dropout", "input_dropout"),
    ]


def dense_layers(net: Net) -> list[Recipe]:
    """The hidden layers, each with its dropout, and the output layer."""

    def dense(units: int, activation: Value) -> Recipe:
        return make("layers.Dense", units=units, activation=activation, **weights(net, 0))

    stack = []
    for i, units in enumerate(sizes(net, "hidden")):
        stack += [dense(units, net["activation"]), *dropout(net, f"dropout_{i}", "dropout")]
    return [*stack, dense(*output(net))]


def dropout(net: Net, name: str, setting: str) -> list[Recipe]:
    """The dropout layer ``name`` at the rate that ``setting`` has; none at the rate 0."""
    rate = net.get(setting)
    seed = given(net, seed="dropout_seed")
    return [make("layers.Dropout", rate=rate, name=name, dtype=net["floatx"], **seed)] if rate else []


def optimizer(net: Net) -> Recipe:
    """The recipe of the optimizer, with those settings that its class has as arguments.

    ``decay`` is ``InverseTimeDecay``, by default with a step of one update: rate / (1 + decay *
    updates), the ``decay`` argument of the optimizers of 2017.
    """
    import keras

    # Keras's own look-up by name, which raises for an unknown name, lacks Lamb.
    rule = getattr(keras.optimizers, RULES.get(str(net["optimizer"]), ""), None)
    rule = rule or type(keras.optimizers.get(net["optimizer"]))
    taken = set(inspect.signature(rule).parameters) - _NO_OPTIONS
    options: dict[str, Any] = {name: value for name, value in net.items() if name in taken}
    if net["decay"]:
        rate = options.get("learning_rate", inspect.signature(rule).parameters["learning_rate"].default)
        options["learning_rate"] = make(
            "optimizers.schedules.InverseTimeDecay",
            initial_learning_rate=rate,
            decay_steps=net.get("decay_steps", 1),
            decay_rate=net["decay"],
            **given(net, staircase="staircase"),
        )
    return make(f"optimizers.{rule.__name__}", name=net["optimizer"], **options)


def weights(net: Net, inputs: int | tuple[int, ...]) -> dict[str, Any]:
    """Arguments of a layer with weights; ``inputs`` are the axes of its kernel that lead into a unit."""
    arguments: dict[str, Any] = {
        **_initializers(net),
        "dtype": net["floatx"],
        **given(net, use_bias="use_bias"),
    }
    if net.get("kernel_l1") or net.get("kernel_l2"):
        arguments["kernel_regularizer"] = make(
            "regularizers.L1L2", **given(net, l1="kernel_l1", l2="kernel_l2")
        )
    if net.get("bias_l2"):
        arguments["bias_regularizer"] = make("regularizers.L1L2", l2=net["bias_l2"])
    if net.get("max_norm"):
        arguments["kernel_constraint"] = make("constraints.MaxNorm", max_value=net["max_norm"], axis=inputs)
    return arguments


def _initializers(net: Net) -> dict[str, Any]:
    """The initializers of a layer. Of weights that are given they have a seed, and take none from Keras's."""
    seed = given_seed(net.get("initial_weights"))
    if seed is not None:
        rule = str(GIVEN_RULES["init.weights"])
        kernel: Any = make(f"initializers.{INITIALIZERS[rule]}", seed=seed)
        return {"kernel_initializer": kernel, "bias_initializer": GIVEN_RULES["init.biases"]}
    kind = INITIALIZERS[str(net["kernel_initializer"])]
    start = {option: net[name] for name, option in INITIALIZER_OPTIONS.items() if name in net}
    start = {name: value for name, value in start.items() if name in _options_of(kind)}
    kernel = make(f"initializers.{kind}", **start) if start else net["kernel_initializer"]
    return {"kernel_initializer": kernel, "bias_initializer": net["bias_initializer"]}


def _options_of(initializer: str) -> set[str]:
    import keras

    return set(inspect.signature(getattr(keras.initializers, initializer)).parameters)


def make(what: str, **options: Any) -> Recipe:
    """The recipe of a class of Keras, ``layers.Dense``, with its arguments."""
    return {"make": what, "options": options}


def given(net: Net, **arguments: str) -> dict[str, Value]:
    """argument=setting -> the arguments whose setting ``net`` has, with its value."""
    return {argument: net[setting] for argument, setting in arguments.items() if setting in net}


def sizes(net: Net, name: str) -> tuple[int, ...]:
    """The value of setting ``name``, a tuple of sizes: units of hidden layers, numbers of filters."""
    value = net[name]
    assert isinstance(value, tuple)
    return value
