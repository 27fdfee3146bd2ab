"""Updates by compiled loops in place of NumPy where Numba is installed, with the same bits."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from crossframe.optima.updates import (
    Adadelta,
    Adam,
    AnnealedSgd,
    ApproximateAdadelta,
    Array,
    RmsProp,
    Sgd,
    State,
)
from crossframe.optima.updates.base import at

Update = Callable[[Sequence[Array]], None]
"""One more update of the weights by their gradients, for kernel and bias of every layer in turn."""


@functools.cache
def kernels() -> Any:
    """`crossframe.optima.network.compiled`, or None without Numba."""
    try:
        from crossframe.optima.network import compiled
    except ImportError:
        return None
    return compiled


def stepper(rule: Any, state: State, weights: Sequence[Array]) -> Update:
    """``rule.step`` as a function that writes into the ``weights`` and the ``state``.

    It is compiled where there is a loop for the rule: the same weights, the same state.
    """
    if kernels() is not None:
        if isinstance(rule, ApproximateAdadelta):
            return functools.partial(_approximate_step, rule, state, weights)
        if isinstance(rule, AnnealedSgd) and not rule.remembers:
            return _annealed(rule, state, weights)
        move = _MOVES.get(type(rule))
        if move and not getattr(rule, "amsgrad", False) and not getattr(rule, "centered", False):
            return _moved(move, rule, state, weights)
    return functools.partial(_plain_step, rule, state, weights)


def _plain_step(rule: Any, state: State, weights: Sequence[Array], gradients: Sequence[Array]) -> None:
    for w, new in zip(weights, rule.step(state, weights, gradients), strict=True):
        w[...] = new


def row_step(
    rule: ApproximateAdadelta,
    state: State,
    weights: Sequence[Array],
    inputs: Sequence[Array],
    errors: Sequence[Array],
) -> None:
    """Update by ``rule`` with the gradient of one row, given by the ``inputs`` and ``errors`` of all layers.

    Writes into the ``weights``.
    """
    compiled, (rho, eps) = kernels(), _constants(rule)
    state.updates += 1
    for layer, (taken, slope) in enumerate(zip(inputs, errors, strict=True)):
        x, error = taken[0], slope[0]
        own, of_bias = state.slots[2 * layer], state.slots[2 * layer + 1]
        square = compiled.mean_square_row(x, error)
        compiled.approximate_adadelta_row(
            weights[2 * layer], x, error, own["squares"], own["steps"], rho, eps, rule.fast_mode
        )
        compiled.approximate_adadelta_bias(
            weights[2 * layer + 1], error, square, of_bias["squares"], of_bias["steps"], rho, eps,
            rule.fast_mode,
        )  # fmt: skip


def _approximate_step(
    rule: ApproximateAdadelta, state: State, weights: Sequence[Array], gradients: Sequence[Array]
) -> None:
    compiled, (rho, eps) = kernels(), _constants(rule)
    state.updates += 1
    for i in range(0, len(weights), 2):
        square = (gradients[i].astype(np.float64) ** 2).mean(axis=0)
        own, of_bias = state.slots[i], state.slots[i + 1]
        compiled.approximate_adadelta(
            weights[i].reshape(-1), gradients[i].reshape(-1), own["squares"].reshape(-1),
            own["steps"].reshape(-1), rho, eps, rule.fast_mode,
        )  # fmt: skip
        compiled.approximate_adadelta_bias(
            weights[i + 1], gradients[i + 1], square, of_bias["squares"], of_bias["steps"],
            rho, eps, rule.fast_mode,
        )  # fmt: skip


def _constants(rule: ApproximateAdadelta) -> tuple[np.float32, np.float32]:
    return np.float32(rule.rho), np.float32(rule.epsilon)


def _annealed(rule: AnnealedSgd, state: State, weights: Sequence[Array]) -> Update:
    """The step of `AnnealedSgd` without memory; its rates change with an iteration, not with an update."""
    descent, flat = kernels().descent, [w.reshape(-1) for w in weights]
    rates: list[float] = []

    def step(gradients: Sequence[Array]) -> None:
        nonlocal rates
        if state.updates % rule.rows == 0:
            rates = [float(rule.learning_rate(state.updates + 1, i // 2)) for i in range(len(flat))]
        state.updates += 1
        for w, g, rate in zip(flat, gradients, rates, strict=True):
            descent(w, g.reshape(-1), rate)

    return step


Move = Callable[[Any, int, float, Array, Array, dict[str, Any]], None]
"""Takes the rule, the number of the update, its rate, and of one array the weights, gradient and slots."""


def _moved(move: Move, rule: Any, state: State, weights: Sequence[Array]) -> Update:
    flat = [
        (w.reshape(-1), {name: value.reshape(-1) for name, value in slots.items()})
        for w, slots in zip(weights, state.slots, strict=True)
    ]

    def step(gradients: Sequence[Array]) -> None:
        state.updates += 1
        eta = at(rule.learning_rate, state.updates)
        for (w, slots), g in zip(flat, gradients, strict=True):
            move(rule, state.updates, eta, w, g.reshape(-1), slots)

    return step


def _adam(rule: Adam, t: int, eta: float, w: Array, g: Array, s: dict[str, Any]) -> None:
    alpha = eta * math.sqrt(1.0 - rule.beta_2**t) / (1.0 - rule.beta_1**t)
    eps = rule.epsilon_at(t)
    kernels().adam(
        w, g, s["mean"], s["squares"], rule.beta_1, rule.beta_2, eps, alpha, rule.weight_decay, eta
    )


def _sgd(rule: Sgd, t: int, eta: float, w: Array, g: Array, s: dict[str, Any]) -> None:
    kernels().sgd(w, g, s["velocity"], eta, rule.momentum, rule.nesterov)


def _adadelta(rule: Adadelta, t: int, eta: float, w: Array, g: Array, s: dict[str, Any]) -> None:
    kernels().adadelta(w, g, s["squares"], s["steps"], eta, rule.rho, rule.epsilon)


def _rmsprop(rule: RmsProp, t: int, eta: float, w: Array, g: Array, s: dict[str, Any]) -> None:
    kernels().rmsprop(w, g, s["squares"], s["velocity"], eta, rule.rho, rule.momentum, rule.epsilon)


_MOVES: dict[type, Move] = {Adam: _adam, Sgd: _sgd, Adadelta: _adadelta, RmsProp: _rmsprop}
