"""Lasso: least squares with an l1 penalty."""

from __future__ import annotations

from crossframe.frameworks.sklearn._model import WEIGHTED, SklearnModel
from crossframe.frameworks.sklearn.models import _least_squares as least_squares
from crossframe.settings.binding import Binding, number

MODEL = SklearnModel(
    name="sklearn.lasso",
    title="Lasso",
    family="linear",
    order=60,
    tasks=least_squares.TASKS,
    callables=("sklearn.linear_model:Lasso",),
    bindings=(
        Binding("penalty.l1", "alpha", number(0), formula="RSS / (2n) + alpha |beta|_1: l1 = alpha"),
        *least_squares.DESCENT,
    ),
    always={**least_squares.ALWAYS, "penalty.l2": 0.0, "solver.algorithm": "coordinate_descent"},
    outside=least_squares.DESCENT_OUTSIDE,
    base={"alpha": 0.01},
    probes=least_squares.DESCENT_PROBES,
    convex=True,
    by_row=WEIGHTED,
    limits=least_squares.descent_limits,
    relatives=("sklearn.linear", "sklearn.ridge", "sklearn.elasticnet"),
    describe=least_squares.describe,
    method=least_squares.method,
)
