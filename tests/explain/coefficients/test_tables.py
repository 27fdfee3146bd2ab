"""Tables of coefficients as software prints them."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from crossframe.core.errors import DataError
from crossframe.explain.coefficients.tables import read_table
from tests.explain.coefficients.printed_tables import as_csv, sas, spss, stata, statsmodels

pytestmark = pytest.mark.xdist_group("r")
FITS = {"Intercept": (-1.24764, 1.05982), "a": (0.71457, 0.24817), "sex male": (0.11574, 0.39797)}


@pytest.fixture(scope="module")
def r(printed_by_r: tuple[Path, dict[str, str]]) -> dict[str, str]:
    return printed_by_r[1]


@pytest.mark.parametrize(
    ("name", "kind", "terms"),
    [
        ("glm", "R's summary", ("(Intercept)", "a", "b", "sexmale", "grpv", "grpw")),
        ("lm", "R's summary", ("(Intercept)", "a", "b", "sexmale", "grpv", "grpw")),
        ("narrow", "R's summary", ("(Intercept)", "a", "b", "sexmale", "grpv", "grpw")),
        ("coef", "R's coef", ("(Intercept)", "a", "b", "sexmale", "grpv", "grpw")),
        ("fit", "R's coef", ("(Intercept)", "a", "b")),
    ],
)
def test_what_r_prints(r: dict[str, str], name: str, kind: str, terms: tuple[str, ...]) -> None:
    table = read_table(r[name])
    assert (table.kind, table.terms) == (kind, terms)
    summary = kind == "R's summary"
    assert table.rows == (90 if summary else None)
    assert all((c.standard_error is not None) == summary for c in table.coefficients)


def test_half_a_unit_of_the_last_printed_digit(r: dict[str, str]) -> None:
    for c in read_table(r["glm"]).coefficients:
        mantissa, _, exponent = c.printed.partition("e")
        places = len(mantissa.partition(".")[2]) - int(exponent or 0)
        assert c.tolerance == pytest.approx(0.5 * 10.0**-places)
        assert c.estimate == float(c.printed)


def test_a_term_that_r_leaves_out(r: dict[str, str]) -> None:
    table = read_table(r["aliased"])
    assert table.left_out == ("twice",)
    assert table.terms == ("(Intercept)", "a", "b")


@pytest.mark.parametrize(
    ("text", "kind", "rows", "places"),
    [
        (statsmodels(FITS, 118), "a summary of statsmodels", 118, 4),
        (sas(FITS, 118), "SAS's parameter estimates", 118, 4),
        (stata(FITS, 118), "Stata's table", 118, 5),
        (spss(FITS), "SPSS's coefficients", None, 3),
    ],
)
def test_other_software(text: str, kind: str, rows: int | None, places: int) -> None:
    table = read_table(text)
    assert (table.kind, table.rows, table.terms) == (kind, rows, tuple(FITS))
    for c, (value, error) in zip(table.coefficients, FITS.values(), strict=True):
        assert c.estimate == pytest.approx(value, abs=0.5 * 10.0**-places)
        assert c.tolerance == pytest.approx(0.5 * 10.0**-places)
        assert c.standard_error == pytest.approx(error, abs=5e-4)


def test_odds_ratios_become_coefficients() -> None:
    table = read_table(stata(FITS, 118, ratios=True))
    assert table.kind == "Stata's table, as ratios"
    for c, (value, error) in zip(table.coefficients, FITS.values(), strict=True):
        assert c.estimate == pytest.approx(value, abs=c.tolerance * 1.01)
        assert c.standard_error == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        "term,estimate\nconst,1.5\na,-0.1234\n",
        "name\tcoef\tstd err\nconst\t1.5\t.1\na\t-0.1234\t.2\n",
        "Variable;B\nconst;1,5\na;-0,1234\n",
        "| term | estimate |\n|---|---|\n| const | 1.5 |\n| a | -0.1234 |\n",
        "const,1.5\na,-0.1234\n",
        "const,a\n1.5,-0.1234\n",
        "const    1.5000\na       -0.1234\nName: coef, dtype: float64\n",
        '{"const": 1.5,\n "a": -0.1234}',
        pd.Series({"const": 1.5, "a": -0.1234}).to_csv(),
    ],
)
def test_plain_lists(text: str) -> None:
    table = read_table(text)
    assert [(c.term, c.estimate) for c in table.coefficients] == [("const", 1.5), ("a", -0.1234)]
    assert table.coefficients[1].tolerance == pytest.approx(5e-5)
    assert table.coefficients[0].tolerance <= 5e-4


def test_dropped_zeros_of_numbers_with_significant_digits() -> None:
    table = read_table(as_csv(["const", "a", "b"], [10.992, 0.88089, 0.04101], "%.5g"))
    assert [c.tolerance for c in table.coefficients] == pytest.approx([5e-4, 5e-6, 5e-7])


def test_a_zero_that_is_a_point_is_exact() -> None:
    head = '3 x 1 sparse Matrix of class "dgCMatrix"\n           s0\n'
    text = f"{head}(Intercept) -0.0613\na            .\nb 0.0008\n"
    table = read_table(text)
    assert [(c.term, c.estimate, c.tolerance) for c in table.coefficients][1] == ("a", 0.0, 0.0)


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "coef.csv"
    path.write_text("\ufeffterm,estimate,std.error\nconst,1.25,.1\n", encoding="utf-8")
    table = read_table(path)
    assert table.name == "coef.csv"
    assert table.coefficients[0].line == 2
    assert math.isclose(table.coefficients[0].standard_error or 0, 0.1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("term,estimate\nconst,1\na,abc\n", "line 3: the estimate of 'a' is 'abc'; expected a number"),
        ("wort,zahl\nconst,1\na,x\n", "line 1: no column of a term among wort, zahl"),
        ("there is nothing\nin this text\n", "there are no coefficients in it"),
        ("term,estimate\na,1\na,2\n", "line 3: the term 'a' stands in line 2 already"),
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(DataError) as raised:
        read_table(text)
    assert message in raised.value.message
    assert raised.value.hint


def test_a_file_that_is_missing_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_table(tmp_path / "no.txt")
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not UTF-8 text"):
        read_table(tmp_path / "b.txt")
