"""Run a command that dies with its parent: ``python -m crossframe.engines.tether PID COMMAND...``.

On Linux the kernel is asked to kill this process when its parent ends (prctl(2),
PR_SET_PDEATHSIG), however the parent ends, kill -9 included; the setting survives exec, so the
command inherits it. PID is the parent's process number: when the parent is gone already, before
the setting took effect, nothing is started.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask the kernel to SIGKILL this process when ``parent`` ends; exit at once if it has."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        os._exit(1)


def command(*words: str) -> list[str]:
    """The words that start ``words`` tethered to the calling process."""
    return [sys.executable, "-m", "crossframe.engines.tether", str(os.getpid()), *words]


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
