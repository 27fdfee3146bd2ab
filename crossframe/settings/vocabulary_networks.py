"""The canonical vocabulary of networks: layers, dropout and initial weights."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.types import Value
from crossframe.settings.binding import Kind, Setting, choice, flag, integer, integers, number

OWN = "own"
"""Initial weights that the framework draws."""
_GIVEN = "given:"


def _source(value: Value) -> Value:
    text = str(value).lower()
    if text == OWN:
        return OWN
    seed = text.removeprefix(_GIVEN)
    if seed == text or not seed.isdecimal():
        raise ValueError
    return f"{_GIVEN}{int(seed)}"


SOURCE = Kind("own, or given:K with a whole number K of at least 0", _source)
"""The values of ``init.source``."""


def given_seed(source: Value) -> int | None:
    """K of the initial weights ``given:K``; None where the framework draws its own."""
    return int(str(source).removeprefix(_GIVEN)) if source not in (OWN, None) else None


GIVEN_RULES: dict[str, Value] = {"init.weights": "glorot_uniform", "init.biases": "zeros"}
"""The settings that hold for weights ``given:K``, whatever the framework's initializers are."""


def given_rules(source: Value) -> Mapping[str, Value]:
    """`GIVEN_RULES` for weights ``given:K``; empty where the framework draws its own."""
    return GIVEN_RULES if given_seed(source) is not None else {}


SETTINGS = (
    Setting(
        "architecture.hidden", "hidden layer sizes", "units of the hidden layers", integers(), unit="units"
    ),
    Setting(
        "architecture.activation",
        "activation function",
        "activation of the hidden layers",
        choice("relu", "tanh", "sigmoid", "identity", "maxout", "selu", "gelu", "elu"),
    ),
    Setting(
        "architecture.head",
        "output layer",
        "output layer and loss",
        choice("softmax2", "sigmoid1", "linear1", "exp1"),
        formula="softmax2, sigmoid1: probabilities by two units or one, with the log-loss; linear1: a unit "
        "without activation, with the squared error; exp1: exp of a unit, with the Poisson loss",
    ),
    Setting(
        "architecture.skip",
        "skip connection",
        "whether the inputs are connected to the output as well",
        flag(),
        without=False,
    ),
    Setting(
        "architecture.max_weights",
        "maximum number of weights",
        "weights beyond which a network is refused",
        integer(1),
    ),
    Setting(
        "architecture.filters",
        "convolution filters",
        "filters of each pair of convolutions before a pooling",
        integers(),
        unit="filters",
    ),
    Setting(
        "architecture.kernel", "kernel size", "height and width of a convolution", integer(1), unit="pixels"
    ),
    Setting("architecture.stride", "convolution stride", "step of a convolution", integer(1), unit="pixels"),
    Setting(
        "architecture.dilation",
        "dilation rate",
        "distance between the pixels that a convolution looks at",
        integer(1),
    ),
    Setting("architecture.pool", "pooling size", "height and width of a pooling", integer(1), unit="pixels"),
    Setting("architecture.pool_stride", "pooling stride", "step of a pooling", integer(1), unit="pixels"),
    Setting(
        "architecture.pool_padding", "pooling padding", "border handling of poolings", choice("valid", "same")
    ),
    Setting(
        "architecture.padding",
        "convolution padding",
        "border handling of convolutions",
        choice("valid", "same"),
    ),
    Setting(
        "dropout.input",
        "dropout of the inputs",
        "share of inputs dropped in training",
        number(0, 1),
        without=0.0,
    ),
    Setting(
        "dropout.hidden",
        "dropout of the hidden layers",
        "share of hidden activations dropped in training",
        number(0, 1),
        without=0.0,
    ),
    Setting(
        "dropout.inverted",
        "inverted dropout",
        "whether what stays is divided by its share in training, and not multiplied by it in prediction",
        flag(),
    ),
    Setting("dropout.seed", "dropout seeds", "seed of each layer's dropped units", integer(0)),
    Setting(
        "dropout.features",
        "dropout after convolutions",
        "share of convolutional features dropped in training",
        number(0, 1),
    ),
    Setting(
        "init.source",
        "initial weights",
        "who draws the initial weights: the framework (own), or crossframe, which gives any framework the "
        "same ones bit for bit",
        SOURCE,
        formula="given:K: Glorot's uniform by numpy.random.default_rng(K), in float32, biases 0; an output "
        "pair has half of a single unit's weights, with opposite signs",
        without=OWN,
    ),
    Setting(
        "init.weights",
        "distribution of the initial weights",
        "distribution of the initial weights",
        choice(
            "glorot_uniform",
            "glorot_uniform_x4_output",
            "glorot_normal",
            "he_uniform",
            "he_normal",
            "uniform",
            "normal",
            "lecun_uniform",
            "lecun_normal",
            "truncated_normal",
            "orthogonal",
            "fan_in_uniform",
        ),
        formula="glorot_uniform_x4_output: glorot_uniform, four times as wide in the output layer; "
        "fan_in_uniform: uniform on +-1/sqrt(inputs)",
    ),
    Setting(
        "init.scale",
        "scale of the initial weights",
        "half width (uniform) or standard deviation (normal) of the initial weights",
        number(0),
    ),
    Setting("init.mean", "mean of the initial weights", "mean of normal initial weights", number()),
    Setting("init.lower", "lower limit of initial weights", "smallest of uniform initial weights", number()),
    Setting("init.upper", "upper limit of initial weights", "largest of uniform initial weights", number()),
    Setting(
        "init.gain",
        "gain of the initial weights",
        "factor of an orthogonal matrix of initial weights",
        number(),
    ),
    Setting("init.seed", "seeds of the initial weights", "seed of each layer's initial weights", integer(0)),
    Setting(
        "init.input_axes",
        "input axes of a layer",
        "axes of a layer's weights that count as its inputs",
        integers(0),
    ),
    Setting(
        "init.output_axes",
        "output axes of a layer",
        "axes of a layer's weights that count as its units",
        integers(0),
    ),
    Setting(
        "init.biases",
        "initial biases",
        "initial biases",
        choice("zeros", "glorot_uniform", "uniform", "half_then_one", "fan_in_uniform", "units_uniform"),
        formula="glorot_uniform: as wide as such weights of the layer, uniform on "
        "+-sqrt(6/(inputs + units)); units_uniform: on +-sqrt(3/units); half_then_one: of rectifiers, 0.5 in "
        "the first hidden layer and 1 in the others; else zeros",
        without="zeros",
    ),
)
"""Settings in the order of tables."""
