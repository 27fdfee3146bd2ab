"""What fitted coefficients are the optimum OF, read off the gradient of the mean loss at them.

At an optimum the gradient g of the mean loss balances the penalty's: for every coefficient that
is not 0, g_j = -l2 s_j^2 b_j - l1 s_j sign(b_j), with s_j the standard deviation where the
features were standardised and 1 where not. The strengths are those of the least squares fit of
these equations; what is left over tells which s_j are right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

from crossframe.engines.base import FloatArray
from crossframe.referee.linear import gradient
from crossframe.referee.problem import Link, Problem, Standardize

FITS = 0.1
"""Relative residual above which a penalty does not explain the gradient."""
CONVERGED = 1e-3
"""Gradient relative to that of the model without features below which no penalty is needed."""


@dataclass(frozen=True)
class Candidate:
    """An objective that the coefficients may be the optimum of.

    ``intercept_penalty`` is None without an intercept. ``residual`` is what the penalty leaves of
    the gradient, as a share, each component divided by its feature's standard deviation.
    """

    standardize: Standardize
    l2: float
    l1: float
    intercept_penalty: float | None
    residual: float

    def problem(self, X: FloatArray, y: FloatArray, link: Link) -> Problem:
        """The problem it stands for."""
        return Problem(
            X,
            y,
            link,
            l2=self.l2,
            l1=self.l1,
            intercept=self.intercept_penalty is not None,
            intercept_penalty=self.intercept_penalty or 0.0,
            standardize=self.standardize,
        )


@dataclass(frozen=True)
class Recovery:
    """What the coefficients are stationary for.

    Attributes
    ----------
    best
        The objective that fits; None: none was found.
    alternatives
        Others that cannot be told from it. The two standard deviations differ by a factor that a
        strength makes up for, so that one is always here, unless a declared strength or a
        penalised intercept decides.
    gradient
        Size of the mean loss's gradient relative to that at the model without features: what
        remains without any penalty.
    """

    best: Candidate | None
    alternatives: tuple[Candidate, ...]
    gradient: float

    def __str__(self) -> str:
        if self.best is None:
            return f"none found: no penalty explains a gradient of {self.gradient:.2g} of the empty model's"
        if not self.best.l2 and not self.best.l1:
            return f"no penalty: the gradient is {self.gradient:.2g} of the empty model's"
        strengths = {"l2": self.best.l2, "l1": self.best.l1}
        parts = [f"{name} {value:.6g}" for name, value in strengths.items() if value]
        scale = "features as they are"
        if self.best.standardize != "none":
            scale = f"features over {self.best.standardize}"
        ratio, start = self.best.intercept_penalty, "intercept free"
        if ratio is None:
            start = "no intercept"
        elif ratio:
            start = f"intercept penalised with weight {ratio:.4g}"
        return f"{', '.join(parts)}; {scale}; {start}; residual {self.best.residual:.2g}"


def recover(
    X: FloatArray,
    y: FloatArray,
    link: Link,
    intercept: float,
    coefficients: FloatArray,
    declared: Sequence[float] = (),
) -> Recovery:
    """Find the penalty for which the coefficients are stationary.

    Parameters
    ----------
    intercept
        0 exactly: the model has none.
    coefficients
        Shape (k,); NaN counts as absent.
    declared
        Strengths the framework was given; they decide between standard deviations that fit alike.
    """
    X = np.asarray(X, dtype=np.float64)
    b = np.nan_to_num(np.asarray(coefficients, dtype=np.float64))
    base = Problem(X, y, link, intercept=intercept != 0.0)
    slope = gradient(base, intercept, b)
    deviation = X.std(axis=0)
    used = np.isfinite(coefficients) & (deviation > 0)
    mean = X.mean(axis=0)
    n = len(y)
    centred = slope[1:] - mean * slope[0]
    size = _scaled(centred, deviation, used)
    empty = _scaled(_empty(base), deviation, used)
    relative = float(np.linalg.norm(size) / max(float(np.linalg.norm(empty)), 1e-300))
    candidates = [
        best
        for standardize in ("none", "sd_n")
        if (best := _simplest(_candidates(standardize, slope, b, intercept, X, used)))
    ]
    good = sorted((c for c in candidates if c.residual <= FITS), key=lambda c: c.residual)
    if not good or relative < 1e-14:
        if relative <= CONVERGED:
            start = 0.0 if base.intercept else None
            return Recovery(Candidate("none", 0.0, 0.0, start, relative), (), relative)
        return Recovery(None, tuple(candidates), relative)
    best = good[0]
    alike = [c for c in good if c is not best and c.residual < 3 * best.residual]
    if best.standardize == "none":
        return Recovery(best, tuple(alike), relative)
    twin = _other_deviation(best, n)
    if _prefers(twin, best, declared, n):
        best, twin = twin, best
    decided = _prefers(best, twin, declared, n)
    return Recovery(best, tuple(alike) if decided else (twin, *alike), relative)


def _scaled(slope: FloatArray, deviation: FloatArray, used: FloatArray) -> FloatArray:
    return np.asarray(slope[used] / deviation[used])


def _empty(problem: Problem) -> FloatArray:
    """Gradient at the model without features, features centred."""
    mean = float(problem.y.mean())
    fitted = mean if problem.intercept else 0.5 if problem.link == "logit" else 0.0
    centre = problem.X.mean(axis=0) if problem.intercept else 0.0
    return np.asarray((fitted - problem.y) @ (problem.X - centre) / len(problem.y))


def _simplest(found: list[Candidate]) -> Candidate | None:
    """One strength, unless the second makes a real difference."""
    if not found:
        return None
    best = min(found, key=lambda c: c.residual)
    enough = max(10 * best.residual, 1e-13)
    single = [c for c in found if not (c.l1 and c.l2) and c.residual < enough]
    return min(single, key=lambda c: c.residual, default=best)


def _candidates(
    standardize: Standardize,
    slope: FloatArray,
    b: FloatArray,
    intercept: float,
    X: FloatArray,
    used: FloatArray,
) -> list[Candidate]:
    """Ridge, lasso and both: the balance of gradient and penalty, by non-negative least squares."""
    deviation, mean = X.std(axis=0), X.mean(axis=0)
    own = deviation if standardize == "sd_n" else np.ones(X.shape[1])
    # The intercept that a standardising fit penalises is that of the centred features.
    offset = float(mean @ b) if standardize == "sd_n" else 0.0
    g = slope[1:] - mean * slope[0] if standardize == "sd_n" else slope[1:]
    active = used & (b != 0)
    target = -(g[active] / deviation[active])
    scale = float(np.abs(target).max(initial=0.0))
    if not scale:
        # With all coefficients at 0 any lasso as strong as the largest component would do.
        return []
    columns = np.stack([(own**2 * b)[active], (own * np.sign(b))[active]], axis=1)
    columns /= deviation[active, None]
    norms = np.linalg.norm(columns, axis=0)
    zero = used & (b == 0)
    found = []
    for kinds in ([0], [1], [0, 1]):
        strengths = np.zeros(2)
        strengths[kinds] = nnls((columns / norms)[:, kinds], target / scale)[0] * scale / norms[kinds]
        l2, l1 = float(strengths[0]), float(strengths[1])
        if not (l2 or l1):
            continue
        left = target - columns @ strengths
        # A coefficient of 0 is optimal where its gradient is within the lasso's reach.
        reach = l1 * own[zero] / deviation[zero]
        idle = np.abs(g[zero]) / deviation[zero]
        over = np.maximum(idle - reach * (1 + 1e-9), 0)
        whole = np.concatenate([target, np.where(over > 0, idle, 0)])
        residual = float(np.linalg.norm(np.concatenate([left, over])) / np.linalg.norm(whole))
        start = _start(slope[0], intercept, offset, l2, l1, float(np.linalg.norm(left)))
        found.append(Candidate(standardize, l2, l1, start, residual))
    return found


def _start(slope: float, intercept: float, offset: float, l2: float, l1: float, noise: float) -> float | None:
    """Weight of the intercept in the penalty: 0 where its gradient is no larger than the noise."""
    if intercept == 0.0:
        return None
    whole = intercept + offset
    expected = l2 * abs(whole) + l1
    if not expected or abs(slope) <= max(10 * noise, 1e-3 * expected) or slope * whole > 0:
        return 0.0
    if not l2 or not l1:
        return abs(slope) / (l2 * abs(whole)) if l2 else (slope / l1) ** 2
    # w l2 |a| + sqrt(w) l1 = |slope|, a quadratic in sqrt(w); in this form nothing cancels or vanishes
    root = 2 * abs(slope) / (l1 + math.sqrt(l1**2 + 4 * l2 * abs(whole) * abs(slope)))
    return root**2


def _other_deviation(candidate: Candidate, n: int) -> Candidate:
    """The same optimum in terms of the standard deviation with 1/(n-1)."""
    share = (n - 1) / n
    start = candidate.intercept_penalty
    return replace(
        candidate,
        standardize="sd_n-1",
        l2=candidate.l2 * share,
        l1=candidate.l1 * math.sqrt(share),
        intercept_penalty=start / share if start else start,
    )


def _prefers(first: Candidate, second: Candidate, declared: Sequence[float], n: int) -> bool:
    """Whether something decides for ``first``: a declared strength, or an intercept of weight 1.

    Either must be met closer than a third of what the two standard deviations differ by.
    """

    def misfit(candidate: Candidate) -> float:
        strengths = [v for v in (candidate.l2, candidate.l1) if v]
        if declared:
            return max(min(abs(v / d - 1) for d in declared if d) for v in strengths)
        return abs(candidate.intercept_penalty - 1) if candidate.intercept_penalty else math.inf

    if declared and not any(declared):
        return False
    return misfit(first) < misfit(second) and misfit(first) < 1 / (6 * n)


def verify(
    found: Recovery, X: FloatArray, y: FloatArray, link: Link, intercept: float, coefficients: FloatArray
) -> bool:
    """Whether the objective found is stationary there, to its residual.

    The penalised problem's exact gradient, over the features' standard deviations, is compared
    with the mean loss's alone.
    """
    if found.best is None:
        return False
    deviation = np.asarray(X).std(axis=0)
    used = np.isfinite(coefficients) & (deviation > 0)
    alone = gradient(Problem(X, y, link, intercept=intercept != 0.0), intercept, coefficients)
    whole = gradient(found.best.problem(X, y, link), intercept, coefficients)
    if not found.best.l2 and not found.best.l1:
        return found.gradient <= CONVERGED
    # The intercept's own component is kept apart from the features' means.
    mean = np.asarray(X).mean(axis=0)
    size = np.linalg.norm(((alone[1:] - mean * alone[0]) / deviation)[used])
    left = np.linalg.norm(((whole[1:] - mean * whole[0]) / deviation)[used])
    return bool(left <= (2 * found.best.residual + 1e-9) * size)
