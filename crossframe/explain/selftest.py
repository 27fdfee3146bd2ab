"""``crossframe explain --self-test``: counts how often the explainer names differences that were planted.

A family plants: it draws data and two configurations that are equal but for one to three settings.
The same explainer that users call is then asked for the causes. A case is exact where it names those
settings and no other.
"""

from __future__ import annotations

import tempfile
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crossframe.core.errors import CrossframeError, ExitCode, UsageError
from crossframe.experiment.fits import FitCache
from crossframe.experiment.store import Store
from crossframe.explain.hybrids import Sides
from crossframe.frameworks.pool import Pool, borrowed
from crossframe.report.document import Document, Part
from crossframe.report.table import Cell, Table, text_columns

SCHEMA = 1


@dataclass(frozen=True)
class PlantedCase:
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


@dataclass(frozen=True)
class PlantedPair:
    """A case with its two sides and the cache of their fits."""

    case: PlantedCase
    fits: FitCache
    sides: Sides
    metric: str = ""


class Planter(ABC):
    """A family with running engines: draws cases at random, until one is usable, and explains them.

    Attributes
    ----------
    stream
        Of the random numbers, with the seed of the case.
    tries
        Draws for one case at most.
    """

    stream = 0
    tries = 1000

    def __init__(self, folder: Path, pool: Pool) -> None:
        self.store = Store(folder / "store.sqlite")
        self.pool = pool
        self._last: PlantedPair | None = None

    def plant(self, seed: int) -> PlantedCase:
        """The first usable case of this seed. Raises `UsageError` after `tries` draws without one."""
        rng = np.random.default_rng([self.stream, seed])
        count = self.differences(rng)
        for _ in range(self.tries):
            self._last = self.draw(rng, seed, count)
            if self._last is not None:
                return self._last.case
        raise UsageError(f"seed {seed}: no case after {self.tries} draws")

    def explain(self, case: PlantedCase) -> tuple[frozenset[str], str]:
        """The names and the verdict for the case planted last; an assertion fails for any other case."""
        assert self._last is not None
        assert self._last.case is case
        return self.named(self._last)

    def differences(self, rng: np.random.Generator) -> int:
        """How many settings are to differ, where that is drawn once for a case."""
        return 0

    @abstractmethod
    def draw(self, rng: np.random.Generator, seed: int, count: int) -> PlantedPair | None:
        """One random case with ``count`` differences, or None where it cannot be used."""

    @abstractmethod
    def named(self, pair: PlantedPair) -> tuple[frozenset[str], str]:
        """Settings that the explainer names, and its verdict."""


@contextmanager
def planting(planter: type[Planter], folder: Path) -> Iterator[Planter]:
    """A session of a planter in a folder of its own, with running frameworks."""
    with borrowed() as pool:
        session = planter(folder, pool)
        try:
            yield session
        finally:
            session.store.close()


@dataclass(frozen=True)
class SelfTestFamily:
    """Models that are tested in one go.

    Attributes
    ----------
    cases
        How many are drawn where no number is given.
    mark
        Precision and recall below which the test has failed.
    session
        Makes a session in a folder of its own.
    """

    name: str
    cases: int
    mark: float
    session: Callable[[Path], AbstractContextManager[Planter]]


@dataclass(frozen=True)
class TriedCase:
    """A case and the explainer's answer; ``error`` where it gave none."""

    case: PlantedCase
    named: frozenset[str]
    verdict: str
    seconds: float
    error: str = ""

    @property
    def exact(self) -> bool:
        """Whether the settings named are those planted."""
        return not self.error and self.named == self.case.planted

    def to_dict(self) -> dict[str, Any]:
        """The case and the answer as plain JSON values."""
        return {
            **asdict(self.case),
            "planted": sorted(self.case.planted),
            "named": sorted(self.named),
            "verdict": self.verdict,
            "seconds": self.seconds,
            "error": self.error or None,
        }


@dataclass(frozen=True)
class NamingScore:
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

        interval = binomtest(self.exact, self.cases).proportion_ci()
        return float(interval.low), float(interval.high)

    def to_dict(self) -> dict[str, Any]:
        """The counts, precision and recall as plain JSON values."""
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


def score(tried: Sequence[TriedCase]) -> NamingScore:
    """The counts of some cases: planted, named, and both."""
    return NamingScore(
        len(tried),
        sum(t.exact for t in tried),
        sum(len(t.case.planted) for t in tried),
        sum(len(t.named) for t in tried),
        sum(len(t.named & t.case.planted) for t in tried),
    )


@dataclass(frozen=True)
class SelfTest:
    """The result of a family's self-test: every case tried, and the mark to be reached."""

    family: str
    mark: float
    seed: int
    tried: tuple[TriedCase, ...]
    seconds: float

    @property
    def score(self) -> NamingScore:
        """The counts over all cases of the self-test; see `NamingScore`."""
        return score(self.tried)

    @property
    def passed(self) -> bool:
        """Whether precision and recall both reach the mark."""
        return min(self.score.precision, self.score.recall) >= self.mark

    @property
    def exit_code(self) -> ExitCode:
        """`ExitCode.OK` where the self-test has passed, else `ExitCode.DIFFERS`."""
        return ExitCode.OK if self.passed else ExitCode.DIFFERS

    def by(self, key: Callable[[TriedCase], str]) -> Mapping[str, NamingScore]:
        """The scores of the groups of cases that ``key`` makes, by name."""
        names = sorted({key(t) for t in self.tried})
        return {name: score([t for t in self.tried if key(t) == name]) for name in names}

    def to_dict(self) -> dict[str, Any]:
        """The self-test as plain JSON values, schema 1."""
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
    family: SelfTestFamily,
    cases: int | None = None,
    seed: int = 1,
    on_case: Callable[[TriedCase, int, int], None] = lambda case, done, of: None,
) -> SelfTest:
    """Plant and explain ``cases`` cases of a family, those of the seeds ``seed``, ``seed + 1``, ...

    ``on_case`` gets each case tried, its number and the number of all.
    """
    begin = time.perf_counter()
    tried = []
    count = cases or family.cases
    with (
        tempfile.TemporaryDirectory(prefix="crossframe-selftest-") as folder,
        family.session(Path(folder)) as session,
    ):
        for k in range(count):
            tried.append(_try(session, seed + k))
            on_case(tried[-1], k + 1, count)
    return SelfTest(family.name, family.mark, seed, tuple(tried), time.perf_counter() - begin)


def _try(session: Planter, seed: int) -> TriedCase:
    case = session.plant(seed)
    begin = time.perf_counter()
    try:
        named, verdict = session.explain(case)
    except Exception as error:
        # A defect counts as a failure of this case; the next cases are still tried.
        message = error.message if isinstance(error, CrossframeError) else f"{type(error).__name__}: {error}"
        return TriedCase(case, frozenset(), "", time.perf_counter() - begin, message)
    return TriedCase(case, named, verdict, time.perf_counter() - begin)


def by_setting(tried: Sequence[TriedCase]) -> dict[str, dict[str, int]]:
    """For each setting, how often it was planted, named, and both."""
    planted = Counter(s for t in tried for s in t.case.planted)
    named = Counter(s for t in tried for s in t.named)
    both = Counter(s for t in tried for s in t.named & t.case.planted)
    return {s: {"planted": planted[s], "named": named[s], "both": both[s]} for s in sorted(planted | named)}


def document(test: SelfTest) -> Document:
    """A self-test as a document: precision and recall, by framework and by setting, and the failures."""
    total = test.score
    low, high = total.interval
    headlines = (
        f"Precision {total.precision:.3f}, recall {total.recall:.3f} over settings; the mark is "
        f"{test.mark:g}: {'passed' if test.passed else 'failed'}.",
        f"Exactly the settings planted were named in {total.exact} of {total.cases} cases "
        f"({100 * low:.1f} to {100 * high:.1f} %, 95 % interval).",
    )
    failures = [t for t in test.tried if not t.exact]
    parts = [Part("groups", "By framework", tables=(_groups(test),)),
             Part("settings", "By setting", tables=(_settings(test),))]  # fmt: skip
    if failures:
        words = f"Each is run again by --self-test --family {test.family} --cases 1 --seed SEED."
        parts.append(Part("failures", "Failures", (words,), (_failures(failures),)))
    return Document(
        f"Self-test of explain, {test.family} family",
        f"{total.cases} cases from seed {test.seed}, {test.seconds:.0f} s",
        headlines,
        tuple(parts),
    )


def _groups(test: SelfTest) -> Table:
    columns = (("frameworks", False, ""), ("cases", True, ""), ("exact", True, ""),
               ("precision", True, "settings named that were planted"),
               ("recall", True, "settings planted that were named"))  # fmt: skip
    rows = [
        list(map(Cell, (name, str(s.cases), str(s.exact), f"{s.precision:.3f}", f"{s.recall:.3f}")))
        for name, s in [*test.by(lambda t: t.case.group).items(), ("all", test.score)]
    ]
    return Table("precision and recall by framework", columns, rows)


def _settings(test: SelfTest) -> Table:
    columns = (("setting", False, ""), *((name, True, "") for name in ("planted", "named", "both")))
    rows = [[Cell(name), *(Cell(str(n)) for n in counts.values())]
            for name, counts in by_setting(test.tried).items()]  # fmt: skip
    return Table("how often each setting was planted and named", columns, rows)


def _failures(failures: Sequence[TriedCase]) -> Table:
    columns = text_columns("seed", "sides", "planted", "named")
    rows = [
        [
            Cell(str(t.case.seed)),
            Cell(f"{t.case.left} | {t.case.right} | {t.case.data}"),
            Cell(", ".join(sorted(t.case.planted))),
            Cell(t.error or ", ".join(sorted(t.named)) or "nothing"),
        ]
        for t in failures
    ]
    return Table("cases in which other settings were named than planted", columns, rows)
