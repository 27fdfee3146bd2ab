r"""Softmax regression with a certified optimum: several classes, no penalty, ridge, lasso or both.

The scores of class c are b0_c + x b_c, its probability exp(score) over the sum of all classes'. A column
without a penalty leaves a constant open that all classes can share; it is fixed at 0 for the first class.
Coefficients are reported with a mean of 0 over the classes, so that those of every parametrisation
compare. Penalties act on the parametrisation itself: on one set of coefficients for each class
(``symmetric``), or on those of all classes but the first, which has none (``reference``).

The proof is that of `crossframe.optima.certificate`. Along a step h the third derivative of a row's loss is
the third central moment of the changes of its scores under the fitted probabilities, hence at most their
range times the second derivative; M is the largest ||L^-1 (e_c - e_d) z_i|| of all rows and pairs of classes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.special import log_softmax, softmax

from crossframe.core.types import FloatArray, IntArray
from crossframe.optima.certificate import SLACK, Ball, Factor, ball_of, rounded_factor, stays_zero
from crossframe.optima.evaluate import WORKING_BITS, Evaluation, evaluate_classes
from crossframe.optima.exact import ExactMatrix
from crossframe.optima.linear import DIGITS, aliased_columns
from crossframe.optima.newton import ITERATIONS, Rough, direction
from crossframe.optima.prepare import Prepared, prepare
from crossframe.optima.problem import Problem, SolutionStatus
from crossframe.optima.refine import NEGLIGIBLE, PATIENCE, ROUNDS
from crossframe.optima.separable import separable

SETTINGS = ("l2", "l1", "intercept", "intercept_penalty", "standardize", "collinear", "rank_tolerance")
"""Parameters of `Problem` that a softmax regression has."""
LARGEST = 200_000_000
"""Numbers in the stacked design, (rows x classes) x (columns x classes), up to which an optimum is sought."""


@dataclass(frozen=True, eq=False)
class Multinomial:
    """A penalised softmax regression.

    Parameters
    ----------
    problem
        Features, penalties, intercept, weights and scale as of a `Problem` with the link ``logit``; its ``y``
        are the classes, counted from 0.
    classes
        Number of the classes, of which the rows may lack some.
    reference
        Whether the first class has no coefficients; else every class has its own.
    """

    problem: Problem
    classes: int
    reference: bool = False

    @classmethod
    def of(
        cls,
        X: FloatArray,
        y: IntArray | FloatArray,
        classes: int,
        *,
        reference: bool = False,
        **settings: Any,
    ) -> Multinomial:
        """The regression of classes ``y`` (n,) on ``X`` (n, k); ``settings`` are those of `Problem`."""
        made = Problem(X, np.zeros(len(y)), "logit", **settings)
        object.__setattr__(made, "y", np.asarray(y, dtype=np.float64))
        return cls(made, classes, reference)

    @cached_property
    def prepared(self) -> Prepared:
        """Columns and penalties of one class."""
        return prepare(self.problem)

    @cached_property
    def labels(self) -> IntArray:
        """The classes of the rows with a weight."""
        return self.prepared.y.astype(np.int64)


@dataclass(frozen=True, eq=False)
class ClassesSolution:
    """The optimum of a `Multinomial`, see `crossframe.optima.problem.Solution`.

    ``intercept`` has shape (K,), ``coefficients`` (k, K), NaN where a column is aliased; either has a mean of
    0 over the classes. ``gradient`` is the largest component in the unknowns.
    """

    status: SolutionStatus
    intercept: FloatArray
    coefficients: FloatArray
    objective: float
    iterations: int
    gradient: float
    digits: float
    condition: float
    aliased: tuple[int, ...] = ()
    reason: str = ""


def solve_classes(wanted: Multinomial, digits: float = DIGITS) -> ClassesSolution:
    """The optimum with at least ``digits`` certified digits, where factors in float64 can prove it."""
    prepared, K = wanted.prepared, wanted.classes
    n, m = prepared.Z.shape
    if n * m * K * K > LARGEST:
        raise ValueError(f"{n} rows of {m} columns in {K} classes are too many for a certified optimum")
    free = np.isin(np.arange(m), prepared.free)
    open_ = np.ones((K, m), dtype=bool)
    open_[0] = False if wanted.reference else ~free
    dropped = aliased_columns(wanted.problem, prepared)
    open_[:, dropped] = False
    start = _rough(wanted, open_)
    made = _refined(wanted, open_, start, digits)
    first = int(wanted.problem.intercept)
    intercept, values = _reported(wanted, made.point)
    aliased = tuple(j - first for j in dropped)
    values[list(aliased)] = math.nan
    reason = made.reason
    status = SolutionStatus.NOT_CERTIFIED if reason else SolutionStatus.CERTIFIED
    if reason and (found := _separates(wanted, free & open_.any(axis=0), made.point)):
        status, reason = SolutionStatus.NO_UNIQUE_OPTIMUM, found
    elif aliased and not reason:
        names = ", ".join(map(str, aliased))
        status = SolutionStatus.NO_UNIQUE_OPTIMUM
        reason = f"rank deficient: other columns determine column {names}, counted from 0"
    return ClassesSolution(
        status, intercept, values, _objective(wanted, _floats(made.point)), made.iterations, made.gradient,
        made.digits, made.condition, aliased, reason,
    )  # fmt: skip


def raw_scores(X: FloatArray, intercept: FloatArray, coefficients: FloatArray) -> FloatArray:
    """The scores of rows (m, k), shape (m, K); NaN coefficients count as 0."""
    return np.asarray(intercept + X @ np.nan_to_num(coefficients))


@dataclass(frozen=True, eq=False)
class _Refined:
    """Unknowns of every class, and what is proved of them."""

    point: list[list[Any]]
    gradient: float
    digits: float
    iterations: int
    condition: float
    reason: str


def slopes_at(wanted: Multinomial, point: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The gradient of all but the l1 penalty at ``point`` (K, m), and the probabilities (n, K); float64."""
    prepared = wanted.prepared
    P = softmax(prepared.Z @ point.T, axis=1)
    residual = P.copy()
    residual[np.arange(len(P)), wanted.labels] -= 1.0
    return (prepared.weights[:, None] * residual).T @ prepared.Z + prepared.l2_float * point, P


def _objective(wanted: Multinomial, point: FloatArray) -> float:
    prepared = wanted.prepared
    of = log_softmax(prepared.Z @ point.T, axis=1)[np.arange(len(wanted.labels)), wanted.labels]
    penalty = prepared.l2_float * point**2 / 2 + prepared.l1_float * np.abs(point)
    return math.fsum(-prepared.weights * of) + float(penalty.sum())


def _stacked(wanted: Multinomial, P: FloatArray, rest: FloatArray, active: NDArray[np.bool_]) -> FloatArray:
    """A with A'A the Hessian over the ``active`` unknowns (K, m): rows sqrt(w p_c) (e_c - p) times z.

    ``rest`` is 1 - P.
    """
    prepared, K = wanted.prepared, P.shape[1]
    blocks = []
    for c in range(K):
        unlike = -P.copy()
        unlike[:, c] = rest[:, c]
        root = np.sqrt(prepared.weights * P[:, c])[:, None]
        blocks.append(np.hstack([(root * unlike[:, [d]]) * prepared.Z[:, active[d]] for d in range(K)]))
    ridge = np.sqrt(np.broadcast_to(prepared.l2_float, active.shape)[active])
    return np.concatenate([*blocks, np.diag(ridge)[ridge > 0]])


def _rough(wanted: Multinomial, open_: NDArray[np.bool_]) -> Rough:
    """The optimum to float64 accuracy by Newton's method, as `crossframe.optima.newton.rough`."""
    prepared = wanted.prepared
    point = np.zeros(open_.shape)
    l1 = np.broadcast_to(prepared.l1_float, open_.shape)[open_]
    value, best = _objective(wanted, point), math.inf
    bounded = bool(prepared.l2_float.any() or prepared.l1_float.any())
    for iteration in range(1, ITERATIONS + 1):
        slope, P = slopes_at(wanted, point)
        own = P[np.arange(len(P)), wanted.labels]
        if not bounded and iteration > 20 and own.min() > 0.75:
            return Rough(point, iteration - 1, runaway=True)
        A = _stacked(wanted, P, 1 - P, open_)
        gradient = slope[open_]
        step = direction(A, gradient, l1, point[open_])
        if step is None or not np.isfinite(step).all():
            return Rough(point, iteration - 1)
        decrement = float(np.linalg.norm(A @ step))
        fall = float(gradient @ step + l1 @ (np.abs(point[open_] + step) - np.abs(point[open_])))
        size = 1.0
        while size > 1e-10:
            trial = point.copy()
            trial[open_] += size * step
            new = _objective(wanted, trial)
            if new <= value + 1e-4 * size * fall + 4e-16 * abs(value) or decrement < 1e-5:
                break
            size /= 2
        else:
            return Rough(point, iteration)
        point, value = trial, new
        if decrement < 1e-14 or (decrement < 1e-8 and decrement > best / 2):
            return Rough(point, iteration)
        best = min(best, decrement)
    return Rough(point, ITERATIONS)


def _refined(wanted: Multinomial, open_: NDArray[np.bool_], start: Rough, digits: float) -> _Refined:
    """Newton steps with an exact gradient until ``digits`` are proved: `crossframe.optima.refine.optimum`."""
    prepared, K = wanted.prepared, wanted.classes
    context, l1 = prepared.context, prepared.l1_float
    signs = np.sign(start.point) * (l1 > 0)
    point = [[context.mpf(float(v)) for v in line] for line in start.point]
    unproved, last = 0, _Refined(point, math.inf, 0.0, start.iterations, math.inf, "it was not sought")
    for round_ in range(1, ROUNDS + 1):
        made, rest = evaluate_classes(prepared.design, prepared.rows, point)
        slopes = [_with_ridge(prepared, e, line) for e, line in zip(made, point, strict=True)]
        smooth = np.array([[float(v) for v in line] for line in slopes])
        at_edge, frozen = _shared_shift(prepared, signs, open_)
        active = open_ & ((l1 == 0) | (signs != 0)) & ~frozen
        zero = open_ & ~active & ~frozen & ~at_edge
        bent = [slopes[c][j] + prepared.l1[j] * int(signs[c, j]) for c, j in np.argwhere(active).tolist()]
        size = max((abs(float(v)) for v in bent), default=0.0)
        P = np.array([e.curve for e in made]).T / prepared.weights[:, None]
        factor = _factor(wanted, P, rest, active) if active.any() else None
        count = start.iterations + round_ - 1
        if active.any() and factor is None:
            return _Refined(point, size, 0.0, count, math.inf, "the Hessian is singular at working precision")
        doubt = np.broadcast_to(np.abs(prepared.Z).mean(axis=0), active.shape)[active]
        doubt = doubt * 64 * K * (len(l1) + 4) * 2.0**-WORKING_BITS
        ball = ball_of(factor, bent, doubt) if factor else Ball(0.0, 0.0)
        beyond = np.argwhere(zero & (np.abs(smooth) > l1))
        certain = 0.0
        if math.isfinite(ball.radius) and not len(beyond):
            certain = _certain(wanted, factor, ball, point, active, zero, (P, rest), smooth)
        reason = "" if certain else "no ball around the point is proved to hold an optimum"
        condition = factor.condition if factor else 1.0
        last = _Refined(point, size, certain, count, condition, reason)
        unproved = 0 if math.isfinite(ball.radius) else unproved + 1
        if certain >= digits or unproved > PATIENCE or (unproved and start.runaway):
            return last
        step = factor.step(bent) if factor else []
        growth = factor.reach * ball.decrement if factor else 0.0
        share = 1.0 if growth < 0.5 else 1 / (1 + growth)
        point = [list(line) for line in point]
        for (c, j), move in zip(np.argwhere(active).tolist(), step, strict=True):
            new = point[c][j] + share * move
            if l1[j] and new * int(signs[c, j]) <= 0:
                new, signs[c, j] = context.mpf(0), 0
            point[c][j] = new
        if ball.decrement < 1e-6 and len(beyond):
            c, j = max(beyond.tolist(), key=lambda at: abs(smooth[at[0], at[1]]) - l1[at[1]])
            signs[c, j] = -np.sign(smooth[c, j])
    return last


def _with_ridge(prepared: Prepared, evaluation: Evaluation, point: list[Any]) -> list[Any]:
    slopes = evaluation.gradient(prepared.design, prepared.context)
    return [g + a * p for g, a, p in zip(slopes, prepared.l2, point, strict=True)]


def _shared_shift(
    prepared: Prepared, signs: FloatArray, open_: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where a lasso alone leaves a constant open that all classes can share: (zeros at its edge, held).

    With as many classes above 0 as below the sum of |b_c| does not change with it, so that one is held. The
    partial derivatives of all classes sum to 0: where the others' signs decide it, a coefficient of 0 has one
    of exactly l1, and is at the edge of such a range.
    """
    at_edge, held = np.zeros_like(open_), np.zeros_like(open_)
    for j in np.flatnonzero((prepared.l1_float > 0) & (prepared.l2_float == 0) & open_.all(axis=0)):
        zeros = np.flatnonzero(signs[:, j] == 0)
        if abs(signs[:, j].sum()) == len(zeros):
            at_edge[zeros, j] = True
            held[-1, j] = not len(zeros)
    return at_edge, held


def _factor(wanted: Multinomial, P: FloatArray, rest: FloatArray, active: NDArray[np.bool_]) -> Factor | None:
    """L of the Hessian over the active unknowns, with M, in float64; None where it is not accurate enough."""
    made = rounded_factor(_stacked(wanted, P, rest, active))
    if made is None:
        return None
    lower, eta, condition = made
    numbers = np.cumsum(active.ravel()).reshape(active.shape) - 1
    whitened = []
    for c in range(wanted.classes):
        block = np.zeros((len(lower), len(wanted.prepared.Z)))
        block[numbers[c][active[c]]] = wanted.prepared.Z[:, active[c]].T
        whitened.append(linalg.solve_triangular(lower, block, lower=True, check_finite=False))
    reach = max(float(((a - b) ** 2).sum(axis=0).max()) for a, b in combinations(whitened, 2))
    return Factor(lower, eta, math.sqrt(reach) / (1 - eta), None, condition)


def _certain(
    wanted: Multinomial,
    factor: Factor | None,
    ball: Ball,
    point: list[list[Any]],
    active: NDArray[np.bool_],
    zero: NDArray[np.bool_],
    fitted: tuple[FloatArray, FloatArray],
    smooth: FloatArray,
) -> float:
    """The least number of certain digits of the reported numbers; 0 where a sign or a 0 is not certain."""
    prepared = wanted.prepared
    l1 = np.broadcast_to(prepared.l1_float, active.shape)
    if factor is None:
        return math.inf if bool(np.all(np.abs(smooth[zero]) < l1[zero])) else 0.0
    reach = ball.radius / (1 - factor.eta) * SLACK
    values = _floats(point)
    errors = np.linalg.norm(factor.whiten(np.eye(int(active.sum()))), axis=0) * reach
    if bool(np.any((np.abs(values[active]) <= errors) & (l1[active] > 0))):
        return 0.0
    P, rest = fitted
    sizes = SLACK * (prepared.weights[:, None] * P * rest).T @ prepared.Z**2
    if not stays_zero(factor, ball, sizes[zero], smooth[zero], l1[zero]):
        return 0.0
    intercept, coefficients = _reported(wanted, point)
    spread = np.sqrt(np.einsum("ij,ij->j", prepared.Z, prepared.Z) / len(prepared.Z))
    first = int(wanted.problem.intercept)
    scale = np.ldexp(spread[first:], np.array(prepared.shifts[first:], dtype=np.int64))
    effects = np.abs(coefficients) * scale[:, None]
    worst = _errors_of_reported(wanted, factor, active) * reach
    wrong = np.vstack([worst[:1], worst[1:] * scale[:, None]])
    shown = np.vstack([np.abs(intercept)[None], effects])
    floor = NEGLIGIBLE * max(float(effects.max(initial=0.0)), 1e-300)
    moved = wrong > 0
    with np.errstate(divide="ignore"):
        return float(np.min(-np.log10(wrong[moved] / np.maximum(shown[moved], floor)), initial=30.0))


def _errors_of_reported(wanted: Multinomial, factor: Factor, active: NDArray[np.bool_]) -> FloatArray:
    """||L^-1 a|| of each reported number, a linear form a of the unknowns; (1 + k, K), intercepts first."""
    prepared, K = wanted.prepared, wanted.classes
    first, m = int(wanted.problem.intercept), active.shape[1]
    unit = np.eye(m)
    unit[first:] = np.ldexp(unit[first:], -np.array(prepared.shifts[first:], dtype=np.int64)[:, None])
    back = np.zeros(m)
    if first:
        back[0] = 1.0
        back[first:] = -np.array([float(c) for c in prepared.centre]) * unit[first:, first:].sum(axis=1)
    forms = np.vstack([back, unit[first:]])
    centred = np.eye(K) - 1.0 / K
    every = np.einsum("cd,jm->jcdm", centred, forms).reshape(-1, K * m)[:, active.ravel()]
    return np.asarray(np.linalg.norm(factor.whiten(every.T), axis=0).reshape(len(forms), K))


def _floats(point: list[list[Any]]) -> FloatArray:
    return np.array([[float(v) for v in line] for line in point])


def _reported(wanted: Multinomial, point: list[list[Any]]) -> tuple[FloatArray, FloatArray]:
    """Intercepts (K,) and coefficients (k, K), centred before they are rounded."""
    prepared = wanted.prepared
    context, K = prepared.context, wanted.classes
    each = [prepared.reported(line) for line in point]
    table = [[start, *values] for start, values in each]
    means = [context.fsum(column) / K for column in zip(*table, strict=True)]
    made = np.array([[float(v - mean) for v, mean in zip(line, means, strict=True)] for line in table])
    return made[:, 0], np.ascontiguousarray(made[:, 1:].T)


def _separates(wanted: Multinomial, free: NDArray[np.bool_], point: list[list[Any]]) -> str:
    """Why there is no finite optimum: a direction of unpenalised columns that every row allows; else empty.

    In every row no score falls relative to that of its class, for each other class.
    """
    prepared, K = wanted.prepared, wanted.classes
    n = len(wanted.labels)
    first = int(wanted.problem.intercept)
    raw = np.column_stack([np.ones((n, first)), prepared.design.X])[:, free]
    rows = differences(raw, wanted.labels, K)
    shifts = np.array(prepared.shifts, dtype=np.int64)
    reached = np.ldexp(_floats(point), -shifts)
    if first:
        reached[:, 0] -= reached[:, first:] @ np.array([float(c) for c in prepared.centre])
    reached = (reached - reached[0])[1:, free].ravel()
    found = separable(
        ExactMatrix(rows, 0, [Fraction(0)] * rows.shape[1], [0] * rows.shape[1]), np.ones(len(rows)), reached
    )
    if found.direction is None:
        return ""
    if found.strict == found.rows:
        return "linear rules separate all classes in every row"
    return (
        f"linear rules separate classes: {found.strict} of {found.rows} pairs of a row and another class, "
        "with the others on the boundary"
    )


def differences(Z: FloatArray, y: IntArray, classes: int) -> FloatArray:
    """Rows whose product with the coefficients of classes 1, 2, ... is own score less another class's.

    ``Z`` (n, m); the result has n (K - 1) rows and (K - 1) m columns, the coefficients of class 0 being 0.
    """
    m = Z.shape[1]
    made = []
    for other in range(classes):
        rows = np.flatnonzero(y != other)
        block = np.zeros((len(rows), classes, m))
        block[np.arange(len(rows)), y[rows]] = Z[rows]
        block[:, other] -= Z[rows]
        made.append(block[:, 1:].reshape(len(rows), -1))
    return np.concatenate(made)
