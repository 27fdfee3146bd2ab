"""Which release changed which default."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from crossframe.audit import elsewhere, history
from crossframe.audit.history_before import HISTORY_BEFORE
from crossframe.core.errors import EngineMissing, UsageError

PUBLISHED = Path(__file__).parents[2] / "reports" / "audit" / "history"


def captured(version: str, **callables: dict[str, Any]) -> dict[str, Any]:
    return {
        "framework": "tool",
        "versions": {"tool": version, "base": "1"},
        "callables": {name: {"call": f"{name}()", "parameters": p} for name, p in callables.items()},
    }


THREE = (
    captured("1", A={"x": 1, "gone": "|`<b>"}, B={"x": 1}, Old={"x": 1}),
    captured("2", A={"x": 1.0, "new": None}, B={"x": True}),
    captured("3", A={"x": 2, "new": None}, B={"x": 2}, Newest={"x": [1, 2]}),
)


def test_every_change_has_the_release_that_made_it() -> None:
    found = [(r.release, r.previous, r.name, r.change, r.before, r.after) for r in history.table(THREE)]
    assert found == [
        ("2", "1", "Old", "gone", "", ""),
        ("2", "1", "A.gone", "gone", '"|`<b>"', ""),
        ("2", "1", "A.new", "new", "", "null"),
        ("2", "1", "B.x", "value", "1", "true"),
        ("3", "2", "Newest", "new", "", ""),
        ("3", "2", "A.x", "value", "1.0", "2"),
        ("3", "2", "B.x", "value", "true", "2"),
    ]


def test_one_release_has_no_history() -> None:
    assert history.table(THREE[:1]) == ()


def test_page() -> None:
    unread = [history.Unread("tool==0", "wants | Java\n8")]
    page = history.markdown("tool", THREE, unread)
    assert "- `tool==0`: wants \\| Java\\n8" in page
    assert "| 2 | base 1 | 2 | 3 |" in page
    assert "| 3 | 2 | `x` | `A` | `1.0` | `2` |" in page
    assert '| 2 | 1 | gone | `gone` | `A` | `"\\|\'<b>"` |' in page
    assert "Older, not run" not in page
    assert "None." in history.markdown("tool", THREE[:1])


def test_the_same_change_of_several_callables_is_one_line() -> None:
    two = captured("1", A={"x": 1}, B={"x": 1}), captured("2", A={"x": 2}, B={"x": 2})
    assert "| 2 | 1 | `x` | `A`, `B` | `1` | `2` |" in history.markdown("tool", two)


def test_labels_are_left_to_the_csv() -> None:
    two = captured("1", A={"name": "a", "x": 1}), captured("2", A={"name": "b", "x": 1})
    page = history.markdown("tool", two)
    assert "## Changed values (0)" in page
    assert "Left to the CSV: 1 of `name`" in page
    assert "A,name,value" in history.comma_separated("tool", two)


def test_csv_holds_what_the_page_holds() -> None:
    rows = list(csv.DictReader(io.StringIO(history.comma_separated("keras", THREE))))
    run = [row for row in rows if row["run"] == "yes"]
    assert len(run) == len(history.table(THREE))
    assert (run[3]["callable"], run[3]["parameter"], run[3]["before"], run[3]["after"]) == (
        "B",
        "x",
        "1",
        "true",
    )
    not_run = [row for row in rows if row["run"] == "no"]
    assert len(not_run) == len(history.older("keras")) > 0
    assert all(row["source"].startswith("https://") for row in not_run)


def test_what_was_not_run_has_its_source_and_is_no_release_that_was() -> None:
    assert {one.framework for one in HISTORY_BEFORE} <= history.RELEASES.keys()
    assert len(set(HISTORY_BEFORE)) == len(HISTORY_BEFORE)
    for one in HISTORY_BEFORE:
        assert one.source.startswith("https://")
        assert one.before != one.after


def test_releases_can_be_named() -> None:
    for requirements in history.RELEASES.values():
        assert len(requirements) >= 4
        for requirement in requirements:
            assert str(elsewhere.parse(requirement)) == requirement
    with pytest.raises(UsageError, match="unknown framework"):
        history.publish("sklearn")


@pytest.fixture
def two_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    """A framework with three releases, the second of which cannot be installed."""

    def capture(requirement: str, **_: Any) -> dict[str, Any]:
        if requirement == "tool==2":
            raise EngineMissing("no wheel", "")
        return THREE[int(requirement[-1]) - 1]

    monkeypatch.setitem(history.RELEASES, "tool", ("tool==1", "tool==2", "tool==3"))
    monkeypatch.setattr(elsewhere, "capture", capture)
    monkeypatch.setattr(elsewhere, "live", lambda *_, **__: captured("4", A={"x": 3}))


@pytest.mark.usefixtures("two_of_three")
def test_a_release_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    page, unread = history.publish("tool", tmp_path)
    assert unread == (history.Unread("tool==2", "no wheel"),)
    text = page.read_text(encoding="utf-8")
    assert "- `tool==2`: no wheel" in text
    assert "| 4 | 3 | `x` | `A` | `2` | `3` |" in text


@pytest.mark.usefixtures("two_of_three")
def test_the_page_is_written_without_the_installed_framework(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any, **__: Any) -> dict[str, Any]:
        raise EngineMissing("tool is not installed", "")

    monkeypatch.setattr(elsewhere, "live", gone)
    page, unread = history.publish("tool", tmp_path)
    assert unread[-1] == history.Unread(history.INSTALLED, "tool is not installed")
    text = page.read_text(encoding="utf-8")
    assert "what is installed here`: tool is not installed" in text
    assert "the last one is what is installed" not in text
    assert (tmp_path / "tool.csv").is_file()
    monkeypatch.setitem(history.RELEASES, "tool", ("tool==2",))
    (tmp_path / "none").mkdir()
    with pytest.raises(EngineMissing, match="no release of tool could be read"):
        history.publish("tool", tmp_path / "none")
    assert not any((tmp_path / "none").iterdir())


@pytest.mark.parametrize("framework", history.RELEASES)
def test_published_tables(framework: str) -> None:
    """Four releases or more were run, what is not run is marked, and page and CSV agree."""
    page = (PUBLISHED / f"{framework}.md").read_text(encoding="utf-8")
    with open(PUBLISHED / f"{framework}.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    run = [row for row in rows if row["run"] == "yes"]
    releases = page.split("| release | with |")[1].split("\n\n")[0].count("\n| ") - 1
    assert releases >= 4
    values = [row for row in run if row["change"] == "value" and row["parameter"] != "name"]
    assert f"## Changed values ({len(values)})" in page
    assert all(row["previous"] for row in run)


def test_published_changes_of_default() -> None:
    """What is in force changed: three, by the release that made them."""

    def changes(framework: str) -> dict[tuple[str, str], tuple[str, str]]:
        with open(PUBLISHED / f"{framework}.csv", encoding="utf-8", newline="") as file:
            return {
                (row["release"], f"{row['callable']}.{row['parameter']}"): (row["before"], row["after"])
                for row in csv.DictReader(file)
                if row["run"] == "yes" and row["change"] == "value"
            }

    assert changes("scikit-learn")["1.8.0", "SGDClassifier.eta0"] == ("0.0", "0.01")
    assert changes("scikit-learn")["1.8.0", "LogisticRegression.l1_ratio"] == ("null", "0.0")
    assert changes("keras")["3.3.3", "compile.jit_compile"] == ("null", '"auto"')
    assert changes("keras")["3.3.3", "Lion.learning_rate"] == ("0.0001", "0.001")
