"""A user's own network of Keras: its fits recorded, and recognised as a multilayer perceptron or one unit."""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.frameworks.adopting import (
    Call,
    OnFit,
    Unrecordable,
    numbered,
    plain,
    same,
    settings,
    table,
    unequal,
    unnoticed,
    watched,
)
from crossframe.frameworks.fitted import FittedModel, Recognised
from crossframe.frameworks.keras import perceptron

MODULE = "keras.src.models.model"
"""The module that has to be imported when `install` is called."""

_FIT = ("batch_size", "epochs", "shuffle", "validation_split", "initial_epoch", "steps_per_epoch")
_STARTED = "optimizer.iterations"
_PROBABILITIES = ("sigmoid", "softmax")
_ROWS = 4096
_SHOWN = 1000
"""Rows on which a loss is evaluated that may make a matrix of them."""
_ROUNDING = 1e-4


def install(on_fit: OnFit) -> None:
    """Wrap ``Model.fit``; see `watched`."""
    from keras.src.models.model import Model

    Model.fit = watched(Model.fit, _adopt, on_fit, _before)


def _before(call: Call) -> None:
    call.given[_STARTED] = _updates(call.model)


def _updates(model: Any) -> int:
    """Updates that the optimizer has made so far."""
    with contextlib.suppress(AttributeError, TypeError):
        return int(np.asarray(model.optimizer.iterations))
    return 0


def _adopt(call: Call) -> FittedModel:
    fit = _fitted(call.model, call.given)
    return replace(fit, messages=call.messages, seconds=call.seconds)


@unnoticed()
def fitted(model: Any, X: Any = None, y: Any = None, **arguments: Any) -> FittedModel:
    """The fit of a compiled network, and the rows (n, p) and target that it was fitted to.

    ``arguments`` are those of its ``fit``. A network that is not trained is trained with them, as a copy.
    Raises `Unrecordable` where the data are no table of numbers.
    """
    if not _updates(model):
        from keras.models import clone_model

        copied = clone_model(model)
        copied.compile_from_config(model.get_compile_config())
        copied.fit(X, y, **{"verbose": 0, **arguments})
        model = copied
    return _fitted(model, {"x": X, "y": y, **arguments})


def _fitted(model: Any, given: Mapping[str, Any]) -> FittedModel:
    X, columns, rows = _features(given.get("x"))
    loss = _loss(model.loss)
    layers = [_layer(layer) for layer in model.layers if type(layer).__name__ != "InputLayer"]
    score = _scores(model, given["x"], loss)
    y, classes, shape = _target(given.get("y"), layers, loss, score)
    optimizer, own = _optimizer(model.optimizer)
    passed, in_force = _of_fit(model, given)
    arguments = {
        "layers": layers,
        **optimizer,
        **loss,
        **in_force,
        "dtype": str(model.compute_dtype),
        "x.shape": list(np.shape(given["x"])),
        "y.shape": shape,
        "output.shape": list(score.shape),
        _STARTED: given.get(_STARTED, 0),
        **_broadcast(model.loss, given.get("y"), score),
    }
    score = score[:, 0] if score.ndim == 2 and score.shape[1] == 1 else score
    score = score[:, 1] if score.ndim == 2 and score.shape[1] == 2 and classes else score
    weights = given.get("sample_weight")
    return FittedModel(
        framework="keras",
        call=type(model).__name__,
        arguments=arguments,
        given={
            "layers": _short(layers),
            **{k: v for k, v in arguments.items() if k in {*passed, *own, "optimizer", "loss"}},
        },
        X=X,
        columns=columns or numbered(X.shape[1]),
        y=y,
        classes=classes,
        weights=None if weights is None else table(weights, "weights")[0][:, 0],
        rows=rows,
        score=score,
        labels=_labels(score, classes),
        **_linear(model, layers, classes),
        # Weights and order are random; a script that seeds Keras fixes them.
        seeded=False,
    )


def _features(X: Any) -> tuple[FloatArray, tuple[str, ...], tuple[str, ...]]:
    """The features (n, p); what has more dimensions, as images, with its entries in a row."""
    if isinstance(X, dict) or (isinstance(X, (list, tuple)) and np.ndim(X[0]) > 1):
        raise Unrecordable("has several inputs; models of one table are compared")
    if not hasattr(X, "shape") and not isinstance(X, list):
        raise Unrecordable(f"is fitted to a {type(X).__name__}; arrays are recorded")
    if len(np.shape(X)) > 2:
        X = np.asarray(X).reshape(len(X), -1)
    return table(X)


def _target(
    y: Any, layers: Sequence[Mapping[str, Any]], loss: Mapping[str, Any], score: FloatArray
) -> tuple[FloatArray, tuple[str, ...], list[int]]:
    """The target (n,), its classes, and the shape in which it was given."""
    if y is None:
        raise Unrecordable("is fitted without a target")
    values, _, _ = table(y, "values of the target")
    shape = [int(k) for k in np.shape(y)]
    crossentropy = "crossentropy" in str(loss["loss"])
    of_classes = crossentropy or (bool(layers) and layers[-1].get("activation") in _PROBABILITIES)
    if values.shape[1] > 1:
        if not (of_classes and ((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all()):
            raise Unrecordable(f"has {values.shape[1]} targets; models of one target are compared")
        return values.argmax(axis=1).astype(float), _classes(values.shape[1]), shape
    column = values[:, 0]
    whole = bool((column == np.floor(column)).all() and (column >= 0).all())
    count = max(2, score.shape[1] if score.ndim == 2 else 1)
    if of_classes and whole and column.max() < count:
        return column, _classes(count), shape
    return column, (), shape


def _classes(count: int) -> tuple[str, ...]:
    return tuple(str(k) for k in range(count))


def _scores(model: Any, X: Any, loss: Mapping[str, Any]) -> FloatArray:
    """The outputs (n, k) on the rows, as probabilities where the loss takes them for logits.

    The network is called, not ``predict``, which would replace its history.
    """
    from keras import ops

    rows = np.asarray(X)
    parts = [
        ops.convert_to_numpy(model(rows[i : i + _ROWS], training=False)) for i in range(0, len(rows), _ROWS)
    ]
    outputs = np.concatenate(parts).astype(np.float64)
    if outputs.ndim != 2:
        raise Unrecordable(f"has outputs of {outputs.ndim} dimensions; numbers for each row are compared")
    if loss.get("from_logits"):
        if outputs.shape[1] == 1:
            return np.asarray(1 / (1 + np.exp(-outputs)))
        grown = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True))
    return outputs


def _labels(score: FloatArray, classes: tuple[str, ...]) -> FloatArray | None:
    """The likeliest class: of two, the second one above one half."""
    if not classes:
        return None
    return score.argmax(axis=1).astype(float) if score.ndim == 2 else (score > 0.5).astype(float)


def _linear(model: Any, layers: Sequence[Mapping[str, Any]], classes: tuple[str, ...]) -> dict[str, Any]:
    """Intercept and coefficients of a single dense layer with one output."""
    if len(layers) != 1 or layers[0]["class"] != "Dense" or layers[0]["units"] != 1 or len(classes) > 2:
        return {}
    kernel, *bias = [np.asarray(w, dtype=np.float64) for w in model.get_weights()]
    return {"coefficients": kernel[:, 0], "intercept": float(bias[0][0]) if bias else 0.0}


def _of_fit(model: Any, given: Mapping[str, Any]) -> tuple[set[str], dict[str, Any]]:
    """The arguments of ``fit`` that the call passes, and all of them that are in force."""
    defaults = {k: p.default for k, p in inspect.signature(type(model).fit).parameters.items()}
    in_force = {name: plain(given.get(name, defaults.get(name))) for name in _FIT}
    in_force["class_weight"] = plain(given.get("class_weight"))
    in_force["callbacks"] = [type(c).__name__ for c in given.get("callbacks") or ()]
    for name in ("jit_compile", "run_eagerly", "steps_per_execution"):
        in_force[name] = plain(getattr(model, name, None))
    compiled = model.get_compile_config() or {}
    in_force["loss_weights"] = plain(compiled.get("loss_weights"))
    return {name for name in (*_FIT, "class_weight", "callbacks") if given.get(name) is not None}, in_force


def _loss(loss: Any) -> dict[str, Any]:
    """The name of the loss, as Keras spells it in ``compile``, and its options."""
    if isinstance(loss, str):
        import keras

        with contextlib.suppress(ValueError):
            loss = keras.losses.get(loss)
    if isinstance(loss, (list, tuple, dict)):
        return {"loss": plain(loss)}
    if hasattr(loss, "get_config"):
        options = {k: plain(v) for k, v in loss.get_config().items() if k not in ("name", "dtype", "fn")}
        return {"loss": _snake(type(loss).__name__), **options}
    return {"loss": getattr(loss, "__name__", plain(loss))}


def _broadcast(loss: Any, y: Any, outputs: FloatArray) -> dict[str, float]:
    """The loss of a vector as the target, and of the same as a column like the output, where they differ.

    A loss of the script may subtract one from the other, which makes a matrix of all rows by all rows.
    Keras's own losses make the shapes alike, and Keras does it for a plain function.
    """
    from keras import losses

    target = np.asarray(y)[:_SHOWN]
    if not isinstance(loss, losses.Loss) or target.ndim != 1 or outputs.ndim != 2 or outputs.shape[1] != 1:
        return {}
    column = outputs[: len(target)].astype("float32")
    as_given, by_rows = (
        float(np.asarray(loss(each.astype("float32"), column))) for each in (target, target[:, None])
    )
    if np.isclose(as_given, by_rows, rtol=_ROUNDING, atol=0):
        return {}
    return {"loss.as_given": as_given, "loss.by_rows": by_rows}


def _optimizer(optimizer: Any) -> tuple[dict[str, Any], set[str]]:
    """The optimizer's name and options; the names of those options that are not its defaults."""
    config = optimizer.get_config()
    defaults = {k: plain(p.default) for k, p in inspect.signature(type(optimizer)).parameters.items()}
    options = {k: plain(v) for k, v in config.items() if k in defaults and k != "name"}
    rate = config.get("learning_rate")
    if isinstance(rate, Mapping):
        options["learning_rate"] = {"class": rate["class_name"], **plain(rate["config"])}
    elif rate is not None:
        # It lives in a float32 variable: 0.001 is reported as 0.0010000000474974513.
        options["learning_rate"] = float(str(np.float32(rate)))
    own = {k for k, v in options.items() if not same(v, defaults[k])}
    return {"optimizer": type(optimizer).__name__.lower(), **options}, own


_PARTS = ("units", "activation", "use_bias", "rate", "seed", "kernel_initializer", "bias_initializer",
          "kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint",
          "bias_constraint")  # fmt: skip


def _layer(layer: Any) -> dict[str, Any]:
    config = layer.get_config()
    return {"class": type(layer).__name__, **{k: _part(config[k]) for k in _PARTS if k in config}}


def _short(layers: Sequence[Mapping[str, Any]]) -> str:
    """The layers with their sizes in a line: ``Dense(8, relu), Dropout(0.2), Dense(1, sigmoid)``."""
    shown = []
    for layer in layers:
        parts = [str(layer[k]) for k in ("units", "rate", "activation") if layer.get(k) is not None]
        shown.append(f"{layer['class']}({', '.join(parts)})")
    return ", ".join(shown)


def _part(value: Any) -> Any:
    """A part of a layer: its class and its arguments, without Keras's module names."""
    if isinstance(value, Mapping) and "class_name" in value:
        return {"class": value["class_name"], **plain(value.get("config") or {})}
    return plain(value)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def recognised(fit: FittedModel) -> Recognised | None:
    """``keras.mlp`` or ``keras.logistic`` and its native settings; None for any other network or loss.

    One unit without activation and without hidden layers is a linear regression, and none of these.
    """
    from crossframe.frameworks.keras import FRAMEWORK

    if fit.framework != "keras" or len(fit.classes) not in (0, 2):
        return None
    network = perceptron.settings_of(fit.arguments, fit.task)
    if network is None or (fit.task == "numbers" and not network["hidden"]):
        return None
    model = FRAMEWORK.model("mlp" if network["hidden"] else "logistic")
    if not network["hidden"]:
        network = {k: v for k, v in network.items() if k in model.parameters}
    optimizer = {b.param for b in model.bindings} & fit.given.keys() - {"optimizer", "learning_rate"}
    asked = {
        **network,
        **{name: fit.given[name] for name in optimizer},
        **perceptron.training_of(fit.arguments, fit.given),
    }
    native, rest = settings(model, fit.call, asked, model.passed)
    if fit.arguments.get(_STARTED):
        rest.append("it goes on from an earlier fit")
    if unequal(fit.weights):
        rest.append("sample_weight")
    rest += [f"callback {name}" for name in fit.arguments["callbacks"] if name not in perceptron.WATCHING]
    return Recognised(model.name, native, rest=tuple(rest))
