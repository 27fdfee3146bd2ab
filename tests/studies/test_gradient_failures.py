"""The study ``gradient-failures``: its trainers against independent computations, and the whole of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import hadamard

from crossframe.claims.claim import Claim, Source, Verdict
from crossframe.cli.main import main
from crossframe.core.errors import UsageError
from crossframe.experiment.record import Record
from crossframe.experiment.store import Store
from crossframe.frameworks.pool import Pool
from crossframe.report.document import Document
from crossframe.studies.api import study
from crossframe.studies.gather import numbers
from crossframe.studies.gradient_failures import claims
from crossframe.studies.gradient_failures import curves as curves_part
from crossframe.studies.gradient_failures.figures import smooth
from crossframe.studies.gradient_failures.jobs import bits, parity
from crossframe.studies.gradient_failures.study import run
from crossframe.studies.gradient_failures.trainers import curves, flat, lines, stocks
from crossframe.studies.gradient_failures.trainers import flat_others as others
from crossframe.studies.gradient_failures.trainers import parity as signs
from crossframe.studies.lab import Lab

RNG = np.random.default_rng(0)
pytestmark = pytest.mark.usefixtures("tensorflow")


def test_walsh_is_hadamards_matrix() -> None:
    table = RNG.normal(size=(16, 3))
    assert signs.walsh(table) == pytest.approx(hadamard(16) @ table, abs=1e-12)


def test_the_scores_slope_is_the_quotient_of_differences() -> None:
    d, h = 3, 5
    weights = [RNG.normal(size=shape) for shape in ((d, h), (h,), (h, 1), (1,))]
    X = RNG.choice([-1.0, 1.0], size=(4, d))
    score, slope = signs.slopes(X, weights)
    step = 1e-6
    for k, index in enumerate((w, at) for w in range(4) for at in np.ndindex(weights[w].shape)):
        moved = [w.copy() for w in weights]
        moved[index[0]][index[1]] += step
        assert (signs.slopes(X, moved)[0] - score) / step == pytest.approx(slope[:, k], abs=1e-4)


def test_a_small_variance_over_all_parities_is_that_of_hand() -> None:
    """Every parity's gradient by its definition, without the transform."""
    d, seed = 3, 1
    fields, _ = signs.variance(d=d, seed=seed)
    weights = [w.numpy().astype(float) for w in signs.net(d, seed).trainable_variables]
    X = np.array([[a, b, c] for a in (1.0, -1.0) for b in (1.0, -1.0) for c in (1.0, -1.0)])
    s, g = signs.slopes(X, weights)
    found = []
    for chosen in range(8):
        y = np.prod(np.where([chosen & 4, chosen & 2, chosen & 1], X, 1.0), axis=1)
        found.append(-np.mean((y * (y * s < 1))[:, None] * g, axis=0))
    spread = np.mean(np.sum((found - np.mean(found, axis=0)) ** 2, axis=1))
    assert fields["variance"] == pytest.approx(spread, rel=1e-10)
    assert fields["variance"] <= 1.0001 * fields["slope"] / 2**d


def test_signal_without_bias() -> None:
    """Many repetitions with a known signal: the corrected ratio is too large, the other one is not."""
    mean, count = np.array([0.1, -0.2, 0.0, 0.1]), 20
    truth = float((mean**2).sum() / len(mean))
    found = [lines.measured(mean + RNG.normal(size=(count, 4))) for _ in range(4000)]
    unbiased = np.mean([f["unbiased"] for f in found])
    assert unbiased == pytest.approx(truth, abs=0.004)
    assert np.mean([f["corrected"] for f in found]) > truth + 0.03
    g = np.array([[3.0, 0.0], [1.0, 0.0]])
    assert lines.measured(g)["published"] == pytest.approx(4 / (5 - 16))
    assert lines.measured(g)["corrected"] == pytest.approx(4 / (5 - 4))


def test_lines_lean_as_they_are_labelled() -> None:
    import tensorflow as tf

    images, y, whole = (a.numpy() for a in lines.tuples(tf.constant([3, 4]), 200, 2))
    assert images.shape == (400, 28, 28, 1)
    assert set(np.unique(images)) == {0.0, 1.0}
    assert np.array_equal(whole[:, 0], y.reshape(200, 2).prod(axis=1))
    right = seen = 0
    for image, label in zip(images[..., 0], y[:, 0], strict=True):
        row, column = np.nonzero(image)
        if len(row) > 4:
            lean = np.sum((row - row.mean()) * (column - column.mean()))
            right, seen = right + (np.sign(lean) == label), seen + 1
    assert seen > 300
    assert right / seen > 0.9


def test_curves_and_their_knots() -> None:
    f, p = curves.curves(50, 0)
    padded = np.pad(f, [(0, 0), (2, 0)])
    assert np.diff(padded, 2, axis=1) == pytest.approx(p, abs=1e-12)
    assert curves.windows(f) @ [1.0, -2.0, 1.0] == pytest.approx(p, abs=1e-12)
    assert set(np.count_nonzero(p, axis=1)) == {3}
    made = (curves.windows(f) @ curves.conditioner(curves.windows(f))).reshape(-1, 3)
    assert made.T @ made / len(made) == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.cond(curves.matrix()) == pytest.approx(1.16e4, rel=0.01)


@pytest.mark.slow
def test_the_conditioned_convolution_finds_the_filter() -> None:
    fields, arrays = curves.direct(net="conditioned", checks=[0, 50, 300], seed=7)
    assert arrays["loss"][0] == pytest.approx(fields["zero"])
    assert arrays["loss"][1] > 1e-3
    assert arrays["loss"][2] < 1e-6
    assert arrays["rebuilt"][2] == pytest.approx(arrays["curve"], abs=0.01)
    assert fields["condition"] == pytest.approx(1.0, abs=1e-6)


def test_updates_are_those_of_a_plain_loop() -> None:
    import keras
    import tensorflow as tf

    from crossframe.studies.training.updates import Updates, adam, key

    def made() -> tuple[list[np.ndarray], list[np.ndarray]]:
        plain, looped = (keras.Variable(np.arange(3, dtype="float32")) for _ in range(2))

        def loss(batch: tf.Tensor, w: keras.Variable) -> tf.Tensor:
            return tf.reduce_sum(tf.square(w - tf.random.stateless_normal([3], batch)))

        rule = adam(0.1)
        rule.build([plain])
        for t in range(7):
            with tf.GradientTape() as tape:
                value = loss(key(5, t), plain)
            rule.apply([tape.gradient(value, plain.value)], [plain])
        training = Updates(lambda batch: loss(batch, looped), [looped], adam(0.1), 5)
        training.run(3)
        training.run(4)
        return plain.numpy(), looped.numpy()

    plain, looped = made()
    assert looped == pytest.approx(plain, abs=1e-6)
    assert np.all(looped != np.arange(3))


def test_stocks_have_one_mean_gradient_and_two_noises() -> None:
    import tensorflow as tf

    model, sample = stocks.parts(6, 1)
    x, z, answer = sample(tf.constant([1, 2]), 5000)
    assert stocks.scores(model, x).numpy() == pytest.approx(
        model(tf.one_hot(x, stocks.INPUTS)).numpy(), abs=1e-6
    )
    assert np.all(z.numpy()[answer.numpy() == 1] == 1)
    assert z.numpy()[answer.numpy() == 0].mean() == pytest.approx(0, abs=0.03)
    fields, _ = stocks.moments(k=50, rows=4000, seed=3)
    assert fields["end_to_end"] / fields["decomposed"] == pytest.approx(50, rel=0.05)


@pytest.mark.slow
def test_the_step_function_itself_moves_nothing() -> None:
    fields, _ = flat.learn(remedy="straight", updates=20, every=20, seed=0)
    assert fields["moved"] == 0.0
    moved, _ = flat.learn(remedy="forward", updates=20, every=20, seed=0)
    assert moved["moved"] > 1e-3


def test_levels_are_the_largest_not_above() -> None:
    truth = flat.Truth.draw(3)
    assert len(flat.STEPS) == 52
    x = RNG.normal(size=(200, flat.INPUTS))
    p = x @ truth.w + truth.b
    expected = [max(k for k in range(52) if truth.levels[k] <= v) for v in p]
    assert list(truth.index(x)) == expected


@pytest.mark.slow
def test_scikit_learn_learns_the_levels_a_little() -> None:
    fields, _ = others.sklearn(remedy="classes", updates=60, seed=1)
    assert fields["accuracy"] > 0.3
    fields, _ = others.sklearn(remedy="end-to-end", updates=60, seed=1)
    assert fields["exact"] < 0.2


def test_a_parity_is_what_its_name_says() -> None:
    data = parity(6, 4, 0)
    assert set(np.unique(data.X)) == {-1.0, 1.0}
    assert np.array_equal(data.y, (np.sum(data.X[:, :4] < 0, axis=1) % 2 == 0).astype(int))
    assert all(1 <= bits(5, seed) <= 5 for seed in range(50))


def test_smoothing_is_a_mean_of_what_was() -> None:
    values = RNG.normal(size=12)
    expected = [values[max(0, i - 4) : i + 1].mean() for i in range(12)]
    assert smooth(values) == pytest.approx(expected)


def test_what_does_not_happen_is_shown_for_the_updates_done() -> None:
    claim = Claim("k", "w", Source("s"), "q", "m", "2026-11-21")
    assert claims.not_yet(claim, Verdict.HOLDS, "", None, 10, 10).verdict is Verdict.HOLDS
    assert claims.not_yet(claim, Verdict.HOLDS, "", None, 9, 10).where == "within 9 updates (published: 10)"
    assert claims.not_yet(claim, Verdict.FAILS, "", None, 9, 10).verdict is Verdict.FAILS
    assert list(numbers([Record({"a": 1}, {}), Record({"a": 2}, {})], "a")) == [1.0, 2.0]


@pytest.mark.parametrize("installed", [(), ("sklearn",)])
def test_without_frameworks_every_claim_has_its_reason(
    installed: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lab, "has", lambda lab, engine: engine in installed)
    with Pool() as pool:
        lab = Lab("quick", Store(tmp_path / "s"), pool=pool, parts=("lines", "stocks", "curves"))
        outcome = run(lab)
    assert len(outcome.findings) == 12
    assert {f.verdict for f in outcome.findings} == {Verdict.NOT_RUN}
    assert outcome.parts == ()


def test_a_result_is_stored_and_rendered_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lab, "has", lambda lab, engine: False)
    store = Store(tmp_path / "s")
    (result,) = study("gradient-failures", parts=["stocks"], store=store)
    stored = store.get_result("gradient-failures", "study")
    assert [f["key"] for f in stored.record["findings"]] == ["stocks-few", "stocks-many", "stocks-noise"]
    assert Document.from_json(stored.document).markdown() == result.document().markdown()
    store.close()


def test_parts_are_run_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="study pixels has no parts"):
        study("pixels", parts=["lines"], store=tmp_path / "s")
    with pytest.raises(UsageError, match="unknown part of gradient-failures 'line'"):
        study("gradient-failures", parts=["line"], store=tmp_path / "s")


def test_an_error_is_below_a_level_first_and_for_good() -> None:
    record = Record({}, {"at": np.array([1, 2, 3, 4]), "loss": np.array([3.0, 0.5, 2.0, 0.1])})
    assert curves_part._below(record, 1.0) == 2
    assert curves_part._settled(record, 1.0) == 4
    assert curves_part._settled(record, 0.1) == np.inf


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_whole_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pass marks of sections 3.1 to 3.4 that the quick scale decides."""
    called = ["study", "gradient-failures", "--json", "--store", str(tmp_path / "s")]
    assert main([*called, "--report", str(tmp_path)]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    verdicts = {f["key"]: f["verdict"] for f in result["findings"]}
    for key in (
        "parity-small", "parity-30", "parity-gradient", "stocks-few", "stocks-noise",
        "curves-dense", "flat-zero", "flat-forward",
        "flat-smooth", "flat-smooth-start", "lines-signal",
    ):  # fmt: skip
        assert verdicts[key] == "holds", key
    where = {f["key"]: f["where"] for f in result["findings"]}
    assert where["flat-end-to-end"] == "within 5,000 updates (published: 10,000)"
    effects = {f["key"]: f["effect"] for f in result["findings"]}
    assert effects["curves-conditioned"]["value"] < 1e-6
    # The mark of .9 lies between the seeds: .905 and .892, about which they have been since 600 updates.
    assert effects["lines-decomposed"]["value"] > 0.88
    assert verdicts["lines-decomposed"] != "does not hold"
    assert abs(effects["lines-end-to-end"]["value"] - 0.5) <= 0.05
    assert verdicts["lines-formula"] == "does not hold"
    assert verdicts["parity-any-net"] == "not tested here"
    assert "Flat activation" in (tmp_path / "index.html").read_text()
