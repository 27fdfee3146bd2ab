"""A model formula, ``y ~ age + C(region) + log(dose)``, as a target and a matrix of features.

The matrix is formulaic's. R's spellings of the same terms are read as well: ``factor(x)``, ``I(x^2)``.
"""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossframe.core.errors import DataError
from crossframe.core.types import FloatArray
from crossframe.data.types import Feature, FormulaRecord

if TYPE_CHECKING:
    from formulaic import ModelSpec

_TOKENS = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|[^\W\d][\w.]*|[\d.]+(?:[eE][+-]?\d+)?|\s+|.", re.DOTALL)
_WORDS = {"factor": "C", "as.factor": "C", "TRUE": "True", "FALSE": "False"}
"""R's words that formulaic spells otherwise."""

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "sqrt": np.sqrt, "abs": np.abs, "log1p": np.log1p, "expm1": np.expm1,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "floor": np.floor, "ceiling": np.ceil,
}  # fmt: skip
"""Functions that R has and formulaic has not."""

_KINDS = {
    "TreatmentContrasts": "treatment",
    "SumContrasts": "sum",
    "HelmertContrasts": "helmert",
    "PolyContrasts": "poly",
}
_CONTRASTS = {"Treatment", "Sum", "Helmert", "Poly", "Diff"}
"""Contrasts by patsy's names."""


@dataclass(frozen=True)
class Design:
    """The columns that a formula makes: name -> (rows,), the features that they belong to, and the record."""

    columns: Mapping[str, FloatArray]
    features: tuple[Feature, ...]
    record: FormulaRecord


def parse(text: str, columns: Sequence[str], excluded: Iterable[str] = ()) -> FormulaRecord:
    """A formula of a table with these columns; ``.`` stands for those but ``excluded``.

    Raises
    ------
    DataError
        For what is no formula, and for a column that the table lacks.
    """
    from formulaic import Formula
    from formulaic.formula import SimpleFormula

    rest, offset = _without_offset(_in_python(text, columns), text)
    held = {*excluded}.union(*map(variables, offset))
    try:
        made: Any = Formula(
            rest, _context={"__formulaic_variables_available__": [c for c in columns if c not in held]}
        )
        left, right = made.lhs, made.rhs
    except AttributeError:
        raise DataError(f"--formula {text!r} names no target", "write TARGET ~ FEATURES") from None
    except Exception as error:
        raise DataError(
            f"--formula {text!r} cannot be read: {_reason(error)}", "write TARGET ~ A + B"
        ) from None
    if not isinstance(left, SimpleFormula) or not isinstance(right, SimpleFormula):
        raise DataError(f"--formula {text!r} has several parts", "write one: TARGET ~ A + B")
    responses = [[_spelled(f) for f in term.factors] for term in left]
    if len(responses) != 1 or len(responses[0]) != 1:
        raise DataError(f"--formula {text!r} has {len(responses)} targets", "one is needed: TARGET ~ A + B")
    terms = [tuple(_spelled(f) for f in term.factors) for term in right]
    used = set[str]().union(*(variables(f) for factors in terms for f in factors))
    unknown = sorted(used.union(variables(responses[0][0]), *map(variables, offset)) - {*columns})
    if unknown:
        raise DataError.many([DataError.unknown("column in --formula", name, columns) for name in unknown])
    return FormulaRecord(
        text, _response(responses[0][0]), tuple(t for t in terms if t != ("1",)), ("1",) in terms,
        tuple(name for name in columns if name in used), {}, offset=offset,
    )  # fmt: skip


def offset(parsed: FormulaRecord, frame: pd.DataFrame) -> FloatArray:
    """The sum of what stands in ``offset()``, (rows,). Raises DataError where it cannot be computed."""
    columns = {str(c): frame[c] for c in frame}
    parts = [_matrix(f"0 + {part}", columns, parsed.text) for part in parsed.offset]
    if wide := [part for part, made in zip(parsed.offset, parts, strict=True) if made.shape[1] != 1]:
        raise DataError(f"--formula {parsed.text!r}: offset({wide[0]}) is no column of numbers")
    columns_of = [np.asarray(made.iloc[:, 0], dtype=np.float64) for made in parts]
    return np.asarray(np.sum(columns_of, axis=0))


def response(parsed: FormulaRecord, frame: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """The name of the target, and the frame with a column of it: ``log(y)`` is computed here.

    Raises DataError where it cannot be computed, or is a feature too.
    """
    name = parsed.response.strip("`")
    if name in frame:
        if name in parsed.sources:
            raise DataError(
                f"--formula {parsed.text!r}: the target {name!r} is a feature too", "leave it out"
            )
        return name, frame
    made = _matrix(f"0 + {parsed.response}", {str(c): frame[c] for c in frame}, parsed.text)
    if made.shape[1] != 1:
        raise DataError(f"--formula {parsed.text!r}: the target {name} has {made.shape[1]} columns")
    return name, frame.assign(**{name: np.asarray(made.iloc[:, 0], dtype=np.float64)})


def design(
    parsed: FormulaRecord, columns: Mapping[str, pd.Series[Any]], absent: Mapping[str, NDArray[np.bool_]]
) -> Design:
    """The matrix of a formula, without the intercept.

    Parameters
    ----------
    columns
        The sources as formulaic shall see them: numbers, or categories in their order.
    absent
        Source -> where it is missing, (rows,); such a row is NaN in all columns of its terms.

    Raises DataError where a term cannot be computed or is not finite.
    """
    made = _matrix(parsed.right, columns, parsed.text)
    spec: ModelSpec = made.model_spec
    renamed = _names(spec)
    values: dict[str, FloatArray] = {}
    features: list[Feature] = []
    for part in spec.structure:
        sources = sorted(set[str]().union(*(variables(_spelled(f)) for f in part.term.factors)) & {*columns})
        gone = np.zeros(len(made), dtype=bool)
        for source in sources:
            gone |= absent[source]
        if not sources or not part.columns:
            continue
        for name in part.columns:
            column = np.array(made[name], dtype=np.float64)
            column[gone] = np.nan
            if not np.isfinite(column[~gone]).all():
                row = int(np.flatnonzero(~gone & ~np.isfinite(column))[0])
                held = ", ".join(f"{s} is {columns[s].iloc[row]}" for s in sources)
                raise DataError(
                    f"--formula: {part.term} is {column[row]:g} where {held}",
                    "leave such rows out of the table, or change the term",
                )
            values[renamed[name]] = column
        features.append(_feature(spec, part, [renamed[name] for name in part.columns]))
    levels = {
        name: tuple(map(label, held.cat.categories))
        for name, held in columns.items() if isinstance(held.dtype, pd.CategoricalDtype)
    }  # fmt: skip
    return Design(values, tuple(features), replace(parsed, levels=levels))


def functions(parsed: FormulaRecord) -> dict[str, str]:
    """The functions in a formula that formulaic does not know -> NumPy's names of them."""
    called = {name for term in parsed.terms for f in term for name in re.findall(r"(?<![\w.])(\w+)\(", f)}
    return {name: str(_FUNCTIONS[name].__name__) for name in sorted(called & {*_FUNCTIONS})}


def label(level: object) -> str:
    """A level as text; a whole number without its decimal point, as R spells it."""
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)


def unused(
    parsed: FormulaRecord, columns: Iterable[str], target: str, beside: Iterable[str] = ()
) -> dict[str, str]:
    """Why each column that is neither a source nor the target, nor what that is made of, is no feature.

    ``beside`` are columns with another role.
    """
    return {
        name: "not in --formula"
        for name in columns
        if name not in (*parsed.sources, target, *variables(parsed.response), *beside)
    }


def bare(parsed: FormulaRecord, source: str) -> bool:
    """Whether a column of truth values stands alone or in C() wherever it occurs: then it is a factor."""
    factors = {f for term in parsed.terms for f in term}
    return all(coded_column(f) == source for f in factors if source in variables(f))


def _matrix(right: str, columns: Mapping[str, pd.Series[Any]], text: str) -> Any:
    from formulaic import Formula

    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return Formula(right).get_model_matrix(
                pd.DataFrame(dict(columns)), context=_FUNCTIONS, na_action="ignore"
            )
    except Exception as error:
        reason = _reason(error)
        part = re.match(r"Unable to evaluate factor `(.*)`\. \[\w+: (.*)\]$", reason)
        what = f"{part[1]} cannot be computed: {part[2]}" if part else f"it cannot be computed: {reason}"
        raise DataError(f"--formula {text!r}: {what}", "change this term") from None


def _reason(error: Exception) -> str:
    """formulaic's message in one line, with the part of the formula that it marks on the terminal."""
    words = str(error)
    marked = re.search("\u29db\\[[\\d;]*m(.*?)\u29db", words)
    first = " ".join(words.split("\n\n")[0].split()).replace("insuffient", "insufficient").rstrip(".")
    return f"{first} (at {marked[1].strip()!r})" if marked and marked[1].strip() not in first else first


def _in_python(text: str, columns: Sequence[str]) -> str:
    """A formula in formulaic's spelling: R's words, powers inside calls, and names that are no words."""
    made: list[str] = []
    calls: list[bool] = []
    for token in _TOKENS.findall(text):
        word = re.fullmatch(r"[^\W\d][\w.]*", token)
        if token == "(":
            before = "".join(made).rstrip()
            calls.append(bool(calls and calls[-1]) or bool(re.search(r"[\w.]$", before)))
        elif token == ")" and calls:
            calls.pop()
        if token == "^" and any(calls):
            token = "**"
        elif word and token in _WORDS and token not in columns:
            token = _WORDS[token]
        elif word and token in columns and (not token.isidentifier() or keyword.iskeyword(token)):
            token = f"`{token}`"
        made.append(token)
    return "".join(made)


def _without_offset(text: str, given: str) -> tuple[str, tuple[str, ...]]:
    """A formula in formulaic's spelling without its terms ``offset()``, and what stands in them."""
    pieces: list[str] = []
    inside: list[str] = []
    tokens = _TOKENS.findall(text)
    at = 0
    while at < len(tokens):
        call = re.match(r"\s*\(", "".join(tokens[at + 1 : at + 3]))
        if tokens[at] != "offset" or not call:
            pieces.append(tokens[at])
            at += 1
            continue
        begin = at = tokens.index("(", at) + 1
        depth = 1
        while depth and at < len(tokens):
            depth += {"(": 1, ")": -1}.get(tokens[at], 0)
            at += 1
        before, after = "".join(pieces).rstrip(), "".join(tokens[at:]).lstrip()
        if depth or before[-1:] not in ("+", "~") or (after and after[0] not in "+-"):
            raise DataError(
                f"--formula {given!r}: offset() is no term of a sum", "write ... + offset(log(n))"
            )
        inside.append("".join(tokens[begin : at - 1]).strip())
        pieces = [before[:-1] if before[-1] == "+" else f"{before} 1"]
        if before[-1] == "~" and after:
            # What follows has a sign of its own.
            pieces = [before]
            at = tokens.index("+", at) + 1 if after[0] == "+" else at
    return "".join(pieces), tuple(inside)


def _spelled(factor: Any) -> str:
    """A factor of formulaic as source, a column whose name is no word in backticks."""
    expr = str(factor.expr)
    lookup = factor.eval_method.value == "lookup"
    return f"`{expr}`" if lookup and (not expr.isidentifier() or keyword.iskeyword(expr)) else expr


def _response(expr: str) -> str:
    """The left side without C(): a target of classes needs no coding."""
    return expr[2:-1].strip() if re.fullmatch(r"C\((`[^`]*`|\w+)\)", expr) else expr


def tree(factor: str) -> tuple[ast.expr, Mapping[str, str]]:
    """A factor's syntax tree, in which ``_column_0_`` stands for a name in backticks; and these names.

    Raises SyntaxError for what is no expression of Python.
    """
    held: dict[str, str] = {}

    def keep(name: re.Match[str]) -> str:
        return held.setdefault(f"_column_{len(held)}_", name[0][1:-1]) and f"_column_{len(held) - 1}_"

    return ast.parse(re.sub(r"`[^`]*`", keep, factor).strip(), mode="eval").body, held


def variables(factor: str) -> set[str]:
    """Names of the columns in a factor. Raises DataError for a function that is not known."""
    from formulaic.transforms import TRANSFORMS

    known = {*TRANSFORMS, *_FUNCTIONS}
    try:
        body, held = tree(factor)
    except SyntaxError:
        raise DataError(f"--formula: {factor} is no term", "write TARGET ~ A + B") from None
    names: set[str] = set()
    waiting: list[ast.AST] = [body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id not in known:
                raise DataError.unknown("function in --formula", node.func.id, sorted(known))
            waiting += [*node.args, *node.keywords]
        elif isinstance(node, ast.Name):
            names |= {held.get(node.id, node.id)} - _CONTRASTS
        else:
            waiting += ast.iter_child_nodes(node)
    return names


def coded_column(factor: str) -> str:
    """What a factor codes: ``region`` of ``C(region, contr.sum)`` and of ``region``."""
    try:
        body, held = tree(factor)
    except SyntaxError:
        return factor
    if isinstance(body, ast.Call) and isinstance(body.func, ast.Name) and body.func.id == "C" and body.args:
        body = body.args[0]
    return re.sub(r"_column_\d+_", lambda name: held[name[0]], ast.unparse(body))


def _names(spec: ModelSpec) -> dict[str, str]:
    """Column of formulaic -> its name here: ``region=south`` for ``C(region)[T.south]``."""
    shorter: dict[str, str] = {}
    for factor, state in spec.factor_contrasts.items():
        expr, column = str(factor.expr), coded_column(_spelled(factor))
        for level in state.levels:
            shorter[f"{expr}[T.{level}]"] = shorter[f"{expr}[{level}]"] = f"{column}={label(level)}"
            for kind in "SHD":
                shorter[f"{expr}[{kind}.{level}]"] = f"{column}[{kind}.{label(level)}]"
        shorter[f"{expr}["] = f"{column}["
    renamed = {}
    for name in map(str, spec.column_names):
        made = name
        for old in sorted(shorter, key=len, reverse=True):
            made = made.replace(old, shorter[old])
        renamed[name] = made
    return renamed if len({*renamed.values()}) == len(renamed) else {name: name for name in renamed}


def _feature(spec: ModelSpec, part: Any, columns: list[str]) -> Feature:
    """The record of one term."""
    factors = part.term.factors
    if len(factors) > 1 or factors[0] not in spec.factor_contrasts:
        name = ":".join(_spelled(f).strip("`") for f in factors)
        return (
            Feature(name, "numbers") if columns == [name] else Feature(name, "term", columns=tuple(columns))
        )
    (factor,) = factors
    state = spec.factor_contrasts[factor]
    column, levels = coded_column(_spelled(factor)), [*state.levels]
    kind = "truth" if {*levels} == {False, True} and isinstance(levels[0], (bool, np.bool_)) else "text"
    how = _KINDS.get(type(state.contrasts).__name__, "own")
    reduced = all(f.reduced for scoped in part.scoped_terms for f in scoped.factors)
    if how == "treatment":
        base = getattr(state.contrasts, "base", None)
        if reduced and base in levels:
            levels = [base, *(level for level in levels if level != base)]
        if not reduced:
            how = "full"
    spelled = tuple(map(label, levels))
    made = Feature(column, kind, spelled)
    if how == "treatment" and [*made.coded] == columns:
        return made
    return Feature(column, kind, spelled, tuple(columns), how)
