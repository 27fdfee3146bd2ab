"""Estimates: by rows and columns, corrected as cells end; sizes that cannot end are refused at once."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe.data import DESIGNS, Dataset
from crossframe.experiment.executor import Executor
from crossframe.experiment.plan import Experiment, FitCell
from crossframe.experiment.spec import parse
from crossframe.experiment.store import Store
from crossframe.experiment.workload import Estimate


def experiment(rows, columns=2, *, names=("sklearn.forest",), draws=1):
    data = Dataset("t", np.zeros((rows, columns)), np.arange(rows) % 2, tuple(map(str, range(columns))),
                   ("a", "b"), "made here")  # fmt: skip
    contestants = tuple(map(parse, names))
    return Experiment(data, DESIGNS["stratified"], (rows // 2,), draws, 1, contestants)


def cell(rows, columns=2, name="sklearn.forest"):
    e = experiment(rows, columns, names=(name,))
    return FitCell(e.contestants[0], e.sizes[0], 0, "", e)


def test_more_rows_and_more_columns_take_longer():
    guess = Estimate().guess
    assert guess(cell(150_000)) > 50 * guess(cell(150))
    assert guess(cell(1000, 5000)) > 5 * guess(cell(1000, 5))


def test_what_was_measured_corrects_the_cells_that_are_left():
    estimate, small, large = Estimate(), cell(1000), cell(100_000)
    before = estimate.plan([large], 1).seconds
    estimate.learn(small, 10 * estimate.guess(small))
    assert estimate.factor(small.timed_as) == pytest.approx(10)
    assert estimate.plan([large], 1).seconds > 8 * before
    other = cell(1000, name="sklearn.logistic")
    assert estimate.factor(other.timed_as) == 1


@pytest.mark.slow
def test_the_time_left_ends_at_nothing(tmp_path, pool):
    e = experiment(100, names=("reference.optimum",), draws=4)
    left = []
    run = Executor(
        Store(tmp_path / "s.sqlite"), jobs=1, process=pool.process,
        on_progress=lambda cell, record, seconds: left.append(seconds),
    )  # fmt: skip
    run.run(e.listed())
    assert len(left) == 4
    assert left[-1] == pytest.approx(0, abs=1e-9)
    assert left[0] > left[-1]


QUICK = ("--dataset", "digits", "--no-report")


@pytest.mark.parametrize(
    "draws", ["1000000000", *(pytest.param("9" * n, marks=pytest.mark.slow) for n in (30, 400))]
)
@pytest.mark.parametrize(
    "verb",
    [
        ("compare", "--contestants", "pixel.centre"),
        pytest.param(("explain", "r.glm", "sklearn.logistic"), marks=pytest.mark.slow),
    ],
)
def test_draws_that_cannot_end_are_refused_with_the_estimate(command, verb, draws):
    words = QUICK if verb[0] == "compare" else QUICK[:2]
    done = command(*verb, *words, "--draws", draws, code=2)
    assert "fits, which take" in done.stderr
    assert "at most 1,000,000 fits and 30 days" in done.stderr


def test_many_draws_that_can_end_are_planned_piece_by_piece():
    e = experiment(60, names=("reference.optimum",), draws=100_000)
    cells = e.cells()
    assert [next(cells).draw for _ in range(3)] == [0, 1, 2]


def test_draws_are_kept_only_while_there_is_room(monkeypatch):
    monkeypatch.setattr("crossframe.experiment.plan._DRAWS_KEPT", 1000)
    e = experiment(60, names=("reference.optimum",), draws=20)
    cells = e.listed()
    assert len(e._draws) == 2
    assert [c.key for c in e.cells()] == [c.key for c in cells]
    assert e.one_class() == {}


@pytest.mark.parametrize("limit", ["inf", "1e308", "nan", "0", "-1", "700000"])
def test_a_time_limit_is_a_finite_number_of_seconds(command, limit):
    done = command("compare", *QUICK, "--contestants", "pixel.centre", f"--time-limit={limit}", code=2)
    assert "--time-limit" in done.stderr
    assert "at most 604800" in done.stderr


@pytest.mark.parametrize("option", ["--jobs", "--threads"])
def test_more_processes_than_any_machine_has_are_refused(command, option):
    words = ("compare", *QUICK, "--contestants", "pixel.centre", option, "9" * 30)
    assert "use at most 1000" in command(*words, code=2).stderr
