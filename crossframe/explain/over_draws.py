"""Two models over draws and seeds that both get: row by row, and in a metric.

Two separate questions. Why do these fits differ, on the same rows with the same seeds? What repeats
itself when both calls are run again is a fact, however few draws there are. And does it matter over draws?
That has an interval over samples. The metric is shared out among the settings where its difference is
distinguishable from 0; else the difference of the rows is, unless a call's second run differs as much.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import identity
from crossframe.experiment.record import Record
from crossframe.explain.arithmetic import same_stream
from crossframe.explain.attribution.attribute import GapTerms
from crossframe.explain.attribution.closing import Closing, at_floor, by_part, close
from crossframe.explain.attribution.evaluated import Method
from crossframe.explain.attribution.game import FloatArray, Game, Subset
from crossframe.explain.attribution.inference import IntervalRule, OwnSpread, against_noise
from crossframe.explain.attribution.record import Attribution, GapFinding
from crossframe.explain.calibration import calibrate
from crossframe.explain.diagnoses import Diagnosis, of_nodes
from crossframe.explain.diagnoses_over_draws import (
    inactive_settings,
    repeated,
    same_start,
    seed_spread,
    separable,
    training,
)
from crossframe.explain.directions import Gap, SwitchDirection
from crossframe.explain.explanation import FLOOR, Explanation
from crossframe.explain.hybrids import Hybrids, Sides
from crossframe.explain.outcomes import effective_settings
from crossframe.explain.paired import (
    RESEEDED,
    SCORES,
    Records,
    compared,
    pinned,
    reseeded,
    row_distances,
    second_run,
    to_itself,
)
from crossframe.explain.pairs import hybrids_over_draws
from crossframe.explain.pipeline import BUDGET, Search, fewest
from crossframe.explain.prepared import findings
from crossframe.explain.proof import CLOSED, Trial, prove, sets_to_prove
from crossframe.explain.replicates import Replicates, fewest_digits, measured
from crossframe.explain.rules import rule_effects
from crossframe.explain.spelling import spellings
from crossframe.explain.spread import Spread
from crossframe.frameworks.registry import model

METRICS = ("accuracy", "logloss")


class OverDraws:
    """A comparison over the draws of an experiment whose design is `crossframe.explain.replicates.Repeated`.

    The left side is switched towards the right one; the closing set is proved in the frameworks on fresh
    draws. See `crossframe.explain.pipeline.PairComparison`.

    Parameters
    ----------
    draws
        Of them; what is more is repeated with other seeds, for the gap and the sides' own spread. The
        hybrids of a reference trainer get the first seed of each draw.
    metric
        One of `METRICS`; the gap is that of the left side less that of the right one.
    budget
        Hybrids evaluated at most (None: `hybrids_at_most`); where these are all there are, the shares are
        exact.
    on_progress
        Gets the plan and how far it has come, a line at a time.

    Raises
    ------
    UsageError
        For sides that give no answer.
    """

    hybrids_at_most = BUDGET

    def __init__(
        self,
        fits: FitCache,
        sides: Sides,
        *,
        draws: int,
        metric: str = "accuracy",
        budget: int | None = None,
        on_progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._fits, self._sides, self._metric, self._budget = fits, sides, metric, budget
        self._names = (sides[0].name, sides[1].name)
        self._spread: Spread | None = None
        self._on_progress = on_progress
        self._number = self._samples = draws
        self._replicates = Replicates.of(fits.experiment, draws)
        fits.prepare(sides)
        self._effective = (effective_settings(fits, sides[0]), effective_settings(fits, sides[1]))
        self._records, self._again = self._both_runs()
        self._paired = compared(self._records, self._again, FLOOR)
        self._values = tuple(measured(records, metric) for records in self._records)
        self._difference = self._values[0] - self._values[1]
        if not np.isfinite(self._difference).any():
            raise UsageError(
                f"{sides[0].name} and {sides[1].name} have no draw on which both have {metric}",
                "give another --metric",
            )
        self.terms = GapTerms(signed=True, rule=self._replicates.rule)
        left, right = (list(self._replicates.to_itself(v)) for v in self._values)
        self.noise: OwnSpread | None = OwnSpread(left, right)
        self.draws: tuple[int, ...] | None = self._replicates.labels
        game = Game((), lambda subset: list(self._difference), draws=self.draws)
        inside, self._numbers = against_noise(
            game, game.values([0])[0], self.noise, True, self._replicates.rule
        )
        no_difference = not self._paired.by and not np.nanmax(np.abs(self._difference))
        self._equal = no_difference and answered_alike(*self._records)
        self._inside = (inside or one_call(sides)) and not self._equal
        self._hybrids: Hybrids | None = None
        self._seconds = 0.0
        self._decide()

    def _both_runs(self) -> tuple[tuple[Records, Records], tuple[Records, Records]]:
        return both_runs(self._fits, self._sides)

    def _decide(self) -> None:
        """Settle what is shared out: the metric or, where its draws do not show a difference, the rows."""
        if self._inside and self._paired.by and same_numbers(self._sides) and not one_call(self._sides):
            self._by_rows()

    def _by_rows(self) -> None:
        """Share out the difference of the rows, unless it is inside that of a second run of either call."""
        by = self._paired.by
        own = [to_itself(a, b, by) for a, b in zip(self._records, self._again, strict=True)]
        noise = OwnSpread(own[0], own[1])
        # What repeats itself has one value on these draws and no interval.
        rule = IntervalRule(random=not noise.none)
        if not noise.none:
            size = [float(v) for v in row_distances(*self._records, by)]
            game = Game((), lambda subset: size, draws=self.draws)
            if against_noise(game, game.values([0])[0], noise, False, rule)[0]:
                return
        self._inside = False
        self._paired = replace(self._paired, decides=True)
        self.terms = GapTerms(floor=FLOOR, rule=rule)
        self.noise = None if noise.none else noise
        self.draws = None if noise.none else self.draws

    def diagnose(self) -> list[Diagnosis]:
        """How either side's fits ended, its own spread, and separation."""
        made = [*findings(self._fits, self._sides, self._effective, self._names), *same_start(*self._records)]
        made += of_nodes(self._effective)
        for which in (0, 1):
            own, effective = self._records[which], self._effective[which]
            made += [training(which, own), repeated(which, self._paired), *self._seed_spread(which)]
            if effective.get("link") == "logit":
                first = self._fits.first(self._samples).experiment
                intercept = effective.get("intercept", True) is True
                made += separable(first, which, self._sides[which], intercept)
        return made

    def _seed_spread(self, which: int) -> list[Diagnosis]:
        """How much another seed changes on one side (0: left); empty where none was run."""
        own, draws = list(self._records[which]), self._number
        other = reseeded(self._sides[which])
        if other is not None:
            few = self._fits.first(min(RESEEDED, draws))
            records = few.records(other)
            self._seconds += few.seconds
            return [seed_spread(which, own[: len(records)], records)]
        # Of the replicates the next one of the same draw has another seed.
        return [seed_spread(which, own[draws:] + own[:draws], own)] if len(own) > draws else []

    def directions(self) -> tuple[SwitchDirection, ...]:
        """The left side switched towards the right one; none where there is nothing to share out."""
        if self._equal or self._inside:
            return ()
        hybrids = hybrids_over_draws(self._sides, self._effective)
        if not hybrids.names:
            # Only the seed differs, or nothing that could be switched.
            self._inside = not hybrids.cannot
            if self._inside:
                self._paired = replace(self._paired, decides=False)
                return ()
            gap = float(self._numbers["gap"])
            nothing = Attribution(GapFinding.NOISE, gap, gap)
            return (SwitchDirection(self._names[0], (), nothing, None, hybrids.cannot),)
        # Every draw has its own seed: for equally many fits, draws narrow an interval more than seeds do.
        self._hybrids = hybrids
        self._leave_out(hybrids)
        kept = self._number if hybrids.by_reference_alone else len(self._difference)
        of_sides = self._fits.first(kept)
        replicates = Replicates.of(of_sides.experiment, self._number)
        if self.noise is not None:
            self.draws = replicates.labels
            self.noise = OwnSpread(self.noise.left[:kept], self.noise.right[:kept])
        fits = self._of_hybrids(of_sides)
        budget = self._budget or max(self.hybrids_at_most, fewest(len(hybrids.names)))
        search = Search(fits, hybrids, self, budget, self._on_progress)
        ends = [hybrids.hybrid(frozenset()), hybrids.hybrid(frozenset(hybrids.names))]
        fits.prepare(ends)
        calibration = (
            calibrate(of_sides, self._sides, ends, replicates, self._between)
            if hybrids.by_reference_alone
            else []
        )
        self._on_progress(search.plan(kept, self._samples, kept // self._samples))
        attribution, closing = search.run()
        members = search.members(attribution)
        trials: tuple[Trial, ...] = ()
        if closing is not None:
            fresh = self._to_prove(of_sides)
            sets = sets_to_prove(hybrids, self._effective, search.game, closing)
            trials = prove(
                fresh, hybrids, self._effective, sets, replicates, self._between, fact=self.draws is None,
                of_scores=self._paired.decides and self._paired.by == SCORES,
            )  # fmt: skip
            self._seconds += 0.0 if fresh is of_sides else fresh.seconds
        self._seconds += of_sides.seconds + (0.0 if fits is of_sides else fits.seconds)
        direction = SwitchDirection(
            side=self._names[0],
            bundles=hybrids.bundles,
            attribution=attribution,
            closing=closing,
            cannot=hybrids.cannot,
            together=hybrids.together,
            computed_by_reference=hybrids.computed_by_reference,
            computed_by=hybrids.computed_by(search.asked),
            members=members,
            trials=trials,
            calibration=tuple(calibration),
        )
        return (direction,)

    def _leave_out(self, hybrids: Hybrids) -> None:
        """Leave settings out of the switches that need not be switched in every combination; here none."""

    def _of_hybrids(self, of_sides: FitCache) -> FitCache:
        """The fits of the hybrids: on the draws of the sides."""
        return of_sides

    def _to_prove(self, fits: FitCache) -> FitCache:
        """The fits by which the closing set is proved: on other draws than those by which it was chosen."""
        return fits.fresh()

    def distance(self, fits: FitCache, pair: Sides) -> list[float]:
        """What each replicate has of the gap: of the metric left minus right, of the rows the part left.

        Of the distance d(L, R) of the rows, (d(H, R) + d(L, R) - d(H, L)) / 2 is left with a hybrid H: all
        of it at L, nothing at R, and from the other side what is closed. The shares are therefore the same
        whichever side is switched. Where switches are made on either side it is the distance of the two.
        """
        if not self._paired.decides:
            return [float(v) for v in self._between(fits, pair)]
        assert self._hybrids is not None
        if self._hybrids.both_sides:
            return [float(v) for v in self._between(fits, pair)]
        made, target = pair
        origin = self._hybrids.hybrid(frozenset())
        parts = [self._between(fits, two) for two in ((made, target), (origin, target), (made, origin))]
        return [float(v) for v in (parts[0] + parts[1] - parts[2]) / 2]

    def _between(self, fits: FitCache, pair: Sides) -> FloatArray:
        """The gap of two models in each replicate, shape (R,): of the metric signed, of the rows a size."""
        left, right = (fits.records(m) for m in pair)
        if self._paired.decides:
            return row_distances(left, right, self._paired.by)
        return measured(left, self._metric) - measured(right, self._metric)

    def close(self, game: Game, attribution: Attribution, method: Method) -> Closing | None:
        """The smallest set that closes the part `CLOSED` of the gap; None where it was not shared out."""
        if attribution.finding is not GapFinding.ATTRIBUTED:
            return None
        closed = by_part(game.mean(0), CLOSED)
        if not self.terms.signed:
            assert self._hybrids is not None
            hybrids, fits = self._hybrids, self._fits
            # What was left in `distance` does not say how far a hybrid is beyond the other side.

            def left(subset: Subset) -> list[float]:
                return [float(v) for v in self._between(fits, hybrids.pair(subset))]

            shared, game = game, Game(game.names, left, draws=self.draws)
            # A draw on which one hybrid has no answer is left out of all.
            game.need(shared.evaluated if shared.lost else [])
            own = 0.0 if self.noise is None else float(np.nanmean(self.noise.expected()))
            closed = at_floor((1 - CLOSED) * game.mean(0), own)
        return close(game, closed, attribution.amounts(), digits=lambda gap: math.nan, method=method)

    def record(self, diagnoses: list[Diagnosis], directions: tuple[SwitchDirection, ...]) -> Explanation:
        """The explanation, with the gap's interval and the comparison with the sides' own spread."""
        left, right = self._names
        e = self._fits.experiment
        return Explanation(
            left=left,
            right=right,
            data={
                "name": e.dataset.name,
                "rows": e.sizes[0],
                "features": e.dataset.X.shape[1],
                "classes": list(e.dataset.classes),
                "fingerprint": e.dataset.fingerprint,
                "design": e.design.name,
                "overlap": self._replicates.rule.overlap,
            },
            gap=self._gap(),
            directions=directions,
            diagnoses=tuple(diagnoses),
            inactive=inactive_settings(self._sides, self._effective, self._records),
            noise=self._numbers,
            inside_noise=bool(self._inside),
            equal=bool(self._equal),
            rules=() if self._equal else rule_effects(self._fits, self._sides, self._effective),
            spellings=spellings([b for d in directions for b in d.bundles], self._sides, self._records),
            time={"fits": self._seconds},
        )

    def _gap(self) -> Gap:
        replicates, difference = self._replicates, self._difference
        mean, interval = replicates.mean(difference)
        # A draw on which one side gave no answer does not enter the difference.
        sides = (np.where(np.isfinite(difference), v, np.nan) for v in self._values)
        left, right = map(replicates.mean, sides)
        spreads = [float(np.nanmean(np.abs(replicates.to_itself(v)))) for v in self._values]
        return Gap(
            metric=self._metric,
            left=left[0],
            right=right[0],
            left_interval=left[1],
            right_interval=right[1],
            difference=mean,
            interval=interval,
            draws=self._number,
            seeds=replicates.seeds,
            own_spread=(spreads[0], spreads[1]),
            digits=fewest_digits(*self._records),
            alike=_alike(*self._records),
            paired=self._paired,
            lost=self._number - len(replicates.by_draw(difference)),
        )


def answered_alike(left: Records, right: Records) -> bool:
    """Whether the two sides have an answer in the same replicates."""
    return [r.fields["usable"] for r in left] == [r.fields["usable"] for r in right]


def one_call(sides: Sides) -> bool:
    """Whether the two sides are the same call; their names do not count."""
    return identity(sides[0]) == identity(sides[1])


def both_runs(fits: FitCache, sides: Sides) -> tuple[tuple[Records, Records], tuple[Records, Records]]:
    """The records of either side, and those of a second run of either; see `second_run`."""
    left = fits.records(sides[0])
    if one_call(sides):
        # The second run of one call is a second fit.
        right: Records = fits.again().records(sides[1])
        return (left, right), (right, left)
    return (left, fits.records(sides[1])), (second_run(fits, sides[0]), second_run(fits, sides[1]))


def same_numbers(sides: Sides) -> bool:
    """Whether both sides get the same random numbers from the same seeds, or none."""
    if all(model(side.model).convex for side in sides):
        return True
    if same_stream(sides):
        return True
    return sides[0].model == sides[1].model and pinned(sides[0]) == pinned(sides[1])


def _alike(left: Sequence[Record], right: Sequence[Record]) -> float:
    """Mean share of rows that both label alike."""
    shares = [
        float(np.mean(a.arrays["labels"] == b.arrays["labels"]))
        for a, b in zip(left, right, strict=True)
        if "labels" in a.arrays and "labels" in b.arrays
    ]
    return float(np.mean(shares)) if shares else math.nan
