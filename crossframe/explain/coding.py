"""Two codings of the text columns beside each other: whether the models are the same, and the linear map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crossframe.data.types import Dataset
from crossframe.experiment.coding import Coding, codings
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.expression import EffectivePair
from crossframe.explain.switches import CODING, free
from crossframe.explain.uniqueness import combination
from crossframe.frameworks.registry import model

_SHOWN = 4
"""Coefficients whose map a sentence shows; the certificate has all of them."""
_PROVED = 1e-6
"""Relative difference of mapped coefficients up to which they are called the same."""
_ZERO = 1e-12

_CONTRASTS = {
    "sum": "sum contrasts",
    "helmert": "Helmert contrasts",
    "poly": "polynomial contrasts",
    "full": "a column for every level",
}

Linear = dict[str, dict[str, float]]
"""Coefficient of one side -> those of the other side that it is a combination of, with their factors."""


def finding(
    fits: FitCache, sides: Sequence[Contestant], effective: EffectivePair, names: Sequence[str]
) -> list[Diagnosis]:
    """What two unlike codings do, a `Diagnosis` of the kind ``coding``; none where they are the same.

    ``names`` are those of the sides in sentences.
    """
    each = [tuple(str(own.get(name, "")) for name in CODING) for own in effective]
    if each[0] == each[1] or not all(contrasts for contrasts, _ in each):
        return []
    data = fits.experiment.dataset
    made = [codings(data, *coding) for coding in each]
    if all(np.array_equal(a.matrix, b.matrix) for a, b in zip(*made, strict=True)):
        return []
    ways = [_in_words(*coding) for coding in each]
    words = f"text is coded in unlike ways: {names[0]} has {ways[0]}, {names[1]} {ways[1]}"
    if not all(own.get("intercept", True) is True for own in effective) or not all(
        model(side.model).linear for side in sides
    ):
        return [Diagnosis("coding", "both", words, {"left": each[0], "right": each[1]})]
    words += "; with the intercept both sets of columns span the same space"
    if not all(free(own) and "epochs" not in own for own in effective):
        words += (
            ", but a penalty or an early end depends on the columns, and so the coding changes predictions"
        )
        return [Diagnosis("coding", "both", words, {"left": each[0], "right": each[1]})]
    words += ", so that without a penalty the two models and their predictions are the same"
    # Of a column for every level the coefficients are not unique: the map leads from them, not to them.
    start = 0 if each[1][0] != "full" else 1
    linear = mapping(made[start], made[1 - start], data)
    shown = [
        f"{term} = {combination(np.array([0.0, *parts.values()]), [*parts])}"
        for term, parts in linear.items()
        if parts != {term: 1.0}
    ]
    listed = "; ".join(shown[:_SHOWN]) + (f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else "")
    words += ". Their coefficients are linear maps of each other; "
    words += f"of {names[1 - start]}, by those of {names[start]}: {listed}"
    gap = _gap(fits, sides, linear, made, start, data)
    if gap <= _PROVED:
        words += f". So mapped, the coefficients agree to {gap:.1g} of their size"
    certificate = {"left": each[0], "right": each[1], "map": linear, "gap": gap if np.isfinite(gap) else None}
    return [Diagnosis("coding", "both", words, certificate)]


def alike(a: Contestant, b: Contestant) -> bool:
    """Whether two contestants get text in the same coding, so that their coefficients mean the same."""
    one, other = (
        (c.preparation.contrasts or "treatment", c.preparation.reference or "first") for c in (a, b)
    )
    return one == other


def mapping(start: Sequence[Coding], end: Sequence[Coding], data: Dataset) -> Linear:
    """The coefficients of the coding ``end`` by those of ``start``, the intercept first.

    With e = M b the effects of the levels under a matrix of contrasts M, and [1, M'] regular, the part of the
    new intercept and the new coefficients are [1, M']^-1 M b.
    """
    intercept: dict[str, float] = {"intercept": 1.0}
    made: Linear = {"intercept": intercept}
    recoded = {int(j) for c in start for j in c.columns}
    made |= {name: {name: 1.0} for j, name in enumerate(data.names) if j not in recoded}
    for a, b in zip(start, end, strict=True):
        full = np.column_stack([np.ones(len(b.levels)), b.matrix])
        factors = np.asarray(np.linalg.solve(full, a.matrix), dtype=np.float64)
        factors[np.abs(factors) < _ZERO] = 0.0
        for name, row in zip((None, *b.names), factors, strict=True):
            parts = {own: float(f) for own, f in zip(a.names, row, strict=True) if f}
            if name is None:
                intercept |= parts
            else:
                made[name] = parts
    return made


def _gap(
    fits: FitCache, sides: Sequence[Contestant], linear: Linear, made: Sequence[Sequence[Coding]],
    start: int, data: Dataset,
) -> float:  # fmt: skip
    """Largest difference of mapped coefficients from the other side's, relative to the largest, or NaN."""
    given = [_coefficients(fits, sides[k], _terms(made[k], data)) for k in (start, 1 - start)]
    if not all(given) or not {*linear} <= {*given[1]}:
        return float("nan")
    mapped = {
        term: sum(f * given[0].get(n, np.nan) for n, f in parts.items()) for term, parts in linear.items()
    }
    size = max(abs(v) for v in given[1].values()) or 1.0
    return max(abs(mapped[term] - given[1][term]) for term in linear) / size


def _terms(made: Sequence[Coding], data: Dataset) -> list[str]:
    """The names of the columns in a coding, in the order of the model's."""
    first = {int(c.columns[0]): c for c in made}
    gone = {int(j) for c in made for j in c.columns}
    named = [first[j].names if j in first else (name,) for j, name in enumerate(data.names)
             if j in first or j not in gone]  # fmt: skip
    return [name for names in named for name in names]


def _coefficients(fits: FitCache, side: Contestant, terms: Sequence[str]) -> dict[str, float]:
    values = fits.records(side)[0].arrays.get("coefficients")
    if values is None or len(values) != 1 + len(terms) or np.isinf(values).any():
        return {}
    # R leaves out a collinear column, and so do its predictions.
    return dict(zip(("intercept", *terms), np.nan_to_num(values).tolist(), strict=True))


def _in_words(contrasts: str, reference: str) -> str:
    if contrasts != "treatment":
        return _CONTRASTS[contrasts]
    level = f"the {reference} level" if reference in ("first", "last") else f"the level {reference}"
    return f"treatment contrasts against {level}"
