"""What is done to a contestant's rows before its framework: the settings, and no knowledge of other rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.preprocessing import StandardScaler
from statsmodels.api import OLS, add_constant

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Value
from crossframe.data import Dataset
from crossframe.data.designs import WHOLE
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment, identity
from crossframe.experiment.preparation import Preparation, Selection, Unprepared, prepare
from crossframe.experiment.record import Record
from crossframe.experiment.selection import select
from crossframe.experiment.spec import missing_rule, own_settings, parse
from crossframe.experiment.store import opened
from crossframe.frameworks.contract import Coefficients, FitRequest, FitResult, Status
from crossframe.frameworks.inference import Inference
from crossframe.frameworks.pool import Pool

NAN = np.nan


@pytest.fixture
def data() -> Dataset:
    """30 rows of two classes and three features; the second is missing in every fifth row."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(30, 3)) * (1.0, 5.0, 0.2) + (0.0, 2.0, 7.0)
    y = (X[:, 0] + rng.normal(size=30) > 0).astype(np.int64)
    X[::5, 1] = NAN
    return Dataset("holes", X, y, ("a", "b", "c"), ("no", "yes"), "random rows")


def experiment(data: Dataset, *texts: str) -> Experiment:
    return Experiment(data, WHOLE, (len(data.y),), 1, 1, tuple(map(parse, texts)), threads=1)


TRAIN = np.arange(20)


@pytest.mark.parametrize(
    ("text", "own", "settings"),
    [
        ("sklearn.logistic:missing=mean", {"missing": "mean"}, {}),
        ("sklearn.logistic:missing=error", {}, {}),
        ("r.glm:missing=drop", {}, {"missing": "drop"}),
        ("r.glm:missing=level", {"missing": "level"}, {}),
        ("h2o.glm:missing=drop", {}, {"missing": "drop"}),
        ("h2o.glm:missing=error", {"missing": "error"}, {}),
        ("sklearn.forest:missing=branch", {}, {}),
        ("r.lm:features.standardize=sd_n-1", {"features.standardize": "sd_n-1"}, {}),
        ("h2o.glm:features.standardize=none", {}, {"features.standardize": "none"}),
        ("keras.mlp:class.order=reversed", {"class.order": "reversed"}, {}),
        ("r.glm:class.order=given", {}, {}),
    ],
)
def test_what_a_model_has_is_left_to_it(text: str, own: dict[str, Value], settings: dict[str, Value]) -> None:
    contestant = parse(text)
    assert own_settings(contestant) == own
    assert contestant.settings == settings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("r.glm:missing=branch", "cannot express missing=branch"),
        ("r.glm:missing=mode", "missing=mode: unknown value"),
        ("r.glm:class.order=1x0", "class.order=1x0: unknown value"),
        ("r.glm:selection.ties=first", "selects no features"),
        ("r.glm:features.standardize=sd", "features.standardize=sd: unknown value"),
    ],
)
def test_what_cannot_be_made_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse(text)


def test_the_rule_in_either_spelling() -> None:
    rules = {text: missing_rule(parse(f"h2o.glm{text}")) for text in ("", ":missing=mean", ":missing=level")}
    assert rules == {"": "", ":missing=mean": "mean", ":missing=level": "level"}
    assert missing_rule(parse("h2o.glm:missing_values_handling=Skip")) == "drop"


@pytest.mark.parametrize("missing", ["drop", "mean", "level"])
@pytest.mark.parametrize("standardize", ["", "sd_n", "sd_n-1", "max"])
def test_other_rows_change_nothing_that_is_learned(data: Dataset, missing: str, standardize: str) -> None:
    rule, selection = Preparation(missing, standardize), Selection("f", 2, "last")
    one = prepare(rule, selection, data, TRAIN)
    others = data.X.copy()
    others[20:] = 1e6
    other = prepare(rule, selection, replace(data, X=others), TRAIN)
    assert np.array_equal(one.X, other.X)
    assert np.array_equal(one.rows(data.X[:20]), one.X)
    assert np.array_equal(one.rows(data.X[20:]), other.rows(data.X[20:]))


def test_missing_features(data: Dataset) -> None:
    b = data.X[:20, 1]
    dropped = prepare(Preparation("drop"), None, data, TRAIN)
    assert np.array_equal(dropped.X, data.X[:20][~np.isnan(b)])
    assert len(dropped.y) == 16
    mean = prepare(Preparation("mean"), None, data, TRAIN)
    assert mean.X[0, 1] == pytest.approx(np.mean(b[~np.isnan(b)]), rel=1e-14)
    level = prepare(Preparation("level"), None, data, TRAIN)
    assert level.names == ("a", "b", "c", "b=missing")
    assert np.array_equal(level.X[:, 3], np.isnan(b))
    assert np.array_equal(level.rows(data.X[20:])[:, 3], np.isnan(data.X[20:, 1]))


def test_a_missing_text_is_one_level(tmp_path: Path) -> None:
    from crossframe.data import load

    file = tmp_path / "t.csv"
    file.write_text("x,colour,y\n1,red,0\n2,,1\n3,blue,0\n4,green,1\n5,,0\n6,red,1\n")
    loaded = load(file, target="y", missing="framework")
    made = prepare(Preparation("level"), None, loaded, np.arange(6))
    assert made.names == ("x", "colour=green", "colour=red", "colour=missing")
    assert made.X[:, 3].tolist() == [0, 1, 0, 0, 1, 0]


def test_scales_are_those_of_scikit_learn_and_r(data: Dataset) -> None:
    complete = replace(data, X=np.nan_to_num(data.X))
    X = complete.X[:20]
    made = prepare(Preparation(standardize="sd_n"), None, complete, TRAIN)
    scaler = StandardScaler().fit(X)
    np.testing.assert_allclose(made.X, scaler.transform(X), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(made.rows(complete.X[20:]), scaler.transform(complete.X[20:]), atol=1e-12)
    made = prepare(Preparation(standardize="sd_n-1"), None, complete, TRAIN)
    np.testing.assert_allclose(made.X.std(axis=0, ddof=1), 1.0, rtol=1e-12)
    constant = replace(complete, X=np.column_stack([complete.X[:, :2], np.full(30, 0.1)]))
    made = prepare(Preparation(standardize="sd_n"), None, constant, TRAIN)
    np.testing.assert_allclose(made.X[:, 2], 0.0, atol=1e-15)


def test_coefficients_are_per_unit_of_the_data(data: Dataset) -> None:
    made = prepare(Preparation("mean", "sd_n"), None, data, TRAIN)
    fit = FitResult(Status.CONVERGED, coefficients=Coefficients(0.5, np.array([1.0, -2.0, 3.0])))
    per_unit = made.result(fit, made.scored(data.X[20:])).coefficients
    assert per_unit is not None
    plain = prepare(Preparation("mean"), None, data, TRAIN)
    np.testing.assert_allclose(
        per_unit.intercept + plain.X @ per_unit.values, 0.5 + made.X @ [1.0, -2.0, 3.0], rtol=1e-10
    )
    table = np.arange(12.0).reshape(4, 3) - 5
    of_classes = made.result(FitResult(Status.CONVERGED, class_coefficients=table), made.scored(data.X[20:]))
    got = of_classes.class_coefficients
    assert got is not None
    np.testing.assert_allclose(got[0] + plain.X @ got[1:], table[0] + made.X @ table[1:], rtol=1e-10)


def _inference(X: FloatArray, y: FloatArray) -> Inference:
    """That of statsmodels' least squares."""
    fit = OLS(y, add_constant(X)).fit()
    return Inference(np.column_stack([fit.bse, fit.tvalues, fit.pvalues, fit.conf_int()]))


@pytest.mark.parametrize("rule", ["sd_n-1", "max"])
def test_standard_errors_are_per_unit_of_the_data(data: Dataset, rule: str) -> None:
    plain, made = (prepare(Preparation("mean", how), None, data, TRAIN) for how in ("", rule))
    y = data.X[:20, 0] ** 2
    fit = FitResult(Status.CONVERGED, inference=_inference(made.X, y))
    per_unit = made.result(fit, made.scored(data.X[20:])).inference
    assert per_unit is not None
    expected = _inference(plain.X, y).table
    if rule != "max":
        expected[0] = NAN
    np.testing.assert_allclose(per_unit.table, expected, rtol=1e-9)


def test_rows_that_are_left_out_have_no_score(data: Dataset) -> None:
    made = prepare(Preparation("drop"), None, data, TRAIN)
    scored = made.scored(data.X[20:])
    fit = FitResult(Status.CONVERGED, score=np.full(8, 0.7), labels=np.ones(8, dtype=np.int64))
    whole = made.result(fit, scored)
    assert whole.score is not None
    assert whole.labels is not None
    assert np.flatnonzero(np.isnan(whole.score)).tolist() == [0, 5]
    assert whole.labels.tolist() == [-1, 1, 1, 1, 1, -1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("X", "rule", "status", "why"),
    [
        ([[NAN, 1.0], [1.0, NAN]], "drop", Status.REFUSED, "in every row"),
        ([[NAN, 1.0], [NAN, 2.0]], "mean", Status.REFUSED, "without a value in the rows to train on: a"),
        ([[NAN, 1.0], [0.0, 2.0]], "error", Status.REFUSED, "missing in 1 row of the data"),
        ([[NAN, 1.0], [0.0, 2.0]], "drop", Status.ONE_CLASS, ""),
    ],
)
def test_rows_that_cannot_be_prepared(X: list[list[float]], rule: str, status: Status, why: str) -> None:
    data = Dataset("two", np.array(X), np.array([0, 1]), ("a", "b"), ("0", "1"), "two rows")
    with pytest.raises(Unprepared) as caught:
        prepare(Preparation(rule), None, data, np.arange(2))
    assert caught.value.status is status
    assert why in str(caught.value)


def test_ties() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    X = rng.normal(size=(40, 6)) + np.outer(y, [2.0, 1.5, 0.8, 0.0, 0.0, 0.0])
    X[:, 3] = X[:, 2]
    kept = {ties: select("f", 3, X, y, ties).tolist() for ties in ("", "all", "none", "first", "last")}
    assert kept == {"": [0, 1], "all": [0, 1, 2, 3], "none": [0, 1], "first": [0, 1, 2], "last": [0, 1, 3]}
    best = SelectKBest(f_classif, k=3).fit(X, y).get_support()
    assert np.flatnonzero(best).tolist() == kept["last"]


def test_keys_cover_the_preparation(data: Dataset) -> None:
    plain = identity(parse("sklearn.logistic"))
    assert identity(parse("sklearn.logistic:features.standardize=none")) == plain
    texts = [f"sklearn.logistic:{s}" for s in ("missing=mean", "missing=drop", "class.order=reversed")]
    texts += ["sklearn.logistic", "leekasso.f.lm", "leekasso.f.lm:selection.ties=last"]
    assert len({cell.key for cell in experiment(data, *texts).cells()}) == len(texts)


def test_a_target_of_numbers_has_no_order(data: Dataset) -> None:
    numbers = replace(data, y=data.X[:, 0], classes=())
    with pytest.raises(
        UsageError, match=r"sklearn\.linear:class\.order=reversed: the target of holes holds num"
    ):
        experiment(numbers, "sklearn.linear:class.order=reversed").validate()


def test_requests_and_the_hash_of_what_the_framework_received(
    data: Dataset, tmp_path: Path, pool: Pool
) -> None:
    texts = ("sklearn.logistic:missing=drop,features.standardize=sd_n", "sklearn.logistic:missing=mean")
    whole = experiment(data, *texts)
    asked = [cell.prepare() for cell in whole.cells()]
    assert all(isinstance(request, FitRequest) for request in asked)
    assert [request.X_train.shape for request in asked if isinstance(request, FitRequest)] == [
        (24, 3),
        (30, 3),
    ]
    with opened(tmp_path / "store.sqlite") as store:
        fits = FitCache(whole, store, pool=pool)
        dropped, mean = (fits.records(contestant)[0] for contestant in whole.contestants)
        (reversed_,) = fits.records(parse(f"{texts[1]},class.order=reversed"))
        (refused,) = fits.records(parse("sklearn.forest:missing=error"))
    for record, rows in ((dropped, 24), (mean, 30)):
        assert record.fields["fingerprint_ok"]
        assert record.fields["rows"] == rows
    assert np.flatnonzero(np.isnan(dropped.arrays["score"])).tolist() == [0, 5, 10, 15, 20, 25]
    np.testing.assert_allclose(_linear(dropped, data), dropped.arrays["score"], rtol=1e-10)
    # The other class's probability; what is right is judged by its own order.
    np.testing.assert_allclose(reversed_.arrays["score"], 1 - mean.arrays["score"], atol=1e-4)
    assert reversed_.fields["accuracy"] == mean.fields["accuracy"]
    assert refused.status is Status.REFUSED
    assert "missing in 6 rows" in refused.fields["evidence"][0]


def _linear(record: Record, data: Dataset) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    beta = record.arrays["coefficients"]
    scores: np.ndarray[tuple[int], np.dtype[np.float64]] = 1 / (1 + np.exp(-beta[0] - data.X @ beta[1:]))
    return scores
