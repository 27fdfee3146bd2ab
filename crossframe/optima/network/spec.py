"""The network, its training, and what a training gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np

from crossframe.optima.network.dropout import Dropout
from crossframe.optima.network.stopping import Event, NoProgress, Stopping
from crossframe.optima.updates import Array, State

Activation = Literal["relu", "tanh", "sigmoid", "identity"]
Head = Literal["softmax2", "sigmoid1", "linear1", "exp1"]
NUMBERS: tuple[Head, ...] = ("linear1", "exp1")
"""Output layers of numbers; the others are of two classes."""
Arithmetic = Literal["float64", "float32", "mixed"]


class UpdateRule(Protocol):
    """An update rule of weights by gradients, as in `crossframe.optima.updates`."""

    def start(self, weights: Sequence[Array]) -> State:
        """The state before the first update of these weights."""

    def step(self, state: State, weights: Sequence[Array], gradients: Sequence[Array]) -> list[Array]:
        """The weights after one more update; ``state`` is brought up to date."""


@dataclass(frozen=True)
class NetworkSpec:
    """A multilayer perceptron for two classes, or for numbers.

    Attributes
    ----------
    hidden
        Units of the hidden layers; none: logistic regression.
    activation
        Activation of the hidden units.
    head
        ``softmax2``: two units, the second for class 1; ``sigmoid1``: one; both under the log-loss.
        ``linear1``: one unit without activation, under half the squared error; ``exp1``: exp of one unit,
        under half the Poisson deviance.
    arithmetic
        ``float64`` and ``float32``: all in this precision. ``mixed``: kernels are single, all else is
        double; sums over the inputs of a unit are taken in eight interleaved
        parts, those over the units above one after the other; tanh(a) is 1 - 2 / (1 + exp(2 a)).
        Source of the last: ``hex/deeplearning/Neurons.java`` (``gemv_row_optimized``, ``bprop``).
    dropout
        None: no unit is dropped.
    classes
        Number of the classes: units of a softmax.
    """

    hidden: tuple[int, ...]
    activation: Activation = "tanh"
    head: Head = "softmax2"
    arithmetic: Arithmetic = "float64"
    dropout: Dropout | None = None
    classes: int = 2

    @property
    def numbers(self) -> bool:
        """Whether it is of numbers, not of two classes."""
        return self.head in NUMBERS

    @property
    def units(self) -> tuple[int, ...]:
        """Units of every layer with weights, the output layer last."""
        return (*self.hidden, self.classes if self.head == "softmax2" else 1)

    def precisions(self) -> tuple[type[np.floating], type[np.floating]]:
        """Floating-point types of kernels and of biases, by ``arithmetic``."""
        if self.arithmetic == "mixed":
            return np.float32, np.float64
        precision = np.float32 if self.arithmetic == "float32" else np.float64
        return precision, precision

    def held(self, weights: Sequence[Array]) -> list[Array]:
        """Weights rounded to the precision in which the network holds them."""
        precisions = self.precisions() * (len(weights) // 2)
        return [np.ascontiguousarray(w, precision) for w, precision in zip(weights, precisions, strict=True)]


@dataclass(frozen=True)
class TrainingSpec:
    """A training by ``factor`` times the mean loss of a batch plus ``l1 |w| + l2/2 w^2``.

    Attributes
    ----------
    rule
        The update rule.
    batch
        Rows of an update, consecutive in the order; the last of a pass may have fewer.
    epochs
        Passes go on until so many rows per training row were trained on.
    l1, l2
        The penalty. Both strengths are rounded to single precision, but for the arithmetic ``float64``.
    penalize_biases
        Whether the penalty counts biases, too.
    stopping
        When training ends before, and which weights are kept; None: never, and the last.
    factor
        2 for the squared error in place of half of it.
    """

    rule: UpdateRule
    batch: int = 1
    epochs: float = 1.0
    l1: float = 0.0
    l2: float = 0.0
    penalize_biases: bool = False
    stopping: Stopping | NoProgress | None = None
    factor: float = 1.0


@dataclass(frozen=True, eq=False)
class Trained:
    """The outcome of a training.

    Attributes
    ----------
    weights
        Kernel (inputs, units) and bias (units,) of every layer, as kept.
    updates
        Updates done.
    epochs
        Rows trained on per training row.
    events
        The scores after every pass that was scored; none without a stopping rule.
    ended_by
        ``epochs``, ``classification_stop``, ``stopping_rounds``, ``tolerance`` or ``order``: what ended it.
    kept
        Number of the pass, from 1, whose weights are kept; 0: those at the start.
    at
        Weights after the updates that were to be watched, by their number; 0: at the start.
    """

    weights: list[Array]
    updates: int
    epochs: float
    events: tuple[Event, ...]
    ended_by: str
    kept: int
    at: Mapping[int, list[Array]] = field(default_factory=dict)

    @property
    def finite(self) -> bool:
        """Whether all weights are finite, that is training has not diverged."""
        return all(bool(np.isfinite(w).all()) for w in self.weights)
