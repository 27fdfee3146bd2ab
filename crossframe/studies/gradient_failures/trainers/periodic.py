"""Periodic functions of a linear one, learned by gradient; and how much gradients tell of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.studies.gradient_failures.trainers.parity import net
from crossframe.studies.training import Outcome
from crossframe.studies.training.updates import CHECK, Updates, adam, checks, graph, key


def learn(*, d: int, updates: int, every: int, seed: int) -> Outcome:
    """cos(w.x) for standard normal x of ``d`` numbers and a random w of length sqrt(d).

    The net of the parities; squared error, the publication's Adam with rate .001, fresh batches of 128.

    Returns
    -------
    fields
        ``explained``: 1 less the squared error over the variance of cos(w.x), on 10,000 fresh points in the
        end.
    arrays
        ``at``: updates at the checks; ``explained`` there.
    """
    import tensorflow as tf

    model = net(d, seed)
    w = tf.constant(direction(d, seed)[:, None], tf.float32)

    def sample(batch: Any, rows: int) -> tuple[Any, Any]:
        x = tf.random.stateless_normal([rows, d], batch)
        return x, tf.cos(tf.matmul(x, w))

    def loss(batch: Any) -> Any:
        x, y = sample(batch, 128)
        return tf.reduce_mean(tf.square(model(x) - y))

    @graph
    def check(batch: Any) -> Any:
        x, y = sample(batch, 10_000)
        return 1.0 - tf.reduce_mean(tf.square(model(x) - y)) / tf.math.reduce_variance(y)

    training = Updates(loss, model.trainable_variables, adam(0.001), seed)
    at, explained = [], []
    for done in checks(training, updates, every):
        at.append(done)
        explained.append(float(check(key(seed, CHECK + done))))
    return {"explained": explained[-1]}, {"at": np.array(at), "explained": np.array(explained)}


def direction(d: int, seed: int) -> FloatArray:
    """A uniform direction of length sqrt(d), (d,)."""
    w = np.random.default_rng([seed, 41]).normal(size=d)
    scaled: FloatArray = w * (math.sqrt(d) / np.linalg.norm(w))
    return scaled


def variance(*, d: int, seed: int) -> Outcome:
    """How far the gradient of the squared error at the start depends on the direction of w.

    Of that gradient, 2 E[(f(x) - cos(w.x)) g(x)] with g the gradient of the net's output f, only c(w) =
    E[cos(w.x) g(x)] depends on w. Its parts for the biases depend on the length of w alone.

    Returns
    -------
    fields
        ``variance``: mean squared distance of c(w) from its mean over all directions; ``slope``: E|g(x)|^2.
        Theorem 2 of the publication bounds the first by what falls exponentially with d.
    """
    kernel, _, out, _ = (v.numpy().astype(np.float64) for v in net(d, seed).trainable_variables)
    hidden, above = float(np.sum(kernel**2)), float(np.sum(out**2))
    along, across = spreads(d)
    # Where a unit is active, on half of the points, |x|^2 is d and (u.x)^2 is |u|^2 in the mean.
    slope = 1.0 + (d + 1) / 2 * above + hidden / 2
    return {"variance": above * (along + across) + hidden * along, "slope": slope}, {}


def spreads(d: int) -> tuple[float, float]:
    """Variance over the directions of w of E[cos(w.x) z 1(z > 0)], and mean square of its part across u.

    With z = u.x standard normal for a unit vector u, a the part of w along u and b the rest of it,
    E[cos(w.x) h(z)] is exp(-|b|^2 / 2) E[cos(a z) h(z)], and |b|^2 is d - a^2. With D = dawson(a / sqrt 2) /
    sqrt pi, which is E[sin(a z) 1(z > 0)], that of z 1(z > 0) is exp(-|b|^2 / 2) (1 / sqrt(2 pi) - a D); the
    part across u of E[cos(w.x) x 1(z > 0)] is - b D exp(-|b|^2 / 2). The cosine t between w and u has a
    density in proportion to (1 - t^2)^((d - 3) / 2).
    """
    from scipy.integrate import quad
    from scipy.special import dawsn

    def mean(value: Callable[[float, float], float]) -> float:
        def weighed(angle: float) -> float:
            a = math.sqrt(d) * math.cos(angle)
            return value(a, math.exp(-(d - a * a) / 2)) * math.sin(angle) ** (d - 2)

        total = quad(lambda angle: math.sin(angle) ** (d - 2), 0, math.pi / 2, epsabs=0)[0]
        return float(quad(weighed, 0, math.pi / 2, epsabs=0, limit=200)[0] / total)

    def sine(a: float) -> float:
        return float(dawsn(a / math.sqrt(2))) / math.sqrt(math.pi)

    def first(a: float, rest: float) -> float:
        return rest * (1 / math.sqrt(2 * math.pi) - a * sine(a))

    centre = mean(first)
    along = mean(lambda a, rest: (first(a, rest) - centre) ** 2)
    return along, mean(lambda a, rest: (d - a * a) * (rest * sine(a)) ** 2)
