"""A network on few images of few or many classes (scikit-learn)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crossframe.studies.training import Outcome
from crossframe.studies.training.images import CLASSES, images


def learnt(
    *,
    dataset: str,
    data_dir: str | None,
    seeds: Sequence[int],
    classes: int,
    width: int,
    sizes: Sequence[int],
) -> Outcome:
    """An ``MLPClassifier`` with ``width`` hidden units on digits that each seed draws, by L-BFGS.

    Returns
    -------
    arrays
        ``accuracy`` (sizes, seeds): on the test images of these digits; ``sizes`` count the training images
        of each digit, the first ones of the seed's thousand.
    """
    from sklearn.neural_network import MLPClassifier

    accuracy = np.full((len(sizes), len(seeds)), np.nan)
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        digits = np.random.default_rng([seed, 51]).permutation(CLASSES)[:classes]
        own = [np.flatnonzero(data.y == digit) for digit in digits]
        test = np.isin(data.y_test, digits)
        for i, each in enumerate(sizes):
            rows = np.concatenate([rows[:each] for rows in own])
            net = MLPClassifier((width,), solver="lbfgs", max_iter=500, random_state=seed)
            net.fit(data.X[rows], data.y[rows])
            accuracy[i, j] = net.score(data.X_test[test], data.y_test[test])
    return {}, {"accuracy": accuracy}
