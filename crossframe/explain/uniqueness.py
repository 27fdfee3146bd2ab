"""Why coefficients are not unique: collinear columns, or a likelihood that grows without end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.text import plural
from crossframe.core.types import FloatArray
from crossframe.explain.diagnoses import linear
from crossframe.optima.diagnoses.rank import Dependency, rank
from crossframe.optima.diagnoses.separation import SeparationKind, separation
from crossframe.optima.separable import bounding

LARGE = 200_000
"""Numbers in a design up to which separation is looked for."""
_LISTED = 3
"""Columns that a sentence gives as combinations of others."""
_WHOLE = 1e-6
"""Deviation of a coefficient from a whole number up to which it is printed as one."""
_PLANE = 1e-9
"""Distance from the separating plane, in parts of the largest, up to which a row lies on it."""
_NONE = 1e-9
"""Size of a coefficient, in parts of the largest, up to which a column takes no part."""


@dataclass(frozen=True)
class NotUnique:
    """The proof that coefficients are not unique.

    Attributes
    ----------
    kind
        ``rank`` or ``separation``.
    words
        A clause that says why.
    moving
        (n,) the rows whose fitted means have no limit but 0 or 1; all False where the columns are collinear.
    certificate
        The numbers by which it can be checked.
    """

    kind: str
    words: str
    moving: NDArray[np.bool_]
    certificate: Mapping[str, Any] = field(default_factory=dict)


def collinear(X: FloatArray, names: Sequence[str], intercept: bool) -> NotUnique | None:
    """The columns of X (n, k) that others determine, by R's rule for the rank; None: the rank is full."""
    of_all = rank(X, intercept)
    if not of_all.aliased:
        return None
    equations = [_equation(d, names) for d in of_all.dependencies]
    more = f" and {len(equations) - _LISTED} more" if len(equations) > _LISTED else ""
    beside = ", with the intercept" if intercept else ""
    words = (
        f"they are not unique: the columns are collinear (rank {of_all.rank} of {of_all.columns}{beside}), "
        f"{'; '.join(equations[:_LISTED])}{more}"
    )
    certificate = {
        "rank": of_all.rank, "columns": of_all.columns, "dependent": [names[j] for j in of_all.aliased],
        "equations": equations, "largest_residual": max(d.residual for d in of_all.dependencies),
    }  # fmt: skip
    return NotUnique("rank", words, np.zeros(len(X), dtype=bool), certificate)


def _equation(dependency: Dependency, names: Sequence[str]) -> str:
    """A column as the combination of others that it is: ``z = farming + schooling``."""
    values = np.array([dependency.intercept, *dependency.coefficients])
    return f"{names[dependency.column]} = {combination(values, names)}"


def combination(values: FloatArray, names: Sequence[str]) -> str:
    """A constant and a multiple of each of the columns ``names``, as a sum: ``1 - b + 2 c``."""
    size = float(np.abs(values).max(initial=0.0))
    terms = [
        (v, name) for v, name in zip(values.tolist(), ["", *names], strict=True) if abs(v) > _NONE * size
    ]
    return " ".join(_terms(terms)) or "0"


def _terms(terms: Sequence[tuple[float, str]]) -> Iterator[str]:
    for k, (value, name) in enumerate(terms):
        size = abs(value)
        size = round(size) if abs(size - round(size)) <= _WHOLE * max(size, 1.0) else size
        number = f"{size:.6g}" if not name else "" if size == 1 else f"{size:.6g} "
        sign = ("-" if value < 0 else "") if k == 0 else ("- " if value < 0 else "+ ")
        yield f"{sign}{number}{name}"


def unbounded(
    X: FloatArray, y: FloatArray, names: Sequence[str], intercept: bool, link: str
) -> NotUnique | None:
    """The direction along which the likelihood grows without end; None: maximum likelihood has an optimum.

    ``X`` is (n, k), ``y`` (n,) classes 0 and 1 (any link between the two), or counts with the ``link`` log.
    See `crossframe.optima.diagnoses.separation`; the direction is exact. Not looked for in more than
    `LARGE` numbers, where that takes minutes.
    """
    if X.size > LARGE or not np.isfinite(X).all():
        return None
    proof = separation(X, bounding(link, y), intercept)
    if proof.kind not in (SeparationKind.COMPLETE, SeparationKind.QUASI_COMPLETE):
        return None
    start, direction = proof.floats()
    terms = {name: value for name, value in zip(names, direction.tolist(), strict=True) if value}
    counts = link == "log"
    where = _level(start, direction, X, y, names, counts)
    if not where:
        moved = "go to 0" if counts else "go to 0 or 1"
        where = f"along {linear(start, terms, '')} the fitted means of {plural(proof.strict, 'row')} {moved}"
        where += " and the others stay" if proof.strict < len(y) else ""
    degree = "complete" if proof.strict == len(y) else "quasi-complete"
    words = (
        f"maximum likelihood has no finite optimum ({degree} separation: {where}), so that coefficients grow "
        "with every iteration"
    )
    moving = np.abs(start + X @ direction)
    certificate = {"intercept": start, "direction": terms, "strict_rows": proof.strict, "rows": len(y)}
    return NotUnique("separation", words, moving > _PLANE * moving.max(), certificate)


def _level(
    start: float, direction: FloatArray, X: FloatArray, y: FloatArray, names: Sequence[str], counts: bool
) -> str:
    """What the target of all rows of one level is; empty where the direction is no indicator of a level."""
    alone = np.flatnonzero(direction)
    if len(alone) != 1 or start or not set(np.unique(X[:, alone[0]]).tolist()) <= {0.0, 1.0}:
        return ""
    there = X[:, alone[0]] == 1
    what = "a count of 0" if counts else f"the class {y[there][0]:.0f}"
    return f"all {plural(int(there.sum()), 'row')} with {names[alone[0]]} have {what}"
