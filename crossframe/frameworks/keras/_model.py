"""The record of a network of Keras, and the settings that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from crossframe.core.types import Value
from crossframe.frameworks.keras import capture, layers, optimizers, training
from crossframe.frameworks.keras.recipe import Recipe, perceptron
from crossframe.frameworks.model import Model
from crossframe.frameworks.programs import keywords
from crossframe.settings.binding import Binding, Outside
from crossframe.settings.probe import Probe

ImageShape = tuple[int, int] | None
"""(height, width) of the image whose pixels are the features, row by row; None: they are no image."""

FEW: Mapping[str, tuple[Value, ...]] = {
    "optimizer": ("adam", "sgd", "rmsprop", "ftrl"),
    "kernel_initializer": ("glorot_uniform", "he_normal", "random_normal", "random_uniform"),
}
"""Values that the probes of every network try; ``keras.mlp`` tries all, because the networks share code."""

PASSED: Mapping[str, Value] = {
    "scaling": "none",
    "kernel_initializer": "glorot_uniform",
    "bias_initializer": "zeros",
    "optimizer": "adam",
    "decay": 0.0,
    "batch_size": 32,
    "shuffle": True,
    "epochs": 200,
    "floatx": "float32",
    "loop": "xla",
}
BASE: Mapping[str, Value] = {"epochs": 3, "batch_size": 16, "loop": "graph", "optimizer": "adam"}
PROBES = layers.PROBES | optimizers.PROBES | training.PROBES


@dataclass(frozen=True, kw_only=True)
class KerasModel(Model):
    """A model that is a network of Keras.

    Attributes
    ----------
    layers
        (all settings, number of features, shape of the image) -> the recipe of each layer, see
        `crossframe.frameworks.keras.recipe`. Raises ValueError where no such network can be made.
    passed_for
        Settings that are passed in addition to ``passed``, by the shape of the image.
    """

    layers: Callable[[Mapping[str, Value], int, ImageShape], list[Recipe]] = perceptron
    passed_for: Callable[[ImageShape], Mapping[str, Value]] = lambda image_shape: {}
    outside: Mapping[str, Outside] = field(default_factory=lambda: training.OUTSIDE)
    stochastic: bool = True

    def source(self, arguments: Mapping[str, Value]) -> list[str]:
        """See `Model`: the layers in place of crossframe's own names for their sizes and rates."""
        own = {"hidden", "head", "dropout", "input_dropout"}
        return [
            *layers.source({name: arguments[name] for name in arguments if name in own}),
            *keywords({name: value for name, value in arguments.items() if name not in own}),
        ]


def network(
    name: str,
    *,
    bindings: tuple[Binding, ...],
    probes: Mapping[str, Probe],
    sample: str = "plain",
    every_rule: bool = False,
    callables: str = "",
    **options: Any,
) -> KerasModel:
    """The record of the network ``framework.model``.

    Parameters
    ----------
    bindings, probes
        Of its settings. A probe whose parameter has no binding is left out; of one with more broken
        conditions than the rule has conditions, the first are kept: dense layers alone have more rules.
    sample
        The training sample of the probes, see `crossframe.audit.samples.SAMPLES`.
    every_rule
        Whether its probes try every optimizer and initializer, in place of `FEW`.
    callables
        The entry of `capture.CALLABLES`; by default the name without the framework's.
    options
        Further attributes of `KerasModel`.
    """
    tried = {} if every_rule else FEW
    fitted = {
        b.param: replace(
            probe, broken=probe.broken[: len(b.active_if)], sample=sample, tried={**tried, **probe.tried}
        )
        for b in bindings
        if (probe := probes.get(b.param)) is not None
    }
    return KerasModel(
        name=name,
        bindings=bindings,
        probes=fitted,
        implied=training.implied,
        callables=capture.CALLABLES[callables or name.partition(".")[2]],
        **options,
    )
