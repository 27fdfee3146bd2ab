"""One training, computed in several ways that are equal but for rounding.

``setup`` of every function are the fields of `crossframe.studies.training.perceptron.Setup`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.frameworks import tether
from crossframe.studies.training import Outcome
from crossframe.studies.training.images import Images, Pixels, batches, kernels
from crossframe.studies.training.perceptron import Setup

BATCH = 50
KEPT = 500
"""Test images whose probabilities are kept; of the others the label is."""

_ENVIRONMENT = {
    "threads": {"TF_NUM_INTRAOP_THREADS": "2", "OMP_NUM_THREADS": "2"},
    "onednn": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "gpu": {},
}
"""Variants that need a process of their own: TensorFlow reads these once, when it starts."""


def perturbed(*, variant: str, **arguments: Any) -> Outcome:
    """The same trainings in another arithmetic, one per seed.

    Parameters
    ----------
    variant
        ``base`` and ``again``: float32, compiled by XLA, one thread. ``inputs``, ``units``: input
        pixels or hidden units in another order, weights with them, so that only sums are taken in
        another order. ``double``: float64. ``graph``: not compiled by XLA; and this with
        ``threads``: two, ``onednn``: without oneDNN, on the first ``gpu``.
    arguments
        Of `_trained`.

    Returns
    -------
    arrays
        ``labels`` (seeds, m); ``scores`` (seeds, `KEPT`, 10): probabilities of the first test
        images; ``loss``, ``accuracy`` (seeds,): at the end, on the training and on the test images.
    """
    if variant not in _ENVIRONMENT:
        return {}, _trained(variant=variant, **arguments)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "arrays.npz")
        words = [
            sys.executable,
            "-P",
            "-m",
            __name__,
            json.dumps({"variant": variant, **arguments}),
            str(file),
        ]
        environment = {**os.environ, **_ENVIRONMENT[variant]}
        done = subprocess.run(
            tether.command(*words), env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        with np.load(file) as arrays:
            return {}, dict(arrays)


def _trained(*, variant: str, rate: float, updates: int, **setup: Any) -> dict[str, NDArray[Any]]:
    """All seeds of one variant: weights and order of rows by the seed, images by ``sample``."""
    precision = "float64" if variant == "double" else "float32"
    lists: dict[str, list[Any]] = {"labels": [], "scores": [], "loss": [], "accuracy": []}
    xla = variant not in ("graph", *_ENVIRONMENT)
    variants = Setup(**setup).each(gpu=variant == "gpu", precision=precision, xla=xla)
    for _, seed, data, net in variants:
        weights, seen = kernels(net.spec.sizes, seed), data
        if variant == "inputs":
            seen, weights = inputs_permuted(data, weights, seed)
        if variant == "units":
            weights = units_permuted(weights, seed)
        net.start(seed, weights)
        trained = net.train(seen.X, seen.y, batches(len(seen.y), BATCH, updates, seed), rate, updates)
        kept(lists, net.scores(seen.X_test), seen.y_test, float(trained.loss[-1]))
    return {name: np.array(values) for name, values in lists.items()}


def kept(lists: dict[str, list[Any]], scores: NDArray[Any], y: NDArray[Any], loss: float) -> None:
    """Add one training's outcome to lists by name."""
    labels = scores.argmax(axis=1)
    lists["labels"].append(labels.astype(np.uint8))
    lists["scores"].append(scores[:KEPT].astype(np.float32))
    lists["loss"].append(loss)
    lists["accuracy"].append(float(np.mean(labels == y)))


def inputs_permuted(data: Images, weights: Sequence[Pixels], seed: int) -> tuple[Images, list[Pixels]]:
    """Images and first weights with the pixels in another order: the same network, other sums."""
    order = np.random.default_rng([seed, 4]).permutation(data.X.shape[1])
    X, X_test = (np.ascontiguousarray(part[:, order]) for part in (data.X, data.X_test))
    return replace(data, X=X, X_test=X_test), [weights[0][order], *weights[1:]]


def units_permuted(weights: Sequence[Pixels], seed: int) -> list[Pixels]:
    """Weights with the units of every hidden layer in another order: the same network, other sums."""
    rng, permuted = np.random.default_rng([seed, 5]), list(weights)
    for layer in range(len(weights) - 1):
        order = rng.permutation(weights[layer].shape[1])
        permuted[layer] = permuted[layer][:, order]
        permuted[layer + 1] = permuted[layer + 1][order]
    return permuted


def sweep(*, rates: Sequence[float], updates: int, **setup: Any) -> Outcome:
    """Learning rates up to divergence, each training once more with its pixels in another order.

    Returns
    -------
    arrays
        ``loss``, ``train``, ``accuracy`` (rates, seeds): training loss (no number where it
        overflowed), training and test accuracy; ``churn`` (rates, seeds): share of test images that
        the two orders of pixels label differently; ``between`` (rates, pairs): the same of two seeds.
    """
    given = Setup(**setup)
    arrays = given.empty(("loss", "train", "accuracy", "churn"), len(rates))
    labels: dict[int, list[Any]] = {i: [] for i in range(len(rates))}
    for j, seed, data, net in given.each():
        weights, rows = kernels(net.spec.sizes, seed), batches(len(data.y), BATCH, updates, seed)
        for i, rate in enumerate(rates):
            both = []
            for seen, start in ((data, weights), inputs_permuted(data, weights, seed)):
                net.start(seed, start)
                trained = net.train(seen.X, seen.y, rows, rate, updates)
                both.append(net.scores(seen.X_test).argmax(axis=1))
                if seen is data:
                    arrays["loss"][i, j], arrays["train"][i, j] = trained.loss[-1], trained.accuracy[-1]
            arrays["accuracy"][i, j] = np.mean(both[0] == data.y_test)
            arrays["churn"][i, j] = np.mean(both[0] != both[1])
            labels[i].append(both[0])
    pairs = list(zip(*np.triu_indices(len(given.seeds), 1), strict=True))
    between = [[np.mean(own[a] != own[b]) for a, b in pairs] for own in labels.values()]
    return {}, {**arrays, "between": np.array(between)}


if __name__ == "__main__":
    outcome: dict[str, Any] = dict(_trained(**json.loads(sys.argv[1])))
    np.savez(sys.argv[2], **outcome)
