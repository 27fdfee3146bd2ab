"""Scaling of the features before the network gets them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from crossframe.core.types import FloatArray, IntArray, Target


@dataclass(frozen=True, eq=False)
class Scaling:
    """Features less their mean, times 1 over their standard deviation, constant ones left out or not.

    Means and standard deviations (divisor n - 1) of the training rows are accumulated row by row in
    double precision by Welford's recurrence.

    Source: ``water/fvec/RollupStats.java`` and ``RollupStatsHelpers.java`` (the moments),
    ``hex/DataInfo.java`` (``setTransform``), ``DeepLearning.java`` (``makeDataInfo``).

    Attributes
    ----------
    columns
        Numbers of the features that are kept.
    mean, factor
        One for each of them: a value x becomes (x - mean) * factor.
    """

    columns: IntArray
    mean: FloatArray
    factor: FloatArray

    @classmethod
    def of(cls, X: FloatArray, standardize: bool = True, ignore_constant: bool = True) -> Scaling:
        """The scaling by mean and standard deviation of the training rows ``X`` (n, k), none missing."""
        differs = (X[:1] != X).any(axis=0) | (not ignore_constant)
        kept = X[:, differs]
        mean, spread = _moments(kept)
        if not standardize:
            mean, spread = np.zeros_like(mean), np.ones_like(spread)
        factor = 1.0 / np.where(spread > 0.0, spread, 1.0)
        return cls(np.flatnonzero(differs).astype(np.int64), mean, factor)

    @classmethod
    def by(cls, rule: str, X: FloatArray, drop_constant: bool = False) -> Scaling:
        """The scaling of the training rows ``X`` (n, k) by a canonical ``features.standardize``."""
        scaling = cls.of(X, rule == "sd_n-1", drop_constant)
        if rule == "sd_n":
            scaling = cls.of(X, True, drop_constant)
            more = math.sqrt(len(X) / max(len(X) - 1, 1))
            differs = (X[:1] != X).any(axis=0)[scaling.columns]
            return replace(scaling, factor=np.where(differs, scaling.factor * more, 1.0))
        if rule == "max":
            largest = float(np.abs(X).max()) or 1.0
            return replace(scaling, factor=np.full_like(scaling.factor, 1.0 / largest))
        return scaling

    def __call__(self, X: FloatArray) -> FloatArray:
        """Rows (m, k) as the network takes them in."""
        return (X[:, self.columns] - self.mean) * self.factor


@dataclass(frozen=True)
class TargetScaling:
    """A target of numbers less ``mean``, times ``factor``, and predictions scaled back.

    Source: ``hex/DataInfo.java`` (``setTransform`` of the response), ``DeepLearningModel.java`` (``score0``).
    """

    mean: float = 0.0
    factor: float = 1.0

    @classmethod
    def by(cls, rule: str, y: Target) -> TargetScaling:
        """The scaling of the training targets ``y`` (n,) by a canonical ``target.standardize``."""
        if rule == "none":
            return cls()
        mean, spread = _moments(np.asarray(y, np.float64)[:, None])
        return cls(float(mean[0]), 1.0 / float(spread[0]) if spread[0] > 0.0 else 1.0)

    @property
    def unit(self) -> float:
        """What an error of the scaled target is multiplied by, in the unit of the target."""
        return 1.0 / self.factor

    def __call__(self, y: Target) -> Target:
        """Targets (n,) as the network is trained on them."""
        return y if self == TargetScaling() else (y - self.mean) * self.factor

    def back(self, score: FloatArray) -> FloatArray:
        """Predictions (m,) of the network in the unit of the target."""
        return score if self == TargetScaling() else score / self.factor + self.mean


def _moments(X: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of every column, row by row.

    The source sums columns of few values other than 0 in another order, which is rounding in double
    precision.
    """
    mean, squares = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    for i, x in enumerate(X):
        delta = x - mean
        mean = mean + delta / (i + 1)
        squares = squares + delta * (x - mean)
    return mean, np.sqrt(squares / max(len(X) - 1, 1))
