"""Values are found once, announced before, and paired."""

from __future__ import annotations

import math

import numpy as np
import pytest

from crossframe.explain.attribution.game import Game, UndefinedGap
from crossframe.explain.attribution.lattice import shapley
from tests.explain.attribution.games import of_array, random_game


def test_every_set_is_evaluated_once_and_announced_before():
    log: list[tuple[str, frozenset[str]]] = []

    def evaluate(subset):
        log.append(("evaluate", subset))
        return float(len(subset))

    game = Game("ab", evaluate, announce=lambda sets: log.extend(("announce", s) for s in sets))
    game.need([0, 1])
    game.need([1, 3, 3, 0])
    np.testing.assert_array_equal(game.values([3, 0, 1]).ravel(), [2, 0, 1])
    assert log == [
        ("announce", frozenset()), ("announce", frozenset("a")),
        ("evaluate", frozenset()), ("evaluate", frozenset("a")),
        ("announce", frozenset("ab")), ("evaluate", frozenset("ab")),
    ]  # fmt: skip
    assert game.evaluations == 3


def test_masks():
    game = of_array(np.zeros(8))
    assert game.mask({"a", "c"}) == 5
    assert game.subset(5) == {"a", "c"}


def test_a_replicate_without_a_value_is_left_out_everywhere():
    v = np.arange(8.0).reshape(2, 4)
    v[1, 2] = np.nan
    game = of_array(v)
    assert game.values([0]).tolist() == [[0, 1, 2, 3]]
    assert game.values([0, 1]).tolist() == [[0, 1, 3], [4, 5, 7]]
    assert game.values([0]).tolist() == [[0, 1, 3]]
    assert game.lost == 1


def test_seeds_of_a_draw_are_averaged():
    v = np.array([[1.0, 2.0, 4.0, 8.0, 9.0], [0.0, 0.0, np.nan, 2.0, 3.0]])
    game = of_array(v, draws=["x", "x", "x", "y", "y"])
    game.need([1])
    np.testing.assert_allclose(game.values([0, 1]), [[1.5, 8.5], [0.0, 2.5]])
    np.testing.assert_allclose(game.by_draw(np.array([0.0, 2.0, 99.0, 1.0, 3.0])), [1.0, 2.0])
    with pytest.raises(ValueError, match="3 values for 5 replicates"):
        game.by_draw(np.zeros(3))


def test_the_mean_over_seeds_is_the_mean_of_shares():
    rng = np.random.default_rng(3)
    v = np.stack([random_game(rng, 3) for _ in range(4)], axis=1)
    game = of_array(v, draws=[0, 0, 1, 1])
    found = shapley(game.values(list(range(8))))
    np.testing.assert_allclose(found, shapley(v).reshape(3, 2, 2).mean(axis=2), atol=1e-12)


def test_a_hybrid_without_a_value():
    game = of_array(np.array([1.0, np.nan, np.inf, 0.0]))
    with pytest.raises(UndefinedGap, match="switched: a"):
        game.values([0, 1])
    with pytest.raises(UndefinedGap, match="switched: b"):
        game.values([2])
    assert math.isnan(game.mean(1))
    assert game.mean(0) == 1.0
    apart = of_array(np.array([[np.nan, 1.0], [1.0, np.nan]]))
    with pytest.raises(UndefinedGap, match="nothing; a"):
        apart.values([0, 1])


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ([1.0, [1.0]], "same replicates"),
        ([[1.0], [1.0, 2.0]], "same replicates"),
        ([[[1.0]]], "shape"),
        ([[]], "shape"),
    ],
)
def test_values_that_do_not_pair(values, match):
    given = iter(values)
    game = Game("a", lambda _: next(given))
    with pytest.raises(ValueError, match=match):
        game.need([0, 1])


def test_names_and_draws_have_to_fit():
    with pytest.raises(ValueError, match="twice"):
        Game("aa", lambda _: 0.0)
    with pytest.raises(ValueError, match="at most 62"):
        Game([str(i) for i in range(63)], lambda _: 0.0)
    with pytest.raises(ValueError, match="2 draws for 3"):
        Game("a", lambda _: [1.0, 2.0, 3.0], draws=[1, 2]).need([0])
