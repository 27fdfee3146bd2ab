"""Judging linear periodic functions, which theorem 2 of the publication treats as theorem 1 does parities."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import below, every, listed
from crossframe.core.statistics import student_mean
from crossframe.experiment.record import Record
from crossframe.report.document import Part
from crossframe.report.table import Cell, Table
from crossframe.studies.gather import numbers
from crossframe.studies.gradient_failures import claims
from crossframe.studies.gradient_failures.jobs import KERAS, PERIODIC
from crossframe.studies.gradient_failures.parity import shares

By = Mapping[int, list[Record]]
"""Inputs -> one record per seed."""

_NOTHING, _LEARNT, _HALF = 0.05, 0.9, -0.5


def findings(learnt: By, slopes: By) -> tuple[Finding, ...]:
    """The findings on learning, and on the gradients at the start."""
    return _learns(learnt), _gradient(slopes)


def _learns(learnt: By) -> Finding:
    few, many = PERIODIC
    claim, explained = (
        claims.CLAIMS["periodic"],
        {d: numbers(learnt.get(d, []), "explained") for d in PERIODIC},
    )
    if not all(map(len, explained.values())):
        return not_run(claim, "keras")
    last = int(learnt[many][0].arrays["at"][-1])
    words = f"after {last:,} updates: " + "; ".join(f"d = {d}: {listed(v)}" for d, v in explained.items())
    effect = Effect.of(f"share explained at d = {many}", student_mean(explained[many]))
    verdict = every(explained[many] <= _NOTHING)
    # A net that does not learn the easy case says nothing of the hard one, but of its training.
    if not np.all(explained[few] >= _LEARNT):
        verdict = Verdict.OPEN
    return Finding(claim, verdict, words, effect, (KERAS,))


def _gradient(slopes: By) -> Finding:
    claim, ratios = claims.CLAIMS["periodic-gradient"], shares(slopes)
    if len(ratios) < 2:
        return not_run(claim, "keras")
    seeds = min(map(len, ratios.values()))
    fits = [np.polyfit(list(ratios), [np.log2(r[i]) for r in ratios.values()], 1)[0] for i in range(seeds)]
    effect = Effect.of("log2 of the share, per input", student_mean(np.array(fits)))
    ends = ", ".join(f"{ratios[d].mean():.2g} at d = {d}" for d in (min(ratios), max(ratios)))
    words = (
        f"at the start of the training, exactly over all points and all directions, the share of the squared "
        f"slope is {ends}"
    )
    return Finding(claim, below(effect, _HALF), words, effect, (KERAS,))


def table(learnt: By, slopes: By) -> Part:
    """What is explained in the end, and the gradient's share, by the number of inputs."""
    columns = (
        ("Inputs d", True, ""), ("Share of the variance explained", False, "on fresh points, by seed"),
        ("Share of the gradient", False, "that depends on the direction, mean over seeds"),
    )  # fmt: skip
    ratios = shares(slopes)
    rows = [
        [
            Cell(str(d), d),
            Cell(listed(numbers(learnt.get(d, []), "explained"))),
            Cell(f"{ratios[d].mean():.2g}" if d in ratios else ""),
        ]
        for d in sorted({d for d, records in learnt.items() if records} | {*ratios})
    ]
    words = (
        "The target is cos(w.x) for standard normal x and a random w of length sqrt(d); the net is that of "
        "the parities, with squared error and the publication's Adam."
    )
    return Part(
        "periodic", "Linear periodic functions", (words,), tables=(Table("By inputs", columns, rows),)
    )
