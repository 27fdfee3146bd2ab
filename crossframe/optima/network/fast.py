"""Updates by compiled loops in place of NumPy where Numba is installed, with the same bits."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from crossframe.optima.updates import Adadelta, Adam, ApproximateAdadelta, Array, RmsProp, Sgd, State
from crossframe.optima.updates.base import at


@functools.cache
def kernels() -> Any:
    """`crossframe.optima.network.compiled`, or None without Numba."""
    try:
        from crossframe.optima.network import compiled
    except ImportError:
        return None
    return compiled


def stepper(rule: Any) -> Callable[[State, Sequence[Array], Sequence[Array]], list[Array]]:
    """``rule.step``, compiled where there is a loop for the rule: the same weights, the same state.

    A compiled step writes into the ``weights`` that it is given, and returns them.
    """
    if kernels() is None:
        return rule.step  # type: ignore[no-any-return]
    if isinstance(rule, ApproximateAdadelta):
        return functools.partial(_approximate_step, rule)
    moves = _MOVES.get(type(rule))
    if moves is None or getattr(rule, "amsgrad", False) or getattr(rule, "centered", False):
        return rule.step  # type: ignore[no-any-return]
    return functools.partial(_step, moves, rule)


def row_step(
    rule: ApproximateAdadelta,
    state: State,
    weights: Sequence[Array],
    inputs: Sequence[Array],
    errors: Sequence[Array],
) -> list[Array]:
    """Update by ``rule`` with the gradient of one row, given by the ``inputs`` and ``errors`` of all layers.

    Writes into the ``weights``, and returns them.
    """
    compiled, (rho, eps) = kernels(), _constants(rule)
    state.updates += 1
    new = list(weights)
    for layer, (taken, slope) in enumerate(zip(inputs, errors, strict=True)):
        x, error = taken[0], slope[0]
        own, of_bias = state.slots[2 * layer], state.slots[2 * layer + 1]
        square = compiled.mean_square_row(x, error)
        compiled.approximate_adadelta_row(
            new[2 * layer], x, error, own["squares"], own["steps"], rho, eps, rule.fast_mode
        )
        compiled.approximate_adadelta_bias(
            new[2 * layer + 1], error, square, of_bias["squares"], of_bias["steps"], rho, eps, rule.fast_mode
        )
    return new


def _approximate_step(
    rule: ApproximateAdadelta, state: State, weights: Sequence[Array], gradients: Sequence[Array]
) -> list[Array]:
    compiled, (rho, eps) = kernels(), _constants(rule)
    state.updates += 1
    new = list(weights)
    for i in range(0, len(new), 2):
        square = (gradients[i].astype(np.float64) ** 2).mean(axis=0)
        own, of_bias = state.slots[i], state.slots[i + 1]
        compiled.approximate_adadelta(
            new[i].reshape(-1), _flat(gradients[i]), own["squares"].reshape(-1), own["steps"].reshape(-1),
            rho, eps, rule.fast_mode,
        )  # fmt: skip
        compiled.approximate_adadelta_bias(
            new[i + 1], gradients[i + 1], square, of_bias["squares"], of_bias["steps"],
            rho, eps, rule.fast_mode,
        )  # fmt: skip
    return new


def _constants(rule: ApproximateAdadelta) -> tuple[np.float32, np.float32]:
    return np.float32(rule.rho), np.float32(rule.epsilon)


Move = Callable[[Any, int, Array, Array, dict[str, Any]], None]


def _step(
    move: Move, rule: Any, state: State, weights: Sequence[Array], gradients: Sequence[Array]
) -> list[Array]:
    state.updates += 1
    new = list(weights)
    for w, g, slots in zip(new, gradients, state.slots, strict=True):
        flat = {name: value.reshape(-1) for name, value in slots.items()}
        move(rule, state.updates, w.reshape(-1), _flat(g), flat)
    return new


def _flat(g: Array) -> Array:
    return np.ascontiguousarray(g).reshape(-1)


def _adam(rule: Adam, t: int, w: Array, g: Array, s: dict[str, Any]) -> None:
    eta = at(rule.learning_rate, t)
    alpha = eta * math.sqrt(1.0 - rule.beta_2**t) / (1.0 - rule.beta_1**t)
    kernels().adam(
        w, g, s["mean"], s["squares"], rule.beta_1, rule.beta_2, rule.epsilon, alpha, rule.weight_decay, eta
    )


def _sgd(rule: Sgd, t: int, w: Array, g: Array, s: dict[str, Any]) -> None:
    kernels().sgd(w, g, s["velocity"], at(rule.learning_rate, t), rule.momentum, rule.nesterov)


def _adadelta(rule: Adadelta, t: int, w: Array, g: Array, s: dict[str, Any]) -> None:
    kernels().adadelta(w, g, s["squares"], s["steps"], at(rule.learning_rate, t), rule.rho, rule.epsilon)


def _rmsprop(rule: RmsProp, t: int, w: Array, g: Array, s: dict[str, Any]) -> None:
    eta = at(rule.learning_rate, t)
    kernels().rmsprop(w, g, s["squares"], s["velocity"], eta, rule.rho, rule.momentum, rule.epsilon)


_MOVES: dict[type, Move] = {Adam: _adam, Sgd: _sgd, Adadelta: _adadelta, RmsProp: _rmsprop}
