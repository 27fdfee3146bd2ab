"""Which objective a fit's predictions are the optimum of, for any linear model of whatever software.

From the features X, the target y and the predictions alone. A linear model's predictions give its
coefficients B back, because link(prediction) = b_0 + X B. Its penalty is read from the gradient of the mean
loss, G = X'(prediction - y) / n: maximum likelihood and least squares have G = 0, a ridge penalty
strength / 2 |B|^2 has G = -strength B.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.explain.fitted.ladder import classes, weights_of
from crossframe.explain.fitted.rungs import Names, Rung, RungVerdict
from crossframe.frameworks.fitted import FittedModel

_LINEAR = 1e-6
"""Largest deviation of link(prediction) from a linear function of the columns, in its standard deviations."""
_ZERO = 1e-3
"""Gradient, in parts of the null model's, up to which there is no penalty."""
_REACHED = 1e-6
"""The same where a small ridge penalty is distinguished from the end of a solver."""
_COLUMNS = 3
_STOPPED = 0.02
"""The same of a solver that stopped short, where no ridge penalty accounts for it."""
_RIDGE = 0.05
"""Part of the gradient that a ridge penalty may leave."""
_SAME = 0.02
"""Relative difference up to which two strengths are equal."""
_SURE = 1e-12
"""Probability from which a class counts as certain: its logit is not known."""


@dataclass(frozen=True)
class FittedObjective:
    """What a linear model's predictions are the optimum of.

    Attributes
    ----------
    strength
        Of the ridge penalty, with the mean loss; 0.0: there is none.
    standardized
        Whether the penalty is that of standardised columns.
    left_over
        The gradient that remains, in parts of that of the null model.
    per_strength
        The gradient of a penalty of strength 1, in the same parts.
    """

    strength: float
    standardized: bool
    left_over: float
    per_strength: float

    def words(self, n: float) -> str:
        """The objective in words; ``n`` is the number of rows, or the sum of their weights."""
        near = f"the gradient that remains is {self.left_over:.1e} of the null model's"
        if not self.strength:
            return f"no penalty ({near})"
        columns = " on standardised columns" if self.standardized else ""
        c = f"C={1 / (n * self.strength):.4g} of LogisticRegression, alpha={n * self.strength:.4g} of Ridge"
        return f"a ridge penalty of {self.strength:.4g}{columns} ({c}; {near})"


def objective(fit: FittedModel, known: float | None = None) -> FittedObjective | None:
    """The objective of a fit; None: it is not linear in its columns, or has another objective.

    ``known``: the strength of its ridge penalty, where the model's own settings say it; then only the
    gradient that remains is measured.
    """
    X, of_classes = fit.X, classes(fit)
    if fit.score is None or fit.offset is not None or not np.isfinite(X).all() or len(X) <= X.shape[1] + 1:
        return None
    given = fit.arguments.get("class_weight")
    if not (given in (None, "none", "balanced") or isinstance(given, Mapping)):
        # More classes than are recorded with their weights.
        return None
    weights = weights_of(fit)
    weights = weights / weights.sum()
    made = _link(fit.score, of_classes)
    if made is None:
        return None
    eta, P = made
    Y = np.eye(len(of_classes))[fit.y.astype(np.int64)] if of_classes else fit.y[:, None]
    if len(of_classes) == 2:
        Y = Y[:, 1:]
    size = X.std(axis=0)
    size = np.where(size > 0, size, 1.0)
    Z = np.column_stack([np.ones(len(X)), (X - X.mean(axis=0)) / size])
    B = np.linalg.lstsq(Z, eta, rcond=None)[0]
    if np.abs(eta - Z @ B).max() > _LINEAR * max(float(eta.std()), _SURE):
        return None
    # By standardised columns, so that none counts for its unit.
    G = (X / size).T @ (weights[:, None] * (P - Y))
    empty = float(np.linalg.norm(Z[:, 1:].T @ (weights[:, None] * (weights @ Y - Y)))) or 1.0
    left_over = float(np.linalg.norm(G)) / empty
    slopes, best = B[1:], None
    own = slopes / size[:, None] ** 2
    each = float(np.linalg.norm(own)) / empty
    if known is not None:
        rest = float(np.linalg.norm(G + known * own)) / empty
        return FittedObjective(known, False, rest, each)
    # With one or two columns any gradient is nearly parallel to the coefficients.
    if left_over <= (_ZERO if X.shape[1] < _COLUMNS else _REACHED):
        return FittedObjective(0.0, False, left_over, each)
    if not slopes.any():
        # Predictions that are all the same show the strength of no penalty.
        return None
    for standardized, penalty in ((False, own), (True, slopes)):
        strength = -float((G * penalty).sum() / (penalty * penalty).sum())
        rest = float(np.linalg.norm(G + strength * penalty)) / empty
        if strength > 0 and rest <= _RIDGE * left_over and (best is None or rest < best.left_over / 2):
            best = FittedObjective(strength, standardized, rest, float(np.linalg.norm(penalty)) / empty)
    return best or (FittedObjective(0.0, False, left_over, each) if left_over <= _STOPPED else None)


def _link(score: FloatArray, of_classes: tuple[str, ...]) -> tuple[FloatArray, FloatArray] | None:
    """The linear predictor and the predictions, (n, k) each: one column for two classes and for numbers."""
    P = score[:, None] if score.ndim == 1 else score
    if not of_classes:
        return P, P
    if P.min() < _SURE or P.max() > 1 - _SURE:
        return None
    if P.shape[1] == 1:
        return np.log(P / (1 - P)), P
    eta = np.log(P)
    return eta - eta.mean(axis=1, keepdims=True), P


def rung(
    left: FittedModel,
    right: FittedModel,
    names: Names,
    known: tuple[float | None, float | None] = (None, None),
) -> Rung | None:
    """Whether both sides minimise the same; None where it is not known of either.

    ``known``: as in `objective`, of either side.
    """
    one, other = objective(left, known[0]), objective(right, known[1])
    if one is None or other is None:
        return None
    both, weights = (one, other), (weights_of(left), weights_of(right))
    words = " ".join(
        f"{name} has the predictions of {each.words(float(own.sum()))}."
        for name, each, own in zip(names, both, weights, strict=True)
    )
    strengths = [each.strength for each in both]
    # By their shares: a multiple of all of them is in the strength of the penalty.
    unlike = len(left.y) == len(right.y) and not np.allclose(
        *(np.sort(own) * len(own) / own.sum() for own in weights)
    )
    penalty = abs(one.strength - other.strength) * max(each.per_strength for each in both) > _REACHED
    # Beside the mean loss or, where other weights make this one another, beside the summed loss.
    for sizes in ([1.0, 1.0], *([[float(own.sum()) for own in weights]] if unlike else [])):
        penalty &= not math.isclose(*(a * b for a, b in zip(strengths, sizes, strict=True)), rel_tol=_SAME)
    same = not penalty and one.standardized == other.standardized
    if unlike:
        words += " Their rows count differently: by weights, or by class_weight."
    certificate = {
        "strengths": strengths, "standardized": [each.standardized for each in both],
        "left_over": [each.left_over for each in both],
        "other_penalty": penalty, "other_weights": unlike,
    }  # fmt: skip
    verdict = RungVerdict.SAME if same and not unlike else RungVerdict.DIFFERS
    return Rung("objective", verdict, words, certificate)
