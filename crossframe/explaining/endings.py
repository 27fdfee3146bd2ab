"""Solvers run to their end, and how far they stop short of it by their own rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crossframe.engines.base import Status, Value
from crossframe.errors import UsageError
from crossframe.explaining.bench import Bench
from crossframe.explaining.switches import certified, tightened
from crossframe.models.contestants import Contestant


@dataclass(frozen=True)
class Ending:
    """A solver run to its end, in place of its own stopping rule: a switch like any other.

    Attributes
    ----------
    name
        ``solver.tolerance`` where its own algorithm is kept, else ``solver.algorithm``, with the side.
    way
        Which of `crossframe.explaining.switches.tightened`.
    model
        The model with it.
    arguments
        What it takes, in the framework's own spelling.
    """

    name: str
    way: int
    model: Contestant
    arguments: Mapping[str, Value]

    @property
    def words(self) -> str:
        """The arguments in a line."""
        return ", ".join(f"{k}={v}" for k, v in self.arguments.items())


@dataclass(frozen=True)
class Shortfall:
    """How far a side stops from the certified optimum of its own objective.

    Attributes
    ----------
    gap
        Largest difference between its scores and the optimum's.
    run_out
        The same with its solver run to its end; None where no setting does that.
    arguments
        What that takes, in the framework's own spelling.
    """

    side: str
    gap: float
    run_out: float | None
    arguments: Mapping[str, Value]

    @property
    def least(self) -> float:
        """What no exposed setting of the solver takes away."""
        return self.gap if self.run_out is None else min(self.gap, self.run_out)


class Endings:
    """Endings of models on a bench.

    Parameters
    ----------
    apart
        How far the answers of two models are apart; infinite where one gives none.
    floor
        Distance up to which they agree.
    """

    def __init__(self, bench: Bench, apart: Callable[[Contestant, Contestant], float], floor: float) -> None:
        self._bench = bench
        self._apart = apart
        self._floor = floor
        self._n = bench.experiment.sizes[0]

    def ending(
        self,
        side: Contestant,
        own: Mapping[str, Value],
        model: Contestant,
        in_force: Mapping[str, Value],
        label: int,
    ) -> Ending | None:
        """How to run the solver of a side (0: left) to its end, None where nothing is left to say.

        By its own algorithm where that brings ``model``, the side with all switches but this, to the
        certified optimum or there is no other one, else by the other. ``own`` is in force for the side,
        ``in_force`` for the model.
        """
        first = tightened(side, own, self._n)
        ways = tightened(model, in_force, self._n)
        if not ways:
            # What the switches lead to has no such setting; the side itself may stop short all the same.
            model, in_force, ways = side, own, first
        if not ways:
            return None
        way = self._reached(model, in_force, ways) if len(ways) > 1 else 0
        told = {k: v for k, v in ways[way].native.items() if model.native.get(k) != v}
        stops = bool(first) and dict(first[0].native) != dict(side.native)
        kind = "solver.algorithm" if way or "optimizer" in told else "solver.tolerance"
        if model.model == "sklearn.linear":
            kind = "solver.rank_tolerance"
        name = f"{kind} ({('left', 'right')[label]})"
        return Ending(name, way, ways[way], told) if told or stops else None

    def _reached(self, model: Contestant, in_force: Mapping[str, Value], ways: tuple[Contestant, ...]) -> int:
        """Which way to take: the first, unless the second ends nearer to the certified optimum.

        Without a referee the second counts as the optimum.
        """
        try:
            best = certified(in_force, f"the referee's optimum for {model.name}")
        except UsageError:
            best = ways[1]
        self._bench.prepare([*ways, best])
        left = [self._apart(way, best) for way in ways]
        return int(left[0] > self._floor / 2 and not left[0] <= left[1])

    def optimum(self, model: Contestant, in_force: Mapping[str, Value]) -> Contestant | None:
        """The certified optimum of what ``model`` minimises; None where the referee finds none."""
        try:
            best = certified(in_force, f"the referee's optimum for {model.name}")
        except UsageError:
            return None
        self._bench.prepare([best])
        there = all(record.status is Status.CONVERGED for record in self._bench.records(best))
        return best if there else None

    def shortfall(self, model: Contestant, in_force: Mapping[str, Value]) -> Shortfall | None:
        """How far a side stops short; None without a certified optimum to measure it by."""
        best = self.optimum(model, in_force)
        if best is None:
            return None
        ways = tightened(model, in_force, self._n)
        self._bench.prepare(list(ways))
        left = [self._apart(way, best) for way in ways]
        at = min(range(len(ways)), key=left.__getitem__, default=None)
        told = {} if at is None else {k: v for k, v in ways[at].native.items() if model.native.get(k) != v}
        own = self._apart(model, best)
        return Shortfall(model.name, own, None if at is None else left[at], told)
