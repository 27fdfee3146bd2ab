"""Intervals of shares, and whether a gap is more than the sides' own spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crossframe.attribution.game import FloatArray, Game
from crossframe.comparison.stats import mean_interval

Interval = tuple[float, float]
ROUNDING = 1e-12
"""Values that differ by less than this part of the largest of them are taken for equal."""


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
        """Over draws."""
        return float(self.draws.mean())


@dataclass(frozen=True)
class Rule:
    """How intervals are made.

    Over draws it is `crossframe.comparison.stats.mean_interval`: Nadeau and Bengio's correction for
    training samples that overlap. Over blocks of random orders it is the t-interval. Where both
    vary, the squares of the two half-widths are added (G. Y. Zou and A. Donner, Construction of
    confidence limits about effect measures, Statistics in Medicine 27, 2008).

    Attributes
    ----------
    overlap
        rho of the design of the draws.
    level
        Probability with which all intervals of one family hold together: each of m has level
        1 - (1 - level) / m, after Bonferroni.
    random
        Whether the draws are a sample of others; False: the sides are deterministic and one gap is
        asked about, and there is nothing to be uncertain of but the orders.
    """

    overlap: float = 0.0
    level: float = 0.95
    random: bool = True

    def half(self, values: Values, tests: int = 1) -> float:
        """Half-width; 0 for values without spread, NaN for a single draw or block."""
        level = 1 - (1 - self.level) / max(tests, 1)
        square = _half(values.draws, self.overlap, level) ** 2 if self.random else 0.0
        if values.blocks is not None:
            square += _half(values.blocks, 0.0, level) ** 2
        return math.sqrt(square)

    def interval(self, values: Values, tests: int = 1) -> Interval | None:
        """Interval of the mean; None where there is none.

        None for deterministic sides and all orders (the value is exact), for a single draw, and for
        draws that all give one value other than 0: no spread at all is no information about it.
        """
        if not self.random and values.blocks is None:
            return None
        half = self.half(values, tests)
        if math.isnan(half) or (self.random and flat(values.draws) and values.draws.any()):
            return None
        return values.mean - half, values.mean + half

    def ratio(self, part: Values, whole: FloatArray, tests: int = 1) -> Interval | None:
        """Interval of mean(part) / mean(whole), after Fieller.

        All r for which the interval of part - r whole holds 0; it holds 0 exactly if that of
        ``part`` does. ``whole`` has shape (B,) and does not depend on the orders. None where
        ``part`` has no interval, or ``whole`` cannot be told from 0 and r has no bounds. Source:
        E. C. Fieller, Some problems in interval estimation, 1954.
        """
        if self.interval(part, tests) is None:
            return None
        mean = float(whole.mean())
        plus, minus, alone = (
            self.half(Values(values), tests) ** 2
            for values in (part.draws + whole, part.draws - whole, whole)
        )
        # Squared half-widths are a quadratic form in the values: this is its mixed term.
        mixed = (plus - minus) / 4
        a, b, c = mean**2 - alone, part.mean * mean - mixed, part.mean**2 - self.half(part, tests) ** 2
        if not a > 0:
            return None
        root = math.sqrt(max(b * b - a * c, 0.0))
        return (b - root) / a, (b + root) / a


@dataclass(frozen=True)
class Noise:
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
        """Whether both sides always repeat themselves."""
        return not self.expected().any()


def against_noise(
    game: Game, gap: FloatArray, noise: Noise | None, signed: bool, rule: Rule
) -> tuple[bool, dict[str, Any]]:
    """Whether the gap (shape (B,)) is inside the sides' own spread, and the numbers that say so.

    A signed gap averages out over seeds: it is inside if the interval of its mean holds 0. A size
    never does: it is inside unless it is larger than `Noise.expected` in the mean of the paired
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


def _half(values: FloatArray, overlap: float, level: float) -> float:
    """Half-width of `mean_interval`; 0 for values that are all the same, NaN where there is none."""
    if len(values) > 1 and flat(values):
        return 0.0
    mean, low, _, _ = mean_interval(values, overlap, level=level)
    return mean - low


def flat(values: FloatArray) -> bool:
    """Whether all values along the last axis are the same but for rounding."""
    return bool((np.ptp(values, axis=-1) <= ROUNDING * np.abs(values).max(axis=-1, initial=0.0)).all())
