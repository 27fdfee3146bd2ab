"""Which columns of a user's file are features, and the record of their coding."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossframe.core.errors import DataError
from crossframe.data import load

PEOPLE = """id,age,smoker,town,sick,clinic
7,31,True,Ulm,yes,A
8,42.5,False,Bonn,no,A
9,,False,Kiel,no,A
10,50,True,,yes,A
11,60,False,Kiel,yes,A
"""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return path


def test_the_record_says_what_became_of_every_column_and_row(people: Path) -> None:
    data = load(people, target="sick", missing="drop", drop=["id"])
    assert data.names == ("age", "smoker=True", "town=Kiel", "town=Ulm")
    assert data.file is not None
    assert data.file.to_dict() == {
        "file": "people.csv",
        "rows": 5,
        "rows_used": 3,
        "rows_dropped": 2,
        "missing": {"age": 1, "town": 1},
        "target": "sick",
        "positive": "yes",
        "features": [
            {"column": "age", "kind": "numbers", "reference": None, "coded": ["age"]},
            {"column": "smoker", "kind": "truth", "reference": "False", "coded": ["smoker=True"]},
            {"column": "town", "kind": "text", "reference": "Bonn", "coded": ["town=Kiel", "town=Ulm"]},
        ],
        "unused": {"id": "left out by --drop", "clinic": "it has one level only"},
    }


def test_columns_keep_the_order_of_the_file_and_others_may_lack_values(people: Path) -> None:
    data = load(people, target="sick", features=["smoker", "id"])
    assert data.names == ("id", "smoker=True")
    assert data.file is not None
    assert set(data.file.unused.values()) == {"not among --features"}
    assert (data.file.rows, data.file.dropped, data.file.missing) == (5, 0, {})


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"features": ["ag"]}, r"people\.csv: unknown column in --features 'ag'\n  did you mean age\?"),
        ({"drop": ["sick"]}, "--drop names the target 'sick'"),
        ({"features": ["age"], "drop": ["age"]}, "age: in --features and in --drop"),
        ({"features": []}, "no feature beside the target"),
        ({"drop": ["id", "age", "smoker", "town"]}, "no feature is left"),
        ({}, "missing values in 2 of 5 rows"),
    ],
)
def test_a_choice_that_cannot_be(people: Path, chosen: dict[str, list[str]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(people, target="sick", **chosen)


def test_a_name_is_quoted_for_the_shell_where_a_message_says_to_drop_it(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text('"a, b",y\n' + "".join(f"patient {i},{i % 2}\n" for i in range(101)))
    with pytest.raises(DataError) as caught:
        load(path, target="y")
    assert """--drop '"a, b"'""" in caught.value.hint
