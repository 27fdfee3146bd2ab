"""Paths and names of runs that a command is given, checked as the arguments are read: before any work."""

from __future__ import annotations

import argparse
import os
import stat
from pathlib import Path

from crossframe.core.errors import UsageError

LONGEST_NAME = 100


def path(text: str) -> str:
    """``text`` with its ~ expanded; raises `argparse.ArgumentTypeError` where there can be no such path."""
    try:
        place = Path(text).expanduser()
        place.resolve()
        place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, RuntimeError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{_cut(text)}: {_reason(error)}; give another path") from None
    return os.path.expanduser(text)


def file(text: str) -> str:
    """A `path` that is not a pipe or a device, which might never end."""
    text = path(text)
    place = Path(text)
    if place.exists() and not (place.is_file() or place.is_dir()):
        raise argparse.ArgumentTypeError(f"{text}: a pipe or a device; give a regular file")
    return text


def folder(text: str) -> str:
    """A `path` at which a folder is or can be made."""
    text = path(text)
    place = Path(text).absolute()
    existing = next(p for p in (place, *place.parents) if p.exists())
    if not stat.S_ISDIR(existing.stat().st_mode):
        raise argparse.ArgumentTypeError(f"{text}: {existing.name} is a file; give a folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise argparse.ArgumentTypeError(f"{text}: {existing} cannot be written to; give another folder")
    return text


def run_name(text: str) -> str:
    """A name of a run, which names the folder of its report too."""
    if (
        text in ("", ".", "..")
        or not text.isprintable()
        or len(text) > LONGEST_NAME
        or set(text) & set("/\\")
    ):
        raise argparse.ArgumentTypeError(
            f"{_cut(text)!r} names no folder; at most {LONGEST_NAME} letters, without / and \\"
        )
    return text


def report_folder(given: str | None, name: str) -> Path:
    """The folder that was given, or that of the run ``name``; raises `UsageError` for a name that is none."""
    if given:
        return Path(given)
    try:
        return Path("reports", run_name(name))
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"the run's name {error}", "give a folder: --report DIR") from None


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"
