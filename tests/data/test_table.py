"""A user's own file that can be used: exact numbers, coded categories, classes, missing values."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossframe.data import Dataset, load

finite = st.floats(allow_nan=False, allow_infinity=False)

PEOPLE = """age,smoker,town,sick
31,True,Ulm,yes
42.5,False,Bonn,no
-0.0,True,Kiel,no
1e-3,True,Ulm,yes
"""


def write(folder: Path, text: str, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def columns(data: Dataset) -> dict[str, list[float]]:
    return dict(zip(data.names, data.X.T.tolist(), strict=True))


@given(values=st.lists(finite, min_size=2, max_size=30))
@settings(deadline=None)
def test_numbers_are_read_exactly(values: list[float], tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = "".join(f"{value!r},{i % 2}\n" for i, value in enumerate(values))
    data = load(write(tmp_path_factory.mktemp("exact"), "x,y\n" + rows), target="y")
    assert data.X[:, 0].tolist() == values
    assert not np.signbit(data.X[data.X == 0]).any()


@pytest.mark.slow
@given(digits=st.lists(st.text("0123456789", min_size=1, max_size=40), min_size=2, max_size=20))
@settings(deadline=None)
def test_long_decimals_are_read_to_the_nearest_float(
    digits: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = "".join(f"3.{text},{i % 2}\n" for i, text in enumerate(digits))
    data = load(write(tmp_path_factory.mktemp("exact"), "x,y\n" + rows), target="y")
    assert data.X[:, 0].tolist() == [float(f"3.{text}") for text in digits]


def test_a_file_of_numbers_and_categories(tmp_path: Path) -> None:
    path = write(tmp_path, PEOPLE)
    data = load(path, target="sick")
    assert data.name == "people"
    assert columns(data) == {
        "age": [31, 42.5, 0, 0.001],
        "smoker=True": [1, 0, 1, 1],
        "town=Kiel": [0, 0, 1, 0],
        "town=Ulm": [1, 0, 0, 1],
    }
    assert not np.signbit(data.X).any()  # the sign of -0.0 is gone
    assert data.y.tolist() == [1, 0, 0, 1]
    assert data.classes == ("no", "yes")
    assert (data.X.dtype, data.y.dtype) == (np.float64, np.int64)
    assert data.X.flags.c_contiguous
    assert data.source == f"{path.name}: 4 rows, 4 features, target sick (no 2, yes 2)."
    assert "column town: coded as 2 of 0 and 1, against Bonn" in data.notes
    assert data.test_rows is None


@pytest.mark.parametrize("name", ["p.csv.gz", "p.tsv", "p.TSV.GZ", "p.parquet", "p.pq"])
def test_every_kind_of_file_gives_the_same_data(tmp_path: Path, name: str) -> None:
    source = write(tmp_path, PEOPLE)
    path = tmp_path / name
    if name.startswith("p.p"):
        pd.read_csv(source).to_parquet(path)
    else:
        text = PEOPLE if "csv" in name else PEOPLE.replace(",", "\t")
        path.write_bytes(gzip.compress(text.encode()) if name.lower().endswith("gz") else text.encode())
    one, other = load(source, target="sick"), load(str(path), target="sick")
    assert one.fingerprint == other.fingerprint
    assert (one.names, one.classes) == (other.names, other.classes)


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "bom.csv"
    path.write_text("sick,age\n0,1\n1,2\n", encoding="utf-8-sig")
    assert load(path, target="sick").names == ("age",)


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["b", "a"], ("a", "b")),
        (["True", "False"], ("False", "True")),
        (["10", "9"], ("9", "10")),
        (["2.5", "-1.0"], ("-1.0", "2.5")),
    ],
)
def test_the_second_value_in_sorted_order_is_class_1(
    tmp_path: Path, values: list[str], classes: tuple[str, str]
) -> None:
    path = write(tmp_path, f"x,y\n1,{values[0]}\n2,{values[1]}\n")
    data = load(path, target="y")
    assert data.classes == classes
    assert data.y.tolist() == [classes.index(value) for value in values]
    chosen = load(path, target="y", positive=classes[0])
    assert chosen.classes == classes[::-1]
    assert chosen.y.tolist() == (1 - data.y).tolist()


def test_constant_columns_are_kept(tmp_path: Path) -> None:
    data = load(write(tmp_path, "x,c,t,y\n1,7,u,0\n2,7,u,1\n"), target="y")
    assert columns(data) == {"x": [1, 2], "c": [7, 7]}
    assert "column t: left out, its only level is u" in data.notes


def test_whole_numbers_beyond_float64_are_noted(tmp_path: Path) -> None:
    data = load(write(tmp_path, f"x,z,e,y\n{2**53 + 1},{2**70 + 1},{2**60},0\n3,4,5,1\n"), target="y")
    assert data.X[0].tolist() == [2.0**53, 2.0**70, 2.0**60]
    rounded = "whole numbers beyond 2^53 were rounded to float64"
    assert data.notes == (f"column x: {rounded}", f"column z: {rounded}")


def test_levels_of_a_parquet_category_are_those_in_use(tmp_path: Path) -> None:
    dose = pd.Categorical(["low", "high", "mid"], categories=["none", "low", "mid", "high"])
    frame = pd.DataFrame({"g": dose, "y": ["n", "p", "n"]})
    frame.to_parquet(tmp_path / "g.parquet")
    data = load(tmp_path / "g.parquet", target="y")
    assert columns(data) == {"g=low": [1, 0, 0], "g=mid": [0, 0, 1]}


HOLES = """age,smoker,town,y
31,True,Ulm,1
,False,Bonn,0
40,,Kiel,0
50,True,,1
60,False,Ulm,0
"""


def test_rows_with_missing_values_are_dropped_when_asked(tmp_path: Path) -> None:
    data = load(write(tmp_path, HOLES), target="y", missing="drop")
    assert columns(data) == {"age": [31, 60], "smoker=True": [1, 0]}
    assert data.y.tolist() == [1, 0]
    assert data.notes[0] == "missing values in 3 of 5 rows (age 1, smoker 1, town 1): these rows were dropped"


def test_missing_values_are_handed_on_when_asked(tmp_path: Path) -> None:
    data = load(write(tmp_path, HOLES), target="y", missing="framework")
    nan = np.nan
    expected = np.array(
        [
            [31, nan, 40, 50, 60],
            [1, 0, nan, 1, 0],
            [0, 0, 1, nan, 0],
            [1, 0, 0, nan, 1],
        ]
    ).T
    assert data.names == ("age", "smoker=True", "town=Kiel", "town=Ulm")
    np.testing.assert_array_equal(data.X, expected)
    assert "left to each framework" in data.notes[0]


def test_a_column_without_any_value_can_be_handed_on(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1, 2], "b": [None, None], "y": [0, 1]}).to_parquet(tmp_path / "h.parquet")
    for path in (tmp_path / "h.parquet", write(tmp_path, "a,b,y\n1,,0\n2,,1\n")):
        data = load(path, target="y", missing="framework")
        np.testing.assert_array_equal(data.X, [[1, np.nan], [2, np.nan]])


@pytest.mark.slow
@given(
    town=st.lists(st.one_of(st.none(), st.sampled_from(["Ulm", "Bonn", "Kiel"])), min_size=4, max_size=20),
    missing=st.sampled_from(["drop", "framework"]),
)
@settings(deadline=None)
def test_coded_columns_name_the_level_of_each_row(
    town: list[str | None], missing: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if len({name for name in town[2:] if name}) < 2:
        town[2:4] = ["Ulm", "Bonn"]
    town[:2] = ["Kiel", "Kiel"]
    rows = "".join(f"{i},{name or ''},{i % 2}\n" for i, name in enumerate(town))
    data = load(write(tmp_path_factory.mktemp("t"), "i,town,y\n" + rows), target="y", missing=missing)
    for row in data.X:
        name = town[int(row[0])]
        if name is None:
            assert missing == "framework"
            assert np.isnan(row[1:]).all()
        else:
            assert dict(zip(data.names[1:], row[1:], strict=True)) == {
                other: float(other == f"town={name}") for other in data.names[1:]
            }


def test_a_stray_text_among_numbers_is_named(tmp_path: Path) -> None:
    rows = [f"{k * 7 % 31},{k},{'yes' if k % 3 else 'no'}" for k in range(30)]
    rows[2], rows[5] = ",2,yes", "?,5,yes"
    (tmp_path / "t.csv").write_text("\n".join(["power,b,y", *rows]) + "\n")
    data = load(tmp_path / "t.csv", target="y", missing="drop")
    assert "column power: read as text; most are numbers, but '?' in row 7 is not" in data.notes
    rows[5] = "4,5,yes"
    (tmp_path / "t.csv").write_text("\n".join(["power,b,y", *rows]) + "\n")
    assert not any(
        "read as text" in note for note in load(tmp_path / "t.csv", target="y", missing="drop").notes
    )
