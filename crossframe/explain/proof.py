"""The proof over draws: the closing switches made in the frameworks themselves, on fresh draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.explain.attribution.closing import Closing, by_part
from crossframe.explain.attribution.game import FloatArray, Game, Subset
from crossframe.explain.attribution.inference import Interval, Values
from crossframe.explain.bundles import THRESHOLD, Bundle, same
from crossframe.explain.expression import EffectivePair, can_express, expressed
from crossframe.explain.hybrids import (
    REFERENCE,
    Hybrids,
    LinearHybrids,
    NetworkHybrids,
    Sides,
    fitted_by,
)
from crossframe.explain.paired import LABELS, row_distances
from crossframe.explain.prepared import arguments, in_words
from crossframe.explain.replicates import Replicates, fewest_digits
from crossframe.settings.vocabulary import label_rule

CLOSED = 0.9
"""Part of the gap that has to be closed for the gap to count as closed."""
HALF = 0.5
"""Part of the gap above which the interval of the closed part must lie as well."""


@dataclass(frozen=True)
class ChangedSide:
    """One side in its own framework, with what was switched in it.

    ``arguments`` are in the framework's own spelling; ``threshold`` is the label's, where it was set;
    ``preparation`` what is done to its rows before its framework.
    """

    model: str
    switched: tuple[str, ...]
    arguments: Mapping[str, Value]
    threshold: float | str | None
    selection: str | None
    preparation: str = ""


@dataclass(frozen=True)
class Trial:
    """Two sides made alike in the closing settings, and the gap that is left between them.

    Attributes
    ----------
    missing
        Settings of the closing set that neither framework can express as the other has them.
    lacking
        Parts of a bundle that the framework has no parameter for, while it has one for the bundle.
    gap, interval
        What is left, left less right, paired over the draws.
    part, part_interval
        Share of the gap that is closed; the interval is Fieller's. Those of all trials but the one of the set
        that was chosen before hold together (Bonferroni), because the best of them is taken.
    exact
        The two are alike to the last bit of the metric on every draw.
    digits
        Digits in which the scores agree in the worst of the fits.
    fact
        Whether the gap is that of calls which repeat themselves, so that it needs no interval.
    labels
        Where the rule for labels is switched beside the causes of the scores' difference: the mean share of
        rows that the two still label differently. None where it is not.
    """

    left: ChangedSide
    right: ChangedSide
    missing: tuple[str, ...]
    lacking: tuple[str, ...]
    gap: float
    interval: Interval | None
    part: float
    part_interval: Interval | None
    exact: bool
    digits: float
    fact: bool = False
    labels: float | None = None

    @property
    def closes(self) -> bool:
        """Whether at least `CLOSED` of the gap is closed, in size, and by its interval at least `HALF`."""
        near = abs(1 - self.part) <= 1 - CLOSED + 1e-12
        return self.exact or (near and self.at_least(HALF))

    def at_least(self, part: float) -> bool:
        """Whether the interval of the closed part, or a part without one, begins at ``part`` or above."""
        if self.fact:
            return self.part >= part
        return self.part_interval is not None and self.part_interval[0] >= part

    @property
    def undecided(self) -> bool:
        """Whether the gap may be closed for all that the interval of the closed part shows."""
        if self.fact or self.closes:
            return False
        ends = self.part_interval or (-math.inf, math.inf)
        return ends[0] <= 2 - CLOSED and ends[1] >= CLOSED

    @property
    def in_noise(self) -> bool:
        """Whether the interval of the remaining difference contains 0."""
        return self.gap == 0 or (self.interval is not None and self.interval[0] <= 0 <= self.interval[1])

    def recipe(self, side: ChangedSide) -> dict[str, Any]:
        """What to pass to one side, as plain JSON values."""
        return {"closes": self.closes and not self.missing, **asdict(side)}

    def to_dict(self) -> dict[str, Any]:
        """The trial as plain JSON values, with ``closes`` and ``inside_noise``."""
        return {**asdict(self), "closes": self.closes, "inside_noise": self.in_noise}


def prove(
    fits: FitCache,
    hybrids: Hybrids,
    effective: EffectivePair,
    sets: Sequence[Subset],
    replicates: Replicates,
    between: Callable[[FitCache, Sides], FloatArray],
    *,
    fact: bool = False,
    of_scores: bool = False,
) -> tuple[Trial, ...]:
    """Make each of these ``sets`` of switches in the frameworks; the smallest that closes comes first.

    ``fits`` has other draws than those by which the sets were chosen: on the same ones the set that
    closes most by accident would look best. Where a framework made the hybrids it is run again as it is.
    Otherwise each switch is made on the left side or, where that cannot express it, on the right one, and
    the other way round. Empty where no set can be made. ``between`` gives the gap of two models in each
    replicate; ``fact`` as in `Trial`. ``of_scores``: the gap is that of scores, which the rule for labels
    does not change; where the sides have two of them, the labels are made by one as well.
    """
    sides = hybrids.sides
    plans: list[_Plan] = []
    for chosen in filter(None, dict.fromkeys(sets)):
        if hybrids.by_reference_alone:
            plans += _expressed(sides, effective, hybrids.bundles, chosen)
        else:
            plans += _by_frameworks(hybrids, chosen)
    rules = [own[THRESHOLD] for own in effective if THRESHOLD in own]
    other_rule = of_scores and len(rules) == 2 and not same(THRESHOLD, *rules)
    if other_rule:
        plans = [_with_one_rule(plan, rules) for plan in plans]
    trials = []
    fits.prepare([side for pair, *_ in plans for side in (*pair, *sides)])
    difference = between(fits, sides) if plans else np.empty(0)
    for k, (pair, switched, missing, lacking) in enumerate(plans):
        rest = between(fits, pair)
        # The first was chosen on other draws; of the others the best is taken on these.
        tests = len(plans) - 1 if k else 1
        trial = _tried(fits, pair, switched, missing, lacking, replicates, rest, difference, fact, tests)
        if math.isfinite(trial.gap):
            unlike = row_distances(fits.records(pair[0]), fits.records(pair[1]), LABELS)
            trials.append(replace(trial, labels=float(np.nanmean(unlike))) if other_rule else trial)
    trials.sort(key=_order)
    return tuple(trials)


def _order(trial: Trial) -> tuple[bool, int, float]:
    """Sorts trials that close first, the one with the fewest switches, and the others by what they leave."""
    if trial.closes and not trial.missing:
        return False, len(trial.left.switched) + len(trial.right.switched), abs(trial.gap)
    return True, 0, abs(trial.gap)


def sets_to_prove(hybrids: Hybrids, effective: EffectivePair, game: Game, closing: Closing) -> list[Subset]:
    """The closing set; also the smallest set that closes and that the frameworks can make.

    Where only the reference trainer makes the hybrids, also all switches together that a framework has.
    """
    sets = [frozenset(closing.settings)]
    if not closing.closed or not isinstance(hybrids, (LinearHybrids, NetworkHybrids)):
        return sets
    closes = by_part(game.mean(0), CLOSED)
    enough = [s for m in game.evaluated if (s := game.subset(m)) and closes(game.mean(m))]
    able: Subset = frozenset()
    if hybrids.by_reference_alone:
        sides = list(enumerate(hybrids.sides))
        able = frozenset(
            b.name for b in hybrids.bundles if not all(can_express(s, i, effective, b) for i, s in sides)
        )
        made = [s for s in enough if s <= able]
    else:
        made = [s for s in enough if len(s) < game.k and fitted_by(hybrids.hybrid(s)) != REFERENCE]
    return [*sets, *sorted(made, key=lambda s: (len(s), sorted(s)))[:1], able]


_Plan = tuple[Sides, tuple[tuple[str, ...], tuple[str, ...]], tuple[str, ...], tuple[str, ...]]


def _with_one_rule(plan: _Plan, rules: Sequence[Value]) -> _Plan:
    """A plan that also gives the side in which something is switched the other one's rule for labels."""
    pair, switched, missing, lacking = plan
    if THRESHOLD in (*switched[0], *switched[1]):
        return plan
    which = 0 if switched[0] else 1
    made = replace(
        pair[which], name=f"{pair[which].name}, labels of the other", threshold=label_rule(rules[1 - which])
    )
    names = (*switched[which], THRESHOLD)
    if which:
        return (pair[0], made), (switched[0], names), missing, lacking
    return (made, pair[1]), (names, switched[1]), missing, lacking


def _by_frameworks(hybrids: Hybrids, chosen: Subset) -> list[_Plan]:
    """The hybrids that frameworks made: the left side with these switches, the right one without them, but
    for those that only it can express.

    A hybrid of two different models with everything switched is the other model, which proves nothing.
    """
    sides = hybrids.sides
    names = tuple(b.name for b in hybrids.bundles if b.name in chosen)
    left, target = hybrids.pair(chosen)
    one = sides[0].model == sides[1].model
    plans: list[_Plan] = []
    if (one or left is not sides[1]) and (fitted_by(left) != REFERENCE or fitted_by(sides[0]) == REFERENCE):
        there = tuple(name for name in names if name in hybrids.on_right)
        plans.append(((left, target), (tuple(n for n in names if n not in there), there), (), ()))
    if hybrids.reaches_other:
        right = hybrids.hybrid(frozenset(hybrids.names) - chosen)
        if (one or right is not sides[0]) and (
            fitted_by(right) != REFERENCE or fitted_by(sides[1]) == REFERENCE
        ):
            plans.append(((sides[0], right), ((), names), (), ()))
    return plans


def _expressed(
    sides: Sides, effective: EffectivePair, bundles: Iterable[Bundle], chosen: Subset
) -> list[_Plan]:
    """Plans with each switch on the left side where possible, else on the right; and the other way round."""
    plans: dict[tuple[Any, ...], _Plan] = {}
    for first in (0, 1):
        made, missing, lacking = list(sides), list[str](), list[str]()
        switched = (list[str](), list[str]())
        for bundle in bundles:
            if bundle.name not in chosen:
                continue
            for which in (first, 1 - first):
                try:
                    made[which], without = expressed(made[which], which, effective, bundle)
                except UsageError:
                    continue
                switched[which].append(bundle.name)
                lacking += without
                break
            else:
                missing.append(bundle.name)
        if not (switched[0] or switched[1]):
            continue
        pair = tuple(
            replace(m, name=f"{side.name} with {'+'.join(names)} of the other") if names else side
            for m, side, names in zip(made, sides, switched, strict=True)
        )
        names = (tuple(switched[0]), tuple(switched[1]))
        plans[names] = ((pair[0], pair[1]), names, tuple(missing), tuple(lacking))
    return list(plans.values())


def _tried(
    fits: FitCache,
    pair: Sides,
    switched: tuple[tuple[str, ...], tuple[str, ...]],
    missing: tuple[str, ...],
    lacking: tuple[str, ...],
    replicates: Replicates,
    rest: FloatArray,
    difference: FloatArray,
    fact: bool,
    tests: int,
) -> Trial:
    both = np.isfinite(rest) & np.isfinite(difference)
    rest = np.where(both, rest, np.nan)
    before = np.where(both, difference, np.nan)
    gap, interval = replicates.mean(rest, tests)
    interval = None if fact else interval
    whole = replicates.by_draw(before)
    closed = Values(replicates.by_draw(before - rest))
    size = float(whole.mean()) if len(whole) else math.nan
    return Trial(
        left=_changed(fits, pair[0], switched[0]),
        right=_changed(fits, pair[1], switched[1]),
        missing=missing,
        lacking=lacking,
        gap=gap,
        interval=interval,
        part=closed.mean / size if size else math.nan,
        part_interval=replicates.rule.ratio(closed, whole, tests) if size and not fact else None,
        exact=bool(both.any()) and not np.nanmax(np.abs(rest)),
        digits=fewest_digits(*(fits.records(side) for side in pair)),
        fact=fact,
    )


def _changed(fits: FitCache, side: Contestant, switched: tuple[str, ...]) -> ChangedSide:
    selection = side.selection
    return ChangedSide(
        side.model,
        switched,
        arguments(fits, side),
        side.threshold,
        f"{selection.statistic}, {selection.count} features" if selection else None,
        in_words(replace(side, selection=None)),
    )
