"""A user's H2O cluster: two nodes with password and TLS, used, left clean, and never mixed with one node."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from crossframe.core.errors import EngineMissing, UsageError
from crossframe.frameworks.contract import EngineConfig, Status
from crossframe.frameworks.framework import CheckState
from crossframe.frameworks.h2o import access, frames, lease
from crossframe.frameworks.h2o.checks import of_cluster
from crossframe.frameworks.h2o.cluster import PASSWORD, USER, connected
from crossframe.frameworks.h2o.engine import H2O
from crossframe.frameworks.h2o.rest import Address, Rest
from crossframe.frameworks.registry import versions
from tests.command import child, environment
from tests.frameworks.h2o import cloud as clouds
from tests.frameworks.h2o.cloud import Cloud
from tests.frameworks.h2o.test_engine import SMALL, digits, overlapping, request

pytestmark = pytest.mark.xdist_group("h2o")

SAME = 1e-10
"""Largest difference of a score or coefficient of h2o.glm between one node and two; fixed on 2026-11-22."""
WORDS = ("compare", "--dataset", "digits", "--n", "20,40", "--draws", "2", "--no-report", "--json")
LONG = "h2o.mlp:epochs=100000,classification_stop=-1,stopping_rounds=0"


@pytest.fixture
def address(engine: H2O, monkeypatch: pytest.MonkeyPatch) -> Address:
    """The running server of the session, whose credentials are in the environment."""
    engine.probe()
    assert engine.server is not None
    at = engine.server.address
    monkeypatch.setenv(USER, at.user)
    monkeypatch.setenv(PASSWORD, at.password)
    return at


# ---- what a single server shows, in the fast tests


def failure(url: str) -> str:
    (check,) = of_cluster(url)
    assert check.state is CheckState.FAIL
    assert check.remedy
    return check.detail


def test_each_way_in_which_a_cluster_cannot_be_used_has_its_sentence(
    address: Address, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = address.shown
    (fine,) = of_cluster(url)
    assert fine.state is CheckState.OK
    assert "1 node, 1 thread" in fine.found
    assert "does not speak TLS" in failure(url.replace("http:", "https:"))
    assert "nothing listens at http://127.0.0.1:9" in failure("http://127.0.0.1:9")
    assert "no H2O cluster at this path (404)" in failure(f"{url}/elsewhere")
    assert "has a password" in failure(url.replace("//", "//me:secret@"))
    monkeypatch.setenv(PASSWORD, "secret")
    assert f"refuses user {address.user} with this password (401)" in failure(url)
    assert "secret" not in failure(url)
    monkeypatch.delenv(USER)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert "asks for a user and a password (401)" in failure(url)
    entry = tmp_path / "netrc"
    entry.write_text(f"machine 127.0.0.1 login {address.user} password {address.password}\n")
    entry.chmod(0o600)
    assert next(of_cluster(url)).state is CheckState.OK
    with pytest.raises(EngineMissing, match="nothing listens"), connected("http://127.0.0.1:9"):
        pass
    with pytest.raises(UsageError, match=r"no\.pem cannot be used"), connected("https://x", "no.pem"):
        pass


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_a_client_certificate_is_shown_to_a_proxy_that_asks_for_one(
    address: Address, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pem = tmp_path / "both.pem"
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2")
    names = ("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    subprocess.run(
        ["openssl", *made, *names, "-keyout", tmp_path / "key", "-out", tmp_path / "cert"],
        check=True, capture_output=True,
    )  # fmt: skip
    pem.write_text((tmp_path / "key").read_text() + (tmp_path / "cert").read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.load_verify_locations(pem)
    context.verify_mode = ssl.CERT_REQUIRED
    with Relay(context, address.port) as url:
        (shown,) = of_cluster(url, str(tmp_path / "cert"), str(pem))
        assert shown.state is CheckState.OK, shown.detail
        monkeypatch.setenv("CROSSFRAME_H2O_CA", str(tmp_path / "cert"))
        refused = next(of_cluster(url))
        assert "asks for a client certificate" in refused.detail
        assert "--h2o-cert" in refused.remedy


class Relay:
    """A proxy that ends TLS and passes requests on to a port of this machine, one connection at a time."""

    def __init__(self, context: ssl.SSLContext, port: int) -> None:
        self._port = port
        self._listening = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)

    def __enter__(self) -> str:
        threading.Thread(target=self._serve, daemon=True).start()
        return f"https://127.0.0.1:{self._listening.getsockname()[1]}"

    def __exit__(self, *error: object) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while self._listening.fileno() != -1:
            with contextlib.suppress(OSError):
                one, _ = self._listening.accept()
                with one, socket.create_connection(("127.0.0.1", self._port)) as other:
                    # Requests without a body, each of which fits into one packet.
                    while request := one.recv(65536):
                        other.sendall(request)
                        one.sendall(_answer(other))


def _answer(connection: socket.socket) -> bytes:
    """An answer of HTTP as it came, with its body."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def test_the_nodes_are_in_the_versions_of_the_key_within_the_block_alone(address: Address) -> None:
    before = versions("h2o")
    with connected(address.shown):
        within = versions("h2o")
    assert (within["nodes"], within["threads"], within["cluster"]) == ("1", "1", address.shown)
    assert "nodes" not in before
    assert versions("h2o") == before


def test_objects_of_ended_processes_are_removed_and_no_others(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "_SECOND_LOOK", 0.0)
    rest = Rest(address)
    before = listed(rest)
    theirs = (
        "deadbeef_1_00000000_train1",  # no lease
        f"deadbeef_2_00000000_lease_{lease.now(rest) - 1}",
        "deadbeef_2_00000000_train1",
        f"{lease.machine()}_{_ended_process()}_00000000_lease_{lease.now(rest) + 999}",
    )
    alive = (
        f"deadbeef_3_00000000_lease_{lease.now(rest) + 999}",
        "deadbeef_3_00000000_train1",
        f"{lease.machine()}_{os.getpid()}_00000000_lease_{lease.now(rest) + 999}",
    )
    others = ("deadbeef_4_00000000_train1", "crossframe.hex", "crossframe_of_mine", "their crossframe_1")
    for name in (*theirs, *alive):
        rest.upload(f"crossframe_{name}", b"1,2\n")
    for name in others:
        rest.upload(name, b"1,2\n")
    try:
        lease.sweep(rest)
        assert listed(rest) - before == {*(f"crossframe_{name}" for name in alive), *others}
    finally:
        for key in listed(rest) - before:
            rest.delete(f"/3/Frames/{quote(key)}")
        rest.close()


def _ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_lease_is_renewed_until_it_ends(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "_RENEWED", 0.3)
    rest = Rest(address)
    held = lease.Lease(address)
    first = mine(rest, held.prefix)
    limit = time.monotonic() + 20
    while mine(rest, held.prefix) <= first and time.monotonic() < limit:
        time.sleep(0.1)
    last = mine(rest, held.prefix)
    held.end()
    lease.remove(rest, [held.prefix])
    left = mine(rest, held.prefix)
    rest.close()
    assert len(first) == 1
    assert last
    assert max(last) > max(first)
    assert not held.lost
    assert not left


def mine(rest: Rest, prefix: str) -> set[str]:
    return {key for key in listed(rest) if key.startswith(prefix)}


def listed(rest: Rest) -> set[str]:
    return {f["frame_id"]["name"] for f in rest.call("GET", "/3/Frames")["frames"]}


# ---- two nodes


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with clouds.running(tmp_path_factory.mktemp("cloud"), 2) as cloud:
        yield cloud


@pytest.fixture
def visited(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The cloud, with what it takes to use it in this process's environment."""
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    return cloud


@pytest.fixture
def others(visited: Cloud) -> Iterator[Callable[[], dict[str, Any]]]:
    """A frame and a model of somebody else on the cloud; the function returns all that is there."""
    rest = Rest(access.address_of(visited.url))
    X, y = overlapping(300)
    frames.upload(rest, "their_frame", ("c0", "c1", "c2"), X, y)
    model = rest.call(
        "POST", "/3/ModelBuilders/glm", training_frame="their_frame", response_column="y",
        model_id="their_model", family="binomial",
    )  # fmt: skip
    assert rest.wait(model["job"])["status"] == "DONE"

    def everything() -> dict[str, Any]:
        running = [j["dest"]["name"] for j in rest.call("GET", "/3/Jobs")["jobs"] if j["status"] == "RUNNING"]
        return {
            "frames": listed(rest),
            "models": {m["model_id"]["name"] for m in rest.call("GET", "/3/Models")["models"]},
            "running": running,
            "frame": rest.raw("GET", "/3/DownloadDataset?frame_id=their_frame&hex_string=true"),
            "model": rest.call("GET", "/3/Models/their_model"),
        }

    yield everything
    rest.delete("/3/Models/their_model")
    rest.delete("/3/Frames/their_frame")
    rest.close()


def cells(text: str) -> dict[tuple[str, int, int], dict[str, Any]]:
    return {(c["contestant"], c["n"], c["draw"]): c for c in json.loads(text)["cells"]}


@pytest.mark.slow
def test_a_compare_on_two_nodes_leaves_nothing_and_has_the_numbers_of_one(
    cloud: Cloud, others: Callable[[], dict[str, Any]], home: Path
) -> None:
    before = others()
    words = (*WORDS, "--contestants", "h2o.glm", "--contestant", "h2o.mlp", "--contestant",
             "h2o.mlp:reproducible=true", "--store", str(home / "s.sqlite"))  # fmt: skip
    on_two = child(home, *words, "--h2o-url", cloud.url, **cloud.environment)
    assert others() == before
    own = child(home, *words)
    assert " 0 stored" in own.stderr
    again = child(home, *words, "--h2o-url", cloud.url, **cloud.environment)
    assert "12 stored" in again.stderr
    two, one = cells(on_two.stdout), cells(own.stdout)
    assert json.loads(on_two.stdout)["run"]["versions"]["h2o"]["nodes"] == "2"
    assert two.keys() == one.keys()
    for key, cell in two.items():
        if key[0] == "h2o.glm":
            assert cell["logloss"] == pytest.approx(one[key]["logloss"], abs=SAME)
        elif "reproducible" in key[0]:
            # One node does all of it.
            assert cell["logloss"] == one[key]["logloss"]
    racing = [key for key in two if key[0] == "h2o.mlp"]
    assert any(two[key]["logloss"] != one[key]["logloss"] for key in racing)


@pytest.mark.slow
def test_what_a_killed_run_leaves_is_removed_by_the_next_one(
    cloud: Cloud, others: Callable[[], dict[str, Any]], home: Path
) -> None:
    before = others()
    words = [sys.executable, "-m", "crossframe", *WORDS, "--contestant", LONG, "--h2o-url", cloud.url]
    with (home / "out").open("w") as out:
        run = subprocess.Popen(
            words, env=environment(home, **cloud.environment), stdout=out, stderr=subprocess.STDOUT
        )
    limit = time.monotonic() + 300
    # The rows are jobs before the training is one.
    while not any("_model" in name for name in others()["running"]):
        assert run.poll() is None, (home / "out").read_text()
        assert time.monotonic() < limit
        time.sleep(0.2)
    run.kill()
    run.wait()
    left = others()
    assert left["running"]
    assert len(left["frames"] - before["frames"]) >= 3  # rows, evaluation rows, lease
    child(home, *WORDS, "--contestants", "h2o.glm", "--h2o-url", cloud.url, **cloud.environment)
    assert others() == before


@pytest.mark.slow
def test_rows_that_lie_on_both_nodes_give_the_coefficients_of_one(
    visited: Cloud, engine: H2O, tmp_path: Path
) -> None:
    rng = np.random.default_rng(8)
    X = rng.standard_normal((20_000, 20))
    y = (X @ np.linspace(-1, 1, 20) + rng.logistic(size=len(X)) > 0).astype(np.int64)
    sent = request("glm", X, y, X, lambda_=0.0)
    visitor = H2O(EngineConfig(tmp_path, h2o_url=visited.url))
    on_two, on_one = visitor.fit(sent), engine.fit(sent)
    rest = visitor._connected()
    (rows,) = (key for key in listed(rest) if key.endswith("evaluation1"))
    summary = rest.call("GET", f"/3/Frames/{rows}/summary")["frames"][0]["distribution_summary"]
    by_node = dict(zip([c["name"] for c in summary["columns"]], summary["data"], strict=True))
    visitor.close()
    counts = dict(zip(by_node[""], by_node["number_of_rows"], strict=True))
    assert sum(rows > 0 for node, rows in counts.items() if ":" in node) == 2
    assert on_two.status is on_one.status is Status.CONVERGED
    assert on_two.canonical["parallel.nodes"] == 2
    assert "parallel.nodes" not in on_one.canonical
    assert on_two.coefficients is not None
    assert on_one.coefficients is not None
    np.testing.assert_allclose(on_two.coefficients.values, on_one.coefficients.values, rtol=0, atol=SAME)
    assert on_two.coefficients.intercept == pytest.approx(on_one.coefficients.intercept, abs=SAME)
    np.testing.assert_allclose(on_two.score, on_one.score, rtol=0, atol=SAME)


@pytest.mark.slow
def test_deep_learning_states_the_average_of_the_nodes(visited: Cloud, tmp_path: Path) -> None:
    visitor = H2O(EngineConfig(tmp_path, h2o_url=visited.url))
    racing = visitor.fit(digits("mlp", **{**SMALL, "reproducible": False}))
    alone = visitor.fit(digits("mlp", **SMALL))
    visitor.close()
    assert racing.canonical["parallel.nodes"] == 2
    assert "on 2 nodes with all rows each, whose weights were averaged" in racing.convergence
    assert "parallel.nodes" not in alone.canonical
    assert "nodes" not in alone.convergence


@pytest.mark.slow
def test_audit_and_explain_name_the_nodes(cloud: Cloud, home: Path) -> None:
    where = ("--h2o-url", cloud.url, "--json")
    audited = json.loads(child(home, "audit", "h2o.mlp", *where, **cloud.environment).stdout)
    (model,) = audited["models"]
    assert model["rules"]["parallel.nodes"] == 2
    assert model["versions"]["nodes"] == "2"
    assert "averaged" in model["ending"]
    words = ("explain", "h2o.glm", "sklearn.logistic", *where)
    explained = json.loads(child(home, *words, **cloud.environment).stdout)
    (nodes,) = (d for d in explained["diagnoses"] if d["kind"] == "nodes")
    assert nodes["certificate"] == {"left": 2, "right": 1}
    assert "2 nodes of an H2O cluster" in nodes["words"]


@pytest.mark.slow
def test_a_certificate_that_is_not_trusted_is_refused(
    visited: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fine,) = of_cluster(visited.url)
    assert fine.state is CheckState.OK
    assert "2 nodes, 4 threads" in fine.found
    assert "try https" in next(of_cluster(visited.url.replace("https:", "http:"))).remedy
    monkeypatch.delenv("CROSSFRAME_H2O_CA")
    assert "is not trusted" in failure(visited.url)
