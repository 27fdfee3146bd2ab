"""``crossframe explain --self-test``: counts how often the explainer names differences that were planted.

A family plants: it draws data and two configurations that are equal but for one to three settings.
The same explainer that users call is then asked for the causes. A case is exact where it names those
settings and no other. The seed of a case decides which planter of the family draws it: mixtures of settings
at random, or one of the kinds of `crossframe.explain.selftest_kinds` after the other.
"""

from __future__ import annotations

import tempfile
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crossframe.core.errors import CrossframeError, ExitCode, UsageError
from crossframe.data.types import Dataset
from crossframe.experiment.store import Store
from crossframe.explain.hybrids import Sides
from crossframe.frameworks.pool import Pool, borrowed

SCHEMA = 1
MIXTURE = "mixture of settings"
"""The kind of the cases whose differences are all drawn at random."""


@dataclass(frozen=True)
class PlantedCase:
    """What was planted.

    Attributes
    ----------
    seed
        All of the case follows from it.
    group
        Which frameworks take part.
    kind
        What kind of difference is planted.
    left, right
        The sides, as they are written on the command line.
    data
        The sample, in words.
    planted
        Canonical settings in which the sides differ, solvers that stop short with the side.
    """

    seed: int
    group: str
    kind: str
    left: str
    right: str
    data: str
    planted: frozenset[str]


Answer = tuple[frozenset[str], str]
"""Settings that the explainer names, and its verdict."""


@dataclass(frozen=True)
class Question:
    """A case, and what asks the explainer about it.

    Attributes
    ----------
    case, answer
        What was planted, and what the explainer says of the sides by their names.
    sides, data
        The sides and their rows, where they can be written out as scripts; None: they cannot.
    """

    case: PlantedCase
    answer: Callable[[], Answer]
    sides: Sides | None = None
    data: Dataset | None = None


Way = Callable[[Question, Store, Pool], Answer | None]
"""How the explainer is asked; None: this case cannot be asked so."""


def by_name(question: Question, store: Store, pool: Pool) -> Answer | None:
    """By the names of the sides, as on the command line."""
    return question.answer()


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
        self.path = folder / f"{type(self).__name__}.sqlite"
        self.store = Store(self.path)
        self.pool = pool
        self._last: Question | None = None

    def plant(self, seed: int) -> PlantedCase:
        """The first usable case of this seed. Raises `UsageError` after `tries` draws without one."""
        rng = np.random.default_rng([self.stream, seed])
        count = self.differences(rng)
        for _ in range(self.tries):
            self._last = self.draw(rng, seed, count)
            if self._last is not None:
                return self._last.case
        raise UsageError(f"seed {seed}: no case after {self.tries} draws")

    def explain(self, case: PlantedCase, way: Way = by_name) -> Answer | None:
        """The names and the verdict for the case planted last; an assertion fails for any other case."""
        assert self._last is not None
        assert self._last.case is case
        return way(self._last, self.store, self.pool)

    def differences(self, rng: np.random.Generator) -> int:
        """How many settings are to differ, where that is drawn once for a case."""
        return 0

    @abstractmethod
    def draw(self, rng: np.random.Generator, seed: int, count: int) -> Question | None:
        """One random case with ``count`` differences, or None where it cannot be used."""


@dataclass(frozen=True)
class Batch:
    """The cases of one planter: those of the seeds ``first``, ``first + 1``, ..., ``cases`` by default."""

    first: int
    cases: int
    planter: Callable[[Path, Pool], Planter]


@dataclass(frozen=True)
class Marks:
    """The least precision and recall with which a family passes, and the day on which they were fixed."""

    precision: float
    recall: float
    fixed: str


@dataclass(frozen=True)
class SelfTestFamily:
    """Models that are tested in one go; ``batches`` by their first seed."""

    name: str
    marks: Marks
    batches: tuple[Batch, ...]

    @property
    def cases(self) -> int:
        """How many cases are tried where no number is given."""
        return sum(batch.cases for batch in self.batches)

    def batch(self, seed: int) -> Batch:
        """The batch that the case of a seed belongs to."""
        return max(
            (b for b in self.batches if b.first <= seed), key=lambda b: b.first, default=self.batches[0]
        )

    def seeds(self, cases: int | None, seed: int | None) -> list[int]:
        """The seeds of ``cases`` cases (None: all) from ``seed`` on, or of every batch its first ones."""
        if seed is not None:
            return list(range(seed, seed + (cases or self.batch(seed).cases)))
        wanted, total = cases or self.cases, self.cases
        ends = [sum(b.cases for b in self.batches[:k]) for k in range(len(self.batches) + 1)]
        parts = [round(wanted * end / total) for end in ends]
        return [b.first + k for b, i, j in zip(self.batches, parts, parts[1:], strict=False)
                for k in range(j - i)]  # fmt: skip


class Session:
    """The planters of a family in a folder, with running frameworks; each starts with its first case."""

    def __init__(self, family: SelfTestFamily, folder: Path, pool: Pool) -> None:
        self._family, self._folder, self._pool = family, folder, pool
        self._planters: dict[int, Planter] = {}
        self._last: Planter | None = None

    def plant(self, seed: int) -> PlantedCase:
        """The case of this seed. Raises `UsageError` where the planter finds none."""
        batch = self._family.batch(seed)
        if batch.first not in self._planters:
            self._planters[batch.first] = batch.planter(self._folder, self._pool)
        self._last = self._planters[batch.first]
        return self._last.plant(seed)

    def explain(self, case: PlantedCase, way: Way = by_name) -> Answer | None:
        """The names and the verdict for the case planted last."""
        assert self._last is not None
        return self._last.explain(case, way)

    def close(self) -> None:
        """Close the stores."""
        for planter in self._planters.values():
            planter.store.close()


@contextmanager
def planting(family: SelfTestFamily, folder: Path) -> Iterator[Session]:
    """A session of a family in a folder of its own."""
    with borrowed() as pool:
        session = Session(family, folder, pool)
        try:
            yield session
        finally:
            session.close()


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
    """The result of a family's self-test: every case tried, and the marks to be reached.

    The seeds ``without_case`` gave none: what they drew changes no fit, or it cannot be asked in this way.
    """

    family: str
    marks: Marks
    tried: tuple[TriedCase, ...]
    seconds: float
    without_case: tuple[int, ...] = ()

    @property
    def score(self) -> NamingScore:
        """The counts over all cases of the self-test; see `NamingScore`."""
        return score(self.tried)

    @property
    def passed(self) -> bool:
        """Whether precision and recall both reach their marks."""
        return self.score.precision >= self.marks.precision and self.score.recall >= self.marks.recall

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
            "seed": min(t.case.seed for t in self.tried),
            "marks": asdict(self.marks),
            "passed": self.passed,
            "seconds": self.seconds,
            **self.score.to_dict(),
            "without_case": list(self.without_case),
            "groups": {name: s.to_dict() for name, s in self.by(lambda t: t.case.group).items()},
            "kinds": {name: s.to_dict() for name, s in self.by(lambda t: t.case.kind).items()},
            "settings": by_setting(self.tried),
            "failures": [t.to_dict() for t in self.tried if not t.exact],
        }


def self_test(
    family: SelfTestFamily,
    cases: int | None = None,
    seed: int | None = None,
    on_case: Callable[[TriedCase, int, int], None] = lambda case, done, of: None,
    way: Way = by_name,
) -> SelfTest:
    """Plant and explain ``cases`` cases of a family (default: all), from ``seed`` on or of every batch.

    ``on_case`` gets each case tried, its number and the number of all. Cases that cannot be asked in this
    ``way`` are left out. Raises `UsageError` where no seed gives a case.
    """
    begin = time.perf_counter()
    tried: list[TriedCase] = []
    without_case: list[int] = []
    seeds = family.seeds(cases, seed)
    with (
        tempfile.TemporaryDirectory(prefix="crossframe-selftest-") as folder,
        planting(family, Path(folder)) as session,
    ):
        for each in seeds:
            try:
                case = session.plant(each)
            except UsageError:
                without_case.append(each)
                continue
            if (one := _try(session, case, way)) is None:
                without_case.append(each)
                continue
            tried.append(one)
            on_case(one, len(tried) + len(without_case), len(seeds))
    if not tried:
        raise UsageError(f"no case: seed {', '.join(map(str, without_case))}; try other seeds")
    seconds = time.perf_counter() - begin
    return SelfTest(family.name, family.marks, tuple(tried), seconds, tuple(without_case))


def _try(session: Session, case: PlantedCase, way: Way) -> TriedCase | None:
    begin = time.perf_counter()
    try:
        answer = session.explain(case, way)
    except Exception as error:
        # A defect counts as a failure of this case; the next cases are still tried.
        message = error.message if isinstance(error, CrossframeError) else f"{type(error).__name__}: {error}"
        return TriedCase(case, frozenset(), "", time.perf_counter() - begin, message)
    if answer is None:
        return None
    named, verdict = answer
    return TriedCase(case, named, verdict, time.perf_counter() - begin)


def by_setting(tried: Sequence[TriedCase]) -> dict[str, dict[str, int]]:
    """For each setting, how often it was planted, named, and both."""
    planted = Counter(s for t in tried for s in t.case.planted)
    named = Counter(s for t in tried for s in t.named)
    both = Counter(s for t in tried for s in t.named & t.case.planted)
    return {s: {"planted": planted[s], "named": named[s], "both": both[s]} for s in sorted(planted | named)}
