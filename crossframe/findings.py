"""What measured accuracies say about a statement: each function a kind of statement, each answer a verdict.

Two contestants are told apart by intervals: where they leave it open the verdict is "cannot tell",
whatever the means say. The words are made of the numbers that were measured.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence

from crossframe.published import LEEK
from crossframe.report.text import (
    accuracy,
    plural,
    signed,
    signed_interval,
)
from crossframe.report.view import Row, View, finite


class Verdict(enum.StrEnum):
    """What became of a claim."""

    REPRODUCED = "reproduced"
    PARTLY = "partly"
    NOT_REPRODUCED = "not reproduced"
    CANNOT_TELL = "cannot tell"


Finding = tuple[Verdict, str]
PERFECT = 0.98
"""Accuracy from which a classifier counts as "essentially perfect" here."""
EQUAL = 0.01
"""Difference in accuracy within which two contestants count as "almost identical" here."""


def absent(view: View, *names: str) -> Finding | None:
    """That contestants are missing, or None when all are there."""
    missing = [name for name in names if name not in view.contestants]
    return (Verdict.CANNOT_TELL, f"not in this run: {', '.join(missing)}.") if missing else None


def pairs_of(view: View, left: str, right: str, sizes: Sequence[int]) -> list[Row]:
    """The pairs of two contestants that have a difference, by n."""
    found = (view.pair(left, right, n) for n in sizes)
    return [pair for pair in found if pair and finite(pair["difference"]) is not None]


def _gap(pair: Row) -> str:
    gap = f"{signed(pair['difference'])} {signed_interval(pair['low'], pair['high'])}".strip()
    return f"{gap} at n = {pair['n']}"


def _bound(row: Row, end: str, default: float) -> float:
    value = finite(row[end])
    return default if value is None else value


def ahead(view: View, left: str, right: str, sizes: Sequence[int]) -> Finding:
    """Whether ``left`` is more accurate than ``right`` at every one of ``sizes``."""
    if gone := absent(view, left, right):
        return gone
    pairs = pairs_of(view, left, right, sizes)
    if not pairs:
        return Verdict.CANNOT_TELL, "no pair of fits at these n."
    above = sum(_bound(p, "low", -math.inf) > 0 for p in pairs)
    below = sum(_bound(p, "high", math.inf) < 0 for p in pairs)
    words = f"{view.named(left)} minus {view.named(right)}: {'; '.join(map(_gap, _ends(pairs)))}"
    words += f". Surely ahead at {above} and surely behind at {below} of {plural(len(pairs), 'size')}."
    if below:
        return (Verdict.PARTLY if above else Verdict.NOT_REPRODUCED), words
    if above == len(pairs):
        return Verdict.REPRODUCED, words
    return (Verdict.PARTLY if above else Verdict.CANNOT_TELL), words


def _ends(pairs: Sequence[Row]) -> list[Row]:
    return list(pairs) if len(pairs) <= 3 else [pairs[0], pairs[-1]]


def narrows(view: View, left: str, right: str) -> Finding:
    """Whether the lead of ``left`` over ``right`` shrinks from the smallest n to the largest."""
    if gone := absent(view, left, right):
        return gone
    pairs = pairs_of(view, left, right, [view.sizes[0], view.sizes[-1]])
    if len(pairs) < 2:
        return Verdict.CANNOT_TELL, "two sample sizes are needed."
    first, last = pairs
    words = f"{view.named(left)} minus {view.named(right)}: {_gap(first)}, {_gap(last)}."
    if _bound(last, "high", math.inf) < _bound(first, "low", -math.inf):
        level = _bound(last, "low", -math.inf) <= 0
        return (Verdict.REPRODUCED if level else Verdict.PARTLY), words
    if _bound(last, "low", -math.inf) > _bound(first, "high", math.inf):
        return Verdict.NOT_REPRODUCED, words
    return Verdict.CANNOT_TELL, words + " The two intervals overlap."


def inside(view: View, name: str, smallest: int) -> Finding:
    """Whether measured means lie in the published spread at every n from ``smallest``."""
    if gone := absent(view, name):
        return gone
    judged = [
        (point.n, point.contains(mean))
        for point in LEEK[name]
        if point.n >= smallest and (mean := view.value(name, point.n, "accuracy_mean")) is not None
    ]
    known = [(n, verdict) for n, verdict in judged if verdict is not None]
    if not known:
        return Verdict.CANNOT_TELL, "no size in common with the published figure."
    outside = [n for n, verdict in known if not verdict]
    hidden = len(judged) - len(known)
    words = (
        f"{view.named(name)}: the mean lies inside the published spread at "
        f"{len(known) - len(outside)} of {plural(len(known), 'size')}"
    )
    words += f", outside at n = {', '.join(map(str, outside))}" if outside else ""
    words += f"; at {hidden} more the published bar is hidden." if hidden else "."
    if not outside:
        return Verdict.REPRODUCED, words
    return (Verdict.PARTLY if 2 * len(outside) < len(known) else Verdict.NOT_REPRODUCED), words


def _by_count(surely: int, surely_not: int, sizes: int) -> Verdict:
    """The verdict on a statement about every size that surely holds at some and surely fails at others."""
    if surely == sizes:
        return Verdict.REPRODUCED
    if surely:
        return Verdict.PARTLY
    return Verdict.NOT_REPRODUCED if surely_not else Verdict.CANNOT_TELL


def reaches(view: View, name: str, level: float, sizes: Sequence[int]) -> Finding:
    """Whether the mean accuracy is at least ``level`` at every one of ``sizes``."""
    if gone := absent(view, name):
        return gone
    rows = [row for n in sizes if (row := view.row(name, n)) and finite(row["accuracy_mean"]) is not None]
    if not rows:
        return Verdict.CANNOT_TELL, "no usable fit."
    # A rule that learns nothing is the same on every draw: on these rows its accuracy is known.
    known = view.contestants[name]["engine"] == "reference"
    means = [float(row["accuracy_mean"]) for row in rows]
    lows = [_bound(r, "accuracy_low", m if known else -math.inf) for r, m in zip(rows, means, strict=True)]
    highs = [_bound(r, "accuracy_high", m if known else math.inf) for r, m in zip(rows, means, strict=True)]
    sure = sum(low >= level for low in lows)
    under = sum(high < level for high in highs)
    worst = min(rows, key=lambda row: float(row["accuracy_mean"]))
    words = (
        f"{view.named(name)}: lowest mean {accuracy(worst)} at n = {worst['n']}; surely at least "
        f"{level:g} at {sure}, "
    )
    words += f"surely below at {under} of {plural(len(rows), 'size')}."
    return _by_count(sure, under, len(rows)), words


def alike(view: View, left: str, right: str, sizes: Sequence[int]) -> Finding:
    """Whether two contestants' accuracies differ by less than `EQUAL` at every one of ``sizes``."""
    if gone := absent(view, left, right):
        return gone
    pairs = pairs_of(view, left, right, sizes)
    if not pairs:
        return Verdict.CANNOT_TELL, "no pair of fits at these n."
    same = sum(_bound(p, "low", -math.inf) >= -EQUAL and _bound(p, "high", math.inf) <= EQUAL for p in pairs)
    apart = sum(_bound(p, "low", -math.inf) > EQUAL or _bound(p, "high", math.inf) < -EQUAL for p in pairs)
    widest = max(pairs, key=lambda p: abs(float(p["difference"])))
    words = (
        f"{view.named(left)} minus {view.named(right)}: largest {_gap(widest)}; surely within "
        f"±{EQUAL:g} at {same}, "
    )
    words += f"surely further apart at {apart} of {plural(len(pairs), 'size')}."
    return _by_count(same, apart, len(pairs)), words
