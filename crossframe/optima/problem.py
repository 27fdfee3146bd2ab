"""A penalised regression, and the certified optimum of one."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crossframe.core.types import FloatArray

Link = Literal["logit", "identity", "log"]
Standardize = Literal["none", "sd_n", "sd_n-1"]
Collinear = Literal["minimum_norm", "alias"]

ALIAS_TOLERANCE = 1e-7
"""Share of a column's norm that must be left beside the columns before it: R's ``lm``."""


@dataclass(frozen=True, eq=False)
class Problem:
    """A penalised linear, logistic or log-linear regression, in the units of the canonical vocabulary.

    Minimise over b0 and b the ::

        mean loss + sum_j (l1_j |t_j| + l2_j/2 t_j^2) + intercept_penalty l2/2 a^2
                  + sqrt(intercept_penalty) l1 |a|

    with the loss -log-likelihood (``logit``), (y - b0 - x b)^2 / 2 (``identity``) or half the deviance of
    a family with the variance mean^power (``log``: Poisson, Tweedie, gamma), the mean taken with the
    ``weights``. The t_j are the coefficients of the features as they are
    penalised: t = b, or s_j b_j for features that are scaled by their standard deviation s_j;
    a is their intercept: b0, or b0 + m b for features that are centred at their means m.

    Parameters
    ----------
    X, y
        Shapes (n, k) and (n,), finite. For ``logit`` y lies in [0, 1]; for ``log`` none is negative,
        and with ``power`` 2 all are positive.
    link
        The model's link.
    l2, l1
        Strengths of the penalty, a number or shape (k,).
    intercept
        Whether there is one.
    intercept_penalty
        Weight of the intercept's square relative to a coefficient's; liblinear: 1 over the square
        of ``intercept_scaling``. Needs one strength for all features.
    standardize
        The scale of the features on which the penalty acts. Means and standard deviations are those of
        the weighted rows, ``sd_n-1`` with n/(n-1) of the rows with a weight; a constant one is not scaled.
    centre
        Whether standardised features are centred too. It matters where the intercept is penalised
        or missing: then the rows' scores are (x - m) b, and ``Solution.intercept`` is -m b.
    weights
        Shape (n,), none negative; None: 1 each. They are divided by their sum.
    collinear
        Treatment of an unpenalised column that others determine: R's NaN (``alias``), or the
        least sum of t_j^2 among all optima (``minimum_norm``), the intercept not counted.
    power
        For ``log``: the power of the mean in the variance, from 1 (Poisson) to 2 (gamma).
    offset
        Shape (n,): a known part of the linear predictor; None: 0.
    rank_tolerance
        Share of an unpenalised column's norm below which what is left of it counts as rounding
        (see `crossframe.optima.pivoting.pivot`). None: 1e-7 (R's ``lm``; its ``glm`` has 1e-11)
        for ``alias``, max(n, k) 2.2e-16 for ``minimum_norm``. 0: only exact dependence counts.

    Raises
    ------
    ValueError
        If the shapes of the arrays do not match, or a number is outside its range.
    """

    X: FloatArray
    y: FloatArray
    link: Link = "logit"
    l2: float | FloatArray = 0.0
    l1: float | FloatArray = 0.0
    intercept: bool = True
    intercept_penalty: float = 0.0
    standardize: Standardize = "none"
    centre: bool = True
    weights: FloatArray | None = None
    collinear: Collinear = "alias"
    rank_tolerance: float | None = None
    power: float = 1.0
    offset: FloatArray | None = None

    def __post_init__(self) -> None:
        X = np.ascontiguousarray(self.X, dtype=np.float64)
        y = np.ascontiguousarray(self.y, dtype=np.float64)
        if X.ndim != 2 or y.shape != X.shape[:1] or not y.size:
            raise ValueError(f"X must be (n, k) and y (n,) with n > 0; they are {X.shape} and {y.shape}")
        if not (np.isfinite(X).all() and np.isfinite(y).all()):
            raise ValueError("X and y must be finite")
        if self.link == "logit" and (y.min() < 0 or y.max() > 1):
            raise ValueError("with a logit link y must lie in [0, 1]")
        if self.link == "log":
            _check_positive(y, self.power)
        object.__setattr__(self, "X", X)
        object.__setattr__(self, "y", y)
        for name in ("l2", "l1"):
            value = np.asarray(getattr(self, name), dtype=np.float64)
            if value.shape not in ((), (X.shape[1],)) or not np.isfinite(value).all() or (value < 0).any():
                raise ValueError(f"{name} must be one non-negative number or {X.shape[1]} of them")
            if value.ndim and self.intercept_penalty:
                raise ValueError(f"a penalised intercept needs one {name} for all features")
        if not (math.isfinite(self.intercept_penalty) and self.intercept_penalty >= 0):
            raise ValueError("intercept_penalty must be a non-negative number")
        if self.weights is not None:
            weights = np.ascontiguousarray(self.weights, dtype=np.float64)
            if weights.shape != y.shape or not np.isfinite(weights).all() or (weights < 0).any():
                raise ValueError(f"weights must be {len(y)} non-negative numbers")
            if not weights.any():
                raise ValueError("all weights are 0")
            object.__setattr__(self, "weights", weights)
        if self.offset is not None:
            offset = np.ascontiguousarray(self.offset, dtype=np.float64)
            if offset.shape != y.shape or not np.isfinite(offset).all():
                raise ValueError(f"offset must be {len(y)} finite numbers")
            object.__setattr__(self, "offset", offset)

    def strengths(self) -> tuple[FloatArray, FloatArray]:
        """``l2`` and ``l1`` of every feature, two arrays of shape (k,)."""
        k = self.X.shape[1]
        return (
            np.broadcast_to(np.asarray(self.l2, dtype=np.float64), (k,)),
            np.broadcast_to(np.asarray(self.l1, dtype=np.float64), (k,)),
        )

    def tolerance(self) -> float:
        """``rank_tolerance`` with its default filled in."""
        if self.rank_tolerance is not None:
            return self.rank_tolerance
        if self.collinear == "alias":
            return ALIAS_TOLERANCE
        return float(max(self.X.shape) * np.finfo(np.float64).eps)


def _check_positive(y: FloatArray, power: float) -> None:
    """Raise `ValueError` for a power or a target that the families with a log link do not have."""
    if not 1.0 <= power <= 2.0:
        raise ValueError("power must lie in [1, 2]")
    outside = np.flatnonzero(y <= 0 if power == 2.0 else y < 0)
    if outside.size:
        what = "above 0" if power == 2.0 else "0 or more"
        raise ValueError(f"the target must be {what}; it is {y[outside[0]]:g} in row {outside[0] + 1}")
    if not y.any():
        raise ValueError("the target is 0 in every row")


class SolutionStatus(enum.StrEnum):
    """The proof of a solution; the value is the sentence the user reads."""

    CERTIFIED = "the optimum, with as many certain digits as stated"
    NO_UNIQUE_OPTIMUM = "no unique optimum"
    NOT_CERTIFIED = "no proof that this is the optimum"


@dataclass(frozen=True, eq=False)
class Solution:
    """The optimum of a `Problem`, with its certificate.

    Attributes
    ----------
    status
        Whether it is proved to be the optimum.
    intercept, coefficients
        On the scale of ``X``, rounded to float64; 0 for an intercept that the model lacks, NaN
        for an aliased column. Without a finite optimum: where the iterations stopped.
    precise
        The same as decimal strings, the intercept first, with as many digits as are certain, 30 at
        most; "nan" for an aliased column.
    objective
        Value of the objective at the answer.
    iterations
        Newton steps: in float64, and those with an exact gradient.
    gradient
        Largest component of the (sub)gradient at the unrounded answer, with respect to the
        reported intercept and coefficients; evaluated with 60 digits or more.
    digits
        Certain correct digits of every number in ``precise``, see
        `crossframe.optima.certificate`; 0 where nothing is certified.
    condition
        2-norm condition number of the (weighted, penalised) design, columns scaled to norm 1.
    aliased
        Columns that others determine, by R's rule.
    reason
        Why it is not certified; empty: it is.
    """

    status: SolutionStatus
    intercept: float
    coefficients: FloatArray
    precise: tuple[str, ...]
    objective: float
    iterations: int
    gradient: float
    digits: float
    condition: float
    aliased: tuple[int, ...] = ()
    reason: str = ""
