"""Which formula gives the standard errors that are printed beside maximum likelihood estimates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.explain.coefficients.designs import Design
from crossframe.explain.coefficients.likelihood import derivatives

_SOLVER = 2e-4
"""Relative error of standard errors that a framework takes from the step before its last."""

WORDS = {
    "model": "the usual ones, from the Fisher information",
    "observed": "from the observed information",
    "divisor n": "with RSS/n in place of RSS/(n - p) as the variance",
    "dispersion": "with a dispersion from Pearson's residuals (quasi-likelihood)",
    "HC0": "robust, HC0 (sandwich)",
    "HC1": "robust, HC1 (n/(n - p): Stata's regress, robust)",
    "HC2": "robust, HC2",
    "HC3": "robust, HC3",
    "n/(n-1)": "robust, with n/(n - 1) (Stata's logit, robust)",
}


@dataclass(frozen=True)
class StandardErrors:
    """The formula of printed standard errors.

    Attributes
    ----------
    formula
        A key of `WORDS`; empty: none of them.
    words
        The finding in a sentence.
    values
        Of the formula, or of the nearest one, in the table's order.
    wrong
        Terms whose printed standard error is another, while those of the others agree.
    """

    formula: str
    words: str
    values: tuple[float, ...]
    wrong: tuple[str, ...] = ()


def formulas(design: Design, link: str, values: FloatArray) -> dict[str, FloatArray]:
    """Standard errors, (1 + p,), by every formula at the optimum ``values``."""
    first = int(design.intercept == "none")
    Z = np.concatenate([np.ones((len(design.y), 1)), design.X], axis=1)[:, first:]
    n, p = Z.shape
    if n <= p:
        return {}
    w = np.ones(n) if design.weights is None else design.weights
    at = derivatives(link, Z @ values[first:], design.y)
    information = Z.T @ (Z * (w * at.expected)[:, None])
    inverse = np.asarray(np.linalg.pinv(information, hermitian=True))
    made: dict[str, FloatArray] = {}
    slope = w * at.slope
    if link == "identity":
        rss = float(slope @ at.slope)
        made["model"] = inverse * rss / (n - p)
        made["divisor n"] = inverse * rss / n
    else:
        made["model"] = inverse
        if link not in ("logit", "log"):
            observed = Z.T @ (Z * (w * at.curve)[:, None])
            made["observed"] = np.asarray(np.linalg.pinv(observed, hermitian=True))
        variance = at.expected if link in ("logit", "log") else at.mean * (1 - at.mean)
        with np.errstate(all="ignore"):
            made["dispersion"] = inverse * float(w @ ((design.y - at.mean) ** 2 / variance)) / (n - p)
    leverage = np.einsum("ij,ij->i", Z @ inverse, Z) * w * at.expected
    rest = np.maximum(1 - leverage, 1e-12)
    bread = made.get("observed", inverse) if link != "identity" else inverse
    for name, factor in (("HC0", np.ones(n)), ("HC2", 1 / rest), ("HC3", 1 / rest**2)):
        made[name] = bread @ (Z.T @ (Z * (factor * slope**2)[:, None])) @ bread
    made["HC1"] = made["HC0"] * n / (n - p)
    if link != "identity":
        made["n/(n-1)"] = made["HC0"] * n / (n - 1)
    with np.errstate(invalid="ignore"):
        return {
            name: np.concatenate([np.full(first, np.nan), np.sqrt(np.diag(made[name]))])
            for name in WORDS
            if name in made
        }


def judge(
    design: Design,
    link: str,
    values: FloatArray,
    printed: FloatArray,
    tolerances: FloatArray,
    terms: tuple[str, ...],
) -> StandardErrors | None:
    """The formula of standard errors ``printed`` (1 + p,), NaN where none is printed; None without any."""
    shown = np.flatnonzero(np.isfinite(printed))
    if not len(shown):
        return None
    limit = np.maximum(
        tolerances * 1.001, (0.0 if link == "identity" else _SOLVER) * np.abs(printed)
    ) + 1e-9 * np.abs(printed)
    misses = {
        name: np.abs(se - printed)[shown] / limit[shown]
        for name, se in formulas(design, link, values).items()
        if np.isfinite(se[shown]).all()
    }
    if not misses:
        return None
    best = min(misses, key=lambda name: (int((misses[name] > 1).sum()), not misses[name].max() <= 1))
    wrong = shown[misses[best] > 1]
    made = formulas(design, link, values)[best]
    numbers = tuple(float(v) for v in made[shown])
    if not len(wrong):
        others = [name for name in misses if name != best and misses[name].max() <= 1]
        more = f" (to the printed digits the same as {', '.join(others)})" if others else ""
        return StandardErrors(best, f"the standard errors are {WORDS[best]}{more}", numbers)
    if len(wrong) * 2 < len(shown) or len(shown) - len(wrong) >= 3:
        named = ", ".join(f"{terms[j]}: printed {printed[j]:.6g}, should be {made[j]:.6g}" for j in wrong)
        text = f"the standard errors are {WORDS[best]}, but for {named}"
        return StandardErrors(best, text, numbers, tuple(terms[j] for j in wrong))
    return StandardErrors("", "the standard errors agree with none of the formulas that were tried", numbers)
