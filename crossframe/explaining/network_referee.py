"""Networks of any framework, and hybrids of them, as the referee's: `reference.mlp`.

What a framework does without a setting (its starting biases, its form of an update rule, its
generator) is a setting of the referee. `completed` tells all of them of one side, so that two sides
are told in the same names, can be compared and can be mixed; `certified_network` makes the
contestant of one side or of a mixture::

    left, right = completed(h2o_in_force), completed(keras_in_force)
    certified_network({**left, "batch.size": right["batch.size"]}, "hybrid")
"""

from __future__ import annotations

from collections.abc import Mapping

from crossframe import settings
from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.models.contestants import Contestant
from crossframe.settings.reference_mlp import DEFAULTS

MODEL = "reference.mlp"

IMMATERIAL: dict[str, str] = {
    "missing": "no value is missing where the referee fits",
    "seed": "the referee has the seed of the draw, as every contestant without one of its own",
    "dropout.seed": "the referee has the seed of the draw",
    "init.seed": "the referee has the seed of the draw",
    "init.input_axes": "of a dense layer's weights the inputs are the first axis",
    "init.output_axes": "of a dense layer's weights the units are the second axis",
    "init.mean": "looked at only to refuse what is not 0",
    "training.loop": "another order of rounding; with dropout another draw of the same distribution",
    "training.compiled": "another order of rounding",
    "training.eager": "another order of rounding",
    "training.steps_per_call": "the same updates",
    "optimizer.loss_scale": "another order of rounding",
    "parallel.split_rows": "decides which thread trains on a row; the referee has one",
    "reproducible": "the referee has one thread and scores as `scoring.each_iteration` says",
    "scoring.duty_cycle": "a clock; the referee scores as `scoring.each_iteration` says",
    "scoring.interval": "a clock; the referee scores as `scoring.each_iteration` says",
    "scoring.every": "a clock; the referee scores as `scoring.each_iteration` says",
    "scoring.rows": "10,000 by default, more than the referee is given",
    "stopping.metric": "looked at only to refuse what is no log-loss",
    "penalty.strength": "told by penalty.l1 and penalty.l2",
    "penalty.mix": "told by penalty.l1 and penalty.l2",
    "validation.assignment": "there are no folds",
    "averaging.rate": "nothing is averaged",
    "averaging.penalty": "nothing is averaged",
    "optimizer.averaging_momentum": "nothing is averaged",
    "optimizer.averaging_interval": "nothing is averaged",
    "sampling.factor": "no class is repeated",
    "sampling.limit": "no class is repeated",
    "optimizer.momentum_ramp": "shifts the momentum, which is told as it is in force",
    "optimizer.momentum_final": "shifts the momentum, which is told as it is in force",
    "epochs.first": "taken off the epochs",
    "architecture.max_weights": "refuses networks and does nothing else",
}
"""Names in force of some framework that cannot matter for the referee, and why."""

ONLY: dict[str, tuple[Value, ...]] = {
    "architecture.skip": (False,),
    "averaging": (False,),
    "batch.accumulation": (1,),
    "class_weight": ("none",),
    "features.sparse": (False,),
    "init.mean": (0.0,),
    "intercept": (True,),
    "loss": ("log_loss",),
    "loss.label_smoothing": (0.0,),
    "loss.reduction": ("mean",),
    "loss.weight": (1.0,),
    "optimizer.averaging": ("none",),
    "optimizer.clip_norm": (),
    "optimizer.clip_global_norm": (),
    "optimizer.clip_value": (),
    "sampling.balance": (False,),
    "stopping.metric": ("auto", "logloss"),
    "validation.folds": (0,),
    "validation.fraction": (0.0,),
}
"""Settings that the referee has in one way only."""

_UNBOUNDED = 1e38
"""From here on H2O's bound of a unit's squared weights is none."""


def completed(in_force: Mapping[str, Value]) -> dict[str, Value]:
    """Every setting of the referee that is in force on a side, also those without a parameter there.

    Parameters
    ----------
    in_force
        Canonical settings of a fit of ``h2o.mlp``, ``keras.mlp``, ``rkeras.mlp`` or ``sklearn.mlp``, or
        what `completed` made of them, mixed.

    Raises
    ------
    UsageError
        For what the referee lacks, all of it at once.
    """
    told = {**_silent(in_force), **in_force}
    if told["optimizer.form"] == "h2o" and "optimizer.form" not in in_force:
        # It tells the precision of its kernels; where threads race the rows come in any order.
        told["precision"] = "mixed"
        told["batch.order"] = told.get("batch.order") is True or told.get("reproducible") is False
        if told.get("reproducible") is True and told.get("batch.per_iteration") in (-2, -1):
            told["batch.per_iteration"] = 0
    errors = _only(told)
    bound = told.pop("penalty.max_norm", None)
    if isinstance(bound, (int, float)) and bound < _UNBOUNDED:
        errors.append(UsageError(f"the referee has no penalty.max_norm={bound}"))
    low, high = told.pop("init.lower", None), told.pop("init.upper", None)
    if isinstance(high, (int, float)):
        told["init.scale"] = high
        if low != -high:
            errors.append(UsageError(f"the referee has no init.lower={low} beside init.upper={high}"))
    if "epochs.first" in told:
        told["epochs"] = float(told["epochs"]) - float(told["epochs.first"])  # type: ignore[arg-type]
    known = {b.setting: b.kind for b in settings.bindings(MODEL)}
    for setting in known.keys() & told.keys():
        try:
            known[setting].check(setting, told[setting])
        except UsageError as error:
            errors.append(UsageError(f"the referee has no {error.message}", error.hint))
    rest = set(told) - set(known) - set(IMMATERIAL) - set(ONLY)
    unknown = {name for name in rest if told[name] not in (None, 0.0)}
    errors += [UsageError(f"the referee has no {name} ({told[name]})") for name in sorted(unknown)]
    if errors:
        raise UsageError.many(errors)
    return {name: told[name] for name in known if name in told}


def certified_network(in_force: Mapping[str, Value], name: str) -> Contestant:
    """The referee's network of the settings that ``in_force`` describes; see `completed`.

    Raises `UsageError` for a setting that the referee lacks.
    """
    values = {**DEFAULTS, **completed(in_force)}
    idle = settings.inert(MODEL, values)
    values = {k: v for k, v in values.items() if k not in idle}
    # The referee's own spelling is the canonical one, and counts as its own.
    canonical, native = settings.split(MODEL, values)
    return Contestant(name, name, "network", MODEL, settings=canonical, native=native)


def _only(told: Mapping[str, Value]) -> list[UsageError]:
    """What `ONLY` has in another way."""
    errors = []
    for name, values in ONLY.items():
        value = told.get(name)
        if value is not None and value not in values and not _idle(name, told):
            has = " or ".join(map(str, values)) or "none"
            errors.append(UsageError(f"the referee has no {name}={value}", f"it has: {has}"))
    return errors


def _idle(name: str, told: Mapping[str, Value]) -> bool:
    return name == "stopping.metric" and told.get("stopping.rounds") == 0


def _silent(in_force: Mapping[str, Value]) -> dict[str, Value]:
    """What the side does without telling, by the names that it alone tells; nothing of what is mixed."""
    if "optimizer.form" in in_force:
        return {}
    if "parallel.split_rows" in in_force or "optimizer.skip_zero_inputs" in in_force:
        return _of_h2o(in_force)
    if "training.loop" in in_force:
        return _of_keras()
    return _of_sklearn(in_force)


def _of_h2o(in_force: Mapping[str, Value]) -> dict[str, Value]:
    """With ``reproducible`` every iteration is scored, and is one epoch."""
    exact = in_force.get("reproducible") is True
    silent: dict[str, Value] = {
        "seed.generator": "PCG32",
        "init.biases": "half_then_one" if in_force.get("architecture.activation") == "relu" else "zeros",
        "dropout.inverted": False,
        "optimizer.form": "h2o",
        "optimizer.skip_zero_inputs": True,
        "stopping.rule": "framework",
    }
    return silent | ({"scoring.each_iteration": True} if exact else {})


def _of_keras() -> dict[str, Value]:
    return {
        "seed.generator": "PCG64",
        "features.drop_constant": False,
        "dropout.inverted": True,
        "optimizer.form": "keras",
        "stopping.rule": "none",
        "batch.per_iteration": 0,
        "model.kept": "last",
    }


def _of_sklearn(in_force: Mapping[str, Value]) -> dict[str, Value]:
    return {
        "seed.generator": "PCG64",
        "features.drop_constant": False,
        "dropout.inverted": True,
        "optimizer.form": "published",
        "batch.per_iteration": 0,
        "model.kept": "last",
    }
