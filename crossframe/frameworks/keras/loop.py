"""Train and predict with real Keras layers, losses and optimizers, the whole run in one call.

``model.fit`` enters TensorFlow once per batch, which for small batches costs far more than the
arithmetic. `Loop` runs the same step, ``optimizer.apply`` on the gradient of ``loss(y, model(x))``,
inside one ``tf.function``:

- ``xla``: compiled by XLA. Rows and schedule are padded, so that one compilation serves every
  number of rows. A padded row of a batch has weight zero, and the loss is the mean over the others.
  Equal to ``graph`` up to rounding, except for dropout, whose masks XLA takes from its own generator.
- ``graph``: not compiled, batches of their real size. Bit-identical to ``fit``.
- ``fit``: ``model.fit`` itself, given the same batches in the same order.

R imports this module as well, through reticulate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, Value

MIN_ROWS = 128
MIN_SCHEDULE = 32_768
PREDICT_ROWS = 1024
MEAN = "sum_over_batch_size"
BATCHES = "PCG64, a permutation for each epoch"
"""The generator of `schedule`, as `crossframe.frameworks.model.Model.batches` names it."""
Weights: TypeAlias = Sequence[NDArray[Any]]
"""Kernel (inputs, units) and bias (units,) of every layer in turn, or none."""


def schedule(n: int, batch: int, epochs: int, shuffle: bool, seed: int) -> NDArray[np.int32]:
    """Row numbers of every batch of a run: (epochs * ceil(n / batch), batch), padded with -1.

    With ``shuffle`` each epoch is a new permutation by NumPy's generator of ``seed``; without, the rows
    keep their order. The last batch of an epoch holds the remaining rows, as in ``model.fit``.
    """
    generator = np.random.default_rng(seed)
    per_epoch = math.ceil(n / batch)
    padded = np.full((epochs, per_epoch * batch), -1, np.int32)
    for epoch in padded:
        epoch[:n] = generator.permutation(n) if shuffle else np.arange(n)
    return padded.reshape(epochs * per_epoch, batch)


def start_from(model: Any, weights: Weights) -> None:
    """Set the kernel and bias of every dense layer in turn; without any, the layers keep theirs."""
    layers = _dense(model) if weights else []
    for layer, kernel, bias in zip(layers, weights[0::2], weights[1::2], strict=True):
        layer.set_weights([kernel, bias] if layer.use_bias else [kernel])


def held(model: Any) -> list[NDArray[Any]]:
    """Kernel (inputs, units) and bias (units,) of every dense layer in turn; a missing bias is 0."""
    arrays = []
    for layer in _dense(model):
        kernel, *bias = layer.get_weights()
        arrays += [kernel, bias[0] if bias else np.zeros_like(kernel[0])]
    return arrays


def _dense(model: Any) -> list[Any]:
    return [layer for layer in model.layers if hasattr(layer, "kernel_initializer")]


def loss_of(model: Any, net: Mapping[str, Value]) -> Any:
    """Keras's loss for the output layer of ``model``, in the precision of its weights."""
    import keras

    options: tuple[str, ...] = ("label_smoothing", "reduction")
    loss = keras.losses.CategoricalCrossentropy
    if model.layers[-1].activation.__name__ == "linear":
        loss, options = keras.losses.MeanSquaredError, ("reduction",)
    elif model.output_shape[-1] == 1:
        loss = keras.losses.BinaryCrossentropy
    given = {name: net[name] for name in options if name in net}
    return loss(dtype=model.trainable_variables[0].dtype, **given)


class Loop:
    """One model with its optimizer, reusable for any training sample with the same features.

    Parameters
    ----------
    model
        A built Keras model; two output units are a softmax pair, one is a sigmoid or without activation.
    optimizer
        A Keras optimizer of its own.
    kind
        ``xla``, ``graph`` or ``fit``.
    net
        Settings of the loss and of the loop, in native spelling; what is absent has Keras's default.
    """

    def __init__(self, model: Any, optimizer: Any, kind: str, net: Mapping[str, Value] | None = None) -> None:
        import tensorflow as tf

        net = net or {}
        optimizer.build(model.trainable_variables)
        self.model, self.optimizer, self.kind = model, optimizer, kind
        self._softmax = model.output_shape[-1] >= 2
        self._dtype = model.trainable_variables[0].dtype
        self.loss = loss_of(model, net)
        self._padding_counts = net.get("reduction", MEAN) == MEAN
        self._loss_weight = net.get("loss_weights")
        self._fresh_optimizer = [v.numpy() for v in optimizer.variables]
        self._copies = self._copied_weights()
        # Without class weights the loop does not multiply by them, so that its arithmetic stays the same.
        self._class_weights = None
        if net.get("class_weight", "none") != "none":
            self._class_weights = tf.Variable((1.0, 1.0), trainable=False)
        rows = tf.TensorSpec((None, None), self._dtype)
        predict = tf.function(lambda X: model(X, training=False), input_signature=[rows])
        self._predict = predict.get_concrete_function()
        if kind == "fit":
            # By default Keras decides by the machine whether it compiles each step with XLA.
            model.compile(
                optimizer=optimizer,
                loss=self.loss,
                loss_weights=self._loss_weight,
                jit_compile=net.get("jit_compile", False),
                run_eagerly=net.get("run_eagerly", False),
                steps_per_execution=net.get("steps_per_execution", 1),
            )
        else:
            signature = [rows, rows, tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((), tf.int32)]
            run = tf.function(self._steps, jit_compile=kind == "xla", input_signature=signature)
            self._run = run.get_concrete_function()

    def restart(self, given: Weights = ()) -> None:
        """Set new initial values, the same as those of a newly built model; see `start_from` for ``given``.

        Keras takes a seed from its global state for each initializer and each dropout, layer by layer;
        after ``keras.utils.set_random_seed`` the start does not depend on earlier fits.
        """
        import keras

        for layer in self.model.layers:
            if hasattr(layer, "kernel_initializer"):
                rules = layer.kernel_initializer.clone(), layer.bias_initializer.clone()
                for variable, rule in zip((layer.kernel, layer.bias), rules, strict=True):
                    if variable is not None:
                        variable.assign(rule(variable.shape, dtype=variable.dtype))
            elif getattr(layer, "seed_generator", None) is not None:
                layer.seed_generator.state.assign(keras.random.SeedGenerator(layer.seed).state)
        start_from(self.model, given)
        weights = self.model.trainable_variables
        fresh = zip(self.optimizer.variables, self._fresh_optimizer, self._copies, strict=True)
        for variable, value, copied in fresh:
            variable.assign(value if copied is None else weights[copied])

    def train(
        self,
        X: Any,
        y: Any,
        batches: NDArray[np.int32],
        epochs: int,
        class_weights: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        """Train on ``X`` (n, features) and ``y`` (n,), numbers or classes, tensors, in the given `schedule`.

        ``class_weights`` are used where the loop was made with some.
        """
        import tensorflow as tf

        units = self.model.output_shape[-1]
        target = tf.one_hot(tf.cast(y, tf.int32), units, dtype=self._dtype) if self._softmax else y[:, None]
        X, target = tf.cast(X, self._dtype), tf.cast(target, self._dtype)
        if self.kind == "fit":
            self._model_fit(X, target, batches, epochs, class_weights)
            return
        if self._class_weights is not None:
            self._class_weights.assign(class_weights)
        steps, size = batches.shape
        if self.kind == "xla":
            rows = bucket(len(X), MIN_ROWS) - len(X)
            X, target = tf.pad(X, [[0, rows], [0, 0]]), tf.pad(target, [[0, rows], [0, 0]])
            longer = bucket(steps, MIN_SCHEDULE // size) - steps
            batches = np.pad(batches, [(0, longer), (0, 0)], constant_values=-1)
        self._run(X, target, tf.constant(batches), tf.constant(steps))
        # As `model.fit` does at its end: with `use_ema` the averages become the weights.
        self.optimizer.finalize_variable_values(self.model.trainable_variables)

    def predict(self, X: Any) -> FloatArray:
        """P(class 1) or the numbers for ``X`` (m, features), a tensor, (m,); of several classes (m, K)."""
        import tensorflow as tf

        X = tf.cast(X, self._dtype)
        parts = [self._predict(X[i : i + PREDICT_ROWS]).numpy() for i in range(0, len(X), PREDICT_ROWS)]
        made = np.concatenate(parts).astype(np.float64)
        return made if made.shape[1] > 2 else made[:, -1].copy()

    def _steps(self, X: Any, target: Any, batches: Any, steps: Any) -> None:
        import keras
        import tensorflow as tf

        def step(i: Any) -> Any:
            rows = batches[i]
            weights = None
            if self.kind == "xla":
                weights = tf.cast(rows >= 0, self._dtype)
                rows = tf.maximum(rows, 0)
            else:
                rows = tf.boolean_mask(rows, rows >= 0)
            mask, truth = weights, tf.gather(target, rows)
            if self._class_weights is not None:
                own = tf.gather(self._class_weights, tf.cast(truth[:, -1], tf.int32))
                weights = own if mask is None else tf.cast(own, self._dtype) * mask
            with tf.GradientTape() as tape:
                predicted = self.model(tf.gather(X, rows), training=True)
                loss = self.loss(truth, predicted, sample_weight=weights)
                if mask is not None and self._padding_counts:
                    loss = loss * (tf.cast(tf.size(rows), self._dtype) / tf.reduce_sum(mask))
                if self._loss_weight is not None:
                    loss = loss * self._loss_weight
                if self.model.losses:
                    loss = keras.ops.sum([loss, *self.model.losses])
                loss = self.optimizer.scale_loss(loss)
            variables = self.model.trainable_variables
            self.optimizer.apply(tape.gradient(loss, variables), variables)
            return i + 1

        tf.while_loop(lambda i: i < steps, step, [tf.constant(0)], parallel_iterations=1)

    def _copied_weights(self) -> list[int | None]:
        """For each variable of the optimizer the index of the weights that it copies at first, or None."""
        weights = [v.numpy() for v in self.model.trainable_variables]

        def source(value: NDArray[Any]) -> int | None:
            if value.size < 2 or (value == value.flat[0]).all():
                return None
            return next((i for i, w in enumerate(weights) if np.array_equal(w, value)), None)

        return [source(value) for value in self._fresh_optimizer]

    def _model_fit(
        self,
        X: Any,
        target: Any,
        batches: NDArray[np.int32],
        epochs: int,
        class_weights: tuple[float, float],
    ) -> None:
        import keras
        import tensorflow as tf

        plan = batches.reshape(epochs, -1, batches.shape[1])
        current = [plan[0]]

        def batch(rows: Any) -> Any:
            rows = tf.boolean_mask(rows, rows >= 0)
            return tf.gather(X, rows), tf.gather(target, rows)

        # Keras iterates over the data anew in each epoch, and gets the batches of that epoch. One sequence
        # of all batches with `steps_per_epoch` would be overrun where one call makes several steps.
        rows = tf.TensorSpec((batches.shape[1],), tf.int32)
        data = tf.data.Dataset.from_generator(lambda: iter(current[0]), output_signature=rows)
        data = data.apply(tf.data.experimental.assert_cardinality(plan.shape[1])).map(batch)
        self.model.fit(
            data,
            epochs=epochs,
            shuffle=False,
            verbose=0,
            class_weight=None if self._class_weights is None else dict(enumerate(class_weights)),
            callbacks=[
                keras.callbacks.LambdaCallback(
                    on_epoch_begin=lambda epoch, logs: current.__setitem__(0, plan[epoch])
                )
            ],
        )


def bucket(count: int, least: int) -> int:
    """The smallest ``least * 2**k`` that is at least ``count``."""
    least = max(1, least)
    return least << max(0, math.ceil(math.log2(count / least)))
