"""Newton steps with an exact gradient, until the certificate holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.optima.certificate import Ball, Factor, enclose, factorise, stays_zero
from crossframe.optima.evaluate import Evaluation, evaluate
from crossframe.optima.newton import rough
from crossframe.optima.prepare import Prepared

ROUNDS = 80
PATIENCE = 8
"""Rounds in a row without any proof after which the search ends."""
NEGLIGIBLE = 2.0**-53
"""A number below this share of the largest effect is taken as 0 when its digits are counted."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """Unknowns phi as mpmath numbers, and what is proved of them.

    ``gradient`` is the subgradient of least size, in the reported numbers; where nothing is proved
    ``digits`` is 0 and ``reason`` says why.
    """

    point: list[Any]
    gradient: list[Any]
    digits: float
    iterations: int
    condition: float
    decrement: float
    reason: str = ""


def optimum(problem: Prepared, digits: float, bits: int) -> Optimum:
    """The optimum of ``problem`` with at least ``digits`` certain digits, or what is proved after `ROUNDS`.

    ``bits`` is the precision of the gradient behind the point.
    """
    start = rough(problem)
    point = [problem.context.mpf(float(v)) for v in start.point]
    signs = np.sign(start.point)
    l1 = problem.l1_float
    last: Optimum | None = None
    unproved = 0
    for round_ in range(1, ROUNDS + 1):
        evaluation = evaluate(problem.design, problem.rows, problem.link, point, bits, problem.power)
        smooth = with_ridge(problem, evaluation, point)
        active = [j for j in range(len(point)) if not l1[j] or signs[j]]
        part = problem.columns(active) if len(active) < len(point) else problem
        bent = [smooth[j] + problem.l1[j] * int(signs[j]) for j in active]
        factor = factorise(part, evaluation) if active else None
        shown = subgradient(problem, smooth, signs)
        count = start.iterations + round_ - 1
        if active and factor is None:
            return Optimum(
                point, shown, 0, count, math.inf, math.nan, "the Hessian is singular at working precision"
            )
        if factor is None:
            ball, condition = Ball(0.0, 0.0), 1.0
        else:
            ball, condition = enclose(part, factor, bent, bits), factor.condition
        zero = [j for j in range(len(point)) if j not in set(active)]
        beyond = [j for j in zero if abs(float(smooth[j])) > l1[j]]
        certain = 0.0
        if math.isfinite(ball.radius) and not beyond:
            sure = factor is None or _signs_hold(part, factor, ball, [point[j] for j in active])
            if sure and _zeros_hold(problem, factor, ball, evaluation, zero, smooth):
                certain = count_digits(part, factor, ball, [point[j] for j in active])
        reason = "" if certain else "no ball around the point is proved to hold an optimum"
        last = Optimum(point, shown, certain, count, condition, ball.decrement, reason)
        unproved = 0 if math.isfinite(ball.radius) else unproved + 1
        if certain >= digits or unproved > PATIENCE or (unproved and start.runaway):
            return last
        step = factor.step(bent) if factor else []
        growth = factor.reach * ball.decrement if factor else 0.0
        # Where the quadratic model reaches less far than the step, a shorter one still descends.
        size = 1.0 if growth < 0.5 else 1 / (1 + growth)
        point = list(point)
        for j, move in zip(active, step, strict=True):
            new = point[j] + size * move
            if l1[j] and new * int(signs[j]) <= 0:
                new, signs[j] = problem.context.mpf(0), 0
            point[j] = new
        if ball.decrement < 1e-6 and beyond:
            worst = max(beyond, key=lambda j: abs(float(smooth[j])) - l1[j])
            signs[worst] = -np.sign(float(smooth[worst]))
    assert last is not None
    return last


def with_ridge(problem: Prepared, evaluation: Evaluation, point: list[Any]) -> list[Any]:
    """The gradient of all but the l1 penalty at ``point``, of which ``evaluation`` has the mean loss."""
    slopes = evaluation.gradient(problem.design, problem.context)
    return [g + a * p for g, a, p in zip(slopes, problem.l2, point, strict=True)]


def subgradient(problem: Prepared, smooth: list[Any], signs: FloatArray) -> list[Any]:
    """The subgradient of least size in the reported numbers; 1 + k of them.

    ``smooth`` is the gradient of all but the l1 penalty, in the unknowns with these ``signs``. For a
    coefficient of 0 its component is the excess of its partial derivative over l1: with b0 constant,
    or with the intercept of centred features constant where that has an l1 penalty itself.
    """
    context, first = problem.context, int(problem.intercept)
    l1 = problem.l1
    if first and l1[0]:
        return problem.in_reported([_least(context, *v) for v in zip(smooth, l1, signs, strict=True)])
    slope = problem.in_reported(smooth)
    reach = [context.ldexp(v, s) for v, s in zip(l1[first:], problem.shifts[first:], strict=True)]
    return slope[:1] + [_least(context, *v) for v in zip(slope[1:], reach, signs[first:], strict=True)]


def _least(context: Any, slope: Any, l1: Any, sign: float) -> Any:
    """The number of least size in slope + l1 [-1, 1], or slope + l1 sign where the sign is not 0."""
    if not l1 or sign:
        return slope + l1 * int(sign)
    over = abs(slope) - l1
    return context.sign(slope) * over if over > 0 else context.mpf(0)


def _signs_hold(part: Prepared, factor: Factor, ball: Ball, point: list[Any]) -> bool:
    """Whether no coefficient with an l1 penalty can be 0 within the ball."""
    errors = _errors(factor, ball, np.eye(len(point)))
    values = np.array([abs(float(v)) for v in point])
    return bool(np.all((values > errors) | (part.l1_float == 0)))


def _zeros_hold(
    problem: Prepared,
    factor: Factor | None,
    ball: Ball,
    evaluation: Evaluation,
    zero: list[int],
    smooth: list[Any],
) -> bool:
    """Whether the coefficients that are 0 stay 0 throughout the ball."""
    gradient = np.array([float(smooth[j]) for j in zero])
    l1 = problem.l1_float[zero]
    if factor is None:
        return bool(np.all(np.abs(gradient) < l1))
    sizes = 1.01 * (problem.Z[:, zero] ** 2 * evaluation.curve[:, None]).sum(axis=0)
    return stays_zero(factor, ball, sizes, gradient, l1)


def _errors(factor: Factor, ball: Ball, forms: Any) -> FloatArray:
    """Largest error of each linear form of the unknowns, its factors a column of ``forms``."""
    lengths: FloatArray = np.linalg.norm(factor.whiten(forms), axis=0)
    return lengths * ball.radius / (1 - factor.eta)


def count_digits(part: Prepared, factor: Factor | None, ball: Ball, point: list[Any]) -> float:
    """The least number of certain digits of the reported numbers at ``point``, from its ``ball``.

    Digits are relative to the number itself, or to 2^-53 of the largest effect of a feature if the
    number is smaller than that, because an optimum can have a coefficient of exactly 0.
    """
    if factor is None:
        return math.inf
    forms = np.array(np.eye(len(point)), dtype=object)
    values = [abs(v) for v in point]
    first = int(part.intercept)
    if any(part.centre):
        # b0 = phi_0 - sum_j centre_j 2^-shift_j phi_j
        context = part.context
        back = [
            -context.ldexp(context.mpf(c.numerator) / c.denominator, -s)
            for c, s in zip(part.centre, part.shifts[first:], strict=True)
        ]
        form = [context.mpf(1)] * first + back
        forms = np.concatenate([forms, np.array(form, dtype=object)[:, None]], axis=1)
        values.append(abs(context.fsum(a * b for a, b in zip(form, point, strict=True))))
        if first:
            forms, values = forms[:, 1:], values[1:]
    errors = _errors(factor, ball, forms)
    size = np.array([float(v) for v in values])
    # Every column is near 1 in size, so that the unknowns are comparable effects.
    floor = NEGLIGIBLE * max(float(size.max()), 1e-300)
    with np.errstate(divide="ignore"):
        return float(np.min(-np.log10(errors / np.maximum(size, floor))))
