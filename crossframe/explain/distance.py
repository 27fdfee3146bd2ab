"""Distance of two fits of the same rows: by their scores or, where those are equal, by their coefficients."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from crossframe.core.types import FloatArray, Target
from crossframe.experiment.record import Record
from crossframe.explain.attribution.measures import largest_difference


@dataclass(frozen=True, eq=False)
class Distance:
    """The distance of two fits, without a unit.

    Attributes
    ----------
    unit
        What a score is measured in: 1 for probabilities, the target's standard deviation for numbers.
    spreads
        (k,) standard deviations of the features; None: the scores are compared.
    """

    unit: float = 1.0
    spreads: FloatArray | None = None

    def between(self, left: Record, right: Record) -> float:
        """Largest difference of two scores, or of two effects b_j sd_j; NaN where a fit has none.

        An aliased column has no effect.
        """
        name = "score" if self.spreads is None else "coefficients"
        a, b = (record.arrays.get(name) for record in (left, right))
        if a is None or b is None:
            return math.nan
        if self.spreads is not None:
            a, b = (np.nan_to_num(values[1:]) * self.spreads for values in (a, b))
        return largest_difference(a, b) / self.unit

    @property
    def words(self) -> str:
        """A description of what is measured, for the reader of a report."""
        if self.spreads is not None:
            what = "largest difference between two coefficients, times the feature's standard deviation"
        else:
            what = "largest difference between two scores of a row"
        return what if self.unit == 1.0 else f"{what}, in standard deviations of the target"


def of_scores(y: Target) -> Distance:
    """The distance by scores: probabilities unchanged, predicted numbers in standard deviations of ``y``."""
    spread = float(np.std(y)) if y.dtype.kind == "f" else 1.0
    return Distance(spread if spread > 0 else 1.0)


def of_effects(X: FloatArray, y: Target) -> Distance:
    """The distance by effects of features, for answers with equal scores on collinear columns of ``X``."""
    return Distance(of_scores(y).unit, X.std(axis=0))
