"""PyTorch on the processor: fits the networks that the modules of ``models`` describe."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any, final

import numpy as np

from crossframe.core.types import FloatArray, as_float, fingerprint
from crossframe.frameworks.contract import (
    Availability,
    Declared,
    EngineConfig,
    FitRequest,
    FitResult,
    Status,
    labels_of,
)
from crossframe.frameworks.keras.run import scaling
from crossframe.frameworks.model import Model
from crossframe.frameworks.torch import FRAMEWORK
from crossframe.frameworks.torch.capture import capture
from crossframe.frameworks.torch.network import Net, Perceptron


@final
class Torch:
    """The engine of PyTorch, which runs in this process, with deterministic operations."""

    name = "torch"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._started = False

    def probe(self) -> Availability:
        """Import PyTorch; its version, and the threads of its operations."""
        try:
            self._start()
        except ImportError as error:
            return Availability(False, reason=str(error), remedy="pip install torch")
        import torch

        return Availability(
            True, {"torch": str(torch.__version__), "threads": str(self._config.threads or "automatic")}
        )

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """Model name -> the canonical settings it can express."""
        models = FRAMEWORK.all_models()
        return {m.short: tuple(dict.fromkeys(b.setting for b in m.bindings)) for m in models}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """The signatures of what a network is made of and trained with."""
        callables = capture(list(FRAMEWORK.model(model).callables))["callables"]
        return tuple(
            Declared(name, value, read["call"], owner)
            for owner, read in callables.items()
            for name, value in read["parameters"].items()
        )

    def fit(self, request: FitRequest) -> FitResult:
        """Train and predict, see `Engine.fit`; an option that PyTorch refuses is a status."""
        self._start()
        model = FRAMEWORK.model(request.model)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = _fit(model, request)
        messages = tuple(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught))
        return replace(result, evidence=(*result.evidence, *messages))

    def close(self) -> None:
        """Do nothing, because no resource is kept after a fit."""

    def _start(self) -> None:
        if self._started:
            return
        import torch

        if self._config.threads is not None:
            torch.set_num_threads(self._config.threads)
        torch.use_deterministic_algorithms(True)
        self._started = True


def _fit(model: Model, request: FitRequest) -> FitResult:
    import torch

    n, net = len(request.y_train), _resolve(model, request)
    clock = [perf_counter()]
    X, y, X_eval = (torch.from_numpy(np.array(part, np.float64)) for part in _arrays(request))
    clock.append(perf_counter())
    received = fingerprint(X.numpy(), y.numpy().astype(request.y_train.dtype))
    shift, unit = scaling(request.X_train, str(net["scaling"]))
    clock.append(perf_counter())
    try:
        network = Perceptron(net, X.shape[1], request.seed)
    except (ValueError, TypeError) as error:
        why = f"{type(error).__name__}: {error}"
        return FitResult(Status.REFUSED, evidence=(why,), fingerprint=received)
    X, X_eval = (X - shift) / unit, (X_eval - shift) / unit
    network.train(X, y, request.seed)
    clock.append(perf_counter())
    score, train_score = network.predict(X_eval), network.predict(X)
    clock.append(perf_counter())
    effective = network.effective()
    answer: dict[str, Any] = {
        "status": Status.DIVERGED,
        "convergence": "weights or predictions are not finite",
    }
    if network.finite and np.isfinite(score).all() and np.isfinite(train_score).all():
        answer = {
            "status": Status.COMPLETED,
            "convergence": "no stopping rule: every epoch was run",
            "score": score,
            "train_score": train_score,
            "is_probability": net["head"] != "linear1",
            "epochs": as_float(net["epochs"]),
        }
        if request.task == "classes":
            answer |= {"labels": labels_of(score), "train_labels": labels_of(train_score), "threshold": 0.5}
    return FitResult(
        **answer,
        effective=effective,
        canonical=model.to_canonical(effective, n),
        inert=model.inactive(effective),
        updates=network.updates,
        epochs_asked=as_float(net["epochs"]),
        fingerprint=received,
        initial_weights=network.initial_weights,
        timings=dict(zip(("transfer", "verify", "fit", "predict"), np.diff(clock).tolist(), strict=True)),
    )


def _resolve(model: Model, request: FitRequest) -> Net:
    """All native settings for a request: those of the request, else those that crossframe passes.

    What is absent has PyTorch's default. Raises `UsageError` for what the model cannot express.
    """
    given = model.for_task(request.settings, request.native, request.task, request.classes)
    wanted = model.to_native(request.settings, given, len(request.y_train))
    return dict(model.passed) | {name: value for name, value in wanted.items() if value is not None}


def _arrays(request: FitRequest) -> tuple[FloatArray, FloatArray, FloatArray]:
    return request.X_train, request.y_train, request.X_eval
