"""Cells that workers of a cluster carry out: the same records as here, whatever becomes of the workers."""

from __future__ import annotations

import platform
import resource
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

import numpy as np
import psutil
import pytest

from crossframe.core.errors import OutOfMemory, UsageError
from crossframe.data import DESIGNS, load
from crossframe.experiment import clusters, dispatch, remote
from crossframe.experiment.clusters import on_cluster
from crossframe.experiment.fleet import FleetError
from crossframe.experiment.parts import Packed, PartMissing, Parts
from crossframe.experiment.plan import Experiment
from crossframe.experiment.spec import parse_many
from crossframe.experiment.store import Store, opened
from crossframe.frameworks.registry import available
from crossframe.studies.lab import Job, Lab
from tests.experiment.test_shards import cells as stored

NAMES = ("pixel.centre", "pixel.centre:threshold=2")


def experiment(contestants=NAMES, sizes=(10, 20), draws=3, data="digits", **options):
    return Experiment(
        load(data) if isinstance(data, str) else data, DESIGNS["stratified"], sizes, draws, 1,
        tuple(parse_many(contestants)), **options,
    )  # fmt: skip


@pytest.fixture
def store(tmp_path):
    kept = Store(tmp_path / "store.sqlite")
    yield kept
    kept.close()


@pytest.fixture
def threads():
    """An executor whose workers are threads of this process; the engines that it keeps end with the test."""
    with ThreadPoolExecutor(2) as made:
        yield made
    remote._KEPT.end()


def carried_out(store, e, cluster=None, **options):
    with on_cluster(store, cluster, **options):
        return dispatch.executor(store, jobs=2).run(list(e.cells()))


def test_an_executor_gives_the_records_that_this_machine_gives(store, threads, tmp_path):
    outcome = carried_out(store, experiment(), threads)
    here = Store(tmp_path / "here.sqlite")
    carried_out(here, experiment())
    here.close()
    assert stored(store.path) == stored(tmp_path / "here.sqlite")
    assert outcome.versions.keys() == {"reference"}
    assert outcome.engine_seconds > 0
    assert outcome.peak_memory > 2**20


def test_workers_of_other_versions_are_an_error_or_left_out(store, threads, monkeypatch):
    versions = remote.installed("reference")[1] | {"numpy": "1.0"}
    monkeypatch.setattr(dispatch, "installed", lambda engine: (available(engine), versions))
    with pytest.raises(
        UsageError, match=r"(?s)other cells of reference.*numpy 2\S* in place of 1\.0.*--mixed"
    ):
        carried_out(store, experiment(["pixel.centre"]), threads)
    lines = []
    outcome = carried_out(store, experiment(["pixel.centre"]), threads, mixed=True, on_status=lines.append)
    assert "in place of 1.0" in outcome.missing["reference"].reason
    assert any("no cell of reference is sent" in line for line in lines)
    assert not store.cells()


def test_a_pool_of_processes_that_was_killed_is_an_error_that_keeps_what_is_done(store):
    executor = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    try:
        executor.submit(abs, 1).result()
        for process in executor._processes.values():
            psutil.Process(process.pid).kill()
        with pytest.raises(FleetError, match=r"ProcessPoolExecutor has ended .*abruptly"):
            carried_out(store, experiment(["pixel.centre"]), executor)
    finally:
        executor.shutdown()


class Broken(ThreadPoolExecutor):
    """An executor whose process ends while it computes."""

    def submit(self, function, *arguments):
        return super().submit(self._end)

    def _end(self):
        raise BrokenProcessPool("A child process terminated abruptly")


def test_a_process_that_ends_while_it_computes_is_an_error_too(store):
    with Broken(1) as executor, pytest.raises(FleetError, match=r"Broken has ended .*terminated abruptly"):
        carried_out(store, experiment(["pixel.centre"]), executor)


def tables(count):
    """Experiments on as many tables of a user's own."""
    X = np.random.default_rng(1).normal(size=(count, 40, 2))
    kind = type(load("digits"))
    for own in X:
        data = kind("mine", own, (own[:, 0] > 0).astype(np.int64), ("a", "b"), ("0", "1"), "made here")
        yield experiment(["sklearn.logistic"], (10,), 1, data)


def test_more_data_sets_than_a_worker_holds(store, threads, monkeypatch):
    monkeypatch.setattr(remote._KEPT, "parts", Parts())
    cells = [cell for e in tables(70) for cell in e.cells()]
    with on_cluster(store, threads):
        dispatch.executor(store, jobs=2).run(cells)
    assert len(store.cells()) == len(cells)


def test_parts_that_cells_need_outlast_the_packing():
    packed = Packed()
    cells = [cell for e in tables(70) for cell in e.cells()]
    _, needs = packed.cells(cells)
    assert len({*needs}) == 140
    assert all(packed.blob(name, whole=True) for name in needs)


def fails(*arguments):
    raise UsageError("no such column", "name another")


@pytest.fixture
def submitted(tmp_path):
    """Jobs of submitit on this machine, in a folder that was there before."""
    pytest.importorskip("submitit", reason="needs submitit")
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "mine.txt").write_text("kept")
    return clusters._named(f"local:jobs=1,folder={tmp_path / 'jobs'}")


@pytest.mark.slow
def test_an_error_of_a_job_is_no_worker_that_was_lost(submitted):
    job = submitted.submit("", fails)
    until = time.monotonic() + 60
    while not job.done() and time.monotonic() < until:
        time.sleep(0.1)
    with pytest.raises(FleetError, match=r"a job of submitit \(local\) failed: .*UsageError: no such column"):
        job.result()


def test_a_folder_of_the_user_is_not_removed(submitted, tmp_path):
    submitted.close()
    assert (tmp_path / "jobs" / "mine.txt").read_text() == "kept"


def no_large_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))


@pytest.mark.slow
def test_an_error_of_a_worker_names_it(store):
    X = np.random.default_rng(1).normal(size=(20_000, 10))
    names = tuple(f"x{j}" for j in range(10))
    table = type(load("digits"))("mine", X, (X[:, 0] > 0).astype(np.int64), names, ("0", "1"), "made here")
    large = experiment(["sklearn.logistic"], (15_000,), 1, table)
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=no_large_files) as executor,
        pytest.raises(OutOfMemory, match=rf"on the worker {platform.node()}:\d+: .*MiB of rows"),
    ):
        carried_out(store, large, executor)


def test_a_table_travels_once_and_known_data_by_name():
    table = np.random.default_rng(1).normal(size=(50, 3))
    digits = load("digits")
    own = type(digits)(
        "mine", table, (table[:, 0] > 0).astype(np.int64), ("a", "b", "c"), ("0", "1"), "made here"
    )
    packed, parts = Packed(), Parts()
    for data, whole in ((own, True), (digits, False)):
        cells = list(experiment(["sklearn.logistic"], data=data).cells())
        first, needs = packed.cells(cells[:1])
        assert len(needs) == 2
        assert packed.cells(cells[1:])[1] == needs
        assert packed.cells(list(experiment(["r.glm"], data=data).cells()))[1][0] == needs[0]
        assert len(first) < 2_000
        with pytest.raises(PartMissing):
            parts.cells(first, needs, ())
        blobs = [packed.blob(name, whole=whole) for name in needs]
        assert (len(blobs[0]) > data.X.nbytes) == whole
        for blob in blobs:
            parts.add(blob)
        (back,) = parts.cells(first, needs, ())
        assert back.key == cells[0].key
        assert back.prepare().fingerprint == cells[0].prepare().fingerprint
        assert (
            "requests" not in vars(cells[1].experiment)
            or back.experiment.requests is not cells[0].experiment.requests
        )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--cluster", "nowhere"], "not a cluster"),
        (["--cluster", "nowhere.json"], "no such file"),
        (["--cluster", "slurm:partion=short"], "'partion=short' is no option of it"),
        (["--cluster", "slurm:time=soon"], "give a whole number"),
        (["--cluster", "nowhere", "--jobs", "2"], "--jobs has no use with --cluster"),
        (["--mixed"], "--mixed is about the workers of --cluster"),
    ],
)
def test_what_names_no_cluster(command, words, message):
    printed = command("compare", "--dataset", "digits", "--contestants", "pixel.centre", *words, code=2)
    assert message in printed.stderr


ALL = ("pixel.centre", "sklearn.logistic", "leekasso.f.lm", "r.glm", "keras.mlp", "h2o.glm")


def numbers(result):
    cells = result.cells.sort_values(["contestant", "n", "draw"])
    return cells[["contestant", "n", "draw", "accuracy", "logloss", "fingerprint"]].reset_index(drop=True)


@pytest.fixture(scope="module")
def cluster():
    """A Dask cluster of two processes on loopback, with a nanny each."""
    distributed = pytest.importorskip("distributed", reason="needs dask.distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as made,
        distributed.Client(made, set_as_default=False) as client,
    ):
        yield client


def engines_below(pids):
    """The processes of engines that workers have started."""
    below = [
        p for pid in pids if psutil.pid_exists(pid) for p in psutil.Process(pid).children(recursive=True)
    ]
    return [p for p in below if any("crossframe.frameworks.host" in word for word in words(p))]


def words(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.mark.slow
def test_dask_gives_the_records_that_this_machine_gives(cluster, tmp_path):
    import crossframe

    here = tuple(name for name in ALL if available(parse_many([name])[0].engine).available)
    options = {"dataset": "digits", "draws": 2, "contestants": here, "threads": 1}
    local = crossframe.compare("10,20", **options, store=tmp_path / "local.sqlite")
    kept = Store(tmp_path / "dask.sqlite")
    events = []
    kept.events = lambda event, **facts: events.append({"event": event, **facts})
    dask = crossframe.compare("10,20", **options, store=kept, cluster=cluster)
    kept.close()
    assert numbers(dask).equals(numbers(local))
    assert stored(tmp_path / "dask.sqlite") == stored(tmp_path / "local.sqlite")
    workers = {event["worker"] for event in events if event["event"] == "cell"}
    assert workers == set(cluster.scheduler_info(n_workers=-1)["workers"])


@pytest.mark.slow
def test_a_killed_worker_loses_its_cells_in_flight_which_run_elsewhere(cluster, tmp_path):
    import crossframe

    options = {"dataset": "digits", "draws": 20, "contestants": ("sklearn.logistic", "r.glm"), "threads": 1}
    pids = list(cluster.run(lambda: __import__("os").getpid()).values())
    killed = []

    class Killer:
        def planned(self, plan):
            pass

        def cell(self, cell, record, left):
            if not killed:
                victim = next(pid for pid in pids if engines_below([pid]))
                killed.extend(engines_below([victim]))
                psutil.Process(victim).kill()

    run = crossframe.compare(
        "10,20", **options, store=tmp_path / "dask.sqlite", cluster=cluster, listener=Killer()
    )
    assert killed
    _, alive = psutil.wait_procs(killed, timeout=60)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]
    local = crossframe.compare("10,20", **options, store=tmp_path / "local.sqlite")
    assert numbers(run).equals(numbers(local))
    assert set(run.cells["attempts"]) == {1}


@pytest.mark.slow
def test_audit_explain_and_jobs_of_a_study_on_a_cluster(cluster, tmp_path):
    import crossframe

    kept = tmp_path / "store.sqlite"
    audited = crossframe.audit(["sklearn.logistic", "sklearn.ridge"], store=kept, cluster=cluster)
    assert [model.name for model in audited.models] == ["sklearn.logistic", "sklearn.ridge"]
    explained = crossframe.explain("sklearn.logistic", "sklearn.logistic:C=10", store=kept, cluster=cluster)
    assert explained.verdict.name == "EXPLAINED"
    jobs = [Job("crossframe.studies.training.probes:normal", {"count": 5, "seed": seed}) for seed in (1, 2)]
    with opened(kept) as same, on_cluster(same, cluster):
        on_workers = Lab("quick", same).run(jobs)
    here = Lab("quick", Store(tmp_path / "here.sqlite"))
    for one, other in zip(on_workers, here.run(jobs), strict=True):
        assert one.fields["mean"] == other.fields["mean"]
        assert one.fields["process"] != other.fields["process"]
        assert [*map(bytes, one.arrays.values())] == [*map(bytes, other.arrays.values())]
    here.close()
    here.store.close()


@pytest.mark.slow
def test_engines_of_workers_end_some_time_after_the_last_cell(cluster, tmp_path):
    import crossframe

    crossframe.compare(
        "10", dataset="digits", draws=2, contestants=["sklearn.logistic"], store=tmp_path / "s.sqlite",
        cluster=cluster,
    )  # fmt: skip
    pids = list(cluster.run(lambda: __import__("os").getpid()).values())
    assert engines_below(pids)
    until = time.monotonic() + 3 * remote.KEPT_FOR
    while engines_below(pids) and time.monotonic() < until:
        time.sleep(1)
    assert not engines_below(pids)


@pytest.mark.slow
def test_jobs_of_submitit_give_the_same_records(tmp_path, store):
    submitit = pytest.importorskip("submitit", reason="needs submitit")
    here = Store(tmp_path / "here.sqlite")
    carried_out(here, experiment())
    here.close()
    executor = submitit.AutoExecutor(folder=tmp_path / "jobs", cluster="local")
    executor.update_parameters(timeout_min=5)
    carried_out(store, experiment(), executor)
    assert stored(store.path) == stored(tmp_path / "here.sqlite")


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer(command):
    pytest.importorskip("distributed", reason="needs dask.distributed")
    begin = time.monotonic()
    printed = command(
        "compare", "--dataset", "digits", "--contestants", "pixel.centre", "--cluster", "tcp://127.0.0.1:9",
        code=2,
    )  # fmt: skip
    assert "no scheduler answers there within 10 s" in printed.stderr
    assert time.monotonic() - begin < 60
