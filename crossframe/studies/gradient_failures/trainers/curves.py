"""Knots of piecewise-linear curves: what conditioning makes of an easy linear problem."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.studies.training import Outcome
from crossframe.studies.training.updates import CHECK, Updates, start

POINTS = 100
_SLOPES = np.array([[1, -1, 1], [1, -2, 1], [-2, 1, -1], [1, -1, 2]], float)
"""Slopes after the first, the second and the third knot; before the first one it is 0."""
SETTINGS = {"dense": (1e-4, 100), "conv": (0.05, 100), "conditioned": (0.99, 10)}
"""Adam's rate and the batch, by net."""


def matrix() -> NDArray[np.float64]:
    """W with W_ij = [i - j + 1]_+: curve = W times changes of slope; its inverse takes second differences."""
    i = np.arange(POINTS)
    w: NDArray[np.float64] = np.maximum(i[:, None] - i[None] + 1.0, 0.0)
    return w


def curves(count: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``count`` curves f (count, 100) and their changes of slope p, f = W p: three of 100 are not zero.

    Drawn as the publication's script does, which is not the uniform law of its text.
    """
    rng = np.random.default_rng(seed)
    p = np.zeros((count, POINTS))
    for row in p:
        knots = 3 + np.sort(rng.choice(94, 3, replace=False))
        row[knots] = np.diff(_SLOPES[rng.integers(4)], prepend=0.0)
    return p @ matrix().T, p


def windows(f: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each point with the two before it, zeros before the first: (rows, 100, 3)."""
    padded = np.pad(f, [(0, 0), (2, 0)])
    return np.stack([padded[:, i : i + POINTS] for i in range(3)], axis=-1)


def conditioner(seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """C^(-1/2) of the windows' second moments C, (3, 3)."""
    flat = seen.reshape(-1, 3)
    values, vectors = np.linalg.eigh(flat.T @ flat / len(flat))
    root: NDArray[np.float64] = vectors @ np.diag(values**-0.5) @ vectors.T
    return root


def direct(*, net: str, checks: list[int], seed: int) -> Outcome:
    """Learn f -> p with zero weights to begin with, Adam (.9, .999, 1e-8), 10,000 curves.

    ``net``: ``dense`` 100 x 100, loss summed over the points; ``conv`` 3 taps, loss averaged;
    ``conditioned``: the same with the windows multiplied by `conditioner`.

    Returns
    -------
    fields
        ``condition``: of W for ``dense``, of the windows' second moments for the others; ``zero``: loss
        of a net that answers 0.
    arrays
        ``at`` = checks; ``loss``: sum over the points, mean over 1,000 other curves; ``curve``: the
        first of those (100,); ``rebuilt`` (checks, 100): the same from the net's answer.
    """
    import keras
    import tensorflow as tf

    rate, batch = SETTINGS[net]
    (f, p), (f_new, p_new) = curves(10_000, seed), curves(1_000, seed + 500_000)
    seen = windows(f)
    change = conditioner(seen) if net == "conditioned" else np.eye(3)
    inputs = [f, f_new] if net == "dense" else [windows(g) @ change for g in (f, f_new)]
    layer = keras.layers.Dense(POINTS if net == "dense" else 1, use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input(inputs[0].shape[1:]), layer])
    X, answers = tf.constant(inputs[0], tf.float32), tf.constant(p, tf.float32)

    def loss(numbers: Any) -> Any:
        rows = tf.random.stateless_uniform([batch], numbers, 0, len(f), tf.int32)
        answered = tf.reshape(model(tf.gather(X, rows)), [batch, POINTS])
        squared = tf.square(answered - tf.gather(answers, rows))
        return tf.reduce_mean(tf.reduce_sum(squared, axis=1)) if net == "dense" else tf.reduce_mean(squared)

    optimizer = keras.optimizers.Adam(rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8)
    training = Updates(loss, model.trainable_variables, optimizer, seed)
    losses, rebuilt = [], []
    for at in checks:
        training.run(at - training.done)
        kernel = model.layers[-1].kernel.numpy().astype(np.float64)
        answered = (inputs[1] @ kernel).reshape(-1, POINTS)
        losses.append(float(np.sum((answered - p_new) ** 2, axis=1).mean()))
        rebuilt.append(matrix() @ answered[0])
    flat = seen.reshape(-1, 3)
    ill = np.linalg.cond(matrix() if net == "dense" else change @ flat.T @ flat @ change)
    fields = {"condition": float(ill), "zero": float(np.sum(p_new**2, axis=1).mean())}
    arrays = {
        "at": np.array(checks),
        "loss": np.array(losses),
        "curve": f_new[0],
        "rebuilt": np.array(rebuilt),
    }
    return fields, arrays


def autoencoder(*, checks: list[int], seed: int) -> Outcome:
    """100 -> 500 -> 100 -> 6 (relu, the code too) -> 100 -> 100 -> 100 linear; Adam .001, batch 100.

    Fresh curves with knots U(0, 100) and slopes U(-1, 1); mean squared error of the curve.

    Returns
    -------
    arrays
        ``at`` = checks; ``curve_error``: mean squared error of the curve relative to its mean square;
        ``kink_error``: the same of its second differences, 1 for a straight line; ``near``: mean squared
        error within two points of a knot over that at the other points; ``curve``, ``rebuilt`` as of
        `direct`.
    """
    import keras
    import tensorflow as tf

    widths = (500, 100, 6, 100, 100, POINTS)
    layers = [
        keras.layers.Dense(
            width,
            activation="relu" if i < len(widths) - 1 else None,
            kernel_initializer=start((POINTS, *widths)[i], seed + i),
        )
        for i, width in enumerate(widths)
    ]
    model = keras.Sequential([keras.Input((POINTS,)), *layers])
    place = tf.range(POINTS, dtype=tf.float32)

    def sample(numbers: Any, rows: int) -> tuple[Any, Any]:
        u = tf.random.stateless_uniform([2, rows, 3], numbers)
        knots, slopes = POINTS * tf.sort(u[0], axis=1), 2 * u[1] - 1
        steps = slopes - tf.pad(slopes, [[0, 0], [1, 0]])[:, :3]
        return tf.reduce_sum(steps[..., None] * tf.nn.relu(place - knots[..., None]), axis=1), knots

    def loss(numbers: Any) -> Any:
        f, _ = sample(numbers, 100)
        return tf.reduce_mean(tf.square(model(f) - f))

    optimizer = keras.optimizers.Adam(0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-8)
    training = Updates(loss, model.trainable_variables, optimizer, seed)
    sampled, knots = sample(tf.constant([seed, CHECK]), 1000)
    f = sampled.numpy().astype(np.float64)
    close = np.any(np.abs(np.arange(POINTS) - knots.numpy()[..., None]) <= 2, axis=1)
    series: dict[str, list[Any]] = {"curve_error": [], "kink_error": [], "near": [], "rebuilt": []}
    for at in checks:
        training.run(at - training.done)
        answered = model(tf.constant(f, tf.float32)).numpy().astype(np.float64)
        series["curve_error"].append(np.sum((answered - f) ** 2) / np.sum(f**2))
        kinks = np.diff(f, 2, axis=1)
        series["kink_error"].append(np.sum((np.diff(answered, 2, axis=1) - kinks) ** 2) / np.sum(kinks**2))
        wrong = (answered - f) ** 2
        series["near"].append(wrong[close].mean() / wrong[~close].mean())
        series["rebuilt"].append(answered[0])
    arrays = {name: np.array(values) for name, values in series.items()}
    return {}, {"at": np.array(checks), "curve": f[0], **arrays}
