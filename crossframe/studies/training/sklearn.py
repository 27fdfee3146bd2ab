"""scikit-learn's perceptron at a given start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crossframe.studies.training.images import CLASSES, Images, kernels


def started(data: Images, hidden: Sequence[int], batch: int, rate: float, seed: int) -> Any:
    """An ``MLPClassifier`` with plain SGD and the kernels of ``seed``, which ``partial_fit`` trains on.

    No penalty, no momentum; the rows are taken in the order in which they are given.
    """
    from sklearn.neural_network import MLPClassifier

    net = MLPClassifier(
        tuple(hidden),
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
    sizes = (data.X.shape[1], *hidden, CLASSES)
    net.coefs_ = kernels(sizes, seed)
    net.intercepts_ = [np.zeros(units, np.float32) for units in sizes[1:]]
    return net
