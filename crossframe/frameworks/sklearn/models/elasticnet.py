"""ElasticNet: least squares with an l1 and an l2 penalty."""

from __future__ import annotations

from crossframe.frameworks.sklearn._model import WEIGHTED, SklearnModel
from crossframe.frameworks.sklearn.models import _least_squares as least_squares
from crossframe.settings.binding import number
from crossframe.settings.elastic import bind
from crossframe.settings.probe import Probe

MODEL = SklearnModel(
    name="sklearn.elasticnet",
    title="ElasticNet",
    family="linear",
    order=70,
    tasks=least_squares.TASKS,
    callables=("sklearn.linear_model:ElasticNet",),
    bindings=(
        *bind("alpha", number(0), "l1_ratio", number(0, 1), 0.5),
        *least_squares.DESCENT,
    ),
    always={**least_squares.ALWAYS, "solver.algorithm": "coordinate_descent"},
    outside=least_squares.DESCENT_OUTSIDE,
    base={"alpha": 0.01},
    probes={"l1_ratio": Probe((0.2, 0.8)), **least_squares.DESCENT_PROBES},
    convex=True,
    by_row=WEIGHTED,
    limits=least_squares.descent_limits,
    relatives=("sklearn.linear", "sklearn.ridge"),
    describe=least_squares.describe,
    method=least_squares.method,
)
