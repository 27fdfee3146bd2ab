"""Two rules that end a training before its last epoch and choose the weights that are kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crossframe.core.statistics import best_f1
from crossframe.core.types import FloatArray, IntArray

_LEAST = 1e-15
"""The lowest probability of which a logarithm is taken."""


@dataclass(frozen=True)
class Event:
    """A scoring on the training rows: mean cross-entropy, and share of wrong labels.

    ``error`` is that at the threshold with the highest F1 on the same rows. Of numbers both are the mean
    squared error. Both are NaN where the rule asks for neither.
    """

    loss: float
    error: float
    running: float = math.nan
    """Mean over the rows of the pass of their loss and penalty when their batch came."""

    @classmethod
    def of(cls, score: FloatArray, y: IntArray, running: float = math.nan) -> Event:
        """The scores of probabilities of class 1 ``score`` (n,), or of all classes (n, K), on ``y`` (n,)."""
        if score.ndim == 2:
            own = score[np.arange(len(y)), y.astype(np.int64)]
            error = float(np.mean(score.argmax(axis=1) != y))
            return cls(float(-np.log(np.maximum(own, _LEAST)).mean()), error, running)
        right = np.where(y == 1, score, 1.0 - score)
        return cls(float(-np.log(np.maximum(right, _LEAST)).mean()), best_f1(score, y)[1], running)

    @classmethod
    def of_numbers(cls, score: FloatArray, y: FloatArray, running: float = math.nan) -> Event:
        """The scores of predicted numbers ``score`` (n,) for the targets ``y`` (n,)."""
        error = float(np.mean(np.square(score - y)))
        return cls(error, error, running)


@dataclass(frozen=True)
class Stopping:
    """A rule by the scores on the training rows: no error is left, or the mean loss stays flat.

    Source: ``DeepLearningModel.java`` (``doScoring``), ``hex/ScoreKeeper.java`` (``stopEarly``),
    ``DeepLearning.java`` (``trainModel``, the model kept).

    Attributes
    ----------
    classification_stop
        End where the error is at most this (of numbers ``regression_stop``); negative: never.
    rounds, tolerance
        End where the loss, averaged over ``rounds`` scorings, was not lower by the share
        ``tolerance`` in any of the last ``rounds`` such averages than in the one before them.
        The first scoring does not count: there are at least 2 ``rounds`` + 1. 0 rounds: never.
    keep_best
        Whether the weights at the lowest loss are kept (``overwrite_with_best_model``), the first
        of equal ones; losses are compared in single precision.
    each
        Whether every pass is scored, or the first and the last one only.
    """

    classification_stop: float = 0.0
    rounds: int = 5
    tolerance: float = 0.0
    keep_best: bool = True
    each: bool = True

    def scores(self, number: int, last: bool) -> bool:
        """Whether pass ``number``, counted from 1, is scored; ``last``: it is the last one."""
        return self.each or number == 1 or last

    def ends(self, events: Sequence[Event]) -> str:
        """The name of the rule that ends the training after these events; empty: it goes on."""
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
    """A number of epochs in a row whose loss is not below the best by ``tolerance``.

    The loss of an epoch is the mean over its batches, each before its update, penalty included.

    Source: ``sklearn/neural_network/_multilayer_perceptron.py`` (``_update_no_improvement_count``).

    Attributes
    ----------
    rounds
        Epochs without progress that end the training; ``n_iter_no_change`` + 1 of the source.
    keep_best
        Whether the weights at the lowest loss of all training rows are kept; the source has no such option.
    """

    rounds: int = 11
    tolerance: float = 1e-4
    keep_best: bool = False

    def scores(self, number: int, last: bool) -> bool:
        """True: every pass is scored; see `Stopping.scores`."""
        return True

    def ends(self, events: Sequence[Event]) -> str:
        """``tolerance`` where the rule ends the training after these events; empty: it goes on."""
        best, without = math.inf, 0
        for event in events:
            without = without + 1 if event.running > best - self.tolerance else 0
            best = min(best, event.running)
        return "tolerance" if without >= self.rounds else ""
