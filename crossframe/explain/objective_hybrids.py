"""One linear model brought to the optimum of another, by the settings of its objective and by its solver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.spec import own_settings
from crossframe.explain.attribution.game import Subset
from crossframe.explain.bundles import Bundle, by_rows_alone, same, value_of
from crossframe.explain.expression import EffectivePair
from crossframe.explain.hybrids import Hybrids, Sides, hybrid_name
from crossframe.explain.ranks import TOLERANCE
from crossframe.explain.solver_limits import TightSolver
from crossframe.explain.switches import (
    OF_FAMILY,
    SELECTION,
    SettingSwitch,
    carried,
    folded,
    free,
    intercept_alone,
    left_behind,
    ranked,
    reference_optimum,
    starts_alone,
    switched,
    tightened,
)
from crossframe.settings.chosen import searches
from crossframe.settings.elastic import PARTS


class ObjectiveHybrids(Hybrids):
    """One linear model brought to the optimum of another: the settings of its objective, and its solver.

    A hybrid is computed by the side's own framework, with its solver unchanged or with its tightest settings;
    where the framework cannot express the hybrid, by the certified optimum. Settings are switched one by one;
    ``tight`` are the switches of the two solvers.
    """

    def __init__(
        self,
        sides: Sides,
        effective: EffectivePair,
        switches: Iterable[SettingSwitch],
        rows: int,
        *,
        backwards: bool = False,
    ) -> None:
        follow = by_rows_alone(sides, effective)
        bundles = tuple(Bundle(s.setting, s.setting, (s,)) for s in switches if s.setting not in follow)
        super().__init__(sides, effective, bundles)
        self._own, self._other = effective
        self._follow = {name: self._other[name] for name in PARTS if name in follow and name in self._other}
        """Penalties that come with the other side's rows."""
        self._rows, self.backwards = rows, backwards
        self.tight: tuple[TightSolver | None, TightSolver | None] = (None, None)
        self.moved: set[Subset] = set()
        """The sets that take another solver, or model, than the side's, without its own stopping rule."""
        self.no_optimum = False
        """Whether the side has no finite optimum: its solver is then tightened only beside a penalty."""
        self._chosen = all(map(searches, effective))
        """Whether both sides choose their penalty by cross-validation."""
        self._starts_alone = not self._chosen and starts_alone(*effective)
        self._carried, self._left_behind = carried(*effective), left_behind(*effective)
        self.switched: Subset = frozenset(self._single)
        """The switches of the objective."""
        self._join()
        self.switched = frozenset(self._single)
        self.companions = tuple(self._companions())

    @property
    def target_settings(self) -> dict[str, Value]:
        """Effective settings once the whole objective is switched, with the penalty that is then chosen."""
        chosen = {name: self._other[name] for name in PARTS if self._chosen and name in self._other}
        return {**self._in_force(self.switched), **self._carried, **chosen}

    def with_solvers(self, own: TightSolver | None, other: TightSolver | None) -> None:
        """Add the tightest solver settings of the side (``own``) and its target (``other``) as switches."""
        self.tight = (own, other)
        solvers = [SettingSwitch(t.name, t.own_words, t.words) for t in self.tight if t]
        more = tuple(Bundle(s.setting, s.setting, (s,)) for s in solvers)
        self.bundles = (*(b for b in self.bundles if b.name in self.switched), *more)
        self._single |= {b.name: (b,) for b in more}

    @property
    def values(self) -> dict[str, tuple[Any, Any]]:
        """See `Hybrids`; left and right are those of the question, whichever side is switched."""
        pairs = {
            b.name: (b.side(0), b.side(1)) if b.name in self.together
            else (b.members[0].left, b.members[0].right)
            for b in self.bundles
        }  # fmt: skip
        if TOLERANCE in pairs:
            # What is tried in the side, so that it has the other one's rank, is no value of the other one.
            pairs[TOLERANCE] = (self._own.get(TOLERANCE), self._other.get(TOLERANCE))
        return {name: pair[::-1] for name, pair in pairs.items()} if self.backwards else pairs

    def pair(self, subset: Subset) -> Sides:
        """See `Hybrids`: the other side too may have its solver tightened."""
        other = self.tight[1]
        if other is None or other.name not in subset:
            return self.hybrid(subset - {other.name} if other else subset), self.sides[1]
        return self.hybrid(subset - {other.name}), other.model

    def _companions(self) -> Iterator[tuple[str, SettingSwitch]]:
        """What comes along with a penalty, a statistic, and a distribution of the target."""
        for leading, values in (
            (PARTS, {**self._carried, **self._left_behind}),
            ((SELECTION,), ranked({SELECTION: self._other.get(SELECTION)}, self._own, self._other)),
            (("family",), {name: self._other[name] for name in OF_FAMILY if name in self._other}),
        ):
            names = [b.name for b in self.bundles if any(m.setting in leading for m in b.members)]
            for setting, value in values.items() if names else ():
                if setting not in leading and not same(setting, own := value_of(self._own, setting), value):
                    yield ", ".join(names), SettingSwitch(setting, own, value)

    def without(self, one: SettingSwitch) -> ObjectiveHybrids:
        """See `Hybrids`."""
        less = copy(self)
        less._made = {}
        less._carried, less._left_behind, less._other = (
            {name: value for name, value in values.items() if name != one.setting}
            for values in (self._carried, self._left_behind, self._other)
        )
        side, target = self.sides
        less.sides = (replace(side, name=f"{side.name}, {one.setting} as it is"), target)
        return less

    def _left_out(self, name: str, chosen: Subset) -> bool:
        """See `Hybrids`; the reference model has a tolerance by R's rule for collinear columns alone."""
        taken = self._taken(chosen if name == TOLERANCE else frozenset([name]))
        try:
            made = reference_optimum({**self._own, **taken}, "trial")
        except UsageError:
            return False
        return name not in {**made.settings, **made.native, **own_settings(made), "class.order": ""}

    def _by_framework(self, subset: Subset) -> Contestant:
        side = self.sides[0]
        if not subset:
            return side
        if self._intercept_alone(subset):
            raise UsageError(f"{side.model} does not penalise the intercept alone")
        taken = self._taken(subset)
        name = f"{side.name}[{hybrid_name(subset)}]"
        made = replace(switched(side, self._own, taken), name=name)
        # The side's stopping rule does not apply to another solver.
        moved = made.model != side.model or made.native.get("solver") != side.native.get("solver")
        ways = tightened(made, self._in_force(subset), self._rows)
        if moved:
            self.moved.add(subset)
        if ways and moved:
            return replace(ways[-1], name=name)
        allowed = not self.no_optimum or not free({**self._own, **taken})
        own = self.tight[0]
        if ways and allowed and own and own.name in subset:
            return replace(ways[min(own.way, len(ways) - 1)], name=name)
        return made

    def _by_reference(self, subset: Subset) -> Contestant:
        if self._chosen:
            raise UsageError("it chooses no penalty by cross-validation")
        name = f"certified optimum for {self.sides[0].name}[{hybrid_name(subset & self.switched)}]"
        return reference_optimum(self._in_force(subset), name)

    def _in_force(self, subset: Subset) -> dict[str, Value]:
        """The effective settings of the side with a set of switches made."""
        taken = self._taken(subset)
        return {**self._own, **taken, **(self._follow if {"missing", "weights"} & {*taken} else {})}

    def _values(self, subset: Subset) -> dict[str, Value]:
        """The other side's values of a set of switches of the objective."""
        return {m.setting: m.right for b in self._singles(subset & self.switched) for m in b.members}

    def _intercept_alone(self, subset: Subset) -> bool:
        """Whether the intercept is penalised and the coefficients are not, each being a switch of its own."""
        mixed = {**self._own, **self._values(subset)}
        return self._starts_alone and free(mixed) and bool(mixed.get("penalty.intercept"))

    def _taken(self, subset: Subset) -> dict[str, Value]:
        taken = folded(ranked(self._values(subset), self._own, self._other), self._other)
        if "family" in taken:
            taken |= {name: self._other[name] for name in OF_FAMILY if name in self._other}
        if self._intercept_alone(subset):
            return {**taken, **intercept_alone(self._own, self._other)}
        if not free({**self._own, **taken}):
            # Beside a penalty no column is left out.
            taken.pop(TOLERANCE, None)
        elif TOLERANCE in taken and "collinear" in taken:
            # By the other side's rule its own tolerance, where it has one, gives its rank.
            taken[TOLERANCE] = self._other.get(TOLERANCE, taken[TOLERANCE])
        if not any(name in taken for name in PARTS):
            return taken
        return {**taken, **self._carried, **(self._left_behind if free({**self._own, **taken}) else {})}
