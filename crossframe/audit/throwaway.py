"""Temporary virtual environments; the processes that make and use them end when this one does."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crossframe.audit.snapshot import escaped
from crossframe.core.errors import EngineMissing, UsageError
from crossframe.frameworks import tether

_LIMIT = 3600.0  # seconds
# They change where pip installs, or forbid it; they were set for other environments.
_MISLEADING = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PIP_DRY_RUN")
_NOISE = re.compile(r"^\s*$|is ignored: it is neither|\[notice\]|new release of pip")
_OFFERED = re.compile(r"satisfies the requirement (\S+).*?\(from versions: ([^)]*)\)")
_NETWORK = re.compile(
    r"ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|establish a new connection|"
    r"name resolution|Name or service not known|nodename nor servname|Network is unreachable"
)
_SPACE = re.compile(r"No space left on device|Errno 28|Disk quota exceeded|Errno 122")
_FREE = "free some space, or name a folder on another disk in TMPDIR"


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code, None when it ran out of time, and what it wrote."""

    code: int | None
    out: str
    err: str

    @property
    def ending(self) -> str:
        """The last lines of its output joined into one, without pip's notices; at most 800 characters."""
        text = self.err or self.out
        lines = [" ".join(line.split()) for line in text.splitlines() if not _NOISE.search(line)]
        last = lines[-1:] if "Traceback (most recent call last)" in text else lines[-4:]
        return escaped(" / ".join(last), 800) or f"exit code {self.code}, without any output"


def run(words: Sequence[str], scratch: Path, variables: Mapping[str, str], limit: float = _LIMIT) -> Done:
    """Run the command ``words`` in the folder ``scratch``, its temporary files too, for ``limit`` seconds.

    ``variables`` are added to the environment. Ctrl-C, or any other exception here, kills the command and
    everything it has started.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch / "tmp"))
    process = subprocess.Popen(
        tether.command(*words),
        cwd=scratch,
        env={**kept, **temporary, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        _kill(process)
        return Done(None, "", f"not done after {limit:.0f} s")
    except BaseException:
        _kill(process)
        raise
    return Done(process.returncode, out, err)


def _kill(process: subprocess.Popen[str]) -> None:
    # The processes that it has started are in its process group and may outlive it.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def environment(scratch: Path) -> str:
    """Make a virtual environment in ``scratch``; its Python. Raises `EngineMissing` when it cannot."""
    folder = scratch / "env"
    done = run([sys.executable, "-I", "-m", "venv", str(folder)], scratch, {})
    python = folder / "bin" / "python"
    if done.code == 0 and python.exists():
        return str(python)
    remedy = _FREE if _SPACE.search(done.out + done.err) else "install the venv module of this Python"
    raise EngineMissing(f"no virtual environment can be made: {done.ending}", remedy)


def install(python: str, requirements: Sequence[str], scratch: Path, *, wheels: bool = True) -> None:
    """Install ``requirements`` into the environment of ``python``; sources only where ``wheels`` is false.

    ``scratch`` holds pip's temporary files.

    Raises
    ------
    UsageError
        When the index has no such release for this Python.
    EngineMissing
        When it cannot be reached, or the disk is full, or the installation fails otherwise.
    """
    words = [python, "-I", "-m", "pip", "install", "--no-input", "--no-user", "--prefer-binary"]
    words += ["--disable-pip-version-check", "--no-warn-script-location"]
    words += ["--only-binary", ":all:"] if wheels else []
    done = run([*words, *requirements], scratch, {})
    if done.code != 0:
        raise explained(done, " ".join(requirements))


def explained(done: Done, wanted: str) -> UsageError | EngineMissing:
    """The error for a failed pip run: `UsageError` where there is no such release, else `EngineMissing`."""
    text = done.out + done.err
    if _SPACE.search(text):
        return EngineMissing(f"the disk is full: {wanted} cannot be installed: {done.ending}", _FREE)
    offered = _OFFERED.search(text)
    name, versions = offered.groups() if offered else ("", "")
    # With a single attempt pip does not report that it could not connect.
    if _NETWORK.search(text) or versions == "none":
        return EngineMissing(
            f"pip cannot reach its package index, or the index is empty: {wanted} cannot be installed: "
            f"{done.ending}",
            "connect to the network, or name a mirror with pip config; a snapshot file needs neither",
        )
    if offered:
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        return UsageError(
            f"the package index has no {escaped(name)} ready for Python {python}",
            f"it has {escaped(versions, 1500)}",
        )
    return EngineMissing(f"{wanted} cannot be installed: {done.ending}", "try a release nearer to this one")
