"""Intervals for overlapping draws, and measures of agreement."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from crossframe.comparison.stats import (
    MAX_DIGITS,
    agreement,
    coefficient_distance,
    digits,
    mean_interval,
)


def test_without_overlap_it_is_the_t_interval():
    values = np.array([0.1, 0.3, 0.2, 0.6])
    mean, low, high, p = mean_interval(values, 0.0)
    expected = scipy_stats.ttest_1samp(values, 0.0)
    interval = expected.confidence_interval(0.95)
    assert (mean, low, high) == pytest.approx((values.mean(), interval.low, interval.high))
    assert p == pytest.approx(expected.pvalue)


def test_coverage_with_correlated_draws():
    """Draws that share rho of their noise: the corrected interval covers, the plain one does not."""
    rng = np.random.default_rng(0)
    rho, trials, b = 0.4, 2000, 10
    covered = {rho: 0, 0.0: 0}
    for _ in range(trials):
        values = math.sqrt(rho) * rng.normal() + math.sqrt(1 - rho) * rng.normal(size=b)
        for assumed in covered:
            _, low, high, _ = mean_interval(values, assumed)
            covered[assumed] += low <= 0 <= high
    assert covered[rho] / trials == pytest.approx(0.95, abs=0.015)
    assert covered[0.0] / trials < 0.7


def test_edges():
    assert all(map(math.isnan, mean_interval(np.array([np.nan]), 0.1)))
    assert math.isnan(mean_interval(np.array([0.5]), 0.1)[1])
    assert math.isnan(mean_interval(np.array([0.5, 0.6]), 1.0)[1])
    assert mean_interval(np.zeros(4), 0.1)[3] == 1.0
    mean, *others = mean_interval(np.ones(4), 0.1)
    assert mean == 1.0
    assert all(map(math.isnan, others))


def test_digits():
    found = digits(np.array([0.0, 1e-6, 5.0, 1e-30]), np.array([1.0, 1.0, 1.0, 1.0]))
    np.testing.assert_allclose(found, [MAX_DIGITS, 6.0, 0.0, MAX_DIGITS])


def test_agreement():
    score = np.array([[0.1, 0.9, 0.5], [0.1, 0.8, 0.5]])
    labels = (score > 0.5).astype(np.int8)
    labels[1, 2] = 1
    found = agreement(score, labels)
    assert found["max_dp"][0, 1] == pytest.approx(0.1)
    assert found["mean_dp"][0, 1] == pytest.approx(0.1 / 3)
    assert found["alike"][0, 1] == pytest.approx(2 / 3)
    assert found["digits"][0, 1] == pytest.approx(-math.log10(0.1 / 0.9))
    assert found["digits"][0, 0] == MAX_DIGITS


def test_coefficient_distance():
    beta = np.array([[0.0, 3.0, 4.0], [0.0, 3.0, 0.0], [np.nan] * 3])
    found = coefficient_distance(beta)
    assert found[0, 1] == pytest.approx(4 / 5)
    assert found[0, 0] == 0
    assert np.isnan(found[0, 2])
