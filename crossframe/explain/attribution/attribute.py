"""Attributes a gap to the settings that differ."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.statistics import ROUNDING, constant
from crossframe.explain.attribution.evaluated import Evaluated, Method, evaluated
from crossframe.explain.attribution.game import FloatArray, Game
from crossframe.explain.attribution.inference import Interval, IntervalRule, OwnSpread, Values, against_noise
from crossframe.explain.attribution.orders import Sampling
from crossframe.explain.attribution.record import (
    MATTERS,
    Attribution,
    Enlargement,
    GapFinding,
    Interaction,
    Share,
    Standing,
)

NOTABLE = 0.01
"""Share of the gap below which an interaction is not reported."""

Pairs = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class GapTerms:
    """The definition of a gap, and the size from which on it counts.

    Attributes
    ----------
    signed
        The gap is a difference left - right; else a size.
    floor
        Size up to which two sides agree, in units of the gap.
    rule
        Overlap of the draws, and level.
    """

    signed: bool = False
    floor: float = 0.0
    rule: IntervalRule = field(default_factory=IntervalRule)


def attribute(
    game: Game,
    terms: GapTerms = GapTerms(),
    *,
    noise: OwnSpread | None = None,
    values: Pairs | None = None,
    method: Method | None = None,
    sampling: Sampling | None = None,
) -> Attribution:
    """Shapley share of each setting, or the finding that the gap is not to be attributed.

    Two hybrids decide first: a gap at the floor is `GapFinding.AGREE`, a gap inside the sides' own
    spread is `GapFinding.NOISE`, and for neither is another one evaluated. A share is a cause if its
    interval excludes 0, unless it is too small to matter (`Standing.SMALL`). The intervals of the shares
    that are not inert hold together (Bonferroni): where no setting matters, the chance of naming any is
    at most 1 - level.

    Sides that give one number, or draws that are no sample (`IntervalRule.random`), have exact shares without
    intervals (but for those over sampled orders), and so have sides whose own spread is 0 and whose hybrids
    give the same in every draw.

    Parameters
    ----------
    terms
        What the gap is, and from which size on it counts.
    noise
        Each side's own spread. None: both sides are deterministic or, if the gap is signed, its
        spread over replicates says enough.
    values
        Left and right value by setting, to be repeated in the shares.
    method, sampling
        None: the lattice up to `crossframe.explain.attribution.evaluated.EXACT_UP_TO` settings, and the
        default number of random orders.
    """
    method, sampling = method or Method.of(game.k), sampling or Sampling()
    v = game.values([0, game.all])
    fixed = not game.replicated or not terms.rule.random
    still = fixed or (noise is not None and noise.none and constant(v))
    rule = replace(terms.rule, random=not still)
    numbers: dict[str, Any] = {}
    finding = GapFinding.AGREE if float(np.abs(v[0]).max()) <= terms.floor else GapFinding.ATTRIBUTED
    if finding is GapFinding.ATTRIBUTED and rule.random:
        inside, numbers = against_noise(game, v[0], noise, terms.signed, rule)
        finding = GapFinding.NOISE if inside else finding
    if finding is not GapFinding.ATTRIBUTED:
        before, after = (float(mean) for mean in v.mean(axis=1))
        return Attribution(finding, before, after, noise=numbers, method=_about(game, terms, rule))

    parts = evaluated(game, method, sampling, terms.rule.level)
    raw = game.values(parts.sets)
    rule = replace(rule, random=rule.random or not (fixed or constant(raw)))
    tiny = max(terms.floor, ROUNDING * float(np.abs(raw).max()))
    inert = _largest_changes(game, parts.switches) <= terms.floor
    shares = _shares(game, parts, rule, inert, tiny, values or {})
    about = _about(game, terms, rule) | {
        "name": str(method),
        "blocks": None if parts.blocks is None else len(parts.blocks),
        "stopped": parts.stopped,
        "tests": int((~inert).sum()),
        "intervals": _in_words(rule, parts, int((~inert).sum())),
    }
    before, after = (float(mean) for mean in game.values([0, game.all]).mean(axis=1))
    return Attribution(
        finding,
        before,
        after,
        shares=shares,
        interactions=_interactions(game, parts, rule, inert, tiny),
        enlargements=_enlargements(game, parts.switches, rule, tiny),
        noise=numbers,
        method=about,
    )


def _shares(
    game: Game,
    parts: Evaluated,
    rule: IntervalRule,
    inert: NDArray[np.bool_],
    tiny: float,
    pairs: Pairs,
) -> tuple[Share, ...]:
    """Shares with their intervals and standing, the largest first."""
    # A rest at the floor is none: the shares of a gap that is closed add up to 1.
    size = parts.gap - parts.rest if abs(float(parts.rest.mean())) <= tiny else parts.gap
    tests, gap = int((~inert).sum()), float(size.mean())
    whole = rule.interval(Values(size))
    known = abs(gap) > tiny and (not rule.random or (whole is not None and not whole[0] <= 0 <= whole[1]))
    most = np.abs([parts.shares.mean(axis=1), parts.first, parts.last]).max(axis=0) / max(abs(gap), 1e-300)
    shares = []
    for i, name in enumerate(game.names):
        part = Values(parts.shares[i], None if parts.blocks is None else parts.blocks[:, i])
        interval = None if inert[i] else rule.interval(part, tests)
        left, right = pairs.get(name, (None, None))
        shares.append(
            Share(
                setting=name,
                standing=_standing(
                    part, interval, bool(inert[i]), rule, tiny, float(most[i]) if known else math.inf
                ),
                amount=part.mean,
                first=float(parts.first[i]),
                last=float(parts.last[i]),
                interval=interval,
                fraction=part.mean / gap if known else None,
                fraction_first=float(parts.first[i]) / gap if known else None,
                fraction_last=float(parts.last[i]) / gap if known else None,
                fraction_interval=rule.ratio(part, size, tests) if known and interval else None,
                left=left,
                right=right,
            )
        )
    return tuple(sorted(shares, key=lambda share: (-abs(share.amount), share.setting)))


def _standing(
    part: Values, interval: Interval | None, inert: bool, rule: IntervalRule, tiny: float, most: float
) -> Standing:
    """The standing of a share, by the first rule that applies.

    ``most`` is the largest of the share and what it closes first and last, in parts of the gap.
    """
    if inert:
        return Standing.INERT
    if interval is None and (rule.random or part.blocks is not None):
        return Standing.NO_INTERVAL
    if abs(part.mean) <= tiny:
        return Standing.FLOOR
    if interval is not None and interval[0] <= 0 <= interval[1]:
        return Standing.NOISE
    return Standing.SMALL if most < MATTERS else Standing.CAUSE


def _interactions(
    game: Game, parts: Evaluated, rule: IntervalRule, inert: NDArray[np.bool_], tiny: float
) -> tuple[Interaction, ...]:
    """All pairs, the largest index first."""
    if parts.pairs is None:
        return ()
    live = int((~inert).sum())
    size = np.abs(parts.shares.mean(axis=1))
    least = NOTABLE * abs(float(parts.gap.mean()))
    pairs = []
    for i in range(game.k):
        for j in range(i + 1, game.k):
            part = Values(parts.pairs[i, j])
            interval = None if inert[i] or inert[j] else rule.interval(part, live * (live - 1) // 2)
            sure = not rule.random or (interval is not None and not interval[0] <= 0 <= interval[1])
            large = abs(part.mean) > max(tiny, min(size[i], size[j]) / 2, least)
            pairs.append(
                Interaction((game.names[i], game.names[j]), part.mean, bool(sure and large), interval)
            )
    return tuple(sorted(pairs, key=lambda pair: (-abs(pair.index), pair.settings)))


def _about(game: Game, terms: GapTerms, rule: IntervalRule) -> dict[str, Any]:
    """The `Attribution.method` of a game: how its numbers were computed."""
    return {
        "scale": "raw",
        "signed": terms.signed,
        "level": rule.level,
        "overlap": rule.overlap,
        "evaluations": game.evaluations,
        "draws": len(game.values([0])[0]) if rule.random else None,
        "replicates_lost": game.lost,
    }


def _in_words(rule: IntervalRule, parts: Evaluated, tests: int) -> str:
    """A description of the intervals of the shares: their level, and over what they are taken."""
    over = [
        *(["draws (Nadeau and Bengio)"] if rule.random else []),
        *(["blocks of random orders"] if parts.blocks is not None else []),
    ]
    if not over:
        return "none: both sides are deterministic and all orders were evaluated"
    return f"{rule.level:.0%} for all {tests} shares together (Bonferroni), over {' and '.join(over)}"


def _largest_changes(game: Game, switches: NDArray[np.int64]) -> FloatArray:
    """max |v(S) - v(S + i)| over contexts S and replicates, by setting: 0 for one that is inert.

    Parameters
    ----------
    switches
        Rows (S, S + i).
    """
    v = _values(game, switches)
    change = np.abs(v[0] - v[1]).max(axis=1)
    largest = np.zeros(game.k)
    np.maximum.at(largest, _setting(switches), change)
    return largest


def _enlargements(
    game: Game, switches: NDArray[np.int64], rule: IntervalRule, tiny: float
) -> tuple[Enlargement, ...]:
    """Settings whose switch makes |gap| larger somewhere, with the set of switches after which it adds most.

    By more than ``tiny``; where there are draws, the interval of the increase by ``rule``, which holds
    together with those of all switches, has to exclude 0.
    """
    v = _values(game, switches)
    mean = v.mean(axis=2)
    more = np.abs(mean[1]) - np.abs(mean[0])
    setting = _setting(switches)
    larger = []
    for i, name in enumerate(game.names):
        contexts = np.flatnonzero(setting == i)
        sure = [
            e
            for e in contexts[more[contexts] > tiny]
            if not rule.random or _above_zero(v[:, e], rule, len(switches))
        ]
        if sure:
            worst = max(sure, key=lambda e: float(more[e]))
            larger.append(
                Enlargement(
                    setting=name,
                    after=tuple(sorted(game.subset(int(switches[worst, 0])))),
                    before=float(mean[0, worst]),
                    then=float(mean[1, worst]),
                    contexts=len(sure),
                    of=len(contexts),
                )
            )
    return tuple(larger)


def _values(game: Game, switches: NDArray[np.int64]) -> FloatArray:
    """v before and after each switch, shape (2, switches, B)."""
    sets, at = np.unique(switches, return_inverse=True)
    if not len(sets):
        return np.empty((2, 0, 1))
    v: FloatArray = game.values(sets.tolist())[at.reshape(switches.shape).T]
    return v


def _setting(switches: NDArray[np.int64]) -> NDArray[np.int64]:
    """The index of the setting that each switch changes, shape (switches,)."""
    bits = switches[:, 0] ^ switches[:, 1]
    return np.asarray(np.bitwise_count(bits - 1), dtype=np.int64)


def _above_zero(v: FloatArray, rule: IntervalRule, tests: int) -> bool:
    """Whether the increase of \\|mean v\\| has an interval above 0; ``v`` is (before, after) by draw."""
    sign = np.sign(v.mean(axis=1))
    interval = rule.interval(Values(sign[1] * v[1] - sign[0] * v[0]), tests)
    return interval is not None and interval[0] > 0
