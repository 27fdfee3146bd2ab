"""The optimum of an objective on a design: certified for two links, by Newton's method for the others."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.explain.coefficients.designs import Design
from crossframe.explain.coefficients.stationary import Local, Objective, Printed, nearest
from crossframe.optima.linear import solve
from crossframe.optima.problem import Problem, SolutionStatus

_DIGITS = 12.0
_CERTIFIED = 1_000_000
"""Numbers in a design up to which an optimum without a penalty is certified; beyond, that takes long."""
_STEPS = 100
_FAR = 60.0
"""Score of a binary model beyond which no optimum is expected: the classes are separated."""
_BINARY = ("logit", "probit", "cloglog")


def problem(design: Design, objective: Objective) -> Problem | None:
    """The objective as a problem whose optimum can be certified; None for links that it does not have."""
    if objective.link not in ("logit", "identity"):
        return None
    y = objective.scale * design.y + objective.shift
    return Problem(
        design.X, y, objective.link, objective.l2, objective.l1,  # type: ignore[arg-type]
        intercept=design.intercept != "none", intercept_penalty=objective.intercept_penalty,
        standardize=objective.standardize, weights=design.weights,
    )  # fmt: skip


def optimum(design: Design, objective: Objective, printed: Printed, relax: float = 0.0) -> FloatArray | None:
    """The optimum of an objective, (1 + p,), certified where it can be; None without a finite one.

    Where the columns are linearly dependent, the one next to the printed numbers, off by ``relax`` at most.
    """
    local = Local(design, objective.link, printed)
    if local.deficient and not objective.l2:
        if not local.usable:
            return None
        return np.asarray(local.values + nearest(local, local.tolerances(relax)))
    stated = problem(design, objective)
    if stated is not None and (objective.penalised or design.X.size <= _CERTIFIED):
        solution = solve(stated, _DIGITS)
        if solution.status is not SolutionStatus.CERTIFIED:
            return None
        return np.concatenate([[solution.intercept], solution.coefficients])
    if objective.scale != 1.0 or objective.shift:
        design = replace(design, y=objective.scale * design.y + objective.shift)
    return likeliest(design, objective.link, printed)


def likeliest(design: Design, link: str, printed: Printed) -> FloatArray | None:
    """Maximum likelihood, (1 + p,), in float64 by Newton's method from the model without features.

    For links without a certified optimum, and where many designs are tried; None where it does not converge.
    """
    null = Printed(np.concatenate([[0.0], np.zeros(design.X.shape[1])]), printed.tolerances)
    values = null.values
    if design.intercept != "none":
        mean = float(np.average(design.y, weights=design.weights))
        starts = {"log": math.log, "cloglog": lambda share: math.log(-math.log1p(-share))}
        values[0] = starts[link](mean) if link in starts else 0.0
    shown = replace(design, intercept="printed" if design.intercept == "hidden" else design.intercept)
    for _ in range(_STEPS):
        local = Local(shown, link, Printed(values, printed.tolerances))
        if not local.usable:
            return None
        step = -local.inverse(np.zeros(len(values))) @ local.gradient
        largest = float(np.abs(local.Z @ step).max())
        if link in _BINARY and float(np.abs(local.Z @ values).max()) > _FAR:
            return None
        values = values + step * min(1.0, 3.0 / max(largest, 1e-300))
        if largest < 1e-12:
            return np.asarray(values)
    return None
