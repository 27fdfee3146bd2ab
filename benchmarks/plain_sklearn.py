"""scikit-learn the way Beam's script calls it."""

from __future__ import annotations

import warnings
from typing import Any


def fit_logistic(X: Any, y: Any, Xe: Any, ye: Any, **settings: Any) -> float:
    from sklearn.linear_model import LogisticRegression

    return float(LogisticRegression(**settings).fit(X, y).score(Xe, ye))


def fit_liblinear(X: Any, y: Any, Xe: Any, ye: Any) -> float:
    return fit_logistic(X, y, Xe, ye, C=1e6, solver="liblinear")


def fit_lbfgs(X: Any, y: Any, Xe: Any, ye: Any) -> float:
    return fit_logistic(X, y, Xe, ye, C=1e6)


def fit_mlp(X: Any, y: Any, Xe: Any, ye: Any) -> float:
    from sklearn.neural_network import MLPClassifier

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = MLPClassifier((128, 128), batch_size=32, max_iter=200)
        return float(network.fit(X, y).score(Xe, ye))
