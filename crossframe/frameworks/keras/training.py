"""Keras's losses, ``compile`` and ``fit`` in the vocabulary.

Sources: the Keras 3 documentation of ``Model.compile`` and ``Model.fit``.
"""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.types import Value
from crossframe.frameworks.keras import optimizers
from crossframe.frameworks.keras.layers import LINEAR
from crossframe.settings.binding import Binding, Outside, When, choice, flag, integer, number, renamed
from crossframe.settings.probe import Probe
from crossframe.settings.vocabulary_networks import given_rules

_REDUCTIONS = {"mean": "sum_over_batch_size", "sum": "sum", "weighted_mean": "mean_with_sample_weight"}
_FIT = When("loop", ("fit",))


OF_CLASSES = (When("head", ("softmax2", "sigmoid1")),)
"""The condition under which a network that may be of numbers is of classes."""


def bindings(losses: tuple[str, ...], of_classes: tuple[When, ...] = ()) -> tuple[Binding, ...]:
    """Bindings of the arguments of ``compile``, ``fit`` and the classes ``losses``.

    ``of_classes`` are the conditions of those that only a network of classes has.
    """
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
            formula="the last floor-rounded share of the rows is not trained on and decides nothing",
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
            active_if=of_classes,
            reads=tuple(f"{loss}.label_smoothing" for loss in losses),
        ),
        Binding("precision", "floatx", choice("float32", "float64"), reads=("*.dtype",)),
        Binding(
            "training.compiled",
            "jit_compile",
            flag(),
            never="Keras compiles no step with deterministic operations, which are switched on here; "
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


LOSSES = ("BinaryCrossentropy", "CategoricalCrossentropy")
SQUARED = "MeanSquaredError"
ANY_LOOP = Binding("training.loop", "loop", choice("xla", "graph", "fit"))
# XLA has no deterministic gradient of max-pooling, and its convolutions on a CPU take 20 to 100 times
# as long as those of the graph.
UNCOMPILED = Binding(
    "training.loop", "loop", choice("graph", "fit"), never="the loops graph and fit give the same bits"
)


def implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """The decision rule, the schedule, the penalty's strength and the start that native settings imply."""
    follows = dict(given_rules(native.get("initial_weights")))
    if native.get("head") == LINEAR:
        follows |= {"loss": "squared_error", "loss.scale": "full"}
    if "head" in native:
        follows["decision.threshold"] = "argmax" if native["head"] == "softmax2" else 0.5
    if "decay" in native:
        follows["schedule.kind"] = "inverse_time" if native["decay"] else "constant"
    l1, l2 = native.get("kernel_l1"), native.get("kernel_l2")
    if isinstance(l1, (int, float)) and isinstance(l2, (int, float)):
        follows["penalty.strength"] = (l1 + 2.0 * l2) * (0.5 if native.get("head") == LINEAR else 1.0)
    return follows


_ONE_TASK = "the output layers of networks of classes give probabilities here"
OUTSIDE = {
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
"""Pattern of ``callable.parameter`` -> why it is no setting."""

_BY_FIT: dict[str, Value] = {"loop": "fit"}
PROBES = {
    "scaling": Probe(("none", "sd_n-1")),
    "batch_size": Probe((8, 16)),
    "shuffle": Probe((None, False)),
    "epochs": Probe((2, 3)),
    "initial_epoch": Probe((None, 1)),
    "loss_weights": Probe((None, 2.0), {"optimizer": "sgd"}),
    "reduction": Probe(("sum_over_batch_size", "sum"), {"optimizer": "sgd"}),
    "validation_split": Probe((None, 0.3)),
    "class_weight": Probe((None, "balanced")),
    "label_smoothing": Probe((None, 0.2)),
    "floatx": Probe((None, "float64")),
    "jit_compile": Probe((None, True), _BY_FIT),
    "run_eagerly": Probe((None, True), {**_BY_FIT, **optimizers.ROUNDING}, ({"loop": "graph"},)),
    "steps_per_execution": Probe((None, 3), _BY_FIT),
    "loop": Probe(("graph", "xla"), optimizers.ROUNDING),
}
"""Parameter -> its probe."""

UNCOMPILED_PROBES = {
    "loop": Probe(("graph", "fit")),
    # The classes of the whole sample are equally large, those of its first rows are not.
    "class_weight": Probe((None, "balanced"), {"validation_split": 0.1}),
}
"""Probes of a network that XLA does not compile and whose sample has equally large classes."""
