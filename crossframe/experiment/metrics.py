"""The scores of a fit on rows whose target is known, and the score by which a comparison ranks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray


@dataclass(frozen=True)
class Metric:
    """The score by which contestants are ranked: the larger the better, at most 1.

    Attributes
    ----------
    key
        Its column in the tables of cells; a summary has it with ``_mean``, ``_low`` and ``_high``.
    words
        Its name within a sentence and on an axis.
    best, worst
        What leads to the name of the contestant with the highest and the lowest mean.
    low
        The smallest value that it can have.
    losses
        The scores beside it of which a summary has an interval too, the smaller the better, at least 0.
    others
        Further scores of which a summary has the mean.
    """

    key: str
    words: str
    best: str
    worst: str
    low: float
    losses: tuple[str, ...]
    others: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every score of a cell on the scored rows; those on the training rows begin with ``train_``."""
        return (self.key, *self.others, *self.losses)

    @property
    def title(self) -> str:
        """Its name at the beginning of a heading."""
        return self.words[0].upper() + self.words[1:]


ACCURACY = Metric(
    "accuracy", "accuracy", "the most accurate is", "the least is", 0.0,
    ("logloss",), ("accuracy_half", "auc"),
)  # fmt: skip
"""For a target of classes."""

R_SQUARED = Metric("r2", "R²", "the highest R² is that of", "the lowest that of", -math.inf, ("rmse", "mae"))
"""For a target of numbers."""


def metric_of(classes: object) -> Metric:
    """The metric for a target with these classes, none for numbers."""
    return ACCURACY if classes else R_SQUARED


def scores(y: IntArray, score: FloatArray, labels: IntArray, is_probability: bool) -> dict[str, float]:
    """Accuracy of the framework's labels, accuracy at score > 0.5, AUC, and mean log-loss, over (m,) rows.

    A row for which the framework gave no score (NaN) is left out of the accuracies and counted in
    ``unscored``, which is there only where such rows are; AUC and log-loss are then NaN, as is the log-loss
    where ``is_probability`` is false.
    """
    there = ~np.isnan(score)
    complete = bool(there.all())
    two_classes = np.unique(y).size == 2
    right, at_half = (labels == y)[there], ((score > 0.5) == y)[there]
    return {
        "accuracy": float(np.mean(right)) if len(right) else math.nan,
        "accuracy_half": float(np.mean(at_half)) if is_probability and len(right) else math.nan,
        "auc": roc_auc(y, score) if complete and two_classes else math.nan,
        "logloss": log_loss(y, score) if complete and is_probability else math.nan,
        **_unscored(there),
    }


def class_scores(y: IntArray, score: FloatArray, labels: IntArray) -> dict[str, float | list[float]]:
    """Accuracy and mean log-loss over (m,) rows of K > 2 classes; recall and precision of each class.

    ``score`` holds probabilities, (m, K). The recall of class k is the share of its rows that are labelled k,
    its precision the share of the rows labelled k that belong to it; NaN without such rows. Rows without a
    score are treated as in `scores`. The same as `sklearn.metrics.accuracy_score`, `log_loss`,
    `recall_score` and `precision_score`.
    """
    there = ~np.asarray(np.isnan(score).any(axis=1))
    of, given = y[there], labels[there]
    right = [float(np.sum((of == k) & (given == k))) for k in range(score.shape[1])]

    def shares(rows: IntArray) -> list[float]:
        counts = np.bincount(rows, minlength=score.shape[1])
        return [hits / count if count else math.nan for hits, count in zip(right, counts, strict=True)]

    return {
        "accuracy": float(np.mean(of == given)) if len(of) else math.nan,
        "logloss": log_loss(y, score) if there.all() else math.nan,
        "recall": shares(of),
        "precision": shares(given),
        **_unscored(there),
    }


def number_scores(y: FloatArray, score: FloatArray) -> dict[str, float]:
    """R², root mean squared error and mean absolute error of predicted numbers, over (m,) rows.

    With residuals e = y - score: R² = 1 - sum e² / sum (y - mean y)², NaN where all of ``y`` are equal;
    RMSE = sqrt(mean e²) and MAE = mean |e|, in the unit of the target. A row without a prediction (NaN) is
    left out and counted in ``unscored``, which is there only where such rows are. The same bits as
    `sklearn.metrics.r2_score`, `root_mean_squared_error` and `mean_absolute_error`.
    """
    there = ~np.isnan(score)
    y = y[there]
    missed = y - score[there]
    around = np.sum((y - np.mean(y)) ** 2) if len(y) else 0.0
    return {
        "r2": float(1 - np.sum(missed**2) / around) if around else math.nan,
        "rmse": float(np.sqrt(np.mean(missed**2))) if len(y) else math.nan,
        "mae": float(np.mean(np.abs(missed))) if len(y) else math.nan,
        **_unscored(there),
    }


def _unscored(there: NDArray[np.bool_]) -> dict[str, int]:
    """How many rows have no score, where there are any."""
    return {} if there.all() else {"unscored": int(np.sum(~there))}


def log_loss(y: IntArray, score: FloatArray) -> float:
    """Mean of -log(p), p the probability of a row's class ``y``, clipped to [eps, 1 - eps], eps = 2.2e-16.

    ``score`` is the probability of class 1, (m,), or those of all classes, (m, K). The same bits as
    `sklearn.metrics.log_loss`, whose checks take longer than many a fit.
    """
    eps = np.finfo(score.dtype).eps
    of = score[np.arange(len(y)), y] if score.ndim == 2 else np.where(y == 1, score, 1 - score)
    return float(-np.mean(np.log(np.clip(of, eps, 1 - eps))))


def roc_auc(y: IntArray, score: FloatArray) -> float:
    """Area under the ROC curve by trapezoids: P(score of a 1 > score of a 0), ties counted half.

    The same bits as `sklearn.metrics.roc_auc_score`, which leaves out the corners on a straight line.
    """
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(y) - 1)
    hits = np.cumsum(y[order], dtype=float)[ends]
    misses = 1.0 + ends - hits
    if len(ends) > 2:
        corners = np.concatenate([[True], (np.diff(misses, 2) != 0) | (np.diff(hits, 2) != 0), [True]])
        hits, misses = hits[corners], misses[corners]
    rates = [np.append(0.0, counts) / counts[-1] for counts in (misses, hits)]
    return float((np.diff(rates[0]) * (rates[1][1:] + rates[1][:-1]) / 2.0).sum())
