"""Location of the R code: ``r_scripts`` at the root of a checkout, inside the package in a wheel."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """The folder that holds every R script of crossframe."""
    package = Path(__file__).resolve().parents[1]
    packaged = package / "r_scripts"
    return packaged if packaged.is_dir() else package.parent / "r_scripts"
