"""The SQLite store: every cell is written as it ends, so that a crash loses at most one."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from crossframe.comparison.record import Record
from crossframe.errors import CrossframeError, UsageError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cells (
    key TEXT PRIMARY KEY, created TEXT NOT NULL, failed INTEGER NOT NULL,
    record TEXT NOT NULL, arrays BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, created TEXT NOT NULL, spec TEXT NOT NULL
) WITHOUT ROWID;
"""
_SCHEMA_VERSION = 1
_CHUNK = 500


def default_path() -> Path:
    """``$CROSSFRAME_STORE``, else ``store.sqlite`` in the user's data folder."""
    named = os.environ.get("CROSSFRAME_STORE")
    return Path(named) if named else user_data_path("crossframe") / "store.sqlite"


class StoreError(CrossframeError):
    """The store cannot be opened, read or written."""


class Store:
    """Cells by key, and runs by id. One process writes; any number read meanwhile (WAL)."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        with self._told():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=30.0, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, _SCHEMA_VERSION):
                raise StoreError(
                    f"{self.path} was written by another version of crossframe (schema {version})",
                    "move it away, or name another one with --store",
                )
            self._db.executescript(_SCHEMA)
            self._db.execute(f"PRAGMA user_version={_SCHEMA_VERSION}")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"the store {self.path} cannot be used: {error}",
                "free some space or repair its folder, or name another one with --store; "
                "what was finished before is kept",
            ) from error

    def put(self, key: str, record: Record) -> None:
        """Write a cell, atomically, over whatever was there."""
        row = (key, _now(), int(bool(record.fields["failed"])), json.dumps(record.fields), record.pack())
        with self._told():
            self._db.execute("INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?, ?)", row)

    def done(self, keys: Iterable[str]) -> set[str]:
        """Those of ``keys`` that are stored and did not fail."""
        found: set[str] = set()
        for chunk in _chunks(keys):
            marks = ",".join("?" * len(chunk))
            with self._told():
                rows = self._db.execute(f"SELECT key FROM cells WHERE failed = 0 AND key IN ({marks})", chunk)
                found.update(key for (key,) in rows)
        return found

    def get(self, keys: Iterable[str]) -> dict[str, Record]:
        """The stored cells among ``keys``."""
        found: dict[str, Record] = {}
        for chunk in _chunks(keys):
            marks = ",".join("?" * len(chunk))
            with self._told():
                rows = self._db.execute(
                    f"SELECT key, record, arrays FROM cells WHERE key IN ({marks})", chunk
                )
                for key, fields, arrays in rows:
                    found[key] = Record(json.loads(fields), Record.unpack(arrays))
        return found

    def put_run(self, run_id: str, name: str, spec: dict[str, Any]) -> None:
        """Write what a run consists of, so that it can be reported whatever happens to it."""
        with self._told():
            self._db.execute(
                "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)",
                (run_id, name, _now(), json.dumps(spec)),
            )

    def get_run(self, name: str) -> dict[str, Any]:
        """The spec of the newest run with that id (or its beginning) or name; ``latest``."""
        with self._told():
            rows = self._db.execute("SELECT id, name, spec FROM runs ORDER BY created DESC").fetchall()
        for run_id, run_name, spec in rows:
            if name in ("latest", run_name) or (len(name) >= 4 and run_id.startswith(name)):
                return json.loads(spec)  # type: ignore[no-any-return]
        if not rows:
            raise UsageError(f"the store {self.path} holds no run", "run crossframe compare first")
        raise UsageError.unknown("run", name, ["latest", *(r[1] for r in rows), *(r[0] for r in rows)])

    def runs(self) -> list[dict[str, Any]]:
        """Id, name, time and command of every run, newest first."""
        with self._told():
            rows = self._db.execute("SELECT id, name, created, spec FROM runs ORDER BY created DESC")
            return [
                {"id": i, "name": n, "created": c, "command": json.loads(s)["run"]["command"]}
                for i, n, c, s in rows
            ]

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    every = list(keys)
    for i in range(0, len(every), _CHUNK):
        yield every[i : i + _CHUNK]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
