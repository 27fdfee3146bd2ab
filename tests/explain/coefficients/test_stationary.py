"""The objective of which a table of coefficients is the optimum."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from crossframe.core.errors import DataError
from crossframe.data import load
from crossframe.explain.coefficients.finding import TableFinding, TableVerdict
from crossframe.explain.coefficients.search import explain_table
from crossframe.explain.coefficients.tables import read_table
from tests.explain.coefficients.printed_tables import (
    ROWS,
    as_csv,
    numbers_of,
    sas,
    spss,
    stata,
    statsmodels,
    table,
)

pytestmark = pytest.mark.xdist_group("r")
TIGHT = {"tol": 1e-10, "max_iter": 100_000}
LIBLINEAR = LogisticRegression(C=2.0, solver="liblinear", **TIGHT)
LASSO = LogisticRegression(C=0.1, l1_ratio=1, solver="saga", random_state=0, **TIGHT)
NUMBERS = ["a", "b"]
SLOW = pytest.mark.slow
FREE = {"penalty.intercept": 0.0}
WITHOUT = LogisticRegression(fit_intercept=False, **TIGHT)


@pytest.fixture(scope="module")
def path(printed_by_r: tuple[Path, dict[str, str]]) -> Path:
    return printed_by_r[0]


@pytest.fixture(scope="module")
def r(printed_by_r: tuple[Path, dict[str, str]]) -> dict[str, str]:
    return printed_by_r[1]


def explain(text: str, path: Path, target: str) -> TableFinding:
    finding = explain_table(read_table(text), load(path, target=target, missing="framework", numbers=True))
    json.dumps(finding.to_dict(), allow_nan=False)
    return finding


def coded(every_level: bool = False) -> pd.DataFrame:
    return pd.get_dummies(table()[["a", "b", "sex", "grp"]], drop_first=not every_level).astype(float)


def fitted(model: object, X: pd.DataFrame, target: str, form: str = "%.6g") -> str:
    """The coefficients of an estimator of scikit-learn, or of a pipeline's last step, as a CSV."""
    model.fit(X.to_numpy(), table()[target])  # type: ignore[attr-defined]
    last = model[-1] if hasattr(model, "steps") else model  # type: ignore[index]
    start = float(np.ravel(last.intercept_)[0])
    terms = [*(["Intercept"] if start else []), *X.columns]
    return as_csv(terms, [*([start] if start else []), *map(float, np.ravel(last.coef_))], form)


def words(finding: TableFinding) -> str:
    return " ".join(d.words for d in finding.departures)


# --- without a penalty --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target", "link", "errors"),
    [
        ("glm", "y", "logit", "model"),
        ("lm", "z", "identity", "model"),
        ("poisson", "k", "log", "model"),
        ("product", "z", "identity", None),
        pytest.param("narrow", "z", "identity", "model", marks=SLOW),
        pytest.param("coef", "z", "identity", None, marks=SLOW),
        pytest.param("aliased", "z", "identity", "model", marks=SLOW),
        pytest.param("relevelled", "z", "identity", None, marks=SLOW),
    ],
)
def test_maximum_likelihood(
    r: dict[str, str], path: Path, name: str, target: str, link: str, errors: str | None
) -> None:
    finding = explain(r[name], path, target)
    assert finding.verdict is TableVerdict.AGREES, finding.sentences
    assert finding.objective is not None
    assert (finding.objective.link, finding.objective.penalised, finding.rung) == (link, False, "")
    assert (finding.standard_errors.formula if finding.standard_errors else None) == errors
    assert all(c.agrees for c in finding.checks)
    assert "agree to the printed digits" in finding.sentences[0]


@pytest.mark.slow
def test_probit(r: dict[str, str], path: Path) -> None:
    # R's Fisher scoring may leave more than half a unit of the seventh digit.
    finding = explain(r["probit"], path, "y")
    assert finding.objective is not None
    assert finding.objective.link == "probit"
    assert finding.digits > 4


@pytest.mark.slow
def test_the_reference_level_is_named(r: dict[str, str], path: Path) -> None:
    assert "Column grp is coded against w." in explain(r["relevelled"], path, "z").sentences
    assert "Column grp is coded against u." in explain(r["lm"], path, "z").sentences


@pytest.mark.slow
@pytest.mark.parametrize("layout", [statsmodels, sas, stata])
def test_the_layouts_of_other_software(r: dict[str, str], path: Path, layout: object) -> None:
    fits = {
        re.sub(r"^(sex|grp)(\w+)$", r"\1 \2", c.term.replace("(Intercept)", "Intercept")): c
        for c in read_table(r["glm"]).coefficients
    }
    if layout is statsmodels:
        fits = {re.sub(r"^(sex|grp) (\w+)$", r"C(\1)[T.\2]", term): c for term, c in fits.items()}
    text = layout({t: (c.estimate, c.standard_error) for t, c in fits.items()}, ROWS)  # type: ignore[operator]
    finding = explain(text, path, "y")
    assert finding.objective is not None
    assert (finding.objective.link, finding.objective.penalised) == ("logit", False)
    assert finding.rung == ""


@pytest.mark.slow
def test_indicators_of_spss(r: dict[str, str], path: Path) -> None:
    # By default SPSS numbers the levels and has the last one as its reference.
    d = table()
    X = np.column_stack([d.a, d.b, d.grp == "u", d.grp == "v"]).astype(float)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", **TIGHT).fit(X, d.y)
    terms = ("a", "b", "grp(1)", "grp(2)")
    fits = {t: (float(v), 0.5) for t, v in zip(terms, model.coef_[0], strict=True)}
    finding = explain(spss({**fits, "Constant": (float(model.intercept_[0]), 0.5)}), path, "y")
    assert finding.verdict is TableVerdict.AGREES, finding.sentences
    assert finding.rung == "columns"
    assert "last level as reference" in words(finding)


# --- with a penalty -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "columns", "target", "argument", "value", "settings"),
    [
        pytest.param(LogisticRegression(C=0.5, **TIGHT), None, "y", "C", 0.5, FREE, marks=SLOW),
        pytest.param(LIBLINEAR, NUMBERS, "y", "C", 2.0, {"penalty.intercept": 1.0}, marks=SLOW),
        pytest.param(LASSO, NUMBERS, "y", "C", 0.1, {"penalty.l2": 0.0}, marks=SLOW),
        (Ridge(10.0), None, "z", "alpha", 10.0, {"penalty.l2": 10 / ROWS}),
        (Lasso(0.1, tol=1e-12), None, "z", "alpha", 0.1, {"penalty.l1": 0.1}),
        pytest.param(ElasticNet(0.1, l1_ratio=0.25, tol=1e-12), None, "z", "alpha", 0.1, {}, marks=SLOW),
        pytest.param(WITHOUT, NUMBERS, "y", "C", 1.0, {"intercept": False}, marks=SLOW),
    ],
)  # fmt: skip
def test_a_penalty_in_the_arguments_of_the_frameworks(
    path: Path,
    model: object,
    columns: list[str] | None,
    target: str,
    argument: str,
    value: float,
    settings: dict[str, float],
) -> None:
    X = coded()
    finding = explain(fitted(model, X if columns is None else X[columns], target, "%.8g"), path, target)
    assert finding.verdict in (TableVerdict.AGREES, TableVerdict.CLOSE), finding.sentences
    first = finding.strengths[0]
    assert first.argument == argument
    assert first.value == pytest.approx(value, rel=1e-5)
    assert first.low <= value * (1 + 1e-6)
    assert first.high >= value * (1 - 1e-6)
    assert finding.settings.items() >= {k: pytest.approx(v, rel=1e-5) for k, v in settings.items()}.items()
    assert finding.rung == "objective"


@pytest.mark.slow
def test_the_same_penalty_as_glmnet_and_h2o_spell_it(path: Path) -> None:
    finding = explain(fitted(Ridge(10.0), coded(), "z", "%.8g"), path, "z")
    spread = float(table().z.std(ddof=0))
    values = {s.model: s.value for s in finding.strengths}
    assert values["h2o.glm"] == pytest.approx(10 / ROWS, rel=1e-5)
    assert values["r.glmnet"] == pytest.approx(10 / ROWS * spread, rel=1e-5)


# --- other data ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target", "rung", "phrase"),
    [
        pytest.param("swapped", "y", "target", "the classes are swapped", marks=SLOW),
        pytest.param("complete", "z", "rows", "the 3 rows with a missing value in", marks=SLOW),
        ("without_18", "z", "rows", "row 19 of d.csv was left out"),
        pytest.param("first_60", "y", "rows", "the last 30 rows of d.csv were left out", marks=SLOW),
        ("scaled", "z", "columns", "1/(n-1)"),
        pytest.param("times_1000", "z", "target", "1000 times z", marks=SLOW),
        pytest.param("log", "z", "target", "log(z)", marks=SLOW),
        pytest.param("helmert", "z", "columns", "Helmert", marks=SLOW),
    ],
)
def test_what_departs_from_the_file(
    r: dict[str, str], path: Path, name: str, target: str, rung: str, phrase: str
) -> None:
    finding = explain(r[name], path, target)
    assert finding.verdict is TableVerdict.AGREES, finding.sentences
    assert finding.rung == rung
    assert phrase in words(finding)
    assert phrase in finding.sentences[0]


@pytest.mark.slow
def test_sum_contrasts_are_a_fact_of_their_terms(r: dict[str, str], path: Path) -> None:
    finding = explain(r["sum"], path, "z")
    assert finding.verdict is TableVerdict.AGREES
    assert any("contr.sum" in line for line in finding.coding)


@pytest.mark.slow
def test_weights_that_are_a_column(path: Path, tmp_path: Path) -> None:
    d = table().assign(w=lambda t: t.k + 1)
    d.to_csv(tmp_path / "w.csv", index=False)
    model = LinearRegression().fit(d[NUMBERS], d.z, sample_weight=d.w)
    finding = explain(as_csv(["const", *NUMBERS], [model.intercept_, *model.coef_]), tmp_path / "w.csv", "z")
    assert finding.rung == "weights"
    assert words(finding) == "the rows are weighted by w"


@pytest.mark.slow
def test_equally_weighted_classes(path: Path) -> None:
    model = LogisticRegression(C=np.inf, class_weight="balanced", solver="newton-cholesky", **TIGHT)
    finding = explain(fitted(model, coded()[NUMBERS], "y"), path, "y")
    assert finding.rung == "weights"
    assert finding.settings["class_weight"] == "balanced"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scaler", "scaling"), [(StandardScaler(), "sd_n"), (MinMaxScaler(), "none")], ids=["standard", "range"]
)
def test_coefficients_on_scaled_columns(path: Path, scaler: object, scaling: str) -> None:
    finding = explain(
        fitted(make_pipeline(scaler, LogisticRegression(**TIGHT)), coded()[NUMBERS], "y"), path, "y"
    )
    assert finding.rung == "columns"
    assert finding.strengths[0].value == pytest.approx(1.0)
    assert finding.settings["features.standardize"] == scaling


@pytest.mark.slow
def test_indicators_of_all_levels_have_no_unique_optimum(path: Path) -> None:
    finding = explain(fitted(LinearRegression(), coded(every_level=True), "z"), path, "z")
    assert finding.verdict is TableVerdict.AGREES
    assert not finding.unique
    assert any("linearly dependent" in line for line in finding.sentences)


@pytest.mark.slow
def test_an_intercept_that_is_not_in_the_table(path: Path) -> None:
    model = LinearRegression().fit(table()[NUMBERS], table().z)
    finding = explain(as_csv(NUMBERS, model.coef_), path, "z")
    assert finding.verdict is TableVerdict.AGREES
    assert finding.settings["intercept"] is True


# --- wrong numbers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target", "term"), [pytest.param("glm", "y", "b", marks=SLOW), ("lm", "z", "sexmale")]
)
def test_one_digit_altered(r: dict[str, str], path: Path, name: str, target: str, term: str) -> None:
    right = next(c for c in read_table(r[name]).coefficients if c.term == term)
    place = right.printed.index(".") + 2
    other = right.printed[:place] + str((int(right.printed[place]) + 3) % 10) + right.printed[place + 1 :]
    finding = explain(r[name].replace(right.printed, other, 1), path, target)
    assert finding.verdict is TableVerdict.ALTERED, finding.sentences
    assert finding.altered == (term,)
    assert f"{term} is printed as {other} and should be {right.printed}" in finding.sentences[0]


@pytest.mark.slow
def test_one_digit_altered_beside_a_penalty(path: Path) -> None:
    text = fitted(LogisticRegression(C=0.5, **TIGHT), coded(), "y")
    right = next(line for line in text.splitlines() if line.startswith("b,"))
    other = f"b,{numbers_of(text)['b'] + 0.03:.6g}"
    finding = explain(text.replace(right, other), path, "y")
    assert finding.altered == ("b",)
    assert finding.wrong[0].rounded == pytest.approx(right[2:]) or finding.wrong[0].rounded == right[2:]
    assert finding.strengths[0].value == pytest.approx(0.5)


def test_a_standard_error_that_is_altered(r: dict[str, str], path: Path) -> None:
    c = next(c for c in read_table(r["lm"]).coefficients if c.term == "b")
    line = next(line for line in r["lm"].splitlines() if line.startswith("b "))
    printed = line.split()[2]
    other = printed.replace(printed[-2:], f"{(int(printed[-2:]) + 31) % 90 + 10}")
    finding = explain(r["lm"].replace(line, line.replace(printed, other)), path, "z")
    assert finding.verdict is TableVerdict.AGREES
    assert finding.standard_errors is not None
    assert finding.standard_errors.wrong == ("b",)
    assert f"should be {c.standard_error:.3g}" in finding.standard_errors.words


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["HC1", "HC3", "divisor n"])
def test_other_standard_errors(r: dict[str, str], path: Path, kind: str) -> None:
    d = table()
    X = np.column_stack([np.ones(ROWS), d.a, d.b])
    inverse = np.linalg.inv(X.T @ X)
    b = inverse @ X.T @ d.z
    e = d.z.to_numpy() - X @ b
    rest = 1 - np.einsum("ij,jk,ik->i", X, inverse, X)
    factor = {"HC1": np.full(ROWS, ROWS / (ROWS - 3)), "HC3": rest**-2, "divisor n": None}[kind]
    robust = inverse * (e @ e) / ROWS
    if factor is not None:
        robust = inverse @ (X.T @ (X * (factor * e**2)[:, None])) @ inverse
    rows = zip(["const", *NUMBERS], b, np.sqrt(np.diag(robust)), strict=True)
    text = "term,estimate,std.error\n" + "".join(f"{t},{v:.6f},{s:.6f}\n" for t, v, s in rows)
    finding = explain(text, path, "z")
    assert finding.standard_errors is not None
    assert finding.standard_errors.formula == kind


@pytest.mark.slow
def test_numbers_that_nothing_gives(path: Path) -> None:
    finding = explain(as_csv(["const", *NUMBERS], [1.234, 0.777, -3.21]), path, "z")
    assert finding.verdict is TableVerdict.UNEXPLAINED
    assert finding.objective is None
    assert "agree with none of the models" in finding.sentences[0]
    assert "not" in finding.sentences[1]


def test_separated_classes_have_no_estimates_but_those_of_a_penalty(tmp_path: Path) -> None:
    """A ridge penalty of 4e-8 gives what an early stop leaves; it is not the cause."""
    x = np.arange(20.0)
    d = pd.DataFrame({"x": x, "v": np.sin(x).round(3), "y": (x > 9.5).astype(int)})
    d.to_csv(tmp_path / "s.csv", index=False)
    tiny, ridge = (LogisticRegression(C=C, **TIGHT).fit(d[["x", "v"]], d["y"]) for C in (1.27e6, 0.5))
    for stopped in ([-420.5, 44.3, 1.7], [tiny.intercept_[0], *tiny.coef_[0]]):
        finding = explain(as_csv(["const", "x", "v"], stopped), tmp_path / "s.csv", "y")
        assert finding.verdict is TableVerdict.NO_OPTIMUM
        assert "no finite optimum (complete separation" in finding.sentences[0]
        assert finding.objective is None
    values = [ridge.intercept_[0], *ridge.coef_[0]]
    finding = explain(as_csv(["const", "x", "v"], values), tmp_path / "s.csv", "y")
    assert finding.objective is not None
    assert finding.objective.l2 == pytest.approx(1 / (20 * 0.5), rel=1e-4)


def test_a_term_that_is_no_column(path: Path) -> None:
    with pytest.raises(DataError) as raised:
        explain("term,estimate\nconst,1\nsexmael,2\nb,3\n", path, "z")
    assert (
        "line 3: the term 'sexmael' is neither a column of d.csv nor a level of one" in raised.value.message
    )
    assert "sexmale" in raised.value.hint


def test_a_single_coefficient_is_no_evidence_for_rows_that_were_left_out(path: Path) -> None:
    """Of all sets of rows some gives any number to its printed digits."""
    slope = float(np.polyfit(table()["a"], table()["y"], 1)[0])
    finding = explain(as_csv(["a"], [slope * 1.02], "%.4g"), path, "y")
    assert "left out" not in words(finding)
