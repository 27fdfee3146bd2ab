"""How long cells will take: by a first guess of each, and by what was measured as cells ended."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crossframe.core.errors import UsageError
from crossframe.experiment.cells import AnyCell, Host
from crossframe.experiment.plan import Experiment, FitCell
from crossframe.frameworks.registry import frameworks

WORTH_A_SECOND_PROCESS = 30.0
"""Seconds of work that wait: starting a runtime takes about a third of it."""

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

    def learn(self, cell: AnyCell, seconds: float) -> None:
        """Take one measured time into account."""
        name = cell.timed_as
        self.guessed[name] = self.guessed.get(name, 0.0) + self.guess(cell)
        self.measured[name] = self.measured.get(name, 0.0) + seconds

    @staticmethod
    def guess(cell: AnyCell) -> float:
        """Seconds of a cell before anything was measured."""
        return cell.seconds + _OVERHEAD

    def factor(self, name: str) -> float:
        """What cells of this ``timed_as`` took, as a multiple of their guesses; 1 before one has ended."""
        guessed = self.guessed.get(name, 0.0)
        return self.measured[name] / guessed if guessed else 1.0

    def plan(self, cells: Iterable[AnyCell], jobs: int, times: int = 1) -> float:
        """Wall-clock seconds of a run of ``cells``, each ``times`` times, starting the engines included."""
        work: dict[Host, float] = {}
        longest = 0.0
        for cell in cells:
            seconds = self.guess(cell) * self.factor(cell.timed_as)
            longest = max(longest, seconds)
            work[cell.host] = work.get(cell.host, 0.0) + seconds * times
        known = frameworks()
        for host in work:
            work[host] += known[host.engine].start_seconds if host.engine in known else 0.0
        return max(longest, wall(work, jobs))


def wall(work: Mapping[Host, float], jobs: int) -> float:
    """Wall-clock seconds for seconds of ``work`` by host, in at most ``jobs`` processes at the same time."""
    known = frameworks()
    side_by_side = max(1, min(jobs, os.cpu_count() or 1))

    def alone(host: Host, seconds: float) -> float:
        one = host.engine in known and known[host.engine].one_process
        return seconds if one or seconds < WORTH_A_SECOND_PROCESS else seconds / side_by_side

    longest = max((alone(host, seconds) for host, seconds in work.items()), default=0.0)
    return max(sum(work.values()) / side_by_side, longest)


def check(experiment: Experiment, jobs: int, option: str = "--draws") -> float:
    """The estimate in seconds; `UsageError` for more fits than a run can hold or finish."""
    e = experiment
    count = len(e.contestants) * len(e.sizes) * e.draws
    one_draw = [FitCell(c, n, 0, "", e) for c in e.contestants for n in e.sizes]
    # A number of 400 digits is no float.
    seconds = Estimate().plan(one_draw, jobs, min(e.draws, 10**15))
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
