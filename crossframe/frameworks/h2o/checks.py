"""Checks of ``crossframe doctor``: Java, H2O's server, and a cluster that is to be used in place of it."""

from __future__ import annotations

from collections.abc import Iterator

from crossframe.core.environment import install, package_version, pip
from crossframe.core.errors import UsageError
from crossframe.core.text import plural
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


def of_cluster(url: str, authority: str | None = None, certificate: str | None = None) -> Iterator[Check]:
    """Whether the cluster at ``url`` can be used, see `crossframe.frameworks.h2o.cluster.connected`.

    It is only asked to describe itself: further nodes may join it afterwards.
    """
    from crossframe.frameworks.h2o import access
    from crossframe.frameworks.h2o.cluster import files
    from crossframe.frameworks.h2o.server import CannotStart

    name = "H2O cluster"
    try:
        with files(authority, certificate):
            there = access.described(access.address_of(url), lock=False)
    except CannotStart as error:
        yield Check(name, CheckState.FAIL, "cannot be used", "", error.reason, error.remedy)
        return
    except UsageError as error:
        yield Check(name, CheckState.FAIL, "cannot be used", "", error.message, error.hint)
        return
    own = package_version("h2o")
    size = f"H2O {there.version}, {plural(there.nodes, 'node')}, {plural(there.threads, 'thread')}"
    state = CheckState.OK if own in ("", there.version) else CheckState.WARN
    detail = "" if state is CheckState.OK else "crossframe's rules were tested with the package's version"
    yield Check(name, state, size, f"H2O {own}" if own else "", detail or there.url)
