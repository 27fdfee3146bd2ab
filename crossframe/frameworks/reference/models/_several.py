"""``reference.optimum`` for more than two classes: a softmax, or a logistic regression of each class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray, Value
from crossframe.frameworks.contract import FitRequest, Status, of_classes


def fit(request: FitRequest, native: Mapping[str, Value]) -> dict[str, Any]:
    """The certified optimum for the classes of a request, see `crossframe.optima.multinomial`.

    With ``scheme=one_vs_rest`` those of K problems of two classes, their probabilities divided by their sum.
    ``native`` has all settings of the model. Raises ValueError for what no optimum is sought of.
    """
    from crossframe.optima.multinomial import SETTINGS

    scheme, parametrization = native["scheme"], native["parametrization"]
    if native["link"] != "logit":
        raise ValueError(f"several classes have the link logit, not {native['link']}")
    shared: dict[str, Any] = {name: native[name] for name in SETTINGS} | {"weights": request.weights}
    if request.offset is not None:
        raise ValueError("several classes have no offset")
    return _each(request, shared) if scheme == "one_vs_rest" else _softmax(request, shared, parametrization)


def _softmax(request: FitRequest, shared: dict[str, Any], parametrization: Value) -> dict[str, Any]:
    from scipy.special import softmax

    from crossframe.optima import SolutionStatus
    from crossframe.optima.multinomial import Multinomial, raw_scores, solve_classes

    problem = Multinomial.of(
        request.X_train, request.y_train, request.classes, reference=parametrization == "reference", **shared
    )
    solution = solve_classes(problem)
    # A class without a training row has no finite coefficients, which are reported as a lack of convergence.
    if solution.status is SolutionStatus.NOT_CERTIFIED:
        status = Status.NOT_CONVERGED
    elif "separate" in solution.reason:
        status = Status.SEPARATED
    else:
        status = Status.RANK_DEFICIENT if solution.aliased else Status.CONVERGED
    return _fields(
        request, status,
        lambda X: np.asarray(softmax(raw_scores(X, solution.intercept, solution.coefficients), axis=1)),
        iterations=solution.iterations, digits=solution.digits, reason=solution.reason,
        class_coefficients=of_classes(solution.intercept, solution.coefficients),
    )  # fmt: skip


def _each(request: FitRequest, shared: dict[str, Any]) -> dict[str, Any]:
    from scipy.special import expit

    from crossframe.optima import Problem, SolutionStatus, solve

    made = [
        solve(Problem(request.X_train, (request.y_train == c).astype(np.float64), "logit", **shared))
        for c in range(request.classes)
    ]
    reasons = [f"class {c}: {s.reason}" for c, s in enumerate(made) if s.reason]
    status = Status.CONVERGED
    if any(s.status is SolutionStatus.NOT_CERTIFIED for s in made):
        status = Status.NOT_CONVERGED
    elif any("separates" in s.reason for s in made):
        status = Status.SEPARATED
    elif reasons:
        status = Status.RANK_DEFICIENT

    def score(X: FloatArray) -> FloatArray:
        each = np.column_stack([expit(s.intercept + X @ np.nan_to_num(s.coefficients)) for s in made])
        return np.asarray(each / each.sum(axis=1, keepdims=True))

    return _fields(
        request, status, score,
        iterations=max(s.iterations for s in made), digits=min(s.digits for s in made),
        reason="; ".join(reasons), class_coefficients=None,
    )  # fmt: skip


def _fields(
    request: FitRequest,
    status: Status,
    score: Callable[[FloatArray], FloatArray],
    *,
    iterations: int,
    digits: float,
    reason: str,
    class_coefficients: FloatArray | None,
) -> dict[str, Any]:
    return {
        "status": status,
        "score": score(request.X_eval),
        "train_score": score(request.X_train),
        "is_probability": True,
        "class_coefficients": class_coefficients,
        "iterations": iterations,
        "convergence": f"{digits:.3g} certified digits" if digits else reason,
        "evidence": (reason,) if reason else (),
    }
