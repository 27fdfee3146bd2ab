"""The checked download, from a server of the test's own and from files."""

from __future__ import annotations

import functools
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from crossframe.core.errors import DataError, UsageError
from crossframe.data import fetch, load
from crossframe.data.mnist import FILE
from tests.data.real import REAL, needs_mnist


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.path != "/broken.npz":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x" * 400)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path if REAL is None else REAL.parent
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@needs_mnist
def test_what_was_fetched_is_found(bare: Path, server: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = fetch("mnist", url=f"{server}/{FILE}")
    assert path == bare / "cache/crossframe" / FILE
    assert "crossframe's cache" in load("mnist").where
    out, err = capfd.readouterr()
    assert out == ""
    assert FILE in err
    assert list(path.parent.iterdir()) == [path]


@needs_mnist
def test_a_good_copy_is_not_fetched_again(bare: Path) -> None:
    assert REAL is not None
    path = fetch("mnist", bare / "here", url=REAL.as_uri(), progress=False)
    before = path.stat()
    assert fetch("mnist", bare / "here", url="file:///nowhere", progress=False) == path
    assert path.stat().st_mtime_ns == before.st_mtime_ns


@needs_mnist
def test_a_broken_copy_is_replaced(bare: Path) -> None:
    assert REAL is not None
    (bare / FILE).write_bytes(b"broken")
    assert fetch("mnist", bare, url=REAL.as_uri(), progress=False).stat().st_size == REAL.stat().st_size


def test_something_else_is_not_kept(bare: Path) -> None:
    (bare / FILE).write_bytes(b"what was there before")
    wrong = bare / "wrong.npz"
    wrong.write_bytes(b"not MNIST")
    with pytest.raises(DataError) as caught:
        fetch("mnist", bare, url=wrong.as_uri(), progress=False)
    assert wrong.as_uri() in caught.value.message
    assert "the archive is not a whole MNIST archive" in caught.value.message
    assert (bare / FILE).read_bytes() == b"what was there before"
    assert not list(bare.glob("*.part"))


def test_a_transfer_that_breaks_off(bare: Path, server: str) -> None:
    with pytest.raises(DataError, match="broke off after 400 of 1,000 bytes"):
        fetch("mnist", bare, url=f"{server}/broken.npz", progress=False)
    assert not list(bare.glob("*npz*"))


def test_an_address_that_is_not_there(bare: Path, server: str) -> None:
    with pytest.raises(DataError, match="404"):
        fetch("mnist", bare, url=f"{server}/absent.npz", progress=False)


def test_no_network(bare: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/{FILE}"
        with pytest.raises(DataError, match=r"cannot fetch http://127\.0\.0\.1") as caught:
            fetch("mnist", bare, url=url, progress=False)
    assert "CROSSFRAME_DATA" in caught.value.hint


def test_a_folder_that_cannot_be_written(bare: Path) -> None:
    (bare / "file").touch()
    with pytest.raises(DataError, match=r"cannot write to .*file"):
        fetch("mnist", bare / "file" / "below", url="file:///nowhere", progress=False)


def test_only_mnist_is_fetched() -> None:
    with pytest.raises(UsageError, match="unknown data set to fetch 'digits'"):
        fetch("digits")
