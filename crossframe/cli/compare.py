"""``crossframe compare``: its arguments and its output."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossframe.cli import belonging, cells, columns, h2o_url, output, paths
from crossframe.core.activity import doing
from crossframe.core.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from crossframe.compare.result import CompareResult


_WORDS = {"known": "a known data set"}
_BELONGS = dict.fromkeys(("dataset", "digits", "data_dir"), ("known",))
"""Options that have no use with --data; those that have one only with it are refused by `compare` itself."""


def add(commands: Any) -> None:
    """Add the parser of ``crossframe compare`` to the subparsers."""
    p = commands.add_parser(
        "compare",
        help="run contestants of all frameworks on identical data",
        description="Run contestants of all frameworks on identical draws of one data set, and compare them. "
        "What is stored is not computed again; the same command takes up where it was stopped.",
        epilog="example: crossframe compare --n 10,80 --contestants leekasso,leek.h2o.mlp "
        "--contestant leek.h2o.mlp:standardize=false,classification_stop=-1",
    )
    add_experiment(p)
    run = p.add_argument_group("running")
    run.add_argument(
        "--jobs", type=int, metavar="J", help="engines that compute at the same time (default: cores)"
    )
    run.add_argument(
        "--threads", type=int, metavar="T", help="threads per framework (default 1; H2O: all cores)"
    )
    run.add_argument(
        "--time-limit", type=float, default=600.0, metavar="T", help="seconds per fit (default 600)"
    )
    run.add_argument("--force", action="store_true", help="compute again what is stored")
    cells.add(run, rounds=False)
    h2o_url.add(run)
    run.add_argument(
        "--config", type=paths.file, metavar="FILE", help="TOML file with these options; flags win over it"
    )
    out = p.add_argument_group("output")
    out.add_argument(
        "--name", type=paths.run_name, metavar="NAME", help="name of the run (default: dataset and design)"
    )
    out.add_argument(
        "--report", type=paths.folder, metavar="DIR", help="folder for the report (default reports/NAME)"
    )
    out.add_argument("--no-report", action="store_true", help="write no report")
    out.add_argument(
        "--store",
        type=paths.file,
        metavar="FILE",
        help="SQLite file with the cells (default: user's data folder)",
    )
    output.add(out)
    out.add_argument("--quiet", action="store_true", help="no plan and no progress")
    p.set_defaults(run=_run)


def add_experiment(p: Any) -> None:
    """Add the options that choose the data and the cells; `experiment` reads them."""
    data = p.add_argument_group("data")
    data.add_argument(
        "--dataset",
        metavar="NAME",
        help="auto (MNIST when a verified copy is here, else digits), mnist, digits",
    )
    data.add_argument("--digits", metavar="A,B", help="the two digits; B is class 1 (default 0,1)")
    data.add_argument("--data-dir", type=paths.file, metavar="DIR", help="where to look for mnist.npz first")
    data.add_argument(
        "--data", type=paths.file, metavar="FILE", help="your own CSV or Parquet file, with --target"
    )
    data.add_argument("--target", metavar="COLUMN", help="column of --data to predict")
    data.add_argument(
        "--positive", metavar="VALUE", help="target value that is class 1 (default: the second in order)"
    )
    data.add_argument(
        "--classes",
        action="store_true",
        help="the numbers in --target are names of classes (default: of more than two, numbers to predict)",
    )
    data.add_argument(
        "--missing",
        default="refuse",
        choices=("refuse", "drop", "framework"),
        help="missing values: refuse (default), drop the rows, or each framework's own handling",
    )
    columns.add(data)
    grid = p.add_argument_group("experiment")
    grid.add_argument("--n", metavar="SIZES", help="training rows: 10,80 or 10:80:5")
    grid.add_argument("--draws", type=int, metavar="B", help="training samples per size (default 5)")
    grid.add_argument(
        "--design",
        metavar="NAME",
        help="leek, beam, stratified (default for --data) or random (default for numbers); see crossframe "
        "list designs",
    )
    grid.add_argument("--preset", metavar="NAME", help="a published experiment: leek-2017, beam-2017")
    grid.add_argument(
        "--contestants",
        metavar="LIST",
        help="names or families, comma separated (default all, for numbers every model that fits them); see "
        "crossframe list models",
    )
    grid.add_argument(
        "--contestant",
        action="append",
        default=[],
        metavar="SPEC",
        help="one with overrides: NAME:SETTING=VALUE,... (may be repeated); alone, only these run; "
        "with --contestants or --preset they join in",
    )
    grid.add_argument("--engines", metavar="LIST", help="only these engines, comma separated")
    grid.add_argument("--seed", type=int, metavar="S", help="seed of draws and models (default 12345)")


def _run(a: argparse.Namespace) -> ExitCode:
    from crossframe.cli.progress import Progress
    from crossframe.compare.api import compare
    from crossframe.experiment.spec import engines_named
    from crossframe.frameworks.contract import Status

    progress = Progress(quiet=a.quiet, first_line=sys.stderr if output.for_machines(a) else sys.stdout)
    with progress:
        result = compare(
            **experiment(a), jobs=a.jobs, threads=a.threads, time_limit=a.time_limit, force=a.force,
            store=a.store, name=a.name, command=_command_line(a), listener=progress,
        )  # fmt: skip
    show(result, a, again=False)
    if not len(result.failed):
        return ExitCode.CELLS_FAILED if len(result.refused) else ExitCode.OK
    gone = set(result.failed.loc[result.failed["status"] == Status.ENGINE_MISSING, "contestant"])
    engines = {c["engine"] for c in result.contestants if c["name"] in gone}
    named = engines_named([*(_listed(a.contestants) or ()), *a.contestant]) | {*(_listed(a.engines) or ())}
    return ExitCode.ENGINE_MISSING if engines & named else ExitCode.CELLS_FAILED


def experiment(a: argparse.Namespace) -> dict[str, Any]:
    """The options of `add_experiment` as arguments of `crossframe.compare`."""
    belonging.refuse_useless(a, "known" if a.data is None else "data", _BELONGS, _WORDS, {})
    names = _listed(a.contestants)
    if names is None and a.contestant and a.preset is None:
        names = []
    return {
        "n": a.n, "draws": a.draws, "dataset": a.dataset, "data": a.data, "target": a.target,
        "positive": a.positive, "classes": a.classes, "digits": _digits(a.digits), "missing": a.missing,
        "data_dir": a.data_dir, "design": a.design, **columns.given(a), "contestants": names,
        "also": a.contestant, "engines": _listed(a.engines), "preset": a.preset, "seed": a.seed,
    }  # fmt: skip


def show(result: CompareResult, a: argparse.Namespace, *, again: bool) -> None:
    """Print a result and write its report, as the options say; ``again``: it was stored before."""
    folder = paths.report_folder(a.report, result.run["name"])
    with doing("comparing the results and writing the report"):
        _show(result, a, folder, again=again)


def _show(result: CompareResult, a: argparse.Namespace, folder: Path, *, again: bool) -> None:
    if a.json:
        print(json.dumps(result.to_dict(), allow_nan=False))
    elif output.for_machines(a):
        output.emit(a, result.document(folder))
    else:
        from crossframe.compare import terminal

        terminal.show(result)
    if not a.no_report:
        page = result.write_report(folder, again=again)
        print(f"report: {page}", file=sys.stderr if output.for_machines(a) else sys.stdout)


def _listed(text: str | None) -> list[str] | None:
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]


def _digits(text: str | None) -> tuple[int, int]:
    if text is None:
        return 0, 1
    try:
        first, second = (int(part) for part in text.split(","))
        if not (0 <= first <= 9 and 0 <= second <= 9) or first == second:
            raise ValueError
    except ValueError:
        raise UsageError(f"--digits {text}: not two different digits", "write --digits 0,1") from None
    return first, second


def _command_line(a: argparse.Namespace) -> str:
    """The command as it was given, without users in addresses, because reports may be published."""
    words = [re.sub(r"(://)[^/@]*@", r"\1", word) for word in a.argv]
    return "crossframe " + shlex.join(words)
