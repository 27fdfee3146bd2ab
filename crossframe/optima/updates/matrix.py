"""Rules that use the matrix structure of a kernel."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from crossframe.optima.updates.base import Double, Rate, Rule, Slots, at
from crossframe.optima.updates.moments import Adam


@dataclass(frozen=True)
class Adafactor(Rule):
    """Squares kept as row and column means only: Shazeer and Stern (2018, arXiv 1804.04235).

    In the form of Keras's ``Adafactor`` with ``relative_step``: the rate is relative to the size of
    the weights. Biases keep all their squares.
    """

    learning_rate: Rate = 0.001
    beta_2_decay: float = -0.8
    epsilon_1: float = 1e-30
    epsilon_2: float = 1e-3
    clip_threshold: float = 1.0
    formula: ClassVar[str] = (
        "b = 1 - t^-0.8;  V = b V + (1 - b)(g^2 + eps1), kernels: r c / mean(r) of its row means r, column "
        "means c;  d = g / sqrt(V);  w = w - min(eta, 1/sqrt(t)) max(eps2, rms(w)) d / max(1, rms(d) / clip)"
    )
    epsilon_enters: ClassVar[str] = "eps1 added to the squared gradient; eps2 the least size of the weights"

    def _slots(self, w: Double) -> Slots:
        if w.ndim < 2:
            return {"squares": np.zeros_like(w)}
        return {"rows": np.zeros(w.shape[:-1]), "columns": np.zeros((*w.shape[:-2], w.shape[-1]))}

    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        rate = min(at(self.learning_rate, t), 1.0 / math.sqrt(t))
        alpha = max(self.epsilon_2, _rms(w)) * rate
        keep = 1.0 - math.pow(t, self.beta_2_decay)
        square = g**2 + self.epsilon_1
        if w.ndim < 2:
            s["squares"] = keep * s["squares"] + (1.0 - keep) * square
            squares = s["squares"]
        else:
            s["rows"] = keep * s["rows"] + (1.0 - keep) * square.mean(axis=-1)
            s["columns"] = keep * s["columns"] + (1.0 - keep) * square.mean(axis=-2)
            share = s["rows"] / s["rows"].mean(axis=-1, keepdims=True)
            squares = share[..., None] * s["columns"][..., None, :]
        step = g / np.sqrt(squares)
        return w - alpha * step / max(1.0, _rms(step) / self.clip_threshold)


@dataclass(frozen=True)
class Muon(Rule):
    """Momentum made orthogonal: Jordan et al. (2024), with the scale of Moonlight (arXiv 2502.16982).

    Keras's ``Muon``: kernels only, everything else takes AdamW's step. Newton and Schulz's quintic
    iteration moves the singular values of the momentum near 1.
    """

    learning_rate: Rate = 0.001
    momentum: float = 0.95
    nesterov: bool = True
    weight_decay: float = 0.004
    steps: int = 5
    coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315)
    rms_rate: float = 0.2
    adam: Adam = field(default_factory=lambda: Adam(weight_decay=0.004))
    formula: ClassVar[str] = (
        "kernels (rows x columns): m = mu m + g;  O = orthogonalized(g + mu m);  "
        "w = (1 - eta lambda) w - 0.2 eta sqrt(max(rows, columns)) O;  biases: AdamW"
    )
    epsilon_enters: ClassVar[str] = "biases: as in Adam; kernels: none (1e-7 avoids a division by 0)"

    def _slots(self, w: Double) -> Slots:
        return {"momentum": np.zeros_like(w)} if w.ndim == 2 else self.adam._slots(w)

    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        if w.ndim != 2:
            return self.adam._next(t, w, g, s)
        eta = at(self.learning_rate, t)
        s["momentum"] = self.momentum * s["momentum"] + g
        ahead = g + self.momentum * s["momentum"] if self.nesterov else s["momentum"]
        w = w - w * self.weight_decay * eta
        return w - eta * self.rms_rate * math.sqrt(max(w.shape)) * self._orthogonal(ahead)

    def _orthogonal(self, m: Double) -> Double:
        a, b, c = self.coefficients
        x = m.T if m.shape[0] > m.shape[1] else m
        x = x / (np.linalg.norm(x) + 1e-7)
        for _ in range(self.steps):
            square = x @ x.T
            x = a * x + (b * square + c * square @ square) @ x
        return x.T if m.shape[0] > m.shape[1] else x


def _rms(x: Double) -> float:
    return float(np.sqrt(np.mean(x**2)))
