"""Keras's declared defaults, read without crossframe, and what an engine makes of them."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from crossframe.audit.audit import audit
from crossframe.audit.record import ModelAudit
from crossframe.frameworks.keras import capture as captured
from crossframe.frameworks.keras import net as keras_net
from crossframe.frameworks.keras.layers import INITIALIZERS
from crossframe.frameworks.keras.optimizers import RULES


@pytest.fixture(scope="module", autouse=True)
def _tensorflow() -> None:
    """Its number of threads can be set only before its first use, here as in the tests that follow."""
    keras_net.start(1)


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    """What the file prints in a Python that does not see crossframe."""
    said = subprocess.run(
        [sys.executable, "-I", "-W", "error::SyntaxWarning", str(Path(captured.__file__))],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(said.stdout)
    return found


@pytest.mark.slow
def test_it_runs_alone_and_gives_the_same(alone: dict[str, Any]) -> None:
    assert captured.capture() == alone
    assert captured.capture() == alone, "a second time in the same process"
    assert set(alone["versions"]) == {"keras", "tensorflow"}


@pytest.mark.slow
def test_every_optimizer_and_initializer_is_there(alone: dict[str, Any]) -> None:
    import keras

    wrap = {"Optimizer", "Initializer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap"}
    for module in (keras.optimizers, keras.initializers):
        names: dict[Any, set[str]] = {}
        for name, kind in inspect.getmembers(module, inspect.isclass):
            names.setdefault(kind, set()).add(name)
        assert len(names) > 10
        for public in names.values():
            assert len(public & set(alone["callables"])) == (0 if public & wrap else 1)
    assert set(RULES.values()) == set(captured.OPTIMIZERS) <= set(alone["callables"])
    assert set(INITIALIZERS.values()) == set(captured.INITIALIZERS) <= set(alone["callables"])


@pytest.mark.slow
def test_values_are_keras_own(alone: dict[str, Any]) -> None:
    import keras

    found = {name: entry["parameters"] for name, entry in alone["callables"].items()}
    assert found["Adam"]["learning_rate"] == 0.001
    assert found["Adam"]["epsilon"] == keras.optimizers.Adam().epsilon
    assert found["Dense"]["units"] is None, "required"
    assert found["Dense"]["kernel_initializer"] == "GlorotUniform"
    assert found["MaxPooling2D"]["strides"] == [2, 2]
    assert found["compile"]["optimizer"] == "rmsprop"
    assert found["fit"]["shuffle"] is True
    assert found["InverseTimeDecay"]["staircase"] is False
    assert not any(" at 0x" in json.dumps(values) for values in found.values())


@pytest.mark.slow
def test_a_model_declares_every_parameter_of_its_callables(alone: dict[str, Any]) -> None:
    for model, names in captured.CALLABLES.items():
        declared = {d.qualified: d for d in keras_net.declared(f"keras.{model}")}
        callables = alone["callables"]
        assert set(declared) == {f"{n}.{p}" for n in names for p in callables[n]["parameters"]}
        assert all(d.provenance == callables[d.owner]["call"] for d in declared.values())


@pytest.mark.parametrize(
    ("owner", "version", "page"),
    [
        ("Adam", "3.15.1", "https://keras.io/api/optimizers/adam/"),
        ("Adam", "2.15.0", "https://keras.io/2/api/optimizers/adam/"),
        ("Adam", "2.21.0", "https://keras.io/api/optimizers/adam/"),
        ("fit", "3.15.1", "https://keras.io/api/models/model_training_apis/#fit-method"),
        ("HeNormal", "3.15.1", "https://keras.io/api/layers/initializers/#henormal-class"),
    ],
)
def test_links(owner: str, version: str, page: str) -> None:
    assert captured.documentation(owner, "any", version) == page


def test_callables_of_other_networks_are_named() -> None:
    effective = {"optimizer": "adam", "kernel_initializer": "glorot_uniform", "head": "softmax2"}
    assert captured.other_owner("Adam", effective) == ""
    assert captured.other_owner("SGD", effective) == "of another optimizer; here optimizer=adam"
    assert captured.other_owner("GlorotUniform", effective) == ""
    assert captured.other_owner("HeNormal", effective).startswith("of another initializer")
    assert captured.other_owner("CategoricalCrossentropy", effective) == ""
    assert captured.other_owner("BinaryCrossentropy", effective) == (
        "of another loss; here CategoricalCrossentropy"
    )
    assert captured.other_owner("Dense", effective) == ""


def test_a_class_is_named_by_what_users_call_it_whatever_it_calls_itself() -> None:
    class OrthogonalInitializer: ...

    class Base: ...

    module = ModuleType("initializers")
    for name in ("orthogonal", "OrthogonalInitializer", "Orthogonal"):
        setattr(module, name, OrthogonalInitializer)
    module.Base = Base  # type: ignore[attr-defined]
    assert captured._classes(module, ("Base",)) == ("Orthogonal",)


@pytest.mark.parametrize(
    ("owner", "off", "on", "why"),
    [
        ("L1L2", {"kernel_l1": 0.0, "kernel_l2": 0.0, "bias_l2": 0.0}, {"bias_l2": 0.1}, "no regularizer"),
        ("MaxNorm", {"max_norm": None}, {"max_norm": 2.0}, "no constraint; here max_norm=None"),
        ("InverseTimeDecay", {"decay": 0.0}, {"decay": 1e-4}, "no schedule of the rate; here decay=0.0"),
    ],
)
def test_what_a_network_does_without_is_beside(owner: str, off: dict, on: dict, why: str) -> None:
    assert why in captured.other_owner(owner, off)
    assert captured.other_owner(owner, {**off, **on}) == ""


@pytest.mark.slow
def test_a_network_as_fitted_has_no_penalty_and_no_schedule() -> None:
    (plain, other) = audit(["keras.mlp:epochs=1", "keras.mlp:epochs=1,decay=0.1,kernel_l2=0.1"]).models
    owners = ("L1L2", "MaxNorm", "InverseTimeDecay")

    def beside(model: ModelAudit) -> set[str]:
        return {p.owner for p in model.parameters if p.owner in owners and p.beside}

    assert beside(plain) == set(owners)
    assert beside(other) == {"MaxNorm"}
    assert plain.in_force()["penalty.l2"] == 0.0
    assert other.in_force()["schedule.decay"] == pytest.approx(0.1)
