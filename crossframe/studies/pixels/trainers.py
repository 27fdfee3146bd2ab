"""Every pixel by itself, for one pair of digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.data import load
from crossframe.data.types import Dataset
from crossframe.studies.split import HOLDOUT
from crossframe.studies.training import Outcome


def every_pixel(*, dataset: str, digits: list[int], seed: int, data_dir: str | None) -> Outcome:
    """AUC and best cut of every pixel on the training rows, and how the best ones do on the others.

    Returns
    -------
    fields
        ``by_accuracy`` and ``by_auc``: the pixel that is best on the training rows by either, its
        cut, its accuracy on training and test rows, its AUC on the test rows; ``stump``: the same of
        scikit-learn's decision tree of depth 1, which splits by Gini impurity; ``tested``: number of
        test rows, ``ones`` of them of the second digit.
    arrays
        ``auc`` (p,): larger of the area under the ROC curve and 1 minus it. ``accuracy`` (p,).
    """
    data = load(dataset, data_dir=data_dir, digits=(digits[0], digits[1]))
    draw = HOLDOUT.draw(data, None, 0, seed)
    X, y = data.X[draw.train], data.y[draw.train]
    auc, accuracy, cut, sign = (np.empty(X.shape[1]) for _ in range(4))
    for j in range(X.shape[1]):
        auc[j], accuracy[j], cut[j], sign[j] = _pixel(X[:, j], y)
    y_test = data.y[draw.evaluate]
    fields: dict[str, Any] = {
        "tested": len(y_test), "ones": int(y_test.sum()), "trained": len(draw.train)
    }  # fmt: skip
    for name, score in (("by_accuracy", accuracy), ("by_auc", np.maximum(auc, 1 - auc))):
        j = int(np.argmax(score))
        fields[name] = _judged(data, draw.evaluate, j, float(cut[j]), float(sign[j]), float(accuracy[j]))
        # A pixel that is darker for the second digit tells as much: the way round is that of training.
        ranked = _pixel(data.X[draw.evaluate, j], y_test)[0]
        fields[name]["auc"] = ranked if auc[j] >= 0.5 else 1 - ranked
    fields["stump"] = _stump(X, y, data.X[draw.evaluate], data.y[draw.evaluate])
    return fields, {"auc": np.maximum(auc, 1 - auc), "accuracy": accuracy}


def _pixel(x: FloatArray, y: IntArray) -> tuple[float, float, float, float]:
    """AUC, best accuracy, its cut (a value above which a row is of one class), and which: +1 or -1."""
    values, inverse = np.unique(x, return_inverse=True)
    ones = np.bincount(inverse, weights=y, minlength=len(values))
    zeros = np.bincount(inverse, minlength=len(values)) - ones
    # Mann-Whitney: a pair of equal values counts one half.
    below = np.concatenate([[0.0], np.cumsum(zeros)[:-1]])
    auc = float(np.sum(ones * (below + zeros / 2)) / (ones.sum() * zeros.sum()))
    # Rows right when the ones lie above values[i], for every i, and none above the last.
    right = np.cumsum(zeros) + ones.sum() - np.cumsum(ones)
    high, low = int(np.argmax(right)), int(np.argmin(right))
    n = len(y)
    if right[high] >= n - right[low]:
        return auc, float(right[high]) / n, float(values[high]), 1.0
    return auc, 1 - float(right[low]) / n, float(values[low]), -1.0


def _judged(
    data: Dataset, rows: IntArray, j: int, cut: float, sign: float, trained: float
) -> dict[str, float | int]:
    labels = (data.X[rows, j] > cut) == (sign > 0)
    return {
        "pixel": j,
        "cut": cut,
        "sign": sign,
        "train_accuracy": trained,
        "accuracy": float(np.mean(labels == data.y[rows])),
    }


def _stump(X: FloatArray, y: IntArray, X_test: FloatArray, y_test: IntArray) -> dict[str, float | int]:
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y)
    return {
        "pixel": int(tree.tree_.feature[0]),
        "cut": float(tree.tree_.threshold[0]),
        "train_accuracy": float(tree.score(X, y)),
        "accuracy": float(tree.score(X_test, y_test)),
    }
