"""Fitted estimators and pipelines become fits, and those that we have are the same model to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LassoCV,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    RidgeCV,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from crossframe.frameworks.adopting import Unrecordable
from crossframe.frameworks.contract import EngineConfig, EvalRows, FitRequest
from crossframe.frameworks.fitted import FittedModel
from crossframe.frameworks.sklearn.adopt import fitted, recognised
from crossframe.frameworks.sklearn.engine import Sklearn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 3))
Y = (X[:, 0] + RNG.normal(size=80) > 0).astype(int)
Z = X @ [1.0, 2.0, 0.0] + RNG.normal(size=80)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (LogisticRegression(), "logistic"),
        (LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000), "logistic"),
        (LogisticRegression(solver="liblinear", C=3, intercept_scaling=10), "logistic"),
        (LogisticRegression(l1_ratio=1.0, solver="liblinear", random_state=1), "logistic"),
        (LogisticRegression(class_weight="balanced", fit_intercept=False), "logistic"),
        (make_pipeline(StandardScaler(), LogisticRegression(C=0.1)), "logistic"),
        (GridSearchCV(LogisticRegression(), {"C": [0.1, 0.2]}, cv=2), "logistic"),
        (LinearRegression(), "linear"),
        (LinearRegression(positive=True), "linear"),
        (Ridge(3, solver="cholesky"), "ridge"),
        (Lasso(0.1), "lasso"),
        (ElasticNet(0.1, l1_ratio=0.3), "elasticnet"),
        (LassoCV(eps=0.01, alphas=20, cv=4), "lasso_cv"),
        (RidgeCV((0.1, 2.0, 3.0)), "ridge_cv"),
        (LogisticRegressionCV(cv=2, l1_ratios=(0,), use_legacy_attributes=False), "logistic_cv"),
        (MLPClassifier((3, 2), activation="tanh", solver="lbfgs", random_state=2, max_iter=500), "mlp"),
        (MLPRegressor(hidden_layer_sizes=(3,), alpha=0.1, random_state=2, max_iter=400), "mlp_regressor"),
        (SGDClassifier(random_state=0), "sgd"),
        (SGDClassifier(loss="log_loss", penalty="elasticnet", random_state=0, average=10), "sgd"),
        (RandomForestClassifier(7, random_state=0, max_features=None, n_jobs=1), "forest"),
        (RandomForestRegressor(5, random_state=1, max_depth=3), "forest"),
    ],
    ids=str,
)
def test_the_model_fits_to_the_same_bits(model: Any, name: str, tmp_path: Path) -> None:
    numbers = isinstance(model, (LinearRegression, Ridge, Lasso, LassoCV, RidgeCV, RandomForestRegressor))
    y = Z if numbers else Y
    fit = fitted(model, X, y)
    made = recognised(fit)
    assert made is not None
    assert made.model == f"sklearn.{name}"
    assert made.standardize == ("sd_n" if fit.steps else "none")
    assert made.rest == (("the arguments were chosen by GridSearchCV",) if fit.search else ())
    request = FitRequest(
        model=name, settings={}, native=made.native, X_train=fit.X, y_train=y, names=fit.columns,
        evaluation=EvalRows("rows", fit.X, fit.columns), seed=99, task=fit.task,
    )  # fmt: skip
    result = Sklearn(EngineConfig(tmp_path)).fit(request)
    if fit.score is None:
        assert np.array_equal(result.train_labels, fit.labels)
    else:
        assert np.array_equal(result.train_score, fit.score)


@pytest.mark.parametrize(
    "model",
    [RidgeClassifier(), RidgeClassifierCV()],
    ids=lambda model: type(model).__name__,
)
def test_other_classifiers_are_not_taken_for_one_of_ours(model: Any) -> None:
    assert recognised(fitted(model, X, Y)) is None


def test_other_regressors_are_not_taken_for_one_of_ours() -> None:
    assert recognised(fitted(ExtraTreesRegressor(5), X, Z)) is None


def test_several_classes_have_a_column_of_scores_each() -> None:
    fit = fitted(LogisticRegression(), X, np.arange(80) % 3)
    assert fit.score is not None
    assert fit.score.shape == (80, 3)
    assert fit.coefficients is None


def test_what_no_setting_expresses_is_named() -> None:
    weighted = fitted(LogisticRegression(class_weight={0: 1, 1: 4}), X, Y, np.arange(80) % 2 + 1.0)
    made = recognised(weighted)
    assert made is not None
    assert made.rest == ("class_weight={'0': 1, '1': 4}", "sample_weight")


@pytest.mark.parametrize(
    ("target", "classes"),
    [
        (np.where(Y == 1, "yes", "no"), ("no", "yes")),
        (Y.astype(bool), ("False", "True")),
        (Y.astype(float), ("0", "1")),
        (pd.Series(Y + 1, index=np.arange(80) + 5), ("1", "2")),
    ],
)
def test_classes_as_they_are_spelled(target: Any, classes: tuple[str, ...]) -> None:
    fit = fitted(LogisticRegression(), X, target)
    assert fit.classes == classes
    assert np.array_equal(fit.y, Y)
    assert fit.score is not None
    assert fit.labels is not None
    assert np.array_equal(fit.labels, fit.score > 0.5)
    assert fit.rows[:1] == (("5",) if isinstance(target, pd.Series) else ())


def test_a_column_as_target_and_two_columns() -> None:
    assert fitted(Ridge(), X, Z[:, None]).y.shape == (80,)
    with pytest.raises(Unrecordable, match="has 2 targets"):
        fitted(Ridge(), X, np.column_stack([Z, Z]))


def test_text_before_the_steps_and_numbers_after_them() -> None:
    table = pd.DataFrame({"a": X[:, 0], "group": np.where(X[:, 1] > 0, "u", "v")})
    steps = ColumnTransformer([("number", StandardScaler(), ["a"]), ("text", OneHotEncoder(), ["group"])])
    fit = fitted(make_pipeline(steps, LogisticRegression()), table, Y)
    assert fit.raw is None
    assert fit.raw_columns == ("a", "group")
    assert fit.columns == ("number__a", "text__group_u", "text__group_v")
    assert fit.X.shape == (80, 3)


def test_sparse_features_and_missing_ones() -> None:
    assert np.array_equal(fitted(Ridge(), scipy.sparse.csr_matrix(X), Z).X, X)
    holes = X.copy()
    holes[0, 0] = np.nan
    assert np.isnan(fitted(HistGradientBoostingClassifier(max_iter=2), holes, Y).X[0, 0])
    with pytest.raises(Unrecordable, match=r"features of 100,000 x 100,000, more than"):
        fitted(Fits(), scipy.sparse.csr_matrix((100_000, 100_000)), np.zeros(100_000))


class Fits(LinearRegression):
    """Takes any data."""

    def fit(self, X: Any, y: Any) -> Fits:
        self.coef_ = np.zeros(X.shape[1])
        return self


def test_intercept_and_coefficients() -> None:
    model = Ridge(fit_intercept=False).fit(X, Z)
    fit: FittedModel = fitted(model, pd.DataFrame(X, columns=["p", "q", "r"]), Z)
    assert fit.columns == ("p", "q", "r")
    assert fit.intercept == 0.0
    assert np.array_equal(fit.coefficients, model.coef_)
