"""The ``crossframe`` command for tests: in this process, or as a child of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from matplotlib import get_cachedir

ROOT = Path(__file__).resolve().parents[1]

INTERRUPTIBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from crossframe.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
"""The command; Ctrl-C interrupts it also where a shell has started the tests in the background."""


@dataclass(frozen=True)
class Done:
    """What a command printed."""

    stdout: str
    stderr: str


def in_process(capsys: pytest.CaptureFixture[str], *words: str, code: int | tuple[int, ...] = 0) -> Done:
    """`crossframe.cli.main.main` on ``words``; its exit code has to be ``code``, or one of them."""
    from crossframe.cli.main import main

    capsys.readouterr()
    try:
        ended = main(words)
    except SystemExit as exit:
        ended = int(exit.code or 0)
    done = Done(*capsys.readouterr())
    assert ended in (code if isinstance(code, tuple) else (code,)), done.stdout + done.stderr
    return done


def environment(home: Path, **extra: str) -> dict[str, str]:
    """The environment of a child whose home is ``home``."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "CROSSFRAME_", "KERAS_"))}
    return (
        kept
        | {"HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "120", "MPLCONFIGDIR": get_cachedir()}
        | extra
    )


def child(home: Path, *words: str, code: int = 0, **extra: str) -> Done:
    """``python -m crossframe`` in a process of its own, for what is about the process itself."""
    done = subprocess.run(
        [sys.executable, "-m", "crossframe", *words],
        capture_output=True, text=True, env=environment(home, **extra), timeout=280,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return Done(done.stdout, done.stderr)


def files(folder: Path) -> list[str]:
    """Every file below ``folder``, by its path in there."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
