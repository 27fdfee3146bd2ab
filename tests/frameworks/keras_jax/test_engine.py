"""Keras on JAX: the conformance kit, the rules that are its own, and its digits beside TensorFlow."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from crossframe.audit.probe import ProbeExperiment
from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.frameworks.conformance import EngineConformance
from crossframe.frameworks.contract import FitResult, Status
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.keras_jax import FRAMEWORK
from tests.audit import rules
from tests.running import Engines
from tests.settings.test_in_force import small

pytest.importorskip("jax", reason="JAX is not installed: pip install 'crossframe[jax]'")

SAME: dict[str, Value] = {
    "initial_weights": "given:1", "hidden": (6, 4), "activation": "tanh", "dropout": 0.0, "epochs": 20,
}  # fmt: skip


class TestKerasJax(EngineConformance):
    framework = "keras_jax"
    # What XLA compiles in a second; the rules and what is compared with TensorFlow have the rest.
    native: ClassVar = {"mlp": {"epochs": 20, "hidden": (4,), "dropout": 0.0, "optimizer": "sgd"}}

    @pytest.mark.slow
    def test_defaults_have_provenance(self, process: EngineProcess) -> None:
        super().test_defaults_have_provenance(process)

    @pytest.mark.slow
    def test_selected_columns(self, process: EngineProcess) -> None:
        super().test_selected_columns(process)


def both(engines: Engines, **native: Any) -> tuple[FitResult, FitResult]:
    """One request in Keras on TensorFlow and on JAX."""
    theirs, ours = (
        engines[name].fit(small(f"{name}.mlp", {}, **{**SAME, **native})) for name in ("keras", "keras_jax")
    )
    assert ours.status is theirs.status is Status.COMPLETED, ours.evidence
    assert ours.initial_weights == theirs.initial_weights != ""
    assert (ours.fingerprint, ours.updates) == (theirs.fingerprint, theirs.updates)
    return theirs, ours


@pytest.mark.parametrize(
    ("native", "atol"),
    [
        pytest.param({"optimizer": "sgd", "learning_rate": 0.1}, 1e-6, marks=pytest.mark.slow),
        pytest.param({"optimizer": "adam", "class_weight": "balanced"}, 1e-5, marks=pytest.mark.slow),
        pytest.param({"head": "sigmoid1", "kernel_l2": 0.01, "max_norm": 1.0}, 1e-5, marks=pytest.mark.slow),
        pytest.param(
            {"head": "linear1", "batch_size": 7, "optimizer": "sgd", "learning_rate": 0.05},
            1e-5,
            marks=pytest.mark.slow,
        ),
    ],
    ids=["plain", "weighted", "penalised", "numbers"],
)
def test_jax_and_tensorflow_differ_by_rounding_alone(
    engines: Engines, native: dict[str, Any], atol: float
) -> None:
    theirs, ours = both(engines, **native)
    np.testing.assert_allclose(ours.score, theirs.score, rtol=0, atol=atol)
    skip = {"loop"}
    assert {k: v for k, v in ours.effective.items() if k not in skip} == {
        k: v for k, v in theirs.effective.items() if k not in skip
    }


def test_double_precision_is_refused() -> None:
    """Keras rounds to single precision on JAX: a network of float64 would be one of both."""
    with pytest.raises(UsageError, match="float32"):
        FRAMEWORK.model("mlp").to_native({"precision": "float64"}, {}, 40)


@pytest.mark.parametrize("experiment", rules.cases(FRAMEWORK, slow=("keras_jax.mlp",)))
def test_the_rule_is_borne_out(engines: Engines, experiment: ProbeExperiment) -> None:
    outcome = rules.run(engines["keras_jax"], experiment)
    assert outcome.holds, rules.words(outcome)


@pytest.mark.slow
def test_the_parameters_are_mapped(engines: Engines) -> None:
    declared = engines["keras_jax"].call("defaults", "mlp")
    assert rules.share(rules.standing("keras_jax.mlp", declared), "keras_jax.mlp") >= 0.95
