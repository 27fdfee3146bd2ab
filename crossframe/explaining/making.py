"""The model that a set of switches makes of one side: by its framework, else by the referee."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

from crossframe.attribution.evaluated import EXACT_UP_TO
from crossframe.attribution.game import Subset
from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.explaining.bench import Bench
from crossframe.explaining.endings import Ending
from crossframe.explaining.switches import (
    PARTS,
    carried,
    certified,
    free,
    hybrid_name,
    left_behind,
    switched,
    tightened,
)
from crossframe.models.contestants import Contestant


class Maker:
    """The model that a set of switches makes of one side."""

    def __init__(
        self,
        bench: Bench,
        side: Contestant,
        own: Mapping[str, Value],
        values: Mapping[str, Value],
        wanted: Mapping[str, Value],
    ) -> None:
        self._bench = bench
        self._side = side
        self._own = own
        self._values = values
        self._carried = carried(own, wanted)
        self._left_behind = left_behind(own, wanted)
        self._made: dict[Subset, Contestant] = {}
        self.ending: Ending | None = None
        """How the side's solver is run to its end; its name is a switch."""
        self.endless = False
        """Whether the side has no finite optimum: run to their end are its hybrids with a penalty alone."""

    @property
    def by_referee(self) -> tuple[str, ...]:
        """Hybrids that the framework could not express or refused."""
        return tuple(hybrid_name(s) for s, m in self._made.items() if m.model == "reference.optimum")

    def hybrid(self, subset: Subset) -> Contestant:
        """By the side's framework where it can express it, else the referee's optimum."""
        if subset not in self._made:
            self._made[subset] = self._make(subset)
        return self._made[subset]

    def clash(self) -> tuple[str, str] | None:
        """A switch that cannot be combined with others, by anybody, and why; None: all of them can."""
        names = list(self._values)
        for size in range(1, len(names) + 1 if len(names) <= EXACT_UP_TO else 1):
            for chosen in combinations(names, size):
                try:
                    self.hybrid(frozenset(chosen))
                except UsageError as error:
                    beside = f" beside {', '.join(chosen[:-1])}" if size > 1 else ""
                    return chosen[-1], f"{error.message}{beside}"
        return None

    def mend(self) -> None:
        """Give to the referee what the framework refused to fit."""
        for subset, model in list(self._made.items()):
            records = self._bench.records(model)
            if model.model != "reference.optimum" and not all(r.fields["usable"] for r in records):
                with contextlib.suppress(UsageError):
                    self._made[subset] = self._certified(subset)
        self._bench.prepare(list(self._made.values()))

    def _make(self, subset: Subset) -> Contestant:
        if not subset:
            return self._side
        taken = self._taken(subset)
        name = f"{self._side.name}[{hybrid_name(subset)}]"
        try:
            made = replace(switched(self._side, self._own, taken), name=name)
        except UsageError:
            return self._certified(subset)
        # Another solver has no rule of the side's to stop by.
        moved = made.model != self._side.model or made.native.get("solver") != self._side.native.get("solver")
        ways = tightened(made, {**self._own, **taken}, self._bench.experiment.sizes[0])
        if ways and moved:
            return replace(ways[-1], name=name)
        held = not self.endless or not free({**self._own, **taken})
        if ways and held and self.ending and self.ending.name in subset:
            return replace(ways[min(self.ending.way, len(ways) - 1)], name=name)
        return made

    def _taken(self, subset: Subset) -> dict[str, Value]:
        taken = {name: self._values[name] for name in subset if name in self._values}
        if not any(name in taken for name in PARTS):
            return taken
        return {**taken, **self._carried, **(self._left_behind if free({**self._own, **taken}) else {})}

    def _certified(self, subset: Subset) -> Contestant:
        taken = self._taken(subset)
        name = f"the referee's {self._side.name}[{hybrid_name(subset & set(self._values))}]"
        return certified({**self._own, **taken}, name)
