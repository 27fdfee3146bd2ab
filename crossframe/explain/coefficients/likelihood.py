"""Losses of generalised linear models as functions of the score, for maximum likelihood of any link."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_ndtr, ndtr

from crossframe.core.types import FloatArray

FAMILIES = {
    "logit": "logistic regression",
    "probit": "probit regression",
    "cloglog": "binomial regression with a complementary log-log link",
    "identity": "linear regression",
    "log": "Poisson regression with a log link",
}
"""Links, and the model with it and its usual family, in words."""


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


def derivatives(link: str, score: FloatArray, y: FloatArray) -> Derivatives:
    """The derivatives of -log-likelihood (identity: half a squared error) at scores (n,) of targets (n,)."""
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
