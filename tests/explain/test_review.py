"""Pairs on which an explanation once said what was not so; each by real fits."""

from __future__ import annotations

import json

import numpy as np
import pytest

from crossframe.explain.api import explain
from crossframe.explain.attribution.attribute import attribute
from crossframe.explain.attribution.game import Game
from crossframe.explain.explanation import Conclusion
from crossframe.explain.report import document
from crossframe.optima.diagnoses.recovery import recover

NO_START = "sklearn.logistic:C=inf,fit_intercept=False"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three tables: y = x > 10 with x > 0, two separated classes, and features of unlike sizes."""
    import pandas as pd

    into = tmp_path_factory.mktemp("review")
    rng = np.random.default_rng(3)
    x, z = rng.uniform(5, 15, 120), rng.normal(size=120)
    pd.DataFrame({"x": x, "z": z, "y": (x > 10).astype(int)}).to_csv(into / "positive.csv", index=False)
    a, b = rng.normal(size=(2, 80))
    pd.DataFrame({"a": a, "b": b, "y": (a + b > 0).astype(int)}).to_csv(into / "apart.csv", index=False)
    chance = 1 / (1 + np.exp(-a))
    y = (rng.random(80) < chance).astype(int)
    pd.DataFrame({"a": np.exp(3 * a), "b": b * 1e-3, "y": y}).to_csv(into / "skew.csv", index=False)
    pd.DataFrame({"a": a, "b": b, "y": a - b + rng.normal(size=80)}).to_csv(into / "reg.csv", index=False)
    return into


def explained(folder, name, left, right):
    return explain(left, right, data=folder / f"{name}.csv", target="y", store=folder / "store.sqlite")


@pytest.mark.slow
def test_classes_that_only_an_intercept_separates(folder):
    found = explained(folder, "positive", NO_START, f"{NO_START},solver=newton-cholesky")
    assert not [d for d in found.diagnoses if d.kind == "separation"]
    assert found.verdict is not Conclusion.NO_UNIQUE_OPTIMUM


def test_each_side_is_judged_by_its_own_intercept(folder):
    found = explained(folder, "positive", NO_START, "sklearn.logistic:C=inf")
    (proof,) = [d for d in found.diagnoses if d.kind == "separation"]
    assert proof.side == "right"
    assert proof.certificate["verified_in_exact_arithmetic"] is True
    assert "x the likelihood grows" in proof.words or "z the likelihood grows" in proof.words


def test_one_side_without_an_optimum(folder):
    found = explained(folder, "apart", "sklearn.logistic", "r.glm")
    assert found.no_optimum == {"right"}
    # With the penalty of the other side it has one, and the same: whichever side comes first.
    assert found.verdict is Conclusion.EXPLAINED
    assert found.best is found.from_right
    assert found.shortfalls[1] is None
    assert "solver.tolerance (right)" not in {b.name for b in found.from_left.bundles}
    # Without a penalty there is nothing to run to: switched alone it does nothing.
    ends = [s for s in found.from_right.attribution.shares if s.setting == "solver.tolerance (right)"]
    assert all(s.first == 0 for s in ends)
    text = document(found).markdown()
    assert "r.glm has no finite optimum" in text.replace("\\", "")
    if found.from_left.closing.closed:
        assert found.from_left.recipe.coefficients > 0
        assert "the coefficients have no limit" in text
    json.dumps(found.to_dict())


@pytest.mark.slow
def test_the_scale_of_the_features_is_no_cause_without_a_penalty(folder):
    found = explained(folder, "skew", "h2o.glm", "r.glm")
    for d in (found.from_left, found.from_right):
        assert not {"features.standardize", "penalty.intercept"} & {b.name for b in d.bundles}
        assert d.closing.closed
        assert all(abs(s.fraction) <= 1.5 for s in d.attribution.shares if s.fraction is not None)


@pytest.mark.slow
def test_glmnet_run_to_its_end_keeps_its_penalty(folder):
    found = explained(folder, "reg", "sklearn.ridge", "r.glmnet:thresh=0.001")
    (end,) = [s for b in found.from_left.bundles for s in b.members if b.name == "solver.tolerance (right)"]
    assert "lambda = " in str(end.right)
    assert "thresh = 0.001" in str(end.left)
    (share,) = [s for s in found.from_left.attribution.shares if s.setting == end.setting]
    assert share.fraction is not None
    assert abs(share.fraction) < 0.01


@pytest.mark.parametrize("seed", range(30))
def test_two_coefficients_do_not_tell_two_strengths(seed):
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(seed)
    X = rng.normal(size=(150, 2)) * [1, 3]
    y = (rng.random(150) < 1 / (1 + np.exp(-X @ [1, -0.4]))).astype(float)
    model = LogisticRegression(C=1.0).fit(X, y)
    best = recover(X, y, "logit", model.intercept_[0], model.coef_[0], [1 / 150]).best
    assert best is not None
    assert (best.standardize, best.l1, best.intercept_penalty) == ("none", 0, 0)
    assert best.l2 == pytest.approx(1 / 150, rel=0.02)


def test_one_coefficient_tells_nothing_that_is_not_declared():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 1))
    y = (rng.random(150) < 1 / (1 + np.exp(-X[:, 0]))).astype(float)
    model = LogisticRegression(tol=1e-10).fit(X, y)
    said = recover(X, y, "logit", model.intercept_[0], model.coef_[0])
    assert len(said.alternatives) >= 3
    assert "these fit as well" in str(said)


@pytest.mark.slow
def test_what_the_coefficients_minimise_is_compared_with_what_is_said(folder):
    found = explained(folder, "skew", "sklearn.logistic:tol=1e-10,max_iter=10000", "r.glm")
    told = {d.side: d.certificate["agrees"] for d in found.diagnoses if d.kind == "objective"}
    assert told["right"] is True
    assert told["left"] is True


def test_an_interaction_of_a_trifle_is_not_told():
    values = {frozenset(): 1.0, frozenset("a"): 1e-5, frozenset("b"): 1 - 4e-5, frozenset("ab"): 0.0}
    found = attribute(Game(("a", "b"), lambda subset: values[subset]))
    assert not [p for p in found.interactions if p.notable]


@pytest.mark.slow
def test_the_rest_is_rounding_only_at_the_predicted_floor(folder):
    found = explained(folder, "reg", "sklearn.ridge", "r.glmnet")
    left = found.best.closing.gap
    assert found.residual in ("rounding", "tolerance")
    assert (found.residual == "rounding") == (left <= 10 * found.rounding)


def test_one_combination_without_an_answer_leaves_the_rest_of_the_page(tmp_path):
    """Plain gradient steps on columns of this size overflow; neither side takes them."""
    import pandas as pd

    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, 2)) * 1e60
    data = pd.DataFrame(X, columns=["a", "b"]).assign(
        y=(X[:, 0] + 1e60 * rng.normal(size=40) > 0).astype(int)
    )
    data.to_csv(tmp_path / "t.csv", index=False)
    net = "sklearn.mlp:hidden_layer_sizes=3,max_iter=5,batch_size=8,random_state=1,learning_rate_init=0.1"
    left = f"{net},solver=sgd,features.standardize=sd_n-1"
    found = explain(left, net, data=tmp_path / "t.csv", target="y", store=tmp_path / "store.sqlite")
    assert found.verdict is Conclusion.UNEXPLAINED
    page = document(found)
    assert page.headlines[0] == (
        "The difference is not shared out: no gap could be measured with these switched: "
        "features.standardize."
    )
    assert found.gap.paired.largest > 0
    assert {"training", "second run", "spread"} <= {d.kind for d in found.diagnoses}
    assert "not distinguishable from 0" not in page.markdown()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["attribution"]["finding"] == "undefined"
