"""Why these two fits differ: the same rows with the same seeds, score by score, for models of any family.

Two calls with the same random numbers are compared fit by fit, and what repeats itself when both are run
again is a fact. Where their random numbers differ, or threads race, either side is fitted with several
seeds; a difference that is no larger than what another seed of either side changes is noise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.explain import labels
from crossframe.explain.arithmetic import arithmetic
from crossframe.explain.attribution.attribute import GapTerms
from crossframe.explain.attribution.game import Subset
from crossframe.explain.attribution.inference import IntervalRule
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.diagnoses_over_draws import seed_spread
from crossframe.explain.directions import Gap, SwitchDirection
from crossframe.explain.explanation import FLOOR, Explanation
from crossframe.explain.hybrids import Hybrids, Sides
from crossframe.explain.outcomes import effective_settings
from crossframe.explain.over_draws import OverDraws, answered_alike, both_runs, one_call, same_numbers
from crossframe.explain.paired import LABELS, Records, compared, freed, row_distances
from crossframe.explain.replicates import Repeated, Replicates
from crossframe.explain.spread import HYBRID_SEEDS, SEEDS, beyond, spread
from crossframe.frameworks.registry import model

HYBRIDS = 128
"""Hybrids at most, unless another number is given: all of 7 settings."""
_ALL = 4
"""Switches up to which all hybrids are made, before any setting is left out."""
_NOTHING = 0.01
"""Part of the difference up to which a setting changes next to nothing."""
_OTHERS = 2
"""Other seeds of a call that repeats itself, to show what a seed changes."""


def on_one_draw(experiment: Experiment) -> Experiment:
    """The first draw of an experiment again and again, with other seeds each time."""
    design = Repeated(experiment.design, 1, experiment.seed)
    return replace(experiment, design=design, draws=SEEDS)


class SameRows(OverDraws):
    """A comparison on one draw: its replicates have the same rows and other seeds.

    Parameters
    ----------
    fits
        Of `SEEDS` replicates, see `on_one_draw`.
    """

    hybrids_at_most = HYBRIDS

    def __init__(
        self,
        fits: FitCache,
        sides: Sides,
        *,
        metric: str = "accuracy",
        budget: int | None = None,
        on_progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._asked, self._all = sides, fits
        self._without_effect: tuple[str, ...] = ()
        self._arithmetic: list[Diagnosis] = []
        self._first = first = fits.first(1)
        first.prepare(sides)
        answered = all(first.records(side)[0].fields["usable"] for side in sides)
        if not answered:
            # The first seed on which both have an answer is another one: all are compared.
            for side in sides:
                effective_settings(fits, side)
        self._as_asked, again = both_runs(first if answered else fits, sides)
        self._as_they_are = compared(self._as_asked, again, FLOOR)
        self._paired_seeds = same_numbers(sides)
        repeats = answered and self._paired_seeds and self._as_they_are.repeatable
        if not self._paired_seeds:
            sides = (freed(sides[0]), freed(sides[1]))
        runs = first if repeats else fits
        super().__init__(
            runs, sides, draws=runs.experiment.draws, metric=metric, budget=budget, on_progress=on_progress
        )
        self._names = (self._asked[0].name, self._asked[1].name)
        self._samples = 1

    def _both_runs(self) -> tuple[tuple[Records, Records], tuple[Records, Records]]:
        if self._paired_seeds:
            return super()._both_runs()
        records = (self._fits.records(self._sides[0]), self._fits.records(self._sides[1]))
        return records, records

    def _decide(self) -> None:
        """Share out the difference of the rows, unless another seed or a second run changes as much."""
        if not self._paired_seeds:
            self._paired = self._as_they_are
        same_fits = answered_alike(*(self._records if self._paired_seeds else self._as_asked))
        self._equal = not self._paired.by and same_fits
        self._inside = not self._equal
        if not self._paired.by or one_call(self._asked):
            return
        if self._paired_seeds:
            self._by_rows()
        else:
            self._by_seeds()

    def _by_seeds(self) -> None:
        self._spread = spread(*self._records, self._paired.by)
        if not self._spread.larger and labels.by_rule(*self._records):
            # The scores are those of one model up to the seeds; the rules still label them differently.
            self._paired = replace(self._paired, by=LABELS)
            self._spread = spread(*self._records, LABELS)
        if not self._spread.larger:
            return
        if max(self._spread.own) <= FLOOR * self._spread.between:
            # No seed changes a score of either side by more than rounding: what differs is a fact.
            self._by_rows()
            return
        self._inside = False
        self._paired = replace(self._paired, decides=True)
        self.terms = GapTerms(signed=True, rule=IntervalRule())
        self.noise = None

    def diagnose(self) -> list[Diagnosis]:
        """See `OverDraws.diagnose`; where no setting differs, also what rounding does."""
        made = super().diagnose()
        if not self._equal:
            self._arithmetic = arithmetic(self._all, self._sides, self._effective)
        return [*made, *self._arithmetic]

    def directions(self) -> tuple[SwitchDirection, ...]:
        """See `OverDraws.directions`; none where no setting differs."""
        return () if self._arithmetic else super().directions()

    def _between(self, fits: FitCache, pair: Sides) -> FloatArray:
        """The gap of two models with each seed: of the rows, beyond their spread where seeds differ."""
        if self._spread is None or not self._paired.decides:
            return super()._between(fits, pair)
        return beyond(fits.records(pair[0]), fits.records(pair[1]), self._paired.by)

    def _leave_out(self, hybrids: Hybrids) -> None:
        """Leave out what changes next to nothing, alone and beside all others, with one seed.

        Every setting that is left out halves the number of hybrids.
        """
        names = frozenset(hybrids.names)
        if len(names) <= _ALL:
            return
        ends = {n: (frozenset[str](), frozenset([n]), names - {n}, names) for n in sorted(names)}
        fits = self._fits.first(1)
        fits.prepare([side for four in ends.values() for subset in four for side in hybrids.pair(subset)])

        def moved(one: Subset, other: Subset) -> FloatArray:
            """How far either side is from one set of switches to another."""
            pairs = zip(hybrids.pair(one), hybrids.pair(other), strict=True)
            sizes = [row_distances(fits.records(a), fits.records(b), self._paired.by) for a, b in pairs]
            return sizes[0] + sizes[1]

        found = {n: [moved(*four[:2]), moved(*four[2:])] for n, four in ends.items()}
        whole = moved(frozenset(), names)
        nothing = [n for n, sizes in found.items() if all((d <= _NOTHING * whole).all() for d in sizes)]
        self._seconds += fits.seconds
        if 0 < len(nothing) < len(names):
            hybrids.bundles = tuple(b for b in hybrids.bundles if b.name not in nothing)
            self._without_effect = tuple(nothing)

    def _of_hybrids(self, of_sides: FitCache) -> FitCache:
        """With more seeds than the sides have, where seeds matter and the reference trainer makes them."""
        assert self._hybrids is not None
        if self.terms.signed and self._hybrids.by_reference_alone:
            self.draws = tuple(range(HYBRID_SEEDS))
            return self._fits.first(HYBRID_SEEDS)
        return of_sides

    def _to_prove(self, fits: FitCache) -> FitCache:
        """On the same rows, with other seeds where the frameworks' own fits took part in the choice."""
        assert self._hybrids is not None
        return fits if self.draws is None or self._hybrids.by_reference_alone else fits.fresh()

    def _seed_spread(self, which: int) -> list[Diagnosis]:
        side = self._asked[which]
        if not model(side.model).stochastic and freed(side) is side:
            return []
        cache = self._all if self._spread is not None else self._all.first(1 + _OTHERS)
        others = cache.records(freed(side))[1:]
        self._seconds += 0.0 if cache is self._all else cache.seconds
        own = next(r for r in self._as_asked[which] if r.fields["usable"])
        made = seed_spread(which, [own] * len(others), others)
        # Without a seed of its own the call draws another one each time that a user runs it.
        own_seed = model(side.model).stochastic and freed(side) is side
        return [replace(made, certificate={**made.certificate, "own_seed": own_seed})]

    def record(self, diagnoses: list[Diagnosis], directions: tuple[SwitchDirection, ...]) -> Explanation:
        """See `OverDraws.record`."""
        if left_out := self._without_effect:
            words = (
                f"{', '.join(left_out)} change the {self._paired.unit} by less than {_NOTHING:.0%} of the "
                "difference, each alone and when all others are switched: they are not switched further"
            )
            diagnoses = [*diagnoses, Diagnosis("settings", "both", words, {"settings": list(left_out)})]
        made = super().record(diagnoses, directions)
        return replace(made, time={"fits": made.time["fits"] + self._first.seconds})

    def _gap(self) -> Gap:
        seeds = len(self._difference)
        of_seeds = Replicates(1, seeds, self._replicates.rule)
        own = [float(np.nanmean(np.abs(of_seeds.to_itself(v)))) for v in self._values]
        return replace(super()._gap(), draws=1, seeds=seeds, own_spread=(own[0], own[1]), spread=self._spread)
