"""Which objective a fit's predictions are the optimum of, with weights of rows and of classes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from crossframe.explain.fitted import objective, objects, sides
from crossframe.explain.fitted.ladder import ladder
from crossframe.explain.fitted.result import Side
from crossframe.explain.fitted.rungs import Rung

_RNG = np.random.default_rng(4)
N = 120
X = _RNG.normal(size=(N, 4))
Y = (X[:, 0] + _RNG.normal(size=N) > 0).astype(float)
WEIGHTS = 1.0 + 4 * Y
TIGHT: dict[str, Any] = {"tol": 1e-10, "max_iter": 10_000}


def _side(name: str, model: Any, y: np.ndarray[Any, Any] = Y, **arguments: Any) -> Side:
    fit = objects.fitted(model.fit(X, y, **arguments), X, y, **arguments)
    return Side(name=name, fit=fit, recognised=sides.recognised(fit))


def _asked(left: Side, right: Side) -> Rung:
    known = (sides.ridge(left), sides.ridge(right))
    asked = objective.rung(left.fit, right.fit, ("a", "b"), known)
    assert asked is not None
    return asked


@pytest.mark.parametrize("weight", [{0.0: 1, 1.0: 5}, {1: 5}])
def test_weights_of_classes_are_part_of_the_objective(weight: dict[Any, float]) -> None:
    left, right = (_side("a", LogisticRegression(class_weight=given, **TIGHT)) for given in (weight, None))
    asked = _asked(left, right)
    assert asked.differs
    assert asked.certificate["other_weights"]
    assert not asked.certificate["other_penalty"]
    assert max(asked.certificate["left_over"]) < 1e-6
    by_row = _side("b", LogisticRegression(**TIGHT), sample_weight=WEIGHTS)
    assert not ladder(left.fit, by_row.fit, ("a", "b"))["weights"].differs
    assert not _asked(left, by_row).differs
    unknown = replace(left.fit, arguments={**left.fit.arguments, "class_weight": "{0: 1, 1: ..."})
    assert objective.objective(unknown, sides.ridge(left)) is None


def test_a_penalty_beside_weights_is_that_of_their_sum() -> None:
    by_row = _side("a", LogisticRegression(C=0.5, **TIGHT), sample_weight=WEIGHTS)
    for known in (sides.ridge(by_row), None):
        made = objective.objective(by_row.fit, known)
        assert made is not None
        assert made.strength == pytest.approx(2 / WEIGHTS.sum(), rel=1e-5)
        assert made.left_over < 1e-6
        assert "C=0.5 of LogisticRegression" in made.words(float(WEIGHTS.sum()))
    ridge = _side("a", Ridge(alpha=3.0), X @ [1.0, 2.0, 0.0, -1.0] + Y, sample_weight=WEIGHTS)
    assert sides.ridge(ridge) == pytest.approx(3 / WEIGHTS.sum())


def test_a_penalty_too_small_to_act_is_no_difference() -> None:
    three = Y + (X[:, 1] > 0.5)
    left = _side("a", LogisticRegression(C=1e8, **TIGHT), three)
    right = _side("b", LogisticRegression(C=np.inf, **TIGHT), three)
    assert sides.ridge(left) != sides.ridge(right) == 0
    assert not _asked(left, right).differs
    weak = _asked(_side("a", LogisticRegression(C=1e3, **TIGHT), three), right)
    assert weak.differs
    assert weak.certificate["other_penalty"]
