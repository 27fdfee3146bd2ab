"""OneVsRestClassifier of LogisticRegression: a logistic regression of each class against all others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray, Target, Value
from crossframe.frameworks.sklearn._model import solved
from crossframe.frameworks.sklearn.models.logistic import MODEL as LOGISTIC


def _prepared(estimator: Any, arguments: dict[str, Value]) -> tuple[Any, dict[str, Value]]:
    """A class whose parameters are those of the regression that it makes of each class."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    class OneVsRest(LogisticRegression):  # type: ignore[misc]
        def fit(self, X: FloatArray, y: Target, sample_weight: FloatArray | None = None) -> Any:
            self.each_ = OneVsRestClassifier(LogisticRegression(**self.get_params()))
            self.each_.fit(X, y)
            self.classes_ = self.each_.classes_
            self.n_iter_ = np.array([np.max(one.n_iter_) for one in self.each_.estimators_])
            if len(self.classes_) == 2:
                # Two classes make one problem.
                (one,) = self.each_.estimators_
                self.coef_, self.intercept_ = one.coef_, one.intercept_
            return self

        def predict(self, X: FloatArray) -> Any:
            return self.each_.predict(X)

        def predict_proba(self, X: FloatArray) -> Any:
            return self.each_.predict_proba(X)

    return OneVsRest, arguments


def _describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    if len(estimator.classes_) == 2:
        return dict(LOGISTIC.describe(estimator, X, y, gave_up))
    done = int(np.max(estimator.n_iter_))
    status, message = solved(estimator.solver, done, int(estimator.max_iter), gave_up)
    return {"status": status, "iterations": done, "convergence": message}


MODEL = replace(
    LOGISTIC,
    name="sklearn.ovr",
    title="OneVsRestClassifier",
    order=11,
    by_row=frozenset(),
    of_several={"class.scheme": "one_vs_rest"},
    prepared=_prepared,
    describe=_describe,
    program=None,
)
