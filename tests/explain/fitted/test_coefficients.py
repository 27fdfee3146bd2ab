"""Coefficients of the same predictions: the same, mapped, not unique; and columns of ones as intercepts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.linear_model._base import LinearModel

from crossframe.core.types import FloatArray
from crossframe.experiment.store import opened
from crossframe.explain import uniqueness
from crossframe.explain.fitted import constants, objects, sides
from crossframe.explain.fitted.api import explain_sides
from crossframe.explain.fitted.ladder import Ladder, ladder
from crossframe.explain.fitted.result import Side
from crossframe.explain.switches import OPTIMUM
from crossframe.frameworks.fitted import FittedModel
from crossframe.frameworks.pool import Pool

_RNG = np.random.default_rng(8)
N = 60
X = _RNG.normal(size=(N, 2))
GROUP = np.eye(3)[_RNG.integers(0, 3, N)]
Y = X @ [1.0, -2.0] + GROUP @ [0.0, 1.0, 3.0] + _RNG.normal(size=N)
COUNTS = _RNG.poisson(np.exp(0.3 * X[:, 0] + GROUP @ [0.5, 1.0, -99.0])).astype(float)


def _linear(table: FloatArray, values: FloatArray, names: str, **fields: Any) -> FittedModel:
    """A linear fit of numbers with an intercept of 1."""
    made = {
        "score": 1 + table @ np.nan_to_num(values), "y": Y, "framework": "r", "call": "lm", "intercept": 1.0,
        **fields,
    }  # fmt: skip
    return FittedModel(X=table, columns=tuple(names), coefficients=values, **made)


def _asked(left: FittedModel, right: FittedModel) -> Ladder:
    return ladder(left, right, ("left.R", "right.py"))


def test_coefficients_of_collinear_columns_are_not_unique() -> None:
    table = np.column_stack([X, X[:, 0] + 2 * X[:, 1]])
    left, right = (
        _linear(table, np.array([1, -2, np.nan]), "abz"),
        _linear(table, np.array([0, -4, 1]), "abz"),
    )
    made = _asked(left, right)
    assert made.alike_in_all
    assert made.coefficients is not None
    assert "(rank 3 of 4, with the intercept), z = a + 2 b" in made.coefficients.words
    assert "left.R leaves out z" in made.coefficients.words
    assert made.coefficients.certificate["not_unique"] == "rank"


def test_coefficients_of_another_coding_are_compared_by_the_map_between_the_columns() -> None:
    """Against the first level and against the third: a + b + c = 1."""
    left = _linear(np.hstack([X, GROUP[:, 1:]]), np.array([1, 2, 0.5, 3]), "uvbc")
    right = _linear(np.hstack([X, GROUP[:, :2]]), np.array([1, 2, -3, -2.5]), "uvab", intercept=4.0)
    made = _asked(left, right)
    assert made.coefficients is not None
    assert not made.coefficients.differs
    assert "The map: a = 1 - b - c" in made.coefficients.words
    moved = _asked(
        left, _linear(right.X, np.array([1.1, 2, -3, -2.5]), "uvab", intercept=4.0, score=left.score)
    )
    assert moved.coefficients is not None
    assert moved.coefficients.differs
    assert moved.coefficients.certificate["not_unique"] is None


def _poisson(of_level: float) -> FittedModel:
    values = np.array([0.3, 0.5, of_level])
    score = np.exp(1 + np.hstack([X[:, :1], GROUP[:, 1:]]) @ values)
    table = np.hstack([X[:, :1], GROUP[:, 1:]])
    return _linear(table, values, "abc", y=COUNTS, score=score, call="glm", arguments={"family": "poisson"})


@pytest.mark.parametrize("stops", [(-20.0, -30.0), (-6.0, -9.0)])
def test_counts_of_0_in_a_level_have_no_finite_optimum(stops: tuple[float, float]) -> None:
    made = _asked(_poisson(stops[0]), _poisson(stops[1]))
    assert made["predictions"].differs is (stops[0] > -10)
    assert made.coefficients is not None
    assert f"all {int(GROUP[:, 2].sum())} rows with c have a count of 0" in made.coefficients.words
    assert made.coefficients.certificate["not_unique"] == "separation"
    there = made.coefficients.certificate
    rows = GROUP[:, 2] == 1
    assert there["direction"].keys() == {"c"}
    assert there["strict_rows"] == rows.sum()


def test_a_difference_elsewhere_is_not_blamed_on_separation() -> None:
    other = _poisson(-20.0)
    other = _linear(
        other.X, np.array([0.4, 0.5, -22]), "abc", y=COUNTS, call="glm",
        score=1.01 * np.exp(1 + other.X @ [0.3, 0.5, -20]), arguments={"family": "poisson"},
    )  # fmt: skip
    made = _asked(_poisson(-20.0), other)
    assert made.coefficients is not None
    assert made.coefficients.certificate["not_unique"] is None


@pytest.mark.parametrize("seed", range(3))
def test_a_direction_of_counts_is_exact(seed: int) -> None:
    """The fitted means of some zeros fall along it, and no other changes."""
    rng = np.random.default_rng(seed)
    table = rng.integers(-3, 4, (14, 3)).astype(float)
    y = np.where(table[:, 0] < table[:, 1], 0.0, rng.poisson(2.0, 14) + 1.0)
    table[y > 0, 1] = table[y > 0, 0]
    why = uniqueness.unbounded(table, y, "abc", False, "log")
    assert why is not None
    along = table @ [why.certificate["direction"].get(name, 0.0) for name in "abc"]
    assert not along[y > 0].any()
    assert along[y == 0].max() <= 0
    assert why.moving.sum() == why.certificate["strict_rows"] == (along < 0).sum() > 0
    assert uniqueness.unbounded(table, y + 1, "abc", False, "log") is None


def _side(name: str, model: LinearModel | LogisticRegression, table: FloatArray, y: FloatArray) -> Side:
    fit = objects.fitted(model.fit(table, y), table, y)
    return Side(name=name, fit=fit, recognised=sides.recognised(fit))


ONES = np.column_stack([X[:, :1], np.ones(N), X[:, 1:]])


def test_a_column_of_ones_that_nothing_penalises_is_taken_out() -> None:
    left = _side("left", LinearRegression(fit_intercept=False), ONES, Y)
    right = _side("right", LinearRegression(), X, Y)
    made, same = constants.aligned(left, right)
    assert same is right
    assert made.fit.columns == ("x0", "x2")
    assert made.fit.intercept == pytest.approx(right.fit.intercept)
    assert made.recognised is not None
    assert made.recognised.native.get("fit_intercept", True) is True
    assert ladder(made.fit, same.fit, ("left", "right")).alike_in_all
    assert constants.aligned(left, left) == (left, left)
    assert constants.aligned(left, _side("right", LinearRegression(fit_intercept=False), X, Y))[0] is left


def test_a_column_of_ones_that_is_penalised_stays_and_the_other_side_gets_one() -> None:
    classes = (Y > 0).astype(float)
    left = _side("left", LogisticRegression(fit_intercept=False), ONES, classes)
    right = _side("right", LogisticRegression(C=np.inf), X, classes)
    kept, made = constants.aligned(left, right)
    assert kept.fit is left.fit
    assert "the penalty acts on it as well" in kept.note
    assert (made.fit.X == ONES).all()
    assert made.recognised is not None
    assert made.recognised.native["fit_intercept"] is False
    again = LogisticRegression(C=np.inf, fit_intercept=False).fit(ONES, classes)
    assert made.fit.coefficients == pytest.approx(again.coef_[0], abs=1e-3)


def test_a_column_of_ones_may_stand_behind_more_columns_than_the_other_side_has() -> None:
    table = np.column_stack([X, GROUP, np.ones(N)])
    left = _side("left", Ridge(alpha=2.0, fit_intercept=False), table, Y)
    right = _side("right", LinearRegression(), X, Y)
    made = constants.aligned(left, replace(right, fit=replace(right.fit, inference=np.ones((3, 5)))))[1]
    assert made.fit.columns == ("x0", "x1", "x5")
    assert made.fit.coefficients is not None
    assert made.fit.inference is not None
    assert list(made.fit.coefficients) == [*right.fit.coefficients, right.fit.intercept]
    assert np.isnan(made.fit.inference[0]).all()
    assert made.fit.inference.shape == (4, 5)


def _lm(**fields: Any) -> FittedModel:
    """R's lm without an intercept: ``lm(y ~ 0 + a + b)``."""
    values = np.asarray(np.linalg.solve(X.T @ X, X.T @ Y), dtype=np.float64)
    return _linear(X, values, "ab", intercept=0.0, score=X @ values, arguments={"intercept": False}, **fields)


def test_a_fit_without_an_intercept_is_known_where_its_framework_has_no_such_setting() -> None:
    known = sides.recognised(_lm())
    assert known is not None
    assert (known.model, known.native["intercept"], known.rest) == (OPTIMUM, False, ())
    weighted = sides.recognised(_lm(weights=np.arange(1.0, N + 1)))
    assert weighted is not None
    assert weighted.rest == ("weights of single rows",)


@pytest.mark.slow
def test_a_fit_without_an_intercept_is_explained(pool: Pool, tmp_path: Path) -> None:
    right = Side(name="right.R", fit=_lm(), recognised=sides.recognised(_lm()))
    with opened(tmp_path / "store.sqlite") as store:
        made = explain_sides(_side("left.py", LinearRegression(), X, Y), right, store, pool)
    assert made.verdict == "explained"
    assert made.causes == ("intercept",)
    assert all(recipe.side == "left.py" or recipe.why for recipe in made.recipes)


def test_dummies_of_every_level_stand_for_an_intercept() -> None:
    """Beside them a model without a penalty needs none of its own."""
    classes = (Y > 0).astype(float)
    left = _side("left", LogisticRegression(fit_intercept=False), np.hstack([X, GROUP]), classes)
    right = _side("right", LogisticRegression(C=np.inf), np.hstack([X, GROUP[:, 1:]]), classes)
    assert left.recognised is not None
    assert right.recognised is not None
    assert constants.like(left, right.recognised, right).native["fit_intercept"] is False
    assert constants.like(right, left.recognised, left) is left.recognised


def test_coefficients_beside_missing_values_are_not_compared() -> None:
    table = X.copy()
    table[3, 0] = np.nan
    fit = _linear(table, np.array([1.0, -2.0]), "ab", score=Y)
    assert _asked(fit, _linear(table, np.array([1.0, 5.0]), "ab", score=Y)).coefficients is None
