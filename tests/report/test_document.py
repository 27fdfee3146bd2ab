"""One document, four renderers: every block is shown, the same twice, and after a trip through JSON."""

from __future__ import annotations

import csv
import io
import math

import msgspec
import numpy as np
import pytest
from rich.console import Console

from crossframe.core.text import condense, finite, setting
from crossframe.report import document as model
from crossframe.report import export, html, markdown
from crossframe.report.document import Document, Part, Rich, SourceText
from crossframe.report.style import Drawing
from crossframe.report.table import Cell, Column, Compact, Table, condensed, setting_cell, text_columns

SVG = '<svg><title>t</title><desc>d</desc><rect width="1"/></svg>'
TABLE = Table(
    "Sizes",
    (("Name", False, ""), ("Size", True, "in rows"), ("Nothing", False, "")),
    (
        (Cell("=one"), Cell("1", 1.0, link="#far"), Cell("")),
        (Cell("two", mark="code"), Cell("–", None), Cell("")),
    ),
)


@pytest.fixture(scope="module")
def everything() -> Document:
    body = (
        "a <b> `plain` paragraph",
        Rich("**bold**, `x < 1` and [a link](https://example.org/)"),
        model.Heading("A heading"),
        model.Items(("first", "second")),
        model.Terms((("term", "meaning"),)),
        model.VerdictLine("yes", "borne out"),
        model.Claims((model.Judged("claim", "not reproduced", "`0.1`", "source"),)),
        TABLE,
        Compact((Column("a"), Column("b", 4, rest=True)), [[[("x", "")], [("y", "bold")]]]),
        Drawing("inner", "Inner", "caption", "description", SVG, SVG),
        SourceText("", "sh", "echo ```"),
        model.Fold("more", ("hidden", TABLE), code="name", note="whose"),
    )
    parts = (
        Part("usual", "Usual", ("words",), (TABLE,), folded=(TABLE,), programs=(SourceText("p", "r", "1"),)),
        Part("far", "Far", body=body, note="beside"),
    )
    lead = (Drawing("lead", "Lead", "caption", "description", SVG),)
    return Document("A <title>", "Facts.", ("It isn't so.",), parts, lead, date="2017-06-04")


def printed(document: Document, width: int = 100) -> str:
    stream = io.StringIO()
    document.show(Console(file=stream, width=width, force_terminal=True, color_system=None))
    return stream.getvalue()


def test_it_survives_json(everything: Document) -> None:
    again = Document.from_json(everything.to_json())
    assert again.to_json() == everything.to_json()
    assert again.html() == everything.html()
    assert again.markdown() == everything.markdown()
    assert again.csv() == everything.csv()
    assert printed(again) == printed(everything)
    assert again.figures() == everything.figures()


def test_numbers_of_numpy_survive_json() -> None:
    table = Table("t", (("a", True, ""),), ((Cell("1", np.float64(1)),), (Cell("2", np.int64(2)),)))  # type: ignore[arg-type]
    part = Part("p", "p", tables=(table,))
    again = Document.from_json(Document("t", "", (), (part,)).to_json())
    assert [row[0].key for row in again.parts[0].tables[0].rows] == [1.0, 2.0]


def test_every_block_is_on_the_page(everything: Document) -> None:
    page = everything.html()
    assert "<title>A &lt;title&gt;</title>" in page
    assert "It isn’t so." in page
    for shown in (
        "a &lt;b&gt; `plain` paragraph",
        '<b>bold</b>, <code>x &lt; 1</code> and <a href="https://example.org/">a link</a>',
        "<h3>A heading</h3>",
        "<li>second</li>",
        "<dt>term</dt><dd>meaning</dd>",
        '<p class="verdict-line yes">Verdict: <b>borne out</b></p>',
        '<span class="verdict not-reproduced">not reproduced</span>',
        '<td class="num" data-key="1"><a href="#far">1</a></td>',
        "<code>two</code>",
        'title="in rows"',
        "<code>echo ```</code>",
        "<summary>more <code>name</code> <small>whose</small></summary>",
        "crossframe 0.1.0 · 2017-06-04",
    ):
        assert shown in page, shown
    assert "Nothing" not in page, "a column without content"


def test_every_block_is_in_markdown(everything: Document) -> None:
    text = everything.markdown()
    for shown in (
        "a &lt;b&gt; \\`plain\\` paragraph",
        "**bold**, `x < 1` and [a link](https://example.org/)",
        "### A heading",
        "- second",
        "- **term**: meaning",
        "Verdict: **borne out**",
        "| claim | **not reproduced** | `0.1` | source |",
        '<a id="far"></a>',
        "````sh\necho ```\n````",
        "![description](figures/lead.svg)",
        "<details><summary>more (name)</summary>",
    ):
        assert shown in text, shown


def test_what_is_below_details_is_closed_on_a_page(everything: Document) -> None:
    detailed = msgspec.structs.replace(everything, details=1)
    text, page = detailed.markdown(), detailed.html()
    assert (
        text.index("## Usual") < text.index("## Details") < text.index("### Far") < text.index("#### A head")
    )
    assert page.index('<section id="usual"') < page.index(">Details</h2>") < page.index('<section id="far"')
    assert '<details class="part"><summary>Far</summary>' in page
    assert printed(detailed) == printed(everything)
    assert Document.from_json(detailed.to_json()).html() == page
    assert "## Details" not in everything.markdown()
    assert ">Details</h2>" not in everything.html()


def test_a_terminal_shows_all_but_figures_and_folds(everything: Document) -> None:
    text = printed(everything, 80)
    assert max(map(len, text.splitlines())) <= 80
    for shown in (
        "words",
        "Sizes",
        "bold, x < 1 and a link",
        "Verdict: borne out",
        "term: meaning",
        "in short",
    ):
        assert shown in text, shown
    assert "hidden" not in text


def test_a_summary_takes_the_place_of_the_parts(everything: Document) -> None:
    compact = Compact(
        (Column("name"), Column("wide", 4, wide=True), Column("rest", 4, rest=True)),
        [[[("a" * 70, "")], [("w", "")], [("r" * 90, "")]], [[("more", "dim")]]],
    )
    short = Document("t", "f", ("so",), everything.parts, summary=(Part("s", "S", body=(compact,)),))
    narrow, wide = printed(short, 80), printed(short, 120)
    assert max(map(len, narrow.splitlines())) <= 80
    assert "wide" in wide
    assert "wide" not in narrow
    assert "words" not in wide


def test_csv_has_every_table_and_no_formula(everything: Document) -> None:
    rows = list(csv.DictReader(io.StringIO(everything.csv())))
    assert [row["part"] for row in rows] == ["Usual"] * 4 + ["Far"] * 4
    assert rows[0]["Name"] == "'=one"
    assert "Nothing" in rows[0]


def test_a_setting_has_its_title_where_there_is_room() -> None:
    cells = [setting_cell("penalty.l2"), Cell("none " * 12), Cell("many " * 12)]
    table = Table("", text_columns("setting", "left", "right"), [cells])
    made = Document("settings", "", (), (Part("settings", "Settings", tables=(table,)),))
    assert "penalty.l2  ridge penalty\n" in printed(made, 40)
    assert "ridge penalty" not in printed(made, 120)
    assert "penalty.l2  ridge penalty  none" in printed(made, 160)
    assert "| penalty.l2, ridge penalty |" in made.markdown()
    assert 'title="ridge penalty"' in made.html()


def test_condensed_keeps_a_table_without_rows() -> None:
    empty = Table("t", TABLE.columns, ())
    assert condensed(empty) == empty
    assert [name for name, *_ in condensed(TABLE).columns] == ["Name", "Size"]


def test_schemas_name_every_field() -> None:
    import crossframe.compare.export  # noqa: F401  registers its record

    published = export.schemas()
    assert {"compare", "document"} <= set(published)
    assert "$defs" in published["document"]


def test_json_has_no_nan() -> None:
    assert export.plain({"a": [np.float64(math.nan), np.int64(2), (math.inf,)]}) == {"a": [None, 2, [None]]}
    assert export.json_lines({"a": [1, 2], "b": {}}) == '{\n"a":[\n1,\n2\n],\n"b":{}\n}\n'


def test_code_keeps_its_quotes() -> None:
    assert html.prose("f(a='x'), b") == "f(a='x'), b"
    assert html.prose('the solver\'s own "word"') == "the solver’s own “word”"
    assert markdown.rich("`a_b` a_b") == "`a_b` a\\_b"


def test_numbers_that_are_missing() -> None:
    assert finite(None) is finite(math.nan) is finite(math.inf) is None
    assert finite(np.float64(2)) == 2.0
    assert setting((1, 2.50, "a")) == "1, 2.5, a"
    long = "constant: " + ", ".join(f"pixel{i}" for i in range(90))
    assert condense(long) == "constant: pixel0, pixel1, pixel2, …"
