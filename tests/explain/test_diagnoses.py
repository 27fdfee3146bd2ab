"""Diagnoses: what proves them, and what is not computed twice."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe.explain import diagnoses
from crossframe.explain.diagnoses import OwnObjective

FREE = {"link": "logit", "penalty.l2": 0.0, "penalty.l1": 0.0, "intercept": True}
NAMES = ("a", "b")


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(60, 2))


def test_a_certified_optimum_proves_that_the_classes_overlap(rows, monkeypatch):
    y = np.arange(60) % 2
    monkeypatch.delattr(diagnoses, "separation")
    own = OwnObjective.of(FREE, rows, y)
    assert diagnoses.of_data(rows, y, NAMES, (FREE, FREE), (own, own)) == []


def test_without_an_optimum_the_separating_rule_is_shown(rows):
    y = (rows[:, 0] > 0).astype(int)
    own = OwnObjective.of(FREE, rows, y)
    (separated,) = diagnoses.of_data(rows, y, NAMES, (FREE, FREE), (own, own))
    assert separated.side == "both"
    assert separated.certificate["strict_rows"] == 60


def test_an_objective_that_the_reference_model_lacks_has_a_reason(rows):
    own = OwnObjective.of({**FREE, "link": "probit"}, rows, np.arange(60) % 2)
    assert own.optimum is None
    (finding,) = diagnoses.of_side("left", FREE, own, np.zeros(3), NAMES)
    assert own.why_not
    assert own.why_not in finding.words


def _objective(effective, X, y, coefficients):
    own = OwnObjective.of(effective, X, y)
    return next(
        d for d in diagnoses.of_side("left", effective, own, coefficients, NAMES) if d.kind == "objective"
    )


def _optimum(own):
    return np.array([own.optimum.intercept, *own.optimum.coefficients])


def test_what_is_left_of_a_solver_that_stopped_near_its_optimum_is_no_penalty(rows):
    y = (rows @ [1.0, -0.5] + np.random.default_rng(1).logistic(size=60) > 0).astype(int)
    best = _optimum(OwnObjective.of(FREE, rows, y))
    # The gradient that so small a shift leaves is that of a tiny lasso, by as many digits as one likes.
    shift = np.linalg.solve(_curvature(rows, y, best), [0.2e-11, *(1e-11 * -np.sign(best[1:]) * [1, 1.002])])
    found = _objective(FREE, rows, y, best + shift)
    assert "no penalty" in found.words
    assert found.certificate["agrees"] is True


def test_a_solver_without_a_penalty_that_stopped_far_off_says_nothing_of_what_it_minimises(rows):
    y = (rows @ [1.0, -0.5] + np.random.default_rng(1).logistic(size=60) > 0).astype(int)
    best = _optimum(OwnObjective.of(FREE, rows, y))
    found = _objective(FREE, rows, y, best * [0.5, 0.3, 0.6])
    assert "stopped too far from the optimum to tell" in found.words
    assert "none of the forms tried" not in found.words
    assert found.certificate["agrees"] is None


def test_one_column_fits_any_penalty_and_shows_none(rows):
    y = (rows[:, 0] + np.random.default_rng(1).logistic(size=60) > 0).astype(int)
    best = _optimum(OwnObjective.of(FREE, rows[:, :1], y))
    found = _objective(FREE, rows[:, :1], y, best * 0.9)
    assert found.certificate["agrees"] is None


def test_a_column_that_is_left_out_is_named(rows):
    least = {**FREE, "link": "identity", "collinear": "alias", "solver.rank_tolerance": 1e-7}
    X = np.column_stack([rows[:, 0], 2 * rows[:, 0]])
    own = OwnObjective.of(least, X, rows[:, 1])
    found = diagnoses.of_side("left", least, own, np.array([0.1, 0.2, np.nan]), NAMES)[0]
    assert "other columns determine b" in found.words
    assert "counted from" not in found.words


def _curvature(X, y, at):
    Z = np.column_stack([np.ones(len(X)), X])
    p = 1 / (1 + np.exp(-Z @ at))
    return (Z * (p * (1 - p))[:, None]).T @ Z / len(y)
