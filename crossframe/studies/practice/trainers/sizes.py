"""Networks of several sizes on few images, in Keras and in scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crossframe.studies.training import Outcome
from crossframe.studies.training.images import batches, images
from crossframe.studies.training.perceptron import Setup

BATCH = 25


def keras(*, sizes: Sequence[int], rate: float, updates: int, **setup: Any) -> Outcome:
    """Test accuracy after ``updates`` of `BATCH` images each, by the number of training images.

    The first n images of a seed's thousand train: a larger sample holds the smaller ones.

    Returns
    -------
    arrays
        ``accuracy`` (sizes, seeds), and ``parameters`` (1,).
    """
    given = Setup(**setup)
    arrays = given.empty(("accuracy",), len(sizes))
    for j, seed, data, net in given.each():
        for i, n in enumerate(sizes):
            net.start(seed)
            net.train(data.X, data.y, batches(n, BATCH, updates, seed), rate, updates)
            arrays["accuracy"][i, j] = net.accuracy(data)
    return {}, {**arrays, "parameters": np.array([net.model.count_params()], float)}


def sklearn(
    *, dataset: str, data_dir: str | None, hidden: Sequence[int], seeds: Sequence[int], sizes: Sequence[int]
) -> Outcome:
    """The same of an ``MLPClassifier`` with the same layers, by L-BFGS until it stops; see `keras`."""
    from sklearn.neural_network import MLPClassifier

    accuracy = np.full((len(sizes), len(seeds)), np.nan)
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        for i, n in enumerate(sizes):
            net = MLPClassifier(tuple(hidden), solver="lbfgs", max_iter=500, random_state=seed)
            net.fit(data.X[:n], data.y[:n])
            accuracy[i, j] = net.score(data.X_test, data.y_test)
    count = sum(w.size for w in (*net.coefs_, *net.intercepts_))
    return {}, {"accuracy": accuracy, "parameters": np.array([count], float)}
