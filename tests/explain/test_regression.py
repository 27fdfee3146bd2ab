"""Explanations of regressions in real frameworks: the cause, its share, and the recipe or the referee."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crossframe.core.errors import UsageError
from crossframe.explain.api import explain
from crossframe.explain.explanation import Conclusion, Explanation
from crossframe.explain.report import document

NAMES = ["a", "b", "c", "d"]


def frame() -> pd.DataFrame:
    """80 rows, four features of unlike scale, a target whose spread is far from 1."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(80, 4)) * (1.0, 3.0, 0.5, 10.0) + (0.0, 5.0, -1.0, 100.0)
    y = 50.0 + X @ np.array([14.0, -7.0, 21.0, 1.4]) + 20.0 * rng.normal(size=80)
    return pd.DataFrame(X, columns=NAMES).assign(y=y)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    plain = frame()
    plain.to_csv(folder / "plain.csv", index=False)
    plain.assign(e=plain.a + plain.b).to_csv(folder / "collinear.csv", index=False)
    x = np.round(np.linspace(-8.78, -3.13, 82), 3)
    powers = pd.DataFrame({f"x{j}": x**j for j in range(1, 11)})
    powers.assign(y=0.8 + 0.1 * np.sin(3 * x) + 0.02 * x).to_csv(folder / "ten.csv", index=False)
    return folder


def explained(tables: Path, left: str, right: str, name: str = "plain") -> Explanation:
    return explain(left, right, data=tables / f"{name}.csv", target="y", store=tables / "store.sqlite")


def shares(found: Explanation) -> dict[str, float]:
    return {c["setting"]: c["share"] for c in found.to_dict()["causes"]}


def diagnosed(found: Explanation, kind: str, side: str) -> str:
    (one,) = [d for d in found.diagnoses if (d.kind, d.side) == (kind, side)]
    return one.words


def test_glmnet_ridge_and_scikit_learns(tables: Path) -> None:
    """The penalty is lambda / sd(y) on the one side, alpha / n on the other; one scales the features."""
    found = explained(tables, "r.glmnet:alpha=0,lambda=2", "sklearn.ridge")
    told = found.to_dict()
    assert found.verdict is Conclusion.EXPLAINED
    causes = shares(found)
    assert {name for name, share in causes.items() if abs(share) > 1e-4} == {
        "penalty.l2", "features.standardize",
    }  # fmt: skip
    assert min(d.closing.steps[-1].digits for d in (found.from_left, found.from_right)) >= 8
    recipe = told["recipe"]["left"]
    assert (recipe["model"], recipe["arguments"]["standardize"]) == ("r.glmnet", False)
    y = frame().y
    assert recipe["arguments"]["lambda"] == pytest.approx(np.std(y) / 80)
    # RSS + 1 |b|^2 is l2 = 1/80; lambda = 2 is l2 = 2 / sd(y), on features over sd with 1/n.
    assert f"l2 {1 / 80:g}; features as they are" in diagnosed(found, "objective", "right")
    switch = {s.setting: (s.left, s.right) for b in found.from_left.bundles for s in b.members}["penalty.l2"]
    assert switch == pytest.approx((2 / np.std(y), 1 / 80))
    assert "features over sd_n;" in diagnosed(found, "objective", "left")


@pytest.mark.slow
def test_the_lasso_of_both(tables: Path) -> None:
    found = explained(tables, "r.glmnet:lambda=2,standardize=false", "sklearn.lasso:alpha=2")
    assert not {"penalty.l1", "penalty.l2", "features.standardize"} & set(shares(found))
    assert found.verdict in (Conclusion.AGREE, Conclusion.EXPLAINED)
    assert found.to_dict()["digits_after"] >= 8
    found = explained(tables, "r.glmnet:lambda=2", "sklearn.lasso:alpha=2")
    assert found.verdict is Conclusion.EXPLAINED
    assert shares(found)["features.standardize"] > 0.999


@pytest.mark.slow
def test_collinear_columns(tables: Path) -> None:
    """The scores agree, as they must; the coefficients are those of another rule."""
    found = explained(tables, "r.lm", "sklearn.linear", "collinear")
    told = found.to_dict()
    assert found.verdict is Conclusion.EXPLAINED
    assert shares(found) == {"collinear": 1.0}
    assert told["digits_after"] >= 8
    assert "coefficients" in told["data"]["measure"]
    (rank,) = [d for d in found.diagnoses if d.kind == "rank"]
    assert rank.certificate == {"rank": 5, "exact": 6, "used": [5, 5], "aliased": ["e"]}
    assert found.from_left.computed_by_reference == ("collinear",)
    assert found.from_right.computed_by_reference == ("collinear",)


@pytest.mark.slow
def test_directions_that_scikit_learn_cuts_off(tables: Path) -> None:
    """Its tol is a share of the largest singular value, in the features' own units: here of x and x^5."""
    x = np.arange(21.0)
    powers = {f"x{j}": x**j for j in range(1, 6)}
    y = 1.0 + sum(powers.values()) + 100.0 * np.cos(x)
    pd.DataFrame(powers).assign(y=y).to_csv(tables / "powers.csv", index=False)
    found = explained(tables, "sklearn.linear", "r.lm", "powers")
    assert found.verdict is Conclusion.EXPLAINED
    assert shares(found) == {"solver.rank_tolerance": pytest.approx(1.0)}
    assert found.to_dict()["recipe"]["left"]["arguments"] == {"tol": 1e-7}
    # What it minimises is no least squares: how far it is from that says nothing of its solver.
    assert "least squares of rank 5, without" in diagnosed(found, "stationarity", "left")
    (rank,) = [d for d in found.diagnoses if d.kind == "rank"]
    assert rank.certificate["used"] == [5, 6]
    assert rank.certificate["exact"] == 6


@pytest.mark.slow
def test_columns_that_both_sides_leave_out_by_rules_of_their_own(tables: Path) -> None:
    """Ten powers: lm drops the last column, lstsq small directions; no tolerance makes these the same."""
    for sides in (("r.lm", "sklearn.linear"), ("sklearn.linear", "r.lm")):
        found = explained(tables, *sides, "ten")
        assert found.verdict is Conclusion.EXPLAINED
        assert set(shares(found)) == {"collinear", "solver.rank_tolerance"}
        answer = " ".join(document(found).headlines)
        assert "1e-07 (tol = 1e-07) in r.lm" in answer
        assert "1e-06 (tol=1e-06) in sklearn.linear" in answer
        assert "its own settings come nearest with tol=1e-14, which leaves a difference of" in answer
        assert "run longer" not in answer
        assert "solvers stop" not in answer


def test_the_tolerance_that_comes_nearest_is_given_where_rounding_is_left(tables: Path) -> None:
    found = explained(tables, "r.lm:tol=1e-13", "sklearn.linear", "ten")
    assert found.verdict is Conclusion.PARTLY
    assert set(shares(found)) == {"solver.rank_tolerance"}
    assert found.residual == "rounding"
    answer = document(found).headlines
    assert any(
        line.startswith("Nearest to r.lm:tol=1e-13 comes sklearn.linear with tol=1e-16") for line in answer
    )


def test_well_posed_least_squares_agree(tables: Path) -> None:
    found = explained(tables, "r.lm", "sklearn.linear")
    assert found.verdict is Conclusion.AGREE
    assert found.to_dict()["digits_before"] > 12
    assert shares(found) == {}
    for side in ("left", "right"):
        assert "no penalty" in diagnosed(found, "objective", side)


@pytest.mark.slow
def test_h2o_chooses_a_penalty_for_numbers_too(tables: Path) -> None:
    found = explained(tables, "h2o.glm", "r.lm")
    assert found.verdict is Conclusion.EXPLAINED
    assert {"penalty.l1", "penalty.l2"} <= set(shares(found))
    recipe = found.to_dict()["recipe"]["left"]
    # Without the penalty the scaling that belonged to it does nothing, and stays as it is.
    assert recipe["arguments"] == {"family": "gaussian", "lambda_": 0.0}
    assert recipe["digits"] >= 12
    same = explained(tables, "h2o.glm:lambda_=0", "r.glm")
    assert same.verdict is Conclusion.AGREE


@pytest.mark.slow
def test_the_programs_of_a_recipe(home: Path, command) -> None:
    """Ridge as lm, and lm as Ridge by way of glmnet: written, run, and in agreement."""
    frame().to_csv(home / "own.csv", index=False)
    words = ("explain", "sklearn.ridge", "r.lm", "--data", "own.csv", "--target", "y")
    done = command(*words, "--report", "why", "--json")
    told = json.loads(done.stdout)
    assert told["verdict"] == "explained"
    assert [c["setting"] for c in told["causes"]] == ["penalty.l2"]
    assert "in standard deviations of the target" in told["data"]["measure"]
    said = [line for line in done.stderr.splitlines() if "agree in" in line]
    assert len(said) == 2
    assert all(float(line.rpartition("agree in ")[2].split()[0]) >= 8 for line in said)
    assert 'family = "gaussian"' in (home / "why" / "right-as-left.R").read_text()


@pytest.mark.parametrize(
    ("left", "right", "lost"),
    [
        ("sklearn.logistic", "sklearn.ridge", "sklearn.logistic"),
        ("r.lm", "r.glm:link=probit", "r.glm:link=probit"),
        ("h2o.glm:family=binomial", "r.glmnet:family=binomial", "h2o.glm:family=binomial, r.glmnet"),
    ],
)
def test_sides_of_different_kinds_of_target(tables: Path, left: str, right: str, lost: str) -> None:
    with pytest.raises(UsageError) as caught:
        explained(tables, left, right)
    assert str(caught.value).startswith(lost)
    assert "the target of plain holds numbers" in str(caught.value)
