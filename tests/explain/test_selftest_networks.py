"""The networks' self-test: what it draws, that the referee decides, and real cases of scikit-learn."""

from __future__ import annotations

import json

import numpy as np
import pytest

from crossframe.explain import selftest_networks
from crossframe.explain.bundles import group_of
from crossframe.explain.selftest import self_test
from crossframe.explain.selftest_families import NETWORKS
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


@pytest.mark.slow
def test_the_marks_of_the_networks(home, command):
    words = ("--self-test", "--family", "networks", "--json")
    outcome = json.loads(command("explain", *words, code=None).stdout)
    assert outcome["cases"] == NETWORKS.cases
    assert min(outcome["groups"][g]["cases"] for g in ("Keras", "H2O and Keras")) >= 20
    assert outcome["precision"] >= 0.95, outcome["failures"]
    assert outcome["recall"] >= 0.85, outcome["failures"]
