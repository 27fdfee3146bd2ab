"""The pipeline from two sides to an explanation: fit, diagnose, switch, attribute, close, prove, record."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.experiment.fits import FitCache
from crossframe.explain.attribution.attribute import GapTerms, attribute
from crossframe.explain.attribution.closing import Closing
from crossframe.explain.attribution.evaluated import Method, subsets_needed
from crossframe.explain.attribution.game import FloatArray, Game, Subset, UndefinedGap
from crossframe.explain.attribution.inference import OwnSpread
from crossframe.explain.attribution.orders import Sampling
from crossframe.explain.attribution.record import Attribution, GapFinding
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.directions import SwitchDirection
from crossframe.explain.explanation import Explanation
from crossframe.explain.hybrids import Hybrids, Sides
from crossframe.explain.members import Member, members

BUDGET = 512
"""Hybrids that are evaluated at most over draws, unless another number is given: all of 9 settings."""


class PairComparison(Protocol):
    """What is compared, and by which distance: `OneSample` score by score, `OverDraws` in a metric.

    Constructed with the fits and the two sides, which it fits; raises `UsageError` for a side that gives
    no answer.

    Attributes
    ----------
    terms
        What the gap is and when it counts.
    noise
        The sides' own spread; None where they are compared once.
    draws
        The draw of each replicate; None where there is one sample.
    """

    terms: GapTerms
    noise: OwnSpread | None
    draws: tuple[int, ...] | None

    def diagnose(self) -> list[Diagnosis]:
        """The diagnoses, which are made before any setting is switched."""

    def directions(self) -> tuple[SwitchDirection, ...]:
        """Sides switched towards the other one by a `Search`: shares of the gap, closing set and proof."""

    def distance(self, fits: FitCache, pair: Sides) -> float | list[float]:
        """The distance of two models: one number, or one for each replicate."""

    def close(self, game: Game, attribution: Attribution, method: Method) -> Closing | None:
        """The smallest set that closes, by the comparison's rule; None where nothing was shared out."""

    def record(self, diagnoses: list[Diagnosis], directions: tuple[SwitchDirection, ...]) -> Explanation:
        """The explanation; its ``time`` has what `explained` cannot measure."""


def explained(fits: FitCache, compare: Callable[[], PairComparison]) -> Explanation:
    """The explanation of the comparison that ``compare`` makes on ``fits``; raises what it raises."""
    begin, fitted = time.perf_counter(), fits.seconds
    comparison = compare()
    diagnoses = comparison.diagnose()
    explanation = comparison.record(diagnoses, comparison.directions())
    seconds = {"total": time.perf_counter() - begin, "fits": fits.seconds - fitted}
    more = explanation.time
    seconds["fits"] += more.get("fits", 0.0)
    return replace(explanation, time={**seconds, **{k: v for k, v in more.items() if k not in seconds}})


class Search:
    """The evaluation of the lattice of one set of hybrids, as far as it is needed.

    Parameters
    ----------
    budget
        Hybrids evaluated at most, where not all of them can be; None: every hybrid of a few settings.

    Raises
    ------
    UsageError
        For a budget that has no room for shares with intervals.
    """

    def __init__(
        self,
        fits: FitCache,
        hybrids: Hybrids,
        comparison: PairComparison,
        budget: int | None = None,
        on_progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._fits, self._hybrids, self._comparison = fits, hybrids, comparison
        self._on_progress = on_progress
        names = hybrids.names
        if budget is None:
            self.method, self._sampling = Method.of(len(names)), Sampling()
        else:
            exact = 1 << len(names) <= budget
            self.method, self._sampling = Method.EXACT if exact else Method.ORDERS, Sampling(budget=budget)
            if not exact and budget < (room := fewest(len(names))):
                raise UsageError(
                    f"--budget {budget}: {len(names)} settings differ, and {room} combinations are the "
                    "fewest that give shares with intervals",
                    f"use --budget {room} or more",
                )
        self.asked: set[Subset] = set()
        self.game = Game(names, self._gap, announce=self._announce, draws=comparison.draws)

    def run(self) -> tuple[Attribution, Closing | None]:
        """The shares of the gap, and the set of switches that closes it by the comparison's rule."""
        comparison = self._comparison
        try:
            attribution = attribute(
                self.game, comparison.terms, noise=comparison.noise, values=self._hybrids.values,
                method=self.method, sampling=self._sampling,
            )  # fmt: skip
        except UndefinedGap as error:
            before, after = self.game.mean(0), self.game.mean(self.game.all)
            attribution = Attribution(
                GapFinding.UNDEFINED, before, after, method={"undefined": error.message}
            )
        return attribution, comparison.close(self.game, attribution, self.method)

    def members(self, attribution: Attribution) -> tuple[Member, ...]:
        """What each setting does alone of those that are switched together; none of a gap not shared out."""
        if attribution.finding is not GapFinding.ATTRIBUTED:
            return ()
        return members(
            self._hybrids, lambda pairs: self._fits.prepare([m for p in pairs for m in p]), self._size
        )

    def _size(self, pair: Sides) -> FloatArray:
        """The distance of two models in each replicate, shape (R,); NaN where one has no answer."""
        return np.atleast_1d(np.asarray(self._comparison.distance(self._fits, pair), dtype=np.float64))

    def plan(self, replicates: int, draws: int, seeds: int) -> str:
        """A line with the number of hybrids and fits, and the time they take; fits the two ends.

        ``replicates`` are the fits of each hybrid, of ``draws`` draws and ``seeds`` seeds.
        """
        names = self._hybrids.names
        ends = [self._hybrids.hybrid(frozenset()), self._hybrids.hybrid(frozenset(names))]
        hybrids = len(subsets_needed(names, self.method, self._sampling))
        seconds = [
            float(r.fields["timings"].get("engine", 0.0)) for end in ends for r in self._fits.records(end)
            if "timings" in r.fields
        ]  # fmt: skip
        each = float(np.mean(seconds)) if seconds else 0.0
        fits = hybrids * replicates
        return (
            f"plan: {len(names)} settings differ ({', '.join(names)}); {hybrids} combinations x "
            f"{draws} draws x {seeds} seeds = {fits} fits, about {_span(fits * each)} on one core "
            "(--budget lowers the combinations)"
        )

    def _announce(self, subsets: Sequence[Subset]) -> None:
        self.asked.update(subsets)
        self._on_progress(f"combinations: {len(self.asked)} asked for so far, {self._fits.fits} fits made")
        self._hybrids.prepare(self._fits, subsets)

    def _gap(self, subset: Subset) -> float | list[float]:
        return self._comparison.distance(self._fits, self._hybrids.pair(subset))


def fewest(k: int) -> int:
    """Hybrids that two blocks of random orders of k settings need at most, or all there are."""
    return min(1 << k, 2 + 2 * k + 2 * k * max(k - 3, 0))


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
