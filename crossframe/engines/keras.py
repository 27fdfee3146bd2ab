"""Keras on TensorFlow: logistic regression, Beam's multilayer perceptron and his convolutional net."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from time import perf_counter
from typing import Any

import numpy as np

from crossframe.engines import keras_net, keras_report
from crossframe.engines.base import (
    Availability,
    Coefficients,
    Declared,
    EngineConfig,
    FitRequest,
    FitResult,
    FloatArray,
    IntArray,
    Status,
)
from crossframe.engines.keras_run import Runner
from crossframe.settings.keras import BINDINGS


class Keras:
    """The engine ``keras``; models ``logistic``, ``mlp`` and ``cnn``.

    A fit starts as a user's script would: ``keras.utils.set_random_seed(seed)``, then the layers
    are built. What was compiled for an earlier fit is used again, with the weights, optimizer and
    dropout states of a newly built network, so that a request has one answer.
    """

    name = "keras"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._runner: Runner | None = None
        self._evaluation: tuple[tuple[Any, ...], Any] = ((), None)

    def probe(self) -> Availability:
        """Import TensorFlow, and say which, with how many threads."""
        try:
            self._started()
        except ImportError as error:
            return Availability(
                False,
                reason=f"TensorFlow with Keras cannot be imported: {error}",
                mend="python -m pip install tensorflow keras",
            )
        threads = self._config.threads
        return Availability(True, keras_net.versions() | {"threads": str(threads or "automatic")})

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """Model name -> the canonical settings it can express."""
        return {
            model.partition(".")[2]: tuple(dict.fromkeys(b.setting for b in bindings))
            for model, bindings in BINDINGS.items()
            if model.startswith(f"{self.name}.")
        }

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """Keras's own defaults; what crossframe's networks are told is in `crossframe.settings.keras`."""
        self._started()
        return keras_net.declared(f"{self.name}.{model}")

    def fit(self, request: FitRequest) -> FitResult:
        """Train and predict. A network that cannot be built as it was asked for is a status.

        Other errors, such as memory running out, are raised: they say nothing of the request.
        """
        runner = self._started()
        import tensorflow as tf

        with keras_report.messages() as evidence:
            try:
                result = self._fit(runner, request)
            except (
                keras_net.Unbuildable,
                tf.errors.InvalidArgumentError,
                tf.errors.UnimplementedError,
            ) as error:
                result = FitResult(Status.REFUSED, evidence=(str(error),))
        return replace(result, evidence=(*result.evidence, *evidence()))

    def close(self) -> None:
        """Drop everything compiled; TensorFlow itself goes with the process."""
        self._runner = None
        self._evaluation = ((), None)

    def hand_over(self, X: FloatArray, y: IntArray) -> tuple[Any, Any]:
        """The training sample as float64 tensors, (n, k) and (n,): what TensorFlow receives."""
        import tensorflow as tf

        return tf.constant(X, tf.float64), tf.constant(y, tf.float64)

    def _started(self) -> Runner:
        if self._runner is None:
            keras_net.start(self._config.threads)
            self._runner = Runner()
        return self._runner

    def _fit(self, runner: Runner, request: FitRequest) -> FitResult:
        model = f"{self.name}.{request.model}"
        net = keras_net.resolve(model, request)
        began = perf_counter()
        X, y = self.hand_over(request.X_train, request.y_train)
        X_eval = self._evaluation_rows(request)
        handed = perf_counter()

        def build() -> tuple[Any, Any]:
            with keras_net.unbuildable():
                network = keras_net.build(net, len(request.names), request.image_shape)
                return network, keras_net.optimizer(net)

        done = runner.run(net, request.image_shape, build, X, y, X_eval, request.seed)
        done.timings["transfer"] = handed - began
        linear = Coefficients(done.intercept, done.slopes) if done.slopes is not None else None
        return keras_report.result(
            model, len(y), done.score, done.train_score, asdict(done), coefficients=linear
        )

    def _evaluation_rows(self, request: FitRequest) -> Any:
        """The evaluation rows as a float64 tensor; the last ones are kept, as most fits share them."""
        import tensorflow as tf

        key = (request.evaluation.key, request.columns)
        if self._evaluation[0] != key:
            self._evaluation = (key, tf.constant(np.ascontiguousarray(request.X_eval), tf.float64))
        return self._evaluation[1]
