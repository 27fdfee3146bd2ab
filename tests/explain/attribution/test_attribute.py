"""A gap is shared out, or refused: rates measured on simulated sides."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from crossframe.explain.attribution.attribute import GapTerms, attribute
from crossframe.explain.attribution.evaluated import Method
from crossframe.explain.attribution.game import Game
from crossframe.explain.attribution.inference import IntervalRule, OwnSpread
from crossframe.explain.attribution.lattice import shapley
from crossframe.explain.attribution.orders import Sampling
from crossframe.explain.attribution.record import GapFinding, Standing
from tests.explain.attribution.games import additive, largest_of, names, of_array, random_game, unanimity

SIGNED = GapTerms(signed=True)


def replicates(v, noise):
    """A deterministic lattice seen through noise of shape (2^k, B)."""
    return of_array(v[:, None] + noise)


def test_a_deterministic_gap_is_shared_out_exactly():
    found = attribute(
        of_array(additive([0.2, 0.0, 0.7], left=0.1)),
        values={"a": (1.0, 0.0), "c": ("lbfgs", "newton")},
    )
    assert found.finding is GapFinding.ATTRIBUTED
    assert (found.before, found.after) == pytest.approx((1.0, 0.1))
    assert [share.setting for share in found.causes] == ["c", "a"]
    assert found.inert == ("b",)
    c = found.causes[0]
    assert (c.left, c.right, c.interval, c.fraction_interval) == ("lbfgs", "newton", None, None)
    assert (c.amount, c.first, c.last) == (pytest.approx(0.7),) * 3
    assert (c.fraction, c.fraction_first, c.fraction_last) == (pytest.approx(0.7),) * 3, "of the gap"
    assert found.not_closed == pytest.approx(0.1)
    assert found.amounts()["b"] == 0.0
    assert found.method["intervals"].startswith("none: both sides are deterministic")
    assert found.method["evaluations"] == 8


def test_sides_that_agree_need_two_hybrids():
    game = of_array(np.array([1e-13, 5.0, 5.0, 0.0]))
    found = attribute(game, GapTerms(floor=1e-12))
    assert found.finding is GapFinding.AGREE
    assert not found.shares
    assert game.evaluations == 2


def test_a_share_at_the_floor_is_no_cause():
    found = attribute(of_array(additive([0.5, 1e-13])), GapTerms(floor=1e-12))
    assert [share.setting for share in found.causes] == ["a"]
    assert found.inert == ("b",), "no switch of it moves the gap by more than the floor"
    balanced = attribute(of_array(np.array([1.0, 1.25, 0.5, 0.25])))
    assert {share.setting: share.standing for share in balanced.shares} == {
        "a": Standing.FLOOR, "b": Standing.CAUSE
    }  # fmt: skip


def test_what_closes_next_to_nothing_is_no_cause():
    found = attribute(of_array(additive([0.999, 0.0005, 0.0004])))
    assert [share.setting for share in found.causes] == ["a"]
    assert {share.standing for share in found.shares[1:]} == {Standing.SMALL}
    reasons = [share["reason"] for share in found.to_dict()["not_attributed"]]
    assert all(reason.startswith("too small to matter") for reason in reasons)


def test_what_closes_much_first_and_last_is_a_cause_whatever_its_share():
    found = attribute(of_array(np.array([1.0, 0.5, 0.5, 0.495, 0.5, 0.1, 0.1, 0.0])))
    assert all(share.standing is Standing.CAUSE for share in found.shares)


def test_interactions_are_named():
    found = attribute(of_array(unanimity(3, [0, 1]) + additive([0.0, 0.0, 1.0])))
    notable = [pair for pair in found.interactions if pair.notable]
    assert [(pair.settings, pair.kind, pair.index) for pair in notable] == [
        (("a", "b"), "together", pytest.approx(1.0))
    ]
    either = attribute(of_array(np.array([1.0, 0.0, 0.0, 0.0])))
    assert either.interactions[0].kind == "overlap"
    slight = attribute(of_array(additive([1.0, 1.0]) + 0.1 * unanimity(2, [0, 1])))
    assert slight.interactions[0].index == pytest.approx(0.1)
    assert not slight.interactions[0].notable


def test_switches_that_enlarge_the_gap_are_noted():
    v = additive([0.5, -0.1, 1.0], left=1.0)
    v[0b110] += 1.2
    (b, c) = attribute(of_array(v)).enlargements
    assert (b.setting, b.after, b.contexts, b.of) == ("b", ("c",), 4, 4)
    assert (b.before, b.then) == (pytest.approx(1.4), pytest.approx(2.7))
    larger = "switching b after c enlarges the gap from 1.4 to 2.7"
    assert str(b) == f"{larger} (so in 4 of 4 combinations with the others)"
    assert (c.setting, c.after, c.contexts) == ("c", ("b",), 1)


def test_a_signed_gap_is_larger_when_its_size_is():
    """From -0.02 to 0: no enlargement, though the number rises; from 0.01 to -0.02: one."""
    assert not attribute(of_array(np.array([-0.02, 0.0])), SIGNED).enlargements
    (note,) = attribute(of_array(np.array([0.01, -0.02])), SIGNED).enlargements
    assert (note.before, note.then) == (0.01, -0.02)


def test_shares_of_a_signed_gap():
    found = attribute(of_array(additive([-0.06, 0.02])), SIGNED)
    assert found.before == pytest.approx(-0.04)
    a, b = found.causes
    assert (a.amount, a.fraction) == (pytest.approx(-0.06), pytest.approx(1.5))
    assert (b.amount, b.fraction) == (pytest.approx(0.02), pytest.approx(-0.5))


def test_a_switch_that_enlarges_the_gap_has_a_negative_share_whatever_the_others_close():
    alone = attribute(of_array(np.array([1.0, 1.2])))
    assert [(s.amount, s.fraction) for s in alone.causes] == [pytest.approx((-0.2, -0.2))]
    assert alone.not_closed == pytest.approx(1.2)
    cancelling = attribute(of_array(additive([0.5, -0.5], left=1.0)))
    assert {s.setting: (s.amount, s.fraction) for s in cancelling.causes} == {
        "a": (0.5, 0.5), "b": (-0.5, -0.5)
    }  # fmt: skip


def test_sides_without_spread_are_deterministic_however_many_seeds():
    v = np.repeat(additive([0.3, 0.1])[:, None], 4, axis=1)
    found = attribute(of_array(v), noise=OwnSpread([0.0] * 4, [0.0] * 4))
    assert [share.setting for share in found.causes] == ["a", "b"]
    assert found.causes[0].interval is None
    assert attribute(of_array(v)).finding is GapFinding.NOISE, "their own spread was not measured"


def test_a_hybrid_may_have_spread_that_the_sides_have_not():
    rng = np.random.default_rng(0)
    v = np.repeat(additive([0.3, 0.1])[:, None], 8, axis=1)
    v[1] += rng.normal(0, 0.3, 8)
    found = attribute(of_array(v), noise=OwnSpread([0.0] * 8, [0.0] * 8))
    assert found.finding is GapFinding.ATTRIBUTED
    assert all(share.interval is not None for share in found.shares)


def test_one_replicate_of_stochastic_sides_is_noise():
    found = attribute(of_array(np.array([[0.3], [0.0]])), SIGNED)
    assert found.finding is GapFinding.NOISE
    assert (found.noise["gap"], found.noise["interval"]) == (0.3, None)


def test_shares_have_intervals_over_draws():
    rng = np.random.default_rng(1)
    v = additive([0.5, 0.2, 0.0])
    game = replicates(v, rng.normal(0, 0.02, (8, 12)))
    found = attribute(game, GapTerms(signed=True, rule=IntervalRule(overlap=0.1)))
    assert [share.setting for share in found.causes] == ["a", "b"]
    assert found.method["tests"] == 3
    for share, true in zip(found.shares, [0.5, 0.2, 0.0], strict=True):
        assert share.interval[0] < true < share.interval[1]
        assert share.fraction_interval[0] < true / 0.7 < share.fraction_interval[1]
        assert (share.interval[0] > 0) == (share.fraction_interval[0] > 0)
    assert found.shares[2].standing is Standing.NOISE


def test_inert_settings_are_not_tested():
    """They widen no interval: a setting that never moves anything is no test."""
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 0.1, (2, 8))
    two, one = additive([1.0, 0.0]), additive([1.0])
    found = attribute(replicates(two, noise[[0, 1, 0, 1]]), SIGNED)
    alone = attribute(replicates(one, noise), SIGNED)
    assert found.inert == ("b",)
    assert found.shares[0].interval == pytest.approx(alone.shares[0].interval)


def sides(rng, k, b, overlap, effect):
    """Accuracy differences: each hybrid its own seeds, the right side the same in all of them.

    Draws share the part ``overlap`` of their variance, as training samples of one pool do.
    """

    def noise(shape):
        common = rng.normal(0, math.sqrt(overlap), (*shape[:-1], 1))
        return common + rng.normal(0, math.sqrt(1 - overlap), shape)

    return replicates(effect, noise((1 << k, b)) - noise((1, b)))


@pytest.mark.parametrize("overlap", [0.0, 0.3])
def test_pure_noise_is_refused(overlap):
    """1000 pairs of sides that differ by seed only: at most 5 % are attributed anything."""
    rng = np.random.default_rng(4)
    terms = GapTerms(signed=True, rule=IntervalRule(overlap=overlap))
    named = gaps = 0
    for _ in range(1000):
        found = attribute(sides(rng, 3, 10, overlap, np.zeros(8)), terms)
        gaps += found.finding is not GapFinding.NOISE
        named += bool(found.causes)
    assert gaps / 1000 == pytest.approx(0.05, abs=0.02)
    assert named / 1000 <= 0.05


@pytest.mark.parametrize("overlap", [pytest.param(0.0, marks=pytest.mark.slow), 0.3])
def test_a_gap_that_no_setting_causes_is_attributed_to_none(overlap):
    """A gap of 8 standard deviations that stays: the intervals of all shares hold together."""
    rng = np.random.default_rng(5)
    terms = GapTerms(signed=True, rule=IntervalRule(overlap=overlap))
    found = [attribute(sides(rng, 3, 10, overlap, np.full(8, 8.0)), terms) for _ in range(500)]
    assert {one.finding for one in found} == {GapFinding.ATTRIBUTED}
    assert np.mean([bool(one.causes) for one in found]) <= 0.05 + 0.02


@pytest.mark.parametrize("overlap", [pytest.param(0.0, marks=pytest.mark.slow), 0.3])
def test_large_effects_are_found(overlap):
    """Effects of 5 and 8 standard deviations, and one setting without: named, and no other."""
    rng = np.random.default_rng(6)
    terms = GapTerms(signed=True, rule=IntervalRule(overlap=overlap))
    effect = additive([5.0, 8.0, 0.0])
    found = [attribute(sides(rng, 3, 10, overlap, effect), terms) for _ in range(200)]
    names_found = [{share.setting for share in one.causes} for one in found]
    assert np.mean([{"a", "b"} <= one for one in names_found]) >= 0.95
    assert np.mean(["c" in one for one in names_found]) <= 0.05 + 0.02


def test_unsigned_noise_is_refused():
    """Largest differences of stochastic sides: never 0 in the mean, and yet noise."""
    rng = np.random.default_rng(7)
    named = 0
    for _ in range(300):
        own = [[np.abs(rng.normal(size=20) - rng.normal(size=20)).max() for _ in range(8)] for _ in "lr"]
        right = rng.normal(size=(8, 20))
        v = np.abs(rng.normal(size=(4, 8, 20)) - right).max(axis=2)
        named += bool(attribute(of_array(v), noise=OwnSpread(*own)).causes)
    assert named / 300 <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("games", [20, 60])
def test_sampled_orders_and_draws_together_cover(games):
    """Nine settings, ten draws, each with a game of its own around the true one."""
    true = largest_of(np.random.default_rng(0), 9) + 2
    covered = []
    for trial in range(games):
        rng = np.random.default_rng(trial)
        own = np.stack([0.3 * random_game(rng, 9) for _ in range(10)], axis=1)
        found = attribute(
            replicates(true, own), GapTerms(signed=True),
            method=Method.ORDERS, sampling=Sampling(seed=trial, budget=350),
        )  # fmt: skip
        expected = dict(zip(names(9), shapley(true[:, None])[:, 0], strict=True))
        if found.finding is GapFinding.ATTRIBUTED:
            covered.append(all(s.interval[0] <= expected[s.setting] <= s.interval[1] for s in found.shares))
    assert len(covered) > 0.8 * games
    assert np.mean(covered) >= 0.9


def test_beyond_eight_settings_orders_are_sampled():
    v = largest_of(np.random.default_rng(3), 9)
    game = of_array(v)
    found = attribute(game, sampling=Sampling(target=0.05))
    assert (found.method["name"], found.method["stopped"]) == ("orders", "target")
    assert game.evaluations < 512
    assert not found.interactions
    for share in found.causes:
        assert share.interval[0] > 0 or share.interval[1] < 0
        assert share.fraction_interval[0] <= share.fraction <= share.fraction_interval[1]
    assert "blocks of random orders" in found.method["intervals"]
    assert sum(found.amounts().values()) == pytest.approx(v[0] - v[-1])


def test_lost_replicates_are_counted():
    rng = np.random.default_rng(8)
    noise = rng.normal(0, 0.01, (4, 6))
    noise[2, 3] = np.nan
    found = attribute(replicates(additive([1.0, 0.5]), noise), SIGNED)
    assert (found.method["replicates_lost"], found.method["draws"]) == (1, 5)


def test_no_settings_and_one():
    alone = attribute(Game((), lambda _: 0.5))
    assert (alone.finding, alone.shares, alone.before) == (GapFinding.ATTRIBUTED, (), 0.5)
    (one,) = attribute(of_array(np.array([0.5, 0.1]))).causes
    assert (one.amount, one.fraction, one.first, one.last) == pytest.approx((0.4, 0.8, 0.4, 0.4))


def test_json():
    rng = np.random.default_rng(9)
    game = replicates(additive([0.5, 0.0, 0.0]), rng.normal(0, 0.02, (8, 9))[[0, 1, 2, 3] * 2])
    found = attribute(game, SIGNED, values={"a": (1.0, None)}).to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    (cause,) = found["causes"]
    assert set(cause) >= {"setting", "left", "right", "share", "first_in", "last_in", "interval"}
    assert (cause["setting"], cause["left"], cause["right"]) == ("a", 1.0, None)
    assert cause["interval"][0] < cause["share"] < cause["interval"][1]
    assert [other["setting"] for other in found["not_attributed"]] == ["b"]
    assert found["not_attributed"][0]["reason"] == "its interval holds 0"
    assert found["inert"] == ["c"]
    refused = attribute(of_array(np.array([[0.3], [0.0]])), SIGNED).to_dict()
    assert (refused["finding"], refused["causes"]) == ("noise", [])
    assert refused["noise"]["gap"] == 0.3
    json.dumps(refused, allow_nan=False)


def test_draws_that_are_no_sample_are_averaged_where_every_set_has_a_value():
    """A set without a value on two of four draws: the others are compared with it on the other two."""
    nan = math.nan
    values = {
        frozenset(): [1.0, 2.0, 9.0, 9.0],
        frozenset("a"): [0.5, 1.0, nan, nan],
        frozenset("b"): [0.5, 1.0, 4.5, 4.5],
        frozenset("ab"): [0.0, 0.0, 0.0, 0.0],
    }
    game = Game(("a", "b"), lambda subset: values[subset])
    found = attribute(game, GapTerms(rule=IntervalRule(random=False)))
    assert [share.fraction for share in found.shares] == [pytest.approx(0.5)] * 2
    assert [share.interval for share in found.causes] == [None, None]
    assert found.before == 1.5
    assert found.method["replicates_lost"] == 2
