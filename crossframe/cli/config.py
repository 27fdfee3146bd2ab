"""The config file of ``crossframe compare``: its options, in TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crossframe.core.errors import UsageError


def arguments(path: Path, known: Mapping[str, Any]) -> list[str]:
    """The flags that a file stands for; all its errors are raised at once.

    Keys are the long options without dashes in front (``time-limit = 60``); true stands for a
    flag without a value, a list for a comma separated one (repeated, for ``contestant``).
    """
    try:
        table = tomllib.loads(path.read_text())
    except (OSError, RecursionError, ValueError) as error:
        raise UsageError(f"--config {path}: {error}", "give a TOML file") from None
    names = {name.replace("_", "-") for name in known} - {"command", "run", "config", "argv"}
    flags: list[str] = []
    errors: list[UsageError] = []
    for key, value in table.items():
        if key not in names:
            errors.append(UsageError.unknown(f"key in {path}", key, names))
        elif isinstance(value, bool):
            flags += [f"--{key}"] if value else []
        elif isinstance(value, dict):
            errors.append(UsageError(f"{path}: {key} is a table", "give a value"))
        elif isinstance(value, list) and key == "contestant":
            flags += [f"--{key}={item}" for item in value]
        else:
            flags.append(f"--{key}=" + (",".join(map(str, value)) if isinstance(value, list) else str(value)))
    if errors:
        raise UsageError.many(errors)
    return flags
