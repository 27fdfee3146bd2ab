"""Judging the choice of a stock, decomposed or end to end: section 3.2 of the publication."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import every, listed
from crossframe.core.statistics import student_mean
from crossframe.experiment.record import Record
from crossframe.studies.gather import numbers
from crossframe.studies.gradient_failures import claims
from crossframe.studies.gradient_failures.jobs import KERAS, STOCKS, Cases


def findings(learnt: Cases, noise: Mapping[int, list[Record]]) -> tuple[Finding, ...]:
    """The findings on the choice of a stock; ``noise``: second moments by the number of stocks."""
    return _few(learnt), _many(learnt), _noise(noise)


def _few(learnt: Cases) -> Finding:
    losses = {how: numbers(learnt.get((10, how), []), "loss") for how in (True, False)}
    if not all(map(len, losses.values())):
        return not_run(claims.CLAIMS["stocks-few"], "keras")
    words = f"loss given the stock {listed(losses[True])}, from the return alone {listed(losses[False])}"
    shown = np.concatenate(list(losses.values())) <= -0.99
    effect = Effect.of("loss end to end", student_mean(losses[False]))
    return Finding(claims.CLAIMS["stocks-few"], every(shown), words, effect, (KERAS,))


def _many(learnt: Cases) -> Finding:
    gaps, words, most = [], [], np.array([])
    for k in sorted({k for k, _ in learnt if k >= 1000}):
        decomposed, end_to_end = (numbers(learnt.get((k, how), []), "loss") for how in (True, False))
        if len(decomposed) == len(end_to_end):
            most = end_to_end - decomposed
            gaps += list(most)
            words.append(
                f"k = {k:,}: given the stock {listed(decomposed)}, from the return alone {listed(end_to_end)}"
            )
    if not gaps:
        return not_run(claims.CLAIMS["stocks-many"], "keras")
    largest = max(k for k, _ in learnt)
    effect = Effect.of(f"gap of the losses at k = {largest:,}", student_mean(most))
    verdict, where = every(gap >= 0.2 for gap in gaps), ""
    if verdict is Verdict.HOLDS and largest < STOCKS:
        verdict, where = Verdict.PARTLY, f"up to {largest:,} stocks (published: {STOCKS:,})"
    return Finding(claims.CLAIMS["stocks-many"], verdict, "; ".join(words), effect, (KERAS,), where)


def _noise(noise: Mapping[int, list[Record]]) -> Finding:
    factors = {k: numbers(r, "end_to_end") / numbers(r, "decomposed") / k for k, r in noise.items()}
    if not factors:
        return not_run(claims.CLAIMS["stocks-noise"], "keras")
    all_factors = np.concatenate(list(factors.values()))
    words = (
        "; ".join(f"k = {k:,}: {f.mean() * k:.4g} times" for k, f in factors.items())
        + "; given the input both losses have the same mean gradient, so that only the noise differs"
    )
    effect = Effect.of(f"factor / k at k = {max(factors):,}", student_mean(factors[max(factors)]))
    shown = np.abs(all_factors - 1) <= 0.1
    return Finding(claims.CLAIMS["stocks-noise"], every(shown), words, effect, (KERAS,))
