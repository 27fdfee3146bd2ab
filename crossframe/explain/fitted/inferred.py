"""The question about standard errors and tests, of two linear fits to the same data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crossframe.core.types import Value
from crossframe.explain.fitted import sides
from crossframe.explain.fitted.ladder import Ladder
from crossframe.explain.fitted.result import Side
from crossframe.explain.inference.compared import ComparedInference
from crossframe.explain.inference.sides import both, of_fit
from crossframe.frameworks.registry import model


def compared(left: Side, right: Side, ladder: Ladder) -> ComparedInference | None:
    """Standard errors, tests and measures of fit of two fits to the same rows and columns.

    None where their data are other ones, or neither reports any. Columns that are equal count as one term.
    """
    if left.fit.inference is None and right.fit.inference is None:
        return None
    linear = left.fit.coefficients is not None and right.fit.coefficients is not None
    same = ladder.relation.kind in ("identical", "order") and ladder.rows.whole and not ladder.swapped
    if not linear or not same or any(ladder[rung].differs for rung in ("rows", "target", "weights")):
        return None
    names = list(right.fit.columns)
    for i, j in ladder.relation.pairs:
        names[j] = left.fit.columns[i]
    other = replace(right.fit, columns=tuple(names))
    return both(of_fit(left.name, left.fit, _settings(left)), of_fit(right.name, other, _settings(right)))


def _settings(side: Side) -> Mapping[str, Value] | None:
    """The canonical settings of a side; None: it is no model of crossframe."""
    known = side.recognised
    if known is None:
        return None
    # H2O reports a list where it takes one number.
    given = {k: v for k, v in sides.in_force(side.fit, known).items() if not isinstance(v, list)}
    return model(known.model).to_canonical(given, len(side.fit.y))
