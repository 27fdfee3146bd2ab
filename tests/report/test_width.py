"""Pages in a browser and tables on a terminal, at the widths that people have: nothing is cut."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sklearn.linear_model import LogisticRegression

from crossframe.claims.claim import Claim, Effect, Finding, Source, Verdict
from crossframe.compare import report
from crossframe.compare import terminal as comparison
from crossframe.core.statistics import Interval
from crossframe.report import wrapping
from crossframe.report.document import Document, Part
from crossframe.report.table import Cell, Column, Compact, Table, text_columns
from crossframe.studies.report import overview, page
from crossframe.studies.study import StudyOutcome, StudyResult
from tests.report.fixture import ROSTER, Entry, Made, build

LONG = "C=0.01,penalty=l2,max_iterations=10000,classification_stop=-1"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

_PROBE = """<script>addEventListener("load", () => {
  const all = (selector, wrong) => [...document.querySelectorAll(selector)].filter(wrong);
  const right = e => e.getBoundingClientRect().right;
  const bad = all("body *", e => !e.closest(".scroll,svg,pre,.skip") && right(e) > innerWidth + 0.5)
    .map(e => e.tagName + " " + e.textContent.slice(0, 60));
  const captions = all("caption span", e => e.getClientRects().length && right(e) > innerWidth)
    .map(e => e.textContent);
  const wider = all(".scroll", e => e.clientWidth && e.scrollWidth > e.clientWidth + 1)
    .map(e => e.getAttribute("aria-label"));
  const words = [];
  for (const e of all("h1,h2,h3,p,li,th,td,caption,figcaption,summary", e => e.getClientRects().length)) {
    const texts = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) for (const word of texts.currentNode.data.matchAll(/[\\w.,:=()]+/g)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, word.index);
      range.setEnd(texts.currentNode, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1) words.push(word[0]);
    }
  }
  const needs = document.documentElement.scrollWidth;
  parent.postMessage(JSON.stringify({width: innerWidth, needs, bad, captions, wider, words}), "*");
});</script>"""
_FRAME = """<!DOCTYPE html><script>
addEventListener("message", e => document.documentElement.setAttribute("data-seen", e.data))</script>
<iframe style="border:0;width:{width}px;height:900px" srcdoc="{page}"></iframe>"""


@pytest.fixture(scope="module")
def made() -> Made:
    logistic = {
        f"sklearn.logistic:{key},{LONG}": Entry(
            f"Logistic, scikit-learn ({key},{LONG})", "logistic", lambda C=C: LogisticRegression(C=C)
        )
        for key, C in (("tol=1", 0.1), ("tol=2", 1.0))
    }
    return build(sizes=(10, 20), draws=1, roster=ROSTER | logistic)


@pytest.fixture(scope="module")
def one() -> Made:
    return build(sizes=(10,), draws=2)


@pytest.fixture(scope="module")
def study() -> StudyResult:
    source = Source("Cordero 2017, When not to use deep learning", "https://example.org/")
    words = "A larger learning rate makes SGD end in wider minima."
    claim = Claim("rate", words, source, "rise of the loss", "the interval lies above 0", "2017-06-04")
    effect = Effect.of(
        "loss rise, largest / smallest rate, scikit-learn, batch 200", Interval(0.889, 0.789, 1.0)
    )
    finding = Finding(
        claim, Verdict.PARTLY, "of 9 rates", effect, ("scikit-learn liblinear", "R glm", "h2o.deeplearning"),
        where=f"at batch 8 (Keras), batch 1 (sklearn.logistic:{LONG})",
    )  # fmt: skip
    outcome = StudyOutcome((finding,) * 3, (Part("p", "Part", tables=(_table(8),)),), "MNIST, 0 against 1")
    return StudyResult("sgd", "Where SGD ends", "quick", outcome, 18.0, 3)


def _table(columns: int) -> Table:
    names = [("A rather long heading of a column", k > 0, "") for k in range(columns)]
    row = [Cell("solver.tolerance_deviance"), *(Cell("0.906 [0.890, 0.921]") for _ in range(columns - 1))]
    return Table(
        "A caption that says in many words what is to be seen in the table below it", names, [row] * 3
    )


def seen(page: str, width: int, folder: Path) -> dict[str, Any]:
    """What a browser measures of ``page`` in a window of ``width`` pixels."""
    assert CHROMIUM
    text = html.escape(page.replace("</body>", _PROBE + "</body>"), quote=True)
    file = folder / "frame.html"
    file.write_text(_FRAME.format(width=width, page=text), encoding="utf-8")
    words = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
             "--virtual-time-budget=5000", "--window-size=1400,900", "--dump-dom", file.as_uri()]  # fmt: skip
    shown = subprocess.run(words, capture_output=True, text=True, timeout=120)
    attribute = re.search(r'data-seen="([^"]*)"', shown.stdout)
    assert attribute, shown.stderr[-2000:]
    measured: dict[str, Any] = json.loads(html.unescape(attribute[1]))
    return measured


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed, which lays the pages out")
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("which", ["compare", "compare, one n", "studies", "study"])
def test_a_page_fits_its_window(
    which: str, width: int, made: Made, one: Made, study: StudyResult, tmp_path: Path
) -> None:
    pages = {
        "compare": lambda: report.document(made).html(),
        "compare, one n": lambda: report.document(one).html(),
        "studies": lambda: overview([study]).html(),
        "study": lambda: page(study).html(),
    }
    measured = seen(pages[which](), width, tmp_path)
    assert measured["width"] == width
    assert measured["needs"] <= width
    assert measured["bad"] == measured["captions"] == measured["words"] == []
    if which == "studies" and width == 1280:
        assert measured["wider"] == [], "the table of verdicts is wider than the page"


def printed(content: Document, width: int) -> str:
    stream = io.StringIO()
    content.show(Console(file=stream, width=width, force_terminal=True, color_system=None))
    return stream.getvalue()


def whole(text: str, words: Sequence[str], width: int) -> None:
    """Every line fits, and every part of every word stands on one line."""
    assert max(map(len, text.splitlines())) <= width
    for word in words:
        for piece in wrapping.joints(word, 14):
            assert piece in text, f"{piece} of {word} is broken"


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("columns", [2, 5, 16])
def test_a_table_breaks_no_word_and_no_number(columns: int, width: int) -> None:
    names = [
        ("setting", False, ""),
        *((f"labels changed by side {k}", k % 2 > 0, "") for k in range(columns)),
    ]
    rows = [
        [
            Cell("solver.max_iterations"),
            *(
                Cell(f"+0.146 [+0.007, +0.28{k}]" if k % 2 else "unknown value 'irls'")
                for k in range(columns)
            ),
        ]
    ]
    shown = printed(Document("", "", (), (Part("p", "P", tables=(Table("t", names, rows),)),)), width)
    words = [
        "solver.max_iterations",
        "unknown",
        "'irls'",
        *(f"[+0.007, +0.28{k}]" for k in range(1, columns, 2)),
    ]
    whole(shown, words, width)


@pytest.mark.parametrize("width", [80, 100])
def test_rows_that_differ_at_the_end_of_a_name_stay_different(made: Made, width: int) -> None:
    stream = io.StringIO()
    comparison.show(made, Console(file=stream, width=width, force_terminal=True, color_system=None))
    words = [word for c in made.contestants for word in c["title"].split()]
    whole(stream.getvalue(), words, width)
    names = [f"Logistic ({LONG},tol={k})" for k in (1, 2)]
    rows = [[[(name, "")], [("identical", "")]] for name in names]
    content = Compact((Column("left"), Column("accuracy", 4)), rows)
    shown = printed(Document("", "", (), (), summary=(Part("p", "P", body=(content,)),)), width)
    whole(shown, ["tol=1", "tol=2", "accuracy", "identical"], width)


def test_a_long_row_is_shown_cell_by_cell() -> None:
    names = text_columns("name", *(f"column {k}" for k in range(6)))
    rows = [[Cell(f"row{i}"), *(Cell(f"{'a word or two ' * 9}{k}") for k in range(6))] for i in range(2)]
    shown = printed(Document("", "", (), (Part("p", "P", tables=(Table("t", names, rows),)),)), 80)
    assert re.search(r"^row0\n  column 0  a word or two", shown, re.MULTILINE)
    whole(shown, ["row1", "column 5"], 80)


def test_where_lines_end() -> None:
    def lines(text: str, width: int) -> list[str]:
        return [text[start:end] for start, end in wrapping.lines(text, width)]

    assert lines("with 50 % [50 %, 51 %] n = 10", 20) == ["with 50 %", "[50 %, 51 %] n = 10"]
    assert lines("h2o.mlp:standardize=false", 14) == ["h2o.mlp:", "standardize=", "false"]
    assert lines("one\n\n  two", 20) == ["one", "", "  two"]
    assert lines("ae0f036e2894", 5) == ["ae0f0", "36e28", "94"]
    assert lines("", 9) == [""]
    assert wrapping.joints("1e-08") == ["1e-08"]
    assert wrapping.least("+0.146 [+0.007, +0.284]") == len("[+0.007, +0.284]")


@pytest.mark.parametrize("what", ["models", "designs", "presets", "studies", "settings r.glm"])
def test_lists_fit_80_columns(what: str, command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    rows = json.loads(command("list", *what.split(), "--json").stdout)[
        {"models": "contestants"}.get(what, what.partition(" ")[0])
    ]
    key = next(name for name in ("setting", "name", "design", "preset") if name in rows[0])
    whole(command("list", *what.split()).stdout, [str(row[key]) for row in rows], 80)
