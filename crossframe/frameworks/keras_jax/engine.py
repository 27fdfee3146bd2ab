"""Keras on JAX: the networks of `crossframe.frameworks.keras`, in a process without TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from time import perf_counter
from typing import Any, final

import numpy as np

from crossframe.core.types import FloatArray, Target
from crossframe.frameworks.contract import (
    Availability,
    Coefficients,
    Declared,
    EngineConfig,
    FitRequest,
    FitResult,
    Status,
)
from crossframe.frameworks.keras import net as keras_net
from crossframe.frameworks.keras import report as keras_report
from crossframe.frameworks.keras._model import KerasModel
from crossframe.frameworks.keras.run import Runner
from crossframe.frameworks.keras_jax import FRAMEWORK
from crossframe.frameworks.keras_jax.loop import JaxLoop


class _OnJax(Runner):
    def _made(self, model: Any, optimizer: Any, net: keras_net.Net) -> JaxLoop:
        return JaxLoop(model, optimizer, net)


@final
class KerasJax:
    """The engine of Keras on JAX; each of its models is a `crossframe.frameworks.keras._model.KerasModel`."""

    name = "keras_jax"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._runner: Runner | None = None

    def probe(self) -> Availability:
        """Import JAX and Keras; their versions, the devices and the number of threads."""
        try:
            self._started()
        except ImportError as error:
            return Availability(
                False,
                reason=f"Keras on JAX cannot be imported: {error}",
                remedy="python -m pip install jax keras",
            )
        import jax
        import keras

        versions = {"jax": jax.__version__, "keras": keras.__version__, "numpy": np.__version__}
        devices = ", ".join(sorted({device.platform for device in jax.devices()}))
        threads = str(self._config.threads or "automatic")
        return Availability(True, versions | {"devices": devices, "threads": threads})

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """Model name -> the canonical settings it can express."""
        models = FRAMEWORK.all_models()
        return {m.short: tuple(dict.fromkeys(b.setting for b in m.bindings)) for m in models}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """Keras's own defaults, which are the same on every library."""
        self._started()
        return keras_net.declared(f"{self.name}.{model}")

    def fit(self, request: FitRequest) -> FitResult:
        """Train and predict, see `Engine.fit`. A network that cannot be built is refused."""
        runner = self._started()
        with keras_report.messages() as evidence:
            try:
                result = self._fit(runner, request)
            except keras_net.Unbuildable as error:
                result = FitResult(Status.REFUSED, evidence=(str(error),))
        return replace(result, evidence=(*result.evidence, *evidence()))

    def close(self) -> None:
        """Drop all compiled loops."""
        self._runner = None

    def hand_over(self, X: FloatArray, y: Target) -> tuple[Any, Any]:
        """The training sample as float64 arrays, (n, k) and (n,), which the compiled loop takes."""
        return np.ascontiguousarray(X, np.float64), np.asarray(y, np.float64)

    def _started(self) -> Runner:
        if self._runner is None:
            os.environ["KERAS_BACKEND"] = "jax"
            if self._config.threads == 1:
                flags = os.environ.get("XLA_FLAGS", "")
                os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()
            import jax  # noqa: F401
            import keras  # noqa: F401

            self._runner = _OnJax()
        return self._runner

    def _fit(self, runner: Runner, request: FitRequest) -> FitResult:
        model = FRAMEWORK.model(request.model)
        assert isinstance(model, KerasModel)
        net = keras_net.resolve(model, request)
        began = perf_counter()
        X, y = self.hand_over(request.X_train, request.y_train)
        X_eval = np.ascontiguousarray(request.X_eval, np.float64)
        sent = perf_counter()

        def build() -> tuple[Any, Any]:
            with keras_net.unbuildable():
                network = keras_net.build(model, net, len(request.names), request.image_shape)
                return network, keras_net.optimizer(net)

        done = runner.run(net, request.image_shape, build, X, y, X_eval, request.seed)
        done.timings["transfer"] = sent - began
        linear = Coefficients(done.intercept, done.slopes) if done.slopes is not None else None
        return keras_report.result(
            model, len(y), done.score, done.train_score, asdict(done), request.task, coefficients=linear
        )
