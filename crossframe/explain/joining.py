"""Switches that a model can make only together, joined; and those that no model can make, left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from crossframe.explain.attribution.evaluated import EXACT_UP_TO
from crossframe.settings.vocabulary import WITH


@dataclass
class Joined:
    """What can be switched, such that every set of it can be.

    Attributes
    ----------
    groups
        Names that are switched together, in their order; most groups have one.
    cannot
        Names that cannot be switched, even together with others, and why.
    together
        Group of several, as `group_name` writes it -> why they cannot be switched separately.
    """

    groups: list[tuple[str, ...]]
    cannot: dict[str, str] = field(default_factory=dict)
    together: dict[str, str] = field(default_factory=dict)


def group_name(names: Sequence[str]) -> str:
    """The name of switches that are made together: ``link with penalty.l2``."""
    return WITH.join(names)


def join(names: Sequence[str], why_not: Callable[[tuple[str, ...]], str]) -> Joined:
    """Groups of ``names`` of which every set can be switched.

    A set that no model can make is joined with the fewest others with which one can (a penalty that R's glm
    lacks, with the link that glmnet lacks); where there are none, the last of the set is left out.

    Parameters
    ----------
    why_not
        Why no model has these switched and the others not; empty: one has.
    """
    joined = Joined([(name,) for name in names])
    while clash := _clash(joined.groups, why_not):
        chosen, why = clash
        rest = [group for group in joined.groups if group not in chosen]
        more = next((m for m in _sets(rest, len(rest)) if not why_not(_names(names, (*chosen, *m)))), None)
        if more is None:
            last = chosen[-1]
            beside = f" beside {', '.join(_names(names, chosen[:-1]))}" if len(chosen) > 1 else ""
            joined.cannot |= dict.fromkeys(last, f"{why}{beside}")
            joined.groups.remove(last)
            joined.together.pop(group_name(last), None)
            continue
        one = (*chosen, *more)
        for group in one:
            joined.together.pop(group_name(group), None)
        together = _names(names, one)
        joined.together[group_name(together)] = why
        at = min(joined.groups.index(group) for group in one)
        joined.groups[at : at + 1] = [together]
        joined.groups = [g for g in joined.groups if g is together or g not in one]
    return joined


def _clash(
    groups: Sequence[tuple[str, ...]], why_not: Callable[[tuple[str, ...]], str]
) -> tuple[tuple[tuple[str, ...], ...], str] | None:
    """The smallest set of groups that no model has switched alone, and why; None: there is none."""
    for chosen in _sets(groups, len(groups) if len(groups) <= EXACT_UP_TO else 1):
        if why := why_not(tuple(name for group in chosen for name in group)):
            return chosen, why
    return None


def _sets(groups: Sequence[tuple[str, ...]], most: int) -> Iterator[tuple[tuple[str, ...], ...]]:
    """The sets of 1 to ``most`` groups, the smaller ones first."""
    for size in range(1, most + 1):
        yield from combinations(groups, size)


def _names(order: Sequence[str], groups: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The names of some groups in their first ``order``."""
    there = {name for group in groups for name in group}
    return tuple(name for name in order if name in there)
