"""Draws with several seeds each, and intervals over the draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from crossframe.attribution.game import FloatArray
from crossframe.attribution.inference import Interval, Rule, Values
from crossframe.comparison.plan import Experiment
from crossframe.comparison.record import Record
from crossframe.data.designs import Design
from crossframe.data.types import Dataset, Draw


@final
@dataclass(frozen=True)
class Repeated:
    """The first ``draws`` draws of a design again and again, so that only the seeds of the models change.

    Draw i is draw i mod ``draws`` of the design: the first of them are those of ``compare``, seeds
    included.
    """

    base: Design
    draws: int

    @property
    def name(self) -> str:
        """That of the design."""
        return self.base.name

    @property
    def describe(self) -> str:
        """That of the design."""
        return self.base.describe

    def pool_size(self, dataset: Dataset) -> int:
        """That of the design."""
        return self.base.pool_size(dataset)

    def draw(self, dataset: Dataset, n: int | None, index: int, seed: int) -> Draw:
        """See the class."""
        return self.base.draw(dataset, n, index % self.draws, seed)

    def overlap(self, dataset: Dataset, n: int | None) -> float:
        """That of the design."""
        return self.base.overlap(dataset, n)


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
    rule: Rule

    @classmethod
    def of(cls, experiment: Experiment, draws: int) -> Replicates:
        """Those of an experiment whose design is `Repeated` over ``draws``."""
        overlap = experiment.design.overlap(experiment.dataset, experiment.sizes[0])
        return cls(draws, experiment.draws // draws, Rule(overlap=overlap))

    @property
    def labels(self) -> tuple[int, ...]:
        """The draw of each replicate."""
        return tuple(i % self.draws for i in range(self.draws * self.seeds))

    def by_draw(self, values: Sequence[float] | FloatArray) -> FloatArray:
        """Means over the seeds of each draw, shape (B',): draws without any value are left out."""
        table = np.asarray(values, dtype=np.float64).reshape(self.seeds, self.draws)
        kept = table[:, np.isfinite(table).any(axis=0)]
        means: FloatArray = np.nanmean(kept, axis=0) if kept.size else np.empty(0)
        return means

    def mean(self, values: Sequence[float] | FloatArray) -> tuple[float, Interval | None]:
        """Mean over draws and its interval; NaN where there is no value."""
        there = self.by_draw(values)
        if not len(there):
            return float("nan"), None
        return float(there.mean()), self.rule.interval(Values(there))

    def to_itself(self, values: FloatArray) -> FloatArray:
        """What each replicate has more than the same draw with the next seed; 0 with one seed."""
        table = np.asarray(values, dtype=np.float64).reshape(self.seeds, self.draws)
        found: FloatArray = (table - np.roll(table, -1, axis=0)).ravel()
        return found


def measured(records: Sequence[Record], metric: str) -> FloatArray:
    """The metric of each fit, NaN for one that cannot be used."""
    return np.array([float(r.fields[metric]) if r.fields["usable"] else np.nan for r in records])
