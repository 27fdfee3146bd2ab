"""Models of counts and of positive numbers against each other: causes, and targets that none takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``counts.csv`` with two targets, and ``outside.csv`` with a wrong row of each."""
    folder = tmp_path_factory.mktemp("families")
    rng = np.random.default_rng(3)
    X = rng.normal(size=(150, 3))
    mean = np.exp(X @ [0.5, -0.3, 0.2] + 0.7)
    rows = np.column_stack([X, rng.poisson(mean), rng.gamma(2.0, mean / 2)])
    np.savetxt(folder / "counts.csv", rows, "%.17g", ",", header="a,b,c,count,amount", comments="")
    rows[6, 3], rows[8, 4] = -1, 0
    np.savetxt(folder / "outside.csv", rows, "%.17g", ",", header="a,b,c,count,amount", comments="")
    return folder


@pytest.mark.parametrize(
    ("left", "right", "target", "words"),
    [
        ("sklearn.poisson", "r.glm:family=poisson", "count", "Poisson family takes no negative numbers; "
         "the target of outside is -1 in row 8"),
        pytest.param("sklearn.gamma", "r.glm:family=Gamma", "amount", "gamma family takes numbers above 0; "
                     "the target of outside is 0 in row 10", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_target_outside_the_family_names_its_row(
    table: Path, command: Any, left: str, right: str, target: str, words: str
) -> None:
    other = "amount" if target == "count" else "count"
    given = ("--data", str(table / "outside.csv"), "--target", target, "--drop", other)
    done = command("explain", left, right, *given, code=2)
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.xdist_group("r")
@pytest.mark.parametrize(
    ("left", "right", "target", "verdict", "causes"),
    [
        ("sklearn.poisson", "r.glm:family=poisson", "count", "explained", {"penalty.l2"}),
        ("r.glm:family=poisson", "statsmodels.glm:family=poisson,add_constant=true", "count", "agree", set()),
        ("statsmodels.glm:family=poisson", "r.glm:family=poisson", "count", "explained", {"intercept"}),
        ("r.glmnet:family=poisson,lambda=0.1,alpha=0", "sklearn.poisson", "count", "explained",
         {"penalty.l2"}),
        ("sklearn.gamma", "statsmodels.glm:family=gamma,link=log,add_constant=true", "amount", "explained",
         {"penalty.l2"}),
        ("sklearn.tweedie:power=1.5,alpha=0", "sklearn.gamma:alpha=0", "amount", "explained", {"family"}),
        ("sklearn.ridge:alpha=0.001", "sklearn.poisson:alpha=0", "count", "explained", {"family"}),
    ],
)  # fmt: skip
def test_the_cause_is_named(
    table: Path, command: Any, left: str, right: str, target: str, verdict: str, causes: set[str]
) -> None:
    other = "amount" if target == "count" else "count"
    given = ("--data", str(table / "counts.csv"), "--target", target, "--drop", other, "--json")
    answer = json.loads(command("explain", left, right, *given, code=(0, 1)).stdout)
    assert answer["verdict"] == verdict, answer
    assert {share["setting"] for share in answer["causes"] if share["share"] > 0.05} == causes
    certified = [d for d in answer["diagnoses"] if d["kind"] == "stationarity"]
    assert len(certified) == 2
    assert all(d["certificate"]["certified_digits"] > 15 for d in certified), certified


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_a_level_without_counts_has_no_finite_optimum(tmp_path: Path, command: Any) -> None:
    rng = np.random.default_rng(0)
    level = (np.arange(60) % 4 == 0).astype(float)
    other = rng.normal(size=60)
    count = np.where(level == 1, 0, rng.poisson(np.exp(other / 2 + 0.6)))
    file = tmp_path / "zeros.csv"
    np.savetxt(file, np.column_stack([other, level, count]), "%.17g", ",", header="a,level,y", comments="")
    right = "statsmodels.glm:family=poisson,add_constant=true,tol=1e-4"
    given = ("--data", str(file), "--target", "y", "--json")
    answer = json.loads(command("explain", "r.glm:family=poisson", right, *given, code=(0, 1)).stdout)
    (proof,) = (d for d in answer["diagnoses"] if d["kind"] == "separation")
    assert proof["side"] == "both"
    assert proof["certificate"]["direction"] == {"level": -1.0}
    assert proof["certificate"]["strict_rows"] == 15
    assert proof["certificate"]["rows"] == 60
    assert proof["certificate"]["verified_in_exact_arithmetic"]
    assert answer["verdict"] == "no_unique_optimum"
