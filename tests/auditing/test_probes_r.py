"""The rules of activity of the parameters of R's functions, each checked by its experiments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from crossframe import settings
from crossframe.auditing.probe import Effect, Experiment, experiments, run
from crossframe.auditing.probes import r as probes
from crossframe.engines.host import EngineProcess
from crossframe.models.contestants import CONTESTANTS
from crossframe.settings.base import When
from tests.auditing import rules

MODELS = sorted(probes.PROBES)
NO_EXPERIMENT = {
    ("r.lm", "na.action"),
    ("r.lm", "singular.ok"),
    ("r.glm", "na.action"),
    ("r.glm", "singular.ok"),
}


@pytest.fixture(scope="module")
def process() -> Iterator[EngineProcess]:
    started = EngineProcess("r")
    yield started
    started.close()


@pytest.mark.parametrize("experiment", rules.all_experiments(probes), ids=rules.name_of)
def test_the_rule_is_borne_out(process: EngineProcess, experiment: Experiment) -> None:
    outcome = run(process, experiment)
    assert outcome.holds, rules.told(outcome)


@pytest.mark.parametrize("model", MODELS)
def test_every_parameter_has_a_probe(model: str) -> None:
    assert set(probes.PROBES[model]) == set(rules.table(model))
    without = {(model, param) for param, probe in probes.PROBES[model].items() if probe.why_not}
    assert without == {pair for pair in NO_EXPERIMENT if pair[0] == model}


@pytest.mark.parametrize(("model", "param"), sorted(NO_EXPERIMENT))
def test_where_a_value_refuses_the_fit(process: EngineProcess, model: str, param: str) -> None:
    """The alternative observation: refused on the sample that has the problem, no effect on another."""
    values = {"na.action": ("na.omit", "na.fail"), "singular.ok": (True, False)}[param]
    words = {"na.action": "missing values", "singular.ok": "singular fit"}[param]
    sample = probes.PROBES[model][param].sample
    troubled = run(process, Experiment(model, param, values, {}, sample, Effect.REFUSED))
    assert troubled.holds, rules.told(troubled)
    assert words in troubled.words
    sound = run(process, Experiment(model, param, values, {}, "plain", Effect.NONE))
    assert sound.holds, rules.told(sound)


@pytest.mark.parametrize("model", MODELS)
def test_every_captured_parameter_is_classified_once(process: EngineProcess, model: str) -> None:
    declared = process.call("defaults", model.partition(".")[2])
    found = rules.standing(model, declared)
    assert [name for name, where in found.items() if len(where) != 1] == []
    assert rules.share(found, model) == 1.0
    used = {b.param for names in found.values() for b in settings.bindings(model) if b.param in names}
    assert used == set(rules.table(model))
    for contestant in CONTESTANTS.values():
        if contestant.model == model:
            assert set(contestant.native) <= used


@pytest.mark.parametrize(
    ("model", "param", "values", "under", "effect"),
    [
        # a refit is made where one penalty was fitted and another is asked for
        ("r.glmnet", "exact", (False, True), {"lambda": 0.03, "s": 0.05}, Effect.DIFFERS),
        ("r.glmnet", "s", (0.05, 0.1), {"lambda": 0.03, "exact": True}, Effect.DIFFERS),
        # one penalty is no path: it is fitted whatever the number of features
        ("r.glmnet", "dfmax", (5, 0), {"lambda": 0.01}, Effect.NONE),
        ("r.glmnet", "pmax", (4, 1), {"lambda": 0.01}, Effect.DIFFERS),
        # factors are rescaled: one factor for all is no factor
        ("r.glmnet", "penalty.factor", ((1, 1, 1, 1), (2, 2, 2, 2)), {"lambda": 0.05}, Effect.NONE),
        # the generator of R's own default
        ("r.nnet", "kind", (None, "Mersenne-Twister"), {}, Effect.NONE),
    ],
)
def test_the_other_branches_of_a_rule(
    process: EngineProcess, model: str, param: str, values: tuple, under: dict, effect: Effect
) -> None:
    outcome = run(process, Experiment(model, param, values, {**probes.BASE[model], **under}, "plain", effect))
    assert outcome.holds, rules.told(outcome)


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
    probe = replace(probes.PROBES[model][param], under=under, broken=broken)
    found = [run(process, e) for e in experiments(model, binding, probe, probes.BASE[model])]
    assert not all(outcome.holds for outcome in found)


def test_a_dropped_rule_does_not_hold(process: EngineProcess) -> None:
    """Without its condition ``start`` would act beside ``etastart``, which R prefers."""
    binding = replace(rules.table("r.glm")["start"], active_if=())
    under = {"maxit": 2, "etastart": "zeros"}
    probe = replace(probes.PROBES["r.glm"]["start"], under=under, broken=())
    (outcome,) = (run(process, e) for e in experiments("r.glm", binding, probe, {}))
    assert outcome.effect is Effect.NONE
    assert not outcome.holds


def test_a_parameter_that_never_acts_is_found_out(process: EngineProcess) -> None:
    """The rule of ``decay``, inverted: never."""
    binding = replace(rules.table("r.nnet")["decay"], never="it is said to do nothing")
    (outcome,) = (
        run(process, e)
        for e in experiments("r.nnet", binding, probes.PROBES["r.nnet"]["decay"], probes.BASE["r.nnet"])
    )
    assert outcome.effect is Effect.DIFFERS
    assert outcome.change is not None
    assert np.isfinite(outcome.change)
    assert not outcome.holds
