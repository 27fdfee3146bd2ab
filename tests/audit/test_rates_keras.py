"""Learning rates of Keras's optimizers, measured on real variables."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from crossframe.frameworks import learning_rate_sample as sample
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.keras import FRAMEWORK
from crossframe.frameworks.keras.learning_rates import RULES
from crossframe.frameworks.learning_rate import LearningRate
from crossframe.frameworks.pool import Pool

UPDATES = 10
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def process(pool: Pool) -> Iterator[EngineProcess]:
    started = pool.process("keras", where=FRAMEWORK.learning_rates)
    yield started
    started.close()


@pytest.fixture(scope="module")
def rows(process: EngineProcess) -> dict[str, LearningRate]:
    found, versions = process.call("measure", UPDATES, (10, 80), None)
    assert set(versions) == {"keras", "tensorflow"}
    return {row.name: row for row in found}


def test_every_optimizer_that_keras_exports_is_there(rows: dict[str, LearningRate]) -> None:
    for name, row in rows.items():
        assert row.none or len(row.curve) == UPDATES, name
    assert set(RULES) <= set(rows)
    assert {name for name, row in rows.items() if row.none} == {"LossScaleOptimizer", "MultiOptimizer"}


@pytest.mark.parametrize("name", sorted(RULES))
def test_the_formula_gives_the_measured_steps(rows: dict[str, LearningRate], name: str) -> None:
    row = rows[name]
    assert row.in_double is not None
    assert row.in_double <= 1e-4
    # In single precision a weight may land one unit in the last place away: twice the resolution.
    # Ftrl solves for the weights anew, from sums that are rounded too.
    assert row.disagreement is not None
    assert row.resolution is not None
    slack = 1e-3 if name == "Ftrl" else 2 * row.resolution
    assert row.disagreement <= 1e-4 + slack


def test_the_gradient_is_that_of_the_tape(process: EngineProcess) -> None:
    X, y = sample.rows()
    weights = sample.start(X.shape[1])
    for i in range(5):
        tape = process.call("gradient", weights, X[i], int(y[i]))
        for ours, theirs in zip(sample.gradient(weights, X[i], int(y[i])), tape, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def test_plain_descent_has_the_declared_rate(rows: dict[str, LearningRate]) -> None:
    np.testing.assert_allclose(rows["SGD"].curve, rows["SGD"].declared, rtol=1e-4)


def test_the_same_declared_rate_means_rates_far_apart(rows: dict[str, LearningRate]) -> None:
    alike = {name: row.mean(10) for name, row in rows.items() if row.declared == 0.001}
    assert len(alike) >= 10
    assert alike["RMSprop"] > 500 * alike["Adadelta"]


def test_schedule_free_is_not_the_textbooks_on_tensorflow(rows: dict[str, LearningRate]) -> None:
    assert rows["ScheduleFreeAdamW"].textbook > 0.1


def test_fit_makes_one_update_of_ten_rows_and_three_of_eighty(rows: dict[str, LearningRate]) -> None:
    for row in rows.values():
        if row.none:
            continue
        assert [(path.updates, path.epochs, path.batch) for path in row.paths] == [(1, 1, 10), (3, 1, 32)]
        assert all(path.path == path.net > 0 for path in row.paths)


def test_paths_are_repeatable(process: EngineProcess, rows: dict[str, LearningRate]) -> None:
    again, _ = process.call("measure", 1, (80,), tuple(rows))
    for row in again:
        assert row.none or row.paths == rows[row.name].paths[1:]


def test_the_default_of_compile_is_marked(rows: dict[str, LearningRate]) -> None:
    assert [name for name, row in rows.items() if row.standard] == ["RMSprop"]
