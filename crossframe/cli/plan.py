"""``crossframe plan``: how long a comparison will take on more workers, and what limits it."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from typing import Any

from crossframe.cli import compare, paths
from crossframe.core.errors import EngineMissing, ExitCode, UsageError
from crossframe.core.text import duration, whole

_MOST = 10_000


def add(commands: Any) -> None:
    """Add the parser of ``crossframe plan`` to the subparsers."""
    p = commands.add_parser(
        "plan",
        help="how long a comparison takes on 1, 10 or 100 workers, and what limits it",
        description="Predict the wall time of crossframe compare with the same options on some workers, "
        "by a simulation of its own scheduling. Cells, starts and crossframe's own work take the times that "
        "a store holds of earlier runs; first guesses stand in for what it lacks. Nothing is computed.",
        epilog="example: crossframe plan --workers 1,2,4,100 --preset leek-2017",
    )
    compare.add_experiment(p)
    run = p.add_argument_group("running")
    run.add_argument(
        "--workers", default="1,2,4,8", metavar="W,...", help="cells at the same time (default 1,2,4,8)"
    )
    run.add_argument(
        "--cores",
        type=int,
        metavar="C",
        help="cores that the workers share (default: this machine's, or one each for more workers)",
    )
    run.add_argument("--threads", type=int, metavar="T", help="threads per framework, see compare")
    run.add_argument(
        "--store", type=paths.file, metavar="FILE", help="SQLite file with measured cells (default: user's)"
    )
    p.add_argument("--json", action="store_true", help="print as JSON")
    p.set_defaults(run=_run)


def _run(a: argparse.Namespace) -> ExitCode:
    from crossframe.cli.list import print_table
    from crossframe.compare.api import planned
    from crossframe.experiment.simulation import costs, predict
    from crossframe.experiment.store import opened

    counts = _counts(a.workers)
    if a.cores is not None and a.cores < 1:
        raise UsageError(f"--cores {a.cores}: not a count", "use 1 or more")
    with opened(a.store) as store:
        plan = planned(**compare.experiment(a), threads=a.threads, store=store)
        cells = [cell for cell in plan.cells if cell.contestant.engine not in plan.missing]
        made_of = costs(cells, store)
    missing = {engine: f"{why.reason}; {why.remedy}" for engine, why in plan.missing.items()}
    if not cells:
        first = next(iter(plan.missing))
        raise EngineMissing(f"{first}: {plan.missing[first].reason}", plan.missing[first].remedy)
    here = os.cpu_count() or 1
    by_count = {w: predict(made_of, w, a.cores or max(w, here)) for w in dict.fromkeys([1, *counts])}
    rows = [{**asdict(by_count[w]), "speed_up": by_count[1].seconds / by_count[w].seconds} for w in counts]
    if a.json:
        facts = {"cells": len(cells), "measured": made_of.measured, "own_seconds": made_of.own,
                 "starts": {host.engine: seconds for host, seconds in made_of.starts.items()}}  # fmt: skip
        print(json.dumps({"schema": 1, "plan": {**facts, "missing": missing, "workers": rows}}))
        return ExitCode.OK
    print(f"{whole(len(cells))} cells, {whole(made_of.measured)} of them measured; the others by "
          "those of their models, else by first guesses")  # fmt: skip
    for engine, why in missing.items():
        print(f"missing, and left out: {engine}: {why}")
    print_table("workers", [
        {"workers": row["workers"], "wall time": duration(row["seconds"]),
         "speed-up": f"{row['speed_up']:.1f}", "limit": row["limit"]}
        for row in rows
    ])  # fmt: skip
    return ExitCode.OK


def _counts(text: str) -> tuple[int, ...]:
    try:
        counts = tuple(int(word) for word in text.split(","))
        if not all(1 <= count <= _MOST for count in counts):
            raise ValueError
    except ValueError:
        raise UsageError(
            f"--workers {text}: not numbers of workers", f"write --workers 1,2,100; at most {_MOST:,}"
        ) from None
    return counts
