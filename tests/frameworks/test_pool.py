"""Processes that outlive their use."""

from __future__ import annotations

from crossframe.frameworks.pool import Pool


def test_a_warm_runtime_is_the_one_that_answers_the_next_probe() -> None:
    with Pool() as pool:
        pool.warm("reference")
        pool.warm("reference")
        process = pool.process("reference")
        pid = process.pid
        assert process.call("probe").available
        process.close()
        assert pool.process("reference").pid == pid
        assert len(pool.starts) == 1


def test_a_warm_runtime_without_a_user_ends_with_its_pool() -> None:
    with Pool() as pool:
        pool.warm("reference")
        process = pool.process("reference")
        assert process.running
    assert not process.running
