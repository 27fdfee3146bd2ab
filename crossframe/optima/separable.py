"""Whether a logistic regression has a finite optimum: a linear program, made exact.

With a_i = z_i for a row of class 1 and -z_i for one of class 0, a direction d with a_i d >= 0 in
every row, and > 0 in some, improves the likelihood without end (Albert and Anderson, Biometrika 71
(1984) 1-10); the program that looks for it is Konis's (thesis, Oxford 2007). If there is none, by
Stiemke's lemma there are weights > 0 with sum_i weight_i a_i = 0; the program's dual has them.
Either answer of the floating-point solver is turned into fractions that satisfy it exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from scipy import linalg, optimize

from crossframe.core.types import FloatArray
from crossframe.optima.exact import ExactMatrix, Integers, bareiss, floats

TOLERANCES = (1e-9, 1e-7, 1e-5, 1e-3)
"""Largest |score| of a row that is taken to lie on the separating plane, tried one after the other."""


@dataclass(frozen=True, eq=False)
class Separability:
    """An exact direction in the coordinates of the design, or weights that exclude one, or neither.

    ``strict`` counts the rows strictly on their own side. A row with a target between 0 and 1 is
    of both classes and counts twice, once as either; see `signed`.
    """

    direction: list[Fraction] | None = None
    strict: int = 0
    rows: int = 0
    weights: list[Fraction] | None = None


def bounding(link: str, y: FloatArray) -> FloatArray:
    """The targets (n,) in [0, 1] by which a model with this ``link`` is separable or not.

    With a log link a row with a target above 0 bounds the linear predictor from both sides, as one between
    two classes does, and a row with 0 from above alone (Correia, Guimaraes and Zylkin 2019,
    arXiv:1903.01633, theorem 1).
    """
    return np.where(y > 0, 0.5, 0.0) if link == "log" else y


def signed(numbers: Integers, y: FloatArray) -> Integers:
    """The a_i: rows of ``numbers`` with y > 0, then those with y < 1 negated."""
    return np.concatenate([numbers[y > 0], -numbers[y < 1]])


def separable(design: ExactMatrix, y: FloatArray, guess: FloatArray | None = None) -> Separability:
    """A separating direction of the columns of a design (n, m), or the proof that there is none.

    ``guess``, shape (m,), is tried first; if it separates every row strictly no program is needed.
    """
    A = signed(design.numbers, y)
    m = A.shape[1]
    if not m:
        return Separability(rows=len(A), weights=[Fraction(1)] * len(A))
    if guess is not None and np.isfinite(guess).all():
        exact = [Fraction(float(v)) for v in guess]
        if strictly(A, [v * design.scale(j) for j, v in enumerate(exact)]) == len(A):
            return Separability(exact, len(A), len(A))
    sizes = [max((abs(int(v)) for v in column), default=0) or 1 for column in A.T]
    # Rows in float64, columns divided by their largest entry.
    rough = np.stack([floats(A[:, j], 0, size) for j, size in enumerate(sizes)], axis=1)
    program = _program(-rough.sum(axis=0), -rough, [(-1, 1)] * m)
    if program is None:
        return Separability(rows=len(A))
    if -program.fun <= 1e-7:
        return Separability(rows=len(A), weights=_balance(A, rough, 1 - program.ineqlin.marginals))
    best = _best(A, rough, sizes, program.x)
    if best is None:
        return Separability(rows=len(A))
    direction, strict = best
    scales = [design.scale(j) for j in range(m)]
    return Separability([d / s for d, s in zip(direction, scales, strict=True)], strict, len(A))


def _program(cost: FloatArray, A: FloatArray, bounds: Sequence[tuple[float, float]]) -> Any:
    """HiGHS on min cost x, A x <= 0; None where it gives up."""
    options = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    result = optimize.linprog(cost, A, np.zeros(len(A)), bounds=bounds, method="highs", options=options)
    return result if result.status == 0 else None


def _best(
    A: Integers, rough: FloatArray, sizes: list[int], first: FloatArray
) -> tuple[list[Fraction], int] | None:
    """The exact direction with the most rows strictly on their own side."""
    m = A.shape[1]
    # Largest margin: positive where the separation is complete.
    wide = np.concatenate([-rough, np.ones((len(A), 1))], axis=1)
    margin = _program(np.array([0.0] * m + [-1.0]), wide, [(-1, 1)] * m + [(0, 1)])
    if margin is not None and margin.x[-1] > 1e-12:
        for places in range(1, 18):
            exact = [_short(v, places) / s for v, s in zip(margin.x[:m], sizes, strict=True)]
            strict = strictly(A, exact)
            if strict == len(A):
                return exact, strict
    for tolerance in TOLERANCES:
        exact = _on_plane(A, rough, first, sizes, tolerance)
        strict = strictly(A, exact)
        if strict:
            return exact, strict
    return None


def _short(value: float, places: int) -> Fraction:
    """``value`` with ``places`` significant digits, as a fraction."""
    return Fraction(f"{value:.{places - 1}e}")


def strictly(A: Integers, direction: list[Fraction]) -> int:
    """Number of rows a_i of ``A`` with a_i d > 0 for d = ``direction``; 0 if any has a_i d < 0. Exact."""
    bottom = lcm(*(d.denominator for d in direction))
    steps = np.array([d.numerator * (bottom // d.denominator) for d in direction], dtype=object)
    scores = A @ steps
    return 0 if any(s < 0 for s in scores) else sum(1 for s in scores if s > 0)


def _on_plane(
    A: Integers, rough: FloatArray, first: FloatArray, sizes: list[int], tolerance: float
) -> list[Fraction]:
    """A direction near ``first`` for which the rows with a score near 0 are exactly 0.

    These rows are reduced to independent ones and eliminated in fractions; the remaining columns keep
    their value.
    """
    near = np.flatnonzero(np.abs(rough @ first) <= tolerance)
    chosen = near[independent(rough[near])]
    rows = [[Fraction(int(v)) for v in A[i]] for i in chosen]
    pivots: list[int] = []
    for i, row in enumerate(rows):
        # The largest share of the row's float image, so that the left-over columns stay well placed.
        column = max(range(len(sizes)), key=lambda j: abs(row[j]) * Fraction(1, sizes[j]))
        if not row[column]:
            continue
        pivots.append(column)
        rows[i] = row = [v / row[column] for v in row]
        for other in range(len(rows)):
            if other != i and rows[other][column]:
                factor = rows[other][column]
                rows[other] = [a - factor * b for a, b in zip(rows[other], row, strict=True)]
    exact = [_short(v, 9) / s for v, s in zip(first, sizes, strict=True)]
    for column in pivots:
        exact[column] = Fraction(0)
    solved = {
        column: -sum((a * b for a, b in zip(row, exact, strict=True)), Fraction(0))
        for column, row in zip(pivots, (row for row in rows if any(row)), strict=True)
    }
    for column, value in solved.items():
        exact[column] = value
    return exact


def independent(rows: FloatArray) -> list[int]:
    """Rows that span all of them, by QR with pivoting."""
    if not len(rows):
        return []
    R, order = linalg.qr(rows.T, mode="r", pivoting=True)
    diagonal = np.abs(np.diag(R))
    return [int(i) for i in order[: int((diagonal > 1e-9 * max(diagonal[0], 1e-300)).sum())]]


def _balance(A: Integers, rough: FloatArray, weights: FloatArray) -> list[Fraction] | None:
    """Weights > 0 with sum weight_i a_i = 0 exactly, near the given ones; None if that fails.

    The remainder is compensated by as many independent rows as there are independent columns.
    """
    rows = independent(rough)
    columns = independent(rough.T)
    if len(rows) != len(columns):
        return None
    exact = [Fraction(float(w)) for w in np.maximum(weights, 1.0)]
    bottom = lcm(*(w.denominator for w in exact))
    missing = A.T @ np.array([w.numerator * (bottom // w.denominator) for w in exact], dtype=object)
    system = np.concatenate([A[np.ix_(rows, columns)].T, missing[columns][:, None]], axis=1)
    change = bareiss(system)
    if change is None:
        return None
    for i, step in zip(rows, change, strict=True):
        exact[i] -= step / bottom
    return exact if balanced(A, exact) else None


def balanced(A: Integers, weights: list[Fraction]) -> bool:
    """Whether all weights are > 0 and sum weight_i a_i = 0, exactly."""
    if len(weights) != len(A) or any(w <= 0 for w in weights):
        return False
    bottom = lcm(*(w.denominator for w in weights))
    numbers = np.array([w.numerator * (bottom // w.denominator) for w in weights], dtype=object)
    return not any(A.T @ numbers)
