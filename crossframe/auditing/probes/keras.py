"""Where the parameters of Keras's networks show an effect, and where they must not.

The loop is ``graph``: XLA compiles anew for each network, which takes longer than all the fits.
"""

from __future__ import annotations

from dataclasses import replace

from crossframe.auditing.probe import Probe
from crossframe.engines.base import Value
from crossframe.settings.base import Binding
from crossframe.settings.keras import BINDINGS

_SHORT: dict[str, Value] = {"epochs": 3, "batch_size": 16, "loop": "graph", "optimizer": "adam"}
_MLP: dict[str, Value] = {**_SHORT, "hidden": (3,), "activation": "tanh", "dropout": 0.0, "head": "sigmoid1"}

BASE: dict[str, dict[str, Value]] = {
    "keras.logistic": _SHORT,
    "keras.mlp": _MLP,
    "keras.cnn": {
        **_MLP,
        "epochs": 2,
        "batch_size": 8,
        "filters": (2,),
        "features_dropout": 0.0,
        "scaling": "max",
    },
    "rkeras.mlp": _MLP,
}
"""Settings of every fit."""

_ADAM: dict[str, Value] = {"optimizer": "adam"}
_SGD: dict[str, Value] = {"optimizer": "sgd"}
_RMSPROP: dict[str, Value] = {"optimizer": "rmsprop"}
_FTRL: dict[str, Value] = {"optimizer": "ftrl", "learning_rate": 0.1}
_ADAFACTOR: dict[str, Value] = {"optimizer": "adafactor"}
_MUON: dict[str, Value] = {"optimizer": "muon", "use_bias": True}
_FREE: dict[str, Value] = {"optimizer": "schedulefreeadamw"}
_EMA: dict[str, Value] = {"use_ema": True}
_NO_EMA: dict[str, Value] = {"use_ema": False}
_DECAY: dict[str, Value] = {"decay": 0.1}
_NORMAL: dict[str, Value] = {"kernel_initializer": "random_normal"}
_UNIFORM: dict[str, Value] = {"kernel_initializer": "random_uniform"}
_HE: dict[str, Value] = {"kernel_initializer": "he_normal"}
_ORTHOGONAL: dict[str, Value] = {"kernel_initializer": "orthogonal"}
# Steps so large that a rounded gradient is not lost in the rounding of the weights.
_ROUNDING: dict[str, Value] = {"optimizer": "sgd", "learning_rate": 1.0, "epochs": 20}
_FIT: dict[str, Value] = {"loop": "fit"}
_GRAPH: dict[str, Value] = {"loop": "graph"}

_OPTIMIZER = {
    "optimizer": Probe(("adam", "sgd")),
    "lr": Probe((0.001, 0.01)),
    "learning_rate": Probe((0.001, 0.01)),
    "decay": Probe((None, 0.1)),
    "decay_steps": Probe((None, 3), _DECAY, ({"decay": 0.0},)),
    "staircase": Probe((None, True), {**_DECAY, "decay_steps": 3}, ({"decay": 0.0}, {"decay_steps": 1})),
    "weight_decay": Probe((None, 0.1)),
    "clipnorm": Probe((None, 1e-3), _SGD),
    "global_clipnorm": Probe((None, 1e-3), _SGD),
    "clipvalue": Probe((None, 1e-3), _SGD),
    "use_ema": Probe((None, True)),
    "ema_momentum": Probe((None, 0.5), _EMA, (_NO_EMA,)),
    "ema_overwrite_frequency": Probe((None, 2), _EMA, (_NO_EMA,)),
    "loss_scale_factor": Probe((None, 3.0), _ROUNDING),
    "gradient_accumulation_steps": Probe((None, 2)),
    "momentum": Probe((None, 0.5), _SGD, (_ADAM,)),
    # Said both times: Muon's default is the other one.
    "nesterov": Probe(
        (False, True), {**_SGD, "momentum": 0.5}, ({"optimizer": "rmsprop"}, {"momentum": 0.0})
    ),
    "beta_1": Probe((None, 0.5), _ADAM, (_SGD,)),
    "beta_2": Probe((None, 0.9), _ADAM, (_SGD,)),
    "rho": Probe((None, 0.5), _RMSPROP, (_ADAM,)),
    "epsilon": Probe((None, 1e-2), _ADAM, (_SGD,)),
    "amsgrad": Probe((None, True), {**_ADAM, "learning_rate": 0.3, "beta_2": 0.5}, (_SGD,)),
    "centered": Probe((None, True), _RMSPROP, (_ADAM,)),
    "initial_accumulator_value": Probe((None, 0.5), {"optimizer": "adagrad"}, (_ADAM,)),
    "learning_rate_power": Probe((None, -0.4), _FTRL, (_ADAM,)),
    "l1_regularization_strength": Probe((None, 0.1), _FTRL, (_ADAM,)),
    "l2_regularization_strength": Probe((None, 0.1), _FTRL, (_ADAM,)),
    "l2_shrinkage_regularization_strength": Probe((None, 0.1), _FTRL, (_ADAM,)),
    "beta": Probe((None, 0.1), _FTRL, (_ADAM,)),
    "beta_2_decay": Probe((None, -0.5), _ADAFACTOR, (_ADAM,)),
    "epsilon_1": Probe((None, 1e-2), _ADAFACTOR, (_ADAM,)),
    "epsilon_2": Probe((None, 10.0), _ADAFACTOR, (_ADAM,)),
    "clip_threshold": Probe((None, 0.1), _ADAFACTOR, (_ADAM,)),
    # A rate that the cap does cut.
    "relative_step": Probe((None, False), {**_ADAFACTOR, "learning_rate": 2.0}, (_ADAM,)),
    "ns_steps": Probe((None, 2), _MUON, (_ADAM,)),
    "muon_a": Probe((None, 2.0), _MUON, (_ADAM,)),
    "muon_b": Probe((None, -4.5), _MUON, (_ADAM,)),
    "muon_c": Probe((None, 1.0), _MUON, (_ADAM,)),
    "rms_rate": Probe((None, 0.5), _MUON, (_ADAM,)),
    "adam_lr_ratio": Probe((None, 0.5), _MUON, (_ADAM, {"use_bias": False})),
    "adam_beta_1": Probe((None, 0.5), _MUON, (_ADAM, {"use_bias": False})),
    "adam_beta_2": Probe((None, 0.9), _MUON, (_ADAM, {"use_bias": False})),
    "adam_weight_decay": Probe((None, 0.5), {**_MUON, "learning_rate": 0.1}, (_ADAM, {"use_bias": False})),
    "warmup_steps": Probe((None, 5), _FREE, (_ADAM,)),
}

_WEIGHTS = {
    "kernel_initializer": Probe((None, "he_normal")),
    "mean": Probe((None, 0.5), _NORMAL, (_UNIFORM,)),
    "stddev": Probe((None, 0.5), _NORMAL, (_UNIFORM,)),
    "minval": Probe((None, -0.5), _UNIFORM, (_NORMAL,)),
    "maxval": Probe((None, 0.5), _UNIFORM, (_NORMAL,)),
    "gain": Probe((None, 2.0), _ORTHOGONAL, (_NORMAL,)),
    "init_seed": Probe((None, 5)),
    "input_axes": Probe(((0,), (1,)), {**_HE, "output_axes": (1,)}, (_NORMAL,)),
    # Said or not: of a rule that divides by the inputs, it decides whether ``input_axes`` are read.
    "output_axes": Probe(
        (None, (1,)), {"kernel_initializer": "glorot_normal", "input_axes": (1,)}, (_NORMAL,)
    ),
    "use_bias": Probe((None, False)),
    "bias_initializer": Probe((None, "glorot_uniform")),
    "kernel_l1": Probe((None, 0.1)),
    "kernel_l2": Probe((None, 0.1)),
    "bias_l2": Probe((None, 0.5), {"use_bias": True}, ({"use_bias": False},)),
    "max_norm": Probe((None, 0.2)),
}

_TRAINING = {
    "scaling": Probe(("none", "sd_n-1")),
    "batch_size": Probe((8, 16)),
    "shuffle": Probe((None, False)),
    "epochs": Probe((2, 3)),
    "initial_epoch": Probe((None, 1)),
    "loss_weights": Probe((None, 2.0), _SGD),
    "reduction": Probe(("sum_over_batch_size", "sum"), _SGD),
    "validation_split": Probe((None, 0.3)),
    "class_weight": Probe((None, "balanced")),
    "label_smoothing": Probe((None, 0.2)),
    "floatx": Probe((None, "float64")),
    "jit_compile": Probe((None, True), _FIT),
    "run_eagerly": Probe((None, True), {**_FIT, **_ROUNDING}, (_GRAPH,)),
    "steps_per_execution": Probe((None, 3), _FIT),
    "loop": Probe(("graph", "xla"), _ROUNDING),
}

_NETWORK = {
    "hidden": Probe(((3,), (4,))),
    "activation": Probe(("tanh", "relu")),
    "head": Probe(("sigmoid1", "softmax2")),
    "input_dropout": Probe((None, 0.3)),
    "dropout": Probe((0.0, 0.3)),
    "dropout_seed": Probe((None, 5), {"dropout": 0.3}, ({"dropout": 0.0},)),
}

_CONVOLUTIONS = {
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
    "loop": Probe(("graph", "fit")),
    # The classes of the sample are of one size, those of its first rows are not.
    "class_weight": Probe((None, "balanced"), {"validation_split": 0.1}),
    "input_axes": Probe(((0,), (1,)), {**_HE, "output_axes": (1,)}, (_NORMAL,)),
}

_ALL: dict[str, dict[str, Probe]] = {
    "keras.logistic": _WEIGHTS | _OPTIMIZER | _TRAINING,
    "keras.mlp": _NETWORK | _WEIGHTS | _OPTIMIZER | _TRAINING,
    "keras.cnn": _NETWORK | _WEIGHTS | _OPTIMIZER | _TRAINING | _CONVOLUTIONS,
    "rkeras.mlp": _NETWORK | _WEIGHTS | _OPTIMIZER | _TRAINING,
}


FEW: dict[str, tuple[Value, ...]] = {
    "optimizer": ("adam", "sgd", "rmsprop", "ftrl"),
    "kernel_initializer": ("glorot_uniform", "he_normal", "random_normal", "random_uniform"),
}
"""Rules tried one by one in every network; the others in the multilayer perceptron, which shares them."""


def _fitted(binding: Binding, probe: Probe, model: str) -> Probe:
    """``probe`` for the rule of this model, which has fewer conditions where convolutions are trained."""
    return replace(
        probe,
        broken=probe.broken[: len(binding.active_if)],
        sample="image" if model == "keras.cnn" else probe.sample,
        tried=probe.tried if model == "keras.mlp" else {**FEW, **probe.tried},
    )


PROBES: dict[str, dict[str, Probe]] = {
    model: {
        binding.param: _fitted(binding, _ALL[model][binding.param], model)
        for binding in BINDINGS[model]
        if binding.param in _ALL[model]
    }
    for model in _ALL
}
"""``engine.model`` -> parameter -> its probe."""
