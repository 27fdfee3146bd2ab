"""Choosing among k stocks: end to end from the return, or decomposed, with the stock as label."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.studies.training import Outcome
from crossframe.studies.training.updates import CHECK, Updates, adam, checks, graph, key, start

INPUTS = 1000
BATCH = 100


def parts(k: int, seed: int) -> tuple[Any, Any]:
    """The net, which takes one-hot inputs (rows, INPUTS) to scores (rows, k), and what draws a batch.

    The net's layer sees one-hot inputs only, so that `scores` can look its rows up.
    """
    import keras
    import tensorflow as tf

    layer = keras.layers.Dense(k, kernel_initializer=start(INPUTS, seed))
    model = keras.Sequential([keras.Input((INPUTS,)), layer])
    right = tf.constant(np.random.default_rng(seed).integers(0, k, INPUTS), tf.int32)

    def sample(batch: Any, rows: int) -> tuple[Any, Any, Any]:
        """Inputs (rows,), returns z (rows, k), one-hot answers (rows, k)."""
        x = tf.random.stateless_uniform([rows], batch, 0, INPUTS, tf.int32)
        answer = tf.one_hot(tf.gather(right, x), k)
        z = tf.cast(2 * tf.random.stateless_uniform([rows, k], batch + 7, 0, 2, tf.int32) - 1, tf.float32)
        return x, tf.where(answer > 0, 1.0, z), answer

    return model, sample


def scores(model: Any, x: Any) -> Any:
    """``model(one_hot(x))`` without the multiplication by zeros; ``x`` (rows,), scores (rows, k)."""
    import tensorflow as tf

    layer = model.layers[-1]
    return tf.gather(layer.kernel, x) + layer.bias


def learn(*, k: int, decomposed: bool, updates: int, every: int, seed: int) -> Outcome:
    """Adam of rate .1; loss -p_y if ``decomposed``, else -z.p (end to end).

    Returns
    -------
    fields
        ``loss``: end-to-end loss on 500 fresh samples after the last update; -1 is the optimum, 0
        what is got without information.
    arrays
        ``at``: updates at the checks; ``loss`` there.
    """
    import tensorflow as tf

    model, sample = parts(k, seed)

    def loss(batch: Any) -> Any:
        x, z, answer = sample(batch, BATCH)
        return -tf.reduce_mean(
            tf.reduce_sum((answer if decomposed else z) * tf.nn.softmax(scores(model, x)), axis=1)
        )

    @graph
    def check(batch: Any) -> Any:
        x, z, _ = sample(batch, 500)
        return -tf.reduce_mean(tf.reduce_sum(z * tf.nn.softmax(scores(model, x)), axis=1))

    training = Updates(loss, model.trainable_variables, adam(0.1), seed)
    at, losses = [0], [float(check(key(seed, CHECK)))]
    for done in checks(training, updates, every):
        at.append(done)
        losses.append(float(check(key(seed, CHECK + done))))
    return {"loss": losses[-1]}, {"at": np.array(at), "loss": np.array(losses)}


def moments(*, k: int, rows: int, seed: int) -> Outcome:
    """Second moments of the two losses' gradients for single samples at the start.

    Both losses have the same mean given the input, -p_y, hence the same mean gradient: what differs
    is the noise.

    Returns ------- fields ``decomposed``, ``end_to_end``: mean squared norm of the gradient with respect to
    the softmax's inputs, of the decomposed and the end-to-end loss.
    """
    import tensorflow as tf

    model, sample = parts(k, seed)
    x, z, answer = sample(key(seed, CHECK), rows)
    logits = scores(model, x)

    def gradient(weight: Any) -> NDArray[np.float64]:
        with tf.GradientTape() as tape:
            tape.watch(logits)
            total = -tf.reduce_sum(weight * tf.nn.softmax(logits))
        slope: NDArray[np.float64] = tape.gradient(total, logits).numpy().astype(np.float64)
        return slope

    by_name = {"decomposed": gradient(answer), "end_to_end": gradient(z)}
    fields = {name: float((g**2).sum(axis=1).mean()) for name, g in by_name.items()}
    return fields, {}
