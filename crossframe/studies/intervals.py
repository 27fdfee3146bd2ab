"""Intervals of the simple quantities that studies measure."""

from __future__ import annotations

import math

import numpy as np

from crossframe.comparison.stats import mean_interval
from crossframe.engines.base import FloatArray
from crossframe.studies.claim import Effect


def proportion(what: str, right: int, count: int) -> Effect:
    """A share of independent cases with Wilson's interval.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22, 209-212, 1927.
    """
    z = 1.959963984540054
    p = right / count
    centre, spread = p + z * z / (2 * count), z * math.sqrt(p * (1 - p) / count + (z / (2 * count)) ** 2)
    scale = 1 + z * z / count
    return Effect(what, p, (centre - spread) / scale, (centre + spread) / scale, count=count)


def over_seeds(what: str, values: FloatArray, unit: str = "") -> Effect:
    """Mean of independent repetitions with Student's interval."""
    return over_draws(what, values, 0.0, unit)


def over_draws(what: str, values: FloatArray, overlap: float, unit: str = "") -> Effect:
    """Mean over draws that share rows; see `crossframe.comparison.stats.mean_interval`."""
    values = np.asarray(values, dtype=np.float64)
    mean, low, high, _ = mean_interval(values, overlap)
    return Effect(what, mean, low, high, unit, int(np.sum(~np.isnan(values))))
