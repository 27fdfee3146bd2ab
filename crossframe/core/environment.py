"""Versions of installed software, without starting any of it, and commands that install the rest."""

from __future__ import annotations

import functools
import importlib.util
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

_SYSTEM_PACKAGES = {
    "R": {
        "apt-get": "r-base-core r-base-dev libtirpc-dev",
        "dnf": "R-core-devel libtirpc-devel",
        "brew": "r",
    },
    "Java": {
        "apt-get": "openjdk-17-jre-headless",
        "dnf": "java-17-openjdk-headless",
        "brew": "openjdk@17",
    },
    "reticulate": {"apt-get": "r-cran-reticulate"},
}


def package_version(package: str) -> str:
    """The installed version of a Python distribution, or ``""``."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def requirements(*packages: str) -> list[str]:
    """Requirement of crossframe's metadata for each distribution: ``rpy2<3.6``; its bare name without one."""
    from importlib.metadata import requires

    from packaging.requirements import Requirement

    try:
        required = [Requirement(line) for line in requires("crossframe") or ()]
    except PackageNotFoundError:
        required = []
    ranges = {r.name: f"{r.name}{r.specifier}" for r in required}
    return [ranges.get(package, package) for package in packages]


def pip() -> str:
    """The command that runs pip for the Python that runs crossframe."""
    return f"{sys.executable} -m pip"


def install(what: str) -> str:
    """The command that installs R, Java or an R package, by the package manager on the PATH."""
    names = _SYSTEM_PACKAGES.get(what, {"apt-get": f"r-cran-{what.lower()}"})
    for tool, packages in names.items():
        if shutil.which(tool):
            return f"{tool} install {packages}" if tool == "brew" else f"sudo {tool} install {packages}"
    if what in ("R", "Java"):
        return f"install {what} ({'4.2 to 4.4' if what == 'R' else '8 to 17'}) and put it on the PATH"
    return f"Rscript -e 'install.packages(\"{what}\")'"


@functools.cache
def answer(*command: str) -> str:
    """Standard output of a command, with ``-version`` standard error too; empty if it fails within 20 s."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr if "-version" in command else done.stdout


def importable(module: str) -> bool:
    """Whether Python would find a module; it is not imported."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # a blocked parent package, or a module without a spec
        return False
