"""The folder in which a user's script runs: copies of the files around it, which stay as they are."""

from __future__ import annotations

import contextlib
import shutil
from collections import deque
from pathlib import Path

COPIED = 50_000_000
"""Bytes that are copied for a run; what goes beyond is a link."""
ENTRIES = 2000
"""Files and folders of which copies are made for a run."""


def working_folder(root: Path, script: Path, data: Path | None) -> Path:
    """Make under ``root`` a folder with what is beside the script, in one with what is beside that folder.

    Folders are made anew and files are copied, so that a script which writes a file, perhaps a changed
    script, leaves the user's as it is. Links are the largest files, where all have more than `COPIED` bytes;
    folders that would make more than `ENTRIES` entries, the deepest ones first; folders whose names begin
    with a dot, and those of another file system. Returns the folder of the script.
    """
    own = script.absolute().parent
    here = root / (own.name or "folder")
    here.mkdir(parents=True)
    # A table in ../data is there too.
    files = _placed(deque([(own, here), (own.parent, root)]), root.resolve())
    room = COPIED
    for size, source, target in sorted(files):
        room -= size
        with contextlib.suppress(OSError):
            if room < 0:
                target.symlink_to(source)
            else:
                shutil.copy2(source, target)
    for file in (script, data):
        if file is not None:
            (here / file.name).unlink(missing_ok=True)
            shutil.copyfile(file, here / file.name)
    return here


def _placed(folders: deque[tuple[Path, Path]], root: Path) -> list[tuple[int, Path, Path]]:
    """Fill folders with folders and links; return the files that are to be copied: size, source, target."""
    files: list[tuple[int, Path, Path]] = []
    rest = ENTRIES
    while folders:
        source, target = folders.popleft()
        entries = _entries(source)
        if not target.exists():
            # Below the first two, which are there whatever they hold.
            if entries is None or len(entries) > rest:
                target.symlink_to(source)
                continue
            target.mkdir()
        rest -= len(entries or ())
        for entry in entries or ():
            place = target / entry.name
            if place.exists():
                continue
            with contextlib.suppress(OSError):
                if _made_anew(entry, source, root):
                    folders.append((entry, place))
                elif entry.is_file():
                    files.append((entry.stat().st_size, entry, place))
                else:
                    place.symlink_to(entry)
    return files


def _entries(folder: Path) -> list[Path] | None:
    with contextlib.suppress(OSError):
        return list(folder.iterdir())
    return None


def _made_anew(entry: Path, source: Path, root: Path) -> bool:
    """Whether an entry of ``source`` is a folder that is made anew: none that holds it or ``root``."""
    if not entry.is_dir() or entry.name.startswith("."):
        return False
    inside = (root, source.resolve())
    return entry.stat().st_dev == source.stat().st_dev and not any(
        each.is_relative_to(entry.resolve()) for each in inside
    )
