"""Gaps between networks of two frameworks: the referee's hybrids, its calibration, H2O's inert settings."""

from __future__ import annotations

from crossframe.explaining.explanation import Verdict
from tests.explaining.test_drawn import drawn, store

__all__ = ["store"]


def test_networks_of_two_frameworks_by_the_referee(store):
    left = "keras.mlp:hidden=16,dropout=0,epochs=1,head=sigmoid1,floatx=float64"
    found, told, _ = drawn(store, left, "sklearn.mlp:hidden_layer_sizes=16", n=40, draws=6, seeds=1)
    assert found.verdict is Verdict.EXPLAINED
    assert told["computed_by"] == {"the referee": 32}
    assert [c["setting"] for c in told["causes"]] == ["epochs"]
    assert [c["fit"] for c in told["calibration"] if c["end"]] == ["inside", "inside"]
    assert told["closing"]["settings"] == ["epochs"]
    recipe = told["recipe"]
    assert (recipe["left"]["arguments"].get("epochs"), recipe["left"]["closes"]) == (200, True)
    assert abs(told["gap"]["left_after"]) < 0.1 * abs(told["gap"]["difference"])


def test_a_rate_that_h2o_does_not_use(store):
    same = "h2o.mlp:hidden=8,reproducible=true"
    found, told, _ = drawn(store, f"{same},rate=0.5", same, n=10, draws=2, seeds=1)
    assert found.verdict is Verdict.AGREE
    assert told["inert"] == ["optimizer.learning_rate"]
    assert "adaptive_rate=True" in told["inert_because"][0]["reason"]


def test_leek_against_beam_on_two_draws(store):
    found, told, _ = drawn(store, "h2o.mlp", "keras.mlp:epochs=20", n=10, draws=2)
    assert found.verdict is Verdict.NOISE
    assert {"setting": "optimizer.learning_rate", "side": "left"}.items() <= told["inert_because"][0].items()
    (training,) = [d for d in found.diagnoses if (d.kind, d.side) == ("training", "left")]
    assert training.certificate["epochs"] < training.certificate["epochs_asked"] == 20
    (spread,) = [d for d in found.diagnoses if (d.kind, d.side) == ("spread", "right")]
    assert spread.certificate["largest"] > 0


def test_the_referee_gives_the_answers_of_h2o(tmp_path):
    from crossframe.comparison.plan import Experiment
    from crossframe.comparison.store import Store
    from crossframe.data import DESIGNS, load
    from crossframe.engines.pool import Pool
    from crossframe.explaining.bench import Bench
    from crossframe.explaining.calibration import Fit, calibrate
    from crossframe.explaining.hybrids import Referee, in_force
    from crossframe.explaining.replicates import Repeated, Replicates
    from crossframe.models.spec import parse

    side = parse("h2o.mlp")
    experiment = Experiment(load("digits"), Repeated(DESIGNS["stratified"], 2), (10,), 2, 1, (), threads=1)
    with Pool() as pool:
        bench = Bench(experiment, Store(tmp_path / "fits.sqlite"), pool=pool)
        force = in_force(bench, side)
        referee = Referee((force, force)).hybrid(frozenset())
        rows = calibrate(bench, [side], [referee], Replicates.of(experiment, 2), "accuracy")
    assert [(c.fit is Fit.EXACT, c.end) for c in rows][1] == (True, False)
    assert rows[1].largest < 1e-6
    assert rows[1].difference == 0
