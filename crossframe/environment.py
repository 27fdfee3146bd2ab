"""What is installed, found out without starting any of it.

The versions go into the key of every stored result, so a fully stored command must learn them without
waiting for R, a JVM or TensorFlow: package metadata, R's DESCRIPTION files and Java's ``release`` file
say the same as the running framework.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING

from crossframe.errors import UsageError

if TYPE_CHECKING:
    from crossframe.engines.base import Availability

GROUP = "crossframe.engines"
"""The entry-point group under which other frameworks join."""

_PACKAGES = {
    "sklearn": ("scikit-learn", "scipy"),
    "r": ("rpy2", "rpy2-rinterface", "rpy2-robjects"),
    "h2o": ("h2o",),
    "keras": ("tensorflow", "keras"),
    "rkeras": ("tensorflow", "keras"),
    "reference": (),
}
_MODULES = {
    "sklearn": ("sklearn",),
    "r": ("rpy2.rinterface",),
    "h2o": ("h2o",),
    "keras": ("tensorflow", "keras"),
    "rkeras": ("tensorflow", "keras"),
    "reference": (),
}
_NEEDS_R = {"r", "rkeras"}
_NEEDS_JAVA = {"h2o"}
_NEEDS_TENSORFLOW = {"keras", "rkeras"}
_TENSORFLOW_READS = ("CUDA_VISIBLE_DEVICES", "TF_ENABLE_ONEDNN_OPTS", "XLA_FLAGS")
_NVIDIA = Path("/dev/nvidia0")

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


def versions(engine: str) -> dict[str, str]:
    """The versions that can change a number of an engine; what is absent is left out.

    Python's own is among them to the minor version: its ``sum`` of floats changed with 3.12.

    Raises
    ------
    UsageError
        For an engine that is neither built in nor registered.
    """
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for package in ("numpy", *_packages(engine)):
        if installed := package_version(package):
            found[package] = installed
    home = r_home() if engine in _NEEDS_R else None
    if home is not None:
        found |= {"R": r_package_version("base", home), "R.blas": r_blas(home)}
        if engine == "r":
            found |= {f"R.{name}": r_package_version(name, home) for name in ("glmnet", "nnet")}
        if engine == "rkeras":
            found["R.reticulate"] = r_package_version("reticulate", home)
    if engine in _NEEDS_JAVA and (program := java()):
        found["java"] = java_version(program)
    if engine in _NEEDS_TENSORFLOW:
        found |= _device()
    return {name: value for name, value in found.items() if value}


def _device() -> dict[str, str]:
    """What decides where and how TensorFlow computes, as far as it is known without starting it."""
    # Set to nothing is not the same as not set: it hides every GPU.
    found = {name: os.environ[name] or '""' for name in _TENSORFLOW_READS if name in os.environ}
    return found | ({"gpu": "NVIDIA"} if _NVIDIA.exists() else {})


def engine_available(engine: str) -> Availability:
    """Whether an engine has all it needs, judged by the files alone; nothing is started.

    Raises
    ------
    UsageError
        For an engine that is neither built in nor registered.
    """
    # The record lives beside numpy, which `--help` must not wait for.
    from crossframe.engines.base import Availability

    packages = _packages(engine)

    def missing(reason: str, mend: str) -> Availability:
        return Availability(False, versions(engine), reason, mend)

    if engine in _NEEDS_R:
        home = r_home()
        if home is None:
            return missing("R is not on the PATH and R_HOME is not set", install("R"))
        if engine == "rkeras" and not r_package_version("reticulate", home):
            return missing("R has no package reticulate", install("reticulate"))
        if engine == "rkeras" and rscript(home) is None:
            return missing(f"there is no Rscript in {home}", install("R"))
    if engine in _NEEDS_JAVA and java() is None:
        return missing("Java is neither on the PATH nor in JAVA_HOME", install("Java"))
    for module in _MODULES.get(engine, ()):
        if not _importable(module):
            pins = " ".join(f"'{name}'" for name in requirements(*packages))
            return missing(f"the Python module {module} is not installed", f"{pip()} install {pins}")
    if engine in _NEEDS_JAVA and h2o_jar() is None:
        return missing("the h2o package has no h2o.jar", f"{pip()} install --force-reinstall h2o")
    return Availability(True, versions(engine))


def package_version(package: str) -> str:
    """The installed version of a Python distribution, or ``""``."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def requirements(*packages: str) -> list[str]:
    """What crossframe asks of these distributions, as it is written in its metadata."""
    from importlib.metadata import requires

    from packaging.requirements import Requirement

    try:
        asked = [Requirement(line) for line in requires("crossframe") or ()]
    except PackageNotFoundError:
        asked = []
    ranges = {r.name: f"{r.name}{r.specifier}" for r in asked}
    return [ranges.get(package, package) for package in packages]


def pip() -> str:
    """The words that run pip for the Python that runs crossframe."""
    return f"{sys.executable} -m pip"


def install(what: str) -> str:
    """The command that installs R, Java or an R package on this system."""
    names = _SYSTEM_PACKAGES.get(what, {"apt-get": f"r-cran-{what.lower()}"})
    for tool, packages in names.items():
        if shutil.which(tool):
            return f"{tool} install {packages}" if tool == "brew" else f"sudo {tool} install {packages}"
    if what in ("R", "Java"):
        return f"install {what} ({'4.2 to 4.4' if what == 'R' else '8 to 17'}) and put it on the PATH"
    return f"Rscript -e 'install.packages(\"{what}\")'"


def r_home() -> Path | None:
    """R's home: ``R_HOME``, or what the ``R`` on the PATH says it is; None when there is no R."""
    if given := os.environ.get("R_HOME"):
        return _r_home_or_none(Path(given))
    program = shutil.which("R")
    if program is None:
        return None
    # R is a shell script that begins with its home; reading it takes no time, `R RHOME` does.
    with open(program, encoding="utf-8", errors="replace") as script:
        named = re.search(r"^R_HOME_DIR=(\S+)", script.read(4096), re.MULTILINE)
    home = _r_home_or_none(Path(named[1])) if named else None
    return home or _r_home_or_none(Path(_answer(program, "RHOME").strip()))


def _r_home_or_none(home: Path) -> Path | None:
    return home if (home / "library" / "base" / "DESCRIPTION").is_file() else None


def rscript(home: Path) -> Path | None:
    """The Rscript that belongs to an R home."""
    program = home / "bin" / "Rscript"
    return program if program.is_file() else None


def r_libraries(home: Path) -> list[Path]:
    """Where this R looks for packages, in its order: the user's, the site's and its own library."""
    listed = [
        *os.environ.get("R_LIBS", "").split(os.pathsep),
        *os.environ.get("R_LIBS_USER", "").split(os.pathsep),
        *(str(path) for path in Path.home().glob(f"R/*-library/{_minor(home)}")),
        *os.environ.get("R_LIBS_SITE", "").split(os.pathsep),
        "/usr/local/lib/R/site-library",
        "/usr/lib/R/site-library",
        str(home / "site-library"),
        str(home / "library"),
    ]
    return list(dict.fromkeys(Path(p) for p in listed if p and Path(p).is_dir()))


def _minor(home: Path) -> str:
    return ".".join(_description_version(home / "library" / "base").split(".")[:2])


def r_package_version(package: str, home: Path) -> str:
    """The version of an R package from its DESCRIPTION, or ``""``; that of ``base`` is R's own."""
    folders = [home / "library"] if package == "base" else r_libraries(home)
    return next((v for folder in folders if (v := _description_version(folder / package))), "")


def _description_version(folder: Path) -> str:
    try:
        text = (folder / "DESCRIPTION").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    named = re.search(r"^Version:\s*(\S+)", text, re.MULTILINE)
    return named[1] if named else ""


def r_blas(home: Path) -> str:
    """The BLAS that R calls: folder, file and size, which tell reference, ATLAS and OpenBLAS apart."""
    own = [home / "lib" / name for name in ("libRblas.so", "libRblas.dylib")]
    system = [p for where in ("/usr/lib", "/usr/lib64") for p in sorted(Path(where).glob("*/libblas.so.3"))]
    flat = [Path("/usr/lib64/libblas.so.3"), Path("/usr/lib/libblas.so.3")]
    for candidate in (*own, *system, *flat):
        if candidate.exists():
            real = candidate.resolve()
            return f"{real.parent.name}/{real.name}, {real.stat().st_size} bytes"
    return ""


def java() -> Path | None:
    """The Java that runs H2O: in ``H2O_JAVA_HOME``, on the PATH or in ``JAVA_HOME``, as h2o looks."""

    def inside(variable: str) -> str:
        return os.path.join(os.environ[variable], "bin") if os.environ.get(variable) else ""

    for folders in (inside("H2O_JAVA_HOME"), os.environ.get("PATH", ""), inside("JAVA_HOME")):
        if folders and (program := shutil.which("java", path=folders)):
            return Path(program)
    return None


def java_version(program: Path) -> str:
    """The version of a Java, from the ``release`` file of its home, else by asking it."""
    try:
        text = (program.resolve().parents[1] / "release").read_text(encoding="utf-8")
    except OSError:
        text = _answer(str(program), "-version")
    named = re.search(r'(?:JAVA_VERSION=|version )"([^"]+)"', text)
    return named[1] if named else ""


@functools.cache
def _answer(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr if "-version" in command else done.stdout


def h2o_jar() -> Path | None:
    """The server inside the h2o package."""
    spec = importlib.util.find_spec("h2o") if _importable("h2o") else None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        jar = Path(folder) / "backend" / "bin" / "h2o.jar"
        if jar.is_file():
            return jar
    return None


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # a blocked parent package, or a module without a spec
        return False


def _packages(engine: str) -> tuple[str, ...]:
    if engine in _PACKAGES:
        return _PACKAGES[engine]
    others = {entry.name: entry.dist for entry in entry_points(group=GROUP)}
    if engine not in others:
        raise UsageError.unknown("engine", engine, [*_PACKAGES, *others])
    dist = others[engine]
    return (dist.name,) if dist else ()
