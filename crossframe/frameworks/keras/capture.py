"""Keras's declared defaults: optimizers, layers, initializers, losses, ``compile`` and ``fit``.

What a callable reports about itself (``get_config()`` of a plain object of it) goes before its
signature, because a default may be resolved in between: ``strides=None`` of a pooling is its size.

The file also runs alone, with Keras 2.12 and later on any of its backends and without crossframe:
``python -I capture.py`` prints what `capture` returns, as JSON::

    {"framework": "keras",
     "versions": {"keras": "3.15.1", "tensorflow": "2.21.0"},
     "callables": {"fit": {"call": "inspect.signature(keras.Model.fit)", "parameters": {"epochs": 1, ...}}}}

Values are plain JSON; a float that JSON lacks is ``"inf"``, ``"-inf"`` or ``"nan"``, an object is
its name or its ``repr`` without addresses.
"""

from __future__ import annotations

import inspect
import json
import math
import os
import re
import sys
from collections.abc import Mapping
from typing import Any

_PLAIN: dict[str, dict[str, Any]] = {
    "Dense": {"units": 1},
    "Dropout": {"rate": 0.5},
    "Conv2D": {"filters": 1, "kernel_size": 1},
}
_LAYERS = ("Dense", "Dropout", "Conv2D", "MaxPooling2D", "Flatten", "BatchNormalization")
_LOSSES = ("BinaryCrossentropy", "CategoricalCrossentropy", "MeanSquaredError")
_REGULARIZERS = ("L1L2",)
_CONSTRAINTS = ("MaxNorm",)
_NO_RULES = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap")
"""Classes of ``keras.optimizers`` that wrap or list other optimizers."""

OPTIMIZERS = (
    "SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax", "Nadam", "Ftrl", "Lion", "Lamb",
    "Adafactor", "Muon", "ScheduleFreeAdamW",
)  # fmt: skip
INITIALIZERS = (
    "GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal",
    "RandomUniform", "RandomNormal", "TruncatedNormal", "Orthogonal",
)  # fmt: skip
_COMMON = (*OPTIMIZERS, "InverseTimeDecay", *INITIALIZERS, *_REGULARIZERS, *_CONSTRAINTS, "compile", "fit")

CALLABLES: dict[str, tuple[str, ...]] = {
    "logistic": ("Dense", "BinaryCrossentropy", *_COMMON),
    "mlp": ("Dense", "Dropout", *_LOSSES, *_COMMON),
    "cnn": ("Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dropout", *_LOSSES[:2], *_COMMON),
}
"""Model of crossframe -> the callables that can be parts of it, if the Keras version has them."""


def capture() -> dict[str, Any]:
    """The declared defaults of the Keras that is installed; the layout is the module's."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import tensorflow as tf
    except ImportError:
        # Keras 3 runs without TensorFlow.
        tf = None
        os.environ.setdefault("KERAS_BACKEND", "numpy")
    import keras

    versions = {"keras": keras.__version__}
    if tf is not None:
        versions["tensorflow"] = tf.__version__
        if keras.__version__.startswith("2."):
            # Its users import it from TensorFlow; the package alone shows optimizers of before 2.11.
            keras = tf.keras
    callables: dict[str, dict[str, Any]] = {}
    for module, names in _named(keras).items():
        for name in names:
            kind = getattr(_module(keras, module), name, None)
            if kind is not None:
                callables[name] = _of_class(f"keras.{module}.{name}", name, kind)
    for method in ("compile", "fit"):
        call = f"inspect.signature(keras.Model.{method})"
        callables[method] = {"call": call, "parameters": _signature(getattr(keras.Model, method))}
    return {"framework": "keras", "versions": versions, "callables": callables}


def documentation(owner: str, name: str, version: str) -> str:
    """Address of the page on callable ``owner``, as ``documentation("Adam", "beta_1", "3.15.1")``.

    A page has an anchor for each callable and none for its parameters. Keras 2, the last of which
    is 2.15, has pages of its own.
    """
    numbers = re.match(r"2\.(\d+)", version)
    base = "https://keras.io/" + ("2/api/" if numbers and int(numbers[1]) <= 15 else "api/")
    if owner in _PAGES:
        return base + _PAGES[owner]
    if owner in INITIALIZERS or owner in _OTHER_INITIALIZERS:
        return f"{base}layers/initializers/#{owner.lower()}-class"
    return f"{base}optimizers/" + (f"{owner.lower()}/" if owner in OPTIMIZERS else "")


_PAGES = {
    "Dense": "layers/core_layers/dense/",
    "Dropout": "layers/regularization_layers/dropout/",
    "Conv2D": "layers/convolution_layers/convolution2d/",
    "MaxPooling2D": "layers/pooling_layers/max_pooling2d/",
    "Flatten": "layers/reshaping_layers/flatten/",
    "BatchNormalization": "layers/normalization_layers/batch_normalization/",
    "L1L2": "layers/regularizers/#l1l2-class",
    "MaxNorm": "layers/constraints/#maxnorm-class",
    "BinaryCrossentropy": "losses/probabilistic_losses/#binarycrossentropy-class",
    "CategoricalCrossentropy": "losses/probabilistic_losses/#categoricalcrossentropy-class",
    "MeanSquaredError": "losses/regression_losses/#meansquarederror-class",
    "InverseTimeDecay": "optimizers/learning_rate_schedules/inverse_time_decay/",
    "compile": "models/model_training_apis/#compile-method",
    "fit": "models/model_training_apis/#fit-method",
    # The page of the newest rule is not known to exist; the list of rules is.
    "ScheduleFreeAdamW": "optimizers/",
}
_OTHER_INITIALIZERS = ("Zeros", "Ones", "Constant", "Identity", "VarianceScaling", "STFT")


_OPTIONAL: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys(_REGULARIZERS, (("kernel_l1", "kernel_l2", "bias_l2"), "regularizer")),
    **dict.fromkeys(_CONSTRAINTS, (("max_norm",), "constraint")),
    "InverseTimeDecay": (("decay",), "schedule of the rate"),
}
"""Class -> (settings of which at least one is given where a network has it, its description)."""


def other_owner(owner: str, effective: Mapping[str, Any]) -> str:
    """The reason why a network with settings ``effective`` lacks the class ``owner``; empty: it has it."""
    for setting, names in (("optimizer", OPTIMIZERS), ("kernel_initializer", INITIALIZERS)):
        used = effective.get(setting)
        if owner in names and used is not None and owner.lower() != str(used).replace("_", ""):
            return f"of another {setting.rpartition('_')[2]}; here {setting}={used}"
    if owner in _LOSSES and "head" in effective:
        used = _LOSSES[("sigmoid1", "softmax2", "linear1").index(effective["head"])]
        return "" if owner == used else f"of another loss; here {used}"
    switches, what = _OPTIONAL.get(owner, ((), ""))
    given = {name: effective[name] for name in switches if name in effective}
    if given and not any(given.values()):
        here = ", ".join(f"{name}={value}" for name, value in given.items())
        return f"the network has no {what}; here {here}"
    return ""


def _named(keras: Any) -> dict[str, tuple[str, ...]]:
    """Module of Keras -> the classes in it that are captured, aliases once."""
    return {
        "optimizers": _classes(keras.optimizers, _NO_RULES),
        "layers": _LAYERS,
        "initializers": _classes(keras.initializers, ("Initializer",)),
        "losses": _LOSSES,
        "regularizers": _REGULARIZERS,
        "constraints": _CONSTRAINTS,
        "optimizers.schedules": ("InverseTimeDecay",),
    }


def _classes(module: Any, without: tuple[str, ...]) -> tuple[str, ...]:
    """Public names of a module's classes; of several names of one class the first in ASCII order.

    ``__name__`` is one of these names and differs between releases. In ASCII order ``Orthogonal`` comes
    before ``OrthogonalInitializer``, and capitals before small letters.
    """
    first: dict[Any, str] = {}
    for name, kind in sorted(inspect.getmembers(module, inspect.isclass), key=lambda member: member[0]):
        first.setdefault(kind, name)
    return tuple(sorted(name for name in first.values() if name not in without))


def _module(keras: Any, path: str) -> Any:
    for part in path.split("."):
        keras = getattr(keras, part)
    return keras


def _of_class(path: str, name: str, kind: Any) -> dict[str, Any]:
    """Parameters of a class: its configuration, then those that only its signature has.

    A required argument has no default (None), although the object was made with a value.
    """
    required = dict(_PLAIN.get(name, {}))
    declared = _signature(kind.__init__)
    try:
        config = dict(kind(**required).get_config())
    except (TypeError, ValueError, ImportError):
        call, config = f"inspect.signature({path})", {}
    else:
        arguments = ", ".join(f"{key}={value}" for key, value in required.items())
        call = f"{path}({arguments}).get_config()"
        if "learning_rate" in config:
            config["learning_rate"] = _as_written(config["learning_rate"], declared.get("learning_rate"))
        if "name" in config:
            # Keras numbers the objects of a process.
            config["name"] = re.sub(r"_\d+$", "", config["name"])
    parameters = {key: _plain(value) for key, value in {**declared, **config}.items()}
    return {"call": call, "parameters": {**parameters, **dict.fromkeys(required)}}


def _signature(function: Any) -> dict[str, Any]:
    """Default of each parameter, None where there is none; ``*args`` and ``**kwargs`` left out."""
    defaults = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            default = parameter.default
            defaults[parameter.name] = None if default is parameter.empty else _plain(default)
    return defaults


def _as_written(live: Any, written: Any) -> Any:
    """The rate of the signature where the optimizer holds its nearest 32-bit number, else ``live``."""
    live = live.item() if hasattr(live, "item") else live
    same = (
        isinstance(live, float) and isinstance(written, float) and math.isclose(live, written, rel_tol=1e-6)
    )
    return written if same else live


def _plain(value: Any) -> Any:
    """Plain JSON: an object of Keras is its name, of others the ``repr`` without addresses."""
    if isinstance(value, dict) and "class_name" in value:
        config = value.get("config") or {}
        return config["name"] if value["class_name"] == "DTypePolicy" else value["class_name"]
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


if __name__ == "__main__":
    json.dump(capture(), sys.stdout, indent=1)
