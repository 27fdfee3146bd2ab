"""The negative binomial regression with a given size and the log link, as the logistic one that it is.

With s = eta - log theta the loss (y + theta) log(mu + theta) - y log mu, mu = exp(eta), is that of a share
y / (y + theta) of successes in y + theta trials,

    (y + theta) (log(1 + exp(s)) - y / (y + theta) s)

up to what the target alone decides. So its optima are those of `crossframe.optima.linear.solve`, certified
for the shares as float64 has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.optima.problem import Problem


def as_logistic(
    X: FloatArray,
    y: FloatArray,
    theta: float,
    *,
    weights: FloatArray | None = None,
    offset: FloatArray | None = None,
    l2: float = 0.0,
    l1: float = 0.0,
    **rest: Any,
) -> Problem:
    """The logistic problem whose optimum is that of the negative binomial one, coefficient by coefficient.

    Parameters
    ----------
    X, y
        (n, k) and the counts (n,), none negative.
    theta
        The size: the variance is mu + mu^2 / theta.
    l2, l1
        Strengths of the penalty beside the mean loss of the negative binomial; in the problem they are beside
        the mean loss of a trial.
    weights, offset, rest
        As of a `Problem`.

    Raises `ValueError` for a negative count, and what `Problem` raises.
    """
    if (y < 0).any():
        raise ValueError("the counts must be 0 or more")
    if not y.any():
        raise ValueError("the target is 0 in every row")
    trials = y + theta
    heavy = trials if weights is None else weights * trials
    share = (float(len(y)) if weights is None else float(weights.sum())) / float(heavy.sum())
    known = np.full(len(y), -np.log(theta)) + (0.0 if offset is None else offset)
    kept: Mapping[str, Any] = {k: v for k, v in rest.items() if k not in ("link", "power")}
    return Problem(X, y / trials, "logit", weights=heavy, offset=known, l2=share * l2, l1=share * l1, **kept)
