"""What several studies gather: the images they run on, jobs by what they stand for, fields of records."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.data import load
from crossframe.experiment.record import Record
from crossframe.studies.lab import Job, Lab

K = TypeVar("K", bound=Hashable)

SOURCES = {
    "mnist": "mnist: 1,000 of the training images of the ten digits, all 10,000 test images",
    "digits": "digits: 1,000 of the 8x8 digits that come with scikit-learn, the other 797 as test images",
}
"""Data set -> what of it is used, in a phrase."""


def dataset(lab: Lab) -> str:
    """``mnist`` where there is a copy, else ``digits``."""
    return load("auto", data_dir=lab.data_dir).name


def place(lab: Lab) -> dict[str, Any]:
    """The arguments ``dataset`` and ``data_dir`` of every trainer on these images."""
    name = dataset(lab)
    return {"dataset": name, "data_dir": lab.data_dir if name == "mnist" else None}


def by_name(lab: Lab, jobs: Mapping[str, Job]) -> dict[str, Record]:
    """The outcomes by the names of the jobs; without those that failed."""
    records = zip(jobs, lab.run(list(jobs.values())), strict=True)
    return {name: record for name, record in records if record is not None}


def by_case(lab: Lab, jobs: Sequence[tuple[K, Job]]) -> dict[K, list[Record]]:
    """The outcomes by the case that each job belongs to, its seeds in order; without those that failed.

    Jobs of a framework that is not installed are left out.
    """
    jobs = [(case, job) for case, job in jobs if lab.has(job.engine)]
    records: dict[K, list[Record]] = {}
    for (case, _), record in zip(jobs, lab.run([job for _, job in jobs]), strict=True):
        if record is not None:
            records.setdefault(case, []).append(record)
    return records


def paired(lab: Lab, jobs: Mapping[K, Sequence[Job]]) -> dict[K, list[Record]]:
    """The outcomes by case, each with a job for every seed: the k-th ones of all cases have one seed.

    A seed that failed in one case is left out of all of them, because they are compared seed by seed. Empty
    where no seed is left.
    """
    records = iter(lab.run([job for each in jobs.values() for job in each]))
    by_case = [[next(records) for _ in each] for each in jobs.values()]
    by_seed = [[r for r in seed if r is not None] for seed in zip(*by_case, strict=True)]
    complete = [seed for seed in by_seed if len(seed) == len(jobs)]
    return {case: [seed[k] for seed in complete] for k, case in enumerate(jobs) if complete}


def numbers(records: Iterable[Record], name: str) -> FloatArray:
    """One field of all records, (records,)."""
    return np.array([float(r.fields[name]) for r in records])


def accuracies(records: Mapping[tuple[str, int, int], Record], name: str, n: int, draws: int) -> FloatArray:
    """Accuracy of a contestant at n per draw, (draws,); NaN where a draw gave no usable fit."""
    fits = (records.get((name, n, k)) for k in range(draws))
    return np.array([r.fields["accuracy"] if r and r.fields["usable"] else math.nan for r in fits])
