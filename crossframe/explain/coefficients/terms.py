"""Terms of a table of coefficients as columns of the user's data: numbers, levels, powers and products."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crossframe.core.errors import DataError
from crossframe.core.types import FloatArray, Value
from crossframe.data.encode import MAX_LEVELS
from crossframe.data.types import Dataset
from crossframe.explain.coefficients.tables import CoefficientTable

if TYPE_CHECKING:
    import pandas as pd

INTERCEPTS = frozenset(
    {"(intercept)", "intercept", "_cons", "const", "constant", "(constant)", "bias", "_intercept"}
)

_FUNCTIONS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "log": np.log, "np.log": np.log, "ln": np.log, "log1p": np.log1p, "np.log1p": np.log1p,
    "log2": np.log2, "np.log2": np.log2, "log10": np.log10, "np.log10": np.log10,
    "sqrt": np.sqrt, "np.sqrt": np.sqrt, "exp": np.exp, "np.exp": np.exp, "abs": np.abs,
    "scale": lambda v: (v - np.nanmean(v)) / np.nanstd(v, ddof=1),
    "as.numeric": np.asarray, "c": np.asarray, "I": np.asarray, "Q": np.asarray,
}  # fmt: skip
_POLYNOMIAL = (".L", ".Q", ".C", *(f"^{k}" for k in range(4, 30)))
_SHOWN = 8


@dataclass(frozen=True)
class Part:
    """A column, or one level of it, behind a term or a factor of one.

    Attributes
    ----------
    column
        Name in the user's file.
    level
        The level, spelled; None: the numbers of the column, or all of its levels as one number.
    index
        Which of the columns that stand for a text column it is, from 1, where the term has a number in place
        of a level (R's sum and Helmert contrasts, SPSS); 0: none.
    function
        Applied to the numbers; empty: none.
    power
        Exponent of the numbers.
    """

    column: str
    level: str | None = None
    index: int = 0
    function: str = ""
    power: int = 1


@dataclass(frozen=True)
class Term:
    """The meaning of a term: the product of its parts; without any the intercept."""

    parts: tuple[Part, ...]


def levels(column: pd.Series[Any]) -> list[Any]:
    """The values of a column that can be levels, sorted; empty where there are too many."""
    present = column.dropna()
    values = list(present.unique())
    if not 0 < len(values) <= MAX_LEVELS:
        return []
    return sorted(
        values, key=str if present.dtype == object or str(present.dtype) in ("str", "string") else None
    )


def spelled(value: Any) -> str:
    """A level as text: a whole number without a point."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def is_text(column: pd.Series[Any]) -> bool:
    """Whether a column holds text, categories or truth values, not numbers."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return is_bool_dtype(column.dtype) or not is_numeric_dtype(column.dtype)


def match(table: CoefficientTable, frame: pd.DataFrame, target: str, where: str) -> tuple[Term, ...]:
    """The meaning of every term of a table in a data frame, in the table's order.

    Raises `DataError` that names the line, for terms that are neither a column nor a level; all at once.
    """
    features = [name for name in map(str, frame.columns) if name != target]
    names = _names(features)
    coded = _coded(frame, features)
    terms: list[Term] = []
    problems = []
    for c in table.coefficients:
        parts = _parts(c.term, names, coded)
        if parts is None:
            known = [*features, *(k for k, p in coded.items() if k.startswith(p.column) and p.level)]
            near = difflib.get_close_matches(c.term, known, n=3, cutoff=0.5)
            shown = ", ".join(features[:_SHOWN]) + (", ..." if len(features) > _SHOWN else "")
            problems.append(
                DataError(
                    f"{table.name}, line {c.line}: the term {c.term!r} is neither a column of {where} nor a "
                    "level of one",
                    f"did you mean {' or '.join(near)}?" if near else f"its columns: {shown}",
                )
            )
        else:
            terms.append(Term(parts))
    if problems:
        raise DataError.many(list(problems))
    return tuple(terms)


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]+", ".", name.lower()).strip(".")


def _names(features: list[str]) -> dict[str, str]:
    """Spellings of the columns' own names -> the name: as they are, in lower case, as R makes them."""
    plain = {_plain(name): name for name in reversed(features)}
    return {**plain, **{name.lower(): name for name in features}, **{name: name for name in features}}


def _coded(frame: pd.DataFrame, features: list[str]) -> dict[str, Part]:
    """Spellings of the levels of columns -> the level."""
    known: dict[str, Part] = {}
    for name in features:
        values = levels(frame[name])
        text = is_text(frame[name])
        for value in values:
            part = Part(name, spelled(value))
            words = {part.level or "", str(value)} | (
                {str(value).upper()} if isinstance(value, (bool, np.bool_)) else set()
            )
            for level in words:
                for spelling in _spellings(name, level):
                    known.setdefault(spelling, part)
        if not text:
            continue
        for k in range(1, len(values)):
            known.setdefault(f"{name}{k}", Part(name, None, k))
            known.setdefault(f"{name}({k})", Part(name, None, k))
            if k <= len(_POLYNOMIAL):
                known.setdefault(name + _POLYNOMIAL[k - 1], Part(name, "polynomial", k))
    for key, part in list(known.items()):
        known.setdefault(_plain(key), part)
    return known


def _spellings(name: str, level: str) -> tuple[str, ...]:
    """How software spells the indicator of a level; see `_stripped` for what is taken off before."""
    return (f"{name}{level}", f"{name}[{level}]", f"{name}={level}", f"{name}_{level}", f"{name}.{level}",
            f"{name} {level}", f"{level}.{name}", f"{name}: {level}", f"{name}:{level}",
            f"{name}-{level}")  # fmt: skip


def _stripped(term: str) -> str:
    """A term without quotes, ``C()``, ``factor()``, patsy's letter of a coding and scikit-learn's prefix."""
    term = term.strip().strip("`\"'")
    term = re.sub(
        r"(?:\b(?:C|factor|as\.factor|as\.character|Q)\(['\"`]?([^(),'\"`]+)['\"`]?(?:,[^\[\]]*)?\))",
        r"\1",
        term,
    )
    term = re.sub(r"\[([TSHDC])\.", "[", term)
    return re.sub(r"^\w+?__(?=\w)", "", term).replace("`", "")


def _parts(term: str, names: Mapping[str, str], coded: Mapping[str, Part]) -> tuple[Part, ...] | None:
    if term.strip("`\"' ").lower() in INTERCEPTS:
        return ()
    if one := _part(term.strip("`\"' "), names, coded) or _part(_stripped(term), names, coded):
        return (one,)
    for separator in (":", "#", "*", " x "):
        pieces = [
            _part(_stripped(piece), names, coded)
            for piece in re.split(rf"\s*{re.escape(separator)}+\s*", term)
        ]
        if len(pieces) > 1 and all(p is not None for p in pieces):
            return tuple(p for p in pieces if p is not None)
    return None


def _part(term: str, names: Mapping[str, str], coded: Mapping[str, Part]) -> Part | None:
    if term in names:
        return Part(names[term])
    if term in coded:
        return coded[term]
    if re.match(r"c\.\w", term) and term[2:] in names:
        return Part(names[term[2:]])
    if made := re.fullmatch(r"(?:I\()?([\w.]+?)\s*(?:\*\*|\^)\s*(\d)\)?", term):
        return Part(names[made[1]], power=int(made[2])) if made[1] in names else None
    if (made := re.fullmatch(r"([\w.]+)\(([^()]+)\)", term)) and made[1] in _FUNCTIONS and made[2] in names:
        return Part(names[made[2]], function=made[1])
    if "~" in term:
        # Stata shortens long names in the middle.
        pattern = re.compile(re.escape(term).replace("\\~", "~").replace("~", ".+"))
        fits = {v for k, v in names.items() if pattern.fullmatch(k)}
        return Part(fits.pop()) if len(fits) == 1 else None
    low = term.lower()
    if low in names or _plain(term) in names:
        return Part(names.get(low) or names[_plain(term)])
    return coded.get(_plain(term))


def numbers(part: Part, column: pd.Series[Any]) -> FloatArray:
    """The values of a part of a numeric column, (n,), missing ones NaN."""
    values = np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if part.function:
        with np.errstate(all="ignore"):
            values = np.asarray(_FUNCTIONS[part.function](values), dtype=np.float64)
    return values**part.power


def frame_of(dataset: Dataset) -> tuple[pd.DataFrame, str, Value, str, int]:
    """The file's own columns, as `Source` takes them; of other data the features."""
    if dataset.file is not None:
        from crossframe.data import table as files

        path = Path(dataset.file.path)
        frame, first_row = files.read(path)
        return frame, dataset.file.target, dataset.file.positive, path.name, first_row
    import pandas as pd

    frame = pd.DataFrame(dataset.X, columns=[*dataset.names])
    target = "target" if "target" not in dataset.names else "the target"
    frame[target] = dataset.y
    return frame, target, None, dataset.name, 1
