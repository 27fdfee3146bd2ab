"""A run with real engines: what is stored, retried, resumed and told."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from crossframe.core.errors import UsageError
from crossframe.data import DESIGNS, load
from crossframe.experiment.cells import RequestCell, fit_code
from crossframe.experiment.executor import Executor
from crossframe.experiment.plan import Experiment, model_seed, parse_sizes
from crossframe.experiment.spec import parse_many
from crossframe.experiment.store import Store
from crossframe.frameworks.conformance import request
from crossframe.frameworks.contract import Availability, Status
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.pool import Pool, process_from
from crossframe.frameworks.registry import models

DIGITS = load("digits")
NAMES = ("leekasso.welch.liblinear", "sklearn.logistic", "pixel.centre")


def experiment(contestants=NAMES, sizes=(10, 20), draws=2, **options):
    return Experiment(
        dataset=load("digits"), design=DESIGNS["leek"], sizes=sizes, draws=draws, seed=1,
        contestants=tuple(parse_many(contestants)), **options,
    )  # fmt: skip


def execute(e, store, where=None, jobs=2, missing=None, seen=None):
    seen = [] if seen is None else seen

    def make(engine, **options):
        if engine == "sklearn" and where:
            return EngineProcess(engine, where=where, **options)
        return process_from()(engine, **options)

    run = Executor(store, jobs=jobs, process=make, on_progress=lambda cell, record, left: seen.append(record))
    cells = list(e.cells())
    done = store.done(c.key for c in cells)
    return run.run([c for c in cells if c.key not in done], missing), cells


@pytest.fixture
def store(tmp_path):
    kept = Store(tmp_path / "store.sqlite")
    yield kept
    kept.close()


class Counting(Executor):
    """Notes how many cells are computed at the same time."""

    most = 0

    def _submit(self, worker, request):
        self.most = max(self.most, sum(w.cell is not None for w in self._workers))
        super()._submit(worker, request)


@pytest.mark.slow
def test_no_more_cells_at_the_same_time_than_jobs_where_engines_run_already(store):
    with Pool() as pool:
        for draws in (1, 2):
            run = Counting(store, jobs=1, process=pool.process)
            run.run(list(experiment(("sklearn.logistic", "pixel.centre"), draws=draws).cells()))
            assert run.most == 1


def test_every_cell_is_stored_with_its_fingerprint(store):
    e = experiment()
    outcome, cells = execute(e, store)
    records = store.get(c.key for c in cells)
    assert len(records) == len(cells) == 12
    for cell in cells:
        record = records[cell.key]
        assert record.status is Status.CONVERGED
        assert record.fields["fingerprint"] == e.requests.request(cell).fingerprint
        assert record.fields["fingerprint_ok"]
        assert record.arrays["score"].shape == (72,)
    assert set(outcome.versions) == {"sklearn", "reference"}
    assert outcome.engine_seconds < outcome.wall_seconds * 2


def test_a_crash_is_recorded_and_retried_once(store, tmp_path, monkeypatch):
    monkeypatch.setenv("CROSSFRAME_TEST_MARK", str(tmp_path / "mark"))
    _, cells = execute(experiment(), store, "tests.frameworks.misbehaving:CrashOnce", jobs=1)
    records = store.get(c.key for c in cells)
    assert all(r.fields["usable"] for r in records.values())
    retried = [r for r in records.values() if r.fields["attempts"] == 2]
    assert len(retried) == 1
    assert "attempt 1 crashed" in retried[0].fields["evidence"][0]
    undisturbed = Store(tmp_path / "other.sqlite")
    execute(experiment(), undisturbed, jobs=1)
    for key, record in undisturbed.get(records).items():
        np.testing.assert_array_equal(record.arrays["score"], records[key].arrays["score"])


@pytest.mark.slow
def test_an_engine_that_always_crashes_spoils_only_its_own_cells(store):
    _, cells = execute(experiment(sizes=(10,), draws=1), store, "tests.frameworks.misbehaving:CrashAlways")
    by_name = {c.contestant.name: store.get([c.key])[c.key] for c in cells}
    assert by_name["sklearn.logistic"].status is Status.CRASHED
    assert by_name["sklearn.logistic"].fields["attempts"] == 2
    assert by_name["pixel.centre"].fields["usable"]
    assert store.done(c.key for c in cells) == {c.key for c in cells if c.contestant.name == "pixel.centre"}


@pytest.mark.slow
def test_a_hang_times_out_and_is_not_retried(store):
    e = experiment(["sklearn.logistic"], sizes=(10,), draws=1, time_limit=0.5)
    _, cells = execute(e, store, "tests.frameworks.misbehaving:Hang")
    record = store.get([cells[0].key])[cells[0].key]
    assert record.status is Status.TIMED_OUT
    assert record.fields["attempts"] == 1


def test_a_missing_engine_is_a_named_skip_and_not_stored(store):
    why = Availability(False, reason="there is no scikit-learn", remedy="pip install scikit-learn")
    outcome, cells = execute(experiment(), store, missing={"sklearn": why})
    assert outcome.missing == {"sklearn": why}
    assert len(store.get(c.key for c in cells)) == 4


def test_only_what_is_missing_is_computed(store):
    execute(experiment(sizes=(10,)), store)
    seen = []
    _, cells = execute(experiment(), store, seen=seen)
    assert len(seen) == 6
    assert len(store.done(c.key for c in cells)) == 12


def test_one_class_draws_and_empty_selections_are_told(store):
    e = experiment(["sklearn.logistic", "leekasso.f.lm"], sizes=(2,), draws=8)
    _, cells = execute(e, store)
    records = store.get(c.key for c in cells)
    statuses = pd.Series([r.status for r in records.values()])
    one_class = [e.design.draw(e.dataset, 2, b, 1).one_class(e.dataset.y) for b in range(8)]
    assert (statuses == Status.ONE_CLASS).sum() == 2 * sum(one_class) > 0
    assert not any(r.status.failed for r in records.values())


@pytest.mark.slow
def test_a_second_worker_that_does_not_start_is_only_a_worker_less(store, monkeypatch):
    monkeypatch.setattr("crossframe.experiment.workload._STARTS_SAVED", -1.0)
    started = []

    def make(engine, **options):
        started.append(engine)
        broken = None if len(started) == 1 else "tests.frameworks.misbehaving:NoSuchEngine"
        return EngineProcess(engine, where=broken, **options)

    e = experiment(["beam.sklearn.mlp"], draws=4)
    cells = list(e.cells())
    outcome = Executor(store, jobs=2, process=make).run(cells)
    assert len(started) == 2
    assert not outcome.missing
    assert len(store.done(c.key for c in cells)) == 8


def test_an_engine_that_does_not_start_is_missing(store):
    e = experiment(["sklearn.logistic", "pixel.centre"], sizes=(10,), draws=1)
    outcome, cells = execute(e, store, "tests.frameworks.misbehaving:NoSuchEngine")
    assert set(outcome.missing) == {"sklearn"}
    assert "NoSuchEngine" in outcome.missing["sklearn"].reason
    assert len(store.done(c.key for c in cells)) == 1


def test_every_model_has_a_code_of_its_own():
    digests = {name: fit_code(name) for name in models()}
    assert len(set(digests.values())) == len(digests)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"threads": 2},
        {"design": DESIGNS["stratified"]},
        {"dataset": load("digits", digits=(3, 5))},
        {"dataset": dataclasses.replace(DIGITS, y=DIGITS.y.astype(float), classes=())},
        {"dataset": dataclasses.replace(DIGITS, classes=("0", "1", "2"))},
        {"dataset": dataclasses.replace(DIGITS, names=DIGITS.names[::-1])},
        {"dataset": dataclasses.replace(DIGITS, image_shape=None)},
    ],
    ids=["seed", "threads", "design", "rows", "numbers", "three-classes", "names", "no-image"],
)
def test_what_changes_a_number_changes_the_key(change):
    before, after = experiment(), dataclasses.replace(experiment(), **change)
    assert not {c.key for c in before.cells()} & {c.key for c in after.cells()}


def test_the_number_of_classes_is_in_the_key_of_a_request():
    two = request("logistic")
    three = dataclasses.replace(two, classes=3)
    assert RequestCell("sklearn.logistic", two).key != RequestCell("sklearn.logistic", three).key


def test_settings_are_in_the_key_and_names_are_not():
    keys = {name: next(experiment([name]).cells()).key for name in
            ("sklearn.logistic", "sklearn.logistic:C=2", "sklearn.logistic:C=2.0", "leekasso.beam",
             "leekasso.welch.liblinear")}  # fmt: skip
    assert keys["sklearn.logistic"] != keys["sklearn.logistic:C=2"]
    assert keys["sklearn.logistic:C=2"] == keys["sklearn.logistic:C=2.0"]
    assert keys["leekasso.beam"] == keys["leekasso.welch.liblinear"]


def test_model_seeds_differ_by_draw_and_fit_31_bits():
    seeds = {model_seed(1, n, d) for n in (10, 20) for d in range(50)}
    assert len(seeds) == 100
    assert 1 <= min(seeds) <= max(seeds) < 2**31


def test_sizes():
    assert parse_sizes("10,80") == (10, 80)
    assert parse_sizes("10:80:5") == tuple(range(10, 81, 5))
    assert parse_sizes("5:7,6,20") == (5, 6, 7, 20)


@pytest.mark.parametrize("text", ["0", "1", "-3", "10,abc", "", "10:5", "1:2:3:4", "10:20:0", "1.5"])
def test_impossible_sizes(text):
    with pytest.raises(UsageError, match="--n"):
        parse_sizes(text)


def test_sizes_beyond_the_data():
    with pytest.raises(UsageError, match=r"digits has 288 rows.*\n.*--n 288"):
        experiment(sizes=(10, 500)).validate()
