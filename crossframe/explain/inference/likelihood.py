"""Generalised linear models as functions of the score: loss, mean, variance, deviance, log-likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize
from scipy.special import digamma, expit, gammaln, log_ndtr, logit, ndtr, ndtri, xlogy

from crossframe.core.types import FloatArray
from crossframe.settings.family import POWERS

FAMILIES = {
    "logit": "logistic regression",
    "probit": "probit regression",
    "cloglog": "binomial regression with a complementary log-log link",
    "identity": "linear regression",
    "log": "Poisson regression with a log link",
}
"""Links, and the model with it and its usual family, in words."""


USUAL = {"logit": "binomial", "probit": "binomial", "cloglog": "binomial", "identity": "gaussian",
         "log": "poisson"}  # fmt: skip
"""Links, and the family of `derivatives` where none is named."""
KNOWN = ("binomial", "poisson")
"""Families whose dispersion is 1."""


@dataclass(frozen=True, eq=False)
class Derivatives:
    """Derivatives of the loss of every row in its score, each (n,).

    ``slope`` is the first, ``curve`` the second; ``expected`` is the second's expectation given the score,
    and ``mean`` the fitted mean.
    """

    slope: FloatArray
    curve: FloatArray
    expected: FloatArray
    mean: FloatArray


def derivatives(
    link: str, score: FloatArray, y: FloatArray, family: str = "", power: float = 1.5
) -> Derivatives:
    """The derivatives of the loss at scores (n,) of targets (n,).

    The loss is -log-likelihood for a dispersion of 1 (identity: half a squared error) of the ``family``, by
    default the `USUAL` one of the link; ``power`` is that of the mean in the variance of ``tweedie``.
    """
    if family and family != USUAL.get(link):
        return _general(link, score, y, family, power)
    with np.errstate(all="ignore"):
        if link == "identity":
            one = np.ones(len(y))
            return Derivatives(score - y, one, one, score)
        if link == "log":
            mean = np.exp(score)
            return Derivatives(mean - y, mean, mean, mean)
        if link == "logit":
            p = expit(score)
            return Derivatives(p - y, p * (1 - p), p * (1 - p), p)
        if link == "probit":
            sign = 2 * y - 1
            log_density = -0.5 * score**2 - 0.5 * np.log(2 * np.pi)
            ratio = np.exp(log_density - log_ndtr(sign * score))
            expected = np.exp(2 * log_density - log_ndtr(score) - log_ndtr(-score))
            return Derivatives(-sign * ratio, ratio * (ratio + sign * score), expected, ndtr(score))
        m = np.exp(score)
        p = -np.expm1(-m)
        # f = m / (exp(m) - 1) is the slope of a row of class 1, up to its sign.
        f = np.where(m < 1e-8, 1.0, m / np.expm1(m))
        change = f * (1 - m * np.exp(m) / np.expm1(m))
        return Derivatives((1 - y) * m - y * f, (1 - y) * m - y * change, m * f, p)


def _general(link: str, score: FloatArray, y: FloatArray, family: str, power: float) -> Derivatives:
    """`derivatives` of any family with any link, by McCullagh and Nelder 1989, section 2.5."""
    with np.errstate(all="ignore"):
        mean, slope, bend = _LINKS[link](score)
        variance = variance_of(family, mean, power)
        growth = 1 - 2 * mean if family == "binomial" else _power(family, power) * variance / mean
        residual, expected = y - mean, slope**2 / variance
        # d/d score of (y - mean) slope / variance, with the sign of a loss
        curve = expected - residual * (bend / variance - slope**2 * growth / variance**2)
        return Derivatives(-residual * slope / variance, curve, expected, mean)


def _of_log(eta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    return np.exp(eta), np.exp(eta), np.exp(eta)


def _of_logit(eta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    p = expit(eta)
    return p, p * (1 - p), p * (1 - p) * (1 - 2 * p)


def _of_cauchit(eta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    density = 1 / (np.pi * (1 + eta**2))
    return 0.5 + np.arctan(eta) / np.pi, density, -2 * eta / (1 + eta**2) * density


_LINKS: dict[str, Callable[[FloatArray], tuple[FloatArray, FloatArray, FloatArray]]] = {
    "identity": lambda eta: (eta, np.ones(len(eta)), np.zeros(len(eta))),
    "log": _of_log,
    "logit": _of_logit,
    "cauchit": _of_cauchit,
    "sqrt": lambda eta: (eta**2, 2 * eta, np.full(len(eta), 2.0)),
    "inverse": lambda eta: (1 / eta, -1 / eta**2, 2 / eta**3),
    "inverse_squared": lambda eta: (eta**-0.5, -0.5 * eta**-1.5, 0.75 * eta**-2.5),
}
"""Link -> the mean as a function of the score, with its first and second derivative."""


_SCORES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "identity": lambda mean: mean,
    "log": np.log,
    "logit": logit,
    "probit": ndtri,
    "cloglog": lambda mean: np.log(-np.log1p(-mean)),
    "cauchit": lambda mean: np.tan(np.pi * (mean - 0.5)),
    "sqrt": np.sqrt,
    "inverse": lambda mean: 1 / mean,
    "inverse_squared": lambda mean: mean**-2.0,
}


def score_of(link: str, mean: FloatArray) -> FloatArray:
    """The scores (n,) at which a link has these means."""
    return np.asarray(_SCORES[link](mean))


def _power(family: str, power: float) -> float:
    return POWERS.get(family, power)


def computable(link: str, family: str) -> bool:
    """Whether `derivatives` has the link with this family."""
    usual = family == USUAL.get(link)
    return usual or (link in _LINKS and (family in POWERS or family in ("binomial", "tweedie")))


def variance_of(family: str, mean: FloatArray, power: float = 1.5) -> FloatArray:
    """The variance of targets with these means, for a dispersion of 1."""
    if family == "binomial":
        return np.asarray(mean * (1 - mean))
    return np.asarray(mean ** _power(family, power))


def deviance(family: str, y: FloatArray, mean: FloatArray, weights: FloatArray, power: float = 1.5) -> float:
    """Twice the log-likelihood lost to the saturated model, for a dispersion of 1; all arrays (n,)."""
    p = 0.0 if family == "binomial" else _power(family, power)
    with np.errstate(all="ignore"):
        if family == "binomial":
            each = xlogy(y, y / mean) + xlogy(1 - y, (1 - y) / (1 - mean))
        elif p == 0:
            each = (y - mean) ** 2 / 2
        elif p == 1:
            each = xlogy(y, y / mean) - (y - mean)
        elif p == 2:
            each = (y - mean) / mean - np.log(y / mean)
        else:
            each = y ** (2 - p) / ((1 - p) * (2 - p)) - y * mean ** (1 - p) / (1 - p)
            each = each + mean ** (2 - p) / (2 - p)
        return float(2 * weights @ each)


def log_likelihood(
    family: str, y: FloatArray, mean: FloatArray, weights: FloatArray, dispersion: float
) -> float | None:
    """The log-likelihood with all its constants, at a dispersion; None for a family without one here."""
    with np.errstate(all="ignore"):
        if family == "binomial":
            each = xlogy(y, mean) + xlogy(1 - y, 1 - mean)
        elif family == "gaussian":
            each = -0.5 * (np.log(2 * np.pi * dispersion) + (y - mean) ** 2 / dispersion)
        elif family == "poisson":
            each = xlogy(y, mean) - mean - gammaln(y + 1)
        elif family == "gamma":
            shape = 1 / dispersion
            each = shape * np.log(shape * y / mean) - shape * y / mean - np.log(y) - gammaln(shape)
        elif family == "inverse_gaussian":
            each = -0.5 * (
                np.log(2 * np.pi * dispersion * y**3) + (y - mean) ** 2 / (dispersion * y * mean**2)
            )
        else:
            return None
        return float(weights @ each)


def likeliest_dispersion(family: str, deviance: float, rows: float) -> float:
    """The dispersion of maximum likelihood, of families whose density is `log_likelihood`'s.

    Of a gamma distribution log(shape) - digamma(shape) is half the mean deviance.
    """
    mean = deviance / rows
    if family in KNOWN or family != "gamma" or not mean > 0:
        return 1.0 if family in KNOWN else mean
    shape = optimize.brentq(lambda v: 2 * (v - digamma(np.exp(v))) - mean, -20.0, 40.0)
    return float(np.exp(-shape))
