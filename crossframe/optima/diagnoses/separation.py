"""Separation: a linear rule divides the classes so well that no finite coefficients are best."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.optima.exact import ExactMatrix
from crossframe.optima.separable import Separability, separable


class SeparationKind(enum.StrEnum):
    """The degree of separation by a linear rule; the value is the sentence the user reads."""

    NONE = "overlap: a finite optimum exists"
    QUASI_COMPLETE = "quasi-complete separation: no finite optimum, some rows on the separating plane"
    COMPLETE = "complete separation: no finite optimum, every row strictly on its own side"
    UNDECIDED = "undecided: neither proof holds in exact arithmetic"


@dataclass(frozen=True, eq=False)
class Separation:
    """Whether an unpenalised logistic regression has a finite optimum, with the proof.

    Attributes
    ----------
    kind
        The proved outcome.
    intercept, direction
        With separation: fractions d0 and d with (2y - 1)(d0 + x d) >= 0 in every row, > 0 in
        ``strict`` of them. None otherwise.
    strict, rows
        Rows strictly on their own side, and all of them.
    weights
        Without separation: positive fractions, one a row, with sum weight (2y - 1)(1, x) = 0,
        which excludes every such d. Rows of class 1 come first, then those of class 0; a row with
        a target between 0 and 1 is of both. None otherwise.
    """

    kind: SeparationKind
    intercept: Fraction | None
    direction: tuple[Fraction, ...] | None
    strict: int
    rows: int
    weights: tuple[Fraction, ...] | None

    def floats(self) -> tuple[float, FloatArray]:
        """The direction rounded, its largest component 1."""
        if self.intercept is None or self.direction is None:
            raise ValueError("there is no separating direction")
        values = np.array([float(v) for v in (self.intercept, *self.direction)])
        values /= np.abs(values).max()
        return float(values[0]), values[1:]


def separation(X: FloatArray, y: FloatArray, intercept: bool = True) -> Separation:
    """Search for a separating direction by linear programs, and prove the outcome in fractions.

    X has shape (n, k), y (n,) lies in [0, 1]. See `crossframe.optima.separable` for the programs, for
    which columns are centred near their means; the shift is exact and undone in the answer.
    """
    X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
    middle = np.clip(X.mean(axis=0), X.min(axis=0), X.max(axis=0)) if intercept else np.zeros(X.shape[1])
    moved = ExactMatrix(X, int(intercept), list(map(Fraction, middle.tolist())), [0] * X.shape[1])
    result = separable(moved, y)
    if result.weights is not None:
        return Separation(SeparationKind.NONE, None, None, 0, result.rows, tuple(result.weights))
    if result.direction is None:
        return Separation(SeparationKind.UNDECIDED, None, None, 0, result.rows, None)
    return _separated(result, middle, intercept)


def _separated(result: Separability, middle: FloatArray, intercept: bool) -> Separation:
    assert result.direction is not None
    direction = result.direction[int(intercept) :]
    largest = max(abs(v) for v in result.direction)
    direction = [v / largest for v in direction]
    start = result.direction[0] / largest if intercept else Fraction(0)
    for value, centre in zip(direction, middle, strict=True):
        start -= value * Fraction(float(centre))
    kind = SeparationKind.COMPLETE if result.strict == result.rows else SeparationKind.QUASI_COMPLETE
    return Separation(kind, start, tuple(direction), result.strict, result.rows, None)


def verify(proof: Separation, X: FloatArray, y: FloatArray, intercept: bool = True) -> bool:
    """Whether the proof holds, by sums of products of fractions, row by row.

    It shares no code with the search. ``UNDECIDED`` has no proof: the answer is False.
    """
    rows = [[Fraction(1)] * intercept + [Fraction(float(v)) for v in x] for x in np.asarray(X)]
    signed = [(row, 1) for row, target in zip(rows, y, strict=True) if target > 0]
    signed += [(row, -1) for row, target in zip(rows, y, strict=True) if target < 1]
    if proof.weights is not None:
        if (
            proof.kind is not SeparationKind.NONE
            or len(proof.weights) != len(signed)
            or min(proof.weights) <= 0
        ):
            return False
        return not any(
            sum(weight * sign * row[j] for weight, (row, sign) in zip(proof.weights, signed, strict=True))
            for j in range(len(rows[0]))
        )
    if proof.direction is None or proof.intercept is None or (proof.intercept and not intercept):
        return False
    direction = [*[proof.intercept] * intercept, *proof.direction]
    scores = [sign * sum(a * b for a, b in zip(row, direction, strict=True)) for row, sign in signed]
    strict = sum(1 for score in scores if score > 0)
    complete = strict == len(scores)
    return (
        min(scores) >= 0
        and strict > 0
        and strict == proof.strict
        and complete == (proof.kind is SeparationKind.COMPLETE)
        and proof.kind in (SeparationKind.COMPLETE, SeparationKind.QUASI_COMPLETE)
    )
