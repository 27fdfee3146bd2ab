"""XGBoost passes the conformance kit, and the experiments of its rules."""

from __future__ import annotations

from typing import ClassVar

import pytest

from crossframe.audit.probe import ProbeExperiment
from crossframe.frameworks.conformance import EngineConformance
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.xgboost import FRAMEWORK
from tests.audit import rules
from tests.running import Engines

pytest.importorskip("xgboost", reason="XGBoost is not installed: pip install 'crossframe[xgboost]'")


class TestXGBoost(EngineConformance):
    framework = "xgboost"
    # By default a leaf of classes has 4 rows at least, as each counts 1/4.
    native: ClassVar = {"boosting": {"min_child_weight": 0.1, "reg_lambda": 0.1}}


@pytest.fixture(scope="module")
def process(engines: Engines) -> EngineProcess:
    return engines["xgboost"]


@pytest.mark.parametrize("experiment", rules.cases(FRAMEWORK))
def test_the_rule_is_borne_out(process: EngineProcess, experiment: ProbeExperiment) -> None:
    outcome = rules.run(process, experiment)
    assert outcome.holds, rules.words(outcome)


@pytest.mark.parametrize("model", [m.name for m in FRAMEWORK.all_models()])
def test_every_parameter_is_classified_once(process: EngineProcess, model: str) -> None:
    classified = rules.standing(model, process.call("defaults", model.partition(".")[2]))
    assert [name for name, where in classified.items() if len(where) != 1] == []
    assert rules.share(classified, model) == 1.0
    assert set(FRAMEWORK.model(model.partition(".")[2]).probes) == set(rules.table(model))
