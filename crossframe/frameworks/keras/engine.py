"""Keras on TensorFlow: logistic regression, Beam's multilayer perceptron and his convolutional net."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from time import perf_counter
from typing import Any

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
from crossframe.frameworks.keras import FRAMEWORK
from crossframe.frameworks.keras import net as keras_net
from crossframe.frameworks.keras import report as keras_report
from crossframe.frameworks.keras._model import KerasModel
from crossframe.frameworks.keras.run import Runner


class Keras:
    """Keras on TensorFlow; each of its models is a `crossframe.frameworks.keras._model.KerasModel`.

    A fit starts as a user's script would: ``keras.utils.set_random_seed(seed)``, then the layers
    are built. A loop that was compiled for an earlier fit is used again, with the weights, optimizer
    and dropout states of a newly built network, so that a request has one answer.
    """

    name = "keras"
    framework = FRAMEWORK

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._runner: Runner | None = None
        self._evaluation: tuple[tuple[Any, ...], Any] = ((), None)

    def probe(self) -> Availability:
        """Import TensorFlow; the versions, devices and number of threads."""
        try:
            self._started()
        except ImportError as error:
            return Availability(
                False,
                reason=f"TensorFlow with Keras cannot be imported: {error}",
                remedy="python -m pip install tensorflow keras",
            )
        threads = self._config.threads
        return Availability(True, keras_net.versions() | {"threads": str(threads or "automatic")})

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """Model name -> the canonical settings it can express."""
        models = self.framework.all_models()
        return {m.short: tuple(dict.fromkeys(b.setting for b in m.bindings)) for m in models}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """Keras's own defaults, the same on every library; crossframe's are the ``passed`` of each model."""
        self._started()
        return keras_net.declared(f"{self.name}.{model}")

    def fit(self, request: FitRequest) -> FitResult:
        """Train and predict, see `Engine.fit`. A network that cannot be built is refused.

        Other errors, such as a lack of memory, are raised: the request does not cause them.
        """
        runner = self._started()
        with keras_report.messages() as evidence:
            try:
                result = self._fit(runner, request)
            except self._refusals() as error:
                result = FitResult(Status.REFUSED, evidence=(str(error),))
        return replace(result, evidence=(*result.evidence, *evidence()))

    def close(self) -> None:
        """Drop all compiled loops; the library itself ends with the process."""
        self._runner = None
        self._evaluation = ((), None)

    def hand_over(self, X: FloatArray, y: Target) -> tuple[Any, Any]:
        """The training sample as float64 tensors, (n, k) and (n,): what TensorFlow receives."""
        import tensorflow as tf

        return tf.constant(X, tf.float64), tf.constant(y, tf.float64)

    def _refusals(self) -> tuple[type[Exception], ...]:
        """The errors by which Keras refuses to build a network, and the library one that is built."""
        import tensorflow as tf

        return keras_net.Unbuildable, tf.errors.InvalidArgumentError, tf.errors.UnimplementedError

    def _started(self) -> Runner:
        if self._runner is None:
            keras_net.start(self._config.threads)
            self._runner = Runner()
        return self._runner

    def _fit(self, runner: Runner, request: FitRequest) -> FitResult:
        model = self.framework.model(request.model)
        assert isinstance(model, KerasModel)
        net = keras_net.resolve(model, request)
        began = perf_counter()
        X, y = self.hand_over(request.X_train, request.y_train)
        X_eval = self._evaluation_rows(request)
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

    def _evaluation_rows(self, request: FitRequest) -> Any:
        """The evaluation rows as the library has them; the last ones are kept, as most fits share them."""
        key = (request.evaluation.key, request.columns)
        if self._evaluation[0] != key:
            X, _ = self.hand_over(np.ascontiguousarray(request.X_eval), np.empty(0))
            self._evaluation = (key, X)
        return self._evaluation[1]
