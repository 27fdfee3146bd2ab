"""The lines of printed coefficients: what R, statsmodels, SAS, Stata and SPSS write, and delimited text."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from crossframe.core.errors import DataError

EXPECTED = (
    "a CSV with a term and an estimate column, or printed output of R's summary() or coef(), statsmodels' "
    "summary(), SAS, Stata or SPSS"
)

NUMBER = r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+−]?\d+)?"
_IS_NUMBER = re.compile(NUMBER)
_VALUE = re.compile(rf"<?(?:{NUMBER})|NA|NaN|nan|\.")
_STARS = re.compile(r"\s\*{1,3}\s*$|(?<=\d)\s+\.\s*$")

_TERMS = ("term", "variable", "name", "names", "parameter", "feature", "predictor", "effect", "column",
          "index", "coefficient name", "variables", "terms", "features", "unnamed: 0", "")  # fmt: skip
_ESTIMATES = ("estimate", "coef", "coefficient", "coefs", "coefficients", "beta", "b", "est", "value",
              "weight", "params", "param", "s0", "s1", "lambda min", "0", "x")  # fmt: skip
_ERRORS = ("std error", "stderr", "std err", "se", "s e", "standard error", "bse", "standard errors")
_LEVELS = ("level", "level1", "classval0")


@dataclass(frozen=True)
class Entry:
    """A term with its numbers as they are printed; ``line`` is counted from 1.

    ``rest`` are the numbers after the standard error: the statistic, its p-value and maybe an interval.
    """

    term: str
    estimate: str
    error: str | None
    line: int
    rest: tuple[str, ...] = ()


@dataclass(frozen=True)
class Printed:
    """The entries of a text.

    Attributes
    ----------
    kind
        What wrote the text, in words.
    entries
        In the order of the text.
    trimmed
        Whether zeros at the end of a number are left out, so that 0.5 may stand for 0.5000.
    ratios
        Whether the estimates are exp(coefficient).
    rows
        How many rows the text says were used; None where it does not.
    left_out
        Terms that are printed without an estimate.
    absorbed
        Columns with an effect of each of their levels that is not printed.
    """

    kind: str
    entries: tuple[Entry, ...]
    trimmed: bool = False
    ratios: bool = False
    rows: int | None = None
    left_out: tuple[str, ...] = field(default=())
    absorbed: tuple[str, ...] = ()


def parse(text: str, where: str) -> Printed:
    """The coefficients in ``text``; ``where`` names it in errors.

    Raises `DataError` for a text without coefficients, or with a number that cannot be read.
    """
    lines = text.replace("\r\n", "\n").expandtabs(1 if "\t" not in text else 8).split("\n")
    readers: tuple[Callable[[list[str]], Printed | None], ...] = (
        _stata,
        _spss,
        _sas,
        _statsmodels,
        _r_summary,
    )
    for reader in readers:
        if printed := reader(lines):
            return printed
    if printed := _json(text) or _delimited(text, where) or _named_vector(lines) or _pairs(lines):
        return printed
    raise DataError(f"{where}: there are no coefficients in it", f"expected {EXPECTED}")


def _values(line: str) -> tuple[str, list[str]]:
    """What stands before the numbers at the end of a line, and these."""
    line = _STARS.sub("", re.sub(r"<\s+(?=[\d.])", "<", line))
    words = list(re.finditer(r"\S+", line))
    start = len(words)
    while start and _VALUE.fullmatch(words[start - 1][0]):
        start -= 1
    return line[: words[start - 1].end()].strip() if start else "", [w[0] for w in words[start:]]


def _rows(numbered: Iterable[tuple[int, str]], at: int, error: int | None) -> tuple[list[Entry], list[str]]:
    """Entries of lines that end in equally many numbers, of which the estimate and its error are at these
    places; and the terms without an estimate. A term may itself end in a number, as a level does."""
    split = [(number, *_values(line)) for number, line in numbered]
    split = [each for each in split if each[2]]
    count = min((len(values) for _, term, values in split if term), default=0)
    entries, left_out = [], []
    for number, term, values in split:
        extra = values[: len(values) - count]
        values = values[len(extra) :]
        term = " ".join([*term.split(), *extra])
        if len(values) <= at or not term:
            continue
        mistake = values[error] if error is not None and error < len(values) else None
        if values[at] in ("NA", "NaN", "nan") or (mistake == "." and not float(values[at].strip(".") or 0)):
            left_out.append(term)
        else:
            usable = mistake if mistake and _IS_NUMBER.fullmatch(mistake) else None
            entries.append(Entry(term, values[at], usable, number, tuple(values[(error or at) + 1 :])))
    return entries, left_out


def _block(lines: Sequence[str], start: int, end: Callable[[str], bool]) -> list[tuple[int, str]]:
    """The numbered lines after line ``start`` (counted from 0) up to the first that ends the block."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(lines[start + 1 :], start + 2):
        if end(line) and block:
            break
        if line.strip() and not set(line.strip()) <= set("-=+ "):
            block.append((number, line))
    return block


def _first(lines: Sequence[str], pattern: str) -> int | None:
    return next((i for i, line in enumerate(lines) if re.search(pattern, line)), None)


def _count(lines: Sequence[str], pattern: str) -> int | None:
    for line in lines:
        if match := re.search(pattern, line):
            return int(match[1].replace(",", ""))
    return None


def _made(
    kind: str,
    entries: tuple[list[Entry], list[str]],
    rows: int | None,
    trimmed: bool = False,
    ratios: bool = False,
) -> Printed | None:
    if not entries[0]:
        return None
    return Printed(kind, tuple(entries[0]), trimmed, ratios, rows, tuple(entries[1]))


def _r_summary(lines: list[str]) -> Printed | None:
    start = _first(lines, r"^\s*Estimate\b(?!.*DF)")
    if start is None:
        return None
    block = _block(lines, start, lambda line: not line.strip() or line.startswith("---"))
    # In a narrow console the columns go on below, without the estimates.
    wrapped = next(
        (i for i, (_, line) in enumerate(block) if re.match(r"\s+\S.*(value|Pr\()", line)), len(block)
    )
    rows = _count(lines, r"Null deviance:.* on (\d+)\s+degrees of freedom")
    entries = _rows(block[:wrapped], 0, 1 if "Std." in lines[start] else None)
    if (effects := _first(lines, r"^Fixed-effects:")) is not None:
        absorbed = tuple(re.findall(r"([^\s,:]+):\s*[\d,]+", lines[effects].partition(":")[2]))
        made = _made("fixest's table", entries, _count(lines, r"^Observations:\s*([\d,]+)"))
        return made and replace(made, absorbed=absorbed)
    if rows is not None:
        # The null model has one parameter, the intercept, where there is one.
        rows += any(e.term == "(Intercept)" for e in entries[0])
    elif df := _count(lines, r"(?:Residual standard error:.* on|F-statistic:.* and) (\d+) (?:degrees|DF)"):
        rows = df + len(entries[0])
    return _made("R's summary", entries, rows)


def _statsmodels(lines: list[str]) -> Printed | None:
    start = _first(lines, r"^\s*(coef\s+std err|Coef\.\s+Std\.Err\.)")
    if start is None:
        return None
    block = _block(lines, start, lambda line: not line.strip() or line.startswith("===="))
    return _made("a summary of statsmodels", _rows(block, 0, 1), _count(lines, r"No\. Observations:\s+(\d+)"))


def _sas(lines: list[str]) -> Printed | None:
    start = _first(lines, r"^\s*(Parameter|Variable)\b.*\bEstimate\b")
    if start is None:
        return None
    first = 1 if re.search(r"\bDF\b", lines[start]) else 0
    block = _block(lines, start, lambda line: not line.strip())
    # PROC GLM marks estimates that are not unique with a B.
    block = [(number, re.sub(r"(?<=\d)\s+B(?=\s|$)", "", line)) for number, line in block]
    entries, left_out = _rows(block, first, first + 1)
    entries = [e for e in entries if e.term not in ("Scale", "Dispersion")]
    rows = _count(lines, r"Number of Observations Used\s+(\d+)")
    return _made("SAS's parameter estimates", (entries, left_out), rows)


def _spss(lines: list[str]) -> Printed | None:
    start = _first(lines, r"(?<!\w)B\s+(S\.E\.|Std\. ?Error)")
    if start is None:
        return None
    step = re.compile(r"^\s*(?:Step\s*)?\d+\s?[a-z]?(?=\s+[^\s\d])")
    block = [(n, step.sub("", line)) for n, line in _block(lines, start, lambda line: not line.strip())]
    # The line of a factor as a whole has its test alone.
    most = max((len(_values(line)[1]) for _, line in block), default=0)
    whole = [(n, line) for n, line in block if len(_values(line)[1]) >= most - 1]
    return _made("SPSS's coefficients", _rows(whole, 0, 1), None)


def _stata(lines: list[str]) -> Printed | None:
    start = _first(lines, r"\|\s+(Coef\.|Coefficient|Odds [Rr]atio|IRR)\s+.*[Ss]td\. [Ee]rr\.")
    if start is None:
        return None
    entries: list[Entry] = []
    left_out: list[str] = []
    group = ""
    for number, line in enumerate(lines[start + 1 :], start + 2):
        if "|" not in line:
            if entries and not line.strip().strip("-+"):
                break
            continue
        term, _, rest = line.partition("|")
        term, values = " ".join(term.split()), rest.split()
        if not term or not values:
            group = term
        elif "(base)" in rest or "(omitted)" in rest or values[0] == ".":
            left_out.append(f"{group} {term}".strip())
        else:
            error = values[1] if len(values) > 1 and _IS_NUMBER.fullmatch(values[1]) else None
            full = term if term == "_cons" or not group else f"{group} {term}"
            entries.append(Entry(full, values[0], error, number, tuple(values[2:])))
    rows = _count(lines, r"Number of obs\s*=\s*([\d,]+)")
    ratios = re.search(r"Odds|IRR", lines[start]) is not None
    return _made("Stata's table", (entries, left_out), rows, trimmed=True, ratios=ratios)


def _json(text: str) -> Printed | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        values = json.loads(text)
    except ValueError:
        return None
    items = [(term, value) for term, value in values.items() if isinstance(value, (int, float))]
    return _made("JSON", ([Entry(str(t), repr(v), None, 1) for t, v in items], []), None, trimmed=True)


def _delimited(text: str, where: str) -> Printed | None:
    lines = [line for line in text.splitlines() if line.strip()]
    separator = next((s for s in ("\t", ";", ",", "|") if lines and all(s in line for line in lines)), None)
    if separator is None:
        return None
    numbered = [(n, line.strip().strip("|")) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    numbered = [(n, line) for n, line in numbered if not set(line) <= set("-:| ")]
    fields = [(n, [f.strip() for f in next(csv.reader([line], delimiter=separator))]) for n, line in numbered]
    if separator == ";":
        fields = [(n, [re.sub(r"^([-+]?\d*),(\d+)", r"\1.\2", f) for f in row]) for n, row in fields]
    kind = "tab-separated text" if separator == "\t" else "a CSV"
    header = fields[0][1]
    if len(fields) == 2 and len(header) > 1 and all(_IS_NUMBER.fullmatch(f) for f in fields[1][1]):
        pairs = [Entry(t, v, None, fields[1][0]) for t, v in zip(header, fields[1][1], strict=False)]
        return Printed(kind, tuple(pairs), trimmed=True)
    # ["", "0"] is pandas' header of a series without a name.
    if header != ["", "0"] and any(_IS_NUMBER.fullmatch(f) for f in header[1:]):
        return _records(
            fields, (0, next(i for i, f in enumerate(header) if i and _IS_NUMBER.fullmatch(f))), kind, where
        )
    plain = [re.sub(r"[\s._]+", " ", name).strip().lower() for name in header]

    def place(names: Sequence[str], taken: Sequence[int | None] = ()) -> int | None:
        return next((plain.index(n) for n in names if n in plain and plain.index(n) not in taken), None)

    term = place(_TERMS)
    estimate = place(_ESTIMATES, (term,))
    if term is None or estimate is None:
        missing = "a term" if term is None else "an estimate"
        raise DataError(
            f"{where}, line {fields[0][0]}: no column of {missing} among {', '.join(filter(None, header))}",
            "name the columns term, estimate and, where there are any, std.error",
        )
    places = (term, estimate, place(_ERRORS), place(_LEVELS, (term,)))
    return _records(fields[1:], places, kind, where)


def _records(
    fields: Iterable[tuple[int, list[str]]], places: Sequence[int | None], kind: str, where: str
) -> Printed:
    term, estimate, error, level = [*places, None, None][:4]
    assert term is not None
    assert estimate is not None
    entries, left_out = [], []
    for number, row in fields:
        if len(row) <= max(term, estimate):
            raise DataError(f"{where}, line {number}: {len(row)} fields; expected a term and an estimate")
        name = row[term] if level is None or not row[level] else f"{row[term]} {row[level]}"
        if row[estimate] in ("", "NA", "NaN", "nan", "."):
            left_out.append(name)
        elif not _IS_NUMBER.fullmatch(row[estimate]):
            raise DataError(
                f"{where}, line {number}: the estimate of {name!r} is {row[estimate]!r}; expected a number",
                "correct it, or leave the line out",
            )
        else:
            spread = row[error] if error is not None and error < len(row) else ""
            entries.append(
                Entry(name, row[estimate], spread if _IS_NUMBER.fullmatch(spread) else None, number)
            )
    if not entries:
        raise DataError(f"{where}: no term has an estimate", f"expected {EXPECTED}")
    return Printed(kind, tuple(entries), trimmed=True, left_out=tuple(left_out))


def _named_vector(lines: list[str]) -> Printed | None:
    """R's named vector: a line of names above a line of numbers, aligned at their ends."""
    entries: list[Entry] = []
    left_out: list[str] = []
    for i, (names, below) in enumerate(pairwise(lines)):
        numbers = list(re.finditer(r"\S+", below))
        if not numbers or not all(_VALUE.fullmatch(m[0]) for m in numbers) or not names.strip():
            continue
        if all(_VALUE.fullmatch(word) for word in names.split()):
            continue
        ends = [0, *(m.end() for m in numbers)]
        for start, end, number in zip(ends[:-1], ends[1:], numbers, strict=True):
            term = names[start:end].strip()
            if number[0] in ("NA", "NaN"):
                left_out.append(term)
            elif term:
                entries.append(Entry(term, number[0], None, i + 2))
    return _made("R's coef", (entries, left_out), None)


def _pairs(lines: list[str]) -> Printed | None:
    """A term and its number on every line: a printed series, or a sparse matrix of R's glmnet."""
    numbered = [
        (n, line) for n, line in enumerate(lines, 1) if not re.match(r"\s*(Name:|dtype:|\d+ x \d+)", line)
    ]
    entries = _rows(numbered, 0, None)
    return _made("a list of terms and numbers", entries, None)
