"""What a store holds: listed, exported and pruned."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest

from crossframe.cli.store import _COLUMNS
from crossframe.experiment import contents
from crossframe.experiment.store import Store
from tests.experiment.test_merging import BAD, record


@pytest.fixture
def store(home):
    kept = Store(home / "s.sqlite")
    kept.put("in", record(0.25, usable=True, deterministic=True, rows=10, canonical={"C": 1.0}), "r.glm")
    kept.put("out", record(np.nan), "sklearn.logistic")
    kept.put("bad", BAD, "r.glm")
    spec = {
        "run": {"name": "mine", "command": ""},
        "contestants": [{"name": "r.glm", "model": "r.glm"}],
        "cells": [{"contestant": "r.glm", "n": 10, "draw": 2, "key": key} for key in ("in", "old")],
    }
    kept.put_run("abcdef", "mine", spec)
    yield kept
    kept.close()


def test_list(store, command):
    store.put("old", record(0.5))
    store.put("unknown", record(0.5))
    printed = command("store", "list", "--store", "s.sqlite").stdout
    assert [line.split()[:3] for line in printed.splitlines()[2:5]] == [
        ["not", "recorded", "1"], ["r.glm", "3", "1"], ["sklearn.logistic", "1", "0"]
    ]  # fmt: skip
    assert "s.sqlite: 5 cells, 1 run, 0 results, " in printed
    assert printed.rstrip().endswith("1 of the cells failed")
    listed = json.loads(command("store", "list", "--store", "s.sqlite", "--json").stdout)
    assert (listed["cells"], listed["failed"], listed["runs"]) == (5, 1, 1)
    assert sum(row["cells"] for row in listed["models"]) == 5


@pytest.mark.parametrize("name", ["cells.csv", "cells.parquet"])
def test_export_has_the_documented_columns_and_exact_numbers(store, command, home, name):
    assert command("store", "export", name, "--store", "s.sqlite").stdout == f"{name}: 3 cells\n"
    made = (pd.read_csv if name.endswith("csv") else pd.read_parquet)(home / name).set_index("key")
    documented = [word for names in _COLUMNS for word in names.replace("...", "").split(", ") if word]
    columns = ["key", *(c for c in made.columns if not c.startswith("train_") or c == "train_accuracy")]
    assert columns == documented
    assert made.loc["in", "accuracy"] == 0.25
    assert (made.loc["in", "run"], made.loc["in", "n"], made.loc["in", "draw"]) == ("mine", 10, 2)
    assert json.loads(made.loc["in", "settings"]) == {"C": 1.0}
    assert pd.isna(made.loc["out", "accuracy"])
    assert made.loc["bad", "status"] == "crashed"
    assert dict(made["failed"]) == {"in": False, "out": False, "bad": True}


def test_export_names_what_is_damaged_and_wrong_files(store, command):
    with closing(sqlite3.connect("s.sqlite")) as db, db:
        db.execute("UPDATE cells SET record = '{}' WHERE key = 'out'")
    printed = command("store", "export", "cells.csv", "--store", "s.sqlite", code=6).stdout
    assert "1 damaged and left out, to be computed again: out" in printed
    for file in ("cells.txt", "nowhere/cells.csv"):
        assert file in command("store", "export", file, "--store", "s.sqlite", code=2).stderr
    for action in ("list", "prune"):
        assert "there is no such file" in command("store", action, "--store", "none.sqlite", code=2).stderr


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        (("--failed",), {"bad"}),
        (("--unused",), {"out", "bad"}),
        (("--unused", "--failed"), {"bad"}),
        (("--older-than", "0"), {"in", "out", "bad"}),
        (("--older-than", "1"), set()),
    ],
)
def test_prune_says_what_it_would_remove_and_removes_it_with_yes(store, command, options, gone):
    words = ("store", "prune", *options, "--store", "s.sqlite")
    said = command(*words).stdout
    assert said.startswith(f"would remove {len(gone)} of 3 cells" if gone else "s.sqlite: none of 3 cells")
    assert ("the reports of these runs would lack them: mine" in said) == ("in" in gone)
    assert len(store.cells()) == 3
    command(*words, "--yes")
    assert {key for (key,) in store.cells()} == {"in", "out", "bad"} - gone
    assert json.loads(command(*words, "--json").stdout)["cells"] == 0


def test_prune_needs_a_condition_and_gives_space_back(store, command, home):
    assert "which cells?" in command("store", "prune", "--store", "s.sqlite", code=2).stderr
    for age in ("-1", "1e6", "inf"):
        printed = command("store", "prune", f"--older-than={age}", "--store", "s.sqlite", code=2)
        assert "not a number of days" in printed.stderr
    for k in range(20):
        store.put(f"large{k}", record(0.5, text="x" * 20_000))
    store.close()
    before = (home / "s.sqlite").stat().st_size
    command("store", "prune", "--unused", "--yes", "--store", "s.sqlite")
    assert (home / "s.sqlite").stat().st_size < before / 4
    with closing(Store(home / "s.sqlite")) as kept:
        kept._db.execute("UPDATE runs SET spec = '{}'")
        assert contents.prunable(kept, failed=True).keys == ()
    assert "is damaged" in command("store", "prune", "--unused", "--store", "s.sqlite", code=2).stderr
