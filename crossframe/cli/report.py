"""``crossframe report``: renders again what any command stored."""

from __future__ import annotations

import argparse
import json
import sys
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
        "a folder. Nothing is computed.",
    )
    p.add_argument(
        "name",
        nargs="?",
        default="latest",
        metavar="NAME",
        help="name or id of a run or result, or latest (default); see crossframe list runs",
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
