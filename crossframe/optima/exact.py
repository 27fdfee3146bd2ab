"""Exact integers behind float64 matrices, and gradients with 60 digits from them.

A float64 is an integer times a power of two. A column of them is turned into Python integers with
one common power, so that products and sums carry no rounding at all; the only rounded operation of
a logistic gradient is exp, which mpmath evaluates to the working precision. Multiplying an
(n, m) matrix of such integers by a vector costs about 0.1 microseconds an entry and exp about 20 a
row, so that no other arithmetic is needed for large n.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from mpmath import libmp
from numpy.typing import NDArray

from crossframe.core.types import FloatArray

Integers: TypeAlias = NDArray[np.object_]

WORKING_BITS = 224
"""Bits behind the point of the probabilities: 67 decimal digits."""


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


@dataclass(frozen=True, eq=False)
class ExactMatrix:
    """A matrix Z of rationals: Z[:, j] = numbers[:, j] * 2**-powers[j] / divisors[j].

    The divisor is the number of rows for a column that is centred at its exact mean, else 1.
    """

    numbers: Integers
    powers: list[int]
    divisors: list[int]

    def columns(self, kept: list[int]) -> ExactMatrix:
        """The matrix of the columns ``kept``, in this order."""
        return ExactMatrix(
            self.numbers[:, kept], [self.powers[j] for j in kept], [self.divisors[j] for j in kept]
        )

    def scale(self, j: int) -> Fraction:
        """The rational factor of the integers of column j."""
        power = self.powers[j]
        return Fraction(1, self.divisors[j]) * (Fraction(1, 2**power) if power >= 0 else Fraction(2**-power))

    @cached_property
    def room(self) -> int:
        """Bits of the largest integer, which a fixed-point product loses at most."""
        return int(np.abs(self.numbers).max(initial=0)).bit_length()


@dataclass(frozen=True, eq=False)
class Rows:
    """Targets and weights as integers: y = targets * 2**-y_power, weight = weights / total."""

    targets: Integers
    y_power: int
    weights: Integers | None
    total: int

    @classmethod
    def of(cls, y: FloatArray, weights: FloatArray | None) -> Rows:
        """The rows of targets ``y`` and ``weights`` (None: 1 each), float64 arrays of shape (n,)."""
        numbers, powers = as_integers(y[:, None])
        if weights is None:
            return cls(numbers[:, 0], powers[0], None, len(y))
        heavy, _ = as_integers(weights[:, None])  # the power cancels against the total's
        return cls(numbers[:, 0], powers[0], heavy[:, 0], int(heavy.sum()))


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The mean loss's gradient at a point, in the context's numbers, and the rows' curvature.

    ``curvature`` is the weight times the second derivative of the loss, with ``bits`` bits
    behind the point; ``fitted`` are the fitted means in float64.
    """

    gradient: list[Any]
    curvature: Integers
    fitted: FloatArray
    bits: int


def _expit(score: int, bits: int) -> int:
    """1 / (1 + exp(-score)), both with ``bits`` bits behind the point; error a few units of the last."""
    power = libmp.mpf_exp(libmp.from_man_exp(-abs(score), -bits), bits + 10)
    small = int(libmp.to_fixed(power, bits))
    one = 1 << bits
    larger = (one << bits) // (one + small)
    return larger if score >= 0 else one - larger


def evaluate(
    design: ExactMatrix, rows: Rows, link: str, point: list[Any], context: Any, bits: int = WORKING_BITS
) -> Evaluation:
    """The gradient of the mean loss at ``point`` (m numbers of an mpmath context).

    Its error is that of scores and probabilities, below m 2**-bits each, times the mean of
    |Z[:, j]|; for the identity link the scores' alone.
    """
    fine = bits + design.room
    if link == "identity":
        fine = max(fine, rows.y_power)
    steps = np.array(
        [
            int(context.nint(context.ldexp(value / divisor, fine - power)))
            for value, power, divisor in zip(point, design.powers, design.divisors, strict=True)
        ],
        dtype=object,
    )
    scores = design.numbers @ steps if len(point) else np.zeros(len(rows.targets), dtype=object)
    if link == "identity":
        fitted = _shifted(scores, fine - bits)
        residual = scores - _shifted(rows.targets, rows.y_power - fine)
        curvature = np.full(len(scores), 1 << bits, dtype=object)
        behind = fine
    else:
        drop = fine - bits
        fitted = np.array([_expit(int(s) >> drop, bits) for s in scores], dtype=object)
        residual = fitted - _shifted(rows.targets, rows.y_power - bits)
        curvature = _shifted(fitted * ((1 << bits) - fitted), bits)
        behind = bits
    if rows.weights is not None:
        residual, curvature = residual * rows.weights, curvature * rows.weights
    sums = design.numbers.T @ residual if len(point) else np.zeros(0, dtype=object)
    gradient = [
        context.ldexp(context.mpf(int(total)) / (rows.total * divisor), -(power + behind))
        for total, power, divisor in zip(sums, design.powers, design.divisors, strict=True)
    ]
    return Evaluation(gradient, curvature, floats(fitted, bits), bits)


def _shifted(numbers: Integers, places: int) -> Integers:
    """``numbers`` / 2**places, rounded down where that is no integer."""
    return np.asarray(numbers >> places if places >= 0 else numbers << -places)


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
