"""The certificate that a logistic regression without penalty has no finite optimum."""

from __future__ import annotations

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.frameworks.contract import Coefficients


def proves_separation(X: FloatArray, y: IntArray, coefficients: Coefficients) -> bool:
    """Whether the coefficients put every training row strictly on its own side of 0.

    With eta = intercept + X b and (2y - 1) eta > 0 in every row, each multiple t b, t > 1, fits
    better, and the likelihood tends to its bound 1 as t grows, which no finite b attains
    (Albert and Anderson, Biometrika 71 (1984) 1-10: complete separation). It proves nothing for a
    penalised fit, and is False for rows with missing values. An aliased column has the coefficient 0.
    """
    eta = coefficients.intercept + X @ np.nan_to_num(coefficients.values)
    return bool(np.all((2 * y - 1) * eta > 0))


def certificate(rows: int) -> str:
    """The part of a convergence message that states the proof, for ``rows`` training rows."""
    return f"the fitted coefficients put all {rows} rows on their own side of 0"
