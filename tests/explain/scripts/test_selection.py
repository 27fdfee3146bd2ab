"""The rule by which a penalty is one of the path of cv.glmnet()."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe.explain.fitted.recipes import by_column
from crossframe.explain.fitted.result import Side
from crossframe.explain.fitted.selection import with_end_of_path, with_rule
from crossframe.frameworks.adopting import plain
from crossframe.frameworks.fitted import FittedModel

X = np.arange(60.0).reshape(30, 2)


def _side(name: str, call: str, **arguments: object) -> Side:
    fit = FittedModel(framework="r", call=call, X=X, columns=("a", "b"), y=X[:, 0], arguments=arguments)
    return Side(name=name, fit=fit)


# Within 0.1 of the least mean error lies the third penalty, within 0.1 times the root of 4 folds the second.
CV = _side(
    "", "cv.glmnet", nfolds=4, **{"cv.lambda": [8, 4, 2, 1]}, cvm=[3, 1.15, 1.05, 1], cvsd=[0.1] * 4
).fit
"""Errors over the folds by penalty."""


@pytest.mark.parametrize(
    ("other", "rule"),
    [(4.0, "within one standard deviation of the least"), (1.0, "lambda.min"), (8.0, ""), (2.0, "")],
)
def test_the_rule_of_either_penalty(other: float, rule: str) -> None:
    left, right = _side("a.R", "glmnet", **{"lambda": 2.0}), _side("b.py", "Lasso", alpha=other)
    note = with_rule(left, [CV, left.fit], right).note
    assert ("(lambda.1se)" in note) is bool(rule)
    assert rule in note
    assert not with_rule(left, [left.fit], right).note


def test_a_number_of_numpy_is_recorded_as_a_number() -> None:
    assert type(plain(np.float64(0.5))) is float


def test_the_end_of_a_path_that_a_script_asks_for_as_a_whole() -> None:
    whole = _side("a.R", "glmnet", s=0.25, **{"s.taken": "end of the path"})
    assert "its end, lambda = 0.25" in with_end_of_path(whole).note
    assert not with_end_of_path(_side("a.R", "glmnet", s=0.25)).note


@pytest.mark.parametrize(
    ("framework", "given", "expected"),
    [
        ("statsmodels", [0.0, 0.1, 0.1], (0.0, 2.0, 2.0)),
        ("statsmodels", 0.1, 2.0),
        ("sklearn", [0.0, 0.1], 2.0),
    ],
)
def test_a_penalty_by_column_stays_one(framework: str, given: object, expected: object) -> None:
    fit = FittedModel(
        framework=framework, call="GLM", X=X, columns=("a", "b"), y=X[:, 0], given={"alpha": given}
    )
    assert by_column(fit, {"alpha": 2.0, "maxiter": 9}) == {"alpha": expected, "maxiter": 9}
