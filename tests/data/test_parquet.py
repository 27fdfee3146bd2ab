"""Large Parquet files: read column by column, with the same result as when they are read whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crossframe.core.errors import DataError, OutOfMemory
from crossframe.data import Dataset, extent, load, parquet


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(1)
    n = 500
    frame = pd.DataFrame(
        {
            "a.b": np.where(np.arange(n) % 50 == 7, np.nan, rng.normal(size=n)),
            "whole": rng.integers(-5, 5, n),
            "far": 2**60 + rng.integers(0, 99, n),
            "single": rng.normal(size=n).astype(np.float32),
            "plan": rng.choice(["basic", "full", "none"], n),
            "kind": pd.Categorical(rng.choice(["x", "y"], n)),
            "one": "same",
            "true": rng.random(n) < 0.5,
            "zero": np.where(rng.random(n) < 0.5, -0.0, 1.0),
            "heavy": rng.random(n) + 0.5,
            "left": rng.integers(0, 2, n),
        }
    )
    path = tmp_path_factory.mktemp("parquet") / "table.parquet"
    frame.to_parquet(path)
    return path


def _plain(data: Dataset) -> dict[str, Any]:
    return {k: v for k, v in vars(data).items() if not isinstance(v, np.ndarray)}


@pytest.mark.parametrize("group", [1, 2**25])
@pytest.mark.parametrize("options", [{"missing": "drop", "weights": "heavy"}, {"missing": "framework"}])
def test_the_data_set_is_the_same(
    file: Path, options: dict[str, Any], group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = load(file, target="left", **options)
    monkeypatch.setattr(parquet, "LARGE", 0)
    monkeypatch.setattr(parquet, "_AT_A_TIME", group)
    by_column = load(file, target="left", **options)
    assert by_column.fingerprint == whole.fingerprint
    np.testing.assert_array_equal(by_column.X, whole.X)
    assert by_column.X.flags.c_contiguous
    assert not np.signbit(by_column.X[by_column.X == 0]).any()
    assert _plain(by_column) == _plain(whole)


def test_no_such_column(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "LARGE", 0)
    with pytest.raises(DataError, match="no column 'lef' to be the target") as error:
        load(file, target="lef")
    assert "left" in error.value.hint


def test_a_broken_file_is_an_error_with_its_name(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "LARGE", 0)
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"cut\.parquet cannot be read as Parquet"):
        load(cut, target="left")
    # The list of columns is at the end, and whole; the first pages are not.
    holes = bytearray(file.read_bytes())
    holes[4:2000] = bytes(1996)
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(holes)
    with pytest.raises(DataError, match=r"torn\.parquet: column '.*' cannot be read as Parquet"):
        load(torn, target="left", missing="drop")


def test_more_rows_than_memory(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "LARGE", 0)
    monkeypatch.setattr(extent, "available", lambda: 2**16)
    with pytest.raises(OutOfMemory, match="500 rows and 11 columns need 0 MiB") as error:
        load(file, target="left")
    assert "sample" in error.value.hint
