"""The rules of activity of the parameters of R's functions, each checked by its experiments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crossframe.audit.probe import ProbeEffect, ProbeExperiment, experiments
from crossframe.experiment.contestants import CONTESTANTS
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.r import FRAMEWORK
from crossframe.settings.binding import When
from tests.audit import rules
from tests.audit.rules import run
from tests.running import Engines

MODELS = {m.name: m for m in FRAMEWORK.all_models()}
NO_EXPERIMENT = {
    ("r.lm", "na.action"),
    ("r.lm", "singular.ok"),
    ("r.glm", "na.action"),
    ("r.glm", "singular.ok"),
    ("r.glm_nb", "na.action"),
    ("r.forest", "corr.bias"),
    ("r.cv_glmnet", "lambda.s"),
}
"""(model, parameter) whose probe says why there is no experiment."""
OURS = {
    ("r.multinom", "intercept"),
    *(("r.cv_glmnet", param) for param in ("grid", "lambda.max", "scaling", "lambda.s")),
}
"""Parameters by which crossframe writes what a user writes into the formula, or hands over otherwise."""


@pytest.fixture(scope="module")
def process(engines: Engines) -> EngineProcess:
    return engines["r"]


@pytest.mark.parametrize("experiment", rules.cases(FRAMEWORK, most=3))
def test_the_rule_is_borne_out(process: EngineProcess, experiment: ProbeExperiment) -> None:
    outcome = run(process, experiment)
    assert outcome.holds, rules.words(outcome)


@pytest.mark.parametrize("model", MODELS)
def test_every_parameter_has_a_probe(model: str) -> None:
    assert set(MODELS[model].probes) == set(rules.table(model))
    without = {(model, param) for param, probe in MODELS[model].probes.items() if probe.why_not}
    assert without == {pair for pair in NO_EXPERIMENT if pair[0] == model}


@pytest.mark.parametrize(
    ("model", "param"), sorted(p for p in NO_EXPERIMENT if p[1] not in ("corr.bias", "lambda.s"))
)
def test_where_a_value_refuses_the_fit(process: EngineProcess, model: str, param: str) -> None:
    """The alternative observation: refused on the sample that has the problem, no effect on another."""
    values = {"na.action": ("na.omit", "na.fail"), "singular.ok": (True, False)}[param]
    words = {"na.action": "missing values", "singular.ok": "singular fit"}[param]
    sample = MODELS[model].probes[param].sample
    troubled = run(process, ProbeExperiment(model, param, values, {}, sample, ProbeEffect.REFUSED))
    assert troubled.holds, rules.words(troubled)
    assert words in troubled.words
    sound = run(process, ProbeExperiment(model, param, values, {}, "plain", ProbeEffect.NONE))
    assert sound.holds, rules.words(sound)


@pytest.mark.parametrize("model", MODELS)
def test_every_captured_parameter_is_classified_once(process: EngineProcess, model: str) -> None:
    declared = process.call("defaults", model.partition(".")[2])
    classified = rules.standing(model, declared)
    assert [name for name, where in classified.items() if len(where) != 1] == []
    assert rules.share(classified, model) == 1.0
    used = {b.param for names in classified.values() for b in MODELS[model].bindings if b.param in names}
    assert used == {param for param in rules.table(model) if (model, param) not in OURS}
    for contestant in CONTESTANTS.values():
        if contestant.model == model:
            assert set(contestant.native) <= used


@pytest.mark.parametrize(
    ("model", "param", "values", "under", "effect"),
    [
        # a refit is made where one penalty was fitted and another is asked for
        ("r.glmnet", "exact", (False, True), {"lambda": 0.03, "s": 0.05}, ProbeEffect.DIFFERS),
        ("r.glmnet", "s", (0.05, 0.1), {"lambda": 0.03, "exact": True}, ProbeEffect.DIFFERS),
        # one penalty is no path: it is fitted whatever the number of features
        ("r.glmnet", "dfmax", (5, 0), {"lambda": 0.01}, ProbeEffect.NONE),
        ("r.glmnet", "pmax", (4, 1), {"lambda": 0.01}, ProbeEffect.DIFFERS),
        # factors are rescaled: one factor for all is no factor
        ("r.glmnet", "penalty.factor", ((1, 1, 1, 1), (2, 2, 2, 2)), {"lambda": 0.05}, ProbeEffect.NONE),
        # the generator of R's own default
        ("r.nnet", "kind", (None, "Mersenne-Twister"), {}, ProbeEffect.NONE),
    ],
)
def test_the_other_branches_of_a_rule(
    process: EngineProcess, model: str, param: str, values: tuple, under: dict, effect: ProbeEffect
) -> None:
    outcome = run(
        process, ProbeExperiment(model, param, values, {**MODELS[model].base, **under}, "plain", effect)
    )
    assert outcome.holds, rules.words(outcome)


@pytest.mark.parametrize(
    ("model", "param", "under", "wrong", "broken"),
    [
        ("r.nnet", "decay", {"entropy": True}, (When("entropy", (True,)),), ({"entropy": False},)),
        ("r.glmnet", "nlambda", {"lambda": 0.05}, (When("lambda", (0.05,)),), ({"lambda": None},)),
    ],
)
def test_a_wrong_rule_does_not_hold(
    process: EngineProcess,
    model: str,
    param: str,
    under: dict,
    wrong: tuple[When, ...],
    broken: tuple[dict, ...],
) -> None:
    binding = replace(rules.table(model)[param], active_if=wrong)
    probe = replace(MODELS[model].probes[param], under=under, broken=broken)
    outcomes = [run(process, e) for e in experiments(model, binding, probe, MODELS[model].base)]
    assert not all(outcome.holds for outcome in outcomes)


def test_a_dropped_rule_does_not_hold(process: EngineProcess) -> None:
    """Without its condition ``start`` would act beside ``etastart``, which R prefers."""
    binding = replace(rules.table("r.glm")["start"], active_if=())
    under = {"maxit": 2, "etastart": "zeros"}
    probe = replace(MODELS["r.glm"].probes["start"], under=under, broken=())
    (outcome,) = (run(process, e) for e in experiments("r.glm", binding, probe, {}))
    assert outcome.effect is ProbeEffect.NONE
    assert not outcome.holds


def test_a_parameter_that_never_acts_is_found_out(process: EngineProcess) -> None:
    """The rule of ``decay``, inverted: never."""
    binding = replace(rules.table("r.nnet")["decay"], never="it is said to do nothing")
    nnet = MODELS["r.nnet"]
    (outcome,) = (run(process, e) for e in experiments("r.nnet", binding, nnet.probes["decay"], nnet.base))
    assert outcome.effect is ProbeEffect.DIFFERS
    assert outcome.change is not None
    assert np.isfinite(outcome.change)
    assert not outcome.holds
