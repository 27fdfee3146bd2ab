"""Why these two fits differ: on the same rows, with the same seeds, and beside what another seed changes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crossframe.data import load
from crossframe.data.designs import WHOLE
from crossframe.experiment import record
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.record import Record
from crossframe.experiment.spec import parse
from crossframe.experiment.store import opened
from crossframe.explain import labels
from crossframe.explain.answer import answer
from crossframe.explain.api import explain
from crossframe.explain.attribution.record import Attribution, GapFinding
from crossframe.explain.bundles import THRESHOLD
from crossframe.explain.explanation import Conclusion
from crossframe.explain.labels import by_rule
from crossframe.explain.paired import freed, pinned
from crossframe.explain.report import document
from crossframe.explain.same_rows import SameRows, on_one_draw
from crossframe.explain.spread import beyond, spread
from crossframe.frameworks.contract import Status

NET = "sklearn.mlp:hidden_layer_sizes=4,max_iter=3"
FAST = f"{NET},learning_rate_init=0.05"
LONG = "sklearn.mlp:hidden_layer_sizes=4,max_iter=300,learning_rate_init=0.05"
REFERENCE = "reference.mlp:architecture.hidden=4,epochs=3,batch.size=40"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a table of 40 rows, and room for a store."""
    folder = tmp_path_factory.mktemp("rows")
    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, 3))
    y = (X @ [2.0, -1.0, 0.5] + rng.logistic(size=40) > 0).astype(int)
    pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=y).to_csv(folder / "t.csv", index=False)
    return folder


def same_rows(place, left, right, **more):
    found = explain(left, right, data=place / "t.csv", target="y", store=place / "fits.sqlite", **more)
    record = found.to_dict()
    json.dumps(record, allow_nan=False)
    return found, record, document(found).markdown()


@pytest.mark.slow
def test_two_networks_are_compared_on_all_rows_of_a_file(place):
    shares = []
    for left, right in ((NET, FAST), (FAST, NET)):
        found, record, page = same_rows(place, left, right)
        assert found.verdict is Conclusion.EXPLAINED
        assert (record["data"]["rows"], record["data"]["design"]) == (40, "whole")
        assert (record["gap"]["draws"], record["gap"]["seeds"]) == (1, 1)
        assert "all 40 rows" in page
        assert "Both calls gave the same scores and labels when they were run again" in page
        # The free seed was changed, too.
        assert all(d.certificate["largest"] > 0 for d in found.diagnoses if d.kind == "spread")
        shares.append([(c["setting"], c["share"]) for c in record["causes"]])
    assert shares[0] == [("optimizer.learning_rate", pytest.approx(1.0))] == shares[1]


def test_two_calls_that_agree_by_a_seed_that_neither_sets(place):
    found = same_rows(place, NET, NET)[0]
    assert found.verdict is Conclusion.AGREE
    headlines = document(found).headlines
    assert document(found).title == "Two calls of sklearn.mlp (hidden_layer_sizes=4,max_iter=3) agree"
    assert headlines[1].startswith(
        "They agree because crossframe gave both the same seed, which the calls leave open: run with other "
        "seeds, "
    )
    assert "% of the labels differ" in headlines[1]
    pinned_page = document(same_rows(place, f"{NET},random_state=1", f"{NET},random_state=1")[0])
    assert "crossframe gave both" not in pinned_page.markdown()


def test_of_two_calls_of_one_framework_no_frameworks_differ(place):
    page = same_rows(place, NET, FAST)[2]
    assert "the two differ by" in page
    assert "frameworks differ by" not in page
    assert "The shares have no intervals: both sides are deterministic" in page
    assert "Intervals: none" not in page


def test_draws_are_the_second_question(place):
    found, record, page = same_rows(place, NET, FAST, draws=4, seeds=1)
    assert found.same_rows is not None
    assert record["same_rows"]["verdict"] == "explained"
    assert (record["gap"]["draws"], record["same_rows"]["gap"]["draws"]) == (4, 1)
    assert page.index("These two fits, all 40 rows") < page.index("Over draws, t, 32 training rows, 4 draws")
    assert "the half-width of the interval stays above" in page


def _with_trial(found, **changes):
    """An explanation whose first proof is changed."""
    (direction,) = found.directions
    trial = replace(direction.trials[0], **changes)
    return replace(found, directions=(replace(direction, trials=(trial,)),))


def test_seeds_that_cannot_show_what_is_closed_are_not_called_no_switch(place):
    found = same_rows(place, NET, FAST)[0]
    assert answer(found)[-1].startswith("To make the two alike: ")
    seeds = replace(found, gap=replace(found.gap, seeds=5))
    cannot = "5 seeds cannot show whether switching settings closes the difference."
    unbounded = _with_trial(seeds, fact=False, exact=False, part=1.0, part_interval=None)
    assert unbounded.verdict is Conclusion.UNEXPLAINED
    assert answer(unbounded)[0] == cannot
    assert answer(unbounded)[-1].startswith("Nearest comes sklearn.mlp with ")
    assert cannot in answer(replace(found, same_rows=unbounded))[1]
    little = _with_trial(seeds, fact=False, exact=False, part=0.12, part_interval=(0.1, 0.14))
    assert answer(little)[0] == "No switch of settings closes the difference."
    assert answer(little)[-1].startswith("Nearest comes ")
    farther = _with_trial(seeds, fact=False, exact=False, part=-0.2, part_interval=(-0.3, -0.1))
    assert not [line for line in answer(farther) if line.startswith(("Nearest", "To make"))]
    (direction,) = seeds.directions
    noise = replace(direction, attribution=Attribution(GapFinding.NOISE, 0.1, 0.1), closing=None, trials=())
    assert answer(replace(seeds, directions=(noise,)))[0] == cannot


def test_a_first_seed_without_an_answer_is_no_agreement(place, tmp_path, pool):
    """The seed is looked for here: which one diverges may depend on the machine's arithmetic."""
    side = parse(f"{NET},batch_size=8,solver=sgd,learning_rate_init=1e4".replace("=3", "=30"))
    other = parse(f"{NET},random_state=1")
    data = load(str(place / "t.csv"), target="y")
    with opened(tmp_path / "s") as store:
        for seed in range(40):
            rows = Experiment(data, WHOLE, (40,), 1, seed, (side, other), threads=1)
            fits = FitCache(on_one_draw(rows), store, pool=pool)
            usable = [r.fields["usable"] for r in fits.records(side)]
            if not usable[0] and sum(usable) > 1:
                break
        else:
            pytest.fail("no seed of 40 with which the first fit alone diverges")
        found = SameRows(fits, (side, other)).record([], ())
        assert not found.equal
        assert found.gap.paired.by == "score"
        assert found.gap.paired.largest > 0
        failed = replace(fits.records(side)[0], fields=record.failed(Status.CRASHED, 1, ()).fields, arrays={})
        assert labels.diagnosis(_Records(fits.first(1), {side.name: [failed]}), (side, other)) is None


class _Records:
    """Fits, some of which are replaced by other records."""

    def __init__(self, fits, others):
        self._fits, self._others = fits, others
        self.experiment, self.prepare = fits.experiment, fits.prepare

    def records(self, side):
        return self._others.get(side.name) or self._fits.records(side)


@pytest.mark.slow
def test_what_draws_do_not_show_is_still_a_fact(place):
    found, record, _ = same_rows(place, REFERENCE, LONG, draws=2, seeds=2)
    assert found.found_over_draws is Conclusion.NOISE
    assert found.verdict is found.same_rows.verdict is not Conclusion.NOISE
    assert record["causes"] == record["same_rows"]["causes"]


@pytest.mark.slow
def test_models_of_two_frameworks_beside_their_own_seeds(place):
    """Noise only where the sides differ by no more than another seed of either of them changes."""
    near, _, page = same_rows(place, REFERENCE, NET)
    assert near.verdict is Conclusion.NOISE
    assert "no larger than what another seed" in page
    far, record, _ = same_rows(place, REFERENCE, LONG)
    assert record["gap"]["spread"]["p"] < 0.05
    assert far.verdict in (Conclusion.EXPLAINED, Conclusion.PARTLY)
    assert {c["setting"] for c in record["causes"]} & {"epochs", "optimizer.learning_rate"}


@pytest.mark.slow
def test_settings_beside_seeds_that_differ_as_well(place):
    found, record, page = same_rows(place, f"{NET},random_state=1", f"{LONG},random_state=2")
    spread = record["gap"]["spread"]
    assert spread["seeds"] == 5
    assert spread["between"] > max(spread["own"]) > 0
    assert spread["p"] < 0.05
    assert found.verdict is Conclusion.EXPLAINED
    assert {c["setting"] for c in record["causes"]} <= {"epochs", "optimizer.learning_rate"}
    assert "By the scores (mean of a row), with 5 seeds each" in page


def test_one_network_with_two_seeds_is_noise(place):
    found, record, page = same_rows(place, f"{NET},random_state=1", f"{NET},random_state=2")
    assert found.verdict is Conclusion.NOISE
    assert record["gap"]["spread"]["seeds"] == 5
    assert "no larger than what another seed" in page


def test_one_call_twice_agrees(place):
    found, record, _ = same_rows(place, NET, NET)
    assert found.verdict is Conclusion.AGREE
    assert record["gap"]["paired"]["run_again"] == [1, 1]


@pytest.mark.slow
def test_two_forests_of_numbers(tmp_path):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(40, 3))
    pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=X[:, 0] * 3).to_csv(tmp_path / "t.csv", index=False)
    found, record, _ = same_rows(
        tmp_path, "sklearn.forest:n_estimators=5", "sklearn.forest:n_estimators=5,max_depth=1"
    )
    assert found.verdict is Conclusion.EXPLAINED
    assert record["gap"]["metric"] == "mean_squared_error"


def _fits(center, rng, seeds=5):
    return [Record({}, {"score": np.clip(center + 0.05 * rng.normal(size=30), 0, 1)}) for _ in range(seeds)]


def test_a_spread_is_measured():
    rng = np.random.default_rng(1)
    one, other, far = _fits(0.5, rng), _fits(0.5, rng), _fits(0.7, rng)
    assert not spread(one, other, "score").larger
    found = spread(one, far, "score")
    assert found.larger
    assert found.p == pytest.approx(1 / 126)
    assert found.between == pytest.approx(0.2, abs=0.03)
    gap = beyond(one, far, "score")
    assert gap.shape == (5,)
    assert gap.mean() == pytest.approx(found.between - sum(found.own) / 2, rel=0.05)
    assert beyond(one, one, "score") == pytest.approx(np.zeros(5))


def _labelled(center, rule, cut, seed):
    """Five fits with scores about ``center``, and labels by ``rule``, which is the threshold ``cut``."""
    scores = [r.arrays["score"] for r in _fits(center, np.random.default_rng(seed))]
    return [
        Record({"canonical": {THRESHOLD: rule}}, {"score": score, "labels": (score > cut).astype(int)})
        for score in scores
    ]


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ((0.5, 0.9, 0.9), True),  # another threshold, which all labels follow
        ((0.5, 0.5, 0.5), False),  # the same one in other words
        ((0.9, 0.51, 0.51), False),  # the scores differ, and with them the labels
        ((0.5, "f1_optimal", 0.4), True),
        ((0.5, "f1_optimal", 0.501), False),  # inside what another seed changes
    ],
)
def test_labels_differ_by_their_rule_where_one_rule_brings_them_together(right, expected):
    left = _labelled(0.5, "argmax", 0.5, seed=1)
    center, rule, cut = right
    other = _labelled(center, rule, cut, seed=2)
    assert by_rule(left, other) is by_rule(other, left) is expected


def test_numbers_have_no_rule_for_labels():
    fits = [Record({"canonical": {}}, {"score": np.arange(3.0)})] * 5
    assert not by_rule(fits, fits)


@pytest.mark.slow
def test_a_threshold_is_the_cause_where_scores_differ_by_their_seeds_alone(place):
    one, other = (f"{LONG},random_state={seed}".replace("=300", "=20") for seed in (1, 2))
    found, record, _ = same_rows(place, f"{one},decision.threshold=0.9", other)
    assert found.verdict is Conclusion.EXPLAINED
    assert found.causes == (THRESHOLD,)
    assert record["gap"]["spread"]["p"] < 0.05


def test_seeds_that_are_given_are_freed():
    side = parse("sklearn.mlp:random_state=3,alpha=0.1")
    assert pinned(side) == {"seed": 3}
    assert pinned(freed(side)) == {}
    assert freed(parse("sklearn.mlp")) == parse("sklearn.mlp")
