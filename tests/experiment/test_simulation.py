"""The simulated executor: schedules computed by hand, costs from a store, and real runs beside it."""

from __future__ import annotations

import json
import os

import pytest

import crossframe
from crossframe.experiment.cells import Host
from crossframe.experiment.simulation import Costs, TimedCell, predict
from crossframe.experiment.workload import worth_another

R, SK = Host("r"), Host("sklearn")
MARGIN = 1.4
"""Predicted wall time over the measured one, either way; fixed on 2026-11-22, before the first comparison."""
STEADY = 1.15
"""Wall time of a run over that of the same run before, either way, where the load has not changed."""


def cells(host, *takes, expected=None):
    return tuple(
        TimedCell(f"{host}{i}", host, host.engine, t if expected is None else expected,
                  f"{host.engine} cell {i}", t)
        for i, t in enumerate(takes)
    )  # fmt: skip


def costs(*groups, starts=None, first=None, own=0.0):
    every = tuple(cell for group in groups for cell in group)
    return Costs(every, starts or {R: 1.0, SK: 2.0}, first or {}, own)


def test_one_worker_takes_the_sum():
    # Both start at once on two cores: sklearn waits until r has started, computes from 2 s on.
    made = predict(costs(cells(R, 3, 3)), 1, 2)
    assert made.seconds == pytest.approx(1 + 3 + 3)
    assert made.limit == "the workers"


def test_two_frameworks_run_side_by_side():
    made = predict(costs(cells(R, 5, 5), cells(SK, 4, 4)), 2, 3)
    assert made.seconds == pytest.approx(max(1 + 10, 2 + 8))
    assert made.processes == {"r": 1, "sklearn": 1}


def test_cores_are_shared_equally():
    # r and sklearn start at half speed on one core: r from 0 to 2 s, then sklearn has 1 s of work left.
    # r computes 4 s meanwhile at half speed until 4 s (1 done), sklearn computes 3 s: all is done at 1+2+4+3.
    made = predict(costs(cells(R, 4), cells(SK, 3)), 2, 1)
    assert made.seconds == pytest.approx(1 + 2 + 4 + 3)


def test_the_first_cell_of_a_model_in_a_process_takes_longer():
    made = predict(costs(cells(R, 2, 2, 2), first={"r": 1.5}), 1, 1)
    assert made.seconds == pytest.approx(1 + 1.5 + 6)


def test_own_work_is_done_by_one_process_for_all():
    few = [cells(Host("r", threads), 0.1, 0.1, 0.1, 0.1) for threads in range(1, 9)]
    made = predict(costs(*few, own=1.0), 8, 100)
    # After the start and the first cells nothing is computed for longer than a record takes to be stored.
    assert made.seconds == pytest.approx(1 + 0.1 + 32 * 1.0, abs=0.2)
    assert made.limit == "crossframe's own work, 1000 ms a cell"


def test_more_processes_start_when_a_first_cell_has_shown_how_long_they_are():
    work = cells(R, *[10.0] * 40)
    made = predict(costs(work), 4, 4)
    # One process until its first cell has ended at 11 s; three more start until 12 s, and 39 cells are left.
    assert made.processes == {"r": 4}
    assert made.seconds == pytest.approx(11 + 10 * 10, abs=10)
    assert predict(costs(work), 1, 4).processes == {"r": 1}


def test_a_wrong_guess_starts_nothing():
    made = predict(costs(cells(R, *[0.01] * 40, expected=100.0)), 4, 4)
    assert made.processes == {"r": 1}


def test_the_longest_cell_limits_many_workers():
    made = predict(costs(cells(R, 9), cells(SK, 2, 2)), 100, 100)
    assert made.seconds == pytest.approx(1 + 9)
    assert made.limit == "the longest cell, r cell 0"
    assert predict(costs(cells(R, 1), cells(SK, 1.5)), 100, 100).limit == "the start of sklearn"


def test_few_cells_of_one_framework_limit_many_workers():
    made = predict(costs(cells(R, 2, 2, 2)), 100, 100)
    assert made.seconds == pytest.approx(1 + 6)
    assert made.limit == "r in 1 process: one more would not save its start"


def test_other_processes_start_while_a_long_first_cell_is_computed():
    # R starts in 1 s; its first cell is seen to be long at the second look, 20 s after the start.
    made = predict(costs(cells(R, 50, 50)), 2, 2)
    assert made.processes == {"r": 2}
    assert made.seconds == pytest.approx(1 + 2 * 10 + 1 + 50)


def test_one_more_process_has_to_save_twice_its_start():
    h2o = Host("h2o")
    # Its start is 8 s: on two lanes 60 s of the 100 are 10 s more than the half, 70 s are 20 s more.
    assert not worth_another({h2o: 60.0, R: 40.0}, h2o, 1, 2)
    assert worth_another({h2o: 70.0, R: 30.0}, h2o, 1, 2)
    assert not worth_another({h2o: 700.0}, h2o, 2, 2)
    assert worth_another({h2o: 700.0}, h2o, 2, 3)


GRID = {"n": "40,80", "draws": 3, "dataset": "digits"}
NAMES = ("sklearn.logistic", "pixel.best", "pixel.centre")
WORDS = ("--n", "40,80", "--draws", "3", "--dataset", "digits", "--contestants", ",".join(NAMES))


def test_the_plan_takes_its_times_from_the_store(command, tmp_path, pool):
    store = str(tmp_path / "s.sqlite")
    before = json.loads(command("plan", *WORDS, "--store", store, "--json").stdout)["plan"]
    assert (before["cells"], before["measured"]) == (18, 0)
    crossframe.compare(**{**GRID, "draws": 2}, contestants=NAMES, store=store, pool=pool)
    after = json.loads(command("plan", *WORDS, "--store", store, "--workers", "1,4", "--json").stdout)["plan"]
    assert after["measured"] == 12
    assert 0 < after["own_seconds"] < 1
    one, four = after["workers"]
    assert (one["workers"], four["workers"], one["speed_up"]) == (1, 4, 1)
    assert 0 < four["seconds"] <= one["seconds"]
    shown = command("plan", *WORDS, "--store", store, "--workers", "1,100")
    assert "18 cells, 12 of them measured" in shown.stdout


@pytest.mark.parametrize("words", ["0", "1,x", "", "99999999"])
def test_impossible_workers(command, words):
    assert "--workers" in command("plan", *WORDS, "--workers", words, code=2).stderr


@pytest.mark.slow
def test_predicted_wall_times_are_those_of_real_runs(tmp_path, command):
    """A run with one worker is measured; it and runs with 2 and 4 take what is predicted from its cells.

    It is repeated at the end: where that takes another time the machine's load has changed meanwhile.
    """
    names = ["sklearn.forest:n_estimators=300", "beam.sklearn.mlp", "r.glm", "leekasso.f.lm"]
    words = ["--n", "100,200", "--draws", "8", "--dataset", "digits", "--design", "random"]
    words += [word for name in names for word in ("--contestant", name)]

    def wall(jobs, store):
        grid = {"n": "100,200", "draws": 8, "dataset": "digits", "design": "random", "contestants": names}
        return crossframe.compare(**grid, jobs=jobs, store=tmp_path / store).run["wall_seconds"]

    measured = {1: wall(1, "1.sqlite")}
    options = ("--workers", "1,2,4", "--cores", str(os.cpu_count()), "--json")
    done = command("plan", *words, "--store", str(tmp_path / "1.sqlite"), *options)
    predicted = {row["workers"]: row["seconds"] for row in json.loads(done.stdout)["plan"]["workers"]}
    measured |= {2: wall(2, "2.sqlite"), 4: wall(4, "4.sqlite")}
    again = wall(1, "again.sqlite")
    print(f"predicted {predicted}, measured {measured}, one worker again {again:.1f} s")
    assert 1 / MARGIN < predicted[1] / measured[1] < MARGIN
    if not 1 / STEADY < again / measured[1] < STEADY:
        pytest.skip(f"the load of the machine changed: one worker {measured[1]:.0f} s, then {again:.0f} s")
    for workers in (2, 4):
        assert 1 / MARGIN < predicted[workers] / measured[workers] < MARGIN, workers
