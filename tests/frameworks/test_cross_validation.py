"""Penalties chosen by cross-validation: the same folds, grid, loss and rule give the same choice.

The tolerances are those of the solvers: coefficients of LassoCV and cv.glmnet agree to 1e-7 of the largest,
those of LogisticRegressionCV to 1e-5, both run to their ends.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LassoCV, LogisticRegression, RidgeCV
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, LeaveOneOut, StratifiedKFold

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Value
from crossframe.experiment.spec import parse
from crossframe.explain.api import explain
from crossframe.explain.explanation import Conclusion
from crossframe.explain.switches import switched
from crossframe.frameworks.contract import EvalRows, FitRequest, FitResult, Status
from crossframe.frameworks.folds import fold_numbers
from crossframe.frameworks.registry import model
from tests.running import Engines

_TIGHT: dict[str, dict[str, Value]] = {
    "lasso_cv": {"tol": 1e-13, "max_iter": 100_000},
    "elasticnet_cv": {"tol": 1e-13, "max_iter": 100_000},
    "ridge_cv": {},
    "logistic_cv": {"tol": 1e-12, "max_iter": 10_000},
    "cv_glmnet": {"thresh": 1e-20, "maxit": 10_000_000},
}
_AS_SKLEARN: dict[str, Value] = {
    "validation.rule": "minimum", "features.standardize": "none", "path.folds": "all_rows",
}  # fmt: skip
"""The rules of scikit-learn's estimators, for cv.glmnet."""


_LOGISTIC: dict[str, Value] = {
    "path.largest": 1.0, "path.length": 8, "path.ratio": 1e-4, "validation.folds": 5,
}  # fmt: skip


def diabetes(rows: int = 120) -> tuple[FloatArray, Target]:
    X, y = load_diabetes(return_X_y=True, scaled=False)
    return np.ascontiguousarray(X[:rows], dtype=np.float64), y[:rows].astype(np.float64)


def cancer(rows: int = 150) -> tuple[FloatArray, Target]:
    X, y = load_breast_cancer(return_X_y=True)
    X = X[:rows, :5]
    return np.ascontiguousarray((X - X.mean(axis=0)) / X.std(axis=0)), y[:rows].astype(np.int64)


def fitted(
    engines: Engines, engine: str, name: str, rows: tuple[FloatArray, Target], settings: Mapping[str, Value],
    native: Mapping[str, Value] | None = None,
) -> FitResult:  # fmt: skip
    X, y = rows
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    key = hashlib.sha256(X.tobytes()).hexdigest()
    own = {**_TIGHT.get(name, {}), **(native or {})}
    result = engines[engine].fit(
        FitRequest(
            model=name, settings=settings, native=own, X_train=X, y_train=y,
            names=names, evaluation=EvalRows(key, X, names),
            task="classes" if y.dtype.kind == "i" else "numbers",
        )
    )  # fmt: skip
    assert result.status.usable, result
    return result


def digits(one: FitResult, other: FitResult) -> float:
    """The largest difference of two coefficients, relative to the largest coefficient."""
    assert one.coefficients is not None
    assert other.coefficients is not None
    a, b = one.coefficients.values, other.coefficients.values
    return float(np.abs(a - b).max() / np.abs(b).max())


def chosen(result: FitResult) -> float:
    return sum(float(result.canonical[name]) for name in ("penalty.l1", "penalty.l2"))  # type: ignore[arg-type]


@pytest.mark.parametrize("folds", [3, 7])
def test_folds_by_rule_are_those_of_scikit_learn(folds: int) -> None:
    y = np.random.default_rng(3).integers(0, 3, 61)
    for rule, splitter in (
        ("blocks", KFold(folds)), ("stratified", StratifiedKFold(folds)), ("leave_one_out", LeaveOneOut()),
    ):  # fmt: skip
        expected = np.empty(len(y), dtype=np.int64)
        for number, (_, left_out) in enumerate(splitter.split(np.zeros((len(y), 1)), y)):
            expected[left_out] = number
        np.testing.assert_array_equal(fold_numbers(rule, folds, y), expected)
    with pytest.raises(ValueError, match="folds of 61 rows"):
        fold_numbers("modulo", 62, y)


@pytest.mark.parametrize("name", ["lasso_cv", "elasticnet_cv", "ridge_cv", "logistic_cv"])
def test_the_estimator_itself_gives_the_same(engines: Engines, name: str) -> None:
    """The defaults are those of the estimator, bit for bit."""
    import sklearn.linear_model as linear

    X, y = rows = cancer() if name == "logistic_cv" else diabetes()
    estimator = {"lasso_cv": linear.LassoCV, "elasticnet_cv": linear.ElasticNetCV, "ridge_cv": linear.RidgeCV}
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(_TIGHT, name, {})
        if name == "logistic_cv":
            plain = {"l1_ratios": 0.0, "scoring": "accuracy"}
            own = linear.LogisticRegressionCV(
                l1_ratios=(0.0,), scoring="accuracy", use_legacy_attributes=False
            )
        else:
            plain, own = {}, estimator[name]()
        ours = fitted(engines, "sklearn", name, rows, {}, plain)
    own.fit(X, y)
    assert ours.coefficients is not None
    np.testing.assert_array_equal(ours.coefficients.values, np.ravel(own.coef_))
    assert ours.effective["C_" if name == "logistic_cv" else "alpha_"] in (
        getattr(own, "C_", None), getattr(own, "alpha_", None),
    )  # fmt: skip


def test_with_folds_ridge_cv_compares_by_r2(engines: Engines) -> None:
    """Its own choices without ``scoring`` and with the squared error, on rows where they differ."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(30, 5))
    y = X @ rng.normal(size=5) + 3 * rng.normal(size=30)
    grid: dict[str, Value] = {"alphas": 8, "eps": 1e-4, "alpha_max": 1000.0}
    penalties = 1000.0 * np.geomspace(1.0, 1e-4, 8)
    own = [RidgeCV(penalties, cv=3, scoring=by).fit(X, y).alpha_ for by in (None, "neg_mean_squared_error")]
    assert own[0] != own[1]
    folds: dict[str, Value] = {"validation.assignment": "blocks", "validation.folds": 3}
    plain = fitted(engines, "sklearn", "ridge_cv", (X, y), folds, grid)
    assert (plain.effective["alpha_"], plain.canonical["validation.loss"]) == (own[0], "r2")
    squared = {**folds, "validation.loss": "squared_error"}
    given = fitted(engines, "sklearn", "ridge_cv", (X, y), squared, grid)
    assert (given.effective["alpha_"], given.canonical["validation.loss"]) == (own[1], "squared_error")
    assert model("sklearn.ridge_cv").to_native({"validation.loss": "r2"}, {}, 30) == {"scoring": "r2"}
    one = fitted(engines, "sklearn", "ridge_cv", (X, y), {}, grid)
    assert one.canonical["validation.loss"] == "squared_error"
    # A switch of the folds alone leaves it as it is.
    side = switched(parse("sklearn.ridge_cv:alphas=8,eps=1e-4,alpha_max=1000"), one.canonical, folds)
    moved = fitted(engines, "sklearn", "ridge_cv", (X, y), side.settings, side.native)
    assert (moved.effective["alpha_"], moved.canonical["validation.loss"]) == (own[1], "squared_error")
    with pytest.raises(UsageError, match=r"cv\.glmnet has no validation\.loss=r2"):
        model("r.cv_glmnet").to_native({"validation.loss": "r2"}, {}, 30)


@pytest.mark.parametrize("mix", [0.0, 0.5, 1.0])
def test_the_mean_of_the_folds_keeps_its_mix(engines: Engines, mix: float) -> None:
    """Without a last fit scikit-learn reports a lasso's mix as 0, and raises for an elastic net's."""
    given: dict[str, Value] = {
        "refit": False, "l1_ratios": mix, "solver": "saga", "Cs": 3, "max_iter": 20, "cv": 2,
    }  # fmt: skip
    result = fitted(engines, "sklearn", "logistic_cv", cancer(60), {}, given)
    assert result.canonical["validation.refit"] == "mean_of_folds"
    assert result.canonical["penalty.mix"] == mix
    assert (result.canonical["penalty.l1"] == 0, result.canonical["penalty.l2"] == 0) == (mix == 0, mix == 1)


def test_a_chosen_penalty_cannot_be_given() -> None:
    for name, setting in (("sklearn.lasso_cv", "penalty.l1"), ("r.cv_glmnet", "lambda.s")):
        with pytest.raises(UsageError, match="chosen by the cross-validation"):
            model(name).split({setting: 0.1})


def test_a_fold_that_gives_up_is_not_the_chosen_fit(engines: Engines) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 8))
    X[:, 1] = X[:, 0] + 1e-3 * rng.normal(size=60)
    y = X @ rng.normal(size=8) + rng.normal(size=60)
    few: dict[str, Value] = {"eps": 1e-6, "max_iter": 200, "tol": 1e-4}
    result = fitted(engines, "sklearn", "lasso_cv", (X, y), {}, few)
    with pytest.warns(ConvergenceWarning):
        own = LassoCV(eps=1e-6, max_iter=200).fit(X, y)
    assert own.n_iter_ < 200
    assert own.dual_gap_ <= own.tol * np.mean((y - y.mean()) ** 2)
    assert result.status is Status.CONVERGED
    assert "; of the folds: Objective did not converge" in result.convergence
    at_limit = fitted(engines, "sklearn", "lasso_cv", (X, y), {}, {**few, "max_iter": 3})
    assert at_limit.status is Status.ITERATION_LIMIT


def test_a_grid_is_read_off_a_list() -> None:
    """RidgeCV's own three penalties are a geometric grid; others are listed."""
    ridge = model("sklearn.ridge_cv")
    own = ridge.to_canonical({"alphas": (0.1, 1.0, 10.0), "eps": 0.01, "alpha_max": None}, 100)
    assert (own["path.length"], own["path.ratio"], own["path.largest"]) == (3, 0.01, 0.1)
    assert own["path.spacing"] == "geometric"
    listed = ridge.split({"alphas": "1x2x5"})[1]
    assert ridge.to_canonical(listed, 100)["path.spacing"] == "listed"


@pytest.mark.slow
@pytest.mark.xdist_group("r")
@pytest.mark.parametrize("rule", ["blocks", "modulo"])
@pytest.mark.parametrize("mix", [1.0, 0.5])
def test_lasso_cv_and_cv_glmnet_choose_alike(engines: Engines, rule: str, mix: float) -> None:
    grid: dict[str, Value] = {"path.length": 60, "path.ratio": 1e-3}
    given: dict[str, Value] = {**grid, "validation.assignment": rule, "validation.folds": 6}
    name = "lasso_cv" if mix == 1 else "elasticnet_cv"
    # The Gaussian family of glmnet divides a ridge penalty by the spread of each fold's target: for a mixture
    # the penalties are given, and the choice may differ by that.
    ours = fitted(engines, "sklearn", name, diabetes(), given if mix == 1 else {**given, "penalty.mix": mix})
    if mix == 1:
        theirs = fitted(engines, "r", "cv_glmnet", diabetes(), {**given, **_AS_SKLEARN})
        assert chosen(ours) == pytest.approx(chosen(theirs), rel=1e-10)
        assert digits(ours, theirs) < 1e-7
    else:
        at = {"penalty.l1": ours.canonical["penalty.l1"], "penalty.l2": ours.canonical["penalty.l2"]}
        fixed = fitted(
            engines, "r", "glmnet", diabetes(), {**at, "features.standardize": "none"},
            {"thresh": 1e-20, "maxit": 10_000_000},
        )  # fmt: skip
        assert digits(ours, fixed) < 1e-6


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_ridge_cv_one_row_at_a_time(engines: Engines) -> None:
    given: dict[str, Value] = {
        "path.largest": 5.0, "path.length": 12, "path.ratio": 1e-5, "validation.assignment": "leave_one_out",
    }  # fmt: skip
    ours = fitted(engines, "sklearn", "ridge_cv", diabetes(80), given)
    theirs = fitted(engines, "r", "cv_glmnet", diabetes(80), {**given, **_AS_SKLEARN, "penalty.mix": 0.0})
    assert chosen(ours) == pytest.approx(chosen(theirs), rel=1e-8)
    assert digits(ours, theirs) < 1e-7


@pytest.mark.slow
@pytest.mark.xdist_group("r")
@pytest.mark.parametrize("rule", ["stratified", "modulo"])
def test_logistic_cv_and_cv_glmnet_choose_alike(engines: Engines, rule: str) -> None:
    given = {**_LOGISTIC, "validation.assignment": rule, "validation.loss": "deviance"}
    ours = fitted(engines, "sklearn", "logistic_cv", cancer(), given)
    theirs = fitted(engines, "r", "cv_glmnet", cancer(), {**given, **_AS_SKLEARN, "penalty.mix": 0.0})
    assert chosen(ours) == pytest.approx(chosen(theirs), rel=1e-8)
    assert digits(ours, theirs) < 1e-5


@pytest.mark.slow
@pytest.mark.xdist_group("r")
@pytest.mark.parametrize("loss", ["deviance", "misclassification", "auc"])
@pytest.mark.parametrize("rule", ["stratified", "modulo"])
def test_a_penalty_of_the_sum_is_larger_in_a_fold(engines: Engines, loss: str, rule: str) -> None:
    """``path.scale``: by fits of LogisticRegression to the folds, C = 1 / (m lambda) or 1 / (n lambda)."""
    X, y = rows = cancer()
    given = {**_LOGISTIC, "validation.assignment": rule, "validation.loss": loss}
    ours = fitted(engines, "sklearn", "logistic_cv", rows, given)
    theirs = fitted(engines, "r", "cv_glmnet", rows, {**given, **_AS_SKLEARN, "penalty.mix": 0.0})
    assert (ours.canonical["path.scale"], theirs.canonical["path.scale"]) == ("sum", "mean")
    folds = fold_numbers(rule, 5, y)
    score = get_scorer({"deviance": "neg_log_loss", "misclassification": "accuracy", "auc": "roc_auc"}[loss])
    grid = np.geomspace(1.0, 1e-4, 8)
    for result, of_mean in ((ours, False), (theirs, True)):
        means = []
        for penalty in grid:
            each = []
            for fold in range(5):
                there = folds != fold
                size = there.sum() if of_mean else len(y)
                fit = LogisticRegression(C=1 / (size * penalty), tol=1e-12, max_iter=10_000)
                each.append(score(fit.fit(X[there], y[there]), X[~there], y[~there]))
            means.append(np.mean(each))
        # The larger of penalties that are equally good.
        best = grid[np.flatnonzero(np.array(means) >= max(means) - 1e-12)[0]]
        assert chosen(result) == pytest.approx(best, rel=1e-8)


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_the_larger_penalty_of_one_standard_error(engines: Engines) -> None:
    """By its own rule cv.glmnet chooses another penalty of the same path."""
    given: dict[str, Value] = {"validation.assignment": "modulo", "validation.folds": 5}
    both = [
        fitted(engines, "r", "cv_glmnet", diabetes(), {**given, "validation.rule": rule})
        for rule in ("minimum", "one_standard_error")
    ]
    assert chosen(both[0]) < chosen(both[1])
    assert both[0].effective["lambda.1se"] == both[1].effective["lambda.s"]


@pytest.mark.slow
@pytest.mark.xdist_group("h2o")
@pytest.mark.parametrize("folds", [5, 6])
def test_h2o_chooses_as_lasso_cv(engines: Engines, folds: int) -> None:
    """A search of H2O makes about one iteration for each penalty, which leaves 1e-3 of the coefficients."""
    given: dict[str, Value] = {
        "validation.assignment": "modulo", "validation.folds": folds, "path.length": 50, "path.ratio": 1e-3,
    }  # fmt: skip
    search: dict[str, Value] = {
        "lambda_search": True, "alpha": 1.0, "standardize": False, "solver": "IRLSM",
        "early_stopping": False, "family": "gaussian",
    }  # fmt: skip
    theirs = fitted(engines, "h2o", "glm", diabetes(442), given, search)
    ours = fitted(engines, "sklearn", "lasso_cv", diabetes(442), given)
    assert chosen(theirs) == pytest.approx(chosen(ours), rel=1e-8)
    assert digits(theirs, ours) < 1e-3
    same = (
        "validation.rule",
        "validation.loss",
        "validation.refit",
        "path.folds",
        "path.largest",
        "path.scale",
    )
    assert [theirs.canonical[name] for name in same] == [ours.canonical[name] for name in same]
    assert theirs.canonical["validation.patience"] == 3


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_explain_names_what_chooses_another_penalty(tmp_path: Path) -> None:
    """LassoCV and cv.glmnet with the same folds: the rule, the grid and the scaling, and the gap closes."""
    X, y = diabetes(120)
    file = tmp_path / "rows.csv"
    header = ",".join([*(f"x{j}" for j in range(X.shape[1])), "y"])
    np.savetxt(file, np.column_stack([X, y]), delimiter=",", header=header, comments="", fmt="%.17g")
    e = explain(
        "sklearn.lasso_cv:assignment=modulo,cv=6", "r.cv_glmnet:foldid=modulo,nfolds=6",
        data=file, target="y", store=tmp_path / "store.sqlite",
    )  # fmt: skip
    assert e.verdict in (Conclusion.EXPLAINED, Conclusion.NOT_CONVERGED)
    assert "validation.rule" in e.named
    assert not e.named & {"validation.folds", "validation.assignment", "penalty.l1"}
    (chosen_by,) = [d for d in e.diagnoses if d.kind == "penalty"]
    assert len(chosen_by.certificate["chosen"]) == 2
    assert all(not math.isnan(outcome.penalty) for outcome in e.outcomes)


def test_with_two_rows_a_fold_the_error_of_the_loss_is_that_of_rows(engines: Engines) -> None:
    asked = [{"grouped": True}, {"grouped": False}]
    both = [fitted(engines, "r", "cv_glmnet", diabetes(20), {"validation.folds": 10}, own) for own in asked]
    assert both[0].effective["lambda.1se"] == both[1].effective["lambda.1se"]
    assert [one.canonical["validation.error"] for one in both] == ["rows", "rows"]
    assert any("grouped=FALSE" in said for said in both[0].evidence)
