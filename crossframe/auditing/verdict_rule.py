"""The rule that makes a verdict of measured effects, and the sentence that says why."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass

from crossframe.auditing.suspicion import Role, Suspicion
from crossframe.findings import EQUAL
from crossframe.report.text import signed, signed_interval

LEVEL = 0.95
"""Chance that the intervals of one experiment hold at all its sizes together (Bonferroni)."""
ENOUGH = 10
"""Draws without any difference from which on their number counts as evidence of none."""


class Verdict(enum.StrEnum):
    """What became of a suspicion; ``helps`` and ``hurts`` speak of switching the setting away."""

    UNUSED = "no effect (the setting is not used)"
    NONE = "no effect measured"
    HELPS = "helps"
    HURTS = "hurts"
    DEPENDS = "depends on n"
    THRESHOLD = "depends on the threshold"
    CANNOT_TELL = "cannot tell at this sample size"
    NOT_CHECKED = "not checked"

    @property
    def meaning(self) -> str:
        """What it says of the suspicion, in plain words."""
        return MEANING[self]


MEANING = {
    Verdict.UNUSED: "The suspicion is refuted: the setting takes no part in the training.",
    Verdict.NONE: f"The suspicion is not borne out: any effect is below {EQUAL:g} in accuracy.",
    Verdict.HELPS: "The suspicion is borne out where sure: without the setting the model is more accurate.",
    Verdict.HURTS: "The suspicion is refuted where sure: without the setting the model is less accurate.",
    Verdict.DEPENDS: "What becomes of the suspicion is not the same at every sample size.",
    Verdict.THRESHOLD: "Open: the sign turns with the threshold that makes labels of the scores, so that the "
    "effect is one of the threshold and does not tell how well the model was trained.",
    Verdict.CANNOT_TELL: "Open: what was measured is compatible with a help, a harm, or nothing.",
    Verdict.NOT_CHECKED: "Open: the experiment was not run.",
}

RULE = (
    (Verdict.UNUSED, "The setting, or what belongs to it alone, is reported as unused, and in deterministic "
     "mode changing it leaves every prediction the same to the last bit, on every sample; the same change "
     "where the setting is in use, the positive control, must alter predictions."),
    (Verdict.HELPS, "The interval of the effect lies above 0 at one size at least, below 0 at none, and no "
     f"size shows surely no effect (an interval that contains 0 and lies within ±{EQUAL:g})."),
    (Verdict.HURTS, "The same with above and below exchanged."),
    (Verdict.DEPENDS, "Above 0 at one size and below 0 at another; or above (below) at one size and surely "
     "no effect at another."),
    (Verdict.NONE, f"At every size the interval contains 0 and lies within ±{EQUAL:g}, or {ENOUGH} draws and "
     "more show no difference at all."),
    (Verdict.THRESHOLD, "At one size at least the interval leaves 0 out, but with the labels of both cut at "
     "0.5 the effect is 0 or of the other sign; such a size counts as open, and no other is sure."),
    (Verdict.CANNOT_TELL, "Every interval contains 0, and at least one reaches further than that."),
    (Verdict.NOT_CHECKED, "The framework is missing or was left out."),
)  # fmt: skip
"""Verdict -> when it is given."""


@dataclass(frozen=True)
class Effect:
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
    def direction(self) -> str:
        """``up``, ``down``, ``none`` (surely no effect), ``turned``, or ``open``.

        ``turned``: up or down, but not with the labels of both cut at 0.5. Where both sides are the same
        fits, the threshold is the change itself.
        """
        if self.low > 0 or self.high < 0:
            if self.left != self.right and self.half * self.effect <= 0:
                return "turned"
            return "up" if self.low > 0 else "down"
        if self.low >= -EQUAL and self.high <= EQUAL:
            return "none"
        unmoved = self.effect == 0 and math.isnan(self.low)
        return "none" if unmoved and self.draws >= ENOUGH else "open"

    def words(self) -> str:
        """The effect with its interval."""
        if self.draws == 0:
            return "no pair of fits"
        if self.identical:
            return "0, bit-identical"
        return difference(self.effect, self.low, self.high)


def difference(mean: float, low: float, high: float) -> str:
    """A difference with its interval; four places where three would show an end as 0 that is not."""
    places = 4 if any(x != 0 and round(x, 3) == 0 for x in (low, high)) else 3
    return f"{signed(mean, places)} {signed_interval(low, high, places)}".strip()


def judge(effects: Sequence[Effect], *, unused: str = "") -> Verdict:
    """The verdict on the effects of a suspicion's experiments at all sizes.

    ``unused`` is the framework's word that the setting is without effect; it counts only where the
    deterministic fits bear it out.
    """
    bits = _proofs(effects)
    if unused and bits and all(e.identical for e in bits) and _acts(effects):
        return Verdict.UNUSED
    seen = {e.direction for e in effects if e.role is Role.DECIDES and e.draws > 0}
    if not seen:
        return Verdict.NOT_CHECKED
    if {"up", "down"} <= seen or ("none" in seen and seen & {"up", "down"}):
        return Verdict.DEPENDS
    if "up" in seen:
        return Verdict.HELPS
    if "down" in seen:
        return Verdict.HURTS
    if "turned" in seen:
        return Verdict.THRESHOLD
    return Verdict.CANNOT_TELL if "open" in seen else Verdict.NONE


def deciding(effects: Sequence[Effect], verdict: Verdict) -> list[Effect]:
    """The effects that a verdict rests on, by n."""
    if verdict is Verdict.UNUSED:
        return _proofs(effects)
    return [e for e in effects if e.role is Role.DECIDES]


def sure(effects: Sequence[Effect], verdict: Verdict) -> list[int]:
    """The sizes at which the interval that a verdict rests on leaves 0 out."""
    return [e.n for e in deciding(effects, verdict) if e.direction in ("up", "down")]


def label(effects: Sequence[Effect], verdict: Verdict) -> str:
    """The verdict, with the sizes it is sure of where these are not all."""
    sizes = sure(effects, verdict)
    if verdict not in (Verdict.HELPS, Verdict.HURTS) or len(sizes) == len(deciding(effects, verdict)):
        return verdict.value
    return f"{verdict.value} at {_at(sizes)}, open elsewhere"


def meaning(effects: Sequence[Effect], verdict: Verdict) -> str:
    """What a verdict says of the suspicion, size by size where it is not the same at all."""
    basis = [e for e in deciding(effects, verdict) if e.draws > 0]
    if verdict not in (Verdict.HELPS, Verdict.HURTS, Verdict.DEPENDS) or not basis:
        return verdict.meaning
    words = {
        "up": "borne out",
        "down": "refuted",
        "none": "without an effect",
        "turned": "a matter of the threshold",
        "open": "open",
    }
    parts = [
        f"{said} at {_at(sizes)}"
        for direction, said in words.items()
        if (sizes := [e.n for e in basis if e.direction == direction])
    ]
    return f"The suspicion is {', '.join(parts)}."


def why(suspicion: Suspicion, effects: Sequence[Effect], verdict: Verdict, unused: str) -> str:
    """One line of measured numbers."""
    rest = [e for e in deciding(effects, verdict) if e.draws > 0]
    switch = suspicion.decisive.change
    if not rest:
        return f"There is no pair of usable fits with and without {switch}."
    if verdict is Verdict.UNUSED:
        fits = sum(e.draws for e in rest)
        controls = [e for e in effects if e.role is Role.CONTROL and e.draws > 0]
        acts = " Where the setting is in use, predictions change (the positive control)." if controls else ""
        return (
            f"{unused}. In deterministic mode {rest[0].switch} leaves every "
            f"prediction the same to the last bit, in {fits} of {fits} pairs of fits.{acts}"
        )
    parts = []
    for direction, word in (("up", "more"), ("down", "less")):
        found = [e for e in rest if e.direction == direction]
        if found:
            most = max(found, key=lambda e: abs(e.effect))
            most_of = "" if len(found) == 1 else ", most at " + f"n = {most.n}"
            parts.append(f"{word} accurate at {_at([e.n for e in found])}{most_of} ({most.words()})")
    for e in rest:
        if e.direction == "turned":
            half = difference(e.half, e.half_low, e.half_high)
            parts.append(f"a matter of the threshold at n = {e.n} ({e.words()}, but {half} at 0.5)")
    if found := [e for e in rest if e.direction == "none"]:
        parts.append(f"no effect at {_at([e.n for e in found])} ({_largest(found)})")
    if found := [e for e in rest if e.direction == "open"]:
        widest = max(found, key=lambda e: e.high - e.low if e.high == e.high else 0.0)
        parts.append(
            f"not to be told from 0 at {_at([e.n for e in found])}"
            + (f", the widest at n = {widest.n}" if len(found) > 1 else "")
            + f" ({widest.words()})"
        )
    note = ""
    if unused and not all(e.identical for e in _proofs(effects)):
        note = f' Its fits contradict the framework\'s word: "{unused}".'
    elif unused and not _acts(effects):
        note = f' The positive control changes nothing, so that the proof of "{unused}" has no power.'
    return f"With {switch}: {'; '.join(parts)}.{_masked(rest)}{note}"


def _masked(effects: Sequence[Effect]) -> str:
    """What shows at a threshold of one half only."""
    found = []
    for e in effects:
        hidden = "up" if e.half_low > 0 else "down" if e.half_high < 0 else e.direction
        if hidden != e.direction != "turned":
            word = "more" if hidden == "up" else "less"
            words = difference(e.half, e.half_low, e.half_high)
            found.append(f"{word} accurate at n = {e.n} ({words})")
    return f" With the labels of both cut at 0.5: {'; '.join(found)}." if found else ""


def _at(sizes: Sequence[int]) -> str:
    return f"n = {', '.join(map(str, sizes))}"


def _largest(effects: Sequence[Effect]) -> str:
    if all(e.identical for e in effects):
        return "bit-identical"
    if all(e.effect == 0 for e in effects):
        return "no sample differs"
    return max(effects, key=lambda e: abs(e.effect)).words()


def _acts(effects: Sequence[Effect]) -> bool:
    """Whether every positive control altered a prediction at every size."""
    return all(e.identical is False for e in effects if e.role is Role.CONTROL and e.draws > 0)


def _proofs(effects: Sequence[Effect]) -> list[Effect]:
    return [e for e in effects if e.role is Role.PROOF and e.draws > 0]
