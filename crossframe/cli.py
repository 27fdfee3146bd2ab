"""The ``crossframe`` command: parses arguments, calls the API, prints. No logic."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossframe import __version__, cli_audit, cli_explain, cli_study
from crossframe.errors import CrossframeError, ExitCode, UsageError

if TYPE_CHECKING:
    from crossframe.comparison.result import CompareResult

_EXIT_CODES = "exit codes: " + ", ".join(
    f"{code.value} {code.name.lower().replace('_', ' ')}" for code in ExitCode
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        """Argparse's own errors in the shape of ours."""
        raise UsageError(message, f"see {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="crossframe",
        description="The same model, the same data, several frameworks: who differs, by how much, and why.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("--version", action="version", version=f"crossframe {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_compare(commands)
    cli_audit.add(commands)
    cli_explain.add(commands)
    cli_study.add(commands)
    _add_report(commands)
    _add_list(commands)
    _add_data(commands)
    _add_doctor(commands)
    return parser


def _add_compare(commands: Any) -> None:
    p = commands.add_parser(
        "compare",
        help="run contestants of all frameworks on identical data",
        description="Run contestants of all frameworks on identical draws of one data set, and compare them. "
        "What is stored is not computed again; the same command takes up where it was stopped.",
        epilog="example: crossframe compare --n 10,80 --contestants leekasso,h2o.mlp "
        "--contestant h2o.mlp:standardize=false,classification_stop=-1",
    )
    data = p.add_argument_group("data")
    data.add_argument(
        "--dataset",
        metavar="NAME",
        help="auto (MNIST when a verified copy is here, else digits), mnist, digits",
    )
    data.add_argument(
        "--digits", default="0,1", metavar="A,B", help="the two digits; B is class 1 (default 0,1)"
    )
    data.add_argument("--data-dir", metavar="DIR", help="where to look for mnist.npz first")
    data.add_argument("--data", metavar="FILE", help="your own CSV or Parquet file, with --target")
    data.add_argument("--target", metavar="COLUMN", help="binary target column of --data")
    data.add_argument(
        "--positive", metavar="VALUE", help="target value that is class 1 (default: the second in order)"
    )
    data.add_argument(
        "--missing",
        default="refuse",
        choices=("refuse", "drop", "framework"),
        help="missing values: refuse (default), drop the rows, or each framework's own handling",
    )
    grid = p.add_argument_group("experiment")
    grid.add_argument("--n", metavar="SIZES", help="training rows: 10,80 or 10:80:5")
    grid.add_argument("--draws", type=int, metavar="B", help="training samples per size (default 5)")
    grid.add_argument(
        "--design",
        metavar="NAME",
        help="leek, beam or stratified (default for --data); see crossframe list designs",
    )
    grid.add_argument("--preset", metavar="NAME", help="a published experiment: leek-2017, beam-2017")
    grid.add_argument(
        "--contestants",
        metavar="LIST",
        help="names or families, comma separated (default all); see crossframe list models",
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
    run.add_argument("--h2o-url", metavar="URL", help="an H2O cluster to use in place of an own server")
    run.add_argument("--config", metavar="FILE", help="TOML file with these options; flags win over it")
    out = p.add_argument_group("output")
    out.add_argument("--name", metavar="NAME", help="name of the run (default: dataset and design)")
    out.add_argument("--report", metavar="DIR", help="folder for the report (default reports/NAME)")
    out.add_argument("--no-report", action="store_true", help="write no report")
    out.add_argument(
        "--store", metavar="FILE", help="SQLite file with the cells (default: user's data folder)"
    )
    out.add_argument("--json", action="store_true", help="print the result as JSON, schema 1")
    out.add_argument("--quiet", action="store_true", help="no plan and no progress")
    p.set_defaults(run=_compare)


def _add_report(commands: Any) -> None:
    p = commands.add_parser(
        "report",
        help="render a stored run again",
        description="Render a stored run: its table on the terminal and its report in a folder.",
    )
    p.add_argument(
        "name",
        nargs="?",
        default="latest",
        metavar="RUN",
        help="name or id of a run, or latest (default); see crossframe list runs",
    )
    p.add_argument("--report", metavar="DIR", help="folder for the report (default reports/NAME)")
    p.add_argument("--no-report", action="store_true", help="write no report")
    p.add_argument("--store", metavar="FILE", help="SQLite file with the cells")
    p.add_argument("--json", action="store_true", help="print the result as JSON, schema 1")
    p.set_defaults(run=_report)


def _add_list(commands: Any) -> None:
    p = commands.add_parser("list", help="engines, models, settings, designs, presets, studies, runs")
    p.add_argument("what", choices=("engines", "models", "settings", "designs", "presets", "studies", "runs"))
    p.add_argument("model", nargs="?", metavar="MODEL", help="settings of one model: engine.model")
    p.add_argument("--store", metavar="FILE", help="SQLite file with the runs")
    p.add_argument("--json", action="store_true", help="print as JSON")
    p.set_defaults(run=_list)


def _add_data(commands: Any) -> None:
    p = commands.add_parser("data", help="list, fetch and verify data sets")
    p.add_argument("action", choices=("list", "fetch", "verify"))
    p.add_argument("name", nargs="?", default="mnist", metavar="NAME", help="mnist (default)")
    p.add_argument("--data-dir", metavar="DIR", help="where to look first, or where to put a fetched file")
    p.add_argument("--json", action="store_true", help="print as JSON")
    p.set_defaults(run=_data)


def _add_doctor(commands: Any) -> None:
    p = commands.add_parser("doctor", help="what is installed, what is wrong, and the command that mends it")
    p.add_argument("--quick", action="store_true", help="do not start the frameworks")
    p.add_argument("--json", action="store_true", help="print as JSON")
    p.set_defaults(run=_doctor)


def _compare(a: argparse.Namespace) -> ExitCode:
    from crossframe.comparison.api import compare
    from crossframe.console import Progress
    from crossframe.engines.base import Status

    names = _words(a.contestants)
    if names is None and a.contestant and a.preset is None:
        names = []
    progress = Progress(quiet=a.quiet, first_line=sys.stderr if a.json else sys.stdout)
    with progress:
        result = compare(
            a.n, draws=a.draws, dataset=a.dataset, data=a.data, target=a.target, positive=a.positive,
            digits=_digits(a.digits), missing=a.missing, data_dir=a.data_dir, design=a.design,
            contestants=names, also=a.contestant,
            engines=_words(a.engines), preset=a.preset, jobs=a.jobs, seed=a.seed,
            threads=a.threads, time_limit=a.time_limit, force=a.force, store=a.store, h2o_url=a.h2o_url,
            name=a.name, command=_command_line(a), listener=progress,
        )  # fmt: skip
    _show(result, a, again=False)
    if not len(result.failed):
        return ExitCode.OK
    gone = set(result.failed.loc[result.failed["status"] == Status.ENGINE_MISSING, "contestant"])
    return ExitCode.ENGINE_MISSING if gone & _named(result, a) else ExitCode.CELLS_FAILED


def _named(result: CompareResult, a: argparse.Namespace) -> set[str]:
    """Contestants that were asked for by their own or their engine's name, not as part of a group."""
    words = {*(_words(a.contestants) or ()), *a.contestant, *(_words(a.engines) or ())}
    return {c["name"] for c in result.contestants if {c["name"], c["engine"]} & words}


def _report(a: argparse.Namespace) -> ExitCode:
    from crossframe.comparison.api import open_run

    _show(open_run(a.name, a.store), a, again=True)
    return ExitCode.OK


def _show(result: CompareResult, a: argparse.Namespace, *, again: bool) -> None:
    if a.json:
        print(json.dumps(result.to_dict(), allow_nan=False))
    else:
        from crossframe.report import terminal

        terminal.show(result)
    if not a.no_report:
        folder = Path(a.report or f"reports/{result.run['name']}")
        try:
            page = result.write_report(folder, again=again)
        except OSError as error:
            raise UsageError(
                f"the report cannot be written to {folder}: {error}",
                f"the results are stored: crossframe report {result.run['name']} --report DIR",
            ) from None
        print(f"report: {page}", file=sys.stderr if a.json else sys.stdout)


def _list(a: argparse.Namespace) -> ExitCode:
    from crossframe import console

    console.listing(a.what, a.model, as_json=a.json, store=a.store)
    return ExitCode.OK


def _data(a: argparse.Namespace) -> ExitCode:
    from crossframe import console

    return console.data(a.action, a.name, a.data_dir, as_json=a.json)


def _doctor(a: argparse.Namespace) -> ExitCode:
    from crossframe import doctor

    report = doctor.diagnose(quick=a.quick)
    print(report.to_json() if a.json else doctor.render(report))
    return report.exit_code


def _words(text: str | None) -> list[str] | None:
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]


def _digits(text: str) -> tuple[int, int]:
    try:
        first, second = (int(part) for part in text.split(","))
        if not (0 <= first <= 9 and 0 <= second <= 9) or first == second:
            raise ValueError
    except ValueError:
        raise UsageError(f"--digits {text}: not two different digits", "write --digits 0,1") from None
    return first, second


def _command_line(a: argparse.Namespace) -> str:
    """The command as it was given, but for a password in an address: reports are for publishing."""
    words = [re.sub(r"(://)[^/@]*@", r"\1", word) for word in a.argv]
    return "crossframe " + shlex.join(words)


def _configured(argv: Sequence[str]) -> argparse.Namespace:
    """Arguments with a config file's values where no flag was given: flags beat it, it beats defaults."""
    parser = _parser()
    a = parser.parse_args(argv)
    if getattr(a, "config", None):
        from crossframe.config import arguments

        a = parser.parse_args([argv[0], *arguments(Path(a.config), vars(a)), *argv[1:]])
    a.argv = list(argv)
    return a


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code (see `ExitCode`)."""
    argv = sys.argv[1:] if argv is None else list(argv)
    try:
        a = _configured(argv)
        return int(a.run(a))
    except CrossframeError as error:
        print(f"crossframe: {error}", file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        words = [word for word in argv if word != "--force"]
        print(
            f"\ninterrupted; what was finished is kept. To go on: crossframe {shlex.join(words)}",
            file=sys.stderr,
        )
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; nothing is left to tell it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OK)
    except Exception:
        traceback.print_exc()
        print("crossframe: this is a defect of crossframe; finished cells are kept", file=sys.stderr)
        return int(ExitCode.INTERNAL)


if __name__ == "__main__":
    sys.exit(main())
