"""What is claimed, what was measured, and the verdict: the records of every claim set.

A claim is judged by its mark, which is fixed before the run that judges it. `crossframe.claims.judge` holds
the rules that make verdicts of effects; this module holds no rule.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from crossframe.core.statistics import Interval
from crossframe.core.text import percent
from crossframe.frameworks.registry import available


class Verdict(enum.StrEnum):
    """What becomes of a claim; the value is what the pages of studies print."""

    HOLDS = "holds"
    PARTLY = "holds only in part"
    FAILS = "does not hold"
    OPEN = "cannot tell at this sample size"
    UNTESTED = "not tested here"
    NOT_RUN = "not run"


REPLICATION = {
    Verdict.HOLDS: "reproduced",
    Verdict.PARTLY: "partly",
    Verdict.FAILS: "not reproduced",
    Verdict.OPEN: "cannot tell",
}
"""The words for a verdict where a published experiment is repeated."""


@dataclass(frozen=True)
class Source:
    """The text that makes a claim: ``name`` as it is cited, ``link`` to it."""

    name: str
    link: str = ""


@dataclass(frozen=True)
class Mark:
    """A mark that a later one replaced after results had been seen.

    Attributes
    ----------
    words
        What the quantity had to be for the claim to hold.
    fixed
        Date on which it was fixed; see `Claim`.
    reason
        Why it was replaced.
    """

    words: str
    fixed: str
    reason: str

    def judged(self, verdict: str) -> str:
        """The verdict under this mark, and why the mark was replaced, in sentences."""
        return f"Earlier criterion ({self.fixed}): {verdict}. Why it was replaced: {self.reason}."


@dataclass(frozen=True)
class Elsewhere:
    """Another claim set that judges the same claim.

    Attributes
    ----------
    claim
        The other claim as ``set/key``; the claim's own name where it is judged on other data too.
    differs
        What differs between the data, or the marks, of the two, in a sentence.
    """

    claim: str
    differs: str


@dataclass(frozen=True)
class Claim:
    """One sentence that an experiment can contradict.

    Attributes
    ----------
    key
        Short name, unique in its claim set; in the JSON and as an anchor.
    words
        The claim in one sentence.
    source
        Who makes it.
    quantity
        What is measured.
    mark
        What the quantity has to be for the claim to hold.
    fixed
        Date on which the mark was fixed, YYYY-MM-DD; with the time where several marks of one claim were
        fixed on one day.
    replaced
        Earlier marks of the same claim, oldest first.
    untested
        Why there is no experiment; empty: there is one.
    set
        The name of its claim set.
    elsewhere
        Where the same claim is judged from other data.
    by_interval
        Whether it holds only where an interval lies beyond the mark in every case, or in one of several
        cases whose intervals hold together. Else the chance that it holds wrongly has no bound: the mark is
        asked of every seed, is met by one case, or tolerates more than it names.
    """

    key: str
    words: str
    source: Source
    quantity: str
    mark: str
    fixed: str
    replaced: tuple[Mark, ...] = ()
    untested: str = ""
    set: str = ""
    elsewhere: tuple[Elsewhere, ...] = ()
    by_interval: bool = True

    @property
    def name(self) -> str:
        """The claim's name among all claim sets, ``set/key``."""
        return f"{self.set}/{self.key}"


def at_level(interval: Interval) -> str:
    """What follows the ends of an interval within its brackets: its level; nothing for 95 %."""
    return "" if math.isclose(interval.level, 0.95) else f"; {percent(interval.level)}"


@dataclass(frozen=True, kw_only=True)
class Effect(Interval):
    """An interval with the name of what was measured.

    Attributes
    ----------
    what
        The quantity, as it stands before a colon and the number.
    unit
        Stands behind the number; empty for a plain number.
    """

    what: str
    unit: str = ""

    @classmethod
    def of(cls, what: str, measured: Interval | float, *, unit: str = "", count: int = 0) -> Effect:
        """An interval, or a plain number out of ``count`` cases, under the name ``what``."""
        made = measured if isinstance(measured, Interval) else Interval(measured, count=count)
        return cls(
            made.value, made.low, made.high, made.level, made.count, made.p_value, what=what, unit=unit
        )

    def __str__(self) -> str:
        """The effect for a table, three significant digits; the level of the interval if not 95 %."""
        interval = f" [{self.low:.3g}, {self.high:.3g}{at_level(self)}]" if self.exists else ""
        return f"{self.what}: {self.value:.3g}{interval}{' ' if self.unit else ''}{self.unit}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the JSON; the ends of an interval that does not exist are NaN."""
        return {
            name: getattr(self, name) for name in ("what", "value", "low", "high", "unit", "count", "level")
        }


@dataclass(frozen=True)
class Finding:
    """The verdict on a claim, and what it rests on.

    Attributes
    ----------
    words
        What was measured, in a sentence or two; for `Verdict.UNTESTED` and `Verdict.NOT_RUN` the reason.
    effect
        The effect that decides; None where nothing was measured.
    frameworks
        Those that took part.
    where
        For `Verdict.PARTLY`: in which frameworks, at which sizes; else empty.
    printed
        The verdict as this claim set prints it, where that is not the verdict's own value.
    under_replaced
        The verdict under each of the claim's replaced marks, in their order.
    """

    claim: Claim
    verdict: Verdict
    words: str
    effect: Effect | None = None
    frameworks: tuple[str, ...] = ()
    where: str = ""
    printed: str = ""
    under_replaced: tuple[Verdict, ...] = ()

    @property
    def label(self) -> str:
        """The verdict as it is printed, with its restriction."""
        if self.printed:
            return self.printed
        restricted = self.verdict is Verdict.PARTLY and self.where
        return f"holds only {self.where}" if restricted else str(self.verdict)

    def to_dict(self) -> Mapping[str, Any]:
        """Plain values for the JSON: the claim's own, the verdict, and the effect."""
        return {
            **asdict(self.claim),
            "verdict": str(self.verdict),
            "where": self.where,
            "effect": self.effect.to_dict() if self.effect else None,
            "frameworks": list(self.frameworks),
            "measured": self.words,
            "under_replaced": [str(verdict) for verdict in self.under_replaced],
        }


def not_run(claim: Claim, framework: str) -> Finding:
    """The finding where the part of a framework is missing: it is not installed, or its computation failed.

    Raises
    ------
    UsageError
        For a framework that is not registered.
    """
    availability = available(framework)
    if availability.available:
        reason = "its computation failed; the messages while it ran say how"
    else:
        reason = f"{availability.reason} ({availability.remedy})"
    return Finding(claim, Verdict.NOT_RUN, reason)


def untested(claim: Claim, reason: str = "") -> Finding:
    """The finding on a claim for which there is no experiment; without a ``reason`` the claim's own."""
    return Finding(claim, Verdict.UNTESTED, reason or claim.untested)
