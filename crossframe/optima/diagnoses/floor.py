"""The rounding floor: how many digits float64 arithmetic can be expected to give."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.special import expit

from crossframe.core.types import FloatArray
from crossframe.optima.certificate import UNIT
from crossframe.optima.linear import solve
from crossframe.optima.newton import curvature, stacked
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
    prepared = prepare(problem, 64)
    point = np.array([float(v) for v in prepared.point(solution.intercept, solution.coefficients)])
    kept = np.ones(len(point), dtype=bool)
    kept[int(problem.intercept) :] = np.isfinite(solution.coefficients)
    kept &= ~((prepared.l1_float > 0) & (point == 0))
    eta = prepared.Z @ point
    curve = curvature(problem.link, eta, prepared.weights)
    root = np.sqrt(curve)
    centred = stacked(prepared.Z[:, kept], curve, prepared.l2_float[kept])
    given = centred.copy()
    if problem.intercept:
        back = np.ldexp(np.array([float(c) for c in prepared.centre]), -np.array(prepared.shifts[1:]))
        offsets = np.concatenate([[0.0], back])[kept]
        given[: len(eta)] += root[:, None] * offsets
    y, fitted = prepared.y, eta if problem.link == "identity" else expit(eta)
    with np.errstate(divide="ignore", invalid="ignore"):
        working = np.where(root > 0, prepared.weights * (fitted - y) / root, 0.0)
    left = float(np.linalg.norm(working))
    shifted = point[kept].copy()
    if problem.intercept:
        shifted[0] -= offsets @ point[kept]
    raw, near = _condition(given), _condition(centred)
    return Floor(
        raw,
        near,
        _digits(2 * raw + raw**2 * _share(given, shifted, left)),
        _digits(raw**2),
        _digits(2 * near + near**2 * _share(centred, point[kept], left)),
    )


def _share(A: FloatArray, x: FloatArray, left: float) -> float:
    """|r| / (|A| |x|) with the columns of A scaled to norm 1."""
    norms = np.linalg.norm(A, axis=0)
    if not x.any():
        return 0.0
    return left / float(np.linalg.norm(A / np.where(norms > 0, norms, 1.0), 2) * np.linalg.norm(norms * x))


def _condition(A: FloatArray) -> float:
    norms = np.linalg.norm(A, axis=0)
    values = linalg.svdvals(A / np.where(norms > 0, norms, 1.0))
    if not len(values):
        return 1.0
    return float(values[0] / values[-1]) if values[-1] > 0 else math.inf


def _digits(amount: float) -> float:
    return max(0.0, -math.log10(UNIT * amount)) if math.isfinite(amount) else 0.0
