"""The terms of a formula in R, and R's ``model.matrix`` beside formulaic's matrix."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from crossframe.core.errors import UsageError
from crossframe.data import load
from crossframe.data.table import formula_sources
from crossframe.frameworks.r import formula as in_r
from crossframe.frameworks.r import runtime
from tests.data.test_formula import table


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("formula") / "table.csv"
    table().to_csv(made, index=False)
    return made


def answer(path: Path, formula: str) -> str:
    data = load(path, formula=formula)
    assert data.file is not None
    assert data.file.formula is not None
    columns = dict(zip(data.names, data.X.T, strict=True))
    return in_r.check(data.file.formula, formula_sources(data.file), columns)


@pytest.mark.parametrize(
    ("right", "source"),
    [
        ("age + C(region) + log(dose)", "age + factor(region) + log(dose)"),
        ("`two words`*a.dot", "`two words` + a.dot + `two words`:a.dot"),
        ("I(-(age - 50)**2 / 3) + I(age > 50)", "I((-((age - 50) ^ 2)) / 3) + I(age > 50)"),
        ("C(region, contr.treatment('south'))", 'relevel(factor(region), ref = "south")'),
        ("C(a.dot, contr.treatment(2)) - 1", '0 + relevel(factor(a.dot), ref = "2")'),
        (
            "C(region, levels=['west', 'south', 'north'])",
            'factor(region, levels = c("west", "south", "north"))',
        ),
        ("C(region, Sum) + poly(dose, 2)", "C(factor(region), contr.sum) + poly(dose, 2)"),
        ("np.log1p(dose) + center(age)", "log1p(dose) + scale(age, scale = FALSE)"),
    ],
)
def test_the_terms_in_r(path: Path, right: str, source: str) -> None:
    file = load(path, formula=f"left ~ {right}").file
    assert file is not None
    assert file.formula is not None
    assert in_r.right(file.formula) == source


def test_what_r_does_not_have_is_no_spelling(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = load(path, formula="left ~ np.hypot(age, dose)")
    assert data.file is not None
    assert data.file.formula is not None
    with pytest.raises(UsageError, match=r"np\.hypot\(age, dose\) has no spelling in R"):
        in_r.right(data.file.formula)
    assert "np.hypot(age, dose) has no spelling" in answer(path, "left ~ np.hypot(age, dose)")
    monkeypatch.setattr(runtime, "home", lambda: None)
    assert answer(path, "left ~ age") == "not compared with R's model.matrix: R is not installed"


def test_r_gives_the_same_columns(path: Path) -> None:
    right = "age*region + C(flag, contr.sum)*C(a.dot, contr.helmert) + log(dose) + I(age^2)"
    data = load(path, formula=f"left ~ {right}")
    same = f"R's model.matrix gives the same {len(data.names)} columns to the last bit"
    assert answer(path, f"left ~ {right}") == same


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "words"),
    [
        ("region:flag", r"has 6 columns, not 5: regionnorth:flag"),
        (
            "age + poly(dose, 2)",
            r"gives 1 of the 3 columns to the last bit; unlike are poly\(dose, 2\)\[1\] by",
        ),
        ("region - 1 + age", "gives the same 4 columns to the last bit"),
        ("C(region, contr.treatment('south'))", "gives the same 2 columns to the last bit"),
        ("C(region, levels=['west', 'south', 'north'])", "gives the same 2 columns to the last bit"),
        ("region*C(a.dot)", "gives the same 8 columns to the last bit"),
    ],
)
def test_what_r_says(path: Path, right: str, words: str) -> None:
    assert re.search(words, answer(path, f"left ~ {right}"))


def test_what_r_refuses(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_r, "right", lambda formula: "nosuch(age)")
    assert re.search("refuses the formula: .*nosuch", answer(path, "left ~ age"))


_PREDICT = """
d <- read.csv({path!r}); first <- seq_len(nrow(d)) <= {n}
fit <- lm(z ~ poly(x, 3) + scale(v), data = d[first, ])
cat(sprintf("%.17g", predict(fit, d[!first, ])), sep = " ")
"""


def test_a_basis_from_all_rows_predicts_as_the_one_that_r_takes_from_the_training_rows(
    tmp_path: Path,
) -> None:
    """R's predict() keeps the polynomials and the scale of the training rows: the space is the same."""
    rng = np.random.default_rng(3)
    x, v = rng.exponential(size=80), rng.standard_normal(80)
    path, n = tmp_path / "poly.csv", 30
    pd.DataFrame({"x": x, "v": v, "z": np.exp(-x) + v + rng.standard_normal(80) / 10}).to_csv(
        path, index=False
    )
    data = load(path, formula="z ~ poly(x, 3) + scale(v)", numbers=True)
    ours = LinearRegression().fit(data.X[:n], data.y[:n]).predict(data.X[n:])
    made = subprocess.run(
        ["Rscript", "--vanilla", "-e", _PREDICT.format(path=str(path), n=n)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    np.testing.assert_allclose(ours, np.array(made.stdout.split(), dtype=float), rtol=1e-9, atol=1e-9)
