"""Java and the H2O server on this machine, read from files where possible; no server is started."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from pathlib import Path

from crossframe.core.environment import answer, importable, install, pip
from crossframe.frameworks.h2o import cluster

JAVA = (8, 17)
"""The oldest and newest Java on which H2O 3.46 starts (``water.JavaVersionSupport`` in its jar)."""


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
        text = answer(str(program), "-version")
    named = re.search(r'(?:JAVA_VERSION=|version )"([^"]+)"', text)
    return named[1] if named else ""


def major(version: str) -> int | None:
    """The major version of a Java, 8 of ``1.8.0_362``; None where ``version`` names none."""
    named = re.match(r"(?:1\.)?(\d+)", version)
    return int(named[1]) if named else None


def jar() -> Path | None:
    """Path of the server inside the h2o package; None where it is not installed."""
    spec = importlib.util.find_spec("h2o") if importable("h2o") else None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        jar = Path(folder) / "backend" / "bin" / "h2o.jar"
        if jar.is_file():
            return jar
    return None


def versions() -> dict[str, str]:
    """The version of Java as ``{"java": version}``, empty without Java; on a user's cluster what that has."""
    if (there := cluster.current()) is not None:
        # Its owner decides what else differs there, so that results of another address are other cells.
        return there.versions | {"cluster": there.url}
    program = java()
    return {"java": java_version(program)} if program else {}


def missing() -> tuple[str, str] | None:
    """(Reason, command that installs it) where Java or the jar is missing; None: neither is needed or is."""
    if cluster.current() is not None:
        return None
    if java() is None:
        return "Java is neither on the PATH nor in JAVA_HOME", install("Java")
    if importable("h2o") and jar() is None:
        return "the h2o package has no h2o.jar", f"{pip()} install --force-reinstall h2o"
    return None
