"""A network in Keras's own spelling: made from settings, and read back from live objects.

R makes its networks in R code (``r_scripts/keras.R``), by the recipes of
`crossframe.engines.keras_recipe`, and uses the rest of this module.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from crossframe import settings
from crossframe.capture import keras as captured
from crossframe.engines import keras_recipe
from crossframe.engines.base import Declared, FitRequest, Value
from crossframe.settings.keras import DEFAULTS

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
    net = DEFAULTS[model] | {name: value for name, value in asked.items() if value is not None}
    if model.endswith(".cnn") and "padding" not in net:
        roomy = request.image_shape is not None and min(request.image_shape) >= _SMALLEST_VALID_IMAGE
        net["padding"] = "valid" if roomy else "same"
    return net


def from_json(text: str) -> Net:
    """Settings that were written as JSON, in which a tuple is a list."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(text).items()}


def recipe(net: Net, features: int) -> str:
    """The layers and the optimizer as JSON, for a caller in another language.

    Raises `Unbuildable` for an optimizer or an initializer that Keras does not know.
    """
    with unbuildable():
        parts = {
            "layers": keras_recipe.network(net, features, None),
            "optimizer": keras_recipe.optimizer(net),
        }
    return json.dumps(parts)


def build(net: Net, features: int, image_shape: tuple[int, int] | None) -> Any:
    """The network, untrained, weights drawn from Keras's random state; see `keras_recipe.network`."""
    import keras

    return keras.Sequential([
        keras_recipe.made(layer) for layer in keras_recipe.network(net, features, image_shape)
    ])  # fmt: skip


def optimizer(net: Net) -> Any:
    """The optimizer. What it is not told is left to Keras; see `keras_recipe.optimizer`."""
    return keras_recipe.made(keras_recipe.optimizer(net))


def declared(model: str) -> tuple[Declared, ...]:
    """Keras's defaults of every callable that ``engine.model`` can be made of."""
    callables = captured.capture()["callables"]
    names = [name for name in captured.CALLABLES[model.partition(".")[2]] if name in callables]
    return tuple(
        Declared(name, _value(value), callables[owner]["call"], owner)
        for owner in names
        for name, value in callables[owner]["parameters"].items()
    )


def versions() -> dict[str, str]:
    """Versions of what computes, and the devices TensorFlow sees."""
    import keras
    import tensorflow as tf

    devices = ", ".join(sorted({d.device_type for d in tf.config.list_physical_devices()}))
    found = {"tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__}
    return found | {"devices": devices}


def _value(plain: Any) -> Value:
    """A value of JSON: a list is a tuple, of what is no number the text."""
    if isinstance(plain, list):
        whole = all(isinstance(entry, int) for entry in plain)
        return tuple(plain) if whole else json.dumps(plain)
    return json.dumps(plain) if isinstance(plain, dict) else plain
