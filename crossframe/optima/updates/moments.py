"""Rules with an average of the gradients: Adam and its variants, and Lion."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from crossframe.optima.updates.base import Double, Rate, Rule, Slots, at, decay_product

_AVERAGES = "m = beta1 m + (1 - beta1) g;  a = beta2 a + (1 - beta2) g^2;  "


@dataclass(frozen=True)
class Adam(Rule):
    """Kingma and Ba (ICLR 2015, arXiv 1412.6980), second form of their section 2.

    Keras's ``Adam`` and, with epsilon 1e-8, scikit-learn's ``MLPClassifier(solver="adam")``. With
    ``weight_decay`` it is Keras's ``AdamW`` (Loshchilov and Hutter, ICLR 2019): the weights shrink by
    eta times the decay before the step, biases like all others. With ``corrected`` it is their Algorithm 1
    and PyTorch's ``Adam``: epsilon is added to sqrt(a / (1 - beta2^t)).
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    weight_decay: float = 0.0
    amsgrad: bool = False
    corrected: bool = False
    formula: ClassVar[str] = (
        _AVERAGES + "w = w - eta sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(a) + eps), "
        "with decay from (1 - eta lambda) w"
    )
    epsilon_enters: ClassVar[str] = (
        "added to sqrt(a) before the correction for the start: in effect eps / sqrt(1 - beta2^t)"
    )

    def _slots(self, w: Double) -> Slots:
        return {"mean": np.zeros_like(w), "squares": np.zeros_like(w), "largest": np.zeros_like(w)}

    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        eta = at(self.learning_rate, t)
        w = w - w * self.weight_decay * eta
        squares = _average(s, g, self.beta_1, self.beta_2)
        if self.amsgrad:
            squares = s["largest"] = np.maximum(s["largest"], squares)
        alpha = eta * math.sqrt(1.0 - self.beta_2**t) / (1.0 - self.beta_1**t)
        return w - alpha * s["mean"] / (np.sqrt(squares) + self.epsilon_at(t))

    def epsilon_at(self, t: int) -> float:
        """The number that update ``t``, the first is 1, adds to sqrt(a)."""
        return self.epsilon * math.sqrt(1.0 - self.beta_2**t) if self.corrected else self.epsilon


@dataclass(frozen=True)
class Adamax(Rule):
    """Adam with the largest gradient in place of the root mean square: section 7.1 of the same paper."""

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    formula: ClassVar[str] = (
        "m = beta1 m + (1 - beta1) g;  u = max(beta2 u, |g|);  w = w - eta / (1 - beta1^t) m / (u + eps)"
    )
    epsilon_enters: ClassVar[str] = "added to the largest gradient"

    def _slots(self, w: Double) -> Slots:
        return {"mean": np.zeros_like(w), "largest": np.zeros_like(w)}

    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        s["mean"] = self.beta_1 * s["mean"] + (1.0 - self.beta_1) * g
        s["largest"] = np.maximum(self.beta_2 * s["largest"], np.abs(g))
        alpha = at(self.learning_rate, t) / (1.0 - self.beta_1**t)
        return w - alpha * s["mean"] / (s["largest"] + self.epsilon)


@dataclass(frozen=True)
class Nadam(Rule):
    """Adam with Nesterov's momentum: Dozat (ICLR workshop 2016), in the form of Keras's ``Nadam``.

    The momentum grows with t: u(t) = beta1 (1 - 0.96^t / 2), where Dozat has 0.96^(t / 250).
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    formula: ClassVar[str] = (
        _AVERAGES + "u(t) = beta1 (1 - 0.96^t / 2);  M = u(t+1) m / (1 - u(1)...u(t+1)) + "
        "(1 - u(t)) g / (1 - u(1)...u(t));  w = w - eta M / (sqrt(a / (1 - beta2^t)) + eps)"
    )
    epsilon_enters: ClassVar[str] = "added to the root of the corrected average"

    def _slots(self, w: Double) -> Slots:
        return {"mean": np.zeros_like(w), "squares": np.zeros_like(w)}

    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        def momentum(i: int) -> float:
            return self.beta_1 * (1.0 - 0.5 * 0.96**i)

        so_far = decay_product(t, momentum)
        squares = _average(s, g, self.beta_1, self.beta_2) / (1.0 - self.beta_2**t)
        ahead = momentum(t + 1) * s["mean"] / (1.0 - so_far * momentum(t + 1))
        ahead = ahead + (1.0 - momentum(t)) * g / (1.0 - so_far)
        return w - at(self.learning_rate, t) * ahead / (np.sqrt(squares) + self.epsilon)


@dataclass(frozen=True)
class Lamb(Rule):
    """Adam's step, made as long as the layer's weights: You et al. (ICLR 2020, arXiv 1904.00962).

    Kernel and bias count as layers of their own; where one of the norms is 0 the ratio is 1.
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    formula: ClassVar[str] = (
        _AVERAGES + "d = m / (1 - beta1^t) / (sqrt(a / (1 - beta2^t)) + eps);  w = w - eta |w| / |d| d"
    )
    epsilon_enters: ClassVar[str] = "added to the root of the corrected average"

    def _slots(self, w: Double) -> Slots:
        return {"mean": np.zeros_like(w), "squares": np.zeros_like(w)}

    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        squares = _average(s, g, self.beta_1, self.beta_2)
        step = s["mean"] / (1.0 - self.beta_1**t)
        step = step / (np.sqrt(squares / (1.0 - self.beta_2**t)) + self.epsilon)
        of_weights, of_step = np.linalg.norm(w), np.linalg.norm(step)
        ratio = of_weights / of_step if of_weights > 0 and of_step > 0 else 1.0
        return w - ratio * at(self.learning_rate, t) * step


@dataclass(frozen=True)
class Lion(Rule):
    """Steps of one size, by the sign of an average: Chen et al. (2023, arXiv 2302.06675)."""

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.99
    formula: ClassVar[str] = "w = w - eta sign(beta1 m + (1 - beta1) g);  m = beta2 m + (1 - beta2) g"

    def _slots(self, w: Double) -> Slots:
        return {"mean": np.zeros_like(w)}

    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        direction = np.sign(self.beta_1 * s["mean"] + (1.0 - self.beta_1) * g)
        s["mean"] = self.beta_2 * s["mean"] + (1.0 - self.beta_2) * g
        return w - at(self.learning_rate, t) * direction


@dataclass(frozen=True)
class ScheduleFreeAdamW(Rule):
    """An average of iterates in place of a schedule: Defazio et al. (2024, arXiv 2405.15682).

    As in Keras the weights w are the point between the iterate z and the average x at which
    gradients are taken, there is no decay, and z enters the average with the weight 1 / t. x is not
    stored but computed from w and z. ``stale`` computes it from the new z in place of the old one, which
    Keras does on TensorFlow, where what it keeps as the old value is the variable itself.
    """

    learning_rate: Rate = 0.0025
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    warmup_steps: int = 0
    stale: bool = False
    formula: ClassVar[str] = (
        "a = beta2 a + (1 - beta2) g^2;  z = z - eta g / (sqrt(a / (1 - beta2^t)) + eps);  "
        "x = (1 - 1/t) x + z / t;  w = (1 - beta1) z + beta1 x"
    )
    epsilon_enters: ClassVar[str] = "added to the root of the corrected average"

    def _slots(self, w: Double) -> Slots:
        return {"iterate": w.copy(), "squares": np.zeros_like(w)}

    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        eta = at(self.learning_rate, t)
        if self.warmup_steps > 0:
            eta *= min(t / self.warmup_steps, 1.0)
        s["squares"] = self.beta_2 * s["squares"] + (1.0 - self.beta_2) * g**2
        iterate = s["iterate"]
        s["iterate"] = iterate - eta * g / (np.sqrt(s["squares"] / (1.0 - self.beta_2**t)) + self.epsilon)
        behind = s["iterate"] if self.stale else iterate
        average = (w - (1.0 - self.beta_1) * behind) / self.beta_1
        average = (1.0 - 1.0 / t) * average + s["iterate"] / t
        return (1.0 - self.beta_1) * s["iterate"] + self.beta_1 * average


def _average(s: Slots, g: Double, beta_1: float, beta_2: float) -> Double:
    """Bring both averages of Adam up to date; returns that of the squares."""
    s["mean"] = beta_1 * s["mean"] + (1.0 - beta_1) * g
    s["squares"] = beta_2 * s["squares"] + (1.0 - beta_2) * g**2
    return s["squares"]
