"""The compiled loops of the trainer against NumPy's: the same bits, in a fraction of the time."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from crossframe.core.types import FloatArray, IntArray
from crossframe.frameworks.h2o.arithmetic import H2ODropout
from crossframe.frameworks.h2o.arithmetic import row_order as h2o_order
from crossframe.frameworks.keras.arithmetic import as_keras
from crossframe.optima.network import (
    InvertedDropout,
    NetworkSpec,
    Trained,
    TrainingSpec,
    numpy_order,
    random_start,
    train,
)
from crossframe.optima.network import fast as fast_module
from crossframe.optima.network import passes as passes_module
from crossframe.optima.updates import Adadelta, Adam, AnnealedSgd, ApproximateAdadelta, Nadam, RmsProp, Sgd

train_module = __import__("sys").modules["crossframe.optima.network.train"]
N, INPUTS = 12, 37


def rows() -> tuple[FloatArray, IntArray]:
    """Rows of which 30 % of the values are 0, so that inputs are passed over."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, INPUTS)) * (rng.random((N, INPUTS)) > 0.3)
    return X, (np.arange(N) % 2).astype(np.int64)


def trained(network: NetworkSpec, training: TrainingSpec, order: Any) -> Trained:
    start = random_start(network, INPUTS, 1, "glorot_uniform")
    return train(network, training, *rows(), start, order(N, 3))


@pytest.fixture
def by_numpy(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    assert fast_module.kernels() is not None, "Numba is not installed"
    return monkeypatch


NETWORK = NetworkSpec((19, 8), "tanh")
CASES = {
    "h2o adadelta, row by row": (
        replace(NETWORK, arithmetic="mixed"), TrainingSpec(ApproximateAdadelta()), h2o_order,
    ),
    "h2o adadelta, relu": (
        replace(NETWORK, arithmetic="mixed", activation="relu"), TrainingSpec(ApproximateAdadelta()),
        h2o_order,
    ),
    "h2o adadelta, slow mode": (
        replace(NETWORK, arithmetic="mixed"), TrainingSpec(ApproximateAdadelta(fast_mode=False)), h2o_order,
    ),
    "h2o adadelta, batches, penalty": (
        replace(NETWORK, arithmetic="mixed", activation="relu"),
        TrainingSpec(ApproximateAdadelta(), 5, l1=1e-3, l2=1e-2, penalize_biases=True), numpy_order,
    ),
    "h2o adadelta, single": (
        replace(NETWORK, arithmetic="float32"), TrainingSpec(ApproximateAdadelta()), numpy_order,
    ),
    "h2o adadelta, double": (NETWORK, TrainingSpec(ApproximateAdadelta(), 5), numpy_order),
    "h2o dropout": (
        replace(NETWORK, arithmetic="mixed", dropout=H2ODropout(3, "tanh", (0.5, 0.3), 0.2)),
        TrainingSpec(ApproximateAdadelta()), h2o_order,
    ),
    "h2o sgd": (
        replace(NETWORK, arithmetic="mixed"), TrainingSpec(AnnealedSgd(momentum_start=0.5)), h2o_order,
    ),
    "h2o sgd without memory": (
        replace(NETWORK, arithmetic="mixed"),
        TrainingSpec(AnnealedSgd(rate=0.05, rate_annealing=1e-2, rate_decay=0.7, rows=N)), h2o_order,
    ),
    "adam, as keras": (
        replace(NETWORK, arithmetic="float32", dropout=InvertedDropout(1, (0.5, 0.5))),
        TrainingSpec(as_keras(Adam(), "float32"), 5), numpy_order,
    ),
    "adam with decay, one sigmoid": (
        replace(NETWORK, head="sigmoid1"), TrainingSpec(Adam(weight_decay=0.01), 5, l2=1e-2), numpy_order,
    ),
    "adam, mixed": (replace(NETWORK, arithmetic="mixed"), TrainingSpec(Adam()), h2o_order),
    "amsgrad": (NETWORK, TrainingSpec(Adam(amsgrad=True), 5), numpy_order),
    "sgd": (NETWORK, TrainingSpec(Sgd(0.05), 5), numpy_order),
    "nesterov": (
        replace(NETWORK, arithmetic="float32"), TrainingSpec(Sgd(0.05, 0.9, True), 5), numpy_order,
    ),
    "adadelta": (NETWORK, TrainingSpec(Adadelta(), 5), numpy_order),
    "rmsprop": (NETWORK, TrainingSpec(RmsProp(momentum=0.5), 5), numpy_order),
    "rmsprop, centred": (NETWORK, TrainingSpec(RmsProp(centered=True), 5), numpy_order),
    "nadam": (NETWORK, TrainingSpec(Nadam(), 5), numpy_order),
}  # fmt: skip


def _without_numba(patch: pytest.MonkeyPatch) -> None:
    for module in (fast_module, passes_module, train_module):
        patch.setattr(module, "kernels", lambda: None)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * ("row by row" in name)) for name in CASES]
)
def test_the_same_bits(by_numpy: pytest.MonkeyPatch, name: str) -> None:
    network, training, order = CASES[name]
    training = replace(training, epochs=15)
    compiled = trained(network, training, order)
    _without_numba(by_numpy)
    plain = trained(network, training, order)
    assert compiled.updates == plain.updates >= 45
    for one, other in zip(compiled.weights, plain.weights, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    assert compiled.events == plain.events


@pytest.mark.slow
def test_leeks_network_takes_a_third_of_the_time(by_numpy: pytest.MonkeyPatch) -> None:
    network = NetworkSpec((160,) * 5, "tanh", arithmetic="mixed")
    training = TrainingSpec(ApproximateAdadelta(), epochs=10)

    def seconds() -> float:
        trained(network, replace(training, epochs=1), h2o_order)
        begin = time.process_time()
        trained(network, training, h2o_order)
        return time.process_time() - begin

    compiled = min(seconds() for _ in range(3))
    _without_numba(by_numpy)
    assert compiled < seconds() / 3


def test_what_is_given_is_not_written_to() -> None:
    network, training, _ = CASES["h2o adadelta, row by row"]
    start = random_start(network, INPUTS, 1, "glorot_uniform")
    kept = [w.copy() for w in start]
    found = train(network, replace(training, epochs=2), *rows(), start, h2o_order(N, 3), watch=(0, 5))
    for w, before, at_start, later in zip(start, kept, found.at[0], found.at[5], strict=True):
        np.testing.assert_array_equal(w, before)
        np.testing.assert_array_equal(at_start, before)
        assert not np.array_equal(later, before) or not later.any()
