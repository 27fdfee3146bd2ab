"""The two tables of the study ``arenas``, made of tables that scikit-learn ships."""

from __future__ import annotations

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.data import Dataset


def wide() -> Dataset:
    """Breast cancer: 30 measurements of 569 tumours with their squares and products, 495 columns.

    No classification table that comes with scikit-learn, statsmodels or R has more columns than rows. This
    one has more than any of its training samples, which are drawn from at most 455 rows. Source of the
    measurements: Wolberg, Street and Mangasarian, 1995 (UCI).
    """
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    names = [str(name) for name in bunch.feature_names]
    first, second = np.triu_indices(len(names))
    products = bunch.data[:, first] * bunch.data[:, second]
    both = [f"{names[i]} * {names[j]}" for i, j in zip(first, second, strict=True)]
    return Dataset(
        name="cancer-products",
        X=_rows(np.column_stack([bunch.data, products])),
        y=np.asarray(bunch.target, dtype=np.int64),
        names=(*names, *both),
        classes=("malignant", "benign"),
        source="Breast cancer of scikit-learn: 30 measurements of 569 tumours, their squares and products.",
    )


def plain() -> Dataset:
    """Diabetes: ten measurements of 442 patients; class 1 is a progression above the median.

    Source: Efron, Hastie, Johnstone and Tibshirani, Least angle regression, 2004.
    """
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    return Dataset(
        name="diabetes",
        X=_rows(bunch.data),
        y=(bunch.target > np.median(bunch.target)).astype(np.int64),
        names=tuple(str(name) for name in bunch.feature_names),
        classes=("at most the median", "above the median"),
        source="Diabetes of scikit-learn: ten measurements of 442 patients; progression above the median.",
    )


def _rows(X: FloatArray) -> FloatArray:
    """C order, and no -0.0, as every `Dataset` has them."""
    return np.ascontiguousarray(X, dtype=np.float64) + 0.0
