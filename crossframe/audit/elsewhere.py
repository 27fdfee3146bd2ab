"""The defaults of another released version, read in a throw-away environment.

A virtual environment is made in a temporary folder, the release installed with the user's own pip
configuration, the capture file of its framework run there, and the environment removed, also after
an error or Ctrl-C. What was read is kept in the store, so that it is read only once.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeGuard

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from crossframe.audit import throwaway
from crossframe.audit.drift import Change, diff
from crossframe.audit.snapshot import escaped
from crossframe.core.environment import package_version
from crossframe.core.environment import requirements as asked_of
from crossframe.core.errors import EngineMissing, UsageError
from crossframe.experiment.cells import key_of
from crossframe.experiment.keys import code_of
from crossframe.experiment.record import Record
from crossframe.experiment.store import Store, opened
from crossframe.frameworks.framework import Framework
from crossframe.frameworks.registry import framework

OnProgress = Callable[[str], None]
"""Called with each stage, a line of text."""

_READ_LIMIT = 600.0  # seconds; an H2O server starts in ten
_VARIABLES = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
# TensorFlow has a package without its GPU part, a quarter of the size, for these alone.
_INTEL = platform.machine().lower() in ("x86_64", "amd64") and sys.platform != "darwin"


@dataclass(frozen=True)
class _Package:
    """A package that can be named: the framework whose capture reads it, and its disk space in bytes."""

    framework: str
    space: float


_PACKAGES = {
    "scikit-learn": _Package("sklearn", 0.7e9),
    "h2o": _Package("h2o", 1.5e9),
    "keras": _Package("keras", 2.5e9),
    "tensorflow": _Package("keras", 4e9),
    "tensorflow-cpu": _Package("keras", 2.5e9),
}


@dataclass(frozen=True)
class Release:
    """A released version of a framework, and what is pinned beside it.

    Attributes
    ----------
    package, version
        As in ``scikit-learn==1.4.2``.
    beside
        Further requirements for the same environment.
    """

    package: str
    version: Version
    beside: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((f"{self.package}=={self.version}", *self.beside))

    @property
    def framework(self) -> Framework:
        """The registered framework whose capture module reads this package's defaults."""
        return framework(_PACKAGES[self.package].framework)

    @property
    def callables(self) -> tuple[str, ...]:
        """The callables of all models of the framework, whose defaults are read."""
        return tuple(dict.fromkeys(c for m in self.framework.all_models() for c in m.callables))

    @property
    def file(self) -> Path:
        """The capture's file, which runs without crossframe. Raises `EngineMissing` where it is not there."""
        spec = find_spec(self.framework.capture)
        if spec is None or spec.origin is None:
            raise EngineMissing(
                f"crossframe is not complete: {self.framework.capture} is missing", "install it again"
            )
        return Path(spec.origin)

    @property
    def space(self) -> float:
        """Bytes the environment needs on the disk, at most."""
        return _PACKAGES[self.package].space

    def requirements(self) -> tuple[str, ...]:
        """What pip is asked for, including requirements that old releases need and do not declare."""
        needed = []
        if self.package == "scikit-learn" and self.version < Version("1.4.2"):
            needed.append("numpy<2")  # compiled for NumPy 1, without declaring it
        named = {canonicalize_name(Requirement(text).name) for text in self.beside}
        if self.package == "keras" and not named & {"tensorflow", "tensorflow-cpu"}:
            # Keras needs a backend, and Keras 2 is a part of the TensorFlow release of the same number.
            part_of = f"=={self.version.major}.{self.version.minor}.*" if self.version < Version("3") else ""
            needed.append(("tensorflow-cpu" if _INTEL else "tensorflow") + part_of)
        return (f"{self.package}=={self.version}", *self.beside, *needed)


def parse(text: str) -> Release:
    """``package==version``, and after a space further requirements for the same environment.

    Raises
    ------
    UsageError
        For another package, or no exact version.
    """
    first, *beside = text.split() or [""]
    like = "name one release, as scikit-learn==1.4.2"
    try:
        wanted, *others = (Requirement(word) for word in (first, *beside))
    except InvalidRequirement:
        raise UsageError(f"'{escaped(text)}' is neither a release nor a file", like) from None
    package = canonicalize_name(wanted.name)
    if package not in _PACKAGES:
        raise UsageError.unknown("package", escaped(wanted.name), _PACKAGES)
    exact = [s.version for s in wanted.specifier if s.operator == "=="]
    try:
        version = Version(exact[0])
        if len(wanted.specifier) != 1 or any((wanted.url, wanted.extras, wanted.marker)):
            raise InvalidVersion
    except (IndexError, InvalidVersion):
        raise UsageError(f"'{escaped(first)}' names no single released version", like) from None
    if any(other.url for other in others):
        raise UsageError(f"'{escaped(text)}' names an address", like)
    return Release(package, version, tuple(map(str, others)))


def capture(
    requirement: str,
    *,
    refresh: bool = False,
    on_progress: OnProgress | None = None,
    store: Store | str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """The declared defaults of a released version, in the form of the captures of `crossframe.frameworks`.

    Parameters
    ----------
    requirement
        ``scikit-learn==1.4.2``, ``keras==3.5.0``, ``tensorflow-cpu==2.15.1``, ``h2o==3.42.0.4``; see
        `parse`.
    refresh
        Read it again although it is stored.
    on_progress
        Called with each stage; by default they go to stderr, a line each.
    store
        Where it is kept: a `Store`, or the path of its SQLite file.

    Raises
    ------
    UsageError
        For a release that the package index does not have for this Python.
    EngineMissing
        When it cannot be installed or read here: no network, no space, an import that fails.
    """
    release = parse(requirement)
    say = on_progress or _print
    stored_as = key(release)
    with opened(store) as kept:
        record = kept.get(kept.done([stored_as])).get(stored_as)
        known = None if record is None or refresh else record.fields.get("answer")
        if _well_formed(known):
            say(f"{release}: its defaults are stored")
            return known
        with _scratch(release) as scratch:
            say(f"{release}: making a throw-away environment")
            python = throwaway.environment(scratch)
            say(f"{release}: installing")
            # Only older releases of H2O have no wheel; their sources need no compiler.
            throwaway.install(python, release.requirements(), scratch, wheels=release.package != "h2o")
            say(f"{release}: reading its defaults")
            read = _read(python, release, scratch)
            say(f"{release}: removing the environment")
        kept.put(stored_as, Record({"failed": False, "answer": read}))
    return read


def live(requirement: str, *, on_progress: OnProgress | None = None) -> dict[str, Any]:
    """The declared defaults of what is installed here, read by the same file in the same way.

    ``requirement`` names the framework; its version does not matter. Raises `EngineMissing` where the
    framework is not installed or cannot be read.
    """
    release = parse(requirement)
    names = (
        {"tensorflow", "tensorflow-cpu"} if release.package.startswith("tensorflow") else {release.package}
    )
    installed = {name: version for name in sorted(names) if (version := package_version(name))}
    if not installed:
        wanted = " ".join(f"'{name}'" for name in asked_of(release.package))
        raise EngineMissing(
            f"{release.package} is not installed", f"{sys.executable} -m pip install {wanted}"
        )
    (on_progress or _print)(
        " ".join(f"{n} {v}, as installed: reading its defaults" for n, v in installed.items())
    )
    with _scratch(release, space=1e7) as scratch:
        return _read(sys.executable, release, scratch)


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """The changes between two captures of one framework, the older one first."""
    return diff(as_snapshot(old, old["framework"]), as_snapshot(new, old["framework"]))


def as_snapshot(captured: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """A capture in the form of a snapshot; its callables become one model with that ``name``."""
    name = name or captured["framework"]
    values = {
        f"{owner}.{parameter}": {"value": value}
        for owner, one in captured["callables"].items()
        for parameter, value in one["parameters"].items()
    }
    return {"frameworks": {name: captured["versions"]}, "models": {name: values}}


def key(release: Release) -> str:
    """The key under which a capture is stored; it covers the environment and the code that reads it."""
    here = [platform.python_version(), sys.platform, platform.machine()]
    code = code_of([release.framework.capture])
    return key_of(["capture", release.requirements(), release.callables, _VARIABLES, here, code])


@contextlib.contextmanager
def _scratch(release: Release, space: float | None = None) -> Iterator[Path]:
    """A temporary folder with enough space; it is gone afterwards, also after Ctrl-C."""
    space = release.space if space is None else space
    another = "free some, or name a folder on another disk in TMPDIR"
    try:
        folder = Path(tempfile.gettempdir())
        free = shutil.disk_usage(folder).free
        if free < space:
            raise EngineMissing(
                f"{release} needs {space / 1e9:.1f} GB in {folder}, where {free / 1e9:.1f} GB are free",
                another,
            )
        made = tempfile.TemporaryDirectory(prefix="crossframe-", ignore_cleanup_errors=True)
    except OSError as error:
        raise EngineMissing(f"there is no temporary folder: {error}", another) from error
    with made as name:
        (Path(name) / "tmp").mkdir()
        yield Path(name)


def _read(python: str, release: Release, scratch: Path) -> dict[str, Any]:
    variables = {**_VARIABLES, "KERAS_HOME": str(scratch / "keras")}
    done = throwaway.run(
        [python, "-I", str(release.file), *release.callables], scratch, variables, _READ_LIMIT
    )
    start = done.out.find("{\n") if "{\n" in done.out else done.out.find("{")
    try:
        read = json.loads(done.out[max(start, 0) :])
    except ValueError:
        read = None
    if done.code != 0 or not _well_formed(read):
        raise EngineMissing(
            f"{release} cannot be read with Python {platform.python_version()}: {done.ending}",
            "name a release nearer to what is installed",
        )
    return read


def _well_formed(captured: Any) -> TypeGuard[dict[str, Any]]:
    if not isinstance(captured, dict) or not isinstance(captured.get("framework"), str):
        return False
    tables = [captured.get("versions"), captured.get("callables")]
    return all(isinstance(table, dict) and table for table in tables) and all(
        isinstance(one, dict) and isinstance(one.get("parameters"), dict)
        for one in captured["callables"].values()
    )


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
