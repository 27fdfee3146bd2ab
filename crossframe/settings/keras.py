"""Keras's networks in the vocabulary, and the networks that are built when nothing is said.

Sources: the Keras 3 documentation of each optimizer and layer; for the defaults Andrew Beam's
``mnist.py`` and ``leek_analysis.R`` of June 2017.
"""

from __future__ import annotations

from crossframe.engines.base import Value
from crossframe.settings.base import Binding, Outside, When, choice, flag, integer, integers, number, renamed

_RULES = ("sgd", "adam", "adadelta", "rmsprop", "adagrad", "adamw", "nadam", "adamax", "ftrl")
_MOMENTS = ("adam", "adamw", "nadam", "adamax")


_INITIALIZERS = {"uniform": "random_uniform", "normal": "random_normal"}
_ACTIVATIONS = {"identity": "linear"}

_TRAINING = (
    Binding("features.standardize", "scaling", choice("none", "max", "sd_n-1")),
    Binding(
        "init.weights",
        "kernel_initializer",
        choice(
            "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "random_uniform", "random_normal"
        ),
        *renamed(_INITIALIZERS),
    ),
    Binding("init.biases", "bias_initializer", choice("zeros", "glorot_uniform")),
    Binding("optimizer.rule", "optimizer", choice(*_RULES)),
    # `lr` was the name until 2020. It stands before the present name, which is the one a canonical
    # setting is translated to.
    Binding("optimizer.learning_rate", "lr", number(0, open_low=True)),
    Binding("optimizer.learning_rate", "learning_rate", number(0, open_low=True)),
    Binding(
        "optimizer.momentum", "momentum", number(0, 1), active_if=(When("optimizer", ("sgd", "rmsprop")),)
    ),
    Binding("optimizer.nesterov", "nesterov", flag(), active_if=(When("optimizer", ("sgd",)),)),
    Binding("optimizer.beta1", "beta_1", number(0, 1), active_if=(When("optimizer", _MOMENTS),)),
    Binding("optimizer.beta2", "beta_2", number(0, 1), active_if=(When("optimizer", _MOMENTS),)),
    Binding("optimizer.rho", "rho", number(0, 1), active_if=(When("optimizer", ("adadelta", "rmsprop")),)),
    Binding(
        "optimizer.epsilon",
        "epsilon",
        number(0, open_low=True),
        active_if=(When("optimizer", (*_MOMENTS, "adadelta", "rmsprop", "adagrad")),),
    ),
    Binding("schedule.decay", "decay", number(0)),
    Binding("batch.size", "batch_size", integer(1)),
    Binding("batch.order", "shuffle", flag()),
    Binding("epochs", "epochs", integer(1)),
    Binding("precision", "floatx", choice("float32", "float64")),
)

_ANY_LOOP = (Binding("training.loop", "loop", choice("xla", "graph", "fit")),)
# XLA has no deterministic gradient of max-pooling, and its convolutions on a CPU are slower than
# those of the graph by a factor of 20 to 100.
_UNCOMPILED = (Binding("training.loop", "loop", choice("graph", "fit")),)

_NETWORK = (
    Binding("architecture.hidden", "hidden", integers()),
    Binding(
        "architecture.activation",
        "activation",
        choice("relu", "tanh", "sigmoid", "linear", "selu", "gelu", "elu"),
        *renamed(_ACTIVATIONS),
    ),
    Binding("architecture.head", "head", choice("softmax2", "sigmoid1")),
    Binding("dropout.input", "input_dropout", number(0, 0.99)),
    Binding("dropout.hidden", "dropout", number(0, 0.99)),
)

_CONVOLUTIONS = (
    Binding("architecture.padding", "padding", choice("valid", "same")),
    Binding("dropout.features", "features_dropout", number(0, 0.99)),
)

BINDINGS: dict[str, tuple[Binding, ...]] = {
    "keras.logistic": _TRAINING + _ANY_LOOP,
    "keras.mlp": _NETWORK + _TRAINING + _ANY_LOOP,
    "keras.cnn": _NETWORK + _CONVOLUTIONS + _TRAINING + _UNCOMPILED,
    "rkeras.mlp": _NETWORK + _TRAINING + _ANY_LOOP,
}

_PLAIN: dict[str, Value] = {
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
_MLP: dict[str, Value] = {
    "hidden": (128, 128),
    "activation": "relu",
    "head": "softmax2",
    "input_dropout": 0.0,
    "dropout": 0.5,
    **_PLAIN,
}

DEFAULTS: dict[str, dict[str, Value]] = {
    "keras.logistic": {**_PLAIN, "hidden": (), "activation": "linear", "head": "sigmoid1"},
    "keras.mlp": _MLP,
    "keras.cnn": {**_MLP, "hidden": (128,), "features_dropout": 0.2, "loop": "graph"},
    "rkeras.mlp": {**_MLP, "head": "sigmoid1", "learning_rate": 1e-3, "batch_size": 1},
}
"""``engine.model`` -> the network built when nothing is said, in native spelling.

``keras.mlp`` and ``keras.cnn`` are Beam's (the dropout of 0.2 is in his repository, not in his
post), ``rkeras.mlp`` is the network of his R script. What an optimizer is not told it takes from
its own defaults. A convolution without ``padding`` is ``valid`` where the image is large enough.
"""

_EVERY: dict[str, Value] = {"intercept": True, "class_weight": "none", "penalty.l1": 0.0, "penalty.l2": 0.0}

ALWAYS: dict[str, dict[str, Value]] = {
    "keras.logistic": {**_EVERY, "link": "logit", "penalty.strength": 0.0},
    "keras.mlp": _EVERY,
    "keras.cnn": _EVERY,
    "rkeras.mlp": _EVERY,
}
"""Rules without a parameter; `crossframe.engines.keras_report` adds the decision rule, the head's."""

OUTSIDE: dict[str, dict[str, Outside]] = {}
"""Pattern of ``callable.parameter`` -> why it is no setting."""
