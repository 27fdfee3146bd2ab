"""What differs between two sides, and the model that a set of switches makes of the left one."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from crossframe import settings
from crossframe.attribution.game import Subset
from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.models.contestants import Contestant
from crossframe.settings.families import LEAST_SQUARES
from crossframe.settings.vocabulary import VOCABULARY

LINEAR = (
    "sklearn.logistic", *LEAST_SQUARES, "r.glm", "r.glmnet", "h2o.glm", "keras.logistic", "reference.optimum",
)  # fmt: skip
"""Models with a convex objective, whose optimum the referee certifies."""

_H2O: dict[str, Value] = {
    "beta_epsilon": 1e-14,
    "objective_epsilon": 1e-16,
    "gradient_epsilon": 1e-14,
    "max_iterations": 1000,
}
_KERAS: dict[str, Value] = {
    "optimizer": "sgd",
    "learning_rate": 0.25,
    "momentum": 0.99,
    "nesterov": True,
    "batch_size": "rows",
    "epochs": 20_000,
    "floatx": "float64",
}
"""Gradient descent on all rows at once: what does not draw at random comes to rest."""
_TIGHT: dict[str, tuple[dict[str, Value], ...]] = {
    "sklearn.logistic": (
        {"tol": 1e-14, "max_iter": 10_000},
        {"solver": "newton-cholesky", "tol": 1e-14, "max_iter": 10_000},
    ),
    "sklearn.logistic/liblinear": ({"tol": 1e-14, "max_iter": 1_000_000},),
    "sklearn.logistic/l1": ({"solver": "saga", "tol": 1e-14, "max_iter": 100_000},),
    # Directions of small singular values are cut off only where rounding alone is left of them.
    "sklearn.linear": ({"tol": 1e-13},),
    "sklearn.ridge/iterative": ({"tol": 1e-14, "max_iter": 100_000}, {"solver": "svd"}),
    "sklearn.lasso": ({"tol": 1e-14, "max_iter": 100_000},),
    "sklearn.elasticnet": ({"tol": 1e-14, "max_iter": 100_000},),
    "keras.logistic": (_KERAS,),
    # Without a penalty the scale of the features decides nothing but the speed.
    "keras.logistic/free": ({**_KERAS, "scaling": "sd_n-1"},),
    "r.glm": ({"epsilon": 1e-15, "maxit": 1000},),
    "r.glmnet": ({"thresh": 1e-20, "maxit": 10_000_000},),
    "h2o.glm": (_H2O, {**_H2O, "solver": "IRLSM"}),
    # Beside a lasso part its IRLS solves each step by ADMM, whose own tolerance no parameter sets.
    "h2o.glm/l1": (_H2O, {**_H2O, "solver": "COORDINATE_DESCENT"}),
}
"""Settings under which a solver runs on until it can do no better: its own algorithm first."""

PARTS = ("penalty.l2", "penalty.l1")
"""The two parts of an elastic net."""
_ELASTIC = (*PARTS, "penalty.strength", "penalty.mix")

_SOLVING = (
    "solver.", "scoring.", "seed", "precision", "path.", "training.loop", "decision.", "selection.",
    "missing",
)  # fmt: skip
"""What decides how an optimum is reached or used, and not which one it is: no part of the objective."""

_RELATIVES: dict[str, tuple[str, ...]] = {
    "r.glm": ("r.glmnet",),
    "r.lm": ("r.glm", "r.glmnet"),
    "sklearn.linear": ("sklearn.ridge", "sklearn.lasso", "sklearn.elasticnet"),
    "sklearn.ridge": ("sklearn.linear", "sklearn.lasso", "sklearn.elasticnet"),
    "sklearn.lasso": ("sklearn.linear", "sklearn.ridge", "sklearn.elasticnet"),
    "sklearn.elasticnet": ("sklearn.linear", "sklearn.ridge"),
}
"""Models of the same framework that can express what this one cannot, the nearest first."""


@dataclass(frozen=True)
class Switch:
    """One setting that differs: its value on both sides, in the units of the vocabulary."""

    setting: str
    left: Value
    right: Value


def differing(left: Mapping[str, Value], right: Mapping[str, Value]) -> tuple[Switch, ...]:
    """Settings in force on both sides with unequal values; of one elastic net its two parts.

    ``penalty.strength``, ``penalty.mix`` and ``penalty.norm`` are left out: they are the same penalty.
    So are `of_penalty`, where a side has none.
    """
    a, b = dict(left), dict(right)
    for whole in ("penalty.strength", "penalty.mix", "penalty.norm"):
        for side in (a, b):
            side.pop(whole, None)
    names = [name for name in VOCABULARY if name in a and name in b and not _same(a[name], b[name])]
    left_out = of_penalty(a, b) if free(a) or free(b) else ()
    return tuple(Switch(name, a[name], b[name]) for name in names if name not in left_out)


def of_penalty(left: Mapping[str, Value], right: Mapping[str, Value]) -> tuple[str, ...]:
    """Settings that say nothing without a penalty, and come with it.

    The scale of the features does where an intercept is missing (centred features then stand for one) and
    where training ends after some epochs.
    """
    both = (left, right)
    decides = any("epochs" in side or side.get("intercept", True) is not True for side in both)
    return ("penalty.intercept",) if decides else ("penalty.intercept", "features.standardize")


def carried(own: Mapping[str, Value], wanted: Mapping[str, Value]) -> dict[str, Value]:
    """What a penalty brings along when it is switched in where there was none."""
    if not free(own) or free(wanted):
        return {}
    without: dict[str, Value] = {"penalty.intercept": 0.0, "features.standardize": "none"}
    return {
        name: wanted[name]
        for name in of_penalty(own, wanted)
        if name in wanted and not _same(own.get(name, without[name]), wanted[name])
    }


def left_behind(own: Mapping[str, Value], wanted: Mapping[str, Value]) -> dict[str, Value]:
    """The scale of the features on a side without a penalty, where `own` has one.

    Without a penalty it moves no optimum, only how near a solver comes to it.
    """
    name = "features.standardize"
    if free(own) or not free(wanted) or name not in of_penalty(own, wanted) or name not in wanted:
        return {}
    return {} if _same(own.get(name), wanted[name]) else {name: wanted[name]}


def objective(names: tuple[Switch, ...]) -> tuple[Switch, ...]:
    """Those that decide which optimum is sought."""
    return tuple(s for s in names if not s.setting.startswith(_SOLVING))


def _positive(side: Mapping[str, Value], name: str) -> bool:
    value = side.get(name)
    return isinstance(value, (int, float)) and value > 0


def free(side: Mapping[str, Value]) -> bool:
    """Whether no penalty is in force."""
    return not any(_positive(side, name) for name in ("penalty.l2", "penalty.l1"))


def _same(a: Value, b: Value) -> bool:
    if isinstance(a, float) and isinstance(b, (int, float)) and not isinstance(b, bool):
        return abs(a - b) <= 1e-12 * max(abs(a), abs(b))
    return a == b


def switched(side: Contestant, own: Mapping[str, Value], values: Mapping[str, Value]) -> Contestant:
    """``side`` with canonical ``values`` in place of its ``own``, or a relative of its framework with both.

    Raises `UsageError` where neither can express them.
    """
    if not values:
        return side
    kept, native = dict(side.settings), dict(side.native)
    if any(name in values for name in PARTS):
        # One elastic net: the part that is not switched stays what it is.
        values = {**{name: own[name] for name in PARTS if name in own}, **values}
        kept = {k: v for k, v in kept.items() if k not in _ELASTIC}
        native.pop("penalty", None)
    hidden = settings.shadowed(side.model, values)
    native = {k: v for k, v in native.items() if k not in hidden}
    if side.model == "sklearn.logistic" and own:
        solver = _solver({**own, **values})
        if solver != own.get("solver.algorithm"):
            native["solver"] = solver
    try:
        canonical, same = settings.split(side.model, _told(side.model, values), native)
    except UsageError as error:
        for model in _RELATIVES.get(side.model, ()):
            with contextlib.suppress(UsageError):
                return _relative(side, model, own, values)
        raise error
    return replace(side, settings={**kept, **canonical}, native={**native, **same})


def _solver(force: Mapping[str, Value]) -> Value:
    """The solver of scikit-learn that takes this penalty: the present one, where it does."""
    now = force.get("solver.algorithm", "lbfgs")
    l2, l1, started = (_positive(force, name) for name in (*PARTS, "penalty.intercept"))
    started = started and force.get("intercept", True) is True
    if started and l1 != l2:
        return "liblinear"
    if l1:
        return "saga" if l2 or force.get("intercept", True) else "liblinear"
    other = not l2 or (now == "liblinear" and force.get("intercept", True))
    return "lbfgs" if now == "liblinear" and other else now


def _told(model: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """``values`` without those that the model has whatever it is told."""
    known = {b.setting for b in settings.bindings(model)}
    always = settings.ALWAYS.get(model, {})
    return {k: v for k, v in values.items() if k in known or k not in always or not _same(v, always[k])}


def _relative(
    side: Contestant, model: str, own: Mapping[str, Value], values: Mapping[str, Value]
) -> Contestant:
    told = _told(model, {k: v for k, v in own.items() if k in _OBJECTIVE} | dict(values))
    canonical, native = settings.split(model, told)
    return replace(side, model=model, settings=canonical, native=native)


_OBJECTIVE = ("link", "penalty.l2", "penalty.l1", "intercept", "features.standardize")
"""What a relative has to be told, where it has a setting for it."""


def tightened(side: Contestant, in_force: Mapping[str, Value], rows: int) -> tuple[Contestant, ...]:
    """``side`` with its solver run to its end: by its own algorithm, then, where it has one, by another.

    ``rows`` is the number of training rows. Empty where it has no setting for that.
    """
    key, solver = side.model, side.native.get("solver", in_force.get("solver.algorithm"))
    if key == "sklearn.logistic" and solver == "liblinear":
        key += "/liblinear"
    elif key == "keras.logistic" and free(in_force) and in_force.get("intercept", True):
        key += "/free"
    elif key == "sklearn.ridge" and solver not in ("cholesky", "svd"):
        key += "/iterative"
    elif key in ("sklearn.logistic", "h2o.glm") and _positive(in_force, "penalty.l1"):
        key += "/l1"
    told = [{k: rows if v == "rows" else v for k, v in way.items()} for way in _TIGHT.get(key, ())]
    if key == "r.glmnet":
        told = [{**way, **_pinned(side, in_force)} for way in told]
    return tuple(
        replace(side, name=f"{side.name}[to the end{' otherwise' * i}]", native={**side.native, **way})
        for i, way in enumerate(told)
    )


def _pinned(side: Contestant, in_force: Mapping[str, Value]) -> dict[str, Value]:
    """The penalty that glmnet reads off its path, by itself: where the path stops depends on ``thresh``."""
    at, given = in_force.get("path.at"), {*side.settings, *side.native}
    if at is None or given & {"lambda", "penalty.strength", *PARTS}:
        return {}
    return {"lambda": at, "s": at}


def centred(in_force: Mapping[str, Value]) -> bool:
    """Whether standardised features are centred too: not by glmnet where no intercept makes up for it.

    H2O centres them there as well, so that the rows' scores have an intercept after all.
    """
    return in_force.get("intercept", True) is True or in_force.get("features.standardize") != "sd_n"


def certified(in_force: Mapping[str, Value], name: str) -> Contestant:
    """The referee's optimum of the objective that ``in_force`` describes.

    Raises `UsageError` for a setting that changes the objective and that the referee lacks.
    """
    known = {b.setting for b in settings.bindings("reference.optimum")}
    values = {
        k: v for k, v in in_force.items() if k in known and v is not None and k != "solver.rank_tolerance"
    }
    if values.get("collinear") not in ("alias", "minimum_norm"):
        values.pop("collinear", None)
    if not (_positive(values, "penalty.l2") or _positive(values, "penalty.l1")):
        values.pop("penalty.intercept", None)
    if in_force.get("class_weight", "none") != "none":
        raise UsageError("the referee has no class weights")
    if not centred(in_force):
        raise UsageError("the referee centres standardised features, which glmnet without intercept does not")
    # A name that both spellings have counts as the framework's.
    canonical, native = settings.split("reference.optimum", values)
    return Contestant(name, name, "logistic", "reference.optimum", settings=canonical, native=native)


def hybrid_name(subset: Subset) -> str:
    """A label for a set of switches."""
    return "+".join(sorted(subset)) or "as it is"
