"""Keras's declared defaults, read without crossframe, and what an engine makes of them."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crossframe.capture import keras as captured
from crossframe.engines import keras_net
from crossframe.settings.keras_layers import INITIALIZERS
from crossframe.settings.keras_optimizers import RULES


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    """What the file prints in a Python that does not see crossframe."""
    said = subprocess.run(
        [sys.executable, "-I", "-W", "error::SyntaxWarning", str(Path(captured.__file__))],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def test_it_runs_alone_and_gives_the_same(alone: dict[str, Any]) -> None:
    keras_net.start(1)
    assert captured.capture() == alone
    assert captured.capture() == alone, "a second time in the same process"
    assert set(alone["versions"]) == {"keras", "tensorflow"}


def test_every_optimizer_and_initializer_is_there(alone: dict[str, Any]) -> None:
    import keras

    for module in (keras.optimizers, keras.initializers):
        kinds = {kind.__name__ for _, kind in inspect.getmembers(module, inspect.isclass)}
        missing = kinds - set(alone["callables"])
        assert missing <= {"Optimizer", "Initializer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap"}
    assert set(RULES.values()) == set(captured.OPTIMIZERS) <= set(alone["callables"])
    assert set(INITIALIZERS.values()) == set(captured.INITIALIZERS) <= set(alone["callables"])


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
