"""Shapley shares and interactions from the gap of every hybrid.

Arrays over the lattice have shape (2^k, B): row S is v(S), S read as a bit mask, one column per
replicate. What a switch closes is counted as positive: the gap before it less the gap after it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from crossframe.explain.attribution.game import FloatArray


def shapley(v: FloatArray) -> FloatArray:
    """Share of each setting in v(empty) - v(all), shape (k, B).

    phi_i = sum over S without i of |S|! (k - |S| - 1)! / k!  (v(S) - v(S + i)): what switching i
    closes, averaged over all orders of switching. The shares add up to v(empty) - v(all); settings
    that can be exchanged get the same; one that changes nothing anywhere gets exactly 0. Source:
    L. S. Shapley, A value for n-person games, 1953.
    """
    k = _players(v)
    weight = np.array([math.factorial(s) * math.factorial(k - s - 1) / math.factorial(k) for s in range(k)])
    shares = np.empty((k, v.shape[1]))
    for i in range(k):
        S, size = without(k, i)
        shares[i] = weight[size] @ (v[S] - v[S | 1 << i])
    return shares


def interactions(v: FloatArray) -> FloatArray:
    """Shapley interaction index of each pair, shape (k, k, B), 0 on the diagonal.

    I_ij = sum over S without i and j of |S|! (k - |S| - 2)! / (k - 1)!  d_ij(S), where d_ij(S) =
    v(S + i) + v(S + j) - v(S) - v(S + i + j) is by how much switching both closes more than the two
    close each by itself. Positive: they work together; negative: they do the same. Half of it is
    in the share of each. Source: M. Grabisch and M. Roubens, An axiomatic approach to the concept
    of interaction among players in cooperative games, 1999.
    """
    k = _players(v)
    index = np.zeros((k, k, v.shape[1]))
    weight = np.array(
        [math.factorial(s) * math.factorial(k - s - 2) / math.factorial(k - 1) for s in range(k - 1)]
    )
    for i in range(k):
        for j in range(i + 1, k):
            S, size = without(k, i, j)
            # The order of the terms gives a setting that changes nothing an index of exactly 0.
            both = (v[S | 1 << i] - v[S | 1 << i | 1 << j]) - (v[S] - v[S | 1 << j])
            index[i, j] = index[j, i] = weight[size] @ both
    return index


def edges(k: int) -> NDArray[np.int64]:
    """Every switch: rows (S, S + i), shape (k 2^(k - 1), 2)."""
    rows = [np.stack([S, S | 1 << i], axis=1) for i in range(k) for S in (without(k, i)[0],)]
    return np.concatenate(rows) if rows else np.empty((0, 2), dtype=np.int64)


def without(k: int, *settings: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The sets that hold none of ``settings``, and their sizes."""
    sets = np.arange(1 << k, dtype=np.int64)
    sets = sets[(sets & sum(1 << i for i in settings)) == 0]
    return sets, np.bitwise_count(sets).astype(np.int64)


def _players(v: FloatArray) -> int:
    """The number of settings k of an array over the lattice; ValueError for any other shape."""
    k = len(v).bit_length() - 1
    if v.ndim != 2 or len(v) != 1 << k:
        raise ValueError(f"shape {v.shape} is no lattice of 2^k hybrids by replicates")
    return k
