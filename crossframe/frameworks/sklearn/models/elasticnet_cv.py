"""ElasticNetCV: an elastic net of one mix whose penalty is chosen by cross-validation."""

from __future__ import annotations

from crossframe.frameworks.sklearn._model import SklearnModel
from crossframe.frameworks.sklearn.models import _least_squares as least_squares
from crossframe.frameworks.sklearn.models import _least_squares_cv as cv
from crossframe.settings.binding import number
from crossframe.settings.chosen import chosen
from crossframe.settings.elastic import bind
from crossframe.settings.probe import Probe

_MIX, *_CHOSEN = bind("alpha_", number(0), "l1_ratio", number(0, 1), 0.5)

MODEL = SklearnModel(
    name="sklearn.elasticnet_cv",
    title="ElasticNetCV",
    family="linear",
    order=71,
    tasks=least_squares.TASKS,
    callables=("sklearn.linear_model:ElasticNetCV",),
    bindings=(_MIX, *cv.BINDINGS, *(chosen(b, "sklearn.elasticnet takes it") for b in _CHOSEN)),
    always=cv.ALWAYS,
    outside=cv.OUTSIDE,
    probes={"l1_ratio": Probe((0.2, 0.8)), **cv.PROBES},
    convex=True,
    limits=cv.limits,
    relatives=("sklearn.elasticnet",),
    prepared=cv.prepared,
    decided=cv.decided,
    describe=cv.describe,
    spelled=cv.spelled,
    method=least_squares.method,
    seconds=0.2,
)
