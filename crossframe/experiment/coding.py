"""The coding of text columns, and the linear map from one coding to another.

The rows of a level get the row of that level in a matrix of contrasts, as R's ``contr.*`` functions give it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.data.types import Dataset, Feature

CONTRASTS = ("treatment", "sum", "helmert", "poly", "full")
"""Values of ``features.contrasts``."""

_POWERS = (".L", ".Q", ".C")


@dataclass(frozen=True, eq=False)
class Coding:
    """How one text column is coded.

    Attributes
    ----------
    name, levels
        The column, and its levels in order.
    columns
        Numbers of its features in the data set: 0 and 1, for each level but the first.
    matrix
        (levels, new columns): the row of a level is what its rows have.
    names
        Those of the new columns.
    """

    name: str
    levels: tuple[str, ...]
    columns: IntArray
    matrix: FloatArray
    names: tuple[str, ...]

    def of(self, X: FloatArray) -> FloatArray:
        """The new columns of rows (m, features of the data set); NaN where the column is missing."""
        own = X[:, self.columns]
        weights = np.column_stack([1.0 - own.sum(axis=1), own])
        # Summed one by one: with one weight of 1 the result is the matrix's own number, to the last bit.
        made = np.zeros((len(X), self.matrix.shape[1]))
        for weight, row in zip(weights.T, self.matrix, strict=True):
            made += weight[:, None] * row
        return made + 0.0


def matrix(kind: str, levels: int, reference: int = 0) -> FloatArray:
    """The matrix of contrasts of a column with so many levels, (levels, columns).

    ``kind`` is one of `CONTRASTS`; ``reference`` is the level without a column of treatment contrasts.
    Source: ``contr.treatment``, ``contr.sum``, ``contr.helmert`` and ``contr.poly`` of R's package stats.
    """
    if kind == "full":
        return np.eye(levels)
    if kind == "treatment":
        return np.delete(np.eye(levels), reference, axis=1)
    if kind == "sum":
        return np.vstack([np.eye(levels - 1), np.full((1, levels - 1), -1.0)])
    if kind == "helmert":
        made = np.tril(np.full((levels, levels - 1), 0.0))
        for j in range(levels - 1):
            made[: j + 1, j], made[j + 1, j] = -1.0, j + 1.0
        return made
    scores = np.arange(1.0, levels + 1.0)
    q, r = np.linalg.qr(np.vander(scores - scores.mean(), levels, increasing=True))
    return np.asarray((q * np.sign(np.diag(r)))[:, 1:])


def codings(dataset: Dataset, contrasts: str, reference: str) -> tuple[Coding, ...]:
    """The coding of each text column whose contrasts are not given in a formula.

    ``reference`` is that of treatment contrasts: ``first``, ``last`` or a level; empty: first. Raises
    `ValueError`, with a sentence, where there is no such column or level, and where a formula has an
    interaction of one.
    """
    kind = contrasts or "treatment"
    file, at = dataset.file, {name: j for j, name in enumerate(dataset.names)}
    features = [c for c in (file.features if file else ()) if _by_levels(dataset, c)]
    asked = f"features.contrasts={contrasts}" if contrasts else f"features.reference={reference}"
    if not features:
        raise ValueError(f"{asked}: {dataset.name} has no column of text that is coded by its levels")
    if crossed := [c.name for c in file.features if _crosses(c, features)] if file else []:
        raise ValueError(
            f"{asked}: {crossed[0]} is an interaction of text; give the contrasts in the formula, as in "
            f"C({features[0].name}, contr.sum)"
        )
    known = {level for c in features for level in c.levels}
    if kind == "treatment" and reference not in ("", "first", "last", *known):
        raise ValueError(f"{asked}: no column of text has the level {reference}")
    made = []
    for c in features:
        omitted = {"last": len(c.levels) - 1}.get(reference, 0)
        omitted = c.levels.index(reference) if reference in c.levels else omitted
        values = matrix(kind, len(c.levels), omitted)
        columns = np.array([at[name] for name in c.coded])
        made.append(Coding(c.name, c.levels, columns, values, _names(c, kind, omitted)))
    return tuple(made)


def recoded(
    X: FloatArray, names: Sequence[str], made: Sequence[Coding]
) -> tuple[FloatArray, list[str], IntArray]:
    """Rows with each of these columns in its new coding, the names, and the numbers of the columns.

    New columns take the place of the old ones; their numbers follow all numbers of ``X``.
    """
    first = {int(c.columns[0]): c for c in made}
    gone = {int(j) for c in made for j in c.columns}
    parts, kept, numbers = [], list[str](), list[int]()
    beyond = X.shape[1]
    for j, name in enumerate(names):
        if j in first:
            own = first[j]
            parts.append(own.of(X))
            kept += own.names
            numbers += range(beyond, beyond + len(own.names))
            beyond += len(own.names)
        elif j not in gone:
            parts.append(X[:, j : j + 1])
            kept.append(name)
            numbers.append(j)
    return np.concatenate(parts, axis=1), kept, np.array(numbers)


def _by_levels(dataset: Dataset, column: Feature) -> bool:
    """Whether a column is coded against its first level, and not by the choice of a formula."""
    if not column.levels or column.columns or column.contrasts != "treatment":
        return False
    formula = dataset.file.formula if dataset.file else None
    levels = formula.levels.get(column.name) if formula else None
    return levels is None or levels[0] == column.levels[0]


def _crosses(column: Feature, features: Sequence[Feature]) -> bool:
    if column.kind != "term" or ":" not in column.name:
        return False
    # pandas, which the formula needs, takes half a second to import.
    from crossframe.data.formula import coded_column

    return bool({coded_column(part) for part in column.name.split(":")} & {c.name for c in features})


def _names(column: Feature, kind: str, omitted: int) -> tuple[str, ...]:
    levels = column.levels
    if kind in ("treatment", "full"):
        there = [level for i, level in enumerate(levels) if kind == "full" or i != omitted]
        return tuple(f"{column.name}={level}" for level in there)
    if kind == "poly":
        powers = [*_POWERS, *(f"^{p}" for p in range(4, len(levels)))]
        return tuple(f"{column.name}[{p}]" for p in powers[: len(levels) - 1])
    there = list(levels[:-1] if kind == "sum" else levels[1:])
    return tuple(f"{column.name}[{kind[0].upper()}.{level}]" for level in there)
