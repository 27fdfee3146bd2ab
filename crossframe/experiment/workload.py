"""How long cells will take: by a first guess of each, and by what was measured as cells ended."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.experiment.cells import AnyCell, Host
from crossframe.experiment.plan import Experiment, FitCell
from crossframe.frameworks.registry import frameworks

_STARTS_SAVED = 2.0
"""Starts of its runtime that one more process has to save, because it starts on a core that others need."""

MOST_CELLS = 1_000_000
"""Cells of one run, whose keys and results are in memory at the same time."""

LONGEST = 30 * 86_400.0
"""Seconds by estimate above which a run is taken for a slip of the keyboard."""

_OVERHEAD = 0.002
"""Seconds to prepare, score and store the smallest fit."""


@dataclass
class Estimate:
    """Seconds per cell: its own guess, times what cells of the same ``timed_as`` took for theirs."""

    guessed: dict[str, float] = field(default_factory=dict)
    measured: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, cells: Iterable[AnyCell], seconds: Mapping[str, float]) -> Estimate:
        """The estimate that has learned from those of ``cells`` whose key is in ``seconds``."""
        estimate = cls()
        for cell in cells:
            if cell.key in seconds:
                estimate.learn(cell, seconds[cell.key])
        return estimate

    def learn(self, cell: AnyCell, seconds: float) -> None:
        """Take one measured time into account."""
        name = cell.timed_as
        # In this order, because `factor` is asked from another thread.
        self.measured[name] = self.measured.get(name, 0.0) + seconds
        self.guessed[name] = self.guessed.get(name, 0.0) + self.guess(cell)

    @staticmethod
    def guess(cell: AnyCell) -> float:
        """Seconds of a cell before anything was measured."""
        return cell.seconds + _OVERHEAD

    def knows(self, name: str) -> bool:
        """Whether a cell of this ``timed_as`` was measured."""
        return name in self.measured

    def factor(self, name: str) -> float:
        """What cells of this ``timed_as`` took, as a multiple of their guesses; 1 before one has ended."""
        guessed = self.guessed.get(name, 0.0)
        return self.measured[name] / guessed if guessed else 1.0

    def plan(self, cells: Iterable[AnyCell], jobs: int, times: int = 1) -> Forecast:
        """The forecast of a run of ``cells``, each ``times`` times, starting the engines included."""
        work: dict[Host, float] = {}
        longest = 0.0
        for cell in cells:
            seconds = self.guess(cell) * self.factor(cell.timed_as)
            longest = max(longest, seconds)
            work[cell.host] = work.get(cell.host, 0.0) + seconds * times
        for host in work:
            work[host] += start_seconds(host) if host.engine in frameworks() else 0.0
        most = max(work, key=work.__getitem__, default=None)
        if most is None:
            return Forecast(longest)
        share = work[most] / sum(work.values())
        return Forecast(max(longest, wall(work, jobs)), most.engine, share, processes(work, most, jobs))


@dataclass(frozen=True)
class Overheads:
    """What a run took besides its cells.

    Attributes
    ----------
    starts
        Name of each framework that was started -> seconds until its runtime answered, the latest.
    own
        Seconds of processor time of crossframe itself per cell: rows are sent, answers scored and stored.
    first
        Keys of the cells that were the first of their model in a process, which take longer than others.
    """

    starts: Mapping[str, float] = field(default_factory=dict)
    own: float = 0.0
    first: tuple[str, ...] = ()

    def since(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """As plain values, with what an earlier part of the same run measured, ``before``."""
        return {
            "starts": {**before.get("starts", {}), **self.starts},
            "own": self.own,
            "first": [*before.get("first", ()), *self.first],
        }


@dataclass(frozen=True)
class Forecast:
    """What is expected of a run.

    Attributes
    ----------
    seconds
        Wall-clock time.
    engine, share
        The framework with the most work, and its part of the time of all, in (0, 1]; empty without cells.
    processes
        How many processes of it will run side by side.
    """

    seconds: float
    engine: str = ""
    share: float = 0.0
    processes: int = 0


def start_seconds(host: Host) -> float:
    """A first guess of the seconds that the process of ``host`` takes to start."""
    known = frameworks()
    return known[host.engine].start_seconds if host.engine in known else 1.0


def side_by_side(jobs: int) -> int:
    """How many of ``jobs`` processes the cores of this machine carry at the same time."""
    return max(1, min(jobs, os.cpu_count() or 1))


def worth_another(work: Mapping[Host, float], host: Host, count: int, lanes: int) -> bool:
    """Whether one process of ``host`` more than ``count`` ends a run sooner.

    With W of the S seconds of ``work``, the cells of the host take W / ``count``, and all cells
    max(S / ``lanes``, W / ``count``) where ``lanes`` run side by side. What one more saves has to be
    twice its start. Processes that would share a cluster that runs already gain nothing.
    """
    known = frameworks()
    if count >= lanes or (host.engine in known and known[host.engine].address() is not None):
        return False
    least, mine = sum(work.values()) / lanes, work.get(host, 0.0)
    saved = max(least, mine / count) - max(least, mine / (count + 1))
    return saved > _STARTS_SAVED * start_seconds(host)


def processes(work: Mapping[Host, float], host: Host, jobs: int) -> int:
    """How many processes of ``host`` are worth their start for seconds of ``work`` by host."""
    count, lanes = 1, side_by_side(jobs)
    while worth_another(work, host, count, lanes):
        count += 1
    return count


def wall(work: Mapping[Host, float], jobs: int) -> float:
    """Wall-clock seconds for seconds of ``work`` by host, in at most ``jobs`` processes at the same time."""
    longest = max((seconds / processes(work, host, jobs) for host, seconds in work.items()), default=0.0)
    return max(sum(work.values()) / side_by_side(jobs), longest)


def check(experiment: Experiment, jobs: int, option: str = "--draws") -> float:
    """The estimate in seconds; `UsageError` for more fits than a run can hold or finish."""
    e = experiment
    count = len(e.contestants) * len(e.sizes) * e.draws
    one_draw = [FitCell(c, n, 0, "", e) for c in e.contestants for n in e.sizes]
    # A number of 400 digits is no float.
    seconds = Estimate().plan(one_draw, jobs, min(e.draws, 10**15)).seconds
    if count <= MOST_CELLS and seconds <= LONGEST:
        return seconds
    draws = str(e.draws) if e.draws < 10**15 else "of more than 10^15"
    fits = f"{count:,}" if count < 10**15 else "more than 10^15"
    years = seconds / (365.25 * 86_400)
    long = f"{years:,.0f} years" if years >= 2 else f"{seconds / 86_400:,.1f} days"
    raise UsageError(
        f"{option} {draws}: {fits} fits, which take {'more than' if e.draws > 10**15 else 'about'} {long}",
        f"one run takes at most {MOST_CELLS:,} fits and {LONGEST / 86_400:.0f} days: use fewer draws, sizes "
        "or contestants",
    )
