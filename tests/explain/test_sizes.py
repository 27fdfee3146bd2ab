"""One pair at several sizes: a page for each, and one over all of them."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.figure
import pytest

from crossframe.cli.main import main
from crossframe.explain import sizes
from crossframe.explain.attribution.attribute import GapTerms, attribute
from crossframe.explain.attribution.game import Game
from crossframe.explain.explanation import Conclusion


@pytest.mark.slow
def test_sizes_have_a_page_each_and_one_over_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["explain", "leekasso.f.lm", "leekasso.f.glm", "--dataset", "digits"]
    words += ["--n", "12,30", "--draws", "4", "--store", str(tmp_path / "s"), "--report", str(tmp_path / "r")]
    main([*words, "--markdown"])
    printed = capsys.readouterr().out
    assert "by sample size" in printed
    overall = (tmp_path / "r" / "index.html").read_text()
    for n in (12, 30):
        result = json.loads((tmp_path / "r" / f"n-{n}" / "result.json").read_text())
        assert result["data"]["rows"] == n
        assert f'href="n-{n}/index.html"' in overall
        # Where the metric's difference is noise, the rows' is explained, and the line says so.
        rows = "accuracy within noise, scores (mean of a row) " if result["gap"]["paired"]["decides"] else ""
        assert f"n = {n}: {rows}{Conclusion(result['verdict']).phrase}" in printed
        assert f"{result['gap']['left']:.3f}" in overall
        # Each side by its name, the left one first; lm has no separation.
        (found,) = [d for d in result["diagnoses"] if d["kind"] == "separation"]
        counted = found["certificate"]["complete"] + found["certificate"]["quasi_complete"]
        assert found["side"] == "right"
        assert f"right {counted} of 4" in printed


def test_a_setting_in_which_the_two_differ_at_one_size_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch of a network is as large as its rows or 200: at 100 rows, two differ in it and at 400 not."""

    def size(n: int, *names: str) -> Any:
        shared = attribute(Game(names, lambda subset: 0.1 * (1 - len(subset) / len(names))), GapTerms())
        gap = SimpleNamespace(difference=0.1, interval=None, metric="accuracy")
        return SimpleNamespace(
            attribution=shared, attributed=True, row_by_row=False, data={"rows": n}, gap=gap
        )

    labels: list[list[str]] = []
    monkeypatch.setattr(
        matplotlib.figure.Figure,
        "legend",
        lambda self, **_: labels.append(self.axes[0].get_legend_handles_labels()[1]),
    )
    assert sizes._figure([size(100, "epochs"), size(400, "epochs", "batch.size")])
    assert labels
    assert all({"batch size", "epochs", "whole difference"} == set(each) for each in labels)
