"""Claims of the form "this setting costs accuracy": the rule over sample sizes, and its words.

The experiment switches the setting away and measures the accuracy with the change minus that as published,
with an interval at every sample size. `direction` reads one size, `judge` all of them together.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable

from crossframe.claims.claim import Effect, Verdict
from crossframe.claims.judge import between

EQUAL = 0.01
"""Difference in accuracy within which two contestants count as almost identical."""
LEVEL = 0.95
"""Chance that the intervals of one experiment hold at all its sizes together (Bonferroni)."""
ENOUGH = 10
"""Draws without any difference from which on their number counts as evidence of none."""


class Direction(enum.StrEnum):
    """What the change does at one sample size."""

    UP = "up"
    DOWN = "down"
    NONE = "none"
    """Surely no effect: the interval contains 0 and lies within +-`EQUAL`."""
    TURNED = "turned"
    """Up or down, but not with the labels of both cut at a score of 0.5."""
    OPEN = "open"


class SettingEffect(enum.StrEnum):
    """What becomes of the suspicion; `HELPS` and `HURTS` speak of switching the setting away."""

    UNUSED = "no effect (the setting is not used)"
    NONE = "no effect measured"
    HELPS = "helps"
    HURTS = "hurts"
    DEPENDS = "depends on n"
    THRESHOLD = "depends on the threshold"
    CANNOT_TELL = "cannot tell at this sample size"
    NOT_CHECKED = "not checked"

    @property
    def verdict(self) -> Verdict:
        """The verdict on the claim that the setting costs accuracy."""
        return _VERDICTS[self]

    @property
    def meaning(self) -> str:
        """What it says of the suspicion, in a sentence."""
        return _MEANING[self]


_VERDICTS = {
    SettingEffect.UNUSED: Verdict.FAILS,
    SettingEffect.NONE: Verdict.FAILS,
    SettingEffect.HELPS: Verdict.HOLDS,
    SettingEffect.HURTS: Verdict.FAILS,
    SettingEffect.DEPENDS: Verdict.PARTLY,
    SettingEffect.THRESHOLD: Verdict.OPEN,
    SettingEffect.CANNOT_TELL: Verdict.OPEN,
    SettingEffect.NOT_CHECKED: Verdict.NOT_RUN,
}

_MEANING = {
    SettingEffect.UNUSED: "The suspicion is refuted: the setting takes no part in the training.",
    SettingEffect.NONE: f"The suspicion is not borne out: any effect of the change that decides is "
    f"below {EQUAL:g} in accuracy.",
    SettingEffect.HELPS: "The suspicion is borne out where sure: without the setting the model is more "
    "accurate.",
    SettingEffect.HURTS: "The suspicion is refuted where sure: without the setting the model is less "
    "accurate.",
    SettingEffect.DEPENDS: "What becomes of the suspicion is not the same at every sample size.",
    SettingEffect.THRESHOLD: "Open: with the labels of both cut at 0.5 the mean effect is 0 or of the "
    "other sign, so that it is open whether the threshold or the training is the cause.",
    SettingEffect.CANNOT_TELL: "Open: what was measured is compatible with a help, a harm, or nothing.",
    SettingEffect.NOT_CHECKED: "Open: the experiment was not run.",
}

RULE = (
    (SettingEffect.UNUSED, "The setting, or what belongs to it alone, is reported as unused, and in "
     "deterministic mode changing it leaves every prediction the same to the last bit, on every sample; the "
     "same change where the setting is in use, the positive control, must alter predictions."),
    (SettingEffect.HELPS, "The interval of the effect lies above 0 at one size at least, below 0 at "
    "none, and "
     f"no size shows surely no effect (an interval that contains 0 and lies within ±{EQUAL:g})."),
    (SettingEffect.HURTS, "The same with above and below exchanged."),
    (SettingEffect.DEPENDS, "Above 0 at one size and below 0 at another; or above (below) at one size and "
     "surely no effect at another."),
    (SettingEffect.NONE, f"At every size the interval contains 0 and lies within ±{EQUAL:g}, or {ENOUGH} "
    f"draws "
     "and more show no difference at all."),
    (SettingEffect.THRESHOLD, "At one size at least the interval leaves 0 out, but with the labels of "
    "both cut "
     "at 0.5 the effect is 0 or of the other sign; such a size counts as open, and no other is sure."),
    (SettingEffect.CANNOT_TELL, "Every interval contains 0, and at least one reaches further than that."),
    (SettingEffect.NOT_CHECKED, "The framework is missing or was left out."),
)  # fmt: skip
"""Outcome -> when it is given, in the words of the page."""


def direction(own: Effect, at_half: Effect | None = None) -> Direction:
    """What a change of accuracy at one size amounts to.

    Parameters
    ----------
    own
        Mean over draws of accuracy(with the change) - accuracy(as published); ``count`` is the draws.
    at_half
        The same with the labels of both cut at a score of 0.5. None where the threshold is the change itself.
    """
    if own.low > 0 or own.high < 0:
        if at_half is not None and at_half.value * own.value <= 0:
            return Direction.TURNED
        return Direction.UP if own.low > 0 else Direction.DOWN
    if between(own, -EQUAL, EQUAL) is Verdict.HOLDS:
        return Direction.NONE
    unmoved = own.value == 0 and math.isnan(own.low)
    return Direction.NONE if unmoved and own.count >= ENOUGH else Direction.OPEN


def judge(directions: Iterable[Direction], *, unused: bool = False) -> SettingEffect:
    """The outcome over all sizes by `RULE`; ``unused``: the setting is proved to take no part."""
    if unused:
        return SettingEffect.UNUSED
    seen = set(directions)
    moved = seen & {Direction.UP, Direction.DOWN}
    if not seen:
        return SettingEffect.NOT_CHECKED
    if len(moved) == 2 or (moved and Direction.NONE in seen):
        return SettingEffect.DEPENDS
    if moved:
        return SettingEffect.HELPS if Direction.UP in moved else SettingEffect.HURTS
    if Direction.TURNED in seen:
        return SettingEffect.THRESHOLD
    return SettingEffect.CANNOT_TELL if Direction.OPEN in seen else SettingEffect.NONE
