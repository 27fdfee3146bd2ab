"""``torch.mlp``: a multilayer perceptron of ``torch.nn.Linear``, trained by SGD, Adam or AdamW."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.frameworks.keras.loop import BATCHES
from crossframe.frameworks.model import Model
from crossframe.frameworks.torch.capture import CALLABLES, OPTIMIZERS
from crossframe.frameworks.torch.network import ACTIVATIONS
from crossframe.settings.binding import (
    Binding,
    Context,
    Outside,
    When,
    choice,
    flag,
    integer,
    integers,
    number,
    renamed,
)
from crossframe.settings.probe import Probe
from crossframe.settings.vocabulary_networks import OWN, SOURCE, given_rules

_WEIGHTS = {"fan_in_uniform": "linear", "glorot_uniform": "xavier_uniform", "he_uniform": "kaiming_uniform"}
_BIASES = {"fan_in_uniform": "linear"}
_MOMENTS = ("adam", "adamw")
_COUPLED = ("sgd", "adam")
"""Update rules that add ``weight_decay * w`` to the gradient, as a ridge penalty does."""

_SGD = When("optimizer", ("sgd",))
_ADAM = When("optimizer", _MOMENTS)
_DRAWN = When("initial_weights", (OWN,))
_BIASED = When("bias", (True,))


def _of(*names: str, rules: tuple[str, ...] = tuple(OPTIMIZERS)) -> tuple[str, ...]:
    """Patterns of the parameters ``names`` of the classes of these update rules."""
    return tuple(f"{OPTIMIZERS[rule]}.{name}" for rule in rules for name in names)


def _halved(context: Context) -> float:
    """The scale of a penalty beside the vocabulary's mean loss, which is half of a mean squared error."""
    return 0.5 if context.native.get("head") == "linear1" else 1.0


def _coupled(context: Context) -> bool:
    return context.native.get("optimizer", "adam") in _COUPLED


def _penalty(value: Value, context: Context) -> Value:
    if not _coupled(context):
        raise UsageError(
            "adamw takes its weight decay off the weights, not the gradient",
            "give optimizer.weight_decay, or another optimizer",
        )
    return as_float(value) / _halved(context)


def _decay(value: Value, context: Context) -> Value:
    if _coupled(context) and value != 0:
        raise UsageError(
            f"{context.native.get('optimizer', 'adam')} adds its weight decay to the gradient",
            "give penalty.l2, or optimizer=adamw",
        )
    return value


def _when(coupled: bool, scale: Callable[[Context], float]) -> Callable[[Value, Context], Value]:
    def decode(value: Value, context: Context) -> Value:
        other = _coupled(context) is not coupled
        return None if value is None or other else as_float(value) * scale(context)

    return decode


def _of_biases(weight: Value, context: Context) -> Value:
    """The decay of the biases that is ``weight`` times that of the kernels."""
    kernels = as_float(context.native.get("weight_decay") or 0.0)
    if kernels == 0.0 and weight != 0:
        raise UsageError(
            "penalty.intercept is relative to penalty.l2, which is 0", "give penalty.l2 beside it"
        )
    return as_float(weight) * kernels


def _bias_weight(decay: Value, context: Context) -> Value:
    kernels = as_float(context.native.get("weight_decay") or 0.0)
    if kernels == 0.0 or not _coupled(context):
        return None
    return 1.0 if decay is None else as_float(decay) / kernels


_BINDINGS: tuple[Binding, ...] = (
    Binding("features.standardize", "scaling", choice("none", "max", "sd_n-1"), reads=()),
    Binding("architecture.hidden", "hidden", integers(), reads=("Linear.out_features",)),
    Binding("architecture.activation", "activation", choice(*ACTIVATIONS)),
    Binding(
        "architecture.head",
        "head",
        choice("softmax2", "sigmoid1", "linear1"),
        formula="softmax2: CrossEntropyLoss; sigmoid1: BCEWithLogitsLoss; linear1: MSELoss",
    ),
    Binding("intercept", "bias", flag(), formula="a bias in every layer", reads=("Linear.bias",)),
    Binding("dropout.input", "input_dropout", number(0, 0.99), reads=("Dropout.p",)),
    Binding("dropout.hidden", "dropout", number(0, 0.99), reads=("Dropout.p",)),
    Binding("init.source", "initial_weights", SOURCE),
    Binding(
        "init.weights",
        "weight_init",
        choice(*_WEIGHTS.values()),
        *renamed(_WEIGHTS),
        active_if=(_DRAWN,),
        formula="linear: torch.nn.Linear's own, +-1/sqrt(inputs); the others: xavier_uniform_, and "
        "kaiming_uniform_ with nonlinearity='relu'",
    ),
    Binding(
        "init.biases",
        "bias_init",
        choice("linear", "zeros"),
        *renamed(_BIASES),
        active_if=(_DRAWN, _BIASED),
        formula="linear: torch.nn.Linear's own, +-1/sqrt(inputs)",
    ),
    Binding("optimizer.rule", "optimizer", choice(*OPTIMIZERS)),
    Binding("optimizer.learning_rate", "lr", number(0), reads=_of("lr")),
    Binding(
        "optimizer.momentum",
        "momentum",
        number(0, 1),
        active_if=(_SGD,),
        reads=_of("momentum", rules=("sgd",)),
    ),
    Binding(
        "optimizer.nesterov",
        "nesterov",
        flag(),
        active_if=(_SGD, When("momentum", above=0)),
        reads=_of("nesterov", rules=("sgd",)),
    ),
    Binding(
        "optimizer.beta1",
        "beta1",
        number(0, 1),
        active_if=(_ADAM,),
        reads=_of("betas?0?", rules=_MOMENTS),
    ),
    Binding(
        "optimizer.beta2",
        "beta2",
        number(0, 1),
        active_if=(_ADAM,),
        reads=_of("betas?1?", rules=_MOMENTS),
    ),
    Binding(
        "optimizer.epsilon",
        "eps",
        number(0),
        active_if=(_ADAM,),
        reads=_of("eps", rules=_MOMENTS),
        formula="added to the root after v is corrected for the start, sqrt(v / (1 - beta2^t)) + eps; "
        "Keras's and scikit-learn's Adam add theirs before",
    ),
    Binding("optimizer.amsgrad", "amsgrad", flag(), active_if=(_ADAM,), reads=_of("amsgrad", rules=_MOMENTS)),
    Binding(
        "optimizer.weight_decay",
        "weight_decay",
        number(0),
        _decay,
        _when(False, lambda context: 1.0),
        reads=_of("weight_decay"),
        formula="adamw: taken off the weights and biases before the update",
    ),
    Binding(
        "penalty.l2",
        "weight_decay",
        number(0),
        _penalty,
        _when(True, _halved),
        reads=_of("weight_decay"),
        formula="sgd, adam: weight_decay * w is added to the gradient: l2 = weight_decay, beside a mean "
        "squared error, twice the mean loss, weight_decay / 2; biases count as well",
    ),
    Binding(
        "penalty.intercept",
        "bias_weight_decay",
        number(0),
        _of_biases,
        _bias_weight,
        active_if=(_BIASED,),
        formula="weight_decay of the biases as parameters of a group of their own; without one they are "
        "treated as the weights are",
    ),
    Binding("batch.size", "batch_size", integer(1), reads=("DataLoader.batch_size",)),
    Binding("batch.order", "shuffle", flag(), reads=("DataLoader.shuffle",)),
    Binding("epochs", "epochs", integer(1)),
    Binding("precision", "dtype", choice("float32", "float64"), reads=("Linear.dtype",)),
    Binding("loss.reduction", "reduction", choice("mean", "sum"), reads=("*Loss.reduction",)),
    Binding(
        "loss.label_smoothing",
        "label_smoothing",
        number(0, 1),
        active_if=(When("head", ("softmax2",)),),
        reads=("CrossEntropyLoss.label_smoothing",),
    ),
)


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """The loss, the decision rule, the variant of the optimizer, and the rules of weights that are given."""
    follows = dict(given_rules(native.get("initial_weights")))
    if "optimizer" in native:
        follows["optimizer.form"] = "published" if native["optimizer"] == "sgd" else "torch"
    if native.get("head") == "linear1":
        follows |= {"loss": "squared_error", "loss.scale": "full"}
    if "head" in native:
        follows["decision.threshold"] = "argmax" if native["head"] == "softmax2" else 0.5
    return follows


_ROUNDING = Outside("running", "another way to compute the same step, which differs by rounding")
_LEFT = "; crossframe leaves it at its default"
_WEIGHTED = Outside("data", "weights of rows or classes; every row counts once here")
_AVERAGED = Outside("other", "former names of reduction")
_LOADS = Outside("running", "how batches are loaded; crossframe gives them in the order of shuffle")

_BY_SGD: dict[str, Value] = {"optimizer": "sgd", "lr": 0.1}
_BY_ADAM: dict[str, Value] = {"optimizer": "adam"}
_GIVEN: dict[str, Value] = {"initial_weights": "given:1"}

MODEL = Model(
    name="torch.mlp",
    title="multilayer perceptron",
    family="network",
    order=10,
    tasks=frozenset({"classes", "numbers"}),
    numbers_by=("head", "linear1"),
    batches=BATCHES,
    callables=CALLABLES,
    bindings=_BINDINGS,
    always={"class_weight": "none", "dropout.inverted": True, "stopping.rule": "none"},
    implied=_implied,
    passed={
        "scaling": "none",
        "hidden": (128, 128),
        "activation": "relu",
        "head": "softmax2",
        "input_dropout": 0.0,
        "dropout": 0.0,
        "initial_weights": OWN,
        "weight_init": "linear",
        "bias_init": "linear",
        "optimizer": "adam",
        "batch_size": 32,
        "shuffle": True,
        "epochs": 200,
        "dtype": "float32",
    },
    outside={
        "Linear.in_features": Outside("data", "the number of features"),
        "*.device": Outside("running", "where the weights lie; the processor here"),
        "*.inplace": _ROUNDING,
        "*.params": Outside("data", "the weights"),
        "SGD.dampening": Outside("other", "share of the gradient that the momentum leaves out" + _LEFT),
        "*.maximize": Outside("other", "ascends in place of descending" + _LEFT),
        "Adam.decoupled_weight_decay": Outside("other", "makes Adam AdamW, a value of optimizer here"),
        "*.foreach": _ROUNDING,
        "*.fused": _ROUNDING,
        "*.capturable": _ROUNDING,
        "*.differentiable": _ROUNDING,
        "*Loss.weight": _WEIGHTED,
        "*Loss.pos_weight": _WEIGHTED,
        "*Loss.ignore_index": _WEIGHTED,
        "*Loss.size_average": _AVERAGED,
        "*Loss.reduce": _AVERAGED,
        "*uniform_.tensor": Outside("data", "the weights"),
        "*uniform_.generator": Outside("other", "another source of random numbers" + _LEFT),
        "xavier_uniform_.gain": Outside("other", "factor of the width" + _LEFT),
        "kaiming_uniform_.a": Outside("other", "slope of a leaky rectifier; nonlinearity=relu has none"),
        "kaiming_uniform_.mode": Outside("other", "whether inputs or units are counted" + _LEFT),
        "kaiming_uniform_.nonlinearity": Outside("other", "relu here, as its usual rule for rectifiers"),
        "DataLoader.dataset": Outside("data", "the rows"),
        "DataLoader.drop_last": Outside("other", "whether a last, incomplete batch is left out" + _LEFT),
        **{
            f"DataLoader.{name}": _LOADS
            for name in (
                "sampler",
                "batch_sampler",
                "num_workers",
                "collate_fn",
                "pin_memory",
                "timeout",
                "worker_init_fn",
                "multiprocessing_context",
                "generator",
                "prefetch_factor",
                "persistent_workers",
                "pin_memory_device",
                "in_order",
            )
        },
    },
    base={
        "epochs": 3,
        "batch_size": 16,
        "hidden": (3,),
        "activation": "tanh",
        "head": "sigmoid1",
        "optimizer": "adam",
    },
    probes={
        "scaling": Probe(("none", "sd_n-1")),
        "hidden": Probe(((3,), (4,))),
        "activation": Probe(("tanh", "relu")),
        "head": Probe(("sigmoid1", "linear1")),
        "bias": Probe((True, False)),
        "input_dropout": Probe((0.0, 0.3)),
        "dropout": Probe((0.0, 0.3)),
        "initial_weights": Probe((OWN, "given:1")),
        "weight_init": Probe(("linear", "xavier_uniform"), {"initial_weights": OWN}, (_GIVEN,)),
        "bias_init": Probe(
            ("linear", "zeros"), {"initial_weights": OWN, "bias": True}, (_GIVEN, {"bias": False})
        ),
        "optimizer": Probe(("adam", "sgd")),
        "lr": Probe((0.001, 0.01)),
        "momentum": Probe((None, 0.5), _BY_SGD, (_BY_ADAM,)),
        "nesterov": Probe((False, True), {**_BY_SGD, "momentum": 0.5}, (_BY_ADAM, {"momentum": 0.0})),
        "beta1": Probe((None, 0.5), _BY_ADAM, (_BY_SGD,)),
        "beta2": Probe((None, 0.9), _BY_ADAM, (_BY_SGD,)),
        "eps": Probe((None, 1e-2), _BY_ADAM, (_BY_SGD,)),
        "amsgrad": Probe((None, True), {**_BY_ADAM, "lr": 0.3, "beta2": 0.5}, (_BY_SGD,)),
        "weight_decay": Probe((0.0, 0.5), _BY_SGD),
        "bias_weight_decay": Probe(
            (None, 0.0), {**_BY_SGD, "weight_decay": 0.5, "bias": True}, ({"bias": False},)
        ),
        "batch_size": Probe((8, 16)),
        "shuffle": Probe((True, False)),
        "epochs": Probe((2, 3)),
        "dtype": Probe(("float32", "float64")),
        "reduction": Probe((None, "sum"), _BY_SGD),
        "label_smoothing": Probe((None, 0.2), {"head": "softmax2"}, ({"head": "sigmoid1"},)),
    },
    stochastic=True,
    seconds=0.5,
    seconds_per_million=30.0,
)
