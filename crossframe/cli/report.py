"""``crossframe report``: renders again what any command stored."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossframe.cli import output, paths
from crossframe.core.errors import ExitCode

if TYPE_CHECKING:
    from crossframe.experiment.store import StoredResult


def add(commands: Any) -> None:
    """Add the parser of ``crossframe report`` to the subparsers."""
    p = commands.add_parser(
        "report",
        help="render a stored result again",
        description="Render what compare, audit, explain or study stored: on the terminal, and its report in "
        "a folder. A comparison and the suspicions of 2017 are rendered from a report's folder too, by the "
        "numbers in it. Nothing is computed.",
    )
    p.add_argument(
        "name",
        nargs="?",
        default="latest",
        metavar="NAME",
        help="name or id of a run or result, or latest (default), see crossframe list runs; or the folder of "
        "a report",
    )
    p.add_argument(
        "--report", type=paths.folder, metavar="DIR", help="folder for the report (default reports/NAME)"
    )
    p.add_argument("--no-report", action="store_true", help="write no report")
    p.add_argument("--store", type=paths.file, metavar="FILE", help="SQLite file with the cells")
    output.add(p)
    p.set_defaults(run=_run)


def _run(a: argparse.Namespace) -> ExitCode:
    from crossframe.cli.compare import show
    from crossframe.compare.again import open_run
    from crossframe.experiment.store import opened

    folder = Path(a.name)
    if any((folder / file).is_file() for file in ("result.json", "verdicts.json")):
        return _from_folder(folder, a)
    with opened(a.store or None) as store:
        row = store.find(a.name)
        stored = None if row["verb"] == "compare" else store.get_result(row["id"])
    if stored is None:
        result = open_run(row["id"], a.store)
        show(result, a, again=True)
        if result.damaged:
            return ExitCode.CELLS_FAILED
    else:
        _show_document(stored, a)
    return ExitCode.OK


def _from_folder(folder: Path, a: argparse.Namespace) -> ExitCode:
    """A report from the numbers in its folder, written there again unless another one is named."""
    from crossframe.audit import verdicts
    from crossframe.compare import again, export, report

    target = Path(a.report or folder)
    if (folder / "verdicts.json").is_file():
        checked = verdicts.read(folder / "verdicts.json")
        output.emit(a, checked.document(), checked.to_dict())
        page = None if a.no_report else checked.write(target)
    else:
        result = again.read(folder / "result.json")
        output.emit(a, report.document(result), export.as_dict(result))
        page = None if a.no_report else report.write(result, target)
    if page is not None:
        print(f"report: {page}", file=sys.stderr if output.for_machines(a) else sys.stdout)
    return ExitCode.OK


def _show_document(stored: StoredResult, a: argparse.Namespace) -> None:
    """An audit, explanation or study, from its stored document."""
    import msgspec

    from crossframe.experiment.store import StoreError
    from crossframe.report.document import Document

    try:
        document = Document.from_json(stored.document)
    except msgspec.DecodeError:
        raise StoreError(
            f"the stored report of {stored.name} cannot be read", "run the command that made it again"
        ) from None
    output.emit(a, document, stored.record)
    if not a.no_report:
        record = json.dumps(stored.record, allow_nan=False) + "\n"
        page = document.write(paths.report_folder(a.report, stored.name), {"result.json": record})
        print(f"report: {page}", file=sys.stderr if output.for_machines(a) else sys.stdout)
