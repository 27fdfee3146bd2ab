"""Keras on JAX: the layers, losses and optimizers of Keras with the arithmetic of another library."""

from __future__ import annotations

import os

from crossframe.frameworks.framework import Framework

_JAX_READS = ("JAX_PLATFORMS", "JAX_DEFAULT_MATMUL_PRECISION", "XLA_FLAGS")


def _versions() -> dict[str, str]:
    return {name: os.environ[name] for name in _JAX_READS if os.environ.get(name)}


FRAMEWORK = Framework(
    name="keras_jax",
    title="Keras on JAX",
    engine=f"{__name__}.engine:KerasJax",
    models=f"{__name__}.models",
    order=42,
    packages=("jax", "jaxlib", "keras"),
    modules=("jax", "keras"),
    versions=_versions,
    start_code='import jax, keras\nprint("jax " + jax.__version__ + ", keras " + keras.__version__)\n',
    start_seconds=3.0,
    colour=4,
    capture="crossframe.frameworks.keras.capture",
)
