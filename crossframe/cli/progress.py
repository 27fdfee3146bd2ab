"""The plan and the progress of a comparison, on stderr."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any, TextIO

from crossframe.core.terminal import console
from crossframe.core.text import duration
from crossframe.experiment.contestants import RENAMED
from crossframe.experiment.metrics import metric_of

if TYPE_CHECKING:
    from crossframe.compare.api import Plan
    from crossframe.data import Dataset
    from crossframe.experiment.plan import FitCell
    from crossframe.experiment.record import Record
    from crossframe.experiment.workload import Forecast


_WORTH_A_LINE = 30.0
"""Seconds of a run from which on the framework that takes most of them is named."""


class Progress:
    """Prints the plan, then every cell: a bar on a terminal, a line per finished cell elsewhere."""

    def __init__(self, *, quiet: bool, first_line: TextIO) -> None:
        self._quiet = quiet
        self._first_line = first_line
        self._bar: Any = None
        self._task: Any = None
        self._done = 0
        self._total = 0
        self._failed = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def planned(self, plan: Plan) -> None:
        """The data set first; then what will be done and how long it may take."""
        e = plan.experiment
        where = f" ({e.dataset.where})" if e.dataset.where else ""
        print(f"data: {e.dataset.source}{where}", file=self._first_line, flush=True)
        if self._quiet:
            return
        todo = plan.todo
        engines = Counter(c.engine for c in e.contestants)
        _print(f"design: {e.design.name}. {e.design.describe}")
        if _two_numbers(e.dataset):
            _print("note: the target has two values, which are two classes, also where they are numbers")
        for note in e.dataset.notes:
            _print(f"note: {note}")
        by_engine = ", ".join(f"{count} {name}" for name, count in engines.items())
        _print(
            f"plan: {len(e.contestants)} contestants ({by_engine}) x "
            f"{len(e.sizes)} sizes x {e.draws} draws = {len(plan.cells)} cells, {plan.stored} stored, "
            + (f"{plan.others} of other shards, " if plan.others else "")
            + f"{todo} to run"
            + (f", about {duration(plan.forecast.seconds)}" if todo else ": no framework is started")
        )
        if plan.forecast.share < 1 and plan.forecast.seconds >= _WORTH_A_LINE:
            _print(_longest(plan.forecast))
        for n, count in plan.one_class.items():
            _print(f"note: {count} of {e.draws} draws at n={n} hold one class only")
        for name in sorted({c.name.partition(":")[0] for c in e.contestants} & RENAMED.keys()):
            _print(f"note: {name} is the model with its defaults; the contestant is {RENAMED[name]}")
        for name in plan.skipped:
            _print(f"not applicable: {name} needs images")
        for engine, why in plan.missing.items():
            _print(f"missing: {engine}: {why.reason}")
            _print(f"  remedy: {why.remedy}")
        sys.stderr.flush()
        # One run may follow another.
        self._stop()
        self._done, self._total, self._failed = 0, todo, 0
        if todo and sys.stderr.isatty():
            self._start_bar()

    def _start_bar(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=console(stderr=True, no_color="NO_COLOR" in os.environ),
            transient=True,
        )
        self._task = self._bar.add_task("starting engines", total=self._total, left="")
        self._bar.start()

    def cell(self, cell: FitCell, record: Record, seconds_left: float) -> None:
        """Show one finished cell: advance the bar, or print a line with its score and status."""
        self._done += 1
        self._failed += bool(record.fields["failed"])
        if self._quiet:
            return
        what = f"{cell.contestant.name} n={cell.n} draw {cell.draw + 1}"
        if self._bar is not None:
            failures = f", {self._failed} failed" if self._failed else ""
            self._bar.update(
                self._task, advance=1, description=what, left=f"{duration(seconds_left)} left{failures}"
            )
            return
        metric = metric_of(cell.experiment.dataset.classes)
        value = record.fields.get(metric.key)
        scored = "" if value is None else f" {metric.words} {value:.3f},"
        print(
            f"[{self._done}/{self._total}] {what}:{scored} {record.status.value}", file=sys.stderr, flush=True
        )


def _longest(forecast: Forecast) -> str:
    """Which framework bounds the time of the run, and its part of the work."""
    count = "one process" if forecast.processes == 1 else f"{forecast.processes} processes"
    return f"longest: {forecast.engine}, {forecast.share:.0%} of the work in {count}"


def _two_numbers(dataset: Dataset) -> bool:
    """Whether the two classes of a user's table are numbers."""
    if dataset.file is None or len(dataset.classes) != 2:
        return False
    return all(name.lstrip("-").replace(".", "", 1).isdigit() for name in dataset.classes)


def _print(text: str) -> None:
    """A line on stderr; on a terminal, wrapped between words."""
    if sys.stderr.isatty():
        text = textwrap.fill(text, shutil.get_terminal_size().columns, subsequent_indent="  ")
    print(text, file=sys.stderr)
