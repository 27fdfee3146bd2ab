"""renv.lock: the R packages crossframe uses, as the live R library holds them.

``python -m crossframe.frameworks.r.renv --write renv.lock`` writes the file in the format of the R package
renv (https://rstudio.github.io/renv/reference/lockfiles.html) without renv, which Debian does not package.
Hashes are left out, as renv allows: they are its own digests of DESCRIPTION files.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from crossframe.core import environment
from crossframe.core.errors import CrossframeError, EngineMissing
from crossframe.frameworks import rscripts
from crossframe.frameworks.r import runtime

SHARED = ("MASS", "digest", "jsonlite", "reticulate")
"""The R packages that crossframe's R code calls beside those of the models."""


def packages() -> tuple[str, ...]:
    """Every R package that crossframe's R code calls; their dependencies are read from R."""
    # The models need NumPy, without which the lock file can be read all the same.
    from crossframe.frameworks.r._model import packages as of_models

    return (*SHARED, *of_models())


@dataclass(frozen=True)
class Locked:
    """Locked and installed version of a package; ``installed`` is empty where it is not installed."""

    package: str
    wanted: str
    installed: str


def lock(names: tuple[str, ...] = ()) -> str:
    """The text of renv.lock for the packages ``names`` (by default `packages`) and their dependencies.

    Versions are those of the live R library.

    Raises
    ------
    EngineMissing
        When R, or one of the packages, is not there.
    CrossframeError
        When R fails.
    """
    home = runtime.home()
    rscript = runtime.rscript(home) if home else None
    if rscript is None:
        raise EngineMissing("R is not installed", environment.install("R"))
    done = subprocess.run(
        [str(rscript), "--no-init-file", str(rscripts.folder() / "library.R"), *(names or packages())],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise CrossframeError(f"R could not list its library: {done.stderr.strip()}")
    r_version, *lines = done.stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    if absent := [package for package, version, _ in rows if not version]:
        raise EngineMissing(f"R has no package {', '.join(absent)}", environment.install(absent[0]))
    record = {
        "R": {"Version": r_version, "Repositories": [{"Name": "CRAN", "URL": "@CRAN@"}]},
        "Packages": {
            package: {
                "Package": package,
                "Version": version,
                "Source": "Repository",
                "Repository": "CRAN",
                **({"Requirements": needs.split(",")} if needs else {}),
            }
            for package, version, needs in rows
        },
    }
    return json.dumps(record, indent=2) + "\n"


def path() -> Path:
    """Path of renv.lock: at the root of a checkout, inside the package in a wheel."""
    return rscripts.folder().parent / "renv.lock"


def read(file: Path) -> tuple[str, dict[str, str]]:
    """R's version and the version of each package in a lock file.

    Raises
    ------
    CrossframeError
        When the file is not there or is no lock file.
    """
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        packages = {name: entry["Version"] for name, entry in record["Packages"].items()}
        return record["R"]["Version"], packages
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CrossframeError(
            f"{file} cannot be read as an renv lock file: {error!r}",
            f"{sys.executable} -m crossframe.frameworks.r.renv --write {file}",
        ) from error


def compare(file: Path, home: Path) -> list[Locked]:
    """Each package of a lock file beside the version in the library of the R at ``home``.

    Raises
    ------
    CrossframeError
        When the file cannot be read.
    """
    _, wanted = read(file)
    return [Locked(name, version, runtime.package_version(name, home)) for name, version in wanted.items()]


def main(arguments: list[str] | None = None) -> None:
    """Write the lock file to ``--write FILE``, or print it; ``arguments`` default to the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m crossframe.frameworks.r.renv", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--write", metavar="FILE", type=Path, help="file to write; standard output if left out"
    )
    file = parser.parse_args(arguments).write
    text = lock()
    if file is None:
        print(text, end="")
    else:
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except CrossframeError as error:
        sys.exit(str(error))
