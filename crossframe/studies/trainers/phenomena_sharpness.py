"""How sharp a minimum is: the largest eigenvalue of the training loss's Hessian."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.engines.base import IntArray
from crossframe.studies.trainers import phenomena_net as network
from crossframe.studies.trainers.phenomena_data import Pixels, batches, images, kernels
from crossframe.studies.trainers.phenomena_numeric import BATCH, Outcome

SOURCES = (*network.SOURCES, "studies/trainers/phenomena_numeric.py")


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
    """Where SGD ends for one batch size, at the same training loss for every rate.

    Returns
    -------
    arrays
        ``sharpness``, ``accuracy``, ``updates``, ``loss`` (rates, seeds): top eigenvalue, test
        accuracy, updates done and training loss when it first was at most ``target`` (looked at
        every twenty updates); no number where it was not after ``updates``.
    """
    network.on_cpu()
    every = 20
    names = ("sharpness", "accuracy", "updates", "loss")
    found = {name: np.full((len(rates), len(seeds)), np.nan) for name in names}
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        net = network.cached(network.Spec(data.X.shape[1], tuple(hidden)))
        curvature = Curvature.of(net)
        rows = batches(len(data.y), batch, updates, seed)
        for i, rate in enumerate(rates):
            net.start(kernels(net.spec.sizes, seed), seed)
            trained = net.train(data.X, data.y, rows, rate, every, target)
            if not trained.loss[-1] <= target:
                continue
            found["sharpness"][i, j] = curvature.top(data.X, data.y, seed)
            found["accuracy"][i, j] = np.mean(net.scores(data.X_test).argmax(axis=1) == data.y_test)
            found["updates"][i, j], found["loss"][i, j] = len(trained.loss) * every, trained.loss[-1]
    return {}, found


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
        curvature = Curvature.of(net)
        net.start(kernels(net.spec.sizes, seed), seed)
        net.train(data.X, data.y, batches(len(data.y), BATCH, updates, seed), rate, updates)
        kept, plain = net.weights(), net.scores(data.X_test)
        for i, factor in enumerate(factors):
            net.put([kept[0] * factor, kept[1] * factor, kept[2] / factor, *kept[3:]])
            found["sharpness"][i, j] = curvature.top(data.X, data.y, seed)
            found["difference"][i, j] = np.max(np.abs(net.scores(data.X_test) - plain))
    return {}, found


class Curvature:
    """Products of a network's Hessian with vectors, compiled once."""

    def __init__(self, net: network.Net) -> None:
        import tensorflow as tf

        self._net = net
        self._product = tf.function(self._times, jit_compile=True)

    @classmethod
    @functools.cache
    def of(cls, net: network.Net) -> Curvature:
        """That of a network, made once."""
        return cls(net)

    def top(self, X: Pixels, y: IntArray, seed: int, tolerance: float = 1e-3, most: int = 200) -> float:
        """Largest eigenvalue in absolute value, with its sign, by power iteration.

        Stops when the Rayleigh quotient changes by less than ``tolerance`` of itself.
        """
        import tensorflow as tf

        rng, dtype = np.random.default_rng([seed, 6]), self._net.spec.precision
        inputs, target = tf.constant(X, dtype), tf.constant(y)
        vectors = [rng.normal(size=v.shape) for v in self._net.model.trainable_variables]
        last = np.inf
        for _ in range(most):
            size = np.sqrt(sum(float(np.sum(v.astype(np.float64) ** 2)) for v in vectors))
            vectors = [v / size for v in vectors]
            products = self._product(inputs, target, [tf.constant(v, dtype) for v in vectors])
            after = [p.numpy() for p in products]
            value = float(sum(np.sum(v * a, dtype=np.float64) for v, a in zip(vectors, after, strict=True)))
            if abs(value - last) <= tolerance * abs(value):
                break
            last, vectors = value, after
        return value

    def _times(self, X: Any, y: Any, vectors: Sequence[Any]) -> list[NDArray[Any]]:
        import tensorflow as tf

        variables = [v.value for v in self._net.model.trainable_variables]
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                loss = self._net.loss(y, self._net.model(X, training=False))
            gradient = inner.gradient(loss, variables)
            along = tf.add_n([tf.reduce_sum(g * v) for g, v in zip(gradient, vectors, strict=True)])
        products: list[NDArray[Any]] = outer.gradient(along, variables)
        return products
