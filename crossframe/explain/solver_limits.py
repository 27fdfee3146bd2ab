"""Solvers with their tightest settings, and how far from the optimum they stop by their own rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.explain.spelling import source
from crossframe.explain.switches import reference_optimum, tightened
from crossframe.frameworks import registry
from crossframe.frameworks.contract import Status


@dataclass(frozen=True)
class TightSolver:
    """A solver with its tightest settings, in place of its own stopping rule: a switch like any other.

    Attributes
    ----------
    name
        ``solver.tolerance`` where its own algorithm is kept, else ``solver.algorithm``, with the side.
    way
        Which of `crossframe.explain.switches.tightened`.
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
        """The arguments in the framework's own language, joined by commas."""
        return source(self.model.model, self.arguments)


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
    model
        The side's model, which takes them.
    """

    side: str
    gap: float
    run_out: float | None
    arguments: Mapping[str, Value]
    model: str = ""

    @property
    def least(self) -> float:
        """The distance that remains under the best exposed settings of the solver."""
        return self.gap if self.run_out is None else min(self.gap, self.run_out)


class SolverLimits:
    """The tightest settings of the solvers of models, and the certified optima that they should reach.

    Parameters
    ----------
    distance
        Of the answers of two models; infinite where one gives none.
    floor
        Distance up to which they agree.
    """

    def __init__(
        self, fits: FitCache, distance: Callable[[Contestant, Contestant], float], floor: float
    ) -> None:
        self._fits = fits
        self._distance = distance
        self._floor = floor
        self._n = fits.experiment.sizes[0]

    def tight(
        self,
        side: Contestant,
        own: Mapping[str, Value],
        model: Contestant,
        effective: Mapping[str, Value],
        label: int,
    ) -> TightSolver | None:
        """The tightest settings of the solver of a side; None where there are none to switch.

        By its own algorithm where that brings ``model``, the side with all switches but this, to the
        certified optimum or there is no other one, else by the other. ``own`` are the effective settings
        of the side, ``effective`` those of the model; ``label`` is 0 for the left side.
        """
        first = tightened(side, own, self._n)
        ways = tightened(model, effective, self._n)
        if not ways:
            # The model with all switches has no such setting; the side itself may still stop short.
            model, effective, ways = side, own, first
        if not ways:
            return None
        way = self._reached(model, effective, ways) if len(ways) > 1 else 0
        passed = {k: v for k, v in ways[way].native.items() if model.native.get(k) != v}
        stops = bool(first) and dict(first[0].native) != dict(side.native)
        setting = f"{_setting(model, ways[way], way)} ({('left', 'right')[label]})"
        return TightSolver(setting, way, ways[way], passed) if passed or stops else None

    def _reached(
        self, model: Contestant, effective: Mapping[str, Value], ways: tuple[Contestant, ...]
    ) -> int:
        """The index of the way to take: 0, unless the second ends nearer to the certified optimum.

        Without a reference model the second way counts as the optimum.
        """
        try:
            best = reference_optimum(effective, f"the certified optimum for {model.name}")
        except UsageError:
            best = ways[1]
        self._fits.prepare([*ways, best])
        left = [self._distance(way, best) for way in ways]
        return int(left[0] > self._floor / 2 and not left[0] <= left[1])

    def optimum(self, model: Contestant, effective: Mapping[str, Value]) -> Contestant | None:
        """The certified optimum of what ``model`` minimises; None where none is certified."""
        try:
            best = reference_optimum(effective, f"the certified optimum for {model.name}")
        except UsageError:
            return None
        self._fits.prepare([best])
        there = all(record.status is Status.CONVERGED for record in self._fits.records(best))
        return best if there else None

    def shortfall(self, model: Contestant, effective: Mapping[str, Value]) -> Shortfall | None:
        """How far a side stops short; None without a certified optimum to measure it by."""
        best = self.optimum(model, effective)
        if best is None:
            return None
        ways = tightened(model, effective, self._n)
        self._fits.prepare(list(ways))
        left = [self._distance(way, best) for way in ways]
        at = min(range(len(ways)), key=left.__getitem__, default=None)
        passed = {} if at is None else {k: v for k, v in ways[at].native.items() if model.native.get(k) != v}
        own = self._distance(model, best)
        return Shortfall(model.name, own, None if at is None else left[at], passed, model.model)


def _setting(before: Contestant, tight: Contestant, way: int) -> str:
    """The canonical setting that stands for the tightest settings of a solver.

    ``solver.algorithm`` where another algorithm is taken, ``solver.rank_tolerance`` where what is cut off is
    the rank, else ``solver.tolerance``.
    """
    bound = {b.param: b.setting for b in registry.model(tight.model).bindings}
    changed = {bound.get(k) for k, v in tight.native.items() if before.native.get(k) != v}
    if way or "optimizer.rule" in changed:
        return "solver.algorithm"
    rank = "solver.rank_tolerance"
    return rank if rank in {bound.get(k) for k in tight.native} else "solver.tolerance"
