"""The ``crossframe`` command: parses the arguments, calls the API and turns errors into exit codes."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import logging
import os
import re
import shlex
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from crossframe.cli import (
    audit,
    cells,
    compare,
    data,
    demo,
    doctor,
    explain,
    h2o_url,
    plan,
    report,
    store,
    study,
)
from crossframe.cli import list as list_
from crossframe.cli.heartbeat import Heartbeat
from crossframe.core.environment import lacking
from crossframe.core.errors import CrossframeError, ExitCode, UsageError, out_of_memory
from crossframe.core.terminal import escaping
from crossframe.core.version import __version__

_EXIT_CODES = "exit codes: " + ", ".join(
    f"{code.value} {code.name.lower().replace('_', ' ')}" for code in ExitCode
)
_COMMANDS = (compare, audit, explain, study, report, list_, store, data, demo, doctor, plan)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        """Raise argparse's own errors as `UsageError`, so that they are printed like all others."""
        raise UsageError(message, f"see {self.prog} --help")


def parsers() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The parser, and those of its commands by name."""
    parser = _Parser(
        prog="crossframe",
        description="The same model, the same data, several frameworks: who differs, by how much, and why.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("--version", action="version", version=f"crossframe {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add(commands)
    return parser, dict(commands.choices)


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments; raises `UsageError` where the command does not take one of them."""
    parser, commands = parsers()
    a, surplus = parser.parse_known_args(argv)
    if surplus:
        command, word = commands[a.command], surplus[0].partition("=")[0]
        options = re.findall(r"--[\w-]+", command.format_help())
        near = difflib.get_close_matches(word, options, n=1, cutoff=0.7)
        raise UsageError(
            f"{a.command} does not take {word}",
            f"did you mean {near[0]}?" if near else f"see {command.prog} --help",
        )
    return a


def _configured(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments, with the values of a config file where no flag was given."""
    for word in argv:
        if word.startswith("--") and word.endswith("=--"):
            # argparse takes -- for the end of the options here too, and gives the option an empty list.
            raise UsageError(f"{word}: -- is no value", "see crossframe --help")
    a = parsed(argv)
    if getattr(a, "config", None):
        from crossframe.cli.config import arguments

        a = parsed([argv[0], *arguments(Path(a.config), vars(a)), *argv[1:]])
    a.argv = list(argv)
    return a


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code (see `ExitCode`)."""
    with escaping():
        return _run(sys.argv[1:] if argv is None else list(argv))


def _run(argv: list[str]) -> int:
    try:
        a = _configured(argv)
        with _notes():
            if getattr(a, "quiet", False):
                return _carried_out(a)
            with Heartbeat(f"crossframe {a.command}: at work"):
                return _carried_out(a)
    except CrossframeError as error:
        print(f"crossframe: {error}", file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        words = shlex.join(word for word in argv if word != "--force")
        print(f"\ninterrupted; what was finished is kept. To go on: crossframe {words}", file=sys.stderr)
        if "--force" in argv:
            print("with the earlier results for the rest; with --force it begins anew", file=sys.stderr)
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output (head, less) has ended; nothing more can be written to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OK)
    except ImportError as error:
        if lack := out_of_memory(error):
            return _no_memory(lack)
        if (error.name or "").partition(".")[0] == "crossframe":
            return _defect()
        what, remedy = lacking(error)
        print(
            f"crossframe: {what}\n  {remedy}   # crossframe doctor names all that is missing", file=sys.stderr
        )
        return int(ExitCode.ENGINE_MISSING)
    except Exception as error:
        if lack := out_of_memory(error):
            return _no_memory(lack)
        return _defect()


def _carried_out(a: argparse.Namespace) -> int:
    if a.command == "doctor":
        # It says in a line of its own what is wrong with the cluster.
        return cells.run(a)
    with h2o_url.connected(a):
        return cells.run(a)


class _Notes(logging.Handler):
    """What the library logs, as lines of the command."""

    def emit(self, record: logging.LogRecord) -> None:
        print(f"crossframe: {record.getMessage()}", file=sys.stderr)


@contextlib.contextmanager
def _notes() -> Iterator[None]:
    handler, log = _Notes(), logging.getLogger("crossframe")
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


def _no_memory(lack: CrossframeError) -> int:
    print(f"crossframe: {lack}", file=sys.stderr)
    return int(lack.exit_code)


def _defect() -> int:
    """Print the traceback of the exception that is handled now; the exit code of a defect."""
    traceback.print_exc()
    print("crossframe: this is a defect of crossframe; finished cells are kept", file=sys.stderr)
    return int(ExitCode.INTERNAL)


if __name__ == "__main__":
    sys.exit(main())
