"""An H2O cloud of several nodes on loopback, with a password, TLS towards its users and between its nodes."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crossframe.frameworks import tether
from crossframe.frameworks.h2o import runtime

_LIMIT = 180.0
_USER = "somebody"


@dataclass(frozen=True)
class Cloud:
    """A running cloud.

    Attributes
    ----------
    url, user, password
        Of its first node.
    authority
        PEM file of its certificate.
    nodes
        Its processes.
    """

    url: str
    user: str
    password: str
    authority: Path
    nodes: tuple[subprocess.Popen[bytes], ...]

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which crossframe can use it."""
        return {
            "CROSSFRAME_H2O_USER": self.user,
            "CROSSFRAME_H2O_PASSWORD": self.password,
            "CROSSFRAME_H2O_CA": str(self.authority),
        }


@contextlib.contextmanager
def running(folder: Path, nodes: int) -> Iterator[Cloud]:
    """A cloud with its files in ``folder``; its nodes end with the block, and with this process."""
    java, jar = runtime.java(), runtime.jar()
    assert java is not None
    assert jar is not None
    password, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    ports = [_free_ports() for _ in range(nodes)]
    (folder / "flat").write_text("".join(f"127.0.0.1:{port}\n" for port in ports))
    digest = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
    (folder / "login").write_text(f"{_USER}: MD5:{digest}\n")
    authority = _key_store(java, folder, secret)
    # Without it whoever reaches the port of a node can join the cloud.
    between = [f"h2o_ssl_{kind}={value}" for kind, value in (
        ("protocol", "TLSv1.2"), ("jks_internal", folder / "keys"), ("jks_password", secret),
        ("jts", folder / "keys"), ("jts_password", secret),
    )]  # fmt: skip
    (folder / "between").write_text("\n".join(between) + "\n")
    name = secrets.token_hex(12)
    started: list[subprocess.Popen[bytes]] = []
    try:
        for port in ports:
            own = folder / str(port)
            own.mkdir()
            command = [
                *(str(java), "-Xmx1g", "-XX:+UseSerialGC", f"-Djava.io.tmpdir={own}"),
                *("-Dsys.ai.h2o.telemetry.disabled=true", "-Dsys.ai.h2o.ext.core.toggle.XGBoost=false"),
                *("-jar", str(jar), "-ip", "127.0.0.1", "-web_ip", "127.0.0.1", "-port", str(port)),
                *("-name", name, "-flatfile", str(folder / "flat"), "-nthreads", "2"),
                *("-hash_login", "-login_conf", str(folder / "login")),
                *("-jks", str(folder / "keys"), "-jks_pass", secret),
                *("-internal_security_conf", str(folder / "between")),
                *("-ice_root", str(own), "-log_dir", str(own), "-flow_dir", str(own)),
            ]
            with (own / "output").open("wb") as output:
                process = subprocess.Popen(
                    tether.command(*command),
                    stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                )  # fmt: skip
            started.append(process)
        _await([folder / str(port) / "output" for port in ports], started)
        yield Cloud(f"https://127.0.0.1:{ports[0]}", _USER, password, authority, tuple(started))
    finally:
        for process in started:
            process.kill()
            process.wait()


def _await(outputs: list[Path], started: list[subprocess.Popen[bytes]]) -> None:
    formed = f"Cloud of size {len(outputs)} formed"
    limit = time.monotonic() + _LIMIT
    while not all(formed in (text := file.read_text()) and "Open H2O Flow" in text for file in outputs):
        ended = any(process.poll() is not None for process in started)
        if ended or time.monotonic() > limit:
            raise RuntimeError("the cloud did not form: " + outputs[0].read_text()[-2000:])
        time.sleep(0.2)


def _free_ports() -> int:
    """A port that is free together with the next one, which nodes use among themselves."""
    while True:
        port = 20000 + 2 * secrets.randbelow(10000)
        with contextlib.suppress(OSError), socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port + 1))
            return port


def _key_store(java: Path, folder: Path, secret: str) -> Path:
    """Make ``keys`` in ``folder``, with a key for this machine; returns its certificate in PEM."""
    beside = java.resolve().parent / "keytool"
    keytool = str(beside) if beside.is_file() else shutil.which("keytool")
    assert keytool is not None
    store = ("-alias", "node", "-keystore", str(folder / "keys"), "-storepass", secret)
    made = (
        "-genkeypair",
        "-keyalg",
        "EC",
        "-dname",
        "CN=localhost",
        "-ext",
        "SAN=dns:localhost,ip:127.0.0.1",
    )
    subprocess.run([keytool, *made, "-validity", "2", "-storetype", "PKCS12", *store], check=True)
    shown = subprocess.run([keytool, "-exportcert", "-rfc", *store], check=True, capture_output=True)
    authority = folder / "authority.pem"
    authority.write_bytes(shown.stdout)
    return authority
