"""What `report.write` leaves behind: complete, parseable, self-contained, escaped, the same twice."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from crossframe.compare import report
from tests.command import Done
from tests.report.fixture import ROSTER, Made, build

_VOID = {"meta", "br", "hr", "img", "input", "link", "col", "rect", "path", "use", "wbr"}
HOSTILE = '<script>alert("x")</script>'
FEW = {name: ROSTER[name] for name in ("sklearn.logistic", "sklearn.logistic:C=0.01")}


@pytest.fixture(scope="module")
def made() -> Made:
    return build("leek-2017", sizes=(10, 20), draws=2)


@pytest.fixture(scope="module")
def folder(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = report.write(made, tmp_path_factory.mktemp("report") / "deep" / "leek")
    assert page.name == "index.html"
    return page.parent


class Balanced(HTMLParser):
    """Fails on a tag that is closed out of order, and collects what the tests look at."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> out of order at {self.getpos()}"


def parse(text: str) -> Balanced:
    parser = Balanced()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


def test_all_files_are_there_and_nothing_else(folder: Path) -> None:
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    figures = {name for name in names if name.startswith("figures/")}
    plain = {"index.html", "README.md", "cells.csv", "summary.csv", "pairs.csv", "result.json"}
    assert names - figures == plain
    assert {"figures/curves.svg", "figures/fitting.svg", "figures/agreement.svg"} <= figures
    assert [path.name for path in folder.parent.iterdir()] == ["leek"]


def test_the_page_is_balanced_and_accessible(folder: Path) -> None:
    parsed = parse((folder / "index.html").read_text(encoding="utf-8"))
    tags = [tag for tag, _ in parsed.tags]
    assert tags.count("main") == tags.count("h1") == tags.count("header") == tags.count("footer") == 1
    assert tags.count("table") == tags.count("caption")
    ids = [attrs["id"] for _, attrs in parsed.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in parsed.tags:
        if tag == "svg":
            assert attrs["role"] == "img"
            assert set(str(attrs["aria-labelledby"]).split()) <= set(ids)
        if tag == "a":
            assert str(attrs["href"]).removeprefix("#") in ids


def test_the_page_fetches_nothing(folder: Path) -> None:
    text = (folder / "index.html").read_text(encoding="utf-8")
    for tag, attrs in parse(text).tags:
        assert tag not in {"link", "iframe", "img", "object"}
        assert "src" not in attrs
        if "xlink:href" in attrs:
            assert str(attrs["xlink:href"]).startswith("#")
    assert "@import" not in text
    assert "url(" not in re.sub(r"url\(#\w+\)", "", text)


def test_figures_are_xml_with_real_text_and_colours_of_both_schemes(folder: Path) -> None:
    for path in (folder / "figures").iterdir():
        root = ElementTree.parse(path).getroot()
        names = [element.tag.rpartition("}")[2] for element in root.iter()]
        assert names[1:3] == ["title", "desc"]
        assert "text" in names
        text = path.read_text(encoding="utf-8")
        assert "prefers-color-scheme:dark" in text
        assert "DejaVu" not in text


def test_the_twin_links_to_figures_that_exist(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", text)
    assert sorted(linked) == sorted(f"figures/{p.name}" for p in (folder / "figures").iterdir())
    widths: list[int] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            widths.append(len(re.findall(r"(?<!\\)\|", line)))
        else:
            assert len(set(widths)) <= 1, line
            widths = []


def test_json_holds_everything_once_and_no_nan(folder: Path, made: Made) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    text = (folder / "result.json").read_text(encoding="utf-8")
    document = json.loads(text, parse_constant=refuse)
    assert document["schema"] == 1
    assert len(document["cells"]) == len(made.cells)
    messages = document["evidence"]
    assert messages
    assert len(messages) == len(set(messages))
    for cell, found in zip(document["cells"], made.cells["evidence"], strict=True):
        assert [messages[i] for i in cell["evidence"]] == found


def test_csv_gives_the_numbers_back(folder: Path, made: Made) -> None:
    cells = pd.read_csv(folder / "cells.csv")
    pd.testing.assert_series_equal(cells["accuracy"], made.cells["accuracy"])
    assert not cells["evidence"].astype(str).str.contains("converge").any()
    assert len(pd.read_csv(folder / "pairs.csv")) == len(made.pairs)


@pytest.mark.slow
def test_the_same_result_gives_the_same_bytes(folder: Path, made: Made, tmp_path: Path) -> None:
    again = report.write(made, tmp_path / "again").parent
    for path in folder.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (again / path.relative_to(folder)).read_bytes(), path.name


def test_a_report_is_made_again_from_its_numbers(
    folder: Path, tmp_path: Path, command: Callable[..., Done]
) -> None:
    command("report", str(folder), "--report", str(tmp_path / "again"), "--json")
    files = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert {path.relative_to(tmp_path / "again") for path in tmp_path.rglob("*") if path.is_file()} == files
    for name in files:
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_a_folder_without_a_comparison_is_refused(tmp_path: Path, command: Callable[..., Done]) -> None:
    (tmp_path / "result.json").write_text("[]", encoding="utf-8")
    assert "holds no comparison" in command("report", str(tmp_path), code=2).stderr


@pytest.mark.slow
def test_rewriting_keeps_what_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "index.html").write_text("old", encoding="utf-8")
    page = report.write(build(sizes=(10,), draws=2, roster=FEW), tmp_path)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.slow
def test_markup_in_the_data_stays_text(tmp_path: Path) -> None:
    made = build(sizes=(10, 20), draws=2, roster=FEW)
    made.run["dataset"] |= {"name": HOSTILE, "source": HOSTILE, "classes": [HOSTILE, "1"], "notes": [HOSTILE]}
    made.run["design"]["describe"] = made.run["command"] = made.run["name"] = HOSTILE
    made.run["versions"] = {HOSTILE: {HOSTILE: HOSTILE}}
    made.contestants[0] |= {"title": HOSTILE, "description": HOSTILE, "settings": {HOSTILE: HOSTILE},
                            "inert": {HOSTILE: HOSTILE}}  # fmt: skip
    made.cells.at[0, "evidence"] = [HOSTILE]
    made.cells.at[0, "status"] = HOSTILE
    folder = report.write(made, tmp_path / "hostile").parent
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "alert(" in page
    assert [tag for tag, _ in parse(page).tags].count("script") == 1
    readme = (folder / "README.md").read_text(encoding="utf-8")
    fenced = re.sub(r"```.*?```", "", readme, flags=re.S)
    assert "<script" not in fenced
    for path in (folder / "figures").iterdir():
        tags = [element.tag for element in ElementTree.parse(path).iter()]
        assert not any(tag.endswith("script") for tag in tags)
    assert "<script" not in report.notebook(made)


def test_the_notebook_fragment_is_balanced(made: Made) -> None:
    tags = [tag for tag, _ in parse(report.notebook(made)).tags]
    assert tags.count("svg") == 1
    assert tags.count("table") == 2


def test_one_size_and_two_contestants_are_enough(tmp_path: Path) -> None:
    page = report.write(build(sizes=(10,), draws=2, roster=FEW), tmp_path / "few")
    parse(page.read_text(encoding="utf-8"))
