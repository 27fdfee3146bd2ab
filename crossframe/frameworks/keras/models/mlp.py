"""``keras.mlp``: the multilayer perceptron of Andrew Beam's ``mnist.py`` of June 2017."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crossframe.core.types import Value
from crossframe.frameworks.keras import layers, optimizers, training
from crossframe.frameworks.keras._model import BASE, PASSED, PROBES, KerasModel, network
from crossframe.frameworks.keras.loop import BATCHES
from crossframe.settings.vocabulary_networks import OWN

NETWORK_PASSED: Mapping[str, Value] = {
    "hidden": (128, 128),
    "activation": "relu",
    "head": "softmax2",
    "input_dropout": 0.0,
    "dropout": 0.5,
    **PASSED,
}
"""The settings of Beam's network, which are passed by default; Keras decides all others."""

NETWORK_BASE: Mapping[str, Value] = {
    **BASE,
    "hidden": (3,),
    "activation": "tanh",
    "dropout": 0.0,
    "head": "sigmoid1",
}
NETWORK_PROBES = layers.NETWORK_PROBES | PROBES
_REGRESSION: dict[str, Value] = {"head": layers.LINEAR}
_PROBES = NETWORK_PROBES | {
    "label_smoothing": replace(PROBES["label_smoothing"], broken=(_REGRESSION,)),
    "head": replace(NETWORK_PROBES["head"], values=("sigmoid1", layers.LINEAR)),
}


def record(name: str, *, passed: Mapping[str, Value] | None = None, **options: Any) -> KerasModel:
    """The multilayer perceptron as ``framework.model``, for any framework that drives Keras.

    Parameters
    ----------
    passed
        Settings that replace those of `NETWORK_PASSED`.
    options
        See `crossframe.frameworks.keras._model.network`.
    """
    return network(
        name,
        bindings=(
            *layers.network(*layers.OUTPUTS),
            *layers.DROPOUT,
            layers.dropout_seed("input_dropout", "dropout"),
            layers.INITIAL_WEIGHTS,
            *layers.drawn(layers.dense(("Dense",))),
            *optimizers.bindings(matrices_only=True),
            *training.bindings((*training.LOSSES, training.SQUARED), of_classes=training.OF_CLASSES),
            training.ANY_LOOP,
        ),
        passed={**NETWORK_PASSED, "initial_weights": OWN, **(passed or {})},
        probes=_PROBES,
        base=NETWORK_BASE,
        callables="mlp",
        tasks=frozenset({"classes", "numbers"}),
        of_two={"head": ("sigmoid1", "softmax2")},
        numbers_by=("head", layers.LINEAR),
        batches=BATCHES,
        **{"title": "multilayer perceptron", "family": "network", **options},
    )


MODEL = record("keras.mlp", order=20, several=True, every_rule=True, seconds=0.3, seconds_per_million=5.0)
