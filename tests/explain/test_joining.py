"""Switches that models have only together, and sides that are closed through a related model."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from crossframe.experiment.spec import parse
from crossframe.explain.api import explain
from crossframe.explain.explanation import Conclusion
from crossframe.explain.hybrids import LinearHybrids
from crossframe.explain.joining import join
from crossframe.explain.pairs import check_pair
from tests.tables import table


def sets(names):
    return chain.from_iterable(combinations(names, size) for size in range(1, len(names) + 1))


def test_what_cannot_be_switched_alone_is_joined_with_what_makes_it_possible():
    joined = join(
        ("a", "b", "c"), lambda names: "no a without b" if "a" in names and "b" not in names else ""
    )
    assert joined.groups == [("a", "b"), ("c",)]
    assert joined.together == {"a with b": "no a without b"}
    assert not joined.cannot


def test_what_nothing_makes_possible_is_left_out():
    joined = join(("a", "b"), lambda names: "no b" if "b" in names else "")
    assert joined.groups == [("a",)]
    assert joined.cannot == {"b": "no b"}
    beside = join(("a", "b"), lambda names: "clash" if len(names) > 1 else "")
    assert (beside.groups, beside.cannot) == ([("a",)], {"b": "clash beside a"})


@pytest.mark.parametrize("order", [1, pytest.param(-1, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "other", [pytest.param("sklearn.logistic:C=0.5", marks=pytest.mark.slow), "r.glmnet:lambda=0.05"]
)
@pytest.mark.xdist_group("r")
def test_a_penalty_that_glm_lacks_is_taken_from_glmnet_whatever_the_order(other, order, tmp_path):
    sides = ("r.glm:link=probit", other)[::order]
    table(80).to_csv(tmp_path / "t.csv", index=False)
    e = explain(*sides, data=tmp_path / "t.csv", target="y", store=tmp_path / "store.sqlite")
    assert e.verdict is Conclusion.EXPLAINED
    of_glm = e.directions[sides.index("r.glm:link=probit")]
    assert of_glm.closed
    assert of_glm.recipe.model == "r.glmnet"
    (joined,) = (name for name in of_glm.closing.settings if "link" in name)
    assert joined.startswith("penalty.")
    assert joined in e.to_dict()["directions"][sides.index("r.glm:link=probit")]["switched_together"]
    assert e.best.attribution.not_closed < 1e-6
    share = next(s for s in of_glm.attribution.causes if s.setting == joined)
    assert 0.9 < share.fraction < 1.1
    if other.startswith("r.glmnet"):
        back = e.directions[1 - sides.index("r.glm:link=probit")]
        assert back.closed
        assert back.recipe.model == "r.glm", "glmnet has no probit, glm has"


def test_every_hybrid_over_draws_can_be_made():
    """glm has no ridge penalty, the certified optimum no probit: either alone was a traceback."""
    sides = (parse("r.glm:link=probit"), parse("sklearn.logistic"))
    check_pair(*sides)
    linear = {"intercept": True, "features.standardize": "none", "penalty.l1": 0.0, "penalty.intercept": 0.0}
    effective = (
        {**linear, "link": "probit", "penalty.l2": 0.0, "solver.algorithm": "irls"},
        {**linear, "link": "logit", "penalty.l2": 0.01, "solver.algorithm": "lbfgs"},
    )
    hybrids = LinearHybrids(sides, effective)
    assert any("link" in name for name in hybrids.together)
    for chosen in sets(hybrids.names):
        assert hybrids.hybrid(frozenset(chosen)).model != ""
