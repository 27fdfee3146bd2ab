"""Gradient descent with and without momentum, and the schedules of its learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from crossframe.optima.updates.base import Array, Double, Rate, Rule, Slots, at


@dataclass(frozen=True)
class Sgd(Rule):
    """Gradient descent, as in Keras's ``SGD`` and scikit-learn's ``MLPClassifier(solver="sgd")``.

    The velocity holds the learning rate, so that a change of rate acts on later gradients only.
    Momentum: Polyak (1964); Nesterov's form as in Sutskever et al. (2013), rewritten for weights
    that are stored ahead.
    """

    learning_rate: Rate = 0.01
    momentum: float = 0.0
    nesterov: bool = False
    formula: ClassVar[str] = "v = mu v - eta g;  w = w + v, with Nesterov w = w + mu v - eta g"

    def _slots(self, w: Double) -> Slots:
        return {"velocity": np.zeros_like(w)}

    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        eta = at(self.learning_rate, t)
        s["velocity"] = self.momentum * s["velocity"] - eta * g
        if self.nesterov:
            return w + self.momentum * s["velocity"] - eta * g
        return w + s["velocity"]


@dataclass(frozen=True)
class PassiveAggressive:
    """One step of a linear classifier on one row, whose size depends on the row's own hinge loss.

    ``eta0`` is the C of Crammer et al. (JMLR 7, 2006). As in scikit-learn's ``SGDClassifier``, the L2
    penalty ``alpha`` first shrinks the weights with ``eta0`` as its learning rate.
    """

    variant: Literal["pa1", "pa2"]
    eta0: float
    alpha: float = 0.0
    formula: ClassVar[dict[str, str]] = {
        "pa1": "w = (1 - eta0 alpha) w + tau y x, tau = min(eta0, loss / |x|^2)",
        "pa2": "w = (1 - eta0 alpha) w + tau y x, tau = loss / (|x|^2 + 1 / (2 eta0))",
    }

    def step(self, coef: Array, intercept: float, x: Array, y: int) -> tuple[Array, float]:
        """``(coef, intercept)`` after the row ``x`` of class ``y``, which is -1 or 1."""
        loss = max(0.0, 1.0 - y * (float(x @ coef) + intercept))
        square = float(x @ x)
        bounded = self.variant == "pa1"
        tau = min(self.eta0, loss / square) if bounded else loss / (square + 0.5 / self.eta0)
        return (1.0 - self.eta0 * self.alpha) * coef + tau * y * x, intercept + tau * y


def inverse_time(rate: float, decay: float) -> Callable[[int], float]:
    """``rate / (1 + decay t)``, t updates before: ``decay`` of Keras's optimizers of 2017."""
    return lambda t: rate / (1.0 + decay * t)


def inverse_scaling(rate: float, power: float) -> Callable[[int], float]:
    """``rate / (t + 1)^power``, t updates before: scikit-learn's ``invscaling``."""
    return lambda t: rate / (t + 1.0) ** power


def optimal(alpha: float) -> Callable[[int], float]:
    """``1 / (alpha (t0 + t))``, t updates before: ``SGDClassifier(learning_rate="optimal")``.

    Bottou's heuristic: t0 makes the first rate ``alpha^(-1/4)``, a typical size of the weights; this
    holds for losses with a slope of at most 1 (hinge, logistic).
    """
    first = math.sqrt(1.0 / math.sqrt(alpha))
    offset = 1.0 / (first * alpha)
    return lambda t: 1.0 / (alpha * (offset + t))
