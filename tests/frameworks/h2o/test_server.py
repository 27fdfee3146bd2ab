"""The H2O server's life: closed to others, loopback only, gone with its starter, replaced after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from crossframe.core.environment import install
from crossframe.frameworks.contract import EngineConfig, Status
from crossframe.frameworks.h2o import runtime
from crossframe.frameworks.h2o.cluster import PASSWORD, USER
from crossframe.frameworks.h2o.engine import H2O
from crossframe.frameworks.h2o.rest import Rest
from crossframe.frameworks.h2o.server import Server
from crossframe.frameworks.host import EngineProcess
from tests.frameworks.h2o.test_engine import LEEK, digits


def running(engine: H2O) -> Server:
    assert engine.server is not None
    return engine.server


def test_a_stranger_gets_401(engine: H2O) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{running(engine).address.shown}/3/Cloud")
    assert refused.value.code == 401
    refused.value.close()


def test_every_listener_is_on_loopback(engine: H2O) -> None:
    java = psutil.Process(running(engine).pid)
    # UDP sockets, in which other nodes would be looked for, have no status.
    listening = [
        c.laddr for c in java.net_connections() if c.status in (psutil.CONN_LISTEN, psutil.CONN_NONE)
    ]
    assert [(a.ip.removeprefix("::ffff:"), a.port) for a in listening] == [
        ("127.0.0.1", running(engine).address.port)
    ]


def test_the_password_is_in_no_command_line(engine: H2O) -> None:
    server = running(engine)
    words = psutil.Process(server.pid).cmdline()
    assert not any(server.address.password in word for word in words)
    login = Path(words[words.index("-login_conf") + 1])
    assert login.stat().st_mode & 0o777 == 0o600


def test_the_server_is_not_in_the_terminals_session(engine: H2O) -> None:
    assert os.getsid(running(engine).pid) != os.getsid(0)


@pytest.mark.slow
def test_a_killed_server_fails_the_fit_at_once_and_is_replaced(engine: H2O) -> None:
    pid = running(engine).pid
    long = digits("mlp", **{**LEEK, "epochs": 5000.0, "classification_stop": -1.0, "stopping_rounds": 0})
    killer = threading.Timer(2.0, os.kill, (pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(RuntimeError, match=r"server .* is gone"):
        engine.fit(long)
    assert engine.fit(digits("glm", 30)).status is Status.CONVERGED
    assert running(engine).pid != pid
    engine.close()
    engine.close()


@pytest.mark.slow
def test_the_server_dies_with_its_starter(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time; from crossframe.frameworks.h2o.server import Server; "
        "print(Server(pathlib.Path(sys.argv[1]), 1).pid, flush=True); time.sleep(3600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        java = psutil.Process(int(starter.stdout.readline()))
        starter.kill()
    psutil.wait_procs([java], timeout=120)
    assert not java.is_running() or java.status() == psutil.STATUS_ZOMBIE


def test_without_java_the_engine_says_how_to_fix_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("JAVA_HOME", "H2O_JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    found = H2O(EngineConfig(tmp_path)).probe()
    assert not found.available
    assert "Java is not installed" in found.reason
    assert install("Java") in found.remedy


def test_a_java_that_h2o_does_not_run_on_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"21.0.2\" 2024-01-16' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("JAVA_HOME", "H2O_JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    found = H2O(EngineConfig(tmp_path)).probe()
    assert not found.available
    assert "Java 21.0.2" in found.reason


@pytest.mark.slow
def test_the_java_that_runs_is_the_one_in_the_key(
    engine: H2O, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JAVA_HOME does not come before the PATH, as it does not for the h2o package."""
    other = tmp_path / "bin" / "java"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\necho 'openjdk version \"21.0.2\" 2024-01-16' >&2\n")
    other.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    visitor = H2O(EngineConfig(tmp_path))
    found = visitor.probe()
    visitor.close()
    assert found.available, found.reason
    assert found.versions["java"] == runtime.versions()["java"]


def test_a_visited_cluster_is_clean_after_the_engines_process(
    engine: H2O, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine.probe().available
    at = running(engine).address
    monkeypatch.setenv(USER, at.user)
    monkeypatch.setenv(PASSWORD, at.password)
    rest = Rest(at)
    before = rest.call("GET", "/3/Frames")["frames"]
    visitor = EngineProcess(
        "h2o",
        where="crossframe.frameworks.h2o.engine:H2O",
        h2o_url=at.shown,
    )
    try:
        assert visitor.fit(digits("glm", 30)).status is Status.CONVERGED
        assert len(rest.call("GET", "/3/Frames")["frames"]) > len(before)
    finally:
        visitor.close()
    assert rest.call("GET", "/3/Frames")["frames"] == before
    rest.close()
