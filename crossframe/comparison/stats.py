"""Means with intervals over draws, and what two contestants' predictions have in common."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossframe.engines.base import FloatArray

MAX_DIGITS = -math.log10(np.finfo(np.float64).eps)
"""Digits of agreement of two equal numbers: 15.65, what float64 can tell apart."""


def mean_interval(
    values: FloatArray, overlap: float, *, level: float = 0.95
) -> tuple[float, float, float, float]:
    """Mean of B values over overlapping draws, its interval, and the p-value of mean = 0.

    The B training samples come from one pool and overlap, so that their values vary less than those
    of samples from other pools would; the variance of their mean is taken as (1/B + rho/(1 - rho))
    s^2, rho being the design's ``overlap``, and t has B - 1 degrees of freedom. Source: C. Nadeau
    and Y. Bengio, Inference for the generalization error, Machine Learning 52, 239-281, 2003 (the
    corrected resampled t-test). The interval speaks of training samples from other pools of the
    same kind; where a design scores every draw on the same test rows, of these rows.

    Parameters
    ----------
    values
        Shape (B,); NaN where a draw gave none.
    overlap
        rho in [0, 1).

    Returns
    -------
    mean, low, high, p
        NaN where they do not exist: no interval for B < 2, for draws that all are the same rows,
        or for values without any spread. Values that are all 0 have p = 1.
    """
    # Student's distribution without scipy.stats, whose import and checks take longer than the rest
    from scipy.special import stdtr, stdtrit

    values = values[~np.isnan(values)]
    b = len(values)
    if b == 0:
        return math.nan, math.nan, math.nan, math.nan
    mean = float(values.mean())
    if b < 2 or overlap > 1 - 1e-9:
        return mean, math.nan, math.nan, math.nan
    error = math.sqrt((1 / b + overlap / (1 - overlap)) * float(values.var(ddof=1)))
    if error == 0:
        # No spread at all is no information about it: few draws, few test rows.
        return mean, math.nan, math.nan, 1.0 if mean == 0 else math.nan
    half = float(stdtrit(b - 1, (1 + level) / 2)) * error
    return mean, mean - half, mean + half, float(2 * stdtr(b - 1, -abs(mean) / error))


def summarise(values: FloatArray, overlap: float, upper: float = math.inf) -> dict[str, float]:
    """Mean, 10th and 90th percentile, and the 95 % interval cut at [0, ``upper``]."""
    mean, low, high, _ = mean_interval(values, overlap)
    there = values[~np.isnan(values)]
    p10, p90 = np.percentile(there, [10, 90]) if len(there) else (math.nan, math.nan)
    return {
        "mean": mean,
        "p10": float(p10),
        "p90": float(p90),
        "low": max(low, 0.0) if low == low else low,
        "high": min(high, upper) if high == high else high,
    }


def digits(difference: FloatArray, scale: FloatArray) -> FloatArray:
    """Digits of agreement, -log10(difference / scale), between 0 and `MAX_DIGITS`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = -np.log10(difference / scale)
    value = np.where(difference == 0, MAX_DIGITS, value)
    clipped: FloatArray = np.clip(value, 0.0, MAX_DIGITS)
    return clipped


def agreement(score: FloatArray, labels: NDArray[np.int8]) -> dict[str, FloatArray]:
    """How alike c contestants predict the same m rows; every entry has shape (c, c).

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


def summary_table(cells: pd.DataFrame, overlap: dict[int, float]) -> pd.DataFrame:
    """One row per contestant and n; see `crossframe.comparison.result.CompareResult.summary`."""
    rows = []
    for (contestant, n), group in cells.groupby(["contestant", "n"], sort=False):
        good, rho = group[group["usable"]], overlap[int(n)]  # type: ignore[call-overload]
        row: dict[str, object] = {
            "contestant": contestant, "n": n, "draws": len(group), "usable": len(good)
        }  # fmt: skip
        for metric, upper in (("accuracy", 1.0), ("logloss", math.inf)):
            spread = summarise(good[metric].to_numpy(dtype=np.float64), rho, upper)
            row |= {f"{metric}_{name}": value for name, value in spread.items()}
        for metric in ("accuracy_half", "auc", "train_accuracy", "train_accuracy_half", "train_logloss"):
            row[f"{metric}_mean"] = _over(np.mean, good[metric])
        gain = (good["accuracy_half"] - good["accuracy"]).to_numpy(dtype=np.float64)
        interval = mean_interval(gain, rho)[:3]
        row |= dict(zip(("half_gain", "half_gain_low", "half_gain_high"), interval, strict=True))
        for count in ("updates", "epochs", "epochs_asked", "iterations"):
            row[count] = _over(np.median, good[count])
        row["seconds"] = _over(np.median, good["seconds_fit"])
        counts = Counter(group["status"])
        row["statuses"] = ", ".join(f"{status} {k}" for status, k in counts.most_common())
        messages = Counter(message for said in group["evidence"] for message in said).most_common(1)
        row["evidence"] = "".join(f"{message} ({k} of {len(group)})" for message, k in messages)
        rows.append(row)
    return pd.DataFrame(rows)


def _over(statistic: Callable[[Any], Any], column: pd.Series[float]) -> float:
    """A statistic of the values that are there, NaN if none is."""
    values = column.to_numpy(dtype=np.float64)
    values = values[~np.isnan(values)]
    return float(statistic(values)) if len(values) else math.nan
