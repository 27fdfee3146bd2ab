"""The store: exact round trip, failures computed again, errors with a remedy."""

from __future__ import annotations

import sqlite3
import threading

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.experiment.record import Record, failed
from crossframe.experiment.store import Store, StoreError
from crossframe.frameworks.contract import Status


def record(value: float) -> Record:
    return Record(
        {"status": Status.CONVERGED.value, "failed": False, "accuracy": value},
        {"score": np.array([value, 1 / 3]), "labels": np.array([0, 1], dtype=np.int8)},
    )


def test_round_trip_is_exact(tmp_path):
    with_store = Store(tmp_path / "s.sqlite")
    with_store.put("a", record(0.1))
    found = with_store.get(["a", "missing"])
    assert set(found) == {"a"}
    assert found["a"].fields["accuracy"] == 0.1
    np.testing.assert_array_equal(found["a"].arrays["score"], [0.1, 1 / 3])
    assert found["a"].arrays["labels"].dtype == np.int8


def test_failed_cells_are_not_done(tmp_path):
    kept = Store(tmp_path / "s.sqlite")
    kept.put("good", record(1.0))
    kept.put("bad", failed(Status.CRASHED, 2, ("why",)))
    kept.put("one class", failed(Status.ONE_CLASS, 1, ()))
    assert kept.done(["good", "bad", "one class", "other"]) == {"good", "one class"}
    assert kept.get(["bad"])["bad"].fields["evidence"] == ["why"]


def test_two_writers_and_a_reader(tmp_path):
    path = tmp_path / "s.sqlite"

    def write(name: str) -> None:
        kept = Store(path)
        for i in range(50):
            kept.put(f"{name}{i}", record(float(i)))
        kept.close()

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Store(path).done([f"{name}{i}" for name in "ab" for i in range(50)])) == 100


def test_not_a_database(tmp_path):
    path = tmp_path / "s.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match=r"s\.sqlite cannot be used"):
        Store(path)


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="--store"):
        Store(tmp_path / "file" / "s.sqlite")


def test_another_schema_is_left_alone(tmp_path):
    path = tmp_path / "s.sqlite"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(StoreError, match="another version"):
        Store(path)


def test_runs_by_name_id_and_latest(tmp_path):
    kept = Store(tmp_path / "s.sqlite")
    with pytest.raises(UsageError, match="holds no run"):
        kept.get_run("latest")
    kept.put_run("abcdef", "first", {"run": {"command": "one"}})
    kept.put_run("123456", "second", {"run": {"command": "two"}})
    assert kept.get_run("first")["run"]["command"] == "one"
    assert kept.get_run("1234")["run"]["command"] == "two"
    assert {r["name"] for r in kept.runs()} == {"first", "second"}
    with pytest.raises(UsageError, match="did you mean second"):
        kept.get_run("secnd")


def test_results_by_name_id_and_kind(tmp_path):
    kept = Store(tmp_path / "s.sqlite")
    with pytest.raises(UsageError, match="holds no result of audit"):
        kept.get_result("latest", "audit")
    kept.put_result("abcdef", "explain", "pair", {"verdict": "noise", "share": 0.5}, '{"title":"one"}')
    kept.put_result("123456", "audit", "defaults", {"models": [1, 2]})
    found = kept.get_result("abcd")
    assert (found.kind, found.name, found.record["share"]) == ("explain", "pair", 0.5)
    assert found.document == '{"title":"one"}'
    assert kept.get_result("latest", "audit").record == {"models": [1, 2]}
    assert kept.get_result("defaults").document == ""
    assert {(r.kind, r.name) for r in kept.results()} == {("explain", "pair"), ("audit", "defaults")}
    with pytest.raises(UsageError, match="did you mean pair"):
        kept.get_result("pari", "explain")
    # One whose id only begins so is another result.
    for name in ("audit-r.glm-r.lm", "audit-r.glm"):
        kept.put_result(name, "audit", name, {"about": name})
    assert kept.get_result("audit-r.glm").record == {"about": "audit-r.glm"}
    assert kept.find("audit-r.glm")["id"] == "audit-r.glm"
