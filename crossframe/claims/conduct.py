"""Rules on what the fits of a run did: epochs, updates, thresholds, warnings, coefficients, settings in
use."""

from __future__ import annotations

import math
from collections.abc import Sequence

from crossframe.claims.accuracies import absent, ahead, interval, pairs_of, settled
from crossframe.claims.claim import Effect, Verdict
from crossframe.claims.judge import above
from crossframe.claims.original import Ruling
from crossframe.core.text import epochs, finite, percent, plural, signed, signed_interval, small, whole
from crossframe.experiment.view import View
from crossframe.frameworks.contract import Status


def all_epochs(view: View, name: str) -> Ruling:
    """Whether a net ran every epoch it was asked for."""
    if missing := absent(view, name):
        return missing
    rows = [row for n in view.sizes if (row := view.row(name, n)) and finite(row["epochs"]) is not None]
    if not rows:
        return Ruling(Verdict.OPEN, "no usable fit.")
    complete = [float(row["epochs"]) >= 0.99 * float(row["epochs_asked"]) for row in rows]
    least = min(rows, key=lambda row: float(row["epochs"]))
    rules = {str(cell["convergence"]) for cell in view.of(name) if cell["convergence"]}
    words = (
        f"{view.named(name)}: median epochs run / asked for, fewest {epochs(least)} at n = {least['n']}; "
        f"all of them at {sum(complete)} of {plural(len(rows), 'size')}."
    )
    words += f" Its own word on the end: {'; '.join(sorted(rules)[:3])}." if rules else ""
    return Ruling(_count(sum(complete), len(rows)), words)


def _count(shown: int, cases: int) -> Verdict:
    """All: holds; some: in part; none: fails."""
    return Verdict.HOLDS if shown == cases else Verdict.PARTLY if shown else Verdict.FAILS


def in_force(view: View, name: str, parameter: str, off: object = None) -> Ruling:
    """Whether a parameter that a claim rests on has any effect; ``off`` is the value that switches it off."""
    if missing := absent(view, name):
        return missing
    contestant = view.contestants[name]
    if parameter in contestant["inert"]:
        reason = contestant["inert"][parameter].rstrip(".")
        return Ruling(Verdict.FAILS, f"`{parameter}` is without effect: {reason}.")
    if parameter not in contestant["effective"]:
        return Ruling(Verdict.OPEN, f"the framework did not report `{parameter}`.")
    value = contestant["effective"][parameter]
    if off is not None and value == off:
        return Ruling(Verdict.FAILS, f"`{parameter}` is {value}: switched off.")
    words = f"`{parameter}` is in force at {value}; whether it is the cause is a question for explain."
    return Ruling(Verdict.OPEN, words)


def threshold(view: View, name: str, sizes: Sequence[int]) -> Ruling:
    """Whether labels at p > 0.5 are more accurate than the framework's own, on the same fits."""
    if missing := absent(view, name):
        return missing
    rows = [row for n in sizes if (row := view.row(name, n)) and finite(row["half_gain"]) is not None]
    if not rows:
        return Ruling(Verdict.OPEN, "no usable fit.")
    gains = "; ".join(
        f"{signed(row['half_gain'])} {signed_interval(row['half_gain_low'], row['half_gain_high'])}".strip()
        + f" at n = {row['n']}"
        for row in rows
    )
    words = f"{view.named(name)}: accuracy at p > 0.5 minus accuracy of its own labels: {gains}."
    effects = [interval(row, "half_gain", "half_gain_low", "half_gain_high") for row in rows]
    most = max(effects, key=lambda e: abs(e.value))
    effect = Effect.of("accuracy at p > 0.5 minus that of its own labels", most)
    return settled(map(above, effects), [row["n"] for row in rows], words, effect)


def _decay_off(name: str) -> bool:
    given = name.partition(":")[2].replace(" ", "").split(",")
    overrides = dict(part.partition("=")[::2] for part in given)
    return set(overrides) <= {"decay", "schedule.decay"} and all(float(v) == 0 for v in overrides.values())


def without_decay(view: View) -> Ruling:
    """Whether "MLP (Leek)" with its decay alone set to 0 is better than as it stands."""
    asked = [name for name in view.contestants if name.startswith("leek.keras.mlp:") and _decay_off(name)]
    if not asked:
        return Ruling(Verdict.OPEN, "not in this run: add --contestant leek.keras.mlp:schedule.decay=0.")
    return ahead(view, asked[0], "leek.keras.mlp", view.sizes[:1])


def warns(view: View, loud: str, quiet: str, by: str) -> Ruling:
    """Whether one solver warns of separated classes and the other gives no message.

    Of ``loud`` the fits on separated classes count, and of their messages those that begin with ``by``: other
    functions of a framework, such as its prediction, warn of other things. Of ``quiet`` every message counts.
    """
    if missing := absent(view, loud, quiet):
        return missing
    separated = [c for c in view.of(loud) if c["status"] == Status.SEPARATED]
    warned = sum(any(line.startswith(by) for line in c["evidence"]) for c in separated)
    messages = sum(bool(len(c["evidence"])) for c in view.of(quiet))
    words = (
        f"{view.named(loud)}: {by.rstrip(': ')} warned in {whole(warned)} of "
        f"{plural(len(separated), 'fit')} on separated classes; {view.named(quiet)}: a message in "
        f"{whole(messages)} of {plural(len(view.of(quiet)), 'fit')}."
    )
    if not separated:
        return Ruling(Verdict.OPEN, words)
    if not warned:
        return Ruling(Verdict.FAILS, words)
    return Ruling(Verdict.PARTLY if messages else Verdict.HOLDS, words)


def same_labels(view: View, left: str, right: str) -> Ruling:
    """Whether labels agree although coefficients do not."""
    if missing := absent(view, left, right):
        return missing
    pairs = [p for p in pairs_of(view, left, right, view.sizes) if finite(p["coef_distance"]) is not None]
    if not pairs:
        return Ruling(Verdict.OPEN, "no pair of coefficients.")
    same = min(float(p["alike"]) for p in pairs)
    distances = sorted(float(p["coef_distance"]) for p in pairs)
    words = (
        f"{view.named(left)} and {view.named(right)}: at least {percent(same)} of the scored rows labelled "
        f"alike; relative distance of the coefficients {small(distances[0])} to {small(distances[-1])} (1: "
        "one vector dwarfs the other)."
    )
    shown = (same >= 0.95, distances[-1] >= 0.9)
    return Ruling(_count(sum(shown), 2), words, Effect.of("smallest share labelled alike", same))


def counted(view: View, name: str, batch: int, asked: int) -> Ruling:
    """Whether updates are epochs times ceil(n / batch) in every fit."""
    if missing := absent(view, name):
        return missing
    cells = [c for c in view.of(name) if finite(c["updates"]) is not None]
    if not cells:
        return Ruling(Verdict.OPEN, "no usable fit.")
    right = sum(float(c["updates"]) == asked * math.ceil(int(c["n"]) / batch) for c in cells)
    ends = ", ".join(
        f"{whole(view.value(name, n, 'updates'))} at n = {n}"
        for n in dict.fromkeys((view.sizes[0], view.sizes[-1]))
    )
    words = (
        f"{view.named(name)}: {ends}; {right} of {plural(len(cells), 'fit')} took exactly {asked} × "
        f"⌈n/{batch}⌉ updates."
    )
    return Ruling(_count(right, len(cells)), words)
