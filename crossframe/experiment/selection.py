"""Feature selection as Leek and as Beam did it, on the training rows alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray

STATISTICS = ("f", "welch")


def select(statistic: str, count: int, X: FloatArray, y: IntArray) -> IntArray:
    """Columns of ``X`` (n, p) that the rule keeps, in ascending order, shape (k,).

    ``f`` (Leek 2017): ``which(rank(p) <= count)`` over the p-values of `f_pvalues`. Ties share
    their average rank as in R, so fewer columns than ``count``, more, or none may qualify; NaN
    (constant columns) ranks last, in column order, as ``rank(na.last = TRUE)`` has it.

    ``welch`` (Beam 2017): the ``count`` largest of `welch_scores`, ties broken as
    ``numpy.argsort`` does. The score of a column with missing values is NaN: it is never kept.
    """
    if statistic == "f":
        kept = np.flatnonzero(_r_rank(f_pvalues(X, y)) <= count)
    elif statistic == "welch":
        scores = welch_scores(X, y)
        order = np.argsort(np.where(np.isnan(scores), -np.inf, scores))
        kept = np.sort([j for j in order[-count:] if not np.isnan(scores[j])])
    else:
        raise ValueError(f"unknown statistic {statistic!r}")
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

    wide = X.astype(np.longdouble)
    means = np.stack([wide[y == g].mean(axis=0).astype(np.float64) for g in (0, 1)])
    fitted = means[y]
    grand = wide.mean(axis=0).astype(np.float64)
    between = _sum((fitted - grand) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = between / (_sum((X - fitted) ** 2) / (len(y) - 2))
    p: FloatArray = f_distribution.sf(statistic, 1, len(y) - 2)
    return p


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


def _r_rank(values: FloatArray) -> FloatArray:
    from scipy.stats import rankdata

    missing = np.isnan(values)
    ranks = np.empty(len(values))
    ranks[~missing] = rankdata(values[~missing], method="average")
    ranks[missing] = np.count_nonzero(~missing) + 1 + np.arange(np.count_nonzero(missing))
    return ranks
