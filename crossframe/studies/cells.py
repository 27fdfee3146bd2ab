"""A claim put to the test in several cells, framework by framework and size by size: what of it holds where.

Every cell has one of three verdicts. That a claim "holds only in" some cells is said only where it fails in
another; a cell whose interval settles nothing is never counted as a failure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from crossframe.comparison.stats import mean_interval
from crossframe.engines.base import FloatArray
from crossframe.studies.claim import Effect, Verdict

Key = tuple[str, int]
"""Title of a framework or representation, and a number of training rows."""


def over_cells(what: str, values: FloatArray, overlap: float, cells: int) -> Effect:
    """Mean over draws, with an interval that holds for ``cells`` comparisons at once (Bonferroni).

    Without any spread there is no interval, and the ends are NaN; see
    `crossframe.comparison.stats.mean_interval`.
    """
    level = 1 - 0.05 / cells
    values = np.asarray(values, dtype=np.float64)
    mean, low, high, _ = mean_interval(values, overlap, level=level)
    return Effect(what, mean, low, high, count=int(np.sum(~np.isnan(values))), level=level)


def above(effect: Effect, mark: float = 0.0, little: float = 0.0) -> Verdict:
    """Whether a quantity lies above ``mark``: its whole interval does.

    It does not where the interval ends at ``mark + little`` or below: there is at most a little.
    """
    if math.isnan(effect.low):
        return Verdict.CANNOT_TELL
    if effect.low > mark:
        return Verdict.HOLDS
    return Verdict.FAILS if effect.high <= mark + little else Verdict.CANNOT_TELL


def alike(effect: Effect, margin: float) -> Verdict:
    """Whether a difference is at most ``margin``, and its interval within twice that.

    It is not where the whole interval lies beyond ``margin``, on one side.
    """
    if math.isnan(effect.low):
        return Verdict.CANNOT_TELL
    if abs(effect.value) <= margin and max(-effect.low, effect.high) <= 2 * margin:
        return Verdict.HOLDS
    return Verdict.FAILS if max(effect.low, -effect.high) > margin else Verdict.CANNOT_TELL


def overall(cells: Mapping[Key, Verdict]) -> tuple[Verdict, str, str]:
    """Verdict on a claim about every cell, where it holds (for `Verdict.ONLY`), and all cells in words.

    One failure refutes the claim for every cell; if it holds in another, it holds only there.
    """
    by = {v: [k for k, w in cells.items() if w is v] for v in (Verdict.HOLDS, Verdict.FAILS)}
    unsettled = [k for k, w in cells.items() if w not in by]
    told = [
        f"{title} {listed(keys)}"
        for title, keys in (
            ("holds for", by[Verdict.HOLDS]), ("does not for", by[Verdict.FAILS]), ("open for", unsettled)
        )
        if keys
    ]  # fmt: skip
    words = "; ".join(told)
    if by[Verdict.FAILS]:
        if by[Verdict.HOLDS]:
            return Verdict.ONLY, f"for {listed(by[Verdict.HOLDS])}", words
        return Verdict.FAILS, "", words
    return (Verdict.CANNOT_TELL if unsettled or not cells else Verdict.HOLDS), "", words


def deciding(effects: Mapping[Key, Effect], cells: Mapping[Key, Verdict]) -> Effect | None:
    """The effect to be shown beside `overall`'s verdict: of a cell that it rests on, the largest in size.

    Those are the failures where there are any, else the open cells, else all.
    """
    there = {k: e for k, e in effects.items() if k in cells and not math.isnan(e.value)}
    for verdict in (Verdict.FAILS, Verdict.CANNOT_TELL, Verdict.HOLDS):
        rests = [e for k, e in there.items() if cells[k] is verdict]
        if rests:
            return max(rests, key=lambda e: abs(e.value))
    return None


def listed(keys: Iterable[Key]) -> str:
    """Titles with their sizes."""
    sizes: dict[str, list[str]] = {}
    for title, n in keys:
        sizes.setdefault(title, []).append(str(n))
    return ", ".join(f"{title} (n = {', '.join(at)})" for title, at in sizes.items())


def written(effect: Effect, form: str = "+.3f", upper: float = math.inf) -> str:
    """Mean and interval, cut at ``upper`` and at minus that; without an interval the reason."""
    if math.isnan(effect.value):
        return "none"
    if math.isnan(effect.low):
        return f"{effect.value:{form}} (" + (
            "one value)" if effect.count < 2 else "the same every time, no interval)"
        )
    return f"{effect.value:{form}} [{max(effect.low, -upper):{form}}, {min(effect.high, upper):{form}}]"
