"""Parts of the records of MLPClassifier and MLPRegressor, networks of fully connected layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Value, as_float
from crossframe.frameworks.contract import Status
from crossframe.frameworks.sklearn._model import VERBOSE, WARM_START, early_stopping, epochs, solved
from crossframe.frameworks.sklearn.models import _initial_weights as initial
from crossframe.settings.binding import (
    Binding,
    Context,
    When,
    choice,
    flag,
    integer,
    integers,
    number,
    renamed,
)
from crossframe.settings.probe import Probe
from crossframe.settings.vocabulary_networks import given_rules


def _batch(context: Context) -> int:
    """Rows of a full batch: all for lbfgs, and at most those it trains on.

    Early stopping holds ceil(validation_fraction * n) rows back.
    """
    native, n = context.native, int(context.n)
    if native.get("solver", "adam") == "lbfgs":
        return n
    if native.get("early_stopping", False):
        n = max(1, n - math.ceil(as_float(native.get("validation_fraction", 0.1)) * n))
    size = native.get("batch_size", "auto")
    return min(200 if size == "auto" else int(as_float(size)), n)


def _alpha_from_l2(l2: Value, context: Context) -> Value:
    """alpha/2 |W|^2 is divided by the rows of the batch; a last, smaller batch is penalised more."""
    return as_float(l2) * _batch(context)


def _l2_from_alpha(alpha: Value, context: Context) -> Value:
    return as_float(alpha) / _batch(context)


def _stopping_rule(early: Value, context: Context) -> Value:
    """The canonical ``stopping.rule``; a patience of all epochs means that training never stops early."""
    native = context.native
    if early:
        return "early_stopping"
    endless = as_float(native.get("n_iter_no_change", 10)) >= as_float(native.get("max_iter", 200))
    return "none" if endless else "tolerance"


def _patience(rounds: Value, context: Context) -> Value:
    """Training stops when MORE than n_iter_no_change epochs in a row bring no improvement."""
    return int(as_float(rounds)) - 1


def _rounds(patience: Value, context: Context) -> Value:
    return int(as_float(patience)) + 1


def _is_lbfgs(context: Context) -> bool:
    return context.native.get("solver", "adam") == "lbfgs"


def _of_gradient(tolerance: Value, context: Context) -> Value:
    if not _is_lbfgs(context):
        raise UsageError(
            "tol bounds the gradient with solver=lbfgs only",
            "give optimizer.rule=lbfgs, or stopping.tolerance",
        )
    return tolerance


def _of_progress(tolerance: Value, context: Context) -> Value:
    if _is_lbfgs(context):
        raise UsageError(
            "with solver=lbfgs tol bounds the gradient, not the progress", "give solver.tolerance_gradient"
        )
    return tolerance


_STEPS = (When("solver", ("adam", "sgd")),)
_SGD = When("solver", ("sgd",))
_ADAM = (When("solver", ("adam",)),)


def bindings(estimator: str, validated: str) -> tuple[Binding, ...]:
    """The bindings of the parameters of both estimators.

    ``validated`` is what early stopping monitors on the rows held back: the accuracy, or R2.
    """
    tol = (
        f"adam, sgd: training loss not below the best - tol, or validation {validated} below the best + tol; "
        "lbfgs: largest component of the gradient"
    )
    return (
        Binding("architecture.hidden", "hidden_layer_sizes", integers()),
        Binding(
            "architecture.activation",
            "activation",
            choice("relu", "tanh", "logistic", "identity"),
            *renamed({"sigmoid": "logistic"}),
        ),
        initial.BINDING,
        Binding("seed", "random_state", integer(0)),
        Binding("optimizer.rule", "solver", choice("adam", "sgd", "lbfgs")),
        Binding(
            "batch.size",
            "batch_size",
            integer(1),
            to_vocabulary=lambda v, c: _batch(c),
            active_if=_STEPS,
            formula="auto: the smaller of 200 and the rows trained on",
        ),
        Binding(
            "optimizer.learning_rate",
            "learning_rate_init",
            number(0, open_low=True),
            active_if=_STEPS,
            formula="adam: w <- w - rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon)",
        ),
        Binding(
            "schedule.kind",
            "learning_rate",
            choice("constant", "invscaling", "adaptive"),
            active_if=(_SGD,),
            formula="changes at the end of an epoch: invscaling: rate / (r + 1)^power_t, r the rows seen so "
            "far; adaptive: divided by 5 where the other schedules would stop",
        ),
        Binding(
            "schedule.power",
            "power_t",
            number(0),
            active_if=(_SGD, When("learning_rate", ("invscaling",))),
            formula="rate / (r + 1)^power_t, r the training rows seen in all epochs so far",
        ),
        Binding("optimizer.momentum", "momentum", number(0, 1), active_if=(_SGD,)),
        Binding(
            "optimizer.nesterov", "nesterovs_momentum", flag(), active_if=(_SGD, When("momentum", above=0.0))
        ),
        Binding("optimizer.beta1", "beta_1", number(0, 1), active_if=_ADAM),
        Binding("optimizer.beta2", "beta_2", number(0, 1), active_if=_ADAM),
        Binding(
            "optimizer.epsilon",
            "epsilon",
            number(0, open_low=True),
            active_if=_ADAM,
            formula="added to sqrt(v) before its bias is corrected: the textbook's epsilon is "
            "epsilon / sqrt(1 - beta_2^t)",
        ),
        Binding("batch.order", "shuffle", flag(), active_if=_STEPS),
        Binding("epochs", "max_iter", integer(1), formula="lbfgs: iterations"),
        Binding("solver.max_evaluations", "max_fun", integer(1), active_if=(When("solver", ("lbfgs",)),)),
        Binding(
            "stopping.rule",
            "early_stopping",
            flag(),
            early_stopping(estimator),
            _stopping_rule,
            active_if=_STEPS,
        ),
        Binding(
            "validation.fraction",
            "validation_fraction",
            number(0, 1),
            active_if=(*_STEPS, When("early_stopping", (True,))),
            formula="ceil(fraction * n) rows",
        ),
        Binding(
            "penalty.l2",
            "alpha",
            number(0),
            _alpha_from_l2,
            _l2_from_alpha,
            formula="mean loss of the batch + alpha / (2 * rows of the batch) * |weights|^2, biases left out",
        ),
        Binding(
            "stopping.rounds",
            "n_iter_no_change",
            integer(1),
            _patience,
            _rounds,
            active_if=_STEPS,
            formula="stops when more than this many epochs in a row bring no improvement: "
            "rounds = n_iter_no_change + 1",
        ),
        Binding(
            "solver.tolerance_gradient",
            "tol",
            number(0),
            _of_gradient,
            lambda v, c: v if _is_lbfgs(c) else None,
            formula=tol,
        ),
        Binding(
            "stopping.tolerance",
            "tol",
            number(0),
            _of_progress,
            lambda v, c: None if _is_lbfgs(c) else v,
            formula=tol,
        ),
    )


def implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """Settings that follow from the solver, the activation and the weights that are given.

    lbfgs stops by its tolerance alone; the others restore the best state after early stopping. Weights and
    biases are Glorot's, narrower for logistic units.
    """
    settings: dict[str, Value] = {}
    if native.get("solver") == "lbfgs":
        settings["stopping.rule"] = "tolerance"
    elif native.get("early_stopping", False):
        settings["model.kept"] = "best"
    if native.get("activation") != "logistic":
        settings |= {"init.weights": "glorot_uniform", "init.biases": "glorot_uniform"}
    return {**settings, **given_rules(native.get(initial.PARAMETER))}


def describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    """How a fit ended, see `crossframe.frameworks.sklearn._model.Describe`, and its initial weights."""
    return {**_ending(estimator, y, gave_up), "initial_weights": initial.read_back(estimator)[1]}


def _ending(estimator: Any, y: Target, gave_up: str) -> dict[str, Any]:
    done = int(estimator.n_iter_)
    if estimator.solver == "lbfgs":
        status, message = solved("lbfgs", done, int(estimator.max_iter), gave_up)
        return {"status": status, "convergence": message, "iterations": done}
    n, outcome = epochs(estimator, len(y), estimator.n_iter_no_change + 1)
    if not np.isfinite(estimator.loss_):
        outcome |= {"status": Status.DIVERGED, "convergence": f"loss {estimator.loss_}"}
    batch = min(200 if estimator.batch_size == "auto" else estimator.batch_size, n)
    return {**outcome, "updates": done * -(-n // batch)}


_WITH_ADAM: dict[str, Value] = {"solver": "adam"}
_WITH_LBFGS: dict[str, Value] = {"solver": "lbfgs"}
_WITH_SGD: dict[str, Value] = {"solver": "sgd"}
_SCHEDULED: dict[str, Value] = {"solver": "sgd", "momentum": 0.9, "learning_rate": "invscaling"}

PROBES = {
    "hidden_layer_sizes": Probe(((4,), (5,))),
    "activation": Probe(("relu", "tanh")),
    "initial_weights": Probe((None, "given:1")),
    "random_state": Probe((1, 2)),
    "solver": Probe(("adam", "sgd")),
    "batch_size": Probe((16, 8), _WITH_ADAM, (_WITH_LBFGS,)),
    "learning_rate_init": Probe((0.001, 0.01), _WITH_ADAM, (_WITH_LBFGS,)),
    "learning_rate": Probe(("constant", "invscaling"), _WITH_SGD, (_WITH_ADAM,)),
    "power_t": Probe((0.5, 0.25), _SCHEDULED, (_WITH_ADAM, {"learning_rate": "constant"})),
    "momentum": Probe((0.9, 0.5), _WITH_SGD, (_WITH_ADAM,)),
    "nesterovs_momentum": Probe((True, False), _SCHEDULED, (_WITH_ADAM, {"momentum": 0.0})),
    "beta_1": Probe((0.9, 0.5), _WITH_ADAM, (_WITH_SGD,)),
    "beta_2": Probe((0.999, 0.9), _WITH_ADAM, (_WITH_SGD,)),
    "epsilon": Probe((1e-8, 1e-2), _WITH_ADAM, (_WITH_SGD,)),
    "shuffle": Probe((True, False), _WITH_ADAM, (_WITH_LBFGS,)),
    "max_iter": Probe((4, 12)),
    "max_fun": Probe((3, 12), _WITH_LBFGS, (_WITH_ADAM,)),
    "early_stopping": Probe((False, True), _WITH_ADAM, (_WITH_LBFGS,)),
    "validation_fraction": Probe(
        (0.1, 0.3), {**_WITH_ADAM, "early_stopping": True}, (_WITH_LBFGS, {"early_stopping": False})
    ),
    "alpha": Probe((1e-4, 1.0)),
    # no epoch meets this tolerance, so that the patience alone decides
    "n_iter_no_change": Probe((1, 3), {**_WITH_ADAM, "tol": 10.0}, (_WITH_LBFGS,)),
    "tol": Probe((1e-4, 10.0), {"n_iter_no_change": 2}),
}

ALWAYS: dict[str, Value] = {
    "precision": "float64",
    "missing": "error",
    "features.standardize": "none",
    "decision.threshold": 0.5,
    "class_weight": "none",
    "penalty.l1": 0.0,
    "penalty.intercept": 0.0,
    "dropout.input": 0.0,
    "dropout.hidden": 0.0,
}
"""Rules without a parameter."""

OUTSIDE = {"*.verbose": VERBOSE, "*.warm_start": WARM_START}
BASE: dict[str, Value] = {"hidden_layer_sizes": (4,), "batch_size": 16, "max_iter": 12}


def decided(estimator: Any) -> dict[str, Value]:
    """The source of the initial weights, which is no parameter of the estimator."""
    return {initial.PARAMETER: initial.read_back(estimator)[0]}
