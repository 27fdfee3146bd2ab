"""Parts of the records of LassoCV and ElasticNetCV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crossframe.core.types import FloatArray, Target, Value
from crossframe.frameworks.sklearn._model import VERBOSE
from crossframe.frameworks.sklearn.models import _cross_validation as cross_validation
from crossframe.frameworks.sklearn.models import _least_squares as least_squares
from crossframe.settings.binding import When
from crossframe.settings.probe import Probe

_GRID = ("alphas", "eps", "alpha_max")
_OWN: dict[str, Value] = {"assignment": None, "alpha_max": None}
REMEDY = "sklearn.lasso and sklearn.elasticnet take it"

BINDINGS = (
    *cross_validation.grid(*_GRID, (lambda s, n: s, lambda v, n: v), of_data=True),
    *cross_validation.folds("blocks"),
    *(
        replace(b, active_if=(When("selection", ("random",), otherwise=cross_validation.DRAWN),))
        if b.setting == "seed" else b
        for b in least_squares.DESCENT
    ),
)  # fmt: skip
ALWAYS: dict[str, Value] = {
    **least_squares.ALWAYS,
    **cross_validation.ALWAYS,
    "solver.algorithm": "coordinate_descent",
    "validation.loss": "squared_error",
    "path.scale": "mean",
}
OUTSIDE = {
    **{
        k: v
        for k, v in least_squares.DESCENT_OUTSIDE.items()
        if k not in ("*.warm_start", "*.fit.check_input")
    },
    **cross_validation.OUTSIDE,
    "*.verbose": VERBOSE,
}

_RANDOM: dict[str, Value] = {"selection": "cyclic", "assignment": "random", "alphas": 30, "cv": 2}
PROBES = {
    "alphas": Probe((100, 5)),
    "eps": Probe((1e-3, 0.3), {"alphas": 10}),
    "alpha_max": Probe((0.05, 0.2), {"alphas": 10}),
    "cv": Probe(
        (2, 6),
        {"alphas": 100, "assignment": "modulo"},
        ({"assignment": "leave_one_out"},),
        tried={"assignment": (None, "blocks", "modulo", "random")},
    ),
    "assignment": Probe(("blocks", "modulo"), {"alphas": 30}),
    **{k: v for k, v in least_squares.DESCENT_PROBES.items() if k not in ("alpha", "random_state")},
    "random_state": Probe((1, 2), _RANDOM, ({"assignment": "modulo"},)),
    "alpha_": Probe(why_not="an output: the penalty that was chosen"),
}


def prepared(estimator: Any, arguments: dict[str, Value]) -> tuple[Any, dict[str, Value]]:
    """The class that takes crossframe's parameters beside the estimator's own."""

    def made(given: dict[str, Any], y: Target) -> dict[str, Any]:
        return {
            **given,
            "alphas": cross_validation.penalties(given, *_GRID),
            "cv": cross_validation.splitter(given, y),
        }

    return cross_validation.with_own(estimator, _OWN, made), arguments


def spelled(arguments: Mapping[str, Value]) -> tuple[list[str], list[str]]:
    """Imports and arguments of a stand-alone program; see `cross_validation.program_arguments`."""
    given = {"alphas": 100, "eps": 1e-3, **arguments} if arguments.get("alpha_max") is not None else arguments
    return cross_validation.program_arguments(given, *_GRID, own=tuple(_OWN))


def decided(estimator: Any) -> dict[str, Value]:
    """The penalty that was chosen."""
    return {"alpha_": float(estimator.alpha_)}


def describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    """How the fit with the chosen penalty ended, and which that is; ``gave_up`` may be of another."""
    of_folds = gave_up and estimator.n_iter_ < estimator.max_iter
    made = least_squares.describe(estimator, X, y, "" if of_folds else gave_up)
    chosen = f"alpha {estimator.alpha_:.6g}, {cross_validation.place(estimator.alpha_, estimator.alphas_)}"
    message = f"{chosen}; {made['convergence']}"
    return {**made, "convergence": f"{message}; of the folds: {gave_up}" if of_folds else message}


def limits(
    native: Mapping[str, Value], effective: Mapping[str, Value], rows: int
) -> tuple[dict[str, Value], ...]:
    """Coordinate descent until the duality gap is rounding, for every penalty and fold."""
    return ({"tol": 1e-13, "max_iter": 100_000},)
