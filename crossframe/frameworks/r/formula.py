"""The terms of a formula as R writes them, and R's ``model.matrix`` beside formulaic's matrix."""

from __future__ import annotations

import ast
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from crossframe.core.errors import UsageError
from crossframe.core.text import plural
from crossframe.core.types import FloatArray
from crossframe.data.formula import label, tree
from crossframe.data.types import FormulaRecord
from crossframe.frameworks.r import runtime
from crossframe.frameworks.r.program import quoted, symbol

_LIMIT = 120.0
"""Seconds for R's matrix."""
_SHOWN = 3

_FUNCTIONS = {
    "log": "log", "log2": "log2", "log10": "log10", "log1p": "log1p", "exp": "exp", "expm1": "expm1",
    "sqrt": "sqrt", "abs": "abs", "sin": "sin", "cos": "cos", "tan": "tan", "floor": "floor",
    "ceil": "ceiling", "ceiling": "ceiling", "I": "I", "poly": "poly", "scale": "scale",
    "standardize": "scale", "bs": "splines::bs",
}  # fmt: skip
"""Functions of a formula that R has, by R's names."""
_ARGUMENTS = {
    "degree": "degree",
    "raw": "raw",
    "df": "df",
    "knots": "knots",
    "center": "center",
    "scale": "scale",
}
_CONTRASTS = {"sum": "contr.sum", "Sum": "contr.sum", "helmert": "contr.helmert", "Helmert": "contr.helmert",
              "poly": "contr.poly", "Poly": "contr.poly", "sas": "contr.SAS"}  # fmt: skip
_OPERATORS: Mapping[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^", ast.Mod: "%%", ast.FloorDiv: "%/%",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.BitAnd: "&", ast.BitOr: "|", ast.USub: "-", ast.UAdd: "+", ast.Invert: "!", ast.Not: "!",
}  # fmt: skip


def response(formula: FormulaRecord) -> str:
    """The left side in R. Raises `UsageError` for what R does not have."""
    return _factor(formula.response)


def right(formula: FormulaRecord) -> str:
    """The right side in R, each term written out. Raises `UsageError` for what R does not have."""
    terms = [":".join(_factor(f) for f in factors) for factors in formula.terms]
    return " + ".join(terms if formula.intercept else ["0", *terms])


def check(formula: FormulaRecord, sources: pd.DataFrame, columns: Mapping[str, FloatArray]) -> str:
    """What R's ``model.matrix`` says to a matrix, as a sentence without a full stop.

    Parameters
    ----------
    sources
        The columns in the terms, none missing: numbers, or categories in their order.
    columns
        Name -> (rows,) of the matrix without the intercept.
    """
    home = runtime.home()
    rscript = runtime.rscript(home) if home else None
    if rscript is None:
        return "not compared with R's model.matrix: R is not installed"
    try:
        text = _program(formula, sources)
    except UsageError as error:
        return f"not compared with R's model.matrix: {error.message}"
    try:
        names, matrix = _matrix(rscript, text, sources)
    except _Refused as error:
        return f"R's model.matrix refuses the formula: {error}"
    return _compared(columns, names, matrix)


class _Refused(Exception):
    """R gave no matrix; with its message."""


def _compared(columns: Mapping[str, FloatArray], names: Sequence[str], matrix: FloatArray) -> str:
    own = np.column_stack(list(columns.values())) + 0.0
    p = own.shape[1]
    if matrix.shape != own.shape:
        return f"R's model.matrix has {plural(matrix.shape[1], 'column')}, not {p}: {_listed(names)}"
    same = [j for j in range(p) if own[:, j].tobytes() == matrix[:, j].tobytes()]
    everything = f"R's model.matrix gives the same {plural(p, 'column')} to the last bit"
    if len(same) == p:
        return everything
    ours, theirs = sorted(c.tobytes() for c in own.T), sorted(c.tobytes() for c in matrix.T)
    if ours == theirs:
        return f"{everything}, in the order {_listed(names)}"
    differ = []
    for j in (j for j in range(p) if j not in same):
        gap = float(np.max(np.abs(own[:, j] - matrix[:, j])))
        size = float(np.max(np.abs(own[:, j]))) or 1.0
        differ.append(f"{[*columns][j]} by {gap:.1e} at most (its largest number is {size:.3g})")
    rest = (
        f"gives {len(same)} of the {plural(p, 'column')} to the last bit" if same else "gives no equal column"
    )
    return f"R's model.matrix {rest}; unlike are {_listed(differ)}"


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


def _program(formula: FormulaRecord, sources: pd.DataFrame) -> str:
    """R source that reads ``sources.bin`` and writes the matrix and the names of its columns."""
    numbers = f'readBin("sources.bin", "double", {sources.size}, 8L, endian = "little")'
    lines = [
        f"held <- matrix({numbers}, {len(sources)})",
        f"data <- data.frame(row.names = seq_len({len(sources)}))",
    ]
    for j, name in enumerate(sources, 1):
        column = f"held[, {j}]"
        if isinstance(sources[name].dtype, pd.CategoricalDtype):
            levels = ", ".join(map(quoted, formula.levels[str(name)]))
            column = f"factor(c({levels})[{column}], c({levels}))"
        lines.append(f"data[[{quoted(str(name))}]] <- {column}")
    lines += [
        f"x <- model.matrix(~ {right(formula)}, data)",
        'x <- x[, colnames(x) != "(Intercept)", drop = FALSE]',
        'writeBin(as.vector(x), "matrix.bin", 8L, endian = "little")',
        'writeLines(colnames(x), "names.txt", useBytes = TRUE)',
    ]
    return "\n".join([*lines, ""])


def _matrix(rscript: Path, text: str, sources: pd.DataFrame) -> tuple[list[str], FloatArray]:
    """R's matrix without the intercept, (rows, p), and the names of its columns. Raises `_Refused`."""
    values = [
        sources[name].cat.codes.to_numpy() + 1.0
        if isinstance(sources[name].dtype, pd.CategoricalDtype)
        else sources[name].to_numpy(dtype=np.float64)
        for name in sources
    ]
    variables = {**os.environ, "LC_ALL": "C.UTF-8"}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "sources.bin").write_bytes(np.concatenate(values).astype("<f8").tobytes())
        (place / "matrix.R").write_text(text, encoding="utf-8")
        try:
            done = subprocess.run(
                [str(rscript), "--vanilla", "matrix.R"], cwd=place, env=variables, timeout=_LIMIT,
                stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise _Refused(f"it took more than {_LIMIT:g} s") from None
        if done.returncode:
            # R's first line names the call, the next one says what is wrong.
            words = " ".join(done.stderr.partition("Execution halted")[0].split())
            raise _Refused(words.removeprefix("Error in ").removeprefix("Error: ") or "it gave no reason")
        names = (place / "names.txt").read_text(encoding="utf-8").splitlines()
        held = np.frombuffer((place / "matrix.bin").read_bytes(), dtype="<f8")
    return names, held.reshape(len(names), len(sources)).T.astype(np.float64) + 0.0


def _factor(factor: str) -> str:
    body, held = tree(factor)
    return _source(body, held)


def _source(node: ast.AST, held: Mapping[str, str]) -> str:
    """One node of a syntax tree as R source, in parentheses where it is an operation."""
    if isinstance(node, ast.Constant):
        return _constant(node)
    if isinstance(node, ast.Name):
        return symbol(held.get(node.id, node.id))
    if isinstance(node, ast.UnaryOp):
        return f"{_OPERATORS[type(node.op)]}{_inner(node.operand, held)}"
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return f"{_inner(node.left, held)} {_OPERATORS[type(node.op)]} {_inner(node.right, held)}"
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OPERATORS:
        return (
            f"{_inner(node.left, held)} {_OPERATORS[type(node.ops[0])]} {_inner(node.comparators[0], held)}"
        )
    if isinstance(node, (ast.List, ast.Tuple)):
        return f"c({', '.join(_source(e, held) for e in node.elts)})"
    if isinstance(node, ast.Call):
        return _call(node, held)
    raise UsageError(f"{ast.unparse(node)} has no spelling in R here")


def _inner(node: ast.AST, held: Mapping[str, str]) -> str:
    source = _source(node, held)
    return f"({source})" if isinstance(node, (ast.BinOp, ast.Compare, ast.UnaryOp)) else source


def _constant(node: ast.Constant) -> str:
    value = node.value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return quoted(value)
    return "NULL" if value is None else repr(value)


def _call(node: ast.Call, held: Mapping[str, str]) -> str:
    function = ast.unparse(node.func).removeprefix("np.")
    if function == "C":
        return _coded(node, held)
    named = {k.arg or "": _source(k.value, held) for k in node.keywords}
    arguments = [_source(a, held) for a in node.args]
    if function == "center":
        return f"scale({', '.join(arguments)}, scale = FALSE)"
    if (
        function not in _FUNCTIONS
        or not {*named} <= {*_ARGUMENTS}
        or (function == "log" and len(arguments) > 1)
    ):
        raise UsageError(f"{ast.unparse(node)} has no spelling in R here")
    return f"{_FUNCTIONS[function]}({', '.join([*arguments, *(f'{k} = {v}' for k, v in named.items())])})"


def _coded(node: ast.Call, held: Mapping[str, str]) -> str:
    """``C(x, ...)`` as a factor of R with its contrasts."""
    named = {k.arg: k.value for k in node.keywords}
    levels = named.pop("levels", None)
    contrasts = node.args[1] if node.args[1:] else named.pop("contrasts", None)
    if named:
        raise UsageError(f"{ast.unparse(node)} has no spelling in R here")
    within = f", levels = {_source(levels, held)}" if levels is not None else ""
    factor = f"factor({_source(node.args[0], held)}{within})"
    if contrasts is None:
        return factor
    own = contrasts.func if isinstance(contrasts, ast.Call) else contrasts
    kind = ast.unparse(own).removeprefix("contr.")
    passed = (
        [*contrasts.args, *(k.value for k in contrasts.keywords)] if isinstance(contrasts, ast.Call) else []
    )
    if kind in ("treatment", "Treatment") and len(passed) <= 1:
        if not passed or not isinstance(passed[0], ast.Constant):
            return factor
        return f"relevel({factor}, ref = {quoted(label(passed[0].value))})"
    if kind in _CONTRASTS and not passed:
        return f"C({factor}, {_CONTRASTS[kind]})"
    raise UsageError(f"{ast.unparse(contrasts)} has no spelling in R here")
