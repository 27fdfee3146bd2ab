"""Where memory runs out: one sentence, and the exit code of failed cells."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from crossframe.cli import heartbeat
from crossframe.core import activity
from crossframe.core.errors import DataError, OutOfMemory, out_of_memory
from crossframe.data import extent, load
from tests.command import environment

ROWS = b"0.25,0.5,0\n0.75,0.125,1\n" * 40_000
TABLE = b"a,b,y\n" + ROWS


def _limited(home, megabytes, *words):
    """The command in a process of its own with a limit of its address space."""
    shell = ["sh", "-c", f'ulimit -v {megabytes * 1024}; exec "$@"', "sh"]
    return subprocess.run(
        [*shell, sys.executable, "-m", "crossframe", *words],
        capture_output=True, text=True, cwd=home, env=environment(home, OMP_NUM_THREADS="1"), timeout=120,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [250, 500, 900])
def test_under_a_memory_limit_one_sentence(home, megabytes):
    (home / "t.csv").write_bytes(TABLE + 20 * ROWS)
    words = ("compare", "--data", "t.csv", "--target", "y", "--contestants", "sklearn.logistic")
    done = _limited(home, megabytes, *words, "--no-report")
    assert done.returncode in (0, 6), done.stderr
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert "memory" in done.stderr


def test_a_file_larger_than_the_memory_is_refused_before_it_is_read(home, command):
    with open("t.csv", "wb") as file:
        file.write(TABLE)
        # Takes no room on the disk.
        file.truncate(2**43)
    done = command("compare", "--data", "t.csv", "--target", "y", code=6)
    assert "rows and 3 columns need" in done.stderr
    assert "MiB are free" in done.stderr


def test_a_file_without_line_ends_is_refused(home):
    with open("t.csv", "wb") as file:
        file.truncate(5 * 2**30)
    with pytest.raises(DataError, match="its first line is longer"):
        load("t.csv", target="y")


def test_rows_are_estimated_from_the_beginning(tmp_path):
    (tmp_path / "t.csv").write_bytes(TABLE)
    with gzip.open(tmp_path / "t.csv.gz", "wb") as file:
        file.write(TABLE + 19 * ROWS)
    assert extent.estimate(tmp_path / "t.csv").rows == pytest.approx(80_000, rel=0.01)
    compressed = extent.estimate(tmp_path / "t.csv.gz")
    assert compressed.rows == pytest.approx(1_600_000, rel=0.01)
    assert compressed.columns == 3


def test_errors_that_mean_too_little_memory():
    with pytest.raises(MemoryError) as raised, activity.doing("reading t.csv"):
        np.empty(2**50)
    error = out_of_memory(raised.value)
    assert isinstance(error, OutOfMemory)
    assert "reading t.csv" in error.message
    assert "Unable to allocate" in error.message
    assert out_of_memory(ValueError("Error tokenizing data. C error: out of memory"))
    assert out_of_memory(OSError(12, "Cannot allocate memory"))
    assert out_of_memory(ValueError("no such column")) is None


def test_a_silence_ends_with_what_is_being_done(capsys, monkeypatch):
    monkeypatch.setattr(heartbeat, "FIRST", 0.05)
    monkeypatch.setattr(heartbeat, "_STEP", 0.01)
    with heartbeat.Heartbeat("at work"), activity.doing("reading t.csv"):
        deadline = time.monotonic() + 10
        printed = ""
        while "reading t.csv" not in printed and time.monotonic() < deadline:
            time.sleep(0.02)
            printed += capsys.readouterr().err
    assert "reading t.csv" in printed
    assert not isinstance(sys.stderr, heartbeat._Watched)


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_an_explanation_takes_a_few_times_the_memory_of_its_data(home):
    rng = np.random.default_rng(0)
    peaks = []
    for rows in (100, 30_000):
        X = rng.standard_normal((rows, 30))
        table = pd.DataFrame({f"x{j}": column for j, column in enumerate(X.T)})
        table["y"] = (rng.random(rows) < 0.5).astype(int)
        table.to_parquet("t.parquet")
        words = ("sklearn.logistic", "r.glm", "--data", "t.parquet", "--target", "y", "--json")
        done = _limited(home, 2**20, "explain", *words)
        peaks.append(json.loads(done.stdout)["memory"]["crossframe"])
    assert peaks[1] - peaks[0] < 16 * X.nbytes
