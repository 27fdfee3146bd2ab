"""Lines in images and the parity of their directions: end-to-end, or decomposed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.studies.training import Outcome
from crossframe.studies.training.updates import CHECK, Updates, adam, checks, graph, key, start

SIZE = 28
_POINTS = 47
"""Points of a line: the longest, of 23 pixels, has one for every half of a pixel."""


def tuples(batch: Any, rows: int, k: int) -> tuple[Any, Any, Any]:
    """Draw ``rows`` tuples of ``k`` images.

    Each image shows a line of direction theta ~ U(0, pi), length ~ U(5, 23) and centre ~ U(0, 28)^2,
    through rounded points; what lies outside is cut off.

    Returns
    -------
    images (rows * k, 28, 28, 1), their labels (rows * k, 1), the tuples' labels (rows, 1)
        An image's label is 1 for theta < pi/2, else -1; a tuple's is the product.
    """
    import tensorflow as tf

    u = tf.random.stateless_uniform([4, rows * k], batch)
    theta, length = math.pi * u[0], 5.0 + 18.0 * u[1]
    along = length[:, None] * tf.linspace(-0.5, 0.5, _POINTS)[None]
    spots = [SIZE * u[2 + i][:, None] + turn(theta)[:, None] * along
             for i, turn in enumerate((tf.sin, tf.cos))]  # fmt: skip
    # A point outside has no 1 in its row of the one-hot matrix, and so leaves no mark.
    row, column = (tf.one_hot(tf.cast(tf.floor(at + 0.5), tf.int32), SIZE) for at in spots)
    images = tf.minimum(tf.matmul(row, column, transpose_a=True), 1.0)[..., None]
    y = tf.where(theta < math.pi / 2, 1.0, -1.0)
    return images, y[:, None], tf.reduce_prod(tf.reshape(y, [rows, k]), axis=1, keepdims=True)


def nets(k: int, seed: int) -> tuple[Any, Any]:
    """The net of an image, which gives a score, and the one of k scores; as published.

    The convolutions have no activation, and start with standard deviation 1/sqrt(channels).
    """
    import keras
    from keras import layers

    scored = keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            layers.Conv2D(16, 5, padding="same", kernel_initializer=start(1, seed)),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, padding="same", kernel_initializer=start(16, seed + 1)),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(50, activation="relu", kernel_initializer=start(784, seed + 2)),
            layers.Dense(100, activation="relu", kernel_initializer=start(50, seed + 3)),
            layers.Dense(1, kernel_initializer=start(100, seed + 4)),
        ]
    )
    joined = keras.Sequential(
        [
            keras.Input((k,)),
            layers.Dense(100, activation="relu", kernel_initializer=start(k, seed + 5)),
            layers.Dense(1, kernel_initializer=start(100, seed + 6)),
        ]
    )
    return scored, joined


def _answers(scored: Any, joined: Any, images: Any, k: int) -> tuple[Any, Any]:
    """Scores (rows * k, 1) and the tuples' outputs (rows, 1)."""
    import tensorflow as tf

    score = scored(images)
    return score, joined(tf.reshape(tf.sigmoid(score), [-1, k]))


def learn(*, k: int, decomposed: bool, updates: int, every: int, batch: int, seed: int) -> Outcome:
    """Adam of rate .001 on fresh tuples; ``decomposed``: the images' hinge loss is added to the tuples'.

    Returns
    -------
    fields
        ``accuracy``: of the tuples' labels, on 2,000 fresh ones after the last update.
    arrays
        ``at``: updates at the checks; ``accuracy`` there.
    """
    import tensorflow as tf

    scored, joined = nets(k, seed)

    def loss(numbers: Any) -> Any:
        images, y, whole = tuples(numbers, batch, k)
        score, answer = _answers(scored, joined, images, k)
        hinge = tf.reduce_mean(tf.maximum(0.0, 1.0 - whole * answer))
        return hinge + tf.reduce_mean(tf.maximum(0.0, 1.0 - y * score)) if decomposed else hinge

    @graph
    def check(numbers: Any) -> Any:
        images, _, whole = tuples(numbers, 2000, k)
        _, answer = _answers(scored, joined, images, k)
        return tf.reduce_mean(tf.cast(whole * answer > 0, tf.float32))

    weights = [*scored.trainable_variables, *joined.trainable_variables]
    training = Updates(loss, weights, adam(0.001), seed)
    at, accuracies = [], []
    for done in checks(training, updates, every):
        at.append(done)
        accuracies.append(float(check(key(seed, CHECK))))
    return {"accuracy": accuracies[-1]}, {"at": np.array(at), "accuracy": np.array(accuracies)}


def ratio(*, k: int, decomposed: bool, batches: int, batch: int, seed: int) -> Outcome:
    """Signal and noise of the gradient of the score's weights at the start.

    Over M batches with gradients g_i and mean gbar the publication's script takes the signal
    S = |gbar|^2 and the noise mean |g_i|^2 - S^2. The variance is mean |g_i|^2 - S; and S itself holds
    a part of it, variance / M, of which it is freed here.

    Where a net's answer passes the hinge, a part of its gradient is the same whatever the label is.
    Half the difference to the gradient for turned labels is the part that they change, and so all
    that the gradient can tell of them.

    Returns
    -------
    fields
        ``moment``: mean |g_i|^2; ``mean``: |gbar|^2; ``published`` = mean / (moment - mean^2);
        ``corrected`` = mean / (moment - mean); ``unbiased``: (mean - noise / M) / noise, noise =
        (moment - mean) M / (M - 1): zero on average where there is no signal; ``labels``: the same of
        the part that the labels change; ``batches``: M.
    """
    import tensorflow as tf

    scored, joined = nets(k, seed)
    weights = scored.layers[-1].kernel

    @graph
    def gradients(first: Any) -> Any:
        def one(i: Any) -> Any:
            images, y, whole = tuples(key(seed, i), batch, k)
            with tf.GradientTape(persistent=True) as tape:
                score, answer = _answers(scored, joined, images, k)
                margin = y * score if decomposed else whole * answer
                losses = [tf.reduce_mean(tf.maximum(0.0, 1.0 - turn * margin)) for turn in (1.0, -1.0)]
            return tf.stack([tape.gradient(loss, weights)[:, 0] for loss in losses])

        return tf.map_fn(one, first, fn_output_signature=tf.float32, parallel_iterations=1)

    own, turned = np.moveaxis(gradients(tf.range(batches)).numpy().astype(np.float64), 1, 0)
    return {**measured(own), "labels": measured((own - turned) / 2)["unbiased"]}, {}


def measured(g: NDArray[np.float64]) -> dict[str, float]:
    """`ratio` of the gradients ``g``, one per row."""
    count = len(g)
    moment, mean = float((g**2).sum(axis=1).mean()), float((g.mean(axis=0) ** 2).sum())
    noise = (moment - mean) * count / (count - 1)
    return {
        "moment": moment,
        "mean": mean,
        "published": mean / (moment - mean**2),
        "corrected": mean / (moment - mean),
        "unbiased": (mean - noise / count) / noise,
        "batches": count,
    }
