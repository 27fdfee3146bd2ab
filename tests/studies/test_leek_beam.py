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
from crossframe.studies.leek_beam.answer import Answer

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
        {"name": c.name, "title": c.title, "family": c.family, "engine": c.engine, "model": c.model,
         "settings": {}}
        for c in map(parse, names)
    ]  # fmt: skip
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
    names = [runs.H2O, *(runs.trained_for(net, e) for net, each in runs.EPOCHS.items() for e in each)]
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
    view = h2o_better_with("activation=Rectifier", "standardize=false")
    made, near = remedy.chosen(view)
    assert near
    assert (set(made.settings), made.column) == ({"activation=Rectifier", "standardize=false"}, "accuracy")
    ruling = remedy.few(view)
    assert ruling.verdict is HOLDS
    assert ruling.words.startswith("2 changes (")
    assert remedy.few(h2o_better_with("activation=Rectifier", last=0.1)).verdict is FAILS


def test_a_set_of_many_changes_is_no_small_one() -> None:
    ruling = remedy.few(h2o_better_with(*remedy.SWITCHES))
    assert ruling.verdict is FAILS
    assert "No set of at most 3 was within 0.01 on the first half" in ruling.words


def test_more_epochs_are_not_tried_with_the_stop_that_ends_training_before() -> None:
    for tried in remedy.remedies():
        assert "epochs=200" not in tried.settings or "classification_stop=-1" in tried.settings


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
    larger, remedied = larger_samples(), h2o_better_with("activation=Rectifier", "standardize=false")
    findings = claims.judged(leek, beam, larger, training, remedied, {runs.MLP: 117_250, runs.CNN: 196_450})
    assert [f.claim.key for f in findings] == list(claims.CLAIMS)
    verdicts = {f.claim.key: f.verdict for f in findings}
    assert verdicts["net-wins"] is verdicts["suffice"] is verdicts["parameters"] is HOLDS
    assert verdicts["third-party"] is FAILS
    sentences = Answer(findings, leek, beam).sentences()
    assert len(sentences) == 5
    assert "0.950" in sentences[0]


@pytest.mark.slow
def test_the_page_has_its_parts() -> None:
    leek, beam, training = everything("leek"), everything("beam"), trained(-0.2, -0.2)
    larger, remedied = larger_samples(), h2o_better_with("activation=Rectifier", "standardize=false")
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


def scored(names: list[str], sizes: tuple[int, ...], lead: Callable[[str, int, int], float]) -> View:
    """Accuracies of .9 and ``lead(name, n, draw)`` more."""
    return compared(names, sizes, lambda name, n, draw: {
        "accuracy": 0.9 + lead(name, n, draw) + noise(draw + len(name))
    })  # fmt: skip


def by_key(leek: View, beam: View, larger: View | None = None) -> Any:
    """The findings where nothing else is run, in their order and by key."""
    findings = claims.judged(leek, beam, larger or leek, leek, leek, {})
    return findings, {f.claim.key: f for f in findings}


def wide(draw: int) -> float:
    return 0.08 * (-1) ** draw


def test_h2o_is_judged_as_it_was_run_with_its_stop() -> None:
    names = [runs.H2O, *(runs.trained_for(runs.H2O, e) for e in runs.EPOCHS[runs.H2O])]
    stopped = compared(names, runs.TRAINED, lambda name, n, draw: {
        key: 0.1 + 0.3 * (name == runs.H2O) + noise(draw + len(name)) for key in ("train_logloss", "logloss")
    } | {"epochs": 2.0 if name == runs.H2O else 20.0, "epochs_asked": 20.0})  # fmt: skip
    ruling = claims.longer(stopped, runs.H2O)
    assert ruling.verdict is HOLDS
    assert "in place of the 2 of 20 that it runs" in ruling.words
    assert claims.longer(stopped, runs.H2O, runs.trained_for(runs.H2O, 20)).verdict is OPEN


def test_a_gain_that_is_open_does_not_make_the_defaults_good_practice() -> None:
    changed = runs.DEFAULTS[0]
    beam = scored([runs.MLP, *runs.DEFAULTS], runs.TRAINED, lambda name, n, draw: (
        0.05 + wide(draw) if name == changed else 0.0
    ))  # fmt: skip
    _, found = by_key(beam, beam)
    assert found["defaults"].verdict is OPEN
    assert found["defaults"].under_replaced == (HOLDS,)


def test_intervals_that_both_contain_0_are_not_the_same_result() -> None:
    nets = [runs.MLP, runs.REDUX]
    both = scored([*nets, runs.LIBLINEAR, "leekasso.f.glm"], runs.TRAINED, lambda name, n, draw: (
        wide(draw) * (name in nets)
    ))  # fmt: skip
    _, found = by_key(both, both)
    assert found["redux"].verdict is OPEN
    assert found["redux"].under_replaced == (HOLDS,)


def test_a_rule_of_one_pixel_is_no_family_that_has_to_be_told_apart() -> None:
    names = [runs.LM, runs.MLP, runs.LOGISTIC, runs.ONE_PIXEL]
    beam = scored(names, runs.TRAINED, lambda name, n, draw: -0.3 * (name == runs.ONE_PIXEL))
    _, found = by_key(beam, beam)
    assert found["too-easy"].verdict is HOLDS


def test_a_lead_that_is_lost_again_is_no_lead_from_there_on() -> None:
    larger = scored([runs.LM, runs.H2O], (100, 200, 1000), lambda name, n, draw: (
        (name == runs.H2O) * {100: -0.1, 200: 0.1, 1000: 0.0}[n]
    ))  # fmt: skip
    small = scored([runs.LM], runs.TRAINED, lambda name, n, draw: 0.0)
    _, found = by_key(small, small, larger)
    assert found["suffice"].words.endswith(
        "The net is surely behind at n = 100, and not surely ahead at the largest n"
    )


def test_the_answer_follows_its_verdicts() -> None:
    """Nothing that is true of one run alone: each sentence in the case that the other runs do not have."""
    cut = {"accuracy_half": 0.9}

    def answered(lm: float, gain: float, logistic: float) -> tuple[str, ...]:
        def score(name: str, n: int, draw: int) -> dict[str, float]:
            more = {runs.LM: lm, runs.LOGISTIC: logistic, runs.MLP: 0.02}.get(name, 0.0)
            half = 0.9 + gain * (name == runs.H2O) + noise(draw)
            return cut | {"accuracy": 0.9 + more + noise(draw + len(name)), "accuracy_half": half}

        causes = (runs.THRESHOLD, runs.DECAY)
        names = {runs.LM, runs.LIBLINEAR, runs.MLP, runs.LOGISTIC, runs.GLM, runs.LBFGS}
        both = compared(
            [*names, *{c.base for c in causes} | {c.switched for c in causes}], runs.TRAINED, score
        )
        findings, _ = by_key(both, both)
        return Answer(findings, both, both).sentences()

    who, net, _, _, third = answered(0.05, 0.1, 0.02)
    assert who.startswith("Each was right about what he ran")
    assert net.startswith("What cost Leek's net most")
    assert third.endswith("is within 0.01 of Beam's net at every n: it does as well.")
    who, net, _, _, third = answered(-0.05, 0.0, 0.06)
    assert who.startswith("Leek's claim does not hold on what he ran, Beam's holds on what he ran")
    assert "is not shown to be what cost Leek's net most" in net
    assert third.endswith("is surely more than 0.01 from Beam's net at n = 10, 80.")
