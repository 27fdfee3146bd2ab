"""Carries out cells on the workers of a cluster, in the place of processes on this machine."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Generic

from crossframe.core.errors import UsageError
from crossframe.core.text import duration, plural
from crossframe.experiment.cells import Host
from crossframe.experiment.executor import C, Executor
from crossframe.experiment.fleet import Fleet, FleetError, KnownWorker, Pending, WorkerLost, ended
from crossframe.experiment.plan import FitCell
from crossframe.experiment.record import Record, failed
from crossframe.experiment.remote import CORES, Answer, Batch, carry_out, installed
from crossframe.experiment.store import Store
from crossframe.experiment.workload import start_seconds, worth_another
from crossframe.frameworks.contract import Availability, Status
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.registry import frameworks

_LOSSES = 3
"""Workers that may die with a cell before it counts as failed."""

_MOST_CELLS, _MOST_EXPERIMENTS = 500, 16
"""Of a batch; a worker holds the parts of four times as many experiments."""

_SHORTEST = 0.2
"""Expected seconds of the shortest batch: the way there and back takes a tenth of it."""

_STEP = 0.01
_LOOK = 1.0
"""Seconds between two looks at which workers there are."""

PATIENCE = 60.0
"""Seconds without a worker after which a run ends; also those that all may take to answer first."""

EVERY = 15.0
"""Seconds between two lines on the fleet."""


def executor(
    store: Store,
    *,
    jobs: int,
    on_progress: Callable[[C, Record, float], None] = lambda cell, record, left: None,
    process: Callable[..., EngineProcess] | None = None,
) -> Executor[C]:
    """What carries out cells: the fleet of the ``store`` where it has one, else processes of this machine.

    See `Executor` for the parameters.
    """
    if store.fleet is not None:
        return FleetExecutor(store, store.fleet, on_progress=on_progress)
    return Executor(store, jobs=jobs, on_progress=on_progress, process=process)


@dataclass(eq=False)
class _Sent(Generic[C]):
    """A batch on its way; without a host it asks for versions alone."""

    worker: str
    host: Host | None
    cells: dict[str, C]
    batch: Batch
    pending: Pending
    seconds: float
    begun: float = field(default_factory=time.perf_counter)


class FleetExecutor(Executor[C]):
    """Carries out cells on the workers of a cluster; see `Executor`, whose interface it has.

    Cells of one host are sent in small batches. A worker gets those whose engine it runs already; another one
    joins in where that saves more than the start of an engine takes. The cells of a worker that ends are
    sent to others.
    """

    def __init__(
        self,
        store: Store,
        fleet: Fleet,
        *,
        on_progress: Callable[[C, Record, float], None] = lambda cell, record, left: None,
    ) -> None:
        super().__init__(store, jobs=1, on_progress=on_progress)
        self._fleet = fleet
        self._sent: list[_Sent[C]] = []
        self._start: list[Host] = []
        self._losses: Counter[str] = Counter()
        self._expected: dict[str, dict[str, str]] = {}
        self._asked = False
        self._looked = self._reported = self._begun = self._alone = 0.0

    def _compute(self) -> None:
        self._begun = self._reported = self._alone = time.perf_counter()
        self._start = [host for host, queue in self._queues.items() if not queue and not host.where]
        for host, queue in self._queues.items():
            here = self._expected.setdefault(host.engine, dict(installed(host.engine)[1]) | {CORES: ""})
            if any(isinstance(cell, FitCell) and cell.experiment.threads is None for cell in queue):
                all_cores = host.engine in frameworks() and frameworks()[host.engine].all_cores
                here[CORES] = str(host.threads) if all_cores else ""
        try:
            self._look()
            self._compare()
            while self._sent or self._start or any(self._queues.values()):
                self._look()
                self._send()
                if not self._collect():
                    time.sleep(_STEP)
                self._report()
        finally:
            for sent in self._sent:
                sent.pending.cancel()
            self._sent = []

    def _look(self) -> None:
        """See which workers have come and gone."""
        now = time.perf_counter()
        if now - self._looked < _LOOK:
            return
        self._looked = now
        there, known = self._fleet.workers.slots(), self._fleet.known
        for name in [name for name in known if name not in there]:
            del known[name]
            for sent in [s for s in self._sent if s.worker == name]:
                sent.pending.cancel()
                self._sent.remove(sent)
                self._lost(name, sent.cells, sent.batch)
        for name, slots in there.items():
            known.setdefault(name, KnownWorker(slots)).slots = slots
        if there:
            self._alone = now
        elif now - self._alone > PATIENCE:
            raise FleetError(
                f"{self._fleet.workers.where} has had no worker for {PATIENCE:.0f} s; "
                "what was finished is kept",
                "start workers, and run the same command again",
            )
        self._ask()
        self._leave_out()

    def _dealt(self) -> dict[str, list[Host]]:
        """Hosts that run nowhere yet, by the worker that starts them: all start while the first cells run."""
        known = self._fleet.known
        cold = [
            host for host in self._queues if not host.where and not any(w.warm[host] for w in known.values())
        ]
        dealt: dict[str, list[Host]] = {}
        for count, host in enumerate(sorted(cold, key=self._work, reverse=True)):
            dealt.setdefault([*known][count % len(known)], []).append(host)
        return dealt

    def _ask(self) -> None:
        """Ask workers for versions of engines that were not compared yet."""
        dealt = {} if self._asked or not self._fleet.known else self._dealt()
        self._asked = self._asked or bool(self._fleet.known)
        for name, worker in list(self._fleet.known.items()):
            asked = {
                engine for s in self._sent if s.worker == name and not s.host for engine in s.batch.engines
            }
            new = (
                self._expected.keys() - self._missing.keys() - worker.checked - worker.refused.keys() - asked
            )
            if name and new:
                engines = {engine: self._expected[engine] for engine in sorted(new)}
                self._dispatch(name, None, {}, Batch(engines, warm=tuple(dealt.get(name, ()))))

    def _compare(self) -> None:
        """Wait for the versions of all workers, before the first cell is sent; a slow one may join later."""
        until = time.perf_counter() + PATIENCE
        while (self._sent or not self._fleet.known) and time.perf_counter() < until:
            if not self._collect():
                time.sleep(_STEP)
            self._look()
        fleet = self._fleet
        fleet.on_status(
            f"{fleet.workers.where}: "
            + (f"{plural(len(fleet.known), 'worker')}, " if any(fleet.known) else "")
            + f"{plural(fleet.slots, 'cell')} at the same time"
        )

    def _send(self) -> None:
        """Give batches to workers that wait, first those that need no start of an engine."""
        for warm in (True, False):
            for name, worker in list(self._fleet.known.items()):
                while sum(s.worker == name for s in self._sent) < worker.slots:
                    host = self._choice(name, worker, warm)
                    if host is None or not self._give_to(name, host):
                        break

    def _choice(self, name: str, worker: KnownWorker, warm: bool) -> Host | None:
        """The host whose cells a worker carries out next, of those that it has a process for or of others.

        None: it waits, because what is left is not worth the start of another engine.
        """
        hosts: list[tuple[float, bool, float, Host]] = []
        waiting = {host: self._work(host) for host, queue in self._queues.items() if queue}
        for host in dict.fromkeys([*self._start, *waiting]):
            if host.engine in worker.refused or (name and host.engine not in worker.checked):
                continue
            mine = sum(s.host == host and s.worker == name for s in self._sent)
            serving = sum(s.host == host for s in self._sent)
            if (worker.warm[host] > mine) != warm:
                continue
            if serving and not warm and not worth_another(waiting, host, serving, self._fleet.slots):
                continue
            # What has started first computes while others start.
            starting = start_seconds(host) if warm and host not in worker.ready else 0.0
            hosts.append((-starting, not serving, waiting.get(host, 0.0) / (serving + 1), host))
        return max(hosts, key=lambda h: h[:3], default=(None, None, None, None))[3]

    def _give_to(self, name: str, host: Host) -> bool:
        """Send a worker the next cells of a host; whether that worked."""
        start = (host,) if host in self._start else ()
        self._start = [other for other in self._start if other != host]
        cells = self._next(host)
        packed, needs = self._fleet.packed.cells([*cells.values()]) if cells else (b"", ())
        engines = {host.engine: self._expected[host.engine]}
        return self._dispatch(name, host, cells, Batch(engines, packed, needs, start=start))

    def _next(self, host: Host) -> dict[str, C]:
        """The next cells of a host, by key, that are sent together."""
        queue, seconds = self._queues[host], 0.0
        cells: dict[str, C] = {}
        experiments: set[int] = set()
        enough = self._fleet.workers.batch_seconds
        if not self._fleet.workers.forgetful:
            # Towards the end the batches become small, so that all workers end at the same time.
            enough = min(enough, max(_SHORTEST, self._work(host) / (2 * max(1, self._fleet.slots))))
        while queue and len(cells) < _MOST_CELLS:
            cell = queue[0]
            seconds += self._seconds(cell)
            experiments.add(id(getattr(cell, "experiment", None)))
            # A cell that was lost may be what ends the workers: no other is risked with it.
            if cells and (seconds > enough or self._losses[cell.key] or len(experiments) > _MOST_EXPERIMENTS):
                break
            queue.popleft()
            self._wait(cell, -1)
            cells[cell.key] = cell
            if self._losses[cell.key]:
                break
        return cells

    def _seconds(self, cell: C) -> float:
        return self._estimate.guess(cell) * self._estimate.factor(cell.timed_as)

    def _dispatch(
        self, name: str, host: Host | None, cells: dict[str, C], batch: Batch, whole: str = ""
    ) -> bool:
        """Send a batch with the parts that its worker lacks, ``whole`` in full; whether that worked."""
        fleet, worker = self._fleet, self._fleet.known[name]
        worker.forget()
        fleet.whole |= {whole} - {""}
        sent = frozenset(batch.needs) & worker.held - {whole}
        blobs = [
            fleet.packed.blob(part, whole=part in fleet.whole) for part in batch.needs if part not in sent
        ]
        try:
            pending = fleet.workers.submit(name, carry_out, replace(batch, sent=sent), *blobs)
        except WorkerLost:
            # It has not seen these cells, which can have ended it as little.
            self._looked = 0.0
            self._again(cells, batch)
            return False
        # Which process of an executor or which job gets a batch is not known, and so not what each holds.
        if name:
            worker.held |= set(batch.needs)
        self._sent.append(_Sent(name, host, cells, batch, pending, sum(map(self._seconds, cells.values()))))
        return True

    def _collect(self) -> bool:
        """Deal with the answers that are there; whether there was one."""
        done = [sent for sent in self._sent if sent.pending.done()]
        for sent in done:
            self._sent.remove(sent)
            try:
                answer = sent.pending.result()
            except WorkerLost as error:
                self._lost(sent.worker, sent.cells, sent.batch, str(error))
                continue
            except BrokenExecutor as error:
                raise ended(self._fleet.workers.where, error) from error
            worker = self._fleet.known.get(sent.worker)
            if answer.lacks and worker is not None:
                packed, needs = self._fleet.packed.cells([*sent.cells.values()])
                again = replace(sent.batch, cells=packed, needs=needs)
                self._dispatch(sent.worker, sent.host, sent.cells, again, whole=answer.lacks)
            else:
                self._take_answer(sent, worker or KnownWorker(0), answer)
        return bool(done)

    def _take_answer(self, sent: _Sent[C], worker: KnownWorker, answer: Answer) -> None:
        where = sent.worker or answer.worker
        if sent.host is None:
            worker.checked |= sent.batch.engines.keys()
            unable = {*answer.missing, *answer.differs}
            worker.warm.update({host: 1 for host in sent.batch.warm if host.engine not in unable})
        for engine, words in answer.differs.items():
            if not self._fleet.mixed:
                raise UsageError(
                    f"the worker {where} would compute other cells of {engine} than this machine: {words}",
                    "install the same versions on both, or have such workers left out of that with --mixed",
                )
            why = Availability(False, reason=words, remedy="install the same versions on the workers")
            self._refuse(sent.worker, worker, where, engine, why)
        for engine, why in answer.missing.items():
            self._refuse(sent.worker, worker, where, engine, why)
        for key, record, seconds in answer.records:
            cell = sent.cells.pop(key)
            self._estimate.learn(cell, seconds)
            self._finish(cell, record, time.perf_counter() - seconds, worker=where)
        self._again(sent.cells, sent.batch if answer.missing or answer.differs else Batch({}))
        if sent.host is not None and not answer.missing:
            running = sum(s.host == sent.host and s.worker == sent.worker for s in self._sent) + 1
            worker.ready.add(sent.host)
            worker.warm[sent.host] = max(running, worker.warm[sent.host])
            place = hash((where, sent.host))
            self._peaks[place] = max(answer.peak_memory, self._peaks.get(place, 0))
        self._versions |= answer.versions
        self._engine_seconds += answer.engine_seconds
        self._leave_out()

    def _refuse(self, name: str, worker: KnownWorker, where: str, engine: str, why: Availability) -> None:
        if engine not in worker.refused:
            worker.refused[engine] = replace(why, reason=f"{where}: {why.reason}")
            # Of workers that cannot be distinguished one speaks for all.
            first = f"{where} gets no cells of {engine}" if name else f"no cell of {engine} is sent; {where}"
            self._fleet.on_status(f"{first}: {why.reason}")

    def _leave_out(self) -> None:
        """Engines that no worker can run are missing."""
        workers = self._fleet.known.values()
        for engine in {host.engine for host in (*self._queues, *self._start)}:
            if engine not in self._missing:
                if not workers or any(engine not in worker.refused for worker in workers):
                    continue
                why = next(iter(workers)).refused[engine]
                reason = f"no worker of {self._fleet.workers.where} can run it; {why.reason}"
                self._missing[engine] = replace(why, reason=reason)
            # Also of an engine that was missing before: a worker may have given cells of it back since.
            self._skip(engine)
            self._start = [host for host in self._start if host.engine != engine]

    def _lost(self, where: str, cells: dict[str, C], batch: Batch, why: str = "") -> None:
        """A worker ended with these cells: others get them, each alone, and not for ever."""
        self._looked = 0.0
        last = ": ".join(filter(None, (where, why.strip())))
        for host in batch.start if not cells else ():
            self._losses[str(host)] += 1
            if self._losses[str(host)] >= _LOSSES:
                words = f"{plural(_LOSSES, 'worker')} ended while they started it, the last one {last}"
                self._missing[host.engine] = Availability(
                    False, reason=words, remedy="see the output of the workers"
                )
                batch = replace(batch, start=tuple(h for h in batch.start if h.engine != host.engine))
        for key in list(cells):
            self._losses[key] += 1
            if self._losses[key] >= _LOSSES:
                cell = cells.pop(key)
                words = f"{plural(_LOSSES, 'worker')} ended while they computed it, the last one {last}"
                self._finish(
                    cell, failed(Status.CRASHED, _LOSSES, (words,)), time.perf_counter(), worker=where
                )
        self._again(cells, batch)

    def _again(self, cells: dict[str, C], batch: Batch) -> None:
        """Put cells that were sent back to the front of their queues, and hosts to those to be started."""
        for cell in reversed(cells.values()):
            self._queues.setdefault(cell.host, deque()).appendleft(cell)
            self._wait(cell)
        self._start += batch.start

    def _left(self) -> float:
        """Seconds until all cells have ended, those included that are being computed."""
        slots, now = max(1, self._fleet.slots), time.perf_counter()
        work = {host: self._work(host) for host in list(self._waiting)}
        sent = [max(s.seconds - (now - s.begun), (now - s.begun) / 4) for s in list(self._sent) if s.cells]
        alone = max((w for host, w in work.items() if not worth_another(work, host, 1, slots)), default=0.0)
        return max([(sum(work.values()) + sum(sent)) / slots, alone, *sent])

    def _activity(self) -> str:
        """The fleet in words; called from another thread."""
        busy = Counter(s.host.engine for s in list(self._sent) if s.host is not None)
        engines = ", ".join(f"{engine} {count}" for engine, count in sorted(busy.items()))
        left, workers = self._left(), len(self._fleet.known)
        parts = [plural(workers, "worker")] if any(self._fleet.known) else []
        parts += [f"computing {engines}" if engines else "no cell is computed"]
        parts += [f"{self._rate():.0f} cells a minute, {self._done} of {self._cells} done"]
        ends = (datetime.now() + timedelta(seconds=left)).strftime("%H:%M")
        return f"{', '.join(parts)}, about {duration(left)} left, until {ends}"

    def _rate(self) -> float:
        """Cells a minute since the run began."""
        return 60 * self._done / max(1e-3, time.perf_counter() - self._begun)

    def _report(self) -> None:
        now = time.perf_counter()
        if now - self._reported < EVERY:
            return
        self._reported = now
        self._fleet.on_status(self._activity())
        busy = Counter(s.host.engine for s in self._sent if s.host is not None)
        self._event(
            "fleet", workers=len(self._fleet.known), engines=dict(busy), done=self._done, of=self._cells,
            cells_per_minute=round(self._rate(), 1), seconds_left=round(self._left(), 1),
        )  # fmt: skip
