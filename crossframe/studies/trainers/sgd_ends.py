"""Where plain SGD ends, for one learning rate and one batch size, in Keras and scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.studies.trainers import phenomena_net as network
from crossframe.studies.trainers import sgd_descent as descent
from crossframe.studies.trainers import sgd_landscape
from crossframe.studies.trainers.phenomena_data import CLASSES, Images, batches, images, kernels
from crossframe.studies.trainers.sgd_landscape import Landscape

SOURCES = (*sgd_landscape.SOURCES, "studies/trainers/sgd_descent.py")

Outcome = tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]
MEASURES = ("sharpness", "rise", "loss", "accuracy", "epochs")
"""Largest eigenvalue; loss rise; training loss; test accuracy; epochs done."""


def keras_ends(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    batch: int,
    rates: Sequence[float],
    epochs: int,
    most: int,
    targets: Sequence[float],
    seeds: Sequence[int],
) -> Outcome:
    """Train for equal epochs, and anew down to equal training losses.

    The start, and the order of the rows, are the same for every rate.

    Returns
    -------
    arrays
        Each of `MEASURES` (1 + targets, rates, seeds): after ``epochs``, then where the training loss
        first was each of the ``targets``, interpolated between two looks (`sgd_descent.descend`); no
        number where it was not within ``most`` epochs, or where the loss was no number.
    """
    network.on_cpu()
    found = _empty(1 + len(targets), len(rates), len(seeds))
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        n = len(data.y)
        net = network.cached(network.Spec(data.X.shape[1], tuple(hidden)))
        landscape = Landscape.of(net)
        rows = batches(n, batch, most * n // batch, seed)
        for i, rate in enumerate(rates):
            net.start(kernels(net.spec.sizes, seed), seed)
            updates = epochs * n // batch
            if np.isfinite(net.train(data.X, data.y, rows[:updates], rate, updates).loss[-1]):
                write(found, (0, i, j), {**measured(landscape, data, seed), "epochs": epochs})
            net.start(kernels(net.spec.sizes, seed), seed)
            told = descent.descend(
                net, data.X, data.y, rows, rate, look(rate), targets, partial(measured, landscape, data, seed)
            )
            for k, values in enumerate(told, start=1):
                if values is not None:
                    write(found, (k, i, j), {**values, "epochs": values["updates"] * batch / n})
    return {}, found


def sklearn_ends(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    batch: int,
    rates: Sequence[float],
    most: int,
    targets: Sequence[float],
    seeds: Sequence[int],
) -> Outcome:
    """The same by ``MLPClassifier(solver="sgd")`` without momentum and penalty, at equal losses only.

    Its start, its order of the rows and its looks at the loss are those of `keras_ends`; its weights
    are measured in the Keras network.

    Returns
    -------
    fields
        ``apart``: the largest difference of a training image's probability between scikit-learn and
        the Keras network with its weights.
    arrays
        Each of `MEASURES` (1 + targets, rates, seeds), the first without numbers.
    """
    network.on_cpu()
    found, apart = _empty(1 + len(targets), len(rates), len(seeds)), 0.0
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        net = network.cached(network.Spec(data.X.shape[1], tuple(hidden)))
        landscape = Landscape.of(net)
        for i, rate in enumerate(rates):
            trained, last = _sklearn(data, net.spec.sizes, batch, rate, seed), np.inf
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
                    apart = max(apart, float(np.max(gap)))
                    after = loss, {**measured(landscape, data, seed), "epochs": done}
                    put(landscape, *kept)
                    epochs = done - len(rows) / len(data.y)
                    before = last, {**measured(landscape, data, seed), "epochs": epochs}
                while left and loss <= left[0]:
                    k = len(targets) - len(left) + 1
                    if np.isfinite(last):
                        write(found, (k, i, j), descent.between(before, after, left[0]))
                    left = left[1:]
                if not left:
                    break
                kept, last = own, loss
    return {"apart": apart}, found


def look(rate: float) -> int:
    """Updates between two looks at the loss: as many as move the weights equally far at any rate."""
    return max(1, round(1 / rate))


def write(found: Mapping[str, NDArray[Any]], at: tuple[int, int, int], told: Mapping[str, float]) -> None:
    """Put `MEASURES` into arrays at one place."""
    for name in MEASURES:
        found[name][at] = told[name]


def measured(landscape: Landscape, data: Images, seed: int) -> dict[str, float]:
    """`MEASURES` of the network's present weights, but for the epochs."""
    return {
        "sharpness": landscape.top(data.X, data.y, seed),
        "rise": landscape.rise(data.X, data.y, seed),
        "loss": landscape.loss(data.X, data.y),
        "accuracy": float(np.mean(landscape.net.scores(data.X_test).argmax(axis=1) == data.y_test)),
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


def _empty(stops: int, rates: int, seeds: int) -> dict[str, NDArray[Any]]:
    return {name: np.full((stops, rates, seeds), np.nan) for name in MEASURES}


def _sklearn(data: Images, sizes: Sequence[int], batch: int, rate: float, seed: int) -> Any:
    """A network at its start, that `partial_fit` takes through one epoch."""
    from sklearn.neural_network import MLPClassifier

    net = MLPClassifier(
        tuple(sizes[1:-1]),
        solver="sgd",
        alpha=0.0,
        batch_size=batch,
        learning_rate_init=rate,
        shuffle=False,
        momentum=0.0,
        nesterovs_momentum=False,
    )
    # One call builds the layers; what it trains is put back.
    net.partial_fit(data.X[:batch], data.y[:batch], classes=np.arange(CLASSES))
    net.coefs_ = kernels(sizes, seed)
    net.intercepts_ = [np.zeros(units, np.float32) for units in sizes[1:]]
    return net
