"""Pairs that differ in what is done to their rows: the cause is named, switched and shown in the recipe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.data import Dataset
from crossframe.explain.api import explain
from crossframe.explain.explanation import Explanation
from crossframe.explain.report import document
from crossframe.frameworks.pool import Pool
from tests.command import in_process


@pytest.fixture
def rows() -> Dataset:
    """60 rows of two classes and four features; the second is missing in twelve of them."""
    rng = np.random.default_rng(12)
    X = rng.normal(size=(60, 4)) * (1.0, 4.0, 1.0, 1.0)
    y = (X[:, 0] + X[:, 1] / 4 + rng.logistic(size=60) > 0.3).astype(np.int64)
    X[X[:, 1] > 3.2, 1] = np.nan
    return Dataset("holes", X, y, ("a", "b", "c", "d"), ("no", "yes"), "random rows")


def asked(data: Dataset, store: Path, pool: Pool, left: str, right: str) -> Explanation:
    return explain(left, right, data=data, store=store / "s.sqlite", pool=pool)


def found(e: Explanation, kind: str) -> str:
    (words,) = (d.words for d in e.diagnoses if d.kind == kind)
    return words


PAIRS = {
    "missing": ("sklearn.linear:missing=mean", "sklearn.linear:missing=drop"),
    "features.standardize": (
        "sklearn.ridge:missing=mean,features.standardize=sd_n",
        "sklearn.ridge:missing=mean",
    ),
    "class.order": ("sklearn.linear:missing=mean,class.order=reversed", "sklearn.linear:missing=mean"),
    "selection.count": (
        "sklearn.linear:missing=mean,selection.statistic=f,selection.count=2",
        "sklearn.linear:missing=mean,selection.statistic=f,selection.count=3",
    ),
}


@pytest.mark.parametrize(
    "setting", ["missing", *(pytest.param(s, marks=pytest.mark.slow) for s in [*PAIRS][1:])]
)
def test_the_setting_is_the_cause_from_either_side(
    setting: str, rows: Dataset, tmp_path: Path, pool: Pool
) -> None:
    for pair in (PAIRS[setting], PAIRS[setting][::-1]):
        e = asked(rows, tmp_path, pool, *pair)
        assert (str(e.verdict), e.causes) == ("explained", (setting,))
        for side, direction in zip(pair, reversed(e.directions), strict=True):
            # What closes is the other side's call.
            assert direction.recipe is not None
            assert direction.closing is not None
            assert direction.closing.gap < 1e-12
            assert direction.recipe.preparation.replace(", ", ",") == side.partition(":")[2]


@pytest.mark.slow
def test_what_is_said_of_the_rows(rows: Dataset, tmp_path: Path, pool: Pool) -> None:
    e = asked(rows, tmp_path, pool, *PAIRS["missing"])
    words = found(e, "missing")
    kept = int(rows.complete.sum())
    assert "of 60 rows, sklearn.linear:missing=mean trains on 60 (a missing feature is the mean" in words
    assert f"sklearn.linear:missing=drop trains on {kept} (rows with a missing feature are left out)" in words
    assert f"compared are the scores of {kept} rows that lack no feature" in words
    assert e.data["scored"] == kept
    assert any(words[1:] in line for line in document(e).headlines)
    e = asked(rows, tmp_path, pool, *PAIRS["class.order"])
    assert "those of sklearn.linear:missing=mean,class.order=reversed of 'no'" in found(e, "classes")
    assert "those of sklearn.linear:missing=mean of 'yes'" in found(e, "classes")
    e = asked(rows, tmp_path, pool, *PAIRS["selection.count"])
    assert "keeps 2 features; " in found(e, "selection")
    assert "both keep a, b" in found(e, "selection")
    (only,) = (term for term, left, _ in e.coefficients if np.isnan(left))
    assert f"{only} alone" in found(e, "selection")


@pytest.mark.slow
def test_where_both_impute_every_row_is_scored(rows: Dataset, tmp_path: Path, pool: Pool) -> None:
    e = asked(rows, tmp_path, pool, "sklearn.linear:missing=mean", "sklearn.linear:missing=level")
    assert (str(e.verdict), e.causes, e.data["scored"]) == ("explained", ("missing",), 60)


@pytest.mark.slow
def test_a_penalty_for_all_rows_goes_with_the_rows(rows: Dataset, tmp_path: Path, pool: Pool) -> None:
    e = asked(rows, tmp_path, pool, "sklearn.ridge:missing=mean", "sklearn.ridge:missing=drop")
    assert e.causes == ("missing",)


def test_a_side_without_a_rule_is_told_to_have_one(rows: Dataset, tmp_path: Path, pool: Pool) -> None:
    with pytest.raises(UsageError) as caught:
        asked(rows, tmp_path, pool, "sklearn.linear", "sklearn.linear:missing=mean")
    assert "sklearn.linear gave no answer" in str(caught.value)
    assert "give sklearn.linear missing=drop, missing=mean or missing=level" in str(caught.value)


def test_with_complete_rows_the_rule_is_no_cause(rows: Dataset, tmp_path: Path, pool: Pool) -> None:
    complete = replace(rows, X=np.nan_to_num(rows.X))
    e = asked(complete, tmp_path, pool, *PAIRS["missing"])
    assert (str(e.verdict), e.diagnoses[0].kind) == ("agree", "stationarity")


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["missing", "class.order", "features.standardize"])
@pytest.mark.parametrize("model", ["sklearn.mlp:random_state=1,max_iter=20", "sklearn.forest:random_state=1"])
def test_other_families(setting: str, model: str, rows: Dataset, tmp_path: Path, pool: Pool) -> None:
    left, right = (f"{model},{side.partition(':')[2]}" for side in PAIRS[setting])
    e = asked(rows, tmp_path, pool, left, right)
    if setting == "features.standardize" and "forest" in model:
        assert "decision" not in str(e.causes)
    else:
        assert (str(e.verdict), e.causes) == ("explained", (setting,))


def test_a_comparison_takes_them(
    rows: Dataset,
    tmp_path: Path,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "holes.csv"
    lines = [
        ",".join([*("" if np.isnan(v) else repr(float(v)) for v in x), str(y)])
        for x, y in zip(rows.X, rows.y, strict=True)
    ]
    file.write_text("\n".join(["a,b,c,d,y", *lines]) + "\n")
    words = f"compare --data {file} --target y --draws 2 --no-report --json --quiet".split()
    each = ("--contestant", "sklearn.logistic:missing=mean", "--contestant", "sklearn.logistic:missing=drop")
    done = in_process(capsys, *words, *each)
    assert '"missing": "mean"' in done.stdout
    in_process(capsys, *words, "--contestant", "sklearn.logistic", code=2)
