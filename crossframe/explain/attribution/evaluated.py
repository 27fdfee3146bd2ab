"""The hybrids from which shares are computed: the whole lattice, or blocks of random orders."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from crossframe.explain.attribution.game import FloatArray, Game, Subset
from crossframe.explain.attribution.inference import IntervalRule, Values
from crossframe.explain.attribution.lattice import edges, interactions, shapley
from crossframe.explain.attribution.orders import (
    Sampling,
    arcs,
    block_edges,
    block_shares,
    circles,
    ends,
    sample,
)

EXACT_UP_TO = 8
"""Settings up to which the whole lattice is evaluated: 256 hybrids."""


class Method(enum.StrEnum):
    """How shares are computed: from all sets, or from random orders of switching."""

    EXACT = "exact"
    ORDERS = "orders"

    @classmethod
    def of(cls, k: int) -> Method:
        """`EXACT` up to `EXACT_UP_TO` settings, `ORDERS` beyond."""
        return cls.EXACT if k <= EXACT_UP_TO else cls.ORDERS


@dataclass(frozen=True)
class Evaluated:
    """What switching closes, for k settings and B draws.

    Attributes
    ----------
    shares
        Shapley shares, shape (k, B).
    blocks
        Shares by block of random orders, averaged over draws, shape (U, k); None for `Method.EXACT`.
    pairs
        Interaction indices, shape (k, k, B); None for `Method.ORDERS`.
    first, last
        First-in and last-in shares, averaged over draws, shape (k,).
    gap, rest
        v(empty), the gap as it is, and v(all), what is left of it, each of shape (B,).
    switches
        Every switch evaluated: rows (S, S + i).
    """

    shares: FloatArray
    blocks: FloatArray | None
    pairs: FloatArray | None
    first: FloatArray
    last: FloatArray
    gap: FloatArray
    rest: FloatArray
    switches: NDArray[np.int64]
    stopped: str | None

    @property
    def sets(self) -> list[int]:
        """Bit masks of every set that takes part in a switch, ascending; only 0 without settings."""
        sets: list[int] = np.unique(self.switches).tolist()
        return sets or [0]


def subsets_needed(
    names: Sequence[str], method: Method | None = None, sampling: Sampling | None = None
) -> list[Subset]:
    """The sets that `evaluated` will ask for; for `Method.ORDERS`, those of ``sampling``'s first blocks."""
    k, how = len(names), sampling or Sampling()
    if (method or Method.of(k)) is Method.EXACT:
        masks = list(range(1 << k))
    else:
        blocks = [arcs(circle).ravel().tolist() for circle in islice(circles(k, how.seed), how.least)]
        masks = list(dict.fromkeys([*ends(k), *(mask for block in blocks for mask in block)]))
    return [frozenset(name for i, name in enumerate(names) if mask >> i & 1) for mask in masks]


def evaluated(game: Game, method: Method, sampling: Sampling, level: float) -> Evaluated:
    """Evaluate what the method needs; ``level`` is that of the intervals that end the sampling."""
    k, full = game.k, game.all
    blocks, pairs, stopped = None, None, None
    if method is Method.EXACT:
        v = game.values(list(range(1 << k)))
        shares, pairs, switches = shapley(v), interactions(v), edges(k)
    else:
        rule = IntervalRule(level=level, random=False)

        def half_width(means: FloatArray) -> FloatArray:
            return np.array([rule.half(Values(means[:, i], means[:, i]), k) for i in range(k)])

        sampled, stopped = sample(game, half_width, sampling)
        parts = np.stack([block_shares(game, circle) for circle in sampled])
        shares, blocks = parts.mean(axis=0), parts.mean(axis=2)
        switches = np.unique(np.concatenate([block_edges(circle) for circle in sampled]), axis=0)
    single = [1 << i for i in range(k)]
    v = game.values([0, full, *single, *(full ^ one for one in single)])
    return Evaluated(
        shares=shares,
        blocks=blocks,
        pairs=pairs,
        first=(v[0] - v[2 : k + 2]).mean(axis=1),
        last=(v[k + 2 :] - v[1]).mean(axis=1),
        gap=v[0],
        rest=v[1],
        switches=switches,
        stopped=stopped,
    )
