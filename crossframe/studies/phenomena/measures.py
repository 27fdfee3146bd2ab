"""Ratios with intervals, and the verdicts that they allow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from crossframe.engines.base import FloatArray
from crossframe.studies.claim import Effect, Verdict
from crossframe.studies.intervals import over_seeds


def churn(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> FloatArray:
    """Share of test images that two trainings label differently, by seed; labels are (seeds, m)."""
    share: FloatArray = np.mean(left != right, axis=1)
    return share


def between(labels: NDArray[np.uint8]) -> FloatArray:
    """The same for every two seeds: (seeds, seeds), 0 on the diagonal."""
    share: FloatArray = np.array([np.mean(labels != row, axis=1) for row in labels])
    return share


def jackknifed(
    what: str, statistic: Callable[[NDArray[np.int64]], float], count: int, least: float = 0.0
) -> Effect:
    """A statistic of ``count`` seeds with Tukey's jackknife interval.

    ``statistic`` is given the seeds to use; the pseudo-values of leaving out one each have Student's
    interval. Source: J. W. Tukey, Bias and confidence in not-quite large samples, Annals of
    Mathematical Statistics 29, 614, 1958. An end below ``least`` is cut: what is
    measured cannot be.
    """
    everyone = np.arange(count)
    value = statistic(everyone)
    without = np.array([statistic(np.delete(everyone, k)) for k in range(count)])
    interval = over_seeds(what, count * value - (count - 1) * without)
    if math.isnan(interval.low):
        return Effect(what, value, count=count)
    half = (interval.high - interval.low) / 2
    return Effect(what, value, max(least, value - half), value + half, count=count)


def churn_ratio(what: str, own: FloatArray, pairs: FloatArray) -> Effect:
    """Mean churn of (seeds,) over that between two different seeds, (seeds, seeds)."""

    def ratio(seeds: NDArray[np.int64]) -> float:
        others = pairs[np.ix_(seeds, seeds)]
        return float(np.mean(own[seeds]) / (others.sum() / (len(seeds) * (len(seeds) - 1))))

    return jackknifed(what, ratio, len(own))


def geometric(what: str, logs: FloatArray) -> Effect:
    """Geometric mean of ratios given by their logarithms, one per seed, with Student's interval."""
    mean = over_seeds(what, logs)
    return Effect(what, math.exp(mean.value), math.exp(mean.low), math.exp(mean.high), count=mean.count)


def below(effects: Iterable[Effect], bound: float) -> Verdict:
    """Whether all of the effects lie below a bound, or some lie above, by their intervals."""
    effects = list(effects)
    # Where no seed showed anything there is no spread to make an interval of.
    if all(e.high < bound or e.value == 0 < bound for e in effects):
        return Verdict.HOLDS
    return Verdict.FAILS if any(e.low >= bound for e in effects) else Verdict.CANNOT_TELL


def above(effects: Iterable[Effect], bound: float) -> Verdict:
    """The same with the sides exchanged."""
    effects = list(effects)
    if all(e.low > bound for e in effects):
        return Verdict.HOLDS
    return Verdict.FAILS if any(e.high <= bound for e in effects) else Verdict.CANNOT_TELL
