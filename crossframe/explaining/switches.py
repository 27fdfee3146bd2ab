"""What differs between two sides, and the model that a set of switches makes of the left one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from crossframe import settings
from crossframe.attribution.game import Subset
from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.models.contestants import Contestant
from crossframe.settings.vocabulary import VOCABULARY

LINEAR = ("sklearn.logistic", "r.lm", "r.glm", "r.glmnet", "h2o.glm", "keras.logistic", "reference.optimum")
"""Models with a convex objective, whose optimum the referee certifies."""

CONVERGED_LEFT = "solver.tolerance (left)"
CONVERGED_RIGHT = "solver.tolerance (right)"
"""The side's solver run to its end, in place of its own stopping rule: a switch like any other."""

_TIGHT: dict[str, dict[str, Value]] = {
    "sklearn.logistic": {"solver": "newton-cholesky", "tol": 1e-14, "max_iter": 10_000},
    "sklearn.logistic/liblinear": {"tol": 1e-14, "max_iter": 1_000_000},
    "sklearn.logistic/l1": {"solver": "saga", "tol": 1e-14, "max_iter": 1_000_000},
    "r.glm": {"epsilon": 1e-15, "maxit": 1000},
    "r.glmnet": {"thresh": 1e-20, "maxit": 10_000_000},
    "h2o.glm": {
        "beta_epsilon": 1e-14,
        "objective_epsilon": 1e-16,
        "gradient_epsilon": 1e-14,
        "max_iterations": 1000,
    },
}
"""Settings under which a solver runs on until it can do no better."""

_SOLVING = (
    "solver.", "scoring.", "seed", "precision", "path.", "training.loop", "decision.", "selection.",
    "missing",
)  # fmt: skip
"""What decides how an optimum is reached or used, and not which one it is: no part of the objective."""

_RELATIVES = {"r.glm": "r.glmnet", "r.lm": "r.glm"}
"""A model of the same framework that can express what this one cannot."""


@dataclass(frozen=True)
class Switch:
    """One setting that differs: its value on both sides, in the units of the vocabulary."""

    setting: str
    left: Value
    right: Value


def differing(left: Mapping[str, Value], right: Mapping[str, Value]) -> tuple[Switch, ...]:
    """Settings in force on both sides with unequal values; of one elastic net its two parts.

    ``penalty.strength`` and ``penalty.mix`` are left out where l2 and l1 are told: they are the
    same penalty. The weight of an unpenalised model's intercept in its penalty is no difference.
    """
    a, b = dict(left), dict(right)
    for whole in ("penalty.strength", "penalty.mix"):
        for side in (a, b):
            side.pop(whole, None)
    free = [not (_positive(s, "penalty.l2") or _positive(s, "penalty.l1")) for s in (a, b)]
    names = [name for name in VOCABULARY if name in a and name in b and not _same(a[name], b[name])]
    if all(free):
        names = [name for name in names if name != "penalty.intercept"]
    return tuple(Switch(name, a[name], b[name]) for name in names)


def objective(names: tuple[Switch, ...]) -> tuple[Switch, ...]:
    """Those that decide which optimum is sought."""
    return tuple(s for s in names if not s.setting.startswith(_SOLVING))


def _positive(side: Mapping[str, Value], name: str) -> bool:
    value = side.get(name)
    return isinstance(value, (int, float)) and value > 0


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
    hidden = settings.shadowed(side.model, values)
    native = {k: v for k, v in side.native.items() if k not in hidden}
    if side.model == "sklearn.logistic" and "penalty.intercept" in values:
        # Its solver decides whether the intercept is penalised.
        native["solver"] = "liblinear" if _positive(values, "penalty.intercept") else "lbfgs"
    try:
        canonical, same = settings.split(side.model, values, native)
    except UsageError:
        if side.model not in _RELATIVES or side.native or side.settings:
            raise
        return _relative(side, own, values)
    return replace(side, settings={**side.settings, **canonical}, native={**native, **same})


def _relative(side: Contestant, own: Mapping[str, Value], values: Mapping[str, Value]) -> Contestant:
    model = _RELATIVES[side.model]
    known = {b.setting for b in settings.bindings(model)}
    lacking = set(values) - known
    if lacking:
        raise UsageError(f"neither {side.model} nor {model} can express {', '.join(sorted(lacking))}")
    told = {k: v for k, v in own.items() if k in known and k in _OBJECTIVE}
    canonical, native = settings.split(model, {**told, **values})
    return replace(side, model=model, settings=canonical, native=native)


_OBJECTIVE = ("link", "penalty.l2", "penalty.l1", "intercept", "features.standardize")
"""What a relative has to be told, where it has a setting for it."""


def tightened(side: Contestant, in_force: Mapping[str, Value]) -> Contestant | None:
    """``side`` with its solver run to its end; None where it has no setting for that."""
    key = side.model
    if key == "sklearn.logistic" and _positive(in_force, "penalty.intercept"):
        key += "/liblinear"
    elif key == "sklearn.logistic" and _positive(in_force, "penalty.l1"):
        key += "/l1"
    if key not in _TIGHT:
        return None
    return replace(side, name=f"{side.name}[to the end]", native={**side.native, **_TIGHT[key]})


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
    # A name that both spellings have counts as the framework's.
    canonical, native = settings.split("reference.optimum", values)
    return Contestant(name, name, "logistic", "reference.optimum", settings=canonical, native=native)


def hybrid_name(subset: Subset) -> str:
    """A label for a set of switches."""
    return "+".join(sorted(subset)) or "as it is"
