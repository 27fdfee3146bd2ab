"""SGDClassifier: a linear model trained by stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Task, Value
from crossframe.frameworks.sklearn._model import (
    CLASS_WEIGHT,
    FIT_CLASSES,
    VERBOSE,
    WARM_START,
    SklearnModel,
    early_stopping,
    epochs,
    linear_predictor,
)
from crossframe.frameworks.sklearn.models import _penalty as penalty
from crossframe.settings.binding import (
    Binding,
    Context,
    Kind,
    Outside,
    When,
    choice,
    flag,
    integer,
    number,
)
from crossframe.settings.elastic import bind
from crossframe.settings.probe import Probe

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


_MIX, *_STRENGTHS = bind("alpha", number(0), "l1_ratio", number(0, 1), 0.15)

_BINDINGS = (
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
    replace(_MIX, to_framework=penalty.mix, active_if=(_ELASTIC,)),
    *(
        replace(
            penalty.named(b),
            active_if=(replace(_PENALISED, otherwise=When("learning_rate", ("optimal",))),),
            formula="mean loss + alpha * (l1_ratio |beta|_1 + (1-l1_ratio)/2 |beta|^2); the schedule "
            "optimal takes its rate 1/(alpha (t0 + t)) from it as well",
        )
        for b in _STRENGTHS
    ),
    Binding("intercept", "fit_intercept", flag()),
    CLASS_WEIGHT,
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
        Kind("true, false, or the row from which averaging starts", _average),
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
        early_stopping("SGDClassifier"),
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


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """The mix of the penalties l2 and l1, and the threshold of losses with probabilities."""
    settings = penalty.implied(native)
    if native.get("loss", "log_loss") in _PROBABILITIES:
        settings["decision.threshold"] = 0.5
    return settings


def _complete(
    asked: Mapping[str, Value], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    """A requested mix needs a ``penalty`` that reads it."""
    if "penalty.mix" not in asked or "penalty" in arguments or "l1_ratio" in native:
        return arguments
    mix = arguments.get("l1_ratio")
    named: dict[Value, Value] = {0.0: "l2", 1.0: "l1"}
    return {**arguments, "penalty": named.get(mix, "elasticnet")}


def _describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    n, outcome = epochs(estimator, len(y), estimator.n_iter_no_change)
    return {**outcome, "updates": outcome["epochs"] * n, "coefficients": linear_predictor(estimator)}


def _method(arguments: Mapping[str, Value], task: Task) -> str:
    return "predict_proba" if arguments.get("loss", "hinge") in _PROBABILITIES else "decision_function"


# The passive-aggressive schedules take the hinge alone.
_HINGE: dict[tuple[str, Value], dict[str, Value]] = {
    ("learning_rate", name): {"loss": "hinge"} for name in ("pa1", "pa2")
}
_CONSTANT: dict[str, Value] = {"learning_rate": "constant"}
_EARLY: dict[str, Value] = {"early_stopping": True}

_PROBES = {
    "loss": Probe(("log_loss", "hinge")),
    "epsilon": Probe((0.1, 0.5), {"loss": "huber"}, ({"loss": "log_loss"},)),
    "penalty": Probe(("l2", "l1")),
    "l1_ratio": Probe((0.15, 0.8), {"penalty": "elasticnet"}, ({"penalty": "l2"},)),
    "alpha": Probe(
        (1e-3, 1e-2),
        {"penalty": "l2", "learning_rate": "constant"},
        ({"penalty": "none"},),
        beside=_HINGE,
        also=({"penalty": "none", "learning_rate": "optimal"},),
    ),
    "fit_intercept": Probe((True, False)),
    "class_weight": Probe((None, "balanced")),
    "random_state": Probe(
        (1, 2),
        {"shuffle": True, "early_stopping": False},
        ({"shuffle": False},),
        also=({"shuffle": False, "early_stopping": True},),
    ),
    "learning_rate": Probe(("optimal", "constant")),
    "eta0": Probe((0.01, 0.1), _CONSTANT, ({"learning_rate": "optimal"},), beside=_HINGE),
    "power_t": Probe((0.5, 0.25), {"learning_rate": "invscaling"}, (_CONSTANT,), beside=_HINGE),
    "average": Probe((False, True)),
    "shuffle": Probe((True, False)),
    "max_iter": Probe((2, 4)),
    "early_stopping": Probe((False, True)),
    "validation_fraction": Probe((0.1, 0.3), _EARLY, ({"early_stopping": False},)),
    "n_iter_no_change": Probe((1, 3), {"tol": 10.0}),
    "tol": Probe((1e-4, 10.0), {"n_iter_no_change": 2}),
}

MODEL = SklearnModel(
    name="sklearn.sgd",
    title="SGDClassifier",
    order=30,
    callables=("sklearn.linear_model:SGDClassifier",),
    bindings=_BINDINGS,
    always={
        "precision": "float64",
        "missing": "error",
        "features.standardize": "none",
        "penalty.intercept": 0.0,
        "batch.size": 1,
    },
    implied=_implied,
    # The loss of a logistic regression, in place of the hinge.
    passed={"loss": "log_loss"},
    outside={
        **FIT_CLASSES,
        "*.verbose": VERBOSE,
        "*.warm_start": WARM_START,
        "*.n_jobs": Outside("running", "threads of one-versus-rest problems; two classes make one problem"),
        "*.fit.coef_init": Outside("data", "coefficients to start from, as an array; zeros here"),
        "*.fit.intercept_init": Outside("data", "an intercept to start from; zero here"),
    },
    complete=_complete,
    base={"max_iter": 12},
    probes=_PROBES,
    stochastic=True,
    describe=_describe,
    method=_method,
)
