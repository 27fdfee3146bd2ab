r"""A bound of the distance from a point to the optimum: the proof behind `Solution.digits`.

Let F be the objective on the coefficients that are not 0, at the point p with gradient g and
Hessian H = L L', and h = p* - p the way to the optimum. Everything is measured in the
coordinates L' p, in which the smallest eigenvalue of the Hessian at p is 1 (mu, once the rounding
of L is allowed for) and lengths are ||h|| = sqrt(h' H h):

    lambda = ||L^-1 g||        the Newton decrement
    M      = max_i ||L^-1 z_i|| over the rows z_i of the design

- Squared error: F is quadratic, h = -H^-1 g, and ||h|| = lambda.
- Log-loss, and half the deviance with a log link: the third derivative of the loss in the score is at most
  the second in size (of exp((2-p) s) / (2-p) + y exp(-(p-1) s) / (p-1) it is a sum of the same positive
  terms, times 2-p and -(p-1), which are at most 1), so that
  along h the Hessian is at least exp(-s M ||h||) H at p + s h (Bach, Electronic Journal of
  Statistics 4 (2010) 384-414, Lemma 1). Integrated over s in [0, 1]:

      lambda ||h|| >= -g'h = h' (grad F(p*) - grad F(p)) >= ||h||^2 (1 - exp(-M ||h||)) / (M ||h||)

  so that where M lambda < 1 an optimum exists, is the only one, and

      ||h|| <= -log(1 - M lambda) / M.

With factors rounded by R = L' + error, the Hessian in R's coordinates has its eigenvalues in
mu (1 -+ eta)^2, and lambda and M are divided by 1 - eta. A linear form a'p of the unknowns, such
as a coefficient or the intercept on the features' own scale, is then wrong by at most
||L^-1 a|| ||h||, and has -log10(that / |a'p|) certain digits.

With an l1 penalty the proof is for the coefficients that are not 0; it carries over to all where
none of these can change its sign, and for the others |partial derivative| < l1 holds strictly
throughout the ball around p in which the optimum lies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg

from crossframe.core.types import FloatArray
from crossframe.optima.evaluate import Evaluation
from crossframe.optima.newton import stacked
from crossframe.optima.prepare import Prepared

UNIT = float(np.finfo(np.float64).eps) / 2
SLACK = 1.01
"""Covers the rounding of the bound's own float64 arithmetic."""


@dataclass(frozen=True, eq=False)
class Factor:
    """L of the Hessian at a point, in float64 or in an mpmath context.

    Attributes
    ----------
    lower
        L, shape (m, m).
    eta
        Largest relative error of L, in its own coordinates; below 1/2.
    reach
        M; 0 for squared error.
    context
        None for float64.
    condition
        2-norm condition number of the design behind L, columns scaled to norm 1.
    """

    lower: Any
    eta: float
    reach: float
    context: Any
    condition: float

    def whiten(self, columns: Any) -> FloatArray:
        """L^-1 of each of the columns, rounded; shape (m, c)."""
        if self.context is None:
            solved = linalg.solve_triangular(self.lower, np.asarray(columns, dtype=float), lower=True)
            return np.asarray(solved)
        return np.array(
            [
                [float(v) for v in self._forward(list(column))]
                for column in np.asarray(columns, dtype=object).T
            ]
        ).T

    def step(self, gradient: list[Any]) -> list[Any]:
        """The Newton step -H^-1 g for the gradient g, m numbers: floats, or of the context."""
        if self.context is None:
            half = linalg.solve_triangular(self.lower, np.array([float(v) for v in gradient]), lower=True)
            return [float(-v) for v in linalg.solve_triangular(self.lower, half, lower=True, trans="T")]
        half = self._forward(gradient)
        out: list[Any] = [self.context.mpf(0)] * len(half)
        for i in reversed(range(len(half))):
            known = self.context.fsum(self.lower[j][i] * out[j] for j in range(i + 1, len(half)))
            out[i] = (half[i] - known) / self.lower[i][i]
        return [-v for v in out]

    def _forward(self, column: list[Any]) -> list[Any]:
        out: list[Any] = []
        for i, value in enumerate(column):
            known = self.context.fsum(a * b for a, b in zip(self.lower[i], out, strict=False))
            out.append((value - known) / self.lower[i][i])
        return out


def factorise(problem: Prepared, evaluation: Evaluation) -> Factor | None:
    """L at the evaluated point, in float64 if that is proved accurate, else in mpmath; None: singular."""
    return _quick(problem, evaluation) or _precise(problem, evaluation)


def _quick(problem: Prepared, evaluation: Evaluation) -> Factor | None:
    """R' of the QR decomposition of the stacked design.

    Householder's R is exact for a matrix whose columns are off by c n m u of their norms (Higham,
    Accuracy and Stability of Numerical Algorithms, Theorem 19.4; c = 6 is generous), which in R's
    coordinates is eta = c n m^1.5 u ||D R^-1||, D the columns' norms. The rounding of the
    curvatures and of Z is of a smaller order, unless a probability is within 2^-160 of 0 or 1.
    """
    if evaluation.curve.min() < problem.weights.max() * 2.0 ** (60 - evaluation.bits):
        return None
    made = rounded_factor(stacked(problem.Z, evaluation.curve, problem.l2_float))
    if made is None:
        return None
    lower, eta, condition = made
    reach = 0.0
    if problem.link != "identity":
        whitened = linalg.solve_triangular(lower, problem.Z.T, lower=True, check_finite=False)
        reach = float(np.sqrt((whitened**2).sum(axis=0).max()))
    return Factor(lower, eta, reach / (1 - eta), None, condition)


def rounded_factor(A: FloatArray) -> tuple[FloatArray, float, float] | None:
    """L of A'A in float64, ``eta`` of `Factor` and the condition number of A, its columns scaled to norm 1.

    None where the rounding is not proved to be small. A has shape (rows, m) with rows >= m.
    """
    rows, m = A.shape
    R = linalg.qr(A, mode="r", check_finite=False)[0][:m]
    norms = np.linalg.norm(R, axis=0)
    if not np.all(np.abs(np.diag(R)) > 1e-300):
        return None
    values = linalg.svdvals(R / norms)
    if not values[-1] > 0:
        return None
    eta = 6 * rows * m**1.5 * UNIT / float(values[-1])
    if eta > 0.1:
        return None
    return R.T * np.sign(np.diag(R)), eta, float(values[0] / values[-1])


def _precise(problem: Prepared, evaluation: Evaluation) -> Factor | None:
    """Cholesky's L of the exactly summed Hessian.

    In L's coordinates the error is at most (m + 1) m 2^-prec ||D L^-1||^2 (Higham, Theorem 10.3),
    and a row of the design is no longer than 1 / sqrt(curvature), because the row's own part of
    the Hessian is no larger than all of it.
    """
    context, design, total = problem.context, problem.design, problem.rows.total
    curvature = evaluation.curvature(problem.rows)
    m = len(problem.l2)
    products = design.numbers.T @ (design.numbers * curvature[:, None])
    scales = [context.mpf(s.numerator) / s.denominator for s in map(design.scale, range(m))]
    H = [
        [
            context.ldexp(context.mpf(int(products[i, j])), -evaluation.bits) * scales[i] * scales[j] / total
            for j in range(i + 1)
        ]
        for i in range(m)
    ]
    for i in range(m):
        H[i][i] += problem.l2[i]
        if H[i][i] <= 0:
            return None
    size = [context.sqrt(H[i][i]) for i in range(m)]
    lower: list[list[Any]] = []
    for i in range(m):
        row: list[Any] = []
        for j in range(i + 1):
            above = lower[j] if j < i else row
            rest = H[i][j] - context.fsum(a * b for a, b in zip(row, above, strict=False))
            if j < i:
                row.append(rest / lower[j][j])
            elif rest <= 0:
                return None
            else:
                row.append(context.sqrt(rest))
        lower.append(row)
    factor = Factor(lower, 0.0, 0.0, context, 1.0)
    inverse = factor.whiten(np.diag(np.array(size, dtype=object)))
    smallest = float(np.linalg.norm(inverse, 2))
    # The curvatures themselves are known to 2^-bits, the smallest relative to 2^-bits / itself.
    least = min(int(v) for v in curvature)
    if least <= 0:
        return None
    heavy = 1 if problem.rows.heavy is None else int(max(problem.rows.heavy))
    eta = (m + 1) * m * 2.0**-evaluation.bits * smallest**2 + 4 * heavy / least
    if not eta < 0.1:
        return None
    reach = 0.0
    if problem.link != "identity":
        reach = float(context.sqrt(context.ldexp(context.mpf(total), evaluation.bits) / least)) / (1 - eta)
    scaled = np.array(
        [[float(v / size[i]) for v in [*row, *[0] * (m - i - 1)]] for i, row in enumerate(lower)]
    )
    return Factor(lower, eta, reach, context, float(np.linalg.norm(scaled, 2)) * smallest)


@dataclass(frozen=True)
class Ball:
    """A ball around a point that contains the optimum, with ``radius`` in L's coordinates.

    ``decrement`` is the Newton decrement, ``radius`` infinite where nothing is proved.
    """

    decrement: float
    radius: float


def enclose(problem: Prepared, factor: Factor, gradient: list[Any], bits: int) -> Ball:
    """The ball around a point at which the gradient of the smooth part and the signs is ``gradient``."""
    return ball_of(factor, gradient, np.abs(problem.Z).mean(axis=0) * 4 * (len(gradient) + 4) * 2.0**-bits)


def ball_of(factor: Factor, gradient: list[Any], doubt: FloatArray) -> Ball:
    """The same with bounds ``doubt``, shape (m,), of the errors of the evaluated gradient itself."""
    unsure = float(np.linalg.norm(factor.whiten(np.diag(doubt))))
    decrement = float(np.linalg.norm(factor.whiten(np.array(gradient, dtype=object)[:, None])))
    size = SLACK * (decrement + unsure) / (1 - factor.eta)
    if not factor.reach:
        return Ball(decrement, size)
    growth = size * factor.reach
    return Ball(decrement, -math.log1p(-growth) / factor.reach if growth < 0.9 else math.inf)


def stays_zero(factor: Factor, ball: Ball, sizes: FloatArray, gradient: FloatArray, l1: FloatArray) -> bool:
    """Whether |gradient| < l1 holds throughout the ball, for coefficients that are 0.

    Along a step h within the ball the gradient of such a coefficient changes by at most
    exp(M ||h||) sqrt(H_jj) ||h|| (Cauchy and Schwarz), ``sizes`` being the H_jj at the point.
    """
    grown = math.exp(factor.reach * ball.radius) * ball.radius * SLACK / (1 - factor.eta)
    return bool(np.all(np.abs(gradient) + np.sqrt(sizes) * grown < l1))
