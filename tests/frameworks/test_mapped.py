"""Large arrays between processes: the same numbers, through files that leave nothing behind."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from multiprocessing.connection import Pipe
from pathlib import Path

import numpy as np
import pytest

from crossframe.core.types import Fingerprint, FloatArray, fingerprint
from crossframe.frameworks import mapped

ROWS = np.random.default_rng(1).permutation(40_000)[:30_000]


@pytest.fixture(scope="module")
def table() -> FloatArray:
    return np.random.default_rng(2).normal(size=(40_000, 6))


def test_rows_are_gathered_in_order_and_hashed_on_the_way(table: FloatArray) -> None:
    hashed, plain = Fingerprint(), hashlib.sha256()

    def both(block: FloatArray) -> None:
        hashed.add(block)
        plain.update(block.data)

    made = mapped.taken(table, ROWS, both)
    assert made.nbytes > mapped.LEAST
    assert not made.flags.writeable
    np.testing.assert_array_equal(made, table[ROWS])
    assert plain.hexdigest() == hashlib.sha256(table[ROWS].data).hexdigest()
    y = table[ROWS, 0]
    assert hashed.of(y) == fingerprint(table[ROWS], y)


def test_a_message_arrives_as_it_was_sent(table: FloatArray) -> None:
    here, there = Pipe()
    shared, small = mapped.taken(table, ROWS), np.arange(5)
    mapped.send(here, ("fit", {"gathered": shared, "plain": table, "part": shared[1:], "small": small}))
    method, got = mapped.receive(there)
    assert method == "fit"
    for name, sent in (("gathered", shared), ("plain", table), ("part", shared[1:]), ("small", small)):
        np.testing.assert_array_equal(got[name], sent)
        assert got[name].dtype == sent.dtype
    before = shared[0, 0]
    got["gathered"][0, 0] = before + 1
    assert shared[0, 0] == before


def test_a_file_that_does_not_fit_is_an_error_with_the_folder(tmp_path: Path) -> None:
    program = """
import resource, numpy as np
from crossframe.core.errors import OutOfMemory
from crossframe.frameworks import mapped
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
try:
    mapped.taken(np.zeros((2**16, 4)), np.arange(2**16))
except OutOfMemory as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(tmp_path) in done.stdout
    assert "2 MiB" in done.stdout
    assert "TMPDIR" in done.stdout
    assert not list(tmp_path.iterdir())
