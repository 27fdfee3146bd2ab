"""Fits of contestants on the draws of one experiment, each made once and kept in the store."""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from crossframe.experiment.cells import key_of
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.dispatch import executor
from crossframe.experiment.plan import Experiment, FitCell
from crossframe.experiment.record import Record
from crossframe.experiment.store import Store
from crossframe.frameworks.pool import Pool, process_from
from crossframe.frameworks.registry import require

EVERY = 20.0
"""Seconds between two lines of progress."""

_OTHER_DRAWS = 1_000_003
"""Added to the seed; far from what a user adds to have other draws."""


class FitCache:
    """Fits on the draws of an experiment; its own contestants are not looked at.

    Parameters
    ----------
    experiment
        Data, design, sizes, draws and seed.
    store
        Where fits are kept, and looked for first.
    jobs
        Engine processes that compute at the same time; None: one per core.
    pool
        Lends the engines; without one every `prepare` starts its own and ends them.
    on_progress
        Called with a line of text now and then while many fits are made.
    """

    def __init__(
        self,
        experiment: Experiment,
        store: Store,
        *,
        jobs: int | None = None,
        pool: Pool | None = None,
        on_progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._experiment = experiment
        self._process = process_from(pool)
        self._store = store
        self._on_progress = on_progress
        self._jobs = jobs or os.cpu_count() or 1
        self._keys: dict[str, list[str]] = {}
        self._first_run: FitCache | None = None
        """The cache whose fits are made a second time here."""
        self.fits = 0
        """Fits made here; those that were stored already do not count."""
        self.seconds = 0.0
        """Wall time of these, starting the engines included."""

    @property
    def experiment(self) -> Experiment:
        """The experiment whose data, design, sizes, draws and seed the fits use."""
        return self._experiment

    def first(self, draws: int) -> FitCache:
        """Another cache on the first draws of this one, from the same store and engines."""
        other = copy.copy(self)
        other._experiment = replace(self._experiment, draws=draws)
        other._keys, other.fits, other.seconds = {}, 0, 0.0
        return other

    def fresh(self) -> FitCache:
        """Another cache on as many draws that share nothing with these but the pool of rows."""
        other = self.first(self._experiment.draws)
        other._experiment = replace(self._experiment, seed=self._experiment.seed + _OTHER_DRAWS)
        return other

    def again(self) -> FitCache:
        """Another cache on the same draws and seeds, whose fits are made a second time; they count here."""
        other = self.first(self._experiment.draws)
        other._first_run = self
        return other

    def prepare(self, contestants: Sequence[Contestant]) -> None:
        """Make the fits that are not stored, all engines side by side.

        Raises `EngineMissing` for an engine that does not start; what the others have fitted is stored.
        Raises `crossframe.experiment.shards.OtherShards` where fits of other shards are missing.
        """
        new = {c.name: c for c in contestants if c.name not in self._keys}
        if not new:
            return
        cells: list[FitCell] = list(replace(self._experiment, contestants=tuple(new.values())).listed())
        if self._first_run is not None:
            cells = [replace(cell, key=key_of([cell.key, "again"])) for cell in cells]
        done = self._store.done(cell.key for cell in cells)
        todo = [cell for cell in cells if cell.key not in done]
        if todo:
            lines = _Lines(len(todo), self._on_progress)
            run = executor(self._store, jobs=self._jobs, on_progress=lines, process=self._process)
            outcome = run.run(todo)
            for engine, why in outcome.missing.items():
                require(engine, why)
            for cache in (self, self._first_run):
                if cache is not None:
                    cache.seconds += outcome.wall_seconds
                    cache.fits += len(todo)
        for name in new:
            self._keys[name] = [cell.key for cell in cells if cell.contestant.name == name]

    def records(self, contestant: Contestant) -> list[Record]:
        """One record for each size and draw, in the order of the experiment's cells; made if not stored."""
        self.prepare([contestant])
        keys = self._keys[contestant.name]
        stored = self._store.get(keys)
        return [stored[key] for key in keys]


class _Lines:
    """Prints a line every `EVERY` seconds while fits are made."""

    def __init__(self, todo: int, on_progress: Callable[[str], None]) -> None:
        self._todo, self._on_progress = todo, on_progress
        self._done, self._last = 0, time.monotonic()

    def __call__(self, cell: FitCell, record: Record, left: float) -> None:
        self._done += 1
        if time.monotonic() - self._last >= EVERY:
            self._last = time.monotonic()
            self._on_progress(f"[{self._done}/{self._todo}] fits, about {max(left, 0) / 60:.0f} min left")
