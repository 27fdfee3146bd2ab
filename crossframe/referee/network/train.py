"""The trainer: rows in a given order, one update after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from crossframe.engines.base import FloatArray, IntArray
from crossframe.referee.network.passes import gradient, predict
from crossframe.referee.network.spec import NetworkSpec, Trained, TrainingSpec
from crossframe.referee.network.stopping import Event
from crossframe.updates import Array


def train(
    network: NetworkSpec,
    training: TrainingSpec,
    X: FloatArray,
    y: IntArray,
    start: Sequence[Array],
    order: Iterable[IntArray],
    watch: Iterable[int] = (),
) -> Trained:
    """Train from ``start``; nothing that is given is changed.

    Parameters
    ----------
    X, y
        Rows as the network takes them in, (n, k), and their classes 0 and 1, (n,).
    start
        Kernel (inputs, units) and bias (units,) of every layer in turn; rounded to the precision
        in which the network holds them.
    order
        Row numbers of one pass after the other; see `crossframe.referee.network.order`. No more
        are taken than the epochs need.
    watch
        Numbers of the updates after which the weights are wanted.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _trained(_Run(network, training, X, y, start, frozenset(watch)), order)


def _trained(run: _Run, order: Iterable[IntArray]) -> Trained:
    n, training = len(run.y), run.training
    events: list[Event] = []
    ending, kept, best, lowest = "epochs", 0, run.weights, np.float32(np.inf)
    stopping = training.stopping
    passes = iter(order)
    while run.counted < training.epochs * n:
        rows = next(passes, None)
        if rows is None:
            ending = "order"
            break
        run.through(rows)
        events.append(run.scored())
        if np.float32(events[-1].loss) < lowest:
            kept, best, lowest = len(events), run.weights, np.float32(events[-1].loss)
        if stopping is not None and (rule := stopping.ends(events)):
            ending = rule
            break
    if stopping is None or not stopping.keep_best:
        kept, best = len(events), run.weights
    return Trained(best, run.updates, run.counted / n, tuple(events), ending, kept, run.at)


class _Run:
    """Weights on their way."""

    def __init__(
        self,
        network: NetworkSpec,
        training: TrainingSpec,
        X: FloatArray,
        y: IntArray,
        start: Sequence[Array],
        watch: frozenset[int],
    ) -> None:
        self.network, self.training, self.X, self.y = network, training, X, y
        self._watch = watch
        kind = network.kinds()[1]
        self._rows: Array = X.astype(kind)
        self._targets: Array = y.astype(kind)
        self.weights = network.held(start)
        self._state = training.rule.start(self.weights)
        # H2O's `fast_mode` passes over a weight whose input is 0, and over a unit without error.
        self._skips = bool(getattr(training.rule, "fast_mode", False))
        self.updates = self.counted = 0
        self.at = {0: self.weights} if 0 in watch else {}

    def through(self, rows: IntArray) -> None:
        """One pass."""
        size, before = self.training.batch, self.counted
        for first in range(0, len(rows), size):
            self._update(rows[first : first + size], before)
            if self.updates in self._watch:
                self.at[self.updates] = self.weights
        self.counted += len(rows)

    def scored(self) -> Event:
        """What the weights are worth on the training rows."""
        return Event.of(predict(self.network, self.weights, self.X), self.y)

    def _update(self, rows: IntArray, counted: int) -> None:
        network, training = self.network, self.training
        widths = (self.X.shape[1], *network.hidden)
        masks = network.dropout.draw(rows, counted, widths) if network.dropout is not None else ()
        gradients, inputs, errors = gradient(
            network, self.weights, self._rows[rows], self._targets[rows], masks
        )
        if training.l1 or training.l2:
            self._penalise(gradients, inputs, errors)
        self.weights = training.rule.step(self._state, self.weights, gradients)
        self.updates += 1

    def _penalise(self, gradients: list[Array], inputs: Sequence[Array], errors: Sequence[Array]) -> None:
        # H2O holds both strengths in single precision.
        kind = np.float64 if self.network.arithmetic == "float64" else np.float32
        l1, l2 = (kind(strength) for strength in (self.training.l1, self.training.l2))
        for i, w in enumerate(self.weights):
            bias = i % 2 == 1
            if bias and not self.training.penalize_biases:
                continue
            penalised = gradients[i] + np.sign(w) * l1
            penalised = penalised + w.astype(gradients[i].dtype) * l2
            if self._skips:
                acts = (errors[i // 2] != 0).any(axis=0)
                if not bias:
                    acts = np.outer((inputs[i // 2] != 0).any(axis=0), acts)
                penalised = np.where(acts, penalised, gradients[i])
            gradients[i] = penalised
