"""Rules that need no framework: what a person would guess without data."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import final

import numpy as np

from crossframe.engines.base import (
    Availability,
    Declared,
    EngineConfig,
    FitRequest,
    FitResult,
    FloatArray,
    Status,
    fingerprint,
)
from crossframe.settings import BINDINGS, to_canonical, to_native


@final
class Reference:
    """The data-free rules; nothing is learned, so the training rows are not looked at."""

    name = "reference"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config

    def probe(self) -> Availability:
        """Always there."""
        return Availability(True, {"numpy": np.__version__})

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """See `Engine`."""
        return {"centre": tuple(b.setting for b in BINDINGS["reference.centre"])}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """See `Engine`."""
        return (Declared("threshold", 0.5, "crossframe.engines.reference"),)

    def fit(self, request: FitRequest) -> FitResult:
        """``centre``: class 1 where the centre pixel is above ``threshold``.

        The centre pixel is (height // 2, width // 2) counted from 0: (14, 14) of a 28 x 28 image.
        The threshold is in the pixels' own units. Rule: Beam 2017, "centre pixel black -> 1".
        """
        begin = time.perf_counter()
        native = {"threshold": 0.5} | to_native(
            "reference.centre", request.settings, request.native, len(request.y_train)
        )
        if request.image_shape is None:
            return FitResult(Status.CANNOT_EXPRESS, evidence=("the centre pixel needs images",))
        height, width = request.image_shape
        centre = (height // 2) * width + width // 2
        threshold = float(native["threshold"])  # type: ignore[arg-type]

        def predict(X: FloatArray) -> FloatArray:
            return np.ascontiguousarray(X[:, centre])

        score, train_score = predict(request.X_eval), predict(request.X_train)
        return FitResult(
            Status.CONVERGED,
            score=score,
            labels=(score > threshold).astype(np.int64),
            train_score=train_score,
            train_labels=(train_score > threshold).astype(np.int64),
            is_probability=False,
            threshold=threshold,
            effective=native,
            canonical=to_canonical("reference.centre", native, len(request.y_train)),
            convergence=f"nothing to fit: pixel {centre} > {threshold:g}",
            fingerprint=fingerprint(request.X_train, request.y_train),
            timings={"fit": time.perf_counter() - begin},
        )

    def close(self) -> None:
        """Nothing to release."""
