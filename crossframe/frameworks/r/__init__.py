"""R through rpy2: lm, glm and models of its packages."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from crossframe.core import environment
from crossframe.frameworks.framework import Check, Framework
from crossframe.frameworks.r import runtime


def _missing() -> tuple[str, str] | None:
    if runtime.home() is None:
        return "R is not on the PATH and R_HOME is not set", environment.install("R")
    return None


def _versions() -> dict[str, str]:
    home = runtime.home()
    if home is None:
        return {}
    from crossframe.frameworks.r._model import packages

    own = {f"R.{name}": runtime.package_version(name, home) for name in packages()}
    return {"R": runtime.package_version("base", home), "R.blas": runtime.blas(home), **own}


def _checks() -> Iterator[Check]:
    # By name: a check is no part of a fit, so that its code must not be in the key of one.
    checks: Iterator[Check] = import_module(f"{__name__}.checks").checks()
    return checks


FRAMEWORK = Framework(
    name="r",
    title="R",
    engine=f"{__name__}.engine:R",
    models=f"{__name__}.models",
    order=20,
    packages=("rpy2", "rpy2-rinterface", "rpy2-robjects"),
    modules=("rpy2.rinterface",),
    missing=_missing,
    versions=_versions,
    checks=_checks,
    start_code='import rpy2.rinterface as ri\nri.initr()\nprint(ri.baseenv["R.version.string"][0])\n',
    start_seconds=1.0,
    colour=0,
    capture=f"{__name__}.capture",
    adopt=f"{__name__}.adopt",
    learning_rates=f"{__name__}.learning_rates:RRates",
    scripts=("bridge.R", "formals.R"),
)
