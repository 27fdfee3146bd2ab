"""H2O-3: linear models, deep learning and trees, in a server of crossframe's own or on a user's cluster."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from crossframe.frameworks.framework import Check, Framework
from crossframe.frameworks.h2o.cluster import address
from crossframe.frameworks.h2o.runtime import missing, versions


def _checks() -> Iterator[Check]:
    # By name: a check is no part of a fit, so that its code must not be in the key of one.
    checks: Iterator[Check] = import_module(f"{__name__}.checks").checks()
    return checks


FRAMEWORK = Framework(
    name="h2o",
    title="H2O",
    engine=f"{__name__}.engine:H2O",
    models=f"{__name__}.models",
    order=30,
    packages=("h2o",),
    modules=("h2o",),
    missing=missing,
    versions=versions,
    checks=_checks,
    address=address,
    start_seconds=8.0,
    all_cores=True,
    colour=1,
    capture=f"{__name__}.capture",
    adopt=f"{__name__}.adopt",
    learning_rates=f"{__name__}.learning_rates:H2ORates",
)
