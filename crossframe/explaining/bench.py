"""Fits of contestants on the draws of one explanation, each made once and kept in the store."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from crossframe.comparison.plan import Cell, Experiment
from crossframe.comparison.record import Record
from crossframe.comparison.run import Run
from crossframe.comparison.store import Store
from crossframe.models.contestants import Contestant


class Bench:
    """Fits on the draws of an experiment with one size; its contestants are not looked at."""

    def __init__(self, experiment: Experiment, store: Store, *, jobs: int | None = None) -> None:
        self._experiment = experiment
        self._store = store
        self._jobs = jobs or os.cpu_count() or 1
        self._keys: dict[str, list[str]] = {}
        self.fits = 0
        """Fits made here; those that were stored already do not count."""

    @property
    def experiment(self) -> Experiment:
        """Data, design, size, draws and seed."""
        return self._experiment

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
            Run(experiment, self._store, jobs=self._jobs).execute(todo, {})
            self.fits += len(todo)

    def records(self, contestant: Contestant) -> list[Record]:
        """One record for each draw, in order; made if they are not there."""
        self.prepare([contestant])
        keys = self._keys[contestant.name]
        found = self._store.get(keys)
        return [found[key] for key in keys]
