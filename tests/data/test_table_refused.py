"""Files that cannot be used: each error names the file and the culprit, and leaves with exit code 2."""

from __future__ import annotations

import datetime
import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from crossframe.core.errors import CrossframeError, DataError, ExitCode, UsageError
from crossframe.data import load


def refused(path: Path, target: str | None = "y", **options: str) -> str:
    """The whole error text of a file that is refused."""
    with pytest.raises(UsageError) as caught:
        load(path, target=target, **options)  # type: ignore[arg-type]
    assert caught.value.exit_code is ExitCode.USAGE
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "culprits"),
    [
        ("x,y\n1,a\n2,a\n", ["'y'", "one class only: a", "exactly two"]),
        ("x,y\n1,a\n2,b\n3,c\n", ["'y'", "3 classes: a, b, c", "exactly two"]),
        ("x,y\n1,1\n2,2\n3,3\n4,4\n5,5\n6,6\n", ["6 classes: 1, 2, 3, 4, 5, ..."]),
        ("x,z\n1,a\n2,b\n", ["has no column 'y'", "known: x, z"]),
        ("x;y\n1;a\n2;b\n", ["'y'", "separated by ';'"]),
        ("x,y\n1,a\n,b\n", ["missing values in 1 of 2 rows (x 1)", "--missing drop"]),
        ("x,z,y\n1,,a\n,,b\n", ["2 of 2 rows (x 1, z 2)"]),
        ("x,y\n1,a\n2,\n3,b\n4,NA\n", ["'y' is missing in 2 rows, first in row 3"]),
        ("x,y\n1,a\ninf,b\n", ["column 'x' is infinite in row 3"]),
        ("x,z,y\n-inf,1,a\ninf,2,b\n", ["column 'x' is infinite in row 2 and 1 more"]),
        ("y\na\nb\n", ["no feature beside the target 'y'"]),
        ("c,y\nu,a\nu,b\n", ["no feature is left"]),
        ("x,x,y\n1,2,a\n3,4,b\n", ["duplicate column name 'x'"]),
        (",x,y\n1,2,a\n2,4,b\n", ["column 1 has no name", "index=False"]),
        ("c,c=v,y\nu,1,a\nv,2,b\n", ["column 'c=v' is coded as 'c=v', a name that is taken"]),
        ("x,y\n", ["has a header but no rows"]),
        ("\n\n", ["has no columns"]),
        ("", ["is empty"]),
        ("x,y\n1,a\n2,b,c\n", ["line 3"]),
        ("x,y\n1,a,c\n2,b,c\n", ["more fields than the header"]),
    ],
)
def test_a_csv_is_refused(tmp_path: Path, text: str, culprits: list[str]) -> None:
    path = tmp_path / "own.csv"
    path.write_text(text)
    message = refused(path)
    for culprit in [str(path), *culprits]:
        assert culprit in message


def test_a_missing_target_gets_a_suggestion(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("age,disease\n1,a\n2,b\n")
    assert "did you mean disease?" in refused(path, "desease")


def test_a_file_without_a_target_lists_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("age,disease\n1,a\n2,b\n")
    assert "which column is the target?\n  name one of: age, disease" in refused(path, None)


def test_a_text_column_of_10000_levels(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("id,y\n" + "".join(f"patient {i},{i % 2}\n" for i in range(10_000)))
    message = refused(path)
    assert "column 'id' has 10,000 different texts; at most 100 levels can be coded" in message
    assert "leave it out with --drop id, or group its levels" in message


def test_the_text_among_numbers_is_pointed_at(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    rows = [f"{i},{i % 2}" for i in range(200)]
    rows[0], rows[150] = ",1", "12 mg,0"
    path.write_text("dose,y\n" + "\n".join(rows))
    assert "most are numbers, but '12 mg' in row 152 is not" in refused(path)


def test_all_bad_columns_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("u,v,y\n" + "".join(f"t{i},{'inf' if i == 7 else i},{i % 2}\n" for i in range(101)))
    message = refused(path)
    assert "2 problems" in message
    assert "column 'u' has 101 different texts" in message
    assert "column 'v' is infinite in row 9" in message


def test_too_many_rows_dropped(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("x,y\n,a\n,b\n")
    assert "no row is left" in refused(path, missing="drop")
    path.write_text("x,y\n1,a\n,b\n2,a\n")
    message = refused(path, missing="drop")
    assert "one class only: a; missing values in 1 of 3 rows (x 1): these rows were dropped" in message


def test_options_have_known_values(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("x,y\n1,yes\n2,no\n")
    assert "unknown value of missing 'dropp'\n  did you mean drop?" in refused(path, missing="dropp")
    assert "unknown class of 'y' 'yess'\n  did you mean yes?" in refused(path, positive="yess")


def _garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 20)


def _cut_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(b"x,y\n" + b"1,a\n2,b\n" * 1000)[:-20])


def _latin(path: Path) -> None:
    path.write_bytes("x,y\n1,Köln\n2,Ulm\n".encode("latin-1"))


def _utf16(path: Path) -> None:
    path.write_text("x,y\n1,a\n2,b\n", encoding="utf-16")


def _cut_parquet(path: Path) -> None:
    pd.DataFrame({"x": [1, 2], "y": [0, 1]}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-8])


@pytest.mark.parametrize("name", ["own.csv", "own.csv.gz", "own.tsv.gz", "own.parquet"])
def test_garbage_is_refused_under_any_name(tmp_path: Path, name: str) -> None:
    _garbage(tmp_path / name)
    message = refused(tmp_path / name)
    assert f"{tmp_path / name} cannot be read as " in message


@pytest.mark.parametrize(
    ("name", "make"),
    [("o.csv.gz", _cut_gzip), ("o.csv", _latin), ("o.csv", _utf16), ("o.parquet", _cut_parquet)],
)
def test_a_broken_file_is_refused(tmp_path: Path, name: str, make: Callable[[Path], None]) -> None:
    make(tmp_path / name)
    assert f"{tmp_path / name} cannot be read as " in refused(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert f"{tmp_path / 'absent.csv'}: no such file" in refused(tmp_path / "absent.csv")
    assert f"{tmp_path / 'absent.csv'}: no such file" in refused(tmp_path / "absent.csv", None)
    with pytest.raises(DataError, match="digits: no such file"):
        load(tmp_path / "digits", target="y")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert f"{tmp_path} is a folder, not a file" in refused(tmp_path)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.xlsx").write_bytes(b"PK")
    assert "known: .csv, .csv.gz, .tsv, .tsv.gz, .parquet, .pq" in refused(tmp_path / "own.xlsx")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([datetime.date(2017, 5, 31), datetime.date(2017, 6, 4)], "date"),
        (pd.to_datetime(["2017-05-31", "2017-06-04"]), "datetime64"),
        ([[1], [2]], "mixed"),
        ([b"a", b"b"], "bytes"),
    ],
)
def test_a_column_of_another_kind_is_refused(tmp_path: Path, values: list[object], kind: str) -> None:
    pd.DataFrame({"when": values, "y": [0, 1]}).to_parquet(tmp_path / "own.parquet")
    message = refused(tmp_path / "own.parquet")
    assert f"column 'when' holds {kind}" in message
    assert "not numbers, text or truth values" in message


def test_a_target_of_lists_is_refused(tmp_path: Path) -> None:
    pd.DataFrame({"x": [0, 1], "y": [[1], [2]]}).to_parquet(tmp_path / "own.parquet")
    assert "the target 'y' mixes kinds of values, or holds lists" in refused(tmp_path / "own.parquet")


def test_every_refusal_is_one_of_ours() -> None:
    assert issubclass(DataError, UsageError)
    assert issubclass(UsageError, CrossframeError)
