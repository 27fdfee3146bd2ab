"""Carries out cells: processes side by side, every record stored as it comes, failures contained."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from typing import Any, Generic, TypeVar

from crossframe.core.activity import doing
from crossframe.core.text import duration
from crossframe.data import extent
from crossframe.experiment.cells import AnyCell, Host, MethodCall
from crossframe.experiment.record import Record, failed
from crossframe.experiment.shards import OtherShards, Shard
from crossframe.experiment.store import Store
from crossframe.experiment.workload import Estimate, Overheads, side_by_side, wall, worth_another
from crossframe.frameworks import memory
from crossframe.frameworks.contract import Availability, FitRequest, FitResult, Status
from crossframe.frameworks.host import EngineDied, EngineProcess, remove_leftovers
from crossframe.frameworks.pool import process_from

_ATTEMPTS = 2
LONG = 10.0
"""Seconds after which a cell that is still being computed shows that those of its model are long."""
C = TypeVar("C", bound=AnyCell)


@dataclass(frozen=True)
class RunSummary:
    """What a run did besides filling the store.

    Attributes
    ----------
    missing
        Engines whose cells were left out, with the reason.
    versions
        By engine, as the runtimes reported them.
    wall_seconds, engine_seconds
        Of the run, and of all fits together.
    peak_memory
        Bytes, of all processes together.
    overheads
        What was measured besides the cells.
    """

    missing: Mapping[str, Availability]
    versions: Mapping[str, Mapping[str, str]]
    wall_seconds: float
    engine_seconds: float
    peak_memory: int
    overheads: Overheads = field(default_factory=Overheads)


class _Worker(Generic[C]):
    """A process, and the cell that it is computing."""

    def __init__(self, host: Host, process: EngineProcess) -> None:
        self.host = host
        self.process = process
        self.cell: C | None = None
        self.request: FitRequest | MethodCall | None = None
        self.begun = 0.0
        self.probing = False
        self.models: set[str] = set()
        """`AnyCell.timed_as` of the cells that it has computed."""

    @property
    def busy(self) -> bool:
        return self.cell is not None or self.probing

    @property
    def ready(self) -> bool:
        """Whether its runtime has started, or needs none."""
        return bool(self.host.where or (self.process.running and self.process.versions))


class Executor(Generic[C]):
    """Carries out cells of any sort, see `crossframe.experiment.cells`.

    Parameters
    ----------
    store
        Gets every record as its cell ends; what cannot run because an engine is missing is not stored.
        With the store of a shard, see `crossframe.experiment.shards`, only its own cells are carried out.
    jobs
        Processes that compute at the same time.
    on_progress
        Called after each cell with it, its record and the seconds that are left by estimate.
    process
        Makes a process; a `crossframe.frameworks.pool.Pool` gives its own, which outlive the run. None: see
        `crossframe.frameworks.pool.process_from`.
    """

    def __init__(
        self,
        store: Store,
        *,
        jobs: int,
        on_progress: Callable[[C, Record, float], None] = lambda cell, record, left: None,
        process: Callable[..., EngineProcess] | None = None,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._lanes = side_by_side(jobs)
        """Cells that are computed at the same time, each on a core of its own."""
        self._on_progress = on_progress
        self._process = process or process_from()
        self._estimate = Estimate()
        self._queues: dict[Host, deque[C]] = {}
        self._waiting: dict[Host, dict[str, float]] = {}
        """Guessed seconds of the cells that wait, by `AnyCell.timed_as`."""
        self._cells = self._done = 0
        self._workers: list[_Worker[C]] = []
        self._failures: dict[str, list[str]] = {}
        self._missing: dict[str, Availability] = {}
        self._no_more: set[str] = set()
        """Engines that run, and of which one more process did not start."""
        self._versions: dict[str, Mapping[str, str]] = {}
        self._starts: dict[str, float] = {}
        self._first: list[str] = []
        self._clock = time.perf_counter
        self._engine_seconds = 0.0
        self._peaks: dict[int, int] = {}

    def run(
        self,
        cells: Sequence[C],
        missing: Mapping[str, Availability] | None = None,
        start: Iterable[Host] = (),
    ) -> RunSummary:
        """Carry out ``cells``, each key once; those of the ``missing`` engines are named skips.

        The hosts of ``start`` are started as well, although no cell needs them.

        Raises `OtherShards`, at the end, where some of ``cells`` belong to other shards.
        """
        begin, own = self._clock(), time.process_time()
        remove_leftovers()
        self._missing = dict(missing or {})
        shard = self._store.shard
        mine = [cell for cell in cells if shard is None or shard.has(cell.key)]
        for cell in {cell.key: cell for cell in mine}.values():
            self._queues.setdefault(cell.host, deque()).append(cell)
            self._wait(cell)
            self._cells += 1
        for host in start:
            self._queues.setdefault(host, deque())
        others = len(cells) - len(mine)
        self._event("planned", cells=self._cells, others=others, seconds_left=round(self._left(), 1))
        for engine in list(self._missing):
            self._skip(engine)
        with doing(self._activity):
            self._compute()
        self._event("finished", done=self._done, seconds=round(self._clock() - begin, 3))
        if shard is not None:
            self._leave(shard, cells)
        return RunSummary(
            self._missing,
            self._versions,
            self._clock() - begin,
            self._engine_seconds,
            sum(self._peaks.values()),
            Overheads(self._starts, (time.process_time() - own) / max(1, self._done), tuple(self._first)),
        )

    def _compute(self) -> None:
        """Carry out what the queues hold, and start the engines of those that are empty."""
        try:
            # All engines start at once: a starting runtime mostly waits, and others can compute meanwhile.
            for host in list(self._queues):
                worker = self._free_worker(host)
                if worker is not None and not worker.ready:
                    self._give(worker)
            while any(self._queues.values()) or any(w.busy for w in self._workers):
                self._fill()
                self._step()
        finally:
            for worker in self._workers:
                worker.process.close()
            self._workers = []

    def _event(self, name: str, **facts: Any) -> None:
        if self._store.events is not None:
            self._store.events(name, **facts)

    def _leave(self, shard: Shard, cells: Sequence[C]) -> None:
        """Raise `OtherShards` where some cells belong to others; those of a missing engine are none's."""
        shard.gone |= {engine: why.reason for engine, why in self._missing.items()}
        others = {c.key for c in cells if not shard.has(c.key) and c.host.engine not in self._missing}
        if others:
            shard.others |= others
            raise OtherShards

    def records(
        self,
        cells: Sequence[C],
        missing: Mapping[str, Availability] | None = None,
        *,
        force: bool = False,
    ) -> tuple[dict[str, Record], RunSummary]:
        """The records of ``cells`` by key, stored ones or (with ``force`` all) carried out now.

        The engine of every cell is started, also where all its cells are stored. The records of the engines
        that turn out to be missing are left out, stored ones too: what does not start here is not answered
        from the store.
        """
        done = set() if force else self._store.done(cell.key for cell in cells)
        start = dict.fromkeys(replace(cell.host, where="") for cell in cells if cell.key in done)
        outcome = self.run([cell for cell in cells if cell.key not in done], missing, start)
        asked = [cell.key for cell in cells if cell.host.engine not in outcome.missing]
        return self._store.get(asked), outcome

    def _activity(self) -> str:
        """What the processes do now, in words; called from another thread."""
        workers = list(self._workers)
        starting = sorted({w.host.engine for w in workers if w.probing})
        cells = sorted({cell.timed_as for w in workers if (cell := w.cell) is not None})
        parts = [f"starting {', '.join(starting)}"] if starting else []
        parts += [f"computing {', '.join(cells)}"] if cells else []
        done = f"{self._done} of {self._cells} done, about {duration(self._left())} left"
        return f"{'; '.join(parts) or 'computing'}: {done}"

    def _wait(self, cell: C, count: int = 1) -> None:
        waiting = self._waiting.setdefault(cell.host, {})
        waiting[cell.timed_as] = waiting.get(cell.timed_as, 0.0) + count * self._estimate.guess(cell)

    def _work(self, host: Host, of: Callable[[str], bool] = lambda name: True) -> float:
        """Seconds of cells that wait for a process; of those whose ``timed_as`` is ``of``."""
        waiting = dict(self._waiting.get(host, {}))
        some = {name: guess for name, guess in waiting.items() if of(name)}
        return sum(max(0.0, guess) * self._estimate.factor(name) for name, guess in some.items())

    def _seen(self, workers: Sequence[_Worker[C]]) -> Callable[[str], bool]:
        """Whether cells of a ``timed_as`` have ended, or one has been computed for `LONG` by ``workers``."""
        now = self._clock()
        long = {w.cell.timed_as for w in workers if w.cell is not None and now - w.begun > LONG}
        return lambda name: name in long or self._estimate.knows(name)

    def _left(self) -> float:
        """Seconds until all cells have ended, those included that are being computed."""
        work = {host: self._work(host) for host in list(self._waiting)}
        longest = 0.0
        for worker in list(self._workers):
            cell = worker.cell
            if cell is not None:
                mean = self._estimate.guess(cell) * self._estimate.factor(cell.timed_as)
                elapsed = self._clock() - worker.begun
                # A fit that takes longer than expected is expected to need a quarter of its time more.
                seconds = max(mean - elapsed, elapsed / 4)
                longest = max(longest, seconds)
                work[cell.host] = work.get(cell.host, 0.0) + seconds
        return max(longest, wall(work, self._jobs))

    def _fill(self) -> None:
        """Give cells to workers that wait, the host with the most work left first."""
        while sum(w.cell is not None for w in self._workers) < self._jobs:
            waiting = sorted((h for h, queue in self._queues.items() if queue), key=self._work, reverse=True)
            worker = next(filter(None, map(self._free_worker, waiting)), None)
            if worker is None:
                return
            self._give(worker)

    def _free_worker(self, host: Host) -> _Worker[C] | None:
        mine = [w for w in self._workers if w.host == host]
        waiting = next((w for w in mine if not w.busy), None)
        if waiting is not None:
            return waiting
        if mine and not self._worth_another(host, mine):
            return None
        where = {"where": host.where} if host.where else {}
        process = self._process(host.engine, threads=host.threads, h2o_url=host.h2o_url, **where)
        worker = _Worker[C](host, process)
        self._workers.append(worker)
        if process.running and process.versions:
            self._versions[host.engine] = process.versions
        return worker

    def _worth_another(self, host: Host, mine: Sequence[_Worker[C]]) -> bool:
        """Whether one more process than ``mine`` ends the run sooner, and there is memory for it."""
        starting = sum(w.probing for w in mine)
        if host.engine in self._no_more or starting == len(mine):
            return False
        work = {h: self._work(h) for h in self._queues}
        # A first guess may be wrong by much; a cell that runs for long is no guess any more.
        work[host] = self._work(host, self._seen(mine))
        if not worth_another(work, host, len(mine), self._lanes):
            return False
        peaks = [memory.peak(pid) for w in mine if (pid := w.process.pid) is not None]
        # Those that start take theirs soon, and as much again is left because all may grow.
        return extent.available() > (2 + starting) * max(peaks, default=0)

    def _give(self, worker: _Worker[C]) -> None:
        """Start a worker's runtime, or hand it its next cell that needs it."""
        if not worker.ready:
            worker.probing, worker.begun = True, self._clock()
            self._submit(worker, MethodCall("probe"))
            return
        queue = self._queues[worker.host]
        while queue:
            cell = queue.popleft()
            self._wait(cell, -1)
            begun = self._clock()
            try:
                request = cell.prepare()
            except MemoryError as error:
                request = failed(Status.CRASHED, 1, (f"the memory is not enough for its rows: {error}",))
            if isinstance(request, Record):
                self._finish(cell, request, begun)
                continue
            worker.cell, worker.request, worker.begun = cell, request, begun
            self._submit(worker, request)
            return

    def _submit(self, worker: _Worker[C], request: FitRequest | MethodCall) -> None:
        try:
            if isinstance(request, MethodCall):
                worker.process.submit_call(request.method, *request.arguments, limit=request.limit)
            else:
                worker.process.submit(request)
        except EngineDied as death:
            self._died(worker, death)

    def _step(self) -> None:
        """Wait for the next answer or the next deadline, and deal with it."""
        busy = [w for w in self._workers if w.busy]
        if not busy:
            return
        deadline = min(w.process.deadline for w in busy)
        ready = wait([w.process.connection for w in busy], max(0.0, min(deadline - time.monotonic(), LONG)))
        for worker in busy:
            if worker.process.connection in ready:
                self._take(worker)
            elif time.monotonic() >= worker.process.deadline:
                self._died(worker, worker.process.expire())

    def _take(self, worker: _Worker[C]) -> None:
        try:
            if worker.probing:
                self._probed(worker, worker.process.receive())
                return
            fit = isinstance(worker.request, FitRequest)
            answer: Any = worker.process.collect() if fit else worker.process.receive()
        except EngineDied as death:
            self._died(worker, death)
            return
        cell, request = worker.cell, worker.request
        assert cell is not None
        worker.cell = worker.request = None
        if cell.timed_as not in worker.models:
            worker.models.add(cell.timed_as)
            self._first.append(cell.key)
        if isinstance(answer, FitResult):
            self._engine_seconds += answer.timings.get("engine", 0.0)
            self._peaks[id(worker)] = worker.process.peak_memory
        else:
            answer = (answer, worker.process.versions)
        before = tuple(self._failures.pop(cell.key, ()))
        record = cell.record(request, answer, len(before) + 1, before)
        # What is done here counts as well: rows are sent, scores are computed.
        self._estimate.learn(cell, self._clock() - worker.begun)
        self._finish(cell, record, worker.begun)

    def _probed(self, worker: _Worker[C], availability: Availability) -> None:
        worker.probing = False
        if availability.available:
            self._versions[worker.host.engine] = availability.versions
            self._starts[worker.host.engine] = self._clock() - worker.begun
        else:
            self._did_not_start(worker, availability)

    def _did_not_start(self, worker: _Worker[C], why: Availability) -> None:
        """An engine that never started is missing; where it has run before, only this worker is lost."""
        worker.process.close()
        self._workers.remove(worker)
        engine = worker.host.engine
        if engine in self._versions:
            self._no_more.add(engine)
            if any(w.host == worker.host for w in self._workers):
                return
        self._missing[engine] = why
        self._skip(engine)

    def _skip(self, engine: str) -> None:
        why = self._missing[engine]
        self._event("skipped", engine=engine, reason=why.reason)
        for host in [h for h in self._queues if h.engine == engine]:
            for cell in self._queues.pop(host):
                self._wait(cell, -1)
                record = failed(Status.ENGINE_MISSING, 0, (why.reason, f"remedy: {why.remedy}"))
                self._on_progress(cell, record, self._left())

    def _died(self, worker: _Worker[C], death: EngineDied) -> None:
        if worker.probing:
            worker.probing = False
            reason = f"it does not start: {death.reason}. {_last_line(death)}".strip()
            self._did_not_start(worker, Availability(False, reason=reason, remedy="crossframe doctor"))
            return
        cell = worker.cell
        assert cell is not None
        worker.cell = worker.request = None
        before = self._failures.setdefault(cell.key, [])
        what = f"attempt {len(before) + 1} {death.status.value}: {death.reason}. {_last_line(death)}"
        before.append(what.strip())
        record = failed(death.status, len(before), tuple(before))
        if death.status is Status.CRASHED and len(before) < _ATTEMPTS:
            # The crash is stored before the second attempt, in case the parent is killed during it.
            self._store.put(cell.key, record, cell.timed_as)
            self._queues.setdefault(worker.host, deque()).appendleft(cell)
            self._wait(cell)
            return
        self._finish(cell, record, worker.begun)

    def _finish(self, cell: C, record: Record, begun: float, worker: str | None = None) -> None:
        """Store a record and report it; ``worker`` of a cluster has computed it."""
        self._done += 1
        self._store.put(cell.key, record, cell.timed_as)
        if (shard := self._store.shard) is not None:
            shard.computed += 1
            shard.failed += bool(record.fields["failed"])
        left = self._left()
        self._event(
            "cell", key=cell.key, model=cell.timed_as, engine=cell.host.engine,
            status=record.fields.get("status"), failed=bool(record.fields["failed"]),
            seconds=round(self._clock() - begun, 3), done=self._done, of=self._cells,
            seconds_left=round(left, 1), worker=worker,
        )  # fmt: skip
        self._on_progress(cell, record, left)


def _last_line(death: EngineDied) -> str:
    return "".join(death.log.strip().splitlines()[-1:])
