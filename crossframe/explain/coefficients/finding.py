"""What a table of coefficients is the optimum of, as a record and in sentences."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from crossframe.core.text import plural, sentence
from crossframe.core.types import IntArray, Value
from crossframe.explain.coefficients.designs import Departure, Design
from crossframe.explain.coefficients.standard_errors import StandardErrors
from crossframe.explain.coefficients.stationary import Objective
from crossframe.explain.coefficients.strengths import Strength
from crossframe.explain.inference.likelihood import FAMILIES
from crossframe.explain.inference.reference import Reference

_LISTED = 6


class TableVerdict(enum.StrEnum):
    """How far a table agrees with the objective; the value is the phrase that the user reads."""

    AGREES = "all terms agree to their printed digits"
    CLOSE = "all terms agree, to fewer digits than are printed"
    ALTERED = "all terms agree but those named"
    NO_OPTIMUM = "maximum likelihood has no finite optimum on these rows"
    UNEXPLAINED = "none of the objectives that were tried gives these coefficients"


@dataclass(frozen=True)
class TermCheck:
    """One printed number beside the optimum.

    Attributes
    ----------
    term, printed, line
        As in the table.
    optimum
        The value it should be.
    digits
        Digits in which the two agree, -log10 |difference / optimum|; infinite where they are equal.
    agrees
        Whether the optimum, rounded as the table is, is what is printed.
    """

    term: str
    printed: str
    line: int
    optimum: float
    digits: float
    agrees: bool

    @property
    def rounded(self) -> str:
        """The optimum to as many digits as are printed."""
        mantissa, _, exponent = self.printed.lower().partition("e")
        places = len(mantissa.partition(".")[2])
        return f"{self.optimum:.{places}e}" if exponent else f"{self.optimum:.{min(places, 15)}f}"


@dataclass(frozen=True, eq=False)
class TableFinding:
    """The objective of which a table is the optimum.

    Attributes
    ----------
    verdict
        How far they agree.
    table, kind
        The table's name, and what wrote it.
    objective
        None: none that was tried gives the table.
    strengths
        Its penalty as the frameworks spell it; empty without one.
    departures
        What is not as usual in rows, target, columns or weights, and gives the table.
    coding
        How every column that is not numbers is coded, in words.
    settings
        The objective as canonical settings.
    checks
        The terms, in the table's order. Without an objective: against the nearest one without a penalty.
    rows, rows_in_file, stated_rows
        Rows that give the table, rows of the file, and rows that the text says were used.
    reference
        What the table is compared with where it has no objective.
    standard_errors
        Which formula gives them; None without any.
    references
        The distributions that give all p-values and intervals; empty: none, or there are no such numbers.
    clusters
        Columns of the file that may number clusters, with the number of every row's from 0.
    alternatives
        Other objectives that agree as well, in words.
    unique
        Whether the optimum is unique: the columns are linearly independent or penalised.
    no_optimum
        Why maximum likelihood has no finite optimum on these rows; empty: it has one, or another one agrees.
    altered
        Terms whose printed number is wrong: the optimum by all others is another one there.
    design, slopes
        The rows, columns and target that give the table, and the terms of the columns; None and empty
        without an objective.
    """

    verdict: TableVerdict
    table: str
    kind: str
    target: str
    objective: Objective | None
    strengths: tuple[Strength, ...] = ()
    departures: tuple[Departure, ...] = ()
    coding: tuple[str, ...] = ()
    settings: Mapping[str, Value] = field(default_factory=dict)
    checks: tuple[TermCheck, ...] = ()
    rows: int = 0
    rows_in_file: int = 0
    stated_rows: int | None = None
    reference: str = ""
    standard_errors: StandardErrors | None = None
    alternatives: tuple[str, ...] = ()
    unique: bool = True
    altered: tuple[str, ...] = ()
    design: Design | None = None
    slopes: tuple[str, ...] = ()
    no_optimum: str = ""
    references: tuple[Reference, ...] = ()
    clusters: Mapping[str, IntArray] = field(default_factory=dict)

    @property
    def wrong(self) -> tuple[TermCheck, ...]:
        """The terms whose printed number is another than it should be, where the others agree."""
        return tuple(c for c in self.checks if c.term in self.altered)

    @property
    def digits(self) -> float:
        """Digits in which the worst term agrees, beside those that are wrong."""
        return min((c.digits for c in self.checks if c.term not in self.altered), default=math.nan)

    @property
    def rung(self) -> str:
        """What differs first from a plain fit to the file: ``rows``, ``target``, ``columns``, ``weights``,
        ``objective``; empty where nothing does."""
        for rung in ("rows", "target", "columns", "weights"):
            if any(d.rung == rung for d in self.departures):
                return rung
        plain = self.objective and not self.objective.penalised and self.verdict is not TableVerdict.ALTERED
        return "" if plain else "objective"

    @property
    def sentences(self) -> tuple[str, ...]:
        """The finding in plain words, the answer first."""
        lines = [self._answer()]
        if self.objective is None and self.verdict is not TableVerdict.NO_OPTIMUM:
            lines += self._nearest()
        if self.verdict is TableVerdict.CLOSE:
            lines.append(
                f"beside the optimum differ {self._differing()}: so much a solver leaves that stops early"
            )
        lines += self._penalty()
        if self.stated_rows not in (None, self.rows):
            lines.append(
                f"{self.table} states {self.stated_rows} rows, and {self.rows} give its coefficients"
            )
        elif self.rows < self.rows_in_file:
            lines.append(f"{self.rows} of the {plural(self.rows_in_file, 'row')} give its coefficients")
        lines += self.coding
        if not self.unique:
            lines.append(
                "its columns are linearly dependent: other coefficients give the same predictions, and these "
                "are one choice among them"
            )
        if self.standard_errors:
            lines.append(self.standard_errors.words)
        if self.references:
            lines.append(f"the p-values and intervals are by {' or '.join(map(str, self.references))}")
        if self.alternatives:
            lines.append(f"to the printed digits these give it as well: {'; '.join(self.alternatives[:3])}")
        return tuple(sentence(line) for line in lines)

    def _answer(self) -> str:
        if self.verdict is TableVerdict.NO_OPTIMUM:
            stopped = "the table has what they were when the iterations stopped"
            return f"the coefficients in {self.table} are no optimum: {self.no_optimum}; {stopped}"
        if self.objective is None:
            tried = f"none of the models that were tried on {self.target}"
            return f"the coefficients in {self.table} agree with {tried}"
        where = "".join(
            f", where {d.words}" if i == 0 else f", and {d.words}" for i, d in enumerate(self.departures)
        )
        what = describe(self.objective, self.strengths, self.target)
        text = f"the coefficients in {self.table} are {what}{where}"
        if self.verdict is TableVerdict.AGREES:
            count = "its one term agrees" if len(self.checks) == 1 else f"all {len(self.checks)} terms agree"
            return f"{text}; {count} to the printed digits"
        if self.verdict is TableVerdict.CLOSE:
            agreed = f"its {len(self.checks)} terms agree to {self.digits:.1f} digits or more"
            return f"{text}; {agreed}, not to all that are printed"
        named = ", ".join(f"{c.term} is printed as {c.printed} and should be {c.rounded}" for c in self.wrong)
        others = [c for c in self.checks if c.term not in self.altered]
        all_ = "the printed digits" if all(c.agrees for c in others) else f"{self.digits:.1f} digits or more"
        rest = "the other term agrees" if len(others) == 1 else f"the other {len(others)} terms agree"
        return f"{text}, with {plural(len(self.wrong), 'wrong number')}: {named}; {rest} to {all_}"

    def _nearest(self) -> list[str]:
        if self.no_optimum:
            return [f"{self.no_optimum}; what a framework prints depends on where its iterations stopped"]
        if not self.checks:
            return []
        return [f"beside {self.reference} differ {self._differing()}"]

    def _differing(self) -> str:
        """The terms that are furthest from the optimum, each with both numbers."""
        off = sorted((c for c in self.checks if not c.agrees), key=lambda c: c.digits)
        named = ", ".join(f"{c.term} ({c.printed}, not {c.rounded})" for c in off[:_LISTED])
        return named + (f" and {len(off) - _LISTED} more" if len(off) > _LISTED else "")

    def _penalty(self) -> list[str]:
        if not self.strengths:
            return []
        listed = "; ".join(map(str, self.strengths))
        first = self.strengths[0]
        ends = f"{first.low:.6g}", f"{first.high:.6g}"
        open_ = (
            f"; the printed digits leave {first.argument} from {ends[0]} to {ends[1]}"
            if ends[0] != ends[1]
            else ""
        )
        return [f"the penalty is {listed}{open_}"]

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain JSON values."""
        return {
            "verdict": self.verdict.name.lower(),
            "words": str(self.verdict),
            "answer": list(self.sentences),
            "table": self.table,
            "kind": self.kind,
            "target": self.target,
            "rung": self.rung or None,
            "objective": None if self.objective is None else asdict(self.objective),
            "settings": dict(self.settings),
            "strengths": [s.to_dict() for s in self.strengths],
            "departures": [asdict(d) for d in self.departures],
            "coding": list(self.coding),
            "digits": _finite(self.digits),
            "terms": [
                {"term": c.term, "printed": c.printed, "line": c.line, "optimum": c.optimum,
                 "digits": _finite(c.digits), "agrees": c.agrees}
                for c in self.checks
            ],
            "rows": self.rows,
            "rows_in_file": self.rows_in_file,
            "rows_stated": self.stated_rows,
            "standard_errors": None if self.standard_errors is None else {
                "formula": self.standard_errors.formula or None,
                "words": self.standard_errors.words,
                "values": list(self.standard_errors.values),
                "wrong": list(self.standard_errors.wrong),
            },
            "references": [str(reference) for reference in self.references],
            "alternatives": list(self.alternatives),
            "unique": self.unique,
            "altered": list(self.altered),
            "no_optimum": self.no_optimum or None,
        }  # fmt: skip


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def describe(objective: Objective, spelled: Sequence[Strength] = (), target: str = "") -> str:
    """An objective in words: ``the maximum likelihood estimates of a logistic regression of y``."""
    model = FAMILIES[objective.link] + (f" of {target}" if target else "")
    if not objective.penalised:
        how = "least squares" if objective.link == "identity" else "maximum likelihood"
        return f"the {how} estimates of a {model}"
    name = "an elastic net" if objective.l1 and objective.l2 else "a lasso" if objective.l1 else "a ridge"
    words = f"the estimates of a {model} with {name} penalty"
    if objective.standardize != "none":
        words += " on standardised columns"
    if objective.intercept_penalty:
        words += " that includes the intercept"
    return f"{words} ({spelled[0]})" if spelled else words
