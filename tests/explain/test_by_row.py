"""Weights and offset as data of an explanation: refused, ignored, divided by, and named as the cause."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.explain.api import explain
from crossframe.explain.explanation import Explanation
from crossframe.frameworks.pool import Pool
from tests.command import in_process
from tests.data.test_beside import claims

FORMULA = "claims ~ x + z + region + offset(log(months))"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("by_row") / "claims.csv"
    claims().to_csv(made, index=False)
    return made


def asked(path: Path, pool: Pool, left: str, right: str, **options: str) -> Explanation:
    given = {"target": "claims", "weights": "times", "exposure": "months", **options}
    return explain(left, right, data=path, store=path.with_name("s.sqlite"), pool=pool, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("left", "words", "remedy"),
    [
        (
            "sklearn.poisson",
            "PoissonRegressor has no offset",
            "sklearn.poisson:offset=rate divides the target",
        ),
        ("sklearn.linear", "LinearRegression has no offset", "sklearn.linear:offset=none fits it without"),
        ("sklearn.linear:offset=rate", "offset=rate is for the log link", "sklearn.linear:offset=none"),
        ("statsmodels.wls", "WLS has no offset", "statsmodels.wls:offset=none"),
        ("statsmodels.ols:offset=none", "OLS is fitted without weights", "statsmodels.wls takes them"),
        ("sklearn.mlp_regressor:offset=none", "without weights of the rows", "weights=none lets every row"),
    ],
)
def test_a_model_without_them_is_refused_with_what_to_do(
    path: Path, pool: Pool, left: str, words: str, remedy: str
) -> None:
    with pytest.raises(UsageError) as refused:
        asked(path, pool, left, "reference.optimum:link=log,family=poisson" if "mlp" not in left else left)
    assert words in str(refused.value)
    assert remedy in str(refused.value)


def test_rates_weighted_by_the_exposure_are_the_fit_with_the_offset(path: Path, pool: Pool) -> None:
    """Without a penalty the substitute of scikit-learn, which has no offset, is the certified optimum."""
    left = "sklearn.poisson:alpha=0,offset=rate,tol=1e-12,solver=newton-cholesky"
    e = asked(path, pool, left, "reference.optimum:link=log,family=poisson")
    assert str(e.verdict) == "agree"
    both = np.array([[a, b] for _, a, b in e.coefficients])
    np.testing.assert_allclose(both[:, 0], both[:, 1], rtol=1e-10)
    assert e.file is not None
    assert (e.file.weights, e.file.offset) == ("times", "log(months)")


@pytest.mark.parametrize(
    ("left", "right", "cause"),
    [
        pytest.param(
            "sklearn.ridge:offset=none",
            "sklearn.ridge:offset=none,weights=none",
            "weights",
            marks=pytest.mark.slow,
        ),
        ("sklearn.ridge:offset=none", "sklearn.ridge:offset=none,weights=mean_one", "weights"),
        pytest.param(
            "sklearn.poisson:alpha=0,offset=none,solver=newton-cholesky",
            "sklearn.poisson:alpha=0,offset=rate,solver=newton-cholesky",
            "offset",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_is_made_of_them_is_named_as_the_cause_and_proved(
    path: Path, pool: Pool, left: str, right: str, cause: str
) -> None:
    e = asked(path, pool, left, right)
    assert (str(e.verdict), e.causes) == ("explained", (cause,))
    for direction in e.directions:
        assert direction.closing is not None
        assert direction.closing.gap < 1e-8


@pytest.mark.slow
def test_a_penalty_is_relative_to_the_sum_of_the_weights(path: Path, pool: Pool) -> None:
    """Ridge adds the weighted losses up, ElasticNet takes their mean."""
    e = asked(path, pool, "sklearn.ridge:alpha=5,offset=none", "sklearn.elasticnet:alpha=0.1,l1_ratio=0,"
              "offset=none,tol=1e-12,max_iter=100000")  # fmt: skip
    assert (str(e.verdict), e.causes) == ("explained", ("penalty.l2",))
    recipe = e.directions[0].recipe
    assert recipe is not None
    assert float(recipe.arguments["alpha"]) == pytest.approx(0.1 * claims()["times"].sum(), rel=1e-9)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_command_says_what_counts(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = (
        "--data",
        str(path),
        "--formula",
        FORMULA,
        "--weights",
        "times",
        "--store",
        str(tmp_path / "s"),
    )
    left = "sklearn.poisson:alpha=0,offset=rate,solver=newton-cholesky"
    shown = in_process(capsys, "explain", left, f"{left},weights=none", *options)
    assert "note: weights of the rows: times, from 1 to 5" in shown.stderr
    assert "weights of the rows" in shown.stdout
    assert "log(months)" in shown.stdout
    assert "weights of the rows (weights) 100.0 %" in " ".join(shown.stdout.split())
    assert "its rows prepared by weights=none" in " ".join(shown.stdout.split())
    refused = in_process(capsys, "explain", "sklearn.poisson", left, *options, code=2)
    assert "sklearn.poisson:offset=rate divides the target by the exposure" in refused.stderr


def test_compare_takes_those_that_have_them(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("compare", "--data", str(path), "--target", "claims", "--weights", "times", "--draws", "2")
    words += ("--engines", "sklearn", "--store", str(tmp_path / "s"), "--no-report", "--quiet", "--json")
    result = json.loads(in_process(capsys, *words, "--drop", "months").stdout)
    assert [c["name"] for c in result["contestants"]] == [
        "sklearn.linear", "sklearn.ridge", "sklearn.lasso", "sklearn.elasticnet", "sklearn.poisson",
        "sklearn.tweedie",
    ]  # fmt: skip
    assert {row["status"] for row in result["cells"]} == {"converged"}
    refused = in_process(capsys, *words, "--exposure", "months", "--contestants", "sklearn.ridge", code=2)
    assert "sklearn.ridge: Ridge has no offset" in refused.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("left", "right", "causes"),
    [
        ("r.glm:family=poisson", "r.glm:family=poisson,weights=none", ("weights",)),
        ("sklearn.poisson:alpha=0,offset=none", "r.glm:family=poisson", ("offset",)),
        ("sklearn.poisson:offset=rate", "r.glm:family=poisson", ("penalty.l2",)),
        (
            "glum.glm:family=poisson,alpha=0,weights=none",
            "statsmodels.glm:family=poisson,add_constant=true",
            ("weights",),
        ),
    ],
)
def test_pairs_of_frameworks(path: Path, pool: Pool, left: str, right: str, causes: tuple[str, ...]) -> None:
    e = asked(path, pool, left, right)
    assert str(e.verdict) == "explained"
    assert e.causes == causes


@pytest.mark.slow
@pytest.mark.parametrize(
    "left",
    [
        "sklearn.poisson:alpha=0,offset=rate,tol=1e-12,solver=newton-cholesky",
        "glum.glm:family=poisson,alpha=0,gradient_tol=1e-10",
        "statsmodels.glm:family=poisson,add_constant=true",
        "h2o.glm:family=poisson,lambda_=0,beta_epsilon=1e-14,objective_epsilon=1e-16",
        "r.glmnet:family=poisson,lambda=0,thresh=1e-20",
    ],
)
def test_every_framework_with_an_offset_agrees_with_r(path: Path, pool: Pool, left: str) -> None:
    e = asked(path, pool, left, "r.glm:family=poisson,epsilon=1e-14")
    assert str(e.verdict) == "agree", (e.verdict, e.causes)
    both = np.array([[a, b] for _, a, b in e.coefficients])
    np.testing.assert_allclose(both[:, 0], both[:, 1], rtol=1e-7)
