"""The registered frameworks, built in or of another package, and what of them is installed.

The versions go into the key of every stored result, so a fully stored command must learn them without
waiting for R, a JVM or TensorFlow: package metadata, R's DESCRIPTION files and Java's ``release`` file
say the same as the running framework.
"""

from __future__ import annotations

import functools
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from crossframe.core.environment import importable, installing, package_version
from crossframe.core.errors import EngineMissing, UsageError
from crossframe.frameworks.framework import Framework

if TYPE_CHECKING:
    # They need NumPy; the frameworks themselves are known without it.
    from crossframe.frameworks.contract import Availability
    from crossframe.frameworks.model import Model

GROUP = "crossframe.frameworks"
"""The entry-point group: ``name = "module:FRAMEWORK"``."""


@functools.cache
def frameworks() -> dict[str, Framework]:
    """Every registered framework by name, in the order of tables."""
    loaded: list[Framework] = [entry.load() for entry in entry_points(group=GROUP)]
    return {f.name: f for f in sorted(loaded, key=lambda f: (f.order, f.name))}


def framework(name: str) -> Framework:
    """The framework of that name; an unknown one is a `UsageError`."""
    known = frameworks()
    if name not in known:
        raise UsageError.unknown("framework", name, known)
    return known[name]


@functools.cache
def models() -> dict[str, Model]:
    """Every model by ``framework.model``, in the order of tables."""
    return {m.name: m for f in frameworks().values() for m in f.all_models()}


def model(name: str) -> Model:
    """The model of that name; an unknown one is a `UsageError`."""
    known = models()
    if name not in known:
        raise UsageError.unknown("model", name, known)
    return known[name]


def versions(name: str) -> dict[str, str]:
    """The versions that can change a number of a framework; what is absent is left out.

    Python's own is among them to the minor version: its ``sum`` of floats changed with 3.12. Raises
    `UsageError` for a framework that is not registered.
    """
    f = framework(name)
    listed = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    listed |= {package: package_version(package) for package in ("numpy", *f.packages)}
    listed |= f.versions()
    return {package: version for package, version in listed.items() if version}


def available(name: str) -> Availability:
    """Whether a framework has all it needs, judged by the files alone; nothing is started.

    Raises `UsageError` for a framework that is not registered.
    """
    from crossframe.frameworks.contract import Availability

    f = framework(name)
    lacking = [missing] if (missing := f.missing()) is not None else []
    for module in f.modules:
        if not importable(module):
            lacking.append((f"the Python module {module} is not installed", installing(*f.packages)))
            break
    reasons, remedies = zip(*lacking, strict=True) if lacking else ((), ())
    return Availability(not lacking, versions(name), "; ".join(reasons), "; ".join(remedies))


def require(name: str, there: Availability | None = None) -> None:
    """Raise `EngineMissing`, with the remedy, for a framework that cannot run.

    ``there`` is what its start has shown; None: judged by the files alone, see `available`.
    """
    there = there or available(name)
    if not there.available:
        raise EngineMissing(f"{name} cannot run: {there.reason}", f"remedy: {there.remedy}")
