"""The site: its links, the pages that are made from the registry, and the examples that are run in it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from crossframe.claims.claim import Verdict
from crossframe.core.errors import ExitCode
from crossframe.explain.explanation import Conclusion
from crossframe.frameworks.registry import models
from crossframe.settings.vocabulary import VOCABULARY
from tests.command import ROOT

pytestmark = pytest.mark.skipif(not (ROOT / "docs" / "conf.py").exists(), reason="not run in a checkout")
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

import links  # noqa: E402
import reference  # noqa: E402
import run  # noqa: E402

PAGES = [page for page in links.pages() if page.parent.name == "docs"]
EXECUTED = [page for page in PAGES if next(run.blocks(page.read_text(encoding="utf-8")), None)]


@pytest.mark.parametrize("page", links.pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_is_dead(page: Path) -> None:
    assert links.dead(page) == []


def test_a_dead_link_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "# Title, in words\n\n[a](#title-in-words) [b](#none) ![c](none.svg) [d](https://example.org)\n\n"
        "```sh\n[e](none.md)\n```\n\n:::{note}\n[f](page.md#title-in-words) [g](other.md)\n:::\n",
        encoding="utf-8",
    )
    assert [line.split(": ")[1] for line in links.dead(page)] == ["#none", "none.svg", "other.md"]


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return reference.pages()


def test_the_reference_has_every_model_setting_claim_and_exit_code(made: dict[str, str]) -> None:
    assert {f"models/{name}.md" for name in models()} <= made.keys()
    assert all(f"({name})=\n### " in made["settings.md"] for name in VOCABULARY)
    assert all(len(claims) > 2 for _, claims in reference.claim_sets())
    assert all(
        f"| {code:d} | {reference.exit_codes()[code][:20]}" in made["commands.md"] for code in ExitCode
    )


def test_links_to_the_reference_lead_somewhere(made: dict[str, str]) -> None:
    for page in PAGES:
        for target in links.targets(page.read_text(encoding="utf-8")):
            path, _, anchor = target.partition("#")
            if path.startswith("reference/"):
                text = made[path.removeprefix("reference/")]
                assert not anchor or anchor in links.anchors(text), f"{page.name}: {target}"


def test_every_page_is_in_the_table_of_contents() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = {
        line
        for tree in re.findall(r"^```\{toctree\}\n(.*?)^```$", index, re.M | re.S)
        for line in tree.split()
    }
    assert {page.stem for page in PAGES} - {"index"} <= listed


def test_reading_a_result_has_every_verdict() -> None:
    text = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")
    rows = {key: code for key, code in re.findall(r"^\| `(\w+)` \|.*\| (\d) \|$", text, re.M)}
    assert rows == {str(verdict): str(int(verdict.exit_code)) for verdict in Conclusion}
    words = " ".join(text.split())
    assert all(f"*{verdict}*" in words for verdict in list(Verdict)[:4])


def test_an_excerpt() -> None:
    printed = "one\ntwo\nthree\n\nfour"
    assert run.excerpt(printed, "two", "four") == "two\nthree"
    assert run.excerpt(printed, "", "") == printed
    with pytest.raises(RuntimeError, match="no line begins with 'five'"):
        run.excerpt(printed, "five", "")


def test_blocks_also_in_tabs() -> None:
    text = "```{run} sh\n:exit: 2\n:from: a\nls none\n```\n::::{tab-set}\n```{run} r\n1\n2\n```\n::::\n"
    assert list(run.blocks(text)) == [run.Block("sh", "ls none", 2), run.Block("r", "1\n2")]


@pytest.mark.slow
@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.stem)
def test_the_examples_of_a_page_run(page: Path, tmp_path: Path) -> None:
    """As in the build, in the order of the page; the build alone shows what they print."""
    folder = run.prepare(tmp_path / "page")
    for block in run.blocks(page.read_text(encoding="utf-8")):
        block.run(folder)
