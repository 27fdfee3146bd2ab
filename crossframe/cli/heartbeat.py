"""No long silence: what is being done is printed on stderr when nothing else has been for a while."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from types import TracebackType
from typing import Any, TextIO

from crossframe.core import activity

FIRST = 1.5
"""Seconds of silence after which an activity is named; each further time it takes twice as long."""

LONGEST = 60.0
_STEP = 0.25


class _Watched:
    """A stream that remembers when it was last written to."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.written = time.monotonic()

    def write(self, text: str) -> int:
        self.written = time.monotonic()
        return self.stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class Heartbeat:
    """Within its block, a silence of stderr ends with a line on what is being done, and for how long."""

    def __init__(self, usual: str) -> None:
        """``usual``: the words where no activity is named."""
        self._usual = usual
        self._end = threading.Event()
        self._watched: _Watched | None = None

    def __enter__(self) -> Heartbeat:
        self._before = sys.stderr
        self._watched = _Watched(sys.stderr)
        sys.stderr = self._watched
        # Without room for one more thread the command can still be carried out.
        with contextlib.suppress(RuntimeError):
            threading.Thread(target=self._beat, args=(self._watched,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        if sys.stderr is self._watched:
            sys.stderr = self._before

    def _beat(self, stream: _Watched) -> None:
        mark, begin, patience = activity.mark(), time.monotonic(), FIRST
        while not self._end.wait(_STEP):
            if activity.mark() != mark:
                mark, begin, patience = activity.mark(), time.monotonic(), FIRST
            silent = time.monotonic() - stream.written
            if silent < patience:
                continue
            patience = min(2 * patience, LONGEST)
            # Another thread may end the activity, or close the stream, at any moment.
            with contextlib.suppress(IndexError, ValueError, OSError):
                what, seconds = activity.now() or self._usual, time.monotonic() - begin
                stream.write(f"{what} ({seconds:.0f} s)\n" if seconds >= 1 else f"{what}\n")
                stream.flush()
