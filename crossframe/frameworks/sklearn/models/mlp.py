"""MLPClassifier: a network of fully connected layers for two classes."""

from __future__ import annotations

from crossframe.frameworks.sklearn._model import FIT_CLASSES, SklearnModel
from crossframe.frameworks.sklearn.models import _initial_weights as initial
from crossframe.frameworks.sklearn.models import _mlp as mlp

MODEL = SklearnModel(
    name="sklearn.mlp",
    title="MLPClassifier",
    family="network",
    order=20,
    several=True,
    callables=("sklearn.neural_network:MLPClassifier",),
    bindings=mlp.bindings("MLPClassifier", "accuracy"),
    always={**mlp.ALWAYS, "architecture.head": "sigmoid1"},
    implied=mlp.implied,
    prepared=initial.prepared,
    decided=mlp.decided,
    outside={**FIT_CLASSES, **mlp.OUTSIDE},
    base=mlp.BASE,
    probes=mlp.PROBES,
    stochastic=True,
    seconds=0.3,
    seconds_per_million=6.0,
    describe=mlp.describe,
)
