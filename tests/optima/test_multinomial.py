"""Certified optima of softmax regressions: against R and other solvers, and what several classes change."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.datasets import load_iris, load_wine
from sklearn.linear_model import LogisticRegression

from crossframe.core.types import FloatArray
from crossframe.optima import Problem, SolutionStatus, solve
from crossframe.optima.diagnoses.classes import shortfall_of
from crossframe.optima.multinomial import (
    ClassesSolution,
    Multinomial,
    differences,
    raw_scores,
    solve_classes,
)


@pytest.fixture(scope="module")
def fits_of_r() -> dict[str, dict[str, Any]]:
    script = Path(__file__).with_name("multinomial.R")
    done = subprocess.run(["Rscript", str(script)], capture_output=True, text=True, check=True, timeout=300)
    fits: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return fits


def table(solution: ClassesSolution) -> FloatArray:
    return np.vstack([solution.intercept, solution.coefficients])


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_six_data_sets_agree_with_r_to_ten_digits(fits_of_r: dict[str, dict[str, Any]]) -> None:
    """multinom and glmnet, their last digits by Newton steps in R from where they stop."""
    assert len(fits_of_r) == 6
    unbounded = set()
    for name, fit in fits_of_r.items():
        X, y, (classes,) = np.array(fit["X"]), np.array(fit["y"]), fit["classes"]
        decay: dict[str, Any] = {"reference": True, "l2": 2 / len(y), "intercept_penalty": 1.0}
        penalties: dict[str, dict[str, Any]] = {
            "free": {},
            "decay": decay,
            "ridge": {"l2": 0.02},
            "lasso": {"l1": 0.02},
            "mixed": {"l2": 0.01, "l1": 0.01},
        }
        for kind, settings in penalties.items():
            solution = solve_classes(Multinomial.of(X, y, classes, **settings))
            if solution.status is SolutionStatus.NO_UNIQUE_OPTIMUM and kind == "free":
                # R's coefficients are those at which it gave up.
                unbounded.add(name)
                continue
            assert solution.status is SolutionStatus.CERTIFIED, (name, kind, solution.reason)
            assert solution.digits >= 16
            mine, theirs = table(solution), np.array(fit[kind])
            if kind == "lasso":
                # It leaves a constant open on an even number of classes: probabilities are compared.
                mine, theirs = (softmax(raw_scores(X, t[0], t[1:]), axis=1) for t in (mine, theirs))
            largest = np.abs(mine).max()
            off = np.abs(theirs - mine)
            assert (off <= 1e-10 * np.abs(mine) + 1e-11 * largest).all(), (name, kind, off.max())
    assert unbounded == {"iris", "cars"}


def test_ridge_is_that_of_scikit_learn() -> None:
    X, y = load_iris(return_X_y=True)
    wanted = Multinomial.of(X, y, 3, l2=1 / len(y))
    solution = solve_classes(wanted)
    # Below this tolerance rounding hides the progress of its last line search, which warns.
    model = LogisticRegression(solver="newton-cg", tol=1e-12).fit(X, y)
    assert solution.status is SolutionStatus.CERTIFIED
    assert solution.digits >= 16
    np.testing.assert_allclose(model.coef_.T, solution.coefficients, rtol=1e-9)
    largest, relative = shortfall_of(wanted, solution.intercept, solution.coefficients)
    assert largest < 1e-14
    assert relative < 1e-13


def test_two_classes_are_the_logistic_optimum() -> None:
    """Without a penalty, and with a ridge, of which the two symmetric halves have twice the strength."""
    X, y = load_iris(return_X_y=True)
    X, y = X[50:], (y[50:] == 2).astype(int)
    for l2 in (0.0, 0.01):
        both = solve_classes(Multinomial.of(X, y, 2, l2=2 * l2))
        one = solve(Problem(X, y.astype(float), l2=l2))
        np.testing.assert_allclose(2 * both.coefficients[:, 1], one.coefficients, rtol=1e-13)
        np.testing.assert_allclose(2 * both.intercept[1], one.intercept, rtol=1e-13)


def test_the_parametrisation_matters_where_there_is_a_penalty() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(120, 2))
    y = (X @ rng.normal(size=(2, 3)) + rng.gumbel(size=(120, 3))).argmax(axis=1)
    free = [solve_classes(Multinomial.of(X, y, 3, reference=r)) for r in (False, True)]
    np.testing.assert_allclose(table(free[0]), table(free[1]), rtol=1e-13)
    ridge = [solve_classes(Multinomial.of(X, y, 3, reference=r, l2=0.1)) for r in (False, True)]
    assert all(s.status is SolutionStatus.CERTIFIED for s in ridge)
    assert np.abs(table(ridge[0]) - table(ridge[1])).max() > 0.01


@pytest.mark.parametrize("classes", [3, 4])
def test_a_lasso_has_zeros_and_the_least_penalty(classes: int) -> None:
    """Of four classes a feature with two coefficients on either side of 0 is open to a constant."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(200, 4))
    y = (1.5 * X[:, :2] @ rng.normal(size=(2, classes)) + rng.gumbel(size=(200, classes))).argmax(axis=1)
    wanted = Multinomial.of(X, y, classes, l1=0.03)
    solution = solve_classes(wanted)
    assert solution.status is SolutionStatus.CERTIFIED
    # Equal coefficients of a feature are the zeros of the penalised parametrisation, before it is centred.
    assert (np.diff(np.sort(solution.coefficients, axis=1), axis=1) < 1e-15).any()
    assert shortfall_of(wanted, solution.intercept, solution.coefficients)[0] < 1e-12


def test_separated_classes_have_no_optimum() -> None:
    X, y = load_wine(return_X_y=True)
    solution = solve_classes(Multinomial.of(X, y, 3))
    assert solution.status is SolutionStatus.NO_UNIQUE_OPTIMUM
    assert "separate all classes" in solution.reason
    rows = differences(np.column_stack([np.ones(len(y)), X]), y, 3)
    assert rows.shape == (2 * len(y), 2 * 14)


def test_collinear_columns_are_left_out() -> None:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(90, 2))
    X = np.column_stack([X, X[:, 0] + X[:, 1]])
    solution = solve_classes(Multinomial.of(X, rng.integers(0, 3, 90), 3))
    assert solution.aliased == (2,)
    assert np.isnan(solution.coefficients[2]).all()
    assert solution.digits >= 16
