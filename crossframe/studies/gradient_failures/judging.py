"""What the five sections share: the source, and how seeds make a verdict."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from crossframe.comparison.record import Record
from crossframe.engines.base import FloatArray
from crossframe.studies.claim import Claim, Effect, Finding, Source, Verdict
from crossframe.studies.lab import Job, Lab

PAPER = Source("Shalev-Shwartz, Shamir, Shammah 2017", "https://arxiv.org/abs/1703.07950")
HERE = Source("asked here", "")

KERAS, SKLEARN, H2O = "Keras", "scikit-learn", "h2o.deeplearning"


def every(values: Iterable[bool]) -> Verdict:
    """Holds where every seed shows it, does not where none does, and else nothing can be told."""
    shown = list(values)
    if shown and all(shown):
        return Verdict.HOLDS
    return Verdict.CANNOT_TELL if any(shown) or not shown else Verdict.FAILS


def by_case(cases: Mapping[str, Iterable[bool]]) -> tuple[Verdict, str]:
    """`every` case by case, and where it holds, for `Verdict.ONLY`: one failure refutes the whole."""
    told = {name: every(shown) for name, shown in cases.items()}
    good = [name for name, verdict in told.items() if verdict is Verdict.HOLDS]
    if Verdict.FAILS in told.values():
        return (Verdict.ONLY, f"for {', '.join(good)}") if good else (Verdict.FAILS, "")
    return (Verdict.HOLDS if good and len(good) == len(told) else Verdict.CANNOT_TELL), ""


def beyond(effect: Effect, mark: float, *, above: bool) -> Verdict:
    """Whether the whole interval lies above (below) the mark; on the other side: does not hold."""
    low, high = (effect.low, effect.high) if effect.count > 1 else (effect.value, effect.value)
    if np.isnan(low):
        return Verdict.CANNOT_TELL
    if not above:
        low, high, mark = -high, -low, -mark
    if low >= mark:
        return Verdict.HOLDS
    return Verdict.FAILS if high < mark else Verdict.CANNOT_TELL


K = TypeVar("K", bound=Hashable)


def grid(lab: Lab, jobs: Sequence[tuple[K, Job]]) -> dict[K, list[Record]]:
    """The outcomes by what each job stands for, its seeds in order; without those that failed.

    Jobs of a framework that is not here are left out.
    """
    jobs = [(name, job) for name, job in jobs if lab.has(job.engine)]
    found: dict[K, list[Record]] = {}
    for (name, _), record in zip(jobs, lab.run([job for _, job in jobs]), strict=True):
        if record is not None:
            found.setdefault(name, []).append(record)
    return found


def numbers(records: Iterable[Record], name: str) -> FloatArray:
    """One field of all records, (records,)."""
    return np.array([float(r.fields[name]) for r in records])


def finding(claim: Claim, verdict: Verdict, words: str, effect: Effect | None, *frameworks: str) -> Finding:
    """A `Finding`; Keras took part where none is named."""
    return Finding(claim, verdict, words, effect, frameworks or (KERAS,))


def so_far(
    claim: Claim, verdict: Verdict, words: str, effect: Effect | None, updates: int, published: int
) -> Finding:
    """A finding that something does not happen: fewer updates than published show it for these only."""
    if verdict is Verdict.HOLDS and updates < published:
        where = f"within {updates:,} updates (published: {published:,})"
        return Finding(claim, Verdict.ONLY, words, effect, (KERAS,), where=where)
    return finding(claim, verdict, words, effect)


def listed(values: Iterable[float], form: Callable[[float], str] = "{:.3f}".format) -> str:
    """Numbers of the seeds, for a sentence."""
    return ", ".join(form(v) for v in values)
