"""kill -9 of every process of a run, in the middle of it: one cell suffers, the numbers do not."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psutil
import pytest

from crossframe.environment import engine_available
from tests.test_cli import crossframe, environment, home  # noqa: F401 - a fixture

WORDS = (
    "compare", "--dataset", "digits", "--n", "10,30", "--draws", "4", "--no-report", "--contestants",
    "leekasso.f.lm,r.glm,sklearn.logistic,keras.mlp,keras.mlp-leek,h2o.glm,leekasso.f.h2o",
)  # fmt: skip

pytestmark = pytest.mark.skipif(
    not all(engine_available(e).available for e in ("r", "h2o", "keras")),
    reason="needs R, H2O and Keras",
)


def numbers(text: str) -> dict[tuple[str, int, int], tuple[float, float, str]]:
    cells = json.loads(text)["cells"]
    return {
        (c["contestant"], c["n"], c["draw"]): (c["accuracy"], c["logloss"], c["fingerprint"]) for c in cells
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    place = tmp_path_factory.mktemp("undisturbed")
    return numbers(crossframe(place, *WORDS, "--json", "--store", str(place / "s.sqlite")).stdout)


def start(place):
    """A run whose result goes to the file ``out``: a pipe that nobody reads would block it."""
    with (place / "out").open("w") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "crossframe", *WORDS, "--json", "--store", str(place / "s.sqlite")],
            env=environment(place), stdout=out, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip


def find(parent: psutil.Process, engine: str) -> psutil.Process | None:
    """The process that computes for an engine: H2O's is the JVM below the engine's own."""
    for child in parent.children(recursive=True):
        try:
            words = child.cmdline()
        except psutil.Error:
            continue
        if engine == "h2o" and words and words[0].endswith("java"):
            return child
        if engine != "h2o" and "crossframe.engines.host" in words and words[-1] == engine:
            return child
    return None


def test_killed_engines_cost_one_retry_each(home, undisturbed):  # noqa: F811
    run = start(home)
    parent, killed = psutil.Process(run.pid), set()
    first = {"r": "r.glm", "keras": "keras.mlp", "h2o": "h2o.glm"}
    assert run.stderr is not None
    for line in run.stderr:
        for engine, contestant in first.items():
            if engine not in killed and f" {contestant} " in line:
                process = find(parent, engine)
                if process is not None:
                    process.kill()
                    killed.add(engine)
    run.wait()
    run.stderr.close()
    out = (home / "out").read_text()
    assert killed == set(first)
    assert run.returncode == 0
    assert numbers(out) == undisturbed
    found = json.loads(out)
    cells = found["cells"]
    crashed = {c["contestant"].partition(".")[0] for c in cells if c["attempts"] == 2}
    assert crashed, "no kill hit a fit"
    told = [found["evidence"][c["evidence"][0]] for c in cells if c["attempts"] == 2]
    assert all("attempt 1 crashed" in message for message in told)


def test_a_killed_parent_leaves_nothing_and_the_same_command_resumes(home, undisturbed):  # noqa: F811
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
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]
    again = crossframe(home, *WORDS, "--json", "--store", str(home / "s.sqlite"))
    stored = int(again.stderr.split(" cells, ")[1].split(" stored")[0])
    assert 12 <= stored < 56
    assert numbers(again.stdout) == undisturbed


def test_no_listener_beyond_loopback_and_no_entry_without_password(home):  # noqa: F811
    run = start(home)
    parent, server = psutil.Process(run.pid), None
    begin = time.monotonic()
    try:
        while server is None and time.monotonic() - begin < 60:
            time.sleep(0.2)
            for process in (parent, *parent.children(recursive=True)):
                try:
                    listening = [c for c in process.net_connections() if c.status == psutil.CONN_LISTEN]
                except psutil.Error:
                    continue
                for connection in listening:
                    assert connection.laddr.ip in ("127.0.0.1", "::1", "::ffff:127.0.0.1")
                    server = server or (connection if answers(connection.laddr.port) else None)
        assert server is not None
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{server.laddr.port}/3/Cloud", timeout=10)
        assert refused.value.code == 401
        refused.value.close()
    finally:
        run.kill()
        run.communicate()


def answers(port: int) -> bool:
    """Whether it is the port that speaks HTTP; the other one is the cluster's own."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.settimeout(5)
            connection.sendall(b"GET /3/Cloud HTTP/1.0\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False
