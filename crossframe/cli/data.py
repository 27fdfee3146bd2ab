"""``crossframe data``: which data sets are here, and a checked download."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from crossframe.cli import paths
from crossframe.cli.list import print_table
from crossframe.core.errors import ExitCode


def add(commands: Any) -> None:
    """Add the parser of ``crossframe data`` to the subparsers."""
    p = commands.add_parser("data", help="list, fetch and verify data sets")
    p.add_argument("action", choices=("list", "fetch", "verify"))
    p.add_argument("name", nargs="?", default="mnist", metavar="NAME", help="mnist (default)")
    p.add_argument(
        "--data-dir",
        type=paths.file,
        metavar="DIR",
        help="where to look first, or where to put a fetched file",
    )
    p.add_argument("--json", action="store_true", help="print as JSON")
    p.set_defaults(run=_run)


def _run(a: argparse.Namespace) -> ExitCode:
    from crossframe.data import available, fetch, verify

    if a.action == "list":
        rows = [asdict(record) for record in available(data_dir=a.data_dir)]
        if a.json:
            print(json.dumps({"schema": 1, "data": rows}, indent=2))
        else:
            print_table("data sets", rows)
        return ExitCode.OK
    fetched = a.action == "fetch"
    text = f"{fetch(a.name, dest=a.data_dir)}: verified" if fetched else verify(a.name, data_dir=a.data_dir)
    print(json.dumps({"schema": 1, a.name: text}) if a.json else text)
    return ExitCode.OK
