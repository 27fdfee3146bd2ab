"""Escape sequences in the names of files, columns, classes and runs are shown, not carried out."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import Done, environment
from tests.tables import table

FILE = "my\x1b[2Jfile.csv"
COLUMN = "b\x1b]0;title\x07"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@pytest.fixture
def hostile(home: Path) -> Path:
    data = table(colour=["red\x1b[5m", "green", "blue"] * 20)
    data[COLUMN] = data.pop(data.columns[0])
    data.to_csv(FILE, index=False)
    data.loc[3, COLUMN] = float("nan")
    data.to_csv("missing\x9b31m.csv", index=False)
    return home


@pytest.mark.xdist_group("sklearn")
@pytest.mark.parametrize(
    ("words", "code", "shown"),
    [
        (("compare", "--data", FILE, "--target", "y", "--contestants", "sklearn.logistic", "--draws", "1",
          "--n", "40", "--no-report"), 0, r"my\x1b[2Jfile"),
        (("compare", "--data", FILE, "--target", "no"), 2, r"\x1b]0;title\x07"),
        (("compare", "--data", "missing\x9b31m.csv", "--target", "y"), 2, r"missing\x9b31m.csv"),
        (("compare", "--data", "none\x1b[1m.csv", "--target", "y"), 2, r"none\x1b[1m.csv"),
        (("compare", "--config", "\x1b[1m.toml"), 2, r"\x1b[1m.toml"),
        (("compare", "--\x1b[1mno"), 2, r"\x1b[1mno"),
        (("audit", "sklearn.\x1b[1m"), 2, r"\x1b[1m"),
        pytest.param(
            ("explain", "sklearn.logistic", "sklearn.logistic:C=10", "--data", FILE, "--target", "y"), 0,
            r"my\x1b[2Jfile", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_names_are_escaped(
    words: tuple[str, ...], code: int, shown: str, hostile: Path, command: Callable[..., Done]
) -> None:
    done = command(*words, code=code)
    assert not RAW.search(done.stdout + done.stderr)
    assert shown in done.stdout + done.stderr
    if words[0] == "compare" and code == 0:
        listed = command("list", "runs").stdout
        assert not RAW.search(listed)
        assert shown in listed


@pytest.mark.slow
def test_names_are_escaped_beside_a_progress_bar(hostile: Path) -> None:
    words = ("compare", "--data", FILE, "--target", "y", "--contestants", "sklearn.logistic", "--draws", "3")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "crossframe", *words, "--no-report"]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment(hostile)) as process:
        os.close(theirs)
        printed = b""
        try:
            while piece := os.read(ours, 4096):
                printed += piece
        except OSError:  # Linux ends a terminal without a writer in this way
            pass
        os.close(ours)
    assert process.returncode == 0, printed
    assert rb"my\x1b[2Jfile.csv" in printed
    for sequence in (b"\x1b[2J", b"\x1b]0;", b"\x07", b"\x1b[5m"):
        assert sequence not in printed
