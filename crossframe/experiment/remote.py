"""What runs on a worker of a cluster: it carries out cells that are sent, in engines that it keeps."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from crossframe.core.errors import CrossframeError
from crossframe.core.version import __version__
from crossframe.experiment.cells import AnyCell, Host
from crossframe.experiment.executor import Executor
from crossframe.experiment.parts import PartMissing, Parts
from crossframe.experiment.record import Record
from crossframe.experiment.store import Store
from crossframe.frameworks.contract import Availability, Status
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.pool import Pool
from crossframe.frameworks.registry import available, frameworks, versions
from crossframe.frameworks.rscripts import folder

KEPT_FOR = 30.0
"""Seconds without a cell after which a worker ends its engines: its command may have been killed."""

CORES = "cores"
"""Key of the number of cores, beside versions. A command leaves it empty where it decides about no number."""


@dataclass(frozen=True)
class Batch:
    """Cells of one host for one worker.

    Attributes
    ----------
    engines
        Name of each engine that is needed -> its versions on the machine of the command, see `installed`.
    cells, needs
        See `crossframe.experiment.parts.Packed.cells`; no bytes: the versions alone are asked.
    sent
        Those of ``needs`` that were sent to this worker before.
    start
        Hosts that are started also where no cell needs them.
    warm
        Hosts that are started for cells that come later; the answer does not wait for them.
    """

    engines: Mapping[str, Mapping[str, str]]
    cells: bytes = b""
    needs: tuple[str, ...] = ()
    sent: frozenset[str] = frozenset()
    start: tuple[Host, ...] = ()
    warm: tuple[Host, ...] = ()


@dataclass
class Answer:
    """What became of a batch.

    Attributes
    ----------
    worker
        ``machine:process``.
    differs
        Engines of other versions than the command's, with the difference in words; then nothing was done.
    missing
        Engines that cannot run here.
    lacks
        A part that has to be sent; then nothing was done.
    records
        Key, record and seconds of every cell that has ended.
    versions, engine_seconds, peak_memory
        See `crossframe.experiment.executor.RunSummary`.
    """

    worker: str
    differs: dict[str, str] = field(default_factory=dict)
    missing: dict[str, Availability] = field(default_factory=dict)
    lacks: str = ""
    records: list[tuple[str, Record, float]] = field(default_factory=list)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)
    engine_seconds: float = 0.0
    peak_memory: int = 0


@functools.cache
def installed(engine: str) -> tuple[Availability, Mapping[str, str]]:
    """Whether an engine has what it needs here, and the versions that can change its numbers.

    Those are its own, crossframe's with a hash of its files, and the number of `CORES`. What is no framework,
    such as the process of a study's jobs, may compute with any of them: all that are available count.
    """
    names = [engine] if engine in frameworks() else [n for n in frameworks() if available(n).available]
    there = available(engine) if engine in frameworks() else Availability(True)
    every = {"crossframe": f"{__version__} ({_files()})"}
    for name in names:
        every |= versions(name)
    return there, every | {CORES: str(os.cpu_count())}


@functools.cache
def _files() -> str:
    """A hash of the files of crossframe and of the packages that register frameworks."""
    hashed = hashlib.sha256()
    for package in sorted({"crossframe", *(f.engine.partition(".")[0] for f in frameworks().values())}):
        spec = find_spec(package)
        roots = list(spec.submodule_search_locations or ()) if spec else []
        for file in sorted(file for root in roots for file in Path(root).rglob("*.py")):
            hashed.update(file.name.encode() + file.read_bytes())
    for file in sorted(folder().rglob("*.R")):
        hashed.update(file.name.encode() + file.read_bytes())
    return hashed.hexdigest()[:8]


def difference(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """How the versions of a worker, ``there``, differ from those of the command, in words; "" if not."""
    words = []
    for name in sorted({*there, *here}):
        one, other = there.get(name), here.get(name)
        if name == CORES and not other:
            continue
        if one != other:
            words.append(f"{name} {one} in place of {other}" if one and other else
                         f"no {name} {other}" if other else f"{name} {one}, which is not here")  # fmt: skip
    return ", ".join(words)


class _Kept:
    """The engines and parts of this process; both are given up after `KEPT_FOR` seconds without use."""

    def __init__(self) -> None:
        self.parts = Parts()
        self._pool = Pool()
        self._lock = threading.Lock()
        self._users, self._last = 0, time.monotonic()
        self._watch: threading.Thread | None = None

    def process(self, engine: str, **options: Any) -> EngineProcess:
        """A process of the pool; several threads may ask at the same time."""
        with self._lock:
            return self._pool.process(engine, **options)

    def warm(self, host: Host) -> None:
        """Start the engine of a host, without waiting for it."""
        with self.used(), self._lock:
            self._pool.warm(host.engine, threads=host.threads)

    @contextmanager
    def used(self) -> Iterator[Callable[..., EngineProcess]]:
        """While the block runs, engines are kept; gives what makes a process."""
        with self._lock:
            self._users += 1
            if self._watch is None:
                # Also where the worker ends in good order; a kill is noticed by the engines themselves.
                Finalize(None, self.end, exitpriority=100)
                self._watch = threading.Thread(target=self._until_unused, daemon=True)
                self._watch.start()
        try:
            yield self.process
        finally:
            with self._lock:
                self._users -= 1
                self._last = time.monotonic()

    def _until_unused(self) -> None:
        while True:
            time.sleep(KEPT_FOR / 6)
            with self._lock:
                if self._users or time.monotonic() - self._last <= KEPT_FOR:
                    continue
                ended = self._given_up()
            ended.close()

    def _given_up(self) -> Pool:
        """The pool, with another one in its place."""
        self.parts.clear()
        ended, self._pool = self._pool, Pool()
        return ended

    def end(self) -> None:
        """End the engines and forget the parts."""
        with self._lock:
            ended = self._given_up()
        ended.close()


_KEPT = _Kept()


def carry_out(batch: Batch, *blobs: bytes) -> Answer:
    """Carry out the cells of a batch, for whose sake the parts ``blobs`` were sent; runs on the worker."""
    answer = Answer(f"{platform.node()}:{os.getpid()}")
    try:
        for blob in blobs:
            _KEPT.parts.add(blob)
        for engine, here in batch.engines.items():
            there, own = installed(engine)
            if not there.available:
                answer.missing[engine] = there
            elif words := difference(own, here):
                answer.differs[engine] = words
        for host in batch.warm:
            if host.engine not in {*answer.missing, *answer.differs}:
                _KEPT.warm(host)
        if answer.missing or answer.differs or not (batch.cells or batch.start):
            return answer
        cells = _KEPT.parts.cells(batch.cells, batch.needs, batch.sent) if batch.cells else []
    except PartMissing as part:
        answer.lacks = part.name
        return answer
    _carry_out(cells, batch.start, answer)
    return answer


def _carry_out(cells: list[AnyCell], start: tuple[Host, ...], answer: Answer) -> None:
    memory, seconds = Store(Path(":memory:")), dict[str, float]()

    def event(name: str, /, **facts: Any) -> None:
        if name == "cell":
            seconds[facts["key"]] = facts["seconds"]

    memory.events = event

    def ended(cell: AnyCell, record: Record, left: float) -> None:
        if record.fields.get("status") != Status.ENGINE_MISSING:
            answer.records.append((cell.key, record, seconds[cell.key]))

    try:
        with _KEPT.used() as process:
            run = Executor[AnyCell](memory, jobs=1, on_progress=ended, process=process)
            outcome = run.run(cells, start=start)
    except CrossframeError as error:
        error.message = f"on the worker {answer.worker}: {error.message}"
        raise
    finally:
        memory.close()
    answer.missing |= outcome.missing
    answer.versions = {engine: dict(reported) for engine, reported in outcome.versions.items()}
    answer.engine_seconds, answer.peak_memory = outcome.engine_seconds, outcome.peak_memory
