"""A published claim, and what was found when it was put to the test."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from crossframe.environment import engine_available


class Verdict(enum.StrEnum):
    """What is said of a claim."""

    HOLDS = "holds"
    ONLY = "holds only in part"
    FAILS = "does not hold"
    CANNOT_TELL = "cannot tell at this sample size"
    UNTESTED = "not tested here"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Source:
    """A text whose claims are repeated: ``name`` as it is cited, ``link`` to it."""

    name: str
    link: str


@dataclass(frozen=True)
class Claim:
    """One sentence that an experiment can contradict.

    Attributes
    ----------
    key
        Short name, in the JSON and as an anchor.
    words
        The claim in a sentence of ours.
    source
        Who made it.
    mark
        What has to be measured for it to hold.
    """

    key: str
    words: str
    source: Source
    mark: str


@dataclass(frozen=True)
class Effect:
    """The size of what was measured: ``low`` and ``high`` are NaN where there is no interval.

    ``level`` is that of the interval, ``count`` the number of draws, seeds or cases behind it.
    """

    what: str
    value: float
    low: float = math.nan
    high: float = math.nan
    unit: str = ""
    count: int = 0
    level: float = 0.95

    def __str__(self) -> str:
        interval = "" if math.isnan(self.low) else f" [{self.low:.3g}, {self.high:.3g}]"
        return f"{self.what} {self.value:.3g}{interval}{' ' if self.unit else ''}{self.unit}"


@dataclass(frozen=True)
class Finding:
    """The verdict on a claim.

    Attributes
    ----------
    where
        For `Verdict.ONLY`: in which frameworks, at which sizes; else empty.
    effect
        None where nothing was measured.
    frameworks
        Those that took part.
    words
        What was measured, in a sentence or two; for `Verdict.UNTESTED` and `Verdict.NOT_RUN` the reason.
    """

    claim: Claim
    verdict: Verdict
    words: str
    effect: Effect | None = None
    frameworks: tuple[str, ...] = ()
    where: str = ""

    @property
    def said(self) -> str:
        """The verdict with its restriction."""
        return (
            f"holds only {self.where}" if self.verdict is Verdict.ONLY and self.where else str(self.verdict)
        )

    def to_dict(self) -> Mapping[str, Any]:
        """Plain values, for the JSON."""
        return {
            **asdict(self.claim),
            "verdict": str(self.verdict),
            "where": self.where,
            "effect": asdict(self.effect) if self.effect else None,
            "frameworks": list(self.frameworks),
            "measured": self.words,
        }


def not_run(claim: Claim, engine: str) -> Finding:
    """The finding where an engine's part is missing: it is not here (with the mend), or it failed."""
    there = engine_available(engine)
    if there.available:
        return Finding(claim, Verdict.NOT_RUN, "its computation failed; the messages while it ran say how")
    return Finding(claim, Verdict.NOT_RUN, f"{there.reason} ({there.mend})")
