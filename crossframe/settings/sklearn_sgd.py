"""scikit-learn's SGDClassifier in the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings import sklearn_penalty
from crossframe.settings.base import Binding, Context, Kind, When, choice, flag, integer, number
from crossframe.settings.elastic import bind

_PROBABILITIES = ("log_loss", "modified_huber")
"""Losses that come with a probability; the others label by the sign of the linear predictor."""

_ELASTIC = When("penalty", ("elasticnet",))
_PENALISED = When("penalty", ("l2", "l1", "elasticnet"))


def _average(value: Value) -> Value:
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower(), value)
    if isinstance(value, bool):
        return value
    rows = int(value)  # type: ignore[arg-type]
    if rows < 0 or rows != float(value):  # type: ignore[arg-type]
        raise ValueError
    return rows


def _averaged(kind: Value, context: Context) -> Value:
    if kind not in ("none", "mean"):
        raise UsageError(f"SGDClassifier has no optimizer.averaging={kind}", "it has: none, mean")
    return kind == "mean"


def _rule(rule: Value, context: Context) -> Value:
    if rule not in ("early_stopping", "tolerance"):
        raise UsageError(
            f"SGDClassifier has no stopping.rule={rule}: it stops by early_stopping or by tolerance",
            "n_iter_no_change (stopping.rounds) as large as max_iter means never",
        )
    return rule == "early_stopping"


_MIX, *_STRENGTHS = bind("alpha", number(0), "l1_ratio", number(0, 1), 0.15, (lambda x, n: x, lambda x, n: x))

SGD = (
    Binding(
        "loss",
        "loss",
        choice(
            "log_loss",
            "hinge",
            "modified_huber",
            "squared_hinge",
            "perceptron",
            "squared_error",
            "huber",
            "epsilon_insensitive",
            "squared_epsilon_insensitive",
        ),
    ),
    Binding(
        "loss.epsilon",
        "epsilon",
        number(0),
        active_if=(When("loss", ("huber", "epsilon_insensitive", "squared_epsilon_insensitive")),),
    ),
    Binding(
        "penalty.norm",
        "penalty",
        choice("none", "l2", "l1", "elasticnet"),
        to_vocabulary=lambda v, c: "none" if v is None else v,
    ),
    replace(_MIX, to_framework=sklearn_penalty.mix, active_if=(_ELASTIC,)),
    *(
        replace(
            sklearn_penalty.named(b),
            active_if=(replace(_PENALISED, otherwise=When("learning_rate", ("optimal",))),),
            formula="mean loss + alpha * (l1_ratio |beta|_1 + (1-l1_ratio)/2 |beta|^2); the schedule "
            "optimal takes its rate 1/(alpha (t0 + t)) from it as well",
        )
        for b in _STRENGTHS
    ),
    Binding("intercept", "fit_intercept", flag()),
    Binding(
        "class_weight",
        "class_weight",
        choice("none", "balanced"),
        to_vocabulary=lambda v, c: "none" if v is None else v,
    ),
    Binding("seed", "random_state", integer(0),
            active_if=(When("shuffle", (True,), otherwise=When("early_stopping", (True,))),)),
    Binding(
        "schedule.kind",
        "learning_rate",
        choice("optimal", "constant", "invscaling", "adaptive", "pa1", "pa2"),
        formula="optimal: 1/(alpha (t0 + t)), t0 = alpha^(-3/4), t the rows seen; invscaling: "
        "eta0 / t^power_t; adaptive: eta0, divided by 5 where the other schedules would stop, down to 1e-6",
    ),
    Binding(
        "optimizer.learning_rate",
        "eta0",
        number(0, open_low=True),
        active_if=(When("learning_rate", ("constant", "invscaling", "adaptive", "pa1", "pa2")),),
        formula="pa1: largest step; pa2: step loss / (|x|^2 + 1/(2 eta0))",
    ),
    Binding(
        "schedule.power",
        "power_t",
        number(0),
        active_if=(When("learning_rate", ("invscaling",)),),
        formula="eta0 / t^power_t, t the training rows seen, the present one included",
    ),
    Binding(
        "optimizer.averaging",
        "average",
        Kind("true, false, or the row from which on is averaged", _average),
        _averaged,
        lambda v, c: "mean" if v else "none",
        formula="mean of the weights after each row, from the given row on",
    ),
    Binding("batch.order", "shuffle", flag()),
    Binding("epochs", "max_iter", integer(1)),
    Binding(
        "stopping.rule",
        "early_stopping",
        flag(),
        _rule,
        lambda v, c: "early_stopping" if v else "tolerance",
    ),
    Binding(
        "validation.fraction",
        "validation_fraction",
        number(0, 1),
        active_if=(When("early_stopping", (True,)),),
        formula="ceil(fraction * n) rows",
    ),
    Binding(
        "stopping.rounds",
        "n_iter_no_change",
        integer(1),
        formula="stops after this many epochs in a row without improvement",
    ),
    Binding(
        "stopping.tolerance",
        "tol",
        number(0),
        formula="penalised training loss above the best - tol, or validation accuracy below the best + tol",
    ),
)  # fmt: skip

DEFAULTS: dict[str, Value] = {"loss": "log_loss"}
"""What crossframe passes: the loss of a logistic regression, in place of the hinge."""


def implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """The mix of a penalty that has its own, and the threshold of the loss."""
    found = sklearn_penalty.implied(native)
    if native.get("loss", "log_loss") in _PROBABILITIES:
        found["decision.threshold"] = 0.5
    return found


def complete(
    asked: Mapping[str, Value], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    """A mix that was asked for needs the penalty that reads it."""
    if "penalty.mix" not in asked or "penalty" in arguments or "l1_ratio" in native:
        return arguments
    mix = arguments.get("l1_ratio")
    named: dict[Value, Value] = {0.0: "l2", 1.0: "l1"}
    return {**arguments, "penalty": named.get(mix, "elasticnet")}
