"""The smallest set of switches, against brute force."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from crossframe.core.statistics import MAX_DIGITS
from crossframe.explain.attribution.closing import at_floor, by_part, close
from crossframe.explain.attribution.evaluated import Method
from crossframe.explain.attribution.game import Game
from crossframe.explain.attribution.lattice import shapley
from tests.explain.attribution.games import additive, members, names, of_array, unanimity


def shares_of(v):
    return dict(zip(names(len(v).bit_length() - 1), shapley(v[:, None])[:, 0], strict=True))


def monotone(rng, k):
    """A gap that no switch enlarges, with several ways to close it."""
    ways = [rng.choice(k, rng.integers(1, k + 1), replace=False) for _ in range(rng.integers(1, 5))]
    v = np.min([unanimity(k, way) for way in ways], axis=0) * (1 + additive(rng.exponential(size=k)))
    return np.asarray(v)


def smallest(v, closed):
    """Size of the smallest closing set, trying all sets."""
    sizes = members(len(v).bit_length() - 1).sum(axis=1)
    return min((int(s) for s, gap in zip(sizes, v, strict=True) if closed(gap)), default=None)


@pytest.mark.parametrize("seed", range(60))
def test_the_exact_search_finds_the_smallest_set(seed):
    rng = np.random.default_rng(seed)
    v = monotone(rng, int(rng.integers(1, 7)))
    closed = at_floor(1e-9) if seed % 2 else by_part(v[0], 0.6)
    game = of_array(v)
    found = close(game, closed, shares_of(v))
    assert found.closed
    assert found.smallest
    assert len(found.settings) == smallest(v, closed)
    assert closed(v[game.mask(found.settings)])
    assert found.gap == v[game.mask(found.settings)]


@pytest.mark.parametrize("seed", range(40))
def test_of_a_greedy_set_nothing_can_be_spared(seed):
    rng = np.random.default_rng(seed)
    v = monotone(rng, 9)
    game = of_array(v)
    found = close(game, at_floor(1e-9), shares_of(v), method=Method.ORDERS)
    assert found.closed
    assert not found.smallest or not found.settings
    assert v[game.mask(found.settings)] <= 1e-9
    for fewer in combinations(found.settings, len(found.settings) - 1):
        assert v[game.mask(fewer)] > 1e-9


def test_greedy_takes_back_what_it_took_too_much():
    """A large first gain that the two settings which close the gap make needless."""
    v = additive([0.6, 0.0, 0.0, 0.0], left=1.0) * unanimity(4, [1, 2])
    found = close(of_array(v), at_floor(0.0), shares_of(v), method=Method.ORDERS)
    assert sorted(found.settings) == ["b", "c"]


def test_greedy_evaluates_a_few_hybrids_of_many():
    v = additive([3.0, 0, 0, 1.0, 0, 0, 0, 0, 0, 0, 0, 0])
    game = of_array(v)
    found = close(game, at_floor(0.0), shares_of(v))
    assert found.settings == ("a", "d")
    assert game.evaluations <= 1 + 12 + 11 + 2


def test_greedy_uses_what_was_evaluated_for_the_shares():
    """Only {b} closes: a gains more at first, nothing is closed with a, and all do not close."""
    v = np.full(8, 1.0)
    v[0b001], v[0b011], v[0b010] = 0.2, 0.2, 0.3
    found = close(of_array(v), lambda gap: gap == 0.3, {}, method=Method.ORDERS)
    assert (found.closed, found.settings) == (True, ("b",))


def test_ties_go_to_the_larger_share_then_to_the_name():
    v = np.minimum(unanimity(4, [1, 2]), unanimity(4, [0, 3]))
    assert set(close(of_array(v), at_floor(0.0), {"b": 0.1, "c": 0.1}).settings) == {"b", "c"}
    assert set(close(of_array(v), at_floor(0.0), {"a": 0.1, "d": -0.2, "b": 0.1}).settings) == {"a", "d"}
    assert set(close(of_array(v), at_floor(0.0), {}).settings) == {"a", "d"}


def test_what_cannot_be_closed_says_what_comes_nearest():
    v = np.array([1.0, 0.4, 0.4, 0.4])
    for method in Method:
        found = close(of_array(v), at_floor(0.1, tolerance=0.1), {"b": 1.0}, method=method)
        assert (found.closed, found.settings, found.gap) == (False, ("b",), 0.4)
        assert str(found) == "cannot be closed; b leaves 0.4"


def test_nothing_to_close():
    found = close(of_array(np.array([0.0, 1.0])), at_floor(0.0), {})
    assert (found.closed, found.smallest, found.settings) == (True, True, ())
    assert [step.setting for step in found.steps] == [""]


def test_the_path_takes_the_largest_gain_first():
    v = additive([1e-6, 1e-3, 1e-4])
    found = close(of_array(v), at_floor(1e-12), shares_of(v))
    assert found.settings == ("b", "c", "a")
    assert [step.digits for step in found.steps] == pytest.approx([2.96, 4.0, 6, MAX_DIGITS], abs=0.01)
    assert [step.gap for step in found.steps] == pytest.approx([1.101e-3, 1.01e-4, 1e-6, 0])


def test_signed_gaps_close_at_0_from_both_sides():
    v = additive([-0.06, 0.02, 0.01])
    found = close(of_array(v), by_part(v[0], 0.9), shares_of(v))
    assert set(found.settings) == {"a", "b", "c"}
    part = close(of_array(v), by_part(v[0], 0.3), shares_of(v))
    assert (part.settings, part.gap) == (("a", "b"), pytest.approx(0.01))


def test_a_hybrid_that_failed_closes_nothing():
    v = np.array([1.0, np.nan, 0.5, 0.0])
    for method in Method:
        found = close(of_array(v), at_floor(0.0), {}, method=method)
        assert (found.closed, set(found.settings)) == (True, {"a", "b"})
        assert found.steps[1].setting == "b"
    broken = close(of_array(np.array([1.0, np.nan])), at_floor(0.0), {})
    assert (broken.closed, broken.settings) == (False, ())


def test_replicates_close_in_the_mean():
    v = np.array([[1.0, 1.2], [0.1, -0.1]])
    assert close(of_array(v), at_floor(1e-12), {}).settings == ("a",)


def test_json():
    v = np.array([1.0, np.nan, 0.5, 0.25])
    found = close(of_array(v), at_floor(0.25), {})
    assert found.to_dict() == {
        "closed": True, "smallest": True, "settings": ["b", "a"], "gap": 0.25,
        "steps": [
            {"setting": None, "gap": 1.0, "digits": 0.0},
            {"setting": "b", "gap": 0.5, "digits": pytest.approx(-math.log10(0.5))},
            {"setting": "a", "gap": 0.25, "digits": pytest.approx(-math.log10(0.25))},
        ],
    }  # fmt: skip


def test_no_settings():
    found = close(Game((), lambda _: 0.5), at_floor(0.1), {})
    assert (found.closed, found.settings) == (False, ())
