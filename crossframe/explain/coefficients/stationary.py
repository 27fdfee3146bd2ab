"""The objective of which printed coefficients are the optimum, up to the precision that is printed.

With g the gradient of the mean loss at the printed numbers b, H its Hessian and A theta the gradient of a
penalty of unknown strengths theta, the optimum lies at b + d with

    d = -(H + Lambda)^-1 (g + A theta),

Lambda the penalty's own curvature. A table agrees with an objective where strengths exist with |d_j| within
half a unit of the last printed digit of every term: a linear program in theta, with a few equations to spare.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import linprog

from crossframe.core.types import FloatArray
from crossframe.explain.coefficients.designs import Design
from crossframe.explain.inference.likelihood import derivatives
from crossframe.optima.problem import Standardize

ROUNDS = 4
"""Times that the penalty's curvature is renewed."""
_RANK = 1e-10
"""Share of the largest eigenvalue of a scaled Hessian below which one counts as 0."""
_DEPENDENT = 1e-11
"""Share of the largest singular value below which columns count as dependent."""
_STEPS = 100


@dataclass(frozen=True)
class Objective:
    """What coefficients minimise: mean loss + l1 |t|_1 + l2/2 |t|^2, as in `crossframe.optima.Problem`.

    Attributes
    ----------
    link
        A key of `crossframe.explain.inference.likelihood.FAMILIES`.
    l2, l1
        Strengths.
    standardize
        The scale on which the penalty acts.
    intercept_penalty
        Weight of the intercept's square relative to a coefficient's.
    scale, shift
        The target that was fitted is scale * target + shift.
    """

    link: str
    l2: float = 0.0
    l1: float = 0.0
    standardize: Standardize = "none"
    intercept_penalty: float = 0.0
    scale: float = 1.0
    shift: float = 0.0

    @property
    def penalised(self) -> bool:
        """Whether a ridge or a lasso penalty has a strength above 0."""
        return self.l2 > 0 or self.l1 > 0


@dataclass(frozen=True, eq=False)
class Printed:
    """The printed numbers of a design, the intercept first.

    Attributes
    ----------
    values, tolerances
        (1 + p,); the tolerance of an intercept that is not in the table is infinite.
    """

    values: FloatArray
    tolerances: FloatArray


@dataclass(frozen=True, eq=False)
class Fit:
    """An objective of which printed numbers may be the optimum.

    Attributes
    ----------
    design
        The rows, target and columns.
    objective
        With strengths in the middle of those that fit.
    ranges
        Name of a strength, ``l2`` or ``l1``, or of ``scale`` -> the least and the largest that fits.
    worst
        Largest distance of a printed number from the optimum, in half units of its last digit.
    altered
        Terms (0: the intercept) left out of the comparison.
    """

    design: Design
    objective: Objective
    ranges: dict[str, tuple[float, float]]
    worst: float
    altered: tuple[int, ...] = ()


class Local:
    """Gradient and Hessian of the mean loss of one link at the printed numbers of a design."""

    def __init__(self, design: Design, link: str, printed: Printed) -> None:
        self.design, self.link, self.printed = design, link, printed
        n = len(design.y)
        self.first = int(design.intercept == "none")
        Z = np.concatenate([np.ones((n, 1)), design.X], axis=1)
        weights = np.ones(n) if design.weights is None else design.weights
        self.shares = weights / weights.sum()
        values = printed.values.copy()
        if design.intercept == "hidden":
            values[0] = _start(link, design, values[1:], self.shares)
        elif design.intercept == "none":
            values[0] = 0.0
        self.Z, self.values = Z, values
        with np.errstate(all="ignore"):
            self.at = derivatives(link, Z @ values, design.y)
            self.gradient = Z.T @ (self.shares * self.at.slope)
            self.hessian = Z.T @ (Z * (self.shares * self.at.curve)[:, None])
        self.mean = self.shares @ design.X
        self.deviation = design.X.std(axis=0)
        self.usable = bool(np.isfinite(self.gradient).all() and np.isfinite(self.hessian).all())

    @cached_property
    def scales(self) -> FloatArray:
        """(1 + p,) sizes of the columns."""
        return np.asarray(np.sqrt(np.maximum((self.Z**2).mean(axis=0), 1e-300)))

    def inverse(self, extra: FloatArray, kept: Sequence[int] | None = None) -> FloatArray:
        """(1 + p, 1 + p) pseudo-inverse of the Hessian plus a diagonal, over the numbers ``kept``."""
        use = [j for j in range(self.first, len(self.values)) if kept is None or j in kept]
        H = (self.hessian + np.diag(extra))[np.ix_(use, use)]
        s = np.sqrt(np.maximum(np.diag(H), 1e-300))
        out = np.zeros_like(self.hessian)
        values, vectors = np.linalg.eigh(H / np.outer(s, s))
        large = values > _RANK * values.max(initial=0.0)
        part = (vectors[:, large] / values[large]) @ vectors[:, large].T
        out[np.ix_(use, use)] = part / np.outer(s, s)
        return np.asarray(out)

    @cached_property
    def deficient(self) -> bool:
        """Whether the columns are linearly dependent, so that no optimum without a penalty is unique."""
        Z = self.Z[:, self.first :]
        lengths = np.linalg.norm(Z, axis=0)
        R = np.linalg.qr(Z / np.where(lengths > 0, lengths, 1.0), mode="r")
        values = np.linalg.svd(R, compute_uv=False)
        return bool(len(values) < Z.shape[1] or values[-1] < _DEPENDENT * values[0])

    def tolerances(self, relax: float) -> FloatArray:
        """(1 + p,) half units of the last digits, or ``relax`` times the size of a number if that is more."""
        effects = np.abs(self.values[1:]) * self.deviation
        deviation = np.where(self.deviation > 0, self.deviation, 1.0)
        sizes = np.maximum(np.abs(self.values[1:]), effects.max(initial=0.0) / deviation)
        start = max(abs(self.values[0]), float(np.abs(self.mean) @ sizes), float(effects.max(initial=0.0)))
        made = np.maximum(self.printed.tolerances, relax * np.concatenate([[start], sizes]))
        return np.where(made > 0, made, 1e-300)


def _start(link: str, design: Design, slopes: FloatArray, shares: FloatArray) -> float:
    """The intercept at which its own derivative is 0, given the slopes."""
    score = design.X @ slopes
    if link == "identity":
        return float(shares @ (design.y - score))
    start = 0.0
    for _ in range(_STEPS):
        at = derivatives(link, start + score, design.y)
        step = float(shares @ at.slope) / max(float(shares @ at.curve), 1e-12)
        if not math.isfinite(step):
            return 0.0
        start -= max(-5.0, min(5.0, step))
        if abs(step) < 1e-14 * max(1.0, abs(start)):
            break
    return start


@dataclass(frozen=True)
class Form:
    """A kind of penalty: the strengths that are unknown, and the scale on which they act."""

    names: tuple[str, ...]
    standardize: Standardize = "none"
    intercept: float = 0.0


FORMS = (
    Form(("l2",)),
    Form(("l2",), "sd_n"),
    Form(("l2",), intercept=1.0),
    Form(("l1",)),
    Form(("l1",), "sd_n"),
    Form(("l1",), intercept=1.0),
    Form(("l2", "start")),
    Form(("l2", "l1")),
    Form(("l2", "l1"), "sd_n"),
)
ONE_STRENGTH = 6
"""How many of the forms, the first ones, have one unknown strength."""


def unpenalised(local: Local, relax: float, allowance: float = 1.0) -> Fit | None:
    """Maximum likelihood or least squares, where the printed numbers are stationary for it."""
    if not local.usable:
        return None
    worst = float(np.max(np.abs(nearest(local, local.tolerances(relax))) / local.tolerances(relax)))
    if not worst <= allowance:
        return None
    return Fit(local.design, Objective(local.link), {}, worst)


def nearest(local: Local, tolerances: FloatArray) -> FloatArray:
    """(1 + p,) d without a penalty: where there are many optima, to the nearest one, in tolerances."""
    d = -local.inverse(np.zeros(len(local.values))) @ local.gradient
    if local.deficient:
        Z = local.Z[:, local.first :]
        lengths = np.linalg.norm(Z, axis=0)
        _, values, vectors = np.linalg.svd(Z / lengths, full_matrices=True)
        rank = int(np.sum(values > _DEPENDENT * values[0]))
        free = np.zeros((len(d), Z.shape[1] - rank))
        free[local.first :] = vectors[rank:].T / lengths[:, None]
        compared = np.isfinite(tolerances)
        near = _feasible(d[compared], free[compared], tolerances[compared], 0)
        if near is not None:
            d = d + free @ near[0]
    return np.asarray(d)


def penalised(
    local: Local, relax: float, altered: tuple[int, ...] = (), forms: tuple[Form, ...] = FORMS
) -> Iterator[Fit]:
    """Penalties of unknown strength for which the printed numbers are stationary, the simpler ones first.

    The numbers ``altered`` are unknown as well.
    """
    scaled = "scaling" in local.design.choices
    if local.usable:
        for form in forms:
            # On centred columns the intercept has an equation of its own, which any weight of it solves.
            if scaled and (form.standardize != "none" or "start" in form.names):
                continue
            if fit := _penalised(local, form, relax, altered):
                yield fit


def _columns(local: Local, form: Form) -> FloatArray:
    """(1 + p, m) A: the gradient of the penalty of a form per unit of its strengths."""
    b = local.values
    s = np.ones(len(b) - 1) if form.standardize == "none" else local.deviation
    columns = {
        "l2": np.concatenate([[form.intercept * b[0]], s**2 * b[1:]]),
        "l1": np.concatenate([[math.sqrt(form.intercept) * np.sign(b[0])], s * np.sign(b[1:])]),
        "start": np.concatenate([[b[0]], np.zeros(len(b) - 1)]),
    }
    return np.column_stack([columns[name] for name in form.names])


def balanced(local: Local, form: Form, j: int, relax: float) -> float | None:
    """What the ``j``-th number is off, by the strength for which the others are nearest to stationary."""
    if not local.usable or not local.values[1:].any():
        return None
    compared = [
        k
        for k in range(local.first, len(local.values))
        if k != j and np.isfinite(local.printed.tolerances[k])
    ]
    tolerances, A = local.tolerances(relax)[compared], _columns(local, form)
    s = np.ones(len(local.values) - 1) if form.standardize == "none" else local.deviation
    theta = np.zeros(len(form.names))
    offset = slope = np.zeros(0)
    for _ in range(ROUNDS):
        l2 = theta[0] if form.names[0] == "l2" else 0.0
        M = local.inverse(np.concatenate([[form.intercept * l2], l2 * s**2]))
        offset, slope = -(M @ local.gradient), -(M @ A)
        theta = np.maximum(
            np.linalg.lstsq(
                slope[compared] / tolerances[:, None], -offset[compared] / tolerances, rcond=None
            )[0],
            0,
        )
    return float((offset + slope @ theta)[j])


def _penalised(local: Local, form: Form, relax: float, altered: tuple[int, ...]) -> Fit | None:
    b, p = local.values, len(local.values)
    s = np.ones(p - 1) if form.standardize == "none" else local.deviation
    lasso = "l1" in form.names
    zero = [j for j in range(1, p) if b[j] == 0] if lasso else []
    kept = [j for j in range(local.first, p) if j not in zero]
    if (form.intercept or "start" in form.names) and local.design.intercept != "printed":
        return None
    compared = [j for j in kept if j not in altered and np.isfinite(local.printed.tolerances[j])]
    if len(compared) - len(form.names) < (1 if zero or len(form.names) == 1 else 2) or not b[1:].any():
        return None
    A = _columns(local, form)
    tolerances = local.tolerances(relax)
    theta = np.zeros(len(form.names))
    # A first estimate from the balance of the gradient alone.
    plain = local.scales[compared]
    theta = np.maximum(
        np.linalg.lstsq(A[compared] / plain[:, None], -local.gradient[compared] / plain, rcond=None)[0], 0
    )
    box: tuple[FloatArray, list[tuple[float, float]], float] | None = None
    for _ in range(ROUNDS):
        strengths = dict(zip(form.names, theta, strict=True))
        curve = np.concatenate([[form.intercept * strengths.get("l2", 0.0) + strengths.get("start", 0.0)],
                                strengths.get("l2", 0.0) * s**2])  # fmt: skip
        M = local.inverse(curve, kept)
        offset, slope = -(M @ local.gradient), -(M @ A)
        box = _feasible(offset[compared], slope[compared], tolerances[compared], len(form.names))
        if box is None:
            return None
        if np.allclose(box[0][: len(theta)], theta, rtol=1e-9, atol=0):
            break
        theta = box[0][: len(theta)]
    assert box is not None
    strengths = dict(zip(form.names, theta, strict=True))
    if not all(v > 0 for v in strengths.values()):
        return None
    l2, l1 = strengths.get("l2", 0.0), strengths.get("l1", 0.0)
    if zero:
        d = offset + slope @ box[0]
        at_zero = np.abs((local.gradient + local.hessian @ d)[zero])
        if np.any(at_zero > l1 * s[np.array(zero) - 1] * (1 + 1e-3)):
            return None
    ranges = dict(zip(form.names, box[1], strict=False))
    if not all(low > 0 for low, _ in ranges.values()):
        # It agrees without this part as well.
        return None
    start = form.intercept or (strengths["start"] / l2 if "start" in strengths else 0.0)
    objective = Objective(local.link, float(l2), float(l1), form.standardize, float(start))
    return Fit(local.design, objective, ranges, box[2], altered)


def _feasible(
    offset: FloatArray, slope: FloatArray, tolerances: FloatArray, positive: int
) -> tuple[FloatArray, list[tuple[float, float]], float] | None:
    """Unknowns with |offset + slope unknowns| <= tolerances, the first ``positive`` of them not negative.

    Those of the least maximum, their ranges, and that maximum in tolerances; None where there are none.
    """
    c, A = offset / tolerances, slope / tolerances[:, None]
    lengths = np.linalg.norm(A, axis=0)
    if not np.all(np.isfinite(A)) or not np.all(np.isfinite(c)) or not np.all(lengths > 0):
        return None
    A = A / lengths
    least = np.linalg.lstsq(A, -c, rcond=None)[0]
    # Numbers within +-1 have a sum of squares of at most their count, and least squares the least.
    if np.linalg.norm(c + A @ least) > math.sqrt(len(c)) * 1.001:
        return None
    # Around the solution of least squares, so that the program's numbers are of the size of 1.
    centre = c + A @ least
    m = A.shape[1]
    bounds = [(-float(v) if j < positive else None, None) for j, v in enumerate(least)]
    rows = np.block([[A, -np.ones((len(c), 1))], [-A, -np.ones((len(c), 1))]])
    program = linprog([0.0] * m + [1.0], rows, np.concatenate([-centre, centre]), bounds=[*bounds, (0, None)])
    if program.status != 0 or program.fun > 1:
        return None
    ranges = []
    both, limit = np.concatenate([A, -A]), np.concatenate([1 - centre, 1 + centre])
    for j in range(m):
        ends = []
        for sign in (1.0, -1.0):
            cost = np.zeros(m)
            cost[j] = sign
            end = linprog(cost, both, limit, bounds=bounds)
            ends.append(float(end.x[j]) if end.status == 0 else float(program.x[j]))
        ranges.append(tuple(sorted((least[j] + e) / lengths[j] for e in ends)))
    return (least + program.x[:m]) / lengths, ranges, float(program.fun)


def rescaled(local: Local, relax: float) -> Fit | None:
    """Least squares on scale * target + shift, for the scale and shift that fit; None where none does."""
    if not local.usable or local.link != "identity" or local.deficient:
        return None
    M = local.inverse(np.zeros(len(local.values)))
    # d is what the printed numbers are away from the optimum of the scaled target.
    whole = M @ (local.Z.T @ (local.shares * (local.Z @ local.values)))
    per_unit = M @ (local.Z.T @ (local.shares * local.design.y))
    compared = [j for j in range(local.first, len(whole)) if np.isfinite(local.printed.tolerances[j])]
    shift = M @ (local.Z.T @ local.shares)
    use = np.column_stack([per_unit, shift]) if local.design.intercept == "printed" else per_unit[:, None]
    if len(compared) - use.shape[1] < 1:
        return None
    box = _feasible(-whole[compared], use[compared], local.tolerances(relax)[compared], 0)
    if box is None:
        return None
    scale, moved = float(box[0][0]), float(box[0][1]) if use.shape[1] > 1 else 0.0
    return Fit(local.design, Objective("identity", scale=scale, shift=moved), {"scale": box[1][0]}, box[2])
