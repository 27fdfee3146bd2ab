"""Judging the double well by its stationary distribution."""

from __future__ import annotations

from dataclasses import dataclass

from crossframe.claims.claim import Effect, Finding, Verdict, not_run
from crossframe.claims.judge import above, with_earlier
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
    """Where the share falls with more noise: its top, and the last setting whose interval lies below.

    Along one rate, and along one batch: the two ways to more noise of which the claim speaks.
    """
    falling = []
    lines = [[t for t in shares if t.walk.rate == rate] for rate in sorted({t.walk.rate for t in shares})]
    lines += [
        [t for t in shares if t.walk.batch == batch] for batch in sorted({t.walk.batch for t in shares})
    ]
    for unsorted in lines:
        line = sorted(unsorted, key=lambda t: t.walk.temperature)
        top = max(range(len(line)), key=lambda k: line[k].share.value)
        later = [t for t in line[top + 1 :] if t.share.high < line[top].share.low]
        if later:
            falling.append((line[top], later[-1]))
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


def follows(shares: list[WellShare]) -> Finding:
    """Against the Gibbs weights, rate by rate."""
    if not shares:
        return not_run(claims.CLAIMS["posterior"], "reference")
    mixed = [t for t in shares if t.mixed]
    if not mixed:
        return Finding(claims.CLAIMS["posterior"], Verdict.OPEN, "the runs from either well have not mixed")
    worst = max(mixed, key=lambda t: abs(t.share.value - t.theory))
    share, theory = worst.share, worst.theory
    effect = Effect.of(
        "largest difference from the Gibbs weight",
        Interval(share.value - theory, share.low - theory, share.high - theory, count=share.count),
    )
    near = {t.walk: abs(t.share.value - t.theory) <= claims.NEAR for t in mixed}
    rates = sorted({t.walk.rate for t in mixed})
    good = [r for r in rates if all(ok for w, ok in near.items() if w.rate == r)]
    words = "; ".join(
        f"rate {r:g} (times the narrow well's curvature {_stiffness(mixed, r):.2g}): off by up to "
        f"{max((t.share.value - t.theory for t in mixed if t.walk.rate == r), key=abs):+.3f}"
        for r in rates
    )
    if len(good) == len(rates):
        return Finding(claims.CLAIMS["posterior"], Verdict.HOLDS, words, effect, _WHERE)
    if good:
        where = f"for small steps (rate {' and '.join(f'{r:g}' for r in good)})"
        return Finding(claims.CLAIMS["posterior"], Verdict.PARTLY, words, effect, _WHERE, where)
    verdict = Verdict.FAILS if min(abs(effect.low), abs(effect.high)) > claims.NEAR else Verdict.OPEN
    return Finding(claims.CLAIMS["posterior"], verdict, words, effect, _WHERE)


def _stiffness(shares: list[WellShare], rate: float) -> float:
    return max(t.stiffness for t in shares if t.walk.rate == rate)
