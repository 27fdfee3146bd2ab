"""Where plain SGD ends, for one learning rate and one batch size, in Keras and scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.studies.trainers import phenomena_net as network
from crossframe.studies.trainers.phenomena_data import CLASSES, Images, batches, images, kernels
from crossframe.studies.trainers.sgd_landscape import SOURCES as _SOURCES
from crossframe.studies.trainers.sgd_landscape import Landscape

SOURCES = _SOURCES

Outcome = tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]
MEASURES = ("sharpness", "rise", "loss", "accuracy", "epochs")
"""Largest eigenvalue; loss rise; training loss; test accuracy; epochs done."""
LOOK = 200
"""Rows after which the training loss is looked at; one batch where that is larger."""


def keras_ends(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    batch: int,
    rates: Sequence[float],
    epochs: int,
    most: int,
    target: float,
    seeds: Sequence[int],
) -> Outcome:
    """Train to equal epochs, and anew to an equal training loss.

    The start, and the order of the rows, are the same for every rate.

    Returns
    -------
    arrays
        Each of `MEASURES` (2, rates, seeds): after ``epochs``, and when the training loss was first
        at most ``target``, looked at as often as `LOOK` says; no number where it was not after
        ``most`` epochs, or where the loss was no number.
    """
    network.on_cpu()
    found = _empty(len(rates), len(seeds))
    every = max(1, LOOK // batch)
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        n = len(data.y)
        net = network.cached(network.Spec(data.X.shape[1], tuple(hidden)))
        landscape = Landscape.of(net)
        rows = batches(n, batch, most * n // batch, seed)
        for i, rate in enumerate(rates):
            for k, (count, stop) in enumerate(((epochs, 0.0), (most, target))):
                net.start(kernels(net.spec.sizes, seed), seed)
                trained = net.train(data.X, data.y, rows[: count * n // batch], rate, every, stop)
                last = trained.loss[-1]
                if np.isfinite(last) and (k == 0 or last <= target):
                    measure(found, (k, i, j), landscape, data, seed, len(trained.loss) * every * batch / n)
    return {}, found


def sklearn_ends(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    batch: int,
    rates: Sequence[float],
    epochs: int,
    most: int,
    target: float,
    seeds: Sequence[int],
) -> Outcome:
    """The same by ``MLPClassifier(solver="sgd")`` without momentum and penalty.

    Its start and its order of the rows are those of `keras_ends`; the weights it ends with are
    measured in the Keras network.

    Returns
    -------
    fields
        ``apart``: the largest difference of a training image's probability between scikit-learn and
        the Keras network with its weights.
    """
    network.on_cpu()
    found, apart = _empty(len(rates), len(seeds)), 0.0
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        net = network.cached(network.Spec(data.X.shape[1], tuple(hidden)))
        landscape = Landscape.of(net)
        for i, rate in enumerate(rates):
            trained = _sklearn(data, net.spec.sizes, batch, rate, seed)
            left, last = {0, 1}, np.inf
            for done, rows in _looks(len(data.y), batch, most, seed):
                trained.partial_fit(data.X[rows], data.y[rows])
                whole = done == int(done)
                if not whole and last > 3 * target:
                    continue
                put(landscape, trained.coefs_, trained.intercepts_)
                last = landscape.loss(data.X, data.y)
                reached = left & {k for k, there in enumerate((done == epochs, last <= target)) if there}
                for k in reached:
                    measure(found, (k, i, j), landscape, data, seed, done)
                    gap = np.abs(net.scores(data.X) - trained.predict_proba(data.X))
                    apart = max(apart, float(np.max(gap)))
                left -= reached
                if not left or not np.isfinite(last):
                    break
    return {"apart": apart}, found


def measure(
    found: Mapping[str, NDArray[Any]],
    at: tuple[int, int, int],
    landscape: Landscape,
    data: Images,
    seed: int,
    epochs: float,
) -> None:
    """Write `MEASURES` of the network's present weights into ``found`` at ``at``."""
    told = {
        "sharpness": landscape.top(data.X, data.y, seed),
        "rise": landscape.rise(data.X, data.y, seed),
        "loss": landscape.loss(data.X, data.y),
        "accuracy": float(np.mean(landscape.net.scores(data.X_test).argmax(axis=1) == data.y_test)),
        "epochs": epochs,
    }
    for name, value in told.items():
        found[name][at] = value


def put(landscape: Landscape, weights: Sequence[NDArray[Any]], biases: Sequence[NDArray[Any]]) -> None:
    """Give the network another framework's weights: (inputs, units) and (units,) by layer."""
    pairs = zip(weights, biases, strict=True)
    landscape.net.put([np.asarray(array, np.float32) for pair in pairs for array in pair])


def _looks(n: int, batch: int, most: int, seed: int) -> Iterator[tuple[float, NDArray[np.int32]]]:
    """Epochs done after each stretch of rows, and the rows of the stretch."""
    size = max(LOOK, batch)
    rows = batches(n, batch, most * n // batch, seed).reshape(-1, size)
    for number, part in enumerate(rows, start=1):
        yield number * size / n, part


def _empty(rates: int, seeds: int) -> dict[str, NDArray[Any]]:
    return {name: np.full((2, rates, seeds), np.nan) for name in MEASURES}


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
