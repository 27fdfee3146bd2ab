"""The objective of which fitted coefficients are the optimum, from the gradient of the mean loss.

At an optimum the gradient g of the mean loss balances the penalty's: for every coefficient that
is not 0, g_j = -l2 s_j^2 b_j - l1 s_j sign(b_j), with s_j the standard deviation where the
features were standardised and 1 where not. Least squares on these equations estimates the
strengths; the residual shows which s_j are right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from crossframe.core.types import FloatArray
from crossframe.optima.evaluate import Evaluation
from crossframe.optima.linear import gradient, loss, loss_gradient
from crossframe.optima.problem import Link, Problem, Standardize

FITS = 0.02
"""Relative residual above which a penalty does not explain the gradient."""
EXACT = 1e-6
"""Residual up to which a penalty that was not stated counts as one, not as a solver that stopped early."""
SPARE = 2
"""Coefficients beyond the strengths that it takes to look for a ridge and a lasso at once."""
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

    @property
    def strengths(self) -> tuple[float, ...]:
        """The strengths among ``l2`` and ``l1`` that are not 0, in this order."""
        return tuple(v for v in (self.l2, self.l1) if v)

    def __str__(self) -> str:
        named = {"l2": self.l2, "l1": self.l1}
        parts = [f"{name} {value:.6g}" for name, value in named.items() if value]
        scale = f"features {'as they are' if self.standardize == 'none' else f'over {self.standardize}'}"
        ratio, start = self.intercept_penalty, "intercept free"
        if ratio is None:
            start = "no intercept"
        elif ratio:
            start = f"intercept penalised with weight {ratio:.4g}"
        return f"{', '.join(parts)}; {scale}; {start}; residual {self.residual:.2g}"


@dataclass(frozen=True)
class Recovery:
    """The objectives for which given coefficients are stationary.

    Attributes
    ----------
    best
        The objective that fits; None: none that was tried.
    alternatives
        Others that fit as well, or with no best one the nearest first. The two standard
        deviations differ by a factor that a strength makes up for, so that one is always here, unless
        a declared strength or a penalised intercept decides.
    gradient
        Size of the mean loss's gradient relative to that at the model without features: what
        remains without any penalty.
    """

    best: Candidate | None
    alternatives: tuple[Candidate, ...]
    gradient: float

    def __str__(self) -> str:
        if self.best is None:
            text = f"none of the forms tried explains a gradient of {self.gradient:.2g} of the null model's"
            return f"{text}; nearest {self.alternatives[0]}" if self.alternatives else text
        if not self.best.l2 and not self.best.l1:
            return f"no penalty: the gradient is {self.gradient:.2g} of the null model's"
        if not self.alternatives:
            return str(self.best)
        return f"{self.best}; these fit as well: {' | '.join(map(str, self.alternatives))}"


def recover(
    X: FloatArray,
    y: FloatArray,
    link: Link,
    intercept: float,
    coefficients: FloatArray,
    declared: Sequence[float] = (),
    noise: float = 0.0,
    at: Evaluation | None = None,
    free: bool = False,
    power: float = 1.0,
    offset: FloatArray | None = None,
    weights: FloatArray | None = None,
) -> Recovery:
    """The penalty for which the coefficients of ``X`` (n, k) and ``y`` (n,) are stationary.

    Parameters
    ----------
    intercept
        0 exactly: the model has none.
    coefficients
        Shape (k,); NaN counts as absent.
    declared
        Strengths the framework was given; they decide between forms that fit alike.
    noise
        `shortfall` of the coefficients: residuals below it count as equal.
    at
        The `crossframe.optima.linear.loss` at the coefficients; computed if it is None.
    free
        The framework states that there is no penalty. What a solver leaves of the gradient where it
        stops looks like some penalty to a few per cent, so that a form then counts only where it fits to
        `EXACT`, with an equation to spare.
    power, offset, weights
        As of a `Problem`.
    """
    X = np.asarray(X, dtype=np.float64)
    b = np.nan_to_num(np.asarray(coefficients, dtype=np.float64))
    base = Problem(X, y, link, intercept=intercept != 0.0, power=power, offset=offset, weights=weights)
    slope = (at or loss(base, intercept, b)).slopes(base.intercept)
    mean, deviation = _moments(base)
    used = np.isfinite(coefficients) & (deviation > 0)
    n = len(y)
    centred = slope[1:] - mean * slope[0]
    size = _scaled(centred, deviation, used)
    empty = _scaled(_empty(base), deviation, used)
    relative = float(np.linalg.norm(size) / max(float(np.linalg.norm(empty)), 1e-300))
    forms: tuple[Standardize, ...] = ("none", "sd_n")
    candidates = [c for form in forms for c in _candidates(form, slope, b, intercept, deviation, mean, used)]
    candidates.sort(key=lambda c: c.residual)
    good = [c for c in candidates if c.residual <= (EXACT if free else FITS)]
    # With as many strengths as equations any strength fits, 0 included.
    to_spare = [c for c in good if int(used.sum()) > len(c.strengths)]
    good, bound = to_spare if free else good, bool(to_spare)
    if relative < 1e-14 or (not bound and relative <= CONVERGED):
        start = 0.0 if base.intercept else None
        return Recovery(Candidate("none", 0.0, 0.0, start, relative), (), relative)
    if not good:
        return Recovery(None, tuple(candidates), relative)
    best, *others = _decided(_alike(good, min(noise, FITS), n), declared, n)
    return Recovery(best, tuple(others), relative)


def shortfall(
    problem: Problem, intercept: float, coefficients: FloatArray, at: Evaluation | None = None
) -> float:
    """Gradient of the objective as a share of the mean loss's, in the units of `Candidate.residual`.

    0 at the optimum of ``problem``; 1 where it has no penalty. ``at`` is as in `recover`.
    """
    b = np.nan_to_num(np.asarray(coefficients, dtype=np.float64))
    mean, deviation = _moments(problem)
    used = np.isfinite(coefficients) & (deviation > 0)
    at = at or loss(problem, intercept, b)
    sizes = []
    for slope in (gradient(problem, intercept, b, at), loss_gradient(problem, at)):
        sizes.append(float(np.linalg.norm(_scaled(slope[1:] - mean * slope[0], deviation, used))))
    return sizes[0] / max(sizes[1], 1e-300)


def agrees(recovered: Recovery, stated: Problem, noise: float = 0.0) -> bool | None:
    """Whether the recovered objective is the one that the framework states.

    ``noise`` is the `shortfall` of the coefficients, within which strengths count as equal. None: nothing
    was recovered, the stated one is among forms that fit alike, or the coefficients are too far from the
    stated optimum to tell; without a stated penalty they tell one only by fitting it exactly.
    """
    best = recovered.best
    if best is None:
        return None
    free = not (np.max(stated.l2) or np.max(stated.l1))
    band = 0.0 if free else noise
    if _matches(best, stated, band):
        return True
    undecided = best.residual > EXACT if free else noise > FITS
    return None if undecided or any(_matches(c, stated, band) for c in recovered.alternatives) else False


def _matches(candidate: Candidate, stated: Problem, noise: float) -> bool:
    l2, l1 = float(np.max(stated.l2)), float(np.max(stated.l1))
    if not (l2 or l1) or not candidate.strengths:
        return not (l2 or l1) and not candidate.strengths
    near = max(1e-3, 3 * candidate.residual, min(noise, FITS))
    weight = stated.intercept_penalty if stated.intercept else None
    starts = candidate.intercept_penalty, weight
    same = starts[0] == starts[1] if None in starts else abs(starts[0] - starts[1]) <= 0.05  # type: ignore[operator]
    return (
        abs(candidate.l2 - l2) <= near * l2
        and abs(candidate.l1 - l1) <= near * l1
        and candidate.standardize == stated.standardize
        and same
    )


def _scaled(slope: FloatArray, deviation: FloatArray, used: NDArray[np.bool_]) -> FloatArray:
    return np.asarray(slope[used] / deviation[used])


def _empty(problem: Problem) -> FloatArray:
    """Gradient at the model without features, features centred."""
    mean = float(np.average(problem.y, weights=problem.weights))
    fitted = mean if problem.intercept else {"logit": 0.5, "log": 1.0}.get(problem.link, 0.0)
    centre = _moments(problem)[0] if problem.intercept else 0.0
    slopes = fitted - problem.y
    if problem.link == "log":
        slopes = slopes * fitted ** (1.0 - problem.power)
    if problem.weights is not None:
        slopes, total = slopes * problem.weights, float(problem.weights.sum())
    else:
        total = len(problem.y)
    return np.asarray(slopes @ (problem.X - centre) / total)


def _moments(problem: Problem) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of each feature, (k,) each, of the rows by their weights."""
    X = problem.X
    if problem.weights is None:
        return X.mean(axis=0), X.std(axis=0)
    shares = problem.weights / problem.weights.sum()
    mean = shares @ X
    return mean, np.sqrt(shares @ (X - mean) ** 2)


def _alike(good: list[Candidate], noise: float, n: int) -> list[Candidate]:
    """Candidates that fit alike, the best first: with one strength, unless a second makes a difference."""
    least = good[0].residual
    single = [c for c in good if len(c.strengths) == 1 and c.residual <= max(10 * least, 1e-12, noise)]
    some = single or good
    some = [c for c in some if c.residual <= max(3 * some[0].residual, 1e-12, noise)]
    twins = [(c, _other_deviation(c, n)) if c.standardize == "sd_n" else (c,) for c in some]
    return [c for pair in twins for c in pair]


def _candidates(
    standardize: Standardize,
    slope: FloatArray,
    b: FloatArray,
    intercept: float,
    deviation: FloatArray,
    mean: FloatArray,
    used: NDArray[np.bool_],
) -> list[Candidate]:
    """Ridge, lasso and both: the balance of gradient and penalty, by non-negative least squares."""
    own = deviation if standardize == "sd_n" else np.ones(len(b))
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
    candidates = []
    # Two strengths always fit two equations.
    both = [[0, 1]] if int(active.sum()) >= 2 + SPARE or zero.any() else []
    for parts in ([0], [1], *both):
        strengths = np.zeros(2)
        strengths[parts] = nnls((columns / norms)[:, parts], target / scale)[0] * scale / norms[parts]
        l2, l1 = float(strengths[0]), float(strengths[1])
        if np.count_nonzero(strengths) < len(parts):
            continue
        left = target - columns @ strengths
        # A coefficient of 0 is optimal where its gradient is within the lasso's reach.
        reach = l1 * own[zero] / deviation[zero]
        at_zero = np.abs(g[zero]) / deviation[zero]
        over = np.maximum(at_zero - reach * (1 + 1e-9), 0)
        whole = np.concatenate([target, np.where(over > 0, at_zero, 0)])
        residual = float(np.linalg.norm(np.concatenate([left, over])) / np.linalg.norm(whole))
        start = _start(slope[0], intercept, offset, l2, l1, float(np.linalg.norm(left)))
        candidates.append(Candidate(standardize, l2, l1, start, residual))
    return candidates


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
    """The candidate with strengths for the standard deviation with 1/(n-1), which has the same optimum."""
    share = (n - 1) / n
    start = candidate.intercept_penalty
    return replace(
        candidate,
        standardize="sd_n-1",
        l2=candidate.l2 * share,
        l1=candidate.l1 * math.sqrt(share),
        intercept_penalty=start / share if start else start,
    )


def _decided(alike: list[Candidate], declared: Sequence[float], n: int) -> list[Candidate]:
    """The candidates that have a declared strength, or else an intercept of weight 1; all if none has.

    The tolerance is a third of the difference of the two standard deviations, or the residual.
    """

    def misfit(candidate: Candidate) -> float:
        if any(declared):
            return max(min(abs(v / d - 1) for d in declared if d) for v in candidate.strengths)
        return abs(candidate.intercept_penalty - 1) if candidate.intercept_penalty else math.inf

    met = [c for c in alike if misfit(c) < max(1 / (6 * n), c.residual if any(declared) else 0.0)]
    return sorted(met, key=misfit) or alike
