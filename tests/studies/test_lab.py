"""Jobs are computed elsewhere, once, and none takes another one with it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from crossframe.data import DESIGNS, load
from crossframe.experiment.contestants import CONTESTANTS
from crossframe.experiment.merging import merge
from crossframe.experiment.plan import Experiment
from crossframe.experiment.shards import OtherShards, Shard, independent_parts
from crossframe.experiment.store import Store
from crossframe.studies.lab import Job, Lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab("quick", Store(tmp_path / "store.sqlite"), workers=2)
    yield made
    made.close()
    made.pool.close()
    made.store.close()


def numbers(seed: int) -> Job:
    return Job("crossframe.studies.training.probes:normal", {"count": 5, "seed": seed})


def test_outcomes_come_in_order_with_every_bit(lab: Lab) -> None:
    found = lab.run([numbers(seed) for seed in range(5)])
    for seed, record in enumerate(found):
        assert record is not None
        expected = np.random.default_rng(seed).normal(size=5)
        assert record.arrays["values"].tobytes() == expected.tobytes()
        assert record.fields["mean"] == expected.mean()


def test_what_is_stored_is_not_computed_again(lab: Lab) -> None:
    first = lab.run([numbers(0), numbers(1)])
    assert lab.computed == 2
    second = lab.run([numbers(1), numbers(2), numbers(0)])
    assert lab.computed == 3
    assert [second[0], second[2]] != [None, None]
    assert second[0].fields == first[1].fields  # type: ignore[union-attr]


def test_several_experiments_are_made_at_once(lab: Lab) -> None:
    rule = (CONTESTANTS["pixel.centre"],)
    both = [
        Experiment(load("digits", digits=pair), DESIGNS["leek"], (10,), 3, 1, rule)
        for pair in ((0, 1), (4, 9))
    ]
    made = lab.all_fits(both)
    assert lab.computed == 6
    assert [list(records) for records in made] == [[("pixel.centre", 10, k) for k in range(3)]] * 2
    again = [lab.fits(experiment) for experiment in both]
    assert lab.computed == 6
    for one, other in zip(made, again, strict=True):
        assert [r.fields for r in one.values()] == [r.fields for r in other.values()]
    assert made[0]["pixel.centre", 10, 0].fields["accuracy"] > 0.7


@pytest.mark.parametrize("how", ["raise", "die"])
def test_a_job_that_fails_is_told_and_loses_nothing_else(lab: Lab, how: str) -> None:
    said: list[str] = []
    lab.say = said.append
    found = lab.run(
        [numbers(0), Job("crossframe.studies.training.probes:broken", {"how": how}), numbers(1), numbers(2)]
    )
    assert [r is None for r in found] == [False, True, False, False]
    assert any("crossframe.studies.training.probes:broken" in words for words in said)
    assert any(words.startswith("failed: crossframe.studies.training.probes:broken") for words in said)


@pytest.mark.slow
def test_a_script_without_a_guard_may_call_it(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        "from pathlib import Path\n"
        "from crossframe.experiment.store import Store\n"
        "from crossframe.studies.lab import Job, Lab\n"
        "print('once')\n"
        "lab = Lab('quick', Store(Path('store.sqlite')))\n"
        "print(lab.run([Job('crossframe.studies.training.probes:normal', {'count': 2, 'seed': "
        "1})])[0].fields['mean'])\n"
    )
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.count("once") == 1
    assert float(done.stdout.split()[-1]) == np.random.default_rng(1).normal(size=2).mean()


def test_other_arguments_are_another_job() -> None:
    assert numbers(0).key != numbers(1).key
    assert (
        numbers(0).key
        != Job("crossframe.studies.training.probes:normal", {"count": 5, "seed": 0}, "sklearn").key
    )


def test_shards_divide_jobs_and_fits_and_go_on_with_the_next_part(tmp_path: Path) -> None:
    rule = Experiment(load("digits"), DESIGNS["leek"], (10,), 6, 1, (CONTESTANTS["pixel.centre"],))

    def study(lab: Lab) -> None:
        with independent_parts() as part:
            with part:
                lab.run([numbers(seed) for seed in range(6)])
            with part:
                lab.fits(rule)

    files, keys = [], []
    for k in (1, 2):
        store = Store(tmp_path / f"{k}.sqlite", shard=Shard(k, 2))
        lab = Lab("quick", store, workers=2)
        with pytest.raises(OtherShards):
            study(lab)
        files.append(store.path)
        keys += [key for (key,) in store.cells()]
        lab.close()
        lab.pool.close()
        store.close()
    assert len(keys) == len(set(keys)) == 12
    merge(files, tmp_path / "all.sqlite")
    whole = Lab("quick", Store(tmp_path / "all.sqlite"))
    study(whole)
    assert whole.computed == 0
    whole.store.close()
