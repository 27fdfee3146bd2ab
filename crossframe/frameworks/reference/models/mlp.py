"""``reference.mlp``: a network trainer whose every rule is a setting, in its canonical spelling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossframe.core.types import Value
from crossframe.frameworks.contract import FitRequest
from crossframe.frameworks.reference._model import ReferenceModel
from crossframe.settings.binding import Binding, Kind, When, choice, flag, integer, integers, number
from crossframe.settings.vocabulary import THRESHOLD
from crossframe.settings.vocabulary_networks import OWN, SOURCE, given_rules

LOSSES = {"softmax2": "log_loss", "sigmoid1": "log_loss", "linear1": "squared_error", "exp1": "poisson"}
"""Output layer -> its loss."""
NUMBERS = ("linear1", "exp1")
CLASSES = ("softmax2", "sigmoid1")

_RULE = "optimizer.rule"
_MOMENTS = ("adam", "adamw", "nadam", "adamax")
_WITH_RATE = ("sgd", *_MOMENTS, "rmsprop", "adagrad")
"""Update rules with a learning rate: all but ADADELTA."""

_FREE = When("optimizer.form", ("published", "keras", "torch"))
_H2O = When("optimizer.form", ("h2o",))
_RATED = When(_RULE, _WITH_RATE, otherwise=_FREE)
_DECAYS = When("schedule.kind", ("inverse_time",))
_STOPS_AS_H2O = When("stopping.rule", ("framework",))
_PATIENT = When("stopping.rule", ("framework", "tolerance"))
_SCORED = When("stopping.rule", ("framework",), otherwise=When("model.kept", ("best",)))
_DRAWN = When("init.source", (OWN,))
_DROPS = When("dropout.hidden", above=0, otherwise=When("dropout.input", above=0))


def _all_or_none(value: Value) -> Value:
    share = number(0, 1).parse(value)
    if share not in (0.0, 1.0):
        raise ValueError
    return share


_BIASES_TOO = Kind("0 or 1", _all_or_none, (0.0, 1.0))


def _of(setting: str, kind: Kind, *rules: str, also: tuple[When, ...] = ()) -> Binding:
    """The binding of an option of these update rules; ``also``: further conditions of activity."""
    return _own(setting, kind, When(_RULE, rules), *also)


def _own(setting: str, kind: Kind, *active_if: When, formula: str = "") -> Binding:
    return Binding(setting, setting, kind, active_if=active_if, formula=formula)


_BINDINGS = (
    _own("seed.generator", choice("PCG64", "PCG32"), formula="PCG32: H2O's weights, rows and dropped units "
         "of the same seed, bit for bit; all other random numbers are NumPy's"),
    _own("features.standardize", choice("none", "max", "sd_n", "sd_n-1")),
    _own("features.drop_constant", flag()),
    _own("architecture.hidden", integers()),
    _own("architecture.activation", choice("relu", "tanh", "sigmoid", "identity")),
    _own("architecture.head", choice("softmax2", "sigmoid1", "linear1", "exp1")),
    _own("loss.scale", choice("half", "full"), When("architecture.head", ("linear1",))),
    _own("target.standardize", choice("none", "sd_n-1"), When("architecture.head", NUMBERS)),
    _own("precision", choice("float64", "float32", "mixed")),
    _own("dropout.input", number(0, 0.99)),
    _own("dropout.hidden", number(0, 0.99)),
    _own("dropout.inverted", flag(), _DROPS),
    _own("init.source", SOURCE),
    _own("init.weights", choice("glorot_uniform", "glorot_uniform_x4_output", "glorot_normal", "he_uniform",
                                "he_normal", "lecun_uniform", "lecun_normal", "fan_in_uniform", "uniform",
                                "normal"), _DRAWN),
    _own("init.scale", number(0), When("init.weights", ("uniform", "normal")), _DRAWN),
    _own("init.biases", choice("zeros", "half_then_one", "glorot_uniform", "uniform", "fan_in_uniform",
                               "units_uniform"), _DRAWN),
    _own(_RULE, choice(*_WITH_RATE, "adadelta")),
    _own("optimizer.form", choice("published", "keras", "h2o", "torch"), formula="h2o: of sgd and adadelta; "
         "torch: of adam and adamw"),
    _own("optimizer.learning_rate", number(0), _RATED),
    _of("optimizer.momentum", number(0, 1), "sgd", "rmsprop"),
    _of("optimizer.nesterov", flag(), "sgd", also=(When("optimizer.momentum", above=0), _FREE)),
    _of("optimizer.memory", choice("heavy_ball", "one_update"), "sgd",
        also=(When("optimizer.momentum", above=0), _H2O)),
    _of("optimizer.beta1", number(0, 1), *_MOMENTS),
    _of("optimizer.beta2", number(0, 1), *_MOMENTS),
    _of("optimizer.rho", number(0, 1), "adadelta", "rmsprop"),
    _of("optimizer.epsilon", number(0), *_MOMENTS),
    _of("optimizer.epsilon_inside", number(0), "adadelta", "rmsprop", "adagrad"),
    _of("optimizer.amsgrad", flag(), "adam", "adamw"),
    _of("optimizer.weight_decay", number(0), "adam", "adamw"),
    _of("optimizer.centered", flag(), "rmsprop"),
    _of("optimizer.initial_accumulator", number(0), "adagrad"),
    _own("optimizer.skip_zero_inputs", flag(), _H2O),
    _own("schedule.kind", choice("constant", "inverse_time"), _FREE),
    _own("schedule.decay", number(0), _RATED, When("schedule.kind", ("inverse_time",), otherwise=_H2O)),
    _own("schedule.interval", integer(0), _FREE, _DECAYS, formula="0: the rate falls after every iteration, "
         "by its updates"),
    _own("schedule.staircase", flag(), _FREE, _DECAYS, When("schedule.interval", above=1)),
    _of("schedule.layer_decay", number(0), "sgd", also=(_H2O,)),
    _own("penalty.l1", number(0)),
    _own("penalty.l2", number(0)),
    _own("penalty.intercept", _BIASES_TOO,
         When("penalty.l1", above=0, otherwise=When("penalty.l2", above=0))),
    _own("batch.size", integer(1)),
    _own("batch.order", flag()),
    _own("batch.per_iteration", integer(-2), formula="-2: a tenth of all rows to be trained on, 0 "
         "and -1: one epoch; after so many rows the network is scored"),
    _own("epochs", number(0, open_low=True)),
    _own("stopping.rule", choice("none", "tolerance", "framework"), formula="framework: H2O's; tolerance: "
         "scikit-learn's, by the mean loss of the batches of an epoch"),
    _own("stopping.rounds", integer(0), _PATIENT),
    _own("stopping.tolerance", number(0), When("stopping.rule", ("tolerance",))),
    _own("stopping.tolerance_relative", number(0), _STOPS_AS_H2O),
    _own("stopping.train_error", number(-1), _STOPS_AS_H2O, When("architecture.head", CLASSES)),
    _own("stopping.train_mse", number(-1), _STOPS_AS_H2O, When("architecture.head", NUMBERS)),
    _own("scoring.each_iteration", flag(), _SCORED, formula="no: after the first and the last one, as H2O "
         "does within its interval of five seconds"),
    _own("model.kept", choice("last", "best")),
    _own("decision.threshold", THRESHOLD),
)  # fmt: skip

_PASSED: dict[str, Value] = {
    "seed.generator": "PCG64",
    "features.standardize": "none",
    "features.drop_constant": False,
    "architecture.hidden": (128, 128),
    "architecture.activation": "relu",
    "architecture.head": "softmax2",
    "loss.scale": "half",
    "target.standardize": "none",
    "precision": "float64",
    "dropout.input": 0.0,
    "dropout.hidden": 0.0,
    "dropout.inverted": True,
    "init.source": OWN,
    "init.weights": "glorot_uniform",
    "init.scale": 1.0,
    "init.biases": "zeros",
    "optimizer.rule": "adam",
    "optimizer.form": "published",
    "optimizer.learning_rate": 0.001,
    "optimizer.momentum": 0.0,
    "optimizer.nesterov": False,
    "optimizer.memory": "heavy_ball",
    "optimizer.beta1": 0.9,
    "optimizer.beta2": 0.999,
    "optimizer.rho": 0.95,
    "optimizer.epsilon": 1e-7,
    "optimizer.epsilon_inside": 1e-7,
    "optimizer.amsgrad": False,
    "optimizer.weight_decay": 0.0,
    "optimizer.centered": False,
    "optimizer.initial_accumulator": 0.1,
    "optimizer.skip_zero_inputs": True,
    "schedule.kind": "constant",
    "schedule.decay": 0.0,
    "schedule.interval": 1,
    "schedule.staircase": False,
    "schedule.layer_decay": 1.0,
    "penalty.l1": 0.0,
    "penalty.l2": 0.0,
    "penalty.intercept": 0.0,
    "batch.size": 32,
    "batch.order": True,
    "batch.per_iteration": 0,
    "epochs": 200.0,
    "stopping.rule": "none",
    "stopping.rounds": 5,
    "stopping.tolerance": 1e-4,
    "stopping.tolerance_relative": 0.0,
    "stopping.train_error": 0.0,
    "stopping.train_mse": 1e-6,
    "scoring.each_iteration": True,
    "model.kept": "last",
    "decision.threshold": 0.5,
}
"""Defaults: Beam's sizes, trained by Adam as published."""

_ALWAYS: dict[str, Value] = {
    "class_weight": "none",
    "loss.label_smoothing": 0.0,
    "loss.reduction": "mean",
    "intercept": True,
    "missing": "error",
    "averaging": False,
    "optimizer.averaging": "none",
    "batch.accumulation": 1,
    "sampling.balance": False,
    "reproducible": True,
}


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """The loss of the output layer, and the rules of weights that are given."""
    loss = LOSSES.get(str(native.get("architecture.head")))
    return {**({"loss": loss} if loss else {}), **given_rules(native.get("init.source"))}


def fit(request: FitRequest, native: Mapping[str, Value]) -> dict[str, Any]:
    """See `crossframe.frameworks.reference.network.fit`."""
    # The trainer imports SciPy and Numba, which the table of models does not need.
    from crossframe.frameworks.reference.network import fit

    return fit(request, native)


MODEL = ReferenceModel(
    name="reference.mlp",
    title="reference trainer",
    family="network",
    order=30,
    bindings=_BINDINGS,
    always=_ALWAYS,
    passed=_PASSED,
    implied=_implied,
    tasks=frozenset({"classes", "numbers"}),
    several=True,
    numbers_by=("architecture.head", "linear1"),
    fit=fit,
    label_rule="decision.threshold",
    stochastic=True,
)
