"""The least-norm optimum where unpenalised columns determine one another."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from crossframe.referee.exact import Rows
from crossframe.referee.prepare import Prepared
from crossframe.referee.refine import optimum


def least_norm(
    problem: Prepared, kept: list[int], aliased: list[int], point: list[Any], digits: float, bits: int
) -> tuple[list[Any], float]:
    """All unknowns of the optimum with the least sum of t_j^2 over the columns without penalty.

    Every aliased column d is z_d = sum_j D_jd z_j over the kept ones, certified least squares; the
    optima are the kept columns' plus N c, N being D turned and the identity below it, and the
    least is at N'T'T N c = -N'T'T phi, T the lengths of the unknowns.

    Parameters
    ----------
    point
        Optimum of the kept columns alone, in their order.

    Returns
    -------
    tuple
        The unknowns, and the digits they are certain to: those of the optimum and of the
        dependences, or fewer where these hold only to rounding, which leaves the least-norm
        optimum itself uncertain.
    """
    context = problem.context
    free = [j for j in kept if j in set(problem.free)]
    basis = problem.columns(free)
    full = [context.mpf(0)] * len(problem.l2)
    for j, value in zip(kept, point, strict=True):
        full[j] = value
    null: list[list[Any]] = []
    for column in aliased:
        target = Prepared(
            "identity",
            basis.intercept,
            basis.design,
            basis.Z,
            Rows(
                problem.design.numbers[:, column],
                problem.design.powers[column],
                problem.rows.weights,
                problem.rows.total,
            ),
            problem.Z[:, column],
            problem.weights,
            basis.l2,
            basis.l1,
            basis.centre,
            basis.shifts,
            basis.lengths,
            context,
        )
        found = optimum(target, digits, bits)
        divisor = problem.design.divisors[column]
        vector = [context.mpf(0)] * len(full)
        vector[column] = context.mpf(1)
        for j, value in zip(free, found.point, strict=True):
            vector[j] = -value / divisor
        null.append(vector)
        rest = problem.Z[:, column] - basis.Z @ np.array([float(v) / divisor for v in found.point])
        left = float(np.linalg.norm(rest)) / max(float(np.linalg.norm(problem.Z[:, column])), 1e-300)
        digits = min(digits, found.digits, -math.log10(max(left, 1e-17)))
    squares = [length**2 for length in problem.lengths]
    gram = context.matrix(
        [[context.fsum(s * a * b for s, a, b in zip(squares, u, v, strict=True)) for v in null] for u in null]
    )
    right = context.matrix(
        [-context.fsum(s * a * b for s, a, b in zip(squares, u, full, strict=True)) for u in null]
    )
    amounts = context.lu_solve(gram, right)
    for amount, vector in zip(list(amounts), null, strict=True):
        full = [a + amount * b for a, b in zip(full, vector, strict=True)]
    return full, digits
