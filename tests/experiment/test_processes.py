"""Several processes of one framework: the same bits as one, and none where the memory is not enough."""

from __future__ import annotations

import pytest

from crossframe.data import DESIGNS, extent, load
from crossframe.experiment import workload
from crossframe.experiment.executor import Executor
from crossframe.experiment.plan import Experiment
from crossframe.experiment.spec import parse_many
from crossframe.experiment.store import Store
from crossframe.frameworks import memory
from crossframe.frameworks.host import EngineProcess


def run(tmp_path, name, contestants, draws, monkeypatch, saved):
    """(Digests of all cells, number of processes) where one more has to save ``saved`` starts."""
    monkeypatch.setattr(workload, "_STARTS_SAVED", saved)
    started = []

    def make(engine, **options):
        started.append(EngineProcess(engine, **options))
        return started[-1]

    e = Experiment(load("digits"), DESIGNS["leek"], (20,), draws, 1, tuple(parse_many(contestants)))
    cells, store = e.listed(), Store(tmp_path / name)
    Executor(store, jobs=2, process=make).run(cells)
    records = store.get(c.key for c in cells)
    store.close()
    assert all(r.fields["deterministic"] and r.fields["usable"] for r in records.values())
    return {c.key: records[c.key].fields["digest"] for c in cells}, len(started)


def test_no_second_process_without_memory_for_it(tmp_path, monkeypatch):
    def enough(free):
        monkeypatch.setattr(extent, "available", lambda: free)
        return run(tmp_path, f"{free}", ["pixel.centre"], 3, monkeypatch, -1.0)[1]

    peak = memory.peak()
    assert (enough(0), enough(100 * peak)) == (1, 2)


def test_the_memory_of_another_process_is_measured():
    process = EngineProcess("reference")
    process.call("probe")
    assert memory.peak(process.pid) > 10 * 2**20
    pid = process.pid
    process.close()
    assert memory.peak(pid) == 0


@pytest.mark.slow
@pytest.mark.xdist_group("h2o")
def test_two_servers_of_h2o_give_the_bits_of_one(tmp_path, monkeypatch):
    contestants = [
        "h2o.glm", "h2o.glm:lambda_=0", "leekasso.f.h2o",
        *(f"h2o.mlp:hidden=20,activation={name},reproducible=true" for name in ("Tanh", "Rectifier")),
    ]  # fmt: skip
    one, alone = run(tmp_path, "one", contestants, 8, monkeypatch, float("inf"))
    two, together = run(tmp_path, "two", contestants, 8, monkeypatch, -1.0)
    assert (alone, together, len(one)) == (1, 2, 40)
    assert one == two
