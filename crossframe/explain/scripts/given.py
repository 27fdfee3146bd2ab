"""What a side of ``crossframe explain`` is: a script, a table of coefficients, or else a model by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

LANGUAGES = {".py": "python", ".r": "r"}
"""Suffix of a script, in small letters -> its language."""
TABLES = (".csv", ".tsv", ".txt")
"""Suffixes of the files that hold coefficients."""


def is_script(text: Any) -> bool:
    """Whether a side is a script, or a fit of one: ``left.py::name``."""
    return isinstance(text, str) and file(text).suffix.lower() in LANGUAGES


def is_table(text: Any) -> bool:
    """Whether a side is a file with coefficients."""
    return isinstance(text, str) and Path(text).suffix.lower() in TABLES


def file(text: str) -> Path:
    """The script of a side, without the name of a fit."""
    return Path(text.partition("::")[0])
