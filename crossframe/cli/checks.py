"""What is installed, what is wrong, and the command that fixes it: the work of ``crossframe doctor``.

It runs on the standard library alone; a check that needs a package which is not there says so.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import crossframe
from crossframe.core import environment
from crossframe.core.errors import ExitCode
from crossframe.frameworks.framework import Check, CheckState, Framework
from crossframe.frameworks.registry import frameworks

PYTHON = (3, 11)
"""The oldest Python that runs crossframe."""

DISK = 2**30
"""Bytes that should be free where results are stored."""

TEMPORARY = 2**28
"""Bytes that should be free for temporary files: H2O's server unpacks its libraries there."""

_TIMEOUT = 120.0

SCHEMA = 1
"""Version of the JSON's layout."""

_MARKS = {CheckState.OK: "ok  ", CheckState.WARN: "warn", CheckState.FAIL: "FAIL"}


def python() -> Iterator[Check]:
    """Check that this Python is at least version `PYTHON`."""
    state = CheckState.OK if sys.version_info >= PYTHON else CheckState.FAIL
    version = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, PYTHON)) + " or newer"
    remedy = "" if state is CheckState.OK else f"install Python {wanted}, then: make setup PYTHON=python3.12"
    yield Check("Python", state, version, wanted, "", remedy)


def packages() -> Iterator[Check]:
    """Every Python package against the range that crossframe's own metadata asks for.

    A package of an extra may be missing: what it is for is left out.
    """
    needed = environment.needed()
    if needed is None:
        remedy = f"{environment.pip()} install --no-deps -e ."
        yield Check(
            "crossframe", CheckState.WARN, "not installed", "", "the ranges asked for are not known", remedy
        )
        return
    missing = []
    for requirement in needed:
        version = environment.package_version(requirement.name)
        if not version and requirement.extra:
            detail = f"only for crossframe[{requirement.extra}]"
            remedy = environment.installing(requirement.name)
            yield Check(requirement.name, CheckState.WARN, "not installed", requirement.range, detail, remedy)
            continue
        fits = bool(version) and requirement.fits(version)
        state = CheckState.OK if fits else CheckState.WARN if version else CheckState.FAIL
        remedy = "" if fits else f"{environment.pip()} install '{requirement}'"
        yield Check(requirement.name, state, version or "not installed", requirement.range, "", remedy)
        if not version:
            missing.append(f"'{requirement}'")
    if len(missing) > 1:
        remedy = f"{environment.pip()} install {' '.join(missing)}"
        yield Check("all of these", CheckState.FAIL, f"{len(missing)} not installed", "", "", remedy)


def parts(framework: Framework) -> Iterator[Check]:
    """The framework's own checks; of one that is an extra, and not installed, none is a failure."""
    extras = {r.name for r in environment.needed() or () if r.extra}
    absent = [name for name in framework.packages if not environment.package_version(name)]
    optional = bool(absent) and extras.issuperset(framework.packages)
    for check in framework.checks():
        failed = check.state is CheckState.FAIL
        yield replace(check, state=CheckState.WARN) if optional and failed else check


def lock_file() -> Iterator[Check]:
    """What is installed against requirements.lock, where the checkout that holds it is."""
    file = Path(crossframe.__file__).parents[1] / "requirements.lock"
    if not file.is_file():
        return
    pins = re.findall(r"^([\w.-]+)==(\S+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    differing = [
        f"{name} {version} (locked {pin})"
        for name, pin in pins
        if (version := environment.package_version(name))
        and environment.order(version) != environment.order(pin)
    ]
    summary = f"{len(differing)} of {len(pins)} differ" if differing else f"{len(pins)} versions as locked"
    remedy = f"{environment.pip()} install --require-hashes -r {file}" if differing else ""
    state = CheckState.WARN if differing else CheckState.OK
    yield Check("requirements.lock", state, summary, "", ", ".join(differing), remedy)


def data() -> Iterator[Check]:
    """Which data sets are here, each verified by the hash of its arrays."""
    from crossframe.data import available

    for row in available():
        if row.verified:
            size = f"{row.rows} rows, {row.features} features"
            yield Check(f"data {row.name}", CheckState.OK, size, "", row.where)
        else:
            remedy = "crossframe data fetch mnist" if row.name == "mnist" else ""
            reason = row.reason.split("\n")[0]
            yield Check(f"data {row.name}", CheckState.WARN, row.where or "not here", "", reason, remedy)


def temporary() -> Iterator[Check]:
    """Room in the folder for temporary files, without which no framework starts."""
    name = "temporary files"
    remedy = "free some space there, or set TMPDIR to a folder of another disk"
    try:
        folder = Path(tempfile.gettempdir())
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"0" * 2**16)
    except OSError as error:
        yield Check(name, CheckState.FAIL, "not writable", "", str(error.strerror or error), remedy)
        return
    free = shutil.disk_usage(folder).free
    state = CheckState.OK if free >= TEMPORARY else CheckState.WARN
    wanted = f"{TEMPORARY / 2**20:.0f} MiB"
    found = f"{free / 2**20:.0f} MiB free"
    yield Check(name, state, found, wanted, str(folder), "" if state is CheckState.OK else remedy)


def disk() -> Iterator[Check]:
    """Room in, and right to write to, the folder that holds the results."""
    from crossframe.experiment.store import default_path

    folder = default_path().parent
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        remedy = f"export CROSSFRAME_STORE={Path('some', 'writable', 'folder', 'store.sqlite')}"
        yield Check(
            "results folder", CheckState.WARN, "not writable", "", f"{folder}: {error.strerror}", remedy
        )
        return
    free = shutil.disk_usage(existing).free
    state = CheckState.OK if free >= DISK else CheckState.WARN
    remedy = (
        ""
        if state is CheckState.OK
        else f"free some space, or set CROSSFRAME_STORE to another disk than {folder}"
    )
    yield Check("results folder", state, f"{free / 2**30:.1f} GiB free", "1 GiB", str(folder), remedy)


def starts(framework: Framework) -> Iterator[Check]:
    """Start a framework in a process of its own by its ``start_code``, and show what that prints."""
    name = f"{framework.title} starts"
    pins = " ".join(f"'{package}'" for package in environment.requirements(*framework.packages))
    remedy = f"{environment.pip()} install --force-reinstall --no-deps {pins}"
    # TensorFlow writes to stderr before Python code can stop it.
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", framework.start_code],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            env=quiet,
            check=False,
        )
    except subprocess.TimeoutExpired:
        yield Check(name, CheckState.FAIL, f"no answer in {_TIMEOUT:.0f} s", "", "", remedy)
        return
    if done.returncode == 0:
        yield Check(name, CheckState.OK, done.stdout.strip())
        return
    last = (done.stderr.strip() or f"ended with {done.returncode}").splitlines()[-1]
    yield Check(name, CheckState.FAIL, "does not start", "", last, remedy)


@dataclass(frozen=True)
class DoctorReport:
    """All checks, in the order in which they are shown."""

    checks: tuple[Check, ...]

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks because of which an engine cannot run."""
        return tuple(check for check in self.checks if check.state is CheckState.FAIL)

    @property
    def exit_code(self) -> ExitCode:
        """``ENGINE_MISSING`` when an engine cannot run; warnings do not count."""
        return ExitCode.ENGINE_MISSING if self.failures else ExitCode.OK

    def to_json(self) -> str:
        """``{"schema": 1, "exit_code": ..., "checks": [...]}``, one record per check."""
        record = {
            "schema": SCHEMA,
            "exit_code": int(self.exit_code),
            "checks": [{**asdict(check), "ok": check.ok} for check in self.checks],
        }
        return json.dumps(record, indent=2)


def diagnose(
    *, quick: bool = False, also: Mapping[str, Callable[[], Iterable[Check]]] = MappingProxyType({})
) -> DoctorReport:
    """All checks of Python, packages, frameworks, data and disk.

    Parameters
    ----------
    quick
        Judge by files and metadata alone; otherwise R, TensorFlow and scikit-learn are also started,
        each in a process of its own and side by side.
    also
        Name -> further checks.
    """
    looks: list[tuple[str, Callable[[], Iterable[Check]]]] = [
        ("Python", python), ("packages", packages), ("requirements.lock", lock_file),
        *((f.title, partial(parts, f)) for f in frameworks().values()),
        ("temporary files", temporary), ("data", data), ("results folder", disk),
        *also.items(),
    ]  # fmt: skip
    if not quick:
        looks += [
            (f"{f.title} starts", partial(starts, f))
            for f in frameworks().values()
            if f.start_code and all(map(environment.importable, f.modules))
        ]
    with ThreadPoolExecutor(max_workers=len(looks)) as pool:
        rows = pool.map(_carried_out, *zip(*looks, strict=True))
        return DoctorReport(tuple(check for checks in rows for check in checks))


def _carried_out(name: str, look: Callable[[], Iterable[Check]]) -> list[Check]:
    checks: list[Check] = []
    try:
        # One by one: what comes before a missing package is kept.
        checks.extend(look())
    except ImportError as error:
        reason, remedy = environment.lacking(error)
        checks.append(Check(name, CheckState.WARN, "not checked", "", reason, remedy))
    return checks


def render(report: DoctorReport, width: int = 100) -> str:
    """The report as text: one line per check, detail and remedy below where there is one."""
    column = max((len(check.name) for check in report.checks), default=0)
    lines = []
    for check in report.checks:
        wanted = f"  (wanted {check.wanted})" if check.wanted and not check.ok else ""
        lines.append(f"{_MARKS[check.state]}  {check.name:<{column}}  {check.found}{wanted}")
        if not check.ok:
            indent = " " * (column + 8)
            if check.detail:
                lines += textwrap.wrap(check.detail, width, initial_indent=indent, subsequent_indent=indent)
            if check.remedy:
                # A command is never wrapped, so that it can be copied.
                lines.append(f"{indent}remedy: {check.remedy}")
    warnings = sum(check.state is CheckState.WARN for check in report.checks)
    good = sum(check.ok for check in report.checks)
    lines.append(f"\n{good} ok, {_count(warnings, 'warning')}, {_count(len(report.failures), 'failure')}")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
