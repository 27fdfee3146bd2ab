"""``crossframe explain``: its arguments, and what it prints. No logic."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossframe.errors import ExitCode

if TYPE_CHECKING:
    from crossframe.explaining.explanation import Explanation


def add(commands: Any) -> None:
    """The subcommand's parser."""
    p = commands.add_parser(
        "explain",
        help="why two models give different answers on the same rows",
        description="Say why two models of the linear family (logistic and least-squares regression, plain "
        "or penalised) differ: diagnoses with certificates, the share of the difference that each setting "
        "causes, found by switching it, and the settings that close it.",
        epilog="example: crossframe explain sklearn.logistic r.glm --data mine.csv --target outcome",
    )
    p.add_argument("left", metavar="LEFT", help="engine.model, with overrides as in sklearn.logistic:C=10")
    p.add_argument("right", metavar="RIGHT", help="the other one")
    p.add_argument("--contestants", action="store_true", help="LEFT and RIGHT are contestants of compare")
    data = p.add_argument_group("data")
    data.add_argument("--data", metavar="FILE", help="your own CSV or Parquet file, with --target")
    data.add_argument("--target", metavar="COLUMN", help="binary target column of --data")
    data.add_argument("--positive", metavar="VALUE", help="target value that is class 1")
    data.add_argument(
        "--missing",
        default="refuse",
        choices=("refuse", "drop"),
        help="rows with missing values (default refuse)",
    )
    data.add_argument("--dataset", default="digits", metavar="NAME", help="digits (default), mnist, auto")
    data.add_argument("--n", type=int, metavar="N", help="training rows of --dataset (default 80)")
    data.add_argument("--draw", type=int, default=0, metavar="K", help="another sample of --dataset")
    p.add_argument(
        "--fail-over",
        type=float,
        metavar="DIGITS",
        help="exit code 1 when the two agree in fewer digits than this, whatever the explanation",
    )
    p.add_argument("--store", metavar="FILE", help="SQLite file with the fits (default: user's data folder)")
    form = p.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print as JSON, schema 1")
    form.add_argument("--markdown", action="store_true", help="print as Markdown")
    p.add_argument("--report", metavar="DIR", help="also write the report to a folder")
    p.set_defaults(run=_run)


def _run(a: argparse.Namespace) -> ExitCode:
    from crossframe.explaining.api import explain
    from crossframe.explaining.report import document
    from crossframe.report.export import plain

    found = explain(
        a.left, a.right, data=a.data, target=a.target, positive=a.positive, missing=a.missing,
        dataset=a.dataset, n=a.n, draw=a.draw, contestants=a.contestants, store=a.store,
    )  # fmt: skip
    told = document(found)
    as_json = json.dumps(plain(found.to_dict()), allow_nan=False)
    if a.json:
        print(as_json)
    elif a.markdown:
        print(told.markdown(), end="")
    else:
        told.show()
    if a.report:
        page = told.write(Path(a.report), {"result.json": as_json + "\n"})
        print(f"report: {page}", file=sys.stderr)
        _programs(a, found)
    if a.fail_over is not None:
        return ExitCode.DIFFERS if found.to_dict()["digits_before"] < a.fail_over else ExitCode.OK
    return found.verdict.exit_code


def _programs(a: argparse.Namespace, found: Explanation) -> None:
    """Write the recipes beside the report, run them, and tell the digits they reach."""
    if not a.data or not str(a.data).endswith(".csv"):
        return
    from crossframe.explaining import recipes

    positive = a.positive or str(found.data["classes"][1])
    for ran in recipes.write(found, Path(a.report), Path(a.data), a.target, positive):
        names = " and ".join(ran.programs)
        said = (
            f"not written: {ran.why_not}"
            if ran.digits is None
            else f"run; they agree in {ran.digits:.1f} digits"
        )
        print(f"{names}: {said}", file=sys.stderr)
