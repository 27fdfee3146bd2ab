"""Small fixed samples on which single parameters are tried."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.data import Dataset
from crossframe.data.digits import load

Sample = tuple[FloatArray, IntArray, FloatArray]
"""Training rows (n, k), their classes (n,), evaluation rows (m, k)."""


def _plain() -> Sample:
    """60 rows of 4 features, of which two matter; no plane separates the classes."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(100, 4)) * (1.0, 3.0, 0.5, 1.0) + (0.5, -1.0, 0.0, 2.0)
    y = (X[:, 0] + X[:, 1] / 3 + rng.normal(size=100) > 0.4).astype(np.int64)
    return np.ascontiguousarray(X[:60]), y[:60], np.ascontiguousarray(X[60:])


def _missing() -> Sample:
    """The plain sample without one value in each of five training rows."""
    X, y, X_eval = _plain()
    X = X.copy()
    X[[3, 11, 25, 40, 52], [0, 1, 2, 3, 0]] = np.nan
    return X, y, X_eval


def _constant() -> Sample:
    """The plain sample, one column of which is constant in the training rows."""
    X, y, X_eval = _plain()
    X = X.copy()
    X[:, 2] = 1.5
    return X, y, X_eval


def _collinear() -> Sample:
    """The plain sample, with a fifth column that is the sum of the first two."""
    X, y, X_eval = _plain()
    X, X_eval = (np.column_stack([part, part[:, 0] + part[:, 1]]) for part in (X, X_eval))
    return X, y, X_eval


def _image() -> Sample:
    """24 digits, 0 and 1, of 8 x 8 pixels between 0 and 16, and 40 others."""
    data = digits(three_classes=False)
    return data.X[:24], data.y[:24], data.X[24:64]


def three_classes(name: str) -> Sample:
    """The sample ``name`` with three classes: of the images the digits 0, 1 and 2, 36 of them.

    Of the others the rows of class 0 are two classes, the upper half of them by a noisy sum of the second and
    the fourth feature; no plane separates them.
    """
    if name == "image":
        data = digits(three_classes=True)
        return data.X[:36], data.y[:36], data.X[36:76]
    X, y, X_eval = SAMPLES[name]()
    plain, _, _ = _plain()
    second = plain[:, 1] / 3 + plain[:, 3] + np.random.default_rng(8).normal(size=len(plain))
    half = second > np.median(second[y == 0])
    return X, np.where((y == 0) & half, 2, y), X_eval


def digits(*, three_classes: bool) -> Dataset:
    """scikit-learn's digits 0 and 1, or 0, 1 and 2: the data of the fits that show what is in force."""
    return load((0, 1, 2) if three_classes else (0, 1))


SAMPLES: dict[str, Callable[[], Sample]] = {
    "plain": _plain,
    "missing": _missing,
    "constant": _constant,
    "collinear": _collinear,
    "image": _image,
}
"""Small fixed samples by name."""
