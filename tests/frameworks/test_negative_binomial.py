"""Counts with a negative binomial distribution: a given size in every framework, and an estimated one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from crossframe.core.types import FloatArray
from crossframe.explain.diagnoses import problem
from crossframe.frameworks.contract import FitResult
from crossframe.optima import SolutionStatus, solve
from crossframe.optima.negative_binomial import as_logistic
from tests.frameworks.test_by_row import OFFSET, WEIGHTS, N, X, request
from tests.optima.test_links import by_r
from tests.running import Engines

_RNG = np.random.default_rng(7)
COUNTS: FloatArray = _RNG.negative_binomial(
    1.5, 1.5 / (1.5 + np.exp(0.3 + X @ [0.5, -0.3, 0.2])), size=N
).astype(np.float64)

_R = (pytest.mark.slow, pytest.mark.xdist_group("r"))
_H2O = (pytest.mark.slow, pytest.mark.xdist_group("h2o"))
_TIGHT = "lambda_=0,beta_epsilon=1e-14,objective_epsilon=1e-16,gradient_epsilon=1e-14,max_iterations=1000"


def fitted(
    engines: Engines, name: str, weights: FloatArray | None = None, offset: FloatArray | None = None
) -> FitResult:
    asked = replace(request(name, "poisson", weights, offset), y_train=COUNTS)
    result: FitResult = engines[name.partition(".")[0]].fit(asked)
    assert result.coefficients is not None, (name, result.evidence)
    return result


def distance(result: FitResult, weights: FloatArray | None = None, offset: FloatArray | None = None) -> float:
    """The largest difference of a coefficient from the certified optimum of the size that is in force."""
    assert result.coefficients is not None
    best = solve(problem(result.canonical, X, COUNTS, (weights, offset)))
    assert best.status is SolutionStatus.CERTIFIED
    mine = [result.coefficients.intercept, *result.coefficients.values]
    return float(np.abs(np.array(mine) - [best.intercept, *best.coefficients]).max())


@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_the_optimum_is_stationary_for_the_negative_binomial_itself(l2: float) -> None:
    """By its own derivatives, not by those of the logistic problem by which it is solved."""
    theta = 1.7
    best = solve(as_logistic(X, COUNTS, theta, weights=WEIGHTS, offset=OFFSET, l2=l2))
    mean = np.exp(best.intercept + X @ best.coefficients + OFFSET)
    residual = WEIGHTS / WEIGHTS.sum() * theta * (mean - COUNTS) / (theta + mean)
    assert abs(residual.sum()) < 1e-15
    np.testing.assert_allclose(X.T @ residual + l2 * best.coefficients, 0.0, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "digits"),
    [
        ("statsmodels.glm:add_constant=true,family=negative_binomial,nb_alpha=0.5,tol=1e-14", 8),
        ("glum.glm:family=negative.binomial,theta=0.5,alpha=0,gradient_tol=1e-10", 8),
        ("reference.optimum:link=log,theta=2", 15),
        pytest.param("r.glm:family=negative.binomial,theta=2,epsilon=1e-14", 6, marks=_R),
    ],
)
def test_with_a_given_size_the_optimum_is_the_certified_one(engines: Engines, name: str, digits: int) -> None:
    for weights, offset in ((None, None), (WEIGHTS, None), (WEIGHTS, OFFSET)):
        result = fitted(engines, name, weights, offset)
        assert (result.canonical["family"], result.canonical["link"]) == ("negative_binomial", "log")
        assert result.canonical["family.theta"] == 2.0
        assert distance(result, weights, offset) < 10.0**-digits


def test_a_ridge_penalty_of_statsmodels_is_that_of_glum(engines: Engines) -> None:
    pytest.importorskip("glum", reason="glum is not installed: pip install 'crossframe[glum]'")
    both = [
        fitted(engines, name)
        for name in (
            "statsmodels.glm:add_constant=true,family=negative_binomial,nb_alpha=0.5,method=elastic_net,"
            "alpha=0.1,L1_wt=0,alpha_const=0",
            "glum.glm:family=negative.binomial,theta=0.5,alpha=0.1,gradient_tol=1e-12",
        )
    ]
    assert [one.canonical["penalty.l2"] for one in both] == [0.1, 0.1]
    values = [one.coefficients.values for one in both if one.coefficients is not None]
    np.testing.assert_allclose(values[0], values[1], rtol=1e-4)


@pytest.mark.slow
@pytest.mark.xdist_group("h2o")
def test_h2o_reaches_it_where_no_row_counts_more_than_once(engines: Engines) -> None:
    """With weights H2O 3.46's negative binomial may stay at 0 and say that it converged."""
    name = f"h2o.glm:family=negativebinomial,theta=0.5,{_TIGHT}"
    assert distance(fitted(engines, name)) < 1e-10
    assert distance(fitted(engines, name, None, OFFSET), None, OFFSET) < 1e-10
    stays = fitted(engines, name, WEIGHTS, None)
    assert stays.coefficients is not None
    assert not stays.coefficients.values.any()
    assert distance(stays, WEIGHTS, None) > 0.1


@pytest.mark.parametrize(
    ("name", "digits"),
    [
        ("statsmodels.negative_binomial:add_constant=true,method=lbfgs,pgtol=1e-10,factr=10", 6),
        pytest.param("r.glm_nb:epsilon=1e-12,maxit=100", 10, marks=_R),
        pytest.param(
            f"h2o.glm:family=negativebinomial,dispersion_parameter_method=ml,{_TIGHT}", 8, marks=_H2O
        ),
    ],
)
def test_an_estimated_size_is_reported_and_its_optimum_reached(
    engines: Engines, name: str, digits: int
) -> None:
    for offset in (None, OFFSET):
        result = fitted(engines, name, None, offset)
        assert result.canonical["family.theta_estimate"] == "maximum_likelihood"
        assert 0.3 < result.canonical["family.theta"] < 30.0  # type: ignore[operator]
        assert distance(result, None, offset) < 10.0**-digits


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_mass_and_statsmodels_estimate_one_size(engines: Engines) -> None:
    one = fitted(engines, "r.glm_nb:epsilon=1e-12,maxit=100", None, OFFSET)
    other = fitted(
        engines,
        "statsmodels.negative_binomial:add_constant=true,method=lbfgs,pgtol=1e-10,factr=10",
        None,
        OFFSET,
    )
    assert one.canonical["family.theta"] == pytest.approx(other.canonical["family.theta"], rel=1e-6)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not here")
def test_r_has_ten_digits_of_it(tmp_path: Path) -> None:
    theirs = by_r(tmp_path, "MASS::negative.binomial(1.7)", COUNTS, X, WEIGHTS, OFFSET)
    best = solve(as_logistic(X, COUNTS, 1.7, weights=WEIGHTS, offset=OFFSET))
    np.testing.assert_allclose(theirs, [best.intercept, *best.coefficients], rtol=1e-10)
