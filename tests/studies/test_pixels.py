"""The study ``pixels``: its trainer against other ways to the same numbers, and the whole of it."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from crossframe.cli import main
from crossframe.data import load
from crossframe.studies.split import HOLDOUT
from crossframe.studies.trainers.pixels import _pixel, every_pixel


def test_a_pixels_auc_and_cut_are_those_of_a_search() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        x, y = rng.integers(0, 6, 40).astype(float), rng.integers(0, 2, 40)
        auc, accuracy, cut, sign = _pixel(x, y)
        assert auc == pytest.approx(roc_auc_score(y, x), abs=1e-12)
        every = [np.mean((x > c) == (y == k)) for c in np.unique(x) for k in (0, 1)]
        assert accuracy == pytest.approx(max(every), abs=1e-12)
        assert np.mean((x > cut) == (y == (sign > 0))) == pytest.approx(accuracy, abs=1e-12)


def test_zero_and_one_of_the_bundled_digits() -> None:
    fields, arrays = every_pixel(dataset="digits", digits=[0, 1], seed=1, data_dir=None)
    data = load("digits")
    draw = HOLDOUT.draw(data, None, 0, 1)
    best = fields["by_accuracy"]
    labels = (data.X[draw.evaluate, best["pixel"]] > best["cut"]) == (best["sign"] > 0)
    assert best["accuracy"] == np.mean(labels == data.y[draw.evaluate])
    assert arrays["auc"].shape == (64,)
    assert best["train_accuracy"] == arrays["accuracy"].max()
    assert fields["stump"]["train_accuracy"] <= best["train_accuracy"] + 1e-12


@pytest.mark.slow
def test_the_whole_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pass marks of the published rule and of the 45 pairs, on MNIST where it is here."""
    assert main(["study", "pixels", "--json", "--store", str(tmp_path / "s"), "--report", str(tmp_path)]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    findings = {f["key"]: f for f in result["findings"]}
    assert findings["pairs"]["verdict"] == "holds"
    assert findings["centre"]["effect"]["value"] > (0.98 if result["data"].startswith("mnist") else 0.9)
    page = (tmp_path / "pixels" / "index.html").read_text()
    assert all(f"{a} v {b}" in page for a, b in combinations(range(10), 2))
