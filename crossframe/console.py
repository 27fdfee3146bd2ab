"""What the command writes besides results: plan and progress on stderr, and the listings."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from crossframe.errors import ExitCode

if TYPE_CHECKING:
    from crossframe.comparison.api import Plan
    from crossframe.comparison.plan import Cell
    from crossframe.comparison.record import Record


class Progress:
    """Tells the plan, then every cell: a bar on a terminal, a line per finished cell elsewhere."""

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
        if self._bar is not None:
            self._bar.stop()

    def planned(self, plan: Plan) -> None:
        """The data set first; then what will be done and how long it may take."""
        e = plan.experiment
        found = f" ({e.dataset.where})" if e.dataset.where else ""
        print(f"data: {e.dataset.source}{found}", file=self._first_line, flush=True)
        if self._quiet:
            return
        todo = len(plan.cells) - plan.stored
        engines = Counter(c.engine for c in e.contestants)
        _tell(f"design: {e.design.name}. {e.design.describe}")
        for note in e.dataset.notes:
            _tell(f"note: {note}")
        by_engine = ", ".join(f"{count} {name}" for name, count in engines.items())
        _tell(
            f"plan: {len(e.contestants)} contestants ({by_engine}) x "
            f"{len(e.sizes)} sizes x {e.draws} draws = {len(plan.cells)} cells, {plan.stored} stored, "
            f"{todo} to run" + (f", about {_duration(plan.seconds)}" if todo else "")
        )
        for n, count in plan.one_class.items():
            _tell(f"note: {count} of {e.draws} draws at n={n} hold one class only")
        for name in plan.skipped:
            _tell(f"not applicable: {name} needs images")
        for engine, why in plan.missing.items():
            _tell(f"missing: {engine}: {why.reason}")
            _tell(f"  mend: {why.mend}")
        sys.stderr.flush()
        # One run may follow another.
        self._done, self._total, self._failed = 0, todo, 0
        if todo and sys.stderr.isatty():
            self._start_bar()

    def _start_bar(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("{task.description}", table_column=None),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=Console(stderr=True, no_color="NO_COLOR" in os.environ),
            transient=True,
        )
        self._task = self._bar.add_task("starting engines", total=self._total, left="")
        self._bar.start()

    def cell(self, cell: Cell, record: Record, seconds_left: float) -> None:
        """One finished cell."""
        self._done += 1
        self._failed += bool(record.fields["failed"])
        if self._quiet:
            return
        what = f"{cell.contestant.name} n={cell.n} draw {cell.draw + 1}"
        if self._bar is not None:
            failures = f", {self._failed} failed" if self._failed else ""
            self._bar.update(
                self._task, advance=1, description=what, left=f"{_duration(seconds_left)} left{failures}"
            )
            return
        accuracy = record.fields.get("accuracy")
        scored = "" if accuracy is None else f" accuracy {accuracy:.3f},"
        print(
            f"[{self._done}/{self._total}] {what}:{scored} {record.status.value}", file=sys.stderr, flush=True
        )


def _tell(text: str) -> None:
    """A line on stderr; on a terminal, wrapped between words."""
    if sys.stderr.isatty():
        text = textwrap.fill(text, shutil.get_terminal_size().columns, subsequent_indent="  ")
    print(text, file=sys.stderr)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"


def _rows(what: str, model: str | None, store: str | None) -> tuple[str, list[dict[str, Any]]]:
    """A title and the rows of a listing."""
    from crossframe.comparison.presets import PRESETS
    from crossframe.data import DESIGNS
    from crossframe.engines.registry import BUILT_IN, TITLES
    from crossframe.environment import engine_available, versions
    from crossframe.models.contestants import ALIASES, CONTESTANTS
    from crossframe.settings import BINDINGS, bindings
    from crossframe.settings.vocabulary import VOCABULARY

    if what == "engines":
        rows: list[dict[str, Any]] = []
        for name in BUILT_IN:
            there = engine_available(name)
            found = ", ".join(f"{k} {v}" for k, v in versions(name).items())
            rows.append(
                {
                    "engine": name,
                    "framework": TITLES[name],
                    "available": there.available,
                    "versions": found,
                    "mend": there.mend,
                }
            )
        return "engines", rows
    if what == "models":
        also = {target: alias for alias, target in ALIASES.items()}
        return "contestants", [
            {
                "name": c.name,
                "also": also.get(c.name, ""),
                "model": c.model,
                "family": c.family,
                "origin": c.origin,
                "what it is": c.description,
            }
            for c in CONTESTANTS.values()
        ]
    if what == "studies":
        from crossframe.studies.catalogue import STUDIES

        return "studies", [{"name": k, "title": e.title, "question": e.question} for k, e in STUDIES.items()]
    if what == "settings":
        rows = []
        for name in [model] if model else BINDINGS:
            for b in bindings(name):
                active = f"never: {b.never}" if b.never else " and ".join(map(str, b.active_if)) or "always"
                rows.append(
                    {
                        "model": name,
                        "setting": b.setting,
                        "framework's name": b.param,
                        "takes": b.kind.describe,
                        "active if": active,
                        "definition": VOCABULARY[b.setting].definition,
                        "formula": VOCABULARY[b.setting].formula,
                    }
                )
        return "settings", rows
    if what == "designs":
        return "designs", [{"design": d.name, "what it is": d.describe} for d in DESIGNS.values()]
    if what == "presets":
        return "presets", [
            {
                "preset": p.name,
                "what it is": p.describe,
                "n": p.n,
                "draws": p.draws,
                "contestants": ", ".join(p.contestants),
            }
            for p in PRESETS.values()
        ]
    from crossframe.comparison.store import Store

    kept = Store(Path(store) if store else None)
    try:
        return "runs", kept.runs()
    finally:
        kept.close()


def listing(what: str, model: str | None, *, as_json: bool, store: str | None) -> None:
    """Print engines, models, settings, designs, presets, studies or runs."""
    title, rows = _rows(what, model, store)
    if as_json:
        print(json.dumps({"schema": 1, title: rows}, indent=2))
    else:
        _table(title, rows)


def _table(title: str, rows: list[dict[str, Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    if not rows:
        print(f"no {title}")
        return
    console = Console()
    if not console.is_terminal:
        # Piped: full width, so that no cell is cut.
        console = Console(width=240)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in rows[0]:
        if any(row[name] not in ("", None) for row in rows):
            table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_word(row[column.header]) for column in table.columns))  # type: ignore[index]
    console.print(table)


def _word(value: Any) -> str:
    from rich.markup import escape

    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escape(str(value))


def data(action: str, name: str, folder: str | None, *, as_json: bool) -> ExitCode:
    """List, fetch or verify data sets."""
    from crossframe.data import available, fetch, verify

    if action == "list":
        rows = [asdict(record) for record in available(data_dir=folder)]
        if as_json:
            print(json.dumps({"schema": 1, "data": rows}, indent=2))
        else:
            _table("data sets", rows)
        return ExitCode.OK
    told = f"{fetch(name, dest=folder)}: verified" if action == "fetch" else verify(name, data_dir=folder)
    print(json.dumps({"schema": 1, name: told}) if as_json else told)
    return ExitCode.OK
