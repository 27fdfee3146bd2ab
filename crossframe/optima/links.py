"""Certified optima of Poisson, gamma and inverse Gaussian regressions with other links than the log.

For these pairs of family and link the loss of a row is a convex function of its linear predictor s, on s > 0
(McCullagh and Nelder 1989, table 2.1, for the deviances):

    poisson, identity             s - y log s
    poisson, sqrt                 s^2 - 2 y log s
    gamma, inverse                y s - log s
    inverse_gaussian, inverse     y s^2 / 2 - s
    inverse_gaussian, inverse_squared   y s / 2 - sqrt(s)

Where s changes by a share r at most, the second derivative of each falls by (1 + r)^-2 at most. So with the
gradient g, the Hessian H and d = sqrt(g' H^-1 g) at a point, the loss is larger than there on the whole
boundary of the ellipsoid |b|_H <= R as soon as R > 2 d (1 + r)^2, r being the largest share within it: the
optimum lies inside, and is the only one. Everything is computed with 60 digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from crossframe.core.types import FloatArray
from crossframe.optima.pivoting import pivot
from crossframe.optima.problem import ALIAS_TOLERANCE, Solution, SolutionStatus

LARGEST = 200_000
"""Numbers in a design up to which its optimum is certified; beyond, that takes minutes."""
_BITS = 200
_STEPS = 200
_SLACK = 1.01
_PRINTED = 30
"""Digits that are certified, and shown."""

Derivatives = tuple[
    Callable[[Any, Any, Any], Any], Callable[[Any, Any, Any], Any], Callable[[Any, Any, Any], Any]
]
"""Loss and its first two derivatives, each a function of s, y and the root and logarithm to use."""


class _Float:
    """Root and logarithm of arrays."""

    sqrt, log = staticmethod(np.sqrt), staticmethod(np.log)


_LOSSES: dict[tuple[str, str], Derivatives] = {
    ("poisson", "identity"): (
        lambda s, y, f: s - y * f.log(s), lambda s, y, f: 1 - y / s, lambda s, y, f: y / s**2,
    ),
    ("poisson", "sqrt"): (
        lambda s, y, f: s**2 - 2 * y * f.log(s), lambda s, y, f: 2 * s - 2 * y / s,
        lambda s, y, f: 2 + 2 * y / s**2,
    ),
    ("gamma", "inverse"): (
        lambda s, y, f: y * s - f.log(s), lambda s, y, f: y - 1 / s, lambda s, y, f: 1 / s**2,
    ),
    ("inverse_gaussian", "inverse"): (
        lambda s, y, f: y * s**2 / 2 - s, lambda s, y, f: y * s - 1, lambda s, y, f: y + 0 * s,
    ),
    ("inverse_gaussian", "inverse_squared"): (
        lambda s, y, f: y * s / 2 - f.sqrt(s), lambda s, y, f: y / 2 - 1 / (2 * f.sqrt(s)),
        lambda s, y, f: 1 / (4 * s * f.sqrt(s)),
    ),
}  # fmt: skip

_INVERSE: dict[str, Callable[[float], float]] = {
    "identity": lambda mean: mean, "sqrt": math.sqrt, "inverse": lambda mean: 1 / mean,
    "inverse_squared": lambda mean: mean**-2,
}  # fmt: skip


def solve_by_link(
    X: FloatArray,
    y: FloatArray,
    family: str,
    link: str,
    *,
    intercept: bool = True,
    weights: FloatArray | None = None,
    offset: FloatArray | None = None,
) -> Solution:
    """The optimum of a regression without a penalty, certified.

    ``X`` (n, k) and ``y`` (n,) are finite, ``weights`` and ``offset`` (n,). Raises `ValueError` for another
    family or link, for collinear columns, and where the optimum is not found or not proved: it may lie where
    a mean is 0.
    """
    if (family, link) not in _LOSSES:
        raise ValueError(f"no optimum of the {family} family with the link {link} can be proved to be global")
    if X.size > LARGEST:
        raise ValueError(f"beyond {LARGEST:,} numbers the optimum is not certified")
    Z = np.column_stack([np.ones(len(y)), X]) if intercept else X
    if pivot(Z, ALIAS_TOLERANCE):
        raise ValueError("columns are collinear")
    shares = np.full(len(y), 1.0 / len(y)) if weights is None else weights / weights.sum()
    used = np.flatnonzero(shares)
    Z, y, shares = Z[used], y[used], shares[used]
    known = np.zeros(len(y)) if offset is None else offset[used]
    scale = np.sqrt(np.mean(Z**2, axis=0))
    losses = _LOSSES[family, link]
    start, steps = _rough(Z / scale, y, shares, known, losses, link, intercept)
    return _certified(Z, y, shares, known, losses, start / scale, steps, intercept)


def _rough(
    Z: FloatArray, y: FloatArray, shares: FloatArray, known: FloatArray, losses: Derivatives, link: str,
    intercept: bool,
) -> tuple[FloatArray, int]:  # fmt: skip
    """The optimum to float64 accuracy by Newton's method, all linear predictors above 0, and its steps."""
    wanted = np.full(len(y), _INVERSE[link](float(shares @ y))) - known
    point = np.linalg.lstsq(Z, wanted, rcond=None)[0]
    if not (Z @ point + known > 0).all():
        raise ValueError("no start was found at which all means are above 0")
    value = float(shares @ losses[0](Z @ point + known, y, _Float))
    steps = 0
    for steps in range(1, _STEPS):  # noqa: B007 - returned
        s = Z @ point + known
        gradient = Z.T @ (shares * losses[1](s, y, _Float))
        move = -np.linalg.lstsq((Z.T * (shares * losses[2](s, y, _Float))) @ Z, gradient, rcond=None)[0]
        size = 1.0
        while size > 1e-12:
            trial = point + size * move
            if (Z @ trial + known > 0).all():
                new = float(shares @ losses[0](Z @ trial + known, y, _Float))
                if new <= value + 1e-4 * size * float(gradient @ move) + 1e-15 * abs(value):
                    break
            size /= 2
        else:
            break
        point, value = trial, new
        if float(np.abs(gradient @ move)) < 1e-24:
            break
    return np.asarray(point, dtype=np.float64), steps


def _certified(
    Z: FloatArray, y: FloatArray, shares: FloatArray, known: FloatArray, losses: Derivatives,
    start: FloatArray, steps: int, intercept: bool,
) -> Solution:  # fmt: skip
    context = mpmath.MPContext()
    context.prec = _BITS
    rows = [[context.mpf(v) for v in row] for row in Z.tolist()]
    targets, heavy, fixed = ([context.mpf(v) for v in part.tolist()] for part in (y, shares, known))
    point = context.matrix(start.tolist())
    for extra in range(8):
        s = [context.fdot(row, point) + o for row, o in zip(rows, fixed, strict=True)]
        if min(s) <= 0:
            break
        slopes = [w * losses[1](a, b, context) for w, a, b in zip(heavy, s, targets, strict=True)]
        curve = [w * losses[2](a, b, context) for w, a, b in zip(heavy, s, targets, strict=True)]
        m = len(point)
        gradient = context.matrix([context.fdot(slopes, [row[j] for row in rows]) for j in range(m)])
        hessian = context.matrix(m, m)
        for j in range(m):
            for k in range(j + 1):
                products = [c * row[j] * row[k] for c, row in zip(curve, rows, strict=True)]
                hessian[j, k] = hessian[k, j] = context.fsum(products)
        try:
            inverse = context.inverse(hessian)
        except ZeroDivisionError:
            break
        move = -(inverse * gradient)
        decrement = context.sqrt(abs(context.fdot(gradient, move)))
        # Of each row the largest change of s within the ellipsoid of radius 1, as a share of s.
        reach = max(
            context.sqrt(abs((context.matrix([row]) * inverse * context.matrix(row))[0])) / a
            for row, a in zip(rows, s, strict=True)
        )
        radius = 3 * decrement * _SLACK
        if reach * radius < 0.2:
            bounds = [radius * context.sqrt(inverse[j, j]) for j in range(m)]
            share = max(b / abs(p) if p else context.inf for b, p in zip(bounds, point, strict=True))
            digits = float(-context.log10(share)) if share else math.inf
            if digits >= _PRINTED:
                return _solution(
                    context, point, gradient, hessian, min(digits, 45.0), steps + extra, intercept
                )
        point += move
    raise ValueError("no optimum at which all means are above 0 was certified")


def _solution(
    context: Any, point: Any, gradient: Any, hessian: Any, digits: float, steps: int, intercept: bool
) -> Solution:
    values = [*point] if intercept else [context.mpf(0), *point]
    size = np.array([[float(hessian[j, k]) for k in range(len(point))] for j in range(len(point))])
    norms = np.sqrt(np.diag(size))
    return Solution(
        SolutionStatus.CERTIFIED,
        float(values[0]),
        np.array([float(v) for v in values[1:]]),
        tuple(context.nstr(v, _PRINTED) for v in values),
        math.nan,
        steps,
        float(max(abs(g) for g in gradient)),
        digits,
        float(np.sqrt(np.linalg.cond(size / np.outer(norms, norms)))),
    )
