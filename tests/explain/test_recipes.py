"""Recipes on one sample: minimal, run as they are printed, and for the reference model too."""

from __future__ import annotations

import pytest

from crossframe.explain.api import explain
from crossframe.explain.report import document
from tests.tables import table


@pytest.fixture(scope="module")
def explained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recipes")
    table(80).to_csv(folder / "t.csv", index=False)

    def run(left, right):
        return explain(left, right, data=folder / "t.csv", target="y", store=folder / "s.sqlite")

    return run


def arguments(found, side):
    return found.to_dict()["recipe"][side]["arguments"]


def test_a_recipe_passes_no_value_that_is_in_force_without_it(explained):
    found = explained("sklearn.logistic:tol=1e-10", "sklearn.logistic:C=3,tol=1e-10")
    assert arguments(found, "left") == {"C": 3.0, "tol": 1e-10}
    assert arguments(found, "right") == {"C": 1.0, "tol": 1e-10}
    assert found.to_dict()["recipe"]["left"]["digits"] >= 8


@pytest.mark.slow
def test_a_limit_of_iterations_that_is_not_reached_is_not_passed(explained):
    found = explained("sklearn.logistic:tol=1e-2", "reference.optimum:penalty.l2=0.05")
    assert set(arguments(found, "left")) == {"C", "tol"}


@pytest.mark.slow
def test_the_recipe_of_the_reference_model_is_its_settings(explained):
    found = explained("reference.optimum", "reference.optimum:penalty.l2=0.1")
    assert arguments(found, "left") == {"l2": 0.1}
    assert arguments(found, "right") == {"l2": 0.0}
    words = " ".join(document(found).headlines)
    assert "reference.optimum with l2=0.1" in words
    assert "no settings that give" not in words
    again = explained("reference.optimum:l2=0.1", "reference.optimum:penalty.l2=0.1")
    assert again.gap.difference == 0
