"""Rules on the measured accuracies of a run: each function judges one form of statement.

Two contestants differ where the interval of their difference says so: where intervals leave it open the
verdict is open, whatever the means say. The words are made of the numbers that were measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from crossframe.claims.claim import Effect, Verdict
from crossframe.claims.judge import above, at_least, at_sizes, between, where_settled
from crossframe.claims.original import Point, Ruling
from crossframe.claims.setting_effect import EQUAL
from crossframe.core.statistics import Interval
from crossframe.core.text import accuracy, finite, plural, signed, signed_interval
from crossframe.experiment.view import Row, View

PERFECT = 0.98
"""Accuracy from which a classifier counts as "essentially perfect"."""


def absent(view: View, *names: str) -> Ruling | None:
    """That contestants are missing in the run, or None when all took part."""
    missing = [name for name in names if name not in view.contestants]
    return Ruling(Verdict.OPEN, f"not in this run: {', '.join(missing)}.") if missing else None


def pairs_of(view: View, left: str, right: str, sizes: Sequence[int]) -> list[Row]:
    """The pairs of two contestants that have a difference, by n."""
    rows = (view.pair(left, right, n) for n in sizes)
    return [pair for pair in rows if pair and finite(pair["difference"]) is not None]


def interval(row: Row, mean: str, low: str, high: str) -> Interval:
    """An interval from three columns of a row; NaN where a number is missing or infinite."""
    ends = [math.nan if (x := finite(row[name])) is None else x for name in (mean, low, high)]
    return Interval(ends[0], ends[1], ends[2])


def gap(pair: Row) -> Interval:
    """The difference of the mean accuracies of a pair, left minus right."""
    return interval(pair, "difference", "low", "high")


def _widest(view: View, pairs: Sequence[Row]) -> Effect:
    pair = max(pairs, key=lambda p: abs(float(p["difference"])))
    what = f"{view.named(pair['left'])} minus {view.named(pair['right'])}, n = {pair['n']}"
    return Effect.of(what, gap(pair))


def _in_words(pair: Row) -> str:
    difference = f"{signed(pair['difference'])} {signed_interval(pair['low'], pair['high'])}".strip()
    return f"{difference} at n = {pair['n']}"


def ahead(view: View, left: str, right: str, sizes: Sequence[int]) -> Ruling:
    """Whether ``left`` is more accurate than ``right`` at every one of ``sizes``."""
    if missing := absent(view, left, right):
        return missing
    pairs = pairs_of(view, left, right, sizes)
    if not pairs:
        return Ruling(Verdict.OPEN, "no pair of fits at these n.")
    verdicts = [above(gap(pair)) for pair in pairs]
    shown = pairs if len(pairs) <= 3 else [pairs[0], pairs[-1]]
    words = (
        f"{view.named(left)} minus {view.named(right)}: {'; '.join(map(_in_words, shown))}. Surely ahead "
        f"at {verdicts.count(Verdict.HOLDS)} and surely behind at {verdicts.count(Verdict.FAILS)} of "
        f"{plural(len(pairs), 'size')}."
    )
    return settled(verdicts, [pair["n"] for pair in pairs], words, _widest(view, pairs))


def settled(verdicts: Iterable[Verdict], sizes: Iterable[Any], words: str, effect: Effect) -> Ruling:
    """The ruling on a claim about every n of ``sizes``, each with its verdict."""
    by_size = dict(zip(map(int, sizes), verdicts, strict=True))
    return Ruling(where_settled(by_size.values(), one_refutes=True), words, effect, at_sizes(by_size))


def narrows(view: View, left: str, right: str) -> Ruling:
    """Whether the lead of ``left`` over ``right`` shrinks from the smallest n to the largest, and reaches 0.

    In part where it shrinks and does not reach 0. It fails where it grows, and where the interval at the
    largest n lies above 0 and does not show that it shrinks.
    """
    if missing := absent(view, left, right):
        return missing
    pairs = pairs_of(view, left, right, [view.sizes[0], view.sizes[-1]])
    if len(pairs) < 2:
        return Ruling(Verdict.OPEN, "two sample sizes are needed.")
    first, last = map(gap, pairs)
    words = f"{view.named(left)} minus {view.named(right)}: {_in_words(pairs[0])}, {_in_words(pairs[1])}."
    shrinks, grows = last.high < first.low, last.low > first.high
    if first.exists and last.exists and not (shrinks or grows):
        words += " The two intervals overlap."
    if last.low > 0:
        words += f" That at n = {pairs[1]['n']} does not reach 0."
        return Ruling(Verdict.PARTLY if shrinks else Verdict.FAILS, words, _widest(view, pairs[1:]))
    verdict = Verdict.HOLDS if shrinks else Verdict.FAILS if grows else Verdict.OPEN
    return Ruling(verdict, words, _widest(view, pairs))


def inside(view: View, name: str, published: Sequence[Point], smallest: int) -> Ruling:
    """Whether measured means lie in the published spread at every n from ``smallest``."""
    if missing := absent(view, name):
        return missing
    judged = [
        (point.n, point.contains(mean))
        for point in published
        if point.n >= smallest and (mean := view.value(name, point.n, "accuracy_mean")) is not None
    ]
    known = [(n, verdict) for n, verdict in judged if verdict is not None]
    if not known:
        return Ruling(Verdict.OPEN, "no size in common with the published figure.")
    outside = [n for n, verdict in known if not verdict]
    hidden = len(judged) - len(known)
    words = (
        f"{view.named(name)}: the mean lies inside the published spread at {len(known) - len(outside)} of "
        f"{plural(len(known), 'size')}"
    )
    words += f", outside at n = {', '.join(map(str, outside))}" if outside else ""
    words += f"; at {hidden} more the published bar is hidden." if hidden else "."
    if not outside:
        return Ruling(Verdict.HOLDS, words)
    return Ruling(Verdict.PARTLY if 2 * len(outside) < len(known) else Verdict.FAILS, words)


def reaches(view: View, name: str, level: float, sizes: Sequence[int]) -> Ruling:
    """Whether the mean accuracy is at least ``level`` at every one of ``sizes``."""
    if missing := absent(view, name):
        return missing
    rows = [row for n in sizes if (row := view.row(name, n)) and finite(row["accuracy_mean"]) is not None]
    if not rows:
        return Ruling(Verdict.OPEN, "no usable fit.")
    # A rule that learns nothing is the same on every draw: on these rows its accuracy is known.
    known = view.contestants[name]["engine"] == "reference"
    means = [interval(row, "accuracy_mean", "accuracy_low", "accuracy_high") for row in rows]
    verdicts = [
        at_least(Interval(m.value, m.value, m.value) if known and not m.exists else m, level) for m in means
    ]
    worst = min(rows, key=lambda row: float(row["accuracy_mean"]))
    words = (
        f"{view.named(name)}: lowest mean {accuracy(worst)} at n = {worst['n']}; surely at least {level:g} "
        f"at {verdicts.count(Verdict.HOLDS)}, surely below at {verdicts.count(Verdict.FAILS)} of "
        f"{plural(len(rows), 'size')}."
    )
    effect = Effect.of(f"lowest mean accuracy, n = {worst['n']}", min(means, key=lambda m: m.value))
    return settled(verdicts, [row["n"] for row in rows], words, effect)


def alike(
    view: View,
    left: str,
    right: str,
    sizes: Sequence[int],
    rule: Callable[[Interval], Verdict] = lambda gap: between(gap, -EQUAL, EQUAL),
) -> Ruling:
    """Whether two accuracies differ by at most `EQUAL` at every one of ``sizes``, by ``rule``."""
    if missing := absent(view, left, right):
        return missing
    pairs = pairs_of(view, left, right, sizes)
    if not pairs:
        return Ruling(Verdict.OPEN, "no pair of fits at these n.")
    verdicts = [rule(gap(pair)) for pair in pairs]
    widest = max(pairs, key=lambda p: abs(float(p["difference"])))
    words = (
        f"{view.named(left)} minus {view.named(right)}: largest {_in_words(widest)}; within "
        f"±{EQUAL:g} at {verdicts.count(Verdict.HOLDS)}, surely further apart at "
        f"{verdicts.count(Verdict.FAILS)} of {plural(len(pairs), 'size')}."
    )
    return settled(verdicts, [pair["n"] for pair in pairs], words, _widest(view, pairs))
