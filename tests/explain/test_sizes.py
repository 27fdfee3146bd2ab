"""One pair at several sizes: a page for each, and one over all of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crossframe.cli.main import main
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
