"""The study ``leek-beam``: its rules on constructed draws, and the names of its contestants."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from crossframe.claims.claim import Verdict
from crossframe.compare.result import CompareResult
from crossframe.experiment.record import Record
from crossframe.experiment.spec import parse
from crossframe.experiment.view import View
from crossframe.studies.leek_beam import claims, figures, remedy, runs

HOLDS, FAILS, OPEN = Verdict.HOLDS, Verdict.FAILS, Verdict.OPEN
DRAWS = 5


def compared(
    names: list[str], sizes: tuple[int, ...], score: Callable[[str, int, int], dict[str, float]]
) -> View:
    """A comparison whose scores are ``score(name, n, draw)``; those it leaves out are .9."""
    records, cells = {}, []
    usual = dict.fromkeys(("accuracy", "accuracy_half", "auc"), 0.9) | {"logloss": 0.2}
    for name in names:
        for n in sizes:
            for draw in range(DRAWS):
                given = {**usual, **{f"train_{k}": v for k, v in usual.items()}, **score(name, n, draw)}
                key = f"{name}-{n}-{draw}"
                fields = {
                    "status": "converged", "usable": True, "failed": False, "attempts": 1, "evidence": [],
                    "convergence": "", "deterministic": True, "fingerprint": "", "fingerprint_ok": True,
                    "effective": {}, "canonical": {}, "inert": {}, "is_probability": True, "model": name,
                    **given,
                }  # fmt: skip
                records[key] = Record(fields, {"score": np.full(4, 0.9), "labels": np.ones(4, dtype=np.int8)})
                cells.append({"contestant": name, "n": n, "draw": draw, "key": key})
    contestants = [
        {"name": c.name, "title": c.title, "family": c.family, "engine": c.engine, "model": c.model}
        for c in map(parse, names)
    ]
    run: dict[str, Any] = {
        "sizes": list(sizes), "overlap": dict.fromkeys(map(str, sizes), 0.05), "preset": None, "draws": DRAWS,
        "missing_engines": [], "dataset": {"classes": ["0", "1"]},
        "design": {"describe": "As somebody: at random. Not to be shown."},
    }  # fmt: skip
    return View(CompareResult({"run": run, "contestants": contestants, "cells": cells}, records))


def noise(draw: int) -> float:
    return 0.001 * math.sin(17.0 * draw)


def everything(design: str) -> View:
    return compared(runs.contestants(design), runs.SIZES, lambda name, n, draw: {
        "accuracy": 0.9 + 0.05 * name.startswith("keras.mlp") + noise(draw + len(name)),
    })  # fmt: skip


def trained(change: float, test: float) -> View:
    names = [runs.trained_for(net, e) for net, each in runs.EPOCHS.items() for e in each]
    last = {runs.trained_for(net, each[-1]) for net, each in runs.EPOCHS.items()}
    return compared(names, runs.TRAINED, lambda name, n, draw: {
        "train_logloss": 0.3 + (name in last) * change + noise(draw + len(name)),
        "logloss": 0.4 + (name in last) * test + noise(draw - len(name)),
    })  # fmt: skip


def h2o_better_with(*settings: str, last: float = 0.0) -> View:
    """h2o's net is as accurate as Beam's where all ``settings`` are switched, later on ``last`` less."""
    return compared(remedy.contestants(), runs.TRAINED, lambda name, n, draw: {
        column: 0.95 + noise(draw + len(name)) - 0.2 * (
            name != runs.MLP and not all(setting in name for setting in settings)
        ) - last * (name != runs.MLP and draw >= DRAWS // 2)
        for column in ("accuracy", "accuracy_half")
    })  # fmt: skip


def test_the_smallest_set_of_changes_is_chosen_and_proved_on_other_draws() -> None:
    view = h2o_better_with("epochs=200", "standardize=false")
    made = remedy.chosen(view)
    assert (set(made.settings), made.column) == ({"epochs=200", "standardize=false"}, "accuracy")
    ruling = remedy.few(view)
    assert ruling.verdict is HOLDS
    assert ruling.words.startswith("2 changes (")
    assert remedy.few(h2o_better_with("epochs=200", last=0.1)).verdict is FAILS


def test_a_set_of_many_changes_is_no_small_one() -> None:
    ruling = remedy.few(h2o_better_with(*remedy.SWITCHES))
    assert ruling.verdict is FAILS
    assert ruling.words.startswith("4 changes (")


def test_every_contestant_and_every_switch_can_be_written() -> None:
    for cause in runs.CAUSES:
        assert parse(cause.switched).model.partition(".")[0] == parse(cause.base).model.partition(".")[0] or (
            cause.title in ("Linear model", "Solver and penalty")
        )
    for name in (*runs.PRINCIPALS, *runs.DEFAULTS):
        parse(name)
    for net, epochs in runs.EPOCHS.items():
        assert epochs[-1] == 10 * epochs[runs.PUBLISHED]
        assert parse(runs.trained_for(net, 7)).settings or parse(runs.trained_for(net, 7)).native


@pytest.mark.parametrize(
    ("train", "test", "verdict", "words"),
    [(-0.2, -0.2, HOLDS, "not converged"), (-0.2, 0.2, FAILS, "over-fitted"), (-0.2, 0.0, OPEN, ""),
     (0.2, 0.2, FAILS, ""), (0.0, -0.2, OPEN, "")],
)  # fmt: skip
def test_more_training_tells_whether_a_net_is_converged(
    train: float, test: float, verdict: Verdict, words: str
) -> None:
    ruling = claims.longer(trained(train, test), runs.PORT)
    assert ruling.verdict is verdict
    assert ruling.words.endswith(words)


def larger_samples() -> View:
    return compared([runs.LM, runs.H2O, runs.MLP], (100, 1000), lambda name, n, draw: {
        "accuracy": 0.9 + 0.05 * (name == runs.H2O) + noise(draw + len(name))
    })  # fmt: skip


def test_every_claim_has_a_finding() -> None:
    leek, beam, training = everything("leek"), everything("beam"), trained(-0.2, -0.2)
    larger, remedied = larger_samples(), h2o_better_with("epochs=200", "standardize=false")
    findings = claims.judged(leek, beam, larger, training, remedied, {runs.MLP: 117_250, runs.CNN: 196_450})
    assert [f.claim.key for f in findings] == list(claims.CLAIMS)
    verdicts = {f.claim.key: f.verdict for f in findings}
    assert verdicts["net-wins"] is verdicts["suffice"] is verdicts["parameters"] is HOLDS
    assert verdicts["third-party"] is FAILS
    sentences = figures.answer(findings, leek, beam)
    assert len(sentences) == 5
    assert "0.950" in sentences[0]


@pytest.mark.slow
def test_the_page_has_its_parts() -> None:
    leek, beam, training = everything("leek"), everything("beam"), trained(-0.2, -0.2)
    larger, remedied = larger_samples(), h2o_better_with("epochs=200", "standardize=false")
    findings = claims.judged(leek, beam, larger, training, remedied, {runs.MLP: 117_250, runs.CNN: 196_450})
    parts = figures.parts(findings, leek, beam, larger, training, remedied)
    causes = next(p for p in parts if p.key == "causes").tables[0]
    assert len(causes.rows) == len(runs.CAUSES)


def test_a_net_that_is_not_there_leaves_its_claims_open() -> None:
    leek = compared([runs.LM], runs.SIZES, lambda *_: {})
    findings = claims.judged(leek, leek, leek, leek, leek, {})
    assert {f.verdict for f in findings} <= {OPEN, Verdict.NOT_RUN}


@pytest.mark.slow
def test_keras_counts_the_weights() -> None:
    from crossframe.studies.leek_beam.trainers import parameters

    assert parameters()[0]["parameters"] == {"keras.mlp": 117_250, "keras.cnn": 196_450}
