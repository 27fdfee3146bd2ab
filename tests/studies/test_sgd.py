"""The study ``sgd``: its instruments against formulas, its trainers against each other, the whole of it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import softmax

from crossframe.claims.claim import Verdict
from crossframe.claims.judge import between
from crossframe.cli.main import main
from crossframe.core.statistics import Interval
from crossframe.data import Dataset
from crossframe.studies.sgd import convex, ends, wells
from crossframe.studies.sgd.convex import digits_between
from crossframe.studies.sgd.ends import Ends
from crossframe.studies.sgd.jobs import BATCHES, EVEN, RATES, WELLS, Walk
from crossframe.studies.sgd.solvers import SOLVERS
from crossframe.studies.sgd.trainers import well
from crossframe.studies.sgd.trainers.ends import MEASURES, keras_ends, sklearn_ends
from crossframe.studies.sgd.trainers.h2o import h2o_ends, mini_batches
from crossframe.studies.sgd.trainers.machines import machines
from crossframe.studies.training import perceptron as network
from crossframe.studies.training.descent import at_loss
from crossframe.studies.training.landscape import RELATIVE, Landscape

TASK = {"dataset": "digits", "data_dir": None, "hidden": [8]}
pytestmark = pytest.mark.usefixtures("tensorflow")


@pytest.mark.slow
def test_the_largest_eigenvalue_is_that_of_the_hessian_by_formula() -> None:
    """Of softmax regression: mean over rows of (diag(p) - p p') x (z z'), z the row with a 1."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)).astype(np.float32), rng.integers(0, 10, 30)
    net = network.Net(network.Spec(4, (), precision="float64"))
    kernel, bias = rng.normal(size=(4, 10)), rng.normal(size=10)
    net.put([kernel, bias])
    hessian = np.zeros((50, 50))
    for x in X.astype(np.float64):
        z, p = np.append(x, 1), softmax(x @ kernel + bias)
        hessian += np.kron(np.outer(z, z), np.diag(p) - np.outer(p, p)) / len(X)
    landscape = Landscape(net)
    assert landscape.top(X, y, 1) == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-5)
    vector = rng.normal(size=50)
    product = landscape.product(landscape._inputs(X), landscape._target(y), vector)
    assert product == pytest.approx(hessian @ vector, rel=1e-6, abs=1e-9)


@pytest.mark.slow
def test_the_rise_is_that_of_random_steps_and_leaves_the_weights() -> None:
    """Far from saturation and for steps this small of a linear model: half of the mean curvature."""
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(40, 4)).astype(np.float32), rng.integers(0, 10, 40)
    net = network.Net(network.Spec(4, (), precision="float64"))
    kernel = 1e-2 * rng.normal(size=(4, 10))
    net.put([kernel, np.zeros(10)])
    kept = net.weights()
    risen = Landscape(net).rise(X, y, 3)
    draws = np.random.default_rng(5).normal(size=(4000, 4, 10))
    draws *= RELATIVE * np.linalg.norm(kernel) / np.linalg.norm(draws, axis=(1, 2), keepdims=True)

    def loss(w: np.ndarray) -> float:
        p = softmax(X @ w, axis=1)
        return float(-np.mean(np.log(p[np.arange(len(y)), y])))

    values = np.array([loss(kernel + d) - loss(kernel) for d in draws])
    assert risen == pytest.approx(values.mean(), abs=4 * values.std() / math.sqrt(20))
    assert all(np.array_equal(a, b) for a, b in zip(kept, net.weights(), strict=True))


@pytest.mark.slow
def test_keras_and_scikit_learn_end_at_one_place() -> None:
    arguments: dict[str, Any] = {
        **TASK,
        "batch": 40,
        "rates": [0.1, 0.5],
        "most": 60,
        "targets": [0.5, 0.3],
        "seeds": [1],
    }
    _, keras = keras_ends(**arguments, epochs=4)
    fields, sklearn = sklearn_ends(**arguments)
    assert fields["difference"] < 1e-5
    assert set(keras) == set(sklearn) == set(MEASURES)
    for name in ("sharpness", "loss", "epochs"):
        assert sklearn[name][1:] == pytest.approx(keras[name][1:], rel=2e-2), name
    assert (keras["epochs"][0] == 4).all()
    for k, target in ((1, 0.5), (2, 0.3)):
        assert keras["loss"][k] == pytest.approx(target, rel=1e-3)
    assert keras["epochs"][1, 1, 0] < keras["epochs"][1, 0, 0]


@pytest.mark.slow
def test_a_loss_that_is_not_reached_has_no_end() -> None:
    _, found = keras_ends(**TASK, batch=200, rates=[0.01], epochs=1, most=40, targets=[2.2, 1e-3], seeds=[1])
    assert np.isnan(found["sharpness"][2]).all()
    assert np.isfinite(found["sharpness"][:2]).all()


@pytest.mark.slow
def test_h2o_has_one_row_per_update_whatever_it_is_given() -> None:
    fields, arrays = mini_batches(**TASK, rate=0.005, sizes=[1, 32], epochs=2, seeds=[1])
    one, many, control = arrays["scores"]
    assert one.tobytes() == many.tobytes()
    assert np.abs(control - one).max() > 1e-6
    assert fields["reported"] == [1, 32]
    assert len(fields["log"]) == 1
    assert "Only mini-batch size = 1" in fields["log"][0]


@pytest.mark.slow
def test_h2os_weights_give_h2os_probabilities_in_keras() -> None:
    fields, arrays = h2o_ends(**TASK, rates=[0.01], epochs=[[1, 6]], seeds=[1])
    assert fields["difference"] < 1e-5
    assert arrays["loss"][1, 0, 0] < arrays["loss"][0, 0, 0]


def test_the_slope_and_the_curvature_are_the_losss() -> None:
    x, h = np.linspace(-2, 2, 9), 1e-5
    slope = (well.loss(x + h, WELLS) - well.loss(x - h, WELLS)) / (2 * h)
    assert well.slope(x, WELLS) == pytest.approx(slope, abs=1e-7)
    curvature = (well.slope(x + h, WELLS) - well.slope(x - h, WELLS)) / (2 * h)
    assert [well.curvature(float(v), WELLS) for v in x] == pytest.approx(curvature, abs=1e-5)


@pytest.mark.parametrize("temperature", [0.125, 0.5])
def test_the_gibbs_weight_is_the_integral(temperature: float) -> None:
    def density(x: float) -> float:
        return float(np.exp(-well.loss(np.array(x), WELLS) / temperature))

    cut = well.top(WELLS)
    left, right = quad(density, -12, cut, limit=500)[0], quad(density, cut, 12, limit=500)[0]
    assert well.gibbs(WELLS, temperature) == pytest.approx(left / (left + right), abs=1e-4)


def test_a_walk_in_a_parabola_has_the_variance_of_an_autoregression() -> None:
    """x <- (1 - a h) x + a s e has variance a s^2 / (h (2 - a h))."""
    flat = [[-1.0, 0.0, 1.0], [1.0, 0.0, 1.0]]
    rate, noise, batch = 0.5, 2.0, 4
    fields, arrays = well.walk(wells=flat, noise=noise, batch=batch, rate=rate, time=150, runs=4000, seed=1)
    x, h = arrays["x"].ravel(), well.CONFINES
    expected = rate * noise**2 / batch / (h * (2 - rate * h))
    assert x.var() == pytest.approx(expected, rel=5 * math.sqrt(2 / x.size))
    assert abs(x.mean()) < 5 * math.sqrt(expected / x.size)
    assert fields["runs"] == 4000


def test_a_measure_at_one_loss_is_interpolated() -> None:
    loss = np.array([2.0, 0.5, 0.05, 0.01])
    assert at_loss(loss, 3 * loss**0.7, 0.1) == pytest.approx(3 * 0.1**0.7, rel=1e-12)
    assert math.isnan(at_loss(loss, loss, 0.001))
    assert math.isnan(at_loss(loss, loss, 4.0))
    assert at_loss(loss, np.array([1.0, -1.0, 3.0, 3.0]), math.sqrt(0.5 * 0.05)) == pytest.approx(1.0)


def grid(log_sharpness: Callable[[float, float], float], spread: float = 0.01) -> dict[str, Ends]:
    """Keras's grid with a log eigenvalue of (log batch, log rate), five seeds, the losses reached."""
    rng = np.random.default_rng(0)
    values = np.array([[log_sharpness(math.log(b), math.log(r)) for r in RATES] for b in BATCHES])
    noisy = values[..., None] + spread * rng.normal(size=(*values.shape, 5))
    measured = np.exp(np.broadcast_to(noisy, (len(ends.STOPS), *noisy.shape)))
    return {
        "keras": Ends("keras", BATCHES, RATES, {"sharpness": measured, "rise": measured, "loss": measured})
    }


def test_every_line_of_the_grid_counts() -> None:
    falls = grid(lambda b, r: 0.3 * (b - r))
    assert ends.rate(falls).verdict is Verdict.HOLDS
    assert ends.batch(falls).verdict is Verdict.HOLDS
    # On average over the batches the larger rate is wider, but not at the largest batch.
    turns = grid(lambda b, r: (0.3 if b > 5 else -0.6) * r)
    found = ends.rate(turns)
    assert found.verdict is Verdict.PARTLY
    assert found.where == "at batch 8 (Keras), batch 40 (Keras)"
    assert ends.rate(grid(lambda b, r: 0.3 * r)).verdict is Verdict.FAILS
    assert ends.rate(grid(lambda b, r: 0.0, 0.2)).verdict is Verdict.OPEN


def test_a_loss_that_one_training_misses_is_not_judged() -> None:
    found = grid(lambda b, r: 0.3 * (b - r))["keras"]
    assert found.judged == len(ends.STOPS) - 1
    missing = {k: v.copy() for k, v in found.values.items()}
    missing["sharpness"][-1, 0, 0, 2] = math.nan
    assert Ends("keras", BATCHES, RATES, missing).judged == len(ends.STOPS) - 2


def test_one_ratio_is_judged_by_what_the_ratio_does() -> None:
    found = ends.equal_ratios(grid(lambda b, r: 0.3 * (b - r)))
    assert found.verdict is Verdict.HOLDS
    # Half of what the rate does is not undone by the batch, although the eigenvalues move little.
    blocks = ends.blocks(grid(lambda b, r: 0.02 * (b - 2 * r), 0.0001)["keras"])
    assert [b.value for b in blocks] == pytest.approx([2 / 3] * 4, rel=0.05)
    assert all(between(b, -0.2, 0.2) is Verdict.FAILS for b in blocks)
    assert ends.equal_ratios(grid(lambda b, r: 0.02 * (b - 2 * r), 0.0001)).verdict is Verdict.FAILS
    assert ends.equal_ratios(grid(lambda b, r: 0.0, 0.2)).verdict is Verdict.OPEN


def shares(rate: float, batch: int, share: float, even: bool = False) -> wells.WellShare:
    walk = Walk(rate, batch, EVEN if even else WELLS)
    return wells.WellShare(walk, Interval(share, share - 0.02, share + 0.02, count=2000), share, share, share)


def test_a_share_that_falls_again_is_no_rise() -> None:
    rising = [shares(0.02, 4, 0.2), shares(0.02, 2, 0.4), shares(0.02, 1, 0.6)]
    level = [shares(0.02, 4, 0.5, True), shares(0.02, 1, 0.6, True)]
    assert wells.rises([*rising, *level]).verdict is Verdict.HOLDS
    peaked = [shares(0.02, 4, 0.2), shares(0.02, 2, 0.7), shares(0.02, 1, 0.6)]
    found = wells.rises([*peaked, *level])
    assert found.verdict is Verdict.PARTLY
    assert found.where.endswith("up to rate / batch 0.01")
    assert "not monotone" in found.words
    # A fall before the overall top is a fall as well.
    dipped = [shares(0.02, 4, 0.5), shares(0.02, 2, 0.3), shares(0.02, 1, 0.6)]
    assert [(a.share.value, b.share.value) for a, b in wells.falls(dipped)] == [(0.5, 0.3)]
    assert wells.rises([*dipped, *level]).verdict is Verdict.PARTLY
    # Within the intervals nothing has fallen.
    assert not wells.falls([shares(0.02, 2, 0.63), shares(0.02, 1, 0.6)])


def off(rate: float, batch: int, gap: float) -> wells.WellShare:
    """A share, known to .02 on either side, that is so far off its Gibbs weight."""
    return replace(shares(rate, batch, 0.5), theory=0.5 - gap)


def test_a_share_follows_theory_where_its_whole_interval_does() -> None:
    near, unsure, far = off(0.01, 1, 0.02), off(0.02, 8, 0.045), off(0.04, 1, 0.08)
    found = wells.follows([near, unsure])
    assert (found.verdict, found.under_replaced) == (Verdict.OPEN, (Verdict.HOLDS,))
    assert found.effect is not None
    assert found.effect.what.endswith("rate 0.02, batch 8")
    # An interval that reaches the bound on its way out is no failure either.
    beyond = wells.follows([near, off(0.02, 8, 0.065)])
    assert (beyond.verdict, beyond.under_replaced) == (Verdict.OPEN, (Verdict.PARTLY,))
    both = wells.follows([near, unsure, far])
    assert both.verdict is Verdict.PARTLY
    assert both.where == "at rate 0.01; at rate 0.02 it cannot be told"
    assert wells.follows([near]).verdict is Verdict.HOLDS
    assert wells.follows([far, off(0.04, 2, 0.01)]).verdict is Verdict.FAILS


def test_an_unfinished_search_is_no_second_optimum() -> None:
    table = Dataset("t", np.zeros((2, 1)), np.array([0, 1]), ("a",), ("0", "1"), "two rows")
    saga = next(s for s in SOLVERS if s.name == "saga")

    def judged(digits: float, excess: float) -> Verdict:
        answers = tuple(
            convex.SolverAnswer(saga, p, True, d, math.nan, "converged", e)
            for p, d, e in (("lasso", 9.0, 0.0), ("none", digits, excess), ("linear", 9.0, 0.0))
        )
        certified = dict.fromkeys(("lasso", "none", "linear"), "28 digits")
        return convex.finding(convex.Convex("t", 2, answers, certified, table), "convex-others").verdict

    assert judged(9.0, 0.0) is Verdict.HOLDS
    assert judged(2.0, 1e-6) is Verdict.HOLDS
    assert judged(2.0, -1e-6) is Verdict.OPEN


@pytest.mark.slow
def test_support_vector_machines_end_at_one_minimum() -> None:
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(60, 3)), rng.integers(0, 2, 60)
    _, arrays = machines(X=X.tolist(), y=y.tolist(), C=0.5)
    exact = arrays["coefficients"][-1]
    assert arrays["gradient"][-1] < 1e-12
    for tight in (1, 3, 5):
        assert digits_between(arrays["coefficients"][tight], exact) > 6
    # The objective by hand: nothing near the minimum lies below it.
    Z, sign = np.column_stack([X, np.ones(60)]), 2 * y - 1

    def value(w: np.ndarray) -> float:
        return float(w @ w / 2 + 0.5 * (np.maximum(0, 1 - sign * (Z @ w)) ** 2).sum())

    assert all(value(exact + 1e-3 * rng.normal(size=4)) > value(exact) for _ in range(50))


def test_digits_are_those_of_the_worst_coefficient() -> None:
    exact = np.array([1.0, -4.0, 0.5])
    assert digits_between(exact + np.array([0, 0, 4e-7]), exact) == pytest.approx(7, abs=1e-6)
    assert digits_between(exact, exact) == 16
    assert digits_between(5 * exact, exact) == 0
    assert math.isnan(digits_between(np.array([math.nan, 0, 0]), exact))


@pytest.mark.slow
def test_the_whole_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pass marks: widths ordered, wells by rate / batch, one convex optimum, H2O's batch of one."""
    assert main(["study", "sgd", "--json", "--store", str(tmp_path / "s"), "--report", str(tmp_path)]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    found = {f["key"]: f for f in result["findings"]}
    assert found["wells"]["verdict"] == "holds only in part"
    assert found["wells"]["effect"]["low"] > 0.2
    assert found["convex"]["verdict"] == "holds"
    assert found["convex"]["effect"]["value"] >= 6
    assert found["h2o-mini-batch"]["verdict"] == "does not hold"
    assert found["h2o-mini-batch"]["effect"]["value"] == 0
    assert found["batch"]["effect"]["high"] < 1
    assert found["batch"]["verdict"] in ("holds", "holds only in part")
    assert found["rate"]["verdict"] in ("holds", "holds only in part")
    assert found["convex-others"]["verdict"] == found["convex-svm"]["verdict"] == "holds"
    assert found["ratio"]["verdict"] != "holds"
    assert (tmp_path / "convex.csv").exists()
    page = (tmp_path / "index.html").read_text()
    assert "Where SGD ends" in page
