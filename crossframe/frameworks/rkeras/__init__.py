"""Keras from R: the models of Keras, built and trained by R through reticulate."""

from __future__ import annotations

from crossframe.core import environment
from crossframe.frameworks.framework import Framework
from crossframe.frameworks.keras.runtime import device
from crossframe.frameworks.r import runtime


def _missing() -> tuple[str, str] | None:
    home = runtime.home()
    if home is None:
        return "R is not on the PATH and R_HOME is not set", environment.install("R")
    if not runtime.package_version("reticulate", home):
        return "R has no package reticulate", environment.install("reticulate")
    if runtime.rscript(home) is None:
        return f"there is no Rscript in {home}", environment.install("R")
    return None


def _versions() -> dict[str, str]:
    home = runtime.home()
    if home is None:
        return device()
    return {
        "R": runtime.package_version("base", home),
        "R.blas": runtime.blas(home),
        "R.reticulate": runtime.package_version("reticulate", home),
        **device(),
    }


FRAMEWORK = Framework(
    name="rkeras",
    title="Keras from R",
    engine=f"{__name__}.engine:RKeras",
    models=f"{__name__}.models",
    order=50,
    packages=("tensorflow", "keras"),
    modules=("tensorflow", "keras"),
    missing=_missing,
    versions=_versions,
    start_seconds=10.0,
    arithmetic="keras",
    colour=3,
    capture="crossframe.frameworks.keras.capture",
    scripts=("keras.R",),
)
