"""Two networks for a target of numbers are compared and explained as any others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.command import in_process


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(80, 3)).round(4)
    y = (np.tanh(X[:, 0]) + X[:, 1] / 2 + rng.normal(size=80) / 10).round(4)
    path = tmp_path_factory.mktemp("numbers") / "numbers.csv"
    lines = ["a,b,c,y", *(",".join(map(str, row)) for row in np.column_stack([X, y]).tolist())]
    path.write_text("\n".join(lines) + "\n")
    return path


Capture = pytest.CaptureFixture[str]


def explained(capsys: Capture, table: Path, store: Path, *words: str) -> str:
    at = ("--data", str(table), "--target", "y", "--store", str(store / "s.db"))
    return in_process(capsys, "explain", *words, *at).stdout


REGRESSOR = "sklearn.mlp_regressor:hidden_layer_sizes=3,max_iter=20,learning_rate_init=0.05,random_state=1"


@pytest.mark.slow
def test_the_penalty_of_mlp_regressor_is_the_cause_and_no_label_is_mentioned(
    capsys: Capture, table: Path, tmp_path: Path
) -> None:
    printed = explained(capsys, table, tmp_path, REGRESSOR, f"{REGRESSOR},alpha=20")
    assert "Cause: ridge penalty (penalty.l2)" in printed
    assert "Mean squared error:" in printed
    assert "label" not in printed
    assert "nan" not in printed


GIVEN = "init.source=given:1,batch.order=no,batch.size=80"
PAIRS: list[Any] = [
    (
        f"sklearn.mlp_regressor:hidden_layer_sizes=3,activation=tanh,max_iter=60,learning_rate_init=0.05,"
        f"n_iter_no_change=99,alpha=5,{GIVEN}",
        f"keras.mlp:hidden=3,activation=tanh,dropout=0,epochs=60,learning_rate=0.05,kernel_l2=5,{GIVEN}",
        ["penalty.l2"],
    ),
]


@pytest.mark.slow
@pytest.mark.xdist_group("keras")
@pytest.mark.parametrize(("left", "right", "causes"), PAIRS)
def test_the_scale_of_the_penalty_is_the_cause(
    capsys: Capture, table: Path, tmp_path: Path, left: str, right: str, causes: list[str]
) -> None:
    answer = json.loads(explained(capsys, table, tmp_path, left, right, "--json"))
    assert answer["verdict"] == "explained"
    named = [cause["setting"] for cause in answer["causes"] if abs(cause["share"] or 0) >= 0.05]
    assert named == causes
