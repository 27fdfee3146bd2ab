"""From what a network's fit gave to the engine's answer, the same whoever drove it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from crossframe import settings
from crossframe.engines.base import FitResult, FloatArray, IntArray, Status, Value
from crossframe.settings.keras import implied


def result(
    model: str,
    n: int,
    score: FloatArray,
    train_score: FloatArray,
    done: Mapping[str, Any],
    **rest: Any,
) -> FitResult:
    """The answer of ``engine.model``.

    ``done`` holds ``finite``, ``updates``, ``effective``, ``fingerprint`` and ``timings``; ``rest``
    goes into the `FitResult` as it is.
    """
    effective: dict[str, Value] = dict(done["effective"])
    idle = settings.inert(model, effective)
    epochs = effective["epochs"]
    canonical = implied(effective) | settings.to_canonical(model, effective, n)
    if not done["finite"]:
        return FitResult(
            Status.DIVERGED,
            effective=effective,
            canonical=canonical,
            inert=idle,
            updates=done["updates"],
            epochs_asked=_number(epochs),
            convergence="weights or predictions are not finite",
            fingerprint=done["fingerprint"],
            timings=done["timings"],
            **rest,
        )
    return FitResult(
        Status.COMPLETED,
        score=score,
        labels=labels(score),
        train_score=train_score,
        train_labels=labels(train_score),
        threshold=0.5,
        effective=effective,
        canonical=canonical,
        inert=idle,
        updates=done["updates"],
        epochs=max(0.0, _number(epochs) - _number(effective["initial_epoch"])),
        epochs_asked=_number(epochs),
        convergence="no stopping rule: every epoch was run",
        fingerprint=done["fingerprint"],
        timings=done["timings"],
        **rest,
    )


def labels(score: FloatArray) -> IntArray:
    """The label the user gets: 1 where P(class 1) is above one half.

    For a softmax pair this is the argmax, which takes the first of two equal units.
    """
    return (score > 0.5).astype(np.int64)


@contextmanager
def messages() -> Iterator[Callable[[], tuple[str, ...]]]:
    """Collect Python warnings and what TensorFlow logs; yields a function that returns them, each once."""
    lines: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    collector = Collect(logging.WARNING)
    loggers = [logging.getLogger(name) for name in ("tensorflow", "absl", "keras")]
    for logger in loggers:
        logger.addHandler(collector)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield lambda: tuple(
                dict.fromkeys([*lines, *(f"{w.category.__name__}: {w.message}" for w in caught)])
            )
    finally:
        for logger in loggers:
            logger.removeHandler(collector)


def _number(value: Value) -> float:
    assert isinstance(value, (int, float))
    return float(value)
