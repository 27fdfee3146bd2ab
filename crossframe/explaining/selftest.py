"""``crossframe explain --self-test``: differences are planted, and what the explainer names is counted.

A family plants: it draws data and two configurations that are equal but for one to three settings.
The explainer that everybody uses is then asked for the causes. A case is exact where it names those
settings and no other.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from crossframe.errors import CrossframeError, ExitCode

SCHEMA = 1


@dataclass(frozen=True)
class Case:
    """What was planted.

    Attributes
    ----------
    seed
        All of the case follows from it.
    group
        Which frameworks take part.
    left, right
        The sides, as they are written on the command line.
    data
        The sample, in words.
    planted
        Canonical settings in which the sides differ, solvers that stop short with the side.
    """

    seed: int
    group: str
    left: str
    right: str
    data: str
    planted: frozenset[str]


class Session(Protocol):
    """A family at work: engines are up."""

    def plant(self, seed: int) -> Case:
        """Draw a case, redrawing differences that cannot change the answer."""

    def explain(self, case: Case) -> tuple[frozenset[str], str]:
        """Settings that the explainer names for the last case planted, and its verdict."""


@dataclass(frozen=True)
class Family:
    """Models that are tested in one go.

    Attributes
    ----------
    cases
        How many are drawn when nothing is said.
    mark
        Precision and recall below which the test has failed.
    session
        Makes a session in a folder of its own.
    """

    name: str
    cases: int
    mark: float
    session: Callable[[Path], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Tried:
    """A case and what the explainer said; ``error`` where it said nothing."""

    case: Case
    named: frozenset[str]
    verdict: str
    seconds: float
    error: str = ""

    @property
    def exact(self) -> bool:
        """Whether the settings named are those planted."""
        return not self.error and self.named == self.case.planted

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "seed": self.case.seed,
            "group": self.case.group,
            "left": self.case.left,
            "right": self.case.right,
            "data": self.case.data,
            "planted": sorted(self.case.planted),
            "named": sorted(self.named),
            "verdict": self.verdict,
            "seconds": self.seconds,
            "error": self.error or None,
        }


@dataclass(frozen=True)
class Score:
    """Counts over cases: settings planted, settings named, and those that are both."""

    cases: int
    exact: int
    planted: int
    named: int
    both: int

    @property
    def precision(self) -> float:
        """Share of the settings named that were planted; 1 where none was named."""
        return self.both / self.named if self.named else 1.0

    @property
    def recall(self) -> float:
        """Share of the settings planted that were named."""
        return self.both / self.planted if self.planted else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the share of exact cases (Clopper and Pearson 1934)."""
        from scipy.stats import binomtest

        found = binomtest(self.exact, self.cases).proportion_ci()
        return float(found.low), float(found.high)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        low, high = self.interval
        return {
            "cases": self.cases,
            "exact": self.exact,
            "exact_interval": [low, high],
            "planted": self.planted,
            "named": self.named,
            "both": self.both,
            "precision": self.precision,
            "recall": self.recall,
        }


def score(tried: Sequence[Tried]) -> Score:
    """Counts over some cases."""
    return Score(
        len(tried),
        sum(t.exact for t in tried),
        sum(len(t.case.planted) for t in tried),
        sum(len(t.named) for t in tried),
        sum(len(t.named & t.case.planted) for t in tried),
    )


@dataclass(frozen=True)
class SelfTest:
    """A family's self-test."""

    family: str
    mark: float
    seed: int
    tried: tuple[Tried, ...]
    seconds: float

    @property
    def score(self) -> Score:
        """Over all cases."""
        return score(self.tried)

    @property
    def passed(self) -> bool:
        """Whether precision and recall reach the mark."""
        return min(self.score.precision, self.score.recall) >= self.mark

    @property
    def exit_code(self) -> ExitCode:
        """1 below the mark."""
        return ExitCode.OK if self.passed else ExitCode.DIFFERS

    def by(self, key: Callable[[Tried], str]) -> Mapping[str, Score]:
        """Scores of groups of cases, by name."""
        names = sorted({key(t) for t in self.tried})
        return {name: score([t for t in self.tried if key(t) == name]) for name in names}

    def to_dict(self) -> dict[str, Any]:
        """Schema 1."""
        return {
            "schema": SCHEMA,
            "family": self.family,
            "seed": self.seed,
            "mark": self.mark,
            "passed": self.passed,
            "seconds": self.seconds,
            **self.score.to_dict(),
            "groups": {name: s.to_dict() for name, s in self.by(lambda t: t.case.group).items()},
            "settings": by_setting(self.tried),
            "failures": [t.to_dict() for t in self.tried if not t.exact],
        }


def self_test(
    family: Family,
    cases: int | None = None,
    seed: int = 1,
    tell: Callable[[Tried, int, int], None] = lambda tried, done, of: None,
) -> SelfTest:
    """Plant and explain ``cases`` cases, those of the seeds ``seed``, ``seed + 1``, ..."""
    begin = time.perf_counter()
    found = []
    count = cases or family.cases
    with (
        tempfile.TemporaryDirectory(prefix="crossframe-selftest-") as folder,
        family.session(Path(folder)) as session,
    ):
        for k in range(count):
            found.append(_try(session, seed + k))
            tell(found[-1], k + 1, count)
    return SelfTest(family.name, family.mark, seed, tuple(found), time.perf_counter() - begin)


def _try(session: Session, seed: int) -> Tried:
    case = session.plant(seed)
    begin = time.perf_counter()
    try:
        named, verdict = session.explain(case)
    except Exception as error:
        # A defect is a failure of this case, which is listed; the next ones are tried all the same.
        said = error.message if isinstance(error, CrossframeError) else f"{type(error).__name__}: {error}"
        return Tried(case, frozenset(), "", time.perf_counter() - begin, said)
    return Tried(case, named, verdict, time.perf_counter() - begin)


def by_setting(tried: Sequence[Tried]) -> dict[str, dict[str, int]]:
    """By setting how often it was planted, named, and both."""
    planted = Counter(s for t in tried for s in t.case.planted)
    named = Counter(s for t in tried for s in t.named)
    both = Counter(s for t in tried for s in t.named & t.case.planted)
    return {s: {"planted": planted[s], "named": named[s], "both": both[s]} for s in sorted(planted | named)}
