"""Keras perceptrons: batch normalisation, many starts, randomisation at matched loss, random labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.engines.base import FloatArray
from crossframe.studies.trainers import phenomena_net as network
from crossframe.studies.trainers.phenomena_data import Images, batches, images, kernels
from crossframe.studies.trainers.phenomena_numeric import BATCH, Outcome

SOURCES = (*network.SOURCES, "studies/trainers/phenomena_numeric.py")


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
        loss was not reached; and test accuracy then.
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
        ``accuracy``, ``logloss``, ``updates``, ``loss`` (seeds,): on the test images, and where
        training stopped; no number where ``target`` was not reached.
    """
    network.on_cpu()
    every = 10
    found = {k: np.full(len(seeds), np.nan) for k in ("accuracy", "logloss", "updates", "loss")}
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed)
        net = network.cached(network.Spec(data.X.shape[1], tuple(hidden), **means))  # type: ignore[arg-type]
        net.start(kernels(net.spec.sizes, seed), seed)
        rows = batches(len(data.y), BATCH, updates, seed)
        trained = net.train(data.X, data.y, rows, rate, every, target)
        if trained.loss[-1] <= target:
            _judge(found, j, net.scores(data.X_test), data)
            found["updates"][j], found["loss"][j] = len(trained.loss) * every, trained.loss[-1]
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
    """Networks on resampled rows, stopped when the loss of their mean probability is ``target``.

    Every member starts from weights of its own. ``bootstrap`` draws its 1,000 rows with
    replacement; without, each sees all rows. Arrays as of `randomised`; one update is one of every
    member.
    """
    network.on_cpu()
    every = 20
    found = {k: np.full(len(seeds), np.nan) for k in ("accuracy", "logloss", "updates", "loss")}
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
        for step in range(0, updates, every):
            mean = np.zeros((n, 10))
            for k in range(members):
                net.put(states[k])
                net.train(data.X, data.y, rows[k][step : step + every], rate, every)
                states[k] = net.weights()
                mean += net.scores(data.X) / members
            loss = _logloss(mean, data.y)
            if loss <= target:
                found["updates"][j], found["loss"][j] = step + every, loss
                _judge(found, j, _mean(net, states, data), data)
                break
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
        ``train``, ``accuracy``, ``updates``, ``loss`` (seeds,): accuracy on the training images and
        on the test images with their true labels, updates done, training loss.
    """
    network.on_cpu()
    every = 100
    found = {k: np.empty(len(seeds)) for k in ("train", "accuracy", "updates", "loss")}
    for j, seed in enumerate(seeds):
        data = images(dataset, data_dir, seed, labels)
        net = network.cached(network.Spec(data.X.shape[1], tuple(hidden)))
        net.start(kernels(net.spec.sizes, seed), seed)
        rows = batches(len(data.y), BATCH, updates, seed)
        trained = net.train(data.X, data.y, rows, rate, every, target)
        found["train"][j], found["accuracy"][j] = trained.accuracy[-1], _accuracy(net, data)
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


def _judge(found: dict[str, FloatArray], j: int, scores: FloatArray, data: Images) -> None:
    found["accuracy"][j] = np.mean(scores.argmax(axis=1) == data.y_test)
    found["logloss"][j] = _logloss(scores, data.y_test)
