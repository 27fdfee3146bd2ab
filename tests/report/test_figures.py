"""Which figures a comparison has, what they show, and the colours of the frameworks in them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sklearn.linear_model import LogisticRegression

from crossframe.compare import curves, report
from crossframe.data import DESIGNS, load
from crossframe.experiment.view import View
from crossframe.report.style import MARKS, framework_colour, framework_marks
from tests.report.fixture import ROSTER, Entry, Made, build

HUES = {name for name, *_ in MARKS}
LOGISTIC = {
    f"{engine}.logistic:C={C}": Entry(
        f"Logistic, {engine}, C={C}", "logistic", lambda C=C: LogisticRegression(C=C), engine
    )
    for engine, C in (("r", 1e-6), ("h2o", 0.1), ("keras", 1.0), ("rkeras", 10.0), ("r", 100.0), ("h2o", 1e3))
}


@pytest.fixture(scope="module")
def many() -> Made:
    quick = {name: entry for name, entry in ROSTER.items() if entry.family != "network"}
    return build(sizes=(10, 20), draws=2, roster=quick | LOGISTIC)


def test_the_main_figure_has_the_best_the_worst_and_every_framework(many: Made) -> None:
    view = View(many)
    shown = view.principals()
    assert len(shown) < len(view.contestants)
    for n in view.sizes:
        ranked = [row["contestant"] for row in view.ranked(n)]
        assert {ranked[0], ranked[-1]} <= set(shown)
    assert {view.contestants[name]["engine"] for name in shown} == {e["engine"] for e in many.contestants}
    lead = curves.main_figure(view)
    assert lead.name == "curves"
    assert all(view.title(name) in lead.description for name in shown)
    assert f"all {len(view.contestants)} are in the tables" in lead.caption


@pytest.mark.slow
def test_with_one_n_there_are_no_learning_curves(many: Made) -> None:
    few = build(sizes=(10,), draws=2, roster={k: ROSTER[k] for k in list(ROSTER)[:3]})
    document = report.document(few)
    assert "Learning curves" not in document.html()
    assert not {"curves", "frameworks", "selection", "beam"} & set(document.drawings())
    lead = document.lead[0]
    assert lead.title == "Accuracy of every contestant at n = 10"
    assert all(c["title"] in lead.description for c in few.contestants)
    assert [d.name for d in document.drawings().values()].count("accuracy") == 1


@pytest.mark.slow
def test_a_framework_has_one_colour_in_every_figure() -> None:
    roster = {name: replace(entry, engine="h2o") for name, entry in ROSTER.items()}
    drawings = report.document(build(sizes=(10, 20), draws=1, roster=roster)).drawings()
    assert {"curves", "frameworks", "fitting", "updates", "selection"} <= set(drawings)
    for name in set(drawings) - {"agreement"}:  # which is a matrix: no colour in it is a framework's
        assert set(re.findall(r"var\(--(\w+)", drawings[name].wide)) & HUES == {"vermilion"}, name


def test_series_of_one_framework_differ_in_their_marks() -> None:
    marks = framework_marks(["r", "sklearn", "r", "h2o", "sklearn", "another"])
    assert [hue for hue, *_ in marks] == ["blue", "ochre", "blue", "vermilion", "ochre", "slate"]
    assert len({marker for _, marker, _ in marks}) == len(marks)
    assert marks[0] == MARKS[0]
    assert framework_colour("r") == framework_colour("r")
    assert len(framework_marks(["r"] * 30)) == 30


@pytest.mark.parametrize("name", list(DESIGNS))
def test_a_design_does_not_name_data_that_were_not_used(name: str) -> None:
    assert "MNIST" not in DESIGNS[name].describe
    assert "MNIST" not in load("digits").source
