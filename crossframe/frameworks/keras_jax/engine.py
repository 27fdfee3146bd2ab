"""Keras on JAX: the networks of `crossframe.frameworks.keras`, in a process without TensorFlow."""

from __future__ import annotations

import os
from typing import Any, final

import numpy as np

from crossframe.core.types import FloatArray, Target
from crossframe.frameworks.contract import Availability
from crossframe.frameworks.keras.engine import Keras
from crossframe.frameworks.keras.net import Net, Unbuildable
from crossframe.frameworks.keras.run import Runner
from crossframe.frameworks.keras_jax import FRAMEWORK
from crossframe.frameworks.keras_jax.loop import JaxLoop


class _OnJax(Runner):
    def _made(self, model: Any, optimizer: Any, net: Net) -> JaxLoop:
        return JaxLoop(model, optimizer, net)


@final
class KerasJax(Keras):
    """The engine of Keras on JAX, which is that on TensorFlow but for what the library itself does."""

    name = "keras_jax"
    framework = FRAMEWORK

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

    def hand_over(self, X: FloatArray, y: Target) -> tuple[Any, Any]:
        """The training sample as float64 arrays, (n, k) and (n,), which the compiled loop takes."""
        return np.ascontiguousarray(X, np.float64), np.asarray(y, np.float64)

    def _refusals(self) -> tuple[type[Exception], ...]:
        return (Unbuildable,)

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
