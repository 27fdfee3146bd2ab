"""Stores merged: what wins, what is an error, and that neither the sources nor a broken merge change."""

from __future__ import annotations

import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.experiment import merging
from crossframe.experiment.merging import merge
from crossframe.experiment.record import Record, failed
from crossframe.experiment.store import Store, StoreError
from crossframe.frameworks.contract import Status
from tests.command import ROOT, environment


def record(value, seconds=1.0, **more):
    fields = {"status": Status.CONVERGED.value, "failed": False, "model": "glm", "accuracy": value,
              "timings": {"engine": seconds}, "peak_memory": int(seconds), "attempts": 1, **more}  # fmt: skip
    return Record(fields, {"score": np.array([value, 1 / 3])})


BAD = failed(Status.CRASHED, 2, ("why",))


def stored(path, **cells):
    store = Store(path)
    for key, cell in cells.items():
        store.put(key, cell, "r.glm")
    store.close()
    return path


def held(path):
    with closing(Store(path)) as store:
        keys = [key for (key,) in store.cells()]
        return {key: made.fields.get("accuracy") for key, made in store.get(keys).items()}


def test_rows_are_copied_as_they_are_and_a_second_merge_changes_nothing(tmp_path):
    a = stored(tmp_path / "a.sqlite", x=record(0.1), y=record(np.nan))
    b = stored(tmp_path / "b.sqlite", z=record(0.3))
    into = tmp_path / "folder" / "c.sqlite"

    def rows(path):
        with closing(sqlite3.connect(path)) as db:
            return set(db.execute("SELECT * FROM cells"))

    assert [(m.new, m.known) for m in merge([a, b], into)] == [(2, 0), (1, 0)]
    assert rows(into) == rows(a) | rows(b)
    assert [(m.new, m.known) for m in merge([a, b], into)] == [(0, 2), (0, 1)]
    assert rows(into) == rows(a) | rows(b)


def test_times_and_memory_are_no_conflict_and_numbers_are(tmp_path):
    a = stored(tmp_path / "a.sqlite", x=record(0.1), same=record(np.nan))
    b = stored(
        tmp_path / "b.sqlite", x=record(0.1, 9.0, attempts=2, evidence=["again"]), same=record(np.nan, 2.0)
    )
    assert merge([a, b], tmp_path / "c.sqlite")[1].known == 2
    c = stored(tmp_path / "other.sqlite", x=record(0.2), y=record(0.5))
    with pytest.raises(
        StoreError, match=r"other\.sqlite has 1 cell with other numbers.*nothing was merged"
    ) as error:
        merge([a, c], tmp_path / "new.sqlite")
    assert "r.glm (x): accuracy 0.1 and 0.2 in" in error.value.message
    assert all(f"{name}.sqlite" in error.value.message.splitlines()[1] for name in ("a", "other"))
    assert not (tmp_path / "new.sqlite").exists()
    with pytest.raises(StoreError, match=r"in .*c\.sqlite and .*other\.sqlite"):
        merge([c], tmp_path / "c.sqlite")
    assert set(held(tmp_path / "c.sqlite")) == {"x", "same"}


@pytest.mark.parametrize("order", [("good", "bad"), ("bad", "good")])
def test_a_failed_cell_gives_way_to_a_good_one(tmp_path, order):
    made = {"good": record(0.5), "bad": BAD}
    files = [stored(tmp_path / f"{name}.sqlite", x=made[name]) for name in order]
    second = merge(files, tmp_path / "c.sqlite")[1]
    assert (second.replaced, second.failed) == ((1, 0) if order[1] == "good" else (0, 1))
    assert held(tmp_path / "c.sqlite") == {"x": 0.5}


def test_random_models_keep_the_first_numbers(tmp_path):
    a = stored(tmp_path / "a.sqlite", x=record(0.1, deterministic=False))
    b = stored(tmp_path / "b.sqlite", x=record(0.2, deterministic=False))
    assert merge([a, b], tmp_path / "c.sqlite")[1].random == 1
    assert held(tmp_path / "c.sqlite") == {"x": 0.1}


def test_damaged_rows_are_named_and_left_out(tmp_path, command, home):
    a = stored(tmp_path / "a.sqlite", x=record(0.1), y=record(0.2))
    with closing(Store(a)) as store:
        store.put_run("abcdef", "mine", {"run": {"name": "mine"}})
    shutil.copy(a, tmp_path / "whole.sqlite")
    with closing(sqlite3.connect(a)) as db, db:
        db.execute("UPDATE cells SET record = replace(record, '0.1', '0.7') WHERE key = 'x'")
        db.execute("UPDATE runs SET name = 'other'")
    printed = command("store", "merge", str(a), "--into", "c.sqlite", code=6).stdout
    assert "1 cell copied" in printed
    assert "2 damaged and left out, to be computed again: x, run other (abcdef)" in printed
    assert held(home / "c.sqlite") == {"y": 0.2}
    # A damaged row of the target gives way as well.
    made = merge([tmp_path / "whole.sqlite"], a)[0]
    assert (made.replaced, made.runs) == (1, 1)
    assert held(a) == {"x": 0.1, "y": 0.2}


def test_a_full_disk_is_one_of_the_target(tmp_path):
    source = stored(tmp_path / "a.sqlite", x=record(0.1, evidence=["long" * 2**18]))

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**18, 2**18))

    into = tmp_path / "into.sqlite"
    code = (
        "from pathlib import Path; from crossframe.experiment.merging import merge; "
        f"merge([Path({str(source)!r})], Path({str(into)!r}))"
    )
    printed = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True, text=True, preexec_fn=small_files, cwd=ROOT, check=False,
    )  # fmt: skip
    assert f"the store {into} cannot be used" in printed.stderr


def test_of_runs_and_results_the_newest_stay(tmp_path):
    files = []
    for k, value in enumerate(("old", "new")):
        with closing(Store(tmp_path / f"{value}.sqlite")) as store:
            store.put_run("abcdef", "mine", {"run": {"command": value}})
            store.put_result("123456", "audit", "defaults", {"value": value})
            files.append(store.path)
            store._db.execute("UPDATE runs SET created = ?", (f"2026-01-0{k + 1}",))
            store._db.execute("UPDATE results SET created = ?", (f"2026-01-0{k + 1}",))
    for order, counts in (((0, 1), (1, 1)), ((1, 0), (1, 0))):
        into = tmp_path / f"{order[0]}.sqlite"
        made = merge([files[k] for k in order], into)
        assert tuple(m.runs for m in made) == tuple(m.results for m in made) == counts
        with closing(Store(into)) as store:
            assert store.get_run("mine")["run"]["command"] == "new"
            assert store.get_result("defaults").record == {"value": "new"}


def listing(folder):
    return {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}


def test_sources_are_only_read_also_the_log_of_a_process_that_was_killed(tmp_path):
    sources = tmp_path / "sources"
    sources.mkdir()
    stored(sources / "a.sqlite", x=record(0.1))
    open_ = Store(tmp_path / "open.sqlite")
    open_.put("y", record(0.2))
    for ending in ("", "-wal"):
        shutil.copy(f"{open_.path}{ending}", sources / f"b.sqlite{ending}")
    open_.close()
    before = listing(sources)
    assert set(before) == {"a.sqlite", "b.sqlite", "b.sqlite-wal"}
    merge([sources / "a.sqlite", sources / "b.sqlite"], tmp_path / "c.sqlite")
    assert listing(sources) == before
    assert held(tmp_path / "c.sqlite") == {"x": 0.1, "y": 0.2}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["c.sqlite", "open.sqlite", "sources"]


def test_a_source_that_is_written_meanwhile_is_refused(tmp_path, monkeypatch):
    a, into = stored(tmp_path / "a.sqlite", x=record(0.1)), stored(tmp_path / "c.sqlite", z=record(1.0))
    check = merging._check

    def write(db, source):
        check(db, source)
        stored(a, y=record(0.2))

    monkeypatch.setattr(merging, "_check", write)
    with pytest.raises(StoreError, match=r"a\.sqlite is being written"):
        merge([a], into)
    assert held(into) == {"z": 1.0}


def test_what_is_no_store_or_of_another_version(tmp_path):
    good, into = stored(tmp_path / "good.sqlite", x=record(0.1)), tmp_path / "c.sqlite"
    (tmp_path / "text.sqlite").write_text("this is no database" * 100)
    (tmp_path / "empty.sqlite").write_bytes(b"")
    for version, name in ((1, "older"), (99, "newer")):
        shutil.copy(good, tmp_path / f"{name}.sqlite")
        with closing(sqlite3.connect(tmp_path / f"{name}.sqlite")) as db:
            db.execute(f"PRAGMA user_version={version}")
    expected = {
        "missing": (UsageError, "there is no such file"),
        "text": (StoreError, "cannot be read as a store: file is not a database"),
        "empty": (StoreError, "holds no store"),
        "older": (StoreError, r"schema 1\)\n.*crossframe store list --store"),
        "newer": (StoreError, r"schema 99\)\n.*merge with that version"),
    }
    for name, (kind, words) in expected.items():
        with pytest.raises(kind, match=rf"{name}\.sqlite.*{words}"):
            merge([good, tmp_path / f"{name}.sqlite"], into)
        assert not into.exists()


def test_the_target_among_the_sources_is_left_out(tmp_path, command, home):
    stored(home / "a.sqlite", x=record(0.1))
    for _ in range(2):
        made = json.loads(command("store", "merge", *map(str, home.glob("*.sqlite")), "--into", "c.sqlite",
                                  "--json").stdout)  # fmt: skip
        assert [one["source"] for one in made["sources"]] == [str(home / "a.sqlite")]
        assert made["cells"] == 1
    assert (
        "is the store to copy to"
        in command("store", "merge", "c.sqlite", "--into", "c.sqlite", code=2).stderr
    )


@pytest.mark.slow
def test_a_merge_that_is_killed_leaves_the_target_usable_and_completes_later(tmp_path):
    big = np.zeros(20_000)
    a = Store(tmp_path / "a.sqlite")
    with a.transaction():
        for k in range(2000):
            a._db.execute(
                "INSERT INTO cells (key, failed, record, arrays, created) VALUES (?, 0, ?, ?, '')",
                (str(k), json.dumps({"failed": False, "answer": k}), Record({}, {"a": big}).pack()),
            )
    a.close()
    into = stored(tmp_path / "c.sqlite", z=record(1.0))
    words = [sys.executable, "-m", "crossframe", "store", "merge", str(a.path), "--into", str(into)]
    killed = 0
    for wait in (0.3, 0.6, 0.9, 1.2, 1.5):
        process = subprocess.Popen(words, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE)
        wal = tmp_path / "c.sqlite-wal"
        limit = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < limit:
            if wal.exists() and wal.stat().st_size > wait * 30_000_000:
                process.kill()
                break
            time.sleep(0.005)
        killed += process.wait() < 0
        process.stdout.close()
        with closing(Store(into)) as store:
            assert len(store.cells()) in (1, 2001)
    assert killed
    merge([a.path], into)
    with closing(Store(into)) as store:
        assert len(store.cells()) == 2001
