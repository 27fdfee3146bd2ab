"""``crossframe explain`` on a table of coefficients."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from crossframe.cli import output
from crossframe.core.errors import ExitCode

if TYPE_CHECKING:
    from crossframe.explain.fitted.brought import Runner


def run(a: argparse.Namespace, runner: Runner) -> ExitCode:
    """Print what the table is the optimum of, and why the other side differs."""
    from crossframe.explain.coefficients.against_table import explain_texts
    from crossframe.report.export import plain

    made = explain_texts(
        a.left, a.right, runner, data=a.data, target=a.target, positive=a.positive, store=a.store,
        on_progress=lambda line: print(line, file=sys.stderr, flush=True),
    )  # fmt: skip
    page, record = made.document(), plain(made.to_dict())
    output.emit(a, page, record)
    if a.report:
        text = json.dumps(record, allow_nan=False) + "\n"
        print(f"report: {page.write(Path(a.report), {'result.json': text})}", file=sys.stderr)
    return made.verdict.exit_code
