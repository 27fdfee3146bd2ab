"""``crossframe explain`` on scripts and tables of coefficients."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossframe.cli import output
from crossframe.cli.explain_options import refuse_useless
from crossframe.cli.list import print_table
from crossframe.core.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from crossframe.explain.fitted.brought import Runner
    from crossframe.explain.fitted.result import FittedExplanation
    from crossframe.explain.scripts.record import Started


def add(p: Any) -> None:
    """Add the options for scripts to the parser of ``explain``."""
    group = p.add_argument_group(
        "scripts",
        "LEFT and RIGHT may be scripts, left.py right.R: they are RUN, with your rights, each in a process "
        "of its own, in a temporary folder with the files beside it and --data; the last fit of each is "
        "compared, or left.py::NAME. A table of coefficients (.csv, .txt) takes --data and --target.",
    )
    group.add_argument("--list", action="store_true", dest="listed", help="show the fits of the scripts")
    group.add_argument(
        "--time-limit", type=float, metavar="SECONDS", help="for one run of a script (default 600)"
    )


def brought(a: argparse.Namespace) -> bool:
    """Whether a side is a script or a table of coefficients."""
    from crossframe.explain.scripts.given import is_script, is_table

    return any(is_script(side) or is_table(side) for side in (a.left, a.right))


def run(a: argparse.Namespace) -> ExitCode:
    """Run the scripts, and print what differs."""
    from crossframe.explain.scripts.given import file, is_script, is_table
    from crossframe.explain.scripts.record import Started

    tables = any(map(is_table, (a.left, a.right)))
    refuse_useless(a, "list" if a.listed else "table" if tables else "script")
    if a.time_limit is not None and not a.time_limit > 0:
        raise UsageError(f"--time-limit {a.time_limit:g}: not a number of seconds", "more than 0")
    if a.right is None and not a.listed:
        raise UsageError("RIGHT is required beside LEFT", "another script, or a model as in sklearn.logistic")
    data = Path(a.data) if a.data else None
    with Started(file(a.left), data=data) if is_script(a.left) else contextlib.nullcontext() as started:
        return _beside(a, data, started)


def _beside(a: argparse.Namespace, data: Path | None, started: Started | None) -> ExitCode:
    """What is asked of a script that runs already: the modules that it takes are imported beside it."""
    from crossframe.explain.fitted.brought import Runner
    from crossframe.explain.scripts.given import is_table

    runner = Runner(data, a.time_limit, _pass_on, started)
    if a.listed:
        return _list(a, runner)
    if is_table(a.left) or is_table(a.right):
        from crossframe.cli.explain_table import run as of_table

        return of_table(a, runner)
    return _explain(a, runner)


def _pass_on(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)


def _list(a: argparse.Namespace, runner: Runner) -> ExitCode:
    rows: list[dict[str, Any]] = []
    for side in filter(None, (a.left, a.right)):
        for number, fit in enumerate(runner.fits(side), 1):
            rows.append({
                "script": Path(side.partition("::")[0]).name, "fit": number, "name": fit.variable,
                "line": fit.line, "call": fit.title, "rows": len(fit.y), "features": len(fit.columns),
            })  # fmt: skip
    if a.json:
        print(json.dumps({"schema": 1, "fits": rows}))
    else:
        print_table("fits", rows)
    return ExitCode.OK


def _explain(a: argparse.Namespace, runner: Runner) -> ExitCode:
    from crossframe.explain.fitted.api import explain_texts
    from crossframe.report.export import plain

    made: FittedExplanation = explain_texts(
        a.left, a.right, runner, store=a.store, threads=a.threads or 1, on_progress=_progress
    )
    page = made.document()
    output.emit(a, page, plain(made.to_dict()))
    if a.report:
        record = json.dumps(plain(made.to_dict()), allow_nan=False) + "\n"
        print(f"report: {page.write(Path(a.report), {'result.json': record})}", file=sys.stderr)
    if a.fail_over is not None:
        digits, alike = plain(made.to_dict())["digits"], made.ladder.alike
        agree = digits is not None and digits >= a.fail_over and (math.isnan(alike) or alike == 1)
        return ExitCode.OK if agree else ExitCode.DIFFERS
    return made.verdict.exit_code


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
