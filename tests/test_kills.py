"""kill -9 of every process of a run, in the middle of it: one cell suffers, the numbers do not."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import psutil
import pytest

import crossframe
from crossframe.frameworks.pool import Pool
from crossframe.frameworks.registry import available
from tests.command import child, environment

GONE = 120.0
"""Seconds that processes may take to disappear; a second where nothing else computes."""

WORDS = (
    "compare", "--dataset", "digits", "--n", "10,30", "--draws", "4", "--no-report", "--contestants",
    "leekasso.f.lm,r.glm,sklearn.logistic,keras.mlp,leek.keras.mlp,h2o.glm,leekasso.f.h2o",
)  # fmt: skip

needs_all = pytest.mark.skipif(
    not all(available(e).available for e in ("r", "h2o", "keras")), reason="needs R, H2O and Keras"
)


class Killer:
    """Kills the process of each engine after the first cell that it has finished."""

    def __init__(self, pool: Pool) -> None:
        self.killed: set[str] = set()
        self._pool = pool

    def planned(self, plan) -> None:
        """Nothing has started yet."""

    def cell(self, cell, record, seconds_left) -> None:
        engine = cell.contestant.engine
        if engine not in self.killed:
            self.killed.add(engine)
            (process,) = (p for p in self._pool._all if p.engine == engine)
            psutil.Process(process.pid).kill()


@pytest.mark.slow
def test_a_killed_engine_costs_one_retry(tmp_path):
    names = ("leekasso.f.lm", "r.glm", "sklearn.logistic", "leekasso.f.lbfgs")
    options = {"draws": 3, "dataset": "digits", "contestants": names, "jobs": 2}
    undisturbed = crossframe.compare("10,30", **options, store=tmp_path / "undisturbed.sqlite").cells
    with Pool() as own:
        killer = Killer(own)
        run = crossframe.compare(
            "10,30", **options, store=tmp_path / "store.sqlite", pool=own, listener=killer
        )
    assert killer.killed == {"r", "sklearn"}
    cells = run.cells
    again = cells[cells["attempts"] == 2]
    assert sorted(name.startswith(("r.", "leekasso.f.lm")) for name in again["contestant"]) == [False, True]
    assert all("attempt 1 crashed" in words[0] for words in again["evidence"])
    for column in ("accuracy", "logloss", "fingerprint"):
        np.testing.assert_array_equal(cells[column], undisturbed[column])


def numbers(text: str) -> dict[tuple[str, int, int], tuple[float, float, str]]:
    cells = json.loads(text)["cells"]
    return {
        (c["contestant"], c["n"], c["draw"]): (c["accuracy"], c["logloss"], c["fingerprint"]) for c in cells
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    place = tmp_path_factory.mktemp("undisturbed")
    return numbers(child(place, *WORDS, "--json", "--store", str(place / "s.sqlite")).stdout)


def start(place):
    """A run whose result goes to the file ``out``: a pipe that is not read would block it."""
    with (place / "out").open("w") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "crossframe", *WORDS, "--json", "--store", str(place / "s.sqlite")],
            env=environment(place), stdout=out, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip


def computing(parent: psutil.Process, engine: str) -> psutil.Process | None:
    """The process that computes for an engine: H2O's is the JVM below the engine's own."""
    for process in parent.children(recursive=True):
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if engine == "h2o" and words and words[0].endswith("java"):
            return process
        if engine != "h2o" and "crossframe.frameworks.host" in words and words[-1] == engine:
            return process
    return None


@needs_all
@pytest.mark.slow
def test_killed_engines_cost_one_retry_each(home, undisturbed):
    run = start(home)
    parent, killed = psutil.Process(run.pid), set()
    first = {"r": "r.glm", "keras": "keras.mlp", "h2o": "h2o.glm"}
    assert run.stderr is not None
    for line in run.stderr:
        for engine, contestant in first.items():
            if engine not in killed and f" {contestant} " in line:
                process = computing(parent, engine)
                if process is not None:
                    process.kill()
                    killed.add(engine)
    run.wait()
    run.stderr.close()
    out = (home / "out").read_text()
    assert killed == set(first)
    assert run.returncode == 0
    assert numbers(out) == undisturbed
    result = json.loads(out)
    again = [c for c in result["cells"] if c["attempts"] == 2]
    assert any("keras.mlp" in c["contestant"] for c in again)
    assert all("attempt 1 crashed" in result["evidence"][c["evidence"][0]] for c in again)


@needs_all
@pytest.mark.slow
def test_a_killed_parent_leaves_nothing_and_the_same_command_resumes(home, undisturbed):
    run = start(home)
    assert run.stderr is not None
    for line in run.stderr:
        if line.startswith("[12/"):
            break
    family = psutil.Process(run.pid).children(recursive=True)
    assert len(family) >= 2
    run.kill()
    run.wait()
    run.stderr.close()
    _, alive = psutil.wait_procs(family, timeout=GONE)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]
    again = child(home, *WORDS, "--json", "--store", str(home / "s.sqlite"))
    stored = int(again.stderr.split(" cells, ")[1].split(" stored")[0])
    assert 12 <= stored <= 56
    assert numbers(again.stdout) == undisturbed


@pytest.mark.parametrize("name", ["sklearn", "r", "h2o", "keras"])
def test_no_listener_beyond_loopback_and_no_entry_without_password(name, engines):
    if not available(name).available:
        pytest.skip(f"needs {name}")
    process = psutil.Process(engines[name].pid)
    family = (psutil.Process(), process, *process.children(recursive=True))
    every = [c for p in family for c in p.net_connections() if c.status == psutil.CONN_LISTEN]
    assert all(c.laddr.ip.removeprefix("::ffff:") in ("127.0.0.1", "::1") for c in every)
    assert bool(every) == (name == "h2o")
    answers = {answer(c.laddr.port) for c in every}
    assert answers <= {401, None}
    assert (401 in answers) == (name == "h2o")


def answer(port: int) -> int | None:
    """HTTP's status for a stranger; None from the port by which the nodes of a cluster find each other."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/3/Cloud", timeout=100) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except (OSError, http.client.HTTPException):
        return None
