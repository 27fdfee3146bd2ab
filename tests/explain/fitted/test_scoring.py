"""Levels of a column and a step of Fisher scoring, read from the predictions of a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from crossframe.experiment.store import opened
from crossframe.explain.fitted import scoring
from crossframe.explain.fitted.api import explain_sides
from crossframe.explain.fitted.result import FittedExplanation, Side
from crossframe.frameworks.fitted import FittedModel
from crossframe.frameworks.pool import Pool
from crossframe.frameworks.statsmodels.adopt import fitted

_RNG = np.random.default_rng(21)
N = 120
LEVEL = _RNG.integers(1, 5, N)
X = _RNG.normal(size=(N, 1))
SCORE = -1 + 0.2 * X[:, 0] + np.array([0.0, 0.4, -0.3, 0.2])[LEVEL - 1]
CLASSES = (_RNG.random(N) < 1 / (1 + np.exp(-SCORE))).astype(float)
COUNTS = _RNG.poisson(np.exp(SCORE)).astype(float)
OFFSET = _RNG.normal(size=N) / 4
FAMILIES = [
    (sm.families.Binomial(), CLASSES), (sm.families.Binomial(sm.families.links.Probit()), CLASSES),
    (sm.families.Binomial(sm.families.links.CLogLog()), CLASSES), (sm.families.Poisson(), COUNTS),
    (sm.families.Binomial(sm.families.links.Log()), CLASSES),
]  # fmt: skip


def _design(base: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A constant, the numbers, and an indicator of every level but one."""
    return np.column_stack([np.ones(N), X, *((base != k) * (k == LEVEL) for k in range(1, 5) if k != base)])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("family", "y"), FAMILIES)
def test_a_step_is_that_of_the_framework(family: Any, y: np.ndarray[Any, Any]) -> None:
    offset = OFFSET if isinstance(family, sm.families.Poisson) else None
    model = sm.GLM(y, _design(1), family=family, offset=offset)
    first, second = (fitted(model.fit(maxiter=k, tol=0)) for k in (3, 4))
    made = scoring.step(first)
    assert made is not None
    assert first.score is not None
    assert second.score is not None
    assert np.abs(made - second.score).max() < 1e-12 < np.abs(first.score - second.score).max()


def _by_levels(coded: FittedModel, **fields: Any) -> Side:
    """The fit as of a framework that takes levels, such as pandas' categories, itself."""
    arguments = {"link": coded.arguments["link"], "family": "binomial", "fit_intercept": True}
    numbers = np.column_stack([X[:, 0], LEVEL.astype(float)])
    made = replace(
        coded, X=numbers, columns=("size", "year"), framework="other", call="Regressor", intercept=None,
        coefficients=None, inference=None, arguments=arguments, **fields,
    )  # fmt: skip
    return Side(name="left.py", fit=made)


def _explained(left: Side, right: FittedModel, pool: Pool, folder: Path) -> FittedExplanation:
    with opened(folder / "store.sqlite") as store:
        return explain_sides(left, Side(name="right.py", fit=right), store, pool)


def test_a_column_of_levels_is_another_coding_of_indicators(pool: Pool, tmp_path: Path) -> None:
    coded = fitted(sm.GLM(CLASSES, _design(1), family=sm.families.Binomial()).fit(tol=1e-12))
    side = scoring.with_levels(_by_levels(coded))
    assert side.fit.columns == ("size", "year[2]", "year[3]", "year[4]")
    assert side.fit.coefficients == pytest.approx(coded.coefficients, abs=1e-10)
    other = fitted(sm.GLM(CLASSES, _design(4), family=sm.families.Binomial()).fit(tol=1e-12))
    made = _explained(_by_levels(coded), other, pool, tmp_path)
    assert (made.verdict, made.rung) == ("reparametrised", "columns")
    assert "reference level" in made.to_dict()["answer"][0]
    assert made.ladder.coefficients is not None
    assert not made.ladder.coefficients.differs


def test_a_model_that_is_linear_in_the_numbers_has_no_levels() -> None:
    numbers = np.column_stack([np.ones(N), X, LEVEL])
    linear = fitted(sm.GLM(CLASSES, numbers, family=sm.families.Binomial()).fit())
    side = _by_levels(linear)
    assert scoring.with_levels(side) is side
    assert scoring.with_levels(replace(side, fit=replace(side.fit, arguments={}))).note == ""


def test_a_solver_that_stopped_early_is_named_beside_another_coding(pool: Pool, tmp_path: Path) -> None:
    family = sm.families.Binomial()
    early = fitted(sm.GLM(CLASSES, _design(1), family=family).fit(maxiter=3, tol=0))
    late = fitted(sm.GLM(CLASSES, _design(4), family=family).fit(tol=1e-12))
    made = _explained(_by_levels(early), late, pool, tmp_path)
    assert made.ladder["predictions"].differs
    assert (made.verdict, made.rung) == ("reparametrised", "columns")
    assert "left.py stopped before the optimum" in made.to_dict()["answer"][0]
    assert late.score is not None
    elsewhere = replace(late, score=np.clip(late.score + 1e-4 * X[:, 0], 0.01, 0.99))
    assert _explained(_by_levels(early), elsewhere, pool, tmp_path).verdict == "other_columns"
