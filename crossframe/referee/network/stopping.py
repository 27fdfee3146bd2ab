"""When a training ends before its epochs are done, and whose weights are kept: H2O's rule, scikit-learn's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crossframe.engines.base import FloatArray, IntArray

_LEAST = 1e-15
"""The lowest probability of which H2O takes a logarithm."""


@dataclass(frozen=True)
class Event:
    """A scoring on the training rows: mean cross-entropy, and share of wrong labels.

    ``error`` is that at H2O's own threshold, the one with the highest F1 on the same rows.
    """

    loss: float
    error: float
    running: float = math.nan
    """Mean over the rows of the pass of their loss and penalty when their batch came."""

    @classmethod
    def of(cls, score: FloatArray, y: IntArray, running: float = math.nan) -> Event:
        """Of probabilities of class 1 and the classes."""
        right = np.where(y == 1, score, 1.0 - score)
        return cls(float(-np.log(np.maximum(right, _LEAST)).mean()), error_at_best_f1(score, y), running)


@dataclass(frozen=True)
class Stopping:
    """H2O's rules, asked after every pass, on the training rows.

    Source: ``DeepLearningModel.java`` (``doScoring``), ``hex/ScoreKeeper.java`` (``stopEarly``),
    ``DeepLearning.java`` (``trainModel``, the model kept). With ``reproducible=True`` every pass is
    scored, else by the clock: the first one, the last one, and what lies five seconds apart.

    Attributes
    ----------
    classification_stop
        End where the error is at most this; negative: never.
    rounds, tolerance
        End where the loss, averaged over ``rounds`` scorings, was not lower by the share
        ``tolerance`` in any of the last ``rounds`` such averages than in the one before them.
        The first scoring does not count: there are at least 2 ``rounds`` + 1. 0 rounds: never.
    keep_best
        Whether the weights at the lowest loss are kept (``overwrite_with_best_model``), the first
        of equal ones. H2O compares losses in single precision.
    each
        Whether every pass is scored, or the first and the last one only.
    """

    classification_stop: float = 0.0
    rounds: int = 5
    tolerance: float = 0.0
    keep_best: bool = True
    each: bool = True

    def scores(self, number: int, last: bool) -> bool:
        """Whether pass ``number``, from 1, is scored."""
        return self.each or number == 1 or last

    def ends(self, events: Sequence[Event]) -> str:
        """The name of the rule that ends the training now, or nothing."""
        if events[-1].error <= self.classification_stop:
            return "classification_stop"
        return "stopping_rounds" if self._converged([event.loss for event in events]) else ""

    def _converged(self, losses: Sequence[float]) -> bool:
        k = self.rounds
        if k == 0 or len(losses) - 1 < 2 * k:
            return False
        recent = losses[-2 * k :]
        before, *after = [sum(recent[i : i + k]) / k for i in range(k + 1)]
        return before == 0.0 or min(after) / before >= 1.0 - self.tolerance


@dataclass(frozen=True)
class NoProgress:
    """scikit-learn's rule: a number of epochs in a row whose loss is not below the best by ``tolerance``.

    The loss of an epoch is the mean over its batches, each before its update, penalty included.

    Source: ``sklearn/neural_network/_multilayer_perceptron.py`` (``_update_no_improvement_count``).

    Attributes
    ----------
    rounds
        scikit-learn's ``n_iter_no_change`` + 1.
    keep_best
        Whether the weights at the lowest loss of all training rows are kept; not in scikit-learn.
    """

    rounds: int = 11
    tolerance: float = 1e-4
    keep_best: bool = False

    def scores(self, number: int, last: bool) -> bool:
        """Whether pass ``number`` is scored: each one."""
        return True

    def ends(self, events: Sequence[Event]) -> str:
        """The name of the rule where it ends the training now, or nothing."""
        best, without = math.inf, 0
        for event in events:
            without = without + 1 if event.running > best - self.tolerance else 0
            best = min(best, event.running)
        return "tolerance" if without >= self.rounds else ""


def error_at_best_f1(score: FloatArray, y: IntArray) -> float:
    """Share of wrong labels at the threshold of `best_f1`."""
    return best_f1(score, y)[1]


def best_f1(score: FloatArray, y: IntArray) -> tuple[float, float]:
    """The threshold with the highest F1, the highest of equal ones, and the share of wrong labels at it.

    Every probability is a threshold, label 1 from it on. H2O does so up to 400 distinct ones and
    merges them beyond. Source: ``hex/AUC2.java``.
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
