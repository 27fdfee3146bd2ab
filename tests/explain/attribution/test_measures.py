"""Sizes of gaps."""

from __future__ import annotations

import math

import pytest

from crossframe.core.statistics import MAX_DIGITS
from crossframe.explain.attribution.measures import (
    coefficient_gap,
    digits_of_agreement,
    digits_of_gap,
    largest_difference,
)

LEFT, RIGHT = [0.1, 0.9, 0.5, math.nan], [0.1, 0.8, math.nan, 0.3]


def test_differences_over_rows_that_both_predict():
    assert largest_difference(LEFT, RIGHT) == pytest.approx(0.1)
    assert digits_of_agreement(LEFT, RIGHT) == pytest.approx(-math.log10(0.1 / 0.9))
    assert digits_of_agreement(LEFT, LEFT) == MAX_DIGITS


@pytest.mark.parametrize("measure", [largest_difference, digits_of_agreement])
def test_no_common_row_is_no_agreement(measure):
    assert math.isnan(measure([1.0, math.nan], [math.nan, 1.0]))
    with pytest.raises(ValueError, match="one shape"):
        measure([1.0], [1.0, 2.0])


def test_digits_of_a_gap():
    assert digits_of_gap(-1e-3) == pytest.approx(3)
    assert digits_of_gap(5.0, scale=50.0) == pytest.approx(1)
    assert digits_of_gap(0.0) == MAX_DIGITS
    assert math.isnan(digits_of_gap(math.nan))


def test_coefficients():
    assert coefficient_gap([0, 3, 4], [0, 3, 0]) == pytest.approx(4 / 5)
