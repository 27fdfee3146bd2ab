"""What was found out before and still holds: one JSON file per key in the user's cache folder."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """``$CROSSFRAME_CACHE``, else the user's cache folder; everything in it can be found out again."""
    named = os.environ.get("CROSSFRAME_CACHE")
    return Path(named) if named else user_cache_path("crossframe")


class Memo:
    """Plain values by key. The key must cover everything that can change the value."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or cache_folder() / "audits"

    def get(self, key: str) -> Any:
        """The value, or None where there is none that can be read."""
        try:
            return json.loads((self._folder / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def put(self, key: str, value: Any) -> None:
        """Keep it; a folder that cannot be written costs time later, and no result now."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{key}-", dir=self._folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(value, file)
            os.replace(name, self._folder / f"{key}.json")
