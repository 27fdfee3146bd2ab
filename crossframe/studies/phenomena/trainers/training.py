"""Keras perceptrons: batch normalisation, many starts, randomisation at matched loss, random labels.

``setup`` of every function are the fields of `crossframe.studies.training.perceptron.Setup`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray
from crossframe.studies.phenomena.trainers.numerics import BATCH
from crossframe.studies.training import Outcome, descent
from crossframe.studies.training.images import Images, batches
from crossframe.studies.training.perceptron import Net, Setup

SHARED = 1000
"""Test images, the first ones, on which all frameworks are scored: H2O takes no more in good time."""


def speed(*, norm: bool, rates: Sequence[float], updates: int, target: float, **setup: Any) -> Outcome:
    """Updates until the training loss is ``target``, with or without batch normalisation.

    Returns
    -------
    arrays
        ``updates``, ``accuracy`` (rates, seeds): updates, looked at every ten, infinite where the
        loss was not reached; and test accuracy then, with batch normalisation by the statistics of
        the training images.
    """
    given, every = Setup(**setup), 10
    arrays = given.empty(("updates", "accuracy"), len(rates))
    arrays["updates"][:] = np.inf
    for j, seed, data, net in given.each(norm=norm):
        rows = batches(len(data.y), BATCH, updates, seed)
        for i, rate in enumerate(rates):
            net.start(seed)
            trained = net.train(data.X, data.y, rows, rate, every, target)
            if trained.loss[-1] <= target:
                arrays["updates"][i, j] = len(trained.loss) * every
            if norm:
                net.settle(data.X)
            arrays["accuracy"][i, j] = net.accuracy(data)
    return {}, arrays


def starts(*, rate: float, updates: int, **setup: Any) -> Outcome:
    """Many starts and orders of rows on the same images.

    Returns
    -------
    arrays
        ``loss`` (seeds, blocks): training loss after each fiftieth of the updates; ``train``,
        ``accuracy`` (seeds,): training and test accuracy at the end.
    """
    loss, train, accuracy = [], [], []
    for _, seed, data, net in Setup(**setup).each():
        net.start(seed)
        rows = batches(len(data.y), BATCH, updates, seed)
        trained = net.train(data.X, data.y, rows, rate, updates // 50)
        loss.append(trained.loss)
        train.append(trained.accuracy[-1])
        accuracy.append(net.accuracy(data))
    return {}, {"loss": np.array(loss), "train": np.array(train), "accuracy": np.array(accuracy)}


_SCORED = ("accuracy", "logloss", "updates")


def randomised(*, means: dict[str, Any], rate: float, updates: int, target: float, **setup: Any) -> Outcome:
    """Train by one means of regularisation until the training loss, taken without it, is ``target``.

    ``means`` are fields of `crossframe.studies.training.perceptron.Spec`.

    Returns
    -------
    arrays
        ``accuracy``, ``logloss``, ``updates`` (seeds,): on the test images, and updates done, where
        the training loss first was ``target``, interpolated between two looks ten updates apart; no
        number where it was not reached.
    """
    given, every = Setup(**setup), 10
    arrays = given.empty(_SCORED)
    for j, seed, data, net in given.each(**means):
        net.start(seed)
        rows = batches(len(data.y), BATCH, updates, seed)
        measure = partial(_scored, net, data)
        (at_target,) = descent.descend(net, data.X, data.y, rows, rate, every, [target], measure)
        for name, value in (at_target or {}).items():
            arrays[name][j] = value
    return {}, arrays


def bagged(
    *, members: int, bootstrap: bool, rate: float, updates: int, target: float, **setup: Any
) -> Outcome:
    """Networks on resampled rows, taken where the loss of their mean probability is ``target``.

    Every member starts from weights of its own. ``bootstrap`` draws its 1,000 rows with
    replacement; without, each sees all rows. Arrays as of `randomised`; one update is one of every
    member.
    """
    given, every = Setup(**setup), 20
    arrays = given.empty(_SCORED)
    for j, seed, data, net in given.each():
        n, states, rows = len(data.y), [], []
        for k in range(members):
            own = 1000 * seed + k
            net.start(own)
            states.append(net.weights())
            sample = np.random.default_rng([own, 7]).integers(0, n, n) if bootstrap else np.arange(n)
            rows.append(sample.astype(np.int32)[batches(n, BATCH, updates, own)])
        last, before = np.inf, states
        for step in range(0, updates, every):
            mean, after = np.zeros((n, 10)), []
            for state, order in zip(before, rows, strict=True):
                net.put(state)
                net.train(data.X, data.y, order[step : step + every], rate, every)
                after.append(net.weights())
                mean += net.scores(data.X) / members
            loss = _logloss(mean, data.y)
            if loss <= target:
                looks = [
                    (at, {**_judged(_mean(net, part, data), data), "updates": float(done)})
                    for at, part, done in ((last, before, step), (loss, after, step + every))
                ]
                for name, value in descent.between(looks[0], looks[1], target).items():
                    arrays[name][j] = value
                break
            last, before = loss, after
    return {}, arrays


def labelled(*, labels: str, rate: float, updates: int, target: float, **setup: Any) -> Outcome:
    """Train on true or on random labels until the training loss is ``target``.

    Returns
    -------
    arrays
        ``train``, ``accuracy``, ``all``, ``updates``, ``loss`` (seeds,): accuracy on the training
        images, on the first `SHARED` test images with their true labels, and on all of these;
        updates done, training loss.
    """
    given, every = Setup(**setup), 100
    arrays = given.empty(("train", "accuracy", "all", "updates", "loss"))
    for j, seed, data, net in given.each(labels):
        net.start(seed)
        rows = batches(len(data.y), BATCH, updates, seed)
        trained = net.train(data.X, data.y, rows, rate, every, target)
        right = net.scores(data.X_test).argmax(axis=1) == data.y_test
        arrays["train"][j], arrays["all"][j] = trained.accuracy[-1], np.mean(right)
        arrays["accuracy"][j] = np.mean(right[:SHARED])
        arrays["updates"][j], arrays["loss"][j] = len(trained.loss) * every, trained.loss[-1]
    return {}, arrays


def _logloss(scores: FloatArray, y: NDArray[Any]) -> float:
    return float(-np.mean(np.log(np.maximum(scores[np.arange(len(y)), y], 1e-12))))


def _mean(net: Net, states: Sequence[list[NDArray[Any]]], data: Images) -> FloatArray:
    total = np.zeros((len(data.y_test), 10))
    for state in states:
        net.put(state)
        total += net.scores(data.X_test) / len(states)
    return total


def _scored(net: Net, data: Images) -> dict[str, float]:
    return _judged(net.scores(data.X_test), data)


def _judged(scores: FloatArray, data: Images) -> dict[str, float]:
    right = scores.argmax(axis=1) == data.y_test
    return {"accuracy": float(np.mean(right)), "logloss": _logloss(scores, data.y_test)}
