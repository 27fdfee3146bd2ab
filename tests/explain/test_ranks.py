"""The rank that a side uses, and the tolerance with which it uses the other one's."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe.core.types import FloatArray, Value
from crossframe.explain.ranks import SideRank, diagnosis

LM: dict[str, Value] = {"collinear": "alias", "solver.algorithm": "qr", "intercept": True}
LSTSQ: dict[str, Value] = {"collinear": "minimum_norm", "solver.algorithm": "svd", "intercept": True}


@pytest.fixture
def nearly() -> FloatArray:
    """The second column is the first but for 1e-8 of it."""
    rng = np.random.default_rng(0)
    a, e = rng.normal(size=(2, 30))
    return np.column_stack([a, a + 1e-8 * e])


def side(rules: dict[str, Value], tolerance: float, X: FloatArray) -> SideRank:
    return SideRank.of({**rules, "solver.rank_tolerance": tolerance}, X, None)


@pytest.mark.parametrize("rules", [LM, LSTSQ])
def test_the_tolerance_decides(rules: dict[str, Value], nearly: FloatArray) -> None:
    assert [side(rules, tolerance, nearly).rank for tolerance in (1e-7, 1e-12)] == [2, 3]
    drops, keeps = side(rules, 1e-7, nearly), side(rules, 1e-12, nearly)
    switch = drops.switch_to(keeps)
    assert switch is not None
    assert (switch.left, switch.right) == (1e-7, 1e-12)
    assert drops.switch_to(drops) is None


def test_where_the_others_value_does_not_do_another_one_is_tried(nearly: FloatArray) -> None:
    # scikit-learn's tolerance is a share of the largest singular value, lm's one of each column's norm
    wide = np.column_stack([1e4 * nearly[:, 0], nearly[:, 0] + 1e-3 * nearly[:, 1] ** 2])
    keeps, drops = side(LM, 1e-4, wide), side(LSTSQ, 1e-3, wide)
    assert (keeps.rank, drops.rank, side(LSTSQ, 1e-4, wide).rank) == (3, 2, 2)
    switch = drops.switch_to(keeps)
    assert switch is not None
    assert isinstance(switch.right, float)
    assert side(LSTSQ, switch.right, wide).rank == 3


def test_a_penalty_leaves_no_column_out(nearly: FloatArray) -> None:
    penalised = SideRank.of({**LM, "solver.rank_tolerance": 1e-7, "penalty.l2": 0.1}, nearly, None)
    assert (penalised.rank, penalised.tolerance) == (3, None)


def test_both_ranks_are_printed_beside_the_exact_one(nearly: FloatArray) -> None:
    sides = [("r.lm", side(LM, 1e-7, nearly)), ("sklearn.linear", side(LSTSQ, 1e-12, nearly))]
    (found,) = diagnosis(nearly, ("a", "b"), sides)
    used = "2 for r.lm at its tolerance of 1e-07, 3 for sklearn.linear at its tolerance of 1e-12"
    assert found.words.startswith(f"rank of the 3 columns, with the intercept: {used}; in exact arithmetic 3")
    assert found.certificate["used"] == [2, 3]


def test_columns_of_unlike_scales_are_remarked_on() -> None:
    X = np.random.default_rng(1).normal(size=(50, 2)) * [1e5, 1e-3]
    (found,) = diagnosis(X, ("a", "b"), [("left", SideRank.of({}, X, None))] * 2)
    assert found.kind == "scale"
    assert found.certificate["condition"] > 1e6 * found.certificate["standardised"]


def test_a_side_without_an_intercept_lacks_no_rank(nearly: FloatArray) -> None:
    """Its columns are one fewer; only what a tolerance leaves out makes a difference."""
    without = side({**LM, "intercept": False}, 1e-7, nearly)
    assert (without.rank, side(LM, 1e-7, nearly).rank) == (1, 2)
    assert without.switch_to(side(LM, 1e-7, nearly)) is None
    assert side(LM, 1e-7, nearly).switch_to(without) is None
    switch = without.switch_to(side(LM, 1e-12, nearly))
    assert switch is not None
    assert (switch.left, switch.right) == (1e-7, 1e-12)
    apart = nearly + [[0.0, k] for k in range(30)]
    full = [side({**LM, "intercept": starts}, 1e-7, apart) for starts in (True, False)]
    assert diagnosis(apart, ("a", "b"), [("r.lm", full[0]), ("statsmodels.ols", full[1])]) == []


def test_a_least_norm_with_the_intercept_counts_it_among_the_columns() -> None:
    """Dummies of every level add up to the constant: centred they are of rank 2, with it of rank 3."""
    X = np.eye(3)[np.arange(30) % 3]
    rules = {**LSTSQ, "collinear": "minimum_norm_with_intercept"}
    assert [side(rule, 1e-12, X).rank for rule in (LSTSQ, rules)] == [3, 3]
    far = X + np.array([1e6, 0.0, 0.0])
    assert [side(rule, 1e-5, far).rank for rule in (LSTSQ, rules)] == [3, 1]
