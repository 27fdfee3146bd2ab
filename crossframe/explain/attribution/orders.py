"""Shapley shares from random orders of switching, for more settings than a lattice can hold.

The sampling unit is a block: the settings are laid on a circle in random order, and a block is the
mean over all orders in which the switched settings are always an arc of that circle. Such orders
share their prefixes, k (k - 1) sets in all, 2 k of which (one setting, all but one) serve
every block. A block holds with each order its reverse (antithetic pairs, exact for games in which settings
interact in pairs only) and puts each setting at each position equally often. Blocks are independent and
each is unbiased, so that the t-interval over blocks is one for the share; block means are skewed where
few orders differ from the rest, and the intervals of a handful of blocks then have slightly less than
their nominal coverage. Permutation sampling:
J. Castro, D. Gomez and J. Tejada, Polynomial calculation of the Shapley value based on sampling,
2009; the pairs: R. Mitchell et al., Sampling permutations for Shapley value estimation, 2022.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossframe.explain.attribution.game import FloatArray, Game


@dataclass(frozen=True)
class Sampling:
    """How long to sample.

    Attributes
    ----------
    target
        Stop once the largest share is known to this half-width, as a fraction of what all switches
        close. Only the orders' part of the interval counts: more orders add no replicates.
    budget
        Most sets to evaluate, those evaluated earlier included.
    seed
        Of the random orders.
    least
        Blocks before ``target`` is looked at: intervals from fewer cover badly where most orders
        agree and a few do not.
    most
        Blocks after which to stop, whatever the intervals.
    """

    target: float = 0.02
    budget: int = 1024
    seed: int = 0
    least: int = 5
    most: int = 1000


def ends(k: int) -> list[int]:
    """Masks of no setting, all, each alone, and all but each: the sets of first-in and last-in shares."""
    full = (1 << k) - 1
    return list(dict.fromkeys([0, full, *(1 << i for i in range(k)), *(full ^ 1 << i for i in range(k))]))


def circles(k: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """An endless iterator over random circular arrangements of k settings."""
    rng = np.random.default_rng(seed)
    while True:
        yield rng.permutation(k)


def arcs(circle: NDArray[np.int64]) -> NDArray[np.int64]:
    """Masks of the arcs of a circle, shape (k + 1, k): length, place of the first setting."""
    bits = np.int64(1) << circle
    masks = np.zeros((len(circle) + 1, len(circle)), dtype=np.int64)
    for length in range(len(circle)):
        masks[length + 1] = masks[length] | np.roll(bits, -length)
    return masks


def block_shares(game: Game, circle: NDArray[np.int64]) -> FloatArray:
    """Mean of v(S) - v(S + i) over the orders of one block, shape (k, B).

    An arc of any length grows by the setting after it or by the one before it, equally often.
    """
    k = len(circle)
    v = game.values(arcs(circle).ravel().tolist()).reshape(k + 1, k, -1)
    at = np.zeros((k, v.shape[2]))
    first = np.arange(k)
    for length in range(k):
        at[(first + length) % k] += v[length] - v[length + 1]
        at[first - 1] += v[length] - v[length + 1, first - 1]
    shares = np.empty_like(at)
    shares[circle] = at / (2 * k)
    return shares


def block_edges(circle: NDArray[np.int64]) -> NDArray[np.int64]:
    """The switches of one block: bit masks (S, S + i), shape (2 k^2, 2)."""
    arc = arcs(circle)
    grown = [np.stack([arc[:-1], other], axis=-1) for other in (arc[1:], np.roll(arc[1:], 1, axis=1))]
    return np.concatenate([g.reshape(-1, 2) for g in grown])


def sample(
    game: Game,
    half_width: Callable[[FloatArray], FloatArray],
    how: Sampling,
) -> tuple[list[NDArray[np.int64]], str]:
    """Evaluate blocks until the largest share is known well enough.

    Parameters
    ----------
    half_width
        From block means of each setting, shape (blocks, k), to the half-widths of their means.

    Returns
    -------
    circles, why it stopped
        ``"target"``, ``"budget"`` or ``"most"``. Raises ValueError where the budget has no room for
        two blocks, the fewest that have an interval.
    """
    sampled: list[NDArray[np.int64]] = []
    game.need(ends(game.k))
    source = circles(game.k, how.seed)
    while len(sampled) < how.most:
        # The first blocks are always needed; announced together, their fits can run in parallel.
        ahead = [next(source) for _ in range(1 if sampled else how.least)]
        while ahead and game.evaluations + len(_new(game, ahead)) > how.budget:
            ahead.pop()
        if not ahead:
            break
        game.need(_new(game, ahead))
        full = sampled or len(ahead) == how.least
        sampled += ahead
        if not full:
            break
        shares = np.stack([block_shares(game, circle).mean(axis=1) for circle in sampled])
        largest = int(np.argmax(np.abs(shares.mean(axis=0))))
        if half_width(shares)[largest] <= how.target * abs(shares.mean(axis=0).sum()):
            return sampled, "target"
    if len(sampled) < 2:
        room = len(ends(game.k)) + 2 * game.k * max(game.k - 3, 0)
        raise ValueError(
            f"a budget of {how.budget} hybrids for {game.k} settings; two blocks need up to {room}"
        )
    return sampled, "most" if len(sampled) >= how.most else "budget"


def _new(game: Game, sampled: list[NDArray[np.int64]]) -> list[int]:
    """The sets of these blocks that are not evaluated yet."""
    return game.missing(mask for circle in sampled for mask in arcs(circle).ravel().tolist())
