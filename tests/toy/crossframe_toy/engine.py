"""The engine: trains, predicts, and reports what it did."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import fingerprint
from crossframe.frameworks.contract import (
    Availability,
    Coefficients,
    Declared,
    EngineConfig,
    FitRequest,
    FitResult,
    Status,
)
from crossframe_toy import FRAMEWORK

Array = NDArray[np.float64]


def least_squares(X: Array, y: Array, alpha: float = 0.0, intercept: bool = True) -> tuple[float, Array]:
    """The framework itself: the intercept, and the coefficients that minimise |y - X b|^2 + alpha |b|^2."""
    centre, level = (X.mean(axis=0), y.mean()) if intercept else (np.zeros(X.shape[1]), 0.0)
    rows = np.vstack([X - centre, np.sqrt(alpha) * np.eye(X.shape[1])])
    b = np.linalg.lstsq(rows, np.concatenate([y - level, np.zeros(X.shape[1])]), rcond=None)[0]
    return float(level - centre @ b), b


class Mine:
    """NumPy in this process."""

    name = "mine"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config

    def probe(self) -> Availability:
        """It is here whenever this package is."""
        return Availability(True, {"crossframe-toy": "1.0"})

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """See `crossframe.frameworks.contract.Engine`."""
        return {m.short: tuple(b.setting for b in m.bindings) for m in FRAMEWORK.all_models()}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """The signature of `least_squares`."""
        defaults = zip(("alpha", "intercept"), least_squares.__defaults__ or (), strict=True)
        return tuple(Declared(name, value, "signature", "least_squares") for name, value in defaults)

    def fit(self, request: FitRequest) -> FitResult:
        """Least squares on the classes as 0 and 1, or on the numbers."""
        model, n = FRAMEWORK.model(request.model), len(request.y_train)
        given = {"alpha": 0.0, "intercept": True, **model.to_native(request.settings, request.native, n)}
        y = request.y_train.astype(np.float64)
        begin = perf_counter()
        intercept, b = least_squares(request.X_train, y, given["alpha"], given["intercept"])  # type: ignore[arg-type]
        seconds = perf_counter() - begin
        score, train_score = intercept + request.X_eval @ b, intercept + request.X_train @ b
        labelled = request.task == "classes"
        return FitResult(
            Status.CONVERGED,
            score=score,
            labels=(score > 0.5).astype(np.int64) if labelled else None,
            train_score=train_score,
            train_labels=(train_score > 0.5).astype(np.int64) if labelled else None,
            is_probability=False,
            threshold=0.5 if labelled else None,
            coefficients=Coefficients(intercept, b),
            effective=given,
            canonical=model.to_canonical(given, n),
            convergence="solved directly",
            fingerprint=fingerprint(request.X_train, request.y_train),
            timings={"fit": seconds},
        )

    def close(self) -> None:
        """Nothing to release."""
