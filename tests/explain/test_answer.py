"""The answer stands first in every form: the conclusion, the cause with both sides' values, the recipe."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from crossframe.data import load
from crossframe.data.designs import WHOLE
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.spec import parse
from crossframe.experiment.store import opened
from crossframe.explain.answer import answer
from crossframe.explain.api import explain
from crossframe.explain.explanation import Conclusion
from crossframe.explain.one_sample import OneSample
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
    assert set(found.best.closing.settings) == {"solver.tolerance (left)", "solver.tolerance (right)"}
    # Of a distance that is rounding no difference comes.
    unknown = replace(found, shortfalls=(None, replace(found.shortfalls[1], gap=1e-13)))
    assert unknown.verdict is Conclusion.NOT_CONVERGED
    assert answer(unknown)[0] == "A solver stopped before the optimum of its own objective."
    left = with_best(unknown, closing=replace(found.best.closing, settings=("solver.tolerance (left)",)))
    assert left.verdict is Conclusion.NOT_CONVERGED
    assert answer(left)[0] == answer(found)[0]


def with_best(e, **changes):
    """An explanation with both directions changed in the same way."""
    return replace(e, directions=tuple(replace(d, **changes) for d in e.directions))


def test_every_large_cause_is_named_and_that_it_interacts(found):
    (share, *_) = found.best.attribution.causes
    quarters = [
        replace(share, setting=f"penalty.{i}", fraction=0.25, fraction_first=0.0, fraction_last=0.9,
                amount=0.25, first=0.0, last=0.9 if i else 0.25)
        for i in range(4)
    ]  # fmt: skip
    shared = replace(found.best.attribution, shares=tuple(quarters), interactions=())
    page = document(with_best(found, attribution=shared))
    (causes,) = [line for line in page.headlines[: page.answer] if line.startswith("Causes: ")]
    assert causes.count("(25.0 % of the difference") == 4
    assert causes.count("(25.0 % of the difference, interacts)") == 3
    (together,) = [line for line in page.headlines if "the cause is the settings together" in line]
    assert together.startswith("Penalty.1 and penalty.2 and penalty.3 interact")
    assert "whether the others are switched already" in together


def test_what_rounding_of_collinear_columns_alone_makes_is_agreement(found):
    near = replace(found, gap=replace(found.gap, difference=5e-8), floor=1e-7)
    assert near.verdict is Conclusion.AGREE
    assert near.named == frozenset()
    (first, *more) = answer(near)
    assert first.startswith("The two agree up to rounding: two scores of a row differ by 5.0e-08 at most")
    assert "by up to 1.0e-07. Nothing needs to be switched." in first
    assert not [line for line in more if line.startswith(("Cause", "To make"))]
    assert replace(near, floor=1e-8).verdict is not Conclusion.AGREE


def test_the_floor_of_shares_is_that_of_rounding(tmp_path, pool):
    """Up to which size two linear models agree is one number, for shares as for the verdict."""
    x = np.random.default_rng(0).normal(size=60)
    data = table(60, x=x, z=x + 1e-8 * np.random.default_rng(1).normal(size=60), y=2 * x)
    data.to_csv(tmp_path / "t.csv", index=False)
    side = parse("sklearn.linear")
    numbers = load(str(tmp_path / "t.csv"), target="y", numbers=True)
    rows = Experiment(numbers, WHOLE, (60,), 1, 1, (side,), threads=1)
    with opened(tmp_path / "s") as store:
        made = OneSample(FitCache(rows, store, pool=pool), (side, side), pool)
        assert made.terms.floor == made.record([], made.directions()).floor > 1e-8
