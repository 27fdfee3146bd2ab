"""The measured effects of a suspicion's switches, the verdict on it, and the sentences that give the reasons.

The rule itself is `crossframe.claims.setting_effect`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from crossframe.audit.suspicion import Role, Suspicion
from crossframe.claims import setting_effect
from crossframe.claims.claim import Effect
from crossframe.claims.setting_effect import Direction, SettingEffect
from crossframe.core.statistics import Interval
from crossframe.core.text import signed, signed_interval


@dataclass(frozen=True)
class SwitchEffect:
    """What a change did at one sample size.

    ``effect`` is the mean over ``draws`` of accuracy(with the change) - accuracy(as published) on the same
    draw, with the interval [``low``, ``high``]; ``half`` and its ends the same with the labels of both cut
    at a score of 0.5. NaN where there is none. ``identical`` of the draws gave the same scores to the bit.
    """

    switch: str
    role: Role
    left: str
    right: str
    n: int
    draws: int
    effect: float = math.nan
    low: float = math.nan
    high: float = math.nan
    half: float = math.nan
    half_low: float = math.nan
    half_high: float = math.nan
    identical: bool | None = None

    @property
    def direction(self) -> Direction:
        """Whether accuracy rises, falls or stays; the effect at 0.5 counts only between different fits."""
        own = Effect.of(self.switch, Interval(self.effect, self.low, self.high, count=self.draws))
        half = Effect.of("at 0.5", Interval(self.half, self.half_low, self.half_high, count=self.draws))
        return setting_effect.direction(own, half if self.left != self.right else None)

    def words(self) -> str:
        """The effect with its interval, ``0, bit-identical`` or ``no pair of fits``."""
        if self.draws == 0:
            return "no pair of fits"
        if self.identical:
            return "0, bit-identical"
        return difference(self.effect, self.low, self.high)


def difference(mean: float, low: float, high: float) -> str:
    """A difference with its interval, to three places; four where an end other than 0 would round to 0."""
    places = 4 if any(x != 0 and round(x, 3) == 0 for x in (low, high)) else 3
    return f"{signed(mean, places)} {signed_interval(low, high, places)}".strip()


def judge(effects: Sequence[SwitchEffect], *, unused: str = "") -> SettingEffect:
    """The verdict on the effects of a suspicion's experiments at all sizes.

    ``unused`` is the framework's statement that the setting is without effect; it counts only where the
    deterministic fits prove it.
    """
    bits = _proofs(effects)
    proved = bool(unused and bits) and all(e.identical for e in bits) and _acts(effects)
    seen = [e.direction for e in effects if e.role is Role.DECIDES and e.draws > 0]
    return setting_effect.judge(seen, unused=proved)


def under_earlier(
    suspicion: Suspicion, effects: Sequence[SwitchEffect], *, unused: bool = False
) -> list[SettingEffect]:
    """The verdict under each earlier mark of a suspicion, on the experiment that decided under it.

    ``unused``: the framework reports the setting as without effect. The rule of that time asked for no
    positive control, and did not know that an effect can turn with the threshold.
    """
    switch = next((s for s in suspicion.switches if s.earlier is not None), suspicion.decisive)
    proofs = _proofs(effects)
    seen = [e for e in effects if (e.switch, e.role) == (switch.change, switch.role) and e.draws > 0]
    verdict = setting_effect.judge(
        [
            e.direction
            if e.direction is not Direction.TURNED
            else Direction.UP
            if e.low > 0
            else Direction.DOWN
            for e in seen
        ],
        unused=unused and bool(proofs) and all(e.identical for e in proofs),
    )
    return [verdict for _ in suspicion.claim.replaced]


def deciding(effects: Sequence[SwitchEffect], verdict: SettingEffect) -> list[SwitchEffect]:
    """The effects on which a verdict rests, by n: proofs for an unused setting, else `Role.DECIDES`."""
    if verdict is SettingEffect.UNUSED:
        return _proofs(effects)
    return [e for e in effects if e.role is Role.DECIDES]


def sure(effects: Sequence[SwitchEffect], verdict: SettingEffect) -> list[int]:
    """The sizes at which the interval on which a verdict rests leaves 0 out."""
    return [e.n for e in deciding(effects, verdict) if e.direction in (Direction.UP, Direction.DOWN)]


def label(effects: Sequence[SwitchEffect], verdict: SettingEffect) -> str:
    """The verdict's title, with the sizes at which it is certain where these are not all."""
    sizes = sure(effects, verdict)
    if verdict not in (SettingEffect.HELPS, SettingEffect.HURTS) or len(sizes) == len(
        deciding(effects, verdict)
    ):
        return verdict.value
    return f"{verdict.value} at {_at(sizes)}, open elsewhere"


def meaning(effects: Sequence[SwitchEffect], verdict: SettingEffect) -> str:
    """What a verdict means for the suspicion; size by size where the sizes disagree."""
    basis = [e for e in deciding(effects, verdict) if e.draws > 0]
    if verdict not in (SettingEffect.HELPS, SettingEffect.HURTS, SettingEffect.DEPENDS) or not basis:
        return verdict.meaning
    words = {
        Direction.UP: "borne out",
        Direction.DOWN: "refuted",
        Direction.NONE: "without an effect",
        Direction.TURNED: "a matter of the threshold",
        Direction.OPEN: "open",
    }
    parts = [
        f"{outcome} at {_at(sizes)}"
        for direction, outcome in words.items()
        if (sizes := [e.n for e in basis if e.direction == direction])
    ]
    return f"The suspicion is {', '.join(parts)}."


def why(suspicion: Suspicion, effects: Sequence[SwitchEffect], verdict: SettingEffect, unused: str) -> str:
    """The measured numbers behind a verdict, in one line; ``unused`` as in `judge`."""
    rest = [e for e in deciding(effects, verdict) if e.draws > 0]
    switch = suspicion.decisive.change
    if not rest:
        return f"There is no pair of usable fits with and without {switch}."
    if verdict is SettingEffect.UNUSED:
        fits = sum(e.draws for e in rest)
        controls = [e for e in effects if e.role is Role.CONTROL and e.draws > 0]
        acts = " Where the setting is in use, predictions change (the positive control)." if controls else ""
        return (
            f"{unused}. In deterministic mode {rest[0].switch} leaves every "
            f"prediction the same to the last bit, in {fits} of {fits} pairs of fits.{acts}"
        )
    parts = []
    for direction, word in ((Direction.UP, "more"), (Direction.DOWN, "less")):
        moved = [e for e in rest if e.direction is direction]
        if moved:
            most = max(moved, key=lambda e: abs(e.effect))
            most_of = "" if len(moved) == 1 else ", most at " + f"n = {most.n}"
            parts.append(f"{word} accurate at {_at([e.n for e in moved])}{most_of} ({most.words()})")
    for e in rest:
        if e.direction is Direction.TURNED:
            half = difference(e.half, e.half_low, e.half_high)
            parts.append(f"a matter of the threshold at n = {e.n} ({e.words()}, but {half} at 0.5)")
    if unmoved := [e for e in rest if e.direction is Direction.NONE]:
        parts.append(f"no effect at {_at([e.n for e in unmoved])} ({_largest(unmoved)})")
    if open_ones := [e for e in rest if e.direction is Direction.OPEN]:
        widest = max(open_ones, key=lambda e: e.high - e.low if e.high == e.high else 0.0)
        parts.append(
            f"not distinguishable from 0 at {_at([e.n for e in open_ones])}"
            + (f", the widest at n = {widest.n}" if len(open_ones) > 1 else "")
            + f" ({widest.words()})"
        )
    note = ""
    if unused and not all(e.identical for e in _proofs(effects)):
        note = f' Its fits contradict the framework\'s own statement: "{unused}".'
    elif unused and not _acts(effects):
        note = f' The positive control changes nothing, so the proof of "{unused}" has no power.'
    return f"With {switch}: {'; '.join(parts)}.{_masked(rest)}{note}"


def _masked(effects: Sequence[SwitchEffect]) -> str:
    """The effects that exist only with the labels cut at 0.5, in a sentence; empty without any."""
    parts = []
    for e in effects:
        hidden = Direction.UP if e.half_low > 0 else Direction.DOWN if e.half_high < 0 else e.direction
        if hidden != e.direction != Direction.TURNED:
            word = "more" if hidden is Direction.UP else "less"
            words = difference(e.half, e.half_low, e.half_high)
            parts.append(f"{word} accurate at n = {e.n} ({words})")
    return f" With the labels of both cut at 0.5: {'; '.join(parts)}." if parts else ""


def _at(sizes: Sequence[int]) -> str:
    return f"n = {', '.join(map(str, sizes))}"


def _largest(effects: Sequence[SwitchEffect]) -> str:
    if all(e.identical for e in effects):
        return "bit-identical"
    if all(e.effect == 0 for e in effects):
        return "no sample differs"
    return max(effects, key=lambda e: abs(e.effect)).words()


def _acts(effects: Sequence[SwitchEffect]) -> bool:
    """Whether every positive control altered a prediction at every size."""
    return all(e.identical is False for e in effects if e.role is Role.CONTROL and e.draws > 0)


def _proofs(effects: Sequence[SwitchEffect]) -> list[SwitchEffect]:
    return [e for e in effects if e.role is Role.PROOF and e.draws > 0]
