"""Weights and offset: columns of a table that are neither features nor the target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crossframe.core.errors import DataError, UsageError
from crossframe.data import Dataset, load


def claims(rows: int = 60) -> pd.DataFrame:
    """Claims of policies by region, with months of exposure and how often each row counts."""
    rng = np.random.default_rng(5)
    x, z = rng.normal(size=(2, rows)).round(3)
    months, times = rng.integers(1, 25, rows), rng.integers(1, 6, rows)
    region = rng.permutation(np.resize(["a", "b", "c"], rows))
    mean = months * np.exp(-1 + 0.5 * x - 0.3 * z + 0.4 * (region == "b"))
    return pd.DataFrame(
        {"claims": rng.poisson(mean), "x": x, "z": z, "region": region, "months": months, "times": times}
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("beside") / "claims.csv"
    claims().to_csv(made, index=False)
    return made


def loaded(path: Path, **options: object) -> Dataset:
    return load(path, numbers=True, **options)  # type: ignore[arg-type]


def test_the_columns_are_no_features_and_the_offset_is_the_log_of_the_exposure(path: Path) -> None:
    data = loaded(path, target="claims", weights="times", exposure="months")
    assert data.names == ("x", "z", "region=b", "region=c")
    assert data.weights is not None
    assert data.offset is not None
    np.testing.assert_array_equal(data.weights, claims()["times"])
    np.testing.assert_array_equal(data.offset, np.log(claims()["months"]))
    assert data.file is not None
    assert (data.file.weights, data.file.offset, data.file.unused) == ("times", "log(months)", {})
    (note,) = (note for note in data.notes if "weights of the rows: times, from 1 to 5" in note)
    assert "every row counts once where fits are compared" in note
    plain = loaded(path, target="claims", drop=["months", "times"])
    assert (plain.by_row, data.by_row) == (frozenset(), {"weights", "offset"})
    assert plain.fingerprint != data.fingerprint
    both = loaded(path, target="claims", features=["x", "months"], exposure="months")
    assert both.names == ("x", "months")


@pytest.mark.parametrize(
    ("formula", "names", "offset"),
    [
        ("claims ~ x + offset(log(months)) + z", "x z", "log(months)"),
        ("claims ~ offset(log(months)) + x", "x", "log(months)"),
        ("claims ~ . + offset(log(months)) - region - times", "x z", "log(months)"),
        ("claims ~ 0 + x + offset(log(months)) + offset(z)", "x", "log(months) + z"),
    ],
)
def test_a_formula_has_its_offset(path: Path, formula: str, names: str, offset: str) -> None:
    data, frame = loaded(path, formula=formula), claims()
    assert " ".join(data.names) == names
    assert data.file is not None
    assert data.file.formula is not None
    assert data.file.offset == offset
    assert data.file.formula.intercept is ("0 +" not in formula)
    expected = np.log(frame["months"]) + (frame["z"] if offset.endswith("z") else 0)
    np.testing.assert_allclose(data.offset, expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "claims", "weights": "x"}, "the weight 'x' is -0.802 in row 2; it must be 0 or more"),
        ({"target": "claims", "exposure": "x"}, "the exposure 'x' is -0.802 in row 2; it must be above 0"),
        ({"target": "claims", "weights": "region"}, "the column 'region' of the weights holds no numbers"),
        ({"target": "claims", "weights": "tims"}, "unknown column in --weights 'tims'"),
        ({"target": "claims", "weights": "claims"}, "the target 'claims' is also a weight or an offset"),
        ({"target": "claims", "offset": "x", "exposure": "months"}, "are one quantity"),
        ({"formula": "claims ~ x*offset(z)"}, "offset() is no term of a sum"),
        ({"formula": "claims ~ x + offset(z)", "offset": "z"}, "has an offset, beside --offset"),
        ({"formula": "claims ~ x + offset(log(mnths))"}, "unknown column in --formula 'mnths'"),
        ({"formula": "claims ~ x + offset(log(months - 1))"}, "is -inf in row"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(
    path: Path, options: dict[str, str], words: str
) -> None:
    with pytest.raises(UsageError) as refused:
        loaded(path, **options)
    assert words in str(refused.value)


def test_rows_without_a_weight_are_refused_or_left_out(tmp_path: Path) -> None:
    frame = claims().astype({"times": float})
    frame.loc[3, "times"] = np.nan
    frame.to_csv(tmp_path / "gap.csv", index=False)
    with pytest.raises(DataError, match="missing values in 1 of 60 rows"):
        loaded(tmp_path / "gap.csv", target="claims", weights="times")
    with pytest.raises(DataError, match=r"the weights 'times' is missing in 1 rows, first in row 5"):
        loaded(tmp_path / "gap.csv", target="claims", weights="times", missing="framework")
    kept = loaded(tmp_path / "gap.csv", target="claims", weights="times", missing="drop")
    assert kept.weights is not None
    assert len(kept.y) == len(kept.weights) == 59


def test_weights_need_a_file() -> None:
    with pytest.raises(UsageError, match="columns of a file of your own"):
        load("digits", weights="w")
