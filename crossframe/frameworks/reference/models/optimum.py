"""``reference.optimum``: the certified optimum of a penalised regression, logistic, linear or log-linear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Value
from crossframe.frameworks.contract import Coefficients, FitRequest, Status
from crossframe.frameworks.reference._model import ReferenceModel
from crossframe.settings.binding import Binding, Context, When, choice, flag, number
from crossframe.settings.family import OF_LINK, power


def fit(request: FitRequest, native: Mapping[str, Value]) -> dict[str, Any]:
    """The certified optimum of the penalised regression, see `crossframe.optima`.

    If it does not exist, because a linear rule separates the classes, the status says so and the
    coefficients are those at which the solver stopped.
    """
    from scipy.special import expit

    from crossframe.optima import Problem, SolutionStatus, solve

    try:
        problem = Problem(request.X_train, request.y_train.astype(np.float64), **native)  # type: ignore[arg-type]
        solution = solve(problem)
    except ValueError as error:
        return {"status": Status.REFUSED, "evidence": (str(error),)}
    beta = np.nan_to_num(solution.coefficients)

    def score(X: FloatArray) -> FloatArray:
        eta: FloatArray = solution.intercept + X @ beta
        inverse = {"identity": lambda eta: eta, "logit": expit, "log": np.exp}[problem.link]
        return np.asarray(inverse(eta))

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
        "score": score(request.X_eval),
        "train_score": score(request.X_train),
        "is_probability": problem.link == "logit",
        "coefficients": Coefficients(solution.intercept, solution.coefficients, aliased),
        "iterations": solution.iterations,
        "convergence": f"{solution.digits:.3g} certified digits" if solution.digits else reason,
        "evidence": (reason,) if reason else (),
    }


def _of_power(binding: Binding) -> Binding:
    """``binding`` of the power, which has an effect with the log link alone."""
    encode, decode = binding.to_framework, binding.to_vocabulary

    def encoded(value: Value, context: Context) -> Value:
        link = context.native.get("link")
        if link == "log":
            return encode(value, context)
        if binding.setting == "family" and OF_LINK.get(link) == value:
            return 1.0
        raise UsageError(f"the reference model has no {binding.setting}={value} with the link {link}")

    return replace(
        binding,
        to_framework=encoded,
        to_vocabulary=lambda v, c: decode(v, c) if c.native.get("link") == "log" else None,
        active_if=(When("link", ("log",)),),
    )


_POWER = tuple(map(_of_power, power(1, 2)))

MODEL = ReferenceModel(
    name="reference.optimum",
    title="certified optimum",
    order=20,
    tasks=frozenset({"classes", "numbers"}),
    numbers_by=("link", "identity"),
    bindings=(
        Binding("link", "link", choice("logit", "identity", "log")),
        *_POWER,
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
    },
    fit=fit,
    convex=True,
)
