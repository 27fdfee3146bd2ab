"""The handwritten digits that come with scikit-learn: 8x8 pixels, 0..16, no network needed.

Source: the test part of Alpaydin and Kaynak's Optical Recognition of Handwritten Digits (UCI), 1,797 images.
"""

from __future__ import annotations

import numpy as np

from crossframe.data.types import Dataset


def load(digits: tuple[int, int] = (0, 1)) -> Dataset:
    """All images of two digits, (N, 64), in the order of ``sklearn.datasets.load_digits``.

    ``digits`` names the digit that becomes class 0, and the one that becomes class 1. The source has
    no test set of its own.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    keep = np.isin(bunch.target, digits)
    first, second = digits
    return Dataset(
        name="digits" if digits == (0, 1) else f"digits-{first}v{second}",
        X=np.ascontiguousarray(bunch.data[keep], dtype=np.float64),
        y=(bunch.target[keep] == second).astype(np.int64),
        names=tuple(str(name) for name in bunch.feature_names),
        classes=(str(first), str(second)),
        source=f"The 8x8 digits {first} and {second} that come with scikit-learn.",
        image_shape=(8, 8),
        max_value=16.0,
    )
