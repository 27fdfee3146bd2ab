"""Generalised linear models as their predictions show them: levels of columns, and a step of scoring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri

from crossframe.core.types import FloatArray
from crossframe.explain.fitted.result import Side
from crossframe.frameworks.fitted import FittedModel

_Link = tuple[
    Callable[[FloatArray], FloatArray], Callable[[FloatArray], FloatArray], Callable[[FloatArray], FloatArray]
]

_LINKS: dict[str, _Link] = {
    "identity": (np.asarray, np.asarray, np.ones_like),
    "log": (np.log, np.exp, np.exp),
    "logit": (logit, expit, lambda eta: expit(eta) * expit(-eta)),
    "probit": (ndtri, ndtr, lambda eta: np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi)),
    "cloglog": (
        lambda mean: np.log(-np.log1p(-mean)),
        lambda eta: -np.expm1(-np.exp(eta)),
        lambda eta: np.exp(eta - np.exp(eta)),
    ),
}
"""Link -> the linear predictor of a mean, the mean of a linear predictor, and its derivative."""
_VARIANCES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "binomial": lambda mean: mean * (1 - mean),
    "poisson": np.asarray,
    "gaussian": np.ones_like,
}
_LINEAR = 1e-6
"""Largest deviation from a linear function of the columns, in standard deviations of the linear predictor."""
_LEVELS = 12
"""Values that a column of levels takes at most."""


def _link(fit: FittedModel) -> _Link | None:
    """The link in the arguments, or the usual one of a model with ``fit_intercept``; None: not known."""
    name = str(fit.arguments.get("link") or "").lower()
    if name in ("", "auto") and "fit_intercept" in fit.arguments:
        name = "logit" if fit.classes else "identity"
    return _LINKS.get(name)


def _predictor(fit: FittedModel) -> FloatArray | None:
    """The linear predictor of every row, (n,), less its offset; None: not known."""
    link = _link(fit)
    if link is None or fit.score is None or fit.score.ndim != 1 or not np.isfinite(fit.X).all():
        return None
    with np.errstate(all="ignore"):
        eta = link[0](fit.score) - (0.0 if fit.offset is None else fit.offset)
    return eta if np.isfinite(eta).all() else None


def _left_over(eta: FloatArray, X: FloatArray) -> tuple[float, FloatArray]:
    """The largest deviation of a linear predictor from [1, X], and the coefficients (1 + p,)."""
    Z = np.column_stack([np.ones(len(X)), X])
    values = np.asarray(np.linalg.lstsq(Z, eta, rcond=None)[0], dtype=np.float64)
    return float(np.abs(eta - Z @ values).max()) / (float(eta.std()) or 1.0), values


def with_levels(side: Side) -> Side:
    """A side whose model takes columns as levels, such as pandas' categories, with indicators of these.

    That is one whose linear predictor is no linear function of its columns as numbers, and is one of an
    indicator of each level. Any other side is returned as it is.
    """
    fit = side.fit
    eta = None if fit.coefficients is not None else _predictor(fit)
    if eta is None or _left_over(eta, fit.X)[0] <= _LINEAR:
        return side
    coded = [j for j in range(fit.X.shape[1]) if 2 < len(np.unique(fit.X[:, j])) <= _LEVELS]
    if not coded or _left_over(eta, _coded(fit, coded)[0])[0] > _LINEAR:
        return side
    for j in list(coded):
        others = [k for k in coded if k != j]
        if _left_over(eta, _coded(fit, others)[0])[0] <= _LINEAR:
            coded = others
    X, columns = _coded(fit, coded)
    values = _left_over(eta, X)[1]
    names = ", ".join(fit.columns[j] for j in coded)
    note = f"{names} in {side.name} is a factor: its predictions have an effect of each level."
    made = replace(fit, X=X, columns=columns, intercept=float(values[0]), coefficients=values[1:])
    return replace(side, fit=made, note=note)


def _coded(fit: FittedModel, coded: list[int]) -> tuple[FloatArray, tuple[str, ...]]:
    """The features with an indicator of every level but the first in place of the columns ``coded``."""
    X, names = [], []
    for j, name in enumerate(fit.columns):
        values = fit.X[:, j]
        levels = np.unique(values)[1:].tolist()
        X += [(values == level).astype(float) for level in levels] if j in coded else [values]
        names += [f"{name}[{level:g}]" for level in levels] if j in coded else [name]
    return np.column_stack(X), tuple(names)


def step(fit: FittedModel) -> FloatArray | None:
    """The predictions (n,) after one more step of Fisher scoring for maximum likelihood; None: not known."""
    link, eta = _link(fit), _predictor(fit)
    family = str(fit.arguments.get("family") or ("binomial" if fit.classes else "gaussian")).lower()
    variance = _VARIANCES.get({"normal": "gaussian"}.get(family, family))
    if link is None or eta is None or variance is None or fit.score is None:
        return None
    offset = np.zeros(len(eta)) if fit.offset is None else fit.offset
    Z = np.column_stack([np.ones(len(eta)), fit.X] if fit.intercept else [fit.X])
    slope, weights = link[2](eta + offset), np.ones(len(eta)) if fit.weights is None else fit.weights
    root = np.sqrt(weights / variance(fit.score)) * slope
    moved = np.linalg.lstsq(Z * root[:, None], root * (fit.y - fit.score) / slope, rcond=None)[0]
    return link[1](eta + offset + Z @ moved)
