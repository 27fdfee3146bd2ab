"""The certificate of complete separation."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe.frameworks.contract import Coefficients
from crossframe.frameworks.separation import proves_separation

X = np.array([[0.0, 5.0], [1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
Y = np.array([0, 0, 1, 1])


@pytest.mark.parametrize(
    ("intercept", "slopes", "proved"),
    [
        (-1.5, [1.0, 0.0], True),
        (-1.5, [1.0, np.nan], True),  # aliased
        (-2.0, [1.0, 0.0], False),  # a row on the border
        (-2.5, [1.0, 0.0], False),
        (1.5, [-1.0, 0.0], False),
    ],
)
def test_every_row_strictly_on_its_side(intercept: float, slopes: list[float], proved: bool) -> None:
    assert proves_separation(X, Y, Coefficients(intercept, np.array(slopes))) is proved


def test_a_missing_value_leaves_it_open() -> None:
    holed = X.copy()
    holed[0, 0] = np.nan
    assert not proves_separation(holed, Y, Coefficients(-1.5, np.array([1.0, 0.0])))
