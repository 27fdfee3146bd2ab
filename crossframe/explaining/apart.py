"""How far two fits of the same rows are apart: in scores or, where those say nothing, in coefficients."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from crossframe.attribution.measures import largest_difference
from crossframe.comparison.record import Record
from crossframe.engines.base import FloatArray, Target


@dataclass(frozen=True, eq=False)
class Measure:
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

    def apart(self, left: Record, right: Record) -> float:
        """Largest difference of two scores, or of two effects b_j sd_j; NaN where a fit gave none.

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
        """What is measured, as the reader of a report reads it."""
        if self.spreads is not None:
            what = "largest difference between two coefficients, times the feature's standard deviation"
        else:
            what = "largest difference between two scores of a row"
        return what if self.unit == 1.0 else f"{what}, in standard deviations of the target"


def of_scores(y: Target) -> Measure:
    """Scores: probabilities as they are, predicted numbers by the spread of the target ``y``."""
    spread = float(np.std(y)) if y.dtype.kind == "f" else 1.0
    return Measure(spread if spread > 0 else 1.0)


def of_effects(X: FloatArray, y: Target) -> Measure:
    """Effects of features: for answers that share their scores on collinear columns."""
    return Measure(of_scores(y).unit, X.std(axis=0))
