"""The trainer against ``h2o.deeplearning`` in its deterministic mode: from the seed alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray, Value
from crossframe.frameworks.contract import EngineConfig
from crossframe.frameworks.h2o import frames
from crossframe.frameworks.h2o.arithmetic import H2ODropout
from crossframe.frameworks.h2o.arithmetic import row_order as h2o_order
from crossframe.frameworks.h2o.arithmetic import starting_weights as h2o_start
from crossframe.frameworks.h2o.learning_rates import H2ORates
from crossframe.frameworks.h2o.learning_rates_server import NetworkTrainer
from crossframe.frameworks.h2o.rest import table
from crossframe.optima.network import NetworkSpec, Scaling, Stopping, Trained, TrainingSpec, predict, train
from crossframe.optima.updates import AnnealedSgd, ApproximateAdadelta, Array

TO_THE_END: dict[str, Value] = {
    "classification_stop": -1, "stopping_rounds": 0, "overwrite_with_best_model": False,
}  # fmt: skip
LEEK = (160,) * 5
Digits = tuple[NDArray[np.float64], NDArray[np.int64]]


@dataclass(frozen=True)
class Fit:
    """One training of H2O: its weights, its predictions for new rows, and the epochs it ran."""

    weights: list[Array]
    score: FloatArray
    epochs: float


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetworkTrainer]:
    server = H2ORates(EngineConfig(tmp_path_factory.mktemp("h2o"), threads=1))
    yield server.trainer()
    server.close()


def sample(digits: Digits, n: int, seed: int, wrong: int = 0) -> tuple[FloatArray, IntArray, FloatArray]:
    """Rows, their classes, every ``wrong``-th of them turned over, and other rows."""
    order = np.random.default_rng(seed).permutation(len(digits[1]))
    y = digits[1][order[:n]].copy()
    if wrong:
        y[::wrong] = 1 - y[::wrong]
    return digits[0][order[:n]], y, digits[0][order[n : n + 100]]


def by_h2o(trainer: NetworkTrainer, X: FloatArray, y: IntArray, X_new: FloatArray, **options: Any) -> Fit:
    asked = {"standardize": True, "ignore_const_cols": True, **options}
    key, weights = trainer.train(trainer.frame(X, y), **asked)
    history = table(trainer.model(key), "scoring_history")
    frame = trainer.frame(X_new, np.arange(len(X_new)) % 2)
    path = f"/3/Predictions/models/{key}/frames/{frame}"
    trainer.rest.call("POST", path, predictions_frame=f"{key}_score")
    score = frames.download(trainer.rest, f"{key}_score")["p1"]
    return Fit(weights, score, max(float(epoch) for epoch in history["epochs"]))


def by_trainer(
    network: NetworkSpec, training: TrainingSpec, X: FloatArray, y: IntArray, X_new: FloatArray, seed: int,
    rows_per_pass: int | None = None,
) -> tuple[Trained, FloatArray]:  # fmt: skip
    scaling = Scaling.of(X)
    begin = h2o_start(network, len(scaling.columns), seed)
    order = h2o_order(len(y), seed, rows_per_pass)
    found = train(network, training, scaling(X), y, begin, order)
    return found, predict(network, found.weights, scaling(X_new))


def assert_the_same(theirs: Fit, ours: Trained, score: FloatArray, many: bool = False) -> None:
    """Kernels bit for bit; biases and probabilities, in double precision, but for the last digits.

    Where there are ``many`` weights, room is left for one that another library's exponential rounds
    to the other side; all further ones then differ in their last place.
    """
    if many:
        for h2o, trainer in zip(theirs.weights, ours.weights, strict=True):
            np.testing.assert_allclose(h2o, trainer, rtol=0, atol=1e-6)
        np.testing.assert_allclose(theirs.score, score, rtol=0, atol=1e-6)
        assert theirs.epochs == ours.epochs
        return
    for i, (h2o, trainer) in enumerate(zip(theirs.weights, ours.weights, strict=True)):
        if i % 2 == 0:
            np.testing.assert_array_equal(h2o, trainer)
        else:
            np.testing.assert_allclose(h2o, trainer, rtol=0, atol=1e-13)
    np.testing.assert_allclose(theirs.score, score, rtol=0, atol=1e-12)
    assert theirs.epochs == ours.epochs


@pytest.mark.slow
def test_leeks_twenty_epochs(trainer: NetworkTrainer, digits01: Digits) -> None:
    X, y, X_new = sample(digits01, 10, 0)
    theirs = by_h2o(trainer, X, y, X_new, hidden=list(LEEK), epochs=20, seed=11, **TO_THE_END)
    network = NetworkSpec(LEEK, "tanh", arithmetic="mixed")
    ours, score = by_trainer(network, TrainingSpec(ApproximateAdadelta(), epochs=20), X, y, X_new, 11)
    assert ours.updates == 200
    assert_the_same(theirs, ours, score, many=True)


@pytest.mark.slow
def test_leeks_call_as_it_was_ends_after_one_epoch(trainer: NetworkTrainer, digits01: Digits) -> None:
    X, y, X_new = sample(digits01, 10, 1)
    theirs = by_h2o(trainer, X, y, X_new, hidden=list(LEEK), epochs=20, seed=42)
    network = NetworkSpec(LEEK, "tanh", arithmetic="mixed")
    training = TrainingSpec(ApproximateAdadelta(), epochs=20, stopping=Stopping())
    ours, score = by_trainer(network, training, X, y, X_new, 42)
    assert (ours.ended_by, ours.epochs) == ("classification_stop", 1.0)
    assert_the_same(theirs, ours, score, many=True)


_MOMENTUM = {"momentum_start": 0.9, "momentum_stable": 0.9, "rate_decay": 0.5}
_PENALTY = {"l1": 1e-3, "l2": 1e-2}


@pytest.mark.parametrize(
    ("activation", "rule", "options"),
    [
        ("relu", ApproximateAdadelta(), {"activation": "Rectifier", **_PENALTY}),
        ("tanh", AnnealedSgd(rows=21, **_MOMENTUM), {"adaptive_rate": False, **_MOMENTUM}),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                ("tanh", ApproximateAdadelta(), {}),
                ("relu", ApproximateAdadelta(), {"activation": "Rectifier"}),
                (
                    "relu",
                    ApproximateAdadelta(fast_mode=False),
                    {"activation": "Rectifier", "fast_mode": False},
                ),
                ("tanh", AnnealedSgd(nesterov=False, rows=21), {"adaptive_rate": False}),
                ("tanh", ApproximateAdadelta(), {"train_samples_per_iteration": 7}),
                ("tanh", ApproximateAdadelta(), {"train_samples_per_iteration": 30}),
            )
        ),
    ],
)
def test_every_rule_of_a_small_network(
    trainer: NetworkTrainer, digits01: Digits, activation: Any, rule: Any, options: dict[str, Any]
) -> None:
    X, y, X_new = sample(digits01, 21, 2, wrong=4)
    seed = -(2**40) - 3
    theirs = by_h2o(trainer, X, y, X_new, hidden=[11, 13], epochs=5, seed=seed, **TO_THE_END, **options)
    network = NetworkSpec((11, 13), activation, arithmetic="mixed")
    penalty = {name: options[name] for name in ("l1", "l2") if name in options}
    training = TrainingSpec(rule, epochs=5, penalize_biases=True, **penalty)
    per_pass = options.get("train_samples_per_iteration")
    assert_the_same(theirs, *by_trainer(network, training, X, y, X_new, seed, per_pass))


@pytest.mark.parametrize(
    ("activation", "ratios", "of_inputs"),
    [
        pytest.param("tanh", (0.5, 0.5), 0.0, marks=pytest.mark.slow),
        pytest.param("tanh", (0.3, 0.1), 0.2, marks=pytest.mark.slow),
        ("relu", (0.5, 0.5), 0.2),
    ],
)
def test_dropout(
    trainer: NetworkTrainer, digits01: Digits, activation: Any, ratios: tuple[float, float], of_inputs: float
) -> None:
    X, y, X_new = sample(digits01, 21, 3, wrong=4)
    word = {"tanh": "TanhWithDropout", "relu": "RectifierWithDropout"}[activation]
    theirs = by_h2o(
        trainer, X, y, X_new, hidden=[11, 13], epochs=5, seed=4, activation=word,
        hidden_dropout_ratios=list(ratios), input_dropout_ratio=of_inputs, **TO_THE_END,
    )  # fmt: skip
    dropout = H2ODropout(4, activation, ratios, of_inputs)
    network = NetworkSpec((11, 13), activation, arithmetic="mixed", dropout=dropout)
    assert_the_same(
        theirs, *by_trainer(network, TrainingSpec(ApproximateAdadelta(), epochs=5), X, y, X_new, 4)
    )


@pytest.mark.parametrize(
    ("seed", "rule", "ending"),
    [
        (2, Stopping(), "stopping_rounds"),
        pytest.param(9, Stopping(0.1, rounds=2, tolerance=0.05), "", marks=pytest.mark.slow),
        pytest.param(7, Stopping(-1, rounds=0), "epochs", marks=pytest.mark.slow),
    ],
)
def test_when_it_ends_and_what_is_kept(
    trainer: NetworkTrainer, digits01: Digits, seed: int, rule: Stopping, ending: str
) -> None:
    X, y, X_new = sample(digits01, 40, 0, wrong=4)
    theirs = by_h2o(
        trainer, X, y, X_new, hidden=[4, 4], epochs=30, seed=seed, activation="TanhWithDropout",
        classification_stop=rule.classification_stop, stopping_rounds=rule.rounds,
        stopping_tolerance=rule.tolerance,
    )  # fmt: skip
    dropout = H2ODropout(seed, "tanh", (0.5, 0.5))
    network = NetworkSpec((4, 4), "tanh", arithmetic="mixed", dropout=dropout)
    training = TrainingSpec(ApproximateAdadelta(), epochs=30, stopping=rule)
    ours, score = by_trainer(network, training, X, y, X_new, seed)
    assert ours.ended_by == ending or not ending
    assert 0 < ours.kept <= len(ours.events)
    assert_the_same(theirs, ours, score)
