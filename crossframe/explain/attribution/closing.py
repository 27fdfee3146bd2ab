"""The smallest set of switches that closes a gap, and how far each of its switches closes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, TypeAlias

from crossframe.explain.attribution.evaluated import Method
from crossframe.explain.attribution.game import Game
from crossframe.explain.attribution.measures import digits_of_gap
from crossframe.settings.vocabulary import titled

Closed: TypeAlias = Callable[[float], bool]
Digits: TypeAlias = Callable[[float], float]


def at_floor(floor: float, tolerance: float = 0.0) -> Closed:
    """Whether \\|gap\\| <= floor + tolerance; False for a gap that could not be measured."""
    return lambda gap: abs(gap) <= floor + tolerance


def by_part(gap: float, part: float) -> Closed:
    """Whether a gap is at most 1 - ``part`` of the one there was, in size: 0.9 closes 90 % of it."""
    return lambda left: abs(left) <= (1 - part) * abs(gap)


@dataclass(frozen=True)
class Step:
    """The gap after one more switch; ``setting`` is empty before the first."""

    setting: str
    gap: float
    digits: float

    def to_dict(self) -> dict[str, Any]:
        """The step as plain JSON values; what is not finite becomes None."""
        return {
            "setting": self.setting or None,
            "gap": self.gap if math.isfinite(self.gap) else None,
            "digits": self.digits if math.isfinite(self.digits) else None,
        }


@dataclass(frozen=True)
class Closing:
    """The switches that close a gap, or that come nearest.

    Attributes
    ----------
    closed
        Whether ``settings`` reach the target; else no evaluated set does and these leave the
        smallest gap.
    smallest
        Whether every smaller set was evaluated; else it is only known that no switch can be left out.
    settings
        In the order of ``steps``: largest gain first.
    gap
        What they leave.
    steps
        The gap as it is, then after each switch.
    """

    closed: bool
    smallest: bool
    settings: tuple[str, ...]
    gap: float
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        switches = ", ".join(map(titled, self.settings)) or "no switch"
        if not self.closed:
            return f"cannot be closed; {switches} leaves {self.gap:.3g}"
        note = "smallest set" if self.smallest else "none can be left out"
        return f"closed by {switches} ({note}), leaving {self.gap:.3g}"

    def leaving(self, gap: float) -> Closing:
        """The same switches with another gap after the last one."""
        last = Step(self.settings[-1], gap, digits_of_gap(gap))
        return replace(self, gap=gap, steps=(*self.steps[:-1], last))

    def to_dict(self) -> dict[str, Any]:
        """The closing set as plain JSON values; what is not finite becomes None."""
        return {
            "closed": self.closed,
            "smallest": self.smallest,
            "settings": list(self.settings),
            "gap": self.gap if math.isfinite(self.gap) else None,
            "steps": [step.to_dict() for step in self.steps],
        }


def close(
    game: Game,
    closed: Closed,
    shares: Mapping[str, float],
    *,
    digits: Digits = digits_of_gap,
    method: Method | None = None,
) -> Closing:
    """Search the smallest set of switches after which ``closed(gap)`` holds.

    The gap is the mean over draws. `Method.EXACT` looks at sets by increasing size; among those of
    one size that close, the one with the largest sum of \\|share\\| is taken, then the first by name.
    `Method.ORDERS` adds the switch after which the gap is smallest until it is closed, then takes
    back, from the smallest share up, every switch that is not needed. A gap that cannot be measured
    (NaN) is not closed.

    Parameters
    ----------
    shares
        Share of each setting, to break ties; one that is missing counts as 0.
    digits
        From a gap to the digits of agreement to be shown; on probabilities, the default.
    """
    exact = (method or Method.of(game.k)) is Method.EXACT
    search = _Search(game, shares)
    closing = search.exact(closed) if exact else search.greedy(closed)
    best = search.best() if closing is None else closing
    steps = search.path(best)
    return Closing(
        closed=closing is not None,
        smallest=exact or best == 0,
        settings=tuple(setting for setting, _ in steps[1:]),
        gap=game.mean(best),
        steps=tuple(Step(setting, gap, digits(gap)) for setting, gap in steps),
    )


class _Search:
    """A search over sets of switches, in their order of preference."""

    def __init__(self, game: Game, shares: Mapping[str, float]) -> None:
        self.game = game
        self.share = {name: abs(shares.get(name, 0.0)) for name in game.names}
        self.seen: set[int] = set()

    def gap(self, mask: int) -> float:
        """\\|v\\| of a set, infinite where v has no value; records the set as seen."""
        self.seen.add(mask)
        gap = abs(self.game.mean(mask))
        return math.inf if math.isnan(gap) else gap

    def preference(self, mask: int) -> tuple[int, float, Sequence[str]]:
        """Sorts the preferred set first: fewest switches, largest shares, names."""
        names = sorted(self.game.subset(mask))
        return len(names), -math.fsum(self.share[name] for name in names), names

    def exact(self, closed: Closed) -> int | None:
        """The preferred set that closes, None if none does."""
        for size in range(self.game.k + 1):
            level = [sum(1 << i for i in chosen) for chosen in combinations(range(self.game.k), size)]
            self.game.need(level)
            for mask in sorted(level, key=self.preference):
                self.gap(mask)
                if closed(self.game.mean(mask)):
                    return mask
        return None

    def greedy(self, closed: Closed) -> int | None:
        """A set that closes and from which no switch can be left out; None where no evaluated set closes."""
        mask = 0
        self.gap(mask)
        while not closed(self.game.mean(mask)) and mask != self.game.all:
            mask = self._next(mask, self.game.all)
        if not closed(self.game.mean(mask)):
            # The greedy path does not close; one of the sets evaluated for the shares may.
            others = [m for m in sorted(self.game.evaluated, key=self.preference) if self._closes(m, closed)]
            if not others:
                return None
            mask = others[0]
        while True:
            fewer = [mask & ~(1 << i) for i in range(self.game.k) if mask >> i & 1]
            self.game.need(fewer)
            # The preferred set with one switch less leaves out the smallest share.
            spared = [m for m in sorted(fewer, key=self.preference) if self._closes(m, closed)]
            if not spared:
                return mask
            mask = spared[0]

    def best(self) -> int:
        """The set with the smallest gap among those seen; ties by `preference`."""
        return min(self.seen, key=lambda mask: (self.gap(mask), *self.preference(mask)))

    def path(self, mask: int) -> list[tuple[str, float]]:
        """Setting and gap after each switch of a set, largest gain first."""
        at, steps = 0, [("", self.game.mean(0))]
        while at != mask:
            after = self._next(at, mask)
            (setting,) = self.game.subset(after ^ at)
            steps.append((setting, self.game.mean(after)))
            at = after
        return steps

    def _next(self, at: int, within: int) -> int:
        """One more switch out of ``within``: the one that leaves the smallest gap."""
        more = [at | 1 << i for i in range(self.game.k) if (within & ~at) >> i & 1]
        self.game.need(more)
        return min(more, key=lambda mask: (self.gap(mask), *self.preference(mask)))

    def _closes(self, mask: int, closed: Closed) -> bool:
        self.gap(mask)
        return closed(self.game.mean(mask))
