"""Judging remedies for a step function, flat almost everywhere: section 5 of the publication."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import above, every, listed, over_cells, restricted
from crossframe.core.statistics import student_mean, wilson
from crossframe.experiment.record import Record
from crossframe.studies.gather import numbers
from crossframe.studies.gradient_failures import claims
from crossframe.studies.gradient_failures.jobs import FLAT_UPDATES, H2O, KERAS, SKLEARN
from crossframe.studies.gradient_failures.trainers.flat import STEPS

_NEAR, _AT_STEPS = 0.02, 0.8
"""Distance from a step that counts as its boundary, and the share of the errors that has to be there."""

REMEDIES = {
    "forward": "derivative replaced",
    "smooth": "smoothed step",
    "end-to-end": "net for the value",
    "classes": "net for the level",
}


def findings(records: Mapping[str, list[Record]]) -> tuple[Finding, ...]:
    """The findings on the step function; ``records`` by remedy."""
    return (
        _zero(records.get("straight", [])),
        _forward(records.get("forward", [])),
        _smooth(records.get("smooth", [])),
        _start(records.get("right start", []), records.get("wrong start", [])),
        _value(records.get("end-to-end", [])),
        _boundary(records.get("classes", [])),
        _best(records),
        _frameworks(records),
    )


def elsewhere(records: Mapping[str, list[Record]]) -> dict[tuple[str, str], list[Record]]:
    """(framework, remedy) -> records of scikit-learn and H2O."""
    cases = {(name, remedy): f"{name}, {remedy}" for name in (SKLEARN, H2O) for remedy in REMEDIES}
    return {case: records[words] for case, words in cases.items() if words in records}


def _zero(records: list[Record]) -> Finding:
    if not records:
        return not_run(claims.CLAIMS["flat-zero"], "keras")
    moved, updates = records[0].fields["moved"], int(records[0].arrays["at"][-1])
    words = f"largest change of a weight after {updates:,} updates: {moved:g}"
    verdict = Verdict.HOLDS if moved == 0 else Verdict.FAILS
    effect = Effect.of("largest change of a weight", moved)
    return Finding(claims.CLAIMS["flat-zero"], verdict, words, effect, (KERAS,))


def _forward(records: list[Record]) -> Finding:
    if not records:
        return not_run(claims.CLAIMS["flat-forward"], "keras")
    accuracy, off = numbers(records, "accuracy"), numbers(records, "weights")
    words = f"right steps {listed(accuracy)}; weights off by {listed(off, '.2%')}"
    shown = (accuracy >= 0.97) & (off < 0.05)
    effect = Effect.of("right steps", student_mean(accuracy))
    return Finding(claims.CLAIMS["flat-forward"], every(shown), words, effect, (KERAS,))


def _smooth(records: list[Record]) -> Finding:
    if not records:
        return not_run(claims.CLAIMS["flat-smooth"], "keras")
    accuracy, off = numbers(records, "accuracy"), numbers(records, "weights")
    words = (
        f"after {int(records[0].arrays['at'][-1]):,} updates right steps {listed(accuracy)}; weights off "
        f"by {listed(off, '.1%')}"
    )
    shown = (accuracy < 0.97) & (off > 0.05)
    effect = Effect.of("right steps, best seed", float(accuracy.max()), count=len(accuracy))
    return Finding(claims.CLAIMS["flat-smooth"], every(shown), words, effect, (KERAS,))


def _start(right: list[Record], wrong: list[Record]) -> Finding:
    if not right or len(right) != len(wrong):
        return not_run(claims.CLAIMS["flat-smooth-start"], "keras")
    a, b = numbers(right, "accuracy"), numbers(wrong, "accuracy")
    words = f"right steps from the right bias {listed(a)}, from one {claims.OFFSET} above it {listed(b)}"
    effect = Effect.of("difference of right steps", student_mean(a - b))
    return Finding(claims.CLAIMS["flat-smooth-start"], every(a - b >= 0.1), words, effect, (KERAS,))


def _value(records: list[Record]) -> Finding:
    if not records:
        return not_run(claims.CLAIMS["flat-end-to-end"], "keras")
    exact, accuracy = numbers(records, "exact"), numbers(records, "accuracy")
    near = np.concatenate([_wrong(r) for r in records])
    close = float(near.mean()) if len(near) else float("nan")
    words = (
        f"exact answers {listed(exact, '.2%')}; the level nearest to the answer is right for "
        f"{listed(accuracy)}; of the wrong ones {close:.0%} lie within .02 of a step"
    )
    updates = int(records[0].arrays["at"][-1])
    effect = Effect.of("exact answers", student_mean(exact))
    return claims.not_yet(
        claims.CLAIMS["flat-end-to-end"], every(exact < 0.05), words, effect, updates, FLAT_UPDATES
    )


def _boundary(records: list[Record]) -> Finding:
    if not records:
        return not_run(claims.CLAIMS["flat-boundary"], "keras")
    near = np.concatenate([_wrong(r) for r in records])
    value = np.concatenate([r.arrays["value"] for r in records])
    usual = float(np.mean(np.abs(value[:, None] - STEPS).min(axis=1) <= _NEAR))
    words = (
        f"of {len(near)} wrong answers among {len(value):,} {int(near.sum())} lie within {_NEAR:g} of a step"
    )
    words += f", of all points {usual:.0%}"
    if not len(near):
        return Finding(claims.CLAIMS["flat-boundary"], Verdict.OPEN, words, None, (KERAS,))
    effect = Effect.of("share near a step", wilson(int(near.sum()), len(near)))
    return Finding(claims.CLAIMS["flat-boundary"], above(effect, _AT_STEPS), words, effect, (KERAS,))


def _wrong(record: Record) -> NDArray[np.bool_]:
    """Of 500 points those with the wrong level: whether they lie within .02 of a step."""
    value, answer = record.arrays["value"], record.arrays["answer"]
    right = np.searchsorted(STEPS, value, side="right") - 1
    wrong = np.abs(answer[:, None] - STEPS).argmin(axis=1) != right
    near: NDArray[np.bool_] = np.abs(value[wrong, None] - STEPS).min(axis=1) <= _NEAR
    return near


def _best(records: Mapping[str, list[Record]]) -> Finding:
    accuracy = {name: numbers(records.get(name, []), "accuracy") for name in REMEDIES}
    if len({len(a) for a in accuracy.values()}) > 1 or not len(accuracy["forward"]):
        return not_run(claims.CLAIMS["flat-best"], "keras")
    rest = np.max([a for name, a in accuracy.items() if name != "forward"], axis=0)
    lead = Effect.of("lead over the best of the others", student_mean(accuracy["forward"] - rest))
    words = "right steps: " + "; ".join(
        f"{REMEDIES[name]} {listed(a)} after {int(records[name][0].arrays['at'][-1]):,} updates"
        for name, a in accuracy.items()
    )
    words += ". The linear unit has 101 weights, the nets 20,301 and more"
    return Finding(claims.CLAIMS["flat-best"], above(lead), words, lead, (KERAS,))


def _frameworks(records: Mapping[str, list[Record]]) -> Finding:
    gaps = {
        (name, remedy): numbers(own, "accuracy") - numbers(records[remedy], "accuracy")[: len(own)]
        for (name, remedy), own in elsewhere(records).items()
        if len(records.get(remedy, [])) >= len(own)
    }
    if not gaps:
        return not_run(claims.CLAIMS["flat-frameworks"], "h2o")
    # One seed that does not show it refutes the claim for its framework and remedy.
    cells = {
        f"{name} ({REMEDIES[remedy]})": Verdict.HOLDS if np.all(np.abs(gap) <= 0.05) else Verdict.FAILS
        for (name, remedy), gap in gaps.items()
    }
    worst = max(gaps, key=lambda key: float(np.abs(gaps[key]).mean()))
    words = "right steps less those of Keras: " + "; ".join(
        f"{name}, {REMEDIES[remedy]}: {listed(gap, '+.3f')}" for (name, remedy), gap in gaps.items()
    )
    words += (
        ". What differs is each one's start, and in H2O the rule, the scaling and the fixed rows; how "
        "much each of them does is not shared out, because explain compares networks on two classes"
    )
    effect = Effect.of(f"{worst[0]}, {REMEDIES[worst[1]]}, less Keras", student_mean(gaps[worst]))
    names = (KERAS, *dict.fromkeys(name for name, _ in gaps))
    verdict = over_cells(cells.values())
    where = restricted(cells, "in") if verdict is Verdict.PARTLY else ""
    return Finding(claims.CLAIMS["flat-frameworks"], verdict, words, effect, names, where)
