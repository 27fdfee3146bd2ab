"""The rules of activity of statsmodels' parameters, each checked by its experiments."""

from __future__ import annotations

import pytest

from crossframe.audit.probe import ProbeExperiment
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.statsmodels import FRAMEWORK
from tests.audit import rules
from tests.audit.rules import run
from tests.running import Engines

MODELS = {m.name: m for m in FRAMEWORK.all_models()}
OURS = {"add_constant", "alpha_const", "weights_as"}
"""Parameters by which crossframe writes what a user writes into the features or into ``alpha``."""
INFERENCE = {"cov_type", "use_t"}
"""Parameters of the standard errors and tests."""


@pytest.fixture(scope="module")
def process(engines: Engines) -> EngineProcess:
    return engines["statsmodels"]


@pytest.mark.parametrize("experiment", rules.cases(FRAMEWORK))
def test_the_rule_is_borne_out(process: EngineProcess, experiment: ProbeExperiment) -> None:
    outcome = run(process, experiment)
    assert outcome.holds, rules.words(outcome)


@pytest.mark.parametrize("model", MODELS)
def test_every_parameter_has_a_probe(model: str) -> None:
    assert set(MODELS[model].probes) == set(rules.table(model))
    without = {name for name, probe in MODELS[model].probes.items() if probe.why_not}
    # The rows of a probe have no weights, and its predictions no standard errors.
    assert without - {"weights_as", *INFERENCE} == {"missing"}


@pytest.mark.parametrize("model", MODELS)
def test_every_captured_parameter_is_classified_once(process: EngineProcess, model: str) -> None:
    declared = process.call("defaults", model.partition(".")[2])
    classified = rules.standing(model, declared)
    assert [name for name, where in classified.items() if len(where) != 1] == []
    assert rules.share(classified, model) == 1.0
    used = {b.param for names in classified.values() for b in MODELS[model].bindings if b.param in names}
    # A maximum likelihood model's fit passes these on without naming them.
    table = set(rules.table(model))
    assert used | (INFERENCE & table) == table - OURS


def test_a_dropped_rule_does_not_hold(process: EngineProcess) -> None:
    """The gradient's tolerance is no option of Newton's method."""
    (acts, *others) = [
        e for e in rules.all_experiments(FRAMEWORK) if (e.model, e.param) == ("statsmodels.logit", "gtol")
    ]
    assert run(process, acts).holds
    assert {run(process, e).effect for e in others if e.under["method"] == "newton"} == {"bit-identical"}
