"""The network trainer as a model: its parts from canonical settings, and a fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from crossframe.core.types import IntArray, Value, as_float
from crossframe.frameworks.contract import FitRequest, Status
from crossframe.frameworks.h2o import arithmetic as h2o
from crossframe.frameworks.initial_weights import initial_weights, received
from crossframe.frameworks.keras.arithmetic import as_keras
from crossframe.optima import updates
from crossframe.optima.network import (
    Dropout,
    InvertedDropout,
    NetworkSpec,
    NoProgress,
    Scaling,
    Stopping,
    TargetScaling,
    TrainingSpec,
    in_turn,
    numpy_order,
    predict,
    random_start,
    train,
)
from crossframe.optima.network.spec import NUMBERS
from crossframe.settings.vocabulary_networks import given_seed


class Inexpressible(Exception):
    """Settings that the trainer cannot combine; ``str()`` names them."""


def fit(request: FitRequest, native: Mapping[str, Value]) -> dict[str, Any]:
    """Train the network of these settings, and predict: the fields of a `FitResult`.

    ``native`` are all settings of ``reference.mlp``, each with a value.
    """
    if not (np.isfinite(request.X_train).all() and np.isfinite(request.X_eval).all()):
        return {"status": Status.REFUSED, "evidence": ("a value is missing or infinite",)}
    X, y, seed = request.X_train, request.y_train, request.seed
    try:
        network = network_of(native, seed)
        if request.classes > 2:
            if network.head != "softmax2":
                raise Inexpressible(f"architecture.head={network.head} for {request.classes} classes")
            network = replace(network, classes=request.classes)
        target = TargetScaling.by(str(native["target.standardize"]) if network.numbers else "none", y)
        training = training_of(native, len(y), target.unit)
        order = order_of(native, len(y), seed)
    except Inexpressible as problem:
        return {"status": Status.CANNOT_EXPRESS, "evidence": (str(problem),)}
    scaling = Scaling.by(str(native["features.standardize"]), X, bool(native["features.drop_constant"]))
    if not len(scaling.columns):
        return {"status": Status.REFUSED, "evidence": ("every column is constant",)}
    start, given = start_of(native, network, scaling, X.shape[1], seed)
    trained = train(network, training, scaling(X), target(y), start, order)
    if not trained.finite:
        return {
            "status": Status.DIVERGED,
            "evidence": (f"weights not finite after {trained.updates} updates",),
        }
    score = target.back(predict(network, trained.weights, scaling(request.X_eval)))
    train_score = target.back(predict(network, trained.weights, scaling(X)))
    requested = as_float(native["epochs"])
    early = trained.ended_by != "epochs"
    message = f"all {requested:g} epochs"
    if early:
        rule = trained.ended_by
        if network.numbers and rule == "classification_stop":
            rule = "regression_stop"
        message = f"{rule} after {trained.epochs:.4g} of {requested:g} epochs"
    if native["model.kept"] == "best":
        message += f"; the state after pass {trained.kept} was kept"
    return {
        "status": Status.STOPPED_EARLY if early else Status.COMPLETED,
        "score": score,
        "train_score": train_score,
        "is_probability": not network.numbers,
        "updates": trained.updates,
        "epochs": trained.epochs,
        "epochs_asked": requested,
        "convergence": message,
        "initial_weights": given,
    }


def start_of(
    native: Mapping[str, Value], network: NetworkSpec, scaling: Scaling, columns: int, seed: int
) -> tuple[list[updates.Array], str]:
    """The initial weights of a network on the columns kept of ``columns``; their fingerprint, where given."""
    given = given_seed(native["init.source"])
    if given is not None:
        sent = initial_weights(given, columns, network.hidden, network.units[-1])
        # A column that is left out takes its weights with it.
        sent[0] = sent[0][scaling.columns]
        start = network.held(sent)
        return start, received(sent, start)
    start = random_start(
        network,
        len(scaling.columns),
        seed,
        str(native["init.weights"]),
        str(native["init.biases"]),
        as_float(native["init.scale"]),
        h2o.uniform_weights(seed) if native["seed.generator"] == "PCG32" else None,
    )
    return start, ""


def network_of(native: Mapping[str, Value], seed: int) -> NetworkSpec:
    """The network of the settings. Raises `Inexpressible` for dropout that H2O lacks."""
    hidden = tuple(int(units) for units in native["architecture.hidden"])  # type: ignore[union-attr]
    activation: Any = native["architecture.activation"]
    ratios = (as_float(native["dropout.hidden"]),) * len(hidden)
    of_inputs = as_float(native["dropout.input"])
    dropout: Dropout | None = None
    if (any(ratios) or of_inputs > 0.0) and native["dropout.inverted"]:
        dropout = InvertedDropout(seed, ratios, of_inputs)
    elif any(ratios) or of_inputs > 0.0:
        if activation not in ("tanh", "relu"):
            raise Inexpressible(
                f"dropout.inverted=no with architecture.activation={activation}: H2O has none"
            )
        dropout = h2o.H2ODropout(seed, activation, ratios, of_inputs)
    head: Any = native["architecture.head"]
    arithmetic: Any = native["precision"]
    return NetworkSpec(hidden, activation, head, arithmetic, dropout)


def training_of(native: Mapping[str, Value], n: int, unit: float = 1.0) -> TrainingSpec:
    """The training of the settings ``native`` on ``n`` rows; raises `Inexpressible` as `rule_of` does.

    ``unit`` is what a target of numbers is divided by before the training.
    """
    numbers = native["architecture.head"] in NUMBERS
    keep_best = native["model.kept"] == "best"
    rounds = int(as_float(native["stopping.rounds"]))
    stopping: Stopping | NoProgress | None = None
    if native["stopping.rule"] == "framework":
        stop_at = (
            as_float(native["stopping.train_mse"]) / unit**2
            if numbers
            else as_float(native["stopping.train_error"])
        )
        stopping = Stopping(
            stop_at,
            rounds,
            as_float(native["stopping.tolerance_relative"]),
            keep_best,
            bool(native["scoring.each_iteration"]),
        )
    elif native["stopping.rule"] == "tolerance":
        stopping = NoProgress(rounds, as_float(native["stopping.tolerance"]), keep_best)
    elif keep_best:
        stopping = Stopping(-1.0, 0, 0.0, True, bool(native["scoring.each_iteration"]))
    return TrainingSpec(
        rule_of(native, _rows_per_pass(native, n)),
        int(as_float(native["batch.size"])),
        as_float(native["epochs"]),
        as_float(native["penalty.l1"]),
        as_float(native["penalty.l2"]),
        as_float(native["penalty.intercept"]) > 0.0,
        stopping,
        2.0 if native["architecture.head"] == "linear1" and native["loss.scale"] == "full" else 1.0,
    )


def order_of(native: Mapping[str, Value], n: int, seed: int) -> Iterator[IntArray]:
    """Row numbers of one pass after the other, without end.

    Raises `Inexpressible` for unshuffled passes that are no whole number of epochs.
    """
    rows = _rows_per_pass(native, n)
    shuffled = bool(native["batch.order"])
    if native["seed.generator"] == "PCG32" and (shuffled or rows != n):
        return h2o.row_order(n, seed, rows, shuffled)
    if shuffled:
        return numpy_order(n, seed, rows)
    if rows % n:
        raise Inexpressible("batch.order=no with iterations of no whole number of epochs")
    return in_turn(n)


def _rows_per_pass(native: Mapping[str, Value], n: int) -> int:
    """Rows of an iteration; for -2 (H2O chooses) its upper limit, which small samples always reach."""
    rows = int(as_float(native["batch.per_iteration"]))
    if rows == -2:
        return max(1, int(as_float(native["epochs"]) * n / 10.0))
    return n if rows <= 0 else rows


def rule_of(native: Mapping[str, Value], rows_per_pass: int) -> Any:
    """The rule of the settings ``native``. Raises `Inexpressible` for a momentum of 1 in H2O's form."""
    rule, form = str(native["optimizer.rule"]), native["optimizer.form"]
    if form == "h2o" and rule in _H2O:
        return _H2O[rule](native, rows_per_pass)
    eta = _schedule(native, _updates_per_pass(native, rows_per_pass))
    published = _RULES[rule](native, eta)
    precision = "float32" if native["precision"] == "float32" else "float64"
    if form == "torch" and isinstance(published, updates.Adam):
        return replace(published, corrected=True)
    return as_keras(published, precision) if form == "keras" else published  # type: ignore[arg-type]


def _updates_per_pass(native: Mapping[str, Value], rows_per_pass: int) -> int:
    return max(1, math.ceil(rows_per_pass / int(as_float(native["batch.size"]))))


def _schedule(native: Mapping[str, Value], updates_per_pass: int) -> updates.Rate:
    rate, decay = as_float(native["optimizer.learning_rate"]), as_float(native["schedule.decay"])
    if native["schedule.kind"] != "inverse_time" or decay == 0.0:
        return rate
    by_pass = native["schedule.interval"] == 0
    interval = updates_per_pass if by_pass else int(as_float(native["schedule.interval"]))
    if (native["schedule.staircase"] or by_pass) and interval > 1:
        return lambda t: rate / (1.0 + decay * (t // interval * interval))
    return updates.inverse_time(rate, decay)


def _adam(native: Mapping[str, Value], eta: updates.Rate) -> updates.Rule:
    return updates.Adam(
        eta,
        as_float(native["optimizer.beta1"]),
        as_float(native["optimizer.beta2"]),
        as_float(native["optimizer.epsilon"]),
        as_float(native["optimizer.weight_decay"]),
        bool(native["optimizer.amsgrad"]),
    )


def _of(rule: Callable[..., updates.Rule], *options: str) -> Callable[..., updates.Rule]:
    return lambda native, eta: rule(eta, *(native[f"optimizer.{name}"] for name in options))


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


def _h2o_adadelta(native: Mapping[str, Value], rows_per_pass: int) -> updates.ApproximateAdadelta:
    rho, epsilon = as_float(native["optimizer.rho"]), as_float(native["optimizer.epsilon_inside"])
    return updates.ApproximateAdadelta(rho, epsilon, bool(native["optimizer.skip_zero_inputs"]))


def _h2o_sgd(native: Mapping[str, Value], rows_per_pass: int) -> updates.AnnealedSgd:
    m = as_float(native["optimizer.momentum"])
    if m >= 1.0:
        raise Inexpressible("with a momentum of 1 H2O's learning rate is 0")
    return updates.AnnealedSgd(
        rate=as_float(native["optimizer.learning_rate"]) / (1.0 - m),
        rate_annealing=as_float(native["schedule.decay"]),
        rate_decay=as_float(native["schedule.layer_decay"]),
        momentum_start=m,
        momentum_stable=m,
        nesterov=native["optimizer.memory"] == "heavy_ball",
        fast_mode=bool(native["optimizer.skip_zero_inputs"]),
        rows=_updates_per_pass(native, rows_per_pass),
    )


_H2O: dict[str, Callable[[Mapping[str, Value], int], Any]] = {"adadelta": _h2o_adadelta, "sgd": _h2o_sgd}
