"""The rounding floor: how many digits float64 arithmetic can be expected to give."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from crossframe.core.types import FloatArray
from crossframe.optima.certificate import UNIT
from crossframe.optima.linear import solve
from crossframe.optima.newton import curvature, residuals, stacked
from crossframe.optima.prepare import prepare
from crossframe.optima.problem import Problem, Solution


@dataclass(frozen=True)
class Floor:
    """Digits of the coefficients that a backward stable solver can be expected to get.

    Attributes
    ----------
    condition
        2-norm condition number of the weighted, penalised design at the optimum, columns of norm
        1; the intercept's column as it is, the features as given.
    condition_centred
        The condition number with the features centred.
    orthogonal
        Digits by orthogonal decomposition of the features as given: -log10(u (2 kappa + kappa^2
        rho)), rho = |r| / (|A| |x|) with A the design, x its coefficients and r the (working)
        residual (Wedin 1973; Bjorck, Numerical Methods for Least Squares Problems, 1996, section
        1.4). A bound for the worst rounding: one to three digits more are common.
    normal_equations
        Digits by a Cholesky factor of the Hessian: -log10(u kappa^2). Scaling the columns gains
        nothing: the factor's accuracy does not depend on it.
    centred
        ``orthogonal`` with the features centred first.
    """

    condition: float
    condition_centred: float
    orthogonal: float
    normal_equations: float
    centred: float


def rounding_floor(problem: Problem, solution: Solution | None = None) -> Floor:
    """The rounding floor of a problem at its optimum ``solution``, which is computed if it is None."""
    solution = solution or solve(problem)
    prepared = prepare(problem)
    point = np.array([float(v) for v in prepared.point(solution.intercept, solution.coefficients)])
    kept = np.ones(len(point), dtype=bool)
    kept[int(problem.intercept) :] = np.isfinite(solution.coefficients)
    kept &= ~((prepared.l1_float > 0) & (point == 0))
    eta = prepared.scores(point)
    curve = curvature(problem.link, eta, prepared.weights, prepared.y, problem.power)
    root = np.sqrt(curve)
    centred = stacked(prepared.Z[:, kept], curve, prepared.l2_float[kept])
    given = centred.copy()
    if problem.intercept:
        back = np.ldexp(np.array([float(c) for c in prepared.centre]), -np.array(prepared.shifts[1:]))
        offsets = np.concatenate([[0.0], back])[kept]
        given[: len(eta)] += root[:, None] * offsets
    slopes = residuals(problem.link, eta, prepared.y, problem.power)
    with np.errstate(divide="ignore", invalid="ignore"):
        working = np.where(root > 0, prepared.weights * slopes / root, 0.0)
    left = float(np.linalg.norm(working))
    shifted = point[kept].copy()
    if problem.intercept:
        shifted[0] -= offsets @ point[kept]
    (raw, share), (near, share_centred) = _condition(given, shifted), _condition(centred, point[kept])
    return Floor(
        raw,
        near,
        _digits(2 * raw + raw**2 * share * left),
        _digits(raw**2),
        _digits(2 * near + near**2 * share_centred * left),
    )


def _condition(A: FloatArray, x: FloatArray) -> tuple[float, float]:
    """The condition number of A with its columns scaled to norm 1, and 1 / (|A| |x|) of these."""
    norms = np.linalg.norm(A, axis=0)
    values = linalg.svdvals(A / np.where(norms > 0, norms, 1.0))
    if not len(values):
        return 1.0, 0.0
    size = float(values[0] * np.linalg.norm(norms * x))
    condition = float(values[0] / values[-1]) if values[-1] > 0 else math.inf
    return condition, 1 / size if size else 0.0


def _digits(amount: float) -> float:
    return max(0.0, -math.log10(UNIT * amount)) if math.isfinite(amount) else 0.0
