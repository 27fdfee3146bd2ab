"""Games with known shares, and lattices by brute force."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from crossframe.explain.attribution.game import Game, Subset

LETTERS = "abcdefghijklmnop"
Array = NDArray[np.float64]


def names(k: int) -> list[str]:
    return list(LETTERS[:k])


def of_array(v: Array, **more: object) -> Game:
    """The game whose lattice is ``v``: shape (2^k,) deterministic, (2^k, B) with replicates."""
    k = len(v).bit_length() - 1

    def evaluate(subset: Subset) -> float | list[float]:
        row = v[sum(1 << LETTERS.index(name) for name in subset)]
        return float(row) if v.ndim == 1 else row.tolist()

    return Game(names(k), evaluate, **more)  # type: ignore[arg-type]


def members(k: int) -> NDArray[np.int64]:
    """Which settings are in each set, shape (2^k, k)."""
    return np.arange(1 << k)[:, None] >> np.arange(k) & 1


def additive(effects: Iterable[float], left: float = 0.0) -> Array:
    """Every switch takes its own amount off."""
    effects = np.array(list(effects))
    return np.asarray(left + (1 - members(len(effects))) @ effects)


def unanimity(k: int, needed: Iterable[int], size: float = 1.0) -> Array:
    """A gap of ``size`` that closes once all of ``needed`` are switched."""
    return size * (1.0 - members(k)[:, list(needed)].all(axis=1))


def largest_of(rng: np.random.Generator, k: int, rows: int = 50) -> Array:
    """Largest |difference| over rows, each setting adding a displacement of its own size."""
    size = rng.exponential(size=k) * rng.choice([0.05, 1.0], size=k)
    return np.asarray(np.abs((1 - members(k)) @ (rng.normal(size=(k, rows)) * size[:, None])).max(axis=1))


def random_game(rng: np.random.Generator, k: int, terms: int = 30, order: int = 5) -> Array:
    """Sum of unanimity games of up to ``order`` settings with random weights."""
    v = np.zeros(1 << k)
    for _ in range(terms):
        needed = rng.choice(k, rng.integers(1, min(order, k) + 1), replace=False)
        v += unanimity(k, needed, rng.normal())
    return v


def by_permutations(v: Array, orders: Callable[[int], Iterable[tuple[int, ...]]] | None = None) -> Array:
    """Shapley shares as the mean over all k! orders, term by term."""
    k = len(v).bit_length() - 1
    shares = np.zeros(k)
    every = list(permutations(range(k)) if orders is None else orders(k))
    for order in every:
        at = 0
        for i in order:
            shares[i] += v[at] - v[at | 1 << i]
            at |= 1 << i
    return shares / len(every)
