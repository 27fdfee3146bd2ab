"""Aliased columns and what they depend on."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from crossframe.core.types import FloatArray
from crossframe.optima.diagnoses.rank import Rank, rank
from crossframe.optima.problem import ALIAS_TOLERANCE


def verify(rank: Rank, X: FloatArray, tolerance: float = ALIAS_TOLERANCE) -> bool:
    """Whether every dependence holds: its residual, summed in fractions, is below the tolerance.

    ``tolerance`` is a share of the column's own norm, as in R's rule.
    """
    for dependency in rank.dependencies:
        left, size = Fraction(0), Fraction(0)
        factors = [Fraction(float(v)) for v in dependency.coefficients]
        for x in np.asarray(X):
            row = [Fraction(float(v)) for v in x]
            fitted = Fraction(dependency.intercept) + sum(a * b for a, b in zip(row, factors, strict=True))
            left += (row[dependency.column] - fitted) ** 2
            size += row[dependency.column] ** 2
        if left > size * Fraction(tolerance) ** 2:
            return False
    return len(rank.dependencies) == rank.columns - rank.rank


def test_a_sum_of_columns_is_aliased_but_not_exactly_dependent() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3))
    X = np.column_stack([X[:, :2], X[:, 0] / 3 - X[:, 1] + 2, X[:, 2]])
    found = rank(X)
    assert (found.rank, found.columns, found.exact) == (4, 5, 5)
    assert found.aliased == (2,)
    (dependency,) = found.dependencies
    assert dependency.intercept == pytest.approx(2)
    np.testing.assert_allclose(dependency.coefficients, [1 / 3, -1, 0, 0], atol=1e-13)
    assert dependency.residual < 1e-14
    assert verify(found, X)
    wrong = replace(dependency, coefficients=dependency.coefficients + 1e-6)
    assert not verify(replace(found, dependencies=(wrong,)), X)
    assert not verify(replace(found, dependencies=()), X)
    assert found.condition > 1e13


def test_a_constant_column_is_the_intercept() -> None:
    X = np.column_stack([np.full(10, 0.1), np.arange(10.0)])
    assert rank(X).aliased == (0,)
    assert rank(X).exact == 2
    assert rank(X, intercept=False).aliased == ()


def test_the_tolerance_is_a_share_of_the_column() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 200))
    for share, aliased in ((1e-6, ()), (1e-8, (1,))):
        found = rank(np.column_stack([a, a + share * b]))
        assert found.aliased == aliased
        assert verify(found, np.column_stack([a, a + share * b]))


def test_standardising_takes_the_units_out_of_the_condition() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 2)) * [1e-3, 1e3] + [0, 1e5]
    found = rank(X)
    assert found.condition > 1e7
    assert found.condition_standardised < 2
    assert found.aliased == found.dependencies == ()
