"""What a table of coefficients of scikit-learn shows of rows, weights and columns of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from crossframe.data import load
from crossframe.explain.coefficients.finding import TableFinding
from crossframe.explain.coefficients.search import explain_table
from crossframe.explain.coefficients.tables import read_table

N = 60


@pytest.fixture
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(6)
    d = pd.DataFrame(rng.normal(size=(N, 2)).round(3), columns=["a", "b"])
    d["w"] = rng.integers(1, 10, N)
    d["date"] = 20200101 + np.arange(N) // 2
    d["y"] = (d["a"] - d["b"] + rng.normal(size=N)).round(3)
    d["k"] = (d["y"] > 0).astype(int)
    return d


def _finding(model: Any, rows: pd.DataFrame, folder: Path, target: str = "y") -> TableFinding:
    """Of the coefficients of a and b as scikit-learn has them, beside a file."""
    terms = ["const", "a", "b"]
    values = pd.Series([model.intercept_.item(), *np.ravel(model.coef_)], terms, name="coef")
    rows.to_csv(folder / "d.csv", index=False)
    table = read_table(values.to_csv(index_label="term"))
    return explain_table(table, load(folder / "d.csv", target=target, numbers=target == "y"))


@pytest.mark.parametrize(
    ("model", "target", "call"),
    [
        (Ridge(alpha=3.0, solver="cholesky"), "y", "alpha=3 in scikit-learn's Ridge"),
        (LogisticRegression(C=0.5, tol=1e-12, max_iter=10_000), "k", "C=0.5 in scikit-learn's Logistic"),
    ],
)
def test_a_penalty_beside_weights_is_that_of_their_sum(
    rows: pd.DataFrame, tmp_path: Path, model: Any, target: str, call: str
) -> None:
    fit = model.fit(rows[["a", "b"]], rows[target], sample_weight=rows["w"])
    finding = _finding(fit, rows, tmp_path, target)
    assert call in finding.sentences[0]
    assert "weighted by w" in finding.sentences[0]


def test_the_limit_of_rows_that_are_left_out_has_all_its_digits(rows: pd.DataFrame, tmp_path: Path) -> None:
    kept = rows[rows["date"] <= 20200124]
    finding = _finding(LinearRegression().fit(kept[["a", "b"]], kept["y"]), rows, tmp_path)
    assert "date > 20200124 were left out" in " ".join(finding.sentences)


@pytest.mark.parametrize("levels", [30, 60])
def test_a_column_of_text_may_have_many_values(levels: int, rows: pd.DataFrame, tmp_path: Path) -> None:
    many = rows.assign(city=[f"city {k % levels}" for k in range(N)])
    finding = _finding(LinearRegression().fit(rows[["a", "b"]], rows["y"]), many, tmp_path)
    assert all(check.agrees for check in finding.checks)
