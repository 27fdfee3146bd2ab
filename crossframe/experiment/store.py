"""The SQLite store: every cell is written as it ends, so that a crash loses at most one."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from platformdirs import user_data_path

from crossframe.core.errors import CrossframeError, ExitCode, UsageError
from crossframe.experiment.record import Record
from crossframe.experiment.shards import Shard

if TYPE_CHECKING:
    from crossframe.experiment.fleet import Fleet

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cells (
    key TEXT PRIMARY KEY, created TEXT NOT NULL, failed INTEGER NOT NULL,
    record TEXT NOT NULL, arrays BLOB NOT NULL, checksum TEXT, model TEXT
);
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, created TEXT NOT NULL, spec TEXT NOT NULL,
    checksum TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS results (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, created TEXT NOT NULL,
    record BLOB NOT NULL, document TEXT NOT NULL, checksum TEXT
) WITHOUT ROWID;
"""
SCHEMA_VERSION = 2
"""Version 1 had no checksums: its rows keep none, and are judged by whether they can be read. ``model`` was
added within version 2: it may be null, and what does not know it goes on reading and writing the others."""

PATIENCE = 30.0
"""Seconds to wait for another process that writes, before that is an error."""

_CHUNK = 500
_SPEC = frozenset(
    {"id", "name", "command", "dataset", "design", "overlap", "sizes", "draws", "seed", "missing_engines"}
)
"""What every spec of a run has had since the first version."""

_DAMAGED = "damaged: it cannot be read, or has changed since it was written"

_log = logging.getLogger("crossframe")


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
    """Raised when the store's file cannot be opened, read or written, or what it holds is damaged."""

    exit_code = ExitCode.USAGE


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
    """Cells by key, runs and results by id. One process writes; any number read meanwhile (WAL).

    Every row carries a checksum of what was written. A row that has changed since, or cannot be read, is
    treated as not stored, and its key is added to ``damaged``.

    With a ``shard`` the executor carries out the cells of that shard alone, and no other process can open
    the file meanwhile: without shared memory a folder of a network will do.
    """

    def __init__(self, path: Path | None = None, *, shard: Shard | None = None) -> None:
        self.path = path or default_path()
        self.shard = shard
        self.events: Callable[..., None] | None = None
        """Gets what becomes of the cells that an executor carries out with this store."""
        self.fleet: Fleet | None = None
        """The workers of a cluster that carry out cells for this store; None: processes of this machine."""
        self.damaged: set[str] = set()
        with self.used():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
            # Text that is not UTF-8 must reach the checksum, in place of an error for all rows at once.
            self._db.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            if shard is not None:
                self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if not 0 <= version <= SCHEMA_VERSION:
                raise StoreError(
                    f"{self.path} was written by another version of crossframe (schema {version})",
                    "move it away, or name another one with --store",
                )
            if version < SCHEMA_VERSION or "model" not in self._columns("cells"):
                self._migrate()

    def _columns(self, table: str) -> list[str]:
        return [row[1] for row in self._db.execute(f"PRAGMA table_info({table})")]

    def _migrate(self) -> None:
        """Make the tables; earlier ones get the columns that they lack. Atomic, beside other processes."""
        with self.transaction():
            for table in filter(str.strip, _SCHEMA.split(";")):
                self._db.execute(table)
            for added in ("cells checksum", "runs checksum", "results checksum", "cells model"):
                name, column = added.split()
                if column not in self._columns(name):
                    self._db.execute(f"ALTER TABLE {name} ADD COLUMN {column} TEXT")
            self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is written to the database within, or nothing of it; for what serves the store itself."""
        with self.used():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk has ended it already.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def used(self) -> Iterator[None]:
        """What goes wrong with the file within is a `StoreError` that names it."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if "locked" in str(error):
                raise StoreError(
                    f"the store {self.path} is in use by another process",
                    "wait until that has ended, or name another one with --store; each shard has its own",
                ) from error
            raise StoreError(
                f"the store {self.path} cannot be used: {error}",
                "free some space or repair its folder, or name another one with --store; "
                "what was finished before is kept",
            ) from error

    def put(self, key: str, record: Record, model: str | None = None) -> None:
        """Write a cell, atomically, over whatever was there.

        ``model`` is what a list of cells calls it, see `crossframe.experiment.cells.AnyCell.timed_as`.
        """
        row = (key, int(bool(record.fields["failed"])), json.dumps(record.fields), record.pack())
        with self.used():
            self._db.execute(
                "INSERT OR REPLACE INTO cells (key, failed, record, arrays, checksum, created, model) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*row, checksum_of(*row), _now(), model),
            )
        self.damaged.discard(key)

    def done(self, keys: Iterable[str]) -> set[str]:
        """Those of ``keys`` that are stored, undamaged, and did not fail.

        Where some are damaged a warning is logged, for whoever asks computes the others.
        """
        done: set[str] = set()
        damaged: set[str] = set()
        for key, record in self._cells(keys, "failed = 0 AND "):
            (damaged if record is None else done).add(key)
        if damaged:
            _log.warning(
                "%d of %d stored records in %s cannot be read or have changed since they were written: set "
                "aside, to be computed again",
                len(damaged), len(damaged) + len(done), self.path,
            )  # fmt: skip
        return done

    def cells(self, columns: str = "key") -> list[tuple[Any, ...]]:
        """These columns of every cell, undamaged or not, in SQL."""
        with self.used():
            return self._db.execute(f"SELECT {columns} FROM cells").fetchall()

    def compact(self) -> None:
        """Give the space of what was deleted back to the disk."""
        with self.used():
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def seconds(self, keys: Iterable[str]) -> dict[str, float]:
        """The engine's own seconds of those ``keys`` that are stored fits and not damaged JSON, by key."""
        seconds: dict[str, float] = {}
        for chunk in _chunks(keys):
            with self.used():
                seconds |= self._db.execute(
                    "SELECT key, json_extract(record, '$.timings.engine') AS seconds FROM cells "
                    f"WHERE json_valid(record) AND seconds > 0 AND key IN ({','.join('?' * len(chunk))})",
                    chunk,
                )
        return seconds

    def get(self, keys: Iterable[str]) -> dict[str, Record]:
        """The records of those ``keys`` that are stored, by key; damaged ones are left out."""
        return {key: record for key, record in self._cells(keys) if record is not None}

    def _cells(self, keys: Iterable[str], condition: str = "") -> Iterator[tuple[str, Record | None]]:
        """Key and record of every stored cell; None for one that is damaged, which is noted."""
        for chunk in _chunks(keys):
            marks = ",".join("?" * len(chunk))
            with self.used():
                rows = self._db.execute(
                    "SELECT key, failed, record, arrays, checksum FROM cells "
                    f"WHERE {condition}key IN ({marks})",
                    chunk,
                )
                for *row, checksum in rows:
                    key, _, fields, arrays = row
                    record = None
                    if checksum in (None, checksum_of(*row)):
                        record = Record.read(fields, arrays, complete=checksum is None)
                    if record is None:
                        self.damaged.add(key)
                    yield key, record

    def put_run(self, run_id: str, name: str, spec: dict[str, Any]) -> None:
        """Write the ``spec`` of a run, over an earlier one with the same id, before its cells are run."""
        row = (run_id, name, json.dumps(spec))
        with self.used():
            self._db.execute(
                "INSERT OR REPLACE INTO runs (id, name, spec, checksum, created) VALUES (?, ?, ?, ?, ?)",
                (*row, checksum_of(*row), _now()),
            )

    def get_run(self, name: str) -> dict[str, Any]:
        """The spec of the newest run with that id (or its beginning) or name; ``latest``.

        Raises `UsageError` where there is none, and `StoreError` where it is damaged.
        """
        with self.used():
            rows = self._db.execute("SELECT id, name FROM runs ORDER BY created DESC").fetchall()
        if not rows:
            raise UsageError(f"the store {self.path} holds no run", "run crossframe compare first")
        run_id, run_name = rows[_named(name, rows, "run")]
        spec = self._runs("WHERE id = ?", run_id)[0][3]
        if spec is None:
            raise self._damaged("run", run_id, run_name)
        return spec

    def runs(self) -> list[dict[str, Any]]:
        """Id, name, time, verb, command and note of every run and result, newest first.

        The note is empty, or says that the row is damaged.
        """
        listed = [
            {"id": i, "name": n, "created": c, "verb": "compare", "command": s["run"]["command"] if s else "",
             "note": "" if s else _DAMAGED}
            for i, n, c, s in self._runs()
        ]  # fmt: skip
        listed += [
            {"id": row[0], "name": row[2], "created": str(created), "verb": row[1], "command": "",
             "note": "" if checksum in (None, checksum_of(*row)) else _DAMAGED}
            for *row, checksum, created in self._results()
        ]  # fmt: skip
        return sorted(listed, key=lambda row: row["created"], reverse=True)

    def specs(self) -> dict[str, dict[str, Any] | None]:
        """Id of every run -> its spec, newest first; None for one that is damaged."""
        return {run_id: spec for run_id, _, _, spec in self._runs()}

    def _runs(self, where: str = "", *values: str) -> list[tuple[str, str, str, dict[str, Any] | None]]:
        """Id, name, time and spec of every run, newest first; None for a spec that is damaged."""
        with self.used():
            rows = self._db.execute(
                f"SELECT id, name, spec, checksum, created FROM runs {where} ORDER BY created DESC", values
            ).fetchall()
        return [(i, n, str(created), _spec(i, n, spec, checksum)) for i, n, spec, checksum, created in rows]

    def _damaged(self, what: str, id: str, name: str) -> StoreError:
        return StoreError(
            f"the {what} {name!r} ({id}) in {self.path} is {_DAMAGED}",
            "run the command that made it again, or choose another one: crossframe list runs",
        )

    def find(self, name: str) -> dict[str, Any]:
        """The newest row of `runs` with that id (or its beginning) or name; ``latest``.

        Raises `UsageError` where there is none.
        """
        rows = self.runs()
        if not rows:
            raise UsageError(f"the store {self.path} holds no run", "run crossframe compare first")
        return rows[_named(name, [(row["id"], row["name"]) for row in rows], "run")]

    def put_result(self, id: str, kind: str, name: str, record: Any, document: str = "") -> None:
        """Write the result of a verb, over an earlier result with the same id; see `StoredResult`.

        ``record`` is anything that msgspec writes as JSON; NaN becomes null.
        """
        row = (id, kind, name, msgspec.json.encode(record), document)
        with self.used():
            self._db.execute(
                "INSERT OR REPLACE INTO results (id, kind, name, record, document, checksum, created) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*row, checksum_of(*row), _now()),
            )

    def get_result(self, name: str = "latest", kind: str | None = None) -> StoredResult:
        """The newest result with that id (or its beginning) or name, of one kind or of any; ``latest``.

        Raises `UsageError` where there is none, and `StoreError` where it is damaged.
        """
        rows = [row for row in self._results() if kind in (None, row[1])]
        what = kind or "audit, explain or study"
        if not rows:
            raise UsageError(f"the store {self.path} holds no result of {what}", "run the command first")
        *row, checksum, created = rows[_named(name, [(row[0], row[2]) for row in rows], f"result of {what}")]
        if checksum not in (None, checksum_of(*row)):
            raise self._damaged(row[1], row[0], row[2])
        try:
            record = msgspec.json.decode(row[3])
            if row[4]:
                msgspec.json.decode(row[4], type=dict)
        except (msgspec.MsgspecError, TypeError, ValueError, RecursionError):
            raise self._damaged(row[1], row[0], row[2]) from None
        return StoredResult(row[0], row[1], row[2], str(created), record, row[4])

    def results(self) -> list[StoredResult]:
        """Every result without its record and document, newest first."""
        return [StoredResult(row[0], row[1], row[2], str(row[-1]), None) for row in self._results()]

    def _results(self) -> list[tuple[Any, ...]]:
        """Every row of ``results``, newest first; checksum and time are the last columns."""
        with self.used():
            return self._db.execute(
                "SELECT id, kind, name, record, document, checksum, created FROM results "
                "ORDER BY created DESC"
            ).fetchall()

    def close(self) -> None:
        """Close the connection to the file; the store cannot be used afterwards."""
        self._db.close()


def _named(name: str, rows: Sequence[tuple[str, str]], what: str) -> int:
    """The number of the first of the ``rows``, (id, name) each, that ``name`` means; ``latest``: of all.

    An id goes before a name, and either before the beginning of an id: results may have their names as ids.
    Raises `UsageError` where there is none.
    """
    if name == "latest":
        return 0
    ids, names = [row[0] for row in rows], [row[1] for row in rows]
    for known in (ids, names):
        if name in known:
            return known.index(name)
    begun = [number for number, id in enumerate(ids) if len(name) >= 4 and id.startswith(name)]
    if not begun:
        raise UsageError.unknown(what, name, ["latest", *names, *ids])
    return begun[0]


def checksum_of(*parts: Any) -> str:
    """SHA-256, in hexadecimal, of the values of a row, each with its length."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogateescape")
        digest.update(b"%d:" % len(raw) + raw)
    return digest.hexdigest()


def _spec(id: str, name: str, text: Any, checksum: str | None) -> dict[str, Any] | None:
    """The spec of a row of ``runs``; None where it is damaged."""
    if checksum not in (None, checksum_of(id, name, text)):
        return None
    try:
        spec = json.loads(text)
        whole = checksum is not None or (
            spec["run"].keys() >= _SPEC and isinstance(spec["cells"], list) and bool(spec["contestants"])
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return spec if whole else None


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    every = list(keys)
    for i in range(0, len(every), _CHUNK):
        yield every[i : i + _CHUNK]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
