"""Explanations as a notebook and ``print`` show them, and the words and numbers in which they are written."""

from __future__ import annotations

import pytest

from crossframe.core.statistics import MAX_DIGITS, digits
from crossframe.core.text import agreement
from crossframe.core.text import digits as written
from crossframe.explain.api import explain
from crossframe.explain.explanation import Conclusion
from crossframe.explain.report import document
from crossframe.explain.spelling import source
from tests.tables import table


@pytest.fixture(scope="module")
def explained(tmp_path_factory):
    place = tmp_path_factory.mktemp("views")
    table(80).to_csv(place / "t.csv", index=False)
    given = {"data": place / "t.csv", "target": "y", "store": place / "store.sqlite"}
    return {
        "closed": explain("sklearn.logistic:C=1", "sklearn.logistic:C=10,solver=newton-cholesky", **given),
        "same": explain("sklearn.logistic:C=1", "sklearn.logistic", **given),
    }


def test_print_is_at_most_ten_lines_in_words(explained):
    for e in explained.values():
        shown = str(e)
        assert 2 <= len(shown.splitlines()) <= 10
        assert e.left in shown
        assert "Explanation(" not in shown + repr(e)
        assert len(repr(e)) < 200
        assert e.verdict.phrase in repr(e)


def test_a_notebook_shows_the_result_and_the_shares(explained):
    html = explained["closed"]._repr_html_()
    assert "switching settings closes it" in html
    assert "penalty.l2" in html
    assert "<table" in html
    assert "<script" not in html


def test_pages_have_no_raw_verdict(explained):
    raw = {str(c) for c in Conclusion if "_" in str(c)}
    for e in explained.values():
        page = document(e)
        for text in (page.html(), page.markdown(), str(e), repr(e), e._repr_html_()):
            assert not [word for word in raw if word in text]


def test_shares_are_given_in_the_frameworks_own_spelling_too(explained):
    e = explained["closed"]
    assert e.to_dict()["spellings"]["penalty.l2"] == ["C=1.0", "C=10.0"]
    (shares, *_) = (t for p in document(e).parts if p.key == "causes" for t in p.tables)
    (row,) = (row for row in shares.rows if row[0].text == "penalty.l2")
    assert [cell.text for cell in row[1:3]] == ["0.0125 (C=1.0)", "0.00125 (C=10.0)"]


def test_equal_bits_are_called_identical(explained):
    assert digits([0.0][0] * MAX_DIGITS, 1.0) == MAX_DIGITS
    assert written(MAX_DIGITS) == "identical"
    assert written(float(digits(1e-17, 1.0))) == "15.7", "less than float64 resolves, but not equal"
    assert agreement(9.42) == "9.4 digits of agreement"
    page = document(explained["same"])
    assert "identical to the last bit" in page.facts
    assert "15.7" not in page.markdown()


@pytest.mark.parametrize(
    ("model", "arguments", "words"),
    [
        ("keras.mlp", {"hidden": (64, 32), "dropout": 0.5, "batch_size": 8},
         "Dense(64), Dropout(0.5), Dense(32), Dropout(0.5), batch_size=8"),
        ("sklearn.mlp", {"hidden_layer_sizes": (64, 32)}, "hidden_layer_sizes=(64, 32)"),
        ("h2o.mlp", {"hidden": (64, 32), "hidden_dropout_ratios": 0.5},
         "hidden_dropout_ratios=[0.5, 0.5], hidden=[64, 32]"),
        ("r.glm", {"link": "probit", "maxit": 9}, 'family = binomial(link = "probit"), maxit = 9'),
        ("r.glmnet", {"intercept": True, "lambda": 0.5}, "intercept = TRUE, lambda = 0.5"),
    ],
)  # fmt: skip
def test_what_to_pass_is_what_the_framework_takes(model, arguments, words):
    assert source(model, arguments) == words
