"""Networks of any framework, and hybrids of them, as the reference trainer's: `reference.mlp`.

What a framework does without a setting (its starting biases, its form of an update rule, its
generator) is a setting of the reference trainer. `completed` adds all of them to the effective settings of
one side, so that two sides have the same names, can be compared and can be mixed; `reference_network`
makes the contestant of one side or of a mixture::

    left, right = completed(effective_left), completed(effective_right)
    reference_network({**left, "batch.size": right["batch.size"]}, "hybrid")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.spec import prepared
from crossframe.explain.switches import PREPARED
from crossframe.frameworks.reference.models.mlp import LOSSES
from crossframe.frameworks.registry import model

NETWORK = "reference.mlp"
"""The reference trainer, in which every rule is a setting."""

IMMATERIAL: dict[str, str] = {
    "seed": "the reference trainer has the seed of the draw, as every contestant without one of its own",
    "dropout.seed": "the reference trainer has the seed of the draw",
    "init.seed": "the reference trainer has the seed of the draw",
    "init.input_axes": "of a dense layer's weights the inputs are the first axis",
    "init.output_axes": "of a dense layer's weights the units are the second axis",
    "init.mean": "looked at only to refuse what is not 0",
    "training.loop": "another order of rounding; with dropout another draw of the same distribution",
    "training.compiled": "another order of rounding",
    "training.eager": "another order of rounding",
    "training.steps_per_call": "the same updates",
    "optimizer.loss_scale": "another order of rounding",
    "parallel.split_rows": "decides which thread trains on a row; the reference trainer has one",
    "reproducible": "the reference trainer has one thread and scores as `scoring.each_iteration` says",
    "scoring.duty_cycle": "a clock; the reference trainer scores as `scoring.each_iteration` says",
    "scoring.interval": "a clock; the reference trainer scores as `scoring.each_iteration` says",
    "scoring.every": "a clock; the reference trainer scores as `scoring.each_iteration` says",
    "scoring.rows": "10,000 by default, more than the reference trainer is given",
    "stopping.metric": "looked at only to refuse what is no loss that it is trained by",
    "loss": "looked at only to refuse one that its output layer does not go with",
    "penalty.strength": "given by penalty.l1 and penalty.l2",
    "penalty.mix": "given by penalty.l1 and penalty.l2",
    "validation.assignment": "there are no folds",
    "averaging.rate": "nothing is averaged",
    "averaging.penalty": "nothing is averaged",
    "optimizer.averaging_momentum": "nothing is averaged",
    "optimizer.averaging_interval": "nothing is averaged",
    "sampling.factor": "no class is repeated",
    "sampling.limit": "no class is repeated",
    "optimizer.momentum_ramp": "shifts the momentum, which is given as it is in force",
    "optimizer.momentum_final": "shifts the momentum, which is given as it is in force",
    "epochs.first": "taken off the epochs",
    "architecture.max_weights": "refuses networks and does nothing else",
}
"""Effective settings of some framework that cannot matter for the reference trainer, and why."""

ONLY: dict[str, tuple[Value, ...]] = {
    "architecture.skip": (False,),
    "averaging": (False,),
    "batch.accumulation": (1,),
    "class_weight": ("none",),
    "features.sparse": (False,),
    "init.mean": (0.0,),
    "intercept": (True,),
    "loss.label_smoothing": (0.0,),
    "loss.reduction": ("mean",),
    "loss.weight": (1.0,),
    "optimizer.averaging": ("none",),
    "optimizer.clip_norm": (),
    "optimizer.clip_global_norm": (),
    "optimizer.clip_value": (),
    "sampling.balance": (False,),
    "stopping.metric": ("auto", "logloss", "deviance"),
    "validation.folds": (0,),
    "validation.fraction": (0.0,),
}
"""Settings for which the reference trainer supports these values only."""

_UNBOUNDED = 1e38
"""Value from which on H2O's bound of a unit's squared weights has no effect."""


def completed(effective: Mapping[str, Value]) -> dict[str, Value]:
    """Every setting of the reference trainer that holds on a side, also those without a parameter there.

    Parameters
    ----------
    effective
        Effective canonical settings of a fit of a network, or what `completed` made of such, mixed.

    Raises
    ------
    UsageError
        For what the reference trainer lacks, all of it at once.
    """
    settings = {**unstated(effective), **effective}
    if settings["optimizer.form"] == "h2o" and "optimizer.form" not in effective:
        # H2O reports the precision of its kernels; with racing threads the order of rows is random.
        settings["precision"] = "mixed"
        settings["batch.order"] = settings.get("batch.order") is True or settings.get("reproducible") is False
        if settings.get("reproducible") is True and settings.get("batch.per_iteration") in (-2, -1):
            settings["batch.per_iteration"] = 0
    errors = _only(settings)
    head = settings.get("architecture.head")
    loss, own = settings.get("loss", LOSSES.get(str(head))), LOSSES.get(str(head))
    if loss != own:
        beside = f"loss={loss} with architecture.head={head}"
        errors.append(UsageError(f"the reference trainer has no {beside}", f"it has: {own}"))
    bound = settings.pop("penalty.max_norm", None)
    if isinstance(bound, (int, float)) and bound < _UNBOUNDED:
        errors.append(UsageError(f"the reference trainer has no penalty.max_norm={bound}"))
    low, high = settings.pop("init.lower", None), settings.pop("init.upper", None)
    if isinstance(high, (int, float)):
        settings["init.scale"] = high
        if low != -high:
            errors.append(
                UsageError(f"the reference trainer has no init.lower={low} beside init.upper={high}")
            )
    if settings.get("optimizer.rule") == "adadelta":
        # Zeiler's rule has no learning rate; where one is used it is 1.
        settings.setdefault("optimizer.learning_rate", 1.0)
    if "epochs.first" in settings:
        settings["epochs"] = float(settings["epochs"]) - float(settings["epochs.first"])  # type: ignore[arg-type]
    known = {b.setting: b.kind for b in model(NETWORK).bindings}
    for setting in known.keys() & settings.keys():
        try:
            known[setting].check(setting, settings[setting])
        except UsageError as error:
            errors.append(UsageError(f"the reference trainer has no {error.message}", error.hint))
    rest = set(settings) - set(known) - set(IMMATERIAL) - set(ONLY) - set(PREPARED)
    unknown = {name for name in rest if settings[name] not in (None, 0.0)}
    errors += [
        UsageError(f"the reference trainer has no {name} ({settings[name]})") for name in sorted(unknown)
    ]
    if errors:
        raise UsageError.many(errors)
    return {name: settings[name] for name in (*known, *PREPARED) if name in settings}


def reference_network(effective: Mapping[str, Value], name: str) -> Contestant:
    """The reference trainer's network of the settings that ``effective`` describes; see `completed`.

    Raises `UsageError` for a setting that it lacks.
    """
    made = Contestant(name, name, "network", NETWORK)
    made, own = prepared(made, completed(effective))
    values = {**model(NETWORK).passed, **own}
    inactive = model(NETWORK).inactive(values)
    values = {k: v for k, v in values.items() if k not in inactive}
    # The model's own spelling is the canonical one.
    canonical, native = model(NETWORK).split(values)
    return replace(made, settings=canonical, native=native)


def _only(settings: Mapping[str, Value]) -> list[UsageError]:
    """Errors for the settings of `ONLY` that have another value."""
    errors = []
    for name, values in ONLY.items():
        value = settings.get(name)
        if value is not None and value not in values and not _inactive(name, settings):
            has = " or ".join(map(str, values)) or "none"
            errors.append(UsageError(f"the reference trainer has no {name}={value}", f"it has: {has}"))
    return errors


def _inactive(name: str, settings: Mapping[str, Value]) -> bool:
    return name == "stopping.metric" and settings.get("stopping.rounds") == 0


def unstated(effective: Mapping[str, Value]) -> dict[str, Value]:
    """What a framework's network does without a setting; empty for settings that are completed already.

    The names of the settings that only one framework has identify the framework.
    """
    if {"optimizer.form", "seed.generator"} <= effective.keys():
        return {}
    if "batch.per_iteration" in effective or "optimizer.skip_zero_inputs" in effective:
        return _with_racing_threads(effective)
    if "training.loop" in effective:
        return _with_loop()
    return _as_published(effective)


def _with_racing_threads(effective: Mapping[str, Value]) -> dict[str, Value]:
    """The unstated settings of H2O; with ``reproducible`` every iteration is scored, and is one epoch."""
    exact = effective.get("reproducible") is True
    unstated: dict[str, Value] = {
        "seed.generator": "PCG32",
        "init.biases": "half_then_one" if effective.get("architecture.activation") == "relu" else "zeros",
        "dropout.inverted": False,
        "optimizer.form": "h2o",
        "optimizer.skip_zero_inputs": True,
        "schedule.kind": "constant",
        "stopping.rule": "framework",
    }
    if effective.get("schedule.decay"):
        # Rows are counted after every iteration.
        unstated |= {"schedule.kind": "inverse_time", "schedule.interval": 0}
    return unstated | ({"scoring.each_iteration": True} if exact else {})


def _with_loop() -> dict[str, Value]:
    return {
        "seed.generator": "PCG64",
        "features.drop_constant": False,
        "dropout.inverted": True,
        "optimizer.form": "keras",
        "stopping.rule": "none",
        "batch.per_iteration": 0,
        "model.kept": "last",
    }


def _as_published(effective: Mapping[str, Value]) -> dict[str, Value]:
    return {
        "seed.generator": "PCG64",
        "features.drop_constant": False,
        "dropout.inverted": True,
        "optimizer.form": "published",
        "batch.per_iteration": 0,
        "model.kept": "last",
    }
