"""Run a command that dies with its parent: ``python tether.py PID COMMAND...``.

On Linux the kernel is asked to kill this process when its parent ends (prctl(2),
PR_SET_PDEATHSIG), however the parent ends, kill -9 included; the setting survives exec, so the
command inherits it. PID is the parent's process number: when the parent is gone already, before
the setting took effect, nothing is started.

Children never look for modules in the working folder: a ``psutil.py`` of the user's is not ours.
"""

from __future__ import annotations

import ctypes
import os
import signal
import site
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask the kernel to SIGKILL this process when ``parent`` ends; exit at once if it has."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        os._exit(1)


def command(*arguments: str) -> list[str]:
    """The command line that runs ``arguments`` so that it dies with the calling process."""
    # By path, and cut off from everything but the standard library, which is all it needs.
    return [sys.executable, "-IS", __file__, str(os.getpid()), *arguments]


def python_path() -> str:
    """PYTHONPATH for a Python that has to import the same crossframe as this one."""
    root = str(Path(__file__).resolve().parents[2])
    # Absolute, for a child may work in another folder.
    given = [os.path.abspath(path) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    # Folders named here come before the standard library, which no installed package should.
    needed = root not in (*given, *site.getsitepackages(), site.getusersitepackages())
    return os.pathsep.join([root, *given] if needed else given)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
