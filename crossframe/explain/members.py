"""What each setting does alone of those that are switched together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Value
from crossframe.explain.attribution.record import MATTERS, finite
from crossframe.explain.hybrids import Hybrids, Sides
from crossframe.explain.switches import SettingSwitch


@dataclass(frozen=True)
class Member:
    """A setting that is switched together with others.

    Attributes
    ----------
    switch
        The switch that it is a part of, or that it comes along with.
    setting, left, right
        Its name, and its value on either side of the question.
    alone
        Share of the gap that is closed where it is switched and the rest of the switch is not; None where
        that could not be measured.
    without
        The same of the switch without it, where it is no part of the switch but comes along.
    cannot
        Why it cannot be switched alone; empty where it can.
    """

    switch: str
    setting: str
    left: Value
    right: Value
    alone: float | None
    without: float | None
    cannot: str

    @property
    def is_cause(self) -> bool:
        """Whether it only comes along with the switch, and has an effect of its own beside it."""
        if self.setting in self.switch.replace(" with ", ", ").split(", "):
            return False
        effects = (self.alone, None if self.without is None else 1 - self.without)
        return max((abs(effect) for effect in effects if effect is not None), default=0.0) >= MATTERS

    def to_dict(self) -> dict[str, Any]:
        """The member as plain JSON values."""
        plain: dict[str, Any] = finite(asdict(self))
        return plain


def members(
    hybrids: Hybrids, prepare: Callable[[list[Sides]], None], distance: Callable[[Sides], FloatArray]
) -> tuple[Member, ...]:
    """The members of every switch of several settings, and the settings that come along with one.

    Parameters
    ----------
    prepare
        Fits these pairs.
    distance
        The gap of a pair in each replicate, (R,), as the shares measure it; NaN where it has none.
    """
    parts = [(b.name, m, False) for b in hybrids.bundles if len(b.members) > 1 for m in b.members]
    parts += [(switch, m, True) for switch, m in hybrids.companions]
    made = []
    for switch, one, along in parts:
        alone, why = _tried(partial(hybrids.alone, one))
        chosen = frozenset(switch.split(", "))
        rest = _tried(partial(hybrids.without(one).pair, chosen))[0] if along else None
        made.append((switch, one, alone, rest, why))
    prepare([pair for _, _, *pairs, _ in made for pair in pairs if pair is not None])
    gap = distance(hybrids.pair(frozenset())) if made else np.empty(0)

    def closed(pair: Sides | None) -> float | None:
        if pair is None:
            return None
        rest = distance(pair)
        both = np.isfinite(rest) & np.isfinite(gap)
        whole = float(gap[both].mean()) if both.any() else 0.0
        return 1 - float(rest[both].mean()) / whole if whole else None

    return tuple(
        _member(switch, one, hybrids.backwards, closed(alone), closed(rest), why)
        for switch, one, alone, rest, why in made
    )


def _tried(make: Callable[[], Sides]) -> tuple[Sides | None, str]:
    """A pair, or None and why it cannot be made."""
    try:
        return make(), ""
    except UsageError as error:
        return None, error.message


def _member(
    switch: str, one: SettingSwitch, backwards: bool, alone: float | None, without: float | None, why: str
) -> Member:
    left, right = (one.right, one.left) if backwards else (one.left, one.right)
    failed = "" if why or alone is not None else "its fit gave no answer"
    return Member(switch, one.setting, left, right, alone, without, why or failed)
