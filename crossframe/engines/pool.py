"""Engines that outlive a run, so that many small runs start each framework once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from crossframe.engines import memory
from crossframe.engines.host import STARTUP_LIMIT, EngineDied, EngineProcess


class Pool:
    """Lends engine processes and takes them back; ``process`` takes the place of `EngineProcess`.

    A process that is idle when its user closes it is kept for the next one. One that computes, hangs
    or has failed is ended as ever.
    """

    def __init__(self) -> None:
        self._kept: list[_Lent] = []
        self._all: list[_Lent] = []
        self.starts: list[tuple[float, float]] = []
        """When each runtime was first spoken to and when it answered, by ``time.perf_counter``."""

    def process(self, engine: str, *, threads: int | None = 1, h2o_url: str | None = None) -> EngineProcess:
        """An idle process that was made with the same words, or a new one."""
        words = (engine, threads, h2o_url)
        for kept in self._kept:
            if kept.words == words:
                self._kept.remove(kept)
                return kept
        made = _Lent(self, words)
        self._all.append(made)
        return made

    def keep(self, process: _Lent) -> None:
        """Take back a process that is idle."""
        if process not in self._kept:
            self._kept.append(process)

    @property
    def peak_memory(self) -> Mapping[str, int]:
        """Bytes by engine, the largest resident size of its processes; ``crossframe`` is this one."""
        found: dict[str, int] = {"crossframe": memory.own()}
        for process in self._all:
            found[process.engine] = found.get(process.engine, 0) + process.peak_memory
        return found

    @property
    def starting(self) -> float:
        """Seconds in which a runtime was starting; several that start at once count once."""
        seconds, until = 0.0, 0.0
        for begin, end in sorted(self.starts):
            seconds += max(0.0, end - max(begin, until))
            until = max(until, end)
        return seconds

    def close(self) -> None:
        """End every process; idempotent."""
        for process in self._all:
            process.end()
        self._kept.clear()

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Lent(EngineProcess):
    """A process whose `close` gives it back."""

    def __init__(self, pool: Pool, words: tuple[str, int | None, str | None]) -> None:
        super().__init__(words[0], threads=words[1], h2o_url=words[2])
        self.words = words
        self._pool = pool
        self._asked = 0.0
        self._dying = False

    def submit_call(self, method: str, *arguments: Any, limit: float = STARTUP_LIMIT) -> None:
        """See `EngineProcess`."""
        if not self.running:
            self._asked = time.perf_counter()
        super().submit_call(method, *arguments, limit=limit)

    def receive(self) -> Any:
        """See `EngineProcess`."""
        answer = super().receive()
        if self._asked:
            self._pool.starts.append((self._asked, time.perf_counter()))
            self._asked = 0.0
        return answer

    def _died(self, status: Any, reason: str) -> EngineDied:
        self._dying = True
        try:
            return super()._died(status, reason)
        finally:
            self._dying = False

    def close(self) -> None:
        """Back to the pool where it is idle, else the end."""
        if self.running and not self._busy and not self._dying:
            self._pool.keep(self)
        else:
            self.end()

    def end(self) -> None:
        """End the child."""
        super().close()
