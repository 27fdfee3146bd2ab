"""What differs between two linear models, and a side with other settings in place of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.experiment.by_row import taken
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.spec import prepared
from crossframe.frameworks.model import Model
from crossframe.frameworks.registry import model
from crossframe.settings.chosen import GRID, searches
from crossframe.settings.elastic import PARTS
from crossframe.settings.family import of_settings
from crossframe.settings.vocabulary import VOCABULARY

OPTIMUM = "reference.optimum"
"""The model that finds certified optima of convex objectives."""

SELECTION = "selection.statistic"
RANKING = ("selection.count", "selection.ties")
"""What comes with a statistic when it is switched."""
CODING = ("features.contrasts", "features.reference")
"""How text is coded."""
BY_ROW = ("weights", "offset")
"""What rows have beside features and target."""
PREPARED = ("missing", "class.order", *BY_ROW, *CODING, SELECTION, *RANKING)
"""Settings that are made to hold on the rows of a model that has none of them."""

OF_FAMILY = ("link", "family.power", "family.theta")
"""What comes with a distribution of the target when it is switched."""

_ELASTIC = (*PARTS, "penalty.strength", "penalty.mix")

_SOLVING = (
    "solver.", "scoring.", "seed", "precision", "path.", "training.loop", "decision.", "weights.meaning",
    "inference.covariance", "inference.distribution",
)  # fmt: skip
"""Settings that decide how an optimum is reached or used: no part of the objective."""

_ASSIGNMENT, _FOLDS = "validation.assignment", "validation.folds"


@dataclass(frozen=True)
class SettingSwitch:
    """One setting that differs: its value on both sides, in the units of the vocabulary."""

    setting: str
    left: Value
    right: Value


def differing(left: Mapping[str, Value], right: Mapping[str, Value]) -> tuple[SettingSwitch, ...]:
    """Effective settings of both sides with unequal values; an elastic net is compared by its two parts.

    ``penalty.strength``, ``penalty.mix`` and ``penalty.norm`` describe the same penalty and are left out.
    So are the settings `of_penalty`, where a side has no penalty, the ties of an unlike statistic, and the
    link of an unlike distribution, which comes along with it. The
    penalty of an intercept is one of its own there: its strength is that of the penalty, which the intercept
    can have alone. Where both sides choose their penalty by cross-validation it is no setting; its mix is.
    """
    a, b = dict(left), dict(right)
    for side, other in ((a, b), (b, a)):
        if "family" in other and (own := of_settings(side)):
            side["family"] = own
    if starts_alone(a, b):
        (a if free(a) else b)["penalty.intercept"] = 0.0
    chosen = searches(a) and searches(b)
    for whole in ("penalty.strength", "penalty.norm", *(PARTS if chosen else ["penalty.mix"])):
        for side in (a, b):
            side.pop(whole, None)
    names = [name for name in VOCABULARY if name in a and name in b and not same_value(a[name], b[name])]
    left_out = of_penalty(a, b) if not chosen and (free(a) or free(b)) else ()
    if not same_value(a.get("family"), b.get("family")):
        left_out = (*left_out, *OF_FAMILY)
    if not same_value(a.get(SELECTION), b.get(SELECTION)):
        left_out = (*left_out, "selection.ties")
    return tuple(SettingSwitch(name, a[name], b[name]) for name in names if name not in left_out)


def of_penalty(left: Mapping[str, Value], right: Mapping[str, Value]) -> tuple[str, ...]:
    """Settings that have no effect without a penalty and are therefore switched together with it.

    The scale of the features and the coding of text are not among them where an intercept is missing
    (centred features then stand for one) or where training ends after a number of epochs.
    """
    both = (left, right)
    decides = any("epochs" in side or side.get("intercept", True) is not True for side in both)
    own = () if starts_alone(left, right) else ("penalty.intercept",)
    names = ("class.parametrization", *own)
    return names if decides else (*names, "features.standardize", *CODING)


def starts_alone(left: Mapping[str, Value], right: Mapping[str, Value]) -> bool:
    """Whether one side penalises its coefficients and its intercept, and the other one neither.

    Both have an intercept, and the penalty is a ridge or a lasso, so that its strength is one number.
    """
    if free(left) == free(right) or not all(side.get("intercept", True) is True for side in (left, right)):
        return False
    penalised = right if free(left) else left
    one = sum(_positive(penalised, name) for name in PARTS) == 1
    return one and _positive(penalised, "penalty.intercept") and "epochs" not in penalised


def intercept_alone(own: Mapping[str, Value], wanted: Mapping[str, Value]) -> dict[str, Value]:
    """The penalty of the intercept alone, where `starts_alone`: a penalty that vanishes beside its weight.

    With l2 and the weight w of the intercept, l2 * 1e-12 and w * 1e12 leave the intercept's l2 w as it is;
    a lasso has l1 and the root of w.
    """
    penalised = wanted if free(own) else own
    (name,) = (part for part in PARTS if _positive(penalised, part))
    power = 1 if name == "penalty.l2" else 2
    weight = as_float(penalised["penalty.intercept"]) * _VANISHING**-power
    return {name: as_float(penalised[name]) * _VANISHING, "penalty.intercept": weight}


def carried(own: Mapping[str, Value], wanted: Mapping[str, Value]) -> dict[str, Value]:
    """The values of ``wanted`` that come with a penalty when it is switched in where ``own`` has none."""
    if not free(own) or free(wanted):
        return {}
    without: dict[str, Value] = {
        "penalty.intercept": 0.0,
        **{n: VOCABULARY[n].without for n in ("features.standardize", "class.parametrization", *CODING)},
    }
    return {
        name: wanted[name]
        for name in of_penalty(own, wanted)
        if name in wanted and not same_value(own.get(name, without[name]), wanted[name])
    }


def ranked(
    values: Mapping[str, Value], own: Mapping[str, Value], wanted: Mapping[str, Value]
) -> dict[str, Value]:
    """``values`` with what comes with a statistic of ``wanted``, where they have one.

    Of a side that selects no features, ``own``, the count comes along as well.
    """
    switched_in = values.get(SELECTION, "none") != "none"
    along = [n for n in RANKING if switched_in and (n == "selection.ties" or n not in own)]
    return {**values, **{name: wanted[name] for name in along if name in wanted}}


def left_behind(own: Mapping[str, Value], wanted: Mapping[str, Value]) -> dict[str, Value]:
    """The ``wanted`` scale of the features on a side without a penalty, where ``own`` has one.

    Without a penalty it moves no optimum, only how near a solver comes to it.
    """
    name = "features.standardize"
    if free(own) or not free(wanted) or name not in of_penalty(own, wanted) or name not in wanted:
        return {}
    return {} if same_value(own.get(name), wanted[name]) else {name: wanted[name]}


def objective(names: tuple[SettingSwitch, ...], *, chosen: bool = False) -> tuple[SettingSwitch, ...]:
    """The switches that decide which optimum is sought; those of the solver and the labels are left out.

    Where both sides choose their penalty (``chosen``) the penalties that they try are among them.
    """
    solving = tuple(prefix for prefix in _SOLVING if not (chosen and prefix == "path."))
    return tuple(s for s in names if not s.setting.startswith(solving))


def folded(values: Mapping[str, Value], wanted: Mapping[str, Value]) -> dict[str, Value]:
    """``values`` with the number of folds of ``wanted``, where they have the assignment of rows to folds."""
    along = _ASSIGNMENT in values and _FOLDS in wanted
    return {**values, **({_FOLDS: wanted[_FOLDS]} if along else {})}


def _positive(side: Mapping[str, Value], name: str) -> bool:
    value = side.get(name)
    return isinstance(value, (int, float)) and value > 0


def free(side: Mapping[str, Value]) -> bool:
    """Whether neither an L2 nor an L1 penalty is effective."""
    return not any(_positive(side, name) for name in ("penalty.l2", "penalty.l1"))


def same_value(a: Value, b: Value) -> bool:
    """Whether two values are equal, floats to 1e-12."""
    if isinstance(a, float) and isinstance(b, (int, float)) and not isinstance(b, bool):
        return abs(a - b) <= 1e-12 * max(abs(a), abs(b))
    return a == b


def switched(side: Contestant, own: Mapping[str, Value], values: Mapping[str, Value]) -> Contestant:
    """``side`` with canonical ``values`` in place of its ``own``, or a relative of its framework with both.

    Raises `UsageError` where neither can express them.
    """
    # A step before the framework is added only where one of the two sides has one.
    side, values = prepared(side, taken(side, values), steps=bool(side.preparation.standardize))
    if not values:
        return side
    kept, native = dict(side.settings), dict(side.native)
    if "link" in values and "family" not in values:
        values = {
            **{name: own[name] for name in ("family", "family.power", "family.theta") if name in own},
            **values,
        }
    if any(name in values for name in PARTS):
        # The part of an elastic net that is not switched keeps its value.
        values = {**{name: own[name] for name in PARTS if name in own}, **values}
        kept = {k: v for k, v in kept.items() if k not in _ELASTIC}
        native.pop("penalty", None)
    this = model(side.model)
    hidden = this.shadowed(values)
    if searches(own) and any(name in values for name in GRID):
        # What is not switched of a grid keeps its value, also where the penalties are given as a list.
        values = {**{name: own[name] for name in GRID if name in own}, **values}
        hidden = this.shadowed(values) | {b.param for b in this.bindings if b.setting == "path.spacing"}
        kept = {k: v for k, v in kept.items() if k not in GRID}
    native = {k: v for k, v in native.items() if k not in hidden}
    others = {b.setting for b in this.bindings if b.param in hidden} - {*_ELASTIC}
    kept = {k: v for k, v in kept.items() if k not in others}
    if own:
        native |= this.adapt(native, own, values)
    try:
        canonical, same = this.split(_expressible(this, values), native)
    except UsageError as error:
        for relative in this.relatives:
            with contextlib.suppress(UsageError):
                return _relative(side, model(relative), own, values)
        raise error
    return replace(side, settings={**kept, **canonical}, native={**native, **same})


def _expressible(this: Model, values: Mapping[str, Value]) -> dict[str, Value]:
    """``values`` without those that hold for the model whatever is passed."""
    known, always = {b.setting for b in this.bindings}, this.always
    return {k: v for k, v in values.items() if k in known or k not in always or not same_value(v, always[k])}


def _relative(
    side: Contestant, this: Model, own: Mapping[str, Value], values: Mapping[str, Value]
) -> Contestant:
    searched = searches(own) and not any(name in values for name in PARTS)
    given = {k: v for k, v in own.items() if k in (_SEARCH if searched else _OBJECTIVE)}
    if any(b.setting == "penalty.intercept" for b in this.bindings) and "penalty.intercept" in own:
        given["penalty.intercept"] = own["penalty.intercept"]
    asked = _expressible(this, given | dict(values))
    canonical, native = this.split(asked)
    return replace(side, model=this.name, settings=canonical, native=native)


_OBJECTIVE = (
    "family", "family.power", "family.theta", "link", "penalty.l2", "penalty.l1", "intercept",
    "features.standardize",
)  # fmt: skip
"""Settings that a relative is given, where it has them."""
_SEARCH = (
    *(name for name in _OBJECTIVE if name not in PARTS), *GRID, "penalty.mix", _FOLDS, _ASSIGNMENT,
    "validation.loss", "validation.rule",
)  # fmt: skip
"""The same of a model that chooses its penalty, and of its relative that does."""


def tightened(side: Contestant, effective: Mapping[str, Value], rows: int) -> tuple[Contestant, ...]:
    """``side`` with the tightest settings of its solver.

    First by its own algorithm, then, where it has one, by another. ``rows`` is the number of training rows.
    Empty where the model has no such setting.
    """
    ways = model(side.model).limits({**side.settings, **side.native}, effective, rows)
    return tuple(
        replace(side, name=f"{side.name}[to the end{' otherwise' * i}]", native={**side.native, **way})
        for i, way in enumerate(ways)
    )


def centred(effective: Mapping[str, Value]) -> bool:
    """Whether standardised features are centred too: not by glmnet where no intercept makes up for it.

    H2O centres them there as well, so that the rows' scores have an intercept after all.
    """
    return effective.get("intercept", True) is True or effective.get("features.standardize") != "sd_n"


_VANISHING = 1e-12
_BEYOND_ROUNDING = 1e-14
"""Rank tolerance below which rounding errors count as columns."""


def reference_optimum(effective: Mapping[str, Value], name: str) -> Contestant:
    """The certified optimum, by `OPTIMUM`, of the objective that effective settings describe.

    Raises `UsageError` for a setting that changes the objective and that this model lacks.
    """
    reference = model(OPTIMUM)
    known = {b.setting for b in reference.bindings}
    values = {k: v for k, v in effective.items() if k in known and v is not None}
    if values.get("collinear") not in ("alias", "minimum_norm"):
        values.pop("collinear", None)
    tolerance = values.pop("solver.rank_tolerance", None)
    # Beside a penalty no column is left out, whatever the tolerance: that is one and the same fit.
    if free(values) and isinstance(tolerance, float) and values.get("collinear") != "minimum_norm":
        values["solver.rank_tolerance"] = max(tolerance, _BEYOND_ROUNDING)
    if not (_positive(values, "penalty.l2") or _positive(values, "penalty.l1")):
        values.pop("penalty.intercept", None)
    if values.get("link") == "log" and "family" not in values:
        raise UsageError("the reference model has the log link with a stated distribution alone")
    if effective.get("penalty.grouped") and _positive(effective, "penalty.l1"):
        raise UsageError("the reference model has no lasso that takes a feature's coefficients together")
    if effective.get("class_weight", "none") != "none":
        raise UsageError("the reference model has no class weights")
    if not centred(effective):
        raise UsageError(
            "the reference model centres standardised features, which glmnet without intercept does not"
        )
    own = {k: v for k, v in effective.items() if k in PREPARED}
    made, _ = prepared(Contestant(name, name, "logistic", OPTIMUM), own)
    # A name that occurs in both spellings is read as the framework's.
    canonical, native = reference.split(values)
    return replace(made, settings=canonical, native=native)
