"""An H2O server of crossframe's own: on loopback only, with a password, and ended with its starter.

Nodes of an H2O cloud trust each other without a password, so that whoever joins one reads its frames. This
server has no socket for other nodes (``-disable_net``): the cloud is one node, and only REST is open.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import subprocess
import time
from pathlib import Path

import psutil

from crossframe.core.environment import install, pip
from crossframe.frameworks import tether
from crossframe.frameworks.h2o import runtime
from crossframe.frameworks.h2o.rest import Address

_LEAST_HEAP = 2**30
"""Bytes that the server may take at least; of a large machine a quarter of its memory, Java's own rule."""
_START_LIMIT = 120.0
_LISTENING = re.compile(r"Open H2O Flow in your web browser|Cloud of size 1 formed")
_PORT = re.compile(r"Listening for HTTP and REST traffic on http://127\.0\.0\.1:(\d+)/")


class CannotStart(Exception):
    """H2O cannot run here: ``reason``, and the command that is the ``remedy``."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def _installed() -> tuple[Path, str, Path]:
    """(Java, its version, the server's jar); `CannotStart` where one is missing or does not fit."""
    java, jar = runtime.java(), runtime.jar()
    oldest, newest = runtime.JAVA
    remedy = f"{install('Java')}   # or set JAVA_HOME to a Java {oldest} to {newest}"
    if java is None:
        raise CannotStart("Java is not installed: it is neither on the PATH nor in JAVA_HOME", remedy)
    version = runtime.java_version(java)
    major = runtime.major(version)
    if major is None:
        raise CannotStart(f"{java} does not report its version", remedy)
    if not oldest <= major <= newest:
        raise CannotStart(f"Java {version} is not one that H2O runs on ({oldest} to {newest})", remedy)
    if jar is None:
        reason = "the Python package h2o, which brings the server, is not installed"
        raise CannotStart(reason, f"{pip()} install h2o")
    return java, version, jar


class Server:
    """A running server: its process, its address, and what it has written so far.

    Parameters
    ----------
    scratch
        A folder for its login file, logs and spilled data.
    threads
        Threads for computing; None: one per core, H2O's default.

    Raises
    ------
    CannotStart
        When Java or the jar is missing, or the server ends or stays silent while it starts.
    """

    def __init__(self, scratch: Path, threads: int | None) -> None:
        java, self.java_version, jar = _installed()
        self.folder = folder = scratch / f"h2o-{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700)
        self._output = folder / "output.txt"
        self._process = self._launch(java, jar, folder, *(("-nthreads", str(threads)) if threads else ()))
        self.address = Address("http", "127.0.0.1", self._await_port(), "", self._user, self._password)

    def _launch(self, java: Path, jar: Path, folder: Path, *more: str) -> subprocess.Popen[bytes]:
        self._user, self._password = "crossframe", secrets.token_urlsafe(24)
        login = folder / "login.conf"
        login.touch(mode=0o600)
        digest = hashlib.md5(self._password.encode(), usedforsecurity=False).hexdigest()
        login.write_text(f"{self._user}: MD5:{digest}\n")
        command = [
            str(java),
            f"-Xmx{max(_LEAST_HEAP, psutil.virtual_memory().total // 4)}",
            "-XX:+UseSerialGC",
            # The server unpacks native libraries into the folder for temporary files and leaves them there.
            f"-Djava.io.tmpdir={folder}",
            "-Dsys.ai.h2o.telemetry.disabled=true",
            # Not used here, and loading it costs a fifth of the start.
            "-Dsys.ai.h2o.ext.core.toggle.XGBoost=false",
            "-jar",
            str(jar),
            *("-ip", "127.0.0.1", "-web_ip", "127.0.0.1"),
            # No other node is listened to or looked for, so that the name need not be a secret.
            *("-disable_net", "-name", "crossframe"),
            # From here upwards the server takes the first free port, so that a clash cannot happen.
            *("-baseport", str(20000 + secrets.randbelow(30000))),
            *("-hash_login", "-login_conf", str(login)),
            *("-ice_root", str(folder), "-log_dir", str(folder), "-flow_dir", str(folder)),
            *more,
        ]
        with self._output.open("wb") as output:
            # A session of its own: Ctrl-C at the terminal is for crossframe, which then ends the server.
            return subprocess.Popen(
                tether.command(*command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _await_port(self) -> int:
        limit = time.monotonic() + _START_LIMIT
        while time.monotonic() < limit:
            ended = self._process.poll() is not None
            output = self.output()
            port = _PORT.search(output)
            if port is not None and _LISTENING.search(output):
                return int(port[1])
            if ended:
                break
            time.sleep(0.02)
        self.close()
        tail = " | ".join(self.output().strip().splitlines()[-5:])
        raise CannotStart(f"the H2O server did not start: {tail}", "crossframe doctor")

    @property
    def pid(self) -> int:
        """Process number of the Java virtual machine of the server."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process of the server runs and has not ended."""
        return self._process.poll() is None

    @property
    def written(self) -> int:
        """Bytes written to standard output and error so far."""
        return self._output.stat().st_size

    def output(self, start: int = 0) -> str:
        """The output of the server after its first ``start`` bytes, decoded."""
        with self._output.open("rb") as file:
            file.seek(start)
            return file.read().decode(errors="replace")

    def close(self) -> None:
        """Kill the server; it holds nothing that has to be saved."""
        self._process.kill()
        self._process.wait()
