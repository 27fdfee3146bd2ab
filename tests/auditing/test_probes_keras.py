"""Every rule of activity of Keras's parameters against fits that would contradict it.

The multilayer perceptron is checked throughout; of the other networks, which share its rules, what
differs, and the rest among the slow tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from crossframe.auditing.check import rule
from crossframe.auditing.probe import Effect, Experiment, digest, experiments, run
from crossframe.auditing.probes.keras import BASE, FEW, PROBES
from crossframe.engines.base import FitRequest, FitResult
from crossframe.engines.host import EngineProcess
from crossframe.models.contestants import CONTESTANTS
from crossframe.settings import to_native
from crossframe.settings.base import Binding, When
from crossframe.settings.keras import BINDINGS, OUTSIDE
from tests.auditing import rules

MODELS = tuple(BINDINGS)
UNMAPPED = {
    "Dense.activity_regularizer", "Dense.bias_constraint", "Dense.lora_rank", "Dense.lora_alpha",
    "Dense.trainable", "Dropout.noise_shape", "Conv2D.groups", "Conv2D.activity_regularizer",
    "Conv2D.bias_constraint", "Conv2D.trainable", "Muon.exclude_layers", "MaxNorm.axis", "fit.callbacks",
    "fit.steps_per_epoch",
}  # fmt: skip
"""Can change a fitted number, and has no canonical counterpart."""


class Remembering:
    """An engine process that is asked once for each fit."""

    def __init__(self, name: str) -> None:
        self.process = EngineProcess(name)
        self._known: dict[Any, FitResult] = {}

    def fit(self, request: FitRequest) -> FitResult:
        key = (request.model, request.fingerprint, tuple(sorted(request.native.items(), key=str)))
        if key not in self._known:
            self._known[key] = self.process.fit(request)
        return self._known[key]


@pytest.fixture(scope="module")
def engines() -> Iterator[dict[str, Remembering]]:
    started = {name: Remembering(name) for name in ("keras", "rkeras")}
    yield started
    for engine in started.values():
        engine.process.close()


def _own(model: str, binding: Binding) -> bool:
    """Whether the rule or its probe is not that of the multilayer perceptron."""
    other, probe = rules.table("keras.mlp").get(binding.param), PROBES[model][binding.param]
    if other is None or probe != replace(
        PROBES["keras.mlp"][binding.param], sample=probe.sample, tried=probe.tried
    ):
        return True
    return (other.active_if, other.never) != (binding.active_if, binding.never)


FROM_R = ("hidden", "dropout_seed", "kernel_initializer", "stddev", "use_bias", "kernel_l2", "max_norm",
          "optimizer", "nesterov", "staircase", "ema_momentum", "class_weight", "ns_steps")  # fmt: skip
"""Parameters of each way in which R code hands one over."""


def _rare(experiment: Experiment) -> bool:
    """Whether it is one of the big cross of options and update rules or initializers."""
    return any(
        experiment.condition == f"with {param}={experiment.under[param]}"
        and experiment.under[param] not in few
        for param, few in FEW.items()
        if param in experiment.under
    )


def _cases() -> Iterator[Any]:
    for model in MODELS:
        for param, binding in rules.table(model).items():
            fast = model == "keras.mlp" or (
                param in FROM_R if model == "rkeras.mlp" else _own(model, binding)
            )
            for experiment in experiments(model, binding, PROBES[model][param], BASE[model]):
                name = " ".join(filter(None, (model, param, experiment.condition)))
                slow = not fast or _rare(experiment)
                yield pytest.param(binding, experiment, id=name, marks=[pytest.mark.slow] if slow else [])


@pytest.mark.parametrize(("binding", "experiment"), list(_cases()))
def test_the_rule_holds(engines: dict[str, Remembering], binding: Binding, experiment: Experiment) -> None:
    outcome = run(engines[experiment.model.partition(".")[0]], experiment)
    assert outcome.holds, f"{rule(binding)}; {rules.told(outcome)}"


@pytest.mark.parametrize("model", MODELS)
def test_each_parameter_has_its_probe(model: str) -> None:
    assert set(PROBES[model]) == set(rules.table(model))
    assert not [param for param, probe in PROBES[model].items() if probe.why_not]


@pytest.mark.parametrize(
    ("param", "wrong"),
    [
        ("momentum", {"active_if": (When("optimizer", ("sgd", "adam")),)}),
        ("bias_initializer", {"active_if": (When("use_bias", (True,)),)}),
        ("relative_step", {"never": ""}),
        ("dropout_seed", {"active_if": (), "never": "the seed is the network's"}),
    ],
)
def test_a_wrong_rule_is_found_out(
    engines: dict[str, Remembering], param: str, wrong: dict[str, Any]
) -> None:
    binding = replace(rules.table("keras.mlp")[param], **wrong)
    probe = PROBES["keras.mlp"][param]
    broken = {"momentum": ({"optimizer": "rmsprop"},), "bias_initializer": ({"use_bias": False},)}
    probe = replace(probe, broken=broken.get(param, probe.broken[: len(binding.active_if)]))
    found = [run(engines["keras"], e) for e in experiments("keras.mlp", binding, probe, BASE["keras.mlp"])]
    assert not all(outcome.holds for outcome in found)


def test_muon_looks_ahead_without_momentum_too(engines: dict[str, Remembering]) -> None:
    """By rounding: the mean gradient m + (g - m) is not g to the last digit."""
    under = BASE["keras.mlp"] | {"optimizer": "muon", "momentum": 0.0}
    case = Experiment("keras.mlp", "nesterov", (True, False), under, "plain", Effect.DIFFERS)
    outcome = run(engines["keras"], case)
    assert outcome.holds
    assert outcome.change is not None
    assert outcome.change < 1e-4


DEFAULTS_SAID: dict[str, dict[str, Any]] = {
    "adam": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False},
    "sgd": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
    "rmsprop": {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False},
}
COMMON_SAID = {
    "weight_decay": 0.0, "use_ema": False, "ema_momentum": 0.99, "use_bias": True, "validation_split": 0.0,
    "kernel_l1": 0.0, "kernel_l2": 0.0, "bias_l2": 0.0, "label_smoothing": 0.0, "class_weight": "none",
    "reduction": "sum_over_batch_size", "initial_epoch": 0, "decay_steps": 1, "staircase": False,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(DEFAULTS_SAID))
def test_a_default_that_is_said_is_the_default(engines: dict[str, Remembering], name: str) -> None:
    """To the last bit."""
    for declared in engines["keras"].process.call("defaults", "mlp"):
        said = (DEFAULTS_SAID[name] | COMMON_SAID).get(declared.name)
        if declared.owner.lower() == name and said is not None and declared.value is not None:
            assert declared.value == said, declared.qualified
    under = BASE["keras.mlp"] | {"optimizer": name}
    case = Experiment("keras.mlp", "optimizer", (name, name), under, "plain", Effect.NONE)
    silent = run(engines["keras"], case)
    said = replace(case, under=under | DEFAULTS_SAID[name] | COMMON_SAID)
    assert silent.holds
    assert run(engines["keras"], said).holds
    assert len(_digests(engines["keras"], case, said)) == 1


def _digests(engine: Remembering, *cases: Experiment) -> set[str]:
    from crossframe.auditing.probe import _request

    return {digest(engine.fit(_request(case, {**case.under, case.param: case.values[0]}))) for case in cases}


@pytest.mark.parametrize("model", MODELS)
def test_every_captured_parameter_is_accounted_for(engines: dict[str, Remembering], model: str) -> None:
    engine, _, name = model.partition(".")
    declared = engines[engine].process.call("defaults", name)
    found = rules.standing(model, declared)
    outside = set(OUTSIDE[model])
    assert not [name for name, where in found.items() if outside & set(where) and len(where) > 1]
    assert {name for name, where in found.items() if not where} <= UNMAPPED
    assert rules.share(found, model) >= 0.95


@pytest.mark.parametrize(
    "contestant", [c for c in CONTESTANTS.values() if c.model in MODELS], ids=lambda c: c.name
)
def test_what_the_contestants_use_is_mapped(contestant: Any) -> None:
    told = to_native(contestant.model, contestant.settings, contestant.native, 40)
    assert set(told) <= set(rules.table(contestant.model))
