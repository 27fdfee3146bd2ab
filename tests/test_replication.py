"""The pass marks of the 2017 experiments on MNIST, at a size that takes minutes; `make test-all` runs it."""

from __future__ import annotations

import numpy as np
import pytest

import crossframe
from tests.data.real import needs_mnist

pytestmark = [pytest.mark.slow, needs_mnist, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def beam(tmp_path_factory):
    return crossframe.compare(
        "10,80", draws=8, preset="beam-2017", store=tmp_path_factory.mktemp("beam") / "s.sqlite",
        contestants=["leekasso.beam", "leekasso.redux", "keras.mlp", "leek.keras.mlp", "pixel.centre"],
        also=["leek.keras.mlp:decay=0"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def leek(tmp_path_factory):
    return crossframe.compare(
        "10,60", draws=8, preset="leek-2017", store=tmp_path_factory.mktemp("leek") / "s.sqlite",
        contestants=["leekasso.leek", "leek.h2o.mlp"],
    )  # fmt: skip


def accuracy(result, contestant, n):
    table = result.summary.set_index(["contestant", "n"])
    return table.loc[(contestant, n), "accuracy_mean"]


def test_beams_net_wins_and_his_port_of_leeks_does_not(beam):
    assert accuracy(beam, "keras.mlp", 10) > 0.98
    for n in (10, 80):
        assert accuracy(beam, "leek.keras.mlp", n) < accuracy(beam, "keras.mlp", n) - 0.03


def test_the_port_fails_by_its_decay_and_does_not_fit_its_own_rows(beam):
    table = beam.summary.set_index(["contestant", "n"])
    assert accuracy(beam, "leek.keras.mlp:decay=0", 10) > accuracy(beam, "leek.keras.mlp", 10) + 0.05
    assert table.loc[("leek.keras.mlp", 10), "train_logloss_mean"] > 0.1


def test_updates_are_epochs_times_batches(beam):
    cells = beam.cells
    assert set(cells.loc[(cells.contestant == "keras.mlp") & (cells.n == 10), "updates"]) == {200}
    assert set(cells.loc[(cells.contestant == "keras.mlp") & (cells.n == 80), "updates"]) == {600}
    assert set(cells.loc[(cells.contestant == "leek.keras.mlp") & (cells.n == 80), "updates"]) == {1600}


def test_glm_warns_and_liblinear_does_not(beam):
    said = beam.cells.groupby("contestant")["evidence"].apply(lambda found: sum(map(len, found)))
    assert said["leekasso.f.glm"] > 0
    assert said["leekasso.welch.liblinear"] == 0


def test_the_centre_pixel_needs_no_data(beam):
    assert accuracy(beam, "pixel.centre", 10) > 0.98


def test_leeks_net_loses_at_ten_rows_and_catches_up(leek):
    early = accuracy(leek, "leekasso.f.lm", 10) - accuracy(leek, "leek.h2o.mlp", 10)
    late = accuracy(leek, "leekasso.f.lm", 60) - accuracy(leek, "leek.h2o.mlp", 60)
    assert early > 0.1
    assert late < early / 2


def test_leeks_net_runs_two_epochs_of_twenty_and_loses_by_its_threshold(leek):
    cells = leek.cells[leek.cells.contestant == "leek.h2o.mlp"]
    assert cells["epochs"].median() < 20
    assert any("classification_stop" in word for word in cells["convergence"])
    small = cells[cells.n == 10]
    assert np.mean(small["accuracy_half"] - small["accuracy"]) > 0.05
    settings = next(c for c in leek.contestants if c["name"] == "leek.h2o.mlp")
    assert "rate" in settings["inert"]
    assert settings["effective"]["elastic_averaging"] is False
