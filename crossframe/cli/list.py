"""``crossframe list``: what there is to choose from."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any, TypeAlias

from crossframe.cli import paths
from crossframe.core.errors import ExitCode

_Rows: TypeAlias = list[dict[str, Any]]


def add(commands: Any) -> None:
    """Add the parser of ``crossframe list`` to the subparsers."""
    p = commands.add_parser("list", help=", ".join(_LISTINGS))
    p.add_argument("what", choices=tuple(_LISTINGS))
    p.add_argument("model", nargs="?", metavar="MODEL", help="settings of one model: framework.model")
    p.add_argument("--store", type=paths.file, metavar="FILE", help="SQLite file with the runs")
    p.add_argument("--json", action="store_true", help="print as JSON")
    p.set_defaults(run=_run)


def _run(a: argparse.Namespace) -> ExitCode:
    title, rows = _LISTINGS[a.what](a)
    if a.json or title == "schemas":
        print(json.dumps({"schema": 1, title: rows}, indent=2))
    else:
        print_table(title, [_short(a, row) for row in rows])
    return ExitCode.OK


def _short(a: argparse.Namespace, row: dict[str, Any]) -> dict[str, Any]:
    """A row as it is printed, in few columns: `--json` has all of them."""
    row = dict(row)
    if a.what == "models":
        more = [f"also {row['also']}"] if row["also"] else []
        more += [f"model {row['model']}"] if row["model"] != row["name"] else []
        more += [str(row["origin"])] if row["origin"] else []
        words = "; ".join([str(row["what it is"]), *more])
        return {"name": row["name"], "family": row["family"], "what it is": words}
    if a.what == "settings" and a.model:
        del row["model"]
    if a.what == "runs":
        row["created"] = str(row["created"])[:16].replace("T", " ")
    return row


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


_ANY = "any model"
_MADE = {
    "missing": "the model has not that value itself; then the rows are prepared before it",
    "features.standardize": "the model has no such setting; then it is a step before it",
}


def _settings(a: argparse.Namespace) -> tuple[str, _Rows]:
    from crossframe.experiment.spec import ANY_MODEL
    from crossframe.frameworks.registry import model, models
    from crossframe.settings.vocabulary import VOCABULARY

    def row(name: str, setting: str, param: str, takes: str, active: str) -> dict[str, Any]:
        of = VOCABULARY[setting]
        return {
            "model": name,
            "setting": setting,
            "title": of.title,
            "framework's name": param,
            "takes": takes,
            "active if": active,
            "definition": of.definition,
            "formula": of.formula,
        }

    rows = []
    for m in [model(a.model)] if a.model else models().values():
        rows += [
            row(
                m.name, b.setting, b.param, b.kind.describe,
                f"never: {b.never}" if b.never else " and ".join(map(str, b.active_if)) or "always",
            )
            for b in m.bindings
        ]  # fmt: skip
        carried = {b.setting for b in m.bindings}
        rows += [
            row(m.name, name, "", f"is {value}: no parameter carries it", "always")
            for name, value in m.always.items()
            if name not in carried
        ]
    rows += [
        row(_ANY, name, "", takes or VOCABULARY[name].kind.describe, _MADE.get(name, "always"))
        for name, takes in ANY_MODEL.items()
    ]
    return "settings", rows


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
    from crossframe.report import terminal
    from crossframe.report.table import Cell, Table, text_columns

    if not rows:
        print(f"no {title}")
        return
    table = Table(
        "", text_columns(*rows[0]), [[Cell(_text(value)) for value in row.values()] for row in rows]
    )
    console = terminal.console(piped=240)
    for part in terminal.table(table, console.width):
        console.print(part)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
