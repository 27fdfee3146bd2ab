"""The certificate that a logistic regression without penalty has no finite optimum."""

from __future__ import annotations

import numpy as np

from crossframe.engines.base import Coefficients, FloatArray, IntArray


def proves_separation(X: FloatArray, y: IntArray, coefficients: Coefficients) -> bool:
    """Whether the coefficients put every training row strictly on its own side of 0.

    With eta = intercept + X b and (2y - 1) eta > 0 in every row, each multiple t b, t > 1, fits
    better, and the likelihood tends to its bound 1 as t grows, which no finite b attains
    (Albert and Anderson, Biometrika 71 (1984) 1-10: complete separation). It proves nothing
    where a penalty is in force. An aliased column counts as one with the coefficient 0; rows
    with missing values leave the question open.
    """
    eta = coefficients.intercept + X @ np.nan_to_num(coefficients.values)
    return bool(np.all((2 * y - 1) * eta > 0))


def certificate(rows: int) -> str:
    """The words for it."""
    return f"the fitted coefficients put all {rows} rows on their own side of 0"
