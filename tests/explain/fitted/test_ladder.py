"""What two fits have in common is read from their data and predictions alone."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossframe.core.types import FloatArray
from crossframe.explain.fitted.alignment import related
from crossframe.explain.fitted.ladder import Ladder, ladder
from crossframe.frameworks.fitted import FittedModel

_RNG = np.random.default_rng(1)
N = 60
"""Rows."""
X = _RNG.normal(size=(N, 3))
Y = (_RNG.random(N) < 0.5).astype(float)
GROUP = _RNG.integers(0, 3, N)
DUMMIES = np.eye(3)[GROUP]
WITH_REFERENCE = np.hstack([X, DUMMIES[:, 1:]])


def _fit(table: FloatArray = X, y: FloatArray = Y, **fields: Any) -> FittedModel:
    """A fit whose score of a row is a function of its first column."""
    score = 1 / (1 + np.exp(-table[:, 0]))
    made = {
        "columns": tuple("abcdefgh"[: table.shape[1]]), "classes": ("no", "yes"), "score": score,
        "labels": (score > 0.5).astype(float), **fields,
    }  # fmt: skip
    return FittedModel(framework="sklearn", call="Model", X=table, y=y, **made)


def _of(left: FittedModel, right: FittedModel) -> Ladder:
    return ladder(left, right, ("left.py", "right.R"))


def test_two_equal_fits_differ_in_nothing() -> None:
    assert _of(_fit(), _fit()).alike_in_all


@given(st.permutations(range(N)), st.permutations(range(3)))
@settings(max_examples=10, deadline=None)
def test_another_order_of_rows_and_columns_is_no_difference(rows: list[int], columns: list[int]) -> None:
    same = _fit()
    names = tuple("abc"[j] for j in columns)
    there = _fit(
        X[rows][:, columns], Y[rows], columns=names, score=same.score[rows], labels=same.labels[rows]
    )
    asked = _of(_fit(), there)
    assert asked.alike_in_all, [rung.words for rung in asked.rungs if rung.differs]
    assert (X[asked.rows.left] == X[rows][asked.rows.right]).all()


def test_rows_that_one_side_lacks_are_named_as_that_side_counts_them() -> None:
    kept = np.delete(np.arange(N), [3, 17])
    left = _fit(rows=tuple(map(str, range(N))))
    right = _fit(X[kept], Y[kept], rows=tuple(str(i + 1) for i in kept))
    asked = _of(left, right)
    assert asked.data is asked["rows"]
    assert (
        "60 rows, right.R on 58: left.py alone has 2 rows (index 3, 17, counted from 0)"
        in asked["rows"].words
    )
    assert not asked["target"].differs


def test_standardised_features_have_their_rows_recognised_by_name() -> None:
    kept = np.delete(np.arange(N), [3, 17])
    scaled = (X[kept] - X[kept].mean(axis=0)) / X[kept].std(axis=0)
    left = _fit(rows=tuple(map(str, range(N))))
    asked = _of(left, _fit(scaled, Y[kept], rows=tuple(str(i + 1) for i in kept)))
    assert asked.rows.by == "names"
    assert "index 3, 17" in asked["rows"].words


def test_rows_that_are_alike_in_six_digits_are_distinguished() -> None:
    stamps = 1_700_000_000.0 + np.arange(N)[:, None]
    kept = np.delete(np.arange(N), [3, 17])
    asked = _of(_fit(stamps), _fit(stamps[kept], Y[kept]))
    assert asked.rows.only_left.tolist() == [3, 17]
    assert not asked["target"].differs


def test_single_precision_is_no_difference() -> None:
    kept = np.delete(np.arange(N), [3, 17])
    single = X.astype(np.float32).astype(float)[kept]
    asked = _of(_fit(), _fit(single, Y[kept]))
    assert asked.rows.only_left.tolist() == [3, 17]
    assert not asked["columns"].differs


def test_a_repeated_row_and_another_split_are_other_rows() -> None:
    twice = _of(_fit(), _fit(np.vstack([X, X[:1]]), np.append(Y, Y[0])))
    assert "right.R alone has 1 row" in twice["rows"].words
    assert "repeat" in twice["rows"].words
    split = _of(_fit(X[:40], Y[:40]), _fit(X[20:], Y[20:]))
    assert split["rows"].certificate == {"left": 40, "right": 40, "common": 20, "by": "values"}


def test_a_shuffled_target_is_seen() -> None:
    asked = _of(_fit(), _fit(y=np.random.default_rng(3).permutation(Y)))
    assert asked.data is asked["target"]
    assert "shuffled" in asked["target"].words


@pytest.mark.parametrize(("y", "classes"), [(Y, ("yes", "no")), (1 - Y, ("a", "b")), (1 - Y, ())])
def test_swapped_classes_are_seen_and_their_scores_compared_all_the_same(
    y: FloatArray, classes: tuple[str, ...]
) -> None:
    left = _fit() if classes == ("yes", "no") else _fit(classes=("0", "1"))
    right = _fit(y=1 - Y if classes == ("yes", "no") else y, classes=classes, score=1 - left.score)
    asked = _of(left, right)
    assert asked.swapped
    assert asked["target"].differs
    assert asked.gap < 1e-15


def test_another_spelling_of_the_classes_is_no_difference() -> None:
    asked = _of(_fit(classes=("0", "1")), _fit(classes=("1", "2")))
    assert asked.alike_in_all
    assert "spelled" in asked["target"].words
    assert _of(_fit(classes=("False", "True")), _fit(classes=())).alike_in_all


def test_numbers_on_another_scale_are_another_target() -> None:
    asked = _of(_fit(y=X[:, 1], classes=()), _fit(y=3 * X[:, 1] + 1, classes=()))
    assert "3 times that of left.py plus 1" in asked["target"].words


def test_repeated_rows_are_the_same_data_as_weights() -> None:
    times = np.random.default_rng(4).integers(1, 4, N)
    repeated = _fit(np.repeat(X, times, axis=0), np.repeat(Y, times))
    asked = _of(_fit(weights=times.astype(float)), repeated)
    assert asked.data is None
    assert "numbers of times that right.R repeats a row" in asked["weights"].words
    assert _of(_fit(weights=times.astype(float)), _fit())["weights"].differs
    assert "2 times" in _of(_fit(weights=np.ones(N)), _fit(weights=2 * np.ones(N)))["weights"].words


def _scaled(ddof: int) -> FloatArray:
    return (X - X.mean(axis=0)) / X.std(axis=0, ddof=ddof)


@pytest.mark.parametrize(
    ("left", "right", "kind", "words"),
    [
        (_scaled(0), _scaled(1), "scale", "by the standard deviation with n and right.R by that with n - 1"),
        (X, _scaled(0), "scale", "right.R standardises them, left.py does not"),
        (X, X * [1, 1000, 1], "scale", "b 1000 times as large"),
        (X, X * [1, 1, -1], "scale", "c with the opposite sign"),
        (np.hstack([X, DUMMIES]), np.hstack([X, DUMMIES[:, 1:]]), "coding", "reference level"),
        (WITH_REFERENCE, np.hstack([X, DUMMIES[:, :2] - DUMMIES[:, 2:]]), "coding", "contrasts"),
        (X, np.linalg.svd(X - X.mean(axis=0), full_matrices=False)[0], "orthogonal", "principal components"),
        (X, X @ np.array([[1.0, 1, 0], [0, 1, 1], [1, 0, 2]]), "combinations", "linear combinations"),
        (X, np.column_stack([X[:, :2], X[:, 2] ** 2]), "different", "left.py alone has c; right.R"),
    ],
)  # fmt: skip
def test_columns_are_described_by_how_they_follow_from_each_other(
    left: FloatArray, right: FloatArray, kind: str, words: str
) -> None:
    asked = _of(_fit(left), _fit(right))
    assert asked.relation.kind == kind
    assert words in asked["columns"].words
    assert asked.data is asked["columns"]
    assert related(right, left).kind == kind


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_map_between_two_codings_is_exact(seed: int) -> None:
    rng = np.random.default_rng(seed)
    left = np.column_stack([rng.normal(size=(40, 2)) * [0.1, 10], rng.integers(0, 2, 40)])
    right = left @ rng.normal(size=(3, 3)) + rng.normal(size=3)
    relation = related(left, right)
    assert relation.map is not None
    one, other = (np.column_stack([np.ones(40), T]) for T in (left, right))
    assert np.abs(one @ relation.map - other).max() <= 1e-9 * np.abs(other).max()


def test_predictions_and_labels_are_answered_apart() -> None:
    asked = _of(_fit(), _fit(labels=(_fit().score > 0.7).astype(float)))
    assert not asked["predictions"].differs
    assert asked["labels"].differs
    assert "get another label" in asked["labels"].words


def test_rows_with_missing_values_are_compared_by_their_place() -> None:
    table = X.copy()
    table[3, 0] = np.nan
    asked = _of(_fit(table, score=Y / 2), _fit(table, score=Y / 2))
    assert asked.rows.by == "position"
    assert asked.alike_in_all


def test_predictions_of_numbers_differ_in_standard_deviations_of_the_target() -> None:
    y = 100 * X[:, 0]
    left, right = (_fit(y=y, classes=(), labels=None, score=y + off) for off in (0.0, 1.0))
    asked = _of(left, right)
    assert asked.gap == pytest.approx(1 / y.std())
    assert asked["predictions"].words.endswith(f"{asked.gap:.3g}, in standard deviations of the target.")
    assert "standard deviation" not in _of(_fit(), _fit(score=_fit().score / 2))["predictions"].words


@pytest.mark.parametrize(
    ("table", "names", "coded"),
    [
        (np.hstack([X, X**2]), ("x1", "x2", "x3", "x10", "x11", "x12"), False),
        (np.hstack([X[:, 1:], DUMMIES]), ("x2", "x3", "x1a", "x1b", "x1c"), True),
        (np.hstack([X[:, 1:], DUMMIES[:, 1:]]), ("x2", "x3", "x1b", "x1c"), True),
        (
            np.hstack([X[:, 1:], DUMMIES[:, 1:] ** 2, X**2]),
            ("x2", "x3", *["x1b", "x1c", "x1d", "x1e", "x1f"]),
            False,
        ),
    ],
)
def test_a_factor_has_an_indicator_of_each_value(
    table: FloatArray, names: tuple[str, ...], coded: bool
) -> None:
    numbers = np.column_stack([GROUP**2.0, X[:, 1:]])
    left, right = _fit(numbers, columns=("x1", "x2", "x3")), _fit(table, columns=names)
    words = _of(left, right)["columns"].words
    assert ("a factor in right.R" in words) is coded
    assert ("right.R alone has" in words) is not coded


def test_many_rows_that_one_side_lacks_are_counted_in_a_moment() -> None:
    many = 40_000
    table = np.random.default_rng(0).integers(0, 99, (many, 2)).astype(float)
    kept = np.arange(many // 2)
    start = time.process_time()
    words = _of(_fit(table, np.zeros(many)), _fit(table[kept], np.zeros(len(kept))))["rows"].words
    assert "of them repeat other rows" in words
    assert time.process_time() - start < 5
