"""``keras.logistic``: logistic regression as one sigmoid unit under log loss."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.types import Value
from crossframe.frameworks.keras import layers, optimizers, training
from crossframe.frameworks.keras._model import BASE, PASSED, PROBES, network
from crossframe.settings.binding import Outside

_TO_THE_END: dict[str, Value] = {
    "optimizer": "sgd",
    "learning_rate": 0.25,
    "momentum": 0.99,
    "nesterov": True,
    "epochs": 20_000,
    "floatx": "float64",
}
_ONE_UNIT = Outside("other", "one sigmoid unit under log loss is what a logistic regression is")


def limits(
    native: Mapping[str, Value], effective: Mapping[str, Value], rows: int
) -> tuple[Mapping[str, Value], ...]:
    """Full-batch gradient descent until it converges; see `crossframe.frameworks.model.Limits`.

    Without a penalty and with an intercept the scale of the features changes the speed alone.
    """
    settings = {**_TO_THE_END, "batch_size": rows}
    penalised = any(_positive(effective.get(name)) for name in ("penalty.l2", "penalty.l1"))
    if not penalised and effective.get("intercept", True):
        settings["scaling"] = "sd_n-1"
    return (settings,)


def _positive(value: Value) -> bool:
    return isinstance(value, (int, float)) and value > 0


MODEL = network(
    "keras.logistic",
    title="one sigmoid unit",
    order=10,
    bindings=(
        *layers.dense(("Dense",)),
        *optimizers.bindings(matrices_only=True),
        *training.bindings(("BinaryCrossentropy",)),
        training.ANY_LOOP,
    ),
    always={"link": "logit"},
    passed={**PASSED, "hidden": (), "activation": "linear", "head": "sigmoid1"},
    outside={
        **training.OUTSIDE,
        **dict.fromkeys(("Dense.units", "Dense.activation", "compile.loss"), _ONE_UNIT),
    },
    probes=PROBES,
    base=BASE,
    convex=True,
    limits=limits,
    seconds=0.1,
    seconds_per_million=3.0,
)
