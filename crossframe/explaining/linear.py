"""Two fits of one convex model: the gap shared out among the settings that differ, and closed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crossframe.attribution.attribute import Terms, attribute
from crossframe.attribution.closing import Closing, at_floor, close
from crossframe.attribution.game import Game, Subset
from crossframe.attribution.measures import coefficient_gap
from crossframe.attribution.record import Attribution
from crossframe.comparison.record import Record
from crossframe.engines.base import FloatArray, Value
from crossframe.errors import UsageError
from crossframe.explaining.apart import of_scores
from crossframe.explaining.bench import Bench
from crossframe.explaining.endings import Ending, Endings, Shortfall
from crossframe.explaining.making import Maker
from crossframe.explaining.switches import (
    PARTS,
    Switch,
    carried,
    certified,
    differing,
    objective,
    switched,
)
from crossframe.models.contestants import Contestant
from crossframe.settings import to_native
from crossframe.settings.families import for_target, spread

FLOOR = 1e-8
"""Largest difference between two scores that counts as agreement: eight digits of a probability, or of
the spread of a target of numbers."""


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
    coefficients
        Distance of the two when the closing set is switched, relative; see
        `crossframe.attribution.measures.coefficient_gap`. NaN without coefficients.
    distance
        Where it closes, the larger of the two's distances from the certified optimum; NaN without one.
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
    coefficients: float = math.nan
    distance: float = math.nan


class Linear:
    """A pair of linear models on the draws of a bench."""

    def __init__(self, bench: Bench, left: Contestant, right: Contestant) -> None:
        self._bench = bench
        self._sides = (left, right)
        bench.prepare(self._sides)
        self.idle: tuple[str, ...] = ()
        """Settings that cannot matter on these rows: what is done with collinear columns, say."""
        self.measure = of_scores(bench.experiment.dataset.y)
        """How far two fits are apart."""
        self.endless = (False, False)
        """Whether the left and the right side lack a finite optimum: no solver then has an end to run to."""
        self._endings = Endings(bench, self._apart, FLOOR)

    def in_force(self, side: int) -> Mapping[str, Value]:
        """Canonical settings of a side on the first draw, as its framework reports them."""
        found: Mapping[str, Value] = self._bench.records(self._sides[side])[0].fields["canonical"]
        return found

    def only_by_coefficients(self) -> bool:
        """Whether the sides treat collinear columns differently, and give the same scores all the same."""
        ways = [self.in_force(side).get("collinear") for side in (0, 1)]
        records = [self._bench.records(side) for side in self._sides]
        gaps = [self.measure.apart(a, b) for a, b in zip(*records, strict=True)]
        return None not in ways and ways[0] != ways[1] and max(gaps) <= FLOOR

    def direction(self, start: int) -> Direction:
        """Bring side ``start`` (0: left) to the answer of the other one."""
        side, target = self._sides[start], self._sides[1 - start]
        own, wanted = self.in_force(start), self.in_force(1 - start)
        cannot: dict[str, str] = {}
        switches = []
        for switch in objective(differing(own, wanted)):
            if switch.setting in self.idle:
                continue
            brought = carried(own, wanted) if switch.setting in PARTS else {}
            why = self._why_not(side, own, switch, brought)
            if why:
                cannot[switch.setting] = why
            else:
                switches.append(switch)
        taken = {s.setting: s.right for s in switches}
        maker = Maker(self._bench, side, own, taken, wanted)
        while clash := maker.clash():
            cannot.update([clash])
            switches = [s for s in switches if s.setting != clash[0]]
            taken.pop(clash[0])
            maker = Maker(self._bench, side, own, taken, wanted)
        endings: tuple[Ending | None, Ending | None] = (None, None)
        told = {**own, **taken, **carried(own, wanted)}
        maker.endless = self.endless[start]
        if not self.endless[1 - start]:
            endings = (
                self._endings.ending(side, own, maker.hybrid(frozenset(taken)), told, start),
                self._endings.ending(target, wanted, target, wanted, 1 - start),
            )
        maker.ending, other = endings
        switches += [Switch(e.name, "its own rule", e.words) for e in endings if e]
        names = tuple(s.setting for s in switches)

        def models(subset: Subset) -> tuple[Contestant, Contestant]:
            to_the_end = other is not None and other.name in subset
            return maker.hybrid(subset - {other.name} if other else subset), (
                other.model if to_the_end and other else target
            )

        def announce(subsets: Sequence[Subset]) -> None:
            self._bench.prepare([model for subset in subsets for model in models(subset)])
            maker.mend()

        def gap(subset: Subset) -> float:
            one, other = (self._bench.records(m) for m in models(subset))
            return max((self.measure.apart(a, b) for a, b in zip(one, other, strict=True)), default=math.nan)

        game = Game(names, gap, announce=announce)
        pairs = {s.setting: (s.right, s.left) if start else (s.left, s.right) for s in switches}
        found = attribute(game, Terms(floor=FLOOR), values=pairs)
        closing = close(game, at_floor(FLOOR), found.amounts())
        made, reached = models(frozenset(closing.settings))
        return Direction(
            side=side.name,
            model=made.model,
            switches=tuple(switches),
            attribution=found,
            closing=closing,
            by_referee=maker.by_referee,
            cannot=cannot,
            recipe={} if made.model == "reference.optimum" else self._arguments(made),
            other={} if reached is target or other is None else other.arguments,
            coefficients=self._coefficients(made, reached),
            distance=self._distance((made, reached), 1 - start) if closing.closed else math.nan,
        )

    def shortfall(self, side: int) -> Shortfall | None:
        """How far a side (0: left) stops from its own optimum; None where the referee cannot tell."""
        return None if self.endless[side] else self._endings.shortfall(self._sides[side], self.in_force(side))

    def _coefficients(self, a: Contestant, b: Contestant) -> float:
        found = [self._bench.records(model)[0].arrays.get("coefficients") for model in (a, b)]
        if found[0] is None or found[1] is None or found[0].shape != found[1].shape:
            return math.nan
        return coefficient_gap(np.nan_to_num(found[0]), np.nan_to_num(found[1]))

    def _distance(self, models: tuple[Contestant, Contestant], side: int) -> float:
        """The larger of the models' distances from the optimum of what ``side`` minimises."""
        best = None if self.endless[side] else self._endings.optimum(self._sides[side], self.in_force(side))
        return math.nan if best is None else max(self._apart(model, best) for model in models)

    def _apart(self, a: Contestant, b: Contestant) -> float:
        pairs = zip(self._bench.records(a), self._bench.records(b), strict=True)
        found = [self.measure.apart(x, y) for x, y in pairs]
        return math.inf if any(math.isnan(gap) for gap in found) else max(found)

    def _arguments(self, made: Contestant) -> dict[str, Value]:
        """What to pass to its framework."""
        e = self._bench.experiment
        native = for_target(made.model, made.settings, made.native, e.dataset.task)
        scale = spread(e.dataset.y[e.draw(self._n, 0).train], made.settings, native)
        return to_native(made.model, made.settings, native, self._n, scale)

    @property
    def _n(self) -> int:
        return self._bench.experiment.sizes[0]

    def _why_not(
        self, side: Contestant, own: Mapping[str, Value], switch: Switch, brought: Mapping[str, Value]
    ) -> str:
        """Why neither the side nor the referee can take the other's value; empty: one can."""
        value = {switch.setting: switch.right, **brought}
        try:
            switched(side, own, value)
        except UsageError as error:
            try:
                made = certified({**own, **value}, "trial")
            except UsageError as other:
                return f"{error.message}; {other.message}"
            return "" if switch.setting in {**made.settings, **made.native} else error.message
        return ""


def coefficients(record: Record) -> FloatArray:
    """(1 + k,), intercept first, NaN for an aliased column."""
    found: FloatArray = np.asarray(record.arrays["coefficients"], dtype=np.float64)
    return found
