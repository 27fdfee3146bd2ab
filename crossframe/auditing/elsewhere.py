"""The defaults of another released version, read in a throw-away environment.

A virtual environment is made in a temporary folder, the release installed with the user's own pip
configuration, the capture file of its framework run there, and the environment removed, also after
an error or Ctrl-C. What was read is kept in the user's cache folder, so that it is asked for only once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from crossframe.auditing import throwaway
from crossframe.auditing.drift import Change, diff
from crossframe.auditing.memo import Memo, cache_folder
from crossframe.auditing.snapshot import shown
from crossframe.environment import package_version
from crossframe.environment import requirements as asked_of
from crossframe.errors import EngineMissing, UsageError

Told = Callable[[str], None]
"""Told each stage, in one line."""

_CAPTURE = Path(__file__).resolve().parents[1] / "capture"
_READ_LIMIT = 600.0  # seconds; an H2O server starts in ten
_VARIABLES = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
# TensorFlow has a package without its GPU part, a quarter of the size, for these alone.
_INTEL = platform.machine().lower() in ("x86_64", "amd64") and sys.platform != "darwin"


@dataclass(frozen=True)
class _Package:
    """What can be named: the capture ``file`` that reads it, and the ``room`` it needs, in bytes."""

    file: str
    room: float


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
    def file(self) -> Path:
        """The capture file."""
        return _CAPTURE / f"{_PACKAGES[self.package].file}.py"

    @property
    def room(self) -> float:
        """Bytes the environment needs on the disk, at most."""
        return _PACKAGES[self.package].room

    def requirements(self) -> tuple[str, ...]:
        """Everything pip is asked for: what old releases do not say they need is added."""
        needed = []
        if self.package == "scikit-learn" and self.version < Version("1.4.2"):
            needed.append("numpy<2")  # compiled for NumPy 1, without saying so
        named = {canonicalize_name(Requirement(text).name) for text in self.beside}
        if self.package == "keras" and not named & {"tensorflow", "tensorflow-cpu"}:
            # Keras runs on it here, and Keras 2 is a part of the release of the same number.
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
        raise UsageError(f"'{shown(text)}' is neither a release nor a file", like) from None
    package = canonicalize_name(wanted.name)
    if package not in _PACKAGES:
        raise UsageError.unknown("package", shown(wanted.name), _PACKAGES)
    exact = [s.version for s in wanted.specifier if s.operator == "=="]
    try:
        version = Version(exact[0])
        if len(wanted.specifier) != 1 or any((wanted.url, wanted.extras, wanted.marker)):
            raise InvalidVersion
    except (IndexError, InvalidVersion):
        raise UsageError(f"'{shown(first)}' names no single released version", like) from None
    if any(other.url for other in others):
        raise UsageError(f"'{shown(text)}' names an address", like)
    return Release(package, version, tuple(map(str, others)))


def capture(requirement: str, *, refresh: bool = False, told: Told | None = None) -> dict[str, Any]:
    """The declared defaults of a released version, in the form of `crossframe.capture`.

    Parameters
    ----------
    requirement
        ``scikit-learn==1.4.2``, ``keras==3.5.0``, ``tensorflow-cpu==2.15.1``, ``h2o==3.42.0.4``; see
        `parse`.
    refresh
        Read it again although it is known.
    told
        Hears each stage; by default they go to stderr, a line each.

    Raises
    ------
    UsageError
        For a release that the package index does not have for this Python.
    EngineMissing
        When it cannot be installed or read here: no network, no space, an import that fails.
    """
    release = parse(requirement)
    tell = told or _tell
    kept_as = key(release)
    known = None if refresh else captures().get(kept_as)
    if _well_formed(known):
        tell(f"{release}: its defaults are known already")
        return known
    with _scratch(release) as scratch:
        tell(f"{release}: making a throw-away environment")
        python = throwaway.environment(scratch)
        tell(f"{release}: installing")
        # Only H2O's older releases come as source, with nothing to compile in it.
        throwaway.install(python, release.requirements(), scratch, wheels=release.package != "h2o")
        tell(f"{release}: reading its defaults")
        found = _read(python, release, scratch)
        tell(f"{release}: removing the environment")
    captures().put(kept_as, found)
    return found


def live(requirement: str, *, told: Told | None = None) -> dict[str, Any]:
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
    (told or _tell)(" ".join(f"{n} {v}, as installed: reading its defaults" for n, v in installed.items()))
    with _scratch(release, room=1e7) as scratch:
        return _read(sys.executable, release, scratch)


def against_release(
    requirement: str, *, told: Told | None = None
) -> tuple[dict[str, Any], dict[str, Any], tuple[Change, ...]]:
    """(live capture, the release's capture, what changed from the release to what is installed).

    Only declared values are compared. The model of a `Change` is the framework's name.
    """
    here = live(requirement, told=told)
    there = capture(requirement, told=told)
    return here, there, changes(there, here)


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """What differs between two captures of one framework."""
    return diff(as_snapshot(old, old["framework"]), as_snapshot(new, old["framework"]))


def as_snapshot(captured: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """A capture in the form of a snapshot; all its callables make one model of that ``name``."""
    name = name or captured["framework"]
    values = {
        f"{owner}.{parameter}": {"value": value}
        for owner, one in captured["callables"].items()
        for parameter, value in one["parameters"].items()
    }
    return {"frameworks": {name: captured["versions"]}, "models": {name: values}}


def captures() -> Memo:
    """What was read of other releases before."""
    return Memo(cache_folder() / "captures")


def key(release: Release) -> str:
    """The name under which it is kept; it covers the environment and the code that reads it."""
    material = [
        release.requirements(),
        _VARIABLES,
        platform.python_version(),
        sys.platform,
        platform.machine(),
    ]
    code = _bytes(release.file)
    digest = hashlib.sha256(json.dumps(material).encode() + code).hexdigest()[:16]
    return f"{release.package}-{release.version}-py{sys.version_info.major}.{sys.version_info.minor}-{digest}"


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise EngineMissing(
            f"crossframe is not complete: {file.name} is missing", "install it again"
        ) from error


@contextlib.contextmanager
def _scratch(release: Release, room: float | None = None) -> Iterator[Path]:
    """A temporary folder with enough room; it is gone afterwards, also after Ctrl-C."""
    room = release.room if room is None else room
    another = "free some, or name a folder on another disk in TMPDIR"
    try:
        folder = Path(tempfile.gettempdir())
        free = shutil.disk_usage(folder).free
        if free < room:
            raise EngineMissing(
                f"{release} needs {room / 1e9:.1f} GB in {folder}, where {free / 1e9:.1f} GB are free",
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
    done = throwaway.run([python, "-I", str(release.file)], scratch, variables, _READ_LIMIT)
    start = done.out.find("{\n") if "{\n" in done.out else done.out.find("{")
    try:
        found = json.loads(done.out[max(start, 0) :])
    except ValueError:
        found = None
    if done.code != 0 or not _well_formed(found):
        raise EngineMissing(
            f"{release} cannot be read with Python {platform.python_version()}: {done.ending}",
            "name a release nearer to what is installed",
        )
    return found


def _well_formed(found: Any) -> TypeGuard[dict[str, Any]]:
    if not isinstance(found, dict) or not isinstance(found.get("framework"), str):
        return False
    tables = [found.get("versions"), found.get("callables")]
    return all(isinstance(table, dict) and table for table in tables) and all(
        isinstance(one, dict) and isinstance(one.get("parameters"), dict)
        for one in found["callables"].values()
    )


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
