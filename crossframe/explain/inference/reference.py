"""The distribution by which p-values and intervals beside coefficients were made, by recomputing them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy import stats

from crossframe.core.types import FloatArray
from crossframe.explain.coefficients.tables import Coefficient

_LEVEL = 0.95
"""Level of the intervals that all of these programs print by default."""
_ROUNDED = 1 + 1e-6


@dataclass(frozen=True)
class Reference:
    """A reference distribution of estimate / standard error.

    Attributes
    ----------
    degrees
        Of a t distribution; infinite for the normal one.
    rule
        How they are counted, ``rows - parameters``; empty for the normal one.
    """

    degrees: float
    rule: str = ""

    def __str__(self) -> str:
        if math.isinf(self.degrees):
            return "a normal distribution (z)"
        return f"a t distribution with {self.degrees:g} degrees of freedom ({self.rule})"

    def numbers(self, estimate: float, error: float) -> tuple[float, float, float]:
        """The p-value, and the ends of the interval."""
        normal = math.isinf(self.degrees)
        at, quantile = abs(estimate / error), 0.5 + _LEVEL / 2
        p = 2 * float(stats.norm.sf(at) if normal else stats.t.sf(at, self.degrees))
        half = error * float(stats.norm.ppf(quantile) if normal else stats.t.ppf(quantile, self.degrees))
        return p, estimate - half, estimate + half


NORMAL = Reference(math.inf)


def candidates(rows: float, parameters: int, clusters: Mapping[str, int]) -> list[Reference]:
    """The distributions in use: normal, t by the rows, and t by the clusters (column -> their number)."""
    made = [NORMAL, Reference(rows - parameters, "rows - parameters")]
    return made + [Reference(count - 1, f"clusters of {name} - 1") for name, count in clusters.items()]


def judge(
    terms: Sequence[Coefficient], estimates: FloatArray, errors: FloatArray, several: Sequence[Reference]
) -> list[Reference]:
    """The candidates that give all p-values and intervals of a table to their printed digits.

    ``estimates`` and ``errors`` (m,) belong to the ``terms``, unrounded. Empty: none does, the table has no
    such numbers, or they do not tell the candidates from each other.
    """
    printed = [
        (number, place, estimate, error)
        for term, estimate, error in zip(terms, estimates.tolist(), errors.tolist(), strict=True)
        for place, number in enumerate(term.inference)
        if number is not None and error > 0 and math.isfinite(error)
    ]
    holding = [
        reference
        for reference in several
        if all(
            abs(reference.numbers(estimate, error)[place] - value) <= tolerance * _ROUNDED
            for (value, tolerance), place, estimate, error in printed
        )
    ]
    return holding if len(holding) < len(several) else []
