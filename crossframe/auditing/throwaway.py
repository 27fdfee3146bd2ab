"""Environments made, filled and used by processes of their own, which end when their starter does."""

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

from crossframe.auditing.snapshot import shown
from crossframe.engines import tether
from crossframe.errors import EngineMissing, UsageError

_LIMIT = 3600.0  # seconds
# They send what is installed elsewhere, or forbid it; whoever set them meant other environments.
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
        """The last lines it wrote, on one line."""
        said = self.err or self.out
        lines = [" ".join(line.split()) for line in said.splitlines() if not _NOISE.search(line)]
        last = lines[-1:] if "Traceback (most recent call last)" in said else lines[-4:]
        return shown(" / ".join(last), 800) or f"exit code {self.code}, without a word"


def run(words: Sequence[str], scratch: Path, variables: Mapping[str, str], limit: float = _LIMIT) -> Done:
    """Run a command in the folder ``scratch``, its temporary files in there too, for ``limit`` seconds.

    Ctrl-C, or any other exception here, kills it and everything it has started.
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
    # It leads a group of its own, in which what it has started may outlive it.
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
    mend = _FREE if _SPACE.search(done.out + done.err) else "install the venv module of this Python"
    raise EngineMissing(f"no virtual environment can be made: {done.ending}", mend)


def install(python: str, requirements: Sequence[str], scratch: Path, *, wheels: bool = True) -> None:
    """Install into the environment of ``python``, only what needs no compiling unless ``wheels`` is false.

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
    """What pip's failure means, and the remedy."""
    said = done.out + done.err
    if _SPACE.search(said):
        return EngineMissing(f"the disk is full: {wanted} cannot be installed: {done.ending}", _FREE)
    offered = _OFFERED.search(said)
    name, versions = offered.groups() if offered else ("", "")
    # Told to try only once, pip does not say that it could not connect.
    if _NETWORK.search(said) or versions == "none":
        return EngineMissing(
            f"pip cannot reach its package index, or there is nothing in it: {wanted} cannot be installed: "
            f"{done.ending}",
            "connect to the network, or name a mirror with pip config; a snapshot file needs neither",
        )
    if offered:
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        return UsageError(
            f"the package index has no {shown(name)} ready for Python {python}",
            f"it has {shown(versions, 1500)}",
        )
    return EngineMissing(f"{wanted} cannot be installed: {done.ending}", "try a release nearer to this one")
