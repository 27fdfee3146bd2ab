"""How large a gap is.

Shares are measured on the raw scale. On the scale of digits (log10 of the gap) the switch that comes
last would gain all digits down to the floor, every setting that is needed would get a like share, however
small its own effect, and nearly all of it would be interaction; digits say how far a gap has closed.

Between deterministic sides the gap is the largest |difference|, a size: one number per pair is all there is,
and one row that differs is a difference. Between stochastic ones it is the signed difference of a metric:
a size never averages out, a signed difference does, so that its mean over draws and seeds is free of
their noise and its shares are additive in the draws too. The shares of a signed gap may be negative (the
setting works against the gap) or exceed 1.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from crossframe.core.statistics import agreement, coefficient_distance, digits
from crossframe.explain.attribution.game import FloatArray


def largest_difference(left: ArrayLike, right: ArrayLike) -> float:
    """max |left - right| over the rows where both are numbers; NaN without such a row."""
    a, b = _both(left, right)
    return float(np.abs(a - b).max()) if len(a) else math.nan


def digits_of_agreement(left: ArrayLike, right: ArrayLike) -> float:
    """Digits in which two vectors agree, as `crossframe.core.statistics.agreement` counts them."""
    a, b = _both(left, right)
    if not len(a):
        return math.nan
    table = agreement(np.stack([a, b]), np.zeros((2, len(a)), dtype=np.int8))
    return float(table["digits"][0, 1])


def digits_of_gap(gap: float, scale: float = 1.0) -> float:
    """-log10(\\|gap\\| / scale), from 0 to the precision of float64; NaN for a gap that is NaN."""
    return float(digits(np.array(abs(gap)), np.array(scale)))


def coefficient_gap(left: ArrayLike, right: ArrayLike) -> float:
    """\\|left - right\\| / max(\\|left\\|, \\|right\\|), Euclidean; both shape (1 + p,), intercept first."""
    pair = np.stack([np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)])
    return float(coefficient_distance(pair)[0, 1])


def _both(left: ArrayLike, right: ArrayLike) -> tuple[FloatArray, FloatArray]:
    a, b = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if a.shape != b.shape or a.ndim < 1:
        raise ValueError(f"two arrays of one shape are compared, not shapes {a.shape} and {b.shape}")
    # Of several classes a row has a score for each.
    a, b = a.ravel(), b.ravel()
    there = ~(np.isnan(a) | np.isnan(b))
    return a[there], b[there]
