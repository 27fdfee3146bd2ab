"""The study ``phenomena``: its trainers against other ways to the same numbers, and the whole of it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from crossframe.claims.claim import Verdict
from crossframe.cli.main import main
from crossframe.core.statistics import jackknife
from crossframe.studies.phenomena import minima, numerics, regular, training
from crossframe.studies.phenomena.jobs import BATCHES
from crossframe.studies.phenomena.trainers.minima import minima as minima_of
from crossframe.studies.phenomena.trainers.numerics import inputs_permuted, units_permuted
from crossframe.studies.phenomena.trainers.others import sklearn_replay
from crossframe.studies.phenomena.trainers.training import bagged, randomised
from crossframe.studies.training.descent import descend
from crossframe.studies.training.images import CLASSES, batches, images, kernels
from crossframe.studies.training.landscape import Landscape
from crossframe.studies.training.perceptron import Net, Spec

pytestmark = pytest.mark.usefixtures("tensorflow")


def forward(weights: list[Any], X: Any) -> tuple[list[Any], Any]:
    """Activations of every layer and probabilities; weights are kernel, bias, kernel, bias ..."""
    layers = [X]
    for k in range(0, len(weights) - 2, 2):
        layers.append(np.maximum(layers[-1] @ weights[k] + weights[k + 1], 0))
    logits = layers[-1] @ weights[-2] + weights[-1]
    scores = np.exp(logits - logits.max(axis=1, keepdims=True))
    return layers, scores / scores.sum(axis=1, keepdims=True)


def gradient(weights: list[Any], X: Any, y: Any, l2: float = 0.0) -> list[Any]:
    """Of the mean cross-entropy and l2 times the sum of the kernels' squares."""
    layers, scores = forward(weights, X)
    delta = (scores - np.eye(CLASSES)[y]) / len(y)
    found: list[Any] = []
    for k in range(len(weights) - 2, -1, -2):
        found = [layers[k // 2].T @ delta + 2 * l2 * weights[k], delta.sum(axis=0), *found]
        delta = (delta @ weights[k].T) * (layers[k // 2] > 0)
    return found


def with_biases(drawn: list[Any]) -> list[Any]:
    return [part for w in drawn for part in (w.astype(np.float64), np.zeros(w.shape[1]))]


@pytest.mark.slow
@pytest.mark.parametrize("l2", [0.0, 2.0**-7])
def test_a_training_is_stochastic_gradient_descent(l2: float) -> None:
    data = images("digits", None, 1)
    spec = Spec(64, (7, 5), l2=l2, precision="float64")
    rows = batches(1000, 50, 40, 1)
    net = Net(spec)
    net.start(1)
    trained = net.train(data.X, data.y, rows, 0.25, 10)
    weights = with_biases(kernels(spec.sizes, 1))
    X = data.X.astype(np.float64)
    for batch in rows:
        step = gradient(weights, X[batch], data.y[batch], l2)
        weights = [w - 0.25 * g for w, g in zip(weights, step, strict=True)]
    for own, expected in zip(net.weights(), weights, strict=True):
        np.testing.assert_allclose(own, expected, atol=1e-12)
    scores = forward(weights, X)[1]
    assert len(trained.loss) == 4
    assert trained.loss[-1] == pytest.approx(-np.mean(np.log(scores[np.arange(1000), data.y])), abs=1e-12)
    assert trained.accuracy[-1] == np.mean(scores.argmax(axis=1) == data.y)


@pytest.mark.slow
def test_training_stops_at_its_loss_and_at_no_number() -> None:
    data, spec = images("digits", None, 1), Spec(64, (16,))
    net, rows = Net(spec), batches(1000, 50, 200, 1)
    net.start(1)
    trained = net.train(data.X, data.y, rows, 0.25, 10, 1.0)
    assert trained.loss[-1] <= 1.0 < trained.loss[-2]
    net.start(1)
    broken = net.train(data.X, data.y, rows, 1e30, 10)
    assert not np.isfinite(broken.loss[-1])
    assert len(broken.loss) < 20


@pytest.mark.slow
def test_batch_normalisation_trains_on_the_statistics_of_its_rows() -> None:
    data, spec = images("digits", None, 1), Spec(64, (6,), norm=True, precision="float64")
    net = Net(spec)
    net.start(1)
    trained = net.train(data.X, data.y, batches(1000, 50, 20, 1), 0.0, 20)
    first, last = kernels(spec.sizes, 1)
    z = data.X.astype(np.float64) @ first
    z = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-3)
    scores = forward([last.astype(np.float64), np.zeros(10)], np.maximum(z, 0))[1]
    assert trained.loss[0] == pytest.approx(-np.mean(np.log(scores[np.arange(1000), data.y])), abs=1e-10)


def test_the_data_are_drawn_as_they_say() -> None:
    true, random = images("digits", None, 3), images("digits", None, 3, "random")
    assert true.X.shape == (1000, 64)
    assert true.X_test.shape == (797, 64)
    assert true.X.max() == 1
    np.testing.assert_array_equal(true.X, random.X)
    np.testing.assert_array_equal(true.y_test, random.y_test)
    assert stats.binomtest(int(np.sum(true.y == random.y)), 1000, 0.1).pvalue > 1e-6
    rows = batches(1000, 250, 6, 3).reshape(-1)
    assert sorted(rows[:1000]) == list(range(1000))
    assert not np.array_equal(rows[:500], rows[1000:])


def test_other_orders_are_the_same_network() -> None:
    data, sizes = images("digits", None, 1), (64, 9, 8, 10)
    start = kernels(sizes, 2)
    plain = forward(with_biases(start), data.X_test.astype(np.float64))[1]
    seen, weights = inputs_permuted(data, start, 2)
    assert not np.array_equal(seen.X, data.X)
    np.testing.assert_allclose(
        forward(with_biases(weights), seen.X_test.astype(np.float64))[1], plain, atol=1e-14
    )
    weights = units_permuted(start, 2)
    assert not np.array_equal(weights[1], start[1])
    np.testing.assert_allclose(
        forward(with_biases(weights), data.X_test.astype(np.float64))[1], plain, atol=1e-14
    )


def test_scikit_learn_follows_the_same_path() -> None:
    data, rows = images("digits", None, 1), batches(1000, 50, 40, 5)
    _, found = sklearn_replay(
        dataset="digits", data_dir=None, hidden=[7], rate=0.25, updates=40, seeds=[5], sample=1
    )
    weights, X = with_biases(kernels((64, 7, 10), 5)), data.X.astype(np.float64)
    for batch in rows:
        step = gradient(weights, X[batch], data.y[batch])
        weights = [w - 0.25 * g for w, g in zip(weights, step, strict=True)]
    scores = forward(weights, data.X_test.astype(np.float64))[1]
    np.testing.assert_allclose(found["scores"][0], scores[:500], atol=2e-6)


@pytest.mark.slow
def test_the_top_eigenvalue_is_that_of_the_whole_hessian() -> None:
    data, spec = images("digits", None, 1), Spec(64, (3,), precision="float64")
    net = Net(spec)
    net.start(1)
    net.train(data.X, data.y, batches(1000, 50, 100, 1), 0.25, 100)
    weights, X = net.weights(), data.X.astype(np.float64)
    ends = np.cumsum([w.size for w in weights])[:-1]

    def slope(flat: Any) -> Any:
        parts = [p.reshape(w.shape) for p, w in zip(np.split(flat, ends), weights, strict=True)]
        return np.concatenate([g.ravel() for g in gradient(parts, X, data.y)])

    at = np.concatenate([w.ravel() for w in weights])
    step = 1e-6 * np.eye(len(at))
    hessian = np.array([(slope(at + e) - slope(at - e)) / 2e-6 for e in step])
    expected = np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1]
    assert Landscape.of(net).top(data.X, data.y, 1) == pytest.approx(expected, rel=1e-4)


@pytest.mark.slow
def test_measures_are_those_at_the_target_and_not_at_the_next_look() -> None:
    data, spec = images("digits", None, 1), Spec(64, (16,))
    net, rows = Net(spec), batches(1000, 50, 400, 1)
    net.start(1)

    def measure() -> dict[str, float]:
        scores = net.scores(data.X)
        return {"loss": float(-np.mean(np.log(scores[np.arange(1000), data.y])))}

    at_targets = descend(net, data.X, data.y, rows, 0.25, 40, [0.5, 0.3, 1e-9], measure)
    assert at_targets[2] is None
    for values, target in zip(at_targets[:2], (0.5, 0.3), strict=True):
        assert values is not None
        assert values["loss"] == pytest.approx(target, rel=1e-4)
    net.start(1)
    looks = net.train(data.X, data.y, rows, 0.25, 40).loss
    first = int(np.argmax(looks <= 0.3))
    assert looks[first] < 0.29
    assert at_targets[1] is not None
    assert first * 40 < at_targets[1]["updates"] < (first + 1) * 40


@pytest.mark.slow
def test_all_means_are_compared_at_one_training_loss() -> None:
    task: dict[str, Any] = {"dataset": "digits", "data_dir": None, "hidden": [8], "rate": 0.125, "seeds": [1]}
    _, one = randomised(**task, means={"dropout": 0.2}, updates=400, target=0.5)
    _, ten = bagged(**task, members=2, bootstrap=True, updates=400, target=0.5)
    _, missed = randomised(**task, means={}, updates=20, target=0.01)
    assert set(one) == set(ten) == {"accuracy", "logloss", "updates"}
    assert 0 < one["updates"][0] < 400
    assert 0 < ten["updates"][0] < 400
    assert np.isnan(missed["accuracy"][0])
    arguments = {k: v for k, v in task.items() if k != "rate"}
    _, grid = minima_of(**arguments, batch=50, rates=[0.125, 0.25], updates=400, target=0.5)
    assert grid["updates"][1, 0] < grid["updates"][0, 0]
    assert (grid["sharpness"] > 0).all()


@pytest.mark.slow
def test_settled_batch_normalisation_has_the_statistics_of_the_rows() -> None:
    data, spec = images("digits", None, 1), Spec(64, (6, 5), norm=True, precision="float64")
    net = Net(spec)
    net.start(1)
    trained = net.train(data.X, data.y, batches(1000, 50, 20, 1), 0.25, 20)
    moving = net.scores(data.X)
    net.settle(data.X)
    settled = net.scores(data.X)
    right = np.arange(1000), data.y
    assert -np.mean(np.log(settled[right])) == pytest.approx(trained.loss[-1], abs=1e-8)
    assert -np.mean(np.log(moving[right])) > trained.loss[-1] + 0.1


def test_the_jackknife_of_a_mean_is_students_interval() -> None:
    values = np.random.default_rng(0).normal(5, 1, 9)
    found = jackknife(lambda seeds: float(values[seeds].mean()), 9)
    expected = stats.t.interval(0.95, 8, values.mean(), stats.sem(values))
    assert (found.value, found.low, found.high) == pytest.approx((values.mean(), *expected), rel=1e-10)


def test_churn_is_set_against_other_seeds() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 10, (6, 400)).astype(np.uint8)
    other = labels.copy()
    other[:, :40] = (other[:, :40] + 1) % 10
    ratio = numerics.churn_ratio(numerics.churn(labels, other), numerics.between(labels))
    pairs = [np.mean(labels[a] != labels[b]) for a in range(6) for b in range(a)]
    assert ratio.value == pytest.approx(0.1 / np.mean(pairs))
    assert ratio.low < ratio.value < ratio.high
    nothing = numerics.churn_ratio(numerics.churn(labels, labels), numerics.between(labels))
    assert nothing.value == 0
    assert math.isnan(nothing.low)


def test_no_seed_chooses_its_own_rate_or_strength() -> None:
    updates = np.array([[10.0, 30.0, 30.0], [20.0, 20.0, 20.0]])
    updates_at, best = training.at_best(updates)
    assert best == [1, 0, 0]
    assert updates_at.tolist() == [20.0, 30.0, 30.0]
    got = {
        "means.none.": {"accuracy": np.array([0.5, 0.5])},
        "means.dropout.0.2": {"accuracy": np.array([0.9, 0.1])},
        "means.dropout.0.5": {"accuracy": np.array([0.2, 0.8])},
    }
    chosen = regular.chosen(got, "dropout")
    assert chosen is not None
    assert chosen.tolist() == [0.2, 0.1]


def test_without_its_computation_a_claim_is_not_run() -> None:
    for judge in (numerics.rounding, numerics.step, numerics.race, minima.shallow, minima.rescaled,
                  training.starts, training.norm_best, training.equally_good, regular.averaging):  # fmt: skip
        assert judge({}).verdict is Verdict.NOT_RUN
    assert regular.dropout({}, "dropout").verdict is Verdict.NOT_RUN
    assert numerics.device({}).verdict is Verdict.UNTESTED
    assert regular.labels({}, "random-labels").verdict is Verdict.NOT_RUN
    labels = np.zeros((3, 20), np.uint8)
    alone = {"rounding.threads": {"labels": labels}, "rounding.graph": {"labels": labels}}
    assert numerics.rounding(alone).verdict is Verdict.NOT_RUN


def narrow(final: Any, fall: float) -> dict[str, Any]:
    """Losses of starts that end at ``final``, (seeds,), and fall by ``fall`` from quarter to quarter."""
    steps = fall * np.repeat([3.0, 2.0, 1.0, 0.0], 10)
    return {"loss": np.array(final)[:, None] + steps, "accuracy": np.full(len(final), 0.9)}


def test_starts_that_still_move_do_not_end_apart() -> None:
    same = narrow([0.01, 0.011, 0.012], 0.0)
    judged = training.starts({"starts.keras": same, "starts.2": same, "starts.8": same})
    assert judged.verdict is Verdict.HOLDS
    apart = training.starts({"starts.keras": same, "starts.2": narrow([0.9, 1.5], 0.001), "starts.8": same})
    assert apart.verdict is Verdict.PARTLY
    assert apart.where == "with two hidden layers and with one hidden layer of 8"
    moving = training.starts({"starts.keras": same, "starts.2": narrow([0.9, 1.5], 0.1), "starts.8": same})
    assert moving.verdict is Verdict.PARTLY
    assert "nothing can be told" in moving.where
    assert training.starts({"starts.keras": narrow([0.1, 0.9], 0.0)}).verdict is Verdict.FAILS


def test_dropout_is_judged_against_one_network_and_against_ten() -> None:
    rng = np.random.default_rng(0)
    base = 0.88 + 0.01 * rng.normal(size=10)

    def means(gain: float, spread: float) -> dict[str, Any]:
        return {"accuracy": base + gain + spread * np.tile([-1.0, 1.0], 5)}

    got = {"means.none.": means(0, 0), "means.dropout.0.2": means(0.002, 0),
           "means.noise.sd 1": means(0.002, 0.005), "means.l2.0.001": means(0.002, 0.005),
           "means.bagging.": means(0.01, 0.001)}  # fmt: skip
    assert regular.dropout(got, "dropout").verdict is Verdict.OPEN
    assert regular.dropout(got, "dropout-bagging").verdict is Verdict.FAILS
    got["means.noise.sd 1"] = got["means.l2.0.001"] = means(-0.01, 0.001)
    assert regular.dropout(got, "dropout").verdict is Verdict.HOLDS


def test_labels_are_judged_by_their_intervals() -> None:
    def of(*accuracy: float) -> dict[str, Any]:
        return {"train": np.ones(len(accuracy)), "accuracy": np.array(accuracy)}

    good, bad, wide = of(0.87, 0.88, 0.89), of(0.82, 0.825, 0.83), of(0.8, 0.86, 0.92)
    assert regular.labels({"labels.keras.true": good}, "true-labels").verdict is Verdict.HOLDS
    assert regular.labels({"labels.keras.true": bad}, "true-labels").verdict is Verdict.FAILS
    # Two seeds: the interval is wide and ends above an accuracy of 1.
    two = regular.labels({"labels.keras.true": of(0.96, 0.97)}, "true-labels")
    assert two.effect is not None
    assert two.effect.high > 1
    assert two.verdict is Verdict.HOLDS
    assert regular.labels({"labels.keras.true": wide}, "true-labels").verdict is Verdict.OPEN
    found = regular.labels(
        {"labels.keras.true": good, "labels.sklearn.true": wide, "labels.h2o.true": bad}, "true-labels"
    )
    assert found.where == "in Keras; in scikit-learn it cannot be told"
    unfitted = {**good, "train": np.array([1.0, 1.0, 0.99])}
    assert regular.labels({"labels.keras.true": unfitted}, "true-labels").verdict is Verdict.FAILS
    assert (
        regular.labels({"labels.keras.random": of(0.09, 0.1, 0.11)}, "random-labels").verdict is Verdict.HOLDS
    )


def test_minima_of_one_loss_may_differ_in_accuracy() -> None:
    rng = np.random.default_rng(0)
    starts = {"starts.keras": narrow([0.01, 0.011], 0.0)}

    def grid(step: float) -> dict[str, Any]:
        return {
            f"minima.{b}": {
                "accuracy": np.array([[0.89 - step * (i - j)] for j in range(3)]) + 1e-4 * rng.normal(size=6),
                "sharpness": np.array([[1.0 + i - 0.3 * j] for j in range(3)]) + 1e-4 * rng.normal(size=6),
            }
            for i, b in enumerate(BATCHES)
        }

    assert training.equally_good({**starts, **grid(0.004)}).verdict is Verdict.PARTLY
    assert minima.shallow(grid(0.004)).verdict is Verdict.PARTLY
    assert minima.shallow(grid(-0.004)).verdict is Verdict.FAILS
    apart = {"starts.keras": narrow([0.1, 0.9], 0.0)}
    assert training.equally_good({**apart, **grid(0.004)}).verdict is Verdict.FAILS


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_whole_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pass marks: random labels memorised, true ones generalised, starts alike, rounding small."""
    command = ["study", "phenomena", "--json", "--store", str(tmp_path / "s"), "--report", str(tmp_path)]
    assert main(command) == 0
    (result,) = json.loads(capsys.readouterr().out)
    findings = {f["key"]: f for f in result["findings"]}
    assert "not explained" not in {e["verdict"] for e in result["explanations"]}
    for key in ("step-size", "sharpness-is-a-choice", "batch-norm-best", "random-labels"):
        assert findings[key]["verdict"] == "holds", key
    assert findings["rounding"]["verdict"] == "does not hold"
    assert findings["rounding"]["effect"]["value"] < 0.5
    assert findings["random-labels"]["effect"]["value"] == pytest.approx(0.1, abs=0.03)
    assert findings["true-labels"]["verdict"] in ("holds", "holds only in part")
    assert "Keras" in findings["true-labels"]["where"] or findings["true-labels"]["verdict"] == "holds"
    assert findings["true-labels"]["effect"]["value"] >= 0.8
    assert findings["many-starts"]["verdict"] != "does not hold"
    assert "agree in every bit" in findings["racing-threads"]["measured"]
    assert (tmp_path / "figures" / "scorecard.svg").exists()
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)[0]["computed"] == 0
