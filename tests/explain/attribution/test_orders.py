"""Shares from random orders: what a block holds, and whether the intervals cover."""

from __future__ import annotations

from itertools import islice, permutations

import numpy as np
import pytest

from crossframe.explain.attribution.evaluated import Method, evaluated, subsets_needed
from crossframe.explain.attribution.inference import IntervalRule, Values
from crossframe.explain.attribution.lattice import shapley
from crossframe.explain.attribution.orders import (
    Sampling,
    arcs,
    block_edges,
    block_shares,
    circles,
    ends,
    sample,
)
from tests.explain.attribution.games import (
    additive,
    by_permutations,
    largest_of,
    names,
    of_array,
    random_game,
    unanimity,
)


def exact(v):
    return shapley(v.reshape(len(v), -1))[:, 0]


def run(game, sampling):
    return evaluated(game, Method.ORDERS, sampling, 0.95)


@pytest.mark.parametrize("k", [1, 2, 3, 6])
def test_a_block_is_the_mean_over_shifts_and_their_reverses(k):
    v = random_game(np.random.default_rng(k), k)
    circle = next(circles(k, seed=1))
    shifts = [tuple(np.roll(circle, j).tolist()) for j in range(k)]
    expected = by_permutations(v, lambda _: [*shifts, *(shift[::-1] for shift in shifts)])
    np.testing.assert_allclose(block_shares(of_array(v), circle)[:, 0], expected, atol=1e-12)


def test_the_mean_over_all_circles_is_the_share():
    v = random_game(np.random.default_rng(0), 5)
    game = of_array(v)
    found = np.mean([block_shares(game, np.array(p))[:, 0] for p in permutations(range(5))], axis=0)
    np.testing.assert_allclose(found, exact(v), atol=1e-12)


def test_every_block_is_efficient_and_exact_for_pairs():
    v = random_game(np.random.default_rng(4), 9, order=2)
    for circle in islice(circles(9, seed=0), 3):
        np.testing.assert_allclose(block_shares(of_array(v), circle)[:, 0], exact(v), atol=1e-12)
    v = random_game(np.random.default_rng(4), 9, order=9)
    for circle in islice(circles(9, seed=0), 3):
        assert block_shares(of_array(v), circle).sum() == pytest.approx(v[0] - v[-1])


def test_blocks_share_their_prefixes():
    """k (k - 1) arcs and the two ends; all but 2 k of the arcs are new to a later block."""
    k = 9
    first, second = (set(arcs(circle).ravel().tolist()) for circle in islice(circles(k, seed=2), 2))
    assert len(first) == k * (k - 1) + 2
    assert set(ends(k)) <= first
    assert len(second - first) <= k * (k - 3)


def test_edges_of_a_block_are_the_switches_it_averages():
    k = 5
    circle = next(circles(k, seed=3))
    rows = {tuple(row) for row in block_edges(circle).tolist()}
    expected = set()
    for j in range(k):
        for order in (np.roll(circle, j), np.roll(circle, j)[::-1]):
            at = 0
            for i in order.tolist():
                expected.add((at, at | 1 << i))
                at |= 1 << i
    assert rows == expected


def test_what_is_announced_is_what_is_needed():
    v = random_game(np.random.default_rng(5), 9)
    seen = []
    game = of_array(v, announce=seen.extend)
    how = Sampling(target=0.0, budget=400, seed=3)
    run(game, how)
    needed = subsets_needed(names(9), Method.ORDERS, how)
    assert set(needed) <= set(seen)
    assert seen[: len(needed)] == needed
    assert len(seen) == len(set(seen)) <= 400
    assert len(subsets_needed(names(4))) == 16
    assert len(subsets_needed(names(9))) < 512


def test_it_stops_at_the_target_the_budget_or_the_end():
    easy = run(of_array(additive(np.arange(9.0))), Sampling())
    assert (easy.stopped, len(easy.blocks)) == ("target", 5)
    hard = of_array(random_game(np.random.default_rng(1), 10))
    found = run(hard, Sampling(target=1e-9, budget=500))
    assert found.stopped == "budget"
    assert hard.evaluations <= 500
    assert run(of_array(unanimity(4, [0, 1, 2])), Sampling(target=0, most=7)).stopped == "most"
    few = run(of_array(unanimity(10, [0, 1, 2])), Sampling(budget=180))
    assert (few.stopped, len(few.blocks)) == ("budget", 2)


def test_a_budget_without_room_for_an_interval():
    with pytest.raises(ValueError, match="two blocks need up to 162"):
        sample(of_array(additive(np.ones(10))), lambda means: means[0], Sampling(budget=60))


def test_same_seed_same_result():
    v = random_game(np.random.default_rng(1), 9)
    one, same, other = (run(of_array(v), Sampling(budget=300, seed=seed)).shares for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


@pytest.mark.parametrize("kind", [random_game, pytest.param(largest_of, marks=pytest.mark.slow)])
@pytest.mark.parametrize("target", [pytest.param(0.0, marks=pytest.mark.slow), 0.1], ids=["budget", "target"])
@pytest.mark.parametrize("games", [25, pytest.param(100, marks=pytest.mark.slow)])
def test_intervals_cover_the_exact_shares(kind, target, games):
    """Games of ten settings: 95 % intervals cover 95 %, and all ten at once do so too.

    Also when sampling stops as soon as the interval is narrow enough.
    """
    alone, together, stopped = [], [], []
    for trial in range(games):
        v = kind(np.random.default_rng(trial), 10)
        game = of_array(v)
        found = run(game, Sampling(target=target, budget=450, seed=trial))
        error = np.abs(found.shares[:, 0] - exact(v))
        for tests, covered in ((1, alone), (10, together)):
            rule = IntervalRule(random=False)
            half = [rule.half(Values(found.shares[i], found.blocks[:, i]), tests) for i in range(10)]
            covered.append(error <= np.array(half) + 1e-12)
        stopped.append(found.stopped)
    assert np.mean(alone) == pytest.approx(0.95, abs=0.03)
    assert np.all(together, axis=1).mean() >= 0.90
    assert stopped.count("target") == 0 if target == 0 else stopped.count("target") > games / 2


def test_sampled_shares_come_near_the_exact_ones():
    v = largest_of(np.random.default_rng(0), 12)
    found = run(of_array(v), Sampling(budget=1000))
    np.testing.assert_allclose(found.shares[:, 0], exact(v), atol=0.02 * v[0])
    np.testing.assert_allclose(found.first, [v[0] - v[1 << i] for i in range(12)])
    np.testing.assert_allclose(found.last, [v[4095 ^ 1 << i] - v[4095] for i in range(12)])
