"""What networks on images of ten digits start from: images, weights, an order of rows."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.errors import DataError
from crossframe.core.types import IntArray
from crossframe.data import mnist

CLASSES = 10
TRAINED = 1000
"""Training images; of the 1,797 bundled digits that leaves 797 to be tested."""

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Images:
    """``X`` (n, p) in [0, 1] and ``y`` (n,) of 0 to 9 to train on; ``X_test``, ``y_test`` to be scored."""

    X: Pixels
    y: IntArray
    X_test: Pixels
    y_test: IntArray


def images(dataset: str, data_dir: str | None, seed: int, labels: str = "true") -> Images:
    """`TRAINED` images drawn by ``seed`` without replacement from the source's training images.

    Parameters
    ----------
    dataset
        ``mnist``, scored on its own 10,000 test images; ``digits``, scored on the other 797.
    labels
        ``true``; ``random``: each training label drawn anew, uniformly from the ten digits.

    Raises
    ------
    DataError
        When MNIST is asked for and not here.
    """
    rng = np.random.default_rng([seed, 1])
    X: NDArray[Any]
    y: NDArray[Any]
    if dataset == "mnist":
        arrays = _mnist(data_dir)
        rows = rng.choice(len(arrays["y_train"]), TRAINED, replace=False)
        X, y = arrays["x_train"][rows], arrays["y_train"][rows]
        X_test, y_test, scale = arrays["x_test"], arrays["y_test"], 255
    else:
        from sklearn.datasets import load_digits

        bunch = load_digits()
        order, scale = rng.permutation(len(bunch.target)), 16
        train, test = order[:TRAINED], order[TRAINED:]
        X, y, X_test, y_test = bunch.data[train], bunch.target[train], bunch.data[test], bunch.target[test]
    if labels == "random":
        y = rng.integers(0, CLASSES, len(y))
    return Images(_unit(X, scale), y.astype(np.int64), _unit(X_test, scale), y_test.astype(np.int64))


@functools.cache
def _mnist(data_dir: str | None) -> dict[str, NDArray[np.uint8]]:
    place = mnist.locate(data_dir)
    if place is None:
        raise DataError("there is no MNIST here", f"get it with: {mnist.FETCH}")
    return mnist.read(place.path)


def _unit(X: NDArray[Any], scale: int) -> Pixels:
    return np.ascontiguousarray((X.reshape(len(X), -1) / scale).astype(np.float32))


def kernels(sizes: Sequence[int], seed: int) -> list[Pixels]:
    """Weight matrices (in, out) of a chain of dense layers, Glorot's uniform.

    Entries are uniform on +-sqrt(6 / (in + out)). Source: X. Glorot and Y. Bengio, Understanding the
    difficulty of training deep feedforward neural networks, AISTATS 2010, equation 16.
    """
    rng = np.random.default_rng([seed, 2])
    matrices = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        limit = np.sqrt(6 / (fan_in + fan_out))
        matrices.append(rng.uniform(-limit, limit, (fan_in, fan_out)).astype(np.float32))
    return matrices


def batches(n: int, size: int, updates: int, seed: int) -> NDArray[np.int32]:
    """Row numbers of each update, (updates, size): one permutation of all rows after the other.

    ``size`` divides ``n``, so that every batch is of one epoch.
    """
    rng = np.random.default_rng([seed, 3])
    epochs = -(-updates * size // n)
    rows = np.concatenate([rng.permutation(n) for _ in range(epochs)]).astype(np.int32)
    return rows[: updates * size].reshape(updates, size)
