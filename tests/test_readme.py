"""What people copy runs: every command of the README, of the site's pages and of the help."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import runpy
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from crossframe.audit import accepted
from crossframe.cli import main as cli
from crossframe.core.errors import ExitCode
from tests.command import INTERRUPTIBLE, ROOT, Done, child, environment
from tests.tables import table

README = ROOT / "README.md"
PAGES = [page for page in (README, *sorted((ROOT / "docs").glob("*.md"))) if page.exists()]
pytestmark = pytest.mark.skipif(not README.exists(), reason="not run in a checkout")

LIMIT = 60
"""Seconds after which a command of the slow test is interrupted, as with Ctrl-C."""

STORED = "crossframe compare --preset leek-2017 --contestants leekasso.f.lm,sklearn.logistic --n 10 --draws 1"
"""A run for the commands on stored ones; in the README it is a whole preset."""


def blocks(page: Path, language: str) -> Iterator[str]:
    """The blocks of code of one language in a page; those of the site that its build runs are left out."""
    yield from re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def commands() -> list[str]:
    """Every command in a page, in a block or in a sentence, and in the examples of ``--help``."""
    lines = []
    for page in PAGES:
        for block in blocks(page, "sh"):
            lines += [line.partition(" #")[0].strip() for line in block.replace("\\\n", "").splitlines()]
        lines += re.findall(r"`((?:crossframe|make) [^`]+)`", page.read_text(encoding="utf-8"))
    for parser in parsers().values():
        examples = re.findall(r"^examples?: (.*)$", parser.epilog or "", re.M | re.S)
        lines += [" ".join(line.split()) for text in examples for line in text.split(";")]
    # LEFT and RIGHT stand for names.
    lines = [" ".join(line.split()) for line in lines]
    return [line for line in dict.fromkeys(lines) if line and not re.search(r"\b[A-Z]{2,}\b", line)]


def parsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of each subcommand."""
    return cli.parsers()[1]


COMMANDS = [line for line in commands() if line.startswith("crossframe ")]
QUICK = [line for line in COMMANDS if line.startswith("crossframe list ")]


def test_there_are_as_many_as_it_looks() -> None:
    assert len(COMMANDS) >= 50
    known = ("crossframe ", "make ", "git add ", "pip install ")
    assert all(line.startswith(known) for line in commands())


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_is_one(line: str) -> None:
    """Its options are known; what they name is checked as far as nothing has to be started."""
    from crossframe.experiment.presets import PRESETS
    from crossframe.experiment.spec import parse
    from crossframe.explain.scripts.given import is_script, is_table
    from crossframe.studies.catalogue import STUDIES

    words = shlex.split(line)[1:]
    # A pipe or another sign of the shell would not come from a word of the command.
    assert not {"|", ">", "&&"} & set(words)
    a = cli.parsed(words)
    given = vars(a)
    if isinstance(given.get("contestant"), list):
        for text in given["contestant"]:
            parse(text)
    if a.command == "explain":
        for text in filter(None, (a.left, a.right)):
            if not (is_script(text) or is_table(text)):
                parse(text)
    if a.command == "audit":
        for text in a.models:
            parse(text)
    assert given.get("preset") in (None, *PRESETS)
    if a.command == "study":
        assert set(a.names) <= set(STUDIES)


@pytest.mark.parametrize(
    "line", [pytest.param(line, marks=pytest.mark.slow) if "settings" in line else line for line in QUICK]
)
def test_a_listing_runs(line: str, command: Callable[..., Done]) -> None:
    assert command(*shlex.split(line)[1:]).stdout


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").split()) <= 900


def test_the_numbers_of_the_readme_are_those_of_the_reports() -> None:
    text = README.read_text(encoding="utf-8")
    script = runpy.run_path(str(ROOT / "scripts" / "readme.py"))
    assert script["filled"](text) == text, "run scripts/readme.py"
    begin, end = text.index("<!-- begin answer -->"), text.index("<!-- end answer -->")
    assert not re.search(r"\d\.\d %", text[:begin] + text[end:])


def test_make_has_what_is_named() -> None:
    named = {line.split()[1] for line in commands() if line.startswith("make ")}
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert named <= targets


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a table of one's own."""
    home = tmp_path_factory.mktemp("readme")
    data = table(80)
    data["price"] = np.random.default_rng(1).normal(size=80) + data["x"]
    data.rename(columns={"y": "outcome"}).to_csv(home / "mine.csv", index=False)
    return home


@pytest.fixture(scope="module")
def stored(place: Path) -> Path:
    with contextlib.chdir(place):
        child(place, *shlex.split(STORED)[1:], "--no-report", **mnist())
        # The files of the commands that compare with a snapshot.
        child(place, "audit", "--engines", "sklearn", "--save", "defaults.json")
        shutil.copy("defaults.json", "mine.json")
        accepted.write("accepted.json", ())
    return place


def mnist() -> dict[str, str]:
    """Where MNIST is, for a command of its own home."""
    folder = os.environ.get("CROSSFRAME_DATA", "")
    return {"CROSSFRAME_DATA": folder} if folder else {}


@pytest.mark.slow
@pytest.mark.timeout(LIMIT + 240)
@pytest.mark.parametrize("line", [line for line in COMMANDS if line not in QUICK])
def test_a_command_runs(line: str, stored: Path) -> None:
    """It ends well; or it still computes after `LIMIT`, and then says how to go on."""
    if "mnist" in line and "fetch" not in line and not mnist():
        pytest.skip("no copy of MNIST: set CROSSFRAME_DATA")
    words = shlex.split(line)[1:]
    # A command may end before it has printed anything, where it is fully stored.
    begin = time.monotonic()
    output = stored / "output.txt"
    with output.open("w+") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTIBLE, *words],
            cwd=stored, env=environment(stored, **mnist()), stdout=file, stderr=file,
        )  # fmt: skip
        try:
            code = process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            code = process.wait(60)
    printed = output.read_text(errors="replace")
    if code == ExitCode.INTERRUPTED:
        assert time.monotonic() - begin >= LIMIT
        assert "To go on: crossframe" in printed
        return
    alone = "fetch" in words or "--against" in words
    if alone and re.search("cannot fetch|cannot be (installed|read)", printed):
        pytest.skip(f"no network: {printed.splitlines()[-1]}")
    # 1: two that differ, or another release that has drifted; doctor has 4 where a framework is missing.
    assert code in (ExitCode.OK, ExitCode.DIFFERS), printed
    assert "Traceback" not in printed


@pytest.mark.slow
def test_the_python_example_runs(place: Path) -> None:
    (example,) = blocks(README, "python")
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=place, env=environment(place), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
