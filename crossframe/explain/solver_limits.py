"""Solvers with their tightest settings, and how far from the optimum they stop by their own rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.explain.spelling import source
from crossframe.explain.switches import reference_optimum, tightened
from crossframe.frameworks import registry
from crossframe.frameworks.contract import Status

AS_CALLED = "as called"
"""Begins the value shown for a solver that stops by its own rule."""
_OTHERWISE = 0.01
"""Part of a side's distance from the optimum that is the algorithm's, not the stopping rule's, at most."""


@dataclass(frozen=True)
class TightSolver:
    """A solver with its tightest settings, in place of its own stopping rule: a switch like any other.

    Attributes
    ----------
    name
        ``solver.tolerance`` where its own algorithm, run to its end, comes as near to the optimum but for
        `_OTHERWISE` of the distance; else ``solver.algorithm``. With the side.
    way
        Which of `crossframe.explain.switches.tightened`.
    model
        The model with it.
    arguments
        What it takes, in the framework's own spelling.
    before
        The values of these arguments in the call as it is, as far as the framework reports them.
    """

    name: str
    way: int
    model: Contestant
    arguments: Mapping[str, Value]
    before: Mapping[str, Value] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The arguments in the framework's own language, joined by commas."""
        return source(self.model.model, self.arguments)

    @property
    def own_words(self) -> str:
        """The call as it is: `AS_CALLED`, with its arguments where they are known."""
        known = source(self.model.model, self.before)
        return f"{AS_CALLED} ({known})" if known else AS_CALLED

    @property
    def decides_rank(self) -> bool:
        """Whether one of the arguments decides on the rank too: ``epsilon`` of R's glm."""
        return any(
            b.setting == "solver.rank_tolerance" and b.param in self.arguments
            for b in registry.model(self.model.model).bindings
        )


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

        The first that bring ``model``, the side with all switches but this, to the certified optimum, else
        those that bring it nearest. ``own`` are the effective settings of the side, ``effective`` those of
        the model; ``label`` is 0 for the left side.
        """
        first = tightened(side, own, self._n)
        if not tightened(model, effective, self._n):
            # The model with all switches has no such setting; the side itself may still stop short.
            model, effective = side, own
        found = self._nearest(model, effective)
        if found is None:
            return None
        way, made, _, stopped_short = found
        passed = {k: v for k, v in made.native.items() if model.native.get(k) != v}
        stops = bool(first) and dict(first[0].native) != dict(side.native)
        setting = "solver.tolerance" if stopped_short or _same_algorithm(model, made) else "solver.algorithm"
        name = f"{setting} ({('left', 'right')[label]})"
        reported = self._fits.records(model)[0].fields.get("effective", {})
        before = {k: reported[k] for k in passed if k in reported}
        return TightSolver(name, way, made, passed, before) if passed or stops else None

    def _nearest(
        self, model: Contestant, effective: Mapping[str, Value]
    ) -> tuple[int, Contestant, float, bool] | None:
        """The way of running a model to its end that comes nearest to the certified optimum.

        With its index, its distance from there, and whether the model's own algorithm comes there but for
        `_OTHERWISE` of the distance; the first that reaches it is taken. A way that changes
        which columns are kept, or leads farther from the optimum than the model itself, is none. Without a
        reference model the last way counts as the optimum. None where there is no way.
        """
        ways = tightened(model, effective, self._n)
        if not ways:
            return None
        try:
            best = reference_optimum(effective, f"the certified optimum for {model.name}")
        except UsageError:
            best = ways[-1]
        self._fits.prepare([model, best])
        own = self._distance(model, best)
        least, found, stopped_short = max(own, self._floor / 2), None, False
        for index, way in enumerate(ways):
            self._fits.prepare([way])
            distance = self._distance(way, best)
            if not distance <= least or not self._same_columns(model, way):
                continue
            found, least = (index, way, distance), distance
            stopped_short |= _same_algorithm(model, way) and distance <= _OTHERWISE * own
            if distance <= self._floor / 2:
                break
        return None if found is None else (*found, stopped_short)

    def _same_columns(self, model: Contestant, way: Contestant) -> bool:
        """Whether two fits leave out the same columns, as far as they report coefficients."""
        one, other = (self._fits.records(made)[0].arrays.get("coefficients") for made in (model, way))
        if one is None or other is None:
            return True
        return bool(np.array_equal(np.isnan(one), np.isnan(other)))

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
        own = self._distance(model, best)
        if not tightened(model, effective, self._n):
            return Shortfall(model.name, own, None, {}, model.model)
        found = self._nearest(model, effective)
        passed = {k: v for k, v in found[1].native.items() if model.native.get(k) != v} if found else {}
        return Shortfall(model.name, own, found[2] if found else own, passed, model.model)


def _same_algorithm(before: Contestant, tight: Contestant) -> bool:
    """Whether the tightest settings of a solver keep its algorithm."""
    bound = {b.param: b.setting for b in registry.model(tight.model).bindings}
    changed = {bound.get(k) for k, v in tight.native.items() if before.native.get(k) != v}
    return not changed & {"solver.algorithm", "optimizer.rule"}
