"""Separation found, proved, and not taken from a wrong proof."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer

from crossframe.core.types import FloatArray
from crossframe.optima import Problem, solve
from crossframe.optima.diagnoses.separation import Separation, SeparationKind, separation, verify
from crossframe.optima.negative_binomial import as_logistic
from crossframe.optima.newton import mean_loss


def cancer(columns: int) -> tuple[FloatArray, FloatArray]:
    X, y = load_breast_cancer(return_X_y=True)
    return X[:, :columns], y.astype(float)


def losses_along(found: Separation, X: FloatArray, y: FloatArray) -> FloatArray:
    """Mean log-loss at growing multiples of the direction, from 0 to where the median row scores 16."""
    start, direction = found.floats()
    scores = start + X @ direction
    beyond = np.abs(scores[np.abs(scores) > 1e-12 * np.abs(scores).max()])
    multiples = np.concatenate([[0.0], 2.0 ** np.arange(-3, 5) / np.median(beyond)])
    share = np.full(len(y), 1 / len(y))
    return np.array([mean_loss("logit", t * scores, y, share) for t in multiples])


def test_thirty_columns_of_the_breast_cancer_data_are_completely_separated() -> None:
    X, y = cancer(30)
    found = separation(X, y)
    assert found.kind is SeparationKind.COMPLETE
    assert found.strict == found.rows == 569
    assert verify(found, X, y)
    assert (np.diff(losses_along(found, X, y)) < 0).all()
    # The same direction for other labels proves nothing.
    other = y.copy()
    other[0] = 1 - other[0]
    assert not verify(found, X, other)


def test_four_columns_overlap_and_the_proof_is_exact() -> None:
    X, y = cancer(4)
    found = separation(X, y)
    assert found.kind is SeparationKind.NONE
    assert verify(found, X, y)
    assert found.weights is not None
    spoilt = (found.weights[0] + Fraction(1, 10**40), *found.weights[1:])
    assert not verify(replace(found, weights=spoilt), X, y)
    with pytest.raises(ValueError, match="no separating direction"):
        found.floats()


def test_a_level_with_one_class_only_is_quasi_complete() -> None:
    rng = np.random.default_rng(1)
    level = rng.integers(0, 3, size=150)
    X = np.stack([level == 1, level == 2, rng.normal(size=150)], axis=1).astype(float)
    y = (rng.uniform(size=150) < 0.5).astype(float)
    y[level == 2] = 0
    found = separation(X, y)
    assert found.kind is SeparationKind.QUASI_COMPLETE
    assert found.strict == (level == 2).sum()
    assert verify(found, X, y)
    assert found.direction == (0, -1, 0)
    losses = losses_along(found, X, y)
    assert (np.diff(losses) < 0).all()
    # Rows on the plane keep the loss log 2.
    assert losses[-1] == pytest.approx((1 - found.strict / found.rows) * np.log(2), abs=1e-4)
    assert not verify(replace(found, kind=SeparationKind.COMPLETE), X, y)
    assert not verify(replace(found, direction=(Fraction(0), Fraction(1), Fraction(0))), X, y)


def test_a_plane_through_rows_with_awkward_numbers() -> None:
    """Rows exactly on a plane whose normal is no float64."""
    rng = np.random.default_rng(2)
    t = rng.integers(-40, 40, size=(60, 2)).astype(float)
    X = np.concatenate([np.stack([3 * t[:, 0], 7 * t[:, 0], t[:, 1]], axis=1), [[1.0, 2.0, 0.1]]])
    y = (rng.uniform(size=61) < 0.5).astype(float)
    y[-1] = 1
    found = separation(X, y, intercept=False)
    assert found.kind is SeparationKind.QUASI_COMPLETE
    assert found.strict == 1
    assert verify(found, X, y, intercept=False)
    assert found.direction is not None
    assert found.direction[1] / found.direction[0] == Fraction(-3, 7)


def test_one_class_is_separated_by_the_intercept() -> None:
    X = np.random.default_rng(0).normal(size=(20, 2))
    assert separation(X, np.ones(20)).kind is SeparationKind.COMPLETE
    assert separation(X, np.full(20, 0.5)).kind is SeparationKind.NONE


def test_what_is_separated_of_counts_and_shares() -> None:
    """Rows with a target of 0 from all others; a target between the ends is on neither side."""
    x = np.arange(8.0)
    counts = np.array([0, 0, 0, 2, 1, 3, 2, 4.0])
    X = np.column_stack([x < 2, x % 3]).astype(float)
    words = "a linear rule separates 2 of 3 rows with a target of 0 from all others"
    assert solve(as_logistic(X, counts, 2.0)).reason == words
    assert solve(Problem(X, counts, "log")).reason == words
    shares = np.array([0, 0, 0, 0.5, 0.2, 0.4, 0.3, 1.0])
    reason = solve(Problem(np.column_stack([X, x == 7]), shares)).reason
    assert reason == "a linear rule separates 3 of 4 rows with a target of 0 or 1 from all others"


def test_columns_far_from_0() -> None:
    X = np.array([[2001.0], [2002.0], [2003.0], [2004.0]]) + 1e9
    found = separation(X, np.array([0.0, 0.0, 1.0, 1.0]))
    assert found.kind is SeparationKind.COMPLETE
    assert verify(found, X, np.array([0.0, 0.0, 1.0, 1.0]))


def test_dependent_columns_do_not_hide_the_overlap() -> None:
    X, y = cancer(2)
    doubled = np.concatenate([X, X], axis=1)
    found = separation(doubled, y)
    assert found.kind is SeparationKind.NONE
    assert verify(found, doubled, y)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 16), st.booleans())
def test_every_outcome_is_proved(seed: int, rows: int, intercept: bool) -> None:
    rng = np.random.default_rng(seed)
    X = rng.integers(-3, 4, size=(rows, 2)).astype(float)
    y = rng.integers(0, 2, size=rows).astype(float)
    found = separation(X, y, intercept)
    assert found.kind is not SeparationKind.UNDECIDED
    assert verify(found, X, y, intercept)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(5, 14))
def test_the_certified_optimum_agrees(seed: int, rows: int) -> None:
    """An optimum is certified where no direction separates, and nowhere else."""
    rng = np.random.default_rng(seed)
    X = np.round(rng.normal(size=(rows, 2)), 1)
    y = rng.integers(0, 2, size=rows).astype(float)
    solution = solve(Problem(X, y))
    kind = separation(X, y).kind
    # Decimals on a line are not quite on one in binary: then neither proof may hold, and it says so.
    assume(kind is not SeparationKind.UNDECIDED)
    overlap = kind is SeparationKind.NONE
    assert (solution.digits >= 16) == overlap
    assert ("linear rule separates" in solution.reason) != overlap
