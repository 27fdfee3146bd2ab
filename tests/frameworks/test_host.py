"""Child processes: crashes, hangs, corruption, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
import psutil
import pytest

from crossframe.frameworks.conformance import request
from crossframe.frameworks.contract import FitResult, Status
from crossframe.frameworks.host import EngineDied, EngineProcess
from crossframe.frameworks.initial_weights import ALTERED

HERE = "tests.frameworks.misbehaving"


@pytest.fixture
def host():
    started = []

    def make(engine: str, fault: str | None = None) -> EngineProcess:
        process = EngineProcess(engine, where=f"{HERE}:{fault}" if fault else None)
        started.append(process)
        return process

    yield make
    for process in started:
        process.close()


@pytest.mark.parametrize(
    ("engine", "fault", "model"),
    [
        ("r", "CorruptingR", "lm"),
        pytest.param("sklearn", "CorruptingSklearn", "logistic", marks=pytest.mark.slow),
    ],
)
def test_one_changed_value_is_caught(host, engines, engine, fault, model):
    asked = request(model)
    result = host(engine, fault).fit(asked)
    assert result.status is Status.CORRUPTED
    assert result.score is None
    assert asked.fingerprint[:12] in result.evidence[0]
    assert engines[engine].fit(asked).status.usable


def test_initial_weights_that_arrive_altered_are_caught(host, monkeypatch):
    process = host("sklearn")
    process._expected = "sent"
    answer = FitResult(Status.COMPLETED, fingerprint="sent", initial_weights=ALTERED)
    monkeypatch.setattr(process, "receive", lambda: answer)
    result = process.collect()
    assert (result.status, result.score) == (Status.CORRUPTED, None)
    assert "initial weights" in result.evidence[0]


def test_a_crash_is_a_status_with_the_last_words(host):
    process = host("sklearn", "CrashAlways")
    result = process.fit(request("logistic"))
    assert result.status is Status.CRASHED
    assert "SIGKILL" in result.evidence[0]
    assert "about to fall over" in result.evidence


def test_a_hang_is_killed_at_its_limit(host):
    process = host("sklearn", "Hang")
    process.call("probe")
    result = process.fit(request("logistic", time_limit=0.5))
    assert result.status is Status.TIMED_OUT
    assert process.pid is None


def test_a_defect_of_the_engine_is_named(host, monkeypatch):
    process = host("sklearn", "Raising")
    process.submit(request("logistic"))
    process.wait()
    limits = []
    wait = subprocess.Popen.wait
    monkeypatch.setattr(
        subprocess.Popen,
        "wait",
        lambda child, timeout=None: (limits.append(timeout), wait(child, timeout))[1],
    )
    with pytest.raises(EngineDied, match="ZeroDivisionError: defect"):
        process.collect()
    # It answered, so there is no death to wait for: the only wait is the one after the kill.
    assert limits == [None]


@pytest.mark.slow
def test_an_idle_engine_closes_itself(host, tmp_path, monkeypatch):
    mark = tmp_path / "closed"
    monkeypatch.setenv("CROSSFRAME_TEST_MARK", str(mark))
    monkeypatch.setenv("CROSSFRAME_TEST_SECONDS", "0.3")
    process = host("sklearn", "SlowToClose")
    process.call("probe")
    pid = process.pid
    process.close()
    assert mark.exists()
    assert not psutil.pid_exists(pid)


@pytest.mark.slow
def test_closing_takes_no_longer_than_its_limit(host, tmp_path, monkeypatch):
    mark = tmp_path / "closed"
    monkeypatch.setenv("CROSSFRAME_TEST_MARK", str(mark))
    monkeypatch.setenv("CROSSFRAME_TEST_SECONDS", "60")
    monkeypatch.setattr("crossframe.frameworks.host.FAREWELL_LIMIT", 0.5)
    process = host("sklearn", "SlowToClose")
    process.call("probe")
    pid, begin = process.pid, time.monotonic()
    process.close()
    assert time.monotonic() - begin > 0.4
    assert not mark.exists()
    assert not psutil.pid_exists(pid)


@pytest.mark.slow
def test_a_busy_engine_is_not_asked_to_close(host):
    process = host("sklearn", "Hang")
    process.call("probe")
    process.submit(request("logistic"))
    sent = []
    process.connection.send_bytes = sent.append
    process.close()
    assert sent == []


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["r", "h2o"])
def test_nothing_is_left_of_an_ended_engine(host, engine, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    process = host(engine)
    assert process.call("probe").available
    assert list(tmp_path.iterdir())
    process.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_modules_in_the_working_folder_are_not_ours(host, tmp_path, monkeypatch):
    for name in ("psutil", "sklearn", "crossframe", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported from the working folder')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert host("sklearn").fit(request("logistic")).status.usable


@pytest.mark.slow
def test_memory_is_the_peak_and_not_the_size_at_the_end(host):
    process = host("sklearn", "Hungry")
    plain = host("sklearn").fit(request("logistic"))
    hungry = process.fit(request("logistic"))
    assert hungry.peak_memory - plain.peak_memory > 250 * 2**20


@pytest.mark.slow
def test_memory_counts_what_the_engine_started(host):
    alone = host("sklearn").fit(request("logistic"))
    with_child = host("sklearn", "WithChild").fit(request("logistic"))
    assert with_child.peak_memory - alone.peak_memory > 250 * 2**20


@pytest.mark.slow
def test_evaluation_rows_travel_once(engines, monkeypatch):
    process = engines["sklearn"]
    asked = request("logistic")
    first = process.fit(asked)
    sent = []
    original = process._send
    monkeypatch.setattr(process, "_send", lambda message: (sent.append(message), original(message))[1])
    again = process.fit(asked)
    assert sent[0][1][0].evaluation.X.shape[0] == 0
    np.testing.assert_array_equal(first.score, again.score)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_child_outlives_its_parent(how):
    """Also when the parent is killed while the child computes and cannot see its pipe close."""
    script = (
        "from crossframe.frameworks.host import EngineProcess\n"
        "from crossframe.frameworks.conformance import request\n"
        f"p = EngineProcess('sklearn', where='{HERE}:Hang')\n"
        "p.call('probe'); p.submit(request('logistic'))\n"
        "print(p.pid, flush=True)\n"
        "p.wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert psutil.pid_exists(child)
    os.kill(parent.pid, how)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 120
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the child is still there"
        time.sleep(0.05)
