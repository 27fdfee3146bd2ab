"""What is no file where one is named, archives of MNIST, gzipped tables, and odd names of files."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tests.fuzz.case import DONE, FOREIGN_COLOUR, REFUSED, Case, Make
from tests.fuzz.tables import COMPARE, EXPLAIN, FINE, NAMES, content


def _fifo(name: str) -> Make:
    return lambda work: os.mkfifo(work / name)


def _folder(name: str) -> Make:
    return lambda work: (work / name).mkdir()


def _loop(name: str) -> Make:
    return lambda work: (work / name).symlink_to(name)


def _nowhere(name: str) -> Make:
    return lambda work: (work / name).symlink_to("gone")


def _sparse(name: str, size: int) -> Make:
    def make(work: Path) -> None:
        with (work / name).open("wb") as file:
            file.truncate(size)

    return make


def _zeros(work: Path) -> None:
    with gzip.open(work / "odd.csv.gz", "wb", compresslevel=1) as file:
        file.write(b"x,y\n" + b"0" * 60_000_000)


_NOT_FILES: dict[str, Callable[[str], Make]] = {
    "pipe": _fifo,
    "folder": _folder,
    "link to itself": _loop,
    "link to nowhere": _nowhere,
}


def _packed(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def _head(shape: str) -> bytes:
    """An npz whose array x_train says that it has ``shape``."""
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            "x_train.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + b"\0" * 64
        )
    return file.getvalue()


_SMALL = _packed(x_train=np.zeros((2, 28, 28), np.uint8))
ARCHIVES: dict[str, bytes] = {
    "empty": b"",
    "text": b"mnist",
    "of other arrays": _packed(x=np.zeros(3)),
    "too small": _SMALL,
    "cut": _SMALL[: len(_SMALL) // 2],
    "without its directory": _SMALL[:-22],
    "one array": _SMALL[:0]
    + b"\x93NUMPY\x01\x00v\x00"
    + b"{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }".ljust(117)
    + b"\n",
    "objects": _packed(x_train=np.array([{"a": 1}, None], dtype=object)),
    "a huge shape": _head("(60000, 28, 999999999)"),
    "a negative shape": _head("(-1, 28, 28)"),
    "a shape that is code": _head("__import__('os').system('touch pwned')"),
    "names with escape sequences": _packed(**{FOREIGN_COLOUR: np.zeros(1), "../../beside/x": np.zeros(1)}),
}
_MNIST: tuple[tuple[str, ...], ...] = (
    ("data", "verify", "mnist", "--data-dir", "."),
    ("data", "list", "--data-dir", "."),
    ("compare", "--dataset", "mnist", "--data-dir", "."),
    ("explain", "sklearn.logistic", "r.glm", "--dataset", "mnist", "--data-dir", "mnist.npz"),
)


def places() -> Iterator[Case]:
    """What is no file where one is named, and archives of all kinds."""
    for i, (name, make) in enumerate(_NOT_FILES.items()):
        for end in ("csv", "csv.gz", "parquet"):
            words = ((COMPARE, EXPLAIN)[i % 2]) + ("--data", f"odd.{end}", "--target", "y")
            yield Case("place", f"{name}.{end}", words, make(f"odd.{end}"), REFUSED)
        yield Case("place", f"{name}.toml", ("compare", "--config", "odd.toml"), make("odd.toml"), REFUSED)
        yield Case("place", f"{name}.json", ("audit", "--against", "odd.json"), make("odd.json"), REFUSED)
        codes = frozenset({0}) if _MNIST[i][1] == "list" else REFUSED
        yield Case("place", f"{name}.npz", _MNIST[i], make("mnist.npz"), codes)  # type: ignore[arg-type]
    for i, (name, data) in enumerate(ARCHIVES.items()):
        codes = frozenset({0}) if _MNIST[i % 4][1] == "list" else REFUSED
        yield Case("npz", name, _MNIST[i % 4], content(data, "mnist.npz"), codes)  # type: ignore[arg-type]
    packed = gzip.compress(FINE.encode(), mtime=0)
    bomb = gzip.compress(b"x,y\n" + b"1,a\n2,b\n" * 400_000, mtime=0)
    archives = {
        "empty": b"",
        "of nothing": gzip.compress(b""),
        "header alone": packed[:10],
        "cut": packed[:-20],
        "without its sum": packed[:-8],
        "wrong sum": packed[:-8] + b"\0" * 8,
        "text": FINE.encode(),
        "noise behind it": packed + b"noise",
        "of noise": gzip.compress(bytes(range(256)) * 9),
    }
    for i, (name, data) in enumerate(archives.items()):
        words = (*(EXPLAIN, COMPARE)[i % 2], "--data", "odd.csv.gz", "--target", "y")
        yield Case("gzip", name, words, content(data, "odd.csv.gz"), REFUSED)
    twice = content(packed + gzip.compress(b"1,2,a\n"), "odd.csv.gz")
    words = (*COMPARE, "--data", "odd.csv.gz", "--target", "y")
    yield Case("gzip", "two parts", words, twice, DONE)
    yield Case("gzip", "20 kB that are 3 MB", words, content(bomb, "odd.csv.gz"), own_process=True)
    yield Case("gzip", "one line of 60 MB", words, _zeros, REFUSED, own_process=True)
    sparse = (*COMPARE, "--data", "odd.csv", "--target", "y")
    # Exit code 6 where the memory did not suffice for it.
    codes = REFUSED | DONE - {0}
    yield Case("place", "5 GB of nothing", sparse, _sparse("odd.csv", 5 * 2**30), codes, own_process=True)  # type: ignore[arg-type]
    yield Case("place", "/dev/null", (*COMPARE, "--data", "/dev/null", "--target", "y"), codes=REFUSED)
    yield Case("place", "/dev/zero", ("audit", "--against", "/dev/zero"), codes=REFUSED)
    yield Case(
        "place",
        "/dev/zero as configuration",
        ("compare", "--config", "/dev/zero"),
        codes=REFUSED,
        own_process=True,
    )
    for i, name in enumerate((*NAMES[:12], NAMES[-1], "\udcff.csv")):
        verb = (COMPARE, EXPLAIN)[i % 2]
        file = "odd" + name.replace("\x00", "0").replace("/", "_")
        words = (*verb, "--data", file, "--target", "y")
        yield Case("place", f"no file {ascii(name[:20])[1:-1]}", words, codes=REFUSED)
    for i, name in enumerate(n.replace("\x00", "0").replace("/", "_") for n in NAMES[:-1]):
        words = (*(COMPARE, EXPLAIN)[i % 2], "--data", f"{name}.csv", "--target", "y")
        if i % 3 == 0:
            yield Case("place", f"file {ascii(name[:20])[1:-1]}", words, content(FINE, f"{name}.csv"), DONE)
    yield Case("place", "a name with NUL", (*COMPARE, "--data", "a\x00b.csv", "--target", "y"), codes=REFUSED)
