"""Rank: columns that are linear combinations of others, exactly or nearly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.optima.pivoting import exactly_dependent, pivot
from crossframe.optima.problem import ALIAS_TOLERANCE


@dataclass(frozen=True, eq=False)
class Dependency:
    """Column ``column`` is ``intercept`` + sum coefficients x, to ``residual`` of its own norm.

    ``coefficients`` has one entry a column of X, 0 for those that take no part.
    """

    column: int
    intercept: float
    coefficients: FloatArray
    residual: float


@dataclass(frozen=True, eq=False)
class Rank:
    """Rank of a design, by R's rule and exactly.

    Attributes
    ----------
    rank, columns
        Independent columns by R's rule, and all of them; the intercept counts.
    aliased
        Columns of X that those before them determine by R's rule.
    exact
        Rank of the float64 numbers in exact arithmetic: a column that is a rounded combination of
        others is aliased but usually not exactly dependent.
    dependencies
        For each aliased column, the combination of those before it.
    condition, condition_standardised
        2-norm condition numbers of [1, X] as it is, and with columns of mean 0 and variance 1
        (without an intercept: of norm 1); infinite for a rank-deficient design.
    """

    rank: int
    columns: int
    aliased: tuple[int, ...]
    exact: int
    dependencies: tuple[Dependency, ...]
    condition: float
    condition_standardised: float


def rank(X: FloatArray, intercept: bool = True, tolerance: float = ALIAS_TOLERANCE) -> Rank:
    """The rank of [1, X] (X alone without an intercept), its aliased columns and their combinations.

    ``X`` has shape (n, k); ``tolerance`` is that of `crossframe.optima.pivoting.pivot`.
    """
    X = np.asarray(X, dtype=np.float64)
    first = int(intercept)
    full = np.concatenate([np.ones((len(X), first)), X], axis=1)
    aliased = pivot(full, tolerance)
    dependencies = []
    for column in aliased:
        before = [j for j in range(column) if j not in aliased]
        norms = np.linalg.norm(full[:, before], axis=0)
        values = np.linalg.lstsq(full[:, before] / norms, full[:, column], rcond=None)[0] / norms
        spread = np.zeros(full.shape[1])
        spread[before] = values
        left = np.linalg.norm(full[:, column] - full @ spread)
        size = float(np.linalg.norm(full[:, column]))
        dependencies.append(
            Dependency(
                column - first,
                float(spread[0]) if first else 0.0,
                spread[first:],
                float(left) / size if size else 0.0,
            )
        )
    scaled = full
    if full.size:
        scale = X.std(axis=0) if intercept else np.linalg.norm(X, axis=0)
        centred = (X - X.mean(axis=0)) if intercept else X
        scaled = np.concatenate([np.ones((len(X), first)), centred / np.where(scale > 0, scale, 1.0)], axis=1)
    return Rank(
        full.shape[1] - len(aliased),
        full.shape[1],
        tuple(j - first for j in aliased),
        full.shape[1] - len(exactly_dependent(full)),
        tuple(dependencies),
        _condition(full),
        _condition(scaled),
    )


def _condition(A: FloatArray) -> float:
    if not A.size:
        return 1.0
    values = np.linalg.svd(A, compute_uv=False)
    if A.shape[1] > A.shape[0] or values[-1] <= values[0] * 1e-300:
        return float("inf")
    return float(values[0] / values[-1])
