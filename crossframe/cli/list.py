"""``crossframe list``: what there is to choose from."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any, TypeAlias

from crossframe.core.errors import ExitCode

_Rows: TypeAlias = list[dict[str, Any]]


def add(commands: Any) -> None:
    """Add the parser of ``crossframe list`` to the subparsers."""
    p = commands.add_parser("list", help=", ".join(_LISTINGS))
    p.add_argument("what", choices=tuple(_LISTINGS))
    p.add_argument("model", nargs="?", metavar="MODEL", help="settings of one model: framework.model")
    p.add_argument("--store", metavar="FILE", help="SQLite file with the runs")
    p.add_argument("--json", action="store_true", help="print as JSON")
    p.set_defaults(run=_run)


def _run(a: argparse.Namespace) -> ExitCode:
    title, rows = _LISTINGS[a.what](a)
    if a.json or title == "schemas":
        print(json.dumps({"schema": 1, title: rows}, indent=2))
    else:
        print_table(title, rows)
    return ExitCode.OK


def _engines(a: argparse.Namespace) -> tuple[str, _Rows]:
    from crossframe.frameworks.registry import available, frameworks

    def row(name: str, title: str) -> dict[str, Any]:
        there = available(name)
        return {
            "engine": name,
            "framework": title,
            "available": there.available,
            "versions": ", ".join(f"{k} {v}" for k, v in there.versions.items()),
            "remedy": there.remedy,
        }

    return "engines", [row(f.name, f.title) for f in frameworks().values()]


def _models(a: argparse.Namespace) -> tuple[str, _Rows]:
    """The contestants of compare, then every other model of every framework with its defaults."""
    from crossframe.experiment.contestants import ALIASES, CONTESTANTS
    from crossframe.experiment.spec import parse
    from crossframe.frameworks.registry import models

    also = {target: alias for alias, target in ALIASES.items()}
    others = (parse(name) for name in models() if name not in CONTESTANTS)
    return "contestants", [
        {
            "name": c.name,
            "also": also.get(c.name, ""),
            "model": c.model,
            "family": c.family,
            "origin": c.origin,
            "what it is": c.description,
        }
        for c in (*CONTESTANTS.values(), *others)
    ]


def _settings(a: argparse.Namespace) -> tuple[str, _Rows]:
    from crossframe.frameworks.registry import model, models
    from crossframe.settings.vocabulary import VOCABULARY

    return "settings", [
        {
            "model": m.name,
            "setting": b.setting,
            "framework's name": b.param,
            "takes": b.kind.describe,
            "active if": f"never: {b.never}" if b.never else " and ".join(map(str, b.active_if)) or "always",
            "definition": VOCABULARY[b.setting].definition,
            "formula": VOCABULARY[b.setting].formula,
        }
        for m in ([model(a.model)] if a.model else models().values())
        for b in m.bindings
    ]


def _designs(a: argparse.Namespace) -> tuple[str, _Rows]:
    from crossframe.data import DESIGNS

    return "designs", [{"design": d.name, "what it is": d.describe} for d in DESIGNS.values()]


def _presets(a: argparse.Namespace) -> tuple[str, _Rows]:
    from crossframe.experiment.presets import PRESETS

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


def _studies(a: argparse.Namespace) -> tuple[str, _Rows]:
    from crossframe.studies.catalogue import STUDIES

    return "studies", [{"name": k, "title": e.title, "question": e.question} for k, e in STUDIES.items()]


def _runs(a: argparse.Namespace) -> tuple[str, _Rows]:
    from crossframe.experiment.store import opened

    with opened(a.store or None) as store:
        return "runs", store.runs()


def _schemas(a: argparse.Namespace) -> tuple[str, Any]:
    import crossframe.compare.export  # noqa: F401  registers its record
    from crossframe.report.export import schemas

    return "schemas", schemas()


_LISTINGS: dict[str, Callable[[argparse.Namespace], tuple[str, Any]]] = {
    "engines": _engines,
    "models": _models,
    "settings": _settings,
    "designs": _designs,
    "presets": _presets,
    "studies": _studies,
    "runs": _runs,
    "schemas": _schemas,
}


def print_table(title: str, rows: _Rows) -> None:
    """Print rows of one shape; columns in which no row has a value are left out."""
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
    names = [name for name in rows[0] if any(row[name] not in ("", None) for row in rows)]
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in names))
    console.print(table)


def _cell(value: Any) -> str:
    from rich.markup import escape

    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escape(str(value))
