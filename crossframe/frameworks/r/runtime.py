"""R on this machine: where it is, its packages and its BLAS, read from files; nothing is started."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from crossframe.core.environment import answer


def home() -> Path | None:
    """R's home: ``R_HOME``, or that of the ``R`` on the PATH; None when there is no R."""
    if given := os.environ.get("R_HOME"):
        return _home_or_none(Path(given))
    program = shutil.which("R")
    if program is None:
        return None
    # R is a shell script that begins with its home; reading it is faster than `R RHOME`.
    with open(program, encoding="utf-8", errors="replace") as script:
        named = re.search(r"^R_HOME_DIR=(\S+)", script.read(4096), re.MULTILINE)
    home = _home_or_none(Path(named[1])) if named else None
    return home or _home_or_none(Path(answer(program, "RHOME").strip()))


def _home_or_none(home: Path) -> Path | None:
    return home if (home / "library" / "base" / "DESCRIPTION").is_file() else None


def rscript(home: Path) -> Path | None:
    """Path of the Rscript that belongs to the R at ``home``; None where there is none."""
    program = home / "bin" / "Rscript"
    return program if program.is_file() else None


def libraries(home: Path) -> list[Path]:
    """Folders in which the R at ``home`` looks for packages: the user's, the site's, its own library."""
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


def package_version(package: str, home: Path) -> str:
    """The version of an R package from its DESCRIPTION, or ``""``; that of ``base`` is R's own."""
    folders = [home / "library"] if package == "base" else libraries(home)
    return next((v for folder in folders if (v := _description_version(folder / package))), "")


def _description_version(folder: Path) -> str:
    try:
        text = (folder / "DESCRIPTION").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    named = re.search(r"^Version:\s*(\S+)", text, re.MULTILINE)
    return named[1] if named else ""


def blas(home: Path) -> str:
    """The BLAS that R calls: folder, file and size, which differ for reference, ATLAS and OpenBLAS."""
    own = [home / "lib" / name for name in ("libRblas.so", "libRblas.dylib")]
    system = [p for where in ("/usr/lib", "/usr/lib64") for p in sorted(Path(where).glob("*/libblas.so.3"))]
    flat = [Path("/usr/lib64/libblas.so.3"), Path("/usr/lib/libblas.so.3")]
    for candidate in (*own, *system, *flat):
        if candidate.exists():
            real = candidate.resolve()
            return f"{real.parent.name}/{real.name}, {real.stat().st_size} bytes"
    return ""
