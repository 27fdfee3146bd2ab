"""What needs no framework: what a person would guess without data, and the two referees."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from crossframe.engines.base import (
    Availability,
    Coefficients,
    Declared,
    EngineConfig,
    FitRequest,
    FitResult,
    FloatArray,
    Status,
    Value,
    fingerprint,
)
from crossframe.engines.reference_mlp import fit as _network
from crossframe.engines.reference_mlp import labels
from crossframe.settings import BINDINGS, inert, to_canonical, to_native
from crossframe.settings.families import for_target
from crossframe.settings.reference import DEFAULTS


@final
class Reference:
    """A rule that learns nothing, the referee of the linear family, and that of networks."""

    name = "reference"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config

    def probe(self) -> Availability:
        """Always there."""
        return Availability(True, {"numpy": np.__version__})

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """See `Engine`."""
        return {
            model.partition(".")[2]: tuple(b.setting for b in table)
            for model, table in BINDINGS.items()
            if model.startswith("reference.")
        }

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """See `Engine`."""
        source = "crossframe.engines.reference"
        return tuple(Declared(k, v, source, model) for k, v in DEFAULTS[f"reference.{model}"].items())

    def fit(self, request: FitRequest) -> FitResult:
        """See `_centre`, `_optimum` and `crossframe.engines.reference_mlp.fit`."""
        begin = time.perf_counter()
        name = f"reference.{request.model}"
        n = len(request.y_train)
        given = for_target(name, request.settings, request.native, request.task)
        native = DEFAULTS[name] | to_native(name, request.settings, given, n)
        found = _FIT[request.model](request, native)
        if not found["status"].usable:
            return FitResult(**found)
        if request.task == "classes":
            rule = native.get("decision.threshold", native.get("threshold", 0.5))
            threshold, label = labels(rule, found["train_score"], request.y_train)
            found |= {
                "labels": label(found["score"]),
                "train_labels": label(found["train_score"]),
                "threshold": threshold,
            }
        return FitResult(
            **found,
            effective=native,
            canonical=to_canonical(name, native, n),
            inert=inert(name, native),
            fingerprint=fingerprint(request.X_train, request.y_train),
            timings={"fit": time.perf_counter() - begin},
        )

    def close(self) -> None:
        """Nothing to release."""


def _centre(request: FitRequest, native: Mapping[str, Value]) -> dict[str, Any]:
    """Class 1 where the centre pixel is above ``threshold``.

    The centre pixel is (height // 2, width // 2) counted from 0: (14, 14) of a 28 x 28 image. The
    threshold is in the pixels' own units; the training rows are not looked at. Rule: Beam 2017,
    "centre pixel black -> 1".
    """
    if request.image_shape is None:
        return {"status": Status.CANNOT_EXPRESS, "evidence": ("the centre pixel needs images",)}
    height, width = request.image_shape
    centre = (height // 2) * width + width // 2
    return {
        "status": Status.CONVERGED,
        "score": np.ascontiguousarray(request.X_eval[:, centre]),
        "train_score": np.ascontiguousarray(request.X_train[:, centre]),
        "is_probability": False,
        "convergence": f"nothing to fit: pixel {centre} > {native['threshold']:g}",
    }


def _optimum(request: FitRequest, native: Mapping[str, Value]) -> dict[str, Any]:
    """The optimum of the penalised regression, certified (`crossframe.referee`).

    Where there is none, because a linear rule separates the classes, the status says so and the
    coefficients are where the referee stopped.
    """
    from crossframe.referee.linear import solve
    from crossframe.referee.problem import Problem, SolutionStatus

    try:
        problem = Problem(request.X_train, request.y_train.astype(np.float64), **native)  # type: ignore[arg-type]
        solution = solve(problem)
    except ValueError as error:
        return {"status": Status.REFUSED, "evidence": (str(error),)}
    beta = np.nan_to_num(solution.coefficients)
    aliased = tuple(request.names[j] for j in solution.aliased)

    def score(X: FloatArray) -> FloatArray:
        eta = solution.intercept + X @ beta
        return eta if problem.link == "identity" else _logistic(eta)

    if solution.status is SolutionStatus.NOT_CERTIFIED:
        status = Status.NOT_CONVERGED
    elif "separates" in solution.reason:
        status = Status.SEPARATED
    else:
        status = Status.RANK_DEFICIENT if solution.aliased else Status.CONVERGED
    said = f"{solution.digits:.3g} certified digits" if solution.digits else solution.reason
    return {
        "status": status,
        "score": score(request.X_eval),
        "train_score": score(request.X_train),
        "is_probability": problem.link == "logit",
        "coefficients": Coefficients(solution.intercept, solution.coefficients, aliased),
        "iterations": solution.iterations,
        "convergence": said,
        "evidence": (solution.reason,) if solution.reason else (),
    }


def _logistic(eta: FloatArray) -> FloatArray:
    from scipy.special import expit

    p: FloatArray = expit(eta)
    return p


_FIT = {"centre": _centre, "optimum": _optimum, "mlp": _network}
