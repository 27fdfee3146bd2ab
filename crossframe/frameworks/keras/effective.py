"""The effective settings, read back from a live network, its optimizer and its loop."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from crossframe.core.types import Value
from crossframe.frameworks.keras.layers import CLASSES, INITIALIZER_OPTIONS, OUTPUTS
from crossframe.frameworks.keras.optimizers import bindings
from crossframe.frameworks.keras.recipe import Net

if TYPE_CHECKING:
    from crossframe.frameworks.keras.loop import Loop

_HEADS = {activation: head for head, (_, activation) in OUTPUTS.items()}
_OPTIMIZER = {binding.param for binding in bindings(matrices_only=True)}


def effective(net: Net, loop: Loop) -> dict[str, Value]:
    """The effective settings after training, by native name.

    Settings of ``net`` that the live objects do not have (a momentum given to Adam) are kept as
    requested, so that their lack of effect can be reported; an argument of ``fit`` that no object
    keeps has the value of ``net``, else Keras's default.
    """
    return {
        "class_weight": "none",
        "validation_split": 0.0,
        "initial_epoch": 0,
        "loss_weights": None,
        "dropout_seed": None,
        **{name: value for name, value in net.items() if name != CLASSES},
        **_dropouts(net, loop.model),
        **_layers(net, loop.model),
        **_plain(loop.optimizer.get_config()),
        **_loop(loop),
    }


def _loop(loop: Loop) -> dict[str, Value]:
    """Settings of the loop, and of the compiled step where the loop is Keras's own ``fit``."""
    own, config = loop.kind == "fit", loop.loss.get_config()
    return {
        "loop": loop.kind,
        "loss": loop.loss.name,
        # The squared error has none.
        "label_smoothing": config.get("label_smoothing", 0.0),
        "reduction": config["reduction"],
        "jit_compile": bool(loop.model.jit_compile) if own else False,
        "run_eagerly": bool(loop.model.run_eagerly) if own else False,
        "steps_per_execution": int(loop.model.steps_per_execution) if own else 1,
    }


def _layers(net: Net, model: Any) -> dict[str, Value]:
    dense = _of_kind(model, "Dense")
    config = dense[0].get_config()
    kernel = config["kernel_initializer"]
    regularizer, constraint = dense[0].kernel_regularizer, dense[0].kernel_constraint
    settings: dict[str, Value] = {
        "hidden": tuple(layer.units for layer in dense[:-1]),
        "activation": dense[0].activation.__name__ if len(dense) > 1 else net["activation"],
        "head": _HEADS[dense[-1].activation.__name__],
        "kernel_initializer": _snake(kernel["class_name"]),
        "bias_initializer": _snake(config["bias_initializer"]["class_name"]),
        "use_bias": dense[0].use_bias,
        "kernel_l1": float(regularizer.l1) if regularizer else 0.0,
        "kernel_l2": float(regularizer.l2) if regularizer else 0.0,
        "bias_l2": float(dense[0].bias_regularizer.l2) if dense[0].bias_regularizer else 0.0,
        "max_norm": float(constraint.max_value) if constraint else None,
        "floatx": str(dense[0].compute_dtype),
    }
    for name, option in INITIALIZER_OPTIONS.items():
        if option in kernel["config"]:
            value = kernel["config"][option]
            settings[name] = tuple(value) if isinstance(value, (list, tuple)) else value
    return settings | _convolutions(model)


def _convolutions(model: Any) -> dict[str, Value]:
    convolutions, poolings = _of_kind(model, "Conv2D"), _of_kind(model, "MaxPooling2D")
    if not convolutions:
        return {}
    first, pooling = convolutions[0], poolings[0]
    return {
        "filters": tuple(layer.filters for layer in convolutions[::2]),
        "kernel_size": first.kernel_size[0],
        "strides": first.strides[0],
        "dilation_rate": first.dilation_rate[0],
        "padding": first.padding,
        "pool_size": pooling.pool_size[0],
        "pool_strides": pooling.strides[0],
        "pool_padding": pooling.padding,
    }


def _dropouts(net: Net, model: Any) -> dict[str, Value]:
    layers = _of_kind(model, "Dropout")
    rates: dict[str, Value] = {"dropout_seed": layers[0].seed} if layers else {}
    for name in ("input_dropout", "features_dropout", "dropout"):
        if name in net:
            rates[name] = next((layer.rate for layer in layers if layer.name.startswith(name)), 0.0)
    return rates


def _plain(config: Mapping[str, Any]) -> dict[str, Value]:
    """An optimizer's configuration as plain values, and that of its schedule."""
    plain: dict[str, Value] = {"optimizer": config["name"]}
    plain |= {"decay": 0.0, "decay_steps": 1, "staircase": False}
    plain |= {name: value for name, value in config.items() if name in _OPTIMIZER}
    rate = config["learning_rate"]
    if isinstance(rate, Mapping):
        schedule = rate["config"]
        plain["learning_rate"] = schedule["initial_learning_rate"]
        plain["decay"] = schedule["decay_rate"]
        plain["decay_steps"], plain["staircase"] = schedule["decay_steps"], schedule["staircase"]
    else:
        # It lives in a float32 variable: 0.001 is reported as 0.0010000000474974513.
        plain["learning_rate"] = float(str(np.float32(rate)))
    return plain


def _of_kind(model: Any, kind: str) -> list[Any]:
    return [layer for layer in model.layers if type(layer).__name__ == kind]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
