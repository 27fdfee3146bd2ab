"""Where studies compute: fits of contestants, and jobs of their own, each stored as it ends."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from numpy.typing import NDArray

from crossframe.experiment.cells import CallCell, Host, MethodCall, call_key
from crossframe.experiment.dispatch import executor
from crossframe.experiment.executor import Executor
from crossframe.experiment.plan import Experiment, FitCell
from crossframe.experiment.record import Record
from crossframe.experiment.shards import OtherShards
from crossframe.experiment.store import Store
from crossframe.frameworks.pool import Pool
from crossframe.frameworks.registry import available

Scale = str
"""``quick``: minutes for all studies; ``paper``: as published."""

SCALES: tuple[Scale, ...] = ("quick", "paper")


@dataclass(frozen=True)
class Job:
    """One computation, determined by its arguments alone.

    Attributes
    ----------
    trainer
        ``package.module:function``; the function takes ``arguments`` as keywords and returns an
        `crossframe.studies.training.Outcome`.
    arguments
        Plain values, seeds among them.
    engine
        Whose versions belong to the result: ``keras``, ``sklearn``, ``reference`` (NumPy alone).
    """

    trainer: str
    arguments: Mapping[str, Any]
    engine: str = "reference"

    @property
    def key(self) -> str:
        """Covers the arguments, the versions, and the code of the trainer and of all that it imports."""
        return call_key(
            [self.trainer, dict(self.arguments)], self.engine, [self.trainer.partition(":")[0], _WORKER]
        )

    @property
    def cell(self) -> CallCell:
        """The job as the executor carries it out."""
        call = MethodCall("run", (self.trainer, dict(self.arguments)), math.inf)
        return CallCell(self.key, _HOST, call, self.trainer, _SECONDS, _kept)


_WORKER = "crossframe.studies.worker"
_HOST = Host("job", where=f"{_WORKER}:Worker")
_SECONDS = 60.0
"""First guess of a job's time: long enough that several are computed side by side."""


def _kept(
    answer: tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]], versions: Mapping[str, str]
) -> Record:
    fields, arrays = answer
    return Record({**fields, "failed": False}, arrays)


@dataclass
class Lab:
    """What a study is given to work with.

    Attributes
    ----------
    scale
        One of `SCALES`.
    seed
        All randomness of a study comes from it.
    store
        Where everything computed is kept.
    data_dir
        Where to look for MNIST first.
    workers
        Processes that compute at the same time.
    pool
        Engines that go on from one experiment to the next; closed by who made the laboratory.
    say
        Called with progress, a line at a time.
    parts
        Of a study that has parts, those that are run; none: all.
    computed
        Jobs and fits that were not stored and were made here.
    """

    scale: Scale
    store: Store
    seed: int = 12345
    data_dir: str | None = None
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    pool: Pool = field(default_factory=Pool)
    say: Callable[[str], None] = lambda words: None
    parts: tuple[str, ...] = ()
    computed: int = 0
    _jobs: Pool = field(default_factory=Pool)

    def quick(self, quick: Any, paper: Any) -> Any:
        """A number by scale."""
        return quick if self.scale == "quick" else paper

    def wants(self, part: str) -> bool:
        """Whether a part of the study is to be run; without `parts` all are."""
        return not self.parts or part in self.parts

    def has(self, engine: str) -> bool:
        """Whether a framework can run here."""
        return available(engine).available

    def run(self, jobs: Sequence[Job]) -> list[Record | None]:
        """The outcome of each job, in order; None for one that failed twice.

        Every outcome is stored as it ends. A job that dies takes its process with it and no other
        job's result.
        """
        cells = [job.cell for job in jobs]
        done = self.store.done(cell.key for cell in cells)
        todo = {cell.key: (cell, job) for cell, job in zip(cells, jobs, strict=True) if cell.key not in done}
        begin, ended = time.monotonic(), 0

        def on_progress(cell: CallCell, record: Record, left: float) -> None:
            nonlocal ended
            ended += 1
            if not record.fields["failed"]:
                self.computed += 1
                self.say(f"{ended} of {len(todo)} jobs, {time.monotonic() - begin:.0f} s")
                return
            job = todo[cell.key][1]
            for words in record.fields["evidence"]:
                self.say(f"{job.trainer} {dict(job.arguments)}: {words}")
            self.say(f"failed: {job.trainer} {dict(job.arguments)}")

        if todo:
            run = executor(self.store, jobs=self.workers, on_progress=on_progress, process=self._jobs.process)
            try:
                run.run([cell for cell, _ in todo.values()])
            except OtherShards:
                raise
            except BaseException:
                self.close()
                raise
        stored = self.store.get(cell.key for cell in cells)
        records = [stored.get(cell.key) for cell in cells]
        return [None if r is None or r.fields["failed"] else r for r in records]

    def fits(self, experiment: Experiment) -> dict[tuple[str, int, int], Record]:
        """Records of an experiment by contestant, n and draw; made where they are not stored.

        Contestants whose framework is not here are left out.
        """
        (records,) = self.all_fits([experiment])
        return records

    def all_fits(self, experiments: Sequence[Experiment]) -> list[dict[tuple[str, int, int], Record]]:
        """`fits` of each experiment, made side by side: none waits for the last fit of the one before it."""
        planned: list[list[FitCell]] = []
        for experiment in experiments:
            installed = tuple(c for c in experiment.contestants if self.has(c.engine))
            planned.append(list(replace(experiment, contestants=installed).cells()))
        done = self.store.done(cell.key for cells in planned for cell in cells)
        todo = [cell for cells in planned for cell in cells if cell.key not in done]
        if todo:
            self.say(f"{len(todo)} fits")
            run: Executor[FitCell] = executor(self.store, jobs=self.workers, process=self.pool.process)
            run.run(todo)
            self.computed += len(todo)
        stored = self.store.get(cell.key for cells in planned for cell in cells)
        return [
            {(c.contestant.name, c.n, c.draw): stored[c.key] for c in cells if c.key in stored}
            for cells in planned
        ]

    def close(self) -> None:
        """End the processes of jobs; the pool is its maker's."""
        self._jobs.close()
