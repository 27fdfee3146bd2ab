"""RidgeCV: a ridge regression whose penalty is chosen by cross-validation, by default one row at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Value, as_float
from crossframe.frameworks.contract import Coefficients, Status
from crossframe.frameworks.sklearn._model import FIT, SklearnModel
from crossframe.frameworks.sklearn.models import _cross_validation as cross_validation
from crossframe.frameworks.sklearn.models import _least_squares as least_squares
from crossframe.settings.binding import Binding, Context, Outside, choice, integer, number
from crossframe.settings.chosen import a_list, chosen
from crossframe.settings.probe import Probe

_GRID = ("alphas", "eps", "alpha_max")
_OWN: dict[str, Value] = {"assignment": None, "eps": 0.01, "alpha_max": None, "random_state": None}
_LARGEST = 10.0
"""The largest of the estimator's own penalties, which are 0.1, 1 and 10."""
_FINE: dict[str, Value] = {"alphas": 15, "eps": 1e-3, "alpha_max": 200.0}
_LOSSES = {
    "squared_error": "neg_mean_squared_error",
    "absolute_error": "neg_mean_absolute_error",
    "r2": "r2",
}


def _usual(arguments: Mapping[str, Any]) -> str:
    return str(arguments.get("assignment") or ("leave_one_out" if arguments.get("cv") is None else "blocks"))


def _loss(value: Value, context: Context) -> Value:
    if value not in _LOSSES:
        raise UsageError(f"RidgeCV has no validation.loss={value}", f"it has: {', '.join(_LOSSES)}")
    return _LOSSES[str(value)]


def _scored(value: Value, context: Context) -> Value:
    if value is None:
        return "squared_error" if _usual(context.native) == "leave_one_out" else "r2"
    return {native: ours for ours, native in _LOSSES.items()}[str(value)]


def _adapt(
    native: Mapping[str, Value], effective: Mapping[str, Value], asked: Mapping[str, Value]
) -> dict[str, Value]:
    """The loss in force, which without ``scoring`` would change with the folds."""
    kept = "validation.assignment" in asked and "validation.loss" not in asked
    return {"scoring": _LOSSES[str(effective["validation.loss"])]} if kept else {}


def _prepared(estimator: Any, arguments: dict[str, Value]) -> tuple[Any, dict[str, Value]]:
    def made(given: dict[str, Any], y: Target) -> dict[str, Any]:
        largest = _LARGEST if given["alpha_max"] is None else given["alpha_max"]
        # One row at a time it has a closed form, which no splitter asks for.
        single = _usual(given) == "leave_one_out"
        return {
            **given,
            "alphas": cross_validation.penalties({**given, "alpha_max": largest}, *_GRID),
            "cv": None if single else cross_validation.splitter({**given, "assignment": _usual(given)}, y),
        }

    return cross_validation.with_own(estimator, _OWN, made), arguments


def _spelled(arguments: Mapping[str, Value]) -> tuple[list[str], list[str]]:
    given = dict(arguments)
    if isinstance(given.get("alphas"), int) or given.get("alpha_max") is not None:
        given = {"alphas": 3, "eps": 0.01, "alpha_max": _LARGEST, **given}
    if _usual(given) == "leave_one_out":
        given |= {"assignment": None, "cv": None}
    return cross_validation.program_arguments(given, *_GRID, own=(*_OWN, "eps"))


def _describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    own = estimator.inner_.alphas
    message = f"alpha {estimator.alpha_:.6g}, {cross_validation.place(estimator.alpha_, own)}"
    return {
        "status": Status.CONVERGED,
        "coefficients": Coefficients(float(estimator.intercept_), np.array(estimator.coef_, np.float64)),
        "convergence": f"{message}; in one step for each",
    }


MODEL = SklearnModel(
    name="sklearn.ridge_cv",
    title="RidgeCV",
    family="linear",
    order=51,
    tasks=least_squares.TASKS,
    callables=("sklearn.linear_model:RidgeCV",),
    bindings=(
        *cross_validation.grid(
            *_GRID, (lambda s, n: s * n, lambda v, n: v / n), of_data=False, usual=_LARGEST
        ),
        *cross_validation.folds(_usual),
        Binding(
            "validation.loss",
            "scoring",
            choice(None, *_LOSSES.values()),
            _loss,
            _scored,
            formula="none: squared_error where one row at a time is left out, else r2",
        ),
        Binding("seed", "random_state", integer(0), active_if=(cross_validation.DRAWN,)),
        least_squares.BINDINGS[0],
        chosen(
            Binding(
                "penalty.l2",
                "alpha_",
                number(0),
                to_vocabulary=lambda v, c: as_float(v) / c.n,
                formula="RSS + alpha |beta|^2: l2 = alpha / n",
            ),
            "sklearn.ridge takes it",
        ),
    ),
    always={
        **least_squares.ALWAYS,
        **cross_validation.ALWAYS,
        "penalty.l1": 0.0,
        "penalty.mix": 0.0,
        "path.scale": "sum",
        "bounds.non_negative": False,
    },
    outside={
        **FIT,
        "*.fit.params": cross_validation.OUTSIDE["*.fit.params"],
        "*.gcv_mode": Outside("running", "by which decomposition the rows are left out one at a time"),
        "*.store_cv_results": Outside("output", "whether the losses of the rows are kept"),
        "*.alpha_per_target": Outside("other", "for several targets"),
    },
    probes={
        "alphas": Probe((a_list(0.1, 1, 10), a_list(1, 2)), {"assignment": None}),
        "eps": Probe((0.01, 0.5), {"alphas": 3}),
        "alpha_max": Probe((10.0, 1.0), {"alphas": 3}),
        "assignment": Probe(("blocks", "leave_one_out"), _FINE),
        "cv": Probe(
            (2, 10),
            {**_FINE, "assignment": "modulo"},
            ({"assignment": "leave_one_out"},),
        ),
        "scoring": Probe((None, "neg_mean_absolute_error"), _FINE),
        "random_state": Probe(
            (1, 2),
            {**_FINE, "assignment": "random"},
            ({"assignment": "modulo"},),
        ),
        "fit_intercept": Probe((True, False)),
        "alpha_": Probe(why_not="an output: the penalty that was chosen"),
    },
    convex=True,
    adapt=_adapt,
    relatives=("sklearn.ridge",),
    prepared=_prepared,
    decided=lambda estimator: {"alpha_": float(estimator.alpha_)},
    describe=_describe,
    spelled=_spelled,
    method=least_squares.method,
    seconds=0.05,
)
