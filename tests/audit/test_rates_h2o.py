"""Learning rates of H2O's deep learning, from its exported weights after every single update."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from crossframe.frameworks import learning_rate_sample as sample
from crossframe.frameworks.contract import EngineConfig
from crossframe.frameworks.h2o.learning_rates import MODES, H2ORates
from crossframe.frameworks.h2o.learning_rates_server import TO_THE_END, WEIGHT, NetworkTrainer
from crossframe.frameworks.learning_rate import LearningRate, difference, norm
from crossframe.optima.updates import ApproximateAdadelta, Array

UPDATES = 12
FAST = ("ADADELTA", "SGD")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[H2ORates]:
    started = H2ORates(EngineConfig(tmp_path_factory.mktemp("h2o")))
    yield started
    started.close()


@pytest.fixture(scope="module")
def trainer(server: H2ORates) -> NetworkTrainer:
    return server.trainer()


@pytest.fixture(scope="module")
def rows(server: H2ORates) -> dict[str, LearningRate]:
    """In the two modes of ``FAST``."""
    found, _ = server.measure(UPDATES, (10,), [mode for mode in MODES if mode.short in FAST])
    return {row.short or row.name: row for row in found}


@pytest.fixture(scope="module")
def all_rows(server: H2ORates) -> dict[str, LearningRate]:
    found, _ = server.measure(UPDATES, (10,))
    return {row.short or row.name: row for row in found}


@pytest.mark.slow
def test_one_model_of_the_chain_is_one_update(trainer: NetworkTrainer) -> None:
    X, y = sample.rows()
    weights = [w.astype(np.float64) if w.ndim == 1 else w for w in sample.start(X.shape[1])]
    for i, frame in enumerate(trainer.single_rows(X[:4], y[:4])):
        _, new = trainer.train(
            frame, epochs=1, weights_column=WEIGHT, adaptive_rate=False, rate=0.5, rate_annealing=0,
            **trainer.initial(weights), **TO_THE_END,
        )  # fmt: skip
        # H2O's plain step is rate times the gradient; it shows ours to the rounding of its weights.
        for ours, old, reached in zip(sample.gradient(weights, X[i], int(y[i])), weights, new, strict=True):
            np.testing.assert_allclose(ours, (old - reached) / 0.5, rtol=1e-5, atol=2e-7)


@pytest.mark.parametrize(
    ("measured", "name"),
    [("rows", "SGD"), ("rows", "ADADELTA"), *(("all_rows", mode.short) for mode in MODES)],
)
@pytest.mark.slow
def test_the_formula_gives_the_measured_steps(
    request: pytest.FixtureRequest, measured: str, name: str
) -> None:
    row: LearningRate = request.getfixturevalue(measured)[name]
    assert len(row.curve) == UPDATES
    assert row.agreement is not None
    assert row.agreement <= 1e-4


@pytest.mark.slow
def test_accumulators_carry_over_from_model_to_model(trainer: NetworkTrainer) -> None:
    X, y = sample.rows()
    start: list[Array] = [w.astype(np.float64) if w.ndim == 1 else w for w in sample.start(X.shape[1])]
    frames = trainer.single_rows(X[:2], y[:2])
    options = {"weights_column": WEIGHT, **TO_THE_END}
    key, once = trainer.train(frames[0], epochs=1, **trainer.initial(start), **options)
    _, continued = trainer.train(frames[1], epochs=2, checkpoint=key, **options)
    _, afresh = trainer.train(frames[1], epochs=1, **trainer.initial(once), **options)

    rule = ApproximateAdadelta()
    state = rule.start(start)
    rule.step(state, start, sample.gradient(start, X[0], int(y[0])))
    gradient = sample.gradient(once, X[1], int(y[1]))
    for found, expected in (
        (continued, rule.step(state, once, gradient)),
        (afresh, rule.step(rule.start(once), once, gradient)),
    ):
        assert norm(difference(found, expected)) <= 1e-4 * norm(difference(found, once))
    distance = norm(difference(continued, afresh))
    assert distance > 0.1 * norm(difference(continued, once))


@pytest.mark.slow
def test_the_textbooks_rule_is_another_one(rows: dict[str, LearningRate]) -> None:
    assert rows["ADADELTA"].textbook > 0.01


@pytest.mark.slow
def test_the_declared_rate_acts_in_sgd_mode_only(rows: dict[str, LearningRate]) -> None:
    assert {row.declared for row in rows.values() if row.parameter == "rate"} == {0.005}
    assert not rows["ADADELTA"].active
    assert rows["ADADELTA"].standard
    assert rows["SGD"].active
    annealed = 0.005 / (1 + 1e-6 * np.arange(UPDATES))
    np.testing.assert_allclose(rows["SGD"].curve, annealed, rtol=1e-4)


@pytest.mark.slow
def test_momentum_takes_its_share_off_the_rate(all_rows: dict[str, LearningRate]) -> None:
    assert all_rows["SGD, momentum"].curve[0] == pytest.approx(0.1 * 0.005, rel=1e-3)


@pytest.mark.slow
def test_the_momentum_ramp_is_not_climbed(all_rows: dict[str, LearningRate]) -> None:
    # Ramped from 0.5 to 0.99 in 10 rows, the factor 1 - m would fall from 0.5 to 0.01.
    row = all_rows["SGD, momentum ramp"]
    assert row.curve[0] == pytest.approx((1 - 0.451) * 0.005, rel=1e-3)
    assert row.curve[-1] > 0.2 * row.curve[0]
    assert row.agreement <= 1e-4
    assert "0.451" in row.note


@pytest.mark.slow
def test_its_own_training_stops_by_its_own_rule_and_is_repeatable(
    server: H2ORates, rows: dict[str, LearningRate]
) -> None:
    for name in FAST:
        (path,) = rows[name].paths
        assert path.updates == path.epochs * 10
        assert 1 <= path.epochs <= 10
        assert 0 < path.net <= path.path
        assert ("classification_stop" in path.ended) is (path.epochs < 10)
    again, _ = server.measure(1, (10,), MODES[:1])
    assert again[0].paths == rows["ADADELTA"].paths


@pytest.mark.slow
def test_all_frameworks_side_by_side(tmp_path: Path) -> None:
    from crossframe.audit.rates import measure

    found = measure()
    assert found.gaps == {}
    assert {row.engine for row in found.rows} == {"sklearn", "r", "h2o", "keras"}
    for row in found.rows:
        assert row.none or row.mean(100) is not None, row.name
        assert row.none or (row.agreement is not None and row.agreement <= 1e-4), row.name
