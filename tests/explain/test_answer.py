"""The answer stands first in every form: the conclusion, the cause with both sides' values, the recipe."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from crossframe.explain.answer import answer
from crossframe.explain.api import explain
from crossframe.explain.explanation import Conclusion
from crossframe.explain.report import document
from tests.tables import table

CAUSE = "Cause: ridge penalty (penalty.l2) is 0.0125 (C=1.0) in sklearn.logistic and 0 in r.glm"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("answer")
    table(80).to_csv(folder / "t.csv", index=False)

    def page(*sides, **options):
        return explain(*sides, data=folder / "t.csv", target="y", store=folder / "s.sqlite", **options)

    return page


@pytest.fixture(scope="module")
def found(pages):
    return pages("sklearn.logistic", "r.glm")


@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal_begins_with_the_answer_and_ends_with_it(found, width):
    out = io.StringIO()
    document(found).show(Console(file=out, width=width, no_color=True))
    words = " ".join(out.getvalue().split())
    order = ["The difference is explained", CAUSE, "To make sklearn.logistic give", "Diagnoses", "in short"]
    places = [words.index(part) for part in order]
    assert places == sorted(places)
    assert words.index(CAUSE, places[-1])


def test_the_page_markdown_and_notebook_begin_with_the_answer(found):
    page = document(found)
    first = page.headlines[: page.answer]
    assert first[0].startswith("The difference is explained")
    assert first[1].startswith(CAUSE)
    assert all(line.startswith("To make ") for line in first[2:])
    assert len(first) == 4
    for text in (page.markdown(), page.html(), found._repr_html_()):
        evidence = "<table" if "<table" in text else "## "
        assert text.index("Cause: ridge penalty") < text.index("To make the two give") < text.index(evidence)


def test_words_of_the_method_are_explained_where_they_first_stand(found):
    text = document(found).markdown()
    assert "is what the setting accounts for" in text
    assert "switched first" in text
    assert "context" not in text
    assert "hybrid" not in text
    first = text.index("certified optimum")
    assert "the exact minimum" in text[first : first + 50]


def test_nothing_needs_switching_where_the_two_agree(pages):
    page = document(pages("reference.optimum:penalty.l2=0.1", "reference.optimum:l2=0.1"))
    assert "Nothing needs to be switched." in page.headlines[0]


@pytest.mark.slow
def test_what_gives_neither_sides_answer_is_not_called_the_answer_of_one(pages):
    sides = ("sklearn.logistic:C=10", "sklearn.logistic:C=10,solver=newton-cholesky")
    lines = document(pages(*sides)).headlines
    (recipe,) = [line for line in lines if line.startswith("To make ")]
    assert recipe.startswith("To make the two give one answer: sklearn.logistic with ")
    assert f"for {sides[0]}, and {sides[1]} run to its end with tol=" in recipe


def test_the_data_table_has_the_rows_of_either_side(tmp_path):
    data = table(60)
    data.loc[::6, "x"] = float("nan")
    data.to_csv(tmp_path / "t.csv", index=False)
    sides = ("sklearn.logistic:missing=drop", "sklearn.logistic:missing=mean")
    found = explain(*sides, data=tmp_path / "t.csv", target="y", store=tmp_path / "s")
    text = document(found).markdown()
    assert f"| of these trained on, {sides[0]} | 50 |" in text
    assert f"| of these trained on, {sides[1]} | 60 |" in text


def test_the_side_that_stopped_early_is_named_where_its_distance_is_known(pages):
    short = "sklearn.logistic:C=inf,max_iter=1"
    found = pages(short, "sklearn.logistic:C=inf")
    assert found.verdict is Conclusion.NOT_CONVERGED
    stopped = "it stopped before the optimum of its own objective (lbfgs: 1 of at most 1 iterations)"
    assert answer(found)[0] == f"{short} has not converged: {stopped}."
    unknown = replace(found, shortfalls=(None, None))
    assert unknown.verdict is Conclusion.NOT_CONVERGED
    assert answer(unknown)[0] == "A solver stopped before the optimum of its own objective."
