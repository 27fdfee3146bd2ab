"""How far coefficients of several classes are from being the optimum of a softmax regression."""

from __future__ import annotations

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.optima.multinomial import Multinomial, slopes_at


def shortfall_of(wanted: Multinomial, intercept: FloatArray, coefficients: FloatArray) -> tuple[float, float]:
    """The largest component of the gradient at reported numbers, and the same relative to the null model's.

    Both in the unknowns, features scaled to a size near 1. A coefficient that an l1 penalty holds at 0 counts
    by what is beyond it. The coefficients are moved to the penalised parametrisation: by those of the first
    class (``reference``), or by the constant for which the penalty is least.
    """
    prepared = wanted.prepared
    first, shifts = int(wanted.problem.intercept), np.array(prepared.shifts, dtype=np.int64)
    centre = np.array([float(c) for c in prepared.centre])
    values, intercept = np.nan_to_num(coefficients), np.asarray(intercept, dtype=np.float64)
    if wanted.reference:
        values, intercept = values - values[:, :1], intercept - intercept[0]
    point = np.ldexp(values.T, shifts[first:])
    if first:
        point = np.column_stack([intercept + centre @ values, point])
    if not wanted.reference:
        strengths = zip(prepared.l1_float, prepared.l2_float, strict=True)
        shift = [_least_penalty(column, l1, l2) for column, (l1, l2) in zip(point.T, strengths, strict=True)]
        point = point - np.array(shift)
    at, null = (slopes_at(wanted, p)[0] for p in (point, np.zeros_like(point)))
    open_ = np.ones(point.shape, dtype=bool)
    open_[0] = not wanted.reference

    def size(slope: FloatArray, where: FloatArray) -> float:
        l1 = np.broadcast_to(prepared.l1_float, slope.shape)
        near = np.abs(where) <= 1e-9 * max(float(np.abs(where).max(initial=0.0)), 1e-300)
        least = np.where(near, np.maximum(np.abs(slope) - l1, 0.0), slope + l1 * np.sign(where))
        return float(np.abs(least[open_]).max(initial=0.0))

    largest = size(at, point)
    return largest, largest / max(size(null, np.zeros_like(point)), 1e-300)


def _least_penalty(values: FloatArray, l1: float, l2: float) -> float:
    """The c for which the sum of l1 |b - c| + l2/2 (b - c)^2 over the b of all classes is least."""
    tried = [*values.tolist()]
    if l2:
        # Between two of the values the signs are known, and the minimum of the quadratic is its own.
        signs = [float(len(values) - 2 * k) for k in range(len(values) + 1)]
        tried = [*tried, *(float(values.mean() + l1 * s / (len(values) * l2)) for s in signs)]
    sizes = [float(l1 * np.abs(values - c).sum() + l2 / 2 * ((values - c) ** 2).sum()) for c in tried]
    return float(tried[int(np.argmin(sizes))])
