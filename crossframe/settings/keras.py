"""Keras's networks in the vocabulary, and the networks that are built when nothing is said.

Sources: the Keras 3 documentation of ``Model.compile`` and ``Model.fit``; for the networks Andrew
Beam's ``mnist.py`` and ``leek_analysis.R`` of June 2017.
"""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.engines.base import Value
from crossframe.settings import keras_layers as layers
from crossframe.settings import keras_optimizers as optimizers
from crossframe.settings.base import Binding, Outside, When, choice, flag, integer, number, renamed

_REDUCTIONS = {"mean": "sum_over_batch_size", "sum": "sum", "weighted_mean": "mean_with_sample_weight"}
_FIT = When("loop", ("fit",))


def _training(losses: tuple[str, ...]) -> tuple[Binding, ...]:
    """What is said to ``compile``, ``fit`` and the ``losses``."""
    return (
        Binding("features.standardize", "scaling", choice("none", "max", "sd_n-1")),
        Binding("batch.size", "batch_size", integer(1)),
        Binding("batch.order", "shuffle", flag()),
        Binding("epochs", "epochs", integer(1), reads=("fit.epochs",)),
        Binding("epochs.first", "initial_epoch", integer(0)),
        Binding(
            "validation.fraction",
            "validation_split",
            number(0, 0.99),
            formula="the last floor-rounded share of the rows is not trained on; nothing is decided by it",
        ),
        Binding(
            "class_weight",
            "class_weight",
            choice("none", "balanced"),
            formula="balanced: n / (2 n_k) of the rows trained on, and the sum of the weighted losses is "
            "divided by the rows of the batch",
        ),
        Binding("loss.weight", "loss_weights", number(0, open_low=True)),
        Binding(
            "loss.reduction",
            "reduction",
            choice(*_REDUCTIONS.values()),
            *renamed(_REDUCTIONS),
            reads=tuple(f"{loss}.reduction" for loss in losses),
        ),
        Binding(
            "loss.label_smoothing",
            "label_smoothing",
            number(0, 1),
            reads=tuple(f"{loss}.label_smoothing" for loss in losses),
        ),
        Binding("precision", "floatx", choice("float32", "float64"), reads=("*.dtype",)),
        Binding(
            "training.compiled",
            "jit_compile",
            flag(),
            never="Keras compiles no step where deterministic operations are asked for, as they are here; "
            "the loop xla is compiled",
        ),
        Binding("training.eager", "run_eagerly", flag(), active_if=(_FIT,), formula="by rounding alone"),
        Binding(
            "training.steps_per_call",
            "steps_per_execution",
            integer(1),
            never="the steps of one call are those that several calls make",
        ),
    )


_LOSSES = ("BinaryCrossentropy", "CategoricalCrossentropy")
_ANY_LOOP = Binding("training.loop", "loop", choice("xla", "graph", "fit"))
# XLA has no deterministic gradient of max-pooling, and its convolutions on a CPU are slower than
# those of the graph by a factor of 20 to 100.
_UNCOMPILED = Binding(
    "training.loop", "loop", choice("graph", "fit"), never="the loops graph and fit give the same bits"
)

_MLP_BINDINGS = (
    *layers.NETWORK,
    *layers.DROPOUT,
    layers.dropout_seed("input_dropout", "dropout"),
    *layers.dense(("Dense",)),
    *optimizers.bindings(matrices_only=True),
    *_training(_LOSSES),
    _ANY_LOOP,
)

BINDINGS: dict[str, tuple[Binding, ...]] = {
    "keras.logistic": (
        *layers.dense(("Dense",)),
        *optimizers.bindings(matrices_only=True),
        *_training(("BinaryCrossentropy",)),
        _ANY_LOOP,
    ),
    "keras.mlp": _MLP_BINDINGS,
    "keras.cnn": (
        *layers.NETWORK,
        *layers.DROPOUT,
        *layers.FEATURES_DROPOUT,
        layers.dropout_seed("input_dropout", "features_dropout", "dropout"),
        *layers.CONVOLUTIONS,
        *layers.dense(("Dense", "Conv2D")),
        *optimizers.bindings(matrices_only=False),
        *_training(_LOSSES),
        _UNCOMPILED,
    ),
    "rkeras.mlp": _MLP_BINDINGS,
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
    "keras.cnn": {
        **_MLP,
        "hidden": (128,),
        "filters": (32, 64),
        "kernel_size": 3,
        "features_dropout": 0.2,
        "loop": "graph",
    },
    "rkeras.mlp": {**_MLP, "head": "sigmoid1", "learning_rate": 1e-3, "batch_size": 1},
}
"""``engine.model`` -> the network built when nothing is said, in native spelling.

``keras.mlp`` and ``keras.cnn`` are Beam's (the dropout of 0.2 is in his repository, not in his
post), ``rkeras.mlp`` is the network of his R script. What Keras is not told it takes from its own
defaults. A convolution without ``padding`` is ``valid`` where the image is large enough.
"""

ALWAYS: dict[str, dict[str, Value]] = {
    "keras.logistic": {"link": "logit"},
    "keras.mlp": {},
    "keras.cnn": {},
    "rkeras.mlp": {},
}
"""Rules without a parameter."""


def implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """Canonical settings that follow from others: the decision rule from the output layer, ..."""
    told: dict[str, Value] = {}
    if "head" in native:
        told["decision.threshold"] = "argmax" if native["head"] == "softmax2" else 0.5
    if "decay" in native:
        told["schedule.kind"] = "inverse_time" if native["decay"] else "constant"
    l1, l2 = native.get("kernel_l1"), native.get("kernel_l2")
    if isinstance(l1, (int, float)) and isinstance(l2, (int, float)):
        told["penalty.strength"] = l1 + 2.0 * l2
    return told


IMPLIED = dict.fromkeys(BINDINGS, implied)

_ONE_TASK = "networks here have one output, whose layer gives probabilities"
_OUTSIDE = {
    "*.name": Outside("output", "a label"),
    **{
        f"{layer}.trainable": Outside("other", "the layer has no weights")
        for layer in ("Dropout", "Flatten", "MaxPooling2D")
    },
    "*.data_format": Outside("data", "the order in which an image's axes are stored"),
    "*Crossentropy.axis": Outside("other", _ONE_TASK),
    "*Crossentropy.from_logits": Outside("other", _ONE_TASK),
    "Muon.exclude_embeddings": Outside("other", "networks here have no embedding"),
    "*.quantization_config": Outside("other", "read by quantize(), which is called after training"),
    "compile.metrics": Outside("output", "computed beside the loss"),
    "compile.weighted_metrics": Outside("output", "computed beside the loss"),
    "compile.auto_scale_loss": Outside("other", "acts under the policy mixed_float16"),
    "fit.x": Outside("data"),
    "fit.y": Outside("data"),
    "fit.sample_weight": Outside("data"),
    "fit.verbose": Outside("output"),
    "fit.validation_data": Outside("output", "scored after each epoch"),
    "fit.validation_steps": Outside("output", "how much of the validation rows is scored"),
    "fit.validation_batch_size": Outside("running", "rows scored at a time"),
    "fit.validation_freq": Outside("output", "how often the validation rows are scored"),
}

_ONE_UNIT = Outside("other", "one sigmoid unit under log loss is what a logistic regression is")
OUTSIDE: dict[str, dict[str, Outside]] = {
    **dict.fromkeys(BINDINGS, _OUTSIDE),
    "keras.logistic": {
        **_OUTSIDE,
        **dict.fromkeys(("Dense.units", "Dense.activation", "compile.loss"), _ONE_UNIT),
    },
}
"""Pattern of ``callable.parameter`` -> why it is no setting."""
