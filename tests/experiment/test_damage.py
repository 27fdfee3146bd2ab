"""Damaged rows of a store: noticed by their checksum, named, and computed again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from crossframe.experiment.record import Record
from crossframe.experiment.store import Store

RUN = (
    "compare", "--dataset", "digits", "--n", "10", "--draws", "6", "--contestants", "pixel.centre,pixel.best",
    "--name", "base", "--store", "s.sqlite", "--json", "--no-report",
)  # fmt: skip
REPORT = ("report", "base", "--store", "s.sqlite", "--no-report")


def _head(**changed):
    def damage(fields, blob):
        head, _, body = blob.partition(b"\n")
        first, *others = json.loads(head)
        first = list((dict(zip(("name", "dtype", "shape"), first, strict=True)) | changed).values())
        return fields, json.dumps([first, *others]).encode() + b"\n" + body

    return damage


DAMAGES = {
    "JSON cut": lambda fields, blob: (fields[: len(fields) // 2], blob),
    "foreign JSON": lambda fields, blob: ('{"a": 1}', blob),
    "null": lambda fields, blob: ("null", blob),
    "a list": lambda fields, blob: ("[]", blob),
    "empty": lambda fields, blob: ("", b""),
    "no text": lambda fields, blob: (b"\xff\xfe", blob),
    "arrays cut": lambda fields, blob: (fields, blob[:-9]),
    "arrays too long": lambda fields, blob: (fields, blob + bytes(64)),
    "arrays of objects": _head(dtype="|O"),
    "arrays of a huge shape": _head(shape=[2**40, 2**40]),
    "arrays of text": lambda fields, blob: (fields, "text"),
}
"""Name -> (JSON, arrays) -> what stands in their place; all can be noticed without a checksum."""


def _damage(file, *, checksums):
    """Damage one cell in each of these ways; without ``checksums`` as an earlier version stored them."""
    with closing(sqlite3.connect(file)) as db, db:
        rows = db.execute("SELECT key, record, arrays FROM cells").fetchall()
        for (key, fields, blob), damage in zip(rows, DAMAGES.values(), strict=False):
            db.execute("UPDATE cells SET record = ?, arrays = ? WHERE key = ?", (*damage(fields, blob), key))
        if not checksums:
            db.execute("UPDATE cells SET checksum = NULL")


def _numbers(printed):
    return [[row[k] for k in ("contestant", "n", "draw", "accuracy")] for row in json.loads(printed)["cells"]]


@pytest.mark.xdist_group("sklearn")
@pytest.mark.parametrize("checksums", [True, False])
def test_every_kind_of_damage_is_named_by_report_and_computed_again_by_compare(
    home, command, caplog, checksums
):
    whole = _numbers(command(*RUN).stdout)
    assert len(whole) == len(DAMAGES) + 1
    _damage(home / "s.sqlite", checksums=checksums)
    assert len(_numbers(command(*REPORT, "--json", code=6).stdout)) == 1
    assert "11 of 12 records of the run base are damaged and left out: pixel." in caplog.text
    caplog.clear()
    assert _numbers(command(*RUN).stdout) == whole
    assert "11 of 12 stored records in s.sqlite cannot be read" in caplog.text
    caplog.clear()
    command(*REPORT)
    assert not caplog.text


@pytest.mark.xdist_group("sklearn")
def test_a_changed_number_is_noticed(home, command, caplog):
    whole = command(*RUN)
    with closing(sqlite3.connect(home / "s.sqlite")) as db, db:
        changed = "UPDATE cells SET record = replace(record, '\"accuracy\": ', '\"accuracy\": 0.') "
        assert db.execute(changed + "WHERE key IN (SELECT key FROM cells LIMIT 1)").rowcount == 1
    done = command(*REPORT, code=6)
    assert "1 of 12 records of the run base are damaged and left out: pixel." in caplog.text
    assert "crossframe compare" in done.stderr
    assert _numbers(command(*RUN).stdout) == _numbers(whole.stdout)


@pytest.mark.xdist_group("sklearn")
@pytest.mark.parametrize(
    "spec",
    [
        *(pytest.param(spec, marks=pytest.mark.slow) for spec in ("{}", "null", "[")),
        '{"run": {"command": "x"}}',
    ],
)
def test_a_damaged_specification_is_named(home, command, spec):
    command(*RUN)
    with closing(sqlite3.connect(home / "s.sqlite")) as db, db:
        db.execute("UPDATE runs SET spec = ?, checksum = NULL", (spec,))
    assert "'base' (" in command(*REPORT, code=2).stderr
    assert "damaged" in command("list", "runs", "--store", "s.sqlite").stdout
    command(*RUN)
    assert "damaged" not in command("list", "runs", "--store", "s.sqlite").stdout


def test_a_damaged_result_is_named(tmp_path, command):
    kept = Store(tmp_path / "s.sqlite")
    kept.put_result("audit-1", "audit", "defaults", {"a": 1}, '{"title":"one"}')
    kept._db.execute("UPDATE results SET record = '{\"a\": 2}'")
    kept.close()
    assert "defaults" in command("report", "defaults", "--store", str(tmp_path / "s.sqlite"), code=2).stderr
    assert "damaged" in command("list", "runs", "--store", str(tmp_path / "s.sqlite")).stdout


def test_a_store_without_checksums_is_read_and_gets_them(tmp_path):
    old = sqlite3.connect(tmp_path / "s.sqlite")
    old.executescript(
        """
        CREATE TABLE cells (key TEXT PRIMARY KEY, created TEXT NOT NULL, failed INTEGER NOT NULL,
            record TEXT NOT NULL, arrays BLOB NOT NULL);
        CREATE TABLE runs (id TEXT PRIMARY KEY, name TEXT NOT NULL, created TEXT NOT NULL,
            spec TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE results (id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL,
            created TEXT NOT NULL, record BLOB NOT NULL, document TEXT NOT NULL) WITHOUT ROWID;
        PRAGMA user_version=1;
        """
    )
    record = Record({"failed": False, "answer": 1.5})
    row = ("k", "2020", 0, json.dumps(record.fields), record.pack())
    old.execute("INSERT INTO cells VALUES (?, ?, ?, ?, ?)", row)
    old.execute("INSERT INTO results VALUES ('audit-1', 'audit', 'defaults', '2020', X'7B7D', '')")
    old.commit()
    old.close()
    kept = Store(tmp_path / "s.sqlite")
    assert kept.done(["k"]) == {"k"}
    assert kept.get(["k"])["k"].fields["answer"] == 1.5
    assert kept.get_result("defaults").record == {}
    kept.put("k", record)
    kept._db.execute("UPDATE cells SET record = replace(record, '1.5', '2.5')")
    assert kept.done(["k"]) == set()
    assert kept.damaged == {"k"}
