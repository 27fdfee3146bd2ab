"""Parts of the records of LinearRegression, Ridge, Lasso and ElasticNet.

The vocabulary's mean loss is (y - x b)^2 / 2, so that Ridge's RSS + alpha |b|^2 is 2n times the
mean loss + alpha/(2n) |b|^2; Lasso and ElasticNet write the mean loss as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray, Target, Task, Value
from crossframe.frameworks.contract import Coefficients, Status
from crossframe.frameworks.sklearn._model import FIT, WARM_START
from crossframe.settings.binding import Binding, Outside, When, choice, flag, integer, number
from crossframe.settings.probe import Probe

TASKS: frozenset[Task] = frozenset({"classes", "numbers"})
"""Both targets are fitted as numbers: two classes as 0 and 1."""

ALWAYS: dict[str, Value] = {
    "decision.threshold": 0.5,
    "precision": "float64",
    "missing": "error",
    "features.standardize": "none",
    "link": "identity",
    "class_weight": "none",
    "penalty.intercept": 0.0,
}
"""Rules without a parameter. The threshold is Leek's, for two classes that are fitted as 0 and 1."""

OUTSIDE = {**FIT, "*.copy_X": Outside("running", "whether the features may be overwritten")}

BINDINGS = (Binding("intercept", "fit_intercept", flag()), Binding("bounds.non_negative", "positive", flag()))
PROBES = {
    "fit_intercept": Probe((True, False)),
    # pixels have coefficients below 0, the plain features none
    "positive": Probe((False, True), sample="image"),
}

DESCENT = (
    *BINDINGS,
    Binding("solver.selection", "selection", choice("cyclic", "random")),
    Binding("seed", "random_state", integer(0), active_if=(When("selection", ("random",)),)),
    Binding(
        "solver.tolerance",
        "tol",
        number(0),
        formula="looked at once no coefficient changes by more than tol of the largest: the duality gap "
        "of the summed loss is then at most tol * |y|^2, y centred",
    ),
    Binding("solver.max_iterations", "max_iter", integer(1), formula="passes over the features"),
)
"""Coordinate descent, as Lasso and ElasticNet have it."""

DESCENT_OUTSIDE = {
    **OUTSIDE,
    "*.fit.check_input": Outside("running", "whether the arrays are looked through first"),
    "*.precompute": Outside("running", "whether the products of the features are kept"),
    "*.warm_start": WARM_START,
}
DESCENT_PROBES = {
    "alpha": Probe((0.01, 0.1)),
    **PROBES,
    "selection": Probe(("cyclic", "random"), {"max_iter": 2}),
    "random_state": Probe((1, 2), {"selection": "random", "max_iter": 2}, ({"selection": "cyclic"},)),
    "tol": Probe((0.5, 1e-8)),
    "max_iter": Probe((1, 2)),
}


def descent_limits(
    native: Mapping[str, Value], effective: Mapping[str, Value], rows: int
) -> tuple[dict[str, Value], ...]:
    """Coordinate descent until the duality gap is rounding; see `crossframe.frameworks.model.Limits`."""
    return ({"tol": 1e-14, "max_iter": 100_000},)


_UNCOUNTED = {
    "sparse_cg": ": scikit-learn reports neither its iterations nor whether it converged",
    "lbfgs": ": iterations not reported",
}
"""Solver of Ridge without a number of iterations -> how its fit ended; the others take one step."""


def method(arguments: Mapping[str, Value], task: Task) -> str:
    """``predict``: the scores are fitted values, for classes too."""
    return "predict"


def describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    """Status, coefficients, iterations and convergence message.

    Attributes that scikit-learn documents: ``rank_`` of LinearRegression, ``solver_`` and ``n_iter_`` of
    Ridge, ``n_iter_`` and ``dual_gap_`` of Lasso and ElasticNet. Ridge warns of the limit of neither lsqr,
    whose iterations are counted, nor sparse_cg.
    """
    coefficients = Coefficients(float(estimator.intercept_), np.array(estimator.coef_, dtype=np.float64))
    iterations = getattr(estimator, "n_iter_", None)
    done = None if iterations is None else int(np.max(iterations))
    if hasattr(estimator, "dual_gap_"):
        message = f"coordinate descent: {done} of at most {estimator.max_iter} passes, "
        message += f"duality gap {float(np.max(estimator.dual_gap_)):.3g}"
    elif hasattr(estimator, "solver_"):
        ways = _UNCOUNTED.get(estimator.solver_, ", in one step")
        message = f"{estimator.solver_}{ways if done is None else f': {done} iterations'}"
    else:
        rank = getattr(estimator, "rank_", None)
        message = (
            f"rank {rank} of {X.shape[1]} features" if rank is not None else "non-negative least squares"
        )
    status = Status.CONVERGED
    limit = getattr(estimator, "max_iter", None)
    lsqr = getattr(estimator, "solver_", None) == "lsqr"
    if limit is None and lsqr:
        # That of SciPy's lsqr.
        limit = 2 * X.shape[1]
    full = limit is not None and done is not None and done >= limit
    if gave_up or (full and lsqr):
        status = Status.ITERATION_LIMIT if full else Status.NOT_CONVERGED
        message = message if full else f"{message}; {gave_up}"
    return {"status": status, "coefficients": coefficients, "iterations": done, "convergence": message}
