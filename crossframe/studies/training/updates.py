"""Training on batches that are drawn inside the graph: starts, rule and loop of `gradient-failures`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any


def start(fan_in: int, seed: int) -> Any:
    """Normal numbers of standard deviation 1/sqrt(fan_in), cut at two of them."""
    import keras

    return keras.initializers.TruncatedNormal(stddev=fan_in**-0.5, seed=seed)


def adam(rate: float) -> Any:
    """Adam with the publication's beta2 .99 and epsilon 1e-5; Keras's own are .999 and 1e-7."""
    import keras

    return keras.optimizers.Adam(rate, beta_1=0.9, beta_2=0.99, epsilon=1e-5)


def key(seed: int, stream: int) -> Any:
    """Seed of TensorFlow's stateless generators for batch number ``stream``; shape (2,)."""
    import tensorflow as tf

    return tf.stack([tf.constant(seed, tf.int32), tf.cast(stream, tf.int32)])


class Updates:
    """Updates of ``variables`` by ``optimizer``, any number of them in one call of TensorFlow's graph.

    XLA, which is left out, makes these loops slower on a CPU: most of their time goes to random numbers,
    for which it takes several times as long as TensorFlow's own kernels.

    Parameters
    ----------
    loss
        Takes the seed of a batch, `key`, and returns the scalar to be minimised.
    seed
        Batch t is drawn from (seed, t): the same batches however the updates are cut into calls.
    """

    def __init__(
        self, loss: Callable[[Any], Any], variables: Sequence[Any], optimizer: Any, seed: int
    ) -> None:
        import tensorflow as tf

        self._loss, self._variables, self._optimizer, self._seed = loss, list(variables), optimizer, seed
        self.done = 0
        optimizer.build(self._variables)
        count = tf.TensorSpec((), tf.int32)
        self._run = tf.function(self._steps, input_signature=[count, count])

    def run(self, count: int) -> None:
        """Do ``count`` more updates, each on a batch of its own."""
        import tensorflow as tf

        self._run(tf.constant(self.done), tf.constant(self.done + count))
        self.done += count

    def _steps(self, first: Any, end: Any) -> None:
        import tensorflow as tf

        def step(i: Any) -> Any:
            with tf.GradientTape() as tape:
                loss = self._loss(key(self._seed, i))
            gradients = tape.gradient(loss, self._variables)
            # Where nothing leads from the loss to a weight there is None: its gradient is zero. Rows
            # that were looked up get a sparse gradient; Adam is to move the others as well.
            dense = [
                tf.zeros(v.shape) if g is None else tf.convert_to_tensor(g)
                for g, v in zip(gradients, self._variables, strict=True)
            ]
            self._optimizer.apply(dense, self._variables)
            return i + 1

        tf.while_loop(lambda i: i < end, step, [first], parallel_iterations=1)


def graph(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` as one of TensorFlow's graphs, traced at its first call."""
    import tensorflow as tf

    return tf.function(function)  # type: ignore[no-any-return]


def checks(training: Updates, updates: int, every: int) -> Iterator[int]:
    """Train to ``updates``, and yield the number of updates done after each ``every``."""
    while training.done < updates:
        training.run(every)
        yield training.done


CHECK = 1 << 30
"""Batches from this number on are for checks: training never gets there."""
