"""The networks' self-test: what it draws, that the referee decides, and real cases of scikit-learn."""

from __future__ import annotations

import json

import numpy as np
import pytest

from crossframe.explaining import selftest_networks
from crossframe.explaining.bundles import group_of
from crossframe.explaining.selftest import self_test
from crossframe.explaining.selftest_networks import NETWORKS
from crossframe.explaining.selftest_networks_draws import ROWS, table, training
from tests.test_cli import crossframe, home

__all__ = ["home"]


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


def test_real_cases_of_scikit_learn_are_named(scikit_learn):
    found = self_test(NETWORKS, 1, 6)
    assert {t.case.group for t in found.tried} == {"scikit-learn"}
    assert all(1 <= len(t.case.planted) <= 3 for t in found.tried)
    assert found.passed, found.to_dict()["failures"]


@pytest.mark.slow
def test_the_marks_of_the_networks(home):
    words = ("--self-test", "--family", "networks", "--json")
    told = json.loads(crossframe(home, "explain", *words).stdout)
    assert told["cases"] >= 30
    assert min(told["precision"], told["recall"]) >= 0.8, told["failures"]
