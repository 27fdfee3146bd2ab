"""Columns of levels: how they are coded, effects that are not printed, and clusters of standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.explain.coefficients.terms import spelled

if TYPE_CHECKING:
    import pandas as pd

SCALED = {
    "sd_n": "standardised with the standard deviation with 1/n (scikit-learn's StandardScaler)",
    "sd_n-1": "standardised with the standard deviation with 1/(n-1) (R's scale)",
    "centred": "centred at their means",
    "range": "scaled to the range from 0 to 1 (scikit-learn's MinMaxScaler)",
    "largest": "divided by their largest size (scikit-learn's MaxAbsScaler)",
}
"""How columns are scaled, in words."""
CODINGS = {
    "sum": "sum contrasts (R's contr.sum, SAS's effect coding)",
    "helmert": "Helmert contrasts (R's contr.helmert)",
    "indicator_first": "indicators with the first level as reference",
    "indicator_last": "indicators with the last level as reference",
    "codes": "one number, 0, 1, ... in the sorted order of its levels",
    "codes_from_1": "one number, 1, 2, ... in the sorted order of its levels",
    "codes_reversed": "one number, 0, 1, ... in the reversed order of its levels",
    "polynomial": "orthogonal polynomials (R's contr.poly)",
}
"""How a column of levels is coded, in words."""
_CLUSTERS = 8
"""Columns that are tried as clusters."""


def numbered(column: pd.Series) -> IntArray:
    """The number of every row's level, (n,) from 0."""
    return np.unique([spelled(v) for v in column], return_inverse=True)[1]


def indicators(columns: Sequence[pd.Series]) -> FloatArray:
    """(n, k) an indicator of every level of every column."""
    each = [numbered(column) for column in columns]
    return np.concatenate([np.eye(codes.max() + 1)[codes] for codes in each], axis=1)


def without_levels(
    X: FloatArray, y: FloatArray, weights: FloatArray | None, levels: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """X (n, p) and y (n,) less what the columns of ``levels`` (n, k) predict of them by least squares."""
    root = np.ones((len(y), 1)) if weights is None else np.sqrt(weights)[:, None]
    both = np.column_stack([X, y])
    made = both - levels @ np.linalg.lstsq(root * levels, root * both, rcond=None)[0]
    return made[:, :-1], made[:, -1]


def clusters(frame: pd.DataFrame, target: str) -> dict[str, IntArray]:
    """Columns that may be the clusters of these rows, with the number of each row's from 0."""
    made: dict[str, IntArray] = {}
    for name in map(str, frame.columns):
        if name != target and not frame[name].isna().any() and len(made) < _CLUSTERS:
            codes = numbered(frame[name])
            if 2 <= codes.max() + 1 <= len(codes) / 2:
                made[name] = codes
    return made
