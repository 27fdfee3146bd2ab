"""Sizes of gaps, and the scale on which they add up."""

from __future__ import annotations

import math

import numpy as np
import pytest

from crossframe.attribution.lattice import shapley
from crossframe.attribution.measures import (
    Scale,
    accuracy_difference,
    coefficient_gap,
    digits_of_agreement,
    digits_of_gap,
    largest_difference,
    mean_difference,
)
from crossframe.comparison.stats import MAX_DIGITS
from tests.attribution.games import additive

LEFT, RIGHT = [0.1, 0.9, 0.5, math.nan], [0.1, 0.8, math.nan, 0.3]


def test_differences_over_rows_that_both_predict():
    assert largest_difference(LEFT, RIGHT) == pytest.approx(0.1)
    assert mean_difference(LEFT, RIGHT) == pytest.approx(0.05)
    assert digits_of_agreement(LEFT, RIGHT) == pytest.approx(-math.log10(0.1 / 0.9))
    assert digits_of_agreement(LEFT, LEFT) == MAX_DIGITS


@pytest.mark.parametrize("measure", [largest_difference, mean_difference, digits_of_agreement])
def test_no_common_row_is_no_agreement(measure):
    assert math.isnan(measure([1.0, math.nan], [math.nan, 1.0]))
    with pytest.raises(ValueError, match="one length"):
        measure([1.0], [1.0, 2.0])


def test_digits_of_a_gap():
    assert digits_of_gap(-1e-3) == pytest.approx(3)
    assert digits_of_gap(5.0, scale=50.0) == pytest.approx(1)
    assert digits_of_gap(0.0) == MAX_DIGITS
    assert math.isnan(digits_of_gap(math.nan))


def test_coefficients():
    assert coefficient_gap([0, 3, 4], [0, 3, 0]) == pytest.approx(4 / 5)


def test_accuracy_is_signed():
    assert accuracy_difference([1, 1, 0, 0], [1, 0, 0, 1], [1, 1, 0, 0]) == 0.5
    assert accuracy_difference([1, 0, 0, 1], [1, 1, 0, 0], [1, 1, 0, 0]) == -0.5
    with pytest.raises(ValueError, match="labels"):
        accuracy_difference([1], [1, 0], [1, 0])


def test_digits_do_not_add_up():
    """Effects of 1e-3 and 1e-5 that add: a hundredfold in raw shares, all but equal in digits."""
    v = additive([1e-3, 1e-5])[:, None]
    raw = shapley(v)[:, 0]
    np.testing.assert_allclose(raw, [1e-3, 1e-5], rtol=1e-9)
    in_digits = shapley(Scale.LOG10.transform(v, floor=1e-12))[:, 0]
    assert in_digits.sum() == pytest.approx(math.log10(1.01e-3 / 1e-12))
    assert in_digits[0] / in_digits[1] < 2


def test_factors_add_up_in_digits():
    v = 10.0 ** additive([2.0, 5.0], left=-9)[:, None]
    np.testing.assert_allclose(shapley(Scale.LOG10.transform(v, 1e-12))[:, 0], [2, 5])


def test_digits_need_a_floor():
    with pytest.raises(ValueError, match="floor"):
        Scale.LOG10.transform(np.ones((2, 1)), 0.0)
    assert Scale.RAW.transform(np.ones((2, 1)), 0.0).tolist() == [[1.0], [1.0]]
