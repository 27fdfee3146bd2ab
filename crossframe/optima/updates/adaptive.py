"""Rules that divide a gradient by the size of the ones before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from crossframe.optima.updates.base import Double, Rate, Rule, Slots, at


@dataclass(frozen=True)
class Adagrad(Rule):
    """Duchi, Hazan and Singer (JMLR 12, 2011), in the form of Keras's ``Adagrad``."""

    learning_rate: Rate = 0.001
    initial_accumulator_value: float = 0.1
    epsilon: float = 1e-7
    formula: ClassVar[str] = "a = a + g^2;  w = w - eta g / sqrt(a + eps)"
    epsilon_enters: ClassVar[str] = "added to the sum of squares, under the root"

    def _slots(self, w: Double) -> Slots:
        return {"squares": np.full_like(w, self.initial_accumulator_value)}

    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        s["squares"] = s["squares"] + g**2
        return w - at(self.learning_rate, t) * g / np.sqrt(s["squares"] + self.epsilon)


@dataclass(frozen=True)
class Adadelta(Rule):
    """Zeiler (arXiv 1212.5701, 2012), which has no learning rate: 1. Keras multiplies by one."""

    learning_rate: Rate = 1.0
    rho: float = 0.95
    epsilon: float = 1e-7
    formula: ClassVar[str] = (
        "a = rho a + (1 - rho) g^2;  d = g sqrt(b + eps) / sqrt(a + eps);  b = rho b + (1 - rho) d^2;  "
        "w = w - eta d"
    )
    epsilon_enters: ClassVar[str] = "added to both averages, under the roots: alone it sets the first step"

    def _slots(self, w: Double) -> Slots:
        return {"squares": np.zeros_like(w), "steps": np.zeros_like(w)}

    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        s["squares"] = self.rho * s["squares"] + (1.0 - self.rho) * g**2
        step = g * np.sqrt(s["steps"] + self.epsilon) / np.sqrt(s["squares"] + self.epsilon)
        s["steps"] = self.rho * s["steps"] + (1.0 - self.rho) * step**2
        return w - at(self.learning_rate, t) * step


@dataclass(frozen=True)
class RmsProp(Rule):
    """Tieleman and Hinton (Coursera lecture 6e, 2012), in the form of Keras's ``RMSprop``."""

    learning_rate: Rate = 0.001
    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    centered: bool = False
    formula: ClassVar[str] = (
        "a = rho a + (1 - rho) g^2;  w = w - eta g / sqrt(a + eps), centered: a less the square of the mean"
    )
    epsilon_enters: ClassVar[str] = "added to the average of squares, under the root"

    def _slots(self, w: Double) -> Slots:
        return {"squares": np.zeros_like(w), "mean": np.zeros_like(w), "velocity": np.zeros_like(w)}

    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        s["squares"] = self.rho * s["squares"] + (1.0 - self.rho) * g**2
        spread = s["squares"]
        if self.centered:
            s["mean"] = self.rho * s["mean"] + (1.0 - self.rho) * g
            spread = spread - s["mean"] ** 2
        step = at(self.learning_rate, t) * g / np.sqrt(spread + self.epsilon)
        s["velocity"] = self.momentum * s["velocity"] + step
        return w - s["velocity"]


@dataclass(frozen=True)
class Ftrl(Rule):
    """Follow the regularized leader: McMahan et al. (KDD 2013), in the form of Keras's ``Ftrl``.

    The new weight is solved for, not added to: a starting value survives the first update only by
    the share 1 - sqrt(a0 / (a0 + g^2)). L1 and L2 are 0 here, as by default in Keras.
    """

    learning_rate: Rate = 0.001
    initial_accumulator_value: float = 0.1
    formula: ClassVar[str] = (
        "z = z + g - (sqrt(a + g^2) - sqrt(a)) w / eta;  a = a + g^2;  w = -eta z / sqrt(a)"
    )

    def _slots(self, w: Double) -> Slots:
        return {"squares": np.full_like(w, self.initial_accumulator_value), "linear": np.zeros_like(w)}

    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        eta = at(self.learning_rate, t)
        squares = s["squares"] + g**2
        s["linear"] = s["linear"] + g - (np.sqrt(squares) - np.sqrt(s["squares"])) / eta * w
        s["squares"] = squares
        return -eta * s["linear"] / np.sqrt(squares)
