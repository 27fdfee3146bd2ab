"""scikit-learn's least squares: what a fitted regression says of its end, and its labels of classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from crossframe.engines.base import Coefficients, FloatArray, IntArray, Status, Task

MODELS = ("linear", "ridge", "lasso", "elasticnet")


def labels(score: FloatArray, task: Task) -> IntArray | None:
    """Leek's rule for fitted values of two classes, 0 and 1: 1 above one half. Numbers have no labels."""
    return (score > 0.5).astype(np.int64) if task == "classes" else None


def describe(estimator: Any, X: FloatArray, gave_up: str) -> dict[str, Any]:
    """Status, coefficients, iterations and the word on the end.

    Attributes that scikit-learn documents: ``rank_`` of LinearRegression, ``solver_`` and ``n_iter_`` of
    Ridge, ``n_iter_`` and ``dual_gap_`` of Lasso and ElasticNet.
    """
    coefficients = Coefficients(float(estimator.intercept_), np.array(estimator.coef_, dtype=np.float64))
    iterations = getattr(estimator, "n_iter_", None)
    done = None if iterations is None else int(np.max(iterations))
    if hasattr(estimator, "dual_gap_"):
        word = f"coordinate descent: {done} of at most {estimator.max_iter} passes, "
        word += f"duality gap {float(np.max(estimator.dual_gap_)):.3g}"
    elif hasattr(estimator, "solver_"):
        word = str(estimator.solver_) + (f": {done} iterations" if done is not None else ", in one step")
    else:
        rank = getattr(estimator, "rank_", None)
        word = f"rank {rank} of {X.shape[1]}" if rank is not None else "non-negative least squares"
    status = Status.CONVERGED
    if gave_up:
        limit = getattr(estimator, "max_iter", None)
        full = limit is not None and done is not None and done >= limit
        status = Status.ITERATION_LIMIT if full else Status.NOT_CONVERGED
        word = word if full else f"{word}; {gave_up}"
    return {"status": status, "coefficients": coefficients, "iterations": done, "convergence": word}
