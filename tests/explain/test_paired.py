"""The same rows with the same seeds: what repeats itself is a fact, however few draws there are."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe.experiment.contestants import Contestant
from crossframe.experiment.record import Record
from crossframe.explain.bundles import differing
from crossframe.explain.explanation import Conclusion
from crossframe.explain.paired import compared, races, reseeded, row_distances, to_itself
from crossframe.explain.report import document
from tests.explain.test_over_draws import over_draws, store

__all__ = ["store"]

SLOW = "beam.sklearn.mlp:max_iter=3,learning_rate_init=1e-5,epsilon=1e-9,random_state=1"
FAST = "beam.sklearn.mlp:max_iter=3,learning_rate_init=1e-3,random_state=1"
ONE = {"n": 20, "draws": 1, "seeds": 1}


@pytest.mark.slow
def test_one_draw_shares_out_a_difference_that_repeats_itself_from_either_side(store):
    shares = []
    for left, right in ((SLOW, FAST), (FAST, SLOW)):
        found, record, _ = over_draws(store, left, right, **ONE)
        assert found.verdict is Conclusion.EXPLAINED
        assert record["gap"]["paired"]["decides"]
        assert record["causes"][0]["setting"] == "optimizer.learning_rate"
        shares.append({c["setting"]: c["share"] for c in record["causes"]})
        page = document(found).markdown()
        assert "Both calls gave the same scores and labels when they were run again" in page
        assert "on one sample, which has no interval" in page
    assert shares[0].keys() == shares[1].keys()
    assert shares[0] == pytest.approx(shares[1])


@pytest.mark.slow
def test_labels_that_differ_where_scores_do_not(store):
    found, record, _ = over_draws(
        store,
        "sklearn.logistic",
        "sklearn.logistic:decision.threshold=0.01",
        n=40,
        draws=2,
    )
    assert (record["verdict"], [c["setting"] for c in record["causes"]]) == (
        "explained",
        ["decision.threshold"],
    )
    assert record["gap"]["paired"]["by"] == "labels"
    assert "The scores of the two are the same" in document(found).markdown()


@pytest.mark.slow
def test_labels_of_one_network_by_two_rules(store):
    net = "beam.sklearn.mlp:max_iter=2,random_state=1"
    found, record, _ = over_draws(store, net, f"{net},decision.threshold=0.3", **ONE)
    assert (found.verdict, found.causes) == (Conclusion.EXPLAINED, ("decision.threshold",))
    assert record["gap"]["paired"]["by"] == "labels"


def test_another_seed_is_mentioned_only_where_one_was_run(store):
    found, _, _ = over_draws(store, SLOW, SLOW, **ONE)
    assert found.verdict is Conclusion.AGREE
    of_left = {d.kind: d for d in found.diagnoses if d.side == "left"}
    assert of_left["second run"].certificate == {"scores": 0.0, "labels": 0.0, "fits": 1}
    assert of_left["spread"].certificate["largest"] > 0, "the seed that is given was changed"
    unpinned = SLOW.replace(",random_state=1", "")
    found, _, _ = over_draws(store, unpinned, unpinned, **ONE)
    assert not [d for d in found.diagnoses if d.kind == "spread"], "no other seed was run"


def test_a_bundle_is_named_only_where_its_rule_differs():
    left = {"optimizer.rule": "adam", "optimizer.learning_rate": 0.1, "optimizer.epsilon": 1e-8}
    right = {"optimizer.rule": "adam", "optimizer.learning_rate": 0.2, "optimizer.epsilon": 1e-7}
    assert [b.name for b in differing(left, right)] == ["optimizer.learning_rate", "optimizer.epsilon"]
    assert [b.takes("optimizer.epsilon") for b in differing(left, right)] == [False, True]
    (bundle,) = differing(left, right | {"optimizer.rule": "rmsprop"})
    assert bundle.name == "optimizer.rule"
    assert {m.setting for m in bundle.members} == {*left}
    schedules = [b | {"schedule.kind": kind, "schedule.decay": decay} for b, kind, decay in (
        (left, "exponential", 0.9), (right, "inverse", 0.5)
    )]  # fmt: skip
    assert "schedule.kind" in {b.name for b in differing(*schedules)}
    assert "schedule.decay" not in {b.name for b in differing(*schedules)}


def _record(score, labels):
    return Record({}, {"score": np.array(score), "labels": np.array(labels)})


def test_two_fits_row_by_row():
    a, b = _record([0.1, 0.6], [0, 1]), _record([0.1, 0.4], [0, 0])
    assert row_distances([a], [b], "score") == pytest.approx([0.1])
    assert row_distances([a], [b], "labels") == pytest.approx([0.5])
    found = compared(([a], [b]), ([a], [b]), 1e-8)
    assert (found.by, found.repeatable) == ("score", True)
    assert found.largest == pytest.approx(0.2)
    assert compared(([a], [_record([0.1, 0.6], [0, 0])]), ([a], [b]), 1e-8).by == "labels"
    assert compared(([a], [a]), ([a], [a]), 1e-8).by == ""
    assert not compared(([a], [b]), ([b], [b]), 1e-8).repeatable
    assert to_itself([a, a, a], [b], "score") == [0.0] * 3
    assert to_itself([a], [b], "score") == pytest.approx([0.1])


def test_seeds_that_are_given_and_calls_that_race():
    side = Contestant("m", "m", "network", "sklearn.mlp", native={"random_state": 1, "alpha": 0.1})
    changed = reseeded(side)
    assert changed is not None
    assert changed.native["random_state"] != 1
    assert changed.native["alpha"] == 0.1
    assert reseeded(Contestant("m", "m", "network", "sklearn.mlp")) is None
    assert races(Contestant("m", "m", "network", "h2o.mlp"))
    assert not races(Contestant("m", "m", "network", "h2o.mlp", native={"reproducible": True}))
    assert not races(side)
