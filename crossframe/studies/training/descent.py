"""Training down to given losses: what is measured there, interpolated between two looks at the loss."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray
from crossframe.studies.training.images import Pixels
from crossframe.studies.training.perceptron import Net

Measured = Mapping[str, float]


def at_loss(loss: FloatArray, value: FloatArray, target: float) -> float:
    """A measure where the training loss first is ``target``, between two looks at both, (looks,).

    Log-log where both of its values are positive, else linear in the logarithm of the loss. NaN
    where the loss does not come down to the target, or begins below.
    """
    for k in range(1, len(loss)):
        if loss[k - 1] > target >= loss[k]:
            share = math.log(loss[k - 1] / target) / math.log(loss[k - 1] / loss[k])
            before, after = float(value[k - 1]), float(value[k])
            if min(before, after) > 0:
                return math.exp((1 - share) * math.log(before) + share * math.log(after))
            return (1 - share) * before + share * after
    return math.nan


def between(before: tuple[float, Measured], after: tuple[float, Measured], target: float) -> Measured:
    """`at_loss` of every measure, from two training losses and what was measured there."""
    loss = np.array([before[0], after[0]])
    return {k: at_loss(loss, np.array([before[1][k], after[1][k]]), target) for k in after[1]}


def descend(
    net: Net,
    X: Pixels,
    y: IntArray,
    rows: NDArray[np.int32],
    rate: float,
    every: int,
    targets: Sequence[float],
    measure: Callable[[], Measured],
) -> list[Measured | None]:
    """Train a started network until its training loss has come down to each of ``targets``.

    A look at the loss is a jump past the target, and the larger the rate the farther: what is
    compared at the last look is compared at different losses. So the network is measured on either
    side of the target, and the measures are interpolated to it.

    Parameters
    ----------
    rows
        Row numbers of each update, (updates, batch).
    every
        Updates between two looks at the loss.
    targets
        Descending.
    measure
        Of the network's present weights.

    Returns
    -------
    list
        What was measured at each target, ``updates`` among it; None where the loss did not get there.
    """
    at_targets: list[Measured | None] = []
    last = math.inf
    for number, block in enumerate(rows[: len(rows) // every * every].reshape(-1, every, rows.shape[1])):
        kept = net.weights()
        loss = float(net.train(X, y, block, rate, every).loss[-1])
        if not math.isfinite(loss):
            break
        if loss <= targets[len(at_targets)]:
            own = net.weights()
            after = loss, {**measure(), "updates": (number + 1.0) * every}
            net.put(kept)
            before = last, {**measure(), "updates": float(number * every)}
            net.put(own)
            while len(at_targets) < len(targets) and loss <= targets[len(at_targets)]:
                # A loss that begins below the target never comes down to it.
                target = targets[len(at_targets)]
                at_targets.append(between(before, after, target) if math.isfinite(last) else None)
            if len(at_targets) == len(targets):
                break
        last = loss
    return [*at_targets, *[None] * (len(targets) - len(at_targets))]
