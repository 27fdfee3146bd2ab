"""Peak memory of an engine: of its own process and of all it started, a JVM or R."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import sys
from pathlib import Path

import psutil


def own() -> int:
    """Bytes: the largest resident size so far of this process alone."""
    return _high_water(os.getpid()) or _own()


def peak(pid: int | None = None) -> int:
    """Bytes: the sum of the largest resident sizes so far of a process and of those below it.

    ``pid`` names the process; None: this one. 0 for one that has ended.

    The kernel keeps the largest size of a process as ``VmHWM`` in /proc/PID/status, see proc(5).
    Where there is no such file this process asks getrusage(2), and of the others their size now
    stands in. The sizes need not have been reached at one time: the sum is an upper bound.
    """
    total = own() if pid is None else 0
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        for process in [*([top] if pid else []), *top.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += _high_water(process.pid) or process.memory_info().rss
    return total


def _high_water(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    line = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    return int(line[1]) * 1024 if line else 0


def _own() -> int:
    # Not asked first: on Linux ru_maxrss outlives exec and so begins with the size of the parent.
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024
