"""scikit-learn's MLPClassifier in the vocabulary."""

from __future__ import annotations

import math
from collections.abc import Mapping

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings.base import (
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


def _real(value: Value) -> float:
    return float(value)  # type: ignore[arg-type]


def _batch(context: Context) -> int:
    """Rows of a full batch of MLPClassifier: for lbfgs all of them, and never more than it trains on.

    Early stopping holds ceil(validation_fraction * n) rows back.
    """
    native, n = context.native, context.n
    if native.get("solver", "adam") == "lbfgs":
        return n
    if native.get("early_stopping", False):
        n = max(1, n - math.ceil(_real(native.get("validation_fraction", 0.1)) * n))
    asked = native.get("batch_size", "auto")
    return min(200 if asked == "auto" else int(_real(asked)), n)


def _alpha_from_l2(l2: Value, context: Context) -> Value:
    """alpha/2 |W|^2 is divided by the rows of the batch; a last, smaller batch is penalised more."""
    return _real(l2) * _batch(context)


def _l2_from_alpha(alpha: Value, context: Context) -> Value:
    return _real(alpha) / _batch(context)


def _early_stopping(rule: Value, context: Context) -> Value:
    if rule not in ("early_stopping", "tolerance"):
        raise UsageError(
            f"MLPClassifier has no stopping.rule={rule}: it stops by early_stopping or by tolerance",
            "n_iter_no_change (stopping.rounds) as large as max_iter means never",
        )
    return rule == "early_stopping"


def _stopping_rule(early: Value, context: Context) -> Value:
    """Early stopping holds rows back whether or not it stops; patience of all the epochs never ends."""
    native = context.native
    if early:
        return "early_stopping"
    endless = _real(native.get("n_iter_no_change", 10)) >= _real(native.get("max_iter", 200))
    return "none" if endless else "tolerance"


def _patience(rounds: Value, context: Context) -> Value:
    """MLPClassifier stops when MORE than n_iter_no_change epochs in a row bring nothing."""
    return int(_real(rounds)) - 1


def _rounds(patience: Value, context: Context) -> Value:
    return int(_real(patience)) + 1


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


_TOL = (
    "adam, sgd: training loss not below the best - tol, or validation accuracy below the best + tol; "
    "lbfgs: largest component of the gradient"
)
_STEPS = (When("solver", ("adam", "sgd")),)
_SGD = When("solver", ("sgd",))
_ADAM = (When("solver", ("adam",)),)

MLP = (
    Binding("architecture.hidden", "hidden_layer_sizes", integers()),
    Binding(
        "architecture.activation",
        "activation",
        choice("relu", "tanh", "logistic", "identity"),
        *renamed({"sigmoid": "logistic"}),
    ),
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
    Binding("stopping.rule", "early_stopping", flag(), _early_stopping, _stopping_rule, active_if=_STEPS),
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
        formula=_TOL,
    ),
    Binding(
        "stopping.tolerance",
        "tol",
        number(0),
        _of_progress,
        lambda v, c: None if _is_lbfgs(c) else v,
        formula=_TOL,
    ),
)


def implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """lbfgs knows its tolerance only. Weights and biases are drawn alike, narrower for logistic units."""
    found: dict[str, Value] = {}
    if native.get("solver") == "lbfgs":
        found["stopping.rule"] = "tolerance"
    if native.get("activation") != "logistic":
        found |= {"init.weights": "glorot_uniform", "init.biases": "glorot_uniform"}
    return found
