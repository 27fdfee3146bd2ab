"""Keras's optimizers in the vocabulary: the options of each update rule, and when they act.

Sources: the Keras 3 documentation and source of each optimizer. A rule's own options are not taken
by the others; the options of all are those of ``keras.optimizers.Optimizer``.
"""

from __future__ import annotations

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.settings.binding import (
    Binding,
    Context,
    Convert,
    Kind,
    When,
    choice,
    flag,
    integer,
    number,
    renamed,
    unchanged,
)
from crossframe.settings.probe import Probe

RULES = {
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
    "adadelta": "Adadelta",
    "adagrad": "Adagrad",
    "adamax": "Adamax",
    "nadam": "Nadam",
    "ftrl": "Ftrl",
    "lion": "Lion",
    "lamb": "Lamb",
    "adafactor": "Adafactor",
    "muon": "Muon",
    "schedulefreeadamw": "ScheduleFreeAdamW",
}
"""Name of an update rule -> its class."""

_MOMENTS = ("adam", "adamw", "nadam", "adamax", "lion", "lamb", "schedulefreeadamw")
_EPSILON = (
    "adam", "adamw", "nadam", "adamax", "lamb", "schedulefreeadamw", "adadelta", "rmsprop", "adagrad", "muon",
)  # fmt: skip
_EPSILON_ENTERS = (
    "v the mean squared gradient: sqrt(v) + epsilon, with v before its bias is corrected (adam, adamw, muon) "
    "or after (nadam, lamb, schedulefreeadamw); adamax: largest gradient + epsilon; rmsprop, adagrad: "
    "sqrt(v + epsilon); adadelta: sqrt(step^2 + epsilon) / sqrt(v + epsilon)"
)


_INSIDE = ("adadelta", "rmsprop", "adagrad")
"""Rules that add epsilon to the mean squared gradient, under the root."""


def _is_inside(context: Context) -> bool:
    return context.native.get("optimizer", "adam") in _INSIDE


def _epsilon(inside: bool) -> tuple[Convert, Convert]:
    """(encode, decode) of an epsilon under the root (``inside``), or beside it, as the update rule has it."""

    def encode(value: Value, context: Context) -> Value:
        if _is_inside(context) != inside:
            other = "optimizer.epsilon" if inside else "optimizer.epsilon_inside"
            place = "to the root" if inside else "under the root"
            rule = context.native.get("optimizer", "adam")
            raise UsageError(f"{rule} adds its epsilon {place}", f"give {other}")
        return value

    return encode, lambda value, context: value if _is_inside(context) == inside else None


def optional(kind: Kind) -> Kind:
    """``kind``, or ``none``, with which the option is switched off."""

    def parse(value: Value) -> Value:
        return None if value is None or str(value).lower() == "none" else kind.parse(value)

    return Kind(f"{kind.describe}, or none", parse)


def option(
    setting: str,
    param: str,
    kind: Kind,
    rules: tuple[str, ...] = (),
    convert: tuple[Convert, Convert] = (unchanged, unchanged),
    also: tuple[When, ...] = (),
    formula: str = "",
    never: str = "",
) -> Binding:
    """The binding of an option that the update ``rules`` have (empty: all have it).

    ``convert`` is (to the framework, to the vocabulary), ``also`` further conditions of activity.
    """
    condition = (When("optimizer", rules),) if rules else ()
    reads = tuple(f"{RULES[rule]}.{param}" for rule in rules or RULES)
    return Binding(
        setting, param, kind, *convert, active_if=condition + also, formula=formula, reads=reads,
        never=never,
    )  # fmt: skip


def _averaged(kind: Value, context: Context) -> Value:
    if kind not in ("none", "moving"):
        raise UsageError(f"Keras has no optimizer.averaging={kind}", "it has: none, moving")
    return kind == "moving"


def _accumulated(value: Value, context: Context) -> Value:
    """One batch per update is the option switched off."""
    return None if value == 1 else value


def _steps(context: Context) -> float:
    steps = context.native.get("decay_steps")
    return float(steps) if isinstance(steps, (int, float)) else 1.0


_RATE_READS = (
    *(f"{name}.learning_rate" for name in RULES.values()),
    "InverseTimeDecay.initial_learning_rate",
)
_RATE = number(0, open_low=True)

_DECAY = (When("decay", above=0),)

COMMON = (
    Binding(
        "optimizer.rule",
        "optimizer",
        choice(*RULES),
        *renamed({"schedule_free_adamw": "schedulefreeadamw"}),
        reads=("compile.optimizer",),
    ),
    # `lr` was the name until 2020. It stands before the present name, which is the one a canonical
    # setting is translated to.
    Binding("optimizer.learning_rate", "lr", _RATE, reads=_RATE_READS),
    Binding("optimizer.learning_rate", "learning_rate", _RATE, reads=_RATE_READS),
    Binding(
        "schedule.interval", "decay_steps", integer(1), active_if=_DECAY,
        reads=("InverseTimeDecay.decay_steps",),
    ),
    Binding(
        "schedule.decay",
        "decay",
        number(0),
        lambda v, c: as_float(v) * _steps(c),
        lambda v, c: as_float(v) / _steps(c),
        formula="rate / (1 + decay * t / decay_steps); with gradient_accumulation_steps t counts batches",
        reads=("InverseTimeDecay.decay_rate",),
    ),
    Binding(
        "schedule.staircase", "staircase", flag(),
        active_if=(*_DECAY, When("decay_steps", above=1)),
        reads=("InverseTimeDecay.staircase",),
    ),
    option(
        "optimizer.weight_decay", "weight_decay", number(0),
        convert=(lambda v, c: v, lambda v, c: v or 0.0),
        formula="taken off before the update; muon: of matrices only",
    ),
    option("optimizer.clip_norm", "clipnorm", _RATE),
    option("optimizer.clip_global_norm", "global_clipnorm", _RATE),
    option("optimizer.clip_value", "clipvalue", _RATE),
    option(
        "optimizer.averaging", "use_ema", flag(), convert=(_averaged, lambda v, c: "moving" if v else "none")
    ),
    option("optimizer.averaging_momentum", "ema_momentum", number(0, 1), also=(When("use_ema", (True,)),)),
    option(
        "optimizer.averaging_interval", "ema_overwrite_frequency", integer(1),
        also=(When("use_ema", (True,)),),
    ),
    option("optimizer.loss_scale", "loss_scale_factor", _RATE, formula="by rounding alone"),
    option(
        "batch.accumulation", "gradient_accumulation_steps", optional(integer(2)),
        convert=(_accumulated, lambda v, c: v or 1),
        formula="mean of the batches' gradients; a last, incomplete group is dropped",
    ),
)  # fmt: skip
"""Options of every rule."""

_OWN = (
    option("optimizer.momentum", "momentum", number(0, 1), ("sgd", "rmsprop", "muon")),
    option(
        "optimizer.nesterov",
        "nesterov",
        flag(),
        ("sgd", "muon"),
        also=(When("momentum", above=0),),
        formula="muon without momentum: by rounding at most",
    ),
    option("optimizer.beta1", "beta_1", number(0, 1), _MOMENTS),
    option("optimizer.beta2", "beta_2", number(0, 1), _MOMENTS),
    option("optimizer.rho", "rho", number(0, 1), ("adadelta", "rmsprop")),
    option("optimizer.epsilon_inside", "epsilon", _RATE, _EPSILON, _epsilon(True), formula=_EPSILON_ENTERS),
    option("optimizer.epsilon", "epsilon", _RATE, _EPSILON, _epsilon(False), formula=_EPSILON_ENTERS),
    option("optimizer.amsgrad", "amsgrad", flag(), ("adam", "adamw")),
    option("optimizer.centered", "centered", flag(), ("rmsprop",)),
    option(
        "optimizer.initial_accumulator", "initial_accumulator_value", number(0), ("adagrad", "ftrl")
    ),
    option("optimizer.rate_power", "learning_rate_power", number(high=0), ("ftrl",)),
    option("optimizer.l1", "l1_regularization_strength", number(0), ("ftrl",)),
    option("optimizer.l2", "l2_regularization_strength", number(0), ("ftrl",)),
    option("optimizer.l2_shrinkage", "l2_shrinkage_regularization_strength", number(0), ("ftrl",)),
    option("optimizer.beta", "beta", number(0), ("ftrl",)),
    option("optimizer.beta2_decay", "beta_2_decay", number(high=0), ("adafactor",)),
    option("optimizer.epsilon_gradient", "epsilon_1", number(0), ("adafactor",)),
    option("optimizer.epsilon_weights", "epsilon_2", number(0), ("adafactor",)),
    option("optimizer.clip_update", "clip_threshold", _RATE, ("adafactor",)),
    option(
        "optimizer.relative_rate", "relative_step", flag(), ("adafactor",),
        never="Keras caps Adafactor's rate at 1/sqrt(updates) whether it is asked to or not",
    ),
    option("optimizer.orthogonal_steps", "ns_steps", integer(0), ("muon",)),
    option("optimizer.orthogonal_a", "muon_a", number(), ("muon",)),
    option("optimizer.orthogonal_b", "muon_b", number(), ("muon",)),
    option("optimizer.orthogonal_c", "muon_c", number(), ("muon",)),
    option("optimizer.matrix_scale", "rms_rate", number(0), ("muon",)),
    option("optimizer.warmup", "warmup_steps", integer(0), ("schedulefreeadamw",)),
)  # fmt: skip


def bindings(matrices_only: bool) -> tuple[Binding, ...]:
    """Bindings of all options of all rules.

    With ``matrices_only`` all kernels are matrices, as those of dense layers, so that biases are the
    only weights that Muon leaves to Adam.
    """
    biased = (When("use_bias", (True,)),) if matrices_only else ()

    def rest(setting: str, param: str, kind: Kind) -> Binding:
        return option(setting, param, kind, ("muon",), also=biased)

    return (
        *COMMON,
        *_OWN,
        rest("optimizer.rest_rate", "adam_lr_ratio", number(0)),
        rest("optimizer.rest_beta1", "adam_beta_1", number(0, 1)),
        rest("optimizer.rest_beta2", "adam_beta_2", number(0, 1)),
        rest("optimizer.rest_weight_decay", "adam_weight_decay", number(0)),
    )


_ADAM: dict[str, Value] = {"optimizer": "adam"}
_SGD: dict[str, Value] = {"optimizer": "sgd"}
_RMSPROP: dict[str, Value] = {"optimizer": "rmsprop"}
_FTRL: dict[str, Value] = {"optimizer": "ftrl", "learning_rate": 0.1}
_ADAFACTOR: dict[str, Value] = {"optimizer": "adafactor"}
_MUON: dict[str, Value] = {"optimizer": "muon", "use_bias": True}
_FREE: dict[str, Value] = {"optimizer": "schedulefreeadamw"}
_EMA: dict[str, Value] = {"use_ema": True}
_NO_EMA: dict[str, Value] = {"use_ema": False}
_DECAYING: dict[str, Value] = {"decay": 0.1}
# Steps so large that a rounded gradient is not lost in the rounding of the weights.
ROUNDING: dict[str, Value] = {"optimizer": "sgd", "learning_rate": 1.0, "epochs": 20}

PROBES = {
    "optimizer": Probe(("adam", "sgd")),
    "lr": Probe((0.001, 0.01)),
    "learning_rate": Probe((0.001, 0.01)),
    "decay": Probe((None, 0.1)),
    "decay_steps": Probe((None, 3), _DECAYING, ({"decay": 0.0},)),
    "staircase": Probe((None, True), {**_DECAYING, "decay_steps": 3}, ({"decay": 0.0}, {"decay_steps": 1})),
    "weight_decay": Probe((None, 0.1)),
    "clipnorm": Probe((None, 1e-3), _SGD),
    "global_clipnorm": Probe((None, 1e-3), _SGD),
    "clipvalue": Probe((None, 1e-3), _SGD),
    "use_ema": Probe((None, True)),
    "ema_momentum": Probe((None, 0.5), _EMA, (_NO_EMA,)),
    "ema_overwrite_frequency": Probe((None, 2), _EMA, (_NO_EMA,)),
    "loss_scale_factor": Probe((None, 3.0), ROUNDING),
    "gradient_accumulation_steps": Probe((None, 2)),
    "momentum": Probe((None, 0.5), _SGD, (_ADAM,)),
    # Given both times: Muon's default is the other one.
    "nesterov": Probe(
        (False, True),
        {**_SGD, "momentum": 0.5},
        ({"optimizer": "rmsprop"}, {"momentum": 0.0}),
        also=({"optimizer": "muon", "momentum": 0.0},),
        # Muon's mean gradient without momentum is m + (g - m): g, rounded once more on some processors.
        rounding=1e-5,
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
"""Parameter -> its probe."""
