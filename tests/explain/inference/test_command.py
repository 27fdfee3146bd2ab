"""Standard errors and tests in what ``crossframe explain`` prints: models by name, and two scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.xdist_group("r")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``d.csv`` with unequal variances: a number ``y`` and two classes ``c``."""
    made = tmp_path_factory.mktemp("inference")
    rng = np.random.default_rng(6)
    X = rng.normal(size=(90, 2))
    y = X @ [1.0, -0.5] + rng.normal(size=90) * (1 + X[:, 0] ** 2)
    rows = np.column_stack([X, y, rng.random(90) < 1 / (1 + np.exp(-X[:, 0]))])
    np.savetxt(made / "d.csv", rows, "%.17g", ",", header="a,b,y,c", comments="")
    return made


def test_by_name(folder: Path, command: Any) -> None:
    words = ("--data", str(folder / "d.csv"), "--target", "y", "--drop", "c")
    robust = "statsmodels.ols:add_constant=true,cov_type=HC1"
    done = command("explain", "r.lm", robust, *words)
    text = " ".join(done.stdout.split())
    assert "The two agree" in text
    assert (
        "by the covariance of the estimates (inference.covariance): in r.lm they are the usual ones" in text
    )
    assert "Standard errors and tests" in text
    answer = json.loads(command("explain", "r.lm", robust, *words, "--json").stdout)
    assert answer["verdict"] == "agree"
    assert [c["setting"] for c in answer["inference"]["causes"] if c["of"] == "standard errors"] == [
        "inference.covariance"
    ]


@pytest.mark.slow
def test_a_penalised_side_is_refused(folder: Path, command: Any) -> None:
    words = ("--data", str(folder / "d.csv"), "--target", "y", "--drop", "c", "--json")
    answer = json.loads(command("explain", "r.lm", "statsmodels.ols:add_constant=true,alpha=0.1,L1_wt=0.0",
                                *words, code=(0, 1)).stdout)  # fmt: skip
    assert "p-values of statsmodels.ols" in answer["inference"]["why_not"]
    assert "refused: its penalty" in answer["inference"]["why_not"]


R = """
d <- read.csv("d.csv")
fit <- glm(c ~ a + b, family = binomial, data = d, epsilon = 1e-14)
print(summary(fit))
"""
PYTHON = """
import pandas as pd
import statsmodels.formula.api as smf

d = pd.read_csv("d.csv")
fit = smf.logit("c ~ a + b", data=d).fit(tol=1e-14, disp=0{arguments})
print(fit.summary())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "verdict", "causes"),
    [("", "agree", set()), (", cov_type='HC0'", "explained", {"inference.covariance"})],
)
def test_two_scripts(folder: Path, command: Any, arguments: str, verdict: str, causes: set[str]) -> None:
    (folder / "left.R").write_text(R)
    (folder / "right.py").write_text(PYTHON.format(arguments=arguments))
    answer = json.loads(
        command("explain", str(folder / "left.R"), str(folder / "right.py"), "--json", code=(0, 1)).stdout
    )
    assert answer["verdict"] == verdict, answer["answer"]
    assert {cause["setting"] for cause in answer["causes"]} == causes
    rung = next(r for r in answer["rungs"] if r["rung"] == "inference")
    quantities = {q["name"]: q["digits"] for q in rung["certificate"]["quantities"]}
    assert quantities["estimates"] > 8
    assert quantities["AIC"] is None or quantities["AIC"] > 8
    assert (quantities["standard errors"] > 6) == (not causes)
