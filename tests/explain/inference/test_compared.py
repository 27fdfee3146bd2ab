"""Standard errors, tests and measures of fit of two fits beside each other, with statsmodels' numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from crossframe.explain.inference.compared import ComparedInference, compared
from crossframe.explain.inference.definitions import Inferred, definitions
from crossframe.explain.inference.formulas import formulas
from crossframe.explain.inference.sides import both, of_fit
from crossframe.frameworks.statsmodels.adopt import fitted, recognised

N = 80
_RNG = np.random.default_rng(8)
X = sm.add_constant(_RNG.normal(size=(N, 3)) * [1, 5, 0.1] + [0, 3, 1])
ETA = X @ [0.2, 0.3, -0.1, 1.0]
COUNTS, TIMES = _RNG.poisson(np.exp(ETA)), _RNG.gamma(2, np.exp(ETA))
NUMBERS = ETA + _RNG.normal(size=N) * (1 + np.abs(X[:, 1]))
CLASSES = (_RNG.random(N) < 1 / (1 + np.exp(-ETA))).astype(float)


def _side(name: str, results: Any) -> Inferred:
    known = recognised(fitted(results))
    link = {"statsmodels.logit": {"link": "logit"}}.get(known.model if known else "")
    made = of_fit(name, fitted(results), link)
    assert isinstance(made, Inferred), made
    return made


def _ols(name: str, **fit: Any) -> Inferred:
    return _side(name, sm.OLS(NUMBERS, X).fit(**fit))


def _glm(y: Any, family: Any, **fit: Any) -> Inferred:
    return _side(type(family).__name__, sm.GLM(y, X, family=family).fit(**fit))


def _causes(made: ComparedInference) -> set[tuple[str, str]]:
    return {(cause.setting, cause.makes) for cause in made.causes}


@pytest.mark.parametrize(
    ("left", "right", "causes"),
    [
        ({}, {}, set()),
        ({}, {"cov_type": "HC1", "use_t": True}, {("inference.covariance", "standard errors")}),
        ({"cov_type": "HC0"}, {"cov_type": "HC1"}, {("inference.divisor", "standard errors")}),
        ({"cov_type": "HC2"}, {"cov_type": "HC3"}, {("inference.covariance", "standard errors")}),
        ({}, {"use_t": False},
         {("inference.distribution", "p-values"), ("inference.interval", "intervals")}),
    ],
)  # fmt: skip
def test_causes_of_least_squares(
    left: dict[str, Any], right: dict[str, Any], causes: set[tuple[str, str]]
) -> None:
    made = compared(_ols("left", **left), _ols("right", **right))
    assert _causes(made) == causes
    assert made.by_definition == bool(causes)
    errors = made.quantity("standard errors")
    assert errors is not None
    if any(makes == "standard errors" for _, makes in causes):
        assert errors.digits < 3
        # Switched to the formula of the other side, they agree: the cause is proved.
        digits = made.words[0].rpartition("agree with it: ")[2]
        assert float(digits.partition(" ")[0]) > 12
    else:
        assert errors.digits > 12


def test_the_step_before_the_last() -> None:
    """IRLS has the weights of the step before its last; Newton's Hessian is that of the last."""
    early = _glm(CLASSES, sm.families.Binomial(), tol=1e-3)
    late = _side("Logit", sm.Logit(CLASSES, X).fit(disp=0, tol=1e-14))
    assert definitions(early).early
    assert not definitions(late).early
    made = compared(early, late)
    assert not made.causes
    errors = made.quantity("standard errors")
    assert errors is not None
    assert errors.digits < 8
    assert "step before its solver's last" in " ".join(made.words)


@pytest.mark.parametrize(
    ("y", "family", "scale", "dispersion"),
    [
        (TIMES, sm.families.Gamma(sm.families.links.Log()), "X2", "pearson"),
        (TIMES, sm.families.Gamma(sm.families.links.Log()), "dev", "deviance"),
        (TIMES, sm.families.Gamma(sm.families.links.Log()), 1.0, "fixed"),
        (COUNTS, sm.families.Poisson(), None, "fixed"),
        (NUMBERS, sm.families.Gaussian(), None, "pearson"),
    ],
)
def test_dispersion(y: Any, family: Any, scale: Any, dispersion: str) -> None:
    made = definitions(_glm(y, family, scale=scale, tol=1e-13))
    assert made.dispersion[0] == dispersion
    assert [str(r) for r in made.distribution] == ["a normal distribution (z)"]
    assert made.aic[0][1] == 0


def test_gamma_by_two_dispersions_is_explained() -> None:
    family = sm.families.Gamma(sm.families.links.Log())
    made = compared(_glm(TIMES, family, tol=1e-13), _glm(TIMES, family, tol=1e-13, scale="dev"))
    assert ("inference.dispersion", "standard errors") in _causes(made)
    assert ("inference.dispersion", "dispersion") in _causes(made)


def test_frequency_and_analytic_weights() -> None:
    """Weights of 2 as repeated rows and as prior weights: the same estimates, other degrees of freedom."""
    w = np.full(N, 2.0)
    gaussian = sm.families.Gaussian()
    left = _side("left", sm.GLM(NUMBERS, X, family=gaussian, freq_weights=w).fit())
    right = _side("right", sm.GLM(NUMBERS, X, family=gaussian, var_weights=w).fit())
    made = compared(left, right)
    assert ("weights.meaning", "standard errors") in _causes(made)


def test_a_weight_of_frequency_stands_for_rows_in_every_formula() -> None:
    """Reference: the same formulas where each row is repeated as often as it counts."""
    w = _RNG.integers(1, 5, N).astype(float)
    each = np.repeat(np.arange(N), w.astype(int))
    for family, y in ((sm.families.Gaussian(), NUMBERS), (sm.families.Poisson(), COUNTS)):
        robust = {"cov_type": "HC0", "tol": 1e-13}
        one = _side("left", sm.GLM(y, X, family=family, freq_weights=w).fit(**robust))
        repeated = _side("right", sm.GLM(y[each], X[each], family=family).fit(**robust))
        assert definitions(one).covariance[0] == definitions(repeated).covariance[0] == "HC0"
        there = formulas(repeated.sample, one.estimates)
        for name, errors in formulas(one.sample, one.estimates).items():
            assert np.allclose(errors, there[name], rtol=1e-10, atol=0), name


@pytest.mark.parametrize("values", [(0, 1), (0, 2, 3)])
def test_rows_of_weight_0_are_counted_or_not(values: tuple[int, ...]) -> None:
    """R's lm leaves them out of n; so does a fit to the others, with the same sums."""
    w = _RNG.choice(values, N).astype(float)
    counted = _side("b.py", sm.WLS(NUMBERS, X, weights=w).fit())
    there = np.flatnonzero(w)
    of_others = fitted(sm.WLS(NUMBERS[there], X[there], weights=w[there]).fit())
    whole = fitted(sm.WLS(NUMBERS, X, weights=w).fit())
    made = of_fit("a.R", replace(whole, inference=of_others.inference, measures=of_others.measures), None)
    assert isinstance(made, Inferred)
    assert not made.sample.frequency
    assert made.not_counted == N - len(there)
    assert definitions(made).covariance[0] == "model"
    asked = compared(made, counted)
    assert ("weights.meaning", "standard errors") in _causes(asked)
    assert "rows of weight 0 are not counted in a.R and counted in b.py" in asked.words[0]
    assert not compared(made, made).causes


def test_unlike_models_are_compared_without_a_cause() -> None:
    logit, probit = (
        _side(name, sm.GLM(CLASSES, X, family=sm.families.Binomial(link)).fit())
        for name, link in (("logit", sm.families.links.Logit()), ("probit", sm.families.links.Probit()))
    )
    newton = replace(probit, table=_side("probit", sm.Probit(CLASSES, X).fit(disp=0)).table)
    for made in (compared(logit, newton), compared(newton, logit)):
        assert made.quantity("standard errors") is not None
        assert not made.causes
        assert not made.words


def test_a_wrong_number_is_no_definition() -> None:
    """Nothing is named where a number comes out by no formula."""
    own = _ols("left")
    table = own.table.copy()
    table[2, 0] *= 1.01
    made = compared(replace(own, table=table), _ols("right"))
    assert not [c for c in made.causes if c.makes == "standard errors"]
    assert "none of the formulas" in made.words[0]


def test_penalised_fits_are_refused() -> None:
    penalised = fitted(sm.OLS(NUMBERS, X).fit_regularized(alpha=0.1, L1_wt=0.0))
    why = of_fit("left", penalised, {"penalty.l2": 0.1})
    assert isinstance(why, str)
    assert "refused: its penalty" in why
    made = both(why, _ols("right"))
    assert made is not None
    assert made.why_not == why
    assert both(why, why) is None


def test_of_a_negative_binomial_the_definitions_are_said_and_not_tried() -> None:
    side = _glm(COUNTS, sm.families.NegativeBinomial(alpha=0.5))
    assert side.sample.family == "negative_binomial"
    made = compared(side, side)
    assert not made.causes
    assert "glm with MASS's family Pearson's dispersion" in made.words[0]
