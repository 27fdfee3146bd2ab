"""Numbers as they are: shares above 1, identical bits, digits, both sides' coefficients, minimal recipes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from crossframe.core.text import percent
from crossframe.explain import proof
from crossframe.explain.api import explain
from crossframe.explain.attribution.attribute import attribute
from crossframe.explain.attribution.game import Game
from crossframe.explain.proof import ChangedSide, Trial
from crossframe.explain.report import document
from crossframe.explain.report_tables import listed_causes
from tests.tables import table


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("honest") / "t.csv"
    table(60).to_csv(path, index=False)
    return path


def test_a_share_above_one_is_not_cut_off():
    values = {frozenset(): 1.0, frozenset("a"): -1.59, frozenset("b"): 2.59, frozenset("ab"): 0.0}
    shared = attribute(Game(("a", "b"), lambda subset: values[subset]))
    assert listed_causes(SimpleNamespace(attribution=shared)) == ["a 259.0 %", "b −159.0 %"]
    assert [percent(share) for share in (2.59, 1.0, 0.99999, 0.5)] == ["259.0 %", "100 %", "99.9 %", "50.0 %"]


@pytest.mark.slow
def test_both_sides_have_coefficients_over_draws_too(file, tmp_path):
    found = explain(
        "sklearn.logistic:tol=1e-9", "sklearn.logistic:C=2,tol=1e-9", data=file, target="y", draws=2,
        store=tmp_path / "s",
    )  # fmt: skip
    page = document(found).markdown()
    assert "the coefficients of both" in page
    assert "| intercept |" in page


def test_of_two_proofs_that_close_the_smaller_one_comes_first():
    def trial(*switched: str, gap: float) -> Trial:
        left = ChangedSide("sklearn.mlp", switched, {}, None, None)
        right = ChangedSide("sklearn.mlp", (), {}, None, None)
        return Trial(left, right, (), (), gap, None, 1 - gap, None, exact=False, digits=1.0, fact=True)

    small, large, open_ = trial("a", gap=0.05), trial("a", "b", gap=0.0), trial("b", gap=0.5)
    assert sorted([open_, large, small], key=proof._order) == [small, large, open_]
