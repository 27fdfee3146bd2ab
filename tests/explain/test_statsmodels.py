"""Models of statsmodels against those of other frameworks, by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``two.csv`` with overlapping classes, ``apart.csv`` with separated ones, ``numbers.csv``."""
    folder = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(3)
    X = rng.normal(size=(150, 3)) * [1, 2, 0.5] + [0.5, -1, 2]
    score = X @ [1, -0.5, 0.3]
    targets = {
        "two": score + rng.logistic(size=150) > -0.2,
        "apart": score > 1.0,
        "numbers": score + rng.normal(size=150),
    }
    for name, y in targets.items():
        rows = np.column_stack([X, y])
        np.savetxt(folder / f"{name}.csv", rows, "%.17g", ",", header="a,b,c,y", comments="")
    return folder


@pytest.mark.parametrize(
    ("left", "right", "data", "verdict", "causes"),
    [
        ("statsmodels.logit", "sklearn.logistic", "two", "explained", {"intercept"}),
        ("statsmodels.logit:add_constant=true", "sklearn.logistic:C=0.1", "two", "explained", {"penalty.l2"}),
        ("statsmodels.logit:add_constant=true", "r.glm", "two", "agree", set()),
        ("statsmodels.logit:add_constant=true", "r.glm", "apart", "no_unique_optimum", set()),
        ("statsmodels.ols", "r.lm", "numbers", "explained", {"intercept"}),
        ("statsmodels.ols:add_constant=true", "r.lm", "numbers", "agree", set()),
        ("statsmodels.glm:add_constant=true,link=probit,tol=1e-14", "statsmodels.probit:add_constant=true",
         "two", "agree", set()),
        ("statsmodels.ols:add_constant=true,alpha=0.1,L1_wt=0.5", "sklearn.elasticnet:alpha=0.1", "numbers",
         "explained", {"penalty.intercept"}),
    ],
)  # fmt: skip
def test_the_cause_is_named(
    tables: Path, command: Any, left: str, right: str, data: str, verdict: str, causes: set[str]
) -> None:
    words = ("--data", str(tables / f"{data}.csv"), "--target", "y", "--json")
    answer = json.loads(command("explain", left, right, *words, code=(0, 1)).stdout)
    assert answer["verdict"] == verdict, answer
    assert {share["setting"] for share in answer["causes"] if share["share"] > 0.05} == causes
    if verdict in ("agree", "explained") and "probit" not in right:
        certified = [d for d in answer["diagnoses"] if d["kind"] == "stationarity"]
        assert len(certified) == 2
        assert all(d["certificate"]["certified_digits"] > 15 for d in certified), certified
