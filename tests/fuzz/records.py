"""Damaged stores: records that are not as they were written, and the verbs that read them."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from crossframe.core.errors import ExitCode
from tests.fuzz.case import ANY, DONE, REFUSED, Case, Check, Make, Outcome
from tests.fuzz.tables import NAMES

RUN = (
    "compare",
    "--dataset",
    "digits",
    "--n",
    "10,20",
    "--draws",
    "2",
    "--contestants",
    "sklearn.logistic,pixel.centre",
    "--name",
    "base",
    "--no-report",
    "--json",
)
AUDIT = ("audit", "sklearn.logistic", "--json")
EXPLAIN = ("explain", "sklearn.logistic", "sklearn.logistic:C=10", "--json")
ALL = (RUN, AUDIT, EXPLAIN)
"""The commands that fill the stores that are then damaged."""


def fill(folder: Path, commands: tuple[tuple[str, ...], ...], run: Callable[[Case], Outcome]) -> None:
    """Fill the store in ``folder`` by ``commands``, and keep what compare prints beside it."""
    for words in commands:
        outcome = run(Case("filling", words[0], words))
        assert outcome.code in (0, 1), outcome
        if words is RUN:
            (folder / "printed.json").write_text(outcome.stdout)
    with closing(sqlite3.connect(folder / "store.sqlite")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _numbers(printed: str) -> object:
    """What a comparison computed: the same whenever it is computed again."""
    result = json.loads(printed)
    volatile = ("seconds", "timing", "memory", "created", "attempts", "command", "id", "when", "version")
    strip = lambda row: {k: v for k, v in row.items() if not any(word in k for word in volatile)}  # noqa: E731
    return [list(map(strip, result["cells"])), list(map(strip, result["pairs"]))]


def same_numbers(outcome: Outcome, work: Path) -> str:
    """The comparison has the numbers of the undamaged store."""
    before = (work.parent / "store" / "printed.json").read_text()
    if outcome.code in DONE and _numbers(outcome.stdout) != _numbers(before):
        return "its numbers are not those of the undamaged store"
    return ""


def says_so(outcome: Outcome, work: Path) -> str:
    """A record that cannot be used is named."""
    silent = outcome.code == 0 and not outcome.stderr.strip()
    return "a damaged record was left out or used without a word" if silent else ""


# ---- damages

Damage = Callable[[object], object]


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _head(**changed: object) -> Damage:
    """The first array of a blob described otherwise."""

    def damage(blob: object) -> bytes:
        head, _, body = _bytes(blob).partition(b"\n")
        described = json.loads(head)
        if described:
            name, dtype, shape = described[0]
            first = {"name": name, "dtype": dtype, "shape": shape} | changed
            described[0] = [first["name"], first["dtype"], first["shape"]]
        return json.dumps(described).encode() + b"\n" + body

    return damage


def _changed(pattern: str, replacement: str) -> Damage:
    return lambda text: re.sub(pattern, replacement, _text(text))


def _flipped(blob: object) -> bytes:
    data = bytearray(_bytes(blob))
    for i in range(max(1, len(data) - 16), len(data)):
        data[i] ^= 0x11
    return bytes(data)


JSON: dict[str, Damage] = {
    "cut": lambda text: _text(text)[: len(_text(text)) // 2],
    "empty": lambda text: "",
    "null": lambda text: "null",
    "a list": lambda text: "[]",
    "an empty object": lambda text: "{}",
    "a number": lambda text: "1e999",
    "of another program": lambda text: '{"a": {"b": [1, 2, null]}}',
    "with NUL": lambda text: _text(text)[:5] + "\x00" + _text(text)[5:],
    "bytes": lambda text: b"\xff\xfe\x00\x1b[5m",
    "not text": lambda text: 3,
    "deep": lambda text: "[" * 100_000,
    "every value null": lambda text: json.dumps(dict.fromkeys(json.loads(_text(text)))),
    "every value a list": lambda text: json.dumps({k: [[]] for k in json.loads(_text(text))}),
    "a value too many": lambda text: _text(text) + "1",
}
"""Damages of any column with JSON."""

CELLS: dict[str, tuple[str, Damage]] = {
    **{f"record {name}": ("record", damage) for name, damage in JSON.items()},
    "status unknown": ("record", _changed(r'"status": "[^"]*"', '"status": "\\\\u001b[5;7;35mred"')),
    "accuracy changed": ("record", _changed(r'"accuracy": [0-9.e-]+', '"accuracy": 0.123')),
    "accuracy of text": ("record", _changed(r'"accuracy": [0-9.e-]+', '"accuracy": "high"')),
    "accuracy infinite": ("record", _changed(r'"accuracy": [0-9.e-]+', '"accuracy": Infinity')),
    "arrays empty": ("arrays", lambda blob: b""),
    "arrays cut": ("arrays", lambda blob: _bytes(blob)[:-9]),
    "arrays too long": ("arrays", lambda blob: _bytes(blob) + b"\0" * 64),
    "arrays of noise": ("arrays", lambda blob: bytes(range(256))),
    "arrays of text": ("arrays", lambda blob: "text"),
    "arrays a number": ("arrays", lambda blob: 7),
    "arrays without a head": ("arrays", lambda blob: b"\n" + _bytes(blob).partition(b"\n")[2]),
    "arrays of objects": ("arrays", _head(dtype="|O")),
    "arrays of no type": ("arrays", _head(dtype="<x9")),
    "arrays of a type list": ("arrays", _head(dtype=[["a", "<f8"]])),
    "arrays of another type": ("arrays", _head(dtype="<i8")),
    "arrays of a negative shape": ("arrays", _head(shape=[-1])),
    "arrays of a huge shape": ("arrays", _head(shape=[2**40, 2**40])),
    "arrays of a text shape": ("arrays", _head(shape="abc")),
    "arrays of another name": ("arrays", _head(name=NAMES[1])),
    "arrays null": ("arrays", lambda blob: b"null\n"),
    "arrays changed": ("arrays", _flipped),
    "failed unknown": ("failed", lambda value: "\x1b[5m"),
    "created unknown": ("created", lambda value: "\x1b]0;owned\x07"),
}
"""Column of the cells, and what is done to it."""


def _damaged(table: str, column: str, damage: Damage, where: str = "1") -> Make:
    """One column of a table damaged."""
    key = "key" if table == "cells" else "id"

    def make(work: Path) -> None:
        with closing(sqlite3.connect(_store(work))) as db, db:
            rows = db.execute(f"SELECT {key}, {column} FROM {table} WHERE {where}").fetchall()
            damaged = [(damage(value), name) for name, value in rows]
            assert damaged != [(value, name) for name, value in rows], "nothing to be damaged"
            db.executemany(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", damaged)

    return make


def _store(work: Path) -> Path:
    return work.parent / "store" / "store.sqlite"


def _case(
    kind: str,
    name: str,
    words: tuple[str, ...],
    make: Make,
    codes: frozenset[ExitCode] = ANY,
    check: Check = lambda outcome, work: "",
    writes: tuple[str, ...] = (),
) -> Case:
    by_run = kind in ("cell", "run", "store") and words[0] in ("compare", "report", "list")
    return Case(kind, name, words, make, codes, writes, check, stored=(RUN,) if by_run else ALL)


SAME = frozenset({ExitCode.OK})


def records() -> Iterator[Case]:
    """Each damage, met by the verbs that read what is damaged."""
    report = ("report", "base", "--no-report")
    for i, (name, (column, damage)) in enumerate(CELLS.items()):
        make = _damaged("cells", column, damage)
        yield _case("cell", f"{name}, compare", RUN, make, SAME, same_numbers)
        if i % 2 == 0 and "changed" not in name:
            verb = (AUDIT, EXPLAIN, ("explain", "--run", "base"))[i // 2 % 3]
            yield _case("cell", f"{name}, {verb[0]}", verb, make, writes=("reports",))
            continue
        check = says_so if column != "created" and column != "failed" else (lambda outcome, work: "")
        yield _case("cell", f"{name}, report", report, make, check=check)
    specifications = {"without cells": _without_cells, "name of escapes": _renamed, **JSON}
    for i, (name, damage) in enumerate(specifications.items()):
        make = _damaged("runs", "spec", damage)
        yield _case("run", f"{name}, list", ("list", "runs"), make)
        yield _case("run", f"{name}, report", report, make)
        if i % 2 == 0:
            yield _case("run", f"{name}, compare", RUN, make, SAME, same_numbers)
    for name, damage in JSON.items():
        for column in ("record", "document"):
            make = _damaged("results", column, damage, "kind = 'audit'")
            yield _case(
                "result", f"{column} {name}", ("report", "audit-sklearn.logistic", "--no-report"), make
            )
    for column in ("name", "created", "kind"):
        make = _damaged("results", column, lambda value: NAMES[1] + "../../x", "kind = 'audit'")
        yield _case("result", f"{column} of escapes, list", ("list", "runs"), make)
        yield _case("result", f"{column} of escapes, report", ("report",), make)
    yield from stores()


def _without_cells(text: object) -> str:
    return json.dumps(json.loads(_text(text)) | {"cells": [], "contestants": []})


def _renamed(text: object) -> str:
    """The run's name and words with escape sequences and a way out of reports/."""
    spec = json.loads(_text(text))
    spec["run"] |= {"name": "../../beside/evil" + NAMES[1], "command": NAMES[0]}
    return json.dumps(spec)


# ---- whole files


def _whole(data: bytes) -> Callable[[Path], None]:
    def make(work: Path) -> None:
        _store(work).write_bytes(data)

    return make


def _sql(*commands: str) -> Callable[[Path], None]:
    def make(work: Path) -> None:
        with closing(sqlite3.connect(_store(work))) as db:
            for command in commands:
                db.execute(command)
            db.commit()

    return make


def _cut(work: Path) -> None:
    file = _store(work)
    file.write_bytes(file.read_bytes()[:-5000])


def _overwritten(work: Path) -> None:
    data = bytearray(_store(work).read_bytes())
    data[5000:9000] = bytes(range(250)) * 16
    _store(work).write_bytes(data)


def _store_folder(work: Path) -> None:
    _store(work).unlink()
    _store(work).mkdir()


def _store_loop(work: Path) -> None:
    _store(work).unlink()
    _store(work).symlink_to("store.sqlite")


_STORES: dict[str, Callable[[Path], None]] = {
    "text": _whole(b"this is no data base\n" * 100),
    "noise": _whole(bytes(range(256)) * 40),
    "head alone": _whole(b"SQLite format 3\x00"),
    "cut": _cut,
    "overwritten": _overwritten,
    "folder": _store_folder,
    "link to itself": _store_loop,
    "of another schema": _sql("PRAGMA user_version=99"),
    "of a negative schema": _sql("PRAGMA user_version=-1"),
    "without cells": _sql("DROP TABLE cells"),
    "with other columns": _sql("DROP TABLE cells", "CREATE TABLE cells (key TEXT PRIMARY KEY, x TEXT)"),
    "a view for a table": _sql("DROP TABLE runs", "CREATE VIEW runs AS SELECT 1 AS id"),
}


def stores() -> Iterator[Case]:
    """Files that are no store."""
    for i, (name, make) in enumerate(_STORES.items()):
        usable = {"without cells", "cut", "overwritten", "head alone"}
        codes = ANY if name in usable else REFUSED
        others = (("list", "runs"), ("report", "base", "--no-report"))
        words = RUN if i % 3 == 0 or "columns" in name else others[i % 2]
        yield _case("store", name, words, make, codes)


def named_by_others(work: Path) -> None:
    """Every name and time in the store is an escape sequence."""
    with closing(sqlite3.connect(_store(work))) as db, db:
        for table in ("runs", "results"):
            db.execute(
                f"UPDATE {table} SET name = ?, created = ?", (NAMES[0] + NAMES[1], NAMES[2] + NAMES[8])
            )
