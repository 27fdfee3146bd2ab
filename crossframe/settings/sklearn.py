"""scikit-learn's estimators in the vocabulary (the parameter lists of their documentation)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings.base import (
    Binding,
    Context,
    Outside,
    When,
    choice,
    flag,
    integer,
    integers,
    number,
    renamed,
)
from crossframe.settings.elastic import bind


def _c_from_strength(strength: float, n: int) -> float:
    """C scales the SUM of the losses against the whole elastic net, which has no n.

    C * sum + (1-l1_ratio)/2 |b|^2 + l1_ratio |b|_1, divided by n * C: mean + 1/(n C) * (...).
    """
    return math.inf if strength == 0 else 1.0 / (n * strength)


def _strength_from_c(c: float, n: int) -> float:
    return 1.0 / (n * c)


def _scaling_from_weight(weight: Value, context: Context) -> Value:
    """liblinear penalises the weight w of a synthetic feature ``s``, and the intercept is s * w.

    w^2 = intercept^2 / s^2: the intercept counts 1/s^2 of a coefficient. The other solvers leave
    it out of the penalty.
    """
    solver = context.native.get("solver", "lbfgs")
    if solver != "liblinear":
        if weight != 0:
            raise UsageError(
                f"the solver {solver} leaves the intercept out of the penalty",
                "penalty.intercept above 0 takes solver=liblinear beside it",
            )
        return 1.0
    if weight == 0:
        raise UsageError(
            "liblinear always penalises the intercept",
            "give a small penalty.intercept (a large intercept_scaling) with a tight tol, or another solver",
        )
    return 1.0 / math.sqrt(_real(weight))


def _weight_from_scaling(scaling: Value, context: Context) -> Value:
    return _real(scaling) ** -2 if context.native.get("fit_intercept", True) else None


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
    if native.get("solver", "adam") == "lbfgs":
        return "tolerance"
    if early:
        return "early_stopping"
    endless = _real(native.get("n_iter_no_change", 10)) >= _real(native.get("max_iter", 200))
    return "none" if endless else "tolerance"


def _real(value: Value) -> float:
    return float(value)  # type: ignore[arg-type]


_BALANCED = Binding(
    "class_weight",
    "class_weight",
    choice("none", "balanced"),
    to_vocabulary=lambda v, c: "none" if v is None else v,
)

_LOGISTIC = (
    Binding(
        "solver.algorithm",
        "solver",
        choice("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"),
    ),
    *bind("C", number(0, open_low=True), "l1_ratio", number(0, 1), 0.0, (_c_from_strength, _strength_from_c)),
    Binding("intercept", "fit_intercept", flag()),
    Binding(
        "penalty.intercept",
        "intercept_scaling",
        number(0, open_low=True),
        _scaling_from_weight,
        _weight_from_scaling,
        active_if=(When("solver", ("liblinear",)),),
    ),
    _BALANCED,
    Binding("solver.tolerance", "tol", number(0)),
    Binding("solver.max_iterations", "max_iter", integer(1)),
)

_MLP = (
    Binding("architecture.hidden", "hidden_layer_sizes", integers()),
    Binding(
        "architecture.activation",
        "activation",
        choice("relu", "tanh", "logistic", "identity"),
        *renamed({"sigmoid": "logistic"}),
    ),
    Binding("optimizer.rule", "solver", choice("adam", "sgd", "lbfgs")),
    Binding(
        "batch.size",
        "batch_size",
        integer(1),
        to_vocabulary=lambda v, c: _batch(c),
        active_if=(When("solver", ("adam", "sgd")),),
    ),
    Binding(
        "optimizer.learning_rate",
        "learning_rate_init",
        number(0, open_low=True),
        active_if=(When("solver", ("adam", "sgd")),),
    ),
    Binding("optimizer.momentum", "momentum", number(0, 1), active_if=(When("solver", ("sgd",)),)),
    Binding("optimizer.nesterov", "nesterovs_momentum", flag(), active_if=(When("solver", ("sgd",)),)),
    Binding("optimizer.beta1", "beta_1", number(0, 1), active_if=(When("solver", ("adam",)),)),
    Binding("optimizer.beta2", "beta_2", number(0, 1), active_if=(When("solver", ("adam",)),)),
    Binding("optimizer.epsilon", "epsilon", number(0, open_low=True), active_if=(When("solver", ("adam",)),)),
    Binding("batch.order", "shuffle", flag(), active_if=(When("solver", ("adam", "sgd")),)),
    Binding("epochs", "max_iter", integer(1)),
    Binding(
        "stopping.rule",
        "early_stopping",
        flag(),
        _early_stopping,
        _stopping_rule,
    ),
    Binding("penalty.l2", "alpha", number(0), _alpha_from_l2, _l2_from_alpha),
    Binding("stopping.rounds", "n_iter_no_change", integer(1), active_if=(When("solver", ("adam", "sgd")),)),
    Binding("stopping.tolerance", "tol", number(0)),
)

BINDINGS: dict[str, tuple[Binding, ...]] = {
    "sklearn.logistic": _LOGISTIC,
    "sklearn.mlp": _MLP,
}

_BOTH: dict[str, Value] = {
    "decision.threshold": 0.5,
    "precision": "float64",
    "missing": "error",
    "features.standardize": "none",
}

ALWAYS: dict[str, dict[str, Value]] = {
    "sklearn.logistic": {**_BOTH, "link": "logit"},
    "sklearn.mlp": {
        **_BOTH,
        "class_weight": "none",
        "penalty.l1": 0.0,
        "architecture.head": "sigmoid1",
        "dropout.input": 0.0,
        "dropout.hidden": 0.0,
    },
}
"""Rules without a parameter."""


def _logistic(native: Mapping[str, Value]) -> dict[str, Value]:
    free = native.get("solver", "lbfgs") != "liblinear" and native.get("fit_intercept", True)
    return {"penalty.intercept": 0.0} if free else {}


IMPLIED: dict[str, Callable[[Mapping[str, Value]], dict[str, Value]]] = {"sklearn.logistic": _logistic}
"""Only liblinear has a parameter for the penalty of the intercept."""

OUTSIDE: dict[str, dict[str, Outside]] = {}
"""Pattern of ``callable.parameter`` -> why it is no setting."""
