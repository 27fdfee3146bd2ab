"""What is switched together: settings that only make sense as one choice.

An update rule without its own rates, or a stopping rule without its patience, is no setting that
anybody could choose. A bundle is named by its leading setting, or by the one member that differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from crossframe.engines.base import Value
from crossframe.explaining.switches import Switch
from crossframe.models.contestants import Contestant
from crossframe.settings import bindings
from crossframe.settings.vocabulary import VOCABULARY

SELECTION = "selection.statistic"
THRESHOLD = "decision.threshold"
SOLVER = "solver.algorithm"
RACING = "reproducible"

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (SELECTION, ("selection.*",)),
    (THRESHOLD, (THRESHOLD,)),
    ("architecture.head", ("architecture.head",)),
    ("architecture.hidden", ("architecture.*",)),
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
    ("link", ("link",)),
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
"""Leading setting -> what belongs to it. The first group that fits counts."""

_MECHANISMS = {"optimizer.rule", "stopping.rule", "init.weights", SOLVER, "averaging"}
"""Groups in which a setting that one side lacks is a difference: it has another mechanism."""

NEUTRAL: dict[str, Value] = {
    "architecture.skip": False,
    "averaging": False,
    "batch.accumulation": 1,
    "class_weight": "none",
    "dropout.hidden": 0.0,
    "dropout.input": 0.0,
    "epochs.first": 0,
    "features.drop_constant": False,
    "features.sparse": False,
    "features.standardize": "none",
    "init.biases": "zeros",
    "intercept": True,
    "loss": "log_loss",
    "loss.label_smoothing": 0.0,
    "loss.reduction": "mean",
    "model.kept": "last",
    "optimizer.amsgrad": False,
    "optimizer.averaging": "none",
    "optimizer.skip_zero_inputs": False,
    "optimizer.weight_decay": 0.0,
    "penalty.intercept": 0.0,
    "penalty.l1": 0.0,
    "penalty.l2": 0.0,
    "penalty.max_norm": 3.4028235e38,
    "sampling.balance": False,
    "schedule.decay": 0.0,
    "schedule.kind": "constant",
    "stopping.objective": 0.0,
    "stopping.rounds": 0,
    "stopping.rule": "none",
    "stopping.train_error": -1.0,
    "validation.folds": 0,
    "validation.fraction": 0.0,
}
"""What a side that has no such setting does."""

_SEEDS = ("seed", "seed.*", "*.seed", "threads")
_IDLE = ("training.*", "missing", "missing.*", "penalty.strength", "penalty.mix", "penalty.norm")
"""By rounding alone, without effect on complete rows, or told by other names."""
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
    """

    name: str
    group: str
    members: tuple[Switch, ...]

    def side(self, which: int) -> str:
        """The values of the left (0) or right (1) side: one as it is, several with their names.

        Of a solver the name says enough.
        """
        told = [(m.setting, m.right if which else m.left) for m in self.members]
        if len(told) == 1 or self.group == SOLVER:
            return _shown(told[0][1])
        return ", ".join(f"{_short(name)} {_shown(value)}" for name, value in told if value is not None)


def group_of(setting: str) -> str:
    """The leading setting that ``setting`` belongs to; its own name where there is none."""
    for leading, patterns in _GROUPS:
        if any(fnmatchcase(setting, pattern) for pattern in patterns):
            return leading
    return setting


def differing(left: Mapping[str, Value], right: Mapping[str, Value]) -> tuple[Bundle, ...]:
    """Bundles of canonical settings in force whose values differ, in the order of the vocabulary.

    A setting that one side lacks counts as `NEUTRAL` there; without such a value it is a difference
    where the group is a mechanism (the update rule, say) and none elsewhere. Seeds are no settings
    here, nor is how threads race.
    """
    found: dict[str, list[Switch]] = {}
    for name in VOCABULARY:
        if any(fnmatchcase(name, p) for p in (*_SEEDS, *_IDLE)) or group_of(name) == RACING:
            continue
        a, b = (value_of(side, name) for side in (left, right))
        if same(name, a, b) or not _counts(name, left, right):
            continue
        found.setdefault(group_of(name), []).append(Switch(name, a, b))
    return bundled(found)


def value_of(side: Mapping[str, Value], name: str) -> Value:
    """A side's value of a setting; of one that it lacks, what it does all the same, or None."""
    if name == "optimizer.learning_rate" and side.get("optimizer.rule") == "adadelta":
        # Zeiler's rule has no rate; a framework that gives it one means 1.
        return side.get(name, 1.0)
    return side.get(name, NEUTRAL.get(name))


def bundled(found: Mapping[str, Iterable[Switch]]) -> tuple[Bundle, ...]:
    """One bundle for each group."""
    made = []
    for group, members in found.items():
        told = tuple(members)
        made.append(Bundle(told[0].setting if len(told) == 1 else group, group, told))
    return tuple(made)


def same(name: str, a: Value, b: Value) -> bool:
    """Whether two values are one: to 1e-12, lists as tuples, and the larger of two units as p > 0.5.

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
    """Whether a difference in ``name`` can be one between these sides."""
    if name == "penalty.intercept":
        return any(side.get(p) for side in (left, right) for p in ("penalty.l2", "penalty.l1"))
    if name.startswith("architecture.max_weights"):
        return False
    if name == "precision" and {left.get(name), right.get(name)} == {"mixed", "float32"}:
        # The kernels are single in both; what is left is rounding, as with another training loop.
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


def mixed(left: Mapping[str, Value], right: Mapping[str, Value], taken: Iterable[str]) -> dict[str, Value]:
    """The left settings with those groups that are ``taken`` replaced by the right side's, whole."""
    groups = set(taken)
    return {
        **{name: value for name, value in left.items() if group_of(name) not in groups},
        **{name: value for name, value in right.items() if group_of(name) in groups},
    }


def given(side: Contestant) -> dict[str, dict[str, tuple[str, Value]]]:
    """What a contestant is told, by group: name as written -> canonical name and value."""
    canonical = {b.param: b.setting for b in bindings(side.model)}
    told = {name: (name, value) for name, value in side.settings.items()}
    told |= {name: (canonical.get(name, name), value) for name, value in side.native.items()}
    found: dict[str, dict[str, tuple[str, Value]]] = {}
    for name, (setting, value) in told.items():
        found.setdefault(group_of(setting), {})[name] = (setting, value)
    return found


def is_seed(setting: str) -> bool:
    """Whether a setting only chooses random numbers."""
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
