"""Separation: the classes can be told apart so well that no finite coefficients are best."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.special import expit

from crossframe.engines.base import FloatArray
from crossframe.referee.exact import Design, as_integers
from crossframe.referee.newton import mean_loss
from crossframe.referee.separable import Found, separable

NEWTON_STEPS = 12


class Kind(enum.StrEnum):
    """How far a linear rule separates the classes."""

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
        What is proved.
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

    kind: Kind
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
    """Look for a separating direction by linear programs, and prove the outcome in fractions.

    See `crossframe.referee.separable` for the programs. y lies in [0, 1]. Columns are moved to
    near their means for the program and back for the answer; the shift is exact.
    """
    X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
    middle = np.clip(X.mean(axis=0), X.min(axis=0), X.max(axis=0)) if intercept else np.zeros(X.shape[1])
    numbers, powers = as_integers(np.concatenate([X, middle[None]]))
    moved = Design(numbers[:-1] - numbers[-1], powers, [1] * X.shape[1])
    if intercept:
        ones = np.ones((len(X), 1), dtype=object)
        moved = Design(np.concatenate([ones, moved.numbers], axis=1), [0, *powers], [1] * (len(powers) + 1))
    found = separable(moved, y)
    if found.weights is not None:
        return Separation(Kind.NONE, None, None, 0, found.rows, tuple(found.weights))
    if found.direction is None:
        return Separation(Kind.UNDECIDED, None, None, 0, found.rows, None)
    return _separated(found, middle, intercept)


def _separated(found: Found, middle: FloatArray, intercept: bool) -> Separation:
    assert found.direction is not None
    direction = found.direction[int(intercept) :]
    largest = max(abs(v) for v in found.direction)
    direction = [v / largest for v in direction]
    start = found.direction[0] / largest if intercept else Fraction(0)
    for value, centre in zip(direction, middle, strict=True):
        start -= value * Fraction(float(centre))
    kind = Kind.COMPLETE if found.strict == found.rows else Kind.QUASI_COMPLETE
    return Separation(kind, start, tuple(direction), found.strict, found.rows, None)


def verify(found: Separation, X: FloatArray, y: FloatArray, intercept: bool = True) -> bool:
    """Whether the proof holds: nothing but sums of products of fractions, row by row.

    It shares no code with the search. ``UNDECIDED`` has no proof, and is False.
    """
    rows = [[Fraction(1)] * intercept + [Fraction(float(v)) for v in x] for x in np.asarray(X)]
    sides = [(row, 1) for row, target in zip(rows, y, strict=True) if target > 0]
    sides += [(row, -1) for row, target in zip(rows, y, strict=True) if target < 1]
    if found.weights is not None:
        if found.kind is not Kind.NONE or len(found.weights) != len(sides) or min(found.weights) <= 0:
            return False
        return not any(
            sum(weight * side * row[j] for weight, (row, side) in zip(found.weights, sides, strict=True))
            for j in range(len(rows[0]))
        )
    if found.direction is None or found.intercept is None or (found.intercept and not intercept):
        return False
    direction = [*[found.intercept] * intercept, *found.direction]
    scores = [side * sum(a * b for a, b in zip(row, direction, strict=True)) for row, side in sides]
    strict = sum(1 for score in scores if score > 0)
    complete = strict == len(scores)
    return (
        min(scores) >= 0
        and strict > 0
        and strict == found.strict
        and complete == (found.kind is Kind.COMPLETE)
        and found.kind in (Kind.COMPLETE, Kind.QUASI_COMPLETE)
    )


@dataclass(frozen=True, eq=False)
class Growth:
    """What a separating direction does to the likelihood and to an iterative solver.

    Attributes
    ----------
    multiples, losses
        Mean log-loss at ``multiples`` times the direction, from 0 on.
    limit
        What it tends to: 0 where the separation is complete, else the loss log 2 of the rows on
        the plane, by their share.
    sizes
        Euclidean norm of the coefficients after each Newton step from 0, on the scale of features
        with standard deviation 1.
    """

    multiples: FloatArray
    losses: FloatArray
    limit: float
    sizes: FloatArray

    @property
    def falls(self) -> bool:
        """Whether each multiple is better than the one before, to the rounding of a float64."""
        return bool(np.all(np.diff(self.losses) < 0))

    @property
    def grows(self) -> bool:
        """Whether every Newton step makes the coefficients larger."""
        return bool(np.all(np.diff(self.sizes) > 0))


def growth(found: Separation, X: FloatArray, y: FloatArray, intercept: bool = True) -> Growth:
    """Follow the direction outwards, and Newton's method from 0.

    The multiples double from where the median row scores 1/8 to where it scores 16, so that the
    losses can still be told apart in float64.

    Raises
    ------
    ValueError
        Where ``found`` has no direction.
    """
    start, direction = found.floats()
    X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
    scores = start + X @ direction
    share = np.full(len(y), 1 / len(y))
    beyond = np.abs(scores[np.abs(scores) > 1e-12 * np.abs(scores).max()])
    multiples = np.concatenate([[0.0], 2.0 ** np.arange(-3, 5) / np.median(beyond)])
    losses = np.array([mean_loss("logit", t * scores, y, share) for t in multiples])
    return Growth(
        multiples, losses, (1 - found.strict / found.rows) * float(np.log(2)), _sizes(X, y, intercept)
    )


def _sizes(X: FloatArray, y: FloatArray, intercept: bool) -> FloatArray:
    deviation = X.std(axis=0)
    Z = (X - X.mean(axis=0) * intercept) / np.where(deviation > 0, deviation, 1.0)
    if intercept:
        Z = np.concatenate([np.ones((len(Z), 1)), Z], axis=1)
    point, sizes = np.zeros(Z.shape[1]), []
    for _ in range(NEWTON_STEPS):
        eta = Z @ point
        root = np.sqrt(expit(eta) * expit(-eta))
        if not root.min() > 1e-100:
            break
        # y - p without its cancellation where p is near 1
        left = y * expit(-eta) - (1 - y) * expit(eta)
        step = np.linalg.lstsq(Z * root[:, None], left / root, rcond=None)[0]
        point = point + step
        sizes.append(float(np.linalg.norm(point)))
    return np.array(sizes)
