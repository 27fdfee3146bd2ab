"""The model that a set of switches makes of the left side, and who computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from crossframe.attribution.game import Subset
from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.explaining.bench import Bench
from crossframe.explaining.bundles import (
    NEUTRAL,
    RACING,
    SELECTION,
    SOLVER,
    THRESHOLD,
    Bundle,
    bundled,
    differing,
    given,
    group_of,
    is_seed,
    mixed,
    same,
    value_of,
)
from crossframe.explaining.switches import LINEAR, Switch, certified, hybrid_name, switched
from crossframe.models.contestants import Contestant
from crossframe.settings import bindings
from crossframe.settings.vocabulary import VOCABULARY, label_rule

Force = Mapping[str, Value]


class Maker(Protocol):
    """Makes hybrids of two sides; ``bundles`` are the switches."""

    bundles: tuple[Bundle, ...]

    def hybrid(self, subset: Subset) -> Contestant:
        """The left side with the bundles of these names switched; all of them: the right side."""

    def mend(self, bench: Bench) -> None:
        """Give to the referee what a framework refused to fit."""


def who(contestant: Contestant) -> str:
    """Who computes a hybrid: ``engine.model``, the referee by that name."""
    return "the referee" if contestant.engine == "reference" else contestant.model


def in_force(bench: Bench, side: Contestant) -> dict[str, Value]:
    """Canonical settings of a side as its framework reports them, the selection among them.

    Of the first draw with an answer. Raises `UsageError` where no draw has one.
    """
    records = bench.records(side)
    answered = [r for r in records if r.fields["usable"]]
    if not answered:
        said = "; ".join(records[0].fields["evidence"])
        raise UsageError(f"{side.name} gave no answer: {records[0].fields['status']}", said)
    found: dict[str, Value] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in answered[0].fields["canonical"].items()
    }
    if side.selection is not None:
        found |= {SELECTION: side.selection.statistic, "selection.count": side.selection.count}
    elif side.model in LINEAR:
        found[SELECTION] = "none"
    return found


class OneModel:
    """Two configurations of one model: the framework itself runs every hybrid."""

    def __init__(self, left: Contestant, right: Contestant, forces: tuple[Force, Force]) -> None:
        self._sides = (left, right)
        self._told = (given(left), given(right))
        groups = [g for g in dict.fromkeys((*self._told[0], *self._told[1])) if self._chosen(g)]
        effective = {b.group: b.members for b in differing(*forces)}
        if RACING in groups:
            effective[RACING] = (Switch(RACING, forces[0].get(RACING), forces[1].get(RACING)),)
        if left.threshold != right.threshold:
            groups.append(THRESHOLD)
        self.bundles = bundled({g: effective[g] for g in groups if g in effective})

    def _chosen(self, group: str) -> bool:
        """Whether the sides are told different things, seeds apart."""
        a, b = ({s: v for s, v in told.get(group, {}).values() if not is_seed(s)} for told in self._told)
        return a.keys() != b.keys() or any(not same(s, a[s], b[s]) for s in a)

    def hybrid(self, subset: Subset) -> Contestant:
        """See `Maker`."""
        if not subset:
            return self._sides[0]
        taken = {b.group for b in self.bundles if b.name in subset}
        settings: dict[str, Value] = {}
        native: dict[str, Value] = {}
        for which, side in enumerate(self._sides):
            for group, told in self._told[which].items():
                if (group in taken) != bool(which) or any(is_seed(s) for s, _ in told.values()):
                    continue
                settings |= {name: side.settings[name] for name in told if name in side.settings}
                native |= {name: side.native[name] for name in told if name in side.native}
        left = self._sides[0]
        settings |= {name: value for name, value in left.settings.items() if is_seed(name)}
        native |= {n: left.native[n] for n, (s, _) in self._all(0).items() if n in left.native and is_seed(s)}
        return replace(
            left,
            name=f"{left.name}[{hybrid_name(subset)}]",
            settings=settings,
            native=native,
            threshold=self._sides[THRESHOLD in taken].threshold,
        )

    def _all(self, which: int) -> dict[str, tuple[str, Value]]:
        return {name: told for group in self._told[which].values() for name, told in group.items()}

    def mend(self, bench: Bench) -> None:
        """Nothing to mend: the referee is not needed."""


class Linear:
    """Two linear models: the framework whose solver runs a hybrid, else the referee's optimum.

    The solver is a switch as well: where it is switched, the right side's framework runs the
    hybrid with what is not switched set to the left side's values.
    """

    def __init__(self, left: Contestant, right: Contestant, forces: tuple[Force, Force]) -> None:
        self._sides, self._forces = (left, right), forces
        found = {b.group: b.members for b in differing(*forces)}
        if left.model != right.model:
            others = [m for m in found.get(SOLVER, ()) if m.setting != SOLVER]
            found[SOLVER] = (Switch(SOLVER, *map(_solver, (left, right), forces)), *others)
        self.bundles = bundled(found)
        self._made: dict[Subset, Contestant] = {}

    def hybrid(self, subset: Subset) -> Contestant:
        """See `Maker`."""
        if subset not in self._made:
            self._made[subset] = self._make(subset)
        return self._made[subset]

    def mend(self, bench: Bench) -> None:
        """See `Maker`."""
        for subset, model in list(self._made.items()):
            ends = not subset or len(subset) == len(self.bundles)
            if ends or model.engine == "reference":
                continue
            if not any(r.fields["usable"] for r in bench.records(model)):
                self._made[subset] = self._certified(subset)

    def _make(self, subset: Subset) -> Contestant:
        if not subset or len(subset) == len(self.bundles):
            return self._sides[bool(subset)]
        base = int(any(b.group == SOLVER and b.name in subset for b in self.bundles))
        values = {
            m.setting: m.left if base else m.right
            for b in self.bundles
            if b.group not in (SELECTION, THRESHOLD, SOLVER) and (b.name in subset) != bool(base)
            for m in b.members
        }
        try:
            made = switched(self._sides[base], self._forces[base], values)
        except UsageError:
            return self._certified(subset)
        if made.native.get("solver") != self._sides[base].native.get("solver"):
            # Its own solver cannot have this objective, and another one is another switch.
            return self._certified(subset)
        return self._finished(made, subset)

    def _certified(self, subset: Subset) -> Contestant:
        taken = {b.group for b in self.bundles if b.name in subset}
        return self._finished(certified(mixed(*self._forces, taken), "the referee"), subset)

    def _finished(self, made: Contestant, subset: Subset) -> Contestant:
        """With its name, and the selection and threshold that belong to the hybrid."""
        taken = {b.group for b in self.bundles if b.name in subset}
        which = int(THRESHOLD in taken)
        threshold = self._sides[which].threshold
        if threshold is None and made.model != self._sides[which].model:
            threshold = label_rule(self._forces[which].get(THRESHOLD, "argmax"))
        return replace(
            made,
            name=f"{self._sides[0].name}[{hybrid_name(subset)}] by {who(made)}",
            selection=self._sides[SELECTION in taken].selection,
            threshold=threshold,
        )


class Referee:
    """Two networks of different frameworks: the referee runs every hybrid, the ends included."""

    def __init__(self, forces: tuple[Force, Force]) -> None:
        from crossframe.explaining.network_referee import completed

        self._told = (completed(forces[0]), completed(forces[1]))
        self.bundles = differing(*self._told)

    def hybrid(self, subset: Subset) -> Contestant:
        """See `Maker`. Raises `UsageError` for a setting that the referee lacks."""
        from crossframe.explaining.network_referee import certified_network

        taken = [b.group for b in self.bundles if b.name in subset]
        return certified_network(mixed(*self._told, taken), f"the referee's network [{hybrid_name(subset)}]")

    def mend(self, bench: Bench) -> None:
        """Nothing to mend: there is nobody else."""


def _solver(side: Contestant, force: Force) -> str:
    return f"{force[SOLVER]} of {side.model}" if SOLVER in force else side.model


def expressed(
    side: Contestant, which: int, forces: tuple[Force, Force], bundle: Bundle
) -> tuple[Contestant, list[str]]:
    """``side`` with a bundle as the other one has it, and the settings its framework has no word for.

    ``which`` is 0 for the left side. Raises `UsageError` where the leading setting cannot be said: then
    the bundle cannot be.
    """
    own, other = forces[which], forces[1 - which]
    if bundle.group == THRESHOLD:
        return replace(side, threshold=label_rule(other.get(THRESHOLD))), []
    known = {b.setting for b in bindings(side.model)}
    wanted = {n: v for n, v in other.items() if group_of(n) == bundle.group and not is_seed(n)}
    wanted |= {n: NEUTRAL[n] for n in own if group_of(n) == bundle.group and n not in other and n in NEUTRAL}
    if wanted.get("optimizer.rule") == "adadelta":
        wanted["optimizer.learning_rate"] = value_of(other, "optimizer.learning_rate")
    wanted = _bounds(wanted, known)
    leading = {bundle.group, bundle.name}
    bare = made = _without(side, bundle.group)
    taken: dict[str, Value] = {}
    for name in sorted(wanted, key=lambda n: (n not in leading, list(VOCABULARY).index(n))):
        value = wanted[name]
        if name not in known and same(name, value, NEUTRAL.get(name)):
            continue
        try:
            # All of the bundle at once: what an option means may depend on the rule it belongs to.
            made = switched(bare, own, {**taken, name: value})
        except UsageError:
            if name in leading:
                raise
            continue
        taken[name] = value
    if all(same(name, value, value_of(own, name)) for name, value in taken.items()):
        raise UsageError(f"{side.model} has no word for {bundle.name} as the other side has it")
    drops = any(wanted.get(name) for name in ("dropout.hidden", "dropout.input"))
    return made, _lacking(bundle, known, which, drops)


def _bounds(wanted: dict[str, Value], known: set[str]) -> dict[str, Value]:
    """A uniform distribution around 0 in the words that the framework has for it."""
    scale, upper = wanted.get("init.scale"), wanted.get("init.upper")
    if wanted.get("init.weights") != "uniform" or ("init.upper" in known) == (upper is not None):
        return wanted
    rest = {n: v for n, v in wanted.items() if n not in ("init.scale", "init.lower", "init.upper")}
    if isinstance(scale, (int, float)):
        return {**rest, "init.lower": -scale, "init.upper": scale}
    return {**rest, "init.scale": upper}


def _lacking(bundle: Bundle, known: set[str], which: int, drops: bool) -> list[str]:
    """Members that the framework has no word for, where they can matter."""
    found = []
    for member in bundle.members:
        value = member.left if which else member.right
        idle = member.setting == "dropout.inverted" and not drops
        if (
            member.setting not in known
            and not idle
            and not same(member.setting, value, NEUTRAL.get(member.setting))
        ):
            found.append(member.setting)
    return found


def _without(side: Contestant, group: str) -> Contestant:
    """``side`` without what it is told of a group."""
    told = given(side).get(group, {})
    return replace(
        side,
        settings={k: v for k, v in side.settings.items() if k not in told},
        native={k: v for k, v in side.native.items() if k not in told},
    )
