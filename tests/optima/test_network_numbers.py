"""The trainer for a target of numbers, by what needs no framework."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from crossframe.core.types import FloatArray
from crossframe.optima.network import (
    NetworkSpec,
    NoProgress,
    Stopping,
    TargetScaling,
    TrainingSpec,
    gradient,
    in_turn,
    predict,
    train,
)
from crossframe.optima.network.spec import NUMBERS, Head
from crossframe.optima.network.train import batch_loss
from crossframe.optima.updates import Array, Sgd

RNG = np.random.default_rng(5)
X = RNG.normal(size=(30, 3))
Y = np.round(np.exp(X[:, 0] / 2)) + 1.0


def start(head: Head) -> tuple[NetworkSpec, list[Array]]:
    network = NetworkSpec((4,), "tanh", head)
    shapes = [(3, 4), (4,), (4, 1), (1,)]
    return network, [0.4 * np.random.default_rng(1).normal(size=shape) for shape in shapes]


@pytest.mark.parametrize("head", NUMBERS)
def test_the_gradient_is_the_slope_of_the_loss_of_a_batch(head: Head) -> None:
    network, weights = start(head)
    training = TrainingSpec(Sgd(0.1))

    def loss() -> float:
        error = gradient(network, weights, X, Y)[2][-1]
        return batch_loss(network, training, weights, error, Y)

    slopes = gradient(network, weights, X, Y)[0]
    step = 1e-6
    for array, slope in zip(weights, slopes, strict=True):
        for place in itertools.islice(np.ndindex(array.shape), 0, None, 3):
            held = float(array[place])
            array[place] = held + step
            above = loss()
            array[place] = held - step
            below = loss()
            array[place] = held
            assert slope[place] == pytest.approx((above - below) / (2 * step), abs=1e-7)


def test_the_losses_are_half_the_squared_error_and_half_the_poisson_deviance() -> None:
    training = TrainingSpec(Sgd(0.1), l2=0.3)
    for head in NUMBERS:
        network, weights = start(head)
        f = predict(network, weights, X)
        rows = (Y - f) ** 2 / 2 if head == "linear1" else Y * np.log(Y / f) - Y + f
        penalty = 0.15 * sum(float((w**2).sum()) for w in weights[::2])
        error = gradient(network, weights, X, Y)[2][-1]
        assert batch_loss(network, training, weights, error, Y) == pytest.approx(rows.mean() + penalty)
        twice = batch_loss(network, replace(training, factor=2.0), weights, error, Y)
        assert twice == pytest.approx(2 * (rows.mean() + penalty))


def test_the_whole_squared_error_is_twice_the_learning_rate() -> None:
    network, begin = start("linear1")
    options = {"batch": 10, "epochs": 5, "l1": 1e-3, "l2": 0.1}
    one = train(network, TrainingSpec(Sgd(0.02), **options), X, Y, begin, in_turn(30))  # type: ignore[arg-type]
    full = TrainingSpec(Sgd(0.01), factor=2.0, **options)  # type: ignore[arg-type]
    for a, b in zip(one.weights, train(network, full, X, Y, begin, in_turn(30)).weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def least_squares() -> FloatArray:
    with_ones = np.column_stack([np.ones(30), X])
    fitted: FloatArray = with_ones @ np.linalg.lstsq(with_ones, Y, rcond=None)[0]
    return fitted


def test_without_hidden_layers_it_descends_to_least_squares_in_the_unit_of_the_target() -> None:
    network = NetworkSpec((), head="linear1")
    target = TargetScaling.by("sd_n-1", Y)
    assert (target.mean, target.unit) == (pytest.approx(Y.mean()), pytest.approx(Y.std(ddof=1)))
    training = TrainingSpec(Sgd(0.5), batch=30, epochs=400)
    done = train(network, training, X, target(Y), [np.zeros((3, 1)), np.zeros(1)], in_turn(30))
    np.testing.assert_allclose(target.back(predict(network, done.weights, X)), least_squares(), rtol=1e-9)


def test_training_ends_at_a_mean_squared_error_or_without_progress() -> None:
    network = NetworkSpec((), head="linear1")
    begin: list[Array] = [np.zeros((3, 1)), np.zeros(1)]
    goal = float(((least_squares() - Y) ** 2).mean())
    training = TrainingSpec(Sgd(0.5), batch=30, epochs=400)
    rules = (Stopping(goal * 1.001, 0, 0.0, False), NoProgress(3, 1e-6))
    for rule, name in zip(rules, ("classification_stop", "tolerance"), strict=True):
        done = train(network, replace(training, stopping=rule), X, Y, begin, in_turn(30))
        assert done.ended_by == name
        assert 1 < done.epochs < 400
    assert done.events[-1].running == pytest.approx(goal / 2, rel=1e-3)
