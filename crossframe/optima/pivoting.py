"""Columns that are linear combinations of those before them, by R's rule or exactly."""

from __future__ import annotations

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.optima.exact import as_integers

PRIME = 2**31 - 1


def pivot(X: FloatArray, tolerance: float = 1e-7) -> list[int]:
    """Columns that those before them determine, by the rule of R's ``lm``.

    Columns are taken in order; one of which less than ``tolerance`` of its norm is left beside the
    columns kept so far is aliased. This is the limited pivoting of LINPACK's dqrdc as R changed it
    (dqrdc2, called by ``lm.fit`` with 1e-7), whose Householder steps are here projections, done
    twice so that nothing is lost to cancellation. With tolerance 0 see `exactly_dependent`.
    """
    if tolerance == 0:
        return exactly_dependent(X)
    if independent(X, tolerance):
        return []
    basis = np.empty((min(X.shape), X.shape[0]))
    kept = 0
    aliased = []
    for j in range(X.shape[1]):
        column = X[:, j] / max(float(np.abs(X[:, j]).max()), 1e-300)
        norm = float(np.linalg.norm(column))
        rest = column
        Q = basis[:kept]
        for _ in range(2):
            rest = rest - (Q @ rest) @ Q
        left = float(np.linalg.norm(rest))
        if left <= tolerance * norm or kept == X.shape[0]:
            aliased.append(j)
        else:
            basis[kept] = rest / left
            kept += 1
    return aliased


def independent(X: FloatArray, tolerance: float = 0.0) -> bool:
    """Whether of every column more than ``tolerance`` of its norm is proved to be left beside all others.

    What is left is at least the square root of the smallest eigenvalue of the columns' products, norms 1;
    rounding moves that by at most (n + 2) m 2^-53 (Higham, Accuracy and Stability of Numerical Algorithms,
    section 3.5). False proves nothing.
    """
    n, m = X.shape
    if not 0 < m <= n:
        return False
    with np.errstate(all="ignore"):
        products = X.T @ X
        sizes = np.diag(products)
        if not np.all((sizes > 1e-280) & (sizes < 1e280)):
            return False
        scaled = products / np.outer(np.sqrt(sizes), np.sqrt(sizes))
    least = float(np.linalg.eigvalsh(scaled)[0]) - 8 * (n + m) * m * float(np.finfo(np.float64).eps)
    return bool(least > (2 * tolerance) ** 2)


def exactly_dependent(X: FloatArray) -> list[int]:
    """Columns that are a linear combination of those before them, in exact arithmetic.

    The float64 columns, as integers, are reduced modulo the prime 2^31 - 1. Columns that are
    independent there are independent; that dependent ones are not is improbable (about 1 in 2^31
    for each), and shows in the residual of the dependence.
    """
    if independent(X):
        return []
    numbers, _ = as_integers(X)
    left = (numbers % PRIME).astype(np.int64)
    aliased = []
    for j in range(X.shape[1]):
        nonzero = np.flatnonzero(left[:, j])
        if not nonzero.size:
            aliased.append(j)
            continue
        row = nonzero[0]
        factors = left[row, j + 1 :] * pow(int(left[row, j]), -1, PRIME) % PRIME
        left[:, j + 1 :] = (left[:, j + 1 :] - left[:, j : j + 1] * factors % PRIME) % PRIME
    return aliased
