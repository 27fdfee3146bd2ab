"""Engines that run for the whole test session, lent to a module at a time."""

from __future__ import annotations

from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.pool import Pool


class Engines:
    """``engines["r"]``: a running engine with one thread; one that has died is replaced."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lent: dict[str, EngineProcess] = {}

    def __getitem__(self, name: str) -> EngineProcess:
        if name not in self._lent or not self._lent[name].running:
            self._lent[name] = self._pool.process(name)
        process = self._lent[name]
        if not process.versions:
            assert process.call("probe").available
        return process

    def close(self) -> None:
        """Give them back."""
        for process in self._lent.values():
            process.close()
        self._lent.clear()
