"""Judging the double well by its stationary distribution."""

from __future__ import annotations

from dataclasses import dataclass

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import (
    above,
    between,
    conjunction,
    decisive,
    in_words,
    over_cells,
    restricted,
    with_earlier,
)
from crossframe.core.statistics import Interval, wilson
from crossframe.studies.sgd import claims
from crossframe.studies.sgd.jobs import EVEN, EVEN_WALKS, WALKS, Records, Walk
from crossframe.studies.sgd.trainers.well import curvature, gibbs

_WHERE = ("one weight, NumPy",)


@dataclass(frozen=True)
class WellShare:
    """One setting: the ``share`` of runs that end wide, of those from either well, and in theory."""

    walk: Walk
    share: Interval
    from_wide: float
    from_narrow: float
    theory: float

    @property
    def mixed(self) -> bool:
        """Whether it no longer matters where a run began."""
        return abs(self.from_wide - self.from_narrow) <= claims.NEAR

    @property
    def stiffness(self) -> float:
        """Rate times the narrow well's curvature: below 2 a step comes nearer to its bottom."""
        return self.walk.rate * curvature(self.walk.wells[1][0], self.walk.wells)


def gather(records: Records, walks: tuple[Walk, ...] = WALKS + EVEN_WALKS) -> list[WellShare]:
    """Every setting that was computed, by rate and temperature."""
    shares = []
    for walk in sorted(walks, key=lambda w: (w.rate, w.temperature)):
        if walk.name in records:
            f = records[walk.name].fields
            share = wilson(f["left"] + f["right"], 2 * f["runs"])
            theory = gibbs(walk.wells, walk.temperature)
            shares.append(WellShare(walk, share, f["left"] / f["runs"], f["right"] / f["runs"], theory))
    return shares


def _mixed(shares: list[WellShare]) -> tuple[list[WellShare], list[WellShare]]:
    """Settings whose runs have mixed: where the narrow well is deeper, and with wells of one depth."""
    deeper, even = (
        [t for t in shares if t.mixed and (t.walk.wells == EVEN) is kind] for kind in (False, True)
    )
    return deeper, even


def _from_least_to_most(shares: list[WellShare]) -> Verdict:
    """The verdict of the earlier mark: the rise alone, whatever happens on the way."""
    deeper, even = _mixed(shares)
    if len(deeper) < 2:
        return Verdict.OPEN
    verdict = above(_rise(deeper)[0])
    if verdict is not Verdict.HOLDS:
        return verdict
    risen = len(even) > 1 and above(_rise(even)[0]) is Verdict.HOLDS
    return Verdict.HOLDS if risen else Verdict.PARTLY


@with_earlier("wells", _from_least_to_most)
def rises(shares: list[WellShare]) -> Finding:
    """From the least noise to the most, and on the way; the narrow well deeper, and wells of one depth."""
    if not shares:
        return not_run(claims.CLAIMS["wells"], "reference")
    deeper, even = _mixed(shares)
    if len(deeper) < 2:
        return Finding(claims.CLAIMS["wells"], Verdict.OPEN, "the runs from either well have not mixed")
    (effect, rise), fallen = _rise(deeper), falls(deeper)
    words = f"narrow well deeper: {rise}"
    if fallen:
        words += f"; not monotone: {'; '.join(f'from {_in_words(a)} to {_in_words(b)}' for a, b in fallen)}"
    level = _rise(even) if len(even) > 1 else None
    if level is not None:
        words += f". Wells of one depth: {level[1]}"
    if above(effect) is not Verdict.HOLDS:
        return Finding(claims.CLAIMS["wells"], above(effect), words, effect, _WHERE)
    if level is not None and level[0].low > 0 and not fallen and not falls(even):
        return Finding(claims.CLAIMS["wells"], Verdict.HOLDS, words, effect, _WHERE)
    where = "where the narrow well is the deeper one"
    if fallen:
        until = min(a.walk.rate / a.walk.batch for a, _ in fallen)
        where += f", and up to rate / batch {until:.3g}"
    return Finding(claims.CLAIMS["wells"], Verdict.PARTLY, words, effect, _WHERE, where)


def falls(shares: list[WellShare]) -> list[tuple[WellShare, WellShare]]:
    """Where the share falls with more noise: the top before the first fall, and the last setting below it.

    Along one rate, and along one batch: the two ways to more noise of which the claim speaks. A fall is one
    between any two settings whose intervals do not overlap.
    """
    falling = []
    lines = [[t for t in shares if t.walk.rate == rate] for rate in sorted({t.walk.rate for t in shares})]
    lines += [
        [t for t in shares if t.walk.batch == batch] for batch in sorted({t.walk.batch for t in shares})
    ]
    for unsorted in lines:
        line = sorted(unsorted, key=lambda t: t.walk.temperature)
        for k in range(1, len(line)):
            top = max(line[:k], key=lambda t: t.share.value)
            if line[k].share.high < top.share.low:
                falling.append((top, [t for t in line[k:] if t.share.high < top.share.low][-1]))
                break
    return falling


def _rise(shares: list[WellShare]) -> tuple[Effect, str]:
    """The rise of the share from the least noise to the most, and both in words."""
    least, *_, most = sorted(shares, key=lambda t: t.walk.temperature)
    low, high = most.share.low - least.share.high, most.share.high - least.share.low
    gap = most.share.value - least.share.value
    effect = Effect.of("rise of the share in the wide well", Interval(gap, low, high, count=most.share.count))
    return effect, f"from {_in_words(least)} to {_in_words(most)}"


def _in_words(t: WellShare) -> str:
    ratio = t.walk.rate / t.walk.batch
    return (
        f"{t.share.value:.3f} [{t.share.low:.3f}, {t.share.high:.3f}] at rate / batch {ratio:.3g} (Gibbs "
        f"weight {t.theory:.3f})"
    )


def _gap(t: WellShare) -> Effect:
    """Share less Gibbs weight, with the interval of the share."""
    share, theory = t.share, t.theory
    gap = Interval(share.value - theory, share.low - theory, share.high - theory, count=share.count)
    return Effect.of(f"difference from the Gibbs weight, rate {t.walk.rate:g}, batch {t.walk.batch}", gap)


def _near(gap: Interval) -> Verdict:
    return between(gap, -claims.NEAR, claims.NEAR)


def _by_shares(shares: list[WellShare]) -> Verdict:
    """The verdict of the earlier mark: the shares themselves, whose intervals count only if all are far."""
    gaps = [(t.walk.rate, _gap(t)) for t in shares if t.mixed]
    if not gaps:
        return Verdict.OPEN
    near = [
        all(abs(gap.value) <= claims.NEAR for at, gap in gaps if at == rate) for rate in {r for r, _ in gaps}
    ]
    if any(near):
        return Verdict.HOLDS if all(near) else Verdict.PARTLY
    return _near(max((gap for _, gap in gaps), key=lambda gap: abs(gap.value)))


@with_earlier("posterior", _by_shares)
def follows(shares: list[WellShare]) -> Finding:
    """Against the Gibbs weights, rate by rate."""
    claim = claims.CLAIMS["posterior"]
    if not shares:
        return not_run(claim, "reference")
    mixed = [t for t in shares if t.mixed]
    if not mixed:
        return Finding(claim, Verdict.OPEN, "the runs from either well have not mixed")
    gaps = {t.walk: _gap(t) for t in mixed}
    verdicts = {walk: _near(gap) for walk, gap in gaps.items()}
    rates = sorted({walk.rate for walk in gaps})
    cells = {f"rate {r:g}": conjunction(v for walk, v in verdicts.items() if walk.rate == r) for r in rates}
    words = "; ".join(
        f"rate {r:g} (times the narrow well's curvature {_stiffness(mixed, r):.2g}): off by up to "
        f"{in_words(max((gap for walk, gap in gaps.items() if walk.rate == r), key=lambda e: abs(e.value)))}"
        for r in rates
    )
    verdict = over_cells(cells.values())
    where = restricted(cells, "at", unsettled=True) if verdict is Verdict.PARTLY else ""
    return Finding(claim, verdict, words, decisive(gaps, verdicts), _WHERE, where)


def _stiffness(shares: list[WellShare], rate: float) -> float:
    return max(t.stiffness for t in shares if t.walk.rate == rate)
