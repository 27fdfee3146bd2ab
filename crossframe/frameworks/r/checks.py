"""Checks of ``crossframe doctor``: R, the rpy2 for its version, and its packages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from crossframe.core import environment
from crossframe.core.errors import CrossframeError
from crossframe.frameworks.framework import Check, CheckState
from crossframe.frameworks.r import FRAMEWORK, renv, runtime


def checks() -> Iterator[Check]:
    """R, whether the installed rpy2 suits its version, and its packages against renv.lock."""
    home = runtime.home()
    if home is None:
        detail = "neither R_HOME nor the PATH leads to R"
        yield Check("R", CheckState.FAIL, "not found", "4.2 or newer", detail, environment.install("R"))
        return
    version = runtime.package_version("base", home)
    yield Check("R", CheckState.OK, f"{version}, BLAS {runtime.blas(home) or 'unknown'}", "", str(home))
    yield _rpy2_fits(version)
    yield from _packages(home)


def _rpy2_fits(r_version: str) -> Check:
    parts = {name: environment.package_version(name) for name in FRAMEWORK.packages}
    ranges = {requirement.name: requirement for requirement in environment.needed() or ()}
    pins = [ranges[name] for name in parts if name in ranges]
    wanted = ", ".join(map(str, pins))
    installed = ", ".join(f"{name} {version or 'missing'}" for name, version in parts.items())
    remedy = f"{environment.pip()} install " + " ".join(f"'{pin}'" for pin in pins)
    name = f"rpy2 for R {r_version}"
    if not all(parts.values()):
        return Check(name, CheckState.FAIL, installed, wanted, "", environment.installing(*parts))
    if all(pin.fits(parts[pin.name]) for pin in pins):
        return Check(name, CheckState.OK, installed, wanted)
    newer = any(environment.order(version) > environment.order("3.6.5") for version in parts.values())
    if newer and environment.order(r_version) < environment.order("4.5"):
        detail = f"this rpy2 needs R_getVar and R_ParentEnv, which R {r_version} does not have"
        return Check(name, CheckState.FAIL, installed, wanted, detail, remedy)
    return Check(name, CheckState.WARN, installed, wanted, "this combination has not been tried", remedy)


def _packages(home: Path) -> Iterator[Check]:
    file = renv.path()
    rewrite = f"{sys.executable} -m crossframe.frameworks.r.renv --write {file}"
    try:
        locked_r, _ = renv.read(file)
        rows = renv.compare(file, home)
    except CrossframeError as error:
        yield Check("renv.lock", CheckState.WARN, "not readable", "", error.message, error.hint)
        return
    r_version = runtime.package_version("base", home)
    if r_version != locked_r:
        detail = "numbers may differ from the published reports"
        yield Check("R against renv.lock", CheckState.WARN, r_version, locked_r, detail, rewrite)
    for row in rows:
        if not row.installed:
            remedy = environment.install(row.package)
            needed = CheckState.FAIL if row.package == "reticulate" else CheckState.WARN
            yield Check(f"R package {row.package}", needed, "not installed", row.wanted, "", remedy)
    other = [
        f"{row.package} {row.installed} (locked {row.wanted})"
        for row in rows
        if row.installed not in ("", row.wanted)
    ]
    present = sum(bool(row.installed) for row in rows)
    counts = f"{present} of {len(rows)} present, {len(other)} of another version"
    state = CheckState.WARN if other else CheckState.OK
    yield Check("R packages", state, counts, "as in renv.lock", ", ".join(other), rewrite if other else "")
