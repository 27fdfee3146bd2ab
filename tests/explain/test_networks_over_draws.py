"""Gaps between networks of two frameworks: the referee's hybrids, its calibration, H2O's inert settings."""

from __future__ import annotations

import pytest

from crossframe.explain.explanation import Conclusion
from crossframe.explain.replicates import measured
from crossframe.explain.report import document
from tests.explain.test_over_draws import over_draws, store

__all__ = ["store"]


@pytest.mark.slow
def test_networks_of_two_frameworks_by_the_referee(store):
    left = "keras.mlp:hidden=16,dropout=0,epochs=1,head=sigmoid1,floatx=float64"
    found, told, _ = over_draws(store, left, "beam.sklearn.mlp:hidden_layer_sizes=16", n=40, draws=6, seeds=1)
    assert found.verdict is Conclusion.EXPLAINED
    assert told["computed_by"] == {"the referee": 64}
    assert [c["setting"] for c in told["causes"]] == ["epochs"]
    assert [c["fit"] for c in told["calibration"] if c["end"]] == ["inside", "inside"]
    assert told["closing"]["settings"] == ["epochs"]
    recipe = told["recipe"]
    assert (recipe["left"]["arguments"].get("epochs"), recipe["left"]["closes"]) == (200, True)
    assert abs(told["gap"]["left_after"]) < 0.1 * abs(told["gap"]["difference"])
    page = document(found).markdown()
    assert "64 combinations of settings of the two, each on every draw: 64 by the reference trainer." in page
    assert "These switches close the gap as the reference trainer computes it" in page


@pytest.mark.slow
def test_a_rate_that_h2o_does_not_use(store):
    same = "leek.h2o.mlp:hidden=8,reproducible=true"
    found, told, _ = over_draws(store, f"{same},rate=0.5", same, n=10, draws=2, seeds=1)
    assert found.verdict is Conclusion.AGREE
    assert told["inert"] == ["optimizer.learning_rate"]
    assert "adaptive_rate=True" in told["inert_because"][0]["reason"]


@pytest.mark.slow
def test_leek_against_beam_on_two_draws(store):
    found, told, _ = over_draws(store, "leek.h2o.mlp:reproducible=true", "keras.mlp:epochs=20", n=10, draws=2)
    assert found.verdict is Conclusion.NOISE
    assert {"setting": "optimizer.learning_rate", "side": "left"}.items() <= told["inert_because"][0].items()
    (training,) = [d for d in found.diagnoses if (d.kind, d.side) == ("training", "left")]
    assert training.certificate["epochs"] < training.certificate["epochs_asked"] == 20
    (spread,) = [d for d in found.diagnoses if (d.kind, d.side) == ("spread", "right")]
    assert spread.certificate["largest"] > 0


def in_accuracy(fits, pair):
    left, right = (measured(fits.records(side), "accuracy") for side in pair)
    return left - right


@pytest.mark.slow
def test_the_referee_gives_the_answers_of_h2o(tmp_path):
    from crossframe.data import DESIGNS, load
    from crossframe.experiment.fits import FitCache
    from crossframe.experiment.plan import Experiment
    from crossframe.experiment.spec import parse
    from crossframe.experiment.store import Store
    from crossframe.explain.calibration import Reproduction, calibrate
    from crossframe.explain.hybrids import NetworkHybrids
    from crossframe.explain.outcomes import effective_settings
    from crossframe.explain.replicates import Repeated, Replicates
    from crossframe.frameworks.pool import Pool

    side = parse("leek.h2o.mlp")
    experiment = Experiment(load("digits"), Repeated(DESIGNS["stratified"], 2), (10,), 2, 1, (), threads=1)
    with Pool() as pool:
        fits = FitCache(experiment, Store(tmp_path / "fits.sqlite"), pool=pool)
        settings = effective_settings(fits, side)
        referee = NetworkHybrids((side, side), (settings, settings)).hybrid(frozenset())
        rows = calibrate(fits, [side], [referee], Replicates.of(experiment, 2), in_accuracy)
    assert [(c.fit is Reproduction.EXACT, c.end) for c in rows][1] == (True, False)
    assert rows[1].largest < 1e-6
    assert rows[1].difference == 0
