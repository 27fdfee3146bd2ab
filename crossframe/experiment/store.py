"""The SQLite store: every cell is written as it ends, so that a crash loses at most one."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from platformdirs import user_data_path

from crossframe.core.errors import CrossframeError, UsageError
from crossframe.experiment.record import Record

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cells (
    key TEXT PRIMARY KEY, created TEXT NOT NULL, failed INTEGER NOT NULL,
    record TEXT NOT NULL, arrays BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, created TEXT NOT NULL, spec TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS results (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, created TEXT NOT NULL,
    record BLOB NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID;
"""
_SCHEMA_VERSION = 1
_CHUNK = 500


@contextmanager
def opened(store: Store | str | os.PathLike[str] | None) -> Iterator[Store]:
    """``store`` itself, or the one in that file (None: the user's), which is closed afterwards."""
    if isinstance(store, Store):
        yield store
        return
    made = Store(None if store is None else Path(store))
    try:
        yield made
    finally:
        made.close()


def default_path() -> Path:
    """``$CROSSFRAME_STORE``, else ``store.sqlite`` in the user's data folder."""
    named = os.environ.get("CROSSFRAME_STORE")
    return Path(named) if named else user_data_path("crossframe") / "store.sqlite"


class StoreError(CrossframeError):
    """Raised when the store's file cannot be opened, read or written, or has another schema."""


@dataclass(frozen=True)
class StoredResult:
    """The result of a verb, as it was stored.

    Attributes
    ----------
    id
        A name that no other result has.
    kind
        The verb: ``audit``, ``explain`` or ``study``.
    name
        By which `Store.get_result` finds it; several results may share one.
    created
        When it was stored, ISO 8601 in UTC.
    record
        The result as plain JSON values.
    document
        The JSON of its report (see `crossframe.report.document.Document.from_json`); empty: there is none.
    """

    id: str
    kind: str
    name: str
    created: str
    record: Any
    document: str = ""


class Store:
    """Cells by key, runs and results by id. One process writes; any number read meanwhile (WAL)."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        with self._open():
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
    def _open(self) -> Iterator[None]:
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
        with self._open():
            self._db.execute("INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?, ?)", row)

    def done(self, keys: Iterable[str]) -> set[str]:
        """Those of ``keys`` that are stored and did not fail."""
        done: set[str] = set()
        for chunk in _chunks(keys):
            marks = ",".join("?" * len(chunk))
            with self._open():
                rows = self._db.execute(f"SELECT key FROM cells WHERE failed = 0 AND key IN ({marks})", chunk)
                done.update(key for (key,) in rows)
        return done

    def get(self, keys: Iterable[str]) -> dict[str, Record]:
        """The records of those ``keys`` that are stored, by key."""
        records: dict[str, Record] = {}
        for chunk in _chunks(keys):
            marks = ",".join("?" * len(chunk))
            with self._open():
                rows = self._db.execute(
                    f"SELECT key, record, arrays FROM cells WHERE key IN ({marks})", chunk
                )
                for key, fields, arrays in rows:
                    records[key] = Record(json.loads(fields), Record.unpack(arrays))
        return records

    def put_run(self, run_id: str, name: str, spec: dict[str, Any]) -> None:
        """Write the ``spec`` of a run, over an earlier one with the same id, before its cells are run."""
        with self._open():
            self._db.execute(
                "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)",
                (run_id, name, _now(), json.dumps(spec)),
            )

    def get_run(self, name: str) -> dict[str, Any]:
        """The spec of the newest run with that id (or its beginning) or name; ``latest``."""
        with self._open():
            rows = self._db.execute("SELECT id, name, spec FROM runs ORDER BY created DESC").fetchall()
        for run_id, run_name, spec in rows:
            if _named(name, run_id, run_name):
                return json.loads(spec)  # type: ignore[no-any-return]
        if not rows:
            raise UsageError(f"the store {self.path} holds no run", "run crossframe compare first")
        raise UsageError.unknown("run", name, ["latest", *(r[1] for r in rows), *(r[0] for r in rows)])

    def runs(self) -> list[dict[str, Any]]:
        """Id, name, time, verb and command of every run and result, newest first."""
        with self._open():
            runs = self._db.execute("SELECT id, name, created, spec FROM runs").fetchall()
        listed = [
            {"id": i, "name": n, "created": c, "verb": "compare", "command": json.loads(s)["run"]["command"]}
            for i, n, c, s in runs
        ]
        listed += [
            {"id": r.id, "name": r.name, "created": r.created, "verb": r.kind, "command": ""}
            for r in self.results()
        ]
        return sorted(listed, key=lambda row: row["created"], reverse=True)

    def find(self, name: str) -> dict[str, Any]:
        """The newest row of `runs` with that id (or its beginning) or name; ``latest``.

        Raises `UsageError` where there is none.
        """
        rows = self.runs()
        for row in rows:
            if _named(name, row["id"], row["name"]):
                return row
        if not rows:
            raise UsageError(f"the store {self.path} holds no run", "run crossframe compare first")
        raise UsageError.unknown(
            "run", name, ["latest", *(text for r in rows for text in (r["name"], r["id"]))]
        )

    def put_result(self, id: str, kind: str, name: str, record: Any, document: str = "") -> None:
        """Write the result of a verb, over an earlier result with the same id; see `StoredResult`.

        ``record`` is anything that msgspec writes as JSON; NaN becomes null.
        """
        row = (id, kind, name, _now(), msgspec.json.encode(record), document)
        with self._open():
            self._db.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?)", row)

    def get_result(self, name: str = "latest", kind: str | None = None) -> StoredResult:
        """The newest result with that id (or its beginning) or name, of one kind or of any; ``latest``.

        Raises `UsageError` where there is none.
        """
        with self._open():
            rows = self._db.execute("SELECT * FROM results ORDER BY created DESC").fetchall()
        rows = [row for row in rows if kind in (None, row[1])]
        for row in rows:
            if _named(name, row[0], row[2]):
                return StoredResult(row[0], row[1], row[2], row[3], msgspec.json.decode(row[4]), row[5])
        what = kind or "audit, explain or study"
        if not rows:
            raise UsageError(f"the store {self.path} holds no result of {what}", "run the command first")
        raise UsageError.unknown(
            f"result of {what}", name, ["latest", *(text for r in rows for text in (r[2], r[0]))]
        )

    def results(self) -> list[StoredResult]:
        """Every result without its record and document, newest first."""
        with self._open():
            rows = self._db.execute("SELECT id, kind, name, created FROM results ORDER BY created DESC")
            return [StoredResult(i, kind, name, created, None) for i, kind, name, created in rows]

    def close(self) -> None:
        """Close the connection to the file; the store cannot be used afterwards."""
        self._db.close()


def _named(name: str, id: str, own_name: str) -> bool:
    return name in ("latest", own_name) or (len(name) >= 4 and id.startswith(name))


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    every = list(keys)
    for i in range(0, len(every), _CHUNK):
        yield every[i : i + _CHUNK]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
