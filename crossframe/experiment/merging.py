"""Stores become one: what each shard has computed, in one file, or nothing of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.core.text import plural
from crossframe.experiment.record import Record
from crossframe.experiment.store import SCHEMA_VERSION, Store, StoreError, checksum_of

_CELLS = ("key", "failed", "record", "arrays", "checksum", "created", "model")
_RUNS = ("id", "name", "spec", "checksum", "created")
_RESULTS = ("id", "kind", "name", "record", "document", "checksum", "created")

_CIRCUMSTANCES = frozenset({"timings", "peak_memory", "attempts", "evidence", "versions"})
"""Fields of a record that may differ where the same numbers are computed twice."""

_LOGS = ("-wal", "-journal")
"""What a process that was killed leaves beside a database: pages that are not in the file yet."""

_NAMED = 3
"""Conflicts that an error names."""


@dataclass
class Merged:
    """What became of one source.

    Attributes
    ----------
    source
        The file.
    new, known
        Cells that were copied, and those that were there with the same numbers.
    replaced
        Failed or damaged cells that gave way to those of this source.
    failed
        Failed cells of this source for which there is a good one.
    random
        Known ones with other numbers, of models that are not deterministic: the first stay.
    runs, results
        Copied, or newer than what was there.
    damaged
        Keys and names of what cannot be read, or has changed since it was written; left out.
    """

    source: Path
    new: int = 0
    known: int = 0
    replaced: int = 0
    failed: int = 0
    random: int = 0
    runs: int = 0
    results: int = 0
    damaged: list[str] = field(default_factory=list)


def merge(sources: Sequence[Path], into: Path) -> list[Merged]:
    """Copy what the ``sources`` hold to the store ``into``, which need not exist; one entry for each source.

    The sources are only read. Whatever goes wrong, also a kill, ``into`` is as it was before. A failed cell
    gives way to a good one; of runs and results with one id the newest stays.

    Raises
    ------
    UsageError
        For a source that does not exist.
    StoreError
        For a source that is no store, was written by another version, or changes meanwhile; and where two
        stores have the same cell with other numbers.
    """
    for source in sources:
        if not source.is_file():
            raise UsageError(
                f"{source}: there is no such file", "name the stores that the shards have written"
            )
    made_here = not into.exists()
    store = Store(into)
    try:
        with store.transaction() as db:
            merging = _Merging(db, store)
            return [merging.add(source) for source in sources]
    except BaseException:
        if made_here:
            store.close()
            into.unlink(missing_ok=True)
        raise
    finally:
        store.close()


class _Merging:
    """One merge, in one transaction."""

    def __init__(self, db: sqlite3.Connection, store: Store) -> None:
        self._db, self._store, self._into = db, store, store.path
        self._origin: dict[str, Path] = {}
        """Key of a cell -> the source of this merge that it comes from."""

    def add(self, source: Path) -> Merged:
        made = Merged(source)
        conflicts: list[str] = []
        with _reading(source, self._into.parent) as db:
            for row in _rows(db, "cells", _CELLS):
                if words := self._cell(row, made):
                    conflicts.append(words)
            made.runs = self._newest(db, "runs", _RUNS, made)
            made.results = self._newest(db, "results", _RESULTS, made)
        if conflicts:
            more = len(conflicts) - _NAMED
            raise StoreError(
                "\n".join([
                    f"{source} has {plural(len(conflicts), 'cell')} with other numbers than another store; "
                    "nothing was merged:",
                    *(f"- {words}" for words in conflicts[:_NAMED]),
                    *([f"- and {more} more"] if more > 0 else []),
                ]),
                "another processor or library computes other digits: merge the stores of equal machines, or "
                "compute one of the two again",
            )  # fmt: skip
        return made

    def _cell(self, row: dict[str, Any], made: Merged) -> str:
        """Copy a cell where it is better than what is there; returns a conflict in words."""
        key = row["key"]
        if not _whole(row):
            made.damaged.append(key)
            return ""
        there = self._there("cells", _CELLS, key)
        if there is None:
            made.new += 1
        elif not _whole(there) or (there["failed"] and not row["failed"]):
            made.replaced += 1
        elif row["failed"]:
            made.failed += 1
            return ""
        else:
            return self._known(there, row, made)
        self._put("cells", row)
        self._origin[key] = made.source
        return ""

    def _known(self, there: dict[str, Any], row: dict[str, Any], made: Merged) -> str:
        fields = [json.loads(one["record"]) for one in (there, row)]
        same = there["arrays"] == row["arrays"] and _numbers(fields[0]) == _numbers(fields[1])
        if same or not all(of.get("deterministic", True) for of in fields):
            made.known += 1
            made.random += not same
            return ""
        what = row["model"] or fields[0].get("model") or "a cell"
        first = self._origin.get(row["key"], self._into)
        return f"{what} ({row['key'][:12]}): {_difference(*fields)} in {first} and {made.source}"

    def _newest(self, db: sqlite3.Connection, table: str, columns: tuple[str, ...], made: Merged) -> int:
        copied = 0
        for row in _rows(db, table, columns):
            if not _whole(row):
                made.damaged.append(f"{table[:-1]} {row['name']} ({row['id']})")
                continue
            there = self._there(table, columns, row["id"])
            if there is None or not _whole(there) or str(there["created"]) < str(row["created"]):
                self._put(table, row)
                copied += 1
        return copied

    def _there(self, table: str, columns: tuple[str, ...], key: str) -> dict[str, Any] | None:
        """The row of the target with this key."""
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE {columns[0]} = ?"
        with self._store.used():
            return next(_dicts(self._db.execute(query, (key,)), columns), None)

    def _put(self, table: str, row: dict[str, Any]) -> None:
        marks = ", ".join("?" * len(row))
        with self._store.used():
            self._db.execute(
                f"INSERT OR REPLACE INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values())
            )


@contextmanager
def _reading(source: Path, beside: Path) -> Iterator[sqlite3.Connection]:
    """A connection that reads a store and writes nothing, neither to the file nor beside it.

    What a process left in a log when it was killed is read in a copy, which is made in the folder ``beside``.
    """
    before = _state(source)
    with ExitStack() as open_:
        file, how = source, "mode=ro&immutable=1"
        try:
            if len(before) > 1:
                folder = open_.enter_context(tempfile.TemporaryDirectory(prefix=".merging-", dir=beside))
                file, how = Path(folder, "store.sqlite"), "mode=rw"
                for name in before:
                    shutil.copyfile(name, f"{file}{name.removeprefix(str(source))}")
            db = open_.enter_context(closing(sqlite3.connect(f"{file.absolute().as_uri()}?{how}", uri=True)))
            db.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            _check(db, source)
            yield db
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{source} cannot be read as a store: {error}", "leave it out") from error
    if _state(source) != before:
        raise StoreError(f"{source} is being written", "merge it when its run has ended")


def _state(source: Path) -> dict[str, tuple[int, int]]:
    """Time and size of a database and of its logs that hold something."""
    files = {
        name: Path(name).stat() for name in (f"{source}{e}" for e in ("", *_LOGS)) if Path(name).exists()
    }
    return {name: (s.st_mtime_ns, s.st_size) for name, s in files.items() if s.st_size or name == str(source)}


def _check(db: sqlite3.Connection, source: Path) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"cells", "runs", "results"} <= tables:
        raise StoreError(f"{source} holds no store of crossframe", "leave it out")
    if version != SCHEMA_VERSION:
        older = version < SCHEMA_VERSION
        remedy = (
            f"bring it up to date: crossframe store list --store {source}"
            if older
            else "merge with that version"
        )
        raise StoreError(f"{source} was written by another version of crossframe (schema {version})", remedy)


def _rows(db: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    there = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
    chosen = ", ".join(name if name in there else f"NULL AS {name}" for name in columns)
    return _dicts(db.execute(f"SELECT {chosen} FROM {table} ORDER BY {columns[0]}"), columns)


def _dicts(rows: sqlite3.Cursor, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    return (dict(zip(columns, row, strict=True)) for row in rows)


def _whole(row: dict[str, Any]) -> bool:
    """Whether a row is as it was written; one without a checksum, whether it can be read."""
    checksum = row["checksum"]
    values = [v for name, v in row.items() if name not in ("checksum", "created", "model")]
    if checksum is not None:
        return bool(checksum == checksum_of(*values))
    return "arrays" not in row or Record.read(row["record"], row["arrays"], complete=True) is not None


def _numbers(fields: dict[str, Any]) -> str:
    """What a record states about its fit, as text; NaN is equal to NaN there."""
    return json.dumps({k: v for k, v in fields.items() if k not in _CIRCUMSTANCES}, sort_keys=True)


def _difference(one: dict[str, Any], other: dict[str, Any]) -> str:
    """The first field in which two records differ, those of a person's interest first."""
    first = ("status", "accuracy", "r2", "logloss", "rmse")
    names = [*first, *(name for name in sorted({*one, *other}) if name not in {*first, *_CIRCUMSTANCES})]
    for name in names:
        left, right = one.get(name), other.get(name)
        if json.dumps(left) != json.dumps(right):
            return f"{name} {_short(left)} and {_short(right)}"
    return "the predictions differ"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
