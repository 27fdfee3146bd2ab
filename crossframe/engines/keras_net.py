"""A network in Keras's own spelling: made from settings, and read back from live objects.

R builds its networks in R code (``r_scripts/keras.R``) and uses the rest of this module.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from crossframe import settings
from crossframe.engines.base import Declared, FitRequest, Value
from crossframe.settings.keras import DEFAULTS

_OPTIMIZER_OPTIONS = ("learning_rate", "momentum", "nesterov", "beta_1", "beta_2", "rho", "epsilon")
_SMALLEST_VALID_IMAGE = 14
"""Two pairs of 3x3 convolutions and two poolings leave nothing of a smaller image."""

Net = dict[str, Value]
"""Every setting of a network and its training, in native spelling."""


class Unbuildable(Exception):
    """Keras cannot make a network or an optimizer of these settings; ``str()`` is its message."""


@contextmanager
def unbuildable() -> Iterator[None]:
    """Inside, what Keras says of impossible settings is `Unbuildable`."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise Unbuildable(f"{type(error).__name__}: {error}") from error


def start(threads: int | None) -> None:
    """Import TensorFlow with ``threads`` threads and deterministic operations.

    Raises
    ------
    ImportError
        When TensorFlow or Keras is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import tensorflow as tf

    if threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()


def resolve(model: str, request: FitRequest) -> Net:
    """All settings of ``engine.model`` for a request: its own over the defaults.

    ``lr`` is read as ``learning_rate``. A convolution that was not told its padding is ``valid``
    where the image leaves room for it, else ``same``.
    """
    asked = settings.to_native(model, request.settings, request.native, len(request.y_train))
    if "lr" in asked:
        asked["learning_rate"] = asked.pop("lr")
    net = DEFAULTS[model] | asked
    if model.endswith(".cnn") and "padding" not in net:
        roomy = request.image_shape is not None and min(request.image_shape) >= _SMALLEST_VALID_IMAGE
        net["padding"] = "valid" if roomy else "same"
    return net


def from_json(text: str) -> Net:
    """Settings that were written as JSON, in which a tuple is a list."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(text).items()}


def inert(model: str, net: Net) -> dict[str, str]:
    """Settings of ``net`` without effect, with the reason."""
    idle = settings.inert(model, net)
    if net.get("nesterov") and "nesterov" not in idle and not net.get("momentum"):
        idle["nesterov"] = "used only with a momentum above 0; here momentum=0"
    return idle


def build(net: Net, features: int, image_shape: tuple[int, int] | None) -> Any:
    """The network, untrained, weights drawn from Keras's random state: (m, features) -> (m, 1 or 2).

    With ``padding`` among the settings it is convolutional: twice 32, pooled, twice 64, pooled.
    """
    import keras

    layers = keras.layers
    common = {
        "kernel_initializer": net["kernel_initializer"],
        "bias_initializer": net["bias_initializer"],
        "dtype": net["floatx"],
    }

    def dropout(name: str, setting: str) -> list[Any]:
        rate = net.get(setting)
        return [layers.Dropout(rate, name=name, dtype=net["floatx"])] if rate else []

    stack = [keras.Input((features,), dtype=net["floatx"]), *dropout("input_dropout", "input_dropout")]
    if "padding" in net:
        if image_shape is None:
            raise ValueError("a convolutional network needs the features to be the pixels of an image")
        stack.append(layers.Reshape((*image_shape, 1), dtype=net["floatx"]))
        for filters in (32, 64):
            for _ in range(2):
                stack.append(
                    layers.Conv2D(
                        filters, 3, activation=net["activation"], padding=net["padding"],
                        data_format="channels_last", **common,
                    )
                )  # fmt: skip
            stack.append(layers.MaxPooling2D(data_format="channels_last", dtype=net["floatx"]))
        stack += [layers.Flatten(dtype=net["floatx"]), *dropout("features_dropout", "features_dropout")]
    for i, units in enumerate(_hidden(net)):
        stack.append(layers.Dense(units, activation=net["activation"], **common))
        stack += dropout(f"dropout_{i}", "dropout")
    pair = net["head"] == "softmax2"
    stack.append(layers.Dense(2 if pair else 1, activation="softmax" if pair else "sigmoid", **common))
    return keras.Sequential(stack)


def optimizer(model: str, net: Net) -> Any:
    """The optimizer. What it is not told, and what has no effect on it, is left to Keras.

    ``decay`` is ``InverseTimeDecay`` with a step of one update: rate / (1 + decay * updates), the
    ``decay`` argument of the optimizers of 2017.
    """
    import keras

    rule = type(keras.optimizers.get(net["optimizer"]))
    idle = settings.inert(model, net)
    options: dict[str, Any] = {k: net[k] for k in _OPTIMIZER_OPTIONS if k in net and k not in idle}
    if net["decay"]:
        rate = options.get("learning_rate", _plain(rule().get_config())["learning_rate"])
        options["learning_rate"] = keras.optimizers.schedules.InverseTimeDecay(rate, 1, net["decay"])
    return rule(name=net["optimizer"], **options)


def effective(net: Net, loop: Any) -> Net:
    """The settings in force, layers and optimizer read from the live objects of ``loop``.

    Settings of ``net`` that these do not have (a momentum given to Adam) are kept as they were
    asked for, so that their lack of effect can be reported.
    """
    dense = [layer for layer in loop.model.layers if type(layer).__name__ == "Dense"]
    config = dense[0].get_config()
    live: Net = {
        "hidden": tuple(layer.units for layer in dense[:-1]),
        "activation": dense[0].activation.__name__ if len(dense) > 1 else net["activation"],
        "head": "softmax2" if dense[-1].units == 2 else "sigmoid1",
        "kernel_initializer": _snake(config["kernel_initializer"]["class_name"]),
        "bias_initializer": _snake(config["bias_initializer"]["class_name"]),
        "floatx": str(dense[0].compute_dtype),
        "loss": loop.loss.name,
        "loop": loop.kind,
        **_plain(loop.optimizer.get_config()),
    }
    rates = {layer.name: layer.rate for layer in loop.model.layers if type(layer).__name__ == "Dropout"}
    for name in ("input_dropout", "features_dropout", "dropout"):
        if name in net:
            live[name] = next((rate for layer, rate in rates.items() if layer.startswith(name)), 0.0)
    return net | live


def declared(model: str) -> tuple[Declared, ...]:
    """The defaults of ``engine.model``: the network's own, and those of the live default optimizer."""
    import keras

    net = DEFAULTS[model]
    rule = type(optimizer(model, net))
    own = {k: v for k, v in net.items() if k != "decay"}
    live = {k: v for k, v in _plain(rule().get_config()).items() if k not in own}
    dense = {k: v for k, v in keras.layers.Dense(1).get_config().items() if k == "use_bias"}
    return (
        *(Declared(k, v, "the network built when nothing is said") for k, v in own.items()),
        *(Declared(k, v, f"keras.optimizers.{rule.__name__}().get_config()") for k, v in live.items()),
        *(Declared(k, v, "keras.layers.Dense(1).get_config()") for k, v in dense.items()),
    )


def versions() -> dict[str, str]:
    """Versions of what computes, and the devices TensorFlow sees."""
    import keras
    import tensorflow as tf

    devices = ", ".join(sorted({d.device_type for d in tf.config.list_physical_devices()}))
    found = {"tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__}
    return found | {"devices": devices}


def _hidden(net: Net) -> tuple[int, ...]:
    hidden = net["hidden"]
    assert isinstance(hidden, tuple)
    return hidden


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _plain(config: Mapping[str, Any]) -> Net:
    """An optimizer's configuration as plain values, options that are switched off left out."""
    plain: Net = {"optimizer": "", "decay": 0.0}
    for name, value in config.items():
        if name == "name":
            plain["optimizer"] = value
        elif name == "learning_rate" and isinstance(value, Mapping):
            plain["learning_rate"] = value["config"]["initial_learning_rate"]
            plain["decay"] = value["config"]["decay_rate"]
        elif name == "learning_rate":
            # It lives in a float32 variable: 0.001 is reported as 0.0010000000474974513.
            plain[name] = float(str(np.float32(value)))
        elif value is not None and (config.get("use_ema") or "ema" not in name):
            plain[name] = value
    return plain
