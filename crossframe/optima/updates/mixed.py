"""Two rules in mixed precision: kernels and their state are single, biases and their state double.

Both take the arrays as pairs of kernel and bias. Source: ``hex/deeplearning/Neurons.java`` of
https://github.com/h2oai/h2o-3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from crossframe.optima.updates.base import Array, State

_HALF_FLOAT = 532483686
_HALF_DOUBLE = 1072632448
"""Constants added to the halved bit pattern, which correct the exponent and make the error small."""


def approximate_sqrt(x: Array) -> Array:
    """A fast square root: half the bit pattern of the number; up to 4.5 % wrong."""
    if x.dtype == np.float32:
        return (_HALF_FLOAT + (x.view(np.int32) >> 1)).astype(np.int32).view(np.float32)
    bits = np.asarray(x, np.float64).view(np.int64)
    return (((bits >> 32) + _HALF_DOUBLE) << 31).view(np.float64)


def _zero_state(weights: Sequence[Array], *slots: str) -> State:
    """Slots of zeros: single precision for kernels, double for biases."""
    precisions = [np.float32 if w.ndim == 2 else np.float64 for w in weights]
    return State(slots=[{name: np.zeros(w.shape, p) for name in slots}
                        for w, p in zip(weights, precisions, strict=True)])  # fmt: skip


@dataclass(frozen=True)
class ApproximateAdadelta:
    """ADADELTA with three departures from Zeiler's (arXiv 1212.5701, 2012).

    The square root is approximate; the bias of a unit takes the mean of the squared gradients of its
    weights for its own; with ``fast_mode`` a weight whose gradient is exactly 0 is passed over,
    its averages too.
    """

    rho: float = 0.99
    epsilon: float = 1e-8
    fast_mode: bool = True
    formula: ClassVar[str] = (
        "a = rho a + (1 - rho) g^2;  r = ~sqrt((b + eps) / (a + eps));  b = rho b + (1 - rho) (r g)^2;  "
        "w = w - r g;  biases: g^2 in a and b is the mean over the weights of the unit"
    )
    epsilon_enters: ClassVar[str] = "added to both averages, under one approximate root"

    def start(self, weights: Sequence[Array]) -> State:
        """The state before the first update of these weights: all averages are 0."""
        return _zero_state(weights, "squares", "steps")

    def step(self, state: State, weights: Sequence[Array], gradients: Sequence[Array]) -> list[Array]:
        """The weights after one more update; ``state`` is brought up to date."""
        state.updates += 1
        new: list[Array] = []
        for i in range(0, len(weights), 2):
            g = gradients[i].astype(np.float64)
            square = g**2
            kernel = weights[i] - self._rate(state.slots[i], square, g, np.float32) * g
            g = gradients[i + 1].astype(np.float64)
            bias = weights[i + 1] - self._rate(state.slots[i + 1], square.mean(axis=0), g, np.float64) * g
            new += [kernel.astype(weights[i].dtype), bias.astype(weights[i + 1].dtype)]
        return new

    def _rate(self, s: dict[str, Array], square: Array, g: Array, precision: type[np.floating]) -> Array:
        """The rate of every weight of one array; 0 for those that are passed over."""
        rho, epsilon = np.float32(self.rho), np.float32(self.epsilon)
        rest = np.float32(1) - rho
        squares = (rho * s["squares"] + rest * square).astype(precision)
        rate = approximate_sqrt((s["steps"] + epsilon) / (squares + epsilon))
        steps = (rho * s["steps"] + rest * rate * rate * square).astype(precision)
        acts = g != 0.0 if self.fast_mode else np.ones(g.shape, bool)
        s["squares"] = np.where(acts, squares, s["squares"])
        s["steps"] = np.where(acts, steps, s["steps"])
        return np.where(acts, rate, 0.0)


@dataclass(frozen=True)
class AnnealedSgd:
    """Gradient descent whose rate is annealed, by layer and by the rows counted so far.

    Rows are counted at the end of an iteration of ``rows`` rows; layer l (from 0) has the rate times
    ``rate_decay`` to the power l; the momentum takes its share off. The momentum stays at its start: the
    ramp is always evaluated at -1 rows, m = start - (stable - start) / ramp. ``nesterov`` is
    the heavy ball; without it the memory is one update long. Where start and stable are both 0 there is
    no memory, and the gradient is not rounded to single precision on its way into one.
    """

    rate: float = 0.005
    rate_annealing: float = 1e-6
    rate_decay: float = 1.0
    momentum_start: float = 0.0
    momentum_ramp: float = 1e6
    momentum_stable: float = 0.0
    nesterov: bool = True
    fast_mode: bool = True
    rows: int = 1
    formula: ClassVar[str] = (
        "eta = (1 - m) rate / (1 + annealing t) decay^layer;  nesterov: v = m v - g, w = w + eta v;  "
        "else w = w - eta g + m d, d = -eta g of the update before;  m = start - (stable - start) / ramp"
    )

    @property
    def momentum(self) -> np.float32:
        """The momentum m of every update, see ``formula``."""
        m = self.momentum_start
        if self.momentum_ramp > 0:
            m -= (self.momentum_stable - self.momentum_start) / self.momentum_ramp
        return np.float32(m)

    @property
    def remembers(self) -> bool:
        """Whether an update depends on earlier ones: its momentum is above 0 at some time."""
        return self.momentum_start > 0 or self.momentum_stable > 0

    def learning_rate(self, t: int, layer: int) -> np.float32:
        """The factor of the gradient in update ``t`` (from 1)."""
        counted = (t - 1) // self.rows * self.rows
        rate = self.rate * self.rate_decay**layer / (1.0 + self.rate_annealing * counted)
        return np.float32(np.float32(rate) * (np.float32(1) - self.momentum))

    def start(self, weights: Sequence[Array]) -> State:
        """The state before the first update of these weights: the memory is 0."""
        return _zero_state(weights, "memory")

    def step(self, state: State, weights: Sequence[Array], gradients: Sequence[Array]) -> list[Array]:
        """The weights after one more update; ``state`` is brought up to date."""
        state.updates += 1
        rates = [float(self.learning_rate(state.updates, layer)) for layer in range((len(weights) + 1) // 2)]
        if not self.remembers:
            return [
                (w - rates[i // 2] * g.astype(np.float64)).astype(w.dtype)
                for i, (w, g) in enumerate(zip(weights, gradients, strict=True))
            ]
        new: list[Array] = []
        for i, (w, given, s) in enumerate(zip(weights, gradients, state.slots, strict=True)):
            g = given.astype(np.float64)
            eta = rates[i // 2]
            memory: Array = s["memory"]
            precision = memory.dtype
            acts = g != 0.0 if self.fast_mode else np.ones(g.shape, bool)
            if self.nesterov:
                memory = (self.momentum * memory - g).astype(precision)
                # Multiplied in double precision after it was rounded to single.
                change: Array = eta * memory.astype(np.float64)
            else:
                # Two additions, each of which is rounded.
                w = (w + np.where(acts, -eta * g, 0.0)).astype(w.dtype)
                change = self.momentum * memory
                memory = (-eta * g).astype(precision)
            s["memory"] = np.where(acts, memory, s["memory"])
            new.append((w + np.where(acts, change, 0.0)).astype(w.dtype))
        return new
