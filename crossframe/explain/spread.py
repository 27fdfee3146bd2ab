"""Whether two sides differ by more than what another seed of either of them changes, row by row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from crossframe.experiment.record import Record
from crossframe.explain.attribution.game import FloatArray
from crossframe.explain.paired import row_distances

SEEDS = 5
"""Seeds of either side: 126 ways to divide ten fits into two fives, so that p can be as small as 1/126."""
HYBRID_SEEDS = 10
"""Seeds of the hybrids of a reference trainer, whose fits are cheap: their intervals are half as wide."""
LEVEL = 0.05
"""p-value up to which two sides differ by more than their seeds."""

Records = Sequence[Record]


@dataclass(frozen=True)
class Spread:
    """How far fits of two sides are from each other, and those of one side with another seed.

    Attributes
    ----------
    seeds
        Fits of either side, on the same rows.
    between
        Mean distance of a fit of the left side from one of the right side.
    own
        Mean distance of two fits of the left side, and of the right side.
    p
        Share of the ways to divide all fits into two groups of this size that put the groups as far
        from each other: a permutation test of the energy distance. NaN with fewer than two fits.
    """

    seeds: int
    between: float
    own: tuple[float, float]
    p: float

    @property
    def larger(self) -> bool:
        """Whether the sides differ by more than what another seed of either changes."""
        return self.p <= LEVEL


def spread(left: Records, right: Records, by: str) -> Spread:
    """The distances of fits with different seeds; ``by`` as in `row_distances`."""
    left, right = ([r for r in side if by in r.arrays] for side in (left, right))
    m = len(left)
    if min(m, len(right)) < 2:
        return Spread(min(m, len(right)), math.nan, (math.nan, math.nan), math.nan)
    table = _table([*left, *right], [*left, *right], by)
    n = len(table)
    between = float(table[:m, m:].mean())
    own = float(_off_diagonal(table[:m, :m])), float(_off_diagonal(table[m:, m:]))
    size, ways, as_far = 2 * between - sum(own), 0, 0
    for chosen in combinations(range(n), m):
        one = np.array(chosen)
        other = np.setdiff1d(np.arange(n), one)
        within = _off_diagonal(table[np.ix_(one, one)]) + _off_diagonal(table[np.ix_(other, other)])
        ways += 1
        as_far += 2 * table[np.ix_(one, other)].mean() - within >= size - 1e-12 * abs(size)
    return Spread(m, between, own, float(as_far / ways))


def beyond(left: Records, right: Records, by: str) -> FloatArray:
    """What two sides differ by beyond the spread of each, a value for each of S >= 3 seeds, shape (S,).

    Half the energy distance, E d(L, R) - E d(L, L') / 2 - E d(R, R') / 2 with d the distance of the rows:
    0 for two sides of one distribution, d(L, R) for two that repeat themselves. Fits of one seed are not
    compared, because both may use the same random numbers. The values are jackknife pseudo-values, whose
    mean is the estimate and whose variance over S is that of the estimate. (Szekely and Rizzo, Energy
    statistics, 2013.)
    """
    kernel = _table(left, right, by)
    kernel = (kernel + kernel.T - _table(left, left, by) - _table(right, right, by)) / 2
    np.fill_diagonal(kernel, np.nan)
    there = np.isfinite(kernel).any(axis=1)
    s = int(there.sum())
    values = np.full(len(left), np.nan)
    if s < 3:
        return values
    of_seed = np.nanmean(kernel[there], axis=1)
    values[there] = (2 * (s - 1) * of_seed - s * of_seed.mean()) / (s - 2)
    return values


def _table(left: Records, right: Records, by: str) -> FloatArray:
    """Distances of every fit of one side from every fit of the other, shape (S, S')."""
    return np.array([row_distances([a] * len(right), right, by) for a in left])


def _off_diagonal(table: FloatArray) -> float:
    n = len(table)
    return float(table.sum() / (n * (n - 1)))
