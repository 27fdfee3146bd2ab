"""The scripts of ``crossframe demo``: one argument differs, and what they predict is what the page says."""

from __future__ import annotations

import difflib
import runpy
from pathlib import Path

import pytest

import crossframe
from tests.command import ROOT

FOLDER = Path(crossframe.__file__).parent / "demo"


def test_the_scripts_differ_in_one_argument() -> None:
    left, right = ((FOLDER / name).read_text().splitlines() for name in ("left.py", "right.py"))
    changed = [line[2:] for line in difflib.ndiff(left, right) if line[0] in "-+" and "print" not in line]
    assert changed == [
        'model = LogisticRegression(solver="liblinear", tol=1e-8).fit(X, y)',
        "model = LogisticRegression(tol=1e-8).fit(X, y)",
    ]


def test_they_predict_what_the_page_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(FOLDER)
    for name in ("left.py", "right.py"):
        runpy.run_path(name)
    first, second = (line[-3:] for line in capsys.readouterr().out.splitlines())
    page = ROOT / "docs" / "demo.md"
    assert float(second) > float(first) + 0.5
    if page.is_file():
        text = " ".join(page.read_text(encoding="utf-8").split())
        assert f"with probability {first}, the other one with {second}." in text
