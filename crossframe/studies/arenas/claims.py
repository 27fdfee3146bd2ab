"""Claims of the study ``arenas``, and how they are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.claim_set import read_claims
from crossframe.claims.judge import (
    Key,
    above,
    below,
    between,
    cells_in_words,
    conjunction,
    decisive,
    in_words,
    over_cells,
    where_it_holds,
)
from crossframe.claims.setting_effect import EQUAL
from crossframe.core.statistics import Interval, bonferroni, corrected_mean
from crossframe.core.types import FloatArray
from crossframe.studies.arenas.jobs import (
    CNN,
    LEEKASSO,
    LINEAR,
    LOGISTIC,
    MLP,
    NETS,
    PAIRS,
    TITLES,
    Arena,
    Pairs,
)
from crossframe.studies.arenas.leads import Leads, count

MOST = 30
"""Pairs of digits that count as most of them."""

_ENOUGH = 100
"""Training images that suffice, in the words of both authors."""

_FRAMEWORKS = ("scikit-learn", "Keras")

CLAIMS = read_claims(__package__, equal=f"{EQUAL:g}", most=MOST, rest=len(PAIRS) - MOST)

Gaps = Mapping[int, Interval]
"""Training rows -> mean difference of two accuracies."""


@dataclass(frozen=True)
class Measured:
    """What the claims are judged by.

    Attributes
    ----------
    pairs
        All pairs of digits.
    leads
        Who leads on each, see `crossframe.studies.arenas.leads.leads`.
    depth
        4 against 9 at more sizes.
    wide, plain
        The two tables.
    published_epochs
        See `crossframe.studies.arenas.jobs.published_epochs`.
    """

    pairs: Pairs
    leads: Leads
    depth: Arena
    wide: Arena
    plain: Arena
    published_epochs: Interval | None = None


def judged(measured: Measured) -> tuple[Finding, ...]:
    """A finding for every claim, in the order of the file."""
    m = measured
    findings = {
        "ten-pixels": _over_sizes("ten-pixels", "MLP", averaged(m.pairs, MLP, LEEKASSO), above),
        "all-pixels": _over_sizes("all-pixels", "MLP", averaged(m.pairs, MLP, LOGISTIC), above),
        "convolution": _over_sizes("convolution", "CNN", averaged(m.pairs, CNN, MLP), above),
        "zero-one": _over_sizes(
            "zero-one", "MLP", beyond_zero_one(m.pairs), lambda gap: between(gap, -EQUAL, EQUAL)
        ),
        "linear-at-ten": _leading("linear-at-ten", m.leads, min, net=False),
        "nets-at-most": _leading("nets-at-most", m.leads, max, net=True),
        "suffice": _suffice(m.depth),
        "wide": _over_sizes("wide", "ten columns", gaps(m.wide, LEEKASSO, MLP), above),
        "plain": _over_sizes("plain", "MLP", gaps(m.plain, MLP, LOGISTIC), lambda gap: below(gap, EQUAL)),
    }
    return tuple(findings[key] for key in CLAIMS)


def gaps(arena: Arena, left: str, right: str) -> Gaps:
    """Left minus right at every n at which both took part, with intervals for all n at once."""
    sizes = [n for n in arena.sizes if {left, right} <= {*arena.at(n)}]
    return {n: arena.gap(left, right, n, level=bonferroni(0.95, len(sizes))) for n in sizes}


def averaged(arenas: Pairs, left: str, right: str) -> Gaps:
    """The same for the mean over all pairs of digits, draw by draw."""
    return _with_intervals({n: by_pair.mean(axis=0) for n, by_pair in _by_pair(arenas, left, right)}, arenas)


def beyond_zero_one(arenas: Pairs) -> Gaps:
    """The MLP's lead over the ten-pixel model, mean over the other pairs, minus that on 0 against 1."""
    own, others = {(0, 1): arenas[0, 1]} if (0, 1) in arenas else {}, {**arenas}
    others.pop((0, 1), None)
    alone = dict(_by_pair(own, MLP, LEEKASSO))
    differences = {
        n: by_pair.mean(axis=0) - alone[n][0] for n, by_pair in _by_pair(others, MLP, LEEKASSO) if n in alone
    }
    return _with_intervals(differences, arenas)


def _by_pair(arenas: Pairs, left: str, right: str) -> list[tuple[int, FloatArray]]:
    """(n, left minus right by pair and draw) where both took part on every pair, draws that all have."""
    sizes = sorted({n for arena in arenas.values() for n in arena.sizes})
    rows = []
    for n in sizes:
        if all({left, right} <= {*arena.at(n)} for arena in arenas.values()):
            rows.append((n, np.stack([a.scores[left, n] - a.scores[right, n] for a in arenas.values()])))
    return rows


def _with_intervals(values: Mapping[int, FloatArray], arenas: Pairs) -> Gaps:
    level = bonferroni(0.95, len(values))
    return {
        n: corrected_mean(by_draw, max(a.overlap[n] for a in arenas.values()), level=level)
        for n, by_draw in values.items()
    }


def _over_sizes(key: str, title: str, each: Gaps, rule: Callable[[Interval], Verdict]) -> Finding:
    """The finding on a claim about every n."""
    claim = CLAIMS[key]
    if not each:
        return not_run(claim, "keras")
    cells: dict[Key, Verdict] = {(title, n): rule(gap) for n, gap in each.items()}
    effects = {(title, n): Effect.of(f"difference, n = {n}", gap) for n, gap in each.items()}
    shown = "; ".join(f"{in_words(gap)} at n = {n}" for n, gap in each.items())
    words = f"{shown} ({cells_in_words(cells)})"
    effect = decisive(effects, cells)
    return Finding(claim, over_cells(cells.values()), words, effect, _FRAMEWORKS, where_it_holds(cells))


def _leading(key: str, leads: Leads, end: Callable[[list[int]], int], *, net: bool) -> Finding:
    """Whether nets (else linear models) lead surely on most pairs at one end of the sizes."""
    if not leads:
        return not_run(CLAIMS[key], "keras")
    n = end([at for _, at in leads])
    own, other = (count(leads, n, net=which) for which in (net, not net))
    sorts = ("nets", "linear models") if net else ("linear models", "nets")
    pairs = sum(at == n for _, at in leads)
    words = (
        f"at n = {n} {sorts[0]} lead surely on {own} of {pairs} pairs, {sorts[1]} on {other}; on "
        f"{pairs - own - other} neither does"
    )
    verdict = Verdict.HOLDS if own >= MOST else Verdict.FAILS if other > len(PAIRS) - MOST else Verdict.OPEN
    return Finding(CLAIMS[key], verdict, words, Effect.of("pairs", own, count=pairs), _FRAMEWORKS)


def _suffice(arena: Arena) -> Finding:
    """Whether both nets are ahead of both linear models on 4 against 9 from 100 images on."""
    sizes = [n for n in arena.sizes if n >= _ENOUGH]
    where = [(net, n) for n in sizes for net in NETS if {net, *LINEAR} <= {*arena.at(n)}]
    if not where:
        return not_run(CLAIMS["suffice"], "keras")
    level = bonferroni(0.95, len(where) * len(LINEAR))
    cells: dict[Key, Verdict] = {}
    effects: dict[Key, Effect] = {}
    for net, n in where:
        against = {name: arena.gap(net, name, n, level=level) for name in LINEAR}
        cells[TITLES[net], n] = conjunction(map(above, against.values()))
        least = min(against, key=lambda name: against[name].low)
        effects[TITLES[net], n] = Effect.of(f"{TITLES[net]} - {TITLES[least]}, n = {n}", against[least])
    shown = "; ".join(f"{effect.what} {in_words(effect)}" for effect in effects.values())
    words = f"against the better of the two linear models: {shown} ({cells_in_words(cells)})"
    verdict = over_cells(cells.values())
    return Finding(
        CLAIMS["suffice"], verdict, words, decisive(effects, cells), _FRAMEWORKS, where_it_holds(cells)
    )
