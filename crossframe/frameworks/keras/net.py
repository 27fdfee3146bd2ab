"""A network in Keras's own spelling: made from settings, and read back from live objects.

R makes its networks in R code (``r_scripts/keras.R``), by the recipes of
`crossframe.frameworks.keras.recipe`, and uses the rest of this module: `start`, `versions`,
`declared`, `from_json` and `recipe`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.frameworks.contract import Declared, FitRequest
from crossframe.frameworks.keras import capture as captured
from crossframe.frameworks.keras import recipe as keras_recipe
from crossframe.frameworks.keras._model import ImageShape, KerasModel
from crossframe.frameworks.keras.layers import CLASSES

Net = dict[str, Value]
"""Every setting of a network and its training, in native spelling."""


class Unbuildable(Exception):
    """Keras cannot make a network or an optimizer of these settings; ``str()`` is its message."""


@contextmanager
def unbuildable() -> Iterator[None]:
    """A block in which Keras's ValueError or TypeError is raised as `Unbuildable`."""
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


def resolve(model: KerasModel, request: FitRequest) -> Net:
    """All native settings of a model for a request: those of the request, else those of crossframe.

    ``lr`` is read as ``learning_rate``. Raises `UsageError` for what the model cannot express.
    """
    given = model.for_task(request.settings, request.native, request.task, request.classes)
    wanted = model.to_native(request.settings, given, len(request.y_train))
    if "lr" in wanted:
        wanted["learning_rate"] = wanted.pop("lr")
    net = dict(model.passed) | {name: value for name, value in wanted.items() if value is not None}
    if request.task == "numbers" and net.get("class_weight", "none") != "none":
        raise UsageError(f"class_weight={net['class_weight']}: the target holds numbers, not classes")
    if request.classes > 2:
        if net.get("head") != "softmax2":
            raise UsageError(
                f"head={net.get('head')} is not of {request.classes} classes", "give head=softmax2"
            )
        if net.get("class_weight", "none") != "none":
            raise UsageError("class_weight=balanced is of two classes here", "leave it out")
        net[CLASSES] = request.classes
    return net | {k: v for k, v in model.passed_for(request.image_shape).items() if k not in net}


def from_json(text: str) -> Net:
    """Settings that were written as JSON, in which a tuple is a list."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(text).items()}


def recipe(net: Net, features: int) -> str:
    """The layers of a multilayer perceptron and its optimizer as JSON, for a caller in another language.

    Raises `Unbuildable` for an optimizer or an initializer that Keras does not know.
    """
    with unbuildable():
        parts = {
            "layers": keras_recipe.perceptron(net, features),
            "optimizer": keras_recipe.optimizer(net),
        }
    return json.dumps(parts)


def build(model: KerasModel, net: Net, features: int, image_shape: ImageShape) -> Any:
    """The untrained network of a model, with initial weights by Keras's random state."""
    import keras

    recipes = model.layers(net, features, image_shape)
    return keras.Sequential([keras_recipe.construct(recipe) for recipe in recipes])


def optimizer(net: Net) -> Any:
    """The optimizer object of the settings, see `crossframe.frameworks.keras.recipe.optimizer`."""
    return keras_recipe.construct(keras_recipe.optimizer(net))


def declared(model: str) -> tuple[Declared, ...]:
    """Keras's defaults of every callable that can be a part of ``framework.model``."""
    callables = captured.capture()["callables"]
    names = [name for name in captured.CALLABLES[model.partition(".")[2]] if name in callables]
    return tuple(
        Declared(name, _value(value), callables[owner]["call"], owner)
        for owner in names
        for name, value in callables[owner]["parameters"].items()
    )


def versions() -> dict[str, str]:
    """Versions of TensorFlow, Keras and NumPy, and the devices that TensorFlow sees."""
    import keras
    import tensorflow as tf

    devices = ", ".join(sorted({d.device_type for d in tf.config.list_physical_devices()}))
    packages = {"tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__}
    return packages | {"devices": devices}


def _value(plain: Any) -> Value:
    """A value of JSON: a list of whole numbers is a tuple, any other list or a table its text."""
    if isinstance(plain, list):
        whole = all(isinstance(entry, int) for entry in plain)
        return tuple(plain) if whole else json.dumps(plain)
    return json.dumps(plain) if isinstance(plain, dict) else plain
