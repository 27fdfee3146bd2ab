"""The least-norm optimum where unpenalised columns determine one another."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from crossframe.optima.exact import Rows
from crossframe.optima.prepare import Prepared
from crossframe.optima.refine import optimum


def least_norm(
    problem: Prepared, kept: list[int], aliased: list[int], point: list[Any], digits: float, bits: int
) -> tuple[list[Any], float]:
    """All unknowns of the optimum with the least sum of t_j^2 over the columns without penalty.

    Every aliased column d is z_d = sum_j D_jd z_j over the kept ones, by certified least squares. The
    optima are phi + N c, with phi the optimum of the kept columns and N = [-D; I]; the one of least
    norm solves N'T'T N c = -N'T'T phi, with T the diagonal matrix of the lengths of the unknowns.

    Parameters
    ----------
    point
        Optimum of the kept columns alone, in their order.

    Returns
    -------
    tuple
        The unknowns, and their number of certain digits: that of the optimum and of the
        dependences, or less where these hold only up to rounding, which leaves the least-norm
        optimum itself uncertain.
    """
    context = problem.context
    free = [j for j in kept if j in set(problem.free)]
    basis = problem.columns(free)
    full = [context.mpf(0)] * len(problem.l2)
    for j, value in zip(kept, point, strict=True):
        full[j] = value
    null: list[list[Any]] = []
    design = problem.design
    for column in aliased:
        feature = column - design.first
        target = Prepared(
            "identity",
            basis.intercept,
            basis.design,
            basis.Z,
            Rows(np.ascontiguousarray(design.X[:, feature]), problem.rows.weights, design.centre[feature]),
            np.ldexp(problem.Z[:, column], design.shifts[feature]),
            problem.weights,
            basis.l2,
            basis.l1,
            basis.centre,
            basis.shifts,
            basis.lengths,
            context,
        )
        dependence = optimum(target, digits, bits)
        size = context.ldexp(1, design.shifts[feature])
        vector = [context.mpf(0)] * len(full)
        vector[column] = context.mpf(1)
        for j, value in zip(free, dependence.point, strict=True):
            vector[j] = -value / size
        null.append(vector)
        rest = problem.Z[:, column] - basis.Z @ np.array([float(v / size) for v in dependence.point])
        left = float(np.linalg.norm(rest)) / max(float(np.linalg.norm(problem.Z[:, column])), 1e-300)
        digits = min(digits, dependence.digits, -math.log10(max(left, 1e-17)))
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
