"""What becomes of a command's cells, as lines of JSON for another program."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any, TextIO

SCHEMA = 1
"""Version of the lines."""


class Events:
    """Writes one JSON object a line; what the events are is in the page "On many machines".

    A reader that is gone ends the writing and not the command.
    """

    def __init__(self, file: TextIO) -> None:
        self._file: TextIO | None = file
        self._begin = time.monotonic()

    def __call__(self, event: str, **facts: Any) -> None:
        """Write an event with its time and the seconds since the first."""
        if self._file is None:
            return
        now, elapsed = datetime.now(UTC).isoformat(timespec="milliseconds"), time.monotonic() - self._begin
        head = {"schema": SCHEMA, "event": event, "time": now, "elapsed": round(elapsed, 3)}
        try:
            self._file.write(json.dumps({**head, **facts}) + "\n")
            self._file.flush()
        except (OSError, ValueError):
            self._file = None
