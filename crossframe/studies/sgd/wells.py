"""Judging the double well by its stationary distribution."""

from __future__ import annotations

from dataclasses import dataclass

from crossframe.studies.claim import Effect, Finding, Verdict
from crossframe.studies.intervals import proportion
from crossframe.studies.sgd import claims
from crossframe.studies.sgd.plan import EVEN_WALKS, WALKS, Got, Walk
from crossframe.studies.trainers.sgd_well import curvature, gibbs

_WHERE = ("one weight, NumPy",)


@dataclass(frozen=True)
class Told:
    """One setting: the ``share`` of runs that end wide, of those from either well, and in theory."""

    walk: Walk
    share: Effect
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


def gather(got: Got, walks: tuple[Walk, ...] = WALKS + EVEN_WALKS) -> list[Told]:
    """Every setting that was computed, by rate and temperature."""
    found = []
    for walk in sorted(walks, key=lambda w: (w.rate, w.temperature)):
        if walk.name in got:
            f = got[walk.name].fields
            share = proportion("share in the wide well", f["left"] + f["right"], 2 * f["runs"])
            theory = gibbs(walk.wells, walk.temperature)
            found.append(Told(walk, share, f["left"] / f["runs"], f["right"] / f["runs"], theory))
    return found


def rises(told: list[Told]) -> Finding:
    """From the least noise to the most, with a deeper narrow well and with wells of one depth."""
    found = [_rise([t for t in told if t.mixed and (t.walk in EVEN_WALKS) is even]) for even in (False, True)]
    if found[0] is None:
        return Finding(claims.WELLS, Verdict.CANNOT_TELL, "the runs from either well have not mixed")
    effect, said = found[0]
    words = f"narrow well deeper: {said}"
    if found[1] is not None:
        words += f". Wells of one depth: {found[1][1]}"
    if effect.low <= 0:
        verdict = Verdict.FAILS if effect.high <= 0 else Verdict.CANNOT_TELL
        return Finding(claims.WELLS, verdict, words, effect, _WHERE)
    if found[1] is not None and found[1][0].low > 0:
        return Finding(claims.WELLS, Verdict.HOLDS, words, effect, _WHERE)
    return Finding(
        claims.WELLS, Verdict.ONLY, words, effect, _WHERE, "where the narrow well is the deeper one"
    )


def _rise(told: list[Told]) -> tuple[Effect, str] | None:
    """The rise of the share from the least noise to the most, and both in words."""
    if len(told) < 2:
        return None
    least, *_, most = sorted(told, key=lambda t: t.walk.temperature)
    low, high = most.share.low - least.share.high, most.share.high - least.share.low
    gap = most.share.value - least.share.value
    effect = Effect("rise of the share in the wide well", gap, low, high, count=most.share.count)
    return effect, f"from {_said(least)} to {_said(most)}"


def _said(t: Told) -> str:
    ratio = t.walk.rate / t.walk.batch
    return (
        f"{t.share.value:.3f} [{t.share.low:.3f}, {t.share.high:.3f}] at rate / batch {ratio:.3g} "
        f"(Gibbs weight {t.theory:.3f})"
    )


def follows(told: list[Told]) -> Finding:
    """Against the Gibbs weights, rate by rate."""
    mixed = [t for t in told if t.mixed]
    if not mixed:
        return Finding(claims.POSTERIOR, Verdict.CANNOT_TELL, "the runs from either well have not mixed")
    worst = max(mixed, key=lambda t: abs(t.share.value - t.theory))
    effect = Effect(
        "largest difference from the Gibbs weight",
        worst.share.value - worst.theory,
        worst.share.low - worst.theory,
        worst.share.high - worst.theory,
        count=worst.share.count,
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
        return Finding(claims.POSTERIOR, Verdict.HOLDS, words, effect, _WHERE)
    if good:
        where = f"for small steps (rate {' and '.join(f'{r:g}' for r in good)})"
        return Finding(claims.POSTERIOR, Verdict.ONLY, words, effect, _WHERE, where)
    verdict = Verdict.FAILS if min(abs(effect.low), abs(effect.high)) > claims.NEAR else Verdict.CANNOT_TELL
    return Finding(claims.POSTERIOR, verdict, words, effect, _WHERE)


def _stiffness(told: list[Told], rate: float) -> float:
    return max(t.stiffness for t in told if t.walk.rate == rate)
