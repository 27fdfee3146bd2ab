"""The models between two sides: one with some settings switched to the other's, and what computes it."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import identity
from crossframe.experiment.preparation import Preparation
from crossframe.experiment.spec import own_settings, prepared
from crossframe.explain.attribution.game import Subset
from crossframe.explain.bundles import (
    RACING,
    SOLVER,
    THRESHOLD,
    Bundle,
    bundled,
    by_rows_alone,
    differing,
    given,
    is_seed,
    mixed,
    same,
)
from crossframe.explain.expression import EffectivePair, can_express, expressed
from crossframe.explain.joining import group_name, join
from crossframe.explain.reference_network import NETWORK, completed, reference_network
from crossframe.explain.switches import (
    OPTIMUM,
    SettingSwitch,
    ranked,
    reference_optimum,
    switched,
)
from crossframe.settings.chosen import searches
from crossframe.settings.vocabulary import label_rule

Sides = tuple[Contestant, Contestant]
REFERENCE = "the reference model"


def fitted_by(contestant: Contestant) -> str:
    """The model that computes a hybrid: ``framework.model``, or `REFERENCE`."""
    return REFERENCE if contestant.model in (OPTIMUM, NETWORK) else contestant.model


def hybrid_name(subset: Iterable[str]) -> str:
    """A set of switches as text: its names joined by ``+``, or ``as it is``."""
    return "+".join(sorted(subset)) or "as it is"


class Hybrids:
    """The models that sets of switches make of two sides, each made once.

    A subclass defines how its frameworks make one (`_by_framework`, which raises `UsageError` where they
    cannot) and how a reference model does (`_by_reference`); what a framework cannot express, or refuses to
    fit, is the reference model's.

    Attributes
    ----------
    bundles
        The switches.
    cannot
        Settings that differ and that nothing can switch, with the reason.
    together
        Switches of several settings that no model can take separately, with the reason.
    by_reference_alone
        Whether a reference model computes all of them: they are then compared with the hybrid of all
        switches, in place of the other side.
    reaches_other
        Whether all switches together give the other side.
    both_sides
        Whether switches are made on either side, so that what they leave is the distance of the two.
    on_right
        The switches that are made on the other side, which gets the values of this one.
    backwards
        Whether the side that is switched is the right one of the question.
    companions
        Settings that are no switches and come along with one: its name, and the setting.
    """

    by_reference_alone = False
    reaches_other = True
    both_sides = False
    on_right: Subset = frozenset()
    backwards = False
    companions: tuple[tuple[str, SettingSwitch], ...] = ()

    def __init__(self, sides: Sides, effective: EffectivePair, bundles: tuple[Bundle, ...]) -> None:
        self.sides, self._effective, self.bundles = sides, effective, bundles
        self.cannot: dict[str, str] = {}
        self.together: dict[str, str] = {}
        self._single: dict[str, tuple[Bundle, ...]] = {b.name: (b,) for b in bundles}
        self._made: dict[Subset, Contestant] = {}
        self._checked: set[Subset] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the bundles that can be switched, in their order."""
        return tuple(b.name for b in self.bundles)

    @property
    def values(self) -> dict[str, tuple[Any, Any]]:
        """Left and right value of each switch, for tables."""
        return {b.name: (b.side(0), b.side(1)) for b in self.bundles}

    def hybrid(self, subset: Subset) -> Contestant:
        """The first side with the bundles of these names switched; with none it is the side itself."""
        if subset not in self._made:
            try:
                self._made[subset] = self._by_framework(subset)
            except UsageError:
                self._made[subset] = self._by_reference(subset)
        return self._made[subset]

    def pair(self, subset: Subset) -> Sides:
        """The two models whose distance is the gap with these switched."""
        target = self.hybrid(frozenset(self.names)) if self.by_reference_alone else self.sides[1]
        return self.hybrid(subset), target

    def prepare(self, fits: FitCache, subsets: Iterable[Subset]) -> None:
        """Fit the pairs of some sets; what a framework refuses to fit goes to the reference model."""
        fits.prepare([m for subset in subsets for m in self.pair(subset)])
        for subset, made in list(self._made.items()):
            if subset in self._checked or made in self.sides or fitted_by(made) == REFERENCE:
                continue
            self._checked.add(subset)
            if not any(r.fields["usable"] for r in fits.records(made)):
                with contextlib.suppress(UsageError):
                    self._made[subset] = self._by_reference(subset)
        fits.prepare(list(self._made.values()))

    def alone(self, one: SettingSwitch) -> Sides:
        """The pair with one setting of a switch of several switched, without the others.

        Raises `UsageError` where the side cannot express that, or nothing changes.
        """
        made = self._alone(Bundle(one.setting, one.setting, (one,), alone=True))
        if identity(made) == identity(self.hybrid(frozenset())):
            raise UsageError("it has no effect without the others")
        return replace(made, name=f"{self.sides[0].name}[{one.setting} alone]"), self.pair(frozenset())[1]

    def _alone(self, one: Bundle) -> Contestant:
        return expressed(self.sides[0], 0, self._effective, one)[0]

    def without(self, one: SettingSwitch) -> Hybrids:
        """The same models, but this setting, one of `companions`, does not come along."""
        raise NotImplementedError

    def computed_by(self, subsets: Iterable[Subset]) -> dict[str, int]:
        """The number of these hybrids that each model, or the reference model, computed."""
        return dict(Counter(fitted_by(self.hybrid(s)) for s in subsets))

    @property
    def computed_by_reference(self) -> tuple[str, ...]:
        """The sets of switches that the reference model computed in place of the side's own, in words."""
        if fitted_by(self.sides[0]) == REFERENCE:
            return ()
        return tuple(hybrid_name(s) for s, m in self._made.items() if fitted_by(m) == REFERENCE)

    def _singles(self, subset: Subset) -> list[Bundle]:
        """The bundles of a set, those that were joined one by one."""
        return [single for b in self.bundles if b.name in subset for single in self._single[b.name]]

    def _join(self) -> None:
        """Join the bundles that no model can switch separately, and leave out what none can switch at all."""
        by_name = {b.name: b for b in self.bundles}
        joined = join(tuple(by_name), self._why_not)
        self._single = {group_name(g): tuple(by_name[name] for name in g) for g in joined.groups}
        self.bundles = tuple(
            singles[0] if len(singles) == 1
            else Bundle(name, singles[0].group, tuple(m for b in singles for m in b.members))
            for name, singles in self._single.items()
        )  # fmt: skip
        self.cannot, self.together = joined.cannot, joined.together

    def _why_not(self, names: tuple[str, ...]) -> str:
        """Why no model has the single bundles of these names switched, and no other; empty: one has."""
        chosen = frozenset(names)
        try:
            self._by_framework(chosen)
        except UsageError as error:
            try:
                self._by_reference(chosen)
            except UsageError as other:
                return f"{error.message}; the reference model neither: {other.message}"
            return error.message if any(self._left_out(name, chosen) for name in names) else ""
        return ""

    def _left_out(self, name: str, chosen: Subset) -> bool:
        """Whether the reference model leaves out a switch, one of ``chosen``, for which it has no setting."""
        return False

    def _by_framework(self, subset: Subset) -> Contestant:
        raise NotImplementedError

    def _by_reference(self, subset: Subset) -> Contestant:
        raise UsageError(f"no reference model trains {hybrid_name(subset)}")


class OneModelHybrids(Hybrids):
    """Two sets of settings of one model: its framework itself runs every hybrid."""

    def __init__(self, sides: Sides, effective: EffectivePair) -> None:
        self.sides = sides
        self._given = (given(sides[0]), given(sides[1]))
        race = SettingSwitch(RACING, effective[0].get(RACING), effective[1].get(RACING))
        bundles = (*differing(*effective), Bundle(RACING, RACING, (race,)))
        super().__init__(sides, effective, tuple(b for b in bundles if self._chosen(b)))

    def _chosen(self, bundle: Bundle) -> bool:
        """Whether the sides are given different settings of a bundle; seeds do not count."""
        if bundle.group == THRESHOLD and self.sides[0].threshold != self.sides[1].threshold:
            return True
        a, b = ({s: v for s, v in of.values() if bundle.takes(s) and not is_seed(s)} for of in self._given)
        return a.keys() != b.keys() or any(not same(s, a[s], b[s]) for s in a)

    def _by_framework(self, subset: Subset) -> Contestant:
        left = self.sides[0]
        if not subset:
            return left
        taken = self._singles(subset)
        own: dict[str, Value] = {}
        settings: dict[str, Value] = {}
        native: dict[str, Value] = {}
        for which, side in enumerate(self.sides):
            # The random numbers stay those of the left side.
            names = [
                name for name, (setting, _) in self._given[which].items()
                if bool(which) == (not is_seed(setting) and any(b.takes(setting) for b in taken))
            ]  # fmt: skip
            own |= {name: value for name, value in own_settings(side).items() if name in names}
            settings |= {name: side.settings[name] for name in names if name in side.settings}
            native |= {name: side.native[name] for name in names if name in side.native}
        bare = replace(left, selection=None, preparation=Preparation(), settings={}, native={})
        return replace(
            prepared(bare, own)[0],
            name=f"{left.name}[{hybrid_name(subset)}]",
            settings=settings,
            native=native,
            threshold=self.sides[any(b.takes(THRESHOLD) for b in taken)].threshold,
        )


class LinearHybrids(Hybrids):
    """Two linear models: the framework whose solver runs a hybrid, else the certified optimum.

    The solver is a switch as well: where it is switched, the right side's framework runs the
    hybrid with what is not switched set to the left side's values.
    """

    def __init__(self, sides: Sides, effective: EffectivePair) -> None:
        follow = by_rows_alone(sides, effective)
        bundles = {b.name: b for b in differing(*effective) if b.name not in follow}
        if sides[0].model != sides[1].model:
            of_solver = [bundles.pop(b.name) for b in list(bundles.values()) if b.group == SOLVER]
            others = [m for b in of_solver for m in b.members if m.setting != SOLVER]
            both = (SettingSwitch(SOLVER, *map(_solver, sides, effective)), *others)
            bundles |= {b.name: b for b in bundled({SOLVER: both})}
        super().__init__(sides, effective, tuple(bundles.values()))
        self._join()

    def _by_framework(self, subset: Subset) -> Contestant:
        if not subset or len(subset) == len(self.bundles):
            return self.sides[bool(subset)]
        taken = self._singles(subset)
        base = int(any(b.group == SOLVER for b in taken))
        values = {
            m.setting: m.left if base else m.right
            for b in self._singles(frozenset(self.names))
            if b.group not in (THRESHOLD, SOLVER) and (b in taken) != bool(base)
            for m in b.members
        }
        values = ranked(values, self._effective[base], self._effective[1 - base])
        made = switched(self.sides[base], self._effective[base], values)
        if made.native.get("solver") != self.sides[base].native.get("solver"):
            # Its own solver does not support this objective, and another solver is a switch of its own.
            raise UsageError(f"{made.name} needs another solver")
        return self._finished(made, subset)

    def _by_reference(self, subset: Subset) -> Contestant:
        if any(map(searches, self._effective)):
            raise UsageError("the reference model chooses no penalty by cross-validation")
        made = reference_optimum(mixed(*self._effective, self._singles(subset)), REFERENCE)
        return self._finished(made, subset)

    def _finished(self, made: Contestant, subset: Subset) -> Contestant:
        """The hybrid with its name, and with the threshold that belongs to it."""
        taken = {b.group for b in self._singles(subset)}
        which = int(THRESHOLD in taken)
        threshold = self.sides[which].threshold
        if threshold is None and made.model != self.sides[which].model:
            threshold = label_rule(self._effective[which].get(THRESHOLD, "argmax"))
        return replace(
            made,
            name=f"{self.sides[0].name}[{hybrid_name(subset)}] by {fitted_by(made)}",
            threshold=threshold,
        )


def one_generator(
    left: Mapping[str, Value], right: Mapping[str, Value]
) -> tuple[dict[str, Value], dict[str, Value]]:
    """Both networks with one generator of random numbers, the same whichever side is the left one.

    Where one of them has H2O's, it is that: the reference trainer reproduces H2O's networks with it.
    """
    held = {str(own[name]) for own in (left, right) if (name := "seed.generator") in own}
    one: dict[str, Value] = {"seed.generator": "PCG32" if "PCG32" in held else min(held)} if held else {}
    return {**left, **one}, {**right, **one}


class NetworkHybrids(Hybrids):
    """Two networks of different frameworks: the reference trainer runs every hybrid, the ends included."""

    by_reference_alone = True

    def __init__(self, sides: Sides, effective: EffectivePair) -> None:
        self._completed = one_generator(completed(effective[0]), completed(effective[1]))
        super().__init__(sides, effective, differing(*self._completed))

    def _alone(self, one: Bundle) -> Contestant:
        return reference_network(mixed(*self._completed, [one]), "alone")

    def _by_framework(self, subset: Subset) -> Contestant:
        return self._by_reference(subset)

    def _by_reference(self, subset: Subset) -> Contestant:
        taken = self._singles(subset)
        name = f"reference network [{hybrid_name(subset)}]"
        return reference_network(mixed(*self._completed, taken), name)


class FamilyHybrids(Hybrids):
    """Two models of one family that no reference model trains: each switch is made where it can be expressed.

    That is the left side, which gets the other one's values; what its framework lacks is switched on the
    right side, which then gets those of the left one. What neither can express stays in the gap.
    """

    reaches_other = False
    both_sides = True

    def __init__(self, sides: Sides, effective: EffectivePair) -> None:
        differences = differing(*effective)
        reasons = {b.name: can_express(sides[0], 0, effective, b) for b in differences}
        self.on_right = frozenset(
            b.name for b in differences if reasons[b.name] and not can_express(sides[1], 1, effective, b)
        )
        self._targets: dict[Subset, Contestant] = {}
        cannot = {name: why for name, why in reasons.items() if why and name not in self.on_right}
        super().__init__(sides, effective, tuple(b for b in differences if b.name not in cannot))
        self.cannot = cannot

    def pair(self, subset: Subset) -> Sides:
        """See `Hybrids`: with what the left side lacks switched on the right one."""
        switched_there = subset & self.on_right
        if switched_there not in self._targets:
            self._targets[switched_there] = self._switched(1, switched_there)
        return self.hybrid(subset), self._targets[switched_there]

    def _by_framework(self, subset: Subset) -> Contestant:
        return self._switched(0, subset - self.on_right)

    def _switched(self, which: int, subset: Subset) -> Contestant:
        """The left (0) or right (1) side with these bundles as the other side has them."""
        made = self.sides[which]
        for bundle in self.bundles:
            if bundle.name in subset:
                made, _ = expressed(made, which, self._effective, bundle)
        return replace(made, name=f"{made.name}[{hybrid_name(subset)}]") if subset else made


def _solver(side: Contestant, effective: Mapping[str, Value]) -> str:
    return f"{effective[SOLVER]} of {side.model}" if SOLVER in effective else side.model
