"""One fit of a network on tensors, which Python or R has built and filled."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray, as_float, fingerprint
from crossframe.frameworks.initial_weights import initial_weights, received
from crossframe.frameworks.keras.effective import effective
from crossframe.frameworks.keras.layers import output
from crossframe.frameworks.keras.loop import Loop, Weights, held, schedule, start_from
from crossframe.frameworks.keras.net import Net
from crossframe.frameworks.keras.recipe import sizes
from crossframe.settings.vocabulary_networks import given_seed

_SEEDS = 2**32
"""Keras takes seeds below this."""
_PER_FIT = ("epochs", "batch_size", "shuffle", "scaling", "validation_split", "initial_epoch")
"""Settings that may differ between fits of one compiled loop."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a fit: scores of both sets of rows, (m,) and (n,), and what was really done.

    A score is P(class 1), or the number that is predicted.

    ``intercept`` and ``slopes`` (k,) are the output layer on the scale of the features as sent, for a
    network without hidden layers.
    """

    score: FloatArray
    train_score: FloatArray
    finite: bool
    updates: int
    effective: Net
    fingerprint: str
    initial_weights: str
    timings: dict[str, float]
    intercept: float = math.nan
    slopes: FloatArray | None = None

    def json(self) -> str:
        """Everything but the arrays, for a caller in another language."""
        fields = ("finite", "updates", "effective", "fingerprint", "initial_weights", "timings")
        return json.dumps({name: getattr(self, name) for name in fields})


class Runner:
    """Fits networks, and keeps compiled loops for later fits with the same settings and shapes."""

    def __init__(self) -> None:
        # No loop is dropped: TensorFlow keeps a compiled program of about 15 MB until the process ends,
        # and compiling again would add another one.
        self._loops: dict[str, Loop] = {}

    def run(
        self, net: Net, image: object, build: Callable[[], Any], X: Any, y: Any, X_eval: Any, seed: int
    ) -> Outcome:
        """Train from new initial weights, and predict.

        Parameters
        ----------
        net, image
            The settings for ``build``, and the shape of the image, if any.
        build
            Makes the model and its optimizer, a pair; called when none is kept for these settings.
        X, y, X_eval
            float64 tensors or arrays (n, k), (n,), (m, k), as the framework received them.
        seed
            Seed of the weights, the dropout and the row order.
        """
        import keras

        clock = [perf_counter()]
        echo = fingerprint(np.asarray(X), np.asarray(y))
        clock.append(perf_counter())
        shift, unit = scaling(np.asarray(X), str(net["scaling"]))
        keras.utils.set_random_seed(seed % _SEEDS)
        given = _given(net, X.shape[1])
        loop = self._loop(net, (image, X.shape[1]), build, given)
        start = received(given, held(loop.model)) if given else ""
        batch, last, first = (int(as_float(net.get(k, 0))) for k in ("batch_size", "epochs", "initial_epoch"))
        epochs = max(0, last - first)
        kept = trained_on(len(y), as_float(net.get("validation_split", 0.0)))
        plan = schedule(kept, batch, epochs, bool(net["shuffle"]), seed)
        if net["scaling"] != "none":
            X, X_eval = (X - shift) / unit, (X_eval - shift) / unit
        if epochs:
            loop.train(X[:kept], y[:kept], plan, epochs, balanced(np.asarray(y[:kept])))
        weights = [v.numpy() for v in loop.model.trainable_variables]
        clock.append(perf_counter())
        score, train_score = loop.predict(X_eval), loop.predict(X)
        clock.append(perf_counter())
        slopes, intercept = None, math.nan
        if not net["hidden"] and weights[0].shape[1] <= 2:
            slopes = weights[0][:, -1] / unit
            bias = float(weights[1][-1]) if len(weights) > 1 else 0.0
            intercept = bias - float(slopes @ shift)
        return Outcome(
            score=score,
            train_score=train_score,
            finite=all(np.isfinite(a).all() for a in (score, train_score, *weights)),
            updates=int(np.asarray(loop.optimizer.iterations)),
            effective=effective(net, loop),
            fingerprint=echo,
            initial_weights=start,
            timings=dict(zip(("verify", "fit", "predict"), np.diff(clock).tolist(), strict=True)),
            intercept=intercept,
            slopes=slopes,
        )

    def _loop(self, net: Net, shape: object, build: Callable[[], Any], given: Weights) -> Loop:
        key = json.dumps([{k: v for k, v in net.items() if k not in _PER_FIT}, shape], sort_keys=True)
        if key in self._loops:
            self._loops[key].restart(given)
        else:
            model, optimizer = build()
            start_from(model, given)
            self._loops[key] = self._made(model, optimizer, net)
        return self._loops[key]

    def _made(self, model: Any, optimizer: Any, net: Net) -> Loop:
        return Loop(model, optimizer, str(net["loop"]), net)


def _given(net: Net, features: int) -> Weights:
    """The initial weights that crossframe draws for a multilayer perceptron; none where Keras does."""
    seed = given_seed(net.get("initial_weights"))
    if seed is None:
        return []
    return initial_weights(seed, features, sizes(net, "hidden"), output(net)[0])


def scaling(X: FloatArray, how: str) -> tuple[FloatArray, FloatArray]:
    """Shift and unit, both (k,), that take ``X`` to its scaled form (X - shift) / unit.

    ``max`` divides by the largest absolute value in ``X``; ``sd_n-1`` centres each column and
    divides by its standard deviation (divisor n - 1). A unit of zero is taken as one.
    """
    k = X.shape[1]
    shift, unit = np.zeros(k), np.ones(k)
    if how == "max":
        unit = np.full(k, np.abs(X).max())
    elif how == "sd_n-1":
        shift, unit = X.mean(axis=0), X.std(axis=0, ddof=1)
    unit[unit == 0] = 1.0
    return shift, unit


def trained_on(n: int, validation_split: float) -> int:
    """Rows that ``model.fit`` trains on, the first ones: floor(n * (1 - validation_split)), at least one."""
    return max(1, math.floor(n * (1.0 - validation_split)))


def balanced(y: FloatArray) -> tuple[float, float]:
    """Weights n / (2 n_k) of the classes 0 and 1; (1, 1) for numbers, and where one class is absent."""
    ones = int((y == 1).sum())
    if ones in (0, len(y)) or not np.isin(y, (0, 1)).all():
        return 1.0, 1.0
    return len(y) / (2 * (len(y) - ones)), len(y) / (2 * ones)
