"""Keras perceptrons: batch normalisation, many starts, randomisation at matched loss, random labels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.engines.base import FloatArray
from crossframe.studies.trainers import phenomena_net as network
from crossframe.studies.trainers import sgd_descent as descent
from crossframe.studies.trainers.phenomena_data import Images, batches, images, kernels
from crossframe.studies.trainers.phenomena_numeric import BATCH, Outcome

SOURCES = (*descent.SOURCES, "studies/trainers/phenomena_numeric.py")
SHARED = 1000
"""Test images, the first ones, on which all frameworks are scored: H2O takes no more in good time."""


def speed(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    norm: bool,
    rates: Sequence[float],
    updates: int,
    target: float,
    seeds: Sequence[int],
) -> Outcome:
    """Updates until the training loss is ``target``, with or without batch normalisation.

    Returns
    -------
    arrays
        ``updates``, ``accuracy`` (rates, seeds): updates, looked at every ten, infinite where the
        loss was not reached; and test accuracy then, with batch normalisation by the statistics of
        the training images.
    """
    network.on_cpu()
    every = 10
    found = {name: np.full((len(rates), len(seeds)), np.inf) for name in ("updates", "accuracy")}
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        net = network.cached(network.Spec(data.X.shape[1], tuple(hidden), norm=norm))
        rows = batches(len(data.y), BATCH, updates, seed)
        for i, rate in enumerate(rates):
            net.start(kernels(net.spec.sizes, seed), seed)
            trained = net.train(data.X, data.y, rows, rate, every, target)
            if trained.loss[-1] <= target:
                found["updates"][i, j] = len(trained.loss) * every
            if norm:
                net.settle(data.X)
            found["accuracy"][i, j] = _accuracy(net, data)
    return {}, found


def starts(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    rate: float,
    updates: int,
    seeds: Sequence[int],
    sample: int,
) -> Outcome:
    """Many starts and orders of rows on the same images.

    Returns
    -------
    arrays
        ``loss`` (seeds, blocks): training loss after each fiftieth of the updates; ``train``,
        ``accuracy`` (seeds,): training and test accuracy at the end.
    """
    network.on_cpu()
    data = images(dataset, data_dir, sample)
    net = network.cached(network.Spec(data.X.shape[1], tuple(hidden)))
    loss, train, accuracy = [], [], []
    for seed in seeds:
        net.start(kernels(net.spec.sizes, seed), seed)
        rows = batches(len(data.y), BATCH, updates, seed)
        trained = net.train(data.X, data.y, rows, rate, updates // 50)
        loss.append(trained.loss)
        train.append(trained.accuracy[-1])
        accuracy.append(_accuracy(net, data))
    return {}, {"loss": np.array(loss), "train": np.array(train), "accuracy": np.array(accuracy)}


def randomised(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    means: dict[str, float],
    rate: float,
    updates: int,
    target: float,
    seeds: Sequence[int],
) -> Outcome:
    """Train by one means of regularisation until the training loss, taken without it, is ``target``.

    ``means`` are fields of `phenomena_net.Spec`.

    Returns
    -------
    arrays
        ``accuracy``, ``logloss``, ``updates`` (seeds,): on the test images, and updates done, where
        the training loss first was ``target``, interpolated between two looks ten updates apart; no
        number where it was not reached.
    """
    network.on_cpu()
    every = 10
    found = {k: np.full(len(seeds), np.nan) for k in ("accuracy", "logloss", "updates")}
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        net = network.cached(network.Spec(data.X.shape[1], tuple(hidden), **means))  # type: ignore[arg-type]
        net.start(kernels(net.spec.sizes, seed), seed)
        rows = batches(len(data.y), BATCH, updates, seed)
        (told,) = descent.descend(
            net, data.X, data.y, rows, rate, every, [target], partial(_scored, net, data)
        )
        for name, value in (told or {}).items():
            found[name][j] = value
    return {}, found


def bagged(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    members: int,
    bootstrap: bool,
    rate: float,
    updates: int,
    target: float,
    seeds: Sequence[int],
) -> Outcome:
    """Networks on resampled rows, taken where the loss of their mean probability is ``target``.

    Every member starts from weights of its own. ``bootstrap`` draws its 1,000 rows with
    replacement; without, each sees all rows. Arrays as of `randomised`; one update is one of every
    member.
    """
    network.on_cpu()
    every = 20
    found = {k: np.full(len(seeds), np.nan) for k in ("accuracy", "logloss", "updates")}
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        net = network.cached(network.Spec(data.X.shape[1], tuple(hidden)))
        n, states, rows = len(data.y), [], []
        for k in range(members):
            own = 1000 * seed + k
            net.start(kernels(net.spec.sizes, own), own)
            states.append(net.weights())
            drawn = np.random.default_rng([own, 7]).integers(0, n, n) if bootstrap else np.arange(n)
            rows.append(drawn.astype(np.int32)[batches(n, BATCH, updates, own)])
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
                    found[name][j] = value
                break
            last, before = loss, after
    return {}, found


def labelled(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    labels: str,
    rate: float,
    updates: int,
    target: float,
    seeds: Sequence[int],
) -> Outcome:
    """Train on true or on random labels until the training loss is ``target``.

    Returns
    -------
    arrays
        ``train``, ``accuracy``, ``all``, ``updates``, ``loss`` (seeds,): accuracy on the training
        images, on the first `SHARED` test images with their true labels, and on all of these;
        updates done, training loss.
    """
    network.on_cpu()
    every = 100
    found = {k: np.empty(len(seeds)) for k in ("train", "accuracy", "all", "updates", "loss")}
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed, labels)
        net = network.cached(network.Spec(data.X.shape[1], tuple(hidden)))
        net.start(kernels(net.spec.sizes, seed), seed)
        rows = batches(len(data.y), BATCH, updates, seed)
        trained = net.train(data.X, data.y, rows, rate, every, target)
        right = net.scores(data.X_test).argmax(axis=1) == data.y_test
        found["train"][j], found["all"][j] = trained.accuracy[-1], np.mean(right)
        found["accuracy"][j] = np.mean(right[:SHARED])
        found["updates"][j], found["loss"][j] = len(trained.loss) * every, trained.loss[-1]
    return {}, found


def _accuracy(net: network.Net, data: Images) -> float:
    return float(np.mean(net.scores(data.X_test).argmax(axis=1) == data.y_test))


def _logloss(scores: FloatArray, y: NDArray[Any]) -> float:
    return float(-np.mean(np.log(np.maximum(scores[np.arange(len(y)), y], 1e-12))))


def _mean(net: network.Net, states: Sequence[list[NDArray[Any]]], data: Images) -> FloatArray:
    total = np.zeros((len(data.y_test), 10))
    for state in states:
        net.put(state)
        total += net.scores(data.X_test) / len(states)
    return total


def _scored(net: network.Net, data: Images) -> dict[str, float]:
    return _judged(net.scores(data.X_test), data)


def _judged(scores: FloatArray, data: Images) -> dict[str, float]:
    right = scores.argmax(axis=1) == data.y_test
    return {"accuracy": float(np.mean(right)), "logloss": _logloss(scores, data.y_test)}
