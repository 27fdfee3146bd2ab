"""Two fits of one convex model: the gap shared out among the settings that differ, and closed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from crossframe.attribution.attribute import Terms, attribute
from crossframe.attribution.closing import Closing, at_floor, close
from crossframe.attribution.game import Game, Subset
from crossframe.attribution.measures import largest_difference
from crossframe.attribution.record import Attribution
from crossframe.comparison.record import Record
from crossframe.engines.base import FloatArray, Value
from crossframe.errors import UsageError
from crossframe.explaining.bench import Bench
from crossframe.explaining.switches import (
    CONVERGED_LEFT,
    CONVERGED_RIGHT,
    Switch,
    certified,
    differing,
    hybrid_name,
    objective,
    switched,
    tightened,
)
from crossframe.models.contestants import Contestant
from crossframe.settings import to_native

FLOOR = 1e-8
"""Largest difference between two scores that counts as agreement: eight digits of a probability."""


@dataclass(frozen=True)
class Direction:
    """How one side is brought to the other's answer.

    Attributes
    ----------
    model
        The model that the recipe is for: the side's own, or a relative in the same framework.
    switches
        Settings that differ in the objective, and the solvers run to their end.
    attribution, closing
        Shares of the gap, and the smallest set of switches that closes it.
    by_referee
        Hybrids that the side cannot express and the referee computed: sets of switches, in words.
    cannot
        Settings that neither can express, with the reason.
    recipe
        What to pass to the side, in its framework's own spelling.
    other
        What to pass to the other side besides, where its solver stopped short.
    """

    side: str
    model: str
    switches: tuple[Switch, ...]
    attribution: Attribution
    closing: Closing
    by_referee: tuple[str, ...]
    cannot: Mapping[str, str]
    recipe: Mapping[str, Value]
    other: Mapping[str, Value]


class Linear:
    """A pair of linear models on the draws of a bench."""

    def __init__(self, bench: Bench, left: Contestant, right: Contestant) -> None:
        self._bench = bench
        self._sides = (left, right)
        bench.prepare(self._sides)
        self.idle: tuple[str, ...] = ()
        """Settings that cannot matter on these rows: what is done with collinear columns, say."""

    def in_force(self, side: int) -> Mapping[str, Value]:
        """Canonical settings of a side on the first draw, as its framework reports them."""
        found: Mapping[str, Value] = self._bench.records(self._sides[side])[0].fields["canonical"]
        return found

    def direction(self, start: int) -> Direction:
        """Bring side ``start`` (0: left) to the answer of the other one."""
        side, target = self._sides[start], self._sides[1 - start]
        own, wanted = self.in_force(start), self.in_force(1 - start)
        cannot: dict[str, str] = {}
        switches = []
        for switch in objective(differing(own, wanted)):
            if switch.setting in self.idle:
                continue
            why = self._why_not(side, own, switch)
            if why:
                cannot[switch.setting] = why
            else:
                switches.append(switch)
        if tightened(side, own) is not None:
            switches.append(Switch(CONVERGED_LEFT, "its own rule", "to the end"))
        tight = tightened(target, wanted)
        if tight is not None:
            switches.append(Switch(CONVERGED_RIGHT, "its own rule", "to the end"))
        values = {s.setting: s.right for s in switches}
        maker = _Maker(self._bench, side, own, values)
        names = tuple(values)

        def models(subset: Subset) -> tuple[Contestant, Contestant]:
            to_the_end = CONVERGED_RIGHT in subset and tight
            return maker.hybrid(subset - {CONVERGED_RIGHT}), tight if to_the_end and tight else target

        def announce(subsets: Sequence[Subset]) -> None:
            self._bench.prepare([model for subset in subsets for model in models(subset)])
            maker.mend()

        def gap(subset: Subset) -> float:
            one, other = (self._bench.records(m) for m in models(subset))
            return max((_gap(a, b) for a, b in zip(one, other, strict=True)), default=math.nan)

        game = Game(names, gap, announce=announce)
        found = attribute(game, Terms(floor=FLOOR), values={s.setting: (s.left, s.right) for s in switches})
        closing = close(game, at_floor(FLOOR), found.amounts())
        chosen = frozenset(closing.settings)
        made = maker.hybrid(chosen - {CONVERGED_RIGHT})
        return Direction(
            side=side.name,
            model=made.model,
            switches=tuple(switches),
            attribution=found,
            closing=closing,
            by_referee=maker.by_referee,
            cannot=cannot,
            recipe={}
            if made.model == "reference.optimum"
            else maker.arguments(chosen - {CONVERGED_RIGHT}, self._n),
            other=dict(tight.native) if tight and CONVERGED_RIGHT in chosen else {},
        )

    @property
    def _n(self) -> int:
        return self._bench.experiment.sizes[0]

    def _why_not(self, side: Contestant, own: Mapping[str, Value], switch: Switch) -> str:
        """Why neither the side nor the referee can take the other's value; empty: one can."""
        value = {switch.setting: switch.right}
        try:
            switched(side, own, value)
        except UsageError as error:
            try:
                made = certified({**own, **value}, "trial")
            except UsageError as other:
                return f"{error.message}; {other.message}"
            return "" if switch.setting in {**made.settings, **made.native} else error.message
        return ""


class _Maker:
    """The model that a set of switches makes of one side."""

    def __init__(
        self, bench: Bench, side: Contestant, own: Mapping[str, Value], values: Mapping[str, Value]
    ) -> None:
        self._bench = bench
        self._side = side
        self._own = own
        self._values = values
        self._made: dict[Subset, Contestant] = {}

    @property
    def by_referee(self) -> tuple[str, ...]:
        """Hybrids that the framework could not express or refused."""
        return tuple(hybrid_name(s) for s, m in self._made.items() if m.model == "reference.optimum")

    def hybrid(self, subset: Subset) -> Contestant:
        """By the side's framework where it can express it, else the referee's optimum."""
        if subset not in self._made:
            self._made[subset] = self._make(subset)
        return self._made[subset]

    def mend(self) -> None:
        """Give to the referee what the framework refused to fit."""
        for subset, model in list(self._made.items()):
            records = self._bench.records(model)
            if model.model != "reference.optimum" and not all(r.fields["usable"] for r in records):
                self._made[subset] = self._certified(subset)
        self._bench.prepare(list(self._made.values()))

    def arguments(self, subset: Subset, n: int) -> dict[str, Value]:
        """What to pass to the framework for a hybrid that it can express."""
        made = self.hybrid(subset)
        return to_native(made.model, made.settings, made.native, n)

    def _taken(self, subset: Subset) -> dict[str, Value]:
        return {name: self._values[name] for name in subset if name != CONVERGED_LEFT}

    def _make(self, subset: Subset) -> Contestant:
        if not subset:
            return self._side
        taken = self._taken(subset)
        try:
            made = switched(self._side, self._own, taken)
        except UsageError:
            return self._certified(subset)
        if CONVERGED_LEFT in subset:
            made = tightened(made, {**self._own, **taken}) or made
        return replace(made, name=f"{self._side.name}[{hybrid_name(subset)}]")

    def _certified(self, subset: Subset) -> Contestant:
        name = f"the referee's {self._side.name}[{hybrid_name(subset)}]"
        return certified({**self._own, **self._taken(subset)}, name)


def _gap(left: Record, right: Record) -> float:
    """Largest difference of two scores; NaN where a fit gave none."""
    a, b = (record.arrays.get("score") for record in (left, right))
    return math.nan if a is None or b is None else largest_difference(a, b)


def coefficients(record: Record) -> FloatArray:
    """(1 + k,), intercept first, NaN for an aliased column."""
    found: FloatArray = np.asarray(record.arrays["coefficients"], dtype=np.float64)
    return found
