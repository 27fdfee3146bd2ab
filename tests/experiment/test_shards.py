"""Shards: disjoint parts that together are the whole; merged, they are what one run would have stored."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing

import pytest

from crossframe.core.errors import UsageError
from crossframe.core.text import plural
from crossframe.experiment.shards import OtherShards, Shard, independent_parts
from crossframe.experiment.store import Store, StoreError

COMPARE = (
    "compare", "--dataset", "digits", "--n", "10,20", "--draws", "3", "--no-report", "--contestants",
    "sklearn.logistic,pixel.centre,pixel.best",
)  # fmt: skip


def cells(file):
    """Key -> what a cell states, in bytes; what another run may change is left out."""
    with closing(sqlite3.connect(file)) as db:
        rows = db.execute("SELECT key, record, arrays, model FROM cells").fetchall()
    circumstances = {"timings", "peak_memory"}
    return {
        key: (
            json.dumps({k: v for k, v in json.loads(fields).items() if k not in circumstances}),
            arrays,
            model,
        )
        for key, fields, arrays, model in rows
    }


def numbers(printed):
    result = json.loads(printed)
    return [
        [{k: v for k, v in row.items() if "seconds" not in k and k != "peak_memory"} for row in result[part]]
        for part in ("cells", "summary", "pairs")
    ]


@pytest.mark.parametrize(
    "text", ["0/16", "17/16", "x", "1", "1/0", "-1/2", "1/2/3", "1/1000000", "", "1.5/2"]
)
def test_what_is_no_shard_is_a_usage_error(text, command, home):
    with pytest.raises(UsageError):
        Shard.parse(text)
    printed = command(*COMPARE, f"--shard={text}", code=2)
    assert f"--shard {text}" in printed.stderr
    assert not list(home.rglob("*.sqlite"))


@pytest.mark.parametrize("count", [1, 2, 3, 16])
def test_shards_are_disjoint_and_the_whole(count):
    keys = [hashlib.sha256(str(k).encode()).hexdigest() for k in range(2000)]
    of = [[n for n in range(1, count + 1) if Shard(n, count).has(key)] for key in keys]
    assert all(len(numbers) == 1 for numbers in of)
    sizes = [sum(n == [k] for n in of) for k in range(1, count + 1)]
    assert max(sizes) < 2000 / count + 6 * (2000 / count) ** 0.5


def test_a_part_that_waits_does_not_hold_up_the_next():
    done = []

    def three():
        with independent_parts() as part:
            for k in range(3):
                with part:
                    if k == 1:
                        raise OtherShards
                    done.append(k)

    with pytest.raises(OtherShards):
        three()
    assert done == [0, 2]
    with pytest.raises(KeyError), independent_parts() as part, part:
        raise KeyError
    with independent_parts() as part, part:
        done.append(3)
    assert done == [0, 2, 3]


@pytest.mark.xdist_group("sklearn")
@pytest.mark.parametrize("count", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_merged_shards_are_a_single_run(count, home, command):
    stored = []
    for k in range(1, count + 1):
        printed = command(*COMPARE, "--shard", f"{k}/{count}").stdout
        file = home / f"shard-{k}-of-{count}.sqlite"
        mine = cells(file)
        stored += mine
        others = 18 - len(mine)
        computed = f"{plural(len(mine), 'cell')} computed; {file.name} holds {len(mine)}."
        assert f"shard {k}/{count}: {computed}" in printed
        assert f"{plural(others, 'cell')} of other shards" in printed
        next_one = printed.splitlines()[-2]
        assert next_one.split()[1:] == [*COMPARE, "--store", "merged.sqlite"]
    assert len(stored) == len(set(stored)) == 18
    assert "18 cells, 1 run" in command("store", "merge", *sorted(map(str, home.glob("shard-*"))), "--into",
                                        "merged.sqlite").stdout  # fmt: skip
    command(*COMPARE, "--store", "single.sqlite", "--json")
    assert cells("merged.sqlite") == cells("single.sqlite")
    merged = command(*COMPARE, "--store", "merged.sqlite", "--json")
    assert "18 stored, 0 to run" in merged.stderr
    assert numbers(merged.stdout) == numbers(command(*COMPARE, "--store", "single.sqlite", "--json").stdout)
    # A shard of a store that has everything shows the result as well.
    assert json.loads(command(*COMPARE, "--store", "merged.sqlite", "--shard=1/2", "--json").stdout)["cells"]


@pytest.mark.xdist_group("sklearn")
def test_a_shard_says_in_json_what_it_has_done_and_goes_on_where_it_ended(home, command):
    words = (*COMPARE, "--shard", "1/2", "--store", "mine.sqlite", "--json")
    first = json.loads(command(*words).stdout)["shard"]
    assert first["computed"] == first["stored"] == 18 - first["others"]
    assert (first["number"], first["of"], first["failed"], first["store"]) == (1, 2, 0, "mine.sqlite")
    again = json.loads(command(*words).stdout)["shard"]
    assert again == {**first, "computed": 0}
    assert [file.name for file in home.rglob("*.sqlite*")] == ["mine.sqlite"]


@pytest.mark.parametrize(
    "words",
    [("explain", "--self-test"), ("explain", "a.py", "b.py"), ("audit", "--history", "keras"),
     ("audit", "--against", "x.json")],
)  # fmt: skip
def test_where_a_shard_has_no_use(words, home, command):
    for name in ("a.py", "b.py", "x.json"):
        (home / name).write_text("")
    assert "--shard" in command(*words, "--shard", "1/2", code=2).stderr


def test_a_store_of_a_shard_is_of_one_process_and_shares_no_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("crossframe.experiment.store.PATIENCE", 0.01)
    path = tmp_path / "s.sqlite"
    first = Store(path, shard=Shard(1, 2))
    assert not (tmp_path / "s.sqlite-shm").exists()
    for shard in (None, Shard(2, 2)):
        with pytest.raises(StoreError, match=r"in use by another process\n.*each shard has its own"):
            Store(path, shard=shard)
    first.close()
    Store(path).close()
    assert [file.name for file in tmp_path.iterdir()] == ["s.sqlite"]


def rounds(command, home, words, count, most=12):
    """Run all shards, merge, hand the merged store on, until a shard shows a result; its output."""
    for _ in range(most):
        printed = [command(*words, "--shard", f"{k}/{count}", "--json", code=(0, 1)).stdout
                   for k in range(1, count + 1)]  # fmt: skip
        files = [home / f"shard-{k}-of-{count}.sqlite" for k in range(1, count + 1)]
        command("store", "merge", *map(str, files), "--into", "merged.sqlite")
        results = [json.loads(text) for text in printed]
        if done := [result for result in results if "shard" not in result]:
            return done[0]
        for file in files:
            file.write_bytes((home / "merged.sqlite").read_bytes())
    raise AssertionError(f"no result after {most} rounds")


@pytest.mark.slow
@pytest.mark.xdist_group("r")
@pytest.mark.parametrize(
    "words",
    [
        ("explain", "sklearn.logistic", "r.glm", "--n", "40", "--draws", "4"),
        ("audit", "sklearn.logistic", "r.glm"),
        ("audit", "sklearn.ridge", "--check"),
    ],
    ids=["explain", "audit", "check"],
)
def test_rounds_of_shards_end_at_what_one_run_gives(words, home, command):
    sharded = rounds(command, home, words, 2)
    single = json.loads(command(*words, "--store", "single.sqlite", "--json", code=(0, 1)).stdout)
    assert cells("single.sqlite").items() <= cells("merged.sqlite").items()

    def plain(value):
        if isinstance(value, dict):
            left_out = {"time", "memory", "seconds", "computed", "timings", "digest"}
            return {k: plain(v) for k, v in value.items() if k not in left_out}
        return [plain(v) for v in value] if isinstance(value, list) else value

    assert plain(sharded) == plain(single)


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_a_failed_cell_of_a_shard_is_an_exit_code_and_is_computed_again(home, command):
    words = (
        "compare",
        "--dataset",
        "digits",
        "--n",
        "20",
        "--draws",
        "2",
        "--no-report",
        "--contestants",
        "r.glm",
    )
    printed = command(*words, "--time-limit", "0.0001", "--shard", "1/1", code=6)
    assert "timed out" in printed.stdout.lower()
    for k in (1, 2):
        command(*words, "--time-limit", "0.0001", "--shard", f"{k}/2", code=(0, 6))
    merged = command(
        "store", "merge", "shard-1-of-2.sqlite", "shard-2-of-2.sqlite", "--into", "merged.sqlite"
    )
    assert "2 cells" in merged.stdout
    assert "2 of the cells failed" in command("store", "list", "--store", "merged.sqlite").stdout
    assert "2 to run" in command(*words, "--store", "merged.sqlite").stderr
