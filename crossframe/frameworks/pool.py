"""Engines that outlive a run, so that many small runs start each framework once."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any

from crossframe.frameworks import memory
from crossframe.frameworks.host import STARTUP_LIMIT, EngineDied, EngineProcess


class Pool:
    """Lends engine processes and takes them back; its `process` takes the place of `EngineProcess`.

    A process that waits for work when its user closes it is kept for the next one. One that computes, hangs
    or has failed is ended.

    Parameters
    ----------
    most
        Processes that are kept at most: the one that was not used for longest is ended. None: no limit.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._kept: list[_Lent] = []
        self._all: list[_Lent] = []
        self.starts: list[tuple[float, float]] = []
        """When each runtime got its first call and when it answered, by ``time.perf_counter``."""

    def process(
        self,
        engine: str,
        *,
        threads: int | None = 1,
        h2o_url: str | None = None,
        where: str | None = None,
    ) -> _Lent:
        """A waiting process that was made with the same arguments, or a new one; see `EngineProcess`."""
        made_with = (engine, threads, h2o_url, where)
        for kept in self._kept:
            if kept.made_with == made_with:
                self._kept.remove(kept)
                return kept
        made = _Lent(self, *made_with)
        self._all.append(made)
        return made

    def warm(self, engine: str, *, threads: int | None = 1) -> None:
        """Start the runtime of an engine for its next user, whose first call is a probe; does not wait."""
        process = self.process(engine, threads=threads)
        # Why it cannot be started is reported to the one who needs it.
        with contextlib.suppress(EngineDied):
            if not process.running:
                process.submit_call(_PROBE)
            self.keep(process)

    def keep(self, process: _Lent) -> None:
        """Keep ``process``, which waits for work, for the next user; ends the oldest beyond the limit."""
        if process not in self._kept:
            self._kept.append(process)
        while self._most is not None and len(self._kept) > self._most:
            self._kept.pop(0).end()

    @property
    def peak_memory(self) -> Mapping[str, int]:
        """Bytes by engine, the largest resident size of its processes; ``crossframe`` is this one."""
        peaks: dict[str, int] = {"crossframe": memory.own()}
        for process in self._all:
            peaks[process.engine] = peaks.get(process.engine, 0) + process.peak_memory
        return peaks

    @property
    def starting(self) -> float:
        """Seconds in which a runtime was starting; several that start at once count once."""
        seconds, until = 0.0, 0.0
        for begin, end in sorted(self.starts):
            seconds += max(0.0, end - max(begin, until))
            until = max(until, end)
        return seconds

    def close(self) -> None:
        """End every process of this pool, lent ones too; a second call does nothing."""
        for process in self._all:
            process.end()
        self._kept.clear()

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_shared: Pool | None = None
_PROBE = "probe"
"""The first call of every engine, which starts its runtime."""


@contextlib.contextmanager
def sharing(pool: Pool) -> Iterator[Pool]:
    """Within the block, calls in this process that are given no pool use the engines of ``pool``."""
    global _shared
    before, _shared = _shared, pool
    try:
        yield pool
    finally:
        _shared = before


@contextlib.contextmanager
def borrowed(pool: Pool | None = None) -> Iterator[Pool]:
    """``pool``, else the pool of `sharing`, else a new one whose processes end with the block."""
    lender = pool or _shared
    if lender is not None:
        yield lender
        return
    with Pool() as own:
        yield own


def process_from(pool: Pool | None = None) -> Callable[..., EngineProcess]:
    """A factory of processes: those of ``pool`` or of `sharing`, else new ones that end with their use."""
    lender = pool or _shared
    return EngineProcess if lender is None else lender.process


class _Lent(EngineProcess):
    """A process of a pool; its `close` returns it to the pool."""

    def __init__(
        self, pool: Pool, engine: str, threads: int | None, h2o_url: str | None, where: str | None
    ) -> None:
        super().__init__(engine, threads=threads, h2o_url=h2o_url, where=where)
        self.made_with = (engine, threads, h2o_url, where)
        self._pool = pool
        self._asked = 0.0
        self._dying = False

    def submit_call(self, method: str, *arguments: Any, limit: float = STARTUP_LIMIT) -> None:
        """`EngineProcess.submit_call`; notes when a runtime that does not run yet got its first call.

        The answer of a runtime that `Pool.warm` started is on its way.
        """
        if self._asked and method == _PROBE:
            return
        if not self.running:
            self._asked = time.perf_counter()
        super().submit_call(method, *arguments, limit=limit)

    def receive(self) -> Any:
        """`EngineProcess.receive`; adds the time of a start to ``starts`` of the pool."""
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
        """Return it to the pool where it waits for work, else end it."""
        if self.running and not self._busy and not self._dying:
            self._pool.keep(self)
        else:
            self.end()

    def end(self) -> None:
        """End the child process and everything it started; a second call does nothing."""
        super().close()
