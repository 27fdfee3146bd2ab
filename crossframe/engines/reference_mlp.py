"""The referee of networks as a model: canonical settings to its parts, and a fit of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import numpy as np

from crossframe import updates
from crossframe.engines.base import FitRequest, FloatArray, IntArray, Status, Value
from crossframe.referee.network import (
    H2ODropout,
    H2OScaling,
    InvertedDropout,
    NetworkSpec,
    NoProgress,
    Stopping,
    TrainingSpec,
    as_keras,
    drawn_start,
    h2o_order,
    in_turn,
    numpy_order,
    predict,
    train,
)
from crossframe.referee.network.stopping import best_f1

_ARITHMETIC: dict[Value, Literal["float64", "float32", "h2o"]] = {
    "float64": "float64", "float32": "float32", "mixed": "h2o",
}  # fmt: skip


class Inexpressible(Exception):
    """Settings that the referee has one by one, but not together; ``str()`` says which."""


def fit(request: FitRequest, native: Mapping[str, Value]) -> dict[str, Any]:
    """Train the network of these settings, and predict; the fields of a `FitResult`.

    ``native`` are all settings of ``reference.mlp``, each with a value.
    """
    if request.task != "classes":
        return {"status": Status.CANNOT_EXPRESS, "evidence": ("the referee's networks are for two classes",)}
    if not (np.isfinite(request.X_train).all() and np.isfinite(request.X_eval).all()):
        return {"status": Status.REFUSED, "evidence": ("a value is missing or infinite",)}
    X, y, seed = request.X_train, request.y_train, request.seed
    try:
        network, training = network_of(native, seed), training_of(native, len(y))
    except Inexpressible as problem:
        return {"status": Status.CANNOT_EXPRESS, "evidence": (str(problem),)}
    scaling = H2OScaling.by(str(native["features.standardize"]), X, bool(native["features.drop_constant"]))
    if not len(scaling.columns):
        return {"status": Status.REFUSED, "evidence": ("every column is constant",)}
    begin = drawn_start(
        network,
        len(scaling.columns),
        seed,
        str(native["init.weights"]),
        str(native["init.biases"]),
        _real(native["init.scale"]),
        "PCG32" if native["seed.generator"] == "PCG32" else "PCG64",
    )
    found = train(network, training, scaling(X), y, begin, order_of(native, len(y), seed))
    if not found.finite:
        return {"status": Status.DIVERGED, "evidence": (f"weights not finite after {found.updates} updates",)}
    score = predict(network, found.weights, scaling(request.X_eval))
    train_score = predict(network, found.weights, scaling(X))
    asked = _real(native["epochs"])
    early = found.ending != "epochs"
    word = (
        f"{found.ending} after {found.epochs:.4g} of {asked:g} epochs" if early else f"all {asked:g} epochs"
    )
    if native["model.kept"] == "best":
        word += f"; the state after pass {found.kept} was kept"
    return {
        "status": Status.STOPPED_EARLY if early else Status.COMPLETED,
        "score": score,
        "train_score": train_score,
        "updates": found.updates,
        "epochs": found.epochs,
        "epochs_asked": asked,
        "convergence": word,
    }


def labels(
    rule: Value, train_score: FloatArray, y: IntArray
) -> tuple[float, Callable[[FloatArray], IntArray]]:
    """The threshold of a ``decision.threshold``, and what makes labels of scores.

    The F1-optimal one is itself a score of class 1; of equal scores a softmax pair says 0.
    """
    if rule == "f1_optimal":
        threshold = best_f1(train_score, y)[0]
        return threshold, lambda score: (score >= threshold).astype(np.int64)
    number = 0.5 if rule == "argmax" else _real(rule)
    return number, lambda score: (score > number).astype(np.int64)


def network_of(native: Mapping[str, Value], seed: int) -> NetworkSpec:
    """The network of the settings."""
    hidden = tuple(int(units) for units in native["architecture.hidden"])  # type: ignore[union-attr]
    activation: Any = native["architecture.activation"]
    ratios = (_real(native["dropout.hidden"]),) * len(hidden)
    of_inputs = _real(native["dropout.input"])
    dropout: H2ODropout | InvertedDropout | None = None
    if (any(ratios) or of_inputs > 0.0) and native["dropout.inverted"]:
        dropout = InvertedDropout(seed, ratios, of_inputs)
    elif any(ratios) or of_inputs > 0.0:
        if activation not in ("tanh", "relu"):
            raise Inexpressible(
                f"dropout.inverted=no with architecture.activation={activation}: H2O has none"
            )
        dropout = H2ODropout(seed, activation, ratios, of_inputs)
    head: Any = native["architecture.head"]
    return NetworkSpec(hidden, activation, head, _ARITHMETIC[native["precision"]], dropout)


def training_of(native: Mapping[str, Value], n: int) -> TrainingSpec:
    """How it is trained on ``n`` rows."""
    keep_best = native["model.kept"] == "best"
    rounds = int(_real(native["stopping.rounds"]))
    stopping: Stopping | NoProgress | None = None
    if native["stopping.rule"] == "framework":
        stopping = Stopping(
            _real(native["stopping.train_error"]),
            rounds,
            _real(native["stopping.tolerance_relative"]),
            keep_best,
            bool(native["scoring.each_iteration"]),
        )
    elif native["stopping.rule"] == "tolerance":
        stopping = NoProgress(rounds, _real(native["stopping.tolerance"]), keep_best)
    elif keep_best:
        stopping = Stopping(-1.0, 0, 0.0, True, bool(native["scoring.each_iteration"]))
    return TrainingSpec(
        rule_of(native, _rows_per_pass(native, n)),
        int(_real(native["batch.size"])),
        _real(native["epochs"]),
        _real(native["penalty.l1"]),
        _real(native["penalty.l2"]),
        _real(native["penalty.intercept"]) > 0.0,
        stopping,
    )


def order_of(native: Mapping[str, Value], n: int, seed: int) -> Iterator[IntArray]:
    """The rows of every pass."""
    rows = _rows_per_pass(native, n)
    shuffled = bool(native["batch.order"])
    if native["seed.generator"] == "PCG32" and (shuffled or rows != n):
        return h2o_order(n, seed, rows, shuffled)
    if shuffled:
        return numpy_order(n, seed, rows)
    if rows % n:
        raise Inexpressible("batch.order=no with iterations of no whole number of epochs")
    return in_turn(n)


def _rows_per_pass(native: Mapping[str, Value], n: int) -> int:
    """Rows of an iteration; where H2O chooses, the most that it takes, which few rows always reach."""
    asked = int(_real(native["batch.per_iteration"]))
    if asked == -2:
        return max(1, int(_real(native["epochs"]) * n / 10.0))
    return n if asked <= 0 else asked


def rule_of(native: Mapping[str, Value], rows_per_pass: int) -> Any:
    """The update rule of the settings; `Inexpressible` for what only one side's form has."""
    rule, form = str(native["optimizer.rule"]), native["optimizer.form"]
    if form == "h2o" and rule in _H2O:
        return _H2O[rule](native, rows_per_pass)
    eta = _schedule(native)
    made = _RULES[rule](native, eta)
    precision = "float32" if native["precision"] == "float32" else "float64"
    return as_keras(made, precision) if form == "keras" else made  # type: ignore[arg-type]


def _schedule(native: Mapping[str, Value]) -> updates.Rate:
    rate, decay = _real(native["optimizer.learning_rate"]), _real(native["schedule.decay"])
    if native["schedule.kind"] != "inverse_time" or decay == 0.0:
        return rate
    interval = int(_real(native["schedule.interval"]))
    if native["schedule.staircase"] and interval > 1:
        return lambda t: rate / (1.0 + decay * (t // interval * interval))
    return updates.inverse_time(rate, decay)


def _adam(native: Mapping[str, Value], eta: updates.Rate) -> updates.Rule:
    return updates.Adam(
        eta,
        _real(native["optimizer.beta1"]),
        _real(native["optimizer.beta2"]),
        _real(native["optimizer.epsilon"]),
        _real(native["optimizer.weight_decay"]),
        bool(native["optimizer.amsgrad"]),
    )


def _of(kind: Callable[..., updates.Rule], *options: str) -> Callable[..., updates.Rule]:
    return lambda native, eta: kind(eta, *(native[f"optimizer.{name}"] for name in options))


_RULES: dict[str, Callable[[Mapping[str, Value], updates.Rate], updates.Rule]] = {
    "sgd": _of(updates.Sgd, "momentum", "nesterov"),
    "adam": _adam,
    "adamw": _adam,
    "adamax": _of(updates.Adamax, "beta1", "beta2", "epsilon"),
    "nadam": _of(updates.Nadam, "beta1", "beta2", "epsilon"),
    "adadelta": _of(updates.Adadelta, "rho", "epsilon_inside"),
    "rmsprop": _of(updates.RmsProp, "rho", "momentum", "epsilon_inside", "centered"),
    "adagrad": _of(updates.Adagrad, "initial_accumulator", "epsilon_inside"),
}


def _h2o_adadelta(native: Mapping[str, Value], rows_per_pass: int) -> updates.H2OAdadelta:
    rho, epsilon = _real(native["optimizer.rho"]), _real(native["optimizer.epsilon_inside"])
    return updates.H2OAdadelta(rho, epsilon, bool(native["optimizer.skip_zero_inputs"]))


def _h2o_sgd(native: Mapping[str, Value], rows_per_pass: int) -> updates.H2OSgd:
    m = _real(native["optimizer.momentum"])
    if m >= 1.0:
        raise Inexpressible("with a momentum of 1 H2O's learning rate is 0")
    return updates.H2OSgd(
        rate=_real(native["optimizer.learning_rate"]) / (1.0 - m),
        rate_annealing=_real(native["schedule.decay"]),
        rate_decay=_real(native["schedule.layer_decay"]),
        momentum_start=m,
        momentum_stable=m,
        nesterov=native["optimizer.memory"] == "heavy_ball",
        fast_mode=bool(native["optimizer.skip_zero_inputs"]),
        rows=max(1, math.ceil(rows_per_pass / int(_real(native["batch.size"])))),
    )


_H2O: dict[str, Callable[[Mapping[str, Value], int], Any]] = {"adadelta": _h2o_adadelta, "sgd": _h2o_sgd}


def _real(value: Value) -> float:
    return float(value)  # type: ignore[arg-type]
