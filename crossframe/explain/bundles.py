"""Settings that are switched together, because they only make sense as one choice.

An update rule without its own rates, or a stopping rule without its patience, is not a setting that a user
could choose. A bundle is named by its leading setting, or by the one member that differs. Where both sides
have the same rule, its rates are choices of their own and each of them is a switch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from crossframe.core.types import Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.spec import own_settings
from crossframe.explain.switches import SELECTION, SettingSwitch
from crossframe.frameworks.registry import model
from crossframe.settings.binding import UNDEFINED
from crossframe.settings.chosen import searches
from crossframe.settings.elastic import PARTS
from crossframe.settings.vocabulary import VOCABULARY

THRESHOLD = "decision.threshold"
SOLVER = "solver.algorithm"
RACING = "reproducible"

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (SELECTION, ("selection.*",)),
    (THRESHOLD, (THRESHOLD,)),
    ("architecture.head", ("architecture.head",)),
    ("architecture.hidden", ("architecture.*",)),
    ("features.contrasts", ("features.contrasts", "features.reference")),
    ("features.standardize", ("features.*",)),
    ("init.weights", ("init.*",)),
    ("dropout.hidden", ("dropout.*",)),
    ("optimizer.rule", ("optimizer.*", "schedule.*")),
    ("batch.size", ("batch.size", "batch.accumulation")),
    ("batch.order", ("batch.order",)),
    ("epochs", ("epochs", "epochs.*")),
    ("stopping.rule", ("stopping.*", "model.kept", "scoring.*", "batch.per_iteration", "validation.*")),
    (RACING, (RACING, "parallel.*", "threads")),
    ("averaging", ("averaging", "averaging.*")),
    ("link", ("link", "family", "family.*")),
    ("loss", ("loss", "loss.*")),
    ("penalty.l2", ("penalty.*",)),
    ("intercept", ("intercept",)),
    ("class_weight", ("class_weight",)),
    ("sampling.balance", ("sampling.*",)),
    ("collinear", ("collinear",)),
    ("precision", ("precision",)),
    (SOLVER, ("solver.*", "path.*")),
    ("missing", ("missing", "missing.*")),
)
"""Leading setting -> patterns of the settings of its group; the first group that matches counts."""

_MECHANISMS = {"optimizer.rule", "stopping.rule", "init.weights", SOLVER, "averaging"}
"""Groups in which a setting that one side lacks is a difference: it has another mechanism."""

_INSEPARABLE = {SOLVER, "init.weights", "missing"}
"""Groups that are one switch even where the leading setting is the same: the bounds of one distribution."""
WHOLE = {"forest.bootstrap"}
"""Groups that are switched as a whole or not at all: how many rows a tree gets, and how they are drawn."""
_SCHEDULE = "schedule.kind"
_SOURCE = "init.source"

NEUTRAL: dict[str, Value] = {
    name: setting.without for name, setting in VOCABULARY.items() if setting.without is not UNDEFINED
}
"""What a model does that has no such setting, where that is defined."""

_SEEDS = ("seed", "seed.*", "*.seed", "threads")
_INACTIVE = ("training.*", "penalty.strength", "penalty.mix", "penalty.norm")
"""Settings that change only rounding, or repeat others."""
_ONLY_SCORING = ("scoring.*", "batch.per_iteration", "stopping.*")
"""No difference by themselves where nothing is stopped by a score."""


@dataclass(frozen=True)
class Bundle:
    """Settings that differ and are switched together.

    Attributes
    ----------
    name
        Its leading setting, or its only one that differs.
    group
        Key of `group_of` shared by everything that comes along.
    members
        What differs, with the values of both sides; None where a side has no such setting.
    alone
        Whether only the members come along, not their whole group.
    """

    name: str
    group: str
    members: tuple[SettingSwitch, ...]
    alone: bool = False

    def takes(self, setting: str) -> bool:
        """Whether a setting comes along when the bundle is switched."""
        if self.alone:
            return any(m.setting == setting for m in self.members)
        return group_of(setting) == self.group

    def side(self, which: int) -> str:
        """The values of the left (0) or right (1) side: one as it is, several with their names.

        Of a solver the name says enough.
        """
        values = [(m.setting, m.right if which else m.left) for m in self.members]
        if len(values) == 1 or self.group == SOLVER:
            return _shown(values[0][1])
        return ", ".join(f"{_short(name)} {_shown(value)}" for name, value in values if value is not None)


def group_of(setting: str) -> str:
    """The leading setting that ``setting`` belongs to; its own name where there is none."""
    if setting in VOCABULARY and VOCABULARY[setting].together:
        return VOCABULARY[setting].together
    for leading, patterns in _GROUPS:
        if any(fnmatchcase(setting, pattern) for pattern in patterns):
            return leading
    return setting


def differing(left: Mapping[str, Value], right: Mapping[str, Value]) -> tuple[Bundle, ...]:
    """Bundles of effective settings whose values differ, in the order of the vocabulary.

    A setting that one side lacks counts as `NEUTRAL` there; without such a value it is a difference
    where the group is a mechanism (the update rule, say) and none elsewhere. Seeds are no settings
    here, nor is how threads race.
    """
    groups: dict[str, list[SettingSwitch]] = {}
    # A penalty that both sides choose by cross-validation is no setting.
    chosen = PARTS if searches(left) and searches(right) else ()
    for name in VOCABULARY:
        if any(fnmatchcase(name, p) for p in (*_SEEDS, *_INACTIVE, *chosen)) or group_of(name) == RACING:
            continue
        a, b = (value_of(side, name) for side in (left, right))
        if same(name, a, b) or not _counts(name, left, right):
            continue
        groups.setdefault(group_of(name), []).append(SettingSwitch(name, a, b))
    return bundled(groups)


def value_of(side: Mapping[str, Value], name: str) -> Value:
    """A side's value of a setting; where it has no such setting, its behaviour as a value, or None."""
    if name == "optimizer.learning_rate" and side.get("optimizer.rule") == "adadelta":
        # Zeiler's rule has no learning rate; a framework that has one for it uses 1.
        return side.get(name, 1.0)
    return side.get(name, NEUTRAL.get(name))


def bundled(groups: Mapping[str, Iterable[SettingSwitch]]) -> tuple[Bundle, ...]:
    """The bundles of each group, named by the group, or by the setting where only one differs.

    A group is one bundle, or one for each member where its leading setting does not differ.
    """
    made: list[Bundle] = []
    for group, switches in groups.items():
        members = tuple(switches)
        there = {m.setting for m in members}
        if len(members) == 1 or group in there or group in _INSEPARABLE:
            # Who draws the initial weights says more than by which rule.
            leading = members[0].setting if len(members) == 1 or members[0].setting == _SOURCE else group
            made.append(Bundle(leading, group, members))
            continue
        schedule = tuple(m for m in members if _SCHEDULE in there and m.setting.startswith("schedule."))
        made += [Bundle(m.setting, group, (m,), alone=True) for m in members if m not in schedule]
        made += [Bundle(_SCHEDULE, group, schedule, alone=True)] if schedule else []
    return tuple(made)


def same(name: str, a: Value, b: Value) -> bool:
    """Whether two values are equal: to 1e-12, lists as tuples, and ``argmax`` of two units as 0.5.

    A list of one is its element.
    """
    if name == THRESHOLD:
        a, b = (0.5 if v == "argmax" else v for v in (a, b))
    if isinstance(a, (list, tuple)) or isinstance(b, (list, tuple)):
        return _listed(a) == _listed(b)
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b or abs(a - b) <= 1e-12 * max(abs(a), abs(b))
    return a == b


def _listed(value: Value) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _counts(name: str, left: Mapping[str, Value], right: Mapping[str, Value]) -> bool:
    """Whether a difference in ``name`` can have an effect on these sides."""
    if name == "penalty.intercept":
        return any(side.get(p) for side in (left, right) for p in ("penalty.l2", "penalty.l1"))
    if name.startswith("architecture.max_weights"):
        return False
    if name == "precision" and {left.get(name), right.get(name)} == {"mixed", "float32"}:
        # Both use single-precision kernels; they differ only by rounding.
        return False
    if any(fnmatchcase(name, pattern) for pattern in _ONLY_SCORING):
        return _stops(left) or _stops(right)
    if name == "dropout.inverted":
        return any(side.get(rate) for side in (left, right) for rate in ("dropout.hidden", "dropout.input"))
    there = (name in left) + (name in right)
    return there == 2 or (there == 1 and (name in NEUTRAL or group_of(name) in _MECHANISMS))


def _stops(side: Mapping[str, Value]) -> bool:
    """Whether a score may end the training or choose the state that is kept."""
    if side.get("model.kept", "last") == "best":
        return True
    error, rounds = side.get("stopping.train_error", -1.0), side.get("stopping.rounds", 0)
    return side.get("stopping.rule") != "none" and (
        (isinstance(error, (int, float)) and error >= 0) or (isinstance(rounds, (int, float)) and rounds > 0)
    )


def mixed(
    left: Mapping[str, Value], right: Mapping[str, Value], taken: Iterable[str | Bundle]
) -> dict[str, Value]:
    """The left settings with those groups or bundles that are ``taken`` replaced by the right side's."""
    groups = {t for t in taken if isinstance(t, str)}
    bundles = [t for t in taken if isinstance(t, Bundle)]

    def moved(name: str) -> bool:
        return group_of(name) in groups or any(b.takes(name) for b in bundles)

    return {
        **{name: value for name, value in left.items() if not moved(name)},
        **{name: value for name, value in right.items() if moved(name)},
    }


def given(side: Contestant) -> dict[str, tuple[str, Value]]:
    """What a contestant is given, its preparation included: name as written -> canonical name and value."""
    own = {name: (name, value) for name, value in own_settings(side).items()}
    canonical = {b.param: b.setting for b in model(side.model).bindings}
    named = {name: (name, value) for name, value in side.settings.items()}
    return own | named | {name: (canonical.get(name, name), value) for name, value in side.native.items()}


def by_rows_alone(sides: Sequence[Contestant], effective: Sequence[Mapping[str, Value]]) -> tuple[str, ...]:
    """Settings that differ only because rows of one side are left out or weighted, while the same is given.

    scikit-learn's C, say, is not relative to the number of rows.
    """
    of = ("penalty.", "objective.")
    left, right = ({s: v for s, v in given(side).values() if s.startswith(of)} for side in sides)
    one = sides[0].model == sides[1].model and left == right
    alike = all(same(name, *(own.get(name) for own in effective)) for name in ("missing", "weights"))
    if not one or alike:
        return ()
    return tuple(name for name in effective[0] if name.startswith(of))


def is_seed(setting: str) -> bool:
    """Whether a setting only chooses random numbers, and is no setting of the model."""
    return any(fnmatchcase(setting, pattern) for pattern in _SEEDS)


def _short(name: str) -> str:
    return name.rpartition(".")[2] if name != "model.kept" else "kept"


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "x".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)
