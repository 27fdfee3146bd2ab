"""Every rule of activity of Keras's parameters against fits that would contradict it.

Of the rules of one shape the first is checked in the multilayer perceptron, in the other networks a few;
the rest are slow tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from crossframe.audit.check import rule
from crossframe.audit.probe import ProbeEffect, ProbeExperiment, cells, experiments
from crossframe.experiment.contestants import CONTESTANTS
from crossframe.experiment.record import digest
from crossframe.frameworks.contract import FitRequest, FitResult
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.keras import FRAMEWORK
from crossframe.frameworks.registry import model as registered
from crossframe.frameworks.rkeras import FRAMEWORK as RKERAS
from crossframe.settings.binding import Binding, When
from tests.audit import rules
from tests.audit.rules import run
from tests.running import Engines

MODELS = tuple(m.name for m in (*FRAMEWORK.all_models(), *RKERAS.all_models()))
UNMAPPED = {
    "Dense.activity_regularizer", "Dense.bias_constraint", "Dense.lora_rank", "Dense.lora_alpha",
    "Dense.trainable", "Dropout.noise_shape", "Conv2D.groups", "Conv2D.activity_regularizer",
    "Conv2D.bias_constraint", "Conv2D.trainable", "Muon.exclude_layers", "MaxNorm.axis", "fit.callbacks",
    "fit.steps_per_epoch",
}  # fmt: skip
"""Can change a fitted number, and has no canonical counterpart."""


class Remembering:
    """An engine that is asked once for each fit."""

    def __init__(self, process: EngineProcess) -> None:
        self.process = process
        self._known: dict[Any, FitResult] = {}

    def fit(self, request: FitRequest) -> FitResult:
        key = (request.model, request.fingerprint, tuple(sorted(request.native.items(), key=str)))
        if key not in self._known:
            self._known[key] = self.process.fit(request)
        return self._known[key]


@pytest.fixture(scope="module")
def asked(engines: Engines) -> dict[str, Remembering]:
    return {name: Remembering(engines[name]) for name in ("keras", "rkeras")}


WRONG: dict[str, dict[str, Any]] = {
    "momentum": {"active_if": (When("optimizer", ("sgd", "adam")),)},
    "bias_initializer": {"active_if": (When("use_bias", (True,)),)},
    "relative_step": {"never": ""},
    "dropout_seed": {"active_if": (), "never": "the seed is the network's"},
}
"""Rules that experiments contradict."""

FEW = {"keras.cnn": {"kernel_size"}, "rkeras.mlp": {"use_bias"}}
"""Parameters that are checked beside those of keras.mlp; R hands over the others in one fit, in
`test_r_and_python_give_the_same_bits`."""


def _cases() -> Iterator[Any]:
    first: dict[Any, str] = {}
    for param, binding in rules.table("keras.mlp").items():
        first.setdefault(rules.shape(binding), param)
    fast = FEW | {"keras.mlp": set(first.values())}
    for model in MODELS:
        for param, binding in rules.table(model).items():
            made = experiments(model, binding, registered(model).probes[param], registered(model).base)
            for k, experiment in enumerate(made):
                name = " ".join(filter(None, (model, param, experiment.condition)))
                marks = [] if k == 0 and param in fast.get(model, ()) else [pytest.mark.slow]
                yield pytest.param(binding, experiment, id=name, marks=marks)


@pytest.mark.parametrize(("binding", "experiment"), list(_cases()))
def test_the_rule_holds(asked: dict[str, Remembering], binding: Binding, experiment: ProbeExperiment) -> None:
    outcome = run(asked[experiment.model.partition(".")[0]], experiment)
    assert outcome.holds, f"{rule(binding)}; {rules.words(outcome)}"


@pytest.mark.parametrize("model", MODELS)
def test_each_parameter_has_its_probe(model: str) -> None:
    probes = registered(model).probes
    assert set(probes) == set(rules.table(model))
    assert not [param for param, probe in probes.items() if probe.why_not]


@pytest.mark.parametrize(
    ("param", "wrong"),
    [
        pytest.param(*item, marks=[pytest.mark.slow] if item[0] != "dropout_seed" else [])
        for item in WRONG.items()
    ],
)
def test_a_wrong_rule_is_contradicted(
    asked: dict[str, Remembering], param: str, wrong: dict[str, Any]
) -> None:
    binding = replace(rules.table("keras.mlp")[param], **wrong)
    mlp = registered("keras.mlp")
    probe = mlp.probes[param]
    broken = {"momentum": ({"optimizer": "rmsprop"},), "bias_initializer": ({"use_bias": False},)}
    probe = replace(probe, broken=broken.get(param, probe.broken[: len(binding.active_if)]))
    found = [run(asked["keras"], e) for e in experiments("keras.mlp", binding, probe, mlp.base)]
    assert not all(outcome.holds for outcome in found)


@pytest.mark.slow
def test_muon_without_momentum_differs_by_rounding_at_most(asked: dict[str, Remembering]) -> None:
    """Its mean gradient m + (g - m) is g to the last bit on some processors; with momentum, on none."""
    base = dict(registered("keras.mlp").base) | {"optimizer": "muon"}
    none, some = (
        run(asked["keras"], ProbeExperiment("keras.mlp", "nesterov", (False, True), base | {"momentum": m},
                                            "plain", expected, rounding=1e-5))
        for m, expected in ((0.0, ProbeEffect.NONE), (0.5, ProbeEffect.DIFFERS))
    )  # fmt: skip
    assert none.holds
    assert some.holds
    assert not replace(none, effect=ProbeEffect.DIFFERS).holds
    assert not replace(some, effect=ProbeEffect.ROUNDING).holds


DEFAULTS: dict[str, dict[str, Any]] = {
    "adam": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False},
    "sgd": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
    "rmsprop": {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False},
}
COMMON_DEFAULTS = {
    "weight_decay": 0.0, "use_ema": False, "ema_momentum": 0.99, "use_bias": True, "validation_split": 0.0,
    "kernel_l1": 0.0, "kernel_l2": 0.0, "bias_l2": 0.0, "label_smoothing": 0.0, "class_weight": "none",
    "reduction": "sum_over_batch_size", "initial_epoch": 0, "decay_steps": 1, "staircase": False,
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [name if name == "adam" else pytest.param(name, marks=pytest.mark.slow) for name in DEFAULTS]
)
def test_a_default_that_is_given_is_the_default(asked: dict[str, Remembering], name: str) -> None:
    """To the last bit."""
    for declared in asked["keras"].process.call("defaults", "mlp"):
        value = (DEFAULTS[name] | COMMON_DEFAULTS).get(declared.name)
        if declared.owner.lower() == name and value is not None and declared.value is not None:
            assert declared.value == value, declared.qualified
    under = dict(registered("keras.mlp").base) | {"optimizer": name}
    case = ProbeExperiment("keras.mlp", "optimizer", (name, name), under, "plain", ProbeEffect.NONE)
    silent = run(asked["keras"], case)
    given = replace(case, under=under | DEFAULTS[name] | COMMON_DEFAULTS)
    assert silent.holds
    assert run(asked["keras"], given).holds
    assert len(_digests(asked["keras"], case, given)) == 1


def _digests(engine: Remembering, *cases: ProbeExperiment) -> set[str]:
    return {digest(engine.fit(cells(case)[0].request)) for case in cases}


@pytest.mark.parametrize("model", MODELS)
def test_every_captured_parameter_is_accounted_for(asked: dict[str, Remembering], model: str) -> None:
    engine, _, name = model.partition(".")
    declared = asked[engine].process.call("defaults", name)
    found = rules.standing(model, declared)
    outside = set(registered(model).outside)
    assert not [name for name, where in found.items() if outside & set(where) and len(where) > 1]
    assert {name for name, where in found.items() if not where} <= UNMAPPED
    assert rules.share(found, model) >= 0.95


@pytest.mark.parametrize(
    "contestant", [c for c in CONTESTANTS.values() if c.model in MODELS], ids=lambda c: c.name
)
def test_what_the_contestants_use_is_mapped(contestant: Any) -> None:
    native = registered(contestant.model).to_native(contestant.settings, contestant.native, 40)
    assert set(native) <= set(rules.table(contestant.model))
