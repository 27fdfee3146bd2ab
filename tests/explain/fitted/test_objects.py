"""Any object that predicts is a fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.explain.fitted.objects import fitted

X = np.arange(12.0).reshape(6, 2)
Y = np.array([0, 1, 0, 1, 1, 0])


class Predicts:
    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def predict(self, X: Any) -> Any:
        np.random.rand()
        return self.values


class Probable(Predicts):
    predict_proba = Predicts.predict


def test_probabilities_of_two_classes_and_of_three() -> None:
    two = fitted(Probable(np.column_stack([1 - Y / 2, Y / 2])), X, np.where(Y == 1, "b", "a"))
    assert (two.call, two.framework, two.classes) == ("Probable", "tests", ("a", "b"))
    assert np.array_equal(two.score, Y / 2)
    three = fitted(Probable(np.full((6, 3), 1 / 3)), X, np.arange(6) % 3)
    assert three.score is not None
    assert three.score.shape == (6, 3)


def test_numbers_labels_and_probabilities_from_predict() -> None:
    numbers = fitted(Predicts(X[:, 0]), X, X[:, 1])
    assert (numbers.classes, numbers.labels) == ((), None)
    labels = fitted(Predicts(Y), X, Y)
    assert labels.score is None
    assert np.array_equal(labels.labels, Y)
    shares = fitted(Predicts((0.2 + Y / 2)[:, None]), X, Y)
    assert np.array_equal(shares.score, 0.2 + Y / 2)
    assert np.array_equal(shares.labels, Y)


def test_no_random_number_is_taken() -> None:
    np.random.seed(3)
    fitted(Predicts(Y), X, Y)
    assert np.random.rand() == np.random.RandomState(3).rand()


@pytest.mark.parametrize(
    ("model", "X", "says"),
    [
        (object(), X, "has no predict and no predict_proba"),
        (Predicts(Y), [["a"]] * 6, "has features that are no numbers"),
        (Predicts(Y[:5]), X, "has 6 rows, 6 targets and 5 predictions"),
    ],
)
def test_what_is_no_model_is_refused(model: Any, X: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        fitted(model, X, Y)
