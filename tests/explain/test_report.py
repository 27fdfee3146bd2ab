"""The report of an explanation: its parts in their order, and that they tell what was found."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from crossframe.explain.api import explain
from crossframe.explain.outcomes import aligned
from crossframe.explain.programs import write_programs
from crossframe.explain.report import document


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def table(place):
    """60 rows of two overlapping classes."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 3)) * [1, 3, 10] + [0, 1, 5]
    y = X @ [1, 0.3, -0.1] + rng.logistic(size=60) > 0
    rows = np.column_stack([X, y])
    np.savetxt(place / "t.csv", rows, delimiter=",", header="a,b,c,y", comments="", fmt="%.17g")
    return {"data": place / "t.csv", "target": "y", "store": place / "store.sqlite"}


@pytest.fixture(scope="module")
def explained(table):
    return explain("sklearn.logistic:C=0.1", "r.glm", paths=True, **table)


@pytest.fixture(scope="module")
def ran(explained, place, table):
    return write_programs(explained, place / "why")


def headings(told):
    return [part.heading for part in told.parts]


def test_the_parts_come_in_their_order(explained):
    told = document(explained)
    first = "Columns and rows, Causes, Closing it, Diagnoses, How the two fits ended"
    assert headings(told)[:5] == first.split(", ")
    assert headings(told)[-1] == "Data and cost"
    assert told.headlines[0] == "The difference is explained: switching settings closes it."
    assert any("ridge penalty (penalty.l2)" in line for line in told.headlines)
    names = [p.drawing.name for p in told.parts if p.drawing]
    assert len(names) == len(set(names)) >= 3


def test_the_title_is_in_words_and_evidence_below_details(explained, table):
    page = document(explained)
    assert page.title == "Why Logistic · scikit-learn (C=0.1) and Logistic · R glm differ"
    assert page.facts.startswith("sklearn.logistic:C=0.1 and r.glm; 60 rows")
    assert [part.heading for part in page.shown][-1] == "Closing it"
    assert page.detailed[0].heading == "Diagnoses"
    gap = replace(explained.gap, metric="accuracy", left=0.7, right=0.9, difference=-0.2, draws=12)
    data = {**explained.data, "design": "leek", "overlap": 0.0}
    worse = replace(
        explained, data=data, directions=(), diagnoses=(), gap=replace(gap, interval=(-0.3, -0.1), lost=2)
    )
    title = "Why Logistic · scikit-learn (C=0.1) is less accurate than Logistic · R glm at 60 training rows"
    assert document(worse).title == title
    assert "A side gave no answer on 2 of the 12 draws" in document(worse).markdown()


@pytest.mark.slow
def test_programs_stand_in_the_page_as_they_ran(explained, ran, place):
    told = document(explained, tuple(ran))
    assert headings(told)[2:5] == ["Closing it", "The recipe", "Diagnoses"]
    assert all(r.digits is not None and r.digits >= 8 for r in ran)
    page, twin = told.html().replace("<wbr>", ""), told.markdown()
    for name, text in zip(ran[0].programs, ran[0].texts, strict=True):
        assert (place / "why" / name).read_text() == text
        assert f"<summary>{name}</summary>" in page
        assert text.rstrip() in twin
    assert "LogisticRegression(" in page
    assert "glm(" in page


def test_the_sides_stand_beside_each_other(explained):
    left, right = explained.outcomes
    found = aligned(left, right)
    assert [name for name, *_ in found.columns] == ["", "left: sklearn.logistic:C=0.1", "right: r.glm"]
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in found.rows}
    assert rows["status"] == ["converged", "converged"]
    assert "lbfgs" in rows["message"][0]
    assert "Fisher scoring" in rows["message"][1]
    assert rows["iterations"] == [str(int(left.iterations)), str(int(right.iterations))]
    assert rows["warnings"] == ["no warning", "no warning"]


def test_the_solvers_reach_their_own_optima(explained):
    for gone, outcome in zip(explained.paths, explained.outcomes, strict=True):
        assert gone.limits[:2] == (1, 2)
        assert gone.limits[-1] == outcome.iterations
        assert gone.distances[-1] < 1e-3 < gone.distances[0]
    assert not np.array_equal(explained.paths[0].optimum, explained.paths[1].optimum)


@pytest.mark.slow
def test_without_an_optimum_the_certificate_comes_first(table, place):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 2))
    rows = np.column_stack([X, X[:, 0] + X[:, 1] > 0])
    np.savetxt(place / "apart.csv", rows, delimiter=",", header="a,b,y", comments="", fmt="%.17g")
    found = explain(
        "sklearn.logistic:C=inf", "r.glm", paths=True, data=place / "apart.csv", target="y",
        store=table["store"],
    )  # fmt: skip
    told = document(found)
    assert headings(told)[1:3] == ["Diagnoses", "Where the two solvers go"]
    assert "Causes" not in headings(told)
    assert told.headlines[0].startswith("There is no finite optimum")
    (certificate,) = (t for t in told.parts[1].folded if t.caption.startswith("certificate: separation"))
    values = {row[0].text: row[1].text for row in certificate.rows}
    start = float(values["intercept"])
    side = start + X @ [float(values["direction: a"]), float(values["direction: b"])]
    assert np.all((side > 0) == (rows[:, 2] == 1))
    assert found.paths[1].optimum is None
    assert all(np.diff(found.paths[1].norms) > 0)
    assert any(line.startswith("r.glm: the coefficients' length is") for line in told.headlines)
    assert "size of the coefficients" in told.parts[2].drawing.wide


def test_sides_that_agree_have_no_causes(table):
    told = document(explain("r.glm", "r.glm", **table))
    assert told.headlines == (
        "The two agree: their scores are identical to the last bit. Nothing needs to be switched.",
    )
    assert "Causes" not in headings(told)
    assert "How the two fits ended" in headings(told)


@pytest.mark.parametrize("width", [80, 100])
def test_the_terminal_has_no_line_that_is_too_long(explained, width):
    out = io.StringIO()
    document(explained).show(Console(file=out, width=width, force_terminal=True, no_color=True))
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in out.getvalue().splitlines()]
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert text.index("Causes") < text.index("Diagnoses") < text.index("in short")
    assert "Where the two solvers go" not in text
