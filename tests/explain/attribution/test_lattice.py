"""Axioms and closed forms of exact shares and interactions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crossframe.explain.attribution.lattice import edges, interactions, shapley
from tests.explain.attribution.games import additive, by_permutations, members, random_game, unanimity

gaps = st.floats(-1e6, 1e6, allow_nan=False)
lattices = st.integers(1, 5).flatmap(lambda k: arrays(np.float64, (1 << k, 2), elements=gaps))


def k_of(v: np.ndarray) -> int:
    return len(v).bit_length() - 1


@given(lattices)
def test_efficiency(v):
    np.testing.assert_allclose(shapley(v).sum(axis=0), v[0] - v[-1], atol=1e-9 * (1 + np.abs(v).max()))


@given(lattices, st.data())
def test_a_dummy_gets_exactly_nothing(v, data):
    i = data.draw(st.integers(0, k_of(v) - 1))
    sets = np.arange(len(v))
    v = v[sets & ~(1 << i)]
    assert (shapley(v)[i] == 0).all()
    assert (interactions(v)[i] == 0).all()


@given(lattices, st.data())
def test_symmetry(v, data):
    """Exchanging two settings exchanges their shares; if nothing else changes, they are equal."""
    k = k_of(v)
    i, j = data.draw(st.tuples(st.integers(0, k - 1), st.integers(0, k - 1)))
    sets = np.arange(len(v))
    differ = (sets >> i ^ sets >> j) & 1
    exchanged = v[sets ^ (differ << i | differ << j if i != j else 0)]
    close = {"rtol": 1e-9, "atol": 1e-9 * (1 + np.abs(v).max())}
    np.testing.assert_allclose(shapley(exchanged)[i], shapley(v)[j], **close)
    same = shapley(v + exchanged)
    np.testing.assert_allclose(same[i], same[j], **close)


@given(lattices)
def test_additivity(v):
    other = np.random.default_rng(0).normal(size=v.shape)
    close = {"rtol": 1e-9, "atol": 1e-9 * (1 + np.abs(v).max())}
    np.testing.assert_allclose(shapley(v + 2 * other), shapley(v) + 2 * shapley(other), **close)
    np.testing.assert_allclose(
        interactions(v + 2 * other), interactions(v) + 2 * interactions(other), **close
    )


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 6])
def test_it_is_the_mean_over_all_orders(k):
    v = random_game(np.random.default_rng(k), k)
    np.testing.assert_allclose(shapley(v[:, None])[:, 0], by_permutations(v), atol=1e-12)


def test_additive_games_give_each_its_own():
    effects = [0.5, -0.25, 0.0, 3.0]
    v = additive(effects, left=0.125)[:, None]
    np.testing.assert_allclose(shapley(v)[:, 0], effects, atol=1e-15)
    np.testing.assert_allclose(interactions(v), 0, atol=1e-15)


@pytest.mark.parametrize("needed", [[0], [1, 3], [0, 2, 4], [0, 1, 2, 3, 4]])
def test_unanimity_games_share_alike(needed):
    """Shares 1/t among the t needed; the interaction of a pair of them is 1/(t - 1)."""
    t = len(needed)
    v = unanimity(5, needed)[:, None]
    np.testing.assert_allclose(shapley(v)[:, 0], [(i in needed) / t for i in range(5)], atol=1e-15)
    pair = interactions(v)[:, :, 0]
    for i in range(5):
        for j in range(5):
            both = i != j and i in needed and j in needed
            assert pair[i, j] == pytest.approx(1 / (t - 1) if both else 0, abs=1e-15)


def test_glove_game():
    """One left glove, two right ones: a pair closes the gap. Shares 2/3, 1/6, 1/6."""
    held = members(3)
    v = 1.0 - (held[:, 0] & (held[:, 1] | held[:, 2]))[:, None]
    np.testing.assert_allclose(shapley(v)[:, 0], [2 / 3, 1 / 6, 1 / 6])
    pair = interactions(v)[:, :, 0]
    assert pair[0, 1] == pytest.approx(1 / 2)
    assert pair[1, 2] == pytest.approx(-1 / 2), "either right glove does"


def test_two_settings_split_their_interaction():
    """phi_i = what i closes alone + half the interaction."""
    v = np.array([[1.0], [0.7], [0.9], [0.0]])
    index = interactions(v)[0, 1, 0]
    assert index == pytest.approx(1.0 - 0.3 - 0.1)
    np.testing.assert_allclose(shapley(v)[:, 0], [0.3 + index / 2, 0.1 + index / 2])


def test_edges_are_every_switch():
    found = {tuple(row) for row in edges(3).tolist()}
    assert found == {(s, s | 1 << i) for s in range(8) for i in range(3) if not s >> i & 1}
    assert edges(0).shape == (0, 2)


def test_no_lattice():
    with pytest.raises(ValueError, match="no lattice"):
        shapley(np.zeros((6, 1)))
