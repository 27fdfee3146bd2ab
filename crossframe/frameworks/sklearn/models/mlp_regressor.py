"""MLPRegressor: a network of fully connected layers for numbers."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.types import Value
from crossframe.frameworks.sklearn._model import FIT, SklearnModel
from crossframe.frameworks.sklearn.models import _initial_weights as initial
from crossframe.frameworks.sklearn.models import _least_squares as least_squares
from crossframe.frameworks.sklearn.models import _mlp as mlp
from crossframe.settings.binding import Binding, choice
from crossframe.settings.probe import Probe


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """What follows for both estimators, and the output unit of the loss."""
    return {
        **mlp.implied(native),
        "architecture.head": "exp1" if native.get("loss") == "poisson" else "linear1",
    }


MODEL = SklearnModel(
    name="sklearn.mlp_regressor",
    title="MLPRegressor",
    family="network",
    order=25,
    tasks=least_squares.TASKS,
    callables=("sklearn.neural_network:MLPRegressor",),
    bindings=(
        Binding(
            "loss",
            "loss",
            choice("squared_error", "poisson"),
            formula="(y - f)^2 / 2, f the output unit itself; poisson: half the deviance, of exp(f)",
        ),
        *mlp.bindings("MLPRegressor", "R2"),
    ),
    always={**mlp.ALWAYS, "loss.scale": "half"},
    implied=_implied,
    prepared=initial.prepared,
    decided=mlp.decided,
    outside={**FIT, **mlp.OUTSIDE},
    base=mlp.BASE,
    probes={"loss": Probe(("squared_error", "poisson")), **mlp.PROBES},
    stochastic=True,
    seconds=0.3,
    seconds_per_million=6.0,
    describe=mlp.describe,
    method=least_squares.method,
)
