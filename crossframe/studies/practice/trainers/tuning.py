"""Every setting of a network, and of a logistic regression, that a search could try."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from crossframe.studies.training import Outcome
from crossframe.studies.training.images import batches, images
from crossframe.studies.training.perceptron import Net, Setup, Spec

BATCH, TRAINED = 50, 800
"""The other 200 of the thousand images choose among the settings."""


class Optimised(Net):
    """A network that another of Keras's optimisers trains, with its defaults but for the learning rate."""

    def __init__(self, spec: Spec, optimiser: str) -> None:
        import keras as k

        super().__init__(spec)
        own = {"sgd": k.optimizers.SGD, "adam": k.optimizers.Adam, "rmsprop": k.optimizers.RMSprop}
        momentum = {"momentum": 0.9} if optimiser == "momentum" else {}
        self.optimizer = own.get(optimiser, k.optimizers.SGD)(0.1, **momentum)
        self.optimizer.build(self.model.trainable_variables)
        self._fresh = [(v, v.numpy()) for v in (*self.model.variables, *self.optimizer.variables)]


@functools.cache
def _net(spec: Spec, optimiser: str) -> Optimised:
    return Optimised(spec, optimiser)


def keras(*, optimiser: str, rates: Sequence[float], updates: int, **setup: Any) -> Outcome:
    """A network of one architecture with one optimiser, at each learning rate.

    ``optimiser`` is ``sgd``, ``momentum`` (SGD with .9), ``adam`` or ``rmsprop``.

    Returns
    -------
    arrays
        ``accuracy`` and ``validation`` (rates, seeds): on the test images, and on those that choose.
    """
    given = Setup(**setup)
    arrays = given.empty(("accuracy", "validation"), len(rates))
    for j, seed, data, plain in given.each():
        net = _net(plain.spec, optimiser)
        for i, rate in enumerate(rates):
            net.start(seed)
            net.train(data.X, data.y, batches(TRAINED, BATCH, updates, seed), rate, updates)
            arrays["accuracy"][i, j] = net.accuracy(data)
            chosen = net.scores(data.X[TRAINED:]).argmax(axis=1)
            arrays["validation"][i, j] = np.mean(chosen == data.y[TRAINED:])
    return {}, arrays


def sklearn(
    *, dataset: str, data_dir: str | None, seeds: Sequence[int], strengths: Sequence[float]
) -> Outcome:
    """Logistic regression at each ``C``, on pixels in [0, 1] and on standardised ones; see `keras`."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    shape = (2 * len(strengths), len(seeds))
    accuracy, validation = np.full(shape, np.nan), np.full(shape, np.nan)
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        for i, c in enumerate(strengths):
            plain = LogisticRegression(C=c, max_iter=1000)
            for k, model in enumerate((plain, make_pipeline(StandardScaler(), plain))):
                model.fit(data.X[:TRAINED], data.y[:TRAINED])
                accuracy[2 * i + k, j] = model.score(data.X_test, data.y_test)
                validation[2 * i + k, j] = model.score(data.X[TRAINED:], data.y[TRAINED:])
    return {}, {"accuracy": accuracy, "validation": validation}
