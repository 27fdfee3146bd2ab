"""A gap shared out among the settings that differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.attribution.contexts import enlargements, largest_changes
from crossframe.attribution.evaluated import Evaluated, Method, evaluated
from crossframe.attribution.game import FloatArray, Game
from crossframe.attribution.inference import ROUNDING, Interval, Noise, Rule, Values, against_noise, flat
from crossframe.attribution.measures import Scale
from crossframe.attribution.orders import Sampling
from crossframe.attribution.record import Attribution, Finding, Interaction, Share, Standing

NOTABLE = 0.01
"""Share of the gap below which an interaction is not worth a word."""

Pairs = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Terms:
    """What a gap is and when it counts.

    Attributes
    ----------
    signed
        The gap is a difference left - right; else a size.
    scale
        See `crossframe.attribution.measures`.
    floor
        Two sides whose gap is no larger agree; in units of the gap.
    rule
        Overlap of the draws, and level.
    """

    signed: bool = False
    scale: Scale = Scale.RAW
    floor: float = 0.0
    rule: Rule = field(default_factory=Rule)

    def __post_init__(self) -> None:
        if self.signed and self.scale is not Scale.RAW:
            raise ValueError("a signed gap has no digits")

    def transform(self, v: FloatArray) -> FloatArray:
        """v on the scale of the shares."""
        return self.scale.transform(v, self.floor)


def attribute(
    game: Game,
    terms: Terms = Terms(),
    *,
    noise: Noise | None = None,
    values: Pairs | None = None,
    method: Method | None = None,
    sampling: Sampling | None = None,
) -> Attribution:
    """Shapley share of each setting, or the finding that there is nothing to share out.

    Two hybrids decide first: a gap at the floor is `Finding.AGREE`, a gap inside the sides' own
    spread is `Finding.NOISE`, and for neither is another one evaluated. A share is a cause if its
    interval leaves out 0. The intervals of the shares that are not inert hold together
    (Bonferroni): where no setting matters, the chance of naming any is at most 1 - level.

    Sides that give one number have exact shares without intervals (but for those over sampled
    orders), and so have sides whose own spread is 0 and whose hybrids give the same in every draw.

    Parameters
    ----------
    noise
        Each side's own spread. None: both sides are deterministic or, if the gap is signed, its
        spread over replicates says enough.
    values
        Left and right value by setting, to be repeated in the shares.
    method
        None: the lattice up to `crossframe.attribution.evaluated.EXACT_UP_TO` settings.
    """
    method, sampling = method or Method.of(game.k), sampling or Sampling()
    v = game.values([0, game.all])
    still = not game.replicated or (noise is not None and noise.none and flat(v))
    rule = replace(terms.rule, random=not still)
    numbers: dict[str, Any] = {}
    finding = Finding.AGREE if float(np.abs(v[0]).max()) <= terms.floor else Finding.ATTRIBUTED
    if finding is Finding.ATTRIBUTED and rule.random:
        inside, numbers = against_noise(game, v[0], noise, terms.signed, rule)
        finding = Finding.NOISE if inside else finding
    if finding is not Finding.ATTRIBUTED:
        before, after = (float(mean) for mean in v.mean(axis=1))
        return Attribution(finding, before, after, noise=numbers, method=_about(game, terms, rule))

    found = evaluated(game, method, sampling, terms.rule.level, terms.transform)
    raw = game.values(found.sets)
    rule = replace(rule, random=rule.random or (game.replicated and not flat(raw)))
    floor = terms.floor if terms.scale is Scale.RAW else 0.0
    tiny = max(floor, ROUNDING * float(np.abs(terms.transform(raw)).max()))
    inert = largest_changes(game, found.switches, terms.transform) <= floor
    shares = _shares(game, found, rule, inert, tiny, values or {})
    about = _about(game, terms, rule) | {
        "name": str(method),
        "blocks": None if found.blocks is None else len(found.blocks),
        "stopped": found.stopped,
        "tests": int((~inert).sum()),
        "intervals": _in_words(rule, found, int((~inert).sum())),
    }
    before, after = (float(mean) for mean in game.values([0, game.all]).mean(axis=1))
    return Attribution(
        finding,
        before,
        after,
        shares=shares,
        interactions=_interactions(game, found, rule, inert, tiny),
        enlargements=enlargements(game, found.switches, rule, max(terms.floor, ROUNDING * np.abs(raw).max())),
        noise=numbers,
        method=about,
    )


def _shares(
    game: Game,
    found: Evaluated,
    rule: Rule,
    inert: NDArray[np.bool_],
    tiny: float,
    pairs: Pairs,
) -> tuple[Share, ...]:
    """Shares with their intervals and standing, the largest first."""
    tests, total = int((~inert).sum()), float(found.total.mean())
    whole = rule.interval(Values(found.total))
    known = abs(total) > tiny and (not rule.random or (whole is not None and not whole[0] <= 0 <= whole[1]))
    shares = []
    for i, name in enumerate(game.names):
        part = Values(found.shares[i], None if found.blocks is None else found.blocks[:, i])
        interval = None if inert[i] else rule.interval(part, tests)
        left, right = pairs.get(name, (None, None))
        shares.append(
            Share(
                setting=name,
                standing=_standing(part, interval, bool(inert[i]), rule, tiny),
                amount=part.mean,
                first=float(found.first[i]),
                last=float(found.last[i]),
                interval=interval,
                fraction=part.mean / total if known else None,
                fraction_first=float(found.first[i]) / total if known else None,
                fraction_last=float(found.last[i]) / total if known else None,
                fraction_interval=rule.ratio(part, found.total, tests) if known and interval else None,
                left=left,
                right=right,
            )
        )
    return tuple(sorted(shares, key=lambda share: (-abs(share.amount), share.setting)))


def _standing(part: Values, interval: Interval | None, inert: bool, rule: Rule, tiny: float) -> Standing:
    """What may be said of a share."""
    if inert:
        return Standing.INERT
    if interval is None and (rule.random or part.blocks is not None):
        return Standing.NO_INTERVAL
    if abs(part.mean) <= tiny:
        return Standing.FLOOR
    if interval is not None and interval[0] <= 0 <= interval[1]:
        return Standing.NOISE
    return Standing.CAUSE


def _interactions(
    game: Game, found: Evaluated, rule: Rule, inert: NDArray[np.bool_], tiny: float
) -> tuple[Interaction, ...]:
    """All pairs, the largest index first."""
    if found.pairs is None:
        return ()
    live = int((~inert).sum())
    size = np.abs(found.shares.mean(axis=1))
    least = NOTABLE * abs(float(found.total.mean()))
    pairs = []
    for i in range(game.k):
        for j in range(i + 1, game.k):
            part = Values(found.pairs[i, j])
            interval = None if inert[i] or inert[j] else rule.interval(part, live * (live - 1) // 2)
            sure = not rule.random or (interval is not None and not interval[0] <= 0 <= interval[1])
            large = abs(part.mean) > max(tiny, min(size[i], size[j]) / 2, least)
            pairs.append(
                Interaction((game.names[i], game.names[j]), part.mean, bool(sure and large), interval)
            )
    return tuple(sorted(pairs, key=lambda pair: (-abs(pair.index), pair.settings)))


def _about(game: Game, terms: Terms, rule: Rule) -> dict[str, Any]:
    """How the numbers came about."""
    return {
        "scale": str(terms.scale),
        "signed": terms.signed,
        "level": rule.level,
        "overlap": rule.overlap,
        "evaluations": game.evaluations,
        "draws": len(game.values([0])[0]) if rule.random else None,
        "replicates_lost": game.lost,
    }


def _in_words(rule: Rule, found: Evaluated, tests: int) -> str:
    """What the intervals of the shares are."""
    over = [
        *(["draws (Nadeau and Bengio)"] if rule.random else []),
        *(["blocks of random orders"] if found.blocks is not None else []),
    ]
    if not over:
        return "none: both sides are deterministic and all orders were evaluated"
    return f"{rule.level:.0%} for all {tests} shares together (Bonferroni), over {' and '.join(over)}"
