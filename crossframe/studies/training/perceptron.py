"""A Keras perceptron for ten classes whose whole training is one compiled call."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray
from crossframe.studies.training.images import CLASSES, Images, Pixels, images, kernels

_PREDICT_ROWS = 2000


@functools.cache
def on_cpu(gpu: bool = False) -> None:
    """Hide every GPU from this process, unless it is asked for; before anything is computed."""
    import tensorflow as tf

    if not gpu:
        tf.config.set_visible_devices([], "GPU")


@dataclass(frozen=True)
class Spec:
    """What is compiled: dense relu layers and a softmax of ten units, plain SGD.

    Attributes
    ----------
    inputs, hidden
        Sizes.
    norm
        ``BatchNormalization`` between each hidden layer's sum and its relu.
    dropout, noise
        Rate of ``Dropout`` after each relu; standard deviation of ``GaussianNoise`` there.
    l2
        ``keras.regularizers.L2`` of every kernel: this times the sum of its squares.
    precision, xla
        ``float32`` or ``float64``; whether XLA compiles the loop.
    """

    inputs: int
    hidden: tuple[int, ...]
    norm: bool = False
    dropout: float = 0.0
    noise: float = 0.0
    l2: float = 0.0
    precision: str = "float32"
    xla: bool = True

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer, the inputs first and the ten outputs last."""
        return (self.inputs, *self.hidden, CLASSES)


@dataclass(frozen=True)
class TrainingCurve:
    """``loss`` and ``accuracy`` on the training rows after every block of updates, (blocks,)."""

    loss: FloatArray
    accuracy: FloatArray


@functools.cache
def cached(spec: Spec) -> Net:
    """The network of a `Spec`, compiled once per process."""
    return Net(spec)


class Net:
    """A network of one `Spec`, for any number of trainings one after the other."""

    def __init__(self, spec: Spec) -> None:
        import keras
        import tensorflow as tf

        self.spec = spec
        self.model = keras.Sequential(_layers(spec))
        self.optimizer = keras.optimizers.SGD(0.125)
        self.optimizer.build(self.model.trainable_variables)
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype=spec.precision)
        self._dense = [layer for layer in self.model.layers if isinstance(layer, keras.layers.Dense)]
        self._fresh = [(v, v.numpy()) for v in (*self.model.variables, *self.optimizer.variables)]
        self._run = tf.function(self._blocks, jit_compile=spec.xla)
        self._scores = tf.function(lambda X: tf.nn.softmax(self.model(X, training=False)))

    def start(self, seed: int, weights: Sequence[Pixels] | None = None) -> None:
        """Begin anew: Glorot's kernels by ``seed`` or ``weights``, biases 0, all else as built.

        ``seed`` is also that of masks and noise.
        """
        for variable, value in self._fresh:
            variable.assign(value)
        for layer, kernel in zip(self._dense, weights or kernels(self.spec.sizes, seed), strict=True):
            layer.kernel.assign(kernel)
        for number, layer in enumerate(self.model.layers):
            if getattr(layer, "seed_generator", None) is not None:
                layer.seed_generator.state.assign([seed % 2**31, number])

    def train(
        self,
        X: Pixels,
        y: IntArray,
        rows: NDArray[np.int32],
        rate: float,
        every: int,
        stop: float = 0.0,
    ) -> TrainingCurve:
        """Updates on ``rows`` (updates, batch) until the training loss is ``stop`` or no number.

        The loss and the accuracy on all of ``X``, ``y`` are taken after each ``every`` updates; with
        batch normalisation by the statistics of these rows, as in training, not by moving averages.
        """
        import tensorflow as tf

        self.optimizer.learning_rate.assign(rate)
        blocked = rows.reshape(len(rows) // every, every, rows.shape[1])
        loss, accuracy, blocks = self._run(
            tf.constant(X, self.spec.precision),
            tf.constant(y),
            tf.constant(blocked),
            tf.constant(stop, self.spec.precision),
        )
        done = int(blocks)
        return TrainingCurve(
            loss.numpy()[:done].astype(np.float64), accuracy.numpy()[:done].astype(np.float64)
        )

    def scores(self, X: Pixels) -> FloatArray:
        """Probabilities of the ten classes, (m, 10); with batch normalisation by moving averages."""
        import tensorflow as tf

        parts = [
            self._scores(tf.constant(X[i : i + _PREDICT_ROWS], self.spec.precision)).numpy()
            for i in range(0, len(X), _PREDICT_ROWS)
        ]
        return np.concatenate(parts).astype(np.float64)

    def accuracy(self, data: Images) -> float:
        """Share of the test images that it labels rightly."""
        return float(np.mean(self.scores(data.X_test).argmax(axis=1) == data.y_test))

    def settle(self, X: Pixels) -> None:
        """Put the statistics of ``X`` in place of batch normalisation's moving averages.

        These keep 0.99 of themselves at each update, so that after fewer than some hundreds they are
        still mostly what they began as, and a network scored with them is not the one that was trained.
        """
        import keras
        import tensorflow as tf

        norms = [n for n in self.model.layers if isinstance(n, keras.layers.BatchNormalization)]
        momenta = [layer.momentum for layer in norms]
        for layer in norms:
            layer.momentum = 0.0
        self.model(tf.constant(X, self.spec.precision), training=True)
        for layer, momentum in zip(norms, momenta, strict=True):
            layer.momentum = momentum

    def weights(self) -> list[NDArray[Any]]:
        """Values of all variables of the model, to be put back by `put`."""
        return [v.numpy() for v in self.model.variables]

    def put(self, weights: Sequence[NDArray[Any]]) -> None:
        """Give the model the values that `weights` returned."""
        for variable, value in zip(self.model.variables, weights, strict=True):
            variable.assign(value)

    def _blocks(self, X: Any, y: Any, rows: Any, stop: Any) -> Any:
        import tensorflow as tf

        blocks, dtype = rows.shape[0], self.spec.precision
        series = [tf.TensorArray(dtype, blocks, element_shape=()) for _ in range(2)]

        def block(k: Any, last: Any, losses: Any, accuracies: Any) -> Any:
            tf.while_loop(
                lambda i: i < rows.shape[1],
                lambda i: [self._update(tf.gather(X, rows[k][i]), tf.gather(y, rows[k][i]), i)],
                [tf.constant(0)],
                parallel_iterations=1,
            )
            logits = self.model(X, training=self.spec.norm)
            last = self.loss(y, logits)
            right = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), y), dtype))
            return k + 1, last, losses.write(k, last), accuracies.write(k, right)

        def goes_on(k: Any, last: Any, *_: Any) -> Any:
            return (k < blocks) & (last > stop)  # false for NaN

        begin = [tf.constant(0), tf.constant(np.inf, dtype), *series]
        done, _, losses, accuracies = tf.while_loop(goes_on, block, begin, parallel_iterations=1)
        return losses.stack(), accuracies.stack(), done

    def _update(self, X: Any, y: Any, i: Any) -> Any:
        import keras
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = self.loss(y, self.model(X, training=True))
            if self.model.losses:
                loss = keras.ops.sum([loss, *self.model.losses])
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return i + 1


def _layers(spec: Spec) -> list[Any]:
    """Keras's own layers in order, the input first."""
    import keras

    regular = keras.regularizers.L2(spec.l2) if spec.l2 else None
    dtype = {"dtype": spec.precision}
    layers: list[Any] = [keras.Input((spec.inputs,), dtype=spec.precision)]

    for units in spec.hidden:
        layers.append(keras.layers.Dense(units, kernel_regularizer=regular, **dtype))
        if spec.norm:
            layers.append(keras.layers.BatchNormalization(**dtype))
        layers.append(keras.layers.ReLU(**dtype))
        if spec.dropout:
            layers.append(keras.layers.Dropout(spec.dropout, seed=1, **dtype))
        if spec.noise:
            layers.append(keras.layers.GaussianNoise(spec.noise, seed=1, **dtype))
    return [*layers, keras.layers.Dense(CLASSES, kernel_regularizer=regular, **dtype)]


@dataclass(frozen=True)
class Setup:
    """What every trainer of perceptrons on images is given.

    Attributes
    ----------
    dataset, data_dir
        ``mnist`` or ``digits``, and where to look for MNIST first.
    hidden
        Units of the hidden layers.
    seeds
        One training each: they draw the images, the weights and the order of the rows.
    sample
        Seed that draws the images in place of each of ``seeds``; None: each draws its own.
    """

    dataset: str
    data_dir: str | None
    hidden: Sequence[int]
    seeds: Sequence[int]
    sample: int | None = None

    def images(self, seed: int, labels: str = "true") -> Images:
        """The images of one of ``seeds``; see `crossframe.studies.training.images.images`."""
        return images(self.dataset, self.data_dir, seed if self.sample is None else self.sample, labels)

    def net(self, data: Images, **spec: Any) -> Net:
        """The compiled network for these images; ``spec`` are further fields of `Spec`."""
        return cached(Spec(data.X.shape[1], tuple(self.hidden), **spec))

    def each(
        self, labels: str = "true", *, gpu: bool = False, **spec: Any
    ) -> Iterator[tuple[int, int, Images, Net]]:
        """Place and value of each seed, its images, and the network; on the CPU, or on a ``gpu``."""
        on_cpu(gpu)
        for place, seed in enumerate(self.seeds):
            data = self.images(seed, labels)
            yield place, seed, data, self.net(data, **spec)

    def empty(self, names: Sequence[str], *shape: int) -> dict[str, FloatArray]:
        """Arrays of NaN by name, (*shape, seeds)."""
        return {name: np.full((*shape, len(self.seeds)), np.nan) for name in names}
