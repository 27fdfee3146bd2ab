"""The question about coefficients: the same, the same by the map between the columns, or not unique."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from crossframe.core.text import agreement
from crossframe.core.types import FloatArray
from crossframe.explain import uniqueness
from crossframe.explain.explanation import FLOOR
from crossframe.explain.fitted.alignment import Matched, Relation
from crossframe.explain.fitted.rungs import Names, Rung, RungVerdict
from crossframe.explain.uniqueness import NotUnique
from crossframe.frameworks.fitted import FittedModel

_DIFFERS = 1e-4
"""Largest difference of two coefficients times its column's standard deviation, in standard deviations of the
linear predictor, up to which they count as the same."""
_NEAR = 1e-2
"""Distance of a fitted mean from its limit, in deviations of the target, up to which it goes there."""
_SAME = 1e-5
"""The same of two fitted means that have a limit of their own, where solvers stop early."""
_LISTED = 3
_TERMS = 4
"""Columns and their terms that a sentence on a map between columns has."""
_NONE = 1e-9


def rung(
    left: FittedModel, right: FittedModel, rows: Matched, relation: Relation, names: Names, gap: float
) -> Rung | None:
    """Whether both have the same coefficients, in the left one's columns; None: they cannot be compared.

    ``gap`` is that of the predictions. Where there is none, or it is in rows without a finite optimum alone,
    ``not_unique`` in the certificate is why the coefficients differ: ``rank``, ``separation``, or None.
    """
    if left.coefficients is None or right.coefficients is None or not rows.whole:
        return None
    mapped = _mapped(right, relation)
    if mapped is None or not np.isfinite(left.X).all():
        return None
    X = left.X
    own = np.concatenate([[left.intercept or 0.0], np.nan_to_num(left.coefficients)])
    size = float((X @ own[1:]).std()) or 1.0
    off = np.abs(mapped - own)[1:] * X.std(axis=0) / size
    largest = float(off.max(initial=0.0))
    digits = math.inf if not largest else -math.log10(largest)
    certificate = {"digits": digits if math.isfinite(digits) else None, "largest": largest}
    by_map = relation.kind not in ("identical", "order")
    how = "By the map between the columns the" if by_map else "The"
    if largest <= _DIFFERS:
        words = [f"{how} coefficients are the same: {agreement(digits)}."]
    else:
        listed = ", ".join(
            f"{left.columns[j]} {own[1 + j]:.6g} and {mapped[1 + j]:.6g}"
            for j in np.argsort(-off)[:_LISTED] if off[j] > _DIFFERS
        )  # fmt: skip
        why = _not_unique(left, right, rows, gap)
        because = f", because {why.words}. They are {listed}" if why else f": {listed}"
        words = [f"{how} coefficients differ{because}."]
        words += [_chosen(fit, name, why) for fit, name in zip((left, right), names, strict=True) if why]
        certificate |= {"not_unique": why.kind, **why.certificate} if why else {"not_unique": None}
    words += _map(left, right, relation)
    verdict = RungVerdict.DIFFERS if largest > _DIFFERS else RungVerdict.SAME
    return Rung("coefficients", verdict, " ".join(filter(None, words)), certificate)


def _mapped(right: FittedModel, relation: Relation) -> FloatArray | None:
    """Intercept and coefficients (1 + p,) of the right side in the left one's columns."""
    assert right.coefficients is not None
    own = np.concatenate([[right.intercept or 0.0], np.nan_to_num(right.coefficients)])
    if relation.map is not None:
        return np.asarray(relation.map @ own)
    if relation.kind == "different" or len(relation.pairs) != len(own) - 1:
        return None
    made = own.copy()
    for k, (i, j) in enumerate(relation.pairs):
        factor, shift = (relation.factors[k], relation.shifts[k]) if len(relation.factors) else (1.0, 0.0)
        made[1 + i] = own[1 + j] * factor
        made[0] += own[1 + j] * shift
    return made


def _map(left: FittedModel, right: FittedModel, relation: Relation) -> Iterator[str]:
    """The first columns of the right side as combinations of the left one's."""
    made = relation.map
    if made is None:
        return
    equal = {j for _, j in relation.pairs}
    equations = []
    for j, name in enumerate(right.columns):
        values = made[:, 1 + j]
        few = np.abs(values) > _NONE * np.abs(values).max(initial=0.0)
        if j not in equal and few.sum() <= _TERMS:
            equations.append(f"{name} = {uniqueness.combination(values, left.columns)}")
    if equations:
        yield f"The map: {'; '.join(equations[:_LISTED])}{'; ...' if len(equations) > _LISTED else ''}."


def _not_unique(left: FittedModel, right: FittedModel, rows: Matched, gap: float) -> NotUnique | None:
    """Why two fits to columns of one space may have other coefficients and predict the same.

    Without a finite optimum predictions count as the same where they differ by how near they came to a limit.
    """
    intercept, link = bool(left.intercept), _link(left)
    if gap <= FLOOR and (dependent := uniqueness.collinear(left.X, left.columns, intercept)) is not None:
        return dependent
    unlike = _at_limits(left, right, rows)
    if unlike is None or not link or link != _link(right):
        return None
    why = uniqueness.unbounded(left.X, left.y, left.columns, intercept, link)
    return why if why is not None and why.moving[rows.left][unlike].all() else None


def _at_limits(left: FittedModel, right: FittedModel, rows: Matched) -> NDArray[np.bool_] | None:
    """(m,) the common rows with other predictions; None: some are not near the limits 0 or 1."""
    if left.score is None or right.score is None or left.score.ndim != 1 or right.score.ndim != 1:
        return None
    size = float(left.y.std()) or 1.0
    a, b, y, z = left.score[rows.left], right.score[rows.right], left.y[rows.left], right.y[rows.right]
    unlike = np.abs(a - b) > _SAME * size
    far = np.maximum(np.abs(a - y), np.abs(b - z)) > _NEAR * size
    return None if (unlike & far).any() else unlike


def _chosen(fit: FittedModel, name: str, why: NotUnique) -> str:
    """Which of many solutions a side has; empty where that is not known."""
    assert fit.coefficients is not None
    without = [c for c, value in zip(fit.columns, fit.coefficients, strict=True) if np.isnan(value)]
    if why.kind != "rank":
        return ""
    if without:
        return f"{name} leaves out {', '.join(without[:_LISTED])}{' and others' * (len(without) > _LISTED)}."
    return ""


def _link(fit: FittedModel) -> str:
    """``logit`` for two classes by any link, ``log`` for counts by a log link; empty for another model."""
    if len(fit.classes) == 2:
        return "logit"
    family = str(fit.arguments.get("family") or fit.call).lower()
    link = str(fit.arguments.get("link") or "log").lower()
    counts = any(family.startswith(name) for name in ("poisson", "quasipoisson", "negativebinomial"))
    return "log" if counts and link == "log" else ""
