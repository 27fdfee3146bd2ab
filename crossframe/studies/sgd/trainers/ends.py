"""Where plain SGD ends, for one learning rate and one batch size, in Keras and scikit-learn.

``setup`` of every function are the fields of `crossframe.studies.training.perceptron.Setup`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.studies.training import Outcome, descent
from crossframe.studies.training.images import Images, batches
from crossframe.studies.training.landscape import Landscape
from crossframe.studies.training.perceptron import Setup
from crossframe.studies.training.sklearn import started

MEASURES = ("sharpness", "rise", "loss", "accuracy", "epochs")
"""Largest eigenvalue; loss rise; training loss; test accuracy; epochs done."""


def keras_ends(
    *, batch: int, rates: Sequence[float], epochs: int, most: int, targets: Sequence[float], **setup: Any
) -> Outcome:
    """Train for equal epochs, and anew down to equal training losses.

    The start, and the order of the rows, are the same for every rate.

    Returns
    -------
    arrays
        Each of `MEASURES` (1 + targets, rates, seeds): after ``epochs``, then where the training loss
        first was each of the ``targets``, interpolated between two looks
        (`crossframe.studies.training.descent.descend`); no number where it was not within ``most``
        epochs, or where the loss was no number.
    """
    given = Setup(**setup)
    arrays = given.empty(MEASURES, 1 + len(targets), len(rates))
    for j, seed, data, net in given.each():
        n, measure = len(data.y), partial(measured, Landscape.of(net), data, seed)
        rows = batches(n, batch, most * n // batch, seed)
        for i, rate in enumerate(rates):
            net.start(seed)
            updates = epochs * n // batch
            if np.isfinite(net.train(data.X, data.y, rows[:updates], rate, updates).loss[-1]):
                write(arrays, (0, i, j), {**measure(), "epochs": epochs})
            net.start(seed)
            at_targets = descent.descend(net, data.X, data.y, rows, rate, look(rate), targets, measure)
            for k, values in enumerate(at_targets, start=1):
                if values is not None:
                    write(arrays, (k, i, j), {**values, "epochs": values["updates"] * batch / n})
    return {}, arrays


def sklearn_ends(
    *, batch: int, rates: Sequence[float], most: int, targets: Sequence[float], **setup: Any
) -> Outcome:
    """The same by ``MLPClassifier(solver="sgd")`` without momentum and penalty, at equal losses only.

    Its start, its order of the rows and its looks at the loss are those of `keras_ends`; its weights
    are measured in the Keras network.

    Returns
    -------
    fields
        ``difference``: the largest one of a training image's probability between scikit-learn and
        the Keras network with its weights.
    arrays
        Each of `MEASURES` (1 + targets, rates, seeds), the first without numbers.
    """
    given, difference = Setup(**setup), 0.0
    arrays = given.empty(MEASURES, 1 + len(targets), len(rates))
    for j, seed, data, net in given.each():
        landscape = Landscape.of(net)
        for i, rate in enumerate(rates):
            trained, last = started(data, given.hidden, batch, rate, seed), np.inf
            kept, left = _weights(trained), list(targets)
            for done, rows in _looks(len(data.y), batch, look(rate), most, seed):
                trained.partial_fit(data.X[rows], data.y[rows])
                own = _weights(trained)
                put(landscape, *own)
                loss = landscape.loss(data.X, data.y)
                if not np.isfinite(loss):
                    break
                if loss <= left[0]:
                    gap = np.abs(net.scores(data.X) - trained.predict_proba(data.X))
                    difference = max(difference, float(np.max(gap)))
                    after = loss, {**measured(landscape, data, seed), "epochs": done}
                    put(landscape, *kept)
                    epochs = done - len(rows) / len(data.y)
                    before = last, {**measured(landscape, data, seed), "epochs": epochs}
                while left and loss <= left[0]:
                    k = len(targets) - len(left) + 1
                    if np.isfinite(last):
                        write(arrays, (k, i, j), descent.between(before, after, left[0]))
                    left = left[1:]
                if not left:
                    break
                kept, last = own, loss
    return {"difference": difference}, arrays


def look(rate: float) -> int:
    """Updates between two looks at the loss: as many as move the weights equally far at any rate."""
    return max(1, round(1 / rate))


def write(arrays: Mapping[str, NDArray[Any]], at: tuple[int, int, int], values: Mapping[str, float]) -> None:
    """Put `MEASURES` into arrays at one place."""
    for name in MEASURES:
        arrays[name][at] = values[name]


def measured(landscape: Landscape, data: Images, seed: int) -> dict[str, float]:
    """`MEASURES` of the network's present weights, but for the epochs."""
    return {
        "sharpness": landscape.top(data.X, data.y, seed),
        "rise": landscape.rise(data.X, data.y, seed),
        "loss": landscape.loss(data.X, data.y),
        "accuracy": landscape.net.accuracy(data),
    }


def put(landscape: Landscape, weights: Sequence[NDArray[Any]], biases: Sequence[NDArray[Any]]) -> None:
    """Give the network another framework's weights: (inputs, units) and (units,) by layer."""
    pairs = zip(weights, biases, strict=True)
    landscape.net.put([np.asarray(array, np.float32) for pair in pairs for array in pair])


def _weights(trained: Any) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """Copies, since `partial_fit` writes into the arrays themselves."""
    return [w.copy() for w in trained.coefs_], [b.copy() for b in trained.intercepts_]


def _looks(n: int, batch: int, every: int, most: int, seed: int) -> Iterator[tuple[float, NDArray[np.int32]]]:
    """Epochs done after each look, and the rows before it."""
    order = batches(n, batch, most * n // batch, seed)
    blocks = order[: len(order) // every * every].reshape(-1, every * batch)
    for number, rows in enumerate(blocks, start=1):
        yield number * rows.size / n, rows
