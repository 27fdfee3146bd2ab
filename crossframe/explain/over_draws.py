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
from crossframe.explain.attribution.attribute import GapTerms
from crossframe.explain.attribution.closing import Closing, at_floor, by_part, close
from crossframe.explain.attribution.evaluated import Method
from crossframe.explain.attribution.game import FloatArray, Game, Subset
from crossframe.explain.attribution.inference import IntervalRule, OwnSpread, against_noise
from crossframe.explain.attribution.record import Attribution, GapFinding
from crossframe.explain.calibration import calibrate
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.diagnoses_over_draws import diagnose_draws, inactive_settings
from crossframe.explain.directions import Gap, SwitchDirection
from crossframe.explain.explanation import FLOOR, Explanation
from crossframe.explain.hybrids import Hybrids, Sides
from crossframe.explain.outcomes import effective_settings
from crossframe.explain.paired import compared, row_distances, second_run, to_itself
from crossframe.explain.pairs import hybrids_over_draws
from crossframe.explain.pipeline import BUDGET, Search
from crossframe.explain.proof import CLOSED, Trial, prove, sets_to_prove
from crossframe.explain.replicates import Replicates, measured, median_digits
from crossframe.explain.spelling import spellings
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
        Hybrids evaluated at most; where these are all there are, the shares are exact.
    on_progress
        Gets the plan and how far it has come, a line at a time.

    Raises
    ------
    UsageError
        For sides that give no answer.
    """

    def __init__(
        self,
        fits: FitCache,
        sides: Sides,
        *,
        draws: int,
        metric: str = "accuracy",
        budget: int = BUDGET,
        on_progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._fits, self._sides, self._metric, self._budget = fits, sides, metric, budget
        self._on_progress = on_progress
        self._number = draws
        self._replicates = Replicates.of(fits.experiment, draws)
        fits.prepare(sides)
        self._effective = (effective_settings(fits, sides[0]), effective_settings(fits, sides[1]))
        one_call = identity(sides[0]) == identity(sides[1])
        # The second run of one call is a second fit.
        other = fits.again().records(sides[1]) if one_call else fits.records(sides[1])
        self._records = (fits.records(sides[0]), other)
        again = (other, self._records[0]) if one_call else self._second_runs()
        self._paired = compared(self._records, again, FLOOR)
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
        self._equal = not self._paired.by and not np.nanmax(np.abs(self._difference))
        self._inside = (inside or one_call) and not self._equal
        self._hybrids: Hybrids | None = None
        self._seconds = 0.0
        if self._inside and self._paired.by and _same_numbers(sides) and not one_call:
            self._by_rows(again)

    def _second_runs(self) -> tuple[list[Record], list[Record]]:
        return second_run(self._fits, self._sides[0]), second_run(self._fits, self._sides[1])

    def _by_rows(self, again: tuple[Sequence[Record], Sequence[Record]]) -> None:
        """Share out the difference of the rows, unless it is inside that of a second run of either call."""
        by = self._paired.by
        own = [to_itself(a, b, by) for a, b in zip(self._records, again, strict=True)]
        noise = OwnSpread(own[0], own[1])
        rule = IntervalRule()
        if not noise.none:
            size = [float(v) for v in row_distances(*self._records, by)]
            game = Game((), lambda subset: size, draws=self.draws)
            if against_noise(game, game.values([0])[0], noise, False, rule)[0]:
                return
        self._inside = False
        self._paired = replace(self._paired, decides=True)
        self.terms = GapTerms(rule=rule)
        self.noise = None if noise.none else noise
        # What repeats itself has one value on these draws and no interval.
        self.draws = None if noise.none else self.draws

    def diagnose(self) -> list[Diagnosis]:
        """How either side's fits ended, its own spread, and separation."""
        return list(
            diagnose_draws(
                self._fits, self._sides, self._effective, self._records, self._replicates, self._paired
            )
        )

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
            return (SwitchDirection(self._sides[0].name, (), nothing, None, hybrids.cannot),)
        # Every draw has its own seed: for equally many fits, draws narrow an interval more than seeds do.
        self._hybrids = hybrids
        kept = self._number if hybrids.by_reference_alone else len(self._difference)
        fits = self._fits.first(kept)
        replicates = Replicates.of(fits.experiment, self._number)
        if self.noise is not None:
            self.draws = replicates.labels
            self.noise = OwnSpread(self.noise.left[:kept], self.noise.right[:kept])
        search = Search(fits, hybrids, self, self._budget, self._on_progress)
        ends = [hybrids.hybrid(frozenset()), hybrids.hybrid(frozenset(hybrids.names))]
        fits.prepare(ends)
        calibration = (
            calibrate(fits, self._sides, ends, replicates, self._metric) if hybrids.by_reference_alone else []
        )
        self._on_progress(search.plan(kept, replicates.draws, replicates.seeds))
        attribution, closing = search.run()
        trials: tuple[Trial, ...] = ()
        if closing is not None:
            fresh = fits.fresh()
            sets = sets_to_prove(hybrids, self._effective, search.game, closing)
            trials = prove(
                fresh, hybrids, self._effective, sets, replicates, self._between, fact=self.draws is None
            )
            self._seconds += fresh.seconds
        self._seconds += fits.seconds
        direction = SwitchDirection(
            side=self._sides[0].name,
            bundles=hybrids.bundles,
            attribution=attribution,
            closing=closing,
            cannot=hybrids.cannot,
            together=hybrids.together,
            computed_by_reference=hybrids.computed_by_reference,
            computed_by=hybrids.computed_by(search.asked),
            trials=trials,
            calibration=tuple(calibration),
        )
        return (direction,)

    def distance(self, fits: FitCache, pair: Sides) -> float | list[float]:
        """What each replicate has of the gap: of the metric left minus right, of the rows the part left.

        Of the distance d(L, R) of the rows, (d(H, R) + d(L, R) - d(H, L)) / 2 is left with a hybrid H: all
        of it at L, nothing at R, and from the other side what is closed. The shares are therefore the same
        whichever side is switched.
        """
        if not self._paired.decides:
            return [float(v) for v in self._between(fits, pair)]
        made, target = pair
        origin = self._sides[0]
        parts = [self._between(fits, two) for two in ((made, target), (origin, target), (made, origin))]
        return self._plain((parts[0] + parts[1] - parts[2]) / 2)

    def _between(self, fits: FitCache, pair: Sides) -> FloatArray:
        """The gap of two models in each replicate, shape (R,): of the metric signed, of the rows a size."""
        left, right = (fits.records(m) for m in pair)
        if self._paired.decides:
            return row_distances(left, right, self._paired.by)
        return measured(left, self._metric) - measured(right, self._metric)

    def _plain(self, values: FloatArray) -> float | list[float]:
        """One number where the calls repeat themselves, else one for each replicate."""
        if self.draws is not None:
            return [float(v) for v in values]
        return float(np.nanmean(values)) if np.isfinite(values).any() else math.nan

    def close(self, game: Game, attribution: Attribution, method: Method) -> Closing | None:
        """The smallest set that closes the part `CLOSED` of the gap; None where it was not shared out."""
        if attribution.finding is not GapFinding.ATTRIBUTED:
            return None
        closed = by_part(game.mean(0), CLOSED)
        if self._paired.decides:
            assert self._hybrids is not None
            hybrids, fits = self._hybrids, self._fits
            # What was left in `distance` does not say how far a hybrid is beyond the other side.

            def left(subset: Subset) -> float | list[float]:
                return self._plain(self._between(fits, hybrids.pair(subset)))

            game = Game(game.names, left, draws=self.draws)
            own = 0.0 if self.noise is None else float(np.nanmean(self.noise.expected()))
            closed = at_floor((1 - CLOSED) * game.mean(0), own)
        return close(game, closed, attribution.amounts(), digits=lambda gap: math.nan, method=method)

    def record(self, diagnoses: list[Diagnosis], directions: tuple[SwitchDirection, ...]) -> Explanation:
        """The explanation, with the gap's interval and the comparison with the sides' own spread."""
        left, right = self._sides
        e = self._fits.experiment
        return Explanation(
            left=left.name,
            right=right.name,
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
            spellings=spellings([b for d in directions for b in d.bundles], self._sides, self._records),
            time={"fits": self._seconds},
        )

    def _gap(self) -> Gap:
        replicates, difference = self._replicates, self._difference
        mean, interval = replicates.mean(difference)
        # A draw on which one side gave no answer does not enter the difference.
        left, right = (np.where(np.isfinite(difference), v, np.nan) for v in self._values)
        spreads = [float(np.nanmean(np.abs(replicates.to_itself(v)))) for v in self._values]
        return Gap(
            metric=self._metric,
            left=replicates.mean(left)[0],
            right=replicates.mean(right)[0],
            difference=mean,
            interval=interval,
            draws=self._number,
            seeds=replicates.seeds,
            own_spread=(spreads[0], spreads[1]),
            digits=median_digits(*self._records),
            alike=_alike(*self._records),
            paired=self._paired,
        )


def _same_numbers(sides: Sides) -> bool:
    """Whether both sides get the same random numbers from the same seeds, or none."""
    return sides[0].model == sides[1].model or all(model(side.model).convex for side in sides)


def _alike(left: Sequence[Record], right: Sequence[Record]) -> float:
    """Mean share of rows that both label alike."""
    shares = [
        float(np.mean(a.arrays["labels"] == b.arrays["labels"]))
        for a, b in zip(left, right, strict=True)
        if "labels" in a.arrays and "labels" in b.arrays
    ]
    return float(np.mean(shares)) if shares else math.nan
