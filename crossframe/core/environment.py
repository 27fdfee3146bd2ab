"""Versions of installed software, without starting any of it, and commands that install the rest.

The standard library is enough for all of it: ``crossframe doctor`` runs where nothing else is installed.
"""

from __future__ import annotations

import functools
import importlib.util
import operator
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

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


_DISTRIBUTIONS = {"sklearn": "scikit-learn"}
"""Module -> the distribution that has it, where the names differ."""


def package_version(package: str) -> str:
    """The installed version of a Python distribution, or ``""``."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


_RELATIONS = {"==": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le,
              ">": operator.gt, "<": operator.lt}  # fmt: skip


@dataclass(frozen=True)
class Requirement:
    """A distribution that crossframe needs, and the versions that fit: ``numpy`` and ``<3,>=2.1``.

    ``extra`` is the part of crossframe that asks for it, ``h2o`` of ``crossframe[h2o]``; empty: all of it.
    """

    name: str
    range: str
    extra: str = ""

    def __str__(self) -> str:
        """As pip takes it: ``numpy<3,>=2.1``."""
        return self.name + self.range

    def fits(self, version: str) -> bool:
        """Whether a version lies in the range; a pre-release comes before its release."""
        limits = re.findall(r"([=!<>]=|[<>])\s*([^,\s]+)", self.range)
        return all(_RELATIONS[relation](order(version), order(limit)) for relation, limit in limits)


def order(version: str) -> tuple[tuple[int, ...], bool, tuple[int, ...]]:
    """The place of a version among others: of equal releases a pre-release comes first, ``1.0`` is ``1``."""
    release = re.match(r"[\d.]*", version.partition("+")[0])
    rest = version[release.end() :] if release else version
    numbers = [int(part) for part in re.findall(r"\d+", release[0] if release else "")]
    while numbers and not numbers[-1]:
        numbers.pop()
    final = not re.match(r"(a|b|c|rc|dev)\d", rest.lstrip("-_."))
    return tuple(numbers), final, tuple(int(part) for part in re.findall(r"\d+", rest))


_REQUIREMENT = re.compile(r"""([\w.-]+)\s*\(?([^;)]*)\)?(?:;\s*extra\s*==\s*["']([\w-]+)["'])?""")
"""Of the metadata: name, range, and the extra that asks for it."""


def needed() -> tuple[Requirement, ...] | None:
    """What crossframe's own metadata asks for, first without extras, then for those of ``crossframe[all]``.

    None where crossframe is not installed.
    """
    try:
        lines = requires("crossframe") or []
    except PackageNotFoundError:
        return None
    parsed = [match for line in lines if (match := _REQUIREMENT.match(line))]
    # The extra `all` repeats what the others ask for.
    optional = {match[1] for match in parsed if match[3] == "all"}
    every = [Requirement(match[1], match[2].strip(), match[3] or "") for match in parsed]
    # Another extra may ask for some of the same packages: `jax` for keras.
    others = {"all", *(r.extra for r in every if r.name not in optional)}
    wanted = [r for r in every if not r.extra or r.extra not in others]
    return tuple(sorted(wanted, key=lambda requirement: requirement.extra))


def requirements(*packages: str) -> list[str]:
    """Requirement of crossframe's metadata for each distribution: ``rpy2<3.6``; its bare name without one."""
    ranges = {requirement.name: str(requirement) for requirement in needed() or ()}
    return [ranges.get(package, package) for package in packages]


def installing(*packages: str) -> str:
    """The command that installs distributions: by the extra that asks for one that is not there."""
    extras = {r.name: r.extra for r in needed() or () if r.extra and not package_version(r.name)}
    parts = sorted({extras[package] for package in packages if package in extras})
    wanted = [f"crossframe[{','.join(parts)}]"] if parts else requirements(*packages)
    quoted = " ".join(f"'{each}'" for each in wanted)
    return f"{pip()} install {quoted}"


def lacking(error: ImportError) -> tuple[str, str]:
    """What could not be imported, and the command that installs it; of the exception that said so."""
    module = (error.name or "").partition(".")[0]
    package = _DISTRIBUTIONS.get(module, module)
    if not package:
        return f"a Python package that crossframe needs cannot be imported: {error}", "crossframe doctor"
    if isinstance(error, ModuleNotFoundError) and not package_version(package):
        return f"the Python package {package} is not installed", installing(package)
    (pinned,) = requirements(package)
    why = str(error).strip().splitlines()[0]
    remedy = f"{pip()} install --force-reinstall --no-deps '{pinned}'"
    return f"the Python package {package} cannot be imported: {why}", remedy


def pip() -> str:
    """The command that runs pip for the Python that runs crossframe."""
    return f"{sys.executable} -m pip"


def portable(command: str) -> str:
    """The command for readers of a page on other machines, whose Python is not at this one's path."""
    return command.replace(sys.executable, "python")


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
