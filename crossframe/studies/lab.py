"""Where studies compute: fits of contestants, and jobs of their own, each stored as it ends."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from crossframe.comparison.plan import Experiment
from crossframe.comparison.record import Record
from crossframe.comparison.run import Run
from crossframe.comparison.store import Store
from crossframe.engines.pool import Pool
from crossframe.environment import engine_available, versions
from crossframe.studies.worker import Worker

Scale = str
"""``quick``: minutes for all studies; ``paper``: as published."""

SCALES: tuple[Scale, ...] = ("quick", "paper")

Outcome = tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]
"""What a trainer returns: plain values, and arrays."""


@dataclass(frozen=True)
class Job:
    """One computation, determined by its arguments alone.

    Attributes
    ----------
    trainer
        ``module:function`` below ``crossframe.studies.trainers``; the function takes ``arguments``
        as keywords and returns an `Outcome`. ``SOURCES`` of its module, if there, names the files
        below ``crossframe/`` that also make its numbers.
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
        """SHA-256 of all that can change the result."""
        material = [self.trainer, dict(self.arguments), versions(self.engine), _code(self.trainer)]
        return hashlib.sha256(json.dumps(material, sort_keys=True).encode()).hexdigest()


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
        Told about progress, a line at a time.
    parts
        Of a study that has parts, those that are run; none: all.
    computed
        Jobs and fits made here and not found in the store.
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
    _workers: list[Worker] = field(default_factory=list)

    def quick(self, quick: Any, paper: Any) -> Any:
        """A number by scale."""
        return quick if self.scale == "quick" else paper

    def wants(self, part: str) -> bool:
        """Whether a part of the study is to be run."""
        return not self.parts or part in self.parts

    def has(self, engine: str) -> bool:
        """Whether a framework can run here."""
        return engine_available(engine).available

    def run(self, jobs: Sequence[Job]) -> list[Record | None]:
        """The outcome of each job, in order; None for one that failed twice.

        Every outcome is stored as it ends. A job that dies takes its process with it and no other
        job's result.
        """
        keys = [job.key for job in jobs]
        done = self.store.done(keys)
        todo = {key: job for key, job in zip(keys, jobs, strict=True) if key not in done}
        for _ in range(2):
            todo = self._attempt(todo)
            if not todo:
                break
        for job in todo.values():
            self.say(f"failed: {job.trainer} {dict(job.arguments)}")
        found = self.store.get(keys)
        return [None if key in todo else found.get(key) for key in keys]

    def fits(self, experiment: Experiment) -> dict[tuple[str, int, int], Record]:
        """Records of an experiment by contestant, n and draw; made where they are not stored.

        Contestants whose framework is not here are left out.
        """
        there = tuple(c for c in experiment.contestants if self.has(c.engine))
        cells = list(replace(experiment, contestants=there).cells())
        done = self.store.done(cell.key for cell in cells)
        todo = [cell for cell in cells if cell.key not in done]
        if todo:
            self.say(f"{len(todo)} fits")
            run = Run(
                replace(experiment, contestants=there),
                self.store,
                jobs=self.workers,
                process=self.pool.process,
            )
            run.execute(todo, {})
            self.computed += len(todo)
        found = self.store.get(cell.key for cell in cells)
        return {(c.contestant.name, c.n, c.draw): found[c.key] for c in cells if c.key in found}

    def _attempt(self, todo: Mapping[str, Job]) -> dict[str, Job]:
        """Compute, each job in a worker; returns what is still to be done."""
        left, queue = dict(todo), list(todo.items())[::-1]
        workers = self._workers
        begin = time.monotonic()
        try:
            while queue or any(w.key for w in workers):
                while len(workers) < min(self.workers, len(queue)):
                    workers.append(Worker())
                for worker in workers:
                    if queue and not worker.key:
                        key, job = queue.pop()
                        worker.submit(key, job.trainer, job.arguments)
                for ready in wait([w.connection for w in workers if w.key]):
                    worker = next(w for w in workers if w.connection is ready)
                    key = worker.key
                    if self._collected(worker, todo[key]):
                        del left[key]
                        self.say(
                            f"{len(todo) - len(left)} of {len(todo)} jobs, {time.monotonic() - begin:.0f} s"
                        )
                    elif worker.key:
                        workers.remove(worker)
                        worker.close()
        except BaseException:
            self.close()
            raise
        return left

    def close(self) -> None:
        """End the processes of jobs; the pool is its maker's."""
        for worker in self._workers:
            worker.close()
        self._workers.clear()

    def _collected(self, worker: Worker, job: Job) -> bool:
        """Store what a worker found; False if it failed, and then it still has its key if it died."""
        key = worker.key
        try:
            fields, arrays, error = worker.collect()
        except (EOFError, OSError):
            error = f"its process died: {worker.last_words()}"
        if error:
            self.say(f"{job.trainer} {dict(job.arguments)}: {error}")
            return False
        self.store.put(key, Record({**fields, "failed": False}, arrays))
        self.computed += 1
        return True


@functools.cache
def _code(trainer: str) -> str:
    """SHA-256 of the trainer's module and of its ``SOURCES``."""
    name = f"crossframe.studies.trainers.{trainer.partition(':')[0]}"
    spec = find_spec(name)
    assert spec is not None, name
    assert spec.origin is not None, name
    package = Path(__file__).resolve().parents[1]
    files = [Path(spec.origin), *(package / other for other in getattr(import_module(name), "SOURCES", ()))]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
