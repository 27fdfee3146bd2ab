"""Fits of contestants on the draws of one explanation, each made once and kept in the store."""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from crossframe.comparison.plan import Cell, Experiment
from crossframe.comparison.record import Record
from crossframe.comparison.run import Run
from crossframe.comparison.store import Store
from crossframe.engines.host import EngineProcess
from crossframe.engines.pool import Pool
from crossframe.models.contestants import Contestant

EVERY = 20.0
"""Seconds between two lines of progress."""


_OTHER_DRAWS = 1_000_003
"""Added to the seed; far from what a user adds to have other draws."""


class Bench:
    """Fits on the draws of an experiment with one size; its contestants are not looked at.

    Without a ``pool`` every `prepare` starts its engines and ends them. ``say`` is told of long ones.
    """

    def __init__(
        self,
        experiment: Experiment,
        store: Store,
        *,
        jobs: int | None = None,
        pool: Pool | None = None,
        say: Callable[[str], None] = lambda words: None,
    ) -> None:
        self._experiment = experiment
        self._process = pool.process if pool else EngineProcess
        self._store = store
        self._say = say
        self._jobs = jobs or os.cpu_count() or 1
        self._keys: dict[str, list[str]] = {}
        self.fits = 0
        """Fits made here; those that were stored already do not count."""
        self.seconds = 0.0
        """Wall time of these, starting the engines included."""

    @property
    def experiment(self) -> Experiment:
        """Data, design, size, draws and seed."""
        return self._experiment

    def first(self, draws: int) -> Bench:
        """Another bench on the first draws of this one, from the same store and engines."""
        other = copy.copy(self)
        other._experiment = replace(self._experiment, draws=draws)
        other._keys, other.fits, other.seconds = {}, 0, 0.0
        return other

    def fresh(self) -> Bench:
        """Another bench on as many draws that share nothing with these but the pool."""
        other = self.first(self._experiment.draws)
        other._experiment = replace(self._experiment, seed=self._experiment.seed + _OTHER_DRAWS)
        return other

    def prepare(self, contestants: Sequence[Contestant]) -> None:
        """Make the fits that are not stored, all engines side by side."""
        new = {c.name: c for c in contestants if c.name not in self._keys}
        if not new:
            return
        experiment = replace(self._experiment, contestants=tuple(new.values()))
        cells: list[Cell] = list(experiment.cells())
        for name in new:
            self._keys[name] = [cell.key for cell in cells if cell.contestant.name == name]
        done = self._store.done(cell.key for cell in cells)
        todo = [cell for cell in cells if cell.key not in done]
        if todo:
            told = _Told(len(todo), self._say)
            run = Run(experiment, self._store, jobs=self._jobs, on_cell=told, process=self._process)
            self.seconds += run.execute(todo, {}).wall_seconds
            self.fits += len(todo)

    def records(self, contestant: Contestant) -> list[Record]:
        """One record for each draw, in order; made if they are not there."""
        self.prepare([contestant])
        keys = self._keys[contestant.name]
        found = self._store.get(keys)
        return [found[key] for key in keys]


class _Told:
    """A line now and then while many fits are made; few fits are made in silence."""

    def __init__(self, todo: int, say: Callable[[str], None]) -> None:
        self._todo, self._say = todo, say
        self._done, self._last = 0, time.monotonic()

    def __call__(self, cell: Cell, record: Record, left: float) -> None:
        self._done += 1
        if time.monotonic() - self._last >= EVERY:
            self._last = time.monotonic()
            self._say(f"[{self._done}/{self._todo}] fits, about {max(left, 0) / 60:.0f} min left")
