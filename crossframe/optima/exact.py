"""Exact integers behind float64 matrices.

A float64 is an integer times a power of two, and sums of products of integers carry no rounding. A column
is turned into Python integers with one common power, which take ten times the memory of the data; or into
digits so small that matrix products of them are exact in float64, a few rows at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray

Integers: TypeAlias = NDArray[np.object_]

ROWS = 2048
"""Rows at a time; sums of so many products of a digit of 26 bits and one of 15 are exact in float64."""


def as_integers(X: FloatArray) -> tuple[Integers, list[int]]:
    """Integers N of shape (n, k) and powers p of shape (k,) with X[:, j] == N[:, j] * 2**-p[j], exactly."""
    fraction, exponent = np.frexp(X)
    mantissa = np.ldexp(fraction, 53).astype(np.int64)
    lowest = np.where(mantissa == 0, 1, mantissa & -mantissa)
    zeros = np.log2(lowest.astype(np.float64)).astype(np.int64)  # exact: lowest is a power of two
    low = exponent.astype(np.int64) - 53 + zeros
    low = np.where(mantissa == 0, np.int64(10**6), low).min(axis=0, initial=10**6)
    low = np.where(low == 10**6, 0, low)
    # The mantissa without its zeros, so that columns of small whole numbers stay small.
    shift = np.where(mantissa == 0, 0, exponent - 53 + zeros - low)
    numbers = np.left_shift((mantissa >> zeros).astype(object), shift.astype(object))
    return numbers, [int(-v) for v in low]


def digits(X: FloatArray, top: IntArray, width: int) -> list[FloatArray]:
    """Digits d_k of a few rows: X[:, j] == sum over k of d_k[:, j] 2**(top[j] - width (k + 1)), exactly.

    ``top``: 2**top[j] is above every entry of column j. A digit has the sign of the entry and is below
    2**width in size; the list ends with the last that is not 0 everywhere.
    """
    parts, rest, power = [], X, -top
    while True:
        power = power + width
        digit = np.trunc(_scaled(rest, power))
        parts.append(digit)
        rest = rest - _scaled(digit, -power)
        if not rest.any():
            return parts


def _scaled(X: FloatArray, power: IntArray) -> FloatArray:
    """X 2**power, column by column."""
    if np.abs(power).max(initial=0) > 1000:
        return np.asarray(np.ldexp(X, power))
    # As exact, and a tenth of the time.
    return np.asarray(X * np.ldexp(1.0, power))


def tops(X: FloatArray) -> IntArray:
    """The exponents for `digits`, shape (k,): 2**top is above the column's largest entry."""
    largest = np.maximum(X.max(axis=0, initial=0.0), -X.min(axis=0, initial=0.0))
    return np.asarray(np.frexp(largest)[1], dtype=np.int64)


def exact_sums(X: FloatArray) -> list[tuple[Fraction, Fraction]]:
    """The sum of each column's entries, and of their squares."""
    width, top = 20, tops(X)
    sums: dict[int, Integers] = {}
    squares: dict[int, Integers] = {}
    for begin in range(0, len(X), ROWS):
        parts = digits(X[begin : begin + ROWS], top, width)
        for a, one in enumerate(parts):
            whole = one.sum(axis=0).astype(np.int64).astype(object)
            sums[a + 1] = sums.get(a + 1, 0) + whole
            for b, other in enumerate(parts):
                whole = np.einsum("ij,ij->j", one, other).astype(np.int64).astype(object)
                squares[a + b + 2] = squares.get(a + b + 2, 0) + whole
    units = [Fraction(2) ** exponent for exponent in top.tolist()]

    def whole_of(parts: dict[int, Integers], j: int) -> Fraction:
        return sum((Fraction(v[j], 2 ** (width * place)) for place, v in parts.items()), Fraction(0))

    return [(u * whole_of(sums, j), u**2 * whole_of(squares, j)) for j, u in enumerate(units)]


def weighted_sums(X: FloatArray, weights: FloatArray) -> list[tuple[Fraction, Fraction]]:
    """The same with ``weights`` (n,), times n over their sum, where n counts the weights that are not 0."""
    used = np.flatnonzero(weights)
    heavy = [Fraction(w) for w in weights[used].tolist()]
    scale = len(heavy) / sum(heavy, Fraction(0))
    made = []
    for column in X[used].T.tolist():
        parts = [w * Fraction(x) for w, x in zip(heavy, column, strict=True)]
        squares = sum((p * Fraction(x) for p, x in zip(parts, column, strict=True)), Fraction(0))
        made.append((scale * sum(parts, Fraction(0)), scale * squares))
    return made


@dataclass(frozen=True, eq=False)
class ExactMatrix:
    """A matrix Z of rationals: ``first`` columns of 1, and the features X, shape (n, k), shifted and scaled.

    ``first`` is 0 or 1, and Z[:, first + j] = (X[:, j] - centre[j]) * 2**-shifts[j].
    """

    X: FloatArray
    first: int
    centre: Sequence[Fraction]
    shifts: Sequence[int]

    def columns(self, kept: list[int]) -> ExactMatrix:
        """The matrix of the columns ``kept``, in ascending order."""
        of = [j - self.first for j in kept if j >= self.first]
        return ExactMatrix(
            np.ascontiguousarray(self.X[:, of]),
            int(self.first and 0 in kept),
            [self.centre[j] for j in of],
            [self.shifts[j] for j in of],
        )

    @cached_property
    def tops(self) -> IntArray:
        """`tops` of the features."""
        return tops(self.X)

    @property
    def numbers(self) -> Integers:
        """Z[:, j] / scale(j), integers of shape (n, m)."""
        return self._whole[0]

    def scale(self, j: int) -> Fraction:
        """The rational factor of the integers of column j."""
        return self._whole[1][j]

    @cached_property
    def _whole(self) -> tuple[Integers, list[Fraction]]:
        numbers, powers = as_integers(self.X)
        scales = [Fraction(1)] * self.first
        for j, (power, centre, shift) in enumerate(zip(powers, self.centre, self.shifts, strict=True)):
            middle = centre * Fraction(2) ** power
            numbers[:, j] = numbers[:, j] * middle.denominator - middle.numerator
            scales.append(Fraction(2) ** -(power + shift) / middle.denominator)
        ones = np.ones((len(numbers), self.first), dtype=object)
        return np.concatenate([ones, numbers], axis=1), scales


@dataclass(frozen=True, eq=False)
class Rows:
    """Targets y - ``offset``, and weights (None: 1 each) in proportion; the arrays have shape (n,).

    ``known`` is a part of the scores that no unknown changes; None: 0.
    """

    y: FloatArray
    weights: FloatArray | None
    offset: Fraction = Fraction(0)
    known: FloatArray | None = None

    @cached_property
    def heavy(self) -> Integers | None:
        """The weights as integers, in proportion."""
        return None if self.weights is None else as_integers(self.weights[:, None])[0][:, 0]

    @cached_property
    def total(self) -> int:
        """The sum of ``heavy``, or the number of rows."""
        return len(self.y) if self.heavy is None else int(self.heavy.sum())


def floats(numbers: Integers, power: int, divisor: int = 1) -> FloatArray:
    """``numbers`` * 2**-power / divisor, rounded to float64 once."""
    bottom = divisor << power if power >= 0 else divisor
    top = numbers if power >= 0 else numbers << -power
    if bottom == 1:
        return np.asarray(top, dtype=np.float64)
    return np.asarray(top / bottom, dtype=np.float64)


def exact_least_squares(
    X: FloatArray, y: FloatArray, intercept: bool = True
) -> tuple[Fraction, tuple[Fraction, ...]]:
    """Ordinary least squares without any rounding: the intercept and the coefficients as fractions.

    Solves the normal equations of the float64 inputs by elimination over the integers
    (Bareiss 1968: every division there is exact). Meant for small problems; the numbers grow with
    the square of the number of columns.

    Raises
    ------
    ValueError
        Where the columns are linearly dependent, in exact arithmetic.
    """
    n = len(y)
    numbers, powers = as_integers(np.asarray(X, dtype=np.float64))
    if intercept:
        numbers = np.concatenate([np.ones((n, 1), dtype=object), numbers], axis=1)
        powers = [0, *powers]
    target, (power,) = as_integers(np.asarray(y, dtype=np.float64)[:, None])
    system = np.concatenate([numbers.T @ numbers, numbers.T @ target], axis=1)
    solution = bareiss(system)
    if solution is None:
        raise ValueError("the columns are linearly dependent")
    scaled = [value * Fraction(2) ** (p - power) for value, p in zip(solution, powers, strict=True)]
    return (scaled[0], tuple(scaled[1:])) if intercept else (Fraction(0), tuple(scaled))


def bareiss(system: Integers) -> list[Fraction] | None:
    """The solution of the square integer system [A | b]; None where A is singular."""
    rows = [[int(v) for v in row] for row in system]
    size, last = len(rows), 1
    for step in range(size):
        pivot = next((i for i in range(step, size) if rows[i][step]), None)
        if pivot is None:
            return None
        rows[step], rows[pivot] = rows[pivot], rows[step]
        top = rows[step]
        for i in range(step + 1, size):
            row = rows[i]
            for j in range(step + 1, size + 1):
                row[j] = (row[j] * top[step] - row[step] * top[j]) // last
            row[step] = 0
        last = top[step]
    solution = [Fraction(0)] * size
    for i in reversed(range(size)):
        known = sum((rows[i][j] * solution[j] for j in range(i + 1, size)), Fraction(0))
        solution[i] = (rows[i][size] - known) / rows[i][i]
    return solution
