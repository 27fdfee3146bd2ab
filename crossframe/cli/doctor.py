"""``crossframe doctor``: what is installed, what is wrong with it, and the command that fixes it."""

from __future__ import annotations

import argparse
from typing import Any

from crossframe.cli import h2o_url
from crossframe.core.errors import ExitCode


def add(commands: Any) -> None:
    """Add the parser of ``crossframe doctor`` to the subparsers."""
    p = commands.add_parser("doctor", help="what is installed, what is wrong, and the command that fixes it")
    p.add_argument("--quick", action="store_true", help="do not start the frameworks")
    h2o_url.add(p)
    p.add_argument("--json", action="store_true", help="print as JSON")
    p.set_defaults(run=_run)


def _run(a: argparse.Namespace) -> ExitCode:
    from functools import partial

    from crossframe.cli.checks import diagnose, render
    from crossframe.frameworks.h2o.checks import of_cluster

    given = a.h2o_url is not None
    cluster_checks = {"H2O cluster": partial(of_cluster, a.h2o_url, a.h2o_ca, a.h2o_cert)} if given else {}
    report = diagnose(quick=a.quick, also=cluster_checks)
    print(report.to_json() if a.json else render(report))
    return report.exit_code
