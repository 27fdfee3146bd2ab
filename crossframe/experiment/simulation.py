"""The wall time of a run on any number of workers, by a simulation of the executor's own scheduling.

The cost of a run is that of its cells (transfer, fit, predict and check, as the engine measured them), the
start of each process, what the first cell of a model in a process takes more, and crossframe's own work per
cell. All are taken from what a store holds of earlier runs, and by first guesses where it holds nothing.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crossframe.experiment.cells import AnyCell, Host, MethodCall
from crossframe.experiment.executor import LONG, Executor
from crossframe.experiment.plan import FitCell
from crossframe.experiment.record import Record
from crossframe.experiment.store import Store
from crossframe.experiment.workload import Estimate, Overheads, start_seconds
from crossframe.frameworks.contract import Availability
from crossframe.frameworks.host import EngineProcess

OWN = 0.01
"""Seconds of crossframe's own work per cell, where no run has measured them."""


@dataclass(frozen=True)
class TimedCell:
    """A cell with the time that it takes; the executor carries it out in a simulated process.

    Attributes
    ----------
    key, host, timed_as, seconds
        See `AnyCell`; ``seconds`` is what the executor expects of it before anything was measured.
    name
        The cell in words.
    takes
        Seconds that it will take, those of a first cell aside.
    """

    key: str
    host: Host
    timed_as: str
    seconds: float
    name: str
    takes: float

    def prepare(self) -> MethodCall:
        """A call of the simulated process."""
        return MethodCall("cell", (self,))

    def record(self, request: Any, answer: Any, attempts: int, before: tuple[str, ...]) -> Record:
        """A record of nothing: only time is simulated."""
        return Record({"failed": False})


@dataclass(frozen=True)
class Costs:
    """What a run is made of, in seconds.

    Attributes
    ----------
    cells
        All that are to be carried out.
    starts
        Host -> until its runtime answers; of a host that is not here it is a first guess.
    first
        `AnyCell.timed_as` -> what the first cell in a process takes more than others.
    own
        Crossframe's own work per cell, which one process does for all workers.
    measured
        How many of ``cells`` were measured themselves.
    """

    cells: tuple[TimedCell, ...]
    starts: Mapping[Host, float] = field(default_factory=dict)
    first: Mapping[str, float] = field(default_factory=dict)
    own: float = OWN
    measured: int = 0

    def start(self, host: Host) -> float:
        """Seconds that a process of ``host`` takes to start."""
        return self.starts[host] if host in self.starts else start_seconds(host)


@dataclass(frozen=True)
class Prediction:
    """The simulated run.

    Attributes
    ----------
    workers
        Cells that are computed at the same time.
    seconds
        Wall-clock time.
    limit
        What the run cannot be shorter than, in words: the largest of the bounds.
    processes
        Name of each framework -> how many processes of it ran.
    """

    workers: int
    seconds: float
    limit: str
    processes: Mapping[str, int]


def costs(cells: Sequence[FitCell], store: Store) -> Costs:
    """The costs of ``cells`` by what ``store`` holds.

    A measured cell takes what it took. Any other takes its first guess times what cells of its contestant,
    else of its model, took for theirs. First cells of a process are left out of that: what they took more is
    ``first``.
    """
    keys = [cell.key for cell in cells]
    seconds, overheads = store.seconds(keys), _overheads(store)
    # What is stored without a time of an engine was no fit: one class, or no feature is left.
    nothing = store.done(keys) - seconds.keys()
    first = frozenset(overheads.first)
    steady = {key: taken for key, taken in seconds.items() if key not in first}
    ratio = _Ratios(cells, steady, seconds)
    takes: dict[str, float] = {}
    excess: dict[str, list[float]] = defaultdict(list)
    for cell in cells:
        expected = ratio.of(cell) * Estimate.guess(cell)
        takes[cell.key] = 0.0 if cell.key in nothing else steady.get(cell.key, expected)
        if cell.key in first and cell.key in seconds:
            excess[cell.timed_as].append(max(0.0, seconds[cell.key] - expected))
    starts = {c.host: overheads.starts[c.host.engine] for c in cells if c.host.engine in overheads.starts}
    return Costs(
        tuple(TimedCell(c.key, c.host, c.timed_as, c.seconds, f"{c.contestant.name} n={c.n}", takes[c.key])
              for c in cells),
        starts,
        {name: sum(values) / len(values) for name, values in excess.items()},
        overheads.own or OWN,
        len(seconds) + len(nothing),
    )  # fmt: skip


def _overheads(store: Store) -> Overheads:
    """Those of the stored runs of ``compare``: the newest of each framework, and the first cells of all."""
    starts: dict[str, float] = {}
    own, first = 0.0, list[str]()
    for spec in store.specs().values():
        if stored := (spec or {}).get("overheads"):
            starts = {**stored["starts"], **starts}
            own = own or stored["own"]
            first += stored["first"]
    return Overheads(starts, own, tuple(first))


class _Ratios:
    """What cells take as a multiple of their first guesses, by contestant, else by model, else 1.

    ``steady`` is without first cells; those of a model that has no other are better than a guess.
    """

    def __init__(
        self, cells: Sequence[FitCell], steady: Mapping[str, float], every: Mapping[str, float]
    ) -> None:
        self._by: list[tuple[Callable[[FitCell], str], dict[str, float]]] = []
        for seconds in (steady, every):
            for name in (lambda c: c.contestant.name, lambda c: c.timed_as):
                self._by.append((name, self._ratios(cells, seconds, name)))

    @staticmethod
    def _ratios(
        cells: Iterable[FitCell], seconds: Mapping[str, float], name: Callable[[FitCell], str]
    ) -> dict[str, float]:
        guessed: dict[str, float] = defaultdict(float)
        taken: dict[str, float] = defaultdict(float)
        for cell in cells:
            if cell.key in seconds:
                guessed[name(cell)] += Estimate.guess(cell)
                taken[name(cell)] += seconds[cell.key]
        return {group: taken[group] / guessed[group] for group in guessed}

    def of(self, cell: FitCell) -> float:
        """Measured seconds / guessed seconds of cells like this one; 1.0 where none was measured."""
        return next((ratios[name(cell)] for name, ratios in self._by if name(cell) in ratios), 1.0)


def predict(costs: Costs, workers: int, cores: int) -> Prediction:
    """Simulate the run with ``workers`` cells at a time on ``cores``, which all processes share equally."""
    simulation = Simulation(costs, workers, cores)
    simulation.run(costs.cells)
    processes = Counter(made.host for made in simulation.made)
    return Prediction(
        workers,
        simulation.now,
        _limit(costs, workers, cores, simulation, processes),
        dict(Counter(made.host.engine for made in simulation.made)),
    )


def _limit(
    costs: Costs, workers: int, cores: int, simulation: Simulation, processes: Mapping[Host, int]
) -> str:
    """The largest of what each part of the run takes at least, in words."""
    busy: dict[Host, float] = defaultdict(float)
    for process in simulation.made:
        busy[process.host] += process.busy
    own = len(costs.cells) * costs.own
    bounds: dict[str, float] = defaultdict(float)
    for cell in costs.cells:
        begun = costs.start(cell.host) + costs.first.get(cell.timed_as, 0.0)
        words = f"the longest cell, {cell.name}" if cell.takes > begun else f"the start of {cell.host.engine}"
        bounds[words] = max(bounds[words], begun + cell.takes)
    bounds["the workers"] = (sum(busy.values()) + own * (cores <= workers)) / min(workers, cores)
    bounds[f"crossframe's own work, {1000 * costs.own:.0f} ms a cell"] = own
    for host, count in processes.items():
        more = "process" if count == 1 else "processes"
        bounds[f"{host.engine} in {count} {more}: one more would not save its start"] = busy[host] / count
    return max(bounds, key=bounds.__getitem__, default="")


class Simulation(Executor[TimedCell]):
    """An executor whose clock jumps from one event to the next; processes take the time of ``costs``.

    Where more of them compute or start than there are ``cores``, all go on at the same share of a core.
    Crossframe's own work after each cell takes a core as well, and nothing is given out meanwhile.

    Attributes
    ----------
    now
        Seconds since the begin.
    made
        Every process that was started.
    """

    def __init__(self, costs: Costs, workers: int, cores: int) -> None:
        memory = Store(Path(":memory:"))
        super().__init__(memory, jobs=workers, process=self._made)
        memory.close()
        self._lanes = min(workers, cores)
        self._costs, self._cores = costs, cores
        self._clock = lambda: self.now
        self.now = self._shared = 0.0
        """``_shared`` is the work of a process that never stops: it grows at the processes' common speed."""
        self._tasks: list[tuple[float, int, _Process | None]] = []
        self._count = 0
        self._ready: deque[_Process | None] = deque()
        self.made: list[_Process] = []

    def _made(self, engine: str, **options: Any) -> _Process:
        made = _Process(self, Host(engine, options.get("threads"), options.get("h2o_url")))
        self.made.append(made)
        return made

    def begin(self, process: _Process | None, seconds: float) -> None:
        """Have a process, or crossframe itself (None), work for ``seconds`` of a core from now on."""
        self._count += 1
        heapq.heappush(self._tasks, (self._shared + seconds, self._count, process))

    def _pass(self, most: float = float("inf")) -> None:
        """Let time pass until a task ends, or for ``most`` seconds."""
        end, _, process = self._tasks[0]
        speed = min(1.0, self._cores / len(self._tasks))
        seconds = (end - self._shared) / speed
        if seconds > most:
            self.now, self._shared = self.now + most, self._shared + most * speed
            return
        heapq.heappop(self._tasks)
        self.now, self._shared = self.now + seconds, end
        self._ready.append(process)

    def _step(self) -> None:
        if not self._ready:
            self._pass(LONG)
        if self._ready:
            ended = self._ready.popleft()
            self._take(next(worker for worker in self._workers if worker.process is ended))

    def _finish(self, cell: TimedCell, record: Record, begun: float, worker: str | None = None) -> None:
        self._done += 1
        self.begin(None, self._costs.own)
        while None not in self._ready:
            self._pass()
        self._ready.remove(None)

    def cost(self, cell: TimedCell, seen: set[str]) -> float:
        """Seconds of a cell in a process that has ``seen`` cells of these models."""
        return cell.takes + (0.0 if cell.timed_as in seen else self._costs.first.get(cell.timed_as, 0.0))

    def start(self, host: Host) -> float:
        """Seconds that a process takes to start."""
        return self._costs.start(host)


class _Process(EngineProcess):
    """A process of a simulation; ``busy`` are the seconds in which it starts or computes."""

    def __init__(self, simulation: Simulation, host: Host) -> None:
        super().__init__(host.engine, threads=host.threads, h2o_url=host.h2o_url, where="simulated")
        self.host = host
        self.busy = 0.0
        self._simulation = simulation
        self._seen: set[str] = set()
        self._answer: Any = None

    @property
    def running(self) -> bool:
        """Whether its start is over, as `EngineProcess.running`."""
        return bool(self.versions)

    def submit_call(self, method: str, *arguments: Any, limit: float = 0.0) -> None:
        """Begin to start, or to compute a cell."""
        if method == "probe":
            seconds, self._answer = self._simulation.start(self.host), Availability(True, {"simulated": "1"})
        else:
            cell: AnyCell = arguments[0]
            seconds, self._answer = self._simulation.cost(arguments[0], self._seen), None
            self._seen.add(cell.timed_as)
        self.busy += seconds
        self._simulation.begin(self, seconds)

    def receive(self) -> Any:
        """The answer, which is there at once."""
        if isinstance(self._answer, Availability):
            self.versions = self._answer.versions
        return self._answer

    def close(self) -> None:
        """Does nothing: a simulated process holds nothing."""
