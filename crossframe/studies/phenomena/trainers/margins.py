"""Margins of networks that learned true and random labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray
from crossframe.studies.training import Outcome
from crossframe.studies.training.images import batches
from crossframe.studies.training.perceptron import Setup

BATCH, EVERY = 50, 100


def margins(*, labels: str, rate: float, updates: int, target: float, **setup: Any) -> Outcome:
    """Train on true or on random labels until the training loss is ``target``.

    Returns
    -------
    arrays
        ``train`` (seeds,): training accuracy; ``margin``, ``plain`` (seeds,): median margin of the training
        images, over the product of the spectral norms and as it is; ``norm`` (seeds,): that product.
    """
    given = Setup(**setup)
    arrays = given.empty(("train", "margin", "plain", "norm"))
    for j, seed, data, net in given.each(labels):
        net.start(seed)
        net.train(data.X, data.y, batches(len(data.y), BATCH, updates, seed), rate, EVERY, target)
        weights = net.weights()
        margin, norm = normalised(weights, data.X.astype(np.float64), data.y)
        arrays["train"][j], arrays["norm"][j] = np.mean(margin > 0), norm
        arrays["plain"][j], arrays["margin"][j] = np.median(margin), np.median(margin) / norm
    return {}, arrays


def normalised(weights: list[NDArray[Any]], X: FloatArray, y: IntArray) -> tuple[FloatArray, float]:
    """Score of the label less the largest other one, (rows,), and the product of the spectral norms.

    ``weights`` are kernels (in, out) and biases in turn, relu between the layers. Source: P. Bartlett,
    D. Foster and M. Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017.
    """
    kernels = [w.astype(np.float64) for w in weights[::2]]
    Z = X
    for k, (kernel, bias) in enumerate(zip(kernels, weights[1::2], strict=True)):
        Z = (Z if k == 0 else np.maximum(Z, 0.0)) @ kernel + bias
    own = Z[np.arange(len(y)), y]
    others = Z.copy()
    others[np.arange(len(y)), y] = -np.inf
    return own - others.max(axis=1), float(np.prod([np.linalg.norm(k, 2) for k in kernels]))
