"""A table of coefficients as somebody printed or saved it, with the precision to which each is printed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crossframe.core.errors import DataError
from crossframe.explain.coefficients.printed import EXPECTED, NUMBER, parse

_WITH_P = ("R's summary", "fixest's table", "Stata's table", "a summary of statsmodels")
"""What prints a statistic, its p-value and maybe a 95 % interval after the standard error."""
_LONG = 12
"""Significant digits from which on a number is written in full, so that zeros at its end were dropped."""


@dataclass(frozen=True)
class Coefficient:
    """One term of a table.

    Attributes
    ----------
    term
        As it is spelled.
    estimate, tolerance
        The number, and half a unit of its last printed digit: 0.0005 for 1.234; 0 for a zero that is
        written as a point.
    printed
        The number as it is written.
    standard_error, standard_error_tolerance
        The same of its standard error; None where the table has none.
    line
        The line of the text, from 1.
    inference
        The p-value and the ends of the interval, each with half a unit of its last digit; None where one is
        not printed, empty where the text is of another form.
    """

    term: str
    estimate: float
    tolerance: float
    printed: str
    standard_error: float | None = None
    standard_error_tolerance: float = 0.0
    line: int = 0
    inference: tuple[tuple[float, float] | None, ...] = ()


@dataclass(frozen=True)
class CoefficientTable:
    """Coefficients of one model.

    Attributes
    ----------
    coefficients
        The terms with an estimate, in the order of the text.
    kind
        What wrote the text: ``R's summary``, ``a CSV``.
    name
        The file's name; ``the table`` for a text.
    rows
        How many rows the text says were used; None where it does not.
    left_out
        Terms that are printed without an estimate: R's NA, a reference level.
    absorbed
        Columns with an effect of each of their levels that is not printed: fixest's fixed effects.
    """

    coefficients: tuple[Coefficient, ...]
    kind: str
    name: str
    rows: int | None = None
    left_out: tuple[str, ...] = ()
    absorbed: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms as they are spelled."""
        return tuple(c.term for c in self.coefficients)


def read_table(source: Path | str) -> CoefficientTable:
    """The coefficients in a file, or in a text of more than one line.

    Understood are delimited text with a header (or a term and a number on each line), and printed output of
    R, statsmodels, SAS, Stata and SPSS; see `crossframe.explain.coefficients.printed`.

    Raises
    ------
    DataError
        For a file that is missing or no text, and for a text without coefficients or with a number that
        cannot be read; the message names the line and what was expected.
    """
    if isinstance(source, str) and "\n" in source:
        return _table(source, "the table")
    path = Path(source)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file", f"expected {EXPECTED}") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error.strerror)
        raise DataError(f"{path} cannot be read: {reason}", f"expected {EXPECTED}") from None
    return _table(text, path.name)


def _table(text: str, name: str) -> CoefficientTable:
    printed = parse(text, name)
    entries = printed.entries
    first: dict[str, int] = {}
    for e in entries:
        if e.term in first:
            raise DataError(
                f"{name}, line {e.line}: the term {e.term!r} stands in line {first[e.term]} already",
                "expected one model: leave the others out",
            )
        first[e.term] = e.line
    errors = [e.error for e in entries]
    tolerances = _tolerances([e.estimate for e in entries], printed.trimmed)
    error_tolerances = iter(_tolerances([e for e in errors if e is not None], printed.trimmed))
    made = []
    for e, tolerance in zip(entries, tolerances, strict=True):
        estimate = 0.0 if e.estimate == "." else _float(e.estimate)
        error = None if e.error is None else _float(e.error)
        spread = 0.0 if error is None else next(error_tolerances)
        if printed.ratios:
            if estimate <= 0:
                raise DataError(
                    f"{name}, line {e.line}: {e.estimate} is no ratio; expected a positive number"
                )
            # The standard error of a ratio is that of its logarithm times the ratio.
            tolerance, error, spread = tolerance / estimate, error and error / estimate, spread / estimate
            estimate = math.log(estimate)
        inference = _inference(e.rest) if e.error and printed.kind in _WITH_P and not printed.ratios else ()
        made.append(Coefficient(e.term, estimate, tolerance, e.estimate, error, spread, e.line, inference))
    kind = f"{printed.kind}, as ratios" if printed.ratios else printed.kind
    return CoefficientTable(tuple(made), kind, name, printed.rows, printed.left_out, printed.absorbed)


def _inference(texts: Sequence[str]) -> tuple[tuple[float, float] | None, ...]:
    """The p-value and the ends of the interval among the numbers after a standard error."""
    shown = [texts[1], *texts[2:4]] if len(texts) > 1 else []
    return tuple(
        (_float(text), _tolerances([text], False)[0]) if re.fullmatch(NUMBER, text) else None
        for text in shown
    )


def _float(text: str) -> float:
    return float(text.replace("−", "-"))


def _parts(text: str) -> tuple[int, int, int]:
    """Decimals behind the point, significant digits, and the exponent of the last digit."""
    mantissa, _, exponent = re.sub(r"^[-+−]", "", text.lower()).partition("e")
    whole, _, fraction = mantissa.partition(".")
    last = int(exponent.replace("−", "-") or 0) - len(fraction)
    return len(fraction), len((whole + fraction).lstrip("0")), last


def _tolerances(texts: Sequence[str], trimmed: bool) -> list[float]:
    """Half a unit of the last printed digit of each number.

    Where zeros at the end are dropped, what the most precise number has counts for all: its decimals, or its
    significant digits, whichever takes fewer zeros.
    """
    parts = [_parts(text) for text in texts]
    if not parts or not trimmed:
        return [
            0.0 if text == "." else 0.5 * 10.0**last for text, (_, _, last) in zip(texts, parts, strict=True)
        ]
    decimals = max(d for d, _, _ in parts)
    significant = max(s for _, s, _ in parts)
    # The rule under which fewer zeros were dropped.
    fixed = significant < _LONG and sum(decimals - d for d, _, _ in parts) <= sum(
        significant - s for _, s, _ in parts if s
    )
    made = []
    for text, (_, digits, last) in zip(texts, parts, strict=True):
        if text == ".":
            made.append(0.0)
        elif "e" not in text.lower() and (fixed or not digits):
            made.append(0.5 * 10.0**-decimals)
        else:
            made.append(0.5 * 10.0 ** (last - (significant - digits)))
    return made
