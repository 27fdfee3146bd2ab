"""PoissonRegressor: a log-linear model of counts, with an l2 penalty."""

from __future__ import annotations

from crossframe.frameworks.sklearn._model import WEIGHTED, SklearnModel
from crossframe.frameworks.sklearn.models import _glm as glm
from crossframe.frameworks.sklearn.models import _least_squares as least_squares

MODEL = SklearnModel(
    name="sklearn.poisson",
    title="PoissonRegressor",
    family="linear",
    order=75,
    tasks=frozenset({"classes", "numbers"}),
    callables=("sklearn.linear_model:PoissonRegressor",),
    bindings=glm.BINDINGS,
    always={**glm.ALWAYS, "family": "poisson", "link": "log"},
    outside=glm.OUTSIDE,
    probes=glm.PROBES,
    convex=True,
    by_row=WEIGHTED,
    limits=glm.limits,
    relatives=("sklearn.tweedie",),
    describe=glm.describe,
    method=least_squares.method,
)
