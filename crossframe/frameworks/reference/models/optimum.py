"""``reference.optimum``: the certified optimum of a penalised regression, logistic, linear or log-linear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Value
from crossframe.frameworks.contract import Coefficients, FitRequest, Status
from crossframe.frameworks.inference import LEVEL, Inference, measured
from crossframe.frameworks.reference._model import ReferenceModel
from crossframe.frameworks.reference.models import _several
from crossframe.settings.binding import Binding, Context, When, choice, flag, number
from crossframe.settings.family import OF_LINK, power

if TYPE_CHECKING:
    from crossframe.optima import Problem, Solution

COUNTS = "negative_binomial"
_LARGEST = 1e9
"""Rows times squared columns beyond which no standard errors are computed."""


def fit(request: FitRequest, native: Mapping[str, Value]) -> dict[str, Any]:
    """The certified optimum of the penalised regression, see `crossframe.optima`.

    If it does not exist, because a linear rule separates the classes, the status says so and the
    coefficients are those at which the solver stopped.
    """
    from scipy.special import expit

    from crossframe.optima import SolutionStatus, solve

    counts = native.get("theta") is not None
    try:
        if request.classes > 2:
            return _several.fit(request, native)
        problem = problem_of(
            request.X_train, request.y_train, native, weights=request.weights, offset=request.offset
        )
        solution = solve(problem)
    except ValueError as error:
        return {"status": Status.REFUSED, "evidence": (str(error),)}
    beta = np.nan_to_num(solution.coefficients)

    def score(X: FloatArray, offset: FloatArray | None) -> FloatArray:
        eta: FloatArray = solution.intercept + X @ beta
        eta = eta if offset is None else eta + offset
        inverse = {"identity": lambda eta: eta, "logit": expit, "log": np.exp}
        return np.asarray(inverse["log" if counts else problem.link](eta))

    if solution.status is SolutionStatus.NOT_CERTIFIED:
        status = Status.NOT_CONVERGED
    elif "separates" in solution.reason:
        status = Status.SEPARATED
    else:
        status = Status.RANK_DEFICIENT if solution.aliased else Status.CONVERGED
    aliased = tuple(request.names[j] for j in solution.aliased)
    reason = f"rank deficient: other columns determine {', '.join(aliased)}" if aliased else solution.reason
    return {
        "status": status,
        "score": score(request.X_eval, request.evaluation.offset),
        "train_score": score(request.X_train, request.offset),
        "is_probability": problem.link == "logit" and not counts,
        "coefficients": Coefficients(solution.intercept, solution.coefficients, aliased),
        "inference": None if counts else inference(problem, solution),
        "iterations": solution.iterations,
        "convergence": f"{solution.digits:.3g} certified digits" if solution.digits else reason,
        "evidence": (reason,) if reason else (),
    }


def problem_of(
    X: FloatArray,
    y: Target,
    native: Mapping[str, Value],
    *,
    weights: FloatArray | None = None,
    offset: FloatArray | None = None,
) -> Problem:
    """The problem that native settings describe, of two classes or of numbers. Raises `ValueError`."""
    from crossframe.optima import Problem
    from crossframe.optima.negative_binomial import as_logistic

    # Settings that hold of more than two classes alone are left out.
    given: dict[str, Any] = {k: v for k, v in native.items() if k not in ("scheme", "parametrization")}
    theta, target = given.pop("theta", None), y.astype(np.float64)
    if theta is not None:
        return as_logistic(X, target, theta, weights=weights, offset=offset, **given)
    return Problem(X, target, weights=weights, offset=offset, **given)


def inference(problem: Problem, solution: Solution) -> Inference | None:
    """Wald's inference at a certified, unique optimum; None with a penalty, or for many columns.

    Standard errors are by the Fisher information, the dispersion is that of Pearson's residuals over n - p,
    and 1 for classes and counts; with an estimated one tests and intervals are by t. Rows of weight 0 do not
    count in n.
    """
    from scipy import stats
    from scipy.special import expit

    from crossframe.optima.information import unscaled_errors

    large = problem.X.size * problem.X.shape[1] > _LARGEST
    errors = None if large else unscaled_errors(problem, solution)
    if errors is None:
        return None
    rows = len(problem.y) if problem.weights is None else np.count_nonzero(problem.weights)
    rest = int(rows - np.isfinite(errors).sum())
    known = problem.link == "logit" or (problem.link == "log" and problem.power == 1.0)
    eta = solution.intercept + problem.X @ np.nan_to_num(solution.coefficients)
    eta = eta if problem.offset is None else eta + problem.offset
    with np.errstate(all="ignore"):
        mean = eta if problem.link == "identity" else expit(eta) if problem.link == "logit" else np.exp(eta)
        variance = mean**problem.power if problem.link == "log" else 1.0
        weights = 1.0 if problem.weights is None else problem.weights
        pearson = float(np.sum(weights * (problem.y - mean) ** 2 / variance)) / max(rest, 1)
        dispersion = 1.0 if known else pearson
        if not (known or rest > 0):
            return None
        errors = errors * np.sqrt(dispersion)
        estimates = np.concatenate([[solution.intercept], solution.coefficients])
        at = stats.norm if known else stats.t(rest)
        half = errors * at.ppf(0.5 + LEVEL / 2)
        tested = estimates / errors
        columns = (errors, tested, 2 * at.sf(np.abs(tested)), estimates - half, estimates + half)
    return Inference(np.column_stack(columns), measured(dispersion=dispersion, residual_df=rest))


def _of_power(binding: Binding) -> Binding:
    """``binding`` of the power, which has an effect with the log link alone."""
    encode, decode = binding.to_framework, binding.to_vocabulary
    of_counts = COUNTS if binding.setting == "family" else None

    def encoded(value: Value, context: Context) -> Value:
        link = context.native.get("link")
        if binding.setting == "family" and value == COUNTS:
            if context.native.get("theta") is None or link != "log":
                raise UsageError(f"family={COUNTS} needs its size and the log link", "give family.theta")
            return 1.0
        if link == "log":
            return encode(value, context)
        if binding.setting == "family" and OF_LINK.get(link) == value:
            return 1.0
        raise UsageError(f"the reference model has no {binding.setting}={value} with the link {link}")

    def decoded(value: Value, context: Context) -> Value:
        if context.native.get("link") != "log":
            return None
        return of_counts if context.native.get("theta") is not None else decode(value, context)

    return replace(
        binding,
        to_framework=encoded,
        to_vocabulary=decoded,
        active_if=(When("link", ("log",)),),
    )


_POWER = tuple(map(_of_power, power(1, 2)))

MODEL = ReferenceModel(
    name="reference.optimum",
    title="certified optimum",
    order=20,
    tasks=frozenset({"classes", "numbers"}),
    several=True,
    numbers_by=("link", "identity"),
    bindings=(
        Binding("link", "link", choice("logit", "identity", "log")),
        Binding("family.theta", "theta", number(0, open_low=True), active_if=(When("link", ("log",)),)),
        *_POWER,
        Binding("class.scheme", "scheme", choice("multinomial", "one_vs_rest")),
        Binding("class.parametrization", "parametrization", choice("symmetric", "reference")),
        Binding("penalty.l2", "l2", number(0)),
        Binding("penalty.l1", "l1", number(0)),
        Binding("penalty.intercept", "intercept_penalty", number(0)),
        Binding("intercept", "intercept", flag()),
        Binding("features.standardize", "standardize", choice("none", "sd_n", "sd_n-1")),
        Binding("collinear", "collinear", choice("alias", "minimum_norm")),
        Binding("solver.rank_tolerance", "rank_tolerance", number(0)),
    ),
    always={"decision.threshold": 0.5, "missing": "error", "class_weight": "none"},
    passed={
        "link": "logit",
        "l2": 0.0,
        "l1": 0.0,
        "intercept_penalty": 0.0,
        "intercept": True,
        "standardize": "none",
        "collinear": "alias",
        "rank_tolerance": None,
        "power": 1.0,
        "theta": None,
        "scheme": "multinomial",
        "parametrization": "symmetric",
    },
    fit=fit,
    convex=True,
    by_row=frozenset({"weights", "offset"}),
)
