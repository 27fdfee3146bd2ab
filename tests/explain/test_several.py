"""Explanations of models of more than two classes, by the real command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris

from tests.command import Done


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``iris.csv``, in which a line separates one class; ``three.csv`` and ``four.csv``, which overlap."""
    folder = tmp_path_factory.mktemp("classes")
    bunch = load_iris(as_frame=True)
    frame = bunch.frame.assign(species=np.array(bunch.target_names)[bunch.target]).drop(columns="target")
    frame.columns = [name.replace(" (cm)", "").replace(" ", "_") for name in frame.columns]
    frame.to_csv(folder / "iris.csv", index=False)
    rng = np.random.default_rng(5)
    for name, classes in (("three", 3), ("four", 4)):
        X = rng.normal(size=(160, 3)) * [1.0, 2.0, 0.5] + [0.5, -1.0, 2.0]
        y = ((X - X.mean(axis=0)) @ rng.normal(size=(3, classes)) + rng.gumbel(size=(160, classes))).argmax(
            axis=1
        )
        rows = np.column_stack([X, y])
        np.savetxt(folder / f"{name}.csv", rows, "%.17g", ",", header="a,b,c,y", comments="")
    return folder


@pytest.fixture(scope="module")
def store(tables: Path) -> Path:
    return tables / "store.sqlite"


def ask(command: Callable[..., Done], tables: Path, store: Path, *words: str) -> Any:
    """The JSON of an explanation of two models on a table, the last of ``words``."""
    *sides, data = words
    target = "species" if data == "iris" else "y"
    done = command(
        "explain", *sides, "--data", str(tables / f"{data}.csv"), "--target", target, "--classes",
        "--store", str(store), "--json", code=(0, 1),
    )  # fmt: skip
    return json.loads(done.stdout)


def names(made: Any) -> set[str]:
    """The causes that account for 1 % of the difference or more."""
    return {name for c in made["causes"] if abs(c["share"]) >= 0.01 for name in c["setting"].split(", ")}


def test_one_model_of_all_classes_or_one_of_each(
    command: Callable[..., Done], tables: Path, store: Path
) -> None:
    made = ask(command, tables, store, "sklearn.logistic:tol=1e-10", "sklearn.ovr:tol=1e-10", "three")
    assert made["verdict"] == "explained"
    assert names(made) == {"class.scheme"}


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_multinom_penalises_intercepts_relative_to_the_first_class(
    command: Callable[..., Done], tables: Path, store: Path
) -> None:
    """decay = n / (2 n C) is the same strength; what differs is what it acts on."""
    made = ask(command, tables, store, "sklearn.logistic:tol=1e-10", "r.multinom:decay=0.5", "three")
    assert made["verdict"] == "explained"
    assert names(made) >= {"penalty.intercept", "class.parametrization"}
    assert "penalty.l2" not in names(made)
    terms = [row["term"] for row in made["coefficients"]]
    assert terms[:3] == ["intercept [0]", "intercept [1]", "intercept [2]"]
    for side in ("left", "right"):
        values = np.array([row[side] for row in made["coefficients"]]).reshape(4, 3)
        np.testing.assert_allclose(values.sum(axis=1), 0.0, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("left", "right", "data", "verdict", "causes"),
    [
        ("sklearn.logistic:C=inf,solver=newton-cg,tol=1e-12",
         "statsmodels.mnlogit:add_constant=true,tol=1e-12", "three", "agree", set()),
        ("statsmodels.mnlogit:add_constant=true", "r.multinom", "four", "not_converged",
         {"solver.tolerance (right)"}),
        ("statsmodels.mnlogit:add_constant=true", "r.glmnet:lambda=0,thresh=1e-20", "four", "agree", set()),
        ("statsmodels.mnlogit", "r.multinom", "three", "explained", {"intercept"}),
        ("sklearn.logistic", "h2o.glm:lambda_=0.00625,alpha=0,standardize=false", "three", "not_converged",
         {"solver.tolerance (right)"}),
        ("sklearn.logistic:tol=1e-10", "h2o.glm:lambda_=0.00625,alpha=0", "four", "explained",
         {"features.standardize"}),
        ("sklearn.logistic:C=0.1,solver=newton-cg,tol=1e-12",
         "r.glmnet:lambda=0.0625,alpha=0,standardize=false,thresh=1e-20", "four", "agree", set()),
        ("r.glmnet:lambda=0.02,standardize=false",
         "statsmodels.mnlogit:add_constant=true,method=l1,alpha=3.2,alpha_const=0", "four", "explained",
         {"class.parametrization"}),
        ("r.glmnet:lambda=0.02", "r.glmnet:lambda=0.02,type.multinomial=grouped", "three", "explained",
         {"penalty.grouped"}),
        ("statsmodels.mnlogit:add_constant=true", "r.multinom", "iris", "no_unique_optimum", set()),
    ],
)  # fmt: skip
def test_linear_models(
    command: Callable[..., Done],
    tables: Path,
    store: Path,
    left: str,
    right: str,
    data: str,
    verdict: str,
    causes: set[str],
) -> None:
    made = ask(command, tables, store, left, right, data)
    assert made["verdict"] == verdict
    assert causes <= names(made), names(made)


@pytest.mark.slow
def test_networks_are_switched_as_those_of_two_classes(
    command: Callable[..., Done], tables: Path, store: Path
) -> None:
    net = "reference.mlp:architecture.hidden=6,epochs=60,optimizer.learning_rate=0.02,init.source=given:3"
    made = ask(command, tables, store, net, f"{net},penalty.l2=0.05", "three")
    assert made["verdict"] == "explained"
    assert names(made) == {"penalty.l2"}


def test_a_model_of_two_classes_is_refused_by_name(
    command: Callable[..., Done], tables: Path, store: Path
) -> None:
    done = command(
        "explain", "r.glm", "r.multinom", "--data", str(tables / "iris.csv"), "--target", "species",
        "--store", str(store), code=2,
    )  # fmt: skip
    assert "r.glm: of two classes, but the target of iris has 3 classes" in done.stderr
