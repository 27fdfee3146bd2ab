"""The base of all update rules: constant settings, a state that changes, one step for each array."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
"""Real numbers in single or double precision."""

Rate = float | Callable[[int], float]
"""A learning rate: a number, or a function of the number of updates that were done before."""

Double = NDArray[np.float64]
"""Weights and gradients in the double precision in which a rule computes."""

Slots = dict[str, Double]
"""State of a rule for one array of weights, by name."""


@dataclass
class State:
    """Memory of one training: the number of updates done, and the slots of every array of weights."""

    updates: int = 0
    slots: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Rule(ABC):
    """An update rule that treats every array of weights separately.

    Attributes
    ----------
    formula
        The update of a weight w by its gradient g; t counts updates from 1, eta is the learning rate.
    epsilon_enters
        Place of the small constant in the formula; empty: there is none.
    """

    formula: ClassVar[str]
    epsilon_enters: ClassVar[str] = ""

    def start(self, weights: Sequence[Array]) -> State:
        """The state before the first update of these weights."""
        return State(slots=[self._slots(w.astype(np.float64)) for w in weights])

    def step(self, state: State, weights: Sequence[Array], gradients: Sequence[Array]) -> list[Array]:
        """The weights after one more update; ``state`` is brought up to date."""
        state.updates += 1
        return [
            self._next(state.updates, w.astype(np.float64), g.astype(np.float64), slots).astype(w.dtype)
            for w, g, slots in zip(weights, gradients, state.slots, strict=True)
        ]

    @abstractmethod
    def _slots(self, w: Double) -> Slots:
        """The empty memory for one array."""

    @abstractmethod
    def _next(self, t: int, w: Double, g: Double, s: Slots) -> Double:
        """The array after update ``t`` (from 1); writes its memory into ``s``."""


def at(rate: Rate, t: int) -> float:
    """The learning rate of update ``t``, counted from 1."""
    return rate(t - 1) if callable(rate) else rate


def decay_product(t: int, terms: Callable[[int], float]) -> float:
    """The product ``terms(1) * ... * terms(t)`` of a decay that changes with the update."""
    return float(np.prod([terms(i) for i in range(1, t + 1)]))
