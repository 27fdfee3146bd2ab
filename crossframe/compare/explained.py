"""Explanations that lie beside a report: which pairs have one, and how to get one for those without."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

Pages: TypeAlias = Mapping[tuple[str, str, int], Mapping[str, Any]]
"""(left, right, n) -> its entry in `INDEX`; ``page`` is relative to `FOLDER`."""

FOLDER = "explain"
"""Where a report's explanations are, inside its own folder."""

INDEX = "pairs.json"
"""Names the run, and the pairs that are explained."""


def pages(folder: Path, run: str) -> dict[tuple[str, str, int], Mapping[str, Any]]:
    """The explanations of this run in a report's folder whose page exists, by (left, right, n)."""
    index = folder / FOLDER / INDEX
    try:
        content = json.loads(index.read_text(encoding="utf-8"))
        if content["run"] != run:
            return {}
        return {
            (p["left"], p["right"], p["n"]): p
            for p in content["pairs"]
            if (folder / FOLDER / p["page"]).is_file()
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def command(left: str, right: str, n: int, run: str) -> str:
    """The shell command that explains a pair of contestants on a run's own draws."""
    return shlex.join(["crossframe", "explain", left, right, "--run", run, "--n", str(n)])
