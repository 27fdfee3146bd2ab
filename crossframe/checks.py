"""The single checks of ``crossframe doctor``: each looks at one thing and says how to mend it."""

from __future__ import annotations

import enum
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from crossframe import environment, renv
from crossframe.errors import CrossframeError

PYTHON = (3, 11)
"""The oldest Python that runs crossframe."""

JAVA = (8, 17)
"""The oldest and newest Java on which H2O 3.46 starts (``water.JavaVersionSupport`` in its jar)."""

DISK = 2**30
"""Bytes that should be free where results are stored."""

_TIMEOUT = 120.0
_RPY2 = ("rpy2", "rpy2-rinterface", "rpy2-robjects")


class State(enum.StrEnum):
    """How a check ended. ``FAIL``: an engine cannot run. ``WARN``: all run, but mind this."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what is there, what is wanted, and the command that mends it."""

    name: str
    state: State
    found: str
    wanted: str = ""
    detail: str = ""
    mend: str = ""

    @property
    def ok(self) -> bool:
        """Whether there is nothing to do."""
        return self.state is State.OK

    def as_dict(self) -> dict[str, str | bool]:
        """The record as it stands in the JSON."""
        return {**asdict(self), "state": self.state.value, "ok": self.ok}


def python() -> Iterator[Check]:
    """Whether this Python is new enough."""
    state = State.OK if sys.version_info >= PYTHON else State.FAIL
    found = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, PYTHON)) + " or newer"
    mend = "" if state is State.OK else f"install Python {wanted}, then: make setup PYTHON=python3.12"
    yield Check("Python", state, found, wanted, "", mend)


def packages() -> Iterator[Check]:
    """Every Python package against the range that crossframe's own metadata asks for."""
    try:
        asked = [Requirement(line) for line in requires("crossframe") or ()]
    except PackageNotFoundError:
        mend = f"{environment.pip()} install --no-deps -e ."
        yield Check("crossframe", State.WARN, "not installed", "", "the ranges asked for are not known", mend)
        return
    for requirement in asked:
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        found = environment.package_version(requirement.name)
        fits = bool(found) and requirement.specifier.contains(found, prereleases=True)
        state = State.OK if fits else State.WARN if found else State.FAIL
        plain = f"{requirement.name}{requirement.specifier}"
        mend = "" if fits else f"{environment.pip()} install '{plain}'"
        wanted = str(requirement.specifier)
        yield Check(requirement.name, state, found or "not installed", wanted, "", mend)


def lock_file() -> Iterator[Check]:
    """What is installed against requirements.lock, where the checkout that holds it is."""
    file = renv.path().with_name("requirements.lock")
    if not file.is_file():
        return
    pins = re.findall(r"^([\w.-]+)==(\S+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    differing = [
        f"{name} {found} (locked {pin})"
        for name, pin in pins
        if (found := environment.package_version(name)) and Version(found) != Version(pin)
    ]
    found = f"{len(differing)} of {len(pins)} differ" if differing else f"{len(pins)} versions as locked"
    mend = f"{environment.pip()} install --require-hashes -r {file}" if differing else ""
    state = State.WARN if differing else State.OK
    yield Check("requirements.lock", state, found, "", ", ".join(differing), mend)


def r() -> Iterator[Check]:
    """R, whether the installed rpy2 fits it, and its packages against renv.lock."""
    home = environment.r_home()
    if home is None:
        detail = "neither R_HOME nor the PATH leads to R"
        yield Check("R", State.FAIL, "not found", "4.2 or newer", detail, environment.install("R"))
        return
    found = environment.r_package_version("base", home)
    yield Check("R", State.OK, f"{found}, BLAS {environment.r_blas(home) or 'unknown'}", "", str(home))
    yield _rpy2_fits(found)
    yield from _r_packages(home)


def _rpy2_fits(r_version: str) -> Check:
    parts = {name: environment.package_version(name) for name in _RPY2}
    pins = environment.requirements(*_RPY2)
    wanted = ", ".join(pins)
    found = ", ".join(f"{name} {version or 'missing'}" for name, version in parts.items())
    mend = f"{environment.pip()} install " + " ".join(f"'{pin}'" for pin in pins)
    name = f"rpy2 for R {r_version}"
    if not all(parts.values()):
        return Check(name, State.FAIL, found, wanted, "", mend)
    differing = [p for p in pins if not Requirement(p).specifier.contains(parts[Requirement(p).name])]
    if not differing:
        return Check(name, State.OK, found, wanted)
    newer = any(Version(version) > Version("3.6.5") for version in parts.values())
    if newer and Version(r_version) < Version("4.5"):
        detail = f"this rpy2 needs R_getVar and R_ParentEnv, which R {r_version} does not have"
        return Check(name, State.FAIL, found, wanted, detail, mend)
    return Check(name, State.WARN, found, wanted, "this combination has not been tried", mend)


def _r_packages(home: Path) -> Iterator[Check]:
    file = renv.path()
    rewrite = f"{sys.executable} -m crossframe.renv --write {file}"
    try:
        locked_r, _ = renv.read(file)
        rows = renv.compare(file, home)
    except CrossframeError as error:
        yield Check("renv.lock", State.WARN, "not readable", "", error.message, error.hint)
        return
    found_r = environment.r_package_version("base", home)
    if found_r != locked_r:
        detail = "numbers may differ from the published reports"
        yield Check("R against renv.lock", State.WARN, found_r, locked_r, detail, rewrite)
    for row in rows:
        if not row.found:
            mend = environment.install(row.package)
            needed = State.FAIL if row.package == "reticulate" else State.WARN
            yield Check(f"R package {row.package}", needed, "not installed", row.wanted, "", mend)
    other = [
        f"{row.package} {row.found} (locked {row.wanted})"
        for row in rows
        if row.found not in ("", row.wanted)
    ]
    present = sum(bool(row.found) for row in rows)
    state = State.WARN if other else State.OK
    found = f"{present} of {len(rows)} present, {len(other)} of another version"
    detail = ", ".join(other)
    yield Check("R packages", state, found, "as in renv.lock", detail, rewrite if other else "")


def java() -> Iterator[Check]:
    """Java, whether H2O starts on it, and H2O's server."""
    program = environment.java()
    wanted = f"{JAVA[0]} to {JAVA[1]}"
    if program is None:
        detail = "neither the PATH nor JAVA_HOME leads to Java"
        yield Check("Java", State.FAIL, "not found", wanted, detail, environment.install("Java"))
    else:
        found = environment.java_version(program)
        # Java 8 calls itself 1.8.
        major = int((re.match(r"(?:1\.)?(\d+)", found) or [0, 0])[1])
        fits = JAVA[0] <= major <= JAVA[1]
        state = State.OK if fits else State.FAIL
        mend = "" if fits else environment.install("Java")
        yield Check("Java", state, found or "does not answer", wanted, str(program), mend)
    jar = environment.h2o_jar()
    if jar is not None:
        yield Check("H2O server", State.OK, f"h2o.jar, {jar.stat().st_size / 2**20:.0f} MiB", "", str(jar))
    elif environment.package_version("h2o"):
        mend = f"{environment.pip()} install --force-reinstall --no-deps h2o"
        yield Check("H2O server", State.FAIL, "h2o.jar not found", "", "", mend)


def data() -> Iterator[Check]:
    """Which data sets are here, each verified by the hash of its arrays."""
    from crossframe.data import available

    for row in available():
        if row.verified:
            found = f"{row.rows} rows, {row.features} features"
            yield Check(f"data {row.name}", State.OK, found, "", row.where)
        else:
            mend = "crossframe data fetch mnist" if row.name == "mnist" else ""
            reason = row.reason.split("\n")[0]
            yield Check(f"data {row.name}", State.WARN, row.where or "not here", "", reason, mend)


def disk() -> Iterator[Check]:
    """Room in, and right to write to, the folder that holds the results."""
    from crossframe.comparison.store import default_path

    folder = default_path().parent
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        mend = f"export CROSSFRAME_STORE={Path('some', 'writable', 'folder', 'store.sqlite')}"
        yield Check("results folder", State.WARN, "not writable", "", f"{folder}: {error.strerror}", mend)
        return
    free = shutil.disk_usage(existing).free
    state = State.OK if free >= DISK else State.WARN
    mend = (
        "" if state is State.OK else f"free some space, or set CROSSFRAME_STORE to another disk than {folder}"
    )
    yield Check("results folder", state, f"{free / 2**30:.1f} GiB free", "1 GiB", str(folder), mend)


def starts(name: str, code: str, mend: str) -> Iterator[Check]:
    """Run Python code that starts a framework, in a process of its own, and show what it prints."""
    # TensorFlow writes to stderr before Python code can stop it.
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            env=quiet,
            check=False,
        )
    except subprocess.TimeoutExpired:
        yield Check(name, State.FAIL, f"no answer in {_TIMEOUT:.0f} s", "", "", mend)
        return
    if done.returncode == 0:
        yield Check(name, State.OK, done.stdout.strip())
        return
    last = (done.stderr.strip() or f"ended with {done.returncode}").splitlines()[-1]
    yield Check(name, State.FAIL, "does not start", "", last, mend)
