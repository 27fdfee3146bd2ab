"""How sharp a minimum is: the largest eigenvalue of the training loss's Hessian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from crossframe.studies.trainers import phenomena_net as network
from crossframe.studies.trainers import sgd_landscape
from crossframe.studies.trainers.phenomena_data import Images, batches, images, kernels
from crossframe.studies.trainers.phenomena_numeric import BATCH, Outcome
from crossframe.studies.trainers.sgd_descent import descend
from crossframe.studies.trainers.sgd_landscape import Landscape

SOURCES = (
    *sgd_landscape.SOURCES,
    "studies/trainers/phenomena_numeric.py",
    "studies/trainers/sgd_descent.py",
)


def minima(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    batch: int,
    rates: Sequence[float],
    updates: int,
    target: float,
    seeds: Sequence[int],
) -> Outcome:
    """Where SGD comes by for one batch size, at the same training loss for every rate.

    Returns
    -------
    arrays
        ``sharpness``, ``accuracy``, ``updates`` (rates, seeds): top eigenvalue, test accuracy and
        updates done where the training loss first was ``target``, interpolated between two looks
        twenty updates apart; no number where it was not within ``updates``.
    """
    network.on_cpu()
    every = 20
    found = {name: np.full((len(rates), len(seeds)), np.nan) for name in ("sharpness", "accuracy", "updates")}
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        net = network.cached(network.Spec(data.X.shape[1], tuple(hidden)))
        landscape = Landscape.of(net)
        rows = batches(len(data.y), batch, updates, seed)
        for i, rate in enumerate(rates):
            net.start(kernels(net.spec.sizes, seed), seed)
            (told,) = descend(
                net, data.X, data.y, rows, rate, every, [target], partial(_measured, landscape, data, seed)
            )
            for name, value in (told or {}).items():
                found[name][i, j] = value
    return {}, found


def _measured(landscape: Landscape, data: Images, seed: int) -> dict[str, float]:
    right = landscape.net.scores(data.X_test).argmax(axis=1) == data.y_test
    return {"sharpness": landscape.top(data.X, data.y, seed), "accuracy": float(np.mean(right))}


def rescaled(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    rate: float,
    updates: int,
    factors: Sequence[float],
    seeds: Sequence[int],
) -> Outcome:
    """One function in many parametrisations: first layer times a factor, second weights by it.

    relu(c z) = c relu(z) for c > 0, so the network computes the same; for powers of two even every
    rounding is the same. Source: L. Dinh, R. Pascanu, S. Bengio and Y. Bengio, Sharp minima can
    generalize for deep nets, ICML 2017, section 4.1.

    Returns
    -------
    arrays
        ``sharpness``, ``difference`` (factors, seeds): top eigenvalue, and the largest difference
        of a test image's probability to the network as trained.
    """
    network.on_cpu()
    found = {name: np.empty((len(factors), len(seeds))) for name in ("sharpness", "difference")}
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        net = network.cached(replace(network.Spec(data.X.shape[1], tuple(hidden)), precision="float64"))
        landscape = Landscape.of(net)
        net.start(kernels(net.spec.sizes, seed), seed)
        net.train(data.X, data.y, batches(len(data.y), BATCH, updates, seed), rate, updates)
        kept, plain = net.weights(), net.scores(data.X_test)
        for i, factor in enumerate(factors):
            net.put([kept[0] * factor, kept[1] * factor, kept[2] / factor, *kept[3:]])
            found["sharpness"][i, j] = landscape.top(data.X, data.y, seed)
            found["difference"][i, j] = np.max(np.abs(net.scores(data.X_test) - plain))
    return {}, found
