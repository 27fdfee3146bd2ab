"""Another user of the machine neither joins the cloud nor reads what its server holds."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from crossframe.frameworks.h2o import runtime
from crossframe.frameworks.h2o.engine import H2O
from crossframe.frameworks.h2o.rest import Rest
from tests.frameworks.h2o.test_server import running

NOBODY = 65534
pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can act as another user"
)

ATTEMPTS = """
import encodings.idna, http.client, os, socket, sys, urllib.error, urllib.request
# Here and not before the start: another user may not be able to run this Python.
os.setgroups([]), os.setgid(65534), os.setuid(65534)
port, pid, login = int(sys.argv[1]), sys.argv[2], sys.argv[3]
for file in (f"/proc/{pid}/environ", login):
    try:
        open(file).read()
    except PermissionError:
        print("closed", file)
for attempt in range(10):
    for path in ("/3/Frames", "/3/Frames/secret", "/3/Cloud", "/3/CloudLock", "/3/Shutdown"):
        method = "POST" if path in ("/3/CloudLock", "/3/Shutdown") else "GET"
        try:
            urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method))
            print("answered", path)
        except urllib.error.HTTPError as refused:
            print("refused", refused.code)
    try:
        # Where H2O's nodes speak to each other: the port after that of REST.
        socket.create_connection(("127.0.0.1", port + 1), timeout=5).close()
        print("joined")
    except ConnectionRefusedError:
        print("refused", "node")
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of the other user's; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        os.chown(name, NOBODY, NOBODY)
        yield Path(name)


@pytest.mark.slow
def test_nothing_is_read_or_joined_without_the_password(engine: H2O) -> None:
    server = running(engine)
    java = psutil.Process(server.pid)
    words = java.cmdline()
    assert not any(server.address.password in word for word in words)
    login = words[words.index("-login_conf") + 1]
    arguments = (str(server.address.port), str(server.pid), login)
    printed = subprocess.run(
        [sys.executable, "-ISc", ATTEMPTS, *arguments], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    lines = printed.splitlines()
    assert lines[:2] == [f"closed /proc/{server.pid}/environ", f"closed {login}"], printed
    assert lines[2:] == [*["refused 401"] * 5, "refused node"] * 10, printed
    assert engine.probe().available


@pytest.mark.slow
def test_a_node_of_another_user_does_not_join(engine: H2O, folder: Path) -> None:
    """It has the name of the cloud from the list of processes, and looks for its nodes every second."""
    server = running(engine)
    words = psutil.Process(server.pid).cmdline()
    name = words[words.index("-name") + 1]
    visitor = subprocess.Popen(
        [
            *(str(runtime.java()), "-Xmx500m", f"-Djava.io.tmpdir={folder}", "-jar", str(runtime.jar())),
            *("-name", name, "-ip", "127.0.0.1", "-baseport", str(server.address.port + 100)),
            *("-nthreads", "1", "-ice_root", str(folder)),
        ],
        cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        user=NOBODY, group=NOBODY, extra_groups=[],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    rest = Rest(server.address)
    try:
        assert visitor.stdout is not None
        assert any("Cloud of size 1 formed" in line for line in visitor.stdout)
        for _ in range(10):
            time.sleep(1.0)
            assert rest.call("GET", "/3/Cloud")["cloud_size"] == 1
    finally:
        visitor.kill()
        visitor.communicate()
        rest.close()
