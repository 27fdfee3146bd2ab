"""The handwritten digits that come with scikit-learn: 8x8 pixels, 0..16, no network needed.

Source: the test part of Alpaydin and Kaynak's Optical Recognition of Handwritten Digits (UCI), 1,797 images.
"""

from __future__ import annotations

import numpy as np

from crossframe.data.types import Dataset


def load(digits: tuple[int, ...] = (0, 1)) -> Dataset:
    """All images of two or more digits, (N, 64), in the order of ``sklearn.datasets.load_digits``.

    ``digits`` names the digit that becomes class 0, the one that becomes class 1, and so on. The source has
    no test set of its own.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    keep = np.isin(bunch.target, digits)
    labels = tuple(map(str, digits))
    return Dataset(
        name="digits" if digits == (0, 1) else f"digits-{'v'.join(labels)}",
        X=np.ascontiguousarray(bunch.data[keep], dtype=np.float64),
        y=np.array([digits.index(digit) for digit in bunch.target[keep]], dtype=np.int64),
        names=tuple(str(name) for name in bunch.feature_names),
        classes=labels,
        source=f"The 8x8 digits {', '.join(labels[:-1])} and {labels[-1]} that come with scikit-learn.",
        image_shape=(8, 8),
        max_value=16.0,
    )
