"""Parts of the records of PoissonRegressor, GammaRegressor and TweedieRegressor.

The objective is half the mean deviance plus alpha/2 |b|^2, as the vocabulary has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray, Target, Value
from crossframe.frameworks.contract import Coefficients
from crossframe.frameworks.sklearn._model import FIT, VERBOSE, WARM_START, solved
from crossframe.settings.binding import Binding, choice, flag, integer, number
from crossframe.settings.probe import Probe

ALWAYS: dict[str, Value] = {
    "decision.threshold": 0.5,
    "precision": "float64",
    "missing": "error",
    "features.standardize": "none",
    "class_weight": "none",
    "penalty.intercept": 0.0,
    "penalty.l1": 0.0,
    "collinear": "none",
}
"""Rules without a parameter. The threshold is Leek's, for two classes that are fitted as 0 and 1."""

OUTSIDE = {**FIT, "*.warm_start": WARM_START, "*.verbose": VERBOSE}

BINDINGS = (
    Binding("penalty.l2", "alpha", number(0), formula="half the mean deviance + alpha/2 |beta|^2"),
    Binding("intercept", "fit_intercept", flag()),
    Binding("solver.algorithm", "solver", choice("lbfgs", "newton-cholesky")),
    Binding("solver.tolerance", "tol", number(0, open_low=True)),
    Binding("solver.max_iterations", "max_iter", integer(1)),
)

PROBES = {
    "alpha": Probe((0.5, 2.0)),
    "fit_intercept": Probe((True, False)),
    "solver": Probe(("lbfgs", "newton-cholesky")),
    "tol": Probe((1e-1, 1e-8)),
    "max_iter": Probe((1, 3)),
}


def limits(
    native: Mapping[str, Value], effective: Mapping[str, Value], rows: int
) -> tuple[dict[str, Value], ...]:
    """The smallest tolerance, then the same by Newton's method; see `crossframe.frameworks.model.Limits`."""
    tight: dict[str, Value] = {"tol": 1e-14, "max_iter": 10_000}
    return tight, {**tight, "solver": "newton-cholesky"}


def describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    """Status, coefficients, iterations and convergence message."""
    done = int(estimator.n_iter_)
    status, message = solved(estimator.solver, done, int(estimator.max_iter), gave_up)
    coefficients = Coefficients(float(estimator.intercept_), np.array(estimator.coef_, dtype=np.float64))
    return {"status": status, "coefficients": coefficients, "iterations": done, "convergence": message}
