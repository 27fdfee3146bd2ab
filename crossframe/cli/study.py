"""``crossframe study``: its arguments and its output."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from crossframe.cli import cells, output, paths
from crossframe.core.errors import ExitCode, UsageError


def add(commands: Any) -> None:
    """Add the parser of ``crossframe study`` to the subparsers."""
    p = commands.add_parser(
        "study",
        help="whether published claims about small data and gradient training hold",
        description="Put published claims to the test, in every framework that can express them: a verdict "
        "per claim, with effect sizes and intervals. What is stored is not computed again.",
        epilog="example: crossframe study pixels --scale quick --report pixels",
    )
    p.add_argument("names", nargs="*", metavar="NAME", help="studies; see crossframe list studies")
    p.add_argument("--all", action="store_true", help="every study")
    p.add_argument("--scale", default="quick", metavar="SCALE", help="quick (default) or paper")
    p.add_argument(
        "--parts", metavar="P,Q", help="parts of gradient-failures: parity,lines,stocks,curves,flat"
    )
    p.add_argument("--seed", type=int, default=12345, metavar="S", help="of everything random")
    p.add_argument("--data-dir", type=paths.file, metavar="DIR", help="where to look for mnist.npz first")
    p.add_argument("--jobs", type=int, metavar="K", help="processes that compute at the same time")
    cells.add(p)
    p.add_argument("--store", type=paths.file, metavar="FILE", help="SQLite file with what was computed")
    p.add_argument(
        "--report",
        type=paths.folder,
        metavar="DIR",
        help="also write the report, with its figures, to a folder",
    )
    output.add(p)
    p.set_defaults(run=_run)


def _run(a: argparse.Namespace) -> ExitCode:
    from crossframe.claims.claim import Verdict
    from crossframe.report.export import plain
    from crossframe.studies import report
    from crossframe.studies.api import study

    if bool(a.names) == a.all:
        raise UsageError("which study?", "name one or more (crossframe list studies), or give --all")
    results = study(
        *a.names, scale=a.scale, seed=a.seed, data_dir=a.data_dir, workers=a.jobs, store=a.store,
        parts=a.parts.split(",") if a.parts else (),
        on_progress=lambda words: print(words, file=sys.stderr),
    )  # fmt: skip
    record = plain([r.to_dict() for r in results])
    document = report.overview(results, pages=False) if len(results) > 1 else results[0].document()
    output.emit(a, document, record)
    if a.report:
        page = report.write(results, Path(a.report), json.dumps(record, allow_nan=False))
        print(f"report: {page}", file=sys.stderr)
    not_run = any(f.verdict is Verdict.NOT_RUN for r in results for f in r.outcome.findings)
    return ExitCode.CELLS_FAILED if not_run else ExitCode.OK
