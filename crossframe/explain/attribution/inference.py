"""Intervals of shares, and whether a gap is more than the sides' own spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crossframe.core.statistics import bonferroni, constant, fieller, half_width
from crossframe.explain.attribution.game import FloatArray, Game

Interval = tuple[float, float]


@dataclass(frozen=True)
class Values:
    """A quantity to be averaged: what its interval is made from.

    Attributes
    ----------
    draws
        Shape (B,): one value per draw.
    blocks
        Shape (U,): one value per block of random orders; None where all orders were evaluated.
    """

    draws: FloatArray
    blocks: FloatArray | None = None

    @property
    def mean(self) -> float:
        """The mean over draws; blocks have the same mean."""
        return float(self.draws.mean())


@dataclass(frozen=True)
class IntervalRule:
    """How intervals are made.

    See `crossframe.core.statistics.half_width`: Nadeau and Bengio's correction over draws, the
    t-interval over blocks of random orders, and both together where both vary.

    Attributes
    ----------
    overlap
        rho of the design of the draws.
    level
        Probability with which all intervals of one family hold together: each of m has level
        1 - (1 - level) / m, after Bonferroni.
    random
        Whether the draws are a sample from a population; False: the sides are deterministic, there is one
        gap, and only the random orders are uncertain.
    """

    overlap: float = 0.0
    level: float = 0.95
    random: bool = True

    def half(self, values: Values, tests: int = 1) -> float:
        """Half-width, as one of ``tests`` intervals; 0 without spread, NaN for a single draw or block."""
        return half_width(
            values.draws, self.overlap, level=bonferroni(self.level, tests), blocks=values.blocks,
            random=self.random,
        )  # fmt: skip

    def interval(self, values: Values, tests: int = 1) -> Interval | None:
        """Interval of the mean; None where there is none.

        None for deterministic sides and all orders (the value is exact), for a single draw, and for
        draws that all give one value other than 0: no spread at all is no information about it.
        """
        if not self.random and values.blocks is None:
            return None
        half = self.half(values, tests)
        if math.isnan(half) or (self.random and constant(values.draws) and values.draws.any()):
            return None
        return values.mean - half, values.mean + half

    def ratio(self, part: Values, whole: FloatArray, tests: int = 1) -> Interval | None:
        """Interval of mean(part) / mean(whole), after Fieller; see `crossframe.core.statistics.fieller`.

        ``whole`` has shape (B,) and does not depend on the orders. None where ``part`` has no interval,
        or ``whole`` is not distinguishable from 0 and the ratio has no bounds.
        """
        if self.interval(part, tests) is None:
            return None
        return fieller(
            part.draws, whole, self.overlap, level=bonferroni(self.level, tests), blocks=part.blocks,
            random=self.random,
        )  # fmt: skip


@dataclass(frozen=True)
class OwnSpread:
    """Each side's own spread: its gap to itself with the same settings and other seeds.

    Measured like the gap, one number per replicate, in the same order; 0 for a deterministic side.
    """

    left: Sequence[float]
    right: Sequence[float]

    def expected(self) -> FloatArray:
        """The gap of each replicate if the sides differed by their randomness alone, shape (R,).

        sqrt((left^2 + right^2) / 2): a side's gap to itself holds its own variance twice, the gap
        between the sides that of each once.
        """
        left, right = np.asarray(self.left, dtype=np.float64), np.asarray(self.right, dtype=np.float64)
        root: FloatArray = np.sqrt((left**2 + right**2) / 2)
        return root

    @property
    def none(self) -> bool:
        """Whether both sides give the same answer with every seed."""
        return not self.expected().any()


def against_noise(
    game: Game, gap: FloatArray, noise: OwnSpread | None, signed: bool, rule: IntervalRule
) -> tuple[bool, dict[str, Any]]:
    """Whether the gap (shape (B,)) is inside the sides' own spread, and the numbers that decide it.

    A signed gap averages out over seeds: it is inside if the interval of its mean holds 0. A size
    never does: it is inside unless it is larger than `OwnSpread.expected` in the mean of the paired
    differences, with an interval above 0.
    """
    own = None if noise is None else game.by_draw(noise.expected())
    if own is not None and own.shape != gap.shape:
        raise ValueError(f"the sides' own spread has {len(own)} draws, the gap {len(gap)}")
    tested = gap if signed or own is None else gap - own
    tested = tested[np.isfinite(tested)]
    interval = rule.interval(Values(tested)) if len(tested) else None
    numbers = {
        "gap": float(gap.mean()),
        "own_spread": None if own is None or not np.isfinite(own).any() else float(np.nanmean(own)),
        "tested": "mean gap" if signed else "gap less own spread",
        "mean": float(tested.mean()) if len(tested) else None,
        "interval": None if interval is None else list(interval),
        "draws": len(tested),
    }
    if interval is None:
        return True, numbers
    inside = interval[0] <= 0 <= interval[1] if signed else interval[0] <= 0
    return inside, numbers
