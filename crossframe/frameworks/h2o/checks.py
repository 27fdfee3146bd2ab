"""Checks of ``crossframe doctor``: Java, and H2O's server."""

from __future__ import annotations

from collections.abc import Iterator

from crossframe.core.environment import install, package_version, pip
from crossframe.frameworks.framework import Check, CheckState
from crossframe.frameworks.h2o import runtime


def checks() -> Iterator[Check]:
    """Java, whether H2O starts on it, and the server inside the h2o package; nothing is started."""
    oldest, newest = runtime.JAVA
    program, wanted = runtime.java(), f"{oldest} to {newest}"
    if program is None:
        detail = "neither the PATH nor JAVA_HOME leads to Java"
        yield Check("Java", CheckState.FAIL, "not found", wanted, detail, install("Java"))
    else:
        version = runtime.java_version(program)
        fits = oldest <= (runtime.major(version) or 0) <= newest
        state, remedy = (CheckState.OK, "") if fits else (CheckState.FAIL, install("Java"))
        yield Check("Java", state, version or "does not answer", wanted, str(program), remedy)
    jar = runtime.jar()
    if jar is not None:
        size = f"h2o.jar, {jar.stat().st_size / 2**20:.0f} MiB"
        yield Check("H2O server", CheckState.OK, size, "", str(jar))
    elif package_version("h2o"):
        remedy = f"{pip()} install --force-reinstall --no-deps h2o"
        yield Check("H2O server", CheckState.FAIL, "h2o.jar not found", "", "", remedy)
