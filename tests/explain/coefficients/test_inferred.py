"""Standard errors, p-values and intervals of a table beside those of a fit with the same coefficients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from crossframe.core.types import FloatArray
from crossframe.data import load
from crossframe.explain.coefficients.finding import TableFinding
from crossframe.explain.coefficients.inferred import Compared, compared
from crossframe.explain.coefficients.search import explain_table
from crossframe.explain.coefficients.tables import read_table
from crossframe.frameworks.statsmodels.adopt import fitted

N = 90
GROUPS = 9


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(12)
    group = np.repeat(np.arange(GROUPS), N // GROUPS)
    x = (rng.normal(size=GROUPS)[group] + rng.normal(size=N)).round(3)
    y = (2 * x + 3 * rng.normal(size=GROUPS)[group] + (1 + np.abs(x)) * rng.normal(size=N)).round(3)
    return pd.DataFrame({"x": x, "z": rng.normal(size=N).round(3), "group": group, "y": y})


def _printed(terms: list[str], b: FloatArray, se: FloatArray, degrees: float, head: str = "") -> str:
    """As R's summary prints it: the standard errors, and p-values by a distribution."""
    t = b / se
    p = 2 * (stats.t.sf(np.abs(t), degrees) if np.isfinite(degrees) else stats.norm.sf(np.abs(t)))
    lines = [f"{n} {e:.7f} {s:.7f} {v:.3f} {q:.4e}" for n, e, s, v, q in zip(terms, b, se, t, p, strict=True)]
    return "\n".join([*head.splitlines(), "            Estimate Std. Error t value Pr(>|t|)", *lines, ""])


def _finding(text: str, rows: pd.DataFrame, folder: Path) -> TableFinding:
    rows.to_csv(folder / "d.csv", index=False)
    return explain_table(read_table(text), load(folder / "d.csv", target="y", numbers=True))


def _compared(
    rows: pd.DataFrame, folder: Path, printed: dict[str, Any], fit: dict[str, Any], degrees: float
) -> Compared:
    """A table by the arguments ``printed`` of statsmodels' fit beside a fit by others."""
    model = smf.ols("y ~ x + z", data=rows)
    made = model.fit(**printed)
    text = _printed(["(Intercept)", "x", "z"], made.params.to_numpy(), made.bse.to_numpy(), degrees)
    both = compared(_finding(text, rows, folder), fitted(model.fit(**fit)), ("table", "script"))
    assert both is not None
    return both


def _clustered(rows: pd.DataFrame, **more: Any) -> dict[str, Any]:
    return {"cov_type": "cluster", "cov_kwds": {"groups": rows["group"], **more}, "use_t": True}


@pytest.mark.parametrize(
    ("printed", "fit", "degrees", "causes", "words"),
    [
        ({}, {}, N - 3, (), "the same standard errors"),
        ({}, {"cov_type": "HC1", "use_t": True}, N - 3, ("inference.covariance",), "robust, HC1"),
        ({"cov_type": "HC0"}, {"cov_type": "HC1", "use_t": True}, N - 3, ("inference.divisor",), "HC0"),
        ({}, {"use_t": False}, N - 3, ("inference.distribution",), "a normal distribution (z) in script"),
    ],
)
def test_what_differs_beside_the_coefficients_is_named(
    rows: pd.DataFrame, tmp_path: Path, printed: dict[str, Any], fit: dict[str, Any], degrees: float,
    causes: tuple[str, ...], words: str,
) -> None:  # fmt: skip
    made = _compared(rows, tmp_path, printed, fit, degrees)
    assert made.causes == causes
    assert words in " ".join(made.words)


@pytest.mark.parametrize(
    ("factors", "digits", "cov_type", "same", "words"),
    [
        ((1.3, 0.7, 1.2), 7, "nonrobust", False, "none of the formulas that were tried gives both"),
        ((1.0, 1.0, 1.2), 7, "nonrobust", False, "none of the formulas that were tried gives both"),
        ((1.0, 1.0, 1.0), 1, "HC1", True, "to the printed digits"),
    ],
)
def test_the_printed_standard_errors_are_compared_and_not_those_of_a_formula(
    rows: pd.DataFrame, tmp_path: Path, factors: tuple[float, ...], digits: int, cov_type: str, same: bool,
    words: str,
) -> None:  # fmt: skip
    model = smf.ols("y ~ x + z", data=rows)
    fit = model.fit(cov_type=cov_type, use_t=True)
    errors = model.fit(cov_type="HC0" if cov_type == "HC1" else cov_type).bse.to_numpy() * factors
    lines = [
        f"{name} {value:.7f} {error:.{digits}f}"
        for name, value, error in zip(["(Intercept)", "x", "z"], fit.params, errors, strict=True)
    ]
    finding = _finding("\n".join(["            Estimate Std. Error", *lines, ""]), rows, tmp_path)
    made = compared(finding, fitted(fit), ("table", "script"))
    assert made is not None
    assert made.causes == ()
    assert ("and the same standard errors" in made.words[0]) is same
    assert words in made.words[0]


def test_clusters_are_recognised_among_the_columns_and_give_the_degrees_of_freedom(
    rows: pd.DataFrame, tmp_path: Path
) -> None:
    by_rows = _compared(rows, tmp_path, _clustered(rows), _clustered(rows), N - 3)
    assert by_rows.causes == ("inference.distribution",)
    assert f"{N - 3} degrees of freedom (rows - parameters) in table" in by_rows.words[-1]
    assert f"{GROUPS - 1} degrees of freedom (clusters of group - 1) in script" in by_rows.words[-1]
    plain = _clustered(rows, use_correction=False)
    divisor = _compared(rows, tmp_path, _clustered(rows), plain, GROUPS - 1)
    assert divisor.causes == ("inference.divisor",)
    assert "without a correction for few clusters" in divisor.words[0]


def test_absorbed_levels_are_those_of_a_column_and_may_be_counted_as_parameters(
    rows: pd.DataFrame, tmp_path: Path
) -> None:
    """As fixest prints it: the effects of the levels are within the clusters, and left out of the count."""
    fit = smf.ols("y ~ x + C(group)", data=rows).fit(**_clustered(rows))
    error = fit.bse[["x"]].to_numpy() * np.sqrt((N - 1 - GROUPS) / (N - 2))
    head = f"OLS estimation, Dep. Var.: y\nObservations: {N}\nFixed-effects: group: {GROUPS}"
    text = _printed(["x"], fit.params[["x"]].to_numpy(), error, GROUPS - 1, head)
    finding = _finding(text, rows, tmp_path)
    assert finding.kind == "fixest's table"
    assert finding.standard_errors is not None
    assert "k = 2 parameters, the absorbed levels as one of them" in finding.standard_errors.words
    made = compared(finding, fitted(fit), ("table", "script"))
    assert made is not None
    assert made.causes == ("inference.divisor",)
    assert f"k = {1 + GROUPS} parameters" in made.words[0]


def test_other_coefficients_are_not_compared_by_their_standard_errors(
    rows: pd.DataFrame, tmp_path: Path
) -> None:
    made = smf.ols("y ~ x + z", data=rows).fit()
    text = _printed(["(Intercept)", "x", "z"], made.params.to_numpy(), made.bse.to_numpy(), N - 3)
    other = fitted(smf.ols("y ~ x + z", data=rows.assign(y=rows["y"] + 0.1 * rows["x"])).fit())
    assert compared(_finding(text, rows, tmp_path), other, ("table", "script")) is None
