"""LinearRegression: least squares without a penalty."""

from __future__ import annotations

from crossframe.frameworks.sklearn._model import WEIGHTED, SklearnModel
from crossframe.frameworks.sklearn.models import _least_squares as least_squares
from crossframe.settings.binding import Binding, Outside, When, number
from crossframe.settings.probe import Probe

MODEL = SklearnModel(
    name="sklearn.linear",
    title="LinearRegression",
    family="linear",
    order=40,
    tasks=least_squares.TASKS,
    callables=("sklearn.linear_model:LinearRegression",),
    bindings=(
        *least_squares.BINDINGS,
        Binding(
            "solver.rank_tolerance",
            "tol",
            number(0),
            active_if=(When("positive", (False,)),),
            formula="singular values of the centred features below tol * the largest count as 0, whatever "
            "the features' units; before 1.9 it was for sparse features, and the bound max(n, k) 2.2e-16",
        ),
    ),
    always={
        **least_squares.ALWAYS,
        "penalty.l2": 0.0,
        "penalty.l1": 0.0,
        "solver.algorithm": "svd",
        "collinear": "minimum_norm",
    },
    outside={**least_squares.OUTSIDE, "*.n_jobs": Outside("running", "threads for several targets")},
    probes={**least_squares.PROBES, "tol": Probe((1e-6, 0.5), {"positive": False}, ({"positive": True},))},
    convex=True,
    by_row=WEIGHTED,
    relatives=("sklearn.ridge", "sklearn.lasso", "sklearn.elasticnet"),
    describe=least_squares.describe,
    method=least_squares.method,
)
