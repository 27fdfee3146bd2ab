"""Keras's layers, initializers and penalties in the vocabulary."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.settings.binding import (
    Binding,
    Context,
    When,
    choice,
    flag,
    integer,
    integers,
    number,
    renamed,
)
from crossframe.settings.probe import Probe
from crossframe.settings.vocabulary_networks import OWN, SOURCE

INITIALIZERS = {
    "glorot_uniform": "GlorotUniform",
    "glorot_normal": "GlorotNormal",
    "he_uniform": "HeUniform",
    "he_normal": "HeNormal",
    "lecun_uniform": "LecunUniform",
    "lecun_normal": "LecunNormal",
    "random_uniform": "RandomUniform",
    "random_normal": "RandomNormal",
    "truncated_normal": "TruncatedNormal",
    "orthogonal": "Orthogonal",
}
"""Name of an initializer -> its class."""

INITIALIZER_OPTIONS = {
    "mean": "mean",
    "stddev": "stddev",
    "minval": "minval",
    "maxval": "maxval",
    "gain": "gain",
    "input_axes": "input_axes",
    "output_axes": "output_axes",
    "init_seed": "seed",
}
"""Setting -> the argument of those initializers that have it."""

OUTPUTS = {"softmax2": (2, "softmax"), "sigmoid1": (1, "sigmoid"), "linear1": (1, "linear")}
CLASSES = "classes"
"""Entry of a network's settings: the number of its classes, where that is more than two."""


def output(net: Mapping[str, Value]) -> tuple[int, str]:
    """Units and activation of the output layer; a softmax has a unit for each class."""
    units, activation = OUTPUTS[str(net["head"])]
    return (int(as_float(net.get(CLASSES, 2))) if activation == "softmax" else units), activation


"""Output layer -> its units and their activation."""
LINEAR = "linear1"

_NORMAL = When("kernel_initializer", ("random_normal", "truncated_normal"))
_UNIFORM = When("kernel_initializer", ("random_uniform",))
_BIASED = When("use_bias", (True,))
# Rules that divide by the number of inputs, units, or both.
_FANS = ("he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "glorot_uniform", "glorot_normal")
_BY_FAN = When("kernel_initializer", _FANS)
# compute_fans: a vector has as many inputs as units.
_OF_UNITS = "units_uniform"
_GIVEN: dict[str, Value] = {"initial_weights": "given:1"}


def _bias_penalty(weight: Value, context: Context) -> Value:
    """The factor of a bias^2 that is ``weight`` times the one of a weight^2."""
    kernel = as_float(context.native.get("kernel_l2") or 0.0)
    if kernel == 0.0 and weight != 0:
        raise UsageError(
            "penalty.intercept is relative to penalty.l2, which is 0", "give penalty.l2 beside it"
        )
    return as_float(weight) * kernel


def _bias_weight(factor: Value, context: Context) -> Value:
    kernel = as_float(context.native.get("kernel_l2") or 0.0)
    if kernel == 0.0:
        return 0.0 if factor == 0 else None
    return as_float(factor) / kernel


def _bias_rule(rule: Value, context: Context) -> Value:
    """Keras's initializer of the biases for a rule of the vocabulary."""
    if rule == "glorot_uniform":
        raise UsageError(
            "the bias of a layer of Keras knows its units alone, not the inputs of the layer",
            f"give init.biases={_OF_UNITS}, which is bias_initializer=glorot_uniform",
        )
    return "glorot_uniform" if rule == _OF_UNITS else rule


def halved(context: Context) -> float:
    """The scale of a penalty beside the vocabulary's mean loss, which is half of a mean squared error."""
    return 0.5 if context.native.get("head") == LINEAR else 1.0


def _square(value: Value, context: Context) -> Value:
    return None if value is None else as_float(value) ** 2


def source(arguments: Mapping[str, Value]) -> list[str]:
    """Sizes and rates that crossframe has a name for, as the layers of Keras that they stand for."""
    hidden, rate = arguments.get("hidden"), arguments.get("dropout")
    layers = []
    if before := arguments.get("input_dropout"):
        layers.append(f"Dropout({before})")
    after = [f"Dropout({rate})"] if rate else []
    if isinstance(hidden, tuple):
        layers += [layer for units in hidden for layer in (f"Dense({units})", *after)]
    elif after:
        layers.append(f"{after[0]} after each hidden layer")
    if rate == 0.0:
        layers.append("no Dropout")
    if head := arguments.get("head"):
        units, activation = OUTPUTS[str(head)]
        layers.append(f"Dense({units})" if head == LINEAR else f'Dense({units}, activation="{activation}")')
    return layers


def dense(layers: tuple[str, ...]) -> tuple[Binding, ...]:
    """Bindings of the initializers, penalties and biases of ``layers`` with weights.

    With several layers the initializer of absent biases has an effect: the seed that it takes from
    Keras's generator changes the seeds of the next layer.
    """

    def of(param: str, *more: str) -> tuple[str, ...]:
        return (*(f"{layer}.{param}" for layer in layers), *more)

    seeds = tuple(f"{name}.seed" for name in INITIALIZERS.values())
    return (
        Binding(
            "init.weights",
            "kernel_initializer",
            choice(*INITIALIZERS),
            *renamed({"uniform": "random_uniform", "normal": "random_normal"}),
            reads=of("kernel_initializer"),
        ),
        Binding("init.mean", "mean", number(), active_if=(_NORMAL,), reads=("*Normal.mean",)),
        Binding(
            "init.scale", "stddev", number(0), active_if=(_NORMAL,), reads=("*Normal.stddev",),
            formula="truncated_normal: before values beyond two standard deviations are replaced",
        ),
        Binding("init.lower", "minval", number(), active_if=(_UNIFORM,), reads=("RandomUniform.minval",)),
        Binding("init.upper", "maxval", number(), active_if=(_UNIFORM,), reads=("RandomUniform.maxval",)),
        Binding(
            "init.gain", "gain", number(), active_if=(When("kernel_initializer", ("orthogonal",)),),
            reads=("Orthogonal.gain",),
        ),
        Binding("init.seed", "init_seed", integer(0, 2**31 - 1), reads=seeds),
        Binding("init.input_axes", "input_axes", integers(0), active_if=(_BY_FAN,)),
        Binding("init.output_axes", "output_axes", integers(0), active_if=(_BY_FAN,)),
        Binding("intercept", "use_bias", flag(), formula="a bias in every layer", reads=of("use_bias")),
        Binding(
            "init.biases",
            "bias_initializer",
            choice("zeros", "glorot_uniform"),
            _bias_rule,
            lambda v, c: _OF_UNITS if v == "glorot_uniform" else v,
            reads=of("bias_initializer"),
            formula="glorot_uniform: a bias has as many inputs as units, so that it is uniform on "
            "+-sqrt(3/units)",
        ),
        Binding(
            "penalty.l1", "kernel_l1", number(0),
            lambda v, c: as_float(v) / halved(c),
            lambda v, c: as_float(v) * halved(c),
            reads=("L1L2.l1",),
            formula="adds kernel_l1 * sum |w| over the kernels of all layers to the mean loss of a batch",
        ),
        Binding(
            "penalty.l2",
            "kernel_l2",
            number(0),
            lambda v, c: as_float(v) / halved(c) / 2,
            lambda v, c: 2 * as_float(v) * halved(c),
            formula="adds kernel_l2 * sum w^2 over the kernels of all layers, twice what l2/2 |w|^2 adds; "
            "beside a mean squared error, twice the mean loss, l2 = kernel_l2",
            reads=of("kernel_regularizer", "L1L2.l2"),
        ),
        Binding(
            "penalty.intercept",
            "bias_l2",
            number(0),
            _bias_penalty,
            _bias_weight,
            active_if=(_BIASED,),
            formula="adds bias_l2 * sum b^2: bias_l2 / kernel_l2 of a coefficient",
            reads=of("bias_regularizer"),
        ),
        Binding(
            "penalty.max_norm",
            "max_norm",
            number(0, open_low=True),
            lambda v, c: math.sqrt(as_float(v)),
            _square,
            formula="largest norm, not squared, of the weights into a unit, after each update",
            reads=of("kernel_constraint", "MaxNorm.max_value"),
        ),
    )  # fmt: skip


def network(*heads: str) -> tuple[Binding, ...]:
    """Bindings of the layers of a network whose output layer is one of ``heads``."""
    return (
        Binding("architecture.hidden", "hidden", integers(), reads=("Dense.units",)),
        Binding(
            "architecture.activation",
            "activation",
            choice("relu", "tanh", "sigmoid", "linear", "selu", "gelu", "elu"),
            *renamed({"identity": "linear"}),
            reads=("Dense.activation", "Conv2D.activation"),
        ),
        Binding("architecture.head", "head", choice(*heads), reads=("compile.loss",)),
    )


INITIAL_WEIGHTS = Binding("init.source", "initial_weights", SOURCE)


def drawn(bindings: tuple[Binding, ...]) -> tuple[Binding, ...]:
    """``bindings`` of layers whose weights may be given: no initializer has an effect then."""
    own = When(INITIAL_WEIGHTS.param, (OWN,))
    return tuple(
        replace(b, active_if=(*b.active_if, own)) if b.setting.startswith("init.") else b for b in bindings
    )


DROPOUT = (
    Binding("dropout.input", "input_dropout", number(0, 0.99), reads=("Dropout.rate",)),
    Binding("dropout.hidden", "dropout", number(0, 0.99), reads=("Dropout.rate",)),
)
FEATURES_DROPOUT = (
    Binding("dropout.features", "features_dropout", number(0, 0.99), reads=("Dropout.rate",)),
)


def dropout_seed(*rates: str) -> Binding:
    """The seed of all dropout layers, which acts where one of their ``rates`` is above 0."""
    condition = None
    for rate in rates:
        condition = When(rate, above=0, otherwise=condition)
    assert condition is not None
    return Binding(
        "dropout.seed", "dropout_seed", integer(0, 2**31 - 1), active_if=(condition,), reads=("Dropout.seed",)
    )


CONVOLUTIONS = (
    Binding("architecture.filters", "filters", integers(), reads=("Conv2D.filters",)),
    Binding("architecture.kernel", "kernel_size", integer(1), reads=("Conv2D.kernel_size",)),
    Binding("architecture.stride", "strides", integer(1), reads=("Conv2D.strides",)),
    Binding("architecture.dilation", "dilation_rate", integer(1), reads=("Conv2D.dilation_rate",)),
    Binding("architecture.padding", "padding", choice("valid", "same"), reads=("Conv2D.padding",)),
    Binding("architecture.pool", "pool_size", integer(1), reads=("MaxPooling2D.pool_size",)),
    Binding("architecture.pool_stride", "pool_strides", integer(1), reads=("MaxPooling2D.strides",)),
    Binding(
        "architecture.pool_padding",
        "pool_padding",
        choice("valid", "same"),
        reads=("MaxPooling2D.padding",),
    ),
)

_BY_NORMAL: dict[str, Value] = {"kernel_initializer": "random_normal"}
_BY_UNIFORM: dict[str, Value] = {"kernel_initializer": "random_uniform"}
_BY_HE: dict[str, Value] = {"kernel_initializer": "he_normal"}
_BY_ORTHOGONAL: dict[str, Value] = {"kernel_initializer": "orthogonal"}

PROBES = {
    "kernel_initializer": Probe((None, "he_normal"), broken=(_GIVEN,)),
    "mean": Probe((None, 0.5), _BY_NORMAL, (_BY_UNIFORM, _GIVEN)),
    "stddev": Probe((None, 0.5), _BY_NORMAL, (_BY_UNIFORM, _GIVEN)),
    "minval": Probe((None, -0.5), _BY_UNIFORM, (_BY_NORMAL, _GIVEN)),
    "maxval": Probe((None, 0.5), _BY_UNIFORM, (_BY_NORMAL, _GIVEN)),
    "gain": Probe((None, 2.0), _BY_ORTHOGONAL, (_BY_NORMAL, _GIVEN)),
    "init_seed": Probe((None, 5), broken=(_GIVEN,)),
    "input_axes": Probe(((0,), (1,)), {**_BY_HE, "output_axes": (1,)}, (_BY_NORMAL, _GIVEN)),
    # Whether it is given decides whether ``input_axes`` are read by a rule that divides by the inputs.
    "output_axes": Probe(
        (None, (1,)), {"kernel_initializer": "glorot_normal", "input_axes": (1,)}, (_BY_NORMAL, _GIVEN)
    ),
    "use_bias": Probe((None, False)),
    "bias_initializer": Probe((None, "glorot_uniform"), broken=(_GIVEN,)),
    "kernel_l1": Probe((None, 0.1)),
    "kernel_l2": Probe((None, 0.1)),
    "bias_l2": Probe((None, 0.5), {"use_bias": True}, ({"use_bias": False},)),
    "max_norm": Probe((None, 0.2)),
}
"""Parameter -> its probe."""

NETWORK_PROBES = {
    "initial_weights": Probe((None, "given:1")),
    "hidden": Probe(((3,), (4,))),
    "activation": Probe(("tanh", "relu")),
    "head": Probe(("sigmoid1", "softmax2")),
    "input_dropout": Probe((None, 0.3)),
    "dropout": Probe((0.0, 0.3)),
    "dropout_seed": Probe((None, 5), {"dropout": 0.3}, ({"dropout": 0.0},)),
}

CONVOLUTIONS_PROBES = {
    "features_dropout": Probe((0.0, 0.3)),
    "dropout_seed": Probe((None, 5), {"features_dropout": 0.3}, ({"features_dropout": 0.0},)),
    "filters": Probe(((2,), (3,))),
    "kernel_size": Probe((2, 3)),
    "strides": Probe((None, 2), {"padding": "same"}),
    "dilation_rate": Probe((None, 2), {"padding": "same"}),
    "padding": Probe(("valid", "same")),
    "pool_size": Probe((None, 3)),
    "pool_strides": Probe((None, 1)),
    "pool_padding": Probe((None, "same"), {"pool_size": 3}),
    "input_axes": Probe(((0,), (1,)), {**_BY_HE, "output_axes": (1,)}, (_BY_NORMAL,)),
}
