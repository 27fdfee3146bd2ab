"""The ``crossframe`` command: parses the arguments, calls the API and turns errors into exit codes."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crossframe.cli import audit, compare, data, doctor, explain, report, study
from crossframe.cli import list as list_
from crossframe.core.errors import CrossframeError, ExitCode, UsageError
from crossframe.core.version import __version__

_EXIT_CODES = "exit codes: " + ", ".join(
    f"{code.value} {code.name.lower().replace('_', ' ')}" for code in ExitCode
)
_COMMANDS = (compare, audit, explain, study, report, list_, data, doctor)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        """Raise argparse's own errors as `UsageError`, so that they are printed like all others."""
        raise UsageError(message, f"see {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="crossframe",
        description="The same model, the same data, several frameworks: who differs, by how much, and why.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("--version", action="version", version=f"crossframe {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add(commands)
    return parser


def _configured(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments, with the values of a config file where no flag was given."""
    parser = _parser()
    a = parser.parse_args(argv)
    if getattr(a, "config", None):
        from crossframe.cli.config import arguments

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
        # The reader of our output (head, less) has ended; nothing more can be written to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OK)
    except Exception:
        traceback.print_exc()
        print("crossframe: this is a defect of crossframe; finished cells are kept", file=sys.stderr)
        return int(ExitCode.INTERNAL)


if __name__ == "__main__":
    sys.exit(main())
