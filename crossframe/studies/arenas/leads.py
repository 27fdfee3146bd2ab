"""Who leads where, and whether surely: the most accurate model against those of the other sort."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from crossframe.core.statistics import Interval, selected_level
from crossframe.studies.arenas.jobs import LINEAR, NETS, Arena, Pairs


@dataclass(frozen=True)
class Lead:
    """The leader on one pair of digits at one number of training rows.

    Attributes
    ----------
    leader
        The contestant with the largest mean accuracy.
    rival
        The one of the other sort, net or linear model, that the leader is least surely ahead of.
    gap
        Leader minus rival, with its interval at the level of `surely`.
    p_value
        Of that difference.
    surely
        Whether the leader is ahead of every contestant of the other sort, corrected for all the cells that
        are looked at.
    """

    leader: str
    rival: str
    gap: Interval
    p_value: float
    surely: bool = False

    @property
    def net(self) -> bool:
        """Whether the most accurate model is a network."""
        return self.leader in NETS


Leads = Mapping[tuple[tuple[int, int], int], Lead]
"""(pair of digits, training images) -> who leads there."""


def leads(arenas: Pairs) -> Leads:
    """The leader of every pair of digits at every n, those surely ahead chosen at once for all of them.

    That the leader is of the wrong sort is rejected where it is where the leader is ahead of each of the
    other sort, so that the largest of these p-values is that of the cell. `crossframe.core.statistics.
    selected_level` chooses among the cells: of those that lead surely 5 % are expected to be wrong at most.
    """
    first = {(pair, n): lead for pair, arena in arenas.items() for n, lead in _first(arena)}
    level = selected_level(np.array([lead.p_value for lead in first.values()]))
    return {
        (pair, n): _settled(lead, arenas[pair].gap(lead.leader, lead.rival, n, level=level))
        for (pair, n), lead in first.items()
    }


def _first(arena: Arena) -> Iterator[tuple[int, Lead]]:
    """The leader at every n at which a net and a linear model took part."""
    for n in arena.sizes:
        present = arena.at(n)
        if not {*present} & {*NETS} or not {*present} & {*LINEAR}:
            continue
        leader = max(present, key=lambda name: arena.mean(name, n).value)
        others = [name for name in present if (name in NETS) is not (leader in NETS)]
        gaps = {name: arena.gap(leader, name, n) for name in others}
        rival = max(gaps, key=lambda name: _tested(gaps[name]))
        yield n, Lead(leader, rival, gaps[rival], _tested(gaps[rival]))


def _tested(gap: Interval) -> float:
    """The p-value of a difference; 1 where there is none, or where its mean is not above 0."""
    return 1.0 if math.isnan(gap.p_value) or gap.value <= 0 else gap.p_value


def _settled(lead: Lead, gap: Interval) -> Lead:
    return replace(lead, gap=gap, surely=gap.low > 0)


def count(leads: Leads, n: int, *, net: bool) -> int:
    """Pairs of digits on which a net (else a linear model) leads surely at n."""
    return sum(lead.surely and lead.net is net for (_, at), lead in leads.items() if at == n)
