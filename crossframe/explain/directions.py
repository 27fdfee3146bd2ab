"""The gap of two sides, and a side brought to the other one's answer by switching its settings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crossframe.core.types import Value
from crossframe.explain.attribution.closing import Closing
from crossframe.explain.attribution.inference import Interval
from crossframe.explain.attribution.measures import digits_of_gap
from crossframe.explain.attribution.record import Attribution
from crossframe.explain.bundles import Bundle
from crossframe.explain.calibration import Calibrated
from crossframe.explain.members import Member
from crossframe.explain.paired import Paired
from crossframe.explain.proof import Trial
from crossframe.explain.spread import Spread


@dataclass(frozen=True)
class Gap:
    """The distance of the two sides.

    Attributes
    ----------
    metric
        The metric whose difference it is; empty: it is the largest difference between two scores.
    left, right
        Mean of the metric over the draws; ``left_interval`` and ``right_interval`` are their 95 % intervals.
    difference, interval
        Of a metric left less right, paired over the draws, with its 95 % interval; of scores a size.
    draws, seeds
        Draws, and seeds on each.
    own_spread
        Mean difference of each side to itself with another seed.
    digits
        Digits in which the scores agree; over draws those of the worst fit.
    alike
        Mean share of rows that both label alike.
    paired
        Over draws: the two sides row by row, with the same seeds.
    spread
        On one draw: the sides beside fits with other seeds, where their random numbers differ.
    lost
        Draws on which a side gave no answer; they are left out of every mean.
    """

    metric: str
    left: float
    right: float
    difference: float
    interval: Interval | None
    draws: int
    seeds: int
    own_spread: tuple[float, float]
    digits: float
    alike: float
    paired: Paired | None = None
    spread: Spread | None = None
    lost: int = 0
    left_interval: Interval | None = None
    right_interval: Interval | None = None

    @classmethod
    def of_scores(cls, size: float) -> Gap:
        """The gap on one sample, where ``size`` is the largest difference between two scores."""
        nan = math.nan
        return cls("", nan, nan, size, None, 1, 1, (0.0, 0.0), digits_of_gap(size), nan)


@dataclass(frozen=True)
class Recipe:
    """What to pass to a side, to have the other one's answer.

    Attributes
    ----------
    model
        The side's own, or a relative in the same framework.
    arguments
        What to pass to it, in its framework's own spelling.
    other, other_model
        What to pass to the other side besides, where its solver stopped short, and that side's model.
    preparation
        What is done to the side's rows before its framework, as settings; empty: nothing.
    coefficients
        Distance of the two when the closing set is switched, relative; see
        `crossframe.explain.attribution.measures.coefficient_gap`. NaN without coefficients.
    distance
        Where it closes, the larger of the two's distances from the certified optimum; NaN without one.
    by_reference
        Whether the reference model alone has such settings, which is not the side's own.
    nearest, nearest_model, nearest_gap
        Then the side's own settings that leave the smallest gap of those that were tried, where they take
        half of it away or more; its model with them; and that gap.
    threshold, labels
        Where the other side has another rule for labels: that rule, as in `Contestant.threshold`, and the
        share of rows that the two still label differently with it. None and NaN: the rules are the same.
    """

    model: str
    arguments: Mapping[str, Value]
    other: Mapping[str, Value]
    coefficients: float = math.nan
    distance: float = math.nan
    other_model: str = ""
    preparation: str = ""
    by_reference: bool = False
    nearest: Mapping[str, Value] = field(default_factory=dict)
    nearest_model: str = ""
    nearest_gap: float = math.nan
    threshold: float | str | None = None
    labels: float = math.nan

    def to_dict(self, closing: Closing) -> dict[str, Any]:
        """The recipe as plain JSON values, with whether its ``closing`` set closes the gap."""
        return {
            "closes": closing.closed,
            "model": self.model,
            "arguments": spelled(self.arguments),
            **({"preparation": self.preparation} if self.preparation else {}),
            "other_side": spelled(self.other),
            "digits": digits_of_gap(closing.gap),
            **({} if self.threshold is None else {"threshold": self.threshold, "labels_differ": self.labels}),
            "coefficient_distance": None if math.isnan(self.coefficients) else self.coefficients,
        }


@dataclass(frozen=True)
class SwitchDirection:
    """One side brought to the other's answer by switching its settings.

    Attributes
    ----------
    side
        The side that is switched.
    bundles
        What is switched: over draws settings that belong together, on one sample one by one.
    attribution, closing
        Shares of the gap, and the smallest set of switches that closes it; no closing where the gap was
        not shared out.
    cannot
        Settings that differ and cannot be switched, with the reason.
    together
        Switches of several settings that no model can take separately, with the reason.
    computed_by_reference
        Hybrids that the reference model computed: sets of switches, in words.
    computed_by
        How many hybrids each model, or the reference model, computed.
    recipe
        On one sample: how to close the gap.
    members
        The settings that are switched together with others, and what each closes alone.
    moved
        On one sample: whether the closing set takes another solver, or model, than the side's.
    trials
        Over draws: the proofs in the frameworks, the one that leaves least first.
    calibration
        The reference trainer against the frameworks, where it computes all hybrids.
    """

    side: str
    bundles: tuple[Bundle, ...]
    attribution: Attribution
    closing: Closing | None
    cannot: Mapping[str, str] = field(default_factory=dict)
    together: Mapping[str, str] = field(default_factory=dict)
    computed_by_reference: tuple[str, ...] = ()
    computed_by: Mapping[str, int] = field(default_factory=dict)
    recipe: Recipe | None = None
    members: tuple[Member, ...] = ()
    moved: bool = False
    trials: tuple[Trial, ...] = ()
    calibration: tuple[Calibrated, ...] = ()

    @property
    def closed(self) -> bool:
        """Whether a set of switches closes the gap in this direction."""
        return self.closing is not None and self.closing.closed

    @property
    def left_over(self) -> float:
        """The gap that the closing set leaves; the whole gap where there is none."""
        return self.attribution.before if self.closing is None else self.closing.gap

    def to_dict(self) -> dict[str, Any]:
        """The direction as plain JSON values, without its recipe."""
        return {
            "side": self.side,
            "attribution": self.attribution.to_dict(),
            "closing": self.closing.to_dict() if self.closing else None,
            "computed_by_the_referee": list(self.computed_by_reference),
            "cannot_be_switched": dict(self.cannot),
            "switched_together": dict(self.together),
            "members": [m.to_dict() for m in self.members],
        }


def spelled(arguments: Mapping[str, Value]) -> dict[str, Value]:
    """Arguments as JSON values: infinities, which JSON does not have, as text."""
    return {k: str(v) if isinstance(v, float) and math.isinf(v) else v for k, v in arguments.items()}
