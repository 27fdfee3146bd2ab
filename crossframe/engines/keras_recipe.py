"""What a network is made of, as plain data: Keras's own classes and the arguments they are given.

``{"make": "layers.Dense", "options": {"units": 128, ...}}`` stands for
``keras.layers.Dense(units=128, ...)``; an option may be such an object itself. Python makes them
with `made`, R with the function ``made`` of ``r_scripts/keras.R``. Keras draws one seed per
initializer and dropout in the order in which they are made, so that both start from the same
weights. What is not said in a setting is left to Keras.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from crossframe.engines.base import Value
from crossframe.settings.keras_layers import INITIALIZER_OPTIONS, INITIALIZERS
from crossframe.settings.keras_optimizers import COMMON, RULES

Recipe = dict[str, Any]
Net = Mapping[str, Value]

_SCHEDULE = ("decay", "decay_steps", "staircase")
_NO_OPTIONS = {"optimizer", "lr", *_SCHEDULE}
COMMON_OPTIONS = tuple(b.param for b in COMMON if b.param not in _NO_OPTIONS)
"""Arguments that every optimizer takes."""


def made(recipe: Any) -> Any:
    """The object that a recipe stands for; what is no recipe stands for itself."""
    import keras

    if not isinstance(recipe, Mapping) or "make" not in recipe:
        return recipe
    kind: Any = keras
    for part in recipe["make"].split("."):
        kind = getattr(kind, part)
    return kind(**{name: made(option) for name, option in recipe["options"].items()})


def network(net: Net, features: int, image_shape: tuple[int, int] | None) -> list[Recipe]:
    """The layers, the first of them Keras's ``Input``: (m, features) -> (m, 1 or 2).

    With ``padding`` among the settings it is convolutional: two convolutions of each number of
    filters, then a pooling.
    """
    floatx = net["floatx"]
    activation = net["activation"]

    def dropout(name: str, setting: str) -> list[Recipe]:
        rate = net.get(setting)
        seed = _some(net, seed="dropout_seed")
        return [_make("layers.Dropout", rate=rate, name=name, dtype=floatx, **seed)] if rate else []

    def dense(units: int, activation: Value) -> Recipe:
        return _make("layers.Dense", units=units, activation=activation, **_weights(net, 0))

    stack = [_make("Input", shape=(features,), dtype=floatx), *dropout("input_dropout", "input_dropout")]
    if "padding" in net:
        if image_shape is None:
            raise ValueError("a convolutional network needs the features to be the pixels of an image")
        stack.append(_make("layers.Reshape", target_shape=(*image_shape, 1), dtype=floatx))
        shape = _some(net, strides="strides", dilation_rate="dilation_rate")
        for filters in _tuple(net, "filters"):
            convolution = _make(
                "layers.Conv2D", filters=filters, kernel_size=net["kernel_size"], activation=activation,
                padding=net["padding"], data_format="channels_last", **shape, **_weights(net, (0, 1, 2)),
            )  # fmt: skip
            pooling = _some(net, pool_size="pool_size", strides="pool_strides", padding="pool_padding")
            stack += [convolution, convolution]
            stack.append(_make("layers.MaxPooling2D", data_format="channels_last", dtype=floatx, **pooling))
        stack += [_make("layers.Flatten", dtype=floatx), *dropout("features_dropout", "features_dropout")]
    for i, units in enumerate(_tuple(net, "hidden")):
        stack += [dense(units, activation), *dropout(f"dropout_{i}", "dropout")]
    pair = net["head"] == "softmax2"
    return [*stack, dense(2 if pair else 1, "softmax" if pair else "sigmoid")]


def optimizer(net: Net) -> Recipe:
    """The optimizer: of the settings, the arguments that its rule takes.

    ``decay`` is ``InverseTimeDecay``, by default with a step of one update: rate / (1 + decay *
    updates), the ``decay`` argument of the optimizers of 2017.
    """
    import keras

    # Keras's own look-up by name, which says what it does not know, misses Lamb.
    rule = getattr(keras.optimizers, RULES.get(str(net["optimizer"]), ""), None)
    rule = rule or type(keras.optimizers.get(net["optimizer"]))
    taken = set(inspect.signature(rule).parameters) - _NO_OPTIONS
    options: dict[str, Any] = {name: value for name, value in net.items() if name in taken}
    if net["decay"]:
        rate = options.get("learning_rate", inspect.signature(rule).parameters["learning_rate"].default)
        options["learning_rate"] = _make(
            "optimizers.schedules.InverseTimeDecay",
            initial_learning_rate=rate,
            decay_steps=net.get("decay_steps", 1),
            decay_rate=net["decay"],
            **_some(net, staircase="staircase"),
        )
    return _make(f"optimizers.{rule.__name__}", name=net["optimizer"], **options)


def _weights(net: Net, inputs: int | tuple[int, ...]) -> dict[str, Any]:
    """Arguments of a layer with weights; ``inputs`` are the axes of its kernel that lead into a unit."""
    told: dict[str, Any] = {
        "kernel_initializer": net["kernel_initializer"],
        "bias_initializer": net["bias_initializer"],
        "dtype": net["floatx"],
        **_some(net, use_bias="use_bias"),
    }
    start = {option: net[name] for name, option in INITIALIZER_OPTIONS.items() if name in net}
    kind = INITIALIZERS[str(net["kernel_initializer"])]
    start = {name: value for name, value in start.items() if name in _options_of(kind)}
    if start:
        told["kernel_initializer"] = _make(f"initializers.{kind}", **start)
    if net.get("kernel_l1") or net.get("kernel_l2"):
        told["kernel_regularizer"] = _make("regularizers.L1L2", **_some(net, l1="kernel_l1", l2="kernel_l2"))
    if net.get("bias_l2"):
        told["bias_regularizer"] = _make("regularizers.L1L2", l2=net["bias_l2"])
    if net.get("max_norm"):
        told["kernel_constraint"] = _make("constraints.MaxNorm", max_value=net["max_norm"], axis=inputs)
    return told


def _options_of(initializer: str) -> set[str]:
    import keras

    return set(inspect.signature(getattr(keras.initializers, initializer)).parameters)


def _make(what: str, **options: Any) -> Recipe:
    return {"make": what, "options": options}


def _some(net: Net, **arguments: str) -> dict[str, Value]:
    """The arguments whose setting is known."""
    return {argument: net[setting] for argument, setting in arguments.items() if setting in net}


def _tuple(net: Net, name: str) -> tuple[int, ...]:
    value = net[name]
    assert isinstance(value, tuple)
    return value
