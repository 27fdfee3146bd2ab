"""Feature selection as Leek and as Beam did it, on the training rows alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray

STATISTICS = ("f", "welch")
TIES = {"f": "average", "welch": "argsort"}
"""The rule for ties of each statistic, where no other is asked for."""

_RANKS = {"average": "average", "all": "min", "none": "max", "first": "ordinal", "last": "ordinal"}
"""Rule for ties -> the ranks, as scipy names them, that are at most the count of what is kept."""


def select(statistic: str, count: int, X: FloatArray, y: IntArray, ties: str = "") -> IntArray:
    """Columns of ``X`` (n, p) that the rule keeps, in ascending order, shape (k,).

    ``ties`` is a ``selection.ties``; by default that of `TIES`:

    ``f`` (Leek 2017): ``which(rank(p) <= count)`` over the p-values of `f_pvalues`. Ties share
    their average rank as in R, so fewer columns than ``count``, more, or none may qualify; NaN
    (constant columns) ranks last, in column order, as ``rank(na.last = TRUE)`` has it.

    ``welch`` (Beam 2017): the ``count`` largest of `welch_scores`, ties broken as
    ``numpy.argsort`` does. The score of a column with missing values is NaN: it is never kept.

    With another rule the F statistics themselves are ranked, as scikit-learn's SelectKBest does: p-values
    of unlike ones may both be 0.
    """
    if statistic not in STATISTICS:
        raise ValueError(f"unknown statistic {statistic!r}")
    rule = ties or TIES[statistic]
    if statistic == "f" and rule == "average":
        kept = np.flatnonzero(_rank(f_pvalues(X, y), rule) <= count)
    else:
        scores = f_statistics(X, y) if statistic == "f" else welch_scores(X, y)
        if rule == "argsort":
            order = np.argsort(np.where(np.isnan(scores), -np.inf, scores))
            kept = np.sort([j for j in order[-count:] if not np.isnan(scores[j])])
        else:
            kept = np.flatnonzero((_rank(-scores, rule) <= count) & ~np.isnan(scores))
    return kept.astype(np.int64)


def f_pvalues(X: FloatArray, y: IntArray) -> FloatArray:
    """p-values of the one-way ANOVA F test per column, two groups, equal variances; shape (p,).

    F = sum_i (m_g(i) - m)^2 / (sum_i (x_i - m_g(i))^2 / (n - 2)), on 1 and n - 2 degrees of
    freedom. A column that separates the groups without spread inside them has p = 0, a constant
    column NaN. Sums are taken in extended precision, as R's colMeans and colSums take them, so
    that ties are the same ties. Same values as genefilter's colFtests; ``r_scripts/selection.R``
    is the yardstick.
    """
    from scipy.stats import f as f_distribution

    p: FloatArray = f_distribution.sf(f_statistics(X, y), 1, len(y) - 2)
    return p


def f_statistics(X: FloatArray, y: IntArray) -> FloatArray:
    """The F of `f_pvalues` per column, shape (p,); infinite where a column separates the groups."""
    wide = X.astype(np.longdouble)
    means = np.stack([wide[y == g].mean(axis=0).astype(np.float64) for g in (0, 1)])
    fitted = means[y]
    grand = wide.mean(axis=0).astype(np.float64)
    between = _sum((fitted - grand) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic: FloatArray = between / (_sum((X - fitted) ** 2) / (len(y) - 2))
    return statistic


def welch_scores(X: FloatArray, y: IntArray) -> FloatArray:
    """Beam's score per column, shape (p,): |m1 - m0| / (sqrt(v0/n0 + v1/n1) + 1e-6).

    Variances are the population's (divided by the group's size), as ``numpy.var`` has them.
    """
    a, b = X[y == 0], X[y == 1]
    spread = np.sqrt(a.var(axis=0) / len(a) + b.var(axis=0) / len(b))
    scores: FloatArray = np.abs(b.mean(axis=0) - a.mean(axis=0)) / (spread + 1e-6)
    return scores


def _sum(values: NDArray[np.float64]) -> FloatArray:
    total: FloatArray = values.sum(axis=0, dtype=np.longdouble).astype(np.float64)
    return total


def _rank(values: FloatArray, ties: str) -> FloatArray:
    """Ranks from 1 for the smallest; NaN last in column order, as R's ``rank`` has it."""
    from scipy.stats import rankdata

    missing = np.isnan(values)
    ranks = np.empty(len(values))
    there = values[~missing]
    ranks[~missing] = (
        rankdata(there[::-1], method="ordinal")[::-1] if ties == "last" else rankdata(there, _RANKS[ties])
    )
    ranks[missing] = np.count_nonzero(~missing) + 1 + np.arange(np.count_nonzero(missing))
    return ranks
