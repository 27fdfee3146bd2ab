"""Explanations of real frameworks on real data: the cause, its share, and the recipe that closes the gap."""

from __future__ import annotations

import json

import pytest

from crossframe.core.errors import UsageError
from crossframe.explain.api import explain
from crossframe.explain.explanation import Conclusion
from crossframe.explain.report import document


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The breast-cancer data of scikit-learn: its first four features, which overlap, and all thirty."""
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    folder = tmp_path_factory.mktemp("tables")
    for k in (4, 30):
        X.iloc[:, :k].assign(benign=y).to_csv(folder / f"{k}.csv", index=False)
    return folder


def explained(tables, left, right, k=4):
    return explain(left, right, data=tables / f"{k}.csv", target="benign", store=tables / "store.sqlite")


def shares(found):
    return {c["setting"]: c["share"] for c in found.to_dict()["causes"]}


@pytest.mark.slow
def test_the_default_penalty_of_scikit_learn(tables):
    found = explained(tables, "sklearn.logistic", "r.glm")
    told = found.to_dict()
    assert told["verdict"] == "explained"
    assert shares(found)["penalty.l2"] > 0.999
    recipe = told["recipe"]
    assert recipe["left"]["model"] == "sklearn.logistic"
    assert recipe["left"]["arguments"]["C"] == "inf"
    assert recipe["right"]["model"] == "r.glmnet"
    assert min(recipe["left"]["digits"], recipe["right"]["digits"]) >= 8
    (said,) = [d for d in told["diagnoses"] if d["kind"] == "objective" and d["side"] == "left"]
    assert "l2 0.00175" in said["words"]


@pytest.mark.slow
def test_the_intercept_that_liblinear_penalises(tables):
    found = explained(tables, "sklearn.logistic:solver=liblinear", "sklearn.logistic")
    assert found.verdict is Conclusion.EXPLAINED
    assert shares(found)["penalty.intercept"] > 0.99
    assert found.to_dict()["digits_after"] >= 8


@pytest.mark.slow
def test_the_penalty_that_h2o_chooses(tables):
    found = explained(tables, "h2o.glm", "r.glm")
    assert found.verdict is Conclusion.EXPLAINED
    assert {"penalty.l1", "penalty.l2"} <= set(shares(found))
    assert found.from_left.closing.gap <= 1e-8


@pytest.mark.slow
def test_least_squares_is_another_loss(tables):
    found = explained(tables, "r.lm", "r.glm")
    assert found.verdict is Conclusion.EXPLAINED
    assert set(shares(found)) == {"link"}
    # The Gaussian family is glm's own least squares.
    assert found.from_right.recipe.arguments == {"link": "identity"}


@pytest.mark.slow
def test_thirty_columns_separate_the_classes(tables):
    found = explained(tables, "r.glm", "sklearn.logistic:C=inf", 30)
    assert found.verdict is Conclusion.NO_UNIQUE_OPTIMUM
    (proof,) = [d for d in found.diagnoses if d.kind == "separation"]
    assert proof.certificate["strict_rows"] == proof.certificate["rows"] == 569
    assert proof.certificate["verified_in_exact_arithmetic"] is True
    assert len(proof.certificate["direction"]) == 30


def test_two_equal_sides_agree(tables):
    found = explained(tables, "r.glm", "r.glm")
    told = found.to_dict()
    assert (told["verdict"], told["causes"]) == ("agree", [])
    assert found.verdict.exit_code == 0


def test_every_form_of_the_report(tables):
    found = explained(tables, "sklearn.logistic", "r.glm")
    told = document(found)
    for text in (told.markdown(), told.html().replace("<wbr>", "")):
        assert "penalty.l2" in text.replace("\\", "")
        assert "newton-cholesky" in text
    json.dumps(found.to_dict())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sklearn.logistic", "keras.mlp"), "not of the linear family"),
        (("sklearn.logistic", "r.glmm"), "unknown model"),
        (("sklearn.logistic:C=zero", "r.glm"), "impossible value"),
        (("r.glm", "h2o.glm:nothing=1"), "unknown setting"),
    ],
)
def test_sides_that_cannot_be_explained(tables, words, message):
    with pytest.raises(UsageError, match=message):
        explained(tables, *words)


def test_a_model_that_gives_no_answer_is_named(tables):
    with pytest.raises(UsageError, match="gave no answer"):
        explained(tables, "sklearn.logistic:solver=liblinear,l1_ratio=1,dual=true", "r.glm")
