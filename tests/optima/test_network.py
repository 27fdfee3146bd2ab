"""The trainer for networks, by what needs no framework."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from crossframe.core.statistics import best_f1
from crossframe.core.types import FloatArray, IntArray
from crossframe.frameworks.h2o.arithmetic import H2ODropout, Pcg
from crossframe.frameworks.h2o.arithmetic import row_order as h2o_order
from crossframe.frameworks.h2o.arithmetic import starting_weights as h2o_start
from crossframe.frameworks.keras.arithmetic import as_keras
from crossframe.optima.network import (
    Event,
    InvertedDropout,
    NetworkSpec,
    Scaling,
    Stopping,
    TrainingSpec,
    gradient,
    in_turn,
    predict,
    train,
)
from crossframe.optima.network.spec import NUMBERS, Activation, Head
from crossframe.optima.updates import Adam, ApproximateAdadelta, Array, RmsProp, Sgd

NETWORK = NetworkSpec((7, 5))


def rows(n: int = 20, k: int = 6) -> tuple[FloatArray, IntArray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, k))
    return X, (X[:, 0] + rng.normal(size=n) > 0).astype(np.int64)


def start(network: NetworkSpec, k: int = 6) -> list[Array]:
    rng = np.random.default_rng(1)
    drawn = [w + rng.normal(size=w.shape) / 3 for w in h2o_start(network, k, 0)]
    return network.held(drawn)


def loss(network: NetworkSpec, weights: list[Array], X: FloatArray, y: IntArray) -> float:
    score = predict(network, weights, X)
    return float(-np.log(np.where(y == 1, score, 1 - score)).mean())


@pytest.mark.parametrize("head", [head for head in get_args(Head) if head not in NUMBERS])
@pytest.mark.parametrize("activation", get_args(Activation))
def test_the_gradient_is_the_slope_of_the_loss(activation: Activation, head: Head) -> None:
    X, y = rows()
    network = NetworkSpec((7, 5), activation, head)
    # Small weights: near certainty the loss itself is not known to enough digits.
    weights = [0.3 * w for w in start(network)]
    found, _, _ = gradient(network, weights, X, y.astype(float))
    step = 1e-6
    for array, slopes in zip(weights, found, strict=True):
        for place in itertools.islice(np.ndindex(array.shape), 0, None, 5):
            held = float(array[place])
            array[place] = held + step
            above = loss(network, weights, X, y)
            array[place] = held - step
            below = loss(network, weights, X, y)
            array[place] = held
            assert slopes[place] == pytest.approx((above - below) / (2 * step), abs=1e-8)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_every_arithmetic_computes_the_same_but_for_rounding(activation: Activation) -> None:
    X, y = rows(k=21)
    exact = NetworkSpec((16, 9), activation)
    weights = [w.astype(np.float32) for w in start(exact, 21)]
    best, _, _ = gradient(exact, exact.held(weights), X[:1], y[:1].astype(float))
    for kind, digits in (("mixed", 1e-13), ("float32", 1e-5)):
        network = replace(exact, arithmetic=kind)
        held = network.held(weights)
        found, _, _ = gradient(network, held, X[:1].astype(held[1].dtype), y[:1].astype(held[1].dtype))
        for ours, theirs in zip(found, best, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=digits, atol=digits)
        score, other = predict(network, held, X), predict(exact, exact.held(weights), X)
        np.testing.assert_allclose(score, other, atol=digits)


def test_a_batch_of_all_rows_in_full_descends_to_the_optimum_of_logistic_regression() -> None:
    X, y = rows(40, 2)
    network = NetworkSpec((), head="sigmoid1")
    begin: list[Array] = [np.zeros((2, 1)), np.zeros(1)]
    training = TrainingSpec(Sgd(2.0), batch=40, epochs=3000, l2=0.1)
    found = train(network, training, X, y, begin, in_turn(40))
    slopes, _, _ = gradient(network, found.weights, X, y.astype(float))
    np.testing.assert_allclose(slopes[0], -0.1 * found.weights[0], atol=1e-10)
    np.testing.assert_allclose(slopes[1], 0.0, atol=1e-10)
    assert (found.updates, found.epochs, found.ended_by) == (3000, 3000.0, "epochs")


def test_penalties_reach_kernels_and_where_asked_biases() -> None:
    X, y = rows()
    begin = start(NETWORK)
    step = 0.5

    def moved(**options: object) -> list[Array]:
        training = TrainingSpec(Sgd(step), batch=20, **options)  # type: ignore[arg-type]
        return train(NETWORK, training, X, y, begin, in_turn(20)).weights

    plain, some = moved(), moved(l1=0.01, l2=0.1)
    every = moved(l1=0.01, l2=0.1, penalize_biases=True)
    for i, w in enumerate(begin):
        penalty = step * (0.01 * np.sign(w) + 0.1 * w)
        np.testing.assert_allclose(plain[i] - every[i], penalty, atol=1e-14)
        np.testing.assert_allclose(plain[i] - some[i], 0 * w if i % 2 else penalty, atol=1e-14)


def test_watched_weights_are_those_of_a_shorter_training_and_nothing_given_changes() -> None:
    X, y = rows()
    begin = start(NETWORK)
    before = [w.copy() for w in begin]
    training = TrainingSpec(Adam(), batch=6, epochs=3)
    found = train(NETWORK, training, X, y, begin, in_turn(20), watch=(0, 4, 12))
    # 20 rows in batches of 6 are four updates, the last of two rows.
    # No rule asks for scores.
    assert (found.updates, found.events) == (12, ())
    once = train(NETWORK, replace(training, epochs=1), X, y, begin, in_turn(20))
    for number, expected in ((0, before), (4, once.weights), (12, found.weights)):
        for ours, theirs in zip(found.at[number], expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    for kept, given in zip(before, begin, strict=True):
        np.testing.assert_array_equal(kept, given)
    assert found.finite


def test_an_order_that_ends_ends_the_training_and_a_divergence_is_reported() -> None:
    X, y = rows()
    short = train(NETWORK, TrainingSpec(Sgd(), epochs=9), X, y, start(NETWORK), [np.arange(20)] * 2)
    assert (short.ended_by, short.epochs) == ("order", 2.0)
    wild = NetworkSpec((7, 5), "relu")
    lost = train(wild, TrainingSpec(Sgd(1e200), epochs=3), X, y, start(wild), in_turn(20))
    assert not lost.finite


def test_random_numbers_are_those_of_the_generator_one_at_a_time() -> None:
    def slowly(seed: int, count: int) -> list[int]:
        word, state = 1 << 64, 0
        found = []
        for i in range(count + 2):
            old, state = state, (state * 6364136223846793005 + 3) % word
            if i == 1:
                old, state = 0, ((3 + seed) * 6364136223846793005 + 3) % word
            mixed, turn = (((old >> 18) ^ old) >> 27) % (1 << 32), old >> 59
            found.append((mixed >> turn | mixed << (-turn & 31)) % (1 << 32))
        return found[2:]

    for seed in (0, 1, 42, -77, 2**40 + 5):
        assert Pcg(seed).outputs(1000).tolist() == slowly(seed, 1000)
    whole, parts = Pcg(5), Pcg(5)
    np.testing.assert_array_equal(whole.floats(20), np.concatenate([parts.floats(7), parts.floats(13)]))
    assert 0.4 < whole.doubles(1000).mean() < 0.6


def test_orders_that_h2o_was_seen_to_take() -> None:
    assert [next(h2o_order(n, 1)).tolist() for n in (2, 3, 4)] == [
        [1, 0],
        [2, 1, 0],
        [1, 2, 0, 3],
    ]


def test_passes_of_other_lengths() -> None:
    first, second = itertools.islice(h2o_order(9, 3), 2)
    assert sorted(first) == sorted(second) == list(range(9))
    assert first.tolist() != second.tolist()
    twice = next(h2o_order(9, 3, rows_per_pass=18))
    assert twice.tolist() == [*range(9), *range(9)]
    thirds = [len(part) for part in itertools.islice(h2o_order(900, 3, rows_per_pass=300), 50)]
    assert 290 < np.mean(thirds) < 310


def test_scaling_drops_what_is_constant_in_the_training_rows() -> None:
    X, _ = rows()
    X[:, 2] = 4.0
    scaling = Scaling.of(X)
    assert scaling.columns.tolist() == [0, 1, 3, 4, 5]
    scaled = scaling(X)
    np.testing.assert_allclose(scaled.mean(axis=0), 0.0, atol=1e-15)
    np.testing.assert_allclose(scaled.std(axis=0, ddof=1), 1.0)
    np.testing.assert_array_equal(Scaling.of(X, standardize=False, ignore_constant=False)(X), X)


def test_starting_weights_are_uniform_and_four_times_as_wide_at_the_end() -> None:
    weights = h2o_start(NetworkSpec((400, 300), "relu", arithmetic="mixed"), 500, 9)
    for i, (fans, factor) in enumerate([(900, 1.0), (700, 1.0), (302, 4.0)]):
        width = factor * np.sqrt(6.0 / fans)
        assert 0.98 * width < np.abs(weights[2 * i]).max() <= width
        assert weights[2 * i].dtype == np.float32
    assert [float(b[0]) for b in weights[1::2]] == [0.5, 1.0, 0.0]


def test_the_error_is_that_at_the_best_f1() -> None:
    y = np.array([0, 0, 1, 1])
    assert best_f1(np.array([0.1, 0.2, 0.3, 0.4]), y)[1] == 0.0
    # From 0.5 on: 2 hits, 1 alarm, F1 4/5; only 0.9: F1 2/3.
    assert best_f1(np.array([0.1, 0.7, 0.5, 0.9]), y)[1] == 0.25
    # Equal probabilities are one threshold.
    assert best_f1(np.full(4, 0.5), y)[1] == 0.5


def test_stopping_rules() -> None:
    def events(*losses: float) -> list[Event]:
        return [Event(value, 0.5) for value in losses]

    rule = Stopping(rounds=2)
    assert rule.ends([Event(0.1, 0.0)]) == "classification_stop"
    assert replace(rule, classification_stop=-1).ends([Event(0.1, 0.0)]) == ""
    # Averages of two of the last four: 2, 2, 2; there must be a fifth before them.
    assert rule.ends(events(2, 2, 2, 2)) == ""
    assert rule.ends(events(9, 2, 2, 2, 2)) == "stopping_rounds"
    assert rule.ends(events(9, 2, 2, 2, 1.9)) == ""
    assert replace(rule, tolerance=0.1).ends(events(9, 2, 2, 2, 1.9)) == "stopping_rounds"
    assert replace(rule, rounds=0).ends(events(9, 2, 2, 2, 2)) == ""


def test_the_best_weights_are_kept() -> None:
    X, y = rows()
    found = {}
    for best in (True, False):
        rule = Stopping(classification_stop=-1, rounds=0, keep_best=best)
        training = TrainingSpec(Sgd(2.0), epochs=15, stopping=rule)
        found[best] = train(NETWORK, training, X, y, start(NETWORK), in_turn(20))
    losses = [event.loss for event in found[True].events]
    assert losses == [event.loss for event in found[False].events]
    assert found[True].kept == int(np.argmin(losses)) + 1 < 15 == found[False].kept
    for kept in (True, False):
        number = found[kept].kept
        assert loss(NETWORK, found[kept].weights, X, y) == pytest.approx(losses[number - 1], abs=1e-14)


def test_dropped_units_and_what_makes_up_for_them() -> None:
    X, y = rows(400, 30)
    for dropout in (H2ODropout(3, "tanh", (0.5, 0.3), 0.2), InvertedDropout(3, (0.5, 0.3), 0.2)):
        masks = dropout.draw(np.arange(400), 0, (30, 40, 50))
        assert [m.shape for m in masks] == [(400, 30), (400, 40), (400, 50)]
        for mask, ratio in zip(masks, (0.2, 0.5, 0.3), strict=True):
            assert mask.mean() == pytest.approx(1 - ratio, abs=0.02)
        again = dropout.draw(np.arange(400), 400, (30, 40, 50))
        assert (masks[1] != again[1]).any()
    same = H2ODropout(3, "tanh", (0.5, 0.5)).draw(np.array([7]), 0, (30, 40, 40))
    np.testing.assert_array_equal(same[1], same[2])
    network = NetworkSpec((4,), "identity", dropout=InvertedDropout(0, (0.5,)))
    weights = start(network, 30)
    mask = [np.ones((400, 30)), np.tile([1.0, 1.0, 0.0, 0.0], (400, 1))]
    slopes, inputs, _ = gradient(network, weights, X, y.astype(float), mask)
    np.testing.assert_allclose(inputs[1][:, :2], 2 * (X @ weights[0] + weights[1])[:, :2])
    assert (slopes[0][:, 2:] == 0).all()
    assert (slopes[0][:, :2] != 0).all()
    h2o = NetworkSpec((4,), "tanh", dropout=H2ODropout(0, "tanh", (0.5,)))
    slopes, inputs, _ = gradient(h2o, weights, X, y.astype(float), mask)
    assert (inputs[1][:, 2:] == 0).all()
    # In H2O a dropped tanh unit learns all the same.
    assert (slopes[0][:, 2:] != 0).all()
    halved = [weights[0], weights[1], 0.5 * weights[2], weights[3]]
    np.testing.assert_allclose(
        predict(h2o, weights, X), predict(NetworkSpec((4,), "tanh"), halved, X), atol=1e-15
    )


def test_what_is_zero_is_passed_over_in_fast_mode() -> None:
    X, y = rows()
    X[:, 1] = 0.0
    begin = start(replace(NETWORK, arithmetic="mixed"))
    for fast in (True, False):
        training = TrainingSpec(ApproximateAdadelta(fast_mode=fast), l2=0.1, penalize_biases=True)
        network = replace(NETWORK, arithmetic="mixed")
        found = train(network, training, X, y, begin, h2o_order(20, 1))
        assert (found.weights[0][1] == begin[0][1]).all() == fast


def test_constants_as_keras_holds_them() -> None:
    assert as_keras(Sgd(0.1, 0.9), "float64") == Sgd(float(np.float32(0.1)), float(np.float32(0.9)))
    assert as_keras(RmsProp(), "float32", "float64") == RmsProp()
    rate = as_keras(Adam(), "float64").learning_rate  # type: ignore[attr-defined]
    # beta2 is 0.99900001287 in single precision: the first step is shorter by half of 1.29e-5.
    assert rate(0) / 0.001 - 1 == pytest.approx(-0.5 * 1.287e-5 + 1 / 0.1 * -2.4e-9, rel=0.05)
    assert rate(100_000) == pytest.approx(0.001, rel=1e-7)
