"""scikit-learn's estimators in the vocabulary (the parameter lists of their documentation)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings import sklearn_linear, sklearn_mlp, sklearn_penalty, sklearn_sgd
from crossframe.settings.base import Binding, Context, Outside, When, choice, flag, integer, number
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


def _real(value: Value) -> float:
    return float(value)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Finite(When):
    """The other parameter is finite: C=inf stands for no penalty at all."""

    def _holds(self, native: Mapping[str, Value]) -> bool | None:
        value = native.get(self.param)
        return math.isfinite(value) if isinstance(value, (int, float)) else None

    def __str__(self) -> str:
        return f"finite {self.param}"


def _norm(penalty: Value, context: Context) -> Value:
    """What ``penalty`` is when it is left to ``C`` and ``l1_ratio``."""
    if penalty != "deprecated":
        return "none" if penalty is None else penalty
    if context.native.get("C") == math.inf:
        return "none"
    mix = context.native.get("l1_ratio", 0.0)
    return {0.0: "l2", 1.0: "l1"}.get(_real(mix), "elasticnet") if mix is not None else "l2"


_BALANCED = Binding(
    "class_weight",
    "class_weight",
    choice("none", "balanced"),
    to_vocabulary=lambda v, c: "none" if v is None else v,
)
_PENALISED = When("penalty", ("deprecated", "l2", "l1", "elasticnet"))

_MIX, *_STRENGTHS = bind(
    "C", number(0, open_low=True), "l1_ratio", number(0, 1), 0.0, (_c_from_strength, _strength_from_c)
)

_LOGISTIC = (
    Binding(
        "solver.algorithm",
        "solver",
        choice("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"),
    ),
    Binding(
        "penalty.norm",
        "penalty",
        choice("deprecated", "none", "l2", "l1", "elasticnet"),
        to_vocabulary=_norm,
        formula="deprecated: by C and l1_ratio alone",
    ),
    # Under a solver for ridge only the mix is in force as well: it must be 0, another one is refused.
    replace(
        _MIX,
        to_framework=sklearn_penalty.mix,
        active_if=(When("penalty", ("deprecated", "elasticnet")), _Finite("C")),
    ),
    *(
        replace(
            sklearn_penalty.named(b),
            active_if=(_PENALISED,),
            formula="C * sum of the losses + l1_ratio |beta|_1 + (1-l1_ratio)/2 |beta|^2: strength = 1/(n C)",
        )
        for b in _STRENGTHS
    ),
    Binding("intercept", "fit_intercept", flag()),
    Binding(
        "penalty.intercept",
        "intercept_scaling",
        number(0, open_low=True),
        _scaling_from_weight,
        _weight_from_scaling,
        active_if=(When("solver", ("liblinear",)), When("fit_intercept", (True,))),
        formula="the intercept is intercept_scaling * w, and w^2 is penalised: weight = intercept_scaling^-2",
    ),
    _BALANCED,
    # What is drawn is an order of rows or columns. liblinear draws in coordinate descent (lasso) and in
    # the dual, not in its Newton method, which is the one it uses by default.
    Binding(
        "seed",
        "random_state",
        integer(0),
        active_if=(
            When("solver", ("sag", "saga"), otherwise=When("dual", (True,),
                 otherwise=When("l1_ratio", (1.0,), otherwise=When("penalty", ("l1",))))),
            When("solver", ("sag", "saga"), otherwise=When("dual", (True,),
                 otherwise=When("penalty", ("deprecated", "l1")))),
        ),
    ),
    Binding(
        "solver.dual",
        "dual",
        flag(),
        active_if=(When("solver", ("liblinear",)),),
    ),
    Binding("solver.tolerance", "tol", number(0)),
    Binding("solver.max_iterations", "max_iter", integer(1)),
)  # fmt: skip

BINDINGS: dict[str, tuple[Binding, ...]] = {
    "sklearn.logistic": _LOGISTIC,
    "sklearn.mlp": sklearn_mlp.MLP,
    "sklearn.sgd": sklearn_sgd.SGD,
    **sklearn_linear.BINDINGS,
}

_ALL: dict[str, Value] = {"precision": "float64", "missing": "error", "features.standardize": "none"}
_HALF: dict[str, Value] = {"decision.threshold": 0.5}

ALWAYS: dict[str, dict[str, Value]] = {
    "sklearn.logistic": {**_ALL, **_HALF, "link": "logit"},
    "sklearn.mlp": {
        **_ALL,
        **_HALF,
        "class_weight": "none",
        "penalty.l1": 0.0,
        "penalty.intercept": 0.0,
        "architecture.head": "sigmoid1",
        "dropout.input": 0.0,
        "dropout.hidden": 0.0,
    },
    "sklearn.sgd": {**_ALL, "penalty.intercept": 0.0, "batch.size": 1},
    **sklearn_linear.ALWAYS,
}
"""Rules without a parameter."""


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """Only liblinear has a parameter for the penalty of the intercept."""
    found = sklearn_penalty.implied(native)
    if native.get("solver", "lbfgs") != "liblinear" and native.get("fit_intercept", True):
        found["penalty.intercept"] = 0.0
    return found


IMPLIED: dict[str, Callable[[Mapping[str, Value]], dict[str, Value]]] = {
    "sklearn.logistic": _implied,
    "sklearn.mlp": sklearn_mlp.implied,
    "sklearn.sgd": sklearn_sgd.implied,
}
"""Settings that follow from a parameter which is bound to another one."""

COMPLETE = {"sklearn.sgd": sklearn_sgd.complete}

DEFAULTS: dict[str, dict[str, Value]] = {"sklearn.sgd": sklearn_sgd.DEFAULTS}
"""What crossframe passes where nothing else is asked for."""

_COMMON = {
    "*.fit.X": Outside("data", "the features"),
    "*.fit.y": Outside("data", "the classes"),
    "*.fit.sample_weight": Outside("data", "weights of single rows; every row counts once here"),
    "*.verbose": Outside("output", "progress on the terminal"),
    "*.warm_start": Outside("other", "goes on from an earlier fit of one object; each fit here has its own"),
}
_JOBS = "threads of one-versus-rest problems; two classes make one problem"

OUTSIDE: dict[str, dict[str, Outside]] = {
    "sklearn.logistic": {
        **_COMMON,
        "*.n_jobs": Outside("running", "without effect since 1.8; before that, " + _JOBS),
        "*.multi_class": Outside("other", "only for more than two classes"),
    },
    "sklearn.mlp": _COMMON,
    "sklearn.sgd": {
        **_COMMON,
        "*.n_jobs": Outside("running", _JOBS),
        "*.fit.coef_init": Outside("data", "coefficients to start from, as an array; zeros here"),
        "*.fit.intercept_init": Outside("data", "an intercept to start from; zero here"),
    },
    **sklearn_linear.OUTSIDE,
}
"""Pattern of ``callable.parameter`` -> why it is no setting."""
