"""Covariate shift and margins: rules on made-up numbers, and the margin of a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossframe.claims.claim import Verdict
from crossframe.core.types import FloatArray
from crossframe.experiment.store import opened
from crossframe.studies.lab import Lab
from crossframe.studies.phenomena import explanations, study, training
from crossframe.studies.phenomena.jobs import NETS, SPEEDS
from crossframe.studies.phenomena.trainers.margins import normalised

HOLDS, PARTLY, FAILS, OPEN = Verdict.HOLDS, Verdict.PARTLY, Verdict.FAILS, Verdict.OPEN
SEEDS = 8


def noise(size: int | tuple[int, ...] = 8, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(size=size)


def _speeds(shifted: float, spread: float = 0.01, five: float | None = None) -> dict[str, Any]:
    """Updates: 400 without batch normalisation, 100 with it, ``shifted`` with shifts after it."""
    made: dict[str, Any] = {}
    for k, name in enumerate(NETS):
        own = five if five is not None and name == "five" else shifted
        for i, (key, value) in enumerate(
            ((f"speed.{name}.False", 400.0), (f"speed.{name}.True", 100.0), (f"shift.{name}", own))
        ):
            best = value * np.exp(spread * noise(seed=10 * k + i))
            made[key] = {"updates": np.stack([np.full(SEEDS, np.inf), best])}
    return made


def test_shifts_take_the_speed_up_away_or_leave_it() -> None:
    assert explanations.covariate_shift(_speeds(380.0)).verdict is HOLDS
    kept = explanations.covariate_shift(_speeds(110.0))
    assert kept.verdict is FAILS
    assert kept.effect is not None
    assert kept.effect.value == pytest.approx(np.log(1.1) / np.log(4), abs=0.02)
    assert explanations.covariate_shift(_speeds(200.0, 0.3)).verdict is OPEN
    mixed = explanations.covariate_shift(_speeds(380.0, five=110.0))
    assert mixed.label == "holds only with two hidden layers"
    # Shifts that stop training have lost everything that can be seen.
    assert explanations.covariate_shift(_speeds(np.inf)).verdict is HOLDS
    assert explanations.covariate_shift({}).verdict is Verdict.NOT_RUN
    assert len(explanations.shift_table(_speeds(110.0)).rows) == 2


def test_speeds_say_at_which_rates() -> None:
    made = {name: {**a, "accuracy": np.full((2, SEEDS), 0.9)} for name, a in _speeds(110.0).items()}
    best, common = training.norm_best(made).effect, training.norm_common(made).effect
    assert best is not None
    assert common is not None
    rate = f"rate {SPEEDS[1]:g}"
    assert best.what.endswith(f"hidden layers, {rate} / {rate}")
    assert common.what.endswith(f"hidden layers, both at {rate}")
    assert best.value == common.value


def test_the_rows_of_racing_threads_are_explained_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of a file are counted with ``n`` only where samples of it are drawn."""
    monkeypatch.setattr(study, "dataset", lambda lab: "digits")
    raced = np.array([[[0, 1]], [[1, 1]]])
    with opened(tmp_path / "s") as store:
        (pair,) = study._to_explain(Lab("quick", store), {"race": {"labels": raced}})
    assert pair.table is not None
    assert not {"n", "draw", "design"} & {*pair.options}


def _margins(ratio: float, spread: float = 0.01, train: float = 1.0) -> dict[str, Any]:
    made = {}
    for k, (labels, value) in enumerate((("true", ratio), ("random", 1.0))):
        arrays = {key: value * np.exp(spread * noise(seed=k)) for key in ("margin", "plain", "norm")}
        made[f"margins.{labels}"] = {**arrays, "train": np.full(SEEDS, train)}
    return made


def test_margins_are_large_against_those_of_random_labels() -> None:
    assert explanations.large_margin(_margins(3.0)).verdict is HOLDS
    assert explanations.large_margin(_margins(1.5)).verdict is FAILS
    assert explanations.large_margin(_margins(2.0, 0.3)).verdict is OPEN
    assert explanations.large_margin(_margins(3.0, train=0.99)).verdict is OPEN
    assert explanations.large_margin({}).verdict is Verdict.NOT_RUN
    assert len(explanations.margins_table(_margins(3.0)).rows) == 2


def test_a_margin_does_not_change_with_the_scale_of_a_layer() -> None:
    weights = [noise((4, 5), 1), np.zeros(5), noise((5, 3), 2), np.zeros(3)]
    X, y = noise((6, 4), 3), np.array([0, 1, 2, 0, 1, 2])
    margin, norm = normalised(weights, X, y)
    scores = np.maximum(X @ weights[0], 0) @ weights[2]
    assert margin[2] == pytest.approx(scores[2, 2] - scores[2, :2].max())
    scaled = [3 * weights[0], weights[1], weights[2], weights[3]]
    other, larger = normalised(scaled, X, y)
    assert other / larger == pytest.approx(margin / norm)
    assert norm == pytest.approx(np.prod([np.linalg.svd(w)[1][0] for w in weights[::2]]))
