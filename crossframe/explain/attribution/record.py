"""The result of an attribution: frozen records, and their JSON."""

from __future__ import annotations

import enum
import math
from dataclasses import asdict, dataclass, field
from typing import Any

from crossframe.explain.attribution.inference import Interval
from crossframe.settings.vocabulary import titled

MATTERS = 0.001
"""Part of the gap from which on a setting is a cause, by its share or by what it closes first or last."""
_NOTABLE = 0.01
"""Part of the larger of two effects below which the sign of the smaller one does not count."""


class GapFinding(enum.StrEnum):
    """The finding on the gap as a whole: shared out, agreement, noise, or hybrids without an answer."""

    ATTRIBUTED = "attributed"
    AGREE = "agree"
    NOISE = "noise"
    UNDEFINED = "undefined"


class Standing(enum.StrEnum):
    """The status of one setting's share; the value is the reason that a reader sees."""

    CAUSE = "cause"
    NOISE = "its interval holds 0"
    NO_INTERVAL = "too few draws, or draws without spread: no interval"
    FLOOR = "it is not above the floor"
    SMALL = "too small to matter: less than 0.1 % of the difference, also switched first or last"
    INERT = "switching it changes nothing, whatever else is switched"


@dataclass(frozen=True)
class Share:
    """One setting's part in a gap.

    Amounts are what switching takes off v, in its units: positive where
    it closes, and with the sign of the gap where that is signed. ``fraction`` and its like are of the
    gap v(empty), None where that is not distinguishable from 0; negative where switching enlarges the gap.
    The fractions add up to 1 where all switches together close the gap, else to what they close of it.

    Attributes
    ----------
    left, right
        The setting's values, None if the caller named none.
    amount, interval
        Shapley share and its interval, which holds together with those of the other shares.
    first, last
        What switching closes when it is the first, and the last, of all switches.
    """

    setting: str
    standing: Standing
    amount: float
    first: float
    last: float
    interval: Interval | None = None
    fraction: float | None = None
    fraction_first: float | None = None
    fraction_last: float | None = None
    fraction_interval: Interval | None = None
    left: Any = None
    right: Any = None

    @property
    def interacts(self) -> bool:
        """Whether what the switch closes depends on the others more than its share is large.

        First and last in its effects have opposite signs, or differ by more than the share; the share is
        then an average over orders that no single order shows.
        """
        sizes = abs(self.first), abs(self.last)
        opposite = self.first * self.last < 0 and min(sizes) > _NOTABLE * max(sizes)
        return opposite or abs(self.first - self.last) > abs(self.amount)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON; ``share``, ``first_in``, ``last_in`` and ``interval`` are fractions."""
        return {
            "setting": self.setting,
            "left": self.left,
            "right": self.right,
            "share": self.fraction,
            "first_in": self.fraction_first,
            "last_in": self.fraction_last,
            "interacts": self.interacts,
            "interval": _listed(self.fraction_interval),
            "amount": self.amount,
            "amount_first_in": self.first,
            "amount_last_in": self.last,
            "amount_interval": _listed(self.interval),
        }


@dataclass(frozen=True)
class Interaction:
    """Two settings whose joint switch is not the sum of their single ones.

    ``index`` is the Shapley interaction index in units of the gap: positive, both are needed;
    negative, either does. ``notable``: it exceeds half the smaller of the two shares, and, where
    there are draws, its interval, which holds together with those of all pairs, leaves out 0.
    """

    settings: tuple[str, str]
    index: float
    notable: bool
    interval: Interval | None = None

    @property
    def kind(self) -> str:
        """``together`` where the index is positive, else ``overlap``."""
        return "together" if self.index > 0 else "overlap"

    def to_dict(self) -> dict[str, Any]:
        """The interaction as plain JSON values, with its `kind`."""
        return {
            "settings": list(self.settings),
            "index": self.index,
            "kind": self.kind,
            "notable": self.notable,
            "interval": _listed(self.interval),
        }


@dataclass(frozen=True)
class Enlargement:
    """A switch that makes the gap larger.

    ``after`` are the settings switched before it where it adds most; ``contexts`` counts the
    contexts in which it enlarges the gap, out of ``of`` that were evaluated.
    """

    setting: str
    after: tuple[str, ...]
    before: float
    then: float
    contexts: int
    of: int

    def __str__(self) -> str:
        where = f"after {', '.join(map(titled, self.after))}" if self.after else "alone"
        return (
            f"switching {titled(self.setting)} {where} enlarges the gap from {self.before:.3g} to "
            f"{self.then:.3g} (so in {self.contexts} of {self.of} combinations with the others)"
        )


@dataclass(frozen=True)
class Attribution:
    """A gap shared out among settings, or the reason why it is not.

    Attributes
    ----------
    before, after
        v(empty) and v(all), averaged over draws.
    shares
        Of every setting, largest |amount| first; empty unless the finding is `GapFinding.ATTRIBUTED`.
    interactions
        Of every pair; empty where orders were sampled.
    noise
        The numbers of the comparison with the sides' own spread; empty for deterministic sides.
    method
        How it was computed: ``name`` (exact or orders), ``evaluations``, ``blocks``, ``stopped``
        (target, budget or most), ``draws``, ``replicates_lost``, ``scale``, ``signed``, ``level``,
        ``tests``, and ``intervals`` in words; of `GapFinding.UNDEFINED` the reason, as ``undefined``.
    """

    finding: GapFinding
    before: float
    after: float
    shares: tuple[Share, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    enlargements: tuple[Enlargement, ...] = ()
    noise: dict[str, Any] = field(default_factory=dict)
    method: dict[str, Any] = field(default_factory=dict)

    @property
    def causes(self) -> tuple[Share, ...]:
        """The shares whose standing is `Standing.CAUSE`, largest first."""
        return tuple(share for share in self.shares if share.standing is Standing.CAUSE)

    @property
    def inert(self) -> tuple[str, ...]:
        """The settings whose switch changes nothing in any set that was evaluated."""
        return tuple(share.setting for share in self.shares if share.standing is Standing.INERT)

    @property
    def undefined(self) -> str:
        """Of `GapFinding.UNDEFINED`, which hybrids have no answer; else empty."""
        return str(self.method.get("undefined", ""))

    @property
    def not_closed(self) -> float:
        """The fraction of the gap that is left with all settings switched: no share contains it."""
        return self.after / self.before if self.before else 0.0

    def amounts(self) -> dict[str, float]:
        """The share of each setting by name, in units of the gap."""
        return {share.setting: share.amount for share in self.shares}

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: values that do not exist are None."""
        others = [s for s in self.shares if s.standing not in (Standing.CAUSE, Standing.INERT)]
        record = {
            "finding": str(self.finding),
            "before": self.before,
            "after": self.after,
            "not_closed": self.not_closed,
            "causes": [share.to_dict() for share in self.causes],
            "not_attributed": [{**share.to_dict(), "reason": str(share.standing)} for share in others],
            "inert": list(self.inert),
            "interactions": [pair.to_dict() for pair in self.interactions if pair.notable],
            "enlargements": [asdict(note) for note in self.enlargements],
            "noise": self.noise,
            "method": self.method,
        }
        return {key: finite(value) for key, value in record.items()}


def _listed(interval: Interval | None) -> list[float] | None:
    return None if interval is None else list(interval)


def finite(value: Any) -> Any:
    """``value`` with None for numbers that are not finite, at every level of dicts, lists and tuples."""
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
