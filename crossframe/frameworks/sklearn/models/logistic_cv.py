"""LogisticRegressionCV: a logistic regression whose penalty is chosen by cross-validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Value, as_float
from crossframe.frameworks.contract import of_classes
from crossframe.frameworks.sklearn._model import (
    CLASS_WEIGHT,
    FIT_CLASSES,
    VERBOSE,
    SklearnModel,
    linear_predictor,
    solved,
)
from crossframe.frameworks.sklearn.models import _cross_validation as cross_validation
from crossframe.frameworks.sklearn.models.logistic import MODEL as LOGISTIC
from crossframe.settings.binding import Binding, Context, Kind, Outside, When, choice, flag, integer, number
from crossframe.settings.chosen import a_list, chosen
from crossframe.settings.elastic import bind
from crossframe.settings.probe import Probe

_GRID = ("Cs", "eps", "C_min")
_OWN: dict[str, Value] = {"assignment": None, "eps": 1e-8, "C_min": None}
_SMALLEST = 1e-4
"""The smallest C of the estimator's own, which lie from 1e-4 to 1e4."""
_LOSSES = {
    "misclassification": "accuracy",
    "deviance": "neg_log_loss",
    "auc": "roc_auc",
    "squared_error": "neg_brier_score",
}


def _loss(value: Value, context: Context) -> Value:
    if value not in _LOSSES:
        raise UsageError(
            f"LogisticRegressionCV has no validation.loss={value}", f"it has: {', '.join(_LOSSES)}"
        )
    return _LOSSES[str(value)]


def _scored(value: Value, context: Context) -> Value:
    return {native: ours for ours, native in _LOSSES.items()}.get(str(value), "misclassification")


def _c(strength: float, n: float) -> float:
    return 1.0 / (n * strength)


def _one_mix(value: Value) -> Value:
    """The one mix of ``l1_ratios``."""
    if isinstance(value, (list, tuple)):
        if len(value) != 1:
            raise ValueError
        value = value[0]
    return "warn" if value == "warn" else number(0, 1).parse(value)


_MIX, *_CHOSEN = bind("C_", number(0), "l1_ratios", Kind("one number in [0, 1]", _one_mix), 0.0, (_c, _c))


def _prepared(estimator: Any, arguments: dict[str, Value]) -> tuple[Any, dict[str, Value]]:
    def made(given: dict[str, Any], y: Target) -> dict[str, Any]:
        values, mix = given["Cs"], given["l1_ratios"]
        own = given["C_min"] is None and given["eps"] == _OWN["eps"]
        if not isinstance(values, (list, tuple)) and not own:
            smallest = _SMALLEST if given["C_min"] is None else given["C_min"]
            values = as_float(smallest) * np.geomspace(1.0, 1.0 / as_float(given["eps"]), values)
        return {
            **given,
            "Cs": list(values) if isinstance(values, tuple) else values,
            "cv": cross_validation.splitter(given, y),
            # Of an elastic net without a last fit scikit-learn indexes it with an array.
            "l1_ratios": mix if isinstance(mix, str) else np.array([mix]),
        }

    return cross_validation.with_own(estimator, _OWN, made), arguments


def _spelled(arguments: Mapping[str, Value]) -> tuple[list[str], list[str]]:
    given = {k: v for k, v in arguments.items() if k != "l1_ratios"}
    mix = arguments.get("l1_ratios")
    made = [] if mix in (None, "warn") else [f"l1_ratios=np.array([{mix!r}])"]
    if given.get("C_min") is not None or "eps" in given:
        low, eps, count = (given.pop(name, usual) for name, usual in (
            ("C_min", _SMALLEST), ("eps", 1e-8), ("Cs", 10)
        ))  # fmt: skip
        made += [f"Cs={low or _SMALLEST!r} * np.geomspace(1, 1 / {eps!r}, {count!r})"]
    imports, rest = cross_validation.program_arguments(given, *_GRID, own=tuple(_OWN))
    return imports, [*rest, *made]


def _decided(estimator: Any) -> dict[str, Value]:
    """The chosen penalty, and its mix: of a lasso without a last fit scikit-learn reports a mix of 0."""
    mix = estimator.l1_ratio_ if isinstance(estimator.l1_ratios, str) else estimator.l1_ratios
    return {"C_": float(estimator.C_), "l1_ratios": float(mix)}


def _describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    iterations = int(np.max(estimator.n_iter_))
    status, message = solved(estimator.solver, iterations, int(estimator.max_iter), gave_up)
    at = cross_validation.place(1 / estimator.C_, [1 / c for c in estimator.Cs_])
    made = {
        "status": status,
        "iterations": iterations,
        "convergence": f"C {estimator.C_:.6g}, {at}; of all folds {message}",
    }
    if len(estimator.classes_) > 2:
        return {**made, "class_coefficients": of_classes(estimator.intercept_, estimator.coef_.T)}
    return {**made, "coefficients": linear_predictor(estimator)}


def _limits(
    native: Mapping[str, Value], effective: Mapping[str, Value], rows: int
) -> tuple[dict[str, Value], ...]:
    own: dict[str, Value] = {"tol": 1e-12, "max_iter": 10_000}
    if native.get("solver", effective.get("solver.algorithm")) in ("liblinear", "sag", "saga"):
        return (own,)
    return own, {"solver": "newton-cholesky", **own}


_SAGA: dict[str, Value] = {"solver": "saga", "max_iter": 200}
_FINE: dict[str, Value] = {"Cs": 6, "eps": 1e-3, "C_min": 0.02, "scoring": "neg_log_loss"}
_DRAWN: dict[str, Value] = {"assignment": "random", **_FINE}

MODEL = SklearnModel(
    name="sklearn.logistic_cv",
    title="LogisticRegressionCV",
    order=12,
    several=True,
    of_several={"class.scheme": "multinomial", "class.parametrization": "symmetric"},
    callables=("sklearn.linear_model:LogisticRegressionCV",),
    bindings=(
        Binding(
            "solver.algorithm",
            "solver",
            choice("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"),
        ),
        _MIX,
        *cross_validation.grid(*_GRID, (_c, _c), of_data=False, usual=_SMALLEST, end=min),
        *cross_validation.folds("stratified"),
        Binding(
            "validation.loss",
            "scoring",
            choice("warn", None, *_LOSSES.values()),
            _loss,
            _scored,
            formula="warn, none: accuracy",
        ),
        Binding(
            "validation.refit",
            "refit",
            flag(),
            lambda v, c: v == "all_rows",
            lambda v, c: "all_rows" if v else "mean_of_folds",
        ),
        Binding("intercept", "fit_intercept", flag()),
        {b.setting: b for b in LOGISTIC.bindings}["penalty.intercept"],
        CLASS_WEIGHT,
        Binding(
            "seed",
            "random_state",
            integer(0),
            active_if=(When("solver", ("sag", "saga"), otherwise=cross_validation.DRAWN),),
        ),
        Binding("solver.dual", "dual", flag(), active_if=(When("solver", ("liblinear",)),)),
        Binding("solver.tolerance", "tol", number(0)),
        Binding("solver.max_iterations", "max_iter", integer(1)),
        *(chosen(b, "sklearn.logistic takes it") for b in _CHOSEN),
    ),
    always={
        **{k: v for k, v in cross_validation.ALWAYS.items() if k != "validation.refit"},
        "precision": "float64",
        "missing": "error",
        "features.standardize": "none",
        "decision.threshold": 0.5,
        "link": "logit",
        "path.scale": "sum",
    },
    implied=lambda native: (
        {"penalty.intercept": 0.0}
        if native.get("solver", "lbfgs") != "liblinear" and native.get("fit_intercept", True)
        else {}
    ),
    passed={"use_legacy_attributes": False},
    outside={
        **FIT_CLASSES,
        **cross_validation.OUTSIDE,
        "*.verbose": VERBOSE,
        "*.penalty": Outside("other", "deprecated: Cs and l1_ratios say which penalty"),
        "*.use_legacy_attributes": Outside("output", "the shapes of the attributes of a fit"),
    },
    probes={
        "solver": Probe(("lbfgs", "newton-cholesky")),
        "l1_ratios": Probe((0.25, 0.75), {**_SAGA, "Cs": a_list(0.1, 0.2)}),
        "Cs": Probe((10, 3)),
        "eps": Probe((1e-8, 1e-4), {"Cs": 10}),
        "C_min": Probe((1e-4, 1e-2), {"Cs": 3}),
        "cv": Probe((3, 5), {**_FINE, "assignment": "modulo"}, ({"assignment": "leave_one_out"},)),
        "assignment": Probe(("blocks", "stratified"), _FINE),
        "scoring": Probe(("accuracy", "neg_log_loss"), {"Cs": 15}),
        "refit": Probe((True, False)),
        "fit_intercept": Probe((True, False)),
        "intercept_scaling": Probe(
            (1.0, 5.0),
            {"solver": "liblinear", "fit_intercept": True},
            ({"solver": "lbfgs"}, {"fit_intercept": False}),
        ),
        "class_weight": Probe((None, "balanced")),
        "random_state": Probe(
            (1, 2),
            {**_DRAWN, "solver": "lbfgs"},
            ({"assignment": "modulo"},),
            tried={"assignment": (None, "blocks", "modulo", "random"), "solver": ("lbfgs", "sag", "saga")},
        ),
        "dual": Probe((False, True), {"solver": "liblinear"}, ({"solver": "lbfgs"},), refused=True),
        "tol": Probe((1e-1, 1e-6)),
        "max_iter": Probe((2, 5)),
        "C_": Probe(why_not="an output: the penalty that was chosen"),
    },
    convex=True,
    limits=_limits,
    relatives=("sklearn.logistic",),
    prepared=_prepared,
    decided=_decided,
    describe=_describe,
    spelled=_spelled,
    seconds=0.3,
)
