"""The engine's answer from the outcome of a network's fit, in Python or R."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from crossframe.core.types import FloatArray, Task, Value, as_float
from crossframe.frameworks.contract import FitResult, Status, labels_of, warning_texts
from crossframe.frameworks.keras.layers import LINEAR
from crossframe.frameworks.model import Model


def result(
    model: Model,
    n: int,
    score: FloatArray,
    train_score: FloatArray,
    done: Mapping[str, Any],
    task: Task,
    **rest: Any,
) -> FitResult:
    """The answer of a model that was trained on ``n`` rows with a target of ``task``.

    ``done`` holds ``finite``, ``updates``, ``effective``, ``fingerprint``, ``initial_weights`` and
    ``timings``; ``rest`` goes into the `FitResult` as it is.
    """
    effective: dict[str, Value] = dict(done["effective"])
    epochs = as_float(effective["epochs"])
    if done["finite"]:
        rest |= {
            "status": Status.COMPLETED,
            "score": score,
            "train_score": train_score,
            "is_probability": effective.get("head") != LINEAR,
            "epochs": max(0.0, epochs - as_float(effective["initial_epoch"])),
            "convergence": "no stopping rule: every epoch was run",
        }
        if task == "classes":
            rest |= {"labels": labels_of(score), "train_labels": labels_of(train_score)}
            rest |= {"threshold": 0.5 if score.ndim == 1 else None}
    else:
        # A linear network's coefficients stay: they show what diverged.
        rest |= {"status": Status.DIVERGED, "convergence": "weights or predictions are not finite"}
    return FitResult(
        effective=effective,
        canonical=model.to_canonical(effective, n),
        inert=model.inactive(effective),
        updates=done["updates"],
        epochs_asked=epochs,
        fingerprint=done["fingerprint"],
        initial_weights=done["initial_weights"],
        timings=done["timings"],
        **rest,
    )


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
            yield lambda: tuple(dict.fromkeys([*lines, *warning_texts(caught)]))
    finally:
        for logger in loggers:
            logger.removeHandler(collector)
