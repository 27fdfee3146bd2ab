"""How wide the minimum is that a network lies in: curvature, and the loss around it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray
from crossframe.studies.training.images import Pixels
from crossframe.studies.training.perceptron import Net

RELATIVE = 0.25
"""Length of a random step relative to each kernel's own norm."""
_STEPS = 20


class Landscape:
    """The training loss of a Keras network around its weights.

    Weights of another framework's network of the same shape are measured by the same functions once
    they are put into the network.
    """

    def __init__(self, net: Net) -> None:
        import tensorflow as tf

        self.net = net
        self._product = tf.function(self._times, jit_compile=True)
        self._loss = tf.function(lambda X, y: net.loss(y, net.model(X, training=False)), jit_compile=True)

    @classmethod
    @functools.cache
    def of(cls, net: Net) -> Landscape:
        """The landscape of a network, compiled once per process."""
        return cls(net)

    def loss(self, X: Pixels, y: IntArray) -> float:
        """Mean cross-entropy of ``X`` (n, p), ``y`` (n,)."""
        return float(self._loss(self._inputs(X), self._target(y)))

    def top(self, X: Pixels, y: IntArray, seed: int) -> float:
        """Largest eigenvalue of the Hessian of `loss` in the weights, by Lanczos.

        ARPACK's implicitly restarted Lanczos method (`scipy.sparse.linalg.eigsh`) needs products of
        the Hessian with vectors only, and these are gradients of gradients. ``seed`` draws the start.
        """
        from scipy.sparse.linalg import LinearOperator, eigsh

        inputs, target = self._inputs(X), self._target(y)
        size = sum(int(np.prod(v.shape)) for v in self.net.model.trainable_variables)

        def times(vector: FloatArray) -> FloatArray:
            return self.product(inputs, target, vector)

        operator = LinearOperator((size, size), matvec=times, dtype=np.float64)
        start = np.random.default_rng([seed, 11]).normal(size=size)
        values = eigsh(operator, k=1, which="LA", v0=start, tol=1e-3, return_eigenvectors=False)
        return float(values[0])

    def rise(self, X: Pixels, y: IntArray, seed: int) -> float:
        """Mean rise of `loss` over random steps in all kernels.

        Every step moves each kernel W by `RELATIVE` |W| in a direction drawn uniformly, so that
        the measure does not change when layers are rescaled against each other. Source: H. Li,
        Z. Xu, G. Taylor, C. Studer and T. Goldstein, Visualizing the loss landscape of neural nets,
        NeurIPS 2018, where it is done by filter.
        """
        rng = np.random.default_rng([seed, 12])
        kept = self.net.weights()
        before = self.loss(X, y)
        risen = []
        for _ in range(_STEPS):
            moved = [_moved(value, rng) if value.ndim == 2 else value for value in kept]
            self.net.put(moved)
            risen.append(self.loss(X, y) - before)
        self.net.put(kept)
        return float(np.mean(risen))

    def product(self, inputs: Any, target: Any, vector: FloatArray) -> FloatArray:
        """Hessian times ``vector`` (weights,), the variables one after the other."""
        import tensorflow as tf

        dtype, at, parts = self.net.spec.precision, 0, []
        for variable in self.net.model.trainable_variables:
            size = int(np.prod(variable.shape))
            parts.append(tf.constant(vector[at : at + size].reshape(variable.shape), dtype))
            at += size
        products = self._product(inputs, target, parts)
        return np.concatenate([p.numpy().ravel() for p in products]).astype(np.float64)

    def _inputs(self, X: Pixels) -> Any:
        import tensorflow as tf

        return tf.constant(X, self.net.spec.precision)

    def _target(self, y: IntArray) -> Any:
        import tensorflow as tf

        return tf.constant(y)

    def _times(self, X: Any, y: Any, vectors: Sequence[Any]) -> list[Any]:
        import tensorflow as tf

        variables = [v.value for v in self.net.model.trainable_variables]
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                loss = self.net.loss(y, self.net.model(X, training=False))
            gradient = inner.gradient(loss, variables)
            along = tf.add_n([tf.reduce_sum(g * v) for g, v in zip(gradient, vectors, strict=True)])
        products: list[Any] = outer.gradient(along, variables)
        return products


def _moved(kernel: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    direction = rng.normal(size=kernel.shape)
    step = direction * (RELATIVE * np.linalg.norm(kernel) / np.linalg.norm(direction))
    moved: NDArray[Any] = (kernel + step).astype(kernel.dtype)
    return moved
