"""What is recorded of a published experiment: points of its figures, and its peculiarities."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from crossframe.claims.claim import Claim, Effect, Finding, Verdict
from crossframe.experiment.view import View

DIGITISED = 0.003
"""Accuracy: how far a digitised value may lie from the published one."""


@dataclass(frozen=True)
class Point:
    """A point of a published learning curve, read off the figure to +-`DIGITISED`.

    ``mean`` accuracy over the replicates, ``low`` and ``high`` their 10th and 90th percentile;
    None where the figure covers that end of the bar.
    """

    n: int
    mean: float
    low: float | None
    high: float | None

    def contains(self, accuracy: float) -> bool | None:
        """Whether ``accuracy`` lies in the published spread; None when the end it would cross is hidden."""
        if self.high is not None and accuracy > self.high + DIGITISED:
            return False
        if self.low is not None and accuracy < self.low - DIGITISED:
            return False
        hidden = self.low is None if accuracy < self.mean else self.high is None
        return None if hidden else True


@dataclass(frozen=True)
class Quirk:
    """A peculiarity of an original: ``followed`` here or not, and what is done instead."""

    text: str
    followed: bool
    instead: str = ""


class Ruling(NamedTuple):
    """What a rule makes of a run: the verdict, what was measured in words, and the effect that decides.

    ``where`` says where a claim holds that holds in part.
    """

    verdict: Verdict
    words: str
    effect: Effect | None = None
    where: str = ""

    def finding(self, claim: Claim, earlier: Sequence[Verdict], *, printed: str = "") -> Finding:
        """The finding on a claim, with its verdicts under ``earlier`` marks; see `Finding`."""
        return Finding(
            claim, self.verdict, self.words, self.effect, where=self.where, printed=printed,
            under_replaced=tuple(earlier),
        )  # fmt: skip


Rule = Callable[[View], Ruling]
"""Judges one claim on a run."""


@dataclass(frozen=True)
class JudgedClaim:
    """A published claim with the rule that judges it on a run, and those of its earlier marks."""

    claim: Claim
    rule: Rule
    earlier: tuple[Rule, ...] = ()


def judged(
    claims: Mapping[str, Claim],
    rules: Mapping[str, Rule],
    earlier: Mapping[str, tuple[Rule, ...]] = MappingProxyType({}),
) -> tuple[JudgedClaim, ...]:
    """Claims with their rules, in the order of the rules; ``earlier`` has the rules of replaced marks.

    Raises KeyError for a rule without a claim, and ValueError for a claim with another number of earlier
    marks than rules.
    """
    made = tuple(JudgedClaim(claims[key], rule, earlier.get(key, ())) for key, rule in rules.items())
    for entry in made:
        if len(entry.earlier) != len(entry.claim.replaced):
            raise ValueError(f"{entry.claim.name}: every earlier mark needs its rule")
    return made


def small(view: View) -> list[int]:
    """The small sample sizes of a run: n to 20."""
    return [n for n in view.sizes if n <= 20]
