"""Draws with several seeds each, and intervals over the draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from crossframe.data.designs import Design
from crossframe.data.types import Dataset, Draw
from crossframe.experiment.plan import Experiment
from crossframe.experiment.record import Record
from crossframe.explain.attribution.game import FloatArray
from crossframe.explain.attribution.inference import Interval, IntervalRule, Values
from crossframe.explain.attribution.measures import digits_of_agreement


@final
@dataclass(frozen=True)
class Repeated:
    """The first ``draws`` draws of a design again and again, so that only the seeds of the models change.

    Draw i is draw i mod ``draws`` of the design: the first of them are those of ``compare``, seeds
    included. ``seed``, where it is given, takes the place of the experiment's in the choice of rows: they
    then stay the same whatever the seed of the models.
    """

    base: Design
    draws: int
    seed: int | None = None

    @property
    def name(self) -> str:
        """The name of the repeated design, as reports show it."""
        return self.base.name

    @property
    def describe(self) -> str:
        """The description of the repeated design, for reports."""
        return self.base.describe

    def pool_size(self, dataset: Dataset) -> int:
        """Rows from which the repeated design takes its training samples."""
        return self.base.pool_size(dataset)

    def draw(self, dataset: Dataset, n: int | None, index: int, seed: int) -> Draw:
        """Draw ``index`` modulo ``draws`` of the repeated design."""
        return self.base.draw(dataset, n, index % self.draws, seed if self.seed is None else self.seed)

    def overlap(self, dataset: Dataset, n: int | None) -> float:
        """Expected share of rows that two draws of the repeated design have in common.

        0 with rows of a ``seed`` of their own: given these rows, fits with other seeds are independent.
        """
        return self.base.overlap(dataset, n) if self.seed is None else 0.0


@dataclass(frozen=True)
class Replicates:
    """What is averaged over: B draws with S seeds each, seed by seed.

    Attributes
    ----------
    draws, seeds
        B and S.
    rule
        Of the intervals; the seeds of one draw count once.
    """

    draws: int
    seeds: int
    rule: IntervalRule

    @classmethod
    def of(cls, experiment: Experiment, draws: int) -> Replicates:
        """Those of an experiment whose design is `Repeated` over ``draws``."""
        overlap = experiment.design.overlap(experiment.dataset, experiment.sizes[0])
        return cls(draws, experiment.draws // draws, IntervalRule(overlap=overlap))

    @property
    def labels(self) -> tuple[int, ...]:
        """The draw of each replicate, length draws * seeds."""
        return tuple(i % self.draws for i in range(self.draws * self.seeds))

    def by_draw(self, values: Sequence[float] | FloatArray) -> FloatArray:
        """Means over the seeds of each draw, shape (B',): draws without any value are left out."""
        table = np.asarray(values, dtype=np.float64).reshape(self.seeds, self.draws)
        kept = table[:, np.isfinite(table).any(axis=0)]
        means: FloatArray = np.nanmean(kept, axis=0) if kept.size else np.empty(0)
        return means

    def mean(self, values: Sequence[float] | FloatArray, tests: int = 1) -> tuple[float, Interval | None]:
        """Mean over draws and its interval, as one of ``tests``; NaN where there is no value."""
        there = self.by_draw(values)
        if not len(there):
            return float("nan"), None
        return float(there.mean()), self.rule.interval(Values(there), tests)

    def to_itself(self, values: FloatArray) -> FloatArray:
        """What each replicate has more than the same draw with the next seed; 0 with one seed."""
        table = np.asarray(values, dtype=np.float64).reshape(self.seeds, self.draws)
        moved: FloatArray = (table - np.roll(table, -1, axis=0)).ravel()
        return moved


def measured(records: Sequence[Record], metric: str) -> FloatArray:
    """The metric of each record, shape (R,); NaN for a fit that cannot be used."""
    return np.array([float(r.fields[metric]) if r.fields["usable"] else np.nan for r in records])


def fewest_digits(left: Sequence[Record], right: Sequence[Record]) -> float:
    """Digits in which the scores agree in the worst of the fits; NaN without scores."""
    digits = [
        digits_of_agreement(a.arrays["score"], b.arrays["score"])
        for a, b in zip(left, right, strict=True)
        if "score" in a.arrays and "score" in b.arrays
    ]
    return min((d for d in digits if not math.isnan(d)), default=math.nan)
