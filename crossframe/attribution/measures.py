"""How large a gap is, and on which scale it is shared out.

The scale decides what "adds up" means. Two settings whose switches each take a fixed amount off the
difference add up on the raw scale and have no interaction there. On the scale of digits (log10 of
the gap) those add up that each divide the gap by a factor, and that is not what settings do: as
long as one difference of 1e-3 is left, curing another of 1e-5 gains no digit, and whichever switch
comes last gains all digits down to the floor. There every setting that is needed gets a like share,
however small its own effect, and nearly all of it is interaction. So the raw scale is the one that
shares are measured on, and digits are for telling how far the gap has closed.

Which raw gap: between deterministic sides the largest |difference|, since one number per pair is
all there is and one row that differs is a difference; it is a size, v >= 0. Between stochastic ones
the signed difference in accuracy: a size never averages out, a signed difference does, so that its
mean over draws and seeds is free of their noise and its shares are additive in the draws too. The
shares of a signed gap may be negative (the setting works against the gap) or exceed 1.
"""

from __future__ import annotations

import enum
import math

import numpy as np
from numpy.typing import ArrayLike

from crossframe.attribution.game import FloatArray
from crossframe.comparison.stats import agreement, coefficient_distance, digits


class Scale(enum.StrEnum):
    """On which scale v is shared out; see the module."""

    RAW = "raw"
    LOG10 = "log10"

    def transform(self, v: FloatArray, floor: float) -> FloatArray:
        """v on this scale; on `LOG10` a gap below ``floor`` counts as ``floor``.

        A drop of 1 on `LOG10` is a digit gained. Raises ValueError without a floor, 0 having no
        logarithm.
        """
        if self is Scale.RAW:
            return v
        if not floor > 0:
            raise ValueError("digits need a floor above 0: a gap of 0 has no logarithm")
        logarithm: FloatArray = np.log10(np.maximum(np.abs(v), floor))
        return logarithm


def largest_difference(left: ArrayLike, right: ArrayLike) -> float:
    """max |left - right| over the rows where both are numbers; NaN without such a row."""
    a, b = _both(left, right)
    return float(np.abs(a - b).max()) if len(a) else math.nan


def mean_difference(left: ArrayLike, right: ArrayLike) -> float:
    """mean |left - right| over the rows where both are numbers; NaN without such a row."""
    a, b = _both(left, right)
    return float(np.abs(a - b).mean()) if len(a) else math.nan


def digits_of_agreement(left: ArrayLike, right: ArrayLike) -> float:
    """Digits in which two vectors agree, as `crossframe.comparison.stats.agreement` counts them."""
    a, b = _both(left, right)
    if not len(a):
        return math.nan
    found = agreement(np.stack([a, b]), np.zeros((2, len(a)), dtype=np.int8))
    return float(found["digits"][0, 1])


def digits_of_gap(gap: float, scale: float = 1.0) -> float:
    """-log10(\\|gap\\| / scale), from 0 to what float64 can tell apart; NaN for a gap that is NaN."""
    return float(digits(np.array(abs(gap)), np.array(scale)))


def coefficient_gap(left: ArrayLike, right: ArrayLike) -> float:
    """\\|left - right\\| / max(\\|left\\|, \\|right\\|), Euclidean; both shape (1 + p,), intercept first."""
    pair = np.stack([np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)])
    return float(coefficient_distance(pair)[0, 1])


def accuracy_difference(left: ArrayLike, right: ArrayLike, truth: ArrayLike) -> float:
    """Accuracy of the left labels less that of the right ones, signed."""
    a, b, y = np.asarray(left), np.asarray(right), np.asarray(truth)
    if not a.shape == b.shape == y.shape:
        raise ValueError(f"labels of shapes {a.shape} and {b.shape} for {y.shape} rows")
    return float(np.mean(a == y) - np.mean(b == y))


def _both(left: ArrayLike, right: ArrayLike) -> tuple[FloatArray, FloatArray]:
    a, b = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"two vectors of one length are compared, not shapes {a.shape} and {b.shape}")
    there = ~(np.isnan(a) | np.isnan(b))
    return a[there], b[there]
