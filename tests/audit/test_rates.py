"""Learning rates: the record, the table, the figure, scikit-learn, and frameworks that are missing."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path as File

import numpy as np
import pytest

from crossframe.audit.rates import LearningRate, LearningRates, Path, document, figure, measure
from crossframe.core.errors import UsageError
from crossframe.frameworks import learning_rate_sample as sample
from crossframe.frameworks.learning_rate import Follower, norm, travelled
from crossframe.frameworks.sklearn.learning_rates import held, network

UPDATES = 30


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> File:
    return tmp_path_factory.mktemp("store") / "store.sqlite"


@pytest.fixture(scope="module")
def measured(store: File) -> LearningRates:
    """Everything that scikit-learn and R have."""
    return measure(["sklearn", "r"], updates=UPDATES, store=store)


def row(result: LearningRates, name: str) -> LearningRate:
    return next(r for r in result.rows if r.name == name)


def test_every_formula_of_scikit_learn_gives_the_measured_steps(measured: LearningRates) -> None:
    followed = [r for r in measured.rows if r.curve]
    assert len(followed) >= 11
    assert {r.name: r.agreement for r in followed if r.agreement is None or r.agreement > 1e-8} == {}


def test_declared_rates_are_read_from_the_estimators(measured: LearningRates) -> None:
    from sklearn.linear_model import SGDClassifier
    from sklearn.neural_network import MLPClassifier

    network_rate = {r.declared for r in measured.rows if r.name.startswith("MLPClassifier")}
    linear_rate = {r.declared for r in measured.rows if r.name.startswith("SGDClassifier")}
    assert network_rate == {MLPClassifier().learning_rate_init}
    assert linear_rate == {SGDClassifier().eta0}


def test_the_default_schedule_does_not_use_the_declared_rate(measured: LearningRates) -> None:
    default = row(measured, "SGDClassifier('optimal', default)")
    assert not default.active
    assert default.declared == 0.01
    assert default.curve[0] == pytest.approx(1e-4**-0.25, rel=1e-9)


def test_plain_schedules_have_the_declared_rate(measured: LearningRates) -> None:
    constant = row(measured, "SGDClassifier('constant', 'log_loss')")
    np.testing.assert_allclose([constant.mean(n) for n in (1, 10, UPDATES)], 0.01, rtol=1e-8)
    shrinking = row(measured, "SGDClassifier('invscaling', 'log_loss')")
    np.testing.assert_allclose(shrinking.curve, 0.01 / np.sqrt(np.arange(1, UPDATES + 1)), rtol=1e-8)


def test_momentum_raises_the_rate_by_its_own_share(measured: LearningRates) -> None:
    # Nesterov's first step is (1 + momentum) times the gradient's.
    assert row(measured, "MLPClassifier(solver='sgd')").curve[0] == pytest.approx(0.0019, rel=1e-8)


def test_trainings_of_the_frameworks_own_length(measured: LearningRates) -> None:
    trained = [r for r in measured.rows if r.paths]
    assert all([path.rows for path in r.paths] == [10, 80] for r in trained)
    for r in trained:
        for path in r.paths:
            assert path.updates == path.epochs * -(-path.rows // path.batch)
            assert 0 < path.net <= path.path * (1 + 1e-12)
            assert ("own rule" in path.ended) is (path.epochs < (200 if "MLP" in r.name else 1000))


def test_what_is_stored_is_not_measured_again(measured: LearningRates, store: File) -> None:
    names: list[str] = []
    again = measure(["sklearn", "r"], updates=UPDATES, store=store, on_progress=names.append)
    assert again == measured
    assert names == []


@pytest.mark.slow
def test_paths_are_repeatable(measured: LearningRates, store: File) -> None:
    again = measure(["sklearn"], updates=1, sizes=(80,), store=store)
    before = [r.paths[1:] for r in measured.rows if r.engine == "sklearn"]
    assert [r.paths for r in again.rows] == before


def test_what_has_no_rate_says_what_it_has(measured: LearningRates) -> None:
    without = {r.name: r.none for r in measured.rows if r.none}
    assert "IRLS" in without["glm"]
    assert "quasi-Newton" in without["MLPClassifier(solver='lbfgs')"]
    assert "computed from the rows" in without["LogisticRegression(solver='sag')"]
    assert not any(r.active or r.curve for r in measured.rows if r.none)


def test_the_gradient_is_that_of_the_estimators_own_plain_step() -> None:
    X, y = sample.rows()
    weights = [w.astype(np.float64) for w in sample.start(X.shape[1], "logistic")]
    plain = {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.5, "alpha": 0.3}
    for i in range(5):
        model = network(weights, **plain)
        model.partial_fit(X[[i]], y[[i]], classes=[0, 1])
        found = [(old - new) / 0.5 for old, new in zip(weights, held(model), strict=True)]
        for ours, theirs in zip(sample.gradient(weights, X[i], int(y[i]), 0.3), found, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("loss", ["log_loss", "hinge"])
def test_the_linear_gradient_is_that_of_the_estimators_own_step(loss: str) -> None:
    from sklearn.linear_model import SGDClassifier

    X, y = sample.rows()
    weights = [w.astype(np.float64) for w in sample.start(X.shape[1], "linear")]
    for i in range(5):
        model = SGDClassifier(loss=loss, learning_rate="constant", eta0=0.5, alpha=0.3)
        model.coef_, model.intercept_ = weights[0][None, :].copy(), weights[1].copy()
        model.partial_fit(X[[i]], y[[i]], classes=[0, 1])
        ours = sample.linear_gradient(weights, X[i], int(y[i]), loss, 0.3)
        np.testing.assert_allclose(ours[0], (weights[0] - model.coef_[0]) / 0.5, rtol=1e-10)
        np.testing.assert_allclose(ours[1], (weights[1] - model.intercept_) / 0.5, rtol=1e-10, atol=1e-15)


def test_both_heads_start_as_the_same_function() -> None:
    X, _ = sample.rows()

    def scores(weights: list[np.ndarray]) -> np.ndarray:
        return np.tanh(X @ weights[0] + weights[1]) @ weights[2] + weights[3]

    pair, unit = scores(sample.start(5)), scores(sample.start(5, "logistic"))
    np.testing.assert_allclose(pair[:, 1] - pair[:, 0], unit[:, 0], rtol=1e-5, atol=1e-6)


def test_a_wrong_formula_is_seen() -> None:
    old, gradient = [np.array([1.0, 2.0])], [np.array([0.5, -0.5])]
    new = [old[0] - 0.1 * gradient[0]]
    follower = Follower()
    follower.follow(old, new, gradient, new)
    assert follower.disagreement == 0.0
    follower.follow(old, new, gradient, [old[0] - 0.1 * 1.01 * gradient[0]])
    assert follower.disagreement == pytest.approx(0.01)
    follower.follow(old, old, gradient, new)
    assert follower.disagreement == float("inf")


def test_the_effective_rate_and_its_gaps() -> None:
    zero, one = [np.zeros(2)], [np.array([3.0, 4.0])]
    follower = Follower()
    follower.follow(zero, [np.array([0.3, 0.4])], one)
    follower.follow(zero, zero, zero)
    follower.follow(zero, zero, one)
    assert follower.curve == [pytest.approx(0.1), None, 0.0]
    found = LearningRate("sklearn", "x", curve=tuple(follower.curve))
    assert found.mean(3) == pytest.approx(0.05)
    assert found.mean(4) is None


def test_path_and_net() -> None:
    ends = [[np.zeros(2)], [np.array([3.0, 4.0])], [np.array([3.0, 0.0])]]
    assert travelled(ends) == (9.0, 3.0)
    assert norm([np.array([2.0]), np.array([[1.0, 2.0]])]) == 3.0


def test_the_record_survives_json(measured: LearningRates) -> None:
    text = json.dumps(measured.to_dict(), allow_nan=False)
    assert LearningRates.from_dict(json.loads(text)) == measured


@pytest.mark.parametrize(
    "change",
    [{"schema": 2}, {"rows": None}, {"rows": [{"engine": "x"}]}, {"gaps": 3}, {"versions": [1]}],
    ids=str,
)
def test_another_record_is_refused(measured: LearningRates, change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="learning rates"):
        LearningRates.from_dict(measured.to_dict() | change)


def test_the_report_has_a_line_for_every_row(measured: LearningRates) -> None:
    said = document(measured)
    declared, (formulas, without) = said.parts[1].tables[0], said.parts[2].tables
    assert len(declared.rows) + len(without.rows) == len(measured.rows)
    assert len(formulas.rows) == sum(bool(row.formula) for row in measured.rows)
    assert said.parts[1].drawing is not None
    text = said.markdown()
    assert "learning_rate_init=0.001" in text.replace("\\", "")


def test_the_figure_names_every_curve_inside_its_frame(measured: LearningRates, tmp_path: File) -> None:
    drawn = figure(measured)
    file = tmp_path / "rates.png"
    drawn.savefig(file, dpi=60)
    assert file.stat().st_size > 5000
    axes = drawn.axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    said = " ".join(text.get_text() for text in axes.texts)
    for words in ("MLP adam", "invscaling", "pa1", "optimal", "adaptive, constant"):
        assert words in said
    boxes = [text.get_window_extent() for text in axes.texts]
    width, height = drawn.canvas.get_width_height()
    assert min(min(box.x0, box.y0) for box in boxes) >= 0
    assert max(box.x1 for box in boxes) <= width
    assert max(box.y1 for box in boxes) <= height
    boxes.sort(key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))


def test_a_figure_of_nothing_measured(measured: LearningRates) -> None:
    none = replace(measured, rows=tuple(r for r in measured.rows if r.none))
    assert figure(none).axes[0].lines[:] == []


def test_a_missing_framework_is_a_gap_and_the_rest_is_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: File
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    names: list[str] = []
    found = measure(
        ["h2o", "sklearn"], updates=2, sizes=(), on_progress=names.append, store=tmp_path / "store.sqlite"
    )
    assert "Java is neither on the PATH" in found.gaps["h2o"]
    assert {r.engine for r in found.rows} == {"sklearn"}
    assert names == ["sklearn"]
    assert row(found, "MLPClassifier(solver='adam', default)").mean(10) is None


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown engine 'sklaern'"):
        measure(["sklaern"])


def test_a_path_is_a_plain_record() -> None:
    path = Path(10, 1, 1, 10, 0.5, 0.5, "epochs=1")
    only = LearningRates((LearningRate("keras", "SGD", paths=(path,), curve=(0.1, None)),))
    assert LearningRates.from_dict(only.to_dict()) == only
