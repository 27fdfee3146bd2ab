"""Intervals for overlapping draws, and measures of agreement."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from crossframe.core.statistics import (
    MAX_DIGITS,
    agreement,
    area_under_curve,
    bonferroni,
    coefficient_distance,
    constant,
    corrected_mean,
    digits,
    fieller,
    geometric_mean,
    half_width,
    jackknife,
    selected_level,
    student_mean,
    wilson,
)


def test_without_overlap_it_is_the_t_interval():
    values = np.array([0.1, 0.3, 0.2, 0.6])
    made = student_mean(values)
    expected = scipy_stats.ttest_1samp(values, 0.0)
    interval = expected.confidence_interval(0.95)
    assert (made.value, made.low, made.high) == pytest.approx((values.mean(), interval.low, interval.high))
    assert made.p_value == pytest.approx(expected.pvalue)


def test_coverage_with_correlated_draws():
    """Draws that share rho of their noise: the corrected interval covers, the plain one does not."""
    rng = np.random.default_rng(0)
    rho, trials, b = 0.4, 2000, 10
    covered = {rho: 0, 0.0: 0}
    for _ in range(trials):
        values = math.sqrt(rho) * rng.normal() + math.sqrt(1 - rho) * rng.normal(size=b)
        for assumed in covered:
            made = corrected_mean(values, assumed)
            covered[assumed] += made.low <= 0 <= made.high
    assert covered[rho] / trials == pytest.approx(0.95, abs=0.015)
    assert covered[0.0] / trials < 0.7


def test_edges():
    assert math.isnan(corrected_mean(np.array([np.nan]), 0.1).value)
    assert not corrected_mean(np.array([0.5]), 0.1).exists
    assert not corrected_mean(np.array([0.5, 0.6]), 1.0).exists
    assert corrected_mean(np.zeros(4), 0.1).p_value == 1.0
    made = corrected_mean(np.array([1.0, 1.0, np.nan]), 0.1)
    assert (made.value, made.count, made.exists) == (1.0, 2, False)


@pytest.mark.parametrize(("right", "count"), [(0, 7), (3, 7), (990, 1000), (7, 7)])
def test_wilson_is_that_of_scipy(right, count):
    expected = scipy_stats.binomtest(right, count).proportion_ci(0.95, method="wilson")
    made = wilson(right, count)
    assert (made.low, made.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert made.value == right / count


def test_the_jackknife_of_a_mean_is_students_interval():
    values = np.random.default_rng(0).normal(5, 1, 9)
    made, expected = jackknife(lambda seeds: float(values[seeds].mean()), 9), student_mean(values)
    assert (made.low, made.high) == pytest.approx((expected.low, expected.high), rel=1e-10)
    assert not jackknife(lambda seeds: 1.0, 9).exists
    assert jackknife(lambda seeds: float(values[seeds].mean()), 9, least=5.0).low == 5.0


def test_a_geometric_mean_is_the_mean_of_logarithms():
    logs = np.log([1.0, 2.0, 4.0])
    made = geometric_mean(logs)
    assert made.value == pytest.approx(2.0)
    assert made.low * made.high == pytest.approx(4.0)


def test_the_area_under_a_curve_is_cut_at_one():
    made = area_under_curve(0.9, 20, 30)
    assert made.low < 0.9 < made.high <= 1.0
    assert area_under_curve(0.999, 5, 5).high == 1.0


def test_half_widths_over_draws_and_orders_add_in_squares():
    values, blocks = np.array([0.1, 0.4, 0.3]), np.array([0.2, 0.5, 0.35, 0.1])
    over_draws = student_mean(values).high - student_mean(values).value
    over_blocks = student_mean(blocks).high - student_mean(blocks).value
    assert half_width(values, blocks=blocks) == pytest.approx(math.hypot(over_draws, over_blocks))
    assert half_width(values, blocks=blocks, random=False) == pytest.approx(over_blocks)
    assert half_width(np.full(3, 0.4)) == 0.0
    assert math.isnan(half_width(np.array([0.4])))


def test_fieller_holds_the_ratios_whose_residual_may_be_zero():
    rng = np.random.default_rng(1)
    whole = 2 + 0.2 * rng.normal(size=8)
    part = 0.3 * whole + 0.1 * rng.normal(size=8)
    low, high = fieller(part, whole, 0.1)
    for r in (low, high):
        residual = corrected_mean(part - r * whole, 0.1)
        assert min(abs(residual.low), abs(residual.high)) == pytest.approx(0, abs=1e-9)
    assert fieller(part, rng.normal(size=8), 0.1) is None


def test_what_counts_as_constant():
    assert constant(np.array([[0.1, 0.3 - 0.2], [0.0, 0.0]]))
    assert not constant(np.array([[0.1, 0.1], [0.0, 1e-300]]))
    assert bonferroni(0.95, 5) == pytest.approx(0.99)


@pytest.mark.parametrize("seed", range(5))
def test_selected_intervals_leave_out_zero_where_the_step_up_procedure_rejects(seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(0.4 * (np.arange(40) < 15), 1.0, (20, 40)).T * rng.uniform(0.5, 2, (40, 1))
    p_values = np.array([student_mean(values).p_value for values in rows])
    level = selected_level(p_values)
    rejected = scipy_stats.false_discovery_control(p_values) <= 0.05
    intervals = [student_mean(values, level=level) for values in rows]
    assert [e.low > 0 or e.high < 0 for e in intervals] == rejected.tolist()


def test_without_a_rejection_selected_intervals_are_bonferronis():
    assert selected_level(np.array([0.9, math.nan, 0.5])) == bonferroni(0.95, 3)
    assert selected_level(np.array([])) == bonferroni(0.95, 1)
    # All are rejected: none was chosen among many.
    assert selected_level(np.full(7, 1e-9)) == pytest.approx(0.95)


def test_digits():
    measured = digits(np.array([0.0, 1e-6, 5.0, 1e-30]), np.array([1.0, 1.0, 1.0, 1.0]))
    np.testing.assert_allclose(measured, [MAX_DIGITS, 6.0, 0.0, MAX_DIGITS])


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
