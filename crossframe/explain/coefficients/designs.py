"""The rows, target and columns that a table of coefficients may have been fitted to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from crossframe.core.errors import DataError
from crossframe.core.types import FloatArray, IntArray, Task, Value
from crossframe.explain.coefficients.levels import CODINGS, SCALED, indicators, without_levels
from crossframe.explain.coefficients.tables import CoefficientTable
from crossframe.explain.coefficients.terms import Part, is_text, levels, match, numbers, spelled

if TYPE_CHECKING:
    import pandas as pd

Dimension = Literal["rows", "coding", "target", "scaling", "weights", "intercept"]
Choices = Mapping[Dimension, str]
"""What departs from the usual, by dimension."""

_WEIGHTS = 5
"""Unused columns that are tried as weights."""
_SCALINGS = ("sd_n-1", "sd_n", "centred", "range", "largest")
_TARGETS: dict[str, Callable[[FloatArray], FloatArray]] = {"log": np.log, "log1p": np.log1p, "sqrt": np.sqrt}


@dataclass(frozen=True)
class Departure:
    """Something in the data that is not as usual, and gives the table.

    Attributes
    ----------
    rung
        ``rows``, ``target``, ``columns`` or ``weights``.
    words
        A sentence, without its full stop.
    option
        The choice that it is: ``sd_n``.
    """

    rung: str
    words: str
    option: str


@dataclass(frozen=True, eq=False)
class Design:
    """What a model may have been fitted to.

    Attributes
    ----------
    X
        (n, p) the columns of the table's p terms beside the intercept, in its order.
    y
        (n,); for classes 0 and 1.
    rows
        (n,) positions in the user's file, from 0.
    weights
        (n,), or None.
    intercept
        ``printed``: its estimate is in the table; ``none``: the model has none; ``hidden``: it has one that
        the table does not list.
    departures
        What is not as usual.
    choices
        The same as choices.
    absorbed
        (n, k) indicators of absorbed levels, whose effects are taken out of X and y; None: there are none.
    given
        (n, p + 1) X and y with these effects; None: X and y themselves.
    """

    X: FloatArray
    y: FloatArray
    rows: IntArray
    weights: FloatArray | None
    intercept: str
    departures: tuple[Departure, ...]
    choices: Choices = field(default_factory=dict)
    absorbed: FloatArray | None = None
    given: FloatArray | None = None

    @property
    def parameters(self) -> int:
        """Those of the columns, of an intercept and of absorbed levels."""
        absorbed = 0 if self.absorbed is None else int(np.linalg.matrix_rank(self.absorbed))
        columns: int = self.X.shape[1]
        return columns + int(self.intercept != "none") + absorbed

    @property
    def whole(self) -> tuple[FloatArray, FloatArray]:
        """Columns and target with the effects of absorbed levels, whose indicators are columns as well."""
        if self.given is None or self.absorbed is None:
            return self.X, self.y
        return np.column_stack([self.given[:, :-1], self.absorbed[:, 1:]]), self.given[:, -1]

    def without(self, positions: IntArray, departure: Departure) -> Design:
        """The design without rows at these positions of its own."""
        keep = np.ones(len(self.y), dtype=bool)
        keep[positions] = False
        weights = None if self.weights is None else self.weights[keep]
        return replace(
            self, X=self.X[keep], y=self.y[keep], rows=self.rows[keep], weights=weights,
            departures=(*self.departures, departure),
        )  # fmt: skip


class Source:
    """A user's rows, and the columns behind the terms of a table.

    Raises `DataError` for a term that is no column, or a target of more than two classes.
    """

    def __init__(
        self,
        table: CoefficientTable,
        frame: pd.DataFrame,
        target: str,
        positive: Value,
        where: str,
        first_row: int,
    ) -> None:
        self.table, self.frame, self.target = table, frame, target
        self.where, self.first_row = where, first_row
        self.terms = match(table, frame, target, where)
        self.slopes = tuple(i for i, t in enumerate(self.terms) if t.parts)
        if not self.slopes:
            raise DataError(
                f"{table.name}: it has no term beside the intercept", "a model of its own mean needs no data"
            )
        starts = [i for i, t in enumerate(self.terms) if not t.parts]
        if len(starts) > 1:
            listed = " and ".join(table.terms[i] for i in starts)
            raise DataError(f"{table.name}: two intercepts, {listed}", "expected the terms of one model")
        self.start = starts[0] if starts else None
        if unknown := [name for name in table.absorbed if name not in frame]:
            raise DataError(f"{table.name}: the fixed effects of {unknown[0]} are no column of {where}")
        self.used = list(dict.fromkeys([*(p.column for t in self.terms for p in t.parts), *table.absorbed]))
        self.classes, self._y = self._response(positive)
        self._unlisted: dict[str, list[str]] = {}
        self._columns: dict[tuple[object, ...], FloatArray] = {}

    @property
    def task(self) -> Task:
        """Whether the target is two classes or numbers."""
        return "classes" if self.classes else "numbers"

    def _response(self, positive: Value) -> tuple[tuple[str, ...], FloatArray]:
        column = self.frame[self.target]
        values = levels(column)
        text = is_text(column)
        if len(values) == 2:
            named = [spelled(v) for v in values]
            if positive is not None and spelled(positive) == named[0]:
                values.reverse()
                named.reverse()
            y = np.where(
                column.isna(), np.nan, (column == values[1]).to_numpy(dtype=np.float64, na_value=0.0)
            )
            return tuple(named), y
        if text:
            raise DataError(
                f"the target {self.target!r} of {self.where} has {column.nunique()} classes",
                "a table of coefficients is compared for a target of two classes or of numbers",
            )
        return (), np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))

    @cached_property
    def factors(self) -> dict[str, list[Part]]:
        """The columns that are coded, with the parts of terms that stand for them."""
        parts: dict[str, list[Part]] = {}
        for part in (p for t in self.terms for p in t.parts):
            if part.level is not None or part.index or is_text(self.frame[part.column]):
                parts.setdefault(part.column, [])
                if part not in parts[part.column]:
                    parts[part.column].append(part)
        return parts

    def unlisted(self, column: str) -> list[str]:
        """The levels of a column that no term of the table names; in rows that can be used."""
        if column not in self._unlisted:
            named = {p.level for p in self.factors[column]}
            present = set(self._spelled[column][self._complete(self.used)])
            self._unlisted[column] = [v for v in self._levels[column] if v in present and v not in named]
        return self._unlisted[column]

    @cached_property
    def _spelled(self) -> dict[str, NDArray[np.object_]]:
        """The values of every coded column as text; missing ones stay missing."""
        return {
            c: self.frame[c].map(spelled, na_action="ignore").to_numpy(dtype=object) for c in self.factors
        }

    @cached_property
    def _levels(self) -> dict[str, list[str]]:
        """The levels of the coded columns."""
        return {c: [spelled(v) for v in levels(self.frame[c])] for c in self.factors}

    @cached_property
    def _present(self) -> dict[str, NDArray[np.bool_]]:
        """Which rows have a value, for every column."""
        return {str(c): self.frame[c].notna().to_numpy(dtype=bool) for c in self.frame}

    def schemes(self, column: str) -> tuple[str, ...]:
        """Codings of a column that its terms may stand for, the usual one first."""
        parts = self.factors[column]
        if parts[0].level == "polynomial":
            return ("polynomial",)
        if parts[0].index:
            return ("sum", "helmert", "indicator_last", "indicator_first")
        if parts[0].level is None:
            return ("codes", "codes_from_1", "codes_reversed")
        rest = self.unlisted(column)
        if len(rest) < 2:
            return ("treatment", "sum") if rest else ("treatment",)
        return ("treatment", *(f"only:{level}" for level in rest))

    def coding_words(self, column: str, scheme: str) -> str:
        """How a column is coded, in words."""
        if scheme in CODINGS:
            return f"column {column} is coded by {CODINGS[scheme]}"
        rest = self.unlisted(column)
        if scheme.startswith("only:"):
            others = [level for level in rest if level != scheme[5:]]
            return f"column {column} is coded against {scheme[5:]}, without the rows of {', '.join(others)}"
        if not rest:
            return f"column {column} has an indicator for every level"
        together = f" together, of {len(rest)} levels that the table does not name" if len(rest) > 1 else ""
        return f"column {column} is coded against {' and '.join(rest)}{together}"

    def options(self) -> dict[Dimension, list[str]]:
        """The choices of every dimension beside the usual ones."""
        dimensions: tuple[Dimension, ...] = ("coding", "rows", "target", "scaling", "weights", "intercept")
        made: dict[Dimension, list[str]] = {dimension: [] for dimension in dimensions}
        for column in self.factors:
            made["coding"] += [f"{column}={s}" for s in self.schemes(column)[1:]]
        common = {s for c in self.factors for s in self.schemes(c)[1:]}
        if len(self.factors) > 1:
            made["coding"] += [
                f"*={s}" for s in sorted(common) if sum(s in self.schemes(c) for c in self.factors) > 1
            ]
        made["rows"] = self._row_rules()
        y = self._y[np.isfinite(self._y)]
        made["target"] = ["swapped"] if self.classes else [name for name in _TARGETS if self._can(name, y)]
        mixed = len({bool(self._numeric(i)) for i in self.slopes}) > 1
        made["scaling"] = [f"{s}{which}" for s in _SCALINGS for which in ("", *([":numbers"] * mixed))]
        made["weights"] = ["balanced"] * bool(self.classes) + self._weight_columns()
        if self.start is None and not self.table.absorbed:
            made["intercept"] = ["hidden"]
        return made

    @staticmethod
    def _can(name: str, y: FloatArray) -> bool:
        least = float(y.min(initial=np.inf))
        return least > 0 or (least > -1 and name == "log1p") or (least >= 0 and name == "sqrt")

    def _numeric(self, i: int) -> bool:
        return all(
            p.level is None and not p.index and p.column not in self.factors for p in self.terms[i].parts
        )

    def _complete(self, columns: Sequence[str]) -> NDArray[np.bool_]:
        made = self._present[self.target].copy()
        for column in columns:
            made &= self._present[column]
        return made

    def _row_rules(self) -> list[str]:
        base = self._complete(self.used)
        others = [c for c in map(str, self.frame.columns) if c not in (*self.used, self.target)]
        rules, seen = [], {base.tobytes()}
        for name, columns in (("*", others), *((c, [c]) for c in others)):
            mask = self._complete([*self.used, *columns])
            if mask.any() and mask.tobytes() not in seen:
                seen.add(mask.tobytes())
                rules.append(f"complete:{name}")
        if any(c not in self.factors and not self._present[c].all() for c in self.used):
            rules += ["mean", "zero"]
        return rules

    def _weight_columns(self) -> list[str]:
        made = []
        for name in map(str, self.frame.columns):
            column = self.frame[name]
            if name in self.used or name == self.target or is_text(column) or column.isna().any():
                continue
            values = column.to_numpy(dtype=np.float64)
            if np.isfinite(values).all() and values.min() >= 0 and values.max() > values.min():
                made.append(f"column:{name}")
        return made[:_WEIGHTS]

    def alternatives(self, most: int) -> Iterator[Choices]:
        """Choices in ``most`` dimensions at once, the likelier first."""
        options = self.options()
        for dimensions in combinations(options, most):
            chosen: list[dict[Dimension, str]] = [{}]
            for d in dimensions:
                chosen = [{**c, d: option} for c in chosen for option in options[d]]
            yield from chosen

    def design(self, choices: Choices) -> Design | None:
        """The design of some choices; None where too few rows are left or a column cannot be made."""
        rule = choices.get("rows", "")
        filled = rule in ("mean", "zero")
        departures: list[Departure] = []
        frame, columns = self.frame, self.used
        if rule.startswith("complete:"):
            extra = (
                [c for c in map(str, frame.columns) if c != self.target] if rule[9:] == "*" else [rule[9:]]
            )
            columns = list(dict.fromkeys([*self.used, *extra]))
        needed = [c for c in columns if c in self.factors] if filled else columns
        keep = self._complete(needed)
        schemes = {c: self.schemes(c)[0] for c in self.factors}
        if coding := choices.get("coding"):
            name, _, scheme = coding.partition("=")
            schemes |= {c: scheme for c in self.factors if name in ("*", c) and scheme in self.schemes(c)}
        for column, scheme in schemes.items():
            if scheme.startswith("only:"):
                named = [p.level for p in self.factors[column]]
                keep &= np.isin(self._spelled[column].astype(str), [*map(str, named), scheme[5:]])
        X = np.column_stack([self._column(i, schemes, rule) for i in self.slopes])
        keep &= np.isfinite(X).all(axis=1)
        rows = np.flatnonzero(keep)
        X, y = X[keep], self._y[keep]
        if len(rows) < 2 or np.ptp(y) == 0:
            return None
        departures += self._row_departures(rule, len(rows))
        departures += [
            Departure("columns", self.coding_words(c, s), s)
            for c, s in schemes.items()
            if s != self.schemes(c)[0]
        ]
        y, changed = self._target(choices.get("target", ""), y)
        X, scaled = self._scaling(choices.get("scaling", ""), X)
        weights, weighted = self._weights(choices.get("weights", ""), y, rows)
        intercept = "printed" if self.start is not None else choices.get("intercept", "none")
        made = Design(X, y, rows, weights, intercept, (*departures, *changed, *scaled, *weighted), choices)
        if not self.table.absorbed:
            return made
        levels = indicators([self.frame[column].iloc[rows] for column in self.table.absorbed])
        X, y = without_levels(X, y, weights, levels)
        return replace(made, X=X, y=y, absorbed=levels, given=np.column_stack([made.X, made.y]))

    def _column(self, i: int, schemes: Mapping[str, str], rule: str) -> FloatArray:
        """The column of the i-th term, all rows; NaN where a value is missing."""
        parts = self.terms[i].parts
        key = (i, rule if rule in ("mean", "zero") else "", *(schemes.get(p.column) for p in parts))
        if key not in self._columns:
            made = np.ones(len(self.frame))
            for part in parts:
                if part.column in schemes:
                    made = made * self._coded(part, schemes[part.column])
                    continue
                values = numbers(part, self.frame[part.column])
                if rule in ("mean", "zero"):
                    finite = values[np.isfinite(values)]
                    filling = finite.mean() if rule == "mean" and len(finite) else 0.0
                    values = np.where(np.isnan(values), filling, values)
                made = made * values
            self._columns[key] = made
        return self._columns[key]

    def _coded(self, part: Part, scheme: str) -> FloatArray:
        text, every = self._spelled[part.column], self._levels[part.column]
        k = len(every)
        if scheme.startswith("codes"):
            ordered = list(reversed(every)) if scheme == "codes_reversed" else every
            values = {level: float(i + (scheme == "codes_from_1")) for i, level in enumerate(ordered)}
        elif scheme == "polynomial":
            base = np.vander(np.arange(k) - (k - 1) / 2, k, increasing=True)
            q, r = np.linalg.qr(base)
            values = dict(
                zip(every, (q[:, part.index] * np.sign(r[part.index, part.index])).tolist(), strict=True)
            )
        elif scheme == "helmert":
            values = dict.fromkeys(every[: part.index], -1.0) | {every[part.index]: float(part.index)}
        else:
            at = part.level or every[part.index - (scheme != "indicator_first")]
            values = {at: 1.0}
            if scheme == "sum":
                rest = self.unlisted(part.column) if part.level else every[-1:]
                values |= dict.fromkeys(rest[:1], -1.0)
        coded = np.array([values.get(level, 0.0) for level in text])
        coded[~self._present[part.column]] = np.nan
        return coded

    def _row_departures(self, rule: str, rows: int) -> list[Departure]:
        if not rule:
            return []
        if rule in ("mean", "zero"):
            how = "the mean of their column" if rule == "mean" else "0"
            return [Departure("rows", f"missing values were replaced by {how}", rule)]
        count = int(self._complete(self.used).sum()) - rows
        where = "some column of the file" if rule[9:] == "*" else rule[9:]
        unused = "" if rule[9:] == "*" else ", which the table does not use"
        left = f"the {count} rows" if count > 1 else "the one row"
        words = f"{left} with a missing value in {where}{unused} {'were' if count > 1 else 'was'} left out"
        return [Departure("rows", words, rule)]

    def _target(self, option: str, y: FloatArray) -> tuple[FloatArray, list[Departure]]:
        if option == "swapped":
            words = f"the classes are swapped: {self.classes[0]} is class 1, not {self.classes[1]}"
            return 1 - y, [Departure("target", words, option)]
        if option:
            with np.errstate(all="ignore"):
                return _TARGETS[option](y), [
                    Departure("target", f"the target is {option}({self.target})", option)
                ]
        return y, []

    def _scaling(self, option: str, X: FloatArray) -> tuple[FloatArray, list[Departure]]:
        if not option:
            return X, []
        how, _, which = option.partition(":")
        scaled = [k for k, i in enumerate(self.slopes) if not which or self._numeric(i)]
        part, one = X[:, scaled], np.ones(len(scaled))
        centre = part.min(axis=0) if how == "range" else 0 * one if how == "largest" else part.mean(axis=0)
        size = {"sd_n": part.std(axis=0), "sd_n-1": part.std(axis=0, ddof=1), "centred": one,
                "range": np.ptp(part, axis=0), "largest": np.abs(part).max(axis=0)}[how]  # fmt: skip
        made = X.copy()
        made[:, scaled] = (part - centre) / np.where(size > 0, size, 1.0)
        what = "the columns of numbers" if which else "the columns"
        return made, [Departure("columns", f"the coefficients are those of {what} {SCALED[how]}", option)]

    def _weights(
        self, option: str, y: FloatArray, rows: IntArray
    ) -> tuple[FloatArray | None, list[Departure]]:
        if not option:
            return None, []
        if option == "balanced":
            share = np.where(y == 1, y.mean(), 1 - y.mean())
            return 0.5 / share, [
                Departure("weights", "the classes are weighted equally (class_weight='balanced')", option)
            ]
        values = self.frame[option[7:]].to_numpy(dtype=np.float64)[rows]
        return values, [Departure("weights", f"the rows are weighted by {option[7:]}", option)]
