"""The question about columns: the same features, another spelling of the same space, or others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from crossframe.core.text import plural
from crossframe.core.types import FloatArray
from crossframe.explain.fitted.alignment import Matched, Relation
from crossframe.explain.fitted.rungs import Names, Rung, RungVerdict
from crossframe.frameworks.fitted import FittedModel

_LISTED = 6
_CLOSE = 1e-6


def rung(left: FittedModel, right: FittedModel, rows: Matched, relation: Relation, names: Names) -> Rung:
    """Whether both models got the same features, in words; on the ``rows`` in common."""
    if len(rows.left) < 2:
        return Rung("columns", RungVerdict.NOT_COMPARED, "Not compared: there are no common rows.")
    certificate = {"relation": relation.kind, "left": list(left.columns), "right": list(right.columns)}
    if relation.kind == "identical":
        words = f"The same {plural(left.X.shape[1], 'feature')}"
        exact = np.array_equal(left.X[rows.left], right.X[rows.right], equal_nan=True)
        words += ", value by value." if exact else ", to the digits of a number in single precision."
        return Rung("columns", RungVerdict.SAME, words, certificate)
    if relation.kind == "order":
        return Rung("columns", RungVerdict.SAME, "The same features, in another order.", certificate)
    describe = {"scale": _scale, "different": _different}.get(relation.kind, _combined)
    words = describe(left, right, rows, relation, names)
    return Rung("columns", RungVerdict.DIFFERS, words, certificate)


def _listed(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - _LISTED} more" if len(columns) > _LISTED else ""
    return ", ".join(columns[:_LISTED]) + more


def _different(left: FittedModel, right: FittedModel, rows: Matched, relation: Relation, names: Names) -> str:
    coded = list(_coded(left, right, relation.only_right, names)) + list(
        _coded(right, left, relation.only_left, names[::-1])
    )
    if coded:
        return f"The features differ: {'; '.join(coded)}."
    each = [
        f"{name} alone has {_listed([fit.columns[j] for j in only])}"
        for name, fit, only in (
            (names[0], left, relation.only_left), (names[1], right, relation.only_right)
        ) if only
    ]  # fmt: skip
    beyond = "They are no linear combinations of the other side's columns."
    return f"The features differ: {'; '.join(each)}. {beyond}"


def _coded(one: FittedModel, other: FittedModel, only: Sequence[int], names: Names) -> Iterator[str]:
    """Columns of one side that stand for a factor in the other, whose names begin with theirs."""
    for name, column in zip(one.columns, one.X.T, strict=True):
        levels = [other.columns[j] for j in only if other.columns[j].lower().startswith(name.lower())]
        # A factor has an indicator of each value, or of each but the first.
        values = len(np.unique(column[np.isfinite(column)]))
        if levels and name not in other.columns and values - len(levels) in (0, 1):
            factor = f"a factor in {names[1]} ({_listed(levels)})"
            yield f"{name} is one column of numbers in {names[0]} and {factor}"


def _scale(left: FittedModel, right: FittedModel, rows: Matched, relation: Relation, names: Names) -> str:
    factors, n = relation.factors, len(left.y)
    unlike = np.abs(np.abs(factors) - 1) > _CLOSE
    reversed_ = [right.columns[j] for (_, j), f in zip(relation.pairs, factors, strict=True) if f < 0]
    bessel = math.sqrt((n - 1) / n)
    words = f"The features of {names[1]} are those of {names[0]} on another scale"
    for factor, of_left, of_right in ((bessel, "n", "n - 1"), (1 / bessel, "n - 1", "n")):
        if np.allclose(np.abs(factors), factor, rtol=1e-8, atol=0):
            words += (
                f": every column is {factor:.6f} times as large, because {names[0]} divides by the standard "
                f"deviation with {of_left} and {names[1]} by that with {of_right}"
            )
            return f"{words}{_signs(reversed_)}."
    if not unlike.any():
        words = (
            f"The features of {names[1]} are those of {names[0]} with another origin"
            if not reversed_
            else ("The features are the same but for their sign")
        )
        return f"{words}{_signs(reversed_)}."
    standard = [_standardised(fit.X) for fit in (left, right)]
    if standard[0] != standard[1]:
        words += f": {names[standard.index(True)]} standardises them, {names[standard.index(False)]} does not"
    else:
        each = [
            f"{right.columns[j]} {f:.6g} times"
            for (_, j), f, other in zip(relation.pairs, factors, unlike, strict=True) if other
        ]  # fmt: skip
        words += f": {_listed(each)} as large"
    return f"{words}{_signs(reversed_)}."


def _signs(columns: Sequence[str]) -> str:
    return f"; {_listed(columns)} with the opposite sign" if columns else ""


def _standardised(X: FloatArray) -> bool:
    """Whether every column has mean 0 and standard deviation 1, by n or n - 1."""
    n = max(len(X), 2)
    sizes = X.std(axis=0)
    sizes = sizes[sizes > 0]
    centred = np.abs(X.mean(axis=0)).max(initial=0.0) < _CLOSE
    return bool(centred and (np.abs(sizes - 1) < 1 / n).all())


def _combined(left: FittedModel, right: FittedModel, rows: Matched, relation: Relation, names: Names) -> str:
    same = "the columns of each are linear combinations of those of the other and a constant"
    equal = [{pair[side] for pair in relation.pairs} for side in (0, 1)]
    own = [
        [name for j, name in enumerate(fit.columns) if j not in equal[side]]
        for side, fit in enumerate((left, right))
    ]
    p, q = left.X.shape[1], right.X.shape[1]
    if relation.kind == "coding" and p != q:
        more, fewer = (names, own[0]) if p > q else (names[::-1], own[1])
        return (
            f"The same factor coded in two ways: {more[0]} has a dummy column for every level "
            f"({_listed(fewer)}), {more[1]} leaves out a reference level; {same}."
        )
    if relation.kind == "coding":
        what = "with other contrasts or another reference level"
        return f"The same factors coded {what} ({_listed(own[0])}; {_listed(own[1])}): {same}."
    if relation.kind == "orthogonal":
        what = (
            "orthogonal columns, as poly() and principal components are, stand for the columns of the other"
        )
        return f"The same space in other columns: {what} ({_listed(own[0])}; {_listed(own[1])}); {same}."
    return f"The same space in other columns ({_listed(own[0])}; {_listed(own[1])}): {same}."
