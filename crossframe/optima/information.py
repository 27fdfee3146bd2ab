"""Standard errors at a certified optimum, from the Fisher information of the whole sample."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.optima.certificate import factorise
from crossframe.optima.evaluate import Evaluation, evaluate
from crossframe.optima.prepare import Prepared, prepare
from crossframe.optima.problem import Problem, Solution


def unscaled_errors(problem: Problem, solution: Solution) -> FloatArray | None:
    """Standard errors for a dispersion of 1, (1 + k,), the intercept first; NaN for what is not estimated.

    They are the roots of the diagonal of the inverse of X' W X, with W the weights times the expected second
    derivative of the loss (McCullagh and Nelder 1989, section 2.5). It is factorised as for the certificate:
    in float64 where that is proved to be accurate, else by exact sums. None for a problem with a penalty, for
    one without an optimum, and for the least of several optima (``minimum_norm``).
    """
    prepared = prepare(problem)
    if len(prepared.free) < prepared.Z.shape[1] or not solution.digits:
        return None
    if solution.aliased and problem.collinear != "alias":
        return None
    first = int(problem.intercept)
    kept = [j for j in range(prepared.Z.shape[1]) if j - first not in set(solution.aliased)]
    part = prepared if len(kept) == prepared.Z.shape[1] else prepared.columns(kept)
    whole = prepared.point(solution.intercept, np.nan_to_num(solution.coefficients))
    point = [whole[j] for j in kept]
    at = evaluate(part.design, part.rows, part.link, point, power=part.power)
    factor = factorise(part, _expected(part, at, np.array([float(v) for v in point])))
    if factor is None:
        return None
    # b_j = 2^-shift_j phi_j, and the intercept is phi_0 less the centres times these.
    forms = np.diag([part.context.ldexp(1, -s) for s in part.shifts])
    if part.intercept:
        for j, centre in enumerate(part.centre, start=1):
            forms[j, 0] = -part.context.mpf(centre.numerator) / centre.denominator * forms[j, j]
    lengths = np.linalg.norm(factor.whiten(forms), axis=0)
    total = len(problem.y) if problem.weights is None else float(problem.weights.sum())
    errors = np.full(1 + problem.X.shape[1], np.nan)
    errors[[j + 1 - first for j in kept]] = lengths / np.sqrt(total)
    return errors


def _expected(prepared: Prepared, at: Evaluation, point: FloatArray) -> Evaluation:
    """The evaluation with the expectation of the second derivative: for a log link mean^(2 - power)."""
    if prepared.link != "log" or prepared.power == 1.0:
        return at
    mean = np.exp(prepared.scores(point))
    growing = [replace(part, amount=Fraction(1)) for part in at.exponentials if part.targets is None]
    curve = prepared.weights * mean ** (2 - prepared.power)
    return replace(at, curve=curve, exponentials=tuple(growing))
