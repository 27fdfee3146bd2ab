"""A step function of a linear one: what its flat pieces do to the gradient, and four remedies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.studies.training import Outcome
from crossframe.studies.training.updates import CHECK, Updates, adam, checks, graph, key, start

INPUTS = 100
BATCH = 256
STEPS = np.array(
    sorted({*range(-100, 100, 5), -5, -4, -3, -2, -1, -0.2, 0, 0.1, 0.15, 0.175, 1, 2, 3, 4, 5}), float
)
"""The 52 levels, less b*."""
RATES = {"straight": 0.001, "forward": 0.001, "smooth": 0.01, "end-to-end": 0.001, "classes": 0.001}


@dataclass(frozen=True)
class Truth:
    """y = the largest level that does not exceed w.x + b, for x ~ N(0, 1)^100 / 100."""

    w: NDArray[np.float64]
    b: float

    @staticmethod
    def draw(seed: int) -> Truth:
        """w and b of independent standard normal numbers."""
        rng = np.random.default_rng(seed)
        return Truth(rng.normal(size=INPUTS), float(rng.normal()))

    @property
    def levels(self) -> NDArray[np.float64]:
        """The levels of the step function, (52,), ascending."""
        return self.b + STEPS

    def index(self, x: NDArray[np.float64]) -> NDArray[np.int64]:
        """Numbers of the levels of ``x`` (rows, 100)."""
        return np.searchsorted(self.levels, x @ self.w + self.b, side="right") - 1


def _model(remedy: str, seed: int, bias: float) -> Any:
    """A linear unit, or two layers of 100 relu with one output or 100 logits."""
    import keras
    from keras import layers

    if remedy in ("straight", "forward", "smooth"):
        unit = layers.Dense(
            1, kernel_initializer=start(INPUTS, seed), bias_initializer=keras.initializers.Constant(bias)
        )
        return keras.Sequential([keras.Input((INPUTS,)), unit])
    hidden = [layers.Dense(100, activation="relu", kernel_initializer=start(100, seed + i)) for i in (0, 1)]
    out = layers.Dense(1 if remedy == "end-to-end" else 100, kernel_initializer=start(100, seed + 2))
    return keras.Sequential([keras.Input((INPUTS,)), *hidden, out])


def learn(*, remedy: str, updates: int, every: int, seed: int, offset: float | None = None) -> Outcome:
    """Adam on fresh batches of 256, squared error (``classes``: cross-entropy).

    Parameters
    ----------
    remedy
        ``straight``: the step function differentiated as it is; ``forward``: its derivative replaced
        by 1; ``smooth``: it replaced by a sum of sigmoids; ``end-to-end``: a net gives the level's
        value; ``classes``: a net gives its number.
    offset
        Distance of the first bias from the true one; None: it begins at 0, as published.

    Returns
    -------
    fields
        ``accuracy``: share of 10,000 fresh points with the right level (``smooth``: by the true step
        function of its linear unit, ``end-to-end``: the level nearest to its answer); ``exact``: share
        of answers within 1e-4 of a level; ``common``: share of the commonest level; for the linear
        units ``weights``: \\|w - w*\\| / \\|w*\\|, ``bias``: \\|b - b*\\|, ``moved``: largest change
        of a weight since the start.
    arrays
        ``at``, and ``accuracy`` there; ``value``, ``answer``: w*.x + b* - b* and the answer less b* for
        500 points (``classes``: of the level).
    """
    import keras
    import tensorflow as tf

    truth = Truth.draw(seed)
    model = _model(remedy, seed, 0.0 if offset is None else truth.b + offset)
    levels, w = tf.constant(truth.levels, tf.float32), tf.constant(truth.w[:, None], tf.float32)
    gaps = levels[1:] - levels[:-1]
    crossentropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def number(p: Any) -> Any:
        return tf.maximum(tf.reduce_sum(tf.cast(p >= levels, tf.int32), axis=1) - 1, 0)

    def step(p: Any) -> Any:
        return tf.gather(levels, number(p))[:, None]

    def sample(batch: Any, rows: int) -> tuple[Any, Any]:
        x = tf.random.stateless_normal([rows, INPUTS], batch) / 100.0
        return x, tf.matmul(x, w) + tf.constant(truth.b, tf.float32)

    def answer(x: Any) -> Any:
        p = model(x)
        if remedy == "straight":
            return step(p)
        if remedy == "forward":
            return p + tf.stop_gradient(step(p) - p)
        if remedy == "smooth":
            # L = 10 of the publication: slope 5 L / gap, centre a twentieth of the gap below its upper end.
            rise = tf.sigmoid(50.0 / gaps * (p - (levels[1:] - gaps / 20.0)))
            return levels[0] + tf.reduce_sum(gaps * rise, axis=1, keepdims=True)
        return p

    def loss(batch: Any) -> Any:
        x, p = sample(batch, BATCH)
        if remedy == "classes":
            return crossentropy(number(p), answer(x))
        return tf.reduce_mean(tf.square(answer(x) - step(p)))

    @graph
    def check(batch: Any) -> Any:
        x, p = sample(batch, 10_000)
        answers, right = answer(x), number(p)
        if remedy == "classes":
            chosen = tf.argmax(answers, axis=1, output_type=tf.int32)
            answers = tf.gather(levels, tf.minimum(chosen, len(STEPS) - 1))[:, None]
        elif remedy == "end-to-end":
            chosen = tf.argmin(tf.abs(answers - levels), axis=1, output_type=tf.int32)
        else:
            chosen = number(model(x))
        near = tf.reduce_min(tf.abs(answers - levels), axis=1)
        return tf.cast(chosen == right, tf.float32), near, right, p[:500, 0], answers[:500, 0]

    first = [v.numpy() for v in model.trainable_variables]
    training = Updates(loss, model.trainable_variables, adam(RATES[remedy]), seed)
    at, accuracies = [], []
    for done in checks(training, updates, every):
        hit, near, right, value, answers = (a.numpy() for a in check(key(seed, CHECK + done)))
        at.append(done)
        accuracies.append(float(hit.mean()))
    fields = {
        "accuracy": accuracies[-1],
        "exact": float(np.mean(near < 1e-4)),
        "common": float(np.bincount(right).max() / len(right)),
    }
    last = [v.numpy() for v in model.trainable_variables]
    fields["moved"] = max(float(np.abs(a - b).max()) for a, b in zip(first, last, strict=True))
    if len(last) == 2:
        fields["weights"] = float(np.linalg.norm(last[0][:, 0] - truth.w) / np.linalg.norm(truth.w))
        fields["bias"] = float(abs(last[1][0] - truth.b))
    arrays = {"at": np.array(at), "accuracy": np.array(accuracies)}
    return fields, {**arrays, "value": value - truth.b, "answer": answers - truth.b}
