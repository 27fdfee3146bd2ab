"""The trainer: rows in a given order, one update after the other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.special import xlogy

from crossframe.core.types import FloatArray, IntArray, Target
from crossframe.optima.network.fast import kernels, row_step, stepper
from crossframe.optima.network.passes import gradient, predict, slopes
from crossframe.optima.network.spec import NetworkSpec, Trained, TrainingSpec
from crossframe.optima.network.stopping import Event, NoProgress
from crossframe.optima.updates import ApproximateAdadelta, Array

_LEAST = float(np.finfo(np.float64).eps)
"""The lowest probability of which a logarithm is taken."""


def train(
    network: NetworkSpec,
    training: TrainingSpec,
    X: FloatArray,
    y: Target,
    start: Sequence[Array],
    order: Iterable[IntArray],
    watch: Iterable[int] = (),
) -> Trained:
    """Train a network from the weights ``start``; no argument is changed.

    Parameters
    ----------
    X, y
        Rows as the network takes them in, (n, k), and their classes 0 and 1, or numbers, (n,).
    start
        Kernel (inputs, units) and bias (units,) of every layer in turn; rounded to the precision
        in which the network holds them.
    order
        Row numbers of one pass after the other; see `crossframe.optima.network.order`. No more
        are taken than the epochs need.
    watch
        Numbers of the updates after which the weights are wanted.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _trained(_Run(network, training, X, y, start, frozenset(watch)), order)


def _trained(run: _Run, order: Iterable[IntArray]) -> Trained:
    n, training = len(run.y), run.training
    events: list[Event] = []
    ended_by, kept, best, lowest = "epochs", 0, run.held(), np.float32(np.inf)
    stopping = training.stopping
    passes = iter(order)
    number = 0
    while run.counted < training.epochs * n:
        rows = next(passes, None)
        if rows is None:
            ended_by = "order"
            break
        run.through(rows)
        number += 1
        if stopping is None or not stopping.scores(number, run.counted >= training.epochs * n):
            continue
        events.append(run.scored())
        if np.float32(events[-1].loss) < lowest:
            kept, best, lowest = number, run.held(), np.float32(events[-1].loss)
        if rule := stopping.ends(events):
            ended_by = rule
            break
    if stopping is None or not stopping.keep_best:
        kept, best = number, run.held()
    return Trained(best, run.updates, run.counted / n, tuple(events), ended_by, kept, run.at)


def batch_loss(
    network: NetworkSpec, training: TrainingSpec, weights: Sequence[Array], error: Array, y: Array
) -> float:
    """Mean loss of a batch plus the penalty, from its targets and the output layer's ``error`` (b, units)."""
    penalised = weights if training.penalize_biases else weights[::2]
    penalty = 0.0
    if training.l2:
        penalty += training.l2 / 2.0 * sum(float(np.sum(np.square(w, dtype=np.float64))) for w in penalised)
    if training.l1:
        penalty += training.l1 * sum(float(np.abs(w).sum(dtype=np.float64)) for w in penalised)
    return training.factor * (float(_losses(network, error, y).mean()) + penalty)


def _losses(network: NetworkSpec, error: Array, y: Array) -> FloatArray:
    """The loss of each row (b,): log-loss, half the squared error, or half the Poisson deviance."""
    if network.classes > 2:
        own = error[np.arange(len(y)), y.astype(np.int64)].astype(np.float64) * len(error)
        return -np.log(np.maximum(1.0 + own, _LEAST))
    wrong = error[:, -1].astype(np.float64) * len(error)
    if network.head == "linear1":
        return 0.5 * wrong**2
    if network.head == "exp1":
        target = y.astype(np.float64)
        deviance: FloatArray = xlogy(target, target / (target + wrong)) + wrong
        return deviance
    return -np.log(np.maximum(1.0 - np.abs(wrong), _LEAST))


class _Run:
    """The state of a training: weights, state of the rule, and counts."""

    def __init__(
        self,
        network: NetworkSpec,
        training: TrainingSpec,
        X: FloatArray,
        y: Target,
        start: Sequence[Array],
        watch: frozenset[int],
    ) -> None:
        self.network, self.training, self.X, self.y = network, training, X, y
        self._watch = watch
        precision = network.precisions()[1]
        self._rows: Array = X.astype(precision)
        self._targets: Array = y.astype(precision)
        self.weights = [w.copy() for w in network.held(start)]
        self._state = training.rule.start(self.weights)
        self._step = stepper(training.rule, self._state, self.weights)
        plain = not (training.l1 or training.l2) and training.factor == 1.0 and network.classes == 2
        self._by_row = plain and isinstance(training.rule, ApproximateAdadelta) and kernels() is not None
        # Such a rule passes over a weight whose input is 0, and over a unit without error.
        self._skips = bool(getattr(training.rule, "fast_mode", False))
        self.updates = self.counted = self._pass = 0
        self._wants_loss = isinstance(training.stopping, NoProgress)
        self._losses = 0.0
        self.at = {0: self.held()} if 0 in watch else {}

    def held(self) -> list[Array]:
        """The weights as they are now; an update writes into the ones of the run."""
        return [w.copy() for w in self.weights]

    def through(self, rows: IntArray) -> None:
        """Train one pass over the row numbers ``rows``, batch by batch."""
        size, before = self.training.batch, self.counted
        self._losses, self._pass = 0.0, len(rows)
        X, y = self._rows[rows], self._targets[rows]
        for first in range(0, len(rows), size):
            batch = slice(first, first + size)
            self._update(rows[batch], X[batch], y[batch], before)
            if self.updates in self._watch:
                self.at[self.updates] = self.held()
        self.counted += len(rows)

    def scored(self) -> Event:
        """The scores of the present weights on the training rows, as far as the stopping rule uses them."""
        stopping = self.training.stopping
        running = self._losses / self._pass if self._wants_loss else math.nan
        if isinstance(stopping, NoProgress) and not stopping.keep_best:
            return Event(math.nan, math.nan, running)
        score = predict(self.network, self.weights, self.X)
        return (Event.of_numbers if self.network.numbers else Event.of)(score, self.y, running)

    def _update(self, rows: IntArray, X: Array, y: Array, counted: int) -> None:
        network, training = self.network, self.training
        widths = (self.X.shape[1], *network.hidden)
        masks = network.dropout.draw(rows, counted, widths) if network.dropout is not None else ()
        self.updates += 1
        if self._by_row and len(rows) == 1:
            inputs, errors = slopes(network, self.weights, X, y, masks)
            self._count(y, errors)
            row_step(training.rule, self._state, self.weights, inputs, errors)  # type: ignore[arg-type]
            return
        gradients, inputs, errors = gradient(network, self.weights, X, y, masks)
        self._count(y, errors)
        if training.l1 or training.l2:
            self._penalise(gradients, inputs, errors)
        if training.factor != 1.0:
            gradients = [training.factor * g for g in gradients]
        self._step(gradients)

    def _count(self, y: Array, errors: Sequence[Array]) -> None:
        if self._wants_loss:
            loss = batch_loss(self.network, self.training, self.weights, errors[-1], y)
            self._losses += len(y) * loss

    def _penalise(self, gradients: list[Array], inputs: Sequence[Array], errors: Sequence[Array]) -> None:
        precision = np.float64 if self.network.arithmetic == "float64" else np.float32
        l1, l2 = (precision(strength) for strength in (self.training.l1, self.training.l2))
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
