"""How sharp a minimum is: the largest eigenvalue of the training loss's Hessian.

``setup`` of every function are the fields of `crossframe.studies.training.perceptron.Setup`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from crossframe.studies.phenomena.trainers.numerics import BATCH
from crossframe.studies.training import Outcome
from crossframe.studies.training.descent import descend
from crossframe.studies.training.images import Images, batches
from crossframe.studies.training.landscape import Landscape
from crossframe.studies.training.perceptron import Setup


def minima(*, batch: int, rates: Sequence[float], updates: int, target: float, **setup: Any) -> Outcome:
    """Where SGD comes by for one batch size, at the same training loss for every rate.

    Returns
    -------
    arrays
        ``sharpness``, ``accuracy``, ``updates`` (rates, seeds): top eigenvalue, test accuracy and
        updates done where the training loss first was ``target``, interpolated between two looks
        twenty updates apart; no number where it was not within ``updates``.
    """
    given, every = Setup(**setup), 20
    arrays = given.empty(("sharpness", "accuracy", "updates"), len(rates))
    for j, seed, data, net in given.each():
        measure = partial(_measured, Landscape.of(net), data, seed)
        rows = batches(len(data.y), batch, updates, seed)
        for i, rate in enumerate(rates):
            net.start(seed)
            (at_target,) = descend(net, data.X, data.y, rows, rate, every, [target], measure)
            for name, value in (at_target or {}).items():
                arrays[name][i, j] = value
    return {}, arrays


def _measured(landscape: Landscape, data: Images, seed: int) -> dict[str, float]:
    top = landscape.top(data.X, data.y, seed)
    return {"sharpness": top, "accuracy": landscape.net.accuracy(data)}


def rescaled(*, rate: float, updates: int, factors: Sequence[float], **setup: Any) -> Outcome:
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
    given = Setup(**setup)
    arrays = given.empty(("sharpness", "difference"), len(factors))
    for j, seed, data, net in given.each(precision="float64"):
        landscape = Landscape.of(net)
        net.start(seed)
        net.train(data.X, data.y, batches(len(data.y), BATCH, updates, seed), rate, updates)
        kept, plain = net.weights(), net.scores(data.X_test)
        for i, factor in enumerate(factors):
            net.put([kept[0] * factor, kept[1] * factor, kept[2] / factor, *kept[3:]])
            arrays["sharpness"][i, j] = landscape.top(data.X, data.y, seed)
            arrays["difference"][i, j] = np.max(np.abs(net.scores(data.X_test) - plain))
    return {}, arrays
