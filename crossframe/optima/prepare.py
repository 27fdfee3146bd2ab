"""A problem in the coordinates in which it is solved.

If the intercept is not penalised, centring the features does not change the problem, and they are
centred near their means; every column is scaled by a power of two to a size near 1. Neither costs
accuracy: the shift is by a float64 or by the exact rational mean, which the fractions of the
`ExactMatrix` represent exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import mpmath
import numpy as np

from crossframe.core.types import FloatArray
from crossframe.optima.evaluate import WORKING_BITS
from crossframe.optima.exact import ExactMatrix, Rows, exact_sums, weighted_sums
from crossframe.optima.problem import Problem

GUARD_BITS = 64


def context_of(bits: int) -> Any:
    """A new mpmath context, so that the precision of no other is changed."""
    context = mpmath.MPContext()
    context.prec = bits
    return context


@dataclass(frozen=True, eq=False)
class Prepared:
    """A problem over the columns of ``design``: the intercept's first, where there is one.

    The unknowns phi relate to the reported ones by b_j = phi_j * 2**-shifts[j] and
    b0 = phi_0 - sum_j centre_j b_j. Their penalty is sum l1 |phi| + l2/2 phi^2.

    Attributes
    ----------
    design, Z
        Exact, and rounded to float64; shape (n, m).
    rows
        Targets and weights, exact.
    y, weights
        Shape (n,); the weights sum to 1.
    l2, l1
        m mpmath numbers each.
    centre
        Centres of the m - 1 (or m) features.
    shifts
        Binary exponents of the m columns.
    lengths
        Factors that turn the m unknowns into the t_j of `Problem`; 0 for the intercept.
    power
        As of the `Problem`.
    """

    link: str
    intercept: bool
    design: ExactMatrix
    Z: FloatArray
    rows: Rows
    y: FloatArray
    weights: FloatArray
    l2: list[Any]
    l1: list[Any]
    centre: list[Fraction]
    shifts: list[int]
    lengths: list[Any]
    context: Any
    power: float = 1.0

    def scores(self, point: FloatArray) -> FloatArray:
        """The linear predictor of the rows at the unknowns ``point`` (m,), in float64; shape (n,)."""
        scores: FloatArray = self.Z @ point
        return scores if self.rows.known is None else scores + self.rows.known

    @cached_property
    def l2_float(self) -> FloatArray:
        """The strengths ``l2`` rounded to float64, shape (m,)."""
        return np.array([float(v) for v in self.l2])

    @cached_property
    def l1_float(self) -> FloatArray:
        """The strengths ``l1`` rounded to float64, shape (m,)."""
        return np.array([float(v) for v in self.l1])

    @property
    def free(self) -> list[int]:
        """Numbers of the columns without any penalty, in ascending order."""
        return [j for j, (a, b) in enumerate(zip(self.l2, self.l1, strict=True)) if a == 0 and b == 0]

    def columns(self, kept: list[int]) -> Prepared:
        """The problem over the columns ``kept``; without the intercept's, phi_0 is 0."""
        first = int(self.intercept)
        return Prepared(
            self.link,
            self.intercept and 0 in kept,
            self.design.columns(kept),
            np.ascontiguousarray(self.Z[:, kept]),
            self.rows,
            self.y,
            self.weights,
            [self.l2[j] for j in kept],
            [self.l1[j] for j in kept],
            [self.centre[j - first] for j in kept if j >= first],
            [self.shifts[j] for j in kept],
            [self.lengths[j] for j in kept],
            self.context,
            self.power,
        )

    def reported(self, point: list[Any]) -> tuple[Any, list[Any]]:
        """Intercept and coefficients on the scale of the features, from the m unknowns ``point``."""
        context, first = self.context, int(self.intercept)
        values = [
            context.ldexp(context.mpf(v), -s) for v, s in zip(point[first:], self.shifts[first:], strict=True)
        ]
        start = context.mpf(point[0]) if self.intercept else context.mpf(0)
        return start - self._offset(values), values

    def point(self, intercept: float, coefficients: FloatArray) -> list[Any]:
        """The m unknowns of a reported ``intercept`` and ``coefficients`` (k,); NaN counts as 0."""
        context, first = self.context, int(self.intercept)
        values = [context.mpf(float(b)) for b in np.nan_to_num(coefficients)]
        scaled = [context.ldexp(b, s) for b, s in zip(values, self.shifts[first:], strict=True)]
        if not self.intercept:
            return scaled
        return [context.mpf(float(intercept)) + self._offset(values), *scaled]

    def _offset(self, values: list[Any]) -> Any:
        """sum_j centre_j b_j of the coefficients ``values``."""
        terms = zip(self.centre, values, strict=True)
        return self.context.fsum(self.context.mpf(c.numerator) / c.denominator * b for c, b in terms)

    def in_reported(self, gradient: list[Any]) -> list[Any]:
        """A gradient in the unknowns, as one in the reported numbers; always 1 + k of them.

        With b0 held, b_j moves phi_j by 2**shift_j and phi_0 by centre_j.
        """
        context, first = self.context, int(self.intercept)
        along = gradient[0] if first else context.mpf(0)
        rest = [
            context.ldexp(g, s) + context.mpf(c.numerator) / c.denominator * along
            for g, s, c in zip(gradient[first:], self.shifts[first:], self.centre, strict=True)
        ]
        return [along, *rest]


def prepare(problem: Problem, bits: int = WORKING_BITS + GUARD_BITS) -> Prepared:
    """The problem's exact design, penalties and coordinates; rows of weight 0 are left out.

    Made once for each problem, as long as it is in use; for other ``bits`` only what depends on them.
    """
    if problem not in _MADE:
        _MADE[problem] = _prepared(problem)
    made, variances = _MADE[problem]
    if bits == WORKING_BITS + GUARD_BITS:
        return made
    context = context_of(bits)
    l2, l1, lengths = _penalties(problem, variances, made.shifts[int(problem.intercept) :], context)
    return replace(made, l2=l2, l1=l1, lengths=lengths, context=context)


def _prepared(problem: Problem) -> tuple[Prepared, list[Fraction]]:
    """The problem with the usual precision, and the features' variances."""
    context = context_of(WORKING_BITS + GUARD_BITS)
    X, n, first = problem.X, len(problem.y), int(problem.intercept)
    free = problem.intercept and not problem.intercept_penalty * np.max(np.add(problem.l2, problem.l1))
    scaled = problem.standardize != "none"
    counted = n if problem.weights is None else int(np.count_nonzero(problem.weights))
    sums: list[tuple[Fraction, Fraction]] = []
    if scaled:
        sums = exact_sums(X) if problem.weights is None else weighted_sums(X, problem.weights)
    # A float64 near the mean, or the exact mean; a constant column becomes exactly 0.
    centre = [Fraction(0)] * X.shape[1]
    if free:
        centre = list(map(Fraction, np.clip(X.mean(axis=0), X.min(axis=0), X.max(axis=0)).tolist()))
    elif scaled and problem.centre:
        centre = [total / counted for total, _ in sums]
    Z = np.ones((n, first + X.shape[1]))
    features = Z[:, first:]
    middle = np.array([float(c) for c in centre])
    np.subtract(X, middle, out=features)
    features -= np.array([float(c - Fraction(m)) for c, m in zip(centre, middle.tolist(), strict=True)])
    variances = [_variance(one, counted, problem.standardize) for one in sums] or [Fraction(1)] * X.shape[1]
    size = np.sqrt(np.einsum("ij,ij->j", features, features) / n)
    shifts = [int(np.frexp(s)[1]) if s > 0 else 0 for s in size]
    np.ldexp(features, -np.array(shifts, dtype=np.int64), out=features)
    l2, l1, lengths = _penalties(problem, variances, shifts, context)
    weights, y, known = problem.weights, problem.y, problem.offset
    if weights is not None and not weights.all():
        used = np.flatnonzero(weights)
        X, Z, y, weights = X[used], Z[used], y[used], weights[used]
        known = None if known is None else known[used]
    made = Prepared(
        problem.link,
        problem.intercept,
        ExactMatrix(X, first, centre, shifts),
        Z,
        Rows(y, weights, known=known),
        y,
        np.full(len(y), 1 / len(y)) if weights is None else weights / weights.sum(),
        l2,
        l1,
        centre,
        [0] * first + shifts,
        lengths,
        context,
        problem.power,
    )
    return made, variances


_MADE: WeakKeyDictionary[Problem, tuple[Prepared, list[Fraction]]] = WeakKeyDictionary()


def _variance(sums: tuple[Fraction, Fraction], n: int, rule: str) -> Fraction:
    """Exact variance of a column by the sums of its entries and squares; 1 for a constant column."""
    total, squares = sums
    spread = squares - total**2 / n
    return spread / (n if rule == "sd_n" else n - 1) if spread else Fraction(1)


def _penalties(
    problem: Problem, variances: list[Fraction], shifts: list[int], context: Any
) -> tuple[list[Any], list[Any], list[Any]]:
    """Strengths in the unknowns phi and their lengths, the intercept's first where there is one.

    ``shifts`` are the features' alone here.
    """

    def number(value: Fraction) -> Any:
        return context.mpf(value.numerator) / value.denominator

    squares = [number(v) * context.ldexp(1, -2 * s) for v, s in zip(variances, shifts, strict=True)]
    lengths = [context.sqrt(v) for v in squares]
    l2, l1 = problem.strengths()
    second = [float(a) * v for a, v in zip(l2, squares, strict=True)]
    first = [float(a) * v for a, v in zip(l1, lengths, strict=True)]
    if not problem.intercept:
        return second, first, lengths
    factor, nothing = context.mpf(problem.intercept_penalty), context.mpf(0)
    if not factor:
        return [nothing, *second], [nothing, *first], [nothing, *lengths]
    return (
        [factor * float(np.asarray(problem.l2)), *second],
        [context.sqrt(factor) * float(np.asarray(problem.l1)), *first],
        [nothing, *lengths],
    )
