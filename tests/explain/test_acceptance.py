"""What explain is held to on real data: causes, recipes, certificates; each frameworks' real fits."""

from __future__ import annotations

import functools
from fractions import Fraction

import numpy as np
import pytest

from crossframe.explain.api import explain
from crossframe.explain.explanation import Conclusion


@pytest.fixture(scope="module")
def cancer(tmp_path_factory):
    """The breast-cancer data of scikit-learn: its first four features, which overlap, and all thirty."""
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    folder = tmp_path_factory.mktemp("cancer")
    for k in (4, 30):
        X.iloc[:, :k].assign(benign=y).to_csv(folder / f"{k}.csv", index=False)
    return folder


@functools.cache
def explained(folder, left, right, k=4):
    return explain(left, right, data=folder / f"{k}.csv", target="benign", store=folder / "store.sqlite")


@pytest.mark.parametrize(
    ("left", "right", "setting"),
    [
        ("sklearn.logistic", "r.glm", "penalty.l2"),
        pytest.param(
            "sklearn.logistic:solver=liblinear",
            "sklearn.logistic",
            "penalty.intercept",
            marks=pytest.mark.slow,
        ),
        pytest.param("h2o.glm", "r.glm", "penalty.l2", marks=pytest.mark.slow),
    ],
)
def test_the_cause_is_named_and_the_recipe_closes_in_both_directions(cancer, left, right, setting):
    found = explained(cancer, left, right)
    told = found.to_dict()
    assert told["verdict"] == "explained"
    assert setting in found.named
    assert told["digits_before"] < 1
    assert min(told["recipe"][side]["digits"] for side in ("left", "right")) >= 8
    (cause,) = [c for c in told["causes"] if c["setting"] == setting]
    assert cause["left"] != cause["right"]
    assert told["time"]["total"] >= told["time"]["fits"] >= 0
    assert told["memory"]["crossframe"] > 0


@pytest.mark.slow
def test_causes_are_told_from_left_to_right_whatever_closes(cancer):
    there = explained(cancer, "sklearn.logistic", "r.glm").to_dict()["causes"]
    back = explained(cancer, "r.glm", "sklearn.logistic").to_dict()["causes"]
    one, other = ({c["setting"]: (c["left"], c["right"]) for c in causes} for causes in (there, back))
    assert one["penalty.l2"] == other["penalty.l2"][::-1]
    assert one["penalty.l2"][1] == 0.0


@pytest.mark.slow
def test_a_part_of_the_penalty_is_switched_alone(cancer):
    found = explained(cancer, "h2o.glm", "r.glm")
    parts = {s.setting: s.amount for s in found.from_left.attribution.shares}
    assert parts["penalty.l1"] != parts["penalty.l2"]


@pytest.mark.slow
def test_the_inner_solver_of_h2o_stops_short_and_another_one_does_not(cancer):
    """IRLS solves its lasso steps by ADMM; no tolerance of H2O's tightens it, coordinate descent does."""
    found = explained(cancer, "h2o.glm", "r.glm")
    left = found.shortfalls[0]
    assert left is not None
    assert left.gap > 1e-3
    assert left.run_out is not None
    assert left.run_out <= 1e-8
    assert left.arguments["solver"] == "COORDINATE_DESCENT"
    assert "solver.algorithm (left)" in {s.setting for s in found.from_right.attribution.causes}


def test_a_solver_that_stops_short_is_the_whole_difference(cancer):
    found = explained(cancer, "sklearn.logistic", "sklearn.logistic:solver=newton-cholesky,tol=1e-14")
    assert found.verdict is Conclusion.NOT_CONVERGED
    assert found.verdict.exit_code == 1
    assert found.named <= {"solver.tolerance (left)", "solver.algorithm (left)"}
    assert found.best.closing.closed


SEPARABLE = ("r.glm", "sklearn.logistic:C=inf", "r.glmnet:lambda=0", "h2o.glm:lambda_=0", "keras.logistic")


@pytest.mark.parametrize(("left", "right"), [
    SEPARABLE[:2], pytest.param(*SEPARABLE[2:4], marks=pytest.mark.slow),
    pytest.param(SEPARABLE[0], SEPARABLE[4], marks=pytest.mark.slow),
])  # fmt: skip
def test_no_unique_optimum_with_a_certificate_that_anybody_can_check(cancer, left, right):
    """The direction is checked in fractions, row by row, without any of the product's code."""
    found = explained(cancer, left, right, 30)
    assert found.verdict is Conclusion.NO_UNIQUE_OPTIMUM
    assert found.verdict.exit_code == 0
    (proof,) = [d for d in found.diagnoses if d.kind == "separation"]
    head, *lines = (cancer / "30.csv").read_text().splitlines()
    names = head.split(",")
    direction = {name: Fraction(v) for name, v in proof.certificate["direction"].items()}
    assert set(direction) <= set(names[:-1])
    strict = 0
    for line in lines:
        row = dict(zip(names, line.split(","), strict=True))
        score = Fraction(proof.certificate["intercept"]) + sum(
            w * Fraction(float(row[name])) for name, w in direction.items()
        )
        signed = score if row["benign"] == "1" else -score
        assert signed >= 0
        strict += signed > 0
    assert strict == proof.certificate["strict_rows"] == 569
    grown = {d.side: d.certificate for d in found.diagnoses if d.kind == "growth"}
    assert grown
    for certificate in grown.values():
        norms = certificate["norms"]
        assert norms[-1] > norms[0]
        assert np.isfinite(norms).all()


def test_identical_sides(cancer):
    found = explained(cancer, "sklearn.logistic:C=3", "sklearn.logistic:C=3")
    told = found.to_dict()
    assert (told["verdict"], told["causes"], found.named) == ("agree", [], frozenset())
    assert found.verdict.exit_code == 0


@pytest.mark.slow
def test_keras_is_far_from_its_optimum_and_can_be_brought_there(cancer):
    """Two hundred epochs of Adam on raw features leave a convex model far from its optimum."""
    found = explained(cancer, "keras.logistic", "r.glm")
    assert found.verdict is Conclusion.NOT_CONVERGED
    (said,) = [d for d in found.diagnoses if d.kind == "stationarity" and d.side == "left"]
    assert said.certificate["digits"] < 1
    recipe = found.to_dict()["recipe"]["left"]
    assert recipe["arguments"]["optimizer"] == "sgd"
    assert recipe["digits"] >= 7
