"""Intervals over draws and orders, ratios, and gaps inside the sides' own spread."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from crossframe.core.statistics import constant
from crossframe.explain.attribution.inference import IntervalRule, OwnSpread, Values, against_noise
from tests.explain.attribution.games import of_array

DRAWS = np.array([0.3, 0.1, 0.4, 0.6])


def test_over_draws_it_is_the_corrected_interval_at_bonferronis_level():
    rule = IntervalRule(overlap=0.2)
    half = stats.t.ppf(1 - 0.025 / 5, 3) * math.sqrt((1 / 4 + 0.2 / 0.8) * DRAWS.var(ddof=1))
    assert rule.half(Values(DRAWS), tests=5) == pytest.approx(half)
    assert rule.interval(Values(DRAWS), tests=5) == pytest.approx((0.35 - half, 0.35 + half))


def test_orders_add_their_own_uncertainty():
    blocks = np.array([0.35, 0.30, 0.40])
    of_blocks = stats.t.ppf(0.975, 2) * blocks.std(ddof=1) / math.sqrt(3)
    assert IntervalRule(random=False).half(Values(DRAWS, blocks)) == pytest.approx(of_blocks)
    both = IntervalRule().half(Values(DRAWS, blocks))
    assert both == pytest.approx(math.hypot(of_blocks, IntervalRule().half(Values(DRAWS))))


def test_where_there_is_no_interval():
    rule = IntervalRule()
    assert rule.interval(Values(np.array([0.4]))) is None
    assert rule.interval(Values(np.full(3, 0.4))) is None, "no spread is no information"
    assert rule.interval(Values(np.array([0.1, 0.3 - 0.2, 0.1]))) is None, "nor is rounding"
    assert rule.interval(Values(np.zeros(3))) == (0, 0)
    assert IntervalRule(overlap=1.0).interval(Values(DRAWS)) is None
    assert IntervalRule(random=False).interval(Values(DRAWS)) is None
    assert IntervalRule().interval(Values(DRAWS, np.array([0.35]))) is None


def test_a_ratio_holds_the_quotients_whose_difference_holds_0():
    rng = np.random.default_rng(0)
    whole = rng.normal(1.0, 0.4, 12)
    part = 0.4 * whole + rng.normal(0, 0.1, 12)
    rule = IntervalRule(overlap=0.1)
    low, high = rule.ratio(Values(part), whole, tests=3)
    for r in (low, high):
        ends = rule.interval(Values(part - r * whole), tests=3)
        assert min(map(abs, ends)) == pytest.approx(0, abs=1e-9)
    inside = rule.interval(Values(part - (low + high) / 2 * whole), tests=3)
    assert inside[0] < 0 < inside[1]
    assert low < part.mean() / whole.mean() < high


@pytest.mark.parametrize("sign", [1, -1])
def test_a_ratio_to_a_known_whole_is_the_scaled_interval(sign):
    whole, part = np.full(4, sign * 2.0), Values(DRAWS)
    low, high = IntervalRule().interval(part)
    assert IntervalRule().ratio(part, whole) == pytest.approx(
        tuple(sorted((sign * low / 2, sign * high / 2)))
    )
    blocks = Values(DRAWS[:1], np.array([0.35, 0.30, 0.40]))
    low, high = IntervalRule(random=False).interval(blocks)
    found = IntervalRule(random=False).ratio(blocks, np.array([sign * 2.0]))
    assert found == pytest.approx(tuple(sorted((sign * low / 2, sign * high / 2))))


def test_a_ratio_without_bounds():
    whole = np.array([1.0, -1.0, 0.5, 0.2])
    assert IntervalRule().interval(Values(whole))[0] < 0
    assert IntervalRule().ratio(Values(DRAWS), whole) is None


def test_ratios_cover():
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(1000):
        whole = rng.normal(1.0, 0.5, 15)
        part = 0.3 * whole + rng.normal(0, 0.3, 15)
        found = IntervalRule().ratio(Values(part), whole)
        covered.append(found is not None and found[0] <= 0.3 <= found[1])
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)


def test_rounding_is_no_spread():
    assert constant(np.array([[0.1, 0.3 - 0.2], [0.0, 0.0]]))
    assert not constant(np.array([[0.1, 0.1], [0.0, 1e-300]]))


def test_own_spread_of_two_sides():
    """A side's gap to itself has twice its variance, the gap between the sides the sum of both."""
    rng = np.random.default_rng(2)
    sd = np.array([3.0, 1.0])
    own = [np.abs(rng.normal(0, s, 200_000) - rng.normal(0, s, 200_000)) for s in sd]
    gap = rng.normal(0, sd[0], 200_000) - rng.normal(0, sd[1], 200_000)
    assert np.mean(OwnSpread(*own).expected() ** 2) == pytest.approx(np.mean(gap**2), rel=0.02)
    assert OwnSpread([0.0], [0.0]).none
    assert not OwnSpread([0.0, 1e-9], [0.0, 0.0]).none


@pytest.mark.parametrize("sd", [(1.0, 1.0), (1.0, 0.0), (1.0, 0.3)])
def test_sizes_of_pure_noise_are_inside_it(sd):
    """Sides that differ by their seeds alone: at most 2.5 % of 1000 sizes are called more."""
    rng = np.random.default_rng(3)
    outside = 0
    for _ in range(1000):
        left, right = (rng.normal(0, s, (2, 10)) for s in sd)
        gap = np.abs(left[0] - right[0])
        noise = OwnSpread(*(np.abs(side[0] - side[1]).tolist() for side in (left, right)))
        game = of_array(np.stack([gap, gap]))
        game.need([0])
        outside += not against_noise(game, gap, noise, False, IntervalRule())[0]
    assert outside / 1000 <= 0.025 + 0.01


def test_the_numbers_are_told():
    gap = np.array([0.30, 0.34, 0.28])
    game = of_array(np.stack([gap, gap]))
    game.need([0])
    inside, numbers = against_noise(game, gap, OwnSpread([0.1] * 3, [0.1] * 3), False, IntervalRule())
    assert not inside
    assert numbers["gap"] == pytest.approx(gap.mean())
    assert numbers["own_spread"] == pytest.approx(0.1)
    assert numbers["mean"] == pytest.approx(gap.mean() - 0.1)
    assert numbers["interval"][0] < numbers["mean"] < numbers["interval"][1]
    assert numbers["draws"] == 3
    lost = OwnSpread([0.1, math.nan, 0.1], [0.1] * 3)
    assert against_noise(game, gap, lost, False, IntervalRule())[1]["draws"] == 2
    with pytest.raises(ValueError, match="2 values for 3"):
        against_noise(game, gap, OwnSpread([0.1] * 2, [0.1] * 2), False, IntervalRule())
