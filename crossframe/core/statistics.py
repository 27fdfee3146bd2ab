"""Every interval, made once: of means over draws and seeds, shares, areas, ratios, and other statistics.

Functions take arrays and plain numbers; an end that does not exist is NaN. `digits`, `agreement` and
`coefficient_distance` say how alike predictions and coefficients are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray

MAX_DIGITS = -math.log10(np.finfo(np.float64).eps)
"""Digits of agreement of two equal numbers: 15.65, the resolution of float64."""
ROUNDING = 1e-12
"""Values that differ by less than this part of the largest of them count as equal."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval.

    Attributes
    ----------
    value
        The estimate.
    low, high
        Ends of the interval; NaN where there is none.
    level
        Its confidence level.
    count
        Draws, seeds or cases behind it.
    p_value
        Two-sided, of the hypothesis that the quantity is 0; NaN where there is no test.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    level: float = 0.95
    count: int = 0
    p_value: float = math.nan

    @property
    def exists(self) -> bool:
        """Whether the interval exists: its ends are not NaN."""
        return not math.isnan(self.low)


def bonferroni(level: float, tests: int) -> float:
    """Level of each of ``tests`` intervals that hold together with probability ``level`` at least."""
    return 1 - (1 - level) / max(tests, 1)


def selected_level(p_values: FloatArray, *, level: float = 0.95) -> float:
    """Level of intervals that are looked at because they do not contain 0, a few out of many.

    Intervals of this level do not contain 0 where the p-value (two-sided, of the hypothesis that the
    quantity is 0) is among those that the step-up procedure rejects; of these a share 1 - ``level`` is
    expected to be wrong at most. Where there is none it is the level of `bonferroni`. Sources: Y. Benjamini
    and Y. Hochberg, Controlling the false discovery rate, Journal of the Royal Statistical Society B 57,
    289-300, 1995; Y. Benjamini and D. Yekutieli, False discovery rate-adjusted multiple confidence intervals
    for selected parameters, Journal of the American Statistical Association 100, 71-81, 2005.

    Parameters
    ----------
    p_values
        Shape (m,); NaN where there is no test: it counts as one that rejects nothing.
    """
    ordered = np.sort(np.where(np.isnan(p_values), 1.0, p_values))
    tests = max(len(ordered), 1)
    passed = np.flatnonzero(ordered <= (1 - level) * np.arange(1, len(ordered) + 1) / tests)
    return 1 - (1 - level) * (passed[-1] + 1 if len(passed) else 1) / tests


def corrected_mean(values: FloatArray, overlap: float, *, level: float = 0.95) -> Interval:
    """Mean of B values over overlapping draws, with its interval and the p-value of mean = 0.

    The B training samples come from one pool and overlap, so that their values vary less than those
    of samples from other pools would; the variance of their mean is taken as (1/B + rho/(1 - rho))
    s^2, rho being the design's ``overlap``, and t has B - 1 degrees of freedom. Source: C. Nadeau
    and Y. Bengio, Inference for the generalization error, Machine Learning 52, 239-281, 2003 (the
    corrected resampled t-test). The interval covers training samples from other pools; where a
    design scores every draw on the same test rows, it is conditional on these rows.

    Parameters
    ----------
    values
        Shape (B,); NaN where a draw gave none, which is left out.
    overlap
        rho in [0, 1).

    Returns
    -------
    Interval
        Ends and p are NaN for B < 2, for draws that all are the same rows, and for values without
        any spread; but p = 1 where all values are 0.
    """
    # Student's distribution without scipy.stats, whose import and checks take longer than the rest
    from scipy.special import stdtr, stdtrit

    values = np.asarray(values, dtype=np.float64)
    values = values[~np.isnan(values)]
    b = len(values)
    if b == 0:
        return Interval(math.nan, level=level)
    mean = float(values.mean())
    if b < 2 or overlap > 1 - 1e-9:
        return Interval(mean, level=level, count=b)
    error = math.sqrt((1 / b + overlap / (1 - overlap)) * float(values.var(ddof=1)))
    if error == 0:
        return Interval(mean, level=level, count=b, p_value=1.0 if mean == 0 else math.nan)
    half = float(stdtrit(b - 1, (1 + level) / 2)) * error
    return Interval(mean, mean - half, mean + half, level, b, float(2 * stdtr(b - 1, -abs(mean) / error)))


def student_mean(values: FloatArray, *, level: float = 0.95) -> Interval:
    """Mean of independent ``values`` (B,), one per seed, with Student's interval; see `corrected_mean`."""
    return corrected_mean(values, 0.0, level=level)


def geometric_mean(logarithms: FloatArray, *, level: float = 0.95) -> Interval:
    """Geometric mean of ratios given by their natural logarithms, with the image of Student's interval."""
    mean = student_mean(logarithms, level=level)
    return Interval(math.exp(mean.value), math.exp(mean.low), math.exp(mean.high), level, mean.count)


def wilson(successes: int, count: int, *, level: float = 0.95) -> Interval:
    """The share ``successes / count`` of independent cases with Wilson's score interval.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22, 209-212, 1927.
    """
    z = _normal(level)
    p = successes / count
    centre, spread = p + z * z / (2 * count), z * math.sqrt(p * (1 - p) / count + (z / (2 * count)) ** 2)
    scale = 1 + z * z / count
    return Interval(p, (centre - spread) / scale, (centre + spread) / scale, level, count)


def area_under_curve(auc: float, positives: int, negatives: int, *, level: float = 0.95) -> Interval:
    """The area ``auc`` under the ROC curve of ``positives`` and ``negatives`` rows, with its interval.

    The interval is cut at 1. Source: J. A. Hanley and B. J. McNeil, The meaning and use of the area
    under a receiver operating characteristic (ROC) curve, Radiology 143, 29-36, 1982.
    """
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (positives - 1) * (first - auc**2) + (negatives - 1) * (second - auc**2)
    half = _normal(level) * math.sqrt(spread / (positives * negatives))
    return Interval(auc, auc - half, min(auc + half, 1.0), level, positives + negatives)


def jackknife(
    statistic: Callable[[NDArray[np.int64]], float],
    count: int,
    *,
    least: float = 0.0,
    level: float = 0.95,
) -> Interval:
    """A statistic of ``count`` seeds with Tukey's jackknife interval.

    ``statistic`` is given the positions of the seeds to use; the pseudo-values of leaving out one
    each have Student's interval. An end below ``least``, which the quantity cannot be, is cut. Source:
    J. W. Tukey, Bias and confidence in not-quite large samples, Annals of Mathematical Statistics 29,
    614, 1958.
    """
    seeds = np.arange(count)
    value = statistic(seeds)
    without = np.array([statistic(np.delete(seeds, k)) for k in range(count)])
    pseudo = student_mean(count * value - (count - 1) * without, level=level)
    if not pseudo.exists:
        return Interval(value, level=level, count=count)
    half = (pseudo.high - pseudo.low) / 2
    return Interval(value, max(least, value - half), value + half, level, count)


def half_width(
    values: FloatArray,
    overlap: float = 0.0,
    *,
    level: float = 0.95,
    blocks: FloatArray | None = None,
    random: bool = True,
) -> float:
    """Half-width of the interval of a mean over draws and, where there are any, over blocks of orders.

    Over draws it is that of `corrected_mean`, over ``blocks`` that of `student_mean`; where both vary
    the squares are added (G. Y. Zou and A. Donner, Construction of confidence limits about effect
    measures, Statistics in Medicine 27, 2008). It is 0 for values that are equal up to rounding, and
    NaN for a single value.

    Parameters
    ----------
    values
        Shape (B,): one per draw.
    blocks
        Shape (U,): one per block of random orders; None where all orders were evaluated.
    random
        Whether the draws are a sample; False: they are the population, and only the blocks vary.
    """
    square = _half(values, overlap, level) ** 2 if random else 0.0
    if blocks is not None:
        square += _half(blocks, 0.0, level) ** 2
    return math.sqrt(square)


def fieller(
    numerator: FloatArray,
    denominator: FloatArray,
    overlap: float = 0.0,
    *,
    level: float = 0.95,
    blocks: FloatArray | None = None,
    random: bool = True,
) -> tuple[float, float] | None:
    """Ends of the interval of mean(numerator) / mean(denominator), after Fieller.

    It contains every r for which the interval of numerator - r denominator contains 0, so that it
    contains 0 if and only if the numerator's interval does. Arrays have shape (B,), one entry per draw;
    ``blocks`` are the numerator's, see `half_width`. None where the denominator's interval contains 0,
    because r is then unbounded. Source: E. C. Fieller, Some problems in interval estimation, Journal of
    the Royal Statistical Society B 16, 175-185, 1954.
    """

    def half(values: FloatArray, extra: FloatArray | None = None) -> float:
        return half_width(values, overlap, level=level, blocks=extra, random=random)

    top, bottom = float(numerator.mean()), float(denominator.mean())
    plus, minus, alone = (
        half(values) ** 2 for values in (numerator + denominator, numerator - denominator, denominator)
    )
    # Squared half-widths are a quadratic form in the values: this is its mixed term.
    mixed = (plus - minus) / 4
    a, b, c = bottom**2 - alone, top * bottom - mixed, top**2 - half(numerator, blocks) ** 2
    if not a > 0:
        return None
    root = math.sqrt(max(b * b - a * c, 0.0))
    return (b - root) / a, (b + root) / a


def constant(values: FloatArray) -> bool:
    """Whether all values along the last axis are equal up to `ROUNDING`."""
    return bool((np.ptp(values, axis=-1) <= ROUNDING * np.abs(values).max(axis=-1, initial=0.0)).all())


def _half(values: FloatArray, overlap: float, level: float) -> float:
    if len(values) > 1 and constant(values):
        return 0.0
    mean = corrected_mean(values, overlap, level=level)
    return mean.value - mean.low


def _normal(level: float) -> float:
    """The normal quantile of a two-sided interval."""
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))


def digits(difference: FloatArray, scale: FloatArray) -> FloatArray:
    """Digits of agreement, -log10(difference / scale), between 0 and `MAX_DIGITS`.

    Only a difference of 0 has `MAX_DIGITS`: a smaller one than float64 resolves has just less.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        value = -np.log10(difference / scale)
    clipped: FloatArray = np.clip(value, 0.0, np.nextafter(MAX_DIGITS, 0.0))
    return np.where(difference == 0, MAX_DIGITS, clipped)


def agreement(score: FloatArray, labels: NDArray[np.int8]) -> dict[str, FloatArray]:
    """Pairwise agreement of c contestants on the same m rows; every entry has shape (c, c).

    Parameters
    ----------
    score, labels
        (c, m) scores and labels. A row for which one of a pair gave no prediction (NaN) is left
        out of that pair.

    Returns
    -------
    alike
        Share of rows with the same label.
    max_dp, mean_dp
        Largest and mean |difference| in score.
    digits
        ``digits(max_dp, larger of the two largest |score|)``.
    """
    c = len(score)
    out = {name: np.empty((c, c)) for name in ("alike", "max_dp", "mean_dp")}
    there = ~np.isnan(score)
    for i in range(c):
        both = there & there[i]
        rows = np.maximum(both.sum(axis=1), 1)
        distance = np.where(both, np.abs(score - score[i]), 0.0)
        out["max_dp"][i] = distance.max(axis=1)
        out["mean_dp"][i] = distance.sum(axis=1) / rows
        out["alike"][i] = ((labels == labels[i]) & both).sum(axis=1) / rows
    size = np.where(there, np.abs(score), 0.0).max(axis=1)
    out["digits"] = digits(out["max_dp"], np.maximum(size[:, None], size[None, :]))
    return out


def coefficient_distance(beta: FloatArray) -> FloatArray:
    """Relative distance |b_i - b_j| / max(|b_i|, |b_j|) of c coefficient vectors, shape (c, c).

    ``beta`` has shape (c, 1 + p): intercept and all features, 0 for a feature that was aliased or
    not selected (both predict as if it were 0), all NaN for a contestant without coefficients.
    """
    size = np.linalg.norm(beta, axis=1)
    gap = np.stack([np.linalg.norm(beta - row, axis=1) for row in beta])
    scale = np.maximum(size[:, None], size[None, :])
    with np.errstate(invalid="ignore"):
        relative: FloatArray = np.where(gap == 0, 0.0, gap / scale)
    return relative


def best_f1(score: FloatArray, y: IntArray) -> tuple[float, float]:
    """The threshold with the highest F1, the highest of equal ones, and the share of wrong labels at it.

    ``score`` and the classes ``y``, 0 and 1, have shape (n,). Every score is a threshold, label 1 from it on.
    H2O does so up to 400 distinct ones and merges them beyond: ``hex/AUC2.java``.
    """
    thresholds, place = np.unique(-score, return_inverse=True)
    hits = np.cumsum(np.bincount(place, weights=y == 1, minlength=len(thresholds)))
    alarms = np.cumsum(np.bincount(place, weights=y == 0, minlength=len(thresholds)))
    ones = hits[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        precision, recall = hits / (hits + alarms), hits / ones
        f1 = 2.0 * (precision * recall) / (precision + recall)
    best = int(np.argmax(np.where(np.isnan(f1), -np.inf, f1)))
    return float(-thresholds[best]), float((alarms[best] + ones - hits[best]) / len(y))
