"""Train and predict with real Keras layers, losses and optimizers, the whole run in one call.

``model.fit`` enters TensorFlow once per batch, which for small batches costs far more than the
arithmetic. `Loop` runs the same step, ``optimizer.apply`` on the gradient of ``loss(y, model(x))``,
inside one ``tf.function``:

- ``xla``: compiled by XLA. Rows and schedule are padded, so that one compilation serves every
  number of rows. A padded row of a batch has weight zero, and the loss is the mean over the others.
  Equal to ``graph`` up to rounding; but XLA draws dropout masks from a generator of its own, so that
  with dropout the two are different draws of one model.
- ``graph``: not compiled, batches of their real size. Bit-identical to ``fit``.
- ``fit``: ``model.fit`` itself, given the same batches in the same order.

R imports this module as well, through reticulate.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.engines.base import FloatArray

_MIN_ROWS = 128
_MIN_SCHEDULE = 32_768
_PREDICT_ROWS = 1024


def schedule(n: int, batch: int, epochs: int, shuffle: bool, seed: int) -> NDArray[np.int32]:
    """Row numbers of every batch of a run: (epochs * ceil(n / batch), batch), padded with -1.

    With ``shuffle`` each epoch is a permutation of its own, drawn by NumPy from ``seed``; without,
    the rows come in their own order. The last batch of an epoch holds the rows that are left, as in
    ``model.fit``.
    """
    generator = np.random.default_rng(seed)
    per_epoch = math.ceil(n / batch)
    padded = np.full((epochs, per_epoch * batch), -1, np.int32)
    for epoch in padded:
        epoch[:n] = generator.permutation(n) if shuffle else np.arange(n)
    return padded.reshape(epochs * per_epoch, batch)


class Loop:
    """One model with its optimizer, reusable for any training sample with the same features.

    Parameters
    ----------
    model
        A built Keras model; two output units are a softmax pair, one is a sigmoid.
    optimizer
        A Keras optimizer of its own.
    kind
        ``xla``, ``graph`` or ``fit``.
    """

    def __init__(self, model: Any, optimizer: Any, kind: str) -> None:
        import keras
        import tensorflow as tf

        optimizer.build(model.trainable_variables)
        self.model, self.optimizer, self.kind = model, optimizer, kind
        self._softmax = model.output_shape[-1] == 2
        self._dtype = model.trainable_variables[0].dtype
        losses = keras.losses
        loss = losses.CategoricalCrossentropy if self._softmax else losses.BinaryCrossentropy
        self.loss = loss(dtype=self._dtype)
        self._fresh_optimizer = [v.numpy() for v in optimizer.variables]
        rows = tf.TensorSpec((None, None), self._dtype)
        predict = tf.function(lambda X: model(X, training=False), input_signature=[rows])
        self._predict = predict.get_concrete_function()
        if kind == "fit":
            # Left to itself Keras compiles each step with XLA or not, depending on the machine.
            model.compile(optimizer=optimizer, loss=self.loss, jit_compile=False)
        else:
            signature = [rows, rows, tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((), tf.int32)]
            run = tf.function(self._steps, jit_compile=kind == "xla", input_signature=signature)
            self._run = run.get_concrete_function()

    def restart(self) -> None:
        """Draw new starting values, the ones that building the model anew would draw.

        Keras takes a seed from its global state for each initializer and each dropout, layer by
        layer; so after ``keras.utils.set_random_seed`` the start depends on nothing fitted before.
        """
        import keras

        for layer in self.model.layers:
            if hasattr(layer, "kernel_initializer"):
                drawn = layer.kernel_initializer.clone(), layer.bias_initializer.clone()
                for variable, draw in zip((layer.kernel, layer.bias), drawn, strict=True):
                    variable.assign(draw(variable.shape, dtype=variable.dtype))
            elif getattr(layer, "seed_generator", None) is not None:
                layer.seed_generator.state.assign(keras.random.SeedGenerator().state)
        for variable, value in zip(self.optimizer.variables, self._fresh_optimizer, strict=True):
            variable.assign(value)

    def train(self, X: Any, y: Any, batches: NDArray[np.int32], epochs: int) -> None:
        """Train on ``X`` (n, features) and ``y`` (n,) of 0 and 1, tensors, in the given `schedule`."""
        import tensorflow as tf

        target = tf.one_hot(tf.cast(y, tf.int32), 2, dtype=self._dtype) if self._softmax else y[:, None]
        X, target = tf.cast(X, self._dtype), tf.cast(target, self._dtype)
        if self.kind == "fit":
            self._model_fit(X, target, batches, epochs)
            return
        steps, size = batches.shape
        if self.kind == "xla":
            rows = _bucket(len(X), _MIN_ROWS) - len(X)
            X, target = tf.pad(X, [[0, rows], [0, 0]]), tf.pad(target, [[0, rows], [0, 0]])
            longer = _bucket(steps, _MIN_SCHEDULE // size) - steps
            batches = np.pad(batches, [(0, longer), (0, 0)], constant_values=-1)
        self._run(X, target, tf.constant(batches), tf.constant(steps))

    def predict(self, X: Any) -> FloatArray:
        """P(class 1) for ``X`` (m, features), a tensor; shape (m,)."""
        import tensorflow as tf

        X = tf.cast(X, self._dtype)
        parts = [self._predict(X[i : i + _PREDICT_ROWS]).numpy() for i in range(0, len(X), _PREDICT_ROWS)]
        return np.concatenate(parts)[:, -1].astype(np.float64)

    def _steps(self, X: Any, target: Any, batches: Any, steps: Any) -> None:
        import tensorflow as tf

        def step(i: Any) -> Any:
            rows = batches[i]
            weights = None
            if self.kind == "xla":
                weights = tf.cast(rows >= 0, self._dtype)
                rows = tf.maximum(rows, 0)
            else:
                rows = tf.boolean_mask(rows, rows >= 0)
            with tf.GradientTape() as tape:
                predicted = self.model(tf.gather(X, rows), training=True)
                loss = self.loss(tf.gather(target, rows), predicted, sample_weight=weights)
                if weights is not None:
                    loss = loss * (tf.cast(tf.size(rows), self._dtype) / tf.reduce_sum(weights))
            variables = self.model.trainable_variables
            self.optimizer.apply(tape.gradient(loss, variables), variables)
            return i + 1

        tf.while_loop(lambda i: i < steps, step, [tf.constant(0)], parallel_iterations=1)

    def _model_fit(self, X: Any, target: Any, batches: NDArray[np.int32], epochs: int) -> None:
        import tensorflow as tf

        def batch(rows: Any) -> Any:
            rows = tf.boolean_mask(rows, rows >= 0)
            return tf.gather(X, rows), tf.gather(target, rows)

        data = tf.data.Dataset.from_tensor_slices(batches).map(batch)
        self.model.fit(data, epochs=epochs, steps_per_epoch=len(batches) // epochs, shuffle=False, verbose=0)


def _bucket(count: int, least: int) -> int:
    """The smallest ``least * 2**k`` that is at least ``count``."""
    least = max(1, least)
    return least << max(0, math.ceil(math.log2(count / least)))
