"""Diagnoses: what proves them, and what is not computed twice."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe.explain import diagnoses
from crossframe.explain.diagnoses import OwnObjective

FREE = {"link": "logit", "penalty.l2": 0.0, "penalty.l1": 0.0, "intercept": True}
NAMES = ("a", "b")


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(60, 2))


def test_a_certified_optimum_proves_that_the_classes_overlap(rows, monkeypatch):
    y = np.arange(60) % 2
    monkeypatch.delattr(diagnoses, "separation")
    own = OwnObjective.of(FREE, rows, y)
    assert diagnoses.of_data(rows, y, NAMES, (FREE, FREE), (own, own)) == []


def test_without_an_optimum_the_separating_rule_is_shown(rows):
    y = (rows[:, 0] > 0).astype(int)
    own = OwnObjective.of(FREE, rows, y)
    (separated,) = diagnoses.of_data(rows, y, NAMES, (FREE, FREE), (own, own))
    assert separated.side == "both"
    assert separated.certificate["strict_rows"] == 60


def test_an_objective_that_the_reference_model_lacks_has_a_reason(rows):
    own = OwnObjective.of({**FREE, "link": "probit"}, rows, np.arange(60) % 2)
    assert own.optimum is None
    (finding,) = diagnoses.of_side("left", FREE, own, np.zeros(3))
    assert own.why_not
    assert own.why_not in finding.words
