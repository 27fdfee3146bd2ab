"""Child processes: crashes, hangs, corruption, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from crossframe.engines.base import Status
from crossframe.engines.host import EngineDied, EngineProcess
from crossframe.testing import request

HERE = "tests.engines.misbehaving"


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
    [("r", "CorruptingR", "lm"), ("sklearn", "CorruptingSklearn", "logistic")],
)
def test_one_changed_value_is_caught(host, engine, fault, model):
    asked = request(model)
    result = host(engine, fault).fit(asked)
    assert result.status is Status.CORRUPTED
    assert result.score is None
    assert asked.fingerprint[:12] in result.evidence[0]
    assert host(engine).fit(asked).status.usable


def test_a_crash_is_a_status_with_the_last_words(host):
    process = host("sklearn", "CrashAlways")
    result = process.fit(request("logistic"))
    assert result.status is Status.CRASHED
    assert "SIGKILL" in result.evidence[0]
    assert "about to fall over" in result.evidence


def test_a_hang_is_killed_at_its_limit(host):
    process = host("sklearn", "Hang")
    process.call("probe")
    begin = time.monotonic()
    result = process.fit(request("logistic", time_limit=0.5))
    assert result.status is Status.TIMED_OUT
    assert time.monotonic() - begin < 10
    assert process.pid is None


def test_a_defect_of_the_engine_is_named(host):
    process = host("sklearn", "Raising")
    process.submit(request("logistic"))
    process.wait()
    with pytest.raises(EngineDied, match="ZeroDivisionError: defect"):
        process.collect()


def test_evaluation_rows_travel_once(host):
    process = host("sklearn")
    asked = request("logistic")
    first = process.fit(asked)
    sent = []
    original = process._send
    process._send = lambda message: (sent.append(message), original(message))[1]
    again = process.fit(asked)
    assert sent[0][1][0].evaluation.X.shape[0] == 0
    np.testing.assert_array_equal(first.score, again.score)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_child_outlives_its_parent(how):
    """Also when the parent is killed while the child computes and cannot see its pipe close."""
    script = (
        "from crossframe.engines.host import EngineProcess\n"
        "from crossframe.testing import request\n"
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
    for _ in range(100):
        if not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.05)
    pytest.fail("the child is still there")
