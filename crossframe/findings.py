"""What the measured cells say about a statement: each function a kind of statement, each answer a verdict.

A verdict is decided by intervals: where they leave it open the verdict is "cannot tell", whatever
the means say. The words are made of the numbers that were measured.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence

from crossframe.published import LEEK
from crossframe.report.text import (
    accuracy,
    epochs,
    fixed,
    percent,
    plural,
    signed,
    signed_interval,
    small,
    whole,
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


def _absent(view: View, *names: str) -> Finding | None:
    missing = [name for name in names if name not in view.contestants]
    return (Verdict.CANNOT_TELL, f"not in this run: {', '.join(missing)}.") if missing else None


def _pairs(view: View, left: str, right: str, sizes: Sequence[int]) -> list[Row]:
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
    if gone := _absent(view, left, right):
        return gone
    pairs = _pairs(view, left, right, sizes)
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
    if gone := _absent(view, left, right):
        return gone
    pairs = _pairs(view, left, right, [view.sizes[0], view.sizes[-1]])
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
    if gone := _absent(view, name):
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


def reaches(view: View, name: str, level: float, sizes: Sequence[int]) -> Finding:
    """Whether the mean accuracy is at least ``level`` at every one of ``sizes``."""
    if gone := _absent(view, name):
        return gone
    rows = [row for n in sizes if (row := view.row(name, n)) and finite(row["accuracy_mean"]) is not None]
    if not rows:
        return Verdict.CANNOT_TELL, "no usable fit."
    sure = sum(_bound(row, "accuracy_low", -math.inf) >= level for row in rows)
    under = sum(_bound(row, "accuracy_high", math.inf) < level for row in rows)
    worst = min(rows, key=lambda row: float(row["accuracy_mean"]))
    words = (
        f"{view.named(name)}: lowest mean {accuracy(worst)} at n = {worst['n']}; surely at least "
        f"{level:g} at {sure}, "
    )
    words += f"surely below at {under} of {plural(len(rows), 'size')}."
    if sure == len(rows):
        return Verdict.REPRODUCED, words
    if under:
        return (Verdict.PARTLY if sure else Verdict.NOT_REPRODUCED), words
    return (Verdict.PARTLY if sure else Verdict.CANNOT_TELL), words


def alike(view: View, left: str, right: str, sizes: Sequence[int]) -> Finding:
    """Whether two contestants' accuracies differ by less than `EQUAL` at every one of ``sizes``."""
    if gone := _absent(view, left, right):
        return gone
    pairs = _pairs(view, left, right, sizes)
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
    if same == len(pairs):
        return Verdict.REPRODUCED, words
    if apart:
        return (Verdict.PARTLY if same else Verdict.NOT_REPRODUCED), words
    return (Verdict.PARTLY if same else Verdict.CANNOT_TELL), words


def all_epochs(view: View, name: str) -> Finding:
    """Whether a net ran every epoch it was asked for."""
    if gone := _absent(view, name):
        return gone
    rows = [row for n in view.sizes if (row := view.row(name, n)) and finite(row["epochs"]) is not None]
    if not rows:
        return Verdict.CANNOT_TELL, "no usable fit."
    full = sum(float(row["epochs"]) >= 0.99 * float(row["epochs_asked"]) for row in rows)
    least = min(rows, key=lambda row: float(row["epochs"]))
    rules = {str(cell["convergence"]) for cell in view.of(name) if cell["convergence"]}
    words = (
        f"{view.named(name)}: median epochs run / asked for, fewest {epochs(least)} at n = "
        f"{least['n']}; all of them at "
    )
    words += f"{full} of {plural(len(rows), 'size')}."
    words += f" Its own word on the end: {'; '.join(sorted(rules)[:3])}." if rules else ""
    verdict = Verdict.REPRODUCED if full == len(rows) else Verdict.PARTLY if full else Verdict.NOT_REPRODUCED
    return verdict, words


def in_force(view: View, name: str, parameter: str, idle: object = None) -> Finding:
    """Whether a parameter that a claim rests on has any effect; ``idle`` is its value when it is off."""
    if gone := _absent(view, name):
        return gone
    contestant = view.contestants[name]
    if parameter in contestant["inert"]:
        return Verdict.NOT_REPRODUCED, f"`{parameter}` is without effect: {contestant['inert'][parameter]}."
    if parameter not in contestant["effective"]:
        return Verdict.CANNOT_TELL, f"the framework did not report `{parameter}`."
    value = contestant["effective"][parameter]
    if idle is not None and value == idle:
        return Verdict.NOT_REPRODUCED, f"`{parameter}` is {value}: switched off."
    return (
        Verdict.CANNOT_TELL,
        f"`{parameter}` is in force at {value}; whether it is the cause is a question for explain.",
    )


def underfits(view: View, name: str) -> Finding:
    """Whether a net's failure at the smallest n is over-fitting: all right on its own rows, wrong "
    "elsewhere."""
    if gone := _absent(view, name):
        return gone
    n = view.sizes[0]
    train, test = view.value(name, n, "train_accuracy_mean"), view.value(name, n, "accuracy_mean")
    if train is None or test is None:
        return Verdict.CANNOT_TELL, "no usable fit."
    words = f"{view.named(name)} at n = {n}: {fixed(train)} on its training rows (log-loss "
    words += f"{fixed(view.value(name, n, 'train_logloss_mean'))}), {fixed(test)} on the scored rows."
    if train < 0.95:
        return (
            Verdict.NOT_REPRODUCED,
            words + " It does not fit even the rows it was given: non-convergence, not over-fitting.",
        )
    if train - test > 0.05:
        return Verdict.REPRODUCED, words
    return Verdict.CANNOT_TELL, words + " Neither side fails."


def _decay_off(name: str) -> bool:
    given = name.partition(":")[2].replace(" ", "").split(",")
    overrides = dict(part.partition("=")[::2] for part in given)
    return set(overrides) <= {"decay", "schedule.decay"} and all(float(v) == 0 for v in overrides.values())


def without_decay(view: View) -> Finding:
    """Whether "MLP (Leek)" with its decay alone set to 0 is better than as it stands."""
    asked = [name for name in view.contestants if name.startswith("keras.mlp-leek:") and _decay_off(name)]
    if not asked:
        return Verdict.CANNOT_TELL, "not in this run: add --contestant keras.mlp-leek:schedule.decay=0."
    return ahead(view, asked[0], "keras.mlp-leek", view.sizes[:1])


def warns(view: View, loud: str, quiet: str) -> Finding:
    """Whether one solver warns and the other does not."""
    if gone := _absent(view, loud, quiet):
        return gone
    counts = {name: sum(bool(len(c["evidence"])) for c in view.of(name)) for name in (loud, quiet)}
    words = "; ".join(
        f"{view.named(m)}: warned in {whole(k)} of {plural(len(view.of(m)), 'fit')}"
        for m, k in counts.items()
    )
    if counts[loud] and not counts[quiet]:
        return Verdict.REPRODUCED, words + "."
    return (Verdict.PARTLY if counts[loud] else Verdict.NOT_REPRODUCED), words + "."


def same_labels(view: View, left: str, right: str) -> Finding:
    """Whether labels agree although coefficients do not."""
    if gone := _absent(view, left, right):
        return gone
    pairs = [p for p in _pairs(view, left, right, view.sizes) if finite(p["coef_distance"]) is not None]
    if not pairs:
        return Verdict.CANNOT_TELL, "no pair of coefficients."
    likeness = min(float(p["alike"]) for p in pairs)
    distances = sorted(float(p["coef_distance"]) for p in pairs)
    words = (
        f"{view.named(left)} and {view.named(right)}: at least {percent(likeness)} of the scored rows "
        "labelled alike; "
    )
    words += (
        f"relative distance of the coefficients {small(distances[0])} to {small(distances[-1])} (1: "
        "one vector dwarfs the other)."
    )
    agree, differ = likeness >= 0.95, distances[-1] >= 0.9
    if agree and differ:
        return Verdict.REPRODUCED, words
    return (Verdict.PARTLY if differ or agree else Verdict.NOT_REPRODUCED), words


def counted(view: View, name: str, batch: int, asked: int) -> Finding:
    """Whether updates are epochs times ceil(n / batch) in every fit."""
    if gone := _absent(view, name):
        return gone
    cells = [c for c in view.of(name) if finite(c["updates"]) is not None]
    if not cells:
        return Verdict.CANNOT_TELL, "no usable fit."
    right = sum(float(c["updates"]) == asked * math.ceil(int(c["n"]) / batch) for c in cells)
    ends = ", ".join(
        f"{whole(view.value(name, n, 'updates'))} at n = {n}"
        for n in dict.fromkeys((view.sizes[0], view.sizes[-1]))
    )
    words = (
        f"{view.named(name)}: {ends}; {right} of {plural(len(cells), 'fit')} took exactly {asked} × "
        f"⌈n/{batch}⌉ updates."
    )
    return (
        Verdict.REPRODUCED if right == len(cells) else Verdict.PARTLY if right else Verdict.NOT_REPRODUCED
    ), words
