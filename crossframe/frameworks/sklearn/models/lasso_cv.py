"""LassoCV: a lasso whose penalty is chosen by cross-validation."""

from __future__ import annotations

from crossframe.frameworks.sklearn._model import SklearnModel
from crossframe.frameworks.sklearn.models import _least_squares as least_squares
from crossframe.frameworks.sklearn.models import _least_squares_cv as cv
from crossframe.settings.binding import Binding, number
from crossframe.settings.chosen import chosen

MODEL = SklearnModel(
    name="sklearn.lasso_cv",
    title="LassoCV",
    family="linear",
    order=61,
    tasks=least_squares.TASKS,
    callables=("sklearn.linear_model:LassoCV",),
    bindings=(*cv.BINDINGS, chosen(Binding("penalty.l1", "alpha_", number(0)), "sklearn.lasso takes it")),
    always={**cv.ALWAYS, "penalty.l2": 0.0, "penalty.mix": 1.0},
    outside=cv.OUTSIDE,
    probes=cv.PROBES,
    convex=True,
    limits=cv.limits,
    relatives=("sklearn.lasso", "sklearn.elasticnet_cv"),
    prepared=cv.prepared,
    decided=cv.decided,
    describe=cv.describe,
    spelled=cv.spelled,
    method=least_squares.method,
    seconds=0.2,
)
