"""Carries out cells: engines side by side, every result stored as it comes, failures contained."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait

from crossframe.comparison.plan import Cell, Experiment, Requests
from crossframe.comparison.record import Record, failed, from_result
from crossframe.comparison.store import Store
from crossframe.engines.base import Availability, FitRequest, FitResult, Status
from crossframe.engines.host import STARTUP_LIMIT, EngineDied, EngineProcess, remove_leftovers

_ATTEMPTS = 2

_SECONDS = {
    "r.lm": 0.05, "r.glm": 0.1, "sklearn.logistic": 0.02, "sklearn.mlp": 0.3, "h2o.glm": 0.3,
    "h2o.mlp": 1.0, "keras.logistic": 0.3, "keras.mlp": 0.5, "keras.cnn": 8.0, "rkeras.mlp": 3.0,
    "reference.centre": 0.01,
}  # fmt: skip
"""First guesses of seconds per fit, for the plan; replaced by what is measured."""

_STARTUP = {"r": 1.0, "sklearn": 1.5, "h2o": 8.0, "keras": 8.0, "rkeras": 10.0, "reference": 0.2}
_WORTH_A_SECOND_WORKER = 30.0
_ONE_PROCESS_ONLY = {"h2o"}
"""H2O's server uses the cores by itself; two of them would only fight."""


@dataclass
class Estimate:
    """Seconds per fit by model: a first guess, then a running mean of what was measured."""

    means: dict[str, float] = field(default_factory=lambda: dict(_SECONDS))
    counts: dict[str, int] = field(default_factory=dict)

    def learn(self, model: str, seconds: float) -> None:
        """Take in one measured fit."""
        k = self.counts.get(model, 0) + 1
        self.counts[model] = k
        self.means[model] = seconds if k == 1 else self.means[model] + (seconds - self.means[model]) / k

    def mean(self, model: str) -> float:
        """Seconds per fit of ``engine.model``."""
        return self.means.get(model, 1.0)

    def plan(self, cells: Sequence[Cell], jobs: int) -> float:
        """Wall-clock seconds of a run, start-up of the engines included."""
        engines = {c.contestant.engine for c in cells}
        startup = sum(_STARTUP.get(e, 1.0) for e in engines)
        fits = sum(self.mean(c.contestant.model) for c in cells)
        return (fits + startup) / max(1, min(jobs, len(engines)))


@dataclass(frozen=True)
class Outcome:
    """What a run did besides filling the store."""

    missing: Mapping[str, Availability]
    versions: Mapping[str, Mapping[str, str]]
    wall_seconds: float
    engine_seconds: float
    peak_memory: int


class _Worker:
    """One engine process and the cell in it."""

    def __init__(self, engine: str, process: EngineProcess) -> None:
        self.engine = engine
        self.process = process
        self.cell: Cell | None = None
        self.request: FitRequest | None = None
        self.probing = False

    @property
    def busy(self) -> bool:
        return self.cell is not None or self.probing


class Run:
    """One pass over the cells of an experiment that are not stored yet.

    Parameters
    ----------
    jobs
        Engine processes that compute at the same time.
    on_cell
        Called after each cell with it, its record and the seconds that are left by estimate.
    process
        Makes an engine's process; the tests give one whose engine misbehaves.
    """

    def __init__(
        self,
        experiment: Experiment,
        store: Store,
        *,
        jobs: int,
        on_cell: Callable[[Cell, Record, float], None] = lambda cell, record, left: None,
        process: Callable[..., EngineProcess] = EngineProcess,
    ) -> None:
        self._experiment = experiment
        self._store = store
        self._jobs = jobs
        self._on_cell = on_cell
        self._process = process
        self._requests = Requests(experiment)
        self._queues: dict[str, deque[Cell]] = {}
        self._workers: list[_Worker] = []
        self._failures: dict[str, list[str]] = {}
        self._estimate = Estimate()
        self._left_by_model: Counter[str] = Counter()
        self._missing: dict[str, Availability] = {}
        self._no_more_workers = set(_ONE_PROCESS_ONLY)
        self._versions: dict[str, Mapping[str, str]] = {}
        self._engine_seconds = 0.0
        self._peaks: dict[int, int] = {}

    def execute(self, cells: Sequence[Cell], missing: Mapping[str, Availability]) -> Outcome:
        """Run ``cells``; those of the ``missing`` engines are named skips."""
        begin = time.perf_counter()
        remove_leftovers()
        self._missing = dict(missing)
        for cell in cells:
            self._queues.setdefault(cell.contestant.engine, deque()).append(cell)
            self._left_by_model[cell.contestant.model] += 1
        for engine in list(self._missing):
            self._skip(engine)
        try:
            self._start_engines()
            while any(self._queues.values()) or any(w.busy for w in self._workers):
                self._fill()
                self._step()
        finally:
            for worker in self._workers:
                worker.process.close()
        return Outcome(
            self._missing,
            self._versions,
            time.perf_counter() - begin,
            self._engine_seconds,
            sum(self._peaks.values()),
        )

    def _work(self, engine: str | None = None) -> float:
        """Seconds of fits that are waiting, of one engine or of all."""
        return sum(
            count * self._estimate.mean(model)
            for model, count in self._left_by_model.items()
            if engine is None or model.partition(".")[0] == engine
        )

    def _left(self) -> float:
        return self._work() / self._jobs

    def _start_engines(self) -> None:
        """Start every engine at once: a runtime mostly waits, and others compute meanwhile."""
        for engine in list(self._queues):
            worker = self._idle_worker(engine)
            if worker is not None:
                self._give(worker)

    def _fill(self) -> None:
        """Give cells to idle workers, the engine with the most work left first."""
        while sum(w.cell is not None for w in self._workers) < self._jobs:
            waiting = [e for e, queue in self._queues.items() if queue]
            waiting.sort(key=self._work, reverse=True)
            worker = next(filter(None, map(self._idle_worker, waiting)), None)
            if worker is None:
                return
            self._give(worker)

    def _idle_worker(self, engine: str) -> _Worker | None:
        mine = [w for w in self._workers if w.engine == engine]
        idle = next((w for w in mine if not w.busy), None)
        if idle is not None:
            return idle
        starting = any(w.probing for w in mine)
        worth = self._work(engine) > _WORTH_A_SECOND_WORKER
        if mine and (starting or not worth or engine in self._no_more_workers):
            return None
        e = self._experiment
        process = self._process(engine, threads=e.threads_of(engine), h2o_url=e.h2o_url)
        worker = _Worker(engine, process)
        self._workers.append(worker)
        return worker

    def _give(self, worker: _Worker) -> None:
        """Start a worker's engine, or hand it its next cell that needs a fit."""
        if not worker.process.running:
            worker.probing = True
            try:
                worker.process.submit_call("probe", limit=STARTUP_LIMIT)
            except EngineDied as death:
                self._died(worker, death)
            return
        queue = self._queues[worker.engine]
        while queue:
            cell = queue.popleft()
            self._left_by_model[cell.contestant.model] -= 1
            draw = self._experiment.draw(cell.n, cell.draw)
            if draw.one_class(self._experiment.dataset.y):
                self._finish(cell, failed(Status.ONE_CLASS, 1, ()))
                continue
            request = self._requests.request(cell)
            if request is None:
                self._finish(cell, failed(Status.NO_FEATURES, 1, ()))
                continue
            worker.cell, worker.request = cell, request
            try:
                worker.process.submit(request)
            except EngineDied as death:
                self._died(worker, death)
            return

    def _step(self) -> None:
        """Wait for the next answer or the next deadline, and deal with it."""
        busy = [w for w in self._workers if w.busy]
        if not busy:
            return
        deadline = min(w.process.deadline for w in busy)
        ready = wait([w.process.connection for w in busy], max(0.0, min(deadline - time.monotonic(), 3600.0)))
        for worker in busy:
            if worker.process.connection in ready:
                self._take(worker)
            elif time.monotonic() >= worker.process.deadline:
                self._died(worker, worker.process.expire())

    def _take(self, worker: _Worker) -> None:
        try:
            if worker.probing:
                self._probed(worker, worker.process.receive())
                return
            result = worker.process.collect()
        except EngineDied as death:
            self._died(worker, death)
            return
        cell, request = worker.cell, worker.request
        assert cell is not None
        assert request is not None
        worker.cell = worker.request = None
        self._account(worker, cell, result)
        before = tuple(self._failures.pop(cell.key, ()))
        draw = self._experiment.draw(cell.n, cell.draw)
        y_eval = self._experiment.dataset.y[draw.evaluate]
        record = from_result(
            request,
            result,
            y_eval,
            threshold=cell.contestant.threshold,
            attempts=len(before) + 1,
            before=before,
        )
        self._finish(cell, record)

    def _account(self, worker: _Worker, cell: Cell, result: FitResult) -> None:
        seconds = result.timings.get("engine", 0.0)
        self._engine_seconds += seconds
        self._estimate.learn(cell.contestant.model, seconds)
        self._peaks[id(worker)] = worker.process.peak_memory

    def _probed(self, worker: _Worker, availability: Availability) -> None:
        worker.probing = False
        if availability.available:
            self._versions[worker.engine] = availability.versions
        else:
            self._did_not_start(worker, availability)

    def _did_not_start(self, worker: _Worker, why: Availability) -> None:
        """An engine that never started is missing; one that did has only lost this worker."""
        worker.process.close()
        self._workers.remove(worker)
        if worker.engine in self._versions:
            self._no_more_workers.add(worker.engine)
            if any(w.engine == worker.engine for w in self._workers):
                return
        self._missing[worker.engine] = why
        self._skip(worker.engine)

    def _skip(self, engine: str) -> None:
        why = self._missing[engine]
        for cell in self._queues.pop(engine, ()):
            self._left_by_model[cell.contestant.model] -= 1
            record = failed(Status.ENGINE_MISSING, 0, (why.reason, f"mend: {why.mend}"))
            self._on_cell(cell, record, self._left())

    def _died(self, worker: _Worker, death: EngineDied) -> None:
        if worker.probing:
            worker.probing = False
            reason = f"it does not start: {death.reason}. {_last_words(death)}".strip()
            self._did_not_start(worker, Availability(False, reason=reason, mend="crossframe doctor"))
            return
        cell = worker.cell
        assert cell is not None
        worker.cell = worker.request = None
        before = self._failures.setdefault(cell.key, [])
        told = f"attempt {len(before) + 1} {death.status.value}: {death.reason}. {_last_words(death)}"
        before.append(told.strip())
        record = failed(death.status, len(before), tuple(before))
        if death.status is Status.CRASHED and len(before) < _ATTEMPTS:
            # Stored as crashed already now: if the parent is killed next, the crash is on record.
            self._store.put(cell.key, record)
            self._queues.setdefault(worker.engine, deque()).appendleft(cell)
            self._left_by_model[cell.contestant.model] += 1
            return
        self._finish(cell, record)

    def _finish(self, cell: Cell, record: Record) -> None:
        self._store.put(cell.key, record)
        self._on_cell(cell, record, self._left())


def _last_words(death: EngineDied) -> str:
    return "".join(death.log.strip().splitlines()[-1:])
