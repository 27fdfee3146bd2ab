"""Requests the tests of the Keras engines share."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from crossframe.frameworks.contract import EvalRows, FitRequest, FitResult


def digits_request(model: str, n: int = 20, draw: int = 0, **settings: Any) -> FitRequest:
    """``n`` of scikit-learn's zeros and ones to train on, 100 others to predict."""
    rest = {k: settings.pop(k) for k in ("seed", "columns", "native", "image_shape") if k in settings}
    X, y = load_digits(n_class=2, return_X_y=True)
    rows = np.random.default_rng(draw).permutation(len(y))
    X_eval = np.ascontiguousarray(X[rows[-100:]])
    columns = rest.get("columns") or tuple(range(X.shape[1]))
    names = tuple(f"pixel{j}" for j in range(X.shape[1]))
    return FitRequest(
        model,
        {k.replace("__", "."): v for k, v in settings.items()},
        rest.pop("native", {}),
        np.ascontiguousarray(X[rows[:n]][:, list(columns)]),
        y[rows[:n]].astype(np.int64),
        tuple(names[j] for j in columns),
        EvalRows(hashlib.sha256(X_eval.tobytes()).hexdigest(), X_eval, names),
        **{"image_shape": (8, 8), **rest},
    )


def digest(result: FitResult) -> str:
    """SHA-256 of the scores."""
    assert result.score is not None
    assert result.train_score is not None
    return hashlib.sha256(result.score.tobytes() + result.train_score.tobytes()).hexdigest()
