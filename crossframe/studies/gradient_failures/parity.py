"""Judging parities of many bits: section 2.1 of the publication."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict, not_run, untested
from crossframe.claims.judge import between, every, listed, over_cells, restricted
from crossframe.core.statistics import student_mean, wilson
from crossframe.core.types import FloatArray
from crossframe.experiment.record import Record
from crossframe.studies.gather import numbers
from crossframe.studies.gradient_failures import claims
from crossframe.studies.gradient_failures.jobs import (
    EASY,
    HARD,
    KERAS,
    PARITY_ROWS,
    PARITY_TESTED,
    PARITY_UPDATES,
    Accuracies,
)


def findings(
    learnt: Mapping[int, list[Record]],
    slopes: Mapping[int, list[Record]],
    others: Accuracies,
    k: Mapping[int, list[int]],
) -> tuple[Finding, ...]:
    """The findings on parities; ``k``: how many of d bits count, by seed."""
    theorem = untested(claims.CLAIMS["parity-any-net"])
    return (_small(learnt, k), _thirty(learnt, k), _flat(slopes), _frameworks(others), theorem)


def _small(learnt: Mapping[int, list[Record]], k: Mapping[int, list[int]]) -> Finding:
    accuracies = {d: numbers(learnt[d], "accuracy") for d in EASY}
    if not all(map(len, accuracies.values())):
        return not_run(claims.CLAIMS["parity-small"], "keras")
    words = "; ".join(f"d = {d} (of {listed(k[d], 'd')} bits): {listed(a)}" for d, a in accuracies.items())
    cells = {f"d = {d}": every(a >= 0.99) for d, a in accuracies.items()}
    verdict = over_cells(cells.values())
    where = restricted(cells, "for") if verdict is Verdict.PARTLY else ""
    effect = Effect.of(f"accuracy at d = {max(EASY)}", student_mean(accuracies[max(EASY)]))
    return Finding(claims.CLAIMS["parity-small"], verdict, words, effect, (KERAS,), where)


def _thirty(learnt: Mapping[int, list[Record]], k: Mapping[int, list[int]]) -> Finding:
    records = learnt[HARD]
    if not records:
        return not_run(claims.CLAIMS["parity-30"], "keras")
    accuracy, loss = numbers(records, "accuracy"), numbers(records, "loss")
    last = int(records[0].arrays["at"][-1])
    words = (
        f"after {last:,} updates, of {listed(k[HARD], 'd')} bits: accuracy {listed(accuracy)}, hinge loss "
        f"{listed(loss)}"
    )
    shown = (np.abs(accuracy - 0.5) <= 0.05) & (loss >= 0.95)
    effect = Effect.of("accuracy", student_mean(accuracy))
    return claims.not_yet(claims.CLAIMS["parity-30"], every(shown), words, effect, last, PARITY_UPDATES)


def shares(slopes: Mapping[int, list[Record]]) -> dict[int, FloatArray]:
    """d -> share of the gradient that depends on the parity, by seed."""
    return {d: numbers(r, "variance") / numbers(r, "slope") for d, r in slopes.items() if r}


def _flat(slopes: Mapping[int, list[Record]]) -> Finding:
    ratios = shares(slopes)
    if len(ratios) < 2:
        return not_run(claims.CLAIMS["parity-gradient"], "keras")
    seeds = min(map(len, ratios.values()))
    fits = [np.polyfit(list(ratios), [np.log2(r[i]) for r in ratios.values()], 1)[0] for i in range(seeds)]
    effect = Effect.of("log2 of the share, per bit", student_mean(np.array(fits)))
    last = max(ratios)
    words = (
        f"at the start of the training, exactly over all points and all parities: {ratios[last].mean():.2g} "
        f"of the squared slope at d = {last}, where 2^-d is {2.0**-last:.2g}; at d = 30 that makes 1e-9"
    )
    verdict = between(effect, -1.1, -0.9)
    return Finding(claims.CLAIMS["parity-gradient"], verdict, words, effect, (KERAS,))


def _frameworks(others: Accuracies) -> Finding:
    names = tuple(dict.fromkeys(name for name, _ in others))
    if not names:
        return not_run(claims.CLAIMS["parity-frameworks"], "h2o")
    # One seed that does not show it refutes the claim for its framework and number of bits.
    shown = {
        f"{name} (d = {d})": all(abs(a - 0.5) <= 0.05 if d == HARD else a >= 0.99 for a in values)
        for (name, d), values in others.items()
    }
    cells = {case: Verdict.HOLDS if ok else Verdict.FAILS for case, ok in shown.items()}
    words = "; ".join(
        f"{name}: " + ", ".join(f"d = {d}: {listed(v)}" for (n, d), v in others.items() if n == name)
        for name in names
    )
    right = [a for (_, d), values in others.items() if d == HARD for a in values]
    words += (
        f". These train on {PARITY_ROWS:,} rows: of 5 or 10 bits they hold every point, of 30 bits next to "
        "none of the new ones, so that failing to train and failing to generalise look the same"
    )
    effect = (
        Effect.of("accuracy at d = 30", wilson(round(sum(right) * PARITY_TESTED), PARITY_TESTED * len(right)))
        if right
        else None
    )
    verdict = over_cells(cells.values())
    where = restricted(cells, "in") if verdict is Verdict.PARTLY else ""
    return Finding(claims.CLAIMS["parity-frameworks"], verdict, words, effect, names, where)
