"""Which formula gives the standard errors that are printed beside maximum likelihood estimates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.explain.coefficients.designs import Design
from crossframe.explain.coefficients.likelihood import derivatives

_SOLVER = 2e-4
"""Relative error of standard errors that a framework takes from the step before its last."""

_CLUSTERED = "clustered by "
_WORDS = {
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
_SAME_BUT_FOR_ITS_DIVISOR = (("model", "divisor n", "dispersion"), ("HC0", "HC1", "n/(n-1)"))


def in_words(formula: str) -> str:
    """A formula in words; that of clusters has a name in words."""
    return _WORDS.get(formula, formula)


def covariance(formula: str) -> str:
    """A formula without its divisor: those of one covariance are multiples of each other."""
    if formula.startswith(_CLUSTERED):
        return formula.partition(" (")[0]
    return next((each[0] for each in _SAME_BUT_FOR_ITS_DIVISOR if formula in each), formula)


@dataclass(frozen=True)
class StandardErrors:
    """The formula of printed standard errors.

    Attributes
    ----------
    formula
        Of `formulas`; empty: none of them.
    words
        The finding in a sentence.
    values
        Of the formula, or of the nearest one, in the table's order.
    wrong
        Terms whose printed standard error is another, while those of the others agree.
    holding
        All formulas that agree with every term.
    """

    formula: str
    words: str
    values: tuple[float, ...]
    wrong: tuple[str, ...] = ()
    holding: tuple[str, ...] = ()


def formulas(
    design: Design, link: str, values: FloatArray, clusters: Mapping[str, IntArray] | None = None
) -> dict[str, FloatArray]:
    """Standard errors, (1 + p,), by every formula at the optimum ``values``, the usual ones first.

    ``clusters`` are columns with the number of every row's cluster, (n,) from 0.
    """
    first = int(design.intercept == "none")
    Z = np.concatenate([np.ones((len(design.y), 1)), design.X], axis=1)[:, first:]
    n, k = len(Z), design.parameters
    if n <= k:
        return {}
    w = np.ones(n) if design.weights is None else design.weights
    at = derivatives(link, Z @ values[first:], design.y)
    information = Z.T @ (Z * (w * at.expected)[:, None])
    inverse = np.asarray(np.linalg.pinv(information, hermitian=True))
    made: dict[str, FloatArray] = {}
    slope = w * at.slope
    if link == "identity":
        rss = float(slope @ at.slope)
        made["model"] = inverse * rss / (n - k)
        made["divisor n"] = inverse * rss / n
    else:
        made["model"] = inverse
        if link not in ("logit", "log"):
            observed = Z.T @ (Z * (w * at.curve)[:, None])
            made["observed"] = np.asarray(np.linalg.pinv(observed, hermitian=True))
        variance = at.expected if link in ("logit", "log") else at.mean * (1 - at.mean)
        with np.errstate(all="ignore"):
            made["dispersion"] = inverse * float(w @ ((design.y - at.mean) ** 2 / variance)) / (n - k)
    leverage = np.einsum("ij,ij->i", Z @ inverse, Z) * w * at.expected
    rest = np.maximum(1 - leverage, 1e-12)
    bread = made.get("observed", inverse) if link != "identity" else inverse
    for name, factor in (("HC0", np.ones(n)), ("HC2", 1 / rest), ("HC3", 1 / rest**2)):
        made[name] = bread @ (Z.T @ (Z * (factor * slope**2)[:, None])) @ bread
    made["HC1"] = made["HC0"] * n / (n - k)
    if link != "identity":
        made["n/(n-1)"] = made["HC0"] * n / (n - 1)
    ordered = {name: made[name] for name in _WORDS if name in made}
    for name, codes in (clusters or {}).items():
        sums = np.zeros((int(codes.max()) + 1, Z.shape[1]))
        np.add.at(sums, codes, Z * slope[:, None])
        of_clusters = bread @ (sums.T @ sums) @ bread
        for divisor, factor in _divisors(len(sums), n, Z.shape[1], k - Z.shape[1]):
            ordered[f"{_CLUSTERED}{name} ({divisor})"] = of_clusters * factor
    with np.errstate(invalid="ignore"):
        return {
            name: np.concatenate([np.full(first, np.nan), np.sqrt(np.diag(matrix))])
            for name, matrix in ordered.items()
        }


def _divisors(clusters: int, n: int, columns: int, absorbed: int) -> Iterator[tuple[str, float]]:
    """The corrections for few clusters, by what they count as parameters, and their factors."""
    G = clusters / (clusters - 1)
    counted = {columns + absorbed: ""}
    if absorbed:
        counted = {
            columns + absorbed: ", those of absorbed levels among them",
            columns: ", those of absorbed levels left out",
            columns + 1: ", the absorbed levels as one of them",
        }
    for k, how in counted.items():
        what = f"for G clusters, n rows and k = {k} parameters{how}"
        yield f"times G/(G - 1) (n - 1)/(n - k) {what}", G * (n - 1) / (n - k)
    yield "times G/(G - 1) for G clusters", G
    yield "without a correction for few clusters", 1.0


def judge(
    design: Design,
    link: str,
    values: FloatArray,
    printed: FloatArray,
    tolerances: FloatArray,
    terms: tuple[str, ...],
    clusters: Mapping[str, IntArray] | None = None,
) -> StandardErrors | None:
    """The formula of standard errors ``printed`` (1 + p,), NaN where none is printed; None without any."""
    shown = np.flatnonzero(np.isfinite(printed))
    if not len(shown):
        return None
    limit = np.maximum(
        tolerances * 1.001, (0.0 if link == "identity" else _SOLVER) * np.abs(printed)
    ) + 1e-9 * np.abs(printed)
    several = formulas(design, link, values, clusters)
    misses = {
        name: np.abs(se - printed)[shown] / limit[shown]
        for name, se in several.items()
        if np.isfinite(se[shown]).all()
    }
    if not misses:
        return None
    best = min(misses, key=lambda name: (int((misses[name] > 1).sum()), not misses[name].max() <= 1))
    wrong = shown[misses[best] > 1]
    made = several[best]
    numbers = tuple(float(v) for v in made[shown])
    if not len(wrong):
        holding = tuple(name for name in misses if misses[name].max() <= 1)
        others = [name for name in holding if name != best]
        more = f" (to the printed digits the same as {', '.join(others)})" if others else ""
        return StandardErrors(best, f"the standard errors are {in_words(best)}{more}", numbers, (), holding)
    if len(wrong) * 2 < len(shown) or len(shown) - len(wrong) >= 3:
        named = ", ".join(f"{terms[j]}: printed {printed[j]:.6g}, should be {made[j]:.6g}" for j in wrong)
        text = f"the standard errors are {in_words(best)}, but for {named}"
        return StandardErrors(best, text, numbers, tuple(terms[j] for j in wrong))
    return StandardErrors("", "the standard errors agree with none of the formulas that were tried", numbers)
