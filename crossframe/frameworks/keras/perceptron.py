"""The settings of a multilayer perceptron that is given as its layers, its loss and its optimizer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from crossframe.core.types import Task
from crossframe.frameworks.keras.layers import INITIALIZER_OPTIONS, LINEAR, OUTPUTS
from crossframe.frameworks.keras.optimizers import RULES

WATCHING = ("History", "ProgbarLogger", "TensorBoard", "CSVLogger", "ModelCheckpoint", "LambdaCallback",
            "TerminateOnNaN", "BackupAndRestore")  # fmt: skip
"""Callbacks that leave the training as it is."""

_LOSSES = {
    "sigmoid1": ("binary_crossentropy",),
    "softmax2": ("categorical_crossentropy", "sparse_categorical_crossentropy"),
    LINEAR: ("mean_squared_error",),
}
"""Output layer -> losses under which the network is one of two classes, or of numbers."""


def settings_of(arguments: Mapping[str, Any], task: Task = "classes") -> dict[str, Any] | None:
    """The layers as native settings; None for what is no perceptron of two classes, or of a number."""
    dense, rates = _stacked(arguments["layers"])
    if not dense or arguments["optimizer"] not in RULES:
        return None
    *hidden, last = dense
    heads = {1: LINEAR if task == "numbers" else "sigmoid1", 2: "softmax2"}
    head = heads.get(last["units"])
    if head is None or (head != LINEAR and task == "numbers"):
        return None
    # Logits under a sigmoid of the loss are the same model; probabilities taken for logits are not.
    expected = "linear" if arguments.get("from_logits") else OUTPUTS[head][1]
    if (
        last["activation"] != expected
        or arguments["loss"] not in _LOSSES[head]
        or (not hidden and head != "sigmoid1")
        or not _one([layer["activation"] for layer in hidden])
        or not _one([_weights(layer) for layer in dense])
        or not _one(rates[1:-1])
        or rates[-1]
    ):
        return None
    weights = _weights(last)
    if weights is None:
        return None
    return {
        "hidden": tuple(layer["units"] for layer in hidden),
        "activation": hidden[0]["activation"] if hidden else "linear",
        "head": head,
        "input_dropout": rates[0],
        "dropout": rates[1] if hidden else 0.0,
        **weights,
    }


def _stacked(layers: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[float]]:
    """The dense layers, and the dropout before the first and after each; nothing for other layers."""
    dense: list[dict[str, Any]] = []
    rates = [0.0]
    for layer in layers:
        kind = layer["class"]
        if kind == "Dense":
            dense.append(dict(layer))
            rates.append(0.0)
        elif kind == "Activation" and dense and dense[-1]["activation"] == "linear" and not rates[-1]:
            dense[-1]["activation"] = layer["activation"]
        elif kind == "Dropout" and not rates[-1]:
            rates[-1] = float(layer["rate"])
        elif kind != "Flatten":
            return [], []
    return dense, rates


def _one(values: Sequence[Any]) -> bool:
    return all(value == values[0] for value in values)


def _weights(layer: Mapping[str, Any]) -> dict[str, Any] | None:
    """Initializers, penalties and constraint of a layer as native settings; None for what has none."""
    kernel, bias = layer["kernel_initializer"], layer["bias_initializer"]
    if not isinstance(kernel, Mapping) or not isinstance(bias, Mapping):
        return None
    if layer.get("activity_regularizer") or layer.get("bias_constraint"):
        return None
    settings: dict[str, Any] = {
        "kernel_initializer": _snake(str(kernel["class"])),
        "bias_initializer": _snake(str(bias["class"])),
    }
    for name, option in INITIALIZER_OPTIONS.items():
        if kernel.get(option) is not None:
            settings[name] = kernel[option]
    if layer["use_bias"] is False:
        settings["use_bias"] = False
    penalty = _penalty(layer.get("kernel_regularizer"))
    of_bias = _penalty(layer.get("bias_regularizer"))
    if penalty is None or of_bias is None or of_bias.get("l1"):
        return None
    settings |= {f"kernel_{name}": value for name, value in penalty.items() if value}
    if of_bias.get("l2"):
        settings["bias_l2"] = of_bias["l2"]
    constraint = layer.get("kernel_constraint")
    if constraint:
        if constraint.get("class") != "MaxNorm" or constraint.get("axis", 0) != 0:
            return None
        settings["max_norm"] = constraint["max_value"]
    return settings


def _penalty(regularizer: Mapping[str, Any] | None) -> dict[str, float] | None:
    if not regularizer:
        return {}
    if regularizer.get("class") not in ("L1", "L2", "L1L2"):
        return None
    # It lives in float32: 0.01 is reported as 0.009999999776482582.
    return {name: float(f"{regularizer[name]:.7g}") for name in ("l1", "l2") if regularizer.get(name)}


def training_of(arguments: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The optimizer, its rate, the loss's options and the arguments of ``fit`` as native settings."""
    rate = arguments.get("learning_rate")
    settings: dict[str, Any] = {
        "optimizer": arguments["optimizer"],
        # The arguments that Keras itself takes where fit() is given none.
        "batch_size": arguments["batch_size"] or 32,
        "epochs": arguments["epochs"],
        "shuffle": bool(arguments["shuffle"]),
        "floatx": arguments["dtype"],
    }
    if isinstance(rate, Mapping) and rate.get("class") == "InverseTimeDecay":
        settings |= {
            "learning_rate": rate["initial_learning_rate"],
            "decay": rate["decay_rate"],
            "decay_steps": rate["decay_steps"],
            "staircase": rate.get("staircase", False),
        }
    elif isinstance(rate, Mapping):
        settings["schedule"] = rate["class"]
    elif "learning_rate" in given:
        settings["learning_rate"] = rate
    if arguments.get("label_smoothing"):
        settings["label_smoothing"] = arguments["label_smoothing"]
    if arguments.get("reduction", "sum_over_batch_size") != "sum_over_batch_size":
        settings["reduction"] = arguments["reduction"]
    if arguments["validation_split"]:
        settings["validation_split"] = arguments["validation_split"]
    for name in ("class_weight", "initial_epoch", "loss_weights"):
        if arguments[name]:
            settings[name] = arguments[name]
    if arguments["steps_per_epoch"]:
        settings["steps_per_epoch"] = arguments["steps_per_epoch"]
    return settings


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
