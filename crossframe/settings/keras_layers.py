"""Keras's layers, initializers and penalties in the vocabulary."""

from __future__ import annotations

import math

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings.base import Binding, Context, When, choice, flag, integer, integers, number, renamed

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

_NORMAL = When("kernel_initializer", ("random_normal", "truncated_normal"))
_UNIFORM = When("kernel_initializer", ("random_uniform",))
_BIASED = When("use_bias", (True,))
# Of the rules that divide by the number of inputs, units, or both.
_FANS = ("he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "glorot_uniform", "glorot_normal")
_BY_FAN = When("kernel_initializer", _FANS)


def _bias_penalty(weight: Value, context: Context) -> Value:
    """The factor of a bias^2 that is ``weight`` times the one of a weight^2."""
    kernel = _real(context.native.get("kernel_l2") or 0.0)
    if kernel == 0.0 and weight != 0:
        raise UsageError(
            "penalty.intercept is relative to penalty.l2, which is 0", "give penalty.l2 beside it"
        )
    return _real(weight) * kernel


def _bias_weight(factor: Value, context: Context) -> Value:
    kernel = _real(context.native.get("kernel_l2") or 0.0)
    if kernel == 0.0:
        return 0.0 if factor == 0 else None
    return _real(factor) / kernel


def _square(value: Value, context: Context) -> Value:
    return None if value is None else _real(value) ** 2


def dense(layers: tuple[str, ...]) -> tuple[Binding, ...]:
    """Settings of ``layers`` with weights: their start, their penalties, their biases.

    Of one layer a biases' initializer without biases is idle; of several it is not, because the
    seed it takes from Keras's generator is missing for the next layer's weights.
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
            formula="truncated_normal: before what is beyond two standard deviations is drawn again",
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
            reads=of("bias_initializer"),
        ),
        Binding(
            "penalty.l1", "kernel_l1", number(0), reads=("L1L2.l1",),
            formula="adds kernel_l1 * sum |w| over the kernels of all layers to the mean loss of a batch",
        ),
        Binding(
            "penalty.l2",
            "kernel_l2",
            number(0),
            lambda v, c: _real(v) / 2,
            lambda v, c: 2 * _real(v),
            formula="adds kernel_l2 * sum w^2 over the kernels of all layers, twice what l2/2 |w|^2 adds",
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
            lambda v, c: math.sqrt(_real(v)),
            _square,
            formula="largest norm, not squared, of the weights into a unit, after each update",
            reads=of("kernel_constraint", "MaxNorm.max_value"),
        ),
    )  # fmt: skip


NETWORK = (
    Binding("architecture.hidden", "hidden", integers(), reads=("Dense.units",)),
    Binding(
        "architecture.activation",
        "activation",
        choice("relu", "tanh", "sigmoid", "linear", "selu", "gelu", "elu"),
        *renamed({"identity": "linear"}),
        reads=("Dense.activation", "Conv2D.activation"),
    ),
    Binding("architecture.head", "head", choice("softmax2", "sigmoid1"), reads=("compile.loss",)),
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


def _real(value: Value) -> float:
    return float(value)  # type: ignore[arg-type]
