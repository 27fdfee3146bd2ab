"""LogisticRegression, with each of its solvers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Value, as_float
from crossframe.frameworks.contract import Status, of_classes
from crossframe.frameworks.separation import certificate, proves_separation
from crossframe.frameworks.sklearn._model import (
    CLASS_WEIGHT,
    FIT_CLASSES,
    VERBOSE,
    WARM_START,
    WEIGHTED,
    SklearnModel,
    linear_predictor,
    solved,
)
from crossframe.frameworks.sklearn.models import _penalty as penalty
from crossframe.settings.binding import Binding, Context, Outside, When, choice, flag, integer, number
from crossframe.settings.elastic import bind
from crossframe.settings.probe import Probe


def _c_from_strength(strength: float, n: float) -> float:
    """C scales the SUM of the losses against the whole elastic net, which has no n.

    C * sum + (1-l1_ratio)/2 |b|^2 + l1_ratio |b|_1, divided by n * C: mean + 1/(n C) * (...).
    """
    return math.inf if strength == 0 else 1.0 / (n * strength)


def _strength_from_c(c: float, n: float) -> float:
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
    return 1.0 / math.sqrt(as_float(weight))


def _weight_from_scaling(scaling: Value, context: Context) -> Value:
    return as_float(scaling) ** -2 if context.native.get("fit_intercept", True) else None


@dataclass(frozen=True)
class _Finite(When):
    """The other parameter is finite; C=inf means no penalty."""

    def _holds(self, native: Mapping[str, Value]) -> bool | None:
        value = native.get(self.param)
        return math.isfinite(value) if isinstance(value, (int, float)) else None

    def __str__(self) -> str:
        return f"finite {self.param}"


def _norm(named: Value, context: Context) -> Value:
    """The canonical ``penalty.norm``, which ``C`` and ``l1_ratio`` decide for ``penalty="deprecated"``."""
    if named != "deprecated":
        return "none" if named is None else named
    if context.native.get("C") == math.inf:
        return "none"
    mix = context.native.get("l1_ratio", 0.0)
    return {0.0: "l2", 1.0: "l1"}.get(as_float(mix), "elasticnet") if mix is not None else "l2"


_PENALISED = When("penalty", ("deprecated", "l2", "l1", "elasticnet"))

_MIX, *_STRENGTHS = bind(
    "C", number(0, open_low=True), "l1_ratio", number(0, 1), 0.0, (_c_from_strength, _strength_from_c)
)

_BINDINGS = (
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
    # With a solver for ridge only the mix is active too: any value but 0 is refused.
    replace(
        _MIX,
        to_framework=penalty.mix,
        active_if=(When("penalty", ("deprecated", "elasticnet")), _Finite("C")),
    ),
    *(
        replace(
            penalty.named(b),
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
    CLASS_WEIGHT,
    # The random numbers decide an order of rows or columns. liblinear uses them in coordinate descent
    # (lasso) and in the dual, not in its Newton method, which is its default.
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


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """Only liblinear has a parameter for the penalty of the intercept."""
    settings = penalty.implied(native)
    if native.get("solver", "lbfgs") != "liblinear" and native.get("fit_intercept", True):
        settings["penalty.intercept"] = 0.0
    return settings


def _describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    iterations = int(np.max(estimator.n_iter_))
    status, message = solved(estimator.solver, iterations, int(estimator.max_iter), gave_up)
    if len(estimator.classes_) > 2:
        table = of_classes(estimator.intercept_, estimator.coef_.T)
        return {
            "status": status, "iterations": iterations, "convergence": message, "class_coefficients": table
        }  # fmt: skip
    coefficients = linear_predictor(estimator)
    unpenalised = np.isposinf(estimator.C) or estimator.penalty is None
    if unpenalised and proves_separation(X, y.astype(np.int64, copy=False), coefficients):
        status, message = Status.SEPARATED, f"{message}, {certificate(len(y))}"
    return {"status": status, "coefficients": coefficients, "iterations": iterations, "convergence": message}


def _positive(effective: Mapping[str, Value], setting: str) -> bool:
    value = effective.get(setting)
    return isinstance(value, (int, float)) and value > 0


def _limits(
    native: Mapping[str, Value], effective: Mapping[str, Value], rows: int
) -> tuple[dict[str, Value], ...]:
    if native.get("solver", effective.get("solver.algorithm")) == "liblinear":
        return ({"tol": 1e-14, "max_iter": 1_000_000},)
    if _positive(effective, "penalty.l1"):
        return ({"solver": "saga", "tol": 1e-14, "max_iter": 100_000},)
    own: dict[str, Value] = {"tol": 1e-14, "max_iter": 10_000}
    # On columns of very unlike scales newton-cholesky gives up and hands over to lbfgs.
    return own, {"solver": "newton-cholesky", **own}, {"solver": "newton-cg", **own}


def _adapt(
    native: Mapping[str, Value], effective: Mapping[str, Value], asked: Mapping[str, Value]
) -> dict[str, Value]:
    """The solver that takes the requested penalty, where the present one does not."""
    now = effective.get("solver.algorithm")
    solver = _solver({**effective, **asked}) if effective else now
    return {} if solver == now else {"solver": solver}


def _solver(effective: Mapping[str, Value]) -> Value:
    """The solver that takes this penalty: the present one if it does."""
    now = effective.get("solver.algorithm", "lbfgs")
    l2, l1, started = (_positive(effective, f"penalty.{part}") for part in ("l2", "l1", "intercept"))
    started = started and effective.get("intercept", True) is True
    if started and l1 != l2:
        return "liblinear"
    if l1:
        return "saga" if l2 or effective.get("intercept", True) else "liblinear"
    other = not l2 or (now == "liblinear" and effective.get("intercept", True))
    return "lbfgs" if now == "liblinear" and other else now


def _contradictions(arguments: Mapping[str, Value], native: Mapping[str, Value]) -> tuple[str, str] | None:
    """A solver with a penalty that it does not take."""
    solver, norm = arguments.get("solver", "lbfgs"), arguments.get("penalty")
    mix = arguments.get("l1_ratio", 0.0)
    if norm in (None, "deprecated") and "penalty" not in native:
        by_mix = {0.0: "l2", 1.0: "l1"}.get(as_float(mix or 0), "elasticnet")
        norm = "none" if arguments.get("C") == math.inf else by_mix
    if norm in ("l1", "elasticnet") and solver not in ("saga", "liblinear"):
        return f"the solver {solver} takes no lasso penalty", "give solver=saga"
    if norm == "elasticnet" and solver == "liblinear":
        return "liblinear takes no mixture of penalties", "give solver=saga"
    if norm in (None, "none") and solver == "liblinear":
        return "liblinear always takes a penalty", "give another solver, or a finite C"
    return None


_RIDGE = ("sag", "lbfgs", "newton-cg", "newton-cholesky")
"""Solvers that take no lasso."""
_LIBLINEAR: dict[str, Value] = {"solver": "liblinear", "fit_intercept": True}

_PROBES = {
    "solver": Probe(("lbfgs", "newton-cholesky")),
    "C": Probe(
        (0.5, 2.0),
        {"penalty": "l2"},
        ({"penalty": "none"},),
        beside={
            ("penalty", "l1"): {"solver": "saga"},
            ("penalty", "elasticnet"): {"solver": "saga", "l1_ratio": 0.5},
        },
    ),
    "l1_ratio": Probe(
        (0.25, 0.75),
        {"solver": "saga", "penalty": "deprecated", "C": 0.5},
        ({"penalty": "l2"}, {"C": float("inf")}),
    ),
    "penalty": Probe(("l2", "l1"), {"solver": "saga"}),
    "fit_intercept": Probe((True, False)),
    "intercept_scaling": Probe((1.0, 5.0), _LIBLINEAR, ({"solver": "lbfgs"}, {"fit_intercept": False})),
    "class_weight": Probe((None, "balanced")),
    "random_state": Probe(
        (1, 2),
        {**_LIBLINEAR, "l1_ratio": 1.0, "penalty": "deprecated", "dual": False, "tol": 0.1, "C": 0.5},
        # liblinear's Newton method, chosen by the mix or by a penalty that overrules it
        ({"l1_ratio": 0.0}, {"penalty": "l2"}),
        beside={("dual", True): {"l1_ratio": 0.0}, **{("solver", s): {"l1_ratio": 0.0} for s in _RIDGE}},
        skip={
            ("penalty", norm): "refused by liblinear, the solver that the penalty decides for"
            for norm in ("none", "elasticnet")
        },
    ),
    "dual": Probe((False, True), {"solver": "liblinear"}, ({"solver": "lbfgs"},), refused=True),
    "tol": Probe((1e-1, 1e-6)),
    "max_iter": Probe((2, 5)),
}

MODEL = SklearnModel(
    name="sklearn.logistic",
    title="LogisticRegression",
    order=10,
    several=True,
    of_several={"class.scheme": "multinomial", "class.parametrization": "symmetric"},
    callables=("sklearn.linear_model:LogisticRegression",),
    bindings=_BINDINGS,
    always={
        "precision": "float64",
        "missing": "error",
        "features.standardize": "none",
        "decision.threshold": 0.5,
        "link": "logit",
    },
    implied=_implied,
    outside={
        **FIT_CLASSES,
        "*.verbose": VERBOSE,
        "*.warm_start": WARM_START,
        "*.n_jobs": Outside(
            "running",
            "without effect since 1.8; before that, threads of one-versus-rest problems; "
            "two classes make one problem",
        ),
        "*.multi_class": Outside("other", "only for more than two classes"),
    },
    probes=_PROBES,
    convex=True,
    by_row=WEIGHTED,
    limits=_limits,
    adapt=_adapt,
    contradictions=_contradictions,
    seconds=0.02,
    describe=_describe,
)
