"""The command as a process of its own: how it starts, is interrupted, loses its reader and ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crossframe import __version__
from tests.command import INTERRUPTIBLE, child, environment

SLOW_FIT = "sklearn.mlp:max_iter=10000000,n_iter_no_change=10000000"
"""A fit that does not end while a test runs."""


def test_help_is_quick_and_imports_nothing_heavy(home):
    done = child(home, "--help", PYTHONPROFILEIMPORTTIME="1")
    assert "exit codes: 0 ok, 1 differs, 2 usage" in " ".join(done.stdout.split())
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "crossframe.cli.main" in loaded
    assert not loaded & {"numpy", "pandas", "sklearn", "tensorflow", "h2o", "rpy2", "matplotlib", "rich"}


def test_the_exit_code_is_that_of_the_process(home):
    done = child(home, "compare", "--dataset", "mnits", code=2)
    assert "did you mean mnist" in done.stderr
    assert done.stdout == ""


def test_the_installed_script_is_the_command(home):
    script = shutil.which("crossframe", path=str(Path(sys.executable).parent))
    if script is None:
        pytest.skip("crossframe is not installed in this environment")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"crossframe {__version__}\n"


def test_a_reader_that_goes_away_is_no_error(home):
    read, write = os.pipe()
    os.close(read)
    words = [sys.executable, "-m", "crossframe", "list", "settings", "--json"]
    done = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, env=environment(home), text=True)
    os.close(write)
    # A busy machine makes any command print that it is at work.
    rest = [line for line in done.stderr.splitlines() if ": at work" not in line]
    assert (done.returncode, rest) == (0, [])


def test_ctrl_c_says_what_force_means_for_the_rest(home, command, monkeypatch):
    def interrupted(a):
        raise KeyboardInterrupt

    monkeypatch.setattr("crossframe.cli.main._carried_out", interrupted)
    lines = command("compare", "--force", "--n", "10", code=130).stderr.splitlines()
    assert lines[-2].endswith("To go on: crossframe compare --n 10")
    assert lines[-1] == "with the earlier results for the rest; with --force it begins anew"
    assert "earlier" not in command("compare", "--n", "10", code=130).stderr


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(home, command):
    few = ("--dataset", "digits", "--draws", "2", "--n", "10:14")
    words = ("compare", *few, "--contestants", "leekasso.f.lm")
    run = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *words, "--jobs", "2", "--contestant", SLOW_FIT],
        env=environment(home), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert run.stderr is not None
    for line in run.stderr:
        if line.startswith("[3/"):
            break
    run.send_signal(signal.SIGINT)
    rest = run.stderr.read()
    run.stderr.close()
    assert run.wait() == 130
    assert "To go on: crossframe compare" in rest
    done = command(*words, "--no-report")
    stored = int(done.stderr.split(" cells, ")[1].split(" stored")[0])
    assert stored >= 3
