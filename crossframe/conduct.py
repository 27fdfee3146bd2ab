"""What the fits themselves did: epochs, updates, thresholds, warnings, coefficients, settings in force."""

from __future__ import annotations

import math
from collections.abc import Sequence

from crossframe.findings import Finding, Verdict, absent, ahead, pairs_of
from crossframe.report.text import epochs, fixed, percent, plural, signed, signed_interval, small, whole
from crossframe.report.view import View, finite


def all_epochs(view: View, name: str) -> Finding:
    """Whether a net ran every epoch it was asked for."""
    if gone := absent(view, name):
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
    if gone := absent(view, name):
        return gone
    contestant = view.contestants[name]
    if parameter in contestant["inert"]:
        return (
            Verdict.NOT_REPRODUCED,
            f"`{parameter}` is without effect: {contestant['inert'][parameter].rstrip('.')}.",
        )
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
    """Whether a net's failure at the smallest n is over-fitting: right on its own rows, wrong elsewhere.

    Judged at a score of 0.5, so that the framework's choice of a threshold plays no part.
    """
    if gone := absent(view, name):
        return gone
    n = view.sizes[0]
    train, test = view.value(name, n, "train_accuracy_half_mean"), view.value(name, n, "accuracy_half_mean")
    if train is None or test is None:
        return Verdict.CANNOT_TELL, "no usable fit."
    words = (
        f"{view.named(name)} at n = {n}, labels at p > 0.5: {fixed(train)} on its training rows (log-loss "
    )
    words += f"{fixed(view.value(name, n, 'train_logloss_mean'))}), {fixed(test)} on the scored rows."
    if train < 0.95:
        return (
            Verdict.NOT_REPRODUCED,
            words + " It does not fit even the rows it was given: non-convergence, not over-fitting.",
        )
    if train - test > 0.05:
        return Verdict.REPRODUCED, words
    return Verdict.CANNOT_TELL, words + " Neither side fails."


def threshold(view: View, name: str, sizes: Sequence[int]) -> Finding:
    """Whether labels at p > 0.5 are more accurate than the framework's own, on the same fits."""
    if gone := absent(view, name):
        return gone
    rows = [row for n in sizes if (row := view.row(name, n)) and finite(row["half_gain"]) is not None]
    if not rows:
        return Verdict.CANNOT_TELL, "no usable fit."
    gains = "; ".join(
        f"{signed(row['half_gain'])} {signed_interval(row['half_gain_low'], row['half_gain_high'])}".strip()
        + f" at n = {row['n']}"
        for row in rows
    )
    words = f"{view.named(name)}: accuracy at p > 0.5 minus accuracy of its own labels: {gains}."
    surely = sum((finite(row["half_gain_low"]) or 0.0) > 0 for row in rows)
    if surely == len(rows):
        return Verdict.REPRODUCED, words
    worse = sum((finite(row["half_gain_high"]) or 0.0) < 0 for row in rows)
    if surely:
        return Verdict.PARTLY, words
    return (Verdict.NOT_REPRODUCED if worse else Verdict.CANNOT_TELL), words


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
    if gone := absent(view, loud, quiet):
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
    if gone := absent(view, left, right):
        return gone
    pairs = [p for p in pairs_of(view, left, right, view.sizes) if finite(p["coef_distance"]) is not None]
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
    if gone := absent(view, name):
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
