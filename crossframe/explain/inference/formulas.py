"""Standard errors by every formula in use, at any estimates of a generalised linear model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.explain.inference.likelihood import (
    KNOWN,
    USUAL,
    Derivatives,
    derivatives,
    deviance,
    variance_of,
)

_CLUSTERED = "clustered by "
_WORDS = {
    "model": "the usual ones, from the Fisher information",
    "observed": "from the observed information",
    "divisor n": "with RSS/n in place of RSS/(n - p) as the variance",
    "dispersion": "with a dispersion from Pearson's residuals (quasi-likelihood)",
    "dispersion, n/(n-p)": "with a dispersion from Pearson's residuals, their variance times n/(n - p)",
    "deviance": "with a dispersion of deviance/(n - p)",
    "n/(n-p)": "the usual ones, with their variance times n/(n - p)",
    "HC0": "robust, HC0 (sandwich)",
    "HC1": "robust, HC1 (n/(n - p): Stata's regress, robust)",
    "HC2": "robust, HC2",
    "HC3": "robust, HC3",
    "n/(n-1)": "robust, with n/(n - 1) (Stata's logit, robust)",
}
_EXPECTED = ", Fisher information"
"""Follows the name of a robust formula whose information is the expected one, where the two differ."""
_SAME_BUT_FOR_ITS_DIVISOR = (
    ("model", "divisor n", "n/(n-p)"),
    ("HC0", "HC1", "n/(n-1)"),
)
_OF_DISPERSION = ("model", "dispersion", "dispersion, n/(n-p)", "deviance")


def in_words(formula: str) -> str:
    """A formula in words; that of clusters has a name in words."""
    plain = formula.removesuffix(_EXPECTED)
    return _WORDS.get(plain, plain) + formula[len(plain) :]


def covariance(formula: str) -> str:
    """A formula without its divisor: those of one covariance are multiples of each other."""
    if formula.startswith(_CLUSTERED):
        return formula.partition(" (")[0]
    plain = formula.removesuffix(_EXPECTED)
    first = next((each[0] for each in _SAME_BUT_FOR_ITS_DIVISOR if plain in each), plain)
    return ("model" if first in _OF_DISPERSION else first) + formula[len(plain) :]


def cause(one: str, other: str) -> str:
    """The setting of the vocabulary in which two formulas differ."""
    if covariance(one) != covariance(other):
        return "inference.covariance"
    return "inference.dispersion" if {one, other} & set(_OF_DISPERSION[1:]) else "inference.divisor"


@dataclass(frozen=True, eq=False)
class Sample:
    """The rows of a generalised linear model, for `formulas`.

    Attributes
    ----------
    Z
        (n, m) the columns, one of ones among them where there is an intercept.
    y
        (n,) numbers, or 0 and 1.
    link, family, power
        As in the vocabulary; no ``family``: the usual one of the link.
    weights, offset
        (n,), or None.
    parameters
        Their number, with those of effects that are taken out of Z; 0: m.
    frequency
        Whether a weight of w stands for w rows, see ``weights.meaning`` in the vocabulary.
    """

    Z: FloatArray
    y: FloatArray
    link: str
    family: str = ""
    power: float = 1.5
    weights: FloatArray | None = None
    offset: FloatArray | None = None
    parameters: int = 0
    frequency: bool = False

    @property
    def n(self) -> float:
        """The number of rows, or what weights of frequency count."""
        return float(self.w.sum()) if self.frequency else len(self.y)

    @property
    def distribution(self) -> str:
        """The family, that of the link where none is named."""
        return self.family or USUAL[self.link]

    @property
    def k(self) -> int:
        """The number of coefficients that the side counts, else the columns of Z."""
        return self.parameters or self.Z.shape[1]

    @cached_property
    def w(self) -> FloatArray:
        """The weights of the rows, (n,); ones where none were given."""
        return np.ones(len(self.y)) if self.weights is None else self.weights

    def of_rows(self, rows: IntArray) -> Sample:
        """The sample of some of its rows, by their positions."""
        weights, offset = (None if each is None else each[rows] for each in (self.weights, self.offset))
        return replace(self, Z=self.Z[rows], y=self.y[rows], weights=weights, offset=offset)

    @property
    def known(self) -> bool:
        """Whether the dispersion is 1, not estimated."""
        return self.distribution in KNOWN

    def at(self, values: FloatArray) -> Derivatives:
        """The derivatives of the loss at estimates (m,)."""
        score = self.Z @ values + (0.0 if self.offset is None else self.offset)
        return derivatives(self.link, score, self.y, self.family, self.power)

    def dispersions(self, mean: FloatArray) -> Mapping[str, float]:
        """Estimates of the dispersion at means (n,), named as in the vocabulary, the usual one first."""
        with np.errstate(all="ignore"):
            variance = variance_of(self.distribution, mean, self.power)
            pearson = float(self.w @ ((self.y - mean) ** 2 / variance))
        lost = deviance(self.distribution, self.y, mean, self.w, self.power)
        n, rest = self.n, max(self.n - self.k, 1)
        made = {"pearson": pearson / rest, "pearson_n": pearson / n, "deviance": lost / rest,
                "deviance_n": lost / n}  # fmt: skip
        return {"fixed": 1.0, **made} if self.known else {**made, "fixed": 1.0}


def formulas(
    sample: Sample,
    values: FloatArray,
    clusters: Mapping[str, IntArray] | None = None,
    before: FloatArray | None = None,
) -> dict[str, FloatArray]:
    """Standard errors, (m,), by every formula at the estimates ``values`` (m,), the usual ones first.

    ``clusters`` are columns with the number of every row's cluster, (n,) from 0. ``before`` are the estimates
    of the step before the last, from which a solver that weights its rows has its information.
    """
    Z, w, n, k = sample.Z, sample.w, sample.n, sample.k
    if n <= k:
        return {}
    at = sample.at(values)
    weighted = at if before is None else sample.at(before)
    inverse = _inverse(Z, w * weighted.expected)
    # A weight of frequency stands for so many rows, any other one is in the score of its row.
    rows, own = (w, np.ones(len(Z))) if sample.frequency else (np.ones(len(Z)), w)
    estimates = sample.dispersions(at.mean)
    made: dict[str, FloatArray] = {}
    if sample.distribution == "gaussian":
        made["model"] = inverse * estimates["pearson"]
        made["divisor n"] = inverse * estimates["pearson_n"]
    elif sample.known:
        made["model"] = inverse
        made["dispersion"] = inverse * estimates["pearson"]
        made["dispersion, n/(n-p)"] = made["dispersion"] * n / (n - k)
    else:
        made["model"] = inverse * estimates["pearson"]
        made["n/(n-p)"] = made["model"] * n / (n - k)
        made["divisor n"] = inverse * estimates["pearson_n"]
        made["deviance"] = inverse * estimates["deviance"]
        if before is not None:
            # R's summary.glm has both its weights and its dispersion from the last step's working residuals.
            own = w * weighted.expected * (at.slope / at.expected) ** 2
            made["model"] = inverse * float(own.sum()) / (n - k)
    bread = {"": inverse}
    same = np.allclose(at.curve, at.expected, rtol=1e-12, atol=0)
    if not same:
        observed = Z.T @ (Z * (w * at.curve)[:, None])
        bread = {"": _pseudo(observed), _EXPECTED: inverse}
        scale = 1.0 if sample.known else estimates["pearson"]
        made["observed"] = bread[""] * scale
    leverage = np.einsum("ij,ij->i", Z @ inverse, Z) * own * weighted.expected
    rest = np.maximum(1 - leverage, 1e-12)
    meat = {
        name: Z.T @ (Z * (factor * (own * at.slope) ** 2)[:, None])
        for name, factor in (("HC0", rows), ("HC2", rows / rest), ("HC3", rows / rest**2))
    }
    for kind, outer in bread.items():
        for name, inner in meat.items():
            made[name + kind] = outer @ inner @ outer
        made["HC1" + kind] = made["HC0" + kind] * n / (n - k)
        if sample.distribution != "gaussian":
            made["n/(n-1)" + kind] = made["HC0" + kind] * n / (n - 1)
    ordered = {name + kind: made[name + kind] for kind in ("", _EXPECTED) for name in _WORDS
               if name + kind in made}  # fmt: skip
    for name, codes in (clusters or {}).items():
        sums = np.zeros((int(codes.max()) + 1, Z.shape[1]))
        np.add.at(sums, codes, Z * (w * at.slope)[:, None])
        for kind, outer in bread.items():
            of_clusters = outer @ (sums.T @ sums) @ outer
            for divisor, factor in _divisors(len(sums), n, Z.shape[1], k - Z.shape[1]):
                ordered[f"{_CLUSTERED}{name} ({divisor}){kind}"] = of_clusters * factor
    with np.errstate(invalid="ignore"):
        return {name: np.sqrt(np.diag(matrix)) for name, matrix in ordered.items()}


def _inverse(Z: FloatArray, weights: FloatArray) -> FloatArray:
    """The (pseudo-)inverse of Z' diag(weights) Z, by singular values of its root with columns of norm 1."""
    root = Z * np.sqrt(weights)[:, None]
    size = np.linalg.norm(root, axis=0)
    size[~(size > 0)] = 1.0
    _, values, turned = np.linalg.svd(root / size, full_matrices=False)
    kept = values > values.max(initial=0.0) * max(root.shape) * np.finfo(np.float64).eps
    part = turned[kept] / values[kept][:, None]
    return np.asarray(part.T @ part / np.outer(size, size))


def _pseudo(matrix: FloatArray) -> FloatArray:
    """The pseudo-inverse of a symmetric matrix, scaled to a diagonal of 1."""
    size = np.sqrt(np.abs(np.diag(matrix)))
    size[~(size > 0)] = 1.0
    scaled = np.linalg.pinv(matrix / np.outer(size, size), hermitian=True)
    return np.asarray(scaled / np.outer(size, size))


def _divisors(clusters: int, n: float, columns: int, absorbed: int) -> Iterator[tuple[str, float]]:
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
