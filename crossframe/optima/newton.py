"""The optimum to float64 accuracy, where the exact refinement starts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.special import expit

from crossframe.core.types import FloatArray
from crossframe.optima.prepare import Prepared

ITERATIONS = 100
SWEEPS = 1000


@dataclass(frozen=True, eq=False)
class Rough:
    """Unknowns, shape (m,), the number of Newton steps, and whether the unknowns diverge."""

    point: FloatArray
    iterations: int
    runaway: bool = False


def mean_loss(link: str, eta: FloatArray, y: FloatArray, weights: FloatArray, power: float = 1.0) -> float:
    """Mean loss of scores ``eta`` (n,) with ``weights`` (n,) that sum to 1; summed without rounding.

    For the log link half the deviance with the variance mean^power, but for what the target alone adds
    (Jorgensen, The Theory of Dispersion Models, 1997, chapter 4): exp((2-p) eta) / (2-p) +
    y exp((1-p) eta) / (p-1), whose limits are exp(eta) - y eta at p = 1 and eta + y exp(-eta) at p = 2.
    """
    if link == "identity":
        return math.fsum(weights * (eta - y) ** 2) / 2
    if link == "logit":
        return math.fsum(weights * (np.logaddexp(0.0, eta) - y * eta))
    grown, shrunk = 2.0 - power, power - 1.0
    with np.errstate(over="ignore"):
        left = np.exp(grown * eta) / grown if grown else eta
        right = y * np.exp(-shrunk * eta) / shrunk if shrunk else -y * eta
        losses = weights * (left + right)
    return math.fsum(losses) if np.isfinite(losses).all() else math.inf


def residuals(link: str, eta: FloatArray, y: FloatArray, power: float = 1.0) -> FloatArray:
    """The derivative of the loss in the score ``eta``, shape (n,)."""
    if link == "log":
        with np.errstate(over="ignore"):
            return np.asarray(np.exp((2.0 - power) * eta) - y * np.exp((1.0 - power) * eta))
    return np.asarray((expit(eta) if link == "logit" else eta) - y)


def curvature(
    link: str, eta: FloatArray, weights: FloatArray, y: FloatArray | None = None, power: float = 1.0
) -> FloatArray:
    """Weight times the second derivative of the loss in the score ``eta``, shape (n,); ``y`` for ``log``."""
    if link == "log":
        assert y is not None
        grown, shrunk = 2.0 - power, power - 1.0
        with np.errstate(over="ignore"):
            bent = grown * np.exp(grown * eta) + shrunk * y * np.exp(-shrunk * eta)
        return np.asarray(weights * bent)
    return weights if link == "identity" else weights * expit(eta) * expit(-eta)


def stacked(Z: FloatArray, curve: FloatArray, l2: FloatArray) -> FloatArray:
    """A (n + m, m) with A'A = Z' diag(curve) Z + diag(l2), the Hessian, whose condition is squared."""
    return np.concatenate([Z * np.sqrt(curve)[:, None], np.diag(np.sqrt(l2))])


def rough(problem: Prepared) -> Rough:
    """Newton with step halving; with an l1 penalty, proximal Newton.

    It stops where the Newton decrement is at its rounding floor. Without a finite optimum it
    stops once the scores separate the classes, or after `ITERATIONS`.
    """
    l2, l1 = problem.l2_float, problem.l1_float
    point = np.zeros(problem.Z.shape[1])
    if problem.intercept and not l2[0] and not l1[0]:
        point[0] = _null_intercept(problem)
    best = math.inf
    value = objective_at(problem, point)
    for iteration in range(1, ITERATIONS + 1):
        eta = problem.scores(point)
        if _far(problem, eta, l2, l1, iteration):
            return Rough(point, iteration - 1, runaway=True)
        slopes = residuals(problem.link, eta, problem.y, problem.power)
        gradient = problem.Z.T @ (problem.weights * slopes) + l2 * point
        curve = curvature(problem.link, eta, problem.weights, problem.y, problem.power)
        A = stacked(problem.Z, curve, l2)
        step = direction(A, gradient, l1, point)
        if step is None or not np.isfinite(step).all():
            return Rough(point, iteration - 1)
        decrement = float(np.linalg.norm(A @ step))
        slope = float(gradient @ step + l1 @ (np.abs(point + step) - np.abs(point)))
        size = 1.0
        while size > 1e-10:
            trial = point + size * step
            new = objective_at(problem, trial)
            # A gain below the objective's own rounding is not measurable, and so close to the optimum
            # that the scores' rounding decides no test is made.
            if new <= value + 1e-4 * size * slope + 4e-16 * abs(value) or decrement < 1e-5:
                break
            size /= 2
        else:
            return Rough(point, iteration)
        point, value = trial, new
        if decrement < 1e-14 or (decrement < 1e-8 and decrement > best / 2):
            return Rough(point, iteration)
        best = min(best, decrement)
    return Rough(point, ITERATIONS)


def objective_at(problem: Prepared, point: FloatArray) -> float:
    """The objective at the unknowns ``point`` (m,), in float64."""
    loss = mean_loss(problem.link, problem.scores(point), problem.y, problem.weights, problem.power)
    return loss + float(problem.l2_float @ point**2) / 2 + float(problem.l1_float @ np.abs(point))


def _null_intercept(problem: Prepared) -> float:
    return null_score(problem.link, float(problem.weights @ problem.y))


def null_score(link: str, mean: float) -> float:
    """The score at which the fitted value is ``mean``; 0 where there is none."""
    if link == "identity":
        return mean
    if link == "log":
        return math.log(mean) if mean > 0 else 0.0
    return math.log(mean / (1 - mean)) if 0 < mean < 1 else 0.0


def _far(problem: Prepared, eta: FloatArray, l2: FloatArray, l1: FloatArray, iteration: int) -> bool:
    """Whether an unpenalised fit seems to have no finite optimum: a logistic one separates all rows.

    With a log link the means of rows with a target of 0 vanish.
    """
    if problem.link == "identity" or iteration < 20 or l2.any() or l1.any():
        return False
    if problem.link == "log":
        return bool(np.min(eta[problem.y == 0], initial=0.0) < -iteration / 2)
    return bool(np.all((2 * problem.y - 1) * eta > 1))


def direction(A: FloatArray, gradient: FloatArray, l1: FloatArray, point: FloatArray) -> FloatArray | None:
    """The Newton step, or with an l1 penalty the minimiser of the penalised quadratic model."""
    if l1.any():
        return _descend(A.T @ A, gradient, l1, point)
    H = A.T @ A
    norms = np.sqrt(np.diag(H))
    if np.all(norms > 0):
        try:
            lower = linalg.cholesky(H / np.outer(norms, norms), lower=True, check_finite=False)
        except linalg.LinAlgError:
            lower = np.zeros_like(H)
        # Good enough for steps that are corrected; a worse condition needs the slower QR.
        if np.min(np.diag(lower), initial=1.0) > 1e-4:
            return np.asarray(-linalg.cho_solve((lower, True), gradient / norms) / norms)
    R = linalg.qr(A, mode="r", check_finite=False)[0][: A.shape[1]]
    if not np.all(np.abs(np.diag(R)) > 1e-300):
        return None
    half = linalg.solve_triangular(R, -gradient, trans="T", check_finite=False)
    return np.asarray(linalg.solve_triangular(R, half, check_finite=False))


def _descend(H: FloatArray, gradient: FloatArray, l1: FloatArray, point: FloatArray) -> FloatArray:
    """Coordinate descent on g d + d'H d / 2 + sum l1 |point + d|; sweeps until nothing moves."""
    diagonal = np.diag(H).copy()
    slope, new = gradient.copy(), point.copy()
    for _ in range(SWEEPS):
        largest = 0.0
        for j in range(len(new)):
            if diagonal[j] <= 0:
                continue
            raw = diagonal[j] * new[j] - slope[j]
            value = math.copysign(max(abs(raw) - l1[j], 0.0), raw) / diagonal[j]
            change = value - new[j]
            if change:
                slope += H[:, j] * change
                new[j] = value
                largest = max(largest, abs(change) * math.sqrt(diagonal[j]))
        if largest < 1e-15 * (1 + math.sqrt(float(np.max(diagonal)))):
            break
    return new - point
