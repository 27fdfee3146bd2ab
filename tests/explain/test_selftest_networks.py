"""The networks' self-test: what it draws, that the referee decides, and real cases of scikit-learn."""

from __future__ import annotations

import json
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from crossframe.data import DESIGNS
from crossframe.experiment.plan import Experiment
from crossframe.explain import selftest_kinds_networks, selftest_networks
from crossframe.explain.bundles import group_of
from crossframe.explain.selftest import self_test
from crossframe.explain.selftest_families import FIRST, NETWORKS
from crossframe.explain.selftest_networks import ROWS, table, training


@pytest.mark.parametrize("model", ["sklearn.mlp", "keras.mlp", "h2o.mlp"])
def test_changes_differ_from_what_is_in_common(model):
    for seed in range(20):
        drawn = training(np.random.default_rng(seed), model)
        for group, values in drawn.changes.items():
            assert {group_of(name) for name in values} == {group}
            assert any(drawn.base.get(name) != value for name, value in values.items())


def test_tables_hold_both_classes_in_equal_parts():
    kinds = set()
    for seed in range(8):
        data, words = table(np.random.default_rng(seed), seed)
        assert data.X.shape[0] == ROWS
        assert abs(data.y.mean() - 0.5) < 0.05
        kinds.add(words.partition(", ")[2])
    assert len(kinds) == 2


def test_changes_are_tried_until_too_few_can_have_an_effect(monkeypatch):
    tried = []
    # Of no sign that is sure, until a change adds 1 to every draw.
    noise = np.resize([0.1, -0.1], selftest_networks.DRAWS)

    def switched(fits, pair, taken, metric):
        tried.extend(taken)
        return noise * len(taken) + float("b" in taken or "d" in taken)

    monkeypatch.setattr(selftest_networks, "_switched", switched)
    data, _ = table(np.random.default_rng(0), 0)
    fits = SimpleNamespace(
        experiment=Experiment(data, DESIGNS["stratified"], (100,), selftest_networks.DRAWS, 1, ())
    )
    variant = selftest_networks.Training({}, {name: {} for name in "abcde"}, "logloss")
    able = [selftest_networks._able(fits, {}, variant, "abcde", count) for count in (1, 2, 3, 4)]
    assert able == [["b", "d"], ["b", "d"], [], []]
    assert "".join(tried) == "abcde" + "abcde" + "abcde" + "abc"


@pytest.fixture
def scikit_learn(monkeypatch):
    groups = tuple((g[0], float(g[0] == "scikit-learn"), *g[2:]) for g in selftest_networks.GROUPS)
    monkeypatch.setattr(selftest_networks, "GROUPS", groups)


@pytest.mark.slow
def test_real_cases_of_scikit_learn_are_named(scikit_learn):
    found = self_test(NETWORKS, 1, 6)
    assert {t.case.group for t in found.tried} == {"scikit-learn"}
    assert all(1 <= len(t.case.planted) <= 3 for t in found.tried)
    assert found.passed, found.to_dict()["failures"]


def test_keras_twice_and_h2o_beside_keras_have_twenty_cases_each():
    kinds = Counter(kind.name.partition(":")[0] for kind in selftest_kinds_networks.KINDS)
    times = NETWORKS.batches[-1].cases / kinds.total()
    assert min(times * kinds[pair] for pair in ("Keras twice", "H2O and Keras")) >= 20


@pytest.mark.slow
def test_the_marks_on_a_tenth_of_the_networks(home, command):
    """Three cases of Keras twice and three of H2O and Keras; see the linear family for the whole."""
    words = ("--self-test", "--family", "networks", "--cases", "6", "--seed", str(FIRST + 8), "--json")
    outcome = json.loads(command("explain", *words, code=(0, 1)).stdout)
    assert len(outcome["groups"]) == 2
    assert outcome["precision"] >= NETWORKS.marks.precision, outcome["failures"]
    assert outcome["recall"] >= NETWORKS.marks.recall, outcome["failures"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["batch size", "schedule", "stopping rule", "threshold"], ids=lambda kind: kind.replace(" ", "-")
)
def test_h2o_as_the_trainer_runs_it_beside_keras(kind):
    """Plain descent of H2O: its decay, its stop and its rows are those of the trainer that runs hybrids."""
    names = [k.name for k in selftest_kinds_networks.KINDS]
    (case,) = self_test(NETWORKS, 1, FIRST + names.index(f"H2O and Keras: {kind}")).tried
    assert case.exact, case.to_dict()
    assert case.verdict == "explained"
