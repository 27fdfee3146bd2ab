"""The engine of the models that need no framework."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import final

import numpy as np

from crossframe.core.types import FloatArray, IntArray, Value, as_float, fingerprint
from crossframe.frameworks.contract import (
    Availability,
    Declared,
    EngineConfig,
    FitRequest,
    FitResult,
)
from crossframe.frameworks.reference import FRAMEWORK
from crossframe.frameworks.reference._model import ReferenceModel


@final
class Reference:
    """The engine ``reference``; each of its models is a `ReferenceModel`."""

    name = "reference"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config

    def probe(self) -> Availability:
        """Always available, because NumPy alone is needed."""
        return Availability(True, {"numpy": np.__version__})

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """Model name -> the canonical settings it can express."""
        return {m.short: tuple(b.setting for b in m.bindings) for m in FRAMEWORK.all_models()}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """The default of every setting, which is the ``passed`` of the model."""
        source = "crossframe.frameworks.reference.engine"
        return tuple(Declared(k, v, source, model) for k, v in FRAMEWORK.model(model).passed.items())

    def fit(self, request: FitRequest) -> FitResult:
        """Fit, predict and label, see `Engine.fit` and the ``fit`` of each model."""
        begin = time.perf_counter()
        model = FRAMEWORK.model(request.model)
        assert isinstance(model, ReferenceModel)
        n = request.size
        given = model.for_task(request.settings, request.native, request.task, request.classes)
        native = {**model.passed, **model.to_native(request.settings, given, n)}
        fields = model.fit(request, native)
        if not fields["status"].usable:
            return FitResult(**fields)
        if request.task == "classes" and request.classes > 2:
            likeliest = ("score", "labels"), ("train_score", "train_labels")
            fields |= {labels: fields[score].argmax(axis=1) for score, labels in likeliest}
        elif request.task == "classes":
            threshold, label = _labelled_by(
                native.get(model.label_rule, 0.5), fields["train_score"], request.y_train
            )
            fields |= {
                "labels": label(fields["score"]),
                "train_labels": label(fields["train_score"]),
                "threshold": threshold,
            }
        return FitResult(
            **fields,
            effective=native,
            canonical=model.to_canonical(native, n),
            inert=model.inactive(native),
            fingerprint=fingerprint(request.X_train, request.y_train, request.weights, request.offset),
            timings={"fit": time.perf_counter() - begin},
        )

    def close(self) -> None:
        """Do nothing, because no resource is kept after a fit."""


def _labelled_by(
    rule: Value, train_score: FloatArray, y: IntArray
) -> tuple[float, Callable[[FloatArray], IntArray]]:
    """The threshold of a ``decision.threshold``, and the function from scores to labels.

    A score equal to the threshold is labelled 1 for ``f1_optimal``, else 0, as by a softmax pair.
    """
    if rule == "f1_optimal":
        from crossframe.core.statistics import best_f1

        threshold = best_f1(train_score, y)[0]
        return threshold, lambda score: (score >= threshold).astype(np.int64)
    number = 0.5 if rule == "argmax" else as_float(rule)
    return number, lambda score: (score > number).astype(np.int64)
