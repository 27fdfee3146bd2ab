"""A target of numbers: kept to the last bit where it is asked for, and refused with the way out elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.data import load


def table(tmp_path: Path, targets: list[str]) -> Path:
    path = tmp_path / "own.csv"
    path.write_text("x,y\n" + "".join(f"{i * i},{target}\n" for i, target in enumerate(targets)))
    return path


def test_numbers_are_numbers(tmp_path: Path) -> None:
    data = load(table(tmp_path, ["0.1", "-0.0", "1e-300", "7"]), target="y", numbers=True)
    assert data.task == "numbers"
    assert data.classes == ()
    assert data.y.dtype == np.float64
    np.testing.assert_array_equal(data.y, [0.1, 0.0, 1e-300, 7.0])
    assert not np.signbit(data.y).any()
    assert "target y (a number from 0 to 7)" in data.source


def test_two_values_are_two_classes_all_the_same(tmp_path: Path) -> None:
    data = load(table(tmp_path, ["3", "5", "3", "5"]), target="y", numbers=True)
    assert data.task == "classes"
    assert data.classes == ("3", "5")
    assert data.y.dtype == np.int64


def test_dropped_rows_drop_their_target(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("x,y\n1,1.5\n,2.5\n3,3.5\n4,4.5\n")
    data = load(path, target="y", numbers=True, missing="drop")
    np.testing.assert_array_equal(data.y, [1.5, 3.5, 4.5])


def test_the_fingerprint_tells_targets_apart(tmp_path: Path) -> None:
    one = load(table(tmp_path, ["1", "2", "3"]), target="y", numbers=True)
    other = load(table(tmp_path, ["1", "2", "3.0000000000000004"]), target="y", numbers=True)
    assert one.fingerprint != other.fingerprint


@pytest.mark.parametrize(
    ("targets", "options", "words"),
    [
        (["1", "2", "inf"], {}, "the target 'y' is infinite in row 4"),
        (["1", "2", ""], {}, "the target 'y' is missing in 1 rows, first in row 4"),
        (["a", "b", "c"], {}, "the target 'y' has 3 classes"),
        (["1", "2", "3"], {"positive": "1"}, "positive=1: the target 'y' holds numbers, not two classes"),
        (["5", "5", "5"], {}, "the target 'y' has one value only: 5"),
        (["", "", ""], {}, "the target 'y' has no value in any row"),
    ],
)
def test_what_is_no_target_of_numbers(
    tmp_path: Path, targets: list[str], options: dict[str, str], words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load(table(tmp_path, targets), target="y", numbers=True, **options)  # type: ignore[arg-type]
    assert words in str(caught.value)


def test_a_text_among_numbers_is_named(tmp_path: Path) -> None:
    targets = [f"{k}.5" for k in range(20)] + ["n/k"]
    for several in (False, True):
        with pytest.raises(UsageError) as caught:
            load(table(tmp_path, targets), target="y", numbers=True, several=several)
        assert "most are numbers, but 'n/k' in row 22 is not" in str(caught.value)


def test_several_classes_are_taken_where_they_are_asked_for(tmp_path: Path) -> None:
    path = table(tmp_path, ["b", "a", "c", "a"])
    data = load(path, target="y", several=True)
    assert (data.classes, data.y.tolist(), data.task) == (("a", "b", "c"), [1, 0, 2, 0], "classes")
    with pytest.raises(UsageError, match="positive=a: the target 'y' has 3 classes"):
        load(path, target="y", several=True, positive="a")
    whole = load(table(tmp_path, ["3", "1", "2", "1"]), target="y", several=True)
    assert (whole.classes, whole.y.tolist()) == (("1", "2", "3"), [2, 0, 1, 0])
